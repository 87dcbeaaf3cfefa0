/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Corrections to the map of addresses. Where a field was carried over, the image says what it means now: each such
 * field votes. What the operations alone would map wrongly, and more than a few fields mean, is written into the
 * description: addresses without bytes (.bss), tables whose entries look alike (.plt), strings that changed places.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_VOTES_H
#define HALLMARK_DELTA_MAKE_PREDICT_VOTES_H

#include "delta/make/predict_make.h"
#include "delta/make/predict_plan.h"

/* Gives the plan its fixes; what it had is replaced. `ops`: those that touch the plan's file. */
rc predict_votes_fix(struct predict_plan *p, const struct predict_images *images, const struct patch_op *ops,
		     size_t ops_n, struct err *e) MUST_CHECK;

#endif
