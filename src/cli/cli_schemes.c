/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what `hallmark schemes` found. Decides nothing; what is unconfirmed or unknown is said wherever it shows. */
#include "cli/cli_schemes.h"

#include "cli/cli.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define STEPS_SHOWN 6
#define ITEMS_SHOWN 8

static size_t bits(uint64_t targets)
{
	size_t n = 0;
	for (; targets; targets &= targets - 1)
		n++;
	return n;
}

static void print_targets(const struct schemes_data *d, uint64_t targets)
{
	bool first = true;
	for (size_t t = 0; t < d->targets_n; t++)
		if (targets >> t & 1) {
			(void)printf("%s%s", first ? "" : ", ", schemes_target(d, t)->target);
			first = false;
		}
}

/* All levels of a scheme are called by its name alone. */
static void print_parties(const struct schemes_data *d, uint64_t targets)
{
	bool first = true;
	for (size_t i = 0; i < d->n; i++) {
		const struct schemes_scheme *s = &d->schemes[i];
		uint64_t all = (uint64_t)((1u << s->levels_n) - 1) << s->first_target;
		if (!(targets & all))
			continue;
		(void)printf("%s%s", first ? "" : ", ", s->name);
		if (s->levels_n > 1 && (targets & all) == all)
			(void)printf(" of any level");
		else if (s->levels_n > 1 || s->levels[0].id[0]) {
			(void)printf(" (");
			print_targets(d, targets & all);
			(void)printf(")");
		}
		if (s->standing != SCHEMES_IN_FORCE)
			(void)printf(" [%s]", s->standing == SCHEMES_CLOSED ? "closed" : "unsettled");
		first = false;
	}
}

static void print_about(const struct schemes_scheme *s)
{
	static const struct {
		enum schemes_decider bit;
		const char *words;
	} who[] = {{SCHEMES_SELF, "the maker declares"},
		   {SCHEMES_LAB, "a laboratory tests"},
		   {SCHEMES_AUTHORITY, "an authority decides"}};
	size_t unconfirmed = 0, unknown = 0;
	(void)printf("  %s: %s; %s%s%s\n  %s", s->jurisdiction, s->title, s->edition, s->dated[0] ? ", " : "", s->dated,
		     schemes_kind_name(s->kind));
	for (size_t i = 0; i < sizeof who / sizeof *who; i++)
		if (s->decides & who[i].bit)
			(void)printf("; %s", who[i].words);
	if (s->cites[0])
		(void)printf("; cites EN 303 645 %s", s->cites);
	for (size_t i = 0; i < s->requirements_n; i++) {
		unconfirmed += !s->requirements[i].confirmed;
		unknown += s->requirements[i].mapping == SCHEMES_UNKNOWN;
	}
	(void)printf("\n  %zu requirement%s", s->requirements_n, s->requirements_n == 1 ? "" : "s");
	if (unconfirmed)
		(void)printf(", mapping of %zu unconfirmed", unconfirmed);
	if (unknown)
		(void)printf(", of %zu unknown", unknown);
	(void)printf("\n  source: %s (%s)\n", s->source, schemes_confidence_name(s->confidence));
	if (s->note[0])
		(void)printf("  %s\n", s->note);
}

static void print_list(const struct schemes_shown *s)
{
	(void)printf("Schemes, edition %s. Words of confidence: read (in a source), derived (from sources), memory.\n",
		     s->data->edition);
	for (size_t i = 0; i < s->data->n; i++) {
		const struct schemes_scheme *c = &s->data->schemes[i];
		if (!schemes_json_wanted(s, i))
			continue;
		(void)printf("\n%s  %s\n", c->id, c->name);
		for (size_t k = 0; k < c->levels_n; k++) {
			const struct schemes_level *l = &c->levels[k];
			char state[SCHEMES_STATE_SIZE];
			if (!(s->targets >> (c->first_target + k) & 1))
				continue;
			schemes_state_text(c, l, s->day, state);
			(void)printf("  %s%s%s%s%s\n", l->name[0] ? l->target : "", l->name[0] ? "  " : "", l->name,
				     l->name[0] ? ", " : "", state);
		}
		if (c->state_note[0])
			(void)printf("  (%s)\n", c->state_note);
		print_about(c);
	}
}

static const char *row_mark(const struct schemes_requirement *q)
{
	if (q->mapping == SCHEMES_UNKNOWN)
		return " [mapping unknown]";
	return q->confirmed ? "" : " [unconfirmed]";
}

