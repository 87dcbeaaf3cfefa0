/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Similarity over the whole base, coarsely: windows of 32 bytes, chosen by their content, and which parts of the base
 * hold them. A range of the image votes for the parts that it may be made from, wherever they are; the fine search
 * (patch_suffix.h) then looks only there. So memory does not grow with the square of anything, nor time.
 */
#ifndef HALLMARK_DELTA_MAKE_PATCH_INDEX_H
#define HALLMARK_DELTA_MAKE_PATCH_INDEX_H

#include "core/base/bytes.h"
#include "core/base/err.h"

#define PATCH_INDEX_PART_LOG2 16 /* 64 KiB */

struct patch_index;

/* `memory` bounds the table in bytes; less memory, fewer windows. `base` is borrowed for the call only. */
rc patch_index_new(struct bytes base, uint64_t memory, struct patch_index **ret, struct err *e) MUST_CHECK;
void patch_index_free(struct patch_index *x); /* accepts NULL */

/* Number of parts of the base. */
size_t patch_index_parts(const struct patch_index *x);
/* Adds the votes of `range` to `votes`, one for each part. */
void patch_index_vote(const struct patch_index *x, struct bytes range, uint32_t *votes);

#endif
