/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report: verdicts and the facts they rest on, for people (one self-contained HTML file: no script, nothing loaded
 * from elsewhere) and for programs (JSON). Pure: made of the two files alone.
 */
#ifndef HALLMARK_ASSESS_REPORT_H
#define HALLMARK_ASSESS_REPORT_H

#include "core/model/fact.h"
#include "core/model/verdict.h"

#define REPORT_MAX (8 * 1024 * 1024)

rc report_html(const struct verdict_set *v, const struct fact_set *facts, struct buf *out, struct err *e) MUST_CHECK;

/* Summary, schemes, and verdicts by provision: a view for dashboards. Whole records are in verdicts.json. */
rc report_json(const struct verdict_set *v, struct buf *out, struct err *e) MUST_CHECK;

/* One sentence that a product manager can act on. */
void report_conclusion(const struct verdict_set *v, char *out, size_t size);

const char *report_css(void);

/* "passed", "failed", "open", "does not apply", "not judged": how a result is called for people. */
const char *report_word(enum verdict_result r);

#endif
