/* SPDX-License-Identifier: Apache-2.0 */
/* The report as HTML: the page around its parts, and what the parts share. */
#include "assess/report_html.h"

#include <stdio.h>

#include "core/codec/markup.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static const struct {
	const char *sign, *css;
} looks[VERDICT_RESULT_COUNT] = {
	[VERDICT_PASS] = {"\xe2\x9c\x93", "pass"},     [VERDICT_FAIL] = {"\xe2\x9c\x95", "fail"},
	[VERDICT_INCONCLUSIVE] = {"?", "open"},	       [VERDICT_NOT_APPLICABLE] = {"\xe2\x80\x93", "na"},
	[VERDICT_NOT_JUDGED] = {"\xe2\x97\x8b", "nj"},
};

const char *report_html_class(enum verdict_result r)
{
	return looks[r < VERDICT_RESULT_COUNT ? r : VERDICT_NOT_JUDGED].css;
}

void report_html_mark_as(struct buf *out, enum verdict_result r, const char *word)
{
	r = r < VERDICT_RESULT_COUNT ? r : VERDICT_NOT_JUDGED;
	markup_putf(out, "<span class=\"mark %s\"><span aria-hidden=\"true\">%s</span> %s</span>", looks[r].css,
		    looks[r].sign, word);
}

void report_html_mark(struct buf *out, enum verdict_result r)
{
	report_html_mark_as(out, r, report_word(r));
}

void report_html_bar(struct buf *out, const struct report_tally *t)
{
	static const enum verdict_result order[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE,
						    VERDICT_NOT_JUDGED, VERDICT_NOT_APPLICABLE};
	buf_put_text(out, "<div class=\"bar\" aria-hidden=\"true\">");
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (t->by[order[i]])
			markup_putf(out, "<i class=\"%s\" style=\"flex-grow:%u\"></i>", looks[order[i]].css,
				    t->by[order[i]]);
	buf_put_text(out, "</div>");
}

bool report_html_begins(const struct verdict_set *v, size_t at)
{
	return at == 0 || strcmp(v->list[at - 1].section, v->list[at].section) != 0;
}

size_t report_html_number(const char *section, const char **ret_words)
{
	size_t n = strspn(section, "0123456789.");
	const char *words = section + n;
	*ret_words = *words == ' ' ? words + 1 : words;
	return n;
}

void report_html_table(struct buf *out, const char *name, const char *css)
{
	markup_putf(out,
		    "<div class=\"scroll %s\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n"
		    "<caption>%s</caption>\n",
		    css, name, name);
}

void report_html_table_end(struct buf *out)
{
	buf_put_text(out, "</tbody></table></div>\n");
}

static void put_meta(struct buf *out, const char *name, const char *value)
{
	markup_putf(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value[0] ? value : "not stated");
}

static void put_head(struct buf *out, const struct verdict_set *v)
{
	const struct verdict_subject *s = &v->subject;
	char assessed[RFC3339_DATE_SIZE], day[48];
	rfc3339_date(v->assessed, assessed);
	markup_date(assessed, day, sizeof day);
	markup_putf(out,
		    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"generator\" content=\"Hallmark " HALLMARK_VERSION "\">\n"
		    "<title>Security assessment: %s %s</title>\n<style>\n",
		    s->product, s->version);
	buf_put_text(out, report_css());
	markup_putf(out,
		    "</style>\n</head>\n<body class=\"report\">\n<a class=\"skip\" href=\"#main\">Skip to the "
		    "summary</a>\n"
		    "<header>\n<p class=\"kicker\">Security assessment report</p>\n"
		    "<h1>%s <span class=\"version\">%s</span></h1>\n<dl class=\"meta\">\n",
		    s->product, s->version);
	put_meta(out, "Maker", s->maker);
	put_meta(out, "Model", s->model);
	put_meta(out, "Assessed on", day);
	put_meta(out, "Assessed against", v->edition);
	buf_put_text(out, "</dl>\n</header>\n");
}

