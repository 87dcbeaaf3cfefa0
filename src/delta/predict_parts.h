/* SPDX-License-Identifier: Apache-2.0 */
/* Operations seen from a pair of files: which bytes of which addresses they carry over. */
#ifndef HALLMARK_DELTA_PREDICT_PARTS_H
#define HALLMARK_DELTA_PREDICT_PARTS_H

#include "delta/patch.h"
#include "delta/predict_kinds.h"

/* Of one operation, what lies in both files; places are the files' own. Length 0: nothing. */
struct predict_part {
	uint64_t image, base, length;
};

/* The first operation that ends behind `at` of the image. */
size_t predict_parts_first(const struct patch_op *ops, size_t ops_n, uint64_t at);

/* What of the operation lies in [from, to) of the pair's file of the image, and in its file of the base. */
struct predict_part predict_parts_of(const struct predict_pair *pair, const struct patch_op *op, uint64_t from,
				     uint64_t to);

/* How much of the part's beginning has addresses in one run on both sides: never nothing. */
struct predict_map_entry predict_parts_run(const struct predict_pair *pair, const struct predict_part *part);

static inline void predict_parts_skip(struct predict_part *part, uint64_t n)
{
	*part = (struct predict_part){part->image + n, part->base + n, part->length - n};
}

/* The pair's map before it is settled; with NULL, only how many entries it has. */
size_t predict_parts_map(const struct predict_pair *pair, const struct patch_op *ops, size_t ops_n,
			 struct predict_map_entry *entries);

#endif
