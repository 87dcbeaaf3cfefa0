/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemes as an assessment sees them: a thin view over the data of the product room, for the report. Per scheme its
 * rows, each with clause, title and provisions (row->requirement), result and what is open (row->why).
 */
#ifndef HALLMARK_ASSESS_SCHEME_H
#define HALLMARK_ASSESS_SCHEME_H

#include "product/schemes_plan.h"

struct scheme_list {
	struct schemes_data *data;
	struct schemes_input input;
	struct schemes_report *report; /* one view per scheme, in the order of the data; NULL: see why_not */
	struct schemes_plan *plan;     /* for the schemes in force or to come on the day of the assessment */
	char why_not[ERR_TEXT_MAX];    /* verdicts of another edition of EN 303 645 say nothing to these schemes */
};

/* scheme_done frees, also after a failure. */
rc scheme_of_verdicts(const struct verdict_set *v, struct scheme_list *ret, struct err *e) MUST_CHECK;
void scheme_done(struct scheme_list *s); /* for CLEANUP; accepts a zeroed one */

const struct schemes_view *scheme_find(const struct scheme_list *s, const char *id); /* NULL if none */
/* In the words of a verdict, for marks: what is open or only promised is inconclusive. */
enum verdict_result scheme_verdict(enum schemes_result r);

#endif