static void put_contents(struct buf *out, const struct verdict_set *v)
{
	buf_put_text(out, "<nav class=\"toc\" aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n"
			  "<li><a href=\"#summary\">Summary</a></li>\n<li><a href=\"#next\">What to do next</a></li>\n"
			  "<li><a href=\"#schemes\">Schemes side by side</a></li>\n"
			  "<li><a href=\"#product\">The product</a></li>\n"
			  "<li><a href=\"#looked\">What was looked at</a></li>\n"
			  "<li><a href=\"#verdicts\">All provisions</a>\n<ol class=\"sections\">\n");
	for (size_t i = 0; i < v->n; i++) {
		const char *words = NULL;
		if (!report_html_begins(v, i))
			continue;
		size_t n = report_html_number(v->list[i].section, &words);
		markup_putf(out, "<li><a href=\"#s");
		buf_put(out, bytes_of(v->list[i].section, n));
		markup_putf(out, "\">%s</a></li>\n", v->list[i].section);
	}
	buf_put_text(out, "</ol></li>\n<li><a href=\"#about\">About this report</a></li>\n</ol>\n</nav>\n");
}

static void put_about(struct buf *out, const struct verdict_set *v)
{
	static const struct {
		enum verdict_result r;
		const char *means;
	} rows[] = {
		{VERDICT_PASS, "Looked into, and the evidence shows that the provision is met."},
		{VERDICT_FAIL, "Looked into, and the evidence shows that it is not met."},
		{VERDICT_INCONCLUSIVE,
		 "Looked into, and the evidence does not decide it. The reason says what is missing."},
		{VERDICT_NOT_JUDGED, "Nobody has looked into it yet. Says nothing, neither good nor bad."},
		{VERDICT_NOT_APPLICABLE, "The product, as declared, has nothing to which the provision could apply."},
	};
	buf_put_text(out, "<section aria-labelledby=\"about\">\n<h2 id=\"about\">About this report</h2>\n"
			  "<dl class=\"legend\">\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_put_text(out, "<div><dt>");
		report_html_mark(out, rows[i].r);
		markup_putf(out, "</dt><dd>%s</dd></div>\n", rows[i].means);
	}
	markup_putf(out,
		    "</dl>\n<p>Probes looked at the product and wrote down facts; judges read the facts and the "
		    "maker\xe2\x80\x99s "
		    "declaration, and wrote verdicts; this page shows them and adds nothing. A fact that could not be "
		    "looked at never counts as \xe2\x80\x9cnot there\xe2\x80\x9d, and missing evidence never counts as "
		    "passed. Titles of provisions are paraphrases: the text of the standard decides.</p>\n"
		    "<p>SHA-256 of the facts that the verdicts rest on: <code>%s</code></p>\n"
		    "<p>The same results for programs lie beside this page: <code>report.json</code>, "
		    "<code>report.sarif</code>, <code>report.junit.xml</code> and <code>report.oscal.json</code>.</p>\n"
		    "</section>\n",
		    v->facts_sha256);
}

rc report_html(const struct report_input *in, struct buf *out, struct err *e)
{
	CLEANUP(scheme_done) struct scheme_list schemes = {0};
	rc r = scheme_of_verdicts(in->verdicts, &schemes, e);
	if (rc_failed(r))
		return r;
	put_head(out, in->verdicts);
	buf_put_text(out, "<div class=\"columns\">\n");
	put_contents(out, in->verdicts);
	buf_put_text(out, "<main id=\"main\">\n");
	report_html_summary(out, in);
	report_html_schemes(out, in, &schemes);
	report_html_lab(out, in);
	put_about(out, in->verdicts);
	buf_put_text(out,
		     "</main>\n</div>\n<footer><p>Made by Hallmark " HALLMARK_VERSION
		     " from facts and verdicts alone. This report states what was seen in one assessment; it is no "
		     "certificate.</p></footer>\n</body>\n</html>\n");
	return buf_check(out, "report", e);
}
