/* SPDX-License-Identifier: Apache-2.0 */
/* The report as HTML: first what a product manager needs, then each verdict with its facts for a laboratory. */
#include "assess/report.h"

#include <stdio.h>

#include "core/codec/markup.h"
#include "assess/scheme.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

/* Marks are words and signs, so that nothing depends on colour alone. */
static const struct {
	const char *word, *sign, *css;
} words[VERDICT_RESULT_COUNT] = {
	[VERDICT_PASS] = {"passed", "\xe2\x9c\x93", "pass"},
	[VERDICT_FAIL] = {"failed", "\xe2\x9c\x95", "fail"},
	[VERDICT_INCONCLUSIVE] = {"open", "?", "open"},
	[VERDICT_NOT_APPLICABLE] = {"does not apply", "\xe2\x80\x93", "na"},
	[VERDICT_NOT_JUDGED] = {"not judged", "\xc2\xb7", "nj"},
};

const char *report_word(enum verdict_result r)
{
	return r < VERDICT_RESULT_COUNT ? words[r].word : "not judged";
}

static void put_mark(struct buf *out, enum verdict_result r)
{
	markup_putf(out, "<span class=\"mark %s\"><span aria-hidden=\"true\">%s</span> %s</span>", words[r].css,
		    words[r].sign, words[r].word);
}

void report_conclusion(const struct verdict_set *v, char *out, size_t size)
{
	struct verdict_count c = verdict_set_count(v);
	if (c.mandatory_failed)
		(void)snprintf(
			out, size,
			"%u mandatory provision%s failed. Do not place this version on the market before %s mended.",
			c.mandatory_failed, c.mandatory_failed == 1 ? "" : "s",
			c.mandatory_failed == 1 ? "it is" : "they are");
	else if (c.mandatory_open)
		(void)snprintf(out, size,
			       "No mandatory provision failed. %u mandatory provision%s open or not judged: the list "
			       "below says what "
			       "is missing.",
			       c.mandatory_open, c.mandatory_open == 1 ? " is" : "s are");
	else
		(void)snprintf(out, size, "All mandatory provisions that apply were judged, and passed.");
}

static void put_row(struct buf *out, const char *name, const char *value)
{
	markup_putf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value[0] ? value : "not stated");
}

static void put_head(struct buf *out, const struct verdict_set *v)
{
	const struct verdict_subject *s = &v->subject;
	char assessed[RFC3339_DATE_SIZE], day[48], until[48];
	rfc3339_date(v->assessed, assessed);
	markup_date(assessed, day, sizeof day);
	markup_date(s->support_end, until, sizeof until);
	markup_putf(out,
		    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<title>Security assessment: %s %s</title>\n<style>\n",
		    s->product, s->version);
	buf_put_text(out, report_css());
	markup_putf(out,
		    "</style>\n</head>\n<body>\n<header>\n<p class=\"kicker\">Security assessment report</p>\n"
		    "<h1>%s <span class=\"version\">%s</span></h1>\n"
		    "<p class=\"lead\">Model %s, made by %s. Assessed on %s against ETSI %s.</p>\n</header>\n<main>\n",
		    s->product, s->version, s->model, s->maker, day,
		    strncmp(v->edition, "ETSI ", 5) == 0 ? v->edition + 5 : v->edition);
	buf_put_text(out, "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n");
}

static void put_bar(struct buf *out, const struct verdict_set *v)
{
	static const enum verdict_result order[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE,
						    VERDICT_NOT_JUDGED, VERDICT_NOT_APPLICABLE};
	struct verdict_count c = verdict_set_count(v);
	buf_put_text(out, "<ul class=\"tiles\">\n");
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		markup_putf(out, "<li class=\"%s\"><b>%u</b> %s</li>\n", words[order[i]].css, c.by[order[i]],
			    words[order[i]].word);
	buf_put_text(out, "</ul>\n<div class=\"bar\" aria-hidden=\"true\">");
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (c.by[order[i]])
			markup_putf(out, "<i class=\"%s\" style=\"flex-grow:%u\"></i>", words[order[i]].css,
				    c.by[order[i]]);
	markup_putf(
		out,
		"</div>\n<p class=\"note\">%zu provisions in all. \xe2\x80\x9cOpen\xe2\x80\x9d: looked into, and the "
		"evidence does not decide it. Absence of evidence never counts as passed.</p>\n",
		v->n);
}

