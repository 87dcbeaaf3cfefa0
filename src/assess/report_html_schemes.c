/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report's schemes: the same verdicts in the words of each scheme, side by side, the shortest way to more of them,
 * then requirement by requirement. Loops over whatever schemes there are.
 */
#include <stdio.h>

#include "assess/report_html.h"
#include "assess/scheme.h"
#include "core/codec/markup.h"
#include "core/base/banned.h"

#define STEPS_SHOWN 5

static void put_result(struct buf *out, enum schemes_result r)
{
	static const char *const words[SCHEMES_RESULTS] = {
		[SCHEMES_OPEN] = "open",
		[SCHEMES_MET] = "met",
		[SCHEMES_PROMISED] = "promised",
		[SCHEMES_NOT_MET] = "not met",
		[SCHEMES_NOT_APPLICABLE] = "does not apply",
	};
	if (r == SCHEMES_PROMISED)
		buf_put_text(
			out,
			"<span class=\"mark prom\"><span aria-hidden=\"true\">\xe2\x80\xa6</span> promised</span>");
	else
		report_html_mark_as(out, scheme_verdict(r), words[r < SCHEMES_RESULTS ? r : SCHEMES_OPEN]);
}

/* "Singapore CLS (2)", "EU CRA Article 14"; `whole`: with the words behind a number. */
static void put_name(struct buf *out, const struct schemes_scheme *s, const struct schemes_level *l, bool whole)
{
	bool number = l->id[0] && strspn(l->id, "0123456789") == strlen(l->id);
	markup_putf(out, "%s", s->name);
	if (number && !strstr(l->name, l->id))
		markup_putf(out, whole && l->name[0] ? " (%s): %s" : " (%s)", l->id, l->name);
	else if (l->id[0])
		markup_putf(out, " %s", l->name[0] ? l->name : l->id);
}

static void put_bar(struct buf *out, const struct schemes_sum *sum)
{
	static const struct {
		enum schemes_result r;
		const char *css;
	} parts[] = {{SCHEMES_MET, "pass"},
		     {SCHEMES_PROMISED, "prom"},
		     {SCHEMES_NOT_MET, "fail"},
		     {SCHEMES_OPEN, "open"},
		     {SCHEMES_NOT_APPLICABLE, "na"}};
	buf_put_text(out, "<div class=\"bar\" aria-hidden=\"true\">");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (sum->by[parts[i].r])
			markup_putf(out, "<i class=\"%s\" style=\"flex-grow:%zu\"></i>", parts[i].css,
				    sum->by[parts[i].r]);
	buf_put_text(out, "</div>");
}

static void put_sum(struct buf *out, const struct schemes_view *view, size_t level, struct wall_time day)
{
	static const enum schemes_result order[] = {SCHEMES_MET, SCHEMES_PROMISED, SCHEMES_NOT_MET, SCHEMES_OPEN,
						    SCHEMES_NOT_APPLICABLE};
	const struct schemes_scheme *s = view->scheme;
	const struct schemes_sum *sum = &view->sums[level];
	char state[SCHEMES_STATE_SIZE];
	schemes_state_text(s, &s->levels[level], day, state);
	markup_putf(out, "<tr><th scope=\"row\"><a href=\"#scheme-%s\">", s->id);
	put_name(out, s, &s->levels[level], true);
	markup_putf(out, "%s</a> <small>%s, %s</small></th><td>", sum->unconfirmed ? "\xc2\xa0*" : "", s->jurisdiction,
		    state);
	put_result(out, sum->result);
	buf_put_text(out, "</td><td class=\"barcell\">");
	put_bar(out, sum);
	buf_put_text(out, "</td>");
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		markup_putf(out, "<td class=\"num%s\">%zu</td>", sum->by[order[i]] ? "" : " zero", sum->by[order[i]]);
	buf_put_text(out, "</tr>\n");
}

static void put_table(struct buf *out, const struct scheme_list *list, struct wall_time day)
{
	report_html_table(out, "The schemes, a row each", "sides");
	buf_put_text(
		out,
		"<thead><tr><th scope=\"col\">Scheme</th><th scope=\"col\">Result</th><td class=\"barcell\"></td><th "
		"scope=\"col\" class=\"num\">Met</th><th scope=\"col\" class=\"num\">Promised</th><th scope=\"col\" "
		"class=\"num\">Not "
		"met</th><th scope=\"col\" class=\"num\">Open</th><th scope=\"col\" class=\"num\">Does not "
		"apply</th></tr>"
		"</thead>\n<tbody>\n");
	for (size_t i = 0; i < list->report->n; i++)
		for (size_t k = 0; k < list->report->views[i].scheme->levels_n; k++)
			put_sum(out, &list->report->views[i], k, day);
	report_html_table_end(out);
	buf_put_text(out, "<p class=\"note\">Met: shown by this assessment. Promised: declared, and the evidence is "
			  "still to come. "
			  "Open: nobody can tell yet, or a part is asked that no provision of EN 303 645 covers. * "
			  "That the named "
			  "provisions carry a requirement is our reading, and nobody has confirmed it.</p>\n");
}

static void put_targets(struct buf *out, const struct schemes_data *d, uint64_t targets)
{
	bool first = true;
	for (size_t t = 0; t < d->targets_n; t++) {
		if (!(targets >> t & 1))
			continue;
		buf_put_text(out, first ? "" : ", ");
		put_name(out, &d->schemes[d->targets[t].scheme], schemes_target(d, t), false);
		first = false;
	}
}

