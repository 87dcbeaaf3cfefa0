/* SPDX-License-Identifier: Apache-2.0 */
/* The report's first page: what a product manager needs. What is met, what is open, what it means, what to do next. */
#include <stdio.h>

#include "assess/report_html.h"
#include "core/codec/markup.h"
#include "core/base/banned.h"

#define PLURAL(n) ((n) == 1 ? "" : "s")

static void put_headline(struct buf *out, const struct verdict_set *v)
{
	struct verdict_count c = verdict_set_count(v);
	switch (report_outcome(v)) {
	case VERDICT_FAIL:
		markup_putf(out, "Not ready: %u mandatory provision%s failed", c.mandatory_failed,
			    PLURAL(c.mandatory_failed));
		break;
	case VERDICT_INCONCLUSIVE:
		markup_putf(out, "Nothing mandatory failed, and %u mandatory provision%s still open", c.mandatory_open,
			    c.mandatory_open == 1 ? " is" : "s are");
		break;
	case VERDICT_PASS:
		buf_put_text(out, "Every mandatory provision that applies is met");
		break;
	case VERDICT_NOT_JUDGED:
	case VERDICT_NOT_APPLICABLE:
	case VERDICT_RESULT_COUNT:
		buf_put_text(out, "Nothing mandatory was judged");
		break;
	}
}

static const char *meaning(const struct verdict_set *v)
{
	switch (report_outcome(v)) {
	case VERDICT_FAIL:
		return "The product does not do what the standard demands. Do not place this version on the market "
		       "before "
		       "that is mended and assessed again; no label can be issued for it.";
	case VERDICT_INCONCLUSIVE:
		return "What was looked into holds. For the open provisions nobody has yet seen enough evidence: that "
		       "is "
		       "neither a pass nor a failure, and a label would print them as open. \xe2\x80\x9cWhat to do "
		       "next\xe2\x80\x9d "
		       "names the evidence to bring.";
	case VERDICT_PASS:
		return "Every mandatory provision was judged on evidence, and passed. This holds for the version and "
		       "the "
		       "day named above.";
	case VERDICT_NOT_JUDGED:
	case VERDICT_NOT_APPLICABLE:
	case VERDICT_RESULT_COUNT:
		break;
	}
	return "This page says nothing of the product's security: no evidence was brought. Assess again, with more "
	       "probes.";
}

static void put_tiles(struct buf *out, const struct verdict_set *v)
{
	static const enum verdict_result order[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE,
						    VERDICT_NOT_JUDGED, VERDICT_NOT_APPLICABLE};
	struct report_tally all = report_tally(v, NULL, false), mandatory = report_tally(v, NULL, true);
	buf_put_text(out, "<ul class=\"tiles\">\n");
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		markup_putf(out, "<li class=\"%s\"><b>%u</b> %s <small>%u mandatory</small></li>\n",
			    all.by[order[i]] ? report_html_class(order[i]) : "none", all.by[order[i]],
			    report_word(order[i]), mandatory.by[order[i]]);
	buf_put_text(out, "</ul>\n");
	report_html_bar(out, &all);
	markup_putf(
		out,
		"\n<p class=\"note\">%u provisions in all, %u of them mandatory. Absence of evidence never counts as "
		"passed.</p>\n",
		all.n, mandatory.n);
}

static void put_topics(struct buf *out, const struct verdict_set *v)
{
	buf_put_text(out, "<h3 id=\"topics\">What is met and what is open, by topic</h3>\n");
	report_html_table(out, "Results by topic", "topics");
	buf_put_text(out, "<thead><tr><th scope=\"col\">Topic</th><td class=\"barcell\"></td><th scope=\"col\" "
			  "class=\"num\">Passed</th><th scope=\"col\" class=\"num\">Failed</th><th scope=\"col\" "
			  "class=\"num\">Open"
			  "</th><th scope=\"col\" class=\"num\">Not judged</th><th scope=\"col\" class=\"num\">Does "
			  "not apply</th>"
			  "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < v->n; i++) {
		static const enum verdict_result order[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE,
							    VERDICT_NOT_JUDGED, VERDICT_NOT_APPLICABLE};
		const char *words = NULL, *section = v->list[i].section;
		if (!report_html_begins(v, i))
			continue;
		struct report_tally t = report_tally(v, section, false);
		size_t n = report_html_number(section, &words);
		buf_put_text(out, "<tr><th scope=\"row\"><a href=\"#s");
		buf_put(out, bytes_of(section, n));
		markup_putf(out, "\">%s</a></th><td class=\"barcell\">", section);
		report_html_bar(out, &t);
		buf_put_text(out, "</td>");
		for (size_t k = 0; k < ARRAY_LEN(order); k++)
			markup_putf(out, "<td class=\"num%s\">%u</td>", t.by[order[k]] ? "" : " zero", t.by[order[k]]);
		buf_put_text(out, "</tr>\n");
	}
	report_html_table_end(out);
}