static void put_subject(struct buf *out, const struct verdict_set *v)
{
	const struct verdict_subject *s = &v->subject;
	char until[48];
	markup_date(s->support_end, until, sizeof until);
	buf_put_text(out, "<h3>The product, in its maker\xe2\x80\x99s words</h3>\n<dl class=\"facts\">\n");
	put_row(out, "Security updates until", until);
	put_row(out, "Updates", s->updates);
	put_row(out, "Password as delivered", s->password);
	put_row(out, "Personal data", s->data[0] ? s->data : "none declared");
	put_row(out, "Sensors", s->sensors[0] ? s->sensors : "none declared");
	put_row(out, "Report a security problem to", s->contact);
	buf_put_text(out, "</dl>\n");
}

static void put_attention(struct buf *out, const struct verdict_set *v)
{
	static const enum verdict_result order[] = {VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_NOT_JUDGED};
	size_t n = 0;
	buf_put_text(out, "<h3>What needs attention first</h3>\n");
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < v->n; i++) {
			const struct verdict *x = &v->list[i];
			bool mine = x->result == order[k] && (k == 0 || x->mandatory);
			if (!mine)
				continue;
			if (!n++)
				buf_put_text(out, "<ul class=\"todo\">\n");
			buf_put_text(out, "<li>");
			put_mark(out, x->result);
			markup_putf(out, " <a href=\"#p%s\">%s</a> %s%s<br><span class=\"why\">%s</span></li>\n",
				    x->provision, x->provision, x->title, x->mandatory ? " (mandatory)" : "",
				    x->reason);
		}
	buf_put_text(out, n ? "</ul>\n" : "<p>Nothing failed, and no mandatory provision was left open.</p>\n");
}

static void put_scheme(struct buf *out, const struct schemes_view *s)
{
	markup_putf(
		out,
		"<h3>%s</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n<thead>"
		"<tr><th scope=\"col\">Clause</th><th scope=\"col\">Requirement</th><th scope=\"col\">Provisions</th>"
		"<th scope=\"col\">Result</th></tr></thead>\n<tbody>\n",
		s->scheme->name, s->scheme->name);
	for (size_t i = 0; i < s->rows_n; i++) {
		const struct schemes_requirement *q = s->rows[i].requirement;
		markup_putf(out, "<tr><td>%s</td><td>%s%s</td><td>", q->clause, q->title,
			    q->confirmed ? "" : " (mapping not confirmed)");
		for (size_t p = 0; p < q->provisions_n; p++) {
			const char *id = catalogue_table[q->provisions[p]].id;
			markup_putf(out, "%s<a href=\"#p%s\">%s</a>", p ? ", " : "", id, id);
		}
		buf_put_text(out, "</td><td>");
		put_mark(out, scheme_verdict(s->rows[i].result));
		markup_putf(out, " <span class=\"why\">%s</span></td></tr>\n", s->rows[i].why);
	}
	markup_putf(out, "</tbody></table></div>\n<p class=\"note\">%s. %s</p>\n", s->scheme->edition, s->scheme->note);
}

static void put_looked(struct buf *out, const struct verdict_set *v)
{
	buf_put_text(out, "<h3>What was looked at</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
			  "aria-label=\"What was looked at\"><table>\n<thead><tr><th scope=\"col\">Probe</th>"
			  "<th scope=\"col\">Looks at</th><th scope=\"col\" class=\"num\">Facts</th>"
			  "<th scope=\"col\" class=\"num\">Could not look</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < v->probes_n; i++)
		markup_putf(out,
			    "<tr><td>%s</td><td>%s</td><td class=\"num\">%zu</td><td class=\"num\">%zu</td></tr>\n",
			    v->probes[i].name, v->probes[i].what, (size_t)v->probes[i].facts,
			    (size_t)v->probes[i].not_looked);
	markup_putf(out,
		    "</tbody></table></div>\n<p class=\"note\">Target: %s. SHA-256 of the facts file: "
		    "<code>%s</code></p>\n",
		    v->target, v->facts_sha256);
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
		    "<li><b>%s</b>: %s%s%s <span class=\"why\">%s</span><br><small><code>%s</code> on %s, "
		    "%s</small></li>\n",
		    f->what, fact_state_name(f->state), f->value[0] ? ", " : "", f->value, f->evidence, f->id,
		    f->target, time);
}

