/* SPDX-License-Identifier: Apache-2.0 */
/* IXIT tables about logins, secrets and channels: 1-AuthMech, 10-SecParam, 11-SecComMech, 12-NetSecImpl, 14-SecMgmt. */
#include "product/ixit_refs.h"
#include "product/ixit_tables.h"
#include "core/base/banned.h"

/* A key or certificate with that much randomness is out of reach of guessing, whatever else slows it down. */
#define UNGUESSABLE_BITS 112

static const char *const made_words[] = {"not stated how made",
					 "random for each unit",
					 "set by the user before first use",
					 "made by the machines themselves",
					 "derived from something else",
					 "the same on every unit"};

static void password_generation(struct ixit_fill *f, const struct decl_credential *c)
{
	if (c->kind != CREDENTIAL_PASSWORD && c->kind != CREDENTIAL_PIN) {
		ixit_fill_not_needed(f, "it is no password");
		return;
	}
	if (c->made == MADE_USER_SET) {
		ixit_fill_stated(f, "none: %s", made_words[c->made]);
		return;
	}
	if (c->generation)
		ixit_fill_part(f, "%s", c->generation);
	ixit_fill_part(f, "%s", made_words[c->made]);
	if (c->bits)
		ixit_fill_part(f, "%u random bits", c->bits);
	if (c->generation)
		ixit_fill_end(f, IXIT_STATED, NULL);
	else
		ixit_fill_missing(f, "credentials[].generation");
}

static void brute_force(struct ixit_fill *f, const struct decl_credential *c)
{
	static const char *const words[] = {"", "attempts are slowed down", "locked after failed attempts", "none"};
	bool guessable = c->kind != CREDENTIAL_KEY && c->kind != CREDENTIAL_CERTIFICATE;
	if (c->brute_force)
		ixit_fill_part(f, "%s", words[c->brute_force]);
	if (c->guessing)
		ixit_fill_part(f, "%s", c->guessing);
	if (ixit_fill_started(f))
		ixit_fill_end(f, IXIT_STATED, NULL);
	else if (!guessable && c->bits >= UNGUESSABLE_BITS)
		ixit_fill_derived(f, "credentials[].bits", "%u random bits, out of reach of guessing", c->bits);
	else if (f->d->constraints.brute_force)
		ixit_fill_derived(f, "constraints.brute_force", "none: %s", f->d->constraints.brute_force);
	else
		ixit_fill_missing(f, "credentials[].brute_force and .guessing");
}

void ixit_access_auth_mech(struct ixit_fill *f)
{
	static const char *const factors[] = {"",
					      "password (something known)",
					      "PIN (something known)",
					      "key (something held)",
					      "certificate and key (something held)",
					      "token (something held)"};
	static const char *const users[] = {"", "a user", "a machine"};
	static const char *const status[] = {"", "enabled", "disabled", "enabled; made or changed during set-up"};
	for (size_t i = 0; i < f->d->credentials_n; i++) {
		const struct decl_credential *c = &f->d->credentials[i];
		ixit_fill_row(f, "credentials: %s", c->id);
		ixit_fill_stated(f, "opens %s; used by %s", c->purpose, users[c->used_by]);
		if (c->as_delivered)
			ixit_fill_stated(f, "%s", status[c->as_delivered]);
		else
			ixit_fill_missing(f, "credentials[].as_delivered");
		ixit_fill_stated(f, "%s", factors[c->kind]);
		password_generation(f, c);
		ixit_fill_texts(f, &c->guarantees, "the default of credentials[].guarantees",
				"authenticity, integrity, confidentiality");
		ixit_fill_texts(f, &c->crypto, "credentials[].crypto", NULL);
		brute_force(f, c);
	}
}

static void protection_scheme(struct ixit_fill *f, const struct decl_parameter_row *p)
{
	static const char *const places[] = {
		"", "in a file", "in a TPM", "in a trusted execution environment", "in a secure element", "in ROM"};
	ixit_fill_part(f, "kept %s", places[p->where]);
	if (p->protection) {
		ixit_fill_part(f, "%s", p->protection);
		ixit_fill_end(f, IXIT_STATED, NULL);
	} else if (p->where == STORE_FILE) {
		ixit_fill_missing(f, "security_parameters[].protection");
	} else {
		ixit_fill_end(f, IXIT_DERIVED, "security_parameters[].where");
	}
}

