/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transfer file in the making: its header's content and its frames, still in memory. full_make and patch_make fill
 * it; made_finish works out checks and nodes, made_io_write puts it on disk.
 */
#ifndef HALLMARK_DELTA_MAKE_MADE_H
#define HALLMARK_DELTA_MAKE_MADE_H

#include "delta/transfer.h"

struct made {
	struct transfer t; /* segments and groups are its own arrays */
	struct buf *segment_frames, *group_frames;
	struct buf index;
};

/* What every maker is told. */
struct made_job {
	struct bytes base, image; /* mapped, whole; no base: full */
	uint8_t segment_log2;
	unsigned threads;    /* 1..MADE_THREADS_MAX; the result does not depend on it */
	int level;	     /* of zstd: 1..22 */
	uint64_t memory_max; /* bytes the encoder may take beside the mapped images */
	/* May be NULL; called from any thread, one at a time. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	void *ctx;
};

#define MADE_THREADS_MAX 64
#define MADE_LEVEL_DEFAULT 19
#define MADE_MEMORY_DEFAULT (8 * GIB)

/* Sets kind, sizes and room for the segments' frames, each with room for its worst case. Zero `m` before. */
rc made_begin(struct made *m, const struct made_job *job, struct err *e) MUST_CHECK;
/* Room for n groups. */
rc made_groups(struct made *m, uint32_t n, struct err *e) MUST_CHECK;
/* Lengths and checks of all frames, nodes, roots of both images. */
rc made_finish(struct made *m, const struct made_job *job, struct err *e) MUST_CHECK;
void made_done(struct made *m); /* accepts a zeroed one */

/* The segment as DECODE_ZSTD or DECODE_STORED, whichever is smaller. */
rc made_plain_frame(struct bytes segment, int level, struct buf *out, struct err *e) MUST_CHECK;
/* Add the block index. */
rc made_index(struct made *m, const struct made_job *job, struct err *e) MUST_CHECK;

/* A full transfer file: every segment plain. ERR_LIMIT: an index that no device could hold. */
rc made_full(struct made *m, const struct made_job *job, struct err *e) MUST_CHECK;

#endif
