/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of a patch, writing side of delta/patch.h. Pure. */
#ifndef HALLMARK_DELTA_MAKE_PATCH_ENCODE_H
#define HALLMARK_DELTA_MAKE_PATCH_ENCODE_H

#include "core/base/buf.h"
#include "delta/patch.h"
#include "delta/predict.h"

/* A group as its segments' encoder needs it. */
struct patch_encode_group {
	uint64_t from, to; /* of the image */
	struct patch_op *ops;
	size_t ops_n;
	struct predict *predict;
};

/* `description`: of the prediction. */
rc patch_encode_group(const struct patch_encode_group *g, uint64_t base_length, struct bytes description,
		      struct buf *out, struct err *e) MUST_CHECK;

/*
 * The segment [at, at + n) of the image, without its method byte. `level`: of zstd. The image's bytes outside the
 * operations are inserted. `ret_room`: bytes that its decoder needs beside the frame and the segment.
 */
struct patch_encode_segment {
	struct bytes base, image; /* whole */
	uint64_t at;
	size_t n;
	int level;
};
rc patch_encode_segment(const struct patch_encode_group *g, const struct patch_encode_segment *s, struct buf *out,
			size_t *ret_room, struct err *e) MUST_CHECK;

#endif
