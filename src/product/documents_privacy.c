/* SPDX-License-Identifier: Apache-2.0 */
/* The privacy notice (EN303645 6-1, 6-2, 6-3A, 6-3B, 6-5, 5.8-3, 5.11): what the owner may want to know, in plain
 * words. */
#include "product/documents_papers.h"
#include "core/base/banned.h"

static void stated_or_open(struct paper *p, const char *label, const char *text, const char *missing, const char *of)
{
	paper_row(p, label);
	if (text)
		paper_putf(p, "%s", text);
	else
		paper_blank(p, "%s: %s", of, missing);
}

static void optional(struct paper *p, const char *label, const char *text)
{
	if (!text)
		return;
	paper_row(p, label);
	paper_putf(p, "%s", text);
}

static bool has(const struct decl_texts *texts, const char *id)
{
	for (size_t i = 0; i < texts->n; i++)
		if (strcmp(texts->at[i], id) == 0)
			return true;
	return false;
}

/* Destinations to which it is sent. */
static size_t put_destinations(struct paper *p, const struct declaration *d, const char *id)
{
	size_t n = 0;
	for (size_t i = 0; i < d->flows_n; i++) {
		const struct decl_flow *f = &d->flows[i];
		if (!has(&f->data, id))
			continue;
		paper_putf(p, n++ ? "; %s" : "%s", f->host);
		if (f->why)
			paper_putf(p, " (%s)", f->why);
		paper_putf(p, ", %s", documents_common_protection(f->protection));
	}
	return n;
}

static bool is_sent(const struct declaration *d, const char *id)
{
	for (size_t i = 0; i < d->flows_n; i++)
		if (has(&d->flows[i].data, id))
			return true;
	return false;
}

static void put_consent(struct paper *p, const struct decl_data *x)
{
	stated_or_open(p, "How you agree", x->consent, "how the owner agrees", x->what);
	stated_or_open(p, "How you take it back", x->withdrawal, "how the owner takes the consent back", x->what);
	stated_or_open(p, "How your answer is kept", x->consent_kept, "how the consent is recorded", x->what);
}

static void put_keeping(struct paper *p, const struct declaration *d, const struct decl_data *x)
{
	static const char *const places[] = {"", "on the product", "at a service", "on the product and at a service"};
	paper_row(p, "Where it is kept");
	paper_putf(p, "%s", places[x->where]);
	paper_row(p, "For how long");
	if (x->keep_days) {
		documents_common_days(p, x->keep_days);
		paper_putf(p, ", then it is deleted");
	} else {
		paper_putf(p, "not kept after use");
	}
	if (is_sent(d, x->id)) {
		paper_row(p, "Sent to");
		(void)put_destinations(p, d, x->id);
	}
	paper_row(p, "Who else gets it");
	if (x->shared_with.n)
		documents_common_texts(p, &x->shared_with);
	else
		paper_putf(p, "nobody");
}

static void put_data(struct paper *p, const struct declaration *d, const struct decl_data *x)
{
	static const char *const bases[] = {"", "your consent", "our contract with you", "a legal duty",
					    "a legitimate interest"};
	paper_block(p, PAPER_CARD);
	paper_putf(p, "%s", x->what);
	paper_row(p, "What for");
	paper_putf(p, "%s", x->why);
	optional(p, "What is done with it", x->processing);
	put_keeping(p, d, x);
	paper_row(p, "Why this is allowed");
	paper_putf(p, "%s", bases[x->basis]);
	if (x->basis == BASIS_CONSENT)
		put_consent(p, x);
	if (x->sensitive == DECL_YES) {
		paper_row(p, "Sensitive");
		paper_putf(p, "yes: it would hurt if others got it");
	}
	optional(p, "How it is kept small", x->minimised);
	optional(p, "How it is made anonymous", x->anonymised);
	optional(p, "How it is added up", x->aggregated);
}

static void put_sensors(struct paper *p, const struct declaration *d)
{
	static const char *const titles[] = {"What it senses", "What for", NULL};
	paper_section(p, "sensors", "What it senses");
	if (d->sensors_n)
		paper_table(p, titles);
	else
		paper_block(p, PAPER_PARA);
	for (size_t i = 0; i < d->sensors_n; i++) {
		paper_cell(p);
		paper_putf(p, "%s", d->sensors[i].what);
		paper_cell(p);
		paper_putf(p, "%s", d->sensors[i].why);
	}
	if (!d->sensors_n)
		paper_putf(p, "Nothing: it has no sensors.");
	documents_common_see(p, d->documents.sensors_url);
}

