/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching again, with what is known by now: each changed program against its earlier self, both in the prediction's
 * normal form, where what only moved is equal.
 */
#ifndef HALLMARK_DELTA_MAKE_PATCH_REFINE_H
#define HALLMARK_DELTA_MAKE_PATCH_REFINE_H

#include "delta/make/made.h"
#include "delta/make/patch_ops.h"
#include "delta/make/predict_make.h"

/* Replaces the operations of those files. `predict` was made from the job's images. */
rc patch_refine(const struct made_job *job, const struct predict_maker *predict, struct patch_ops *ops, struct err *e)
	MUST_CHECK;

#endif
