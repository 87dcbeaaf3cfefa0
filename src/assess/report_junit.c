/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as JUnit XML, for a build server: a suite for each section of the standard, a case for each test case.
 * Only a passed case is a plain one. Failed is <failure>. What could not be looked at is <error>: the assessment was
 * disturbed. What is open, not judged or does not apply is <skipped> with the reason: seen in the list, never green.
 */
#include "assess/report.h"
#include "core/codec/markup.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

enum ending { ENDING_PASSED, ENDING_FAILED, ENDING_ERROR, ENDING_SKIPPED, ENDINGS };

/* `c` NULL: the provision as a whole, which has no test case. */
static enum ending ending_of(const struct verdict *x, const struct verdict_case *c, const struct fact_set *facts)
{
	switch (c ? c->result : x->result) {
	case VERDICT_PASS:
		return ENDING_PASSED;
	case VERDICT_FAIL:
		return ENDING_FAILED;
	case VERDICT_INCONCLUSIVE:
		return c && report_could_not_look(c, facts) ? ENDING_ERROR : ENDING_SKIPPED;
	case VERDICT_NOT_JUDGED:
	case VERDICT_NOT_APPLICABLE:
	case VERDICT_RESULT_COUNT:
		break;
	}
	return ENDING_SKIPPED;
}

static void count(const struct report_input *in, const char *section, size_t n[ENDINGS])
{
	for (size_t i = 0; i < in->verdicts->n; i++) {
		const struct verdict *x = &in->verdicts->list[i];
		if (section && strcmp(section, x->section) != 0)
			continue;
		for (size_t k = 0; k < x->cases_n; k++)
			n[ending_of(x, &x->cases[k], in->facts)]++;
		if (!x->cases_n)
			n[ending_of(x, NULL, in->facts)]++;
	}
}

static void put_counts(struct buf *out, const struct report_input *in, const char *section)
{
	size_t n[ENDINGS] = {0};
	count(in, section, n);
	markup_putf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\"",
		    n[ENDING_PASSED] + n[ENDING_FAILED] + n[ENDING_ERROR] + n[ENDING_SKIPPED], n[ENDING_FAILED],
		    n[ENDING_ERROR], n[ENDING_SKIPPED]);
}

static void put_facts(struct buf *out, const struct verdict_case *c, const struct fact_set *facts)
{
	if (!c || !c->facts_n)
		return;
	buf_put_text(out, "      <system-out>");
	for (size_t i = 0; i < c->facts_n; i++) {
		const struct fact *f = fact_set_find(facts, c->facts[i]);
		markup_putf(out, "%s: %s%s%s%s%s\n", c->facts[i], f ? fact_state_name(f->state) : "not in facts.json",
			    f && f->value[0] ? ", " : "", f ? f->value : "", f && f->evidence[0] ? ": " : "",
			    f ? f->evidence : "");
	}
	buf_put_text(out, "</system-out>\n");
}

static void put_case(struct buf *out, const struct report_input *in, const struct verdict *x,
		     const struct verdict_case *c)
{
	enum verdict_result result = c ? c->result : x->result;
	const char *reason = c ? c->reason : x->reason;
	enum ending end = ending_of(x, c, in->facts);
	markup_putf(out, "    <testcase classname=\"EN303645.%s\" name=\"%s%s: %s\" time=\"0\">\n", x->provision,
		    c ? c->id : x->provision,
		    !c		    ? ""
		    : c->functional ? " functional"
				    : " conceptual",
		    x->title);
	if (end == ENDING_FAILED || end == ENDING_ERROR) {
		const char *tag = end == ENDING_FAILED ? "failure" : "error";
		markup_putf(out, "      <%s type=\"%s\" message=\"%s\">%s</%s>\n", tag,
			    x->mandatory ? "mandatory" : "recommended", reason, reason, tag);
	} else if (end == ENDING_SKIPPED) {
		markup_putf(out, "      <skipped message=\"%s: %s\"/>\n", report_word(result), reason);
	}
	put_facts(out, c, in->facts);
	buf_put_text(out, "    </testcase>\n");
}

static void put_suite(struct buf *out, const struct report_input *in, const char *section)
{
	const struct verdict_set *v = in->verdicts;
	char assessed[RFC3339_TIME_SIZE];
	rfc3339_time(v->assessed, assessed);
	assessed[strcspn(assessed, "Z")] = 0; /* build servers expect no zone here */
	markup_putf(out, "  <testsuite name=\"%s\"", section);
	put_counts(out, in, section);
	markup_putf(out,
		    " timestamp=\"%s\" hostname=\"%s\">\n    <properties>\n"
		    "      <property name=\"product\" value=\"%s\"/>\n      <property name=\"version\" value=\"%s\"/>\n"
		    "      <property name=\"edition\" value=\"%s\"/>\n"
		    "      <property name=\"facts-sha256\" value=\"%s\"/>\n    </properties>\n",
		    assessed, v->target, v->subject.product, v->subject.version, v->edition, v->facts_sha256);
	for (size_t i = 0; i < v->n; i++) {
		const struct verdict *x = &v->list[i];
		if (strcmp(section, x->section) != 0)
			continue;
		for (size_t k = 0; k < x->cases_n; k++)
			put_case(out, in, x, &x->cases[k]);
		if (!x->cases_n)
			put_case(out, in, x, NULL);
	}
	buf_put_text(out, "  </testsuite>\n");
}

static bool begins_section(const struct verdict_set *v, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(v->list[i].section, v->list[at].section) == 0)
			return false;
	return true;
}

rc report_junit(const struct report_input *in, struct buf *out, struct err *e)
{
	const struct verdict_set *v = in->verdicts;
	markup_putf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Hallmark: %s %s\"",
		    v->subject.product, v->subject.version);
	put_counts(out, in, NULL);
	buf_put_text(out, ">\n");
	for (size_t i = 0; i < v->n; i++)
		if (begins_section(v, i))
			put_suite(out, in, v->list[i].section);
	buf_put_text(out, "</testsuites>\n");
	return buf_check(out, "report.junit.xml", e);
}
