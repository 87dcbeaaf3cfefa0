/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report: verdicts and the facts they rest on, for people (one self-contained HTML file: no script, nothing loaded
 * from elsewhere) and for programs (our JSON, SARIF, JUnit, OSCAL). Pure: made of the two files alone, so the same
 * verdicts and facts give the same bytes. docs/report.md says what each format carries.
 */
#ifndef HALLMARK_ASSESS_REPORT_H
#define HALLMARK_ASSESS_REPORT_H

#include "core/model/fact.h"
#include "core/model/verdict.h"

#define REPORT_MAX (64 * 1024 * 1024)

/* Borrowed. */
struct report_input {
	const struct verdict_set *verdicts;
	const struct fact_set *facts;
	const struct fact_head *head;
};

struct report_file {
	const char *name; /* beside verdicts.json */
	rc (*write)(const struct report_input *in, struct buf *out, struct err *e);
};

/* All files of a report; ends with a zero row. */
extern const struct report_file report_files[];

/* For people: report_html.c, in parts. */
rc report_html(const struct report_input *in, struct buf *out, struct err *e) MUST_CHECK;
/* data/report.schema.json: summary, next steps, schemes, verdicts with their cases. Facts stay in facts.json. */
rc report_json(const struct report_input *in, struct buf *out, struct err *e) MUST_CHECK;
/* SARIF 2.1.0: a rule for each provision, a result for each test case that did not pass. */
rc report_sarif(const struct report_input *in, struct buf *out, struct err *e) MUST_CHECK;
/* JUnit XML: a suite for each section, a case for each test case. What nobody decided is skipped, never passed. */
rc report_junit(const struct report_input *in, struct buf *out, struct err *e) MUST_CHECK;
/* OSCAL assessment results 1.1.3: observations are facts, findings are verdicts. */
rc report_oscal(const struct report_input *in, struct buf *out, struct err *e) MUST_CHECK;

/* One sentence that a product manager can act on. */
void report_conclusion(const struct verdict_set *v, char *out, size_t size);

/* The worst that holds for the mandatory provisions: fail, open, or pass when at least one was judged. */
enum verdict_result report_outcome(const struct verdict_set *v);

const char *report_css(void);

/* "passed", "failed", "open", "does not apply", "not judged": how a result is called for people. */
const char *report_word(enum verdict_result r);

/* Results of a part of the provisions: of one section (NULL: all), of the mandatory ones alone or not. */
struct report_tally {
	uint32_t by[VERDICT_RESULT_COUNT], n;
};
struct report_tally report_tally(const struct verdict_set *v, const char *section, bool mandatory_only);

/*
 * What to do next: provisions that stand for the same reason are one step. `report_step_leads`: does the provision at
 * this index begin a step? `report_step_same`: does the one at `other` belong to the step that `lead` begins?
 */
bool report_step_leads(const struct verdict_set *v, size_t at);
bool report_step_same(const struct verdict_set *v, size_t lead, size_t other);

/* Where the declaration speaks to this provision: its file and line (0: none in particular). False if not known. */
struct report_place {
	char file[FACT_TARGET_SIZE];
	uint32_t line;
};
bool report_place(const struct fact_set *facts, const char *provision, struct report_place *ret);

/* Does the case rest on a fact that could not be looked at? */
bool report_could_not_look(const struct verdict_case *c, const struct fact_set *facts);

#endif
