/* SPDX-License-Identifier: Apache-2.0 */
/* The report's larger part, for a laboratory: the product as declared, what was looked at, and each verdict with its
 * test cases, reasons and facts. */
#include "assess/report_html.h"
#include "core/codec/markup.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static void put_row(struct buf *out, const char *name, const char *value, const char *none)
{
	markup_putf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value[0] ? value : none);
}

static void put_subject(struct buf *out, const struct verdict_set *v)
{
	const struct verdict_subject *s = &v->subject;
	char until[48];
	markup_date(s->support_end, until, sizeof until);
	buf_put_text(out,
		     "<section aria-labelledby=\"product\">\n<h2 id=\"product\">The product, in its maker\xe2\x80\x99s "
		     "words</h2>\n<dl class=\"facts\">\n");
	put_row(out, "Security updates until", until, "not stated");
	put_row(out, "Updates", s->updates, "not stated");
	put_row(out, "Password as delivered", s->password, "not stated");
	put_row(out, "Personal data", s->data, "none declared");
	put_row(out, "Sensors", s->sensors, "none declared");
	put_row(out, "Report a security problem to", s->contact, "not stated");
	buf_put_text(out, "</dl>\n</section>\n");
}

static void put_looked(struct buf *out, const struct verdict_set *v)
{
	buf_put_text(out, "<section aria-labelledby=\"looked\">\n<h2 id=\"looked\">What was looked at</h2>\n");
	report_html_table(out, "The probes, a row each", "");
	buf_put_text(
		out,
		"<thead><tr><th scope=\"col\">Probe</th><th scope=\"col\">Looks at</th><th scope=\"col\" "
		"class=\"num\">Facts</th><th scope=\"col\" class=\"num\">Could not look</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < v->probes_n; i++)
		markup_putf(out,
			    "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"num\">%zu</td><td "
			    "class=\"num\">%zu</td></tr>\n",
			    v->probes[i].name, v->probes[i].what, (size_t)v->probes[i].facts,
			    (size_t)v->probes[i].not_looked);
	report_html_table_end(out);
	markup_putf(out,
		    "<p class=\"note\">The device looked at: <code>%s</code>. A probe that is not in the list was not "
		    "run.</p>\n</section>\n",
		    v->target);
}

static void put_fact(struct buf *out, const struct fact_set *facts, const char *id)
{
	const struct fact *f = fact_set_find(facts, id);
	char time[RFC3339_TIME_SIZE];
	if (!f) {
		markup_putf(out, "<li><code>%s</code> is not in the facts file</li>\n", id);
		return;
	}
	rfc3339_time(f->time, time);
	markup_putf(out,
		    "<li><span class=\"state%s\">%s</span> <b>%s</b>%s%s <span class=\"why\">%s</span> "
		    "<small><code>%s</code> by probe %s on %s, %s</small></li>\n",
		    fact_looked(f->state) ? "" : " blind",
		    fact_looked(f->state) ? fact_state_name(f->state) : "could not look", f->what,
		    f->value[0] ? ": " : "", f->value, f->evidence, f->id, f->probe, f->target, time);
}

static void put_case(struct buf *out, const struct verdict_case *c, const struct fact_set *facts)
{
	markup_putf(out, "<div class=\"case\">\n<p class=\"casehead\"><b>%s</b> <span>%s</span> ", c->id,
		    c->functional ? "functional: trying the product" : "conceptual: reading the declaration");
	report_html_mark(out, c->result);
	markup_putf(out, "</p>\n<p>%s</p>\n", c->reason);
	if (c->facts_n)
		buf_put_text(out, "<ul class=\"evidence\">\n");
	for (size_t i = 0; i < c->facts_n; i++)
		put_fact(out, facts, c->facts[i]);
	buf_put_text(out, c->facts_n ? "</ul></div>\n" : "</div>\n");
}

static void put_verdict(struct buf *out, const struct verdict *x, const struct fact_set *facts)
{
	markup_putf(
		out,
		"<article id=\"p%s\" class=\"%s %s\">\n<h4><span class=\"id\">%s</span> %s</h4>\n<p class=\"tags\">",
		x->provision, report_html_class(x->result), x->mandatory ? "must" : "should", x->provision, x->title);
	report_html_mark(out, x->result);
	markup_putf(out, " <span class=\"tag\">%s</span></p>\n", x->mandatory ? "mandatory" : "recommended");
	if (!x->cases_n)
		markup_putf(out, "<p class=\"why\">%s</p>\n", x->reason);
	for (size_t i = 0; i < x->cases_n; i++)
		put_case(out, &x->cases[i], facts);
	buf_put_text(out, "</article>\n");
}

/* Choosing without a script: the style sheet hides what was not chosen. Without that ability everything is shown. */
static void put_filter(struct buf *out, const struct verdict_set *v)
{
	static const enum verdict_result order[] = {VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_NOT_JUDGED,
						    VERDICT_PASS, VERDICT_NOT_APPLICABLE};
	struct report_tally t = report_tally(v, NULL, false);
	markup_putf(
		out,
		"<form class=\"filter\"><fieldset><legend>Show</legend>\n<label><input type=\"radio\" name=\"show\" "
		"id=\"show-all\" checked> all (%u)</label>\n",
		t.n);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		markup_putf(out, "<label><input type=\"radio\" name=\"show\" id=\"show-%s\"> %s (%u)</label>\n",
			    report_html_class(order[i]), report_word(order[i]), t.by[order[i]]);
	buf_put_text(out, "</fieldset>\n<label><input type=\"checkbox\" id=\"show-must\"> only mandatory</label>\n"
			  "<label><input type=\"checkbox\" id=\"show-facts\" checked> with facts</label></form>\n");
}

static void put_verdicts(struct buf *out, const struct verdict_set *v, const struct fact_set *facts)
{
	buf_put_text(
		out,
		"<section aria-labelledby=\"verdicts\" class=\"page lab\">\n<h2 id=\"verdicts\">All provisions</h2>\n"
		"<p class=\"note\">For each test case of TS 103 701: the verdict, the reason, and the facts it rests "
		"on. "
		"The worst test case speaks for its provision.</p>\n");
	put_filter(out, v);
	for (size_t i = 0; i < v->n; i++) {
		const char *words = NULL;
		if (report_html_begins(v, i)) {
			size_t n = report_html_number(v->list[i].section, &words);
			buf_put_text(out, i ? "</div>\n<div class=\"group\">\n<h3 id=\"s"
					    : "<div class=\"group\">\n<h3 id=\"s");
			buf_put(out, bytes_of(v->list[i].section, n));
			markup_putf(out, "\">%s</h3>\n", v->list[i].section);
		}
		put_verdict(out, &v->list[i], facts);
	}
	buf_put_text(out, v->n ? "</div>\n</section>\n" : "</section>\n");
}

void report_html_lab(struct buf *out, const struct report_input *in)
{
	put_subject(out, in->verdicts);
	put_looked(out, in->verdicts);
	put_verdicts(out, in->verdicts, in->facts);
}