static void put_step(struct buf *out, const struct verdict_set *v, size_t lead)
{
	const struct verdict *x = &v->list[lead];
	buf_put_text(out, "<li>");
	report_html_mark(out, x->result);
	markup_putf(out, "<div><p class=\"what\">%s</p>\n<ul class=\"of\">", x->reason);
	for (size_t i = lead; i < v->n; i++)
		if (report_step_same(v, lead, i))
			markup_putf(out, "<li><a href=\"#p%s\">%s</a> %s</li>", v->list[i].provision,
				    v->list[i].provision, v->list[i].title);
	buf_put_text(out, "</ul></div></li>\n");
}

static size_t count_steps(const struct verdict_set *v, bool failed, bool mandatory)
{
	size_t n = 0;
	for (size_t i = 0; i < v->n; i++)
		n += report_step_leads(v, i) && (v->list[i].result == VERDICT_FAIL) == failed &&
		     v->list[i].mandatory == mandatory;
	return n;
}

static void put_steps(struct buf *out, const struct verdict_set *v, bool failed, bool mandatory)
{
	buf_put_text(out, "<ol class=\"todo\">\n");
	for (size_t i = 0; i < v->n; i++)
		if (report_step_leads(v, i) && (v->list[i].result == VERDICT_FAIL) == failed &&
		    v->list[i].mandatory == mandatory)
			put_step(out, v, i);
	buf_put_text(out, "</ol>\n");
}

static void put_next(struct buf *out, const struct verdict_set *v)
{
	static const struct {
		bool failed, mandatory;
		const char *title, *why;
	} groups[] = {
		{true, true, "Mend", "Mandatory, and failed: this stands against the market and against a label."},
		{false, true, "Bring evidence", "Mandatory, and not decided: each line is one piece of work."},
		{true, false, "Recommendations that are not followed", "Follow them, or keep the reason on file."},
	};
	size_t n = 0, rest = count_steps(v, false, false);
	buf_put_text(out, "<h3 id=\"next\">What to do next</h3>\n");
	for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
		if (!count_steps(v, groups[g].failed, groups[g].mandatory))
			continue;
		markup_putf(out, "<h4>%s</h4>\n<p class=\"note\">%s</p>\n", groups[g].title, groups[g].why);
		put_steps(out, v, groups[g].failed, groups[g].mandatory);
		n++;
	}
	if (!n && !rest)
		buf_put_text(out, v->n ? "<p>Nothing: no provision failed, and none was left open.</p>\n"
				       : "<p>Assess the product: there is no verdict yet.</p>\n");
	if (!rest)
		return;
	markup_putf(out, "<details><summary>Recommendations that are open (%zu piece%s of work)</summary>\n", rest,
		    PLURAL(rest));
	put_steps(out, v, false, false);
	buf_put_text(out, "</details>\n");
}

void report_html_summary(struct buf *out, const struct report_input *in)
{
	const struct verdict_set *v = in->verdicts;
	buf_put_text(out, "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n");
	markup_putf(out, "<div class=\"conclusion %s\"><p class=\"headline\">", report_html_class(report_outcome(v)));
	put_headline(out, v);
	markup_putf(out, "</p>\n<p>%s</p></div>\n", meaning(v));
	put_tiles(out, v);
	put_next(out, v);
	put_topics(out, v);
	buf_put_text(out, "</section>\n");
}