/* Requirements of the levels that were asked for; results if there is a product. */
static void print_rows(const struct schemes_shown *s, size_t i)
{
	const struct schemes_scheme *c = &s->data->schemes[i];
	(void)printf("\n%s  %s\n", c->id, c->name);
	for (size_t k = 0; k < c->requirements_n; k++) {
		const struct schemes_requirement *q = &c->requirements[k];
		const struct schemes_row *row = s->report ? &s->report->views[i].rows[k] : NULL;
		if (!((uint64_t)q->levels << c->first_target & s->targets))
			continue;
		(void)printf("  %-13s %-14s %s%s\n", q->clause,
			     row ? schemes_result_name(row->result) : schemes_mapping_name(q->mapping), q->title,
			     row_mark(q));
		if (!row) {
			for (size_t p = 0; p < q->provisions_n; p++)
				(void)printf("%s%s",
					     p ? ", " : "      provisions: ", catalogue_table[q->provisions[p]].id);
			(void)printf("%s", q->provisions_n ? "\n" : "");
			for (size_t b = 0; b < q->beyond_n; b++)
				(void)printf("      beyond: %s\n", q->beyond[b]->what);
		} else if (row->why[0])
			(void)printf("      %s\n", row->why);
		if (q->note[0])
			(void)printf("      %s\n", q->note);
	}
}

static void print_sums(const struct schemes_shown *s)
{
	(void)printf("\n%-15s %-12s %4s %8s %8s %5s %4s\n", "", "", "met", "promised", "not met", "open", "n/a");
	for (size_t t = 0; t < s->data->targets_n; t++) {
		const struct schemes_scheme *c = &s->data->schemes[s->data->targets[t].scheme];
		const struct schemes_level *l = schemes_target(s->data, t);
		const struct schemes_sum *sum =
			&s->report->views[s->data->targets[t].scheme].sums[s->data->targets[t].level];
		char state[SCHEMES_STATE_SIZE];
		if (!(s->targets >> t & 1))
			continue;
		schemes_state_text(c, l, s->day, state);
		(void)printf("%-15s %-12s %4zu %8zu %8zu %5zu %4zu  %s", l->target, schemes_result_name(sum->result),
			     sum->by[SCHEMES_MET], sum->by[SCHEMES_PROMISED], sum->by[SCHEMES_NOT_MET],
			     sum->by[SCHEMES_OPEN], sum->by[SCHEMES_NOT_APPLICABLE], state);
		if (sum->unconfirmed)
			(void)printf("; %zu unconfirmed", sum->unconfirmed);
		(void)printf("\n");
	}
}

/* A target with "?" if not every mapping in it is confirmed. */
static void print_planned(const struct schemes_shown *s, size_t t)
{
	const struct schemes_sum *sum = &s->report->views[s->data->targets[t].scheme].sums[s->data->targets[t].level];
	(void)printf("%s%s", schemes_target(s->data, t)->target, sum->unconfirmed ? "?" : "");
}

static void print_opened(const struct schemes_shown *s, uint64_t targets)
{
	bool first = true;
	for (size_t t = 0; t < s->data->targets_n; t++) {
		if (!(targets >> t & 1))
			continue;
		(void)printf("%s", first ? "" : ", ");
		print_planned(s, t);
		first = false;
	}
}

static void print_step(const struct schemes_shown *s, size_t number)
{
	const struct schemes_step *step = &s->plan->steps[number];
	(void)printf("\n%zu. %s%zu item%s open%s ", number + 1, number ? "then " : "", step->n, step->n == 1 ? "" : "s",
		     step->n == 1 ? "s" : "");
	print_opened(s, step->opens);
	bool first = true;
	for (size_t t = 0; t < s->data->targets_n; t++) {
		if (!step->also[t])
			continue;
		(void)printf("%s%u of ", first ? "; and free " : ", ", step->also[t]);
		print_planned(s, t);
		first = false;
	}
	(void)printf("\n");
	for (size_t i = 0; i < step->n && i < ITEMS_SHOWN; i++) {
		size_t p = step->provisions[i];
		(void)printf("   %-7s %-9s %s\n", catalogue_table[p].id, schemes_result_name(s->input->at[p]),
			     catalogue_table[p].title);
		if (s->todo[p][0])
			(void)printf("           %s\n", s->todo[p]);
	}
	if (step->n > ITEMS_SHOWN)
		(void)printf("   ... and %zu more\n", step->n - ITEMS_SHOWN);
}

