/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of operations in order of the image. Operations that continue each other become one. */
#ifndef HALLMARK_DELTA_MAKE_PATCH_OPS_H
#define HALLMARK_DELTA_MAKE_PATCH_OPS_H

#include "core/base/err.h"
#include "delta/patch.h"

#define PATCH_OPS_LENGTH_MAX ((uint64_t)1 << 30) /* of one operation */

struct patch_ops {
	struct patch_op *v;
	size_t n, cap;
	bool broken; /* out of memory: look at the end */
};

/* Nothing is added twice: `image` is not before the end of what is there. Length 0 adds nothing. */
void patch_ops_add(struct patch_ops *ops, uint64_t image, uint64_t base, uint64_t length);
void patch_ops_append(struct patch_ops *ops, const struct patch_ops *more);
rc patch_ops_check(const struct patch_ops *ops, struct err *e) MUST_CHECK;
void patch_ops_done(struct patch_ops *ops); /* accepts a zeroed one */

#endif