static void put_telemetry_item(struct paper *p, const struct declaration *d, const struct decl_telemetry *t)
{
	paper_block(p, PAPER_CARD);
	paper_putf(p, "%s", t->what ? t->what : t->id);
	if (!t->what)
		paper_open(p, "What the owner is to read about the report %s", t->id);
	paper_row(p, "What for");
	paper_putf(p, "%s", t->why);
	stated_or_open(p, "How it is used", t->examined, "how it is used", t->what ? t->what : t->id);
	paper_row(p, "Who gets it");
	paper_putf(p, "%s", d->maker.name);
	if (is_sent(d, t->id)) {
		paper_putf(p, ", over ");
		(void)put_destinations(p, d, t->id);
	}
	paper_row(p, "Personal data in it");
	for (size_t i = 0; i < t->data.n; i++) {
		const struct decl_data *x = declaration_data(d, t->data.at[i]);
		paper_putf(p, i ? "; %s" : "%s", x ? x->what : t->data.at[i]);
	}
	if (!t->data.n)
		paper_putf(p, "none");
}

static void put_telemetry(struct paper *p, const struct declaration *d)
{
	paper_section(p, "telemetry", "What it reports about itself");
	if (!d->telemetry_n) {
		paper_block(p, PAPER_PARA);
		paper_putf(p, "Nothing.");
	}
	for (size_t i = 0; i < d->telemetry_n; i++)
		put_telemetry_item(p, d, &d->telemetry[i]);
	documents_common_see(p, d->documents.telemetry_url);
}

static void put_where(struct paper *p, const struct declaration *d)
{
	bool service = false, device = false;
	for (size_t i = 0; i < d->personal_data_n; i++) {
		service |= d->personal_data[i].where != PLACE_DEVICE;
		device |= d->personal_data[i].where != PLACE_SERVICE;
	}
	paper_row(p, "Where it is kept");
	paper_putf(p, service ? device ? "on the product and at services" : "at services" : "on the product only");
}

static void put_longest(struct paper *p, const struct declaration *d)
{
	unsigned days = 0;
	for (size_t i = 0; i < d->personal_data_n; i++)
		if (d->personal_data[i].keep_days > days)
			days = d->personal_data[i].keep_days;
	paper_row(p, "For how long");
	if (!days) {
		paper_putf(p, "not kept after use");
		return;
	}
	paper_putf(p, "at most ");
	documents_common_days(p, days);
}

static void put_shared(struct paper *p, const struct declaration *d)
{
	size_t n = 0;
	paper_row(p, "Who else gets it");
	for (size_t i = 0; i < d->personal_data_n; i++)
		for (size_t k = 0; k < d->personal_data[i].shared_with.n; k++) {
			const char *who = d->personal_data[i].shared_with.at[k];
			bool told = false;
			for (size_t before = 0; before < i; before++)
				told |= has(&d->personal_data[before].shared_with, who);
			if (!told)
				paper_putf(p, n++ ? ", %s" : "%s", who);
		}
	if (!n)
		paper_putf(p, "nobody");
}

static void put_glance(struct paper *p, const struct declaration *d)
{
	paper_row(p, "Responsible");
	paper_putf(p, "%s, %s", d->maker.name, d->maker.address);
	paper_row(p, "Questions about your data");
	if (d->maker.email)
		paper_link(p, d->maker.email, NULL);
	else
		paper_blank(p, "How the owner reaches the manufacturer with questions about data");
	paper_row(p, "Personal data");
	if (!d->personal_data_n) {
		paper_putf(p, "none is kept");
		return;
	}
	for (size_t i = 0; i < d->personal_data_n; i++)
		paper_putf(p, i ? "; %s" : "%s", d->personal_data[i].what);
	put_where(p, d);
	put_longest(p, d);
	put_shared(p, d);
}

void documents_privacy(struct paper *p, const struct declaration *d, struct paper_head *head)
{
	head->title = "Privacy notice";
	head->open = "Open: to be stated before this is published";
	put_glance(p, d);
	paper_section(p, "data", "What it knows about you");
	if (!d->personal_data_n) {
		paper_block(p, PAPER_PARA);
		paper_putf(p, "The product keeps no personal data.");
	}
	for (size_t i = 0; i < d->personal_data_n; i++)
		put_data(p, d, &d->personal_data[i]);
	put_sensors(p, d);
	put_telemetry(p, d);
	paper_section(p, "delete", "Deleting your data");
	documents_common_erasure(p, d);
	if (d->documents.privacy_url) {
		paper_section(p, "newest", "The newest version of this notice");
		paper_block(p, PAPER_PARA);
		paper_link(p, d->documents.privacy_url, NULL);
	}
}