static void parameter_channels(struct ixit_fill *f, const struct decl_parameter_row *p)
{
	for (size_t i = 0; i < p->channels.n; i++)
		(void)ixit_refs_channel(f, p->channels.at[i]);
	if (p->channels.n)
		ixit_fill_end(f, IXIT_STATED, NULL);
	else if (p->leaves_device == DECL_NO)
		ixit_fill_stated(f, "none: it does not leave the device");
	else
		ixit_fill_missing(f, p->leaves_device == DECL_YES ? "security_parameters[].channels"
								  : "security_parameters[].leaves_device or .channels");
}

static void parameter_generation(struct ixit_fill *f, const struct decl_parameter_row *p)
{
	if (p->generation)
		ixit_fill_part(f, "%s", p->generation);
	if (p->made)
		ixit_fill_part(f, "%s", made_words[p->made]);
	if (p->generation)
		ixit_fill_end(f, IXIT_STATED, NULL);
	else if (p->type == PARAMETER_PUBLIC && !p->made)
		ixit_fill_not_needed(f, "it is a public parameter");
	else
		ixit_fill_missing(f, "security_parameters[].generation");
}

void ixit_access_sec_param(struct ixit_fill *f)
{
	static const char *const uses[] = {"",
					   "protects updates",
					   "protects service links",
					   "built-in identity",
					   "protects logins",
					   "protects stored data"};
	static const char *const provisioned[] = {
		"", "in the factory", "at the first start", "during set-up", "with an update", "by the service"};
	for (size_t i = 0; i < f->d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &f->d->security_parameters[i];
		bool critical = p->type == PARAMETER_CRITICAL;
		ixit_fill_row(f, "security_parameters: %s", p->id);
		ixit_fill_stated(f, "%s; %s", p->what, uses[p->use]);
		ixit_fill_stated(f, "%s", critical ? "critical" : "public");
		ixit_fill_texts(f, &p->guarantees, "the default of security_parameters[].guarantees",
				critical ? "integrity, confidentiality" : "integrity");
		protection_scheme(f, p);
		if (p->provisioned)
			ixit_fill_stated(f, "%s", provisioned[p->provisioned]);
		else
			ixit_fill_missing(f, "security_parameters[].provisioned");
		parameter_channels(f, p);
		parameter_generation(f, p);
	}
}

/* The one network interface that is in use: what else could it run over? NULL if there are more, or none. */
static const struct decl_port *only_network(const struct declaration *d)
{
	const struct decl_port *found = NULL;
	for (size_t i = 0; i < d->physical_n; i++) {
		const struct decl_port *p = &d->physical[i];
		if (p->state == INTERFACE_OFF || (p->type && p->type != PORT_NETWORK && p->type != PORT_RADIO))
			continue;
		if (found || !p->type)
			return NULL;
		found = p;
	}
	return found;
}

static void flow_interface(struct ixit_fill *f, const char *key)
{
	const struct decl_port *one = only_network(f->d);
	if (one && ixit_refs_physical(f, one->id))
		ixit_fill_end(f, IXIT_DERIVED, "the only network interface under interfaces.physical");
	else
		ixit_fill_missing(f, key);
}

static void channel_interface(struct ixit_fill *f, const struct decl_channel *c)
{
	if (c->interface) {
		if (!ixit_refs_physical(f, c->interface))
			(void)ixit_refs_logical(f, c->interface);
		ixit_fill_end(f, IXIT_STATED, NULL);
		return;
	}
	for (size_t i = 0; i < f->d->listeners_n; i++) {
		const struct decl_listener *l = &f->d->listeners[i];
		if (l->channel && strcmp(l->channel, c->id) == 0)
			(void)ixit_refs_listener(f, l);
	}
	if (ixit_fill_started(f))
		ixit_fill_end(f, IXIT_DERIVED, "the listeners that name this channel");
	else
		flow_interface(f, "channels[].interface");
}

static const char *protection_name(enum decl_protection p)
{
	return p == PROTECTION_TLS ? "TLS" : p == PROTECTION_DTLS ? "DTLS" : "encryption of the messages themselves";
}

