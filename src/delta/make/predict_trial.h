/* SPDX-License-Identifier: Apache-2.0 */
/* Tries a plan with the predictor itself, against what the image really holds, and keeps what pays. */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_TRIAL_H
#define HALLMARK_DELTA_MAKE_PREDICT_TRIAL_H

#include "delta/make/predict_make.h"
#include "delta/make/predict_plan.h"

/* `ops`: those that touch the plan's file. Drops sections that do not pay; all of them if the file as a whole does not.
 */
rc predict_trial_settle(struct predict_plan *p, const struct predict_images *images, const struct patch_op *ops,
			size_t ops_n, struct err *e) MUST_CHECK;

#endif
