/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a patch's frames, decoding side, pure. A group's frame holds the operations of its segments (which
 * range of the base becomes which range of the image) and what predict.h needs; a segment's frame holds what the
 * operations and the prediction leave: differing bytes and inserted ones, as separate streams. Input is authentic but
 * may still be wrong: every length and offset is checked against the limits given.
 */
#ifndef HALLMARK_DELTA_PATCH_H
#define HALLMARK_DELTA_PATCH_H

#include "delta/decode.h"

/* A range of the image that is made from a range of the base of the same length. Between operations: inserted bytes. */
struct patch_op {
	uint64_t image, base;
	uint32_t length;
};

struct patch_group;

struct patch_limits {
	uint64_t image_from, image_to; /* of the group's segments */
	uint64_t base_length;
	size_t memory;
};

rc patch_group_decode(struct bytes frame, const struct patch_limits *limits, struct patch_group **ret, struct err *e)
	MUST_CHECK;
/* Bytes that a decoder takes for a group of so many operations, prediction apart. */
size_t patch_memory(size_t ops_n);
void patch_group_free(struct patch_group *g); /* accepts NULL */

/* The image's bytes [at, at + n), to be made. */
struct patch_out {
	uint64_t at;
	size_t n;
	uint8_t *bytes;
};

/* `frame` without its method byte. */
rc patch_segment_decode(const struct patch_group *g, const struct patch_out *out, struct bytes frame,
			const struct delta_base *base, struct err *e) MUST_CHECK;

#endif
