/* SPDX-License-Identifier: Apache-2.0 */
/* What all forms of the report share: words, counts, the conclusion, and what to do next. */
#include "assess/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/banned.h"

const struct report_file report_files[] = {
	{"report.html", report_html},	    {"report.json", report_json},	 {"report.sarif", report_sarif},
	{"report.junit.xml", report_junit}, {"report.oscal.json", report_oscal}, {0},
};

const char *report_word(enum verdict_result r)
{
	static const char *const words[VERDICT_RESULT_COUNT] = {
		[VERDICT_PASS] = "passed",	     [VERDICT_FAIL] = "failed",
		[VERDICT_INCONCLUSIVE] = "open",     [VERDICT_NOT_APPLICABLE] = "does not apply",
		[VERDICT_NOT_JUDGED] = "not judged",
	};
	return r < VERDICT_RESULT_COUNT ? words[r] : "not judged";
}

struct report_tally report_tally(const struct verdict_set *v, const char *section, bool mandatory_only)
{
	struct report_tally t = {0};
	for (size_t i = 0; i < v->n; i++) {
		const struct verdict *x = &v->list[i];
		if ((section && strcmp(section, x->section) != 0) || (mandatory_only && !x->mandatory))
			continue;
		t.by[x->result]++;
		t.n++;
	}
	return t;
}

enum verdict_result report_outcome(const struct verdict_set *v)
{
	struct report_tally t = report_tally(v, NULL, true);
	if (t.by[VERDICT_FAIL])
		return VERDICT_FAIL;
	if (t.by[VERDICT_INCONCLUSIVE] || t.by[VERDICT_NOT_JUDGED])
		return VERDICT_INCONCLUSIVE;
	return t.by[VERDICT_PASS] ? VERDICT_PASS : VERDICT_NOT_JUDGED;
}

void report_conclusion(const struct verdict_set *v, char *out, size_t size)
{
	struct verdict_count c = verdict_set_count(v);
	switch (report_outcome(v)) {
	case VERDICT_FAIL:
		(void)snprintf(
			out, size,
			"%u mandatory provision%s failed. Do not place this version on the market before %s mended.",
			c.mandatory_failed, c.mandatory_failed == 1 ? "" : "s",
			c.mandatory_failed == 1 ? "it is" : "they are");
		break;
	case VERDICT_INCONCLUSIVE:
		(void)snprintf(out, size,
			       "No mandatory provision failed. %u mandatory provision%s open or not judged: the list "
			       "below says what is missing.",
			       c.mandatory_open, c.mandatory_open == 1 ? " is" : "s are");
		break;
	case VERDICT_PASS:
		(void)snprintf(out, size, "All mandatory provisions that apply were judged, and passed.");
		break;
	case VERDICT_NOT_JUDGED:
	case VERDICT_NOT_APPLICABLE:
	case VERDICT_RESULT_COUNT:
		(void)snprintf(out, size, "No mandatory provision was judged: this says nothing of the product.");
		break;
	}
}

static bool needs_work(const struct verdict *x)
{
	return x->result == VERDICT_FAIL || x->result == VERDICT_INCONCLUSIVE || x->result == VERDICT_NOT_JUDGED;
}

bool report_step_same(const struct verdict_set *v, size_t lead, size_t other)
{
	const struct verdict *a = &v->list[lead], *b = &v->list[other];
	return needs_work(a) && needs_work(b) && a->mandatory == b->mandatory &&
	       (a->result == VERDICT_FAIL) == (b->result == VERDICT_FAIL) && strcmp(a->reason, b->reason) == 0;
}

bool report_step_leads(const struct verdict_set *v, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (report_step_same(v, i, at))
			return false;
	return needs_work(&v->list[at]);
}

bool report_place(const struct fact_set *facts, const char *provision, struct report_place *ret)
{
	char id[FACT_ID_SIZE];
	(void)snprintf(id, sizeof id, "declaration.%s", provision);
	const struct fact *f = fact_set_find(facts, id);
	if (!f || !f->target[0])
		return false;
	const char *colon = strrchr(f->target, ':');
	char *end = NULL;
	unsigned long line = colon ? strtoul(colon + 1, &end, 10) : 0;
	bool numbered = colon && colon > f->target && end != colon + 1 && *end == 0 && line <= UINT32_MAX;
	size_t n = numbered ? (size_t)(colon - f->target) : strlen(f->target);
	(void)snprintf(ret->file, sizeof ret->file, "%.*s", (int)n, f->target);
	ret->line = numbered ? (uint32_t)line : 0;
	return true;
}

bool report_could_not_look(const struct verdict_case *c, const struct fact_set *facts)
{
	for (size_t i = 0; i < c->facts_n; i++) {
		const struct fact *f = fact_set_find(facts, c->facts[i]);
		if (f && !fact_looked(f->state))
			return true;
	}
	return false;
}