static void put_verdict(struct buf *out, const struct verdict *x, const struct fact_set *facts)
{
	markup_putf(out, "<article id=\"p%s\" class=\"%s\">\n<h4>%s %s</h4>\n<p>", x->provision, words[x->result].css,
		    x->provision, x->title);
	put_mark(out, x->result);
	markup_putf(out, " <span class=\"tag\">%s</span></p>\n", x->mandatory ? "mandatory" : "recommended");
	if (!x->cases_n)
		markup_putf(out, "<p class=\"why\">%s</p>\n", x->reason);
	for (size_t i = 0; i < x->cases_n; i++) {
		const struct verdict_case *c = &x->cases[i];
		markup_putf(out, "<div class=\"case\"><p><b>%s</b> %s: ", c->id,
			    c->functional ? "functional" : "conceptual");
		put_mark(out, c->result);
		markup_putf(out, "<br>%s</p>\n", c->reason);
		if (c->facts_n)
			buf_put_text(out, "<ul class=\"evidence\">\n");
		for (size_t k = 0; k < c->facts_n; k++)
			put_fact(out, facts, c->facts[k]);
		buf_put_text(out, c->facts_n ? "</ul></div>\n" : "</div>\n");
	}
	buf_put_text(out, "</article>\n");
}

static void put_verdicts(struct buf *out, const struct verdict_set *v, const struct fact_set *facts)
{
	const char *section = "";
	buf_put_text(out,
		     "<section aria-labelledby=\"verdicts\" class=\"lab\">\n<h2 id=\"verdicts\">All provisions</h2>\n"
		     "<p class=\"note\">For each test case of TS 103 701: the verdict, the reason, and the facts it "
		     "rests on. Titles are paraphrases of the standard.</p>\n");
	for (size_t i = 0; i < v->n; i++) {
		if (strcmp(section, v->list[i].section) != 0) {
			section = v->list[i].section;
			markup_putf(out, "<h3>%s</h3>\n", section);
		}
		put_verdict(out, &v->list[i], facts);
	}
	buf_put_text(out, "</section>\n");
}

rc report_html(const struct verdict_set *v, const struct fact_set *facts, struct buf *out, struct err *e)
{
	char conclusion[256];
	struct verdict_count c = verdict_set_count(v);
	CLEANUP(scheme_done) struct scheme_list schemes = {0};
	rc r = scheme_of_verdicts(v, &schemes, e);
	if (rc_failed(r))
		return r;
	report_conclusion(v, conclusion, sizeof conclusion);
	put_head(out, v);
	markup_putf(out, "<p class=\"conclusion %s\">%s</p>\n",
		    c.mandatory_failed ? "fail"
		    : c.mandatory_open ? "open"
				       : "pass",
		    conclusion);
	put_bar(out, v);
	put_attention(out, v);
	const struct schemes_view *psti = scheme_find(&schemes, "psti");
	if (psti)
		put_scheme(out, psti);
	else
		markup_putf(out, "<p class=\"note\">No schemes: %s.</p>\n", schemes.why_not);
	put_subject(out, v);
	put_looked(out, v);
	buf_put_text(out, "</section>\n");
	put_verdicts(out, v, facts);
	markup_putf(out, "</main>\n<footer><p>Made by Hallmark " HALLMARK_VERSION
			 " from facts and verdicts alone. This report states what was seen in one assessment; it is no "
			 "certificate.</p></footer>\n</body>\n</html>\n");
	return buf_check(out, "report", e);
}
