/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames in, segments of the image out. Each frame is compared with its check before a byte of it is interpreted; each
 * segment that a base took part in with its node before it is given out: a wrong or changed base, or a wrong
 * prediction, ends here and nowhere later. Segments may come in any order, after the frame of their group. Pure: the
 * base is read through a function.
 */
#ifndef HALLMARK_DELTA_DECODE_H
#define HALLMARK_DELTA_DECODE_H

#include "delta/transfer.h"

/* The image that the patch was made from. Reading beyond its end is the reader's error to report. */
struct delta_base {
	rc (*read)(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e);
	void *ctx;
};

/* How a segment's frame is to be read: its first byte. */
enum decode_method {
	DECODE_STORED = 0, /* the bytes themselves */
	DECODE_ZSTD = 1,   /* one zstd frame of known size */
	DECODE_PATCH = 2,  /* delta/patch.h; only in a patch */
};

/* Segments that follow from their checked frame alone: are they compared with their nodes too? */
enum decode_nodes {
	DECODE_EVERY_NODE,
	DECODE_PATCHED_NODES, /* only what a base took part in: for a caller who hashes the whole image afterwards */
};

struct decode;

/* `t` and `base` are borrowed; base may be NULL for a full file. */
rc decode_new(const struct transfer *t, const struct delta_base *base, enum decode_nodes nodes, struct decode **ret,
	      struct err *e) MUST_CHECK;
void decode_free(struct decode *d); /* accepts NULL */

/* The group's frame; it stays until another one is given. */
rc decode_group(struct decode *d, uint32_t group, struct bytes frame, struct err *e) MUST_CHECK;
/* The group that a segment needs and that is not the one at hand; -1: none is needed. */
int32_t decode_wants_group(const struct decode *d, uint32_t segment);

/* `out` has room for transfer_segment_bytes. On an error its content means nothing.
 * ERR_TRUST: not the announced frame. ERR_WRONG_STATE, of a patch: the base is another one, or was changed. */
rc decode_segment(struct decode *d, uint32_t segment, struct bytes frame, uint8_t *out, struct err *e) MUST_CHECK;

#endif