/* What the protocol gives is known from its name; which version and suites is for the supplier to say. */
static void own_protection(struct ixit_fill *f, enum decl_protection p)
{
	if (p == PROTECTION_TLS || p == PROTECTION_DTLS)
		ixit_fill_derived(f, "protection", "authenticity, integrity, confidentiality, freshness");
	else
		ixit_fill_missing(f, "a channel with guarantees");
	ixit_fill_put(f, "%s", protection_name(p));
	ixit_fill_missing(f, "a channel with crypto");
}

static void own_mechanisms(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->listeners_n; i++) {
		const struct decl_listener *l = &f->d->listeners[i];
		const char *proto = l->proto == POLICY_UDP ? "udp" : "tcp";
		if (!ixit_refs_own_mechanism(l->protection, l->channel))
			continue;
		ixit_fill_row(f, "listeners: %s port %u of %s", proto, l->port, l->service);
		ixit_fill_derived(f, "listeners[].protection", "%s on %s port %u of %s: %s",
				  protection_name(l->protection), proto, l->port, l->service, l->why);
		(void)ixit_refs_listener(f, l);
		ixit_fill_end(f, IXIT_DERIVED, "the listener");
		own_protection(f, l->protection);
	}
	for (size_t i = 0; i < f->d->flows_n; i++) {
		const struct decl_flow *flow = &f->d->flows[i];
		const char *proto = flow->proto == POLICY_UDP ? "udp" : "tcp";
		if (!ixit_refs_own_mechanism(flow->protection, flow->channel))
			continue;
		ixit_fill_row(f, "flows: %s port %u at %s", proto, flow->port, flow->host);
		ixit_fill_derived(f, "flows[].protection", "%s from %s to %s, %s port %u: %s",
				  protection_name(flow->protection), flow->service, flow->host, proto, flow->port,
				  flow->why ? flow->why : "purpose not stated");
		flow_interface(f, "a channel with interface");
		own_protection(f, flow->protection);
	}
}

void ixit_access_sec_com_mech(struct ixit_fill *f)
{
	if (!f->d->listeners_n && !f->d->flows_n)
		ixit_fill_none(f, IXIT_NOT_NEEDED, "no listener and no flow is declared");
	for (size_t i = 0; i < f->d->channels_n; i++) {
		const struct decl_channel *c = &f->d->channels[i];
		ixit_fill_row(f, "channels: %s", c->id);
		ixit_fill_stated(f, "%s", c->what);
		channel_interface(f, c);
		ixit_fill_texts(f, &c->guarantees, "channels[].guarantees", NULL);
		ixit_fill_texts(f, &c->crypto, "channels[].crypto", NULL);
	}
	own_mechanisms(f);
}

void ixit_access_net_sec_impl(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->implementations_n; i++) {
		const struct decl_implementation *p = &f->d->implementations[i];
		ixit_fill_row(f, "implementations: %s", p->id);
		ixit_fill_put(f, "%s", p->what);
		if (p->component) {
			ixit_fill_put(f, "; in ");
			(void)ixit_refs_component(f, p->component);
		}
		ixit_fill_end(f, IXIT_STATED, NULL);
		ixit_fill_stated(f, "%s", p->review);
		ixit_fill_text(f, p->report, "implementations[].report");
	}
}

/* All six phases have a row, so that one that nobody thought of is seen. */
void ixit_access_sec_mgmt(struct ixit_fill *f)
{
	const struct {
		const char *phase, *key, *text;
	} phases[] = {
		{"generation", "parameter_care.generation", f->d->parameter_care.generation},
		{"distribution", "parameter_care.distribution", f->d->parameter_care.distribution},
		{"storage", "parameter_care.storage", f->d->parameter_care.storage},
		{"renewal", "parameter_care.renewal", f->d->parameter_care.renewal},
		{"retirement", "parameter_care.retirement", f->d->parameter_care.retirement},
		{"compromise", "parameter_care.compromise", f->d->parameter_care.compromise},
	};
	bool stated = false;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		stated = stated || phases[i].text;
	if (!stated && !f->facts->at[FACT_HAS_CSP].holds)
		return;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		ixit_fill_row(f, "%s", phases[i].key);
		ixit_fill_put(f, "%s", phases[i].phase);
		if (phases[i].text)
			ixit_fill_stated(f, ": %s", phases[i].text);
		else
			ixit_fill_missing(f, phases[i].key);
	}
}
