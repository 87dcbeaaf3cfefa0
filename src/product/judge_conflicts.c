/* SPDX-License-Identifier: Apache-2.0 */
/* Places where the declaration contradicts itself, beyond what one provision asks. */
#include <stdio.h>

#include "product/judge_rows.h"
#include "core/base/banned.h"

static void conflict(struct judge_result *r, const char *provision, uint32_t line, const char *hint, const char *fmt,
		     ...) PRINTF_LIKE(5, 6);

static void conflict(struct judge_result *r, const char *provision, uint32_t line, const char *hint, const char *fmt,
		     ...)
{
	if (r->conflicts_n == JUDGE_CONFLICTS_MAX)
		return;
	struct judge_conflict *k = &r->conflicts[r->conflicts_n++];
	k->provision = provision;
	k->line = line;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(k->text, sizeof k->text, fmt, ap);
	va_end(ap);
	(void)snprintf(k->hint, sizeof k->hint, "%s", hint);
}

static bool listens(const struct declaration *d, const char *service, uint32_t port)
{
	for (size_t i = 0; i < d->listeners_n; i++)
		if (strcmp(d->listeners[i].service, service) == 0 && d->listeners[i].port == port)
			return true;
	return false;
}

static void check_owner_page(const struct declaration *d, struct judge_result *r)
{
	if (d->page_port && !listens(d, DECLARATION_AGENT, d->page_port))
		conflict(r, "5.6-1", 0, "add a listener with service: agent and this port",
			 "the owner page answers on port %u, which no listener declares", d->page_port);
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		if (strcmp(l->service, DECLARATION_AGENT) == 0 && l->port != d->page_port)
			conflict(r, "5.6-1", l->line, "the agent answers only on page_port",
				 "port %u of the agent is declared, and its page is on %u", l->port, d->page_port);
	}
}

static void check_listeners(const struct declaration *d, struct judge_result *r)
{
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		if ((l->proto == POLICY_UDP && l->protection == PROTECTION_TLS) ||
		    (l->proto == POLICY_TCP && l->protection == PROTECTION_DTLS))
			conflict(r, "5.5-1", l->line, "tls goes with tcp, dtls with udp",
				 "port %u: transport and protection do not fit", l->port);
		for (size_t k = 0; k < i; k++)
			if (d->listeners[k].port == l->port && d->listeners[k].proto == l->proto)
				conflict(r, "5.6-1", l->line, "one port has one owner", "port %u is declared twice",
					 l->port);
	}
	for (size_t i = 0; i < d->health_n; i++) {
		const struct decl_health *h = &d->health[i];
		if (h->kind != POLICY_HEALTH_LISTENER)
			continue;
		if (!h->port)
			conflict(r, "5.3-2", h->line, "add port", "the health check %.40s does not say which port",
				 h->id);
		else if (!listens(d, h->service, h->port))
			conflict(r, "5.6-1", h->line, "declare the listener, or correct the port",
				 "%.40s should answer on port %u, which no listener declares", h->service, h->port);
	}
}

static bool flow_with(const struct declaration *d, const char *data)
{
	for (size_t i = 0; i < d->flows_n; i++)
		for (size_t k = 0; k < d->flows[i].data.n; k++)
			if (strcmp(d->flows[i].data.at[k], data) == 0)
				return true;
	return false;
}

static void check_flows(const struct declaration *d, struct judge_result *r)
{
	for (size_t i = 0; i < d->flows_n; i++) {
		const struct decl_flow *f = &d->flows[i];
		if (!f->why)
			conflict(r, "5.6-5", f->line, "add \"why\", or remove the flow",
				 "the flow to %.80s port %u has no purpose", f->host, f->port);
		if (f->data.n && f->protection == PROTECTION_PUBLIC)
			conflict(r, "5.5-1", f->line, "protect it with tls, or take `data` off it",
				 "the flow to %.80s is said to carry nothing to protect, and carries %.40s", f->host,
				 f->data.at[0]);
		if ((f->proto == POLICY_UDP && f->protection == PROTECTION_TLS) ||
		    (f->proto == POLICY_TCP && f->protection == PROTECTION_DTLS))
			conflict(r, "5.5-1", f->line, "tls goes with tcp, dtls with udp",
				 "the flow to %.80s: transport and protection do not fit", f->host);
	}
	for (size_t i = 0; i < d->personal_data_n; i++) {
		const struct decl_data *p = &d->personal_data[i];
		bool leaves = flow_with(d, p->id);
		if (leaves && p->where == PLACE_DEVICE)
			conflict(r, "6-1", p->line, "say where: both, or take it off the flow",
				 "%.40s is said to stay on the device, and a flow carries it", p->id);
		if (!leaves && p->where != PLACE_DEVICE)
			conflict(r, "6-1", p->line, "name it under `data` of the flow that carries it",
				 "%.40s is kept by a service, and no flow carries it there", p->id);
	}
}

static void check_updates(const struct declaration *d, struct judge_result *r)
{
	for (size_t i = 0; i < d->components_n; i++)
		if (d->components[i].update == COMPONENT_UPDATED && d->update.mechanism == MECHANISM_NONE)
			conflict(r, "5.3-2", d->components[i].line, "declare the mechanism, or update: never",
				 "component %.40s is updated, and there is no update mechanism", d->components[i].id);
	for (size_t i = 0; i < d->services_n; i++)
		if (d->protect.n && !declaration_protects(d, d->services[i].exec))
			conflict(r, "5.7-2", d->services[i].line, "add it to `protected`",
				 "%.80s runs, and is not among the protected files", d->services[i].exec);
}

static void check_reasons(const struct declaration *d, struct judge_result *r)
{
	for (size_t i = 0; i < d->reasons_n; i++) {
		const struct catalogue_provision *p = catalogue_find(d->reasons[i].provision);
		if (p && catalogue_mandatory(p))
			conflict(r, p->id, d->reasons[i].line, "only recommendations may be left out with a reason",
				 "%s is mandatory and cannot be excused", p->id);
	}
}

void judge_conflicts(const struct declaration *d, struct judge_result *result)
{
	check_owner_page(d, result);
	check_listeners(d, result);
	check_flows(d, result);
	check_updates(d, result);
	check_reasons(d, result);
}
