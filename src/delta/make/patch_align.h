/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which range of the base a range of the image is best made from, byte for byte: the cheapest way through a field of
 * distances ("base minus image"), where changing the distance, a differing byte and an inserted one have a price in
 * bits. So a copy may run over differing bytes, and a change of distance must pay for itself.
 */
#ifndef HALLMARK_DELTA_MAKE_PATCH_ALIGN_H
#define HALLMARK_DELTA_MAKE_PATCH_ALIGN_H

#include "delta/make/patch_ops.h"
#include "delta/make/patch_suffix.h"

struct patch_align_range {
	uint64_t from, to;     /* of the image */
	int64_t before, after; /* distances of what surrounds it; PATCH_ALIGN_NONE: nothing does */
};

#define PATCH_ALIGN_NONE INT64_MIN /* also "inserted" */

/* Appends the operations for the range. */
rc patch_align(struct bytes base, struct bytes image, const struct patch_suffix *places,
	       const struct patch_align_range *range, struct patch_ops *ret, struct err *e) MUST_CHECK;

#endif