static void print_plan(const struct schemes_shown *s)
{
	(void)printf("\nCheapest next steps (a scheme opens when no provision blocks it; what it asks beyond them "
		     "stays; ?: by our\nreading of what it asks, not confirmed):\n");
	if (s->plan->free_before) {
		(void)printf("   open already: ");
		print_opened(s, s->plan->free_before);
		(void)printf("\n");
	}
	for (size_t i = 0; i < s->plan->n && i < STEPS_SHOWN; i++)
		print_step(s, i);
	if (s->plan->n > STEPS_SHOWN)
		(void)printf("\n   ... and %zu more steps (--json has all)\n", s->plan->n - STEPS_SHOWN);
}

/* "cra II.1, AnnexII.9; cls binaries", of the targets that were asked for; returns how many. */
static size_t list_askers(const struct schemes_shown *s, const struct schemes_ask *a, bool print)
{
	size_t n = 0;
	for (size_t i = 0; i < s->data->n; i++) {
		const struct schemes_scheme *c = &s->data->schemes[i];
		bool first = true;
		for (size_t k = 0; k < c->requirements_n; k++) {
			const struct schemes_requirement *q = &c->requirements[k];
			bool asks = false;
			for (size_t b = 0; b < q->beyond_n; b++)
				asks = asks || q->beyond[b] == a;
			if (!asks || !((uint64_t)q->levels << c->first_target & s->targets))
				continue;
			if (print)
				(void)printf("%s%s %s", first ? (n ? "; " : "") : ",", first ? c->id : "", q->clause);
			first = false;
			n++;
		}
	}
	return n;
}

static void print_beyond(const struct schemes_shown *s, bool how)
{
	(void)printf("\nBeyond EN 303 645 (no provision can meet these; they stay open here):\n");
	for (size_t i = 0; i < s->data->asks_n; i++) {
		const struct schemes_ask *a = &s->data->asks[i];
		if (!list_askers(s, a, false))
			continue;
		(void)printf("   %s (", a->what);
		(void)list_askers(s, a, true);
		(void)printf(")\n");
		if (how)
			(void)printf("      %s\n", a->how);
	}
}

static void print_recognition(const struct schemes_shown *s)
{
	static const char *const verbs[SCHEMES_EFFECTS] = {"is accepted by", "counts for", "exempts in part from",
							   "eases the way to"};
	char today[RFC3339_DATE_SIZE];
	bool any = false;
	rfc3339_date(s->day, today);
	for (size_t i = 0; i < s->data->recognition_n; i++) {
		const struct schemes_recognition *g = &s->data->recognition[i];
		if (!((g->from | g->to) & s->targets))
			continue;
		if (!any)
			(void)printf("\nRecognition:\n");
		any = true;
		(void)printf("  ");
		print_parties(s->data, g->from);
		(void)printf(" %s ", verbs[g->effect]);
		print_parties(s->data, g->to);
		if (!g->since[0])
			(void)printf(", since when is not known");
		else
			(void)printf(", %s %s", strcmp(g->since, today) > 0 ? "from" : "since", g->since);
		(void)printf("%s\n      %s", g->both_ways ? ", and the other way round" : "", g->what);
		for (size_t k = 0; k < g->clauses_n; k++)
			(void)printf("%s%s", k ? ", " : ": ", g->clauses[k]);
		(void)printf(" (%s; %s)\n", g->source, schemes_confidence_name(g->confidence));
	}
}

static void print_head(const struct schemes_shown *s)
{
	char day[RFC3339_DATE_SIZE];
	rfc3339_date(s->day, day);
	(void)printf("%s (%s), version %s, seen by %zu schemes and levels on %s\n", s->product, s->model, s->version,
		     bits(s->targets), day);
	if (!s->input->assessed)
		(void)printf("From the declaration alone: a promise is not met before an assessment shows it.\n");
	else
		(void)printf("From the verdicts of an assessment%s.\n",
			     s->declared ? ", and the declaration where they are silent" : "");
}

void cli_schemes_print(const struct schemes_shown *s, bool rows)
{
	if (s->report) {
		print_head(s);
		print_sums(s);
	} else {
		print_list(s);
	}
	for (size_t i = 0; rows && i < s->data->n; i++)
		if (schemes_json_wanted(s, i))
			print_rows(s, i);
	if (s->report) {
		print_plan(s);
		print_beyond(s, rows);
	}
	print_recognition(s);
}
