/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges read facts and the declaration and write verdicts; they look at nothing themselves. Pure. One const row per
 * test case of TS 103 701. Rules that hold for all: no evidence is never a pass; a fact that could not be looked at
 * leaves the case inconclusive, and the reason names what is missing; a provision that nobody judged is listed as such.
 */
#ifndef HALLMARK_ASSESS_JUDGING_H
#define HALLMARK_ASSESS_JUDGING_H

#include "assess/subject.h"
#include "core/model/fact.h"

#define JUDGING_NEEDS_MAX 8
#define JUDGING_PASSWORD_BITS 60 /* from here on guessing class-wide is hopeless even without a throttle */

struct judging_input {
	const struct fact_set *facts;
	const struct subject *subject;
};

/* What a fact must show. */
struct judging_need {
	const char *fact;     /* id; NULL ends the list */
	enum fact_state good; /* FACT_SEEN or FACT_ABSENT */
	const char *value;    /* it must begin so; NULL: any */
	int64_t at_least;     /* the value must be a number not below; 0: not looked at */
	bool soft;	      /* anything else leaves the case open instead of failing it */
	const char *missing;  /* what to bring when the fact is not there */
};

struct judging_case {
	const char *provision;
	bool functional;
	struct judging_need needs[JUDGING_NEEDS_MAX];
	/* More than a list of needs can say; may be NULL. Works on `c` with the three calls below. */
	void (*also)(const struct judging_input *in, struct verdict_case *c);
	const char *pass; /* the reason when all is well */
};

/* Ends with a row without provision. */
extern const struct judging_case judging_table[];

/* A case starts as pass-so-far; each call can only make it worse: fail over inconclusive over pass. */
void judging_fail(struct verdict_case *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void judging_open(struct verdict_case *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
void judging_cite(struct verdict_case *c, const struct fact *f);

/* Verdicts of all provisions of the catalogue. Fills everything but `assessed`, `target`, `facts_sha256`, `probes`. */
rc judging_run(const struct judging_input *in, struct verdict_set **ret, struct err *e) MUST_CHECK;

#endif
