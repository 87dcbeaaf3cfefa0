/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world for prediction: a file of 8 KiB in the base, loaded at OLD, and its successor of 10 KiB in the image,
 * loaded at NEW. The first 4 KiB stay where they are in the file; the second 4 KiB are 2 KiB further. One section of
 * the kind under test covers all; what is under test stands at AT, twice that and so on as the test likes.
 */
#ifndef HALLMARK_TESTS_PREDICT_WORLD_H
#define HALLMARK_TESTS_PREDICT_WORLD_H

#include "core/base/buf.h"
#include "delta/predict.h"
#include "delta/predict_read.h"

#define WORLD_BASE_AT 0x10000
#define WORLD_IMAGE_AT 0x20000
#define WORLD_BASE_BYTES 0x2000
#define WORLD_IMAGE_BYTES 0x2800
#define WORLD_MOVED_FROM 0x1000 /* in the old file: what lies from here on moved */
#define WORLD_MOVED_BY 0x800
#define WORLD_OLD 0x400000
#define WORLD_NEW 0x410000
#define WORLD_AT 0x100

struct world {
	enum predict_kind kind;
	bool narrow, big;
	uint64_t old_address, new_address; /* 0: as above */
	uint64_t ref_old[2], ref_new[2];
	struct predict_map_entry fix; /* if its length is not 0 */
	struct patch_op ops[2];
	struct buf description;
	struct predict *p;
};

/* Fills in what is 0 and makes the predictor. */
rc world_init(struct world *w, struct err *e) MUST_CHECK;
void world_done(struct world *w);
void world_describe(struct world *w, struct buf *out);

/* The image's file as copied: `old` stands at `at`, the rest is `filler`. `bytes`: WORLD_IMAGE_BYTES. */
void world_copied(uint8_t *bytes, uint8_t filler, size_t at, const uint8_t *old, size_t n);
/* "e8 0b.." to bytes; returns how many. */
size_t world_hex(const char *text, uint8_t *ret, size_t max);

#endif
