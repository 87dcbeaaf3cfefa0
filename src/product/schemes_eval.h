/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A product seen by the schemes. Pure: results of provisions in, results of requirements and of whole schemes out. A
 * declaration alone gives "promised"; only verdicts of an assessment give "met"; and what a scheme asks beyond the
 * provisions stays open, whatever they say.
 */
#ifndef HALLMARK_PRODUCT_SCHEMES_EVAL_H
#define HALLMARK_PRODUCT_SCHEMES_EVAL_H

#include "core/model/verdict.h"
#include "product/judge.h"
#include "product/schemes.h"

enum schemes_result {
	SCHEMES_OPEN,	  /* nobody can tell yet, or a part is beyond the provisions: `why` says what */
	SCHEMES_MET,	  /* by an assessment */
	SCHEMES_PROMISED, /* declared; the evidence is still needed */
	SCHEMES_NOT_MET,
	SCHEMES_NOT_APPLICABLE,
	SCHEMES_RESULTS
};

const char *schemes_result_name(enum schemes_result r); /* "open", "met", ... */

/* The result of each provision, in catalogue order. Zeroed: all open. */
struct schemes_input {
	enum schemes_result at[CATALOGUE_PROVISIONS];
	bool assessed; /* there are verdicts: what is only promised can be more */
};

void schemes_eval_declared(const struct judge_result *r, struct schemes_input *ret);
/*
 * On top of a declaration, or of nothing. A failed verdict and a contradiction both stand; a verdict "does not apply"
 * stands only if the declaration does not say the opposite. A verdict on a provision that the catalogue does not have,
 * or of another edition of it, is an error.
 */
rc schemes_eval_judged(const struct verdict_set *v, bool declared, struct schemes_input *io, struct err *e) MUST_CHECK;

/* A text that was cut within a character stays a text: then '?' stands for every byte that is not ASCII. */
void schemes_eval_mend(char *text);

#define SCHEMES_WHY_SIZE 640

struct schemes_row {
	const struct schemes_requirement *requirement;
	enum schemes_result result;
	enum schemes_result carried; /* of the provisions alone; open if there are none */
	char why[SCHEMES_WHY_SIZE];  /* what is open, not met, or still to be shown */
};

struct schemes_sum {
	size_t by[SCHEMES_RESULTS];
	size_t unconfirmed; /* requirements whose mapping is not confirmed */
	enum schemes_result result;
};

struct schemes_view {
	const struct schemes_scheme *scheme;
	struct schemes_row *rows;
	size_t rows_n;
	struct schemes_sum sums[SCHEMES_LEVELS_MAX];
};

struct schemes_report {
	struct schemes_view views[SCHEMES_MAX]; /* in the order of the data, which must live as long */
	size_t n;
};

rc schemes_eval(const struct schemes_data *d, const struct schemes_input *in, struct schemes_report **ret,
		struct err *e) MUST_CHECK;
void schemes_eval_free(struct schemes_report **r); /* for CLEANUP */

#endif
