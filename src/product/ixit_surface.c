/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IXIT tables about what faces the outside and what runs inside: 13-SoftServ, 15-PhyIntf, 16-CodeMin to 19-SecDev,
 * 27-UserIntf, 28-LogIntf, 29-InpVal.
 */
#include "product/ixit_refs.h"
#include "product/ixit_tables.h"
#include "core/base/banned.h"

static const char *proto_word(enum policy_proto p)
{
	return p == POLICY_UDP ? "udp" : "tcp";
}

/* As delivered; on is the default of the key. */
static void listener_status(struct ixit_fill *f, const struct decl_listener *l)
{
	if (l->as_delivered)
		ixit_fill_stated(f, "%s", l->as_delivered == SWITCH_OFF ? "disabled as delivered" : "enabled");
	else
		ixit_fill_derived(f, "the default of listeners[].as_delivered", "enabled");
}

static void listener_login(struct ixit_fill *f, const struct decl_listener *l)
{
	if (!ixit_refs_credential(f, l->auth))
		ixit_fill_put(f, "none: nobody is asked who they are");
	ixit_fill_end(f, IXIT_STATED, NULL);
}

static void answer(struct ixit_fill *f, enum decl_answer a, const char *key)
{
	if (a == DECL_NOT_STATED)
		ixit_fill_missing(f, key);
	else
		ixit_fill_stated(f, "%s", a == DECL_YES ? "yes" : "no");
}

static bool listens(const struct declaration *d, const char *service)
{
	for (size_t i = 0; i < d->listeners_n; i++)
		if (strcmp(d->listeners[i].service, service) == 0)
			return true;
	return false;
}

void ixit_surface_soft_serv(struct ixit_fill *f)
{
	static const char no_port[] = "it has no listener";
	for (size_t i = 0; i < f->d->listeners_n; i++) {
		const struct decl_listener *l = &f->d->listeners[i];
		ixit_fill_row(f, "listeners: %s port %u of %s", proto_word(l->proto), l->port, l->service);
		ixit_fill_put(f, "%s on %s port %u, ", l->service, proto_word(l->proto), l->port);
		(void)ixit_refs_listener(f, l);
		ixit_fill_end(f, IXIT_STATED, NULL);
		listener_status(f, l);
		ixit_fill_stated(f, "%s", l->why);
		answer(f, l->configures, "listeners[].configures");
		listener_login(f, l);
	}
	for (size_t i = 0; i < f->d->services_n; i++) {
		const struct decl_service *s = &f->d->services[i];
		if (listens(f->d, s->id))
			continue;
		ixit_fill_row(f, "services: %s", s->id);
		ixit_fill_derived(f, "services and listeners", "%s, not reachable over a network", s->id);
		ixit_fill_derived(f, "services", "enabled");
		ixit_fill_stated(f, "%s", s->why);
		ixit_fill_not_needed(f, no_port);
		ixit_fill_not_needed(f, no_port);
	}
}

static void port_state(struct ixit_fill *f, const struct decl_port *p)
{
	static const char *const words[] = {"", "disabled", "enabled, needed for the intended use",
					    "enabled, only after login", "enabled, reachable by anybody"};
	ixit_fill_put(f, "%s", words[p->state]);
	if (p->why)
		ixit_fill_put(f, "; %s", p->why);
	ixit_fill_end(f, IXIT_STATED, NULL);
}

/* `off` needs no more words about how it is protected. */
static void port_protection(struct ixit_fill *f, const struct decl_port *p, const char *key)
{
	if (!p->protection && p->state == INTERFACE_OFF)
		ixit_fill_derived(f, "its state", "it is disabled");
	else
		ixit_fill_text(f, p->protection, key);
}

