/* SPDX-License-Identifier: Apache-2.0 */
/* IXIT tables about data and use: 21-PersData to 26-UserDec. */
#include "product/ixit_refs.h"
#include "product/ixit_tables.h"
#include "core/base/banned.h"

static const char *const places[] = {"", "on the product", "at a service", "on the product and at a service"};

static void aggregation(struct ixit_fill *f, const struct decl_data *p)
{
	if (p->aggregated)
		ixit_fill_stated(f, "%s", p->aggregated);
	else if (p->only_aggregate == DECL_NO)
		ixit_fill_stated(f, "none: it is needed as it is");
	else
		ixit_fill_missing(f, p->only_aggregate == DECL_YES ? "personal_data[].aggregated"
								   : "personal_data[].only_aggregate or .aggregated");
}

static void parties(struct ixit_fill *f, const struct decl_data *p)
{
	static const char *const usual[] = {"", "nobody else: it stays on the product, and shared_with names nobody",
					    "the service that keeps it; shared_with names nobody else",
					    "the service that keeps it; shared_with names nobody else"};
	ixit_fill_texts(f, &p->shared_with, "personal_data[].where and .shared_with", usual[p->where]);
}

static void life(struct ixit_fill *f, const struct decl_data *p)
{
	if (p->keep_days)
		ixit_fill_stated(f, "kept %s for %u day%s, then deleted", places[p->where], p->keep_days,
				 p->keep_days == 1 ? "" : "s");
	else
		ixit_fill_stated(f, "%s, not kept after use", places[p->where]);
}

static bool carries(const struct decl_flow *flow, const char *id)
{
	for (size_t i = 0; i < flow->data.n; i++)
		if (strcmp(flow->data.at[i], id) == 0)
			return true;
	return false;
}

/* Also a flow that protects nothing is shown: the lab must see it. */
static void data_channels(struct ixit_fill *f, const struct decl_data *p)
{
	for (size_t i = 0; i < p->channels.n; i++)
		(void)ixit_refs_channel(f, p->channels.at[i]);
	if (p->channels.n) {
		ixit_fill_end(f, IXIT_STATED, NULL);
		return;
	}
	for (size_t i = 0; i < f->d->flows_n; i++) {
		const struct decl_flow *flow = &f->d->flows[i];
		if (carries(flow, p->id) && !ixit_refs_of_flow(f, flow))
			ixit_fill_item(f, "none on the way to %s port %u", flow->host, flow->port);
	}
	if (ixit_fill_started(f))
		ixit_fill_end(f, IXIT_DERIVED, "the flows that name it");
	else if (p->where == PLACE_DEVICE)
		ixit_fill_not_needed(f, "it is kept on the product, and no flow names it");
	else
		ixit_fill_missing(f, "personal_data[].channels or flows[].data");
}

static void consent(struct ixit_fill *f, const struct decl_data *p, const char *text, const char *key)
{
	static const char *const bases[] = {"", "", "its basis is a contract, not consent",
					    "its basis is a legal duty, not consent",
					    "its basis is a legitimate interest, not consent"};
	if (!text && p->basis != BASIS_CONSENT)
		ixit_fill_not_needed(f, bases[p->basis]);
	else
		ixit_fill_text(f, text, key);
}

static void anonymisation(struct ixit_fill *f, const struct decl_data *p)
{
	if (p->anonymised)
		ixit_fill_stated(f, "%s", p->anonymised);
	else if (p->minimised)
		ixit_fill_derived(f, "personal_data[].minimised", "%s", p->minimised);
	else
		ixit_fill_missing(f, "personal_data[].anonymised");
}

void ixit_data_pers_data(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->personal_data_n; i++) {
		const struct decl_data *p = &f->d->personal_data[i];
		ixit_fill_row(f, "personal_data: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_stated(f, "%s", p->why);
		aggregation(f, p);
		parties(f, p);
		life(f, p);
		ixit_fill_text(f, p->processing, "personal_data[].processing");
		data_channels(f, p);
		ixit_fill_stated(f, "%s", p->sensitive == DECL_YES ? "yes" : "no");
		consent(f, p, p->consent, "personal_data[].consent");
		consent(f, p, p->withdrawal, "personal_data[].withdrawal");
		consent(f, p, p->consent_kept, "personal_data[].consent_kept");
		anonymisation(f, p);
	}
}

void ixit_data_ext_sens(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->sensors_n; i++) {
		const struct decl_sensor *p = &f->d->sensors[i];
		ixit_fill_row(f, "sensors: %s", p->id);
		ixit_fill_stated(f, "%s: %s, %s", p->id, p->what, p->why);
	}
}

static void outage_row(struct ixit_fill *f, const char *key, const char *type)
{
	ixit_fill_end(f, IXIT_STATED, NULL);
	ixit_fill_derived(f, key, "%s", type);
	ixit_fill_derived(f, key, "availability");
}

