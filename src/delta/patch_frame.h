/* SPDX-License-Identifier: Apache-2.0 */
/* What both sides must see alike in a segment's frame: its parts, and the operations' pieces inside a segment. */
#ifndef HALLMARK_DELTA_PATCH_FRAME_H
#define HALLMARK_DELTA_PATCH_FRAME_H

#include "delta/patch.h"

/* The first byte: one of the forms of inserted bytes, and whether a code of differing bytes comes before them. */
#define PATCH_FRAME_INSERT_NONE 0u
#define PATCH_FRAME_INSERT_STORED 1u
#define PATCH_FRAME_INSERT_ZSTD 2u
#define PATCH_FRAME_CORRECTED 8u
#define PATCH_FRAME_LENGTH_BYTES 3u /* of the code's length */

/* Operations that touch [at, at + n). */
struct patch_frame_view {
	const struct patch_op *ops;
	size_t ops_n, covered; /* covered: bytes of the segment that they make */
	uint64_t at;
	size_t n;
};

/* The i-th of them, cut to the segment: [from, to) of the segment from `base` on. */
struct patch_frame_piece {
	uint64_t base;
	size_t from, to;
};

void patch_frame_view(struct patch_frame_view *v, const struct patch_op *ops, size_t ops_n, uint64_t at, size_t n);
bool patch_frame_piece(const struct patch_frame_view *v, size_t i, struct patch_frame_piece *ret);

#endif