void ixit_surface_phy_intf(struct ixit_fill *f)
{
	static const char *const types[] = {"",	      "wired network", "radio", "USB", "serial port", "storage card",
					    "button", "sensor",	       "other"};
	for (size_t i = 0; i < f->d->physical_n; i++) {
		const struct decl_port *p = &f->d->physical[i];
		ixit_fill_row(f, "interfaces.physical: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_text(f, p->type ? types[p->type] : NULL, "interfaces.physical[].type");
		port_state(f, p);
		ixit_fill_derived(f, "interfaces.physical", "no");
		port_protection(f, p, "interfaces.physical[].protection");
	}
	for (size_t i = 0; i < f->d->debug_n; i++) {
		const struct decl_port *p = &f->d->debug[i];
		if (!ixit_refs_debug_is_physical(p))
			continue;
		ixit_fill_row(f, "interfaces.debug: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		if (p->physical == DECL_YES)
			ixit_fill_derived(f, "interfaces.debug[].physical", "debug port");
		else
			ixit_fill_missing(f, "interfaces.debug[].physical");
		port_state(f, p);
		ixit_fill_derived(f, "interfaces.debug", "yes");
		port_protection(f, p, "interfaces.debug[].protection");
	}
}

void ixit_surface_code_min(struct ixit_fill *f)
{
	ixit_fill_list(f, &f->d->practices.code_minimisation);
}

void ixit_surface_privl_ctrl(struct ixit_fill *f)
{
	ixit_fill_list(f, &f->d->practices.privilege_control);
	if (f->rows->n)
		return;
	/* The schema refuses root; that much is declared. */
	for (size_t i = 0; i < f->d->services_n; i++) {
		const struct decl_service *s = &f->d->services[i];
		ixit_fill_row(f, "services: %s", s->id);
		ixit_fill_derived(f, "services[].user", "%s runs as user %u, not as root", s->id, s->user);
	}
}

void ixit_surface_acc_ctrl(struct ixit_fill *f)
{
	ixit_fill_list(f, &f->d->practices.memory_control);
}

void ixit_surface_sec_dev(struct ixit_fill *f)
{
	ixit_fill_list(f, &f->d->practices.secure_development);
}

void ixit_surface_user_intf(struct ixit_fill *f)
{
	static const char *const types[] = {"", "web page", "app", "voice", "buttons", "display", "other"};
	for (size_t i = 0; i < f->d->user_interfaces_n; i++) {
		const struct decl_user_interface *p = &f->d->user_interfaces[i];
		ixit_fill_row(f, "user_interfaces: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_stated(f, "%s", types[p->type]);
	}
	if (f->rows->n || !f->d->page_port)
		return;
	ixit_fill_row(f, "page_port");
	ixit_fill_derived(f, "page_port", "owner page of the device agent on port %u", f->d->page_port);
	ixit_fill_derived(f, "page_port", "%s", types[UI_PAGE]);
}

static void listener_access(struct ixit_fill *f, const struct decl_listener *l)
{
	static const char *const words[] = {"", "from the home network", "from the product itself only",
					    "from any network"};
	ixit_fill_text(f, l->interface ? words[l->interface] : NULL, "listeners[].interface");
}

static void log_listeners(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->listeners_n; i++) {
		const struct decl_listener *l = &f->d->listeners[i];
		ixit_fill_row(f, "listeners: %s port %u of %s", proto_word(l->proto), l->port, l->service);
		ixit_fill_put(f, "%s port %u of %s: %s", proto_word(l->proto), l->port, l->service, l->why);
		if (ixit_refs_own_mechanism(l->protection, l->channel) || l->channel) {
			ixit_fill_put(f, "; protected by ");
			(void)ixit_refs_of_listener(f, l);
		}
		ixit_fill_end(f, IXIT_STATED, NULL);
		listener_access(f, l);
		listener_status(f, l);
		ixit_fill_text(f, l->discloses, "listeners[].discloses");
		ixit_fill_text(f, l->resilience, "listeners[].resilience");
		ixit_fill_derived(f, "listeners", "no");
	}
}

static void log_interface(struct ixit_fill *f, const struct decl_port *p, bool debug)
{
	static const char *const reach[] = {"", "over a network", "on the product only"};
	ixit_fill_row(f, "interfaces.%s: %s", debug ? "debug" : "logical", p->id);
	ixit_fill_stated(f, "%s", p->what);
	ixit_fill_text(f, p->access ? reach[p->access] : NULL,
		       debug ? "interfaces.debug[].access" : "interfaces.logical[].access");
	port_state(f, p);
	if (p->state == INTERFACE_OFF && !p->discloses)
		ixit_fill_derived(f, "its state", "nothing: it is disabled");
	else
		ixit_fill_text(f, p->discloses,
			       debug ? "interfaces.debug[].discloses" : "interfaces.logical[].discloses");
	if (p->state == INTERFACE_OFF && !p->resilience)
		ixit_fill_derived(f, "its state", "it is disabled");
	else
		ixit_fill_text(f, p->resilience,
			       debug ? "interfaces.debug[].resilience" : "interfaces.logical[].resilience");
	ixit_fill_derived(f, debug ? "interfaces.debug" : "interfaces.logical", "%s", debug ? "yes" : "no");
}

void ixit_surface_log_intf(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->logical_n; i++)
		log_interface(f, &f->d->logical[i], false);
	log_listeners(f);
	for (size_t i = 0; i < f->d->debug_n; i++)
		if (!ixit_refs_debug_is_physical(&f->d->debug[i]))
			log_interface(f, &f->d->debug[i], true);
}

/* What an id under inputs[].from names: the first of these that has it. */
enum source { SOURCE_USER_INTERFACE, SOURCE_LOGICAL, SOURCE_PHYSICAL, SOURCE_SERVICE };

static enum source source_of(const struct declaration *d, const char *id)
{
	for (size_t i = 0; i < d->user_interfaces_n; i++)
		if (strcmp(d->user_interfaces[i].id, id) == 0)
			return SOURCE_USER_INTERFACE;
	for (size_t i = 0; i < d->logical_n; i++)
		if (strcmp(d->logical[i].id, id) == 0)
			return SOURCE_LOGICAL;
	for (size_t i = 0; i < d->physical_n; i++)
		if (strcmp(d->physical[i].id, id) == 0)
			return SOURCE_PHYSICAL;
	return SOURCE_SERVICE;
}

static bool flows_from(const struct declaration *d, const char *service)
{
	for (size_t i = 0; i < d->flows_n; i++)
		if (strcmp(d->flows[i].service, service) == 0)
			return true;
	return false;
}

/* A service stands for all its ports and connections. */
static void put_source(struct ixit_fill *f, enum source source, const char *id)
{
	switch (source) {
	case SOURCE_USER_INTERFACE:
		(void)ixit_refs_user_interface(f, id);
		return;
	case SOURCE_LOGICAL:
		(void)ixit_refs_logical(f, id);
		return;
	case SOURCE_PHYSICAL:
		(void)ixit_refs_physical(f, id);
		return;
	case SOURCE_SERVICE:
		break;
	}
	(void)ixit_refs_listeners(f, id);
	if (flows_from(f->d, id))
		ixit_fill_item(f, "what the destinations of %s send back", id);
	if (!ixit_fill_started(f))
		ixit_fill_put(f, "data that %s takes in", id);
}

static bool has_input(const struct declaration *d, enum source source, const char *id)
{
	for (size_t i = 0; i < d->inputs_n; i++)
		if (strcmp(d->inputs[i].from, id) == 0 && source_of(d, id) == source)
			return true;
	return false;
}

/* A source of input that no entry names: nobody said how it is checked. */
static void unchecked(struct ixit_fill *f, const char *list, enum source source, const char *id)
{
	if (has_input(f->d, source, id))
		return;
	ixit_fill_row(f, "%s: %s", list, id);
	put_source(f, source, id);
	ixit_fill_end(f, IXIT_DERIVED, list);
	ixit_fill_missing(f, "inputs");
}

void ixit_surface_inp_val(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->inputs_n; i++) {
		const struct decl_input *p = &f->d->inputs[i];
		ixit_fill_row(f, "inputs: %s", p->id);
		put_source(f, source_of(f->d, p->from), p->from);
		ixit_fill_end(f, IXIT_STATED, NULL);
		ixit_fill_stated(f, "%s", p->what);
	}
	for (size_t i = 0; i < f->d->user_interfaces_n; i++)
		unchecked(f, "user_interfaces", SOURCE_USER_INTERFACE, f->d->user_interfaces[i].id);
	for (size_t i = 0; i < f->d->logical_n; i++)
		if (f->d->logical[i].state != INTERFACE_OFF)
			unchecked(f, "interfaces.logical", SOURCE_LOGICAL, f->d->logical[i].id);
	for (size_t i = 0; i < f->d->services_n; i++)
		if (listens(f->d, f->d->services[i].id) || flows_from(f->d, f->d->services[i].id))
			unchecked(f, "services", SOURCE_SERVICE, f->d->services[i].id);
	if (listens(f->d, DECLARATION_AGENT))
		unchecked(f, "listeners", SOURCE_SERVICE, DECLARATION_AGENT);
}