void ixit_data_res_mech(struct ixit_fill *f)
{
	static const char *const against[] = {"", "network", "power", "network and power"};
	const struct declaration *d = f->d;
	for (size_t i = 0; i < d->resilience_n; i++) {
		const struct decl_resilience *p = &d->resilience[i];
		ixit_fill_row(f, "outage.mechanisms: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_stated(f, "%s", against[p->against]);
		ixit_fill_texts(f, &p->guarantees, "the default of outage.mechanisms[].guarantees", "availability");
	}
	if (d->outage.works_without_network.n) {
		ixit_fill_row(f, "outage.works_without_network");
		ixit_fill_put(f, "without a network these go on: ");
		for (size_t i = 0; i < d->outage.works_without_network.n; i++)
			ixit_fill_item(f, "%s", d->outage.works_without_network.at[i]);
		outage_row(f, "outage.works_without_network", against[AGAINST_NETWORK]);
	}
	if (d->outage.after_power_loss) {
		ixit_fill_row(f, "outage.after_power_loss");
		ixit_fill_put(f, "after a loss of power: %s", d->outage.after_power_loss);
		outage_row(f, "outage.after_power_loss", against[AGAINST_POWER]);
	}
	if (d->outage.spreads_reconnects != DECL_NOT_STATED) {
		ixit_fill_row(f, "outage.spreads_reconnects");
		ixit_fill_put(f, "after an outage the product %s",
			      d->outage.spreads_reconnects == DECL_YES ? "returns at a random time"
								       : "returns at once, as all others do");
		outage_row(f, "outage.spreads_reconnects", against[AGAINST_NETWORK]);
	}
}

static void telemetry_data(struct ixit_fill *f, const struct decl_telemetry *p)
{
	for (size_t i = 0; i < p->data.n; i++)
		(void)ixit_refs_data(f, p->data.at[i]);
	if (p->data.n)
		ixit_fill_end(f, IXIT_STATED, NULL);
	else
		ixit_fill_derived(f, "telemetry[].data", "none is declared to be in it");
}

void ixit_data_tel_data(struct ixit_fill *f)
{
	for (size_t i = 0; i < f->d->telemetry_n; i++) {
		const struct decl_telemetry *p = &f->d->telemetry[i];
		ixit_fill_row(f, "telemetry: %s", p->id);
		ixit_fill_put(f, "%s", p->id);
		if (p->what)
			ixit_fill_stated(f, ": %s", p->what);
		else
			ixit_fill_missing(f, "telemetry[].what");
		ixit_fill_stated(f, "%s", p->why);
		ixit_fill_text(f, p->examined, "telemetry[].examined");
		telemetry_data(f, p);
	}
}

static void erasure_row(struct ixit_fill *f, const char *key, const char *what, const char *how, const char *target)
{
	ixit_fill_row(f, "%s", key);
	ixit_fill_derived(f, key, "%s", what);
	ixit_fill_derived(f, key, "%s", target);
	ixit_fill_stated(f, "%s", how);
	ixit_fill_text(f, f->d->erasure.confirmation, "erasure.confirmation");
}

void ixit_data_del_func(struct ixit_fill *f)
{
	const struct declaration *d = f->d;
	if (d->erasure.device)
		erasure_row(f, "erasure.device", "all data of the user on the product", d->erasure.device,
			    places[PLACE_DEVICE]);
	if (d->erasure.service)
		erasure_row(f, "erasure.service", "data that services keep", d->erasure.service, places[PLACE_SERVICE]);
	for (size_t i = 0; i < d->deletions_n; i++) {
		const struct decl_deletion *p = &d->deletions[i];
		ixit_fill_row(f, "erasure.functions: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_stated(f, "%s", places[p->target]);
		ixit_fill_stated(f, "%s", p->how);
		ixit_fill_text(f, p->confirmation, "erasure.functions[].confirmation");
	}
}

static void decided(struct ixit_fill *f, const char *key, const char *what, const char *options, const char *when)
{
	ixit_fill_row(f, "%s", key);
	ixit_fill_derived(f, key, "%s", what);
	ixit_fill_derived(f, key, "%s", options);
	ixit_fill_derived(f, key, "%s", when);
}

/* What other parts of the declaration say that the user decides, where `decisions` is silent. */
static void implied_decisions(struct ixit_fill *f)
{
	static const char during[] = "set-up", wish[] = "the user's wish";
	if (f->d->update.asks_at_setup == DECL_YES)
		decided(f, "update.asks_at_setup", "whether updates install by themselves", "on, off", during);
	else if (f->d->update.can_turn_off == DECL_YES)
		decided(f, "update.can_turn_off", "whether updates install by themselves", "on, off", wish);
	for (size_t i = 0; i < f->d->personal_data_n; i++) {
		const struct decl_data *p = &f->d->personal_data[i];
		if (p->basis != BASIS_CONSENT)
			continue;
		ixit_fill_row(f, "personal_data: %s", p->id);
		ixit_fill_derived(f, "personal_data[].basis", "consent to %s", p->what);
		ixit_fill_derived(f, "personal_data[].basis", "given, not given");
		ixit_fill_put(f, "%s", p->consent ? p->consent : "");
		if (p->consent)
			ixit_fill_end(f, IXIT_DERIVED, "personal_data[].consent");
		else
			ixit_fill_missing(f, "decisions or personal_data[].consent");
	}
}

void ixit_data_user_dec(struct ixit_fill *f)
{
	static const char *const when[] = {"", "set-up", "the user's wish", "an event"};
	for (size_t i = 0; i < f->d->decisions_n; i++) {
		const struct decl_decision *p = &f->d->decisions[i];
		ixit_fill_row(f, "decisions: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		for (size_t k = 0; k < p->options.n; k++)
			ixit_fill_item(f, "%s", p->options.at[k]);
		if (p->usual)
			ixit_fill_put(f, "; if nothing is chosen: %s", p->usual);
		ixit_fill_end(f, IXIT_STATED, NULL);
		ixit_fill_stated(f, "%s", when[p->when]);
	}
	if (!f->rows->n)
		implied_decisions(f);
}
