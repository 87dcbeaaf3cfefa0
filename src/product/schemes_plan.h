/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cheapest next steps: which provisions to mend or to show first, so that the most schemes come free of everything
 * that provisions block. Pure. An exact answer would be a set cover, which nobody can compute in general; this one is
 * greedy, and its order is fixed, so the same input gives the same plan.
 */
#ifndef HALLMARK_PRODUCT_SCHEMES_PLAN_H
#define HALLMARK_PRODUCT_SCHEMES_PLAN_H

#include "product/schemes_eval.h"

struct schemes_step {
	uint8_t provisions[CATALOGUE_PROVISIONS]; /* the items of this step, in catalogue order */
	size_t n;
	uint64_t opens;			   /* targets that no provision blocks any more after it */
	uint8_t also[SCHEMES_TARGETS_MAX]; /* requirements it frees in a target that stays blocked */
};

struct schemes_plan {
	bool blocks[CATALOGUE_PROVISIONS]; /* short of the goal, and asked by a scheme of the plan */
	uint64_t free_before;		   /* targets that no provision blocks now */
	struct schemes_step steps[SCHEMES_TARGETS_MAX];
	size_t n;
};

/* Nobody plans for what is closed, unsettled or over: the targets in force or to come on that day. */
uint64_t schemes_plan_worth(const struct schemes_data *d, struct wall_time day);

/*
 * `targets`: which schemes count (those that are in force or to come, say). Those with no provisions at all never take
 * part. The goal is "met" if there are verdicts, else "promised". The result is large: on the heap.
 */
rc schemes_plan(const struct schemes_data *d, const struct schemes_input *in, uint64_t targets,
		struct schemes_plan **ret, struct err *e) MUST_CHECK;
void schemes_plan_free(struct schemes_plan **p); /* for CLEANUP */

#endif
