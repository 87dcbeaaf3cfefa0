/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File systems leave out whole blocks of zeroes. So a file that lies in one piece in an image may still be shorter
 * there than its own offsets say. Which blocks are missing is only known roughly: between places that are known, it is
 * where zeroes end a block and begin the next one. A wrong guess costs prediction, no more.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_HOLES_H
#define HALLMARK_DELTA_MAKE_PREDICT_HOLES_H

#include "core/base/bytes.h"

#define PREDICT_HOLES_MAX 8
#define PREDICT_HOLES_BLOCK ((uint64_t)4096)
#define PREDICT_HOLES_BYTES_MAX ((uint64_t)8 << 20) /* that one file may leave out */

struct predict_holes {
	uint32_t n;
	struct {
		uint64_t at, length; /* at: in what is there */
	} v[PREDICT_HOLES_MAX];
};

/* Adds one of `length` bytes, not before `from` nor behind `to`, where it fits best in `there`. */
void predict_holes_add(struct predict_holes *h, struct bytes there, uint64_t from, uint64_t to, uint64_t length);

/* An offset of the file, as an offset in what is there; `*length` is cut to where the next hole is. */
uint64_t predict_holes_squeeze(const struct predict_holes *h, uint64_t offset, uint64_t *length);

#endif