/* The cheapest steps first: each frees the schemes it names of everything that provisions block. */
static void put_plan(struct buf *out, const struct scheme_list *list)
{
	const struct schemes_plan *plan = list->plan;
	if (!plan->n && !plan->free_before)
		return;
	buf_put_text(out, "<h3>The shortest way to more of them</h3>\n");
	if (plan->free_before) {
		buf_put_text(out, "<p>No provision stands in the way of: ");
		put_targets(out, list->data, plan->free_before);
		buf_put_text(out, ".</p>\n");
	}
	buf_put_text(out, plan->n ? "<ol class=\"plan\">\n" : "");
	for (size_t i = 0; i < plan->n && i < STEPS_SHOWN; i++) {
		const struct schemes_step *step = &plan->steps[i];
		markup_putf(out, "<li>%s%zu item%s open%s <b>", i ? "Then " : "", step->n, step->n == 1 ? "" : "s",
			    step->n == 1 ? "s" : "");
		put_targets(out, list->data, step->opens);
		buf_put_text(out, "</b>\n<ul class=\"of\">");
		for (size_t k = 0; k < step->n; k++) {
			const struct catalogue_provision *p = &catalogue_table[step->provisions[k]];
			markup_putf(out, "<li><a href=\"#p%s\">%s</a> %s</li>", p->id, p->id, p->title);
		}
		buf_put_text(out, "</ul></li>\n");
	}
	buf_put_text(out, plan->n ? "</ol>\n" : "");
	if (plan->n > STEPS_SHOWN)
		markup_putf(
			out,
			"<p class=\"note\">And %zu more step%s: <code>hallmark schemes --verdicts verdicts.json</code> "
			"tells them all.</p>\n",
			plan->n - STEPS_SHOWN, plan->n == STEPS_SHOWN + 1 ? "" : "s");
}

static void put_levels(struct buf *out, const struct schemes_scheme *s, const struct schemes_requirement *q)
{
	bool first = true;
	buf_put_text(out, "<td>");
	for (size_t k = 0; k < s->levels_n; k++)
		if (q->levels >> k & 1) {
			markup_putf(out, "%s%s", first ? "" : ", ", s->levels[k].id);
			first = false;
		}
	buf_put_text(out, "</td>");
}

static void put_row(struct buf *out, const struct schemes_scheme *s, const struct schemes_row *row)
{
	const struct schemes_requirement *q = row->requirement;
	markup_putf(out, "<tr><td>%s</td><td>%s%s", q->clause, q->title, q->confirmed ? "" : " *");
	if (q->note[0])
		markup_putf(out, " <span class=\"why\">%s</span>", q->note);
	buf_put_text(out, "</td>");
	if (s->levels_n > 1)
		put_levels(out, s, q);
	buf_put_text(out, "<td>");
	for (size_t p = 0; p < q->provisions_n; p++) {
		const char *id = catalogue_table[q->provisions[p]].id;
		markup_putf(out, "%s<a href=\"#p%s\">%s</a>", p ? " " : "", id, id);
	}
	buf_put_text(out, q->provisions_n ? "</td><td>" : "none</td><td>");
	put_result(out, row->result);
	if (row->why[0])
		markup_putf(out, " <span class=\"why\">%s</span>", row->why);
	buf_put_text(out, "</td></tr>\n");
}

static void put_scheme(struct buf *out, const struct schemes_view *view)
{
	const struct schemes_scheme *s = view->scheme;
	markup_putf(
		out,
		"<details class=\"scheme\"><summary><h3>%s</h3></summary>\n<div id=\"scheme-%s\">\n<p>%s. Edition: %s.",
		s->name, s->id, s->title, s->edition);
	if (s->state_note[0])
		markup_putf(out, " State: %s.", s->state_note);
	markup_putf(out, "</p>\n<p class=\"note\">%s%sSource: %s (%s).</p>\n", s->note, s->note[0] ? " " : "",
		    s->source, schemes_confidence_name(s->confidence));
	report_html_table(out, s->name, s->levels_n > 1 ? "rows levels" : "rows");
	buf_put_text(out, "<thead><tr><th scope=\"col\">Clause</th><th scope=\"col\">Requirement</th>");
	buf_put_text(out, s->levels_n > 1 ? "<th scope=\"col\">Level</th>" : "");
	buf_put_text(out, "<th scope=\"col\">Provisions</th><th scope=\"col\">Result</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < view->rows_n; i++)
		put_row(out, s, &view->rows[i]);
	report_html_table_end(out);
	buf_put_text(out, "</div></details>\n");
}

void report_html_schemes(struct buf *out, const struct report_input *in, const struct scheme_list *list)
{
	buf_put_text(
		out,
		"<section aria-labelledby=\"schemes\" class=\"page\">\n<h2 id=\"schemes\">Schemes side by side</h2>\n"
		"<p class=\"note\">One assessment, read in the words of each law, label and standard.</p>\n");
	if (list->report) {
		put_table(out, list, in->verdicts->assessed);
		put_plan(out, list);
		for (size_t i = 0; i < list->report->n; i++)
			put_scheme(out, &list->report->views[i]);
	} else {
		markup_putf(out, "<p>The schemes cannot be told: %s.</p>\n", list->why_not);
	}
	buf_put_text(out, "</section>\n");
}
