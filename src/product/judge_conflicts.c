/* SPDX-License-Identifier: Apache-2.0 */
/* Places where the declaration contradicts itself, beyond what one provision asks. */
#include <stdio.h>

#include "core/base/names.h"
#include "product/judge_check.h"
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
	name_utf8_clean(k->text);
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

static bool names(const struct decl_texts *ids, const char *id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (strcmp(ids->at[i], id) == 0)
			return true;
	return false;
}

/* By itself, or inside telemetry. */
static bool flow_with(const struct declaration *d, const char *data)
{
	for (size_t i = 0; i < d->flows_n; i++) {
		if (names(&d->flows[i].data, data))
			return true;
		for (size_t k = 0; k < d->telemetry_n; k++)
			if (names(&d->flows[i].data, d->telemetry[k].id) && names(&d->telemetry[k].data, data))
				return true;
	}
	return false;
}

/* Table 11 against 13 and 28: what is said to be in clear has no channel; TLS and its channel say the same. */
static void check_channel(const struct declaration *d, struct judge_result *r, uint32_t line,
			  enum decl_protection protection, const char *id)
{
	static const char *const tls[] = {"tls", "https", "mqtts", "quic", "TLSv1.2", "TLSv1.3", NULL};
	const struct decl_channel *channel = judge_check_channel(d, id);
	bool fits = channel && channel->crypto.n == 0;
	if (!channel)
		return;
	if (protection >= PROTECTION_PUBLIC)
		conflict(r, "5.5-1", line, "take the channel off, or correct protection",
			 "it is said to be unprotected, and the channel %.40s protects it", id);
	for (size_t i = 0; i < channel->crypto.n; i++)
		fits = fits || judge_check_word(channel->crypto.at[i], tls) ||
		       strncasecmp(channel->crypto.at[i], "tls", 3) == 0;
	if (protection == PROTECTION_TLS && !fits)
		conflict(r, "5.5-1", line, "correct protection, or the channel's crypto",
			 "it is said to speak TLS, and the channel %.40s names none", id);
}

static void check_channels(const struct declaration *d, struct judge_result *r)
{
	for (size_t i = 0; i < d->listeners_n; i++)
		check_channel(d, r, d->listeners[i].line, d->listeners[i].protection, d->listeners[i].channel);
	for (size_t i = 0; i < d->flows_n; i++)
		check_channel(d, r, d->flows[i].line, d->flows[i].protection, d->flows[i].channel);
	for (size_t i = 0; i < d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &d->security_parameters[i];
		if (p->channels.n && p->leaves_device == DECL_NO)
			conflict(r, "5.5-7", p->line, "correct leaves_device, or take the channels off",
				 "%.40s is said not to leave the device, and the channel %.40s carries it", p->id,
				 p->channels.at[0]);
	}
	for (size_t i = 0; i < d->personal_data_n; i++) {
		const struct decl_data *p = &d->personal_data[i];
		if (p->channels.n && p->where == PLACE_DEVICE && !flow_with(d, p->id))
			conflict(r, "6-1", p->line, "correct where, or take the channels off",
				 "%.40s is said to stay on the device, and the channel %.40s carries it", p->id,
				 p->channels.at[0]);
		if (p->consent && p->basis != BASIS_CONSENT)
			conflict(r, "6-2", p->line, "basis: consent, or take `consent` off it",
				 "%.40s tells how consent is asked, and rests on something else", p->id);
	}
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

static bool updates_something(const struct declaration *d, const char *id)
{
	for (size_t i = 0; i < d->components_n; i++)
		if (d->components[i].by && strcmp(d->components[i].by, id) == 0)
			return true;
	return false;
}

static void check_updates(const struct declaration *d, struct judge_result *r)
{
	for (size_t i = 0; i < d->components_n; i++)
		if (d->components[i].update == COMPONENT_UPDATED && !d->components[i].by &&
		    d->update.mechanism == MECHANISM_NONE)
			conflict(r, "5.3-2", d->components[i].line, "declare the mechanism, or update: never",
				 "component %.40s is updated, and there is no update mechanism", d->components[i].id);
	for (size_t i = 0; i < d->components_n; i++)
		if (d->components[i].by && d->components[i].update != COMPONENT_UPDATED)
			conflict(r, "5.3-1", d->components[i].line, "update: updated, or take `by` off it",
				 "component %.40s is not updated, and %.40s updates it", d->components[i].id,
				 d->components[i].by);
	for (size_t i = 0; i < d->other_updates_n; i++)
		if (!updates_something(d, d->other_updates[i].id))
			conflict(r, "5.3-1", d->other_updates[i].line,
				 "name it under `by` of a component, or remove it",
				 "the mechanism %.40s updates no component", d->other_updates[i].id);
	for (size_t i = 0; i < d->services_n; i++)
		if (d->protect.n && !declaration_protects(d, d->services[i].exec))
			conflict(r, "5.7-2", d->services[i].line, "add it to `protected`",
				 "%.80s runs, and is not among the protected files", d->services[i].exec);
}

/* A limit that keeps a measure from being taken, and the measure. */
static void check_constraints(const struct declaration *d, struct judge_result *r)
{
	if (d->constraints.updates && d->update.mechanism != MECHANISM_NONE)
		conflict(r, "5.3-2", 0, "take constraints.updates off, or declare update.mechanism: none",
			 "constraints.updates says why there can be no update mechanism, and there is one");
	for (size_t i = 0; i < d->credentials_n; i++) {
		const struct decl_credential *p = &d->credentials[i];
		if (d->constraints.brute_force &&
		    (p->brute_force == BRUTE_FORCE_THROTTLED || p->brute_force == BRUTE_FORCE_LOCKOUT))
			conflict(r, "5.1-5", p->line, "take constraints.brute_force off, or correct brute_force",
				 "constraints.brute_force says why guessing cannot be slowed down, and it is for %.40s",
				 p->id);
	}
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
	check_channels(d, result);
	check_updates(d, result);
	check_constraints(d, result);
	check_reasons(d, result);
}
