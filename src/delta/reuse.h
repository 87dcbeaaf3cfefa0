/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks that need not be fetched: a full transfer file with a block index, and an older image of any kind in which
 * some of its blocks lie, anywhere. What is found is only a hint: a segment made of found blocks is compared with its
 * node. Pure: the older image is read through a function.
 */
#ifndef HALLMARK_DELTA_REUSE_H
#define HALLMARK_DELTA_REUSE_H

#include "delta/decode.h"

struct reuse;

/* Bytes that it takes for an image of this length. */
uint64_t reuse_memory(uint64_t image_length);

/* `index`: the frame of t->index, checked here. ERR_MISSING without one. `t` is borrowed. */
rc reuse_new(const struct transfer *t, struct bytes index, struct reuse **ret, struct err *e) MUST_CHECK;
void reuse_free(struct reuse *r); /* accepts NULL */

/* Look through the older image's blocks [from, to); do it for all of them, in as many steps as pleases. */
rc reuse_scan(struct reuse *r, const struct delta_base *base, uint64_t from, uint64_t to, struct err *e) MUST_CHECK;

/* Are all blocks of the segment there? */
bool reuse_has(const struct reuse *r, uint32_t segment);

/* The segment from blocks; ERR_WRONG_STATE when the result is not what its node says. */
rc reuse_segment(const struct reuse *r, uint32_t segment, const struct delta_base *base, uint8_t *out, struct err *e)
	MUST_CHECK;

#endif
