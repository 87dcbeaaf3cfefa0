/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transfer file onto a file or block device, for people and tests (the agent has its own way: frames come over the
 * network there). The base is compared with what the patch names before the first byte is written, each segment before
 * it is written. An interrupted run goes on where it was.
 */
#ifndef HALLMARK_DELTA_APPLY_IO_H
#define HALLMARK_DELTA_APPLY_IO_H

#include "delta/decode.h"

struct apply_io_job {
	const char *base; /* the older image; of a full file with a block index: any; else NULL */
	const char *transfer, *out;
	bool dry_run; /* look and compare, write nothing */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* may be NULL */
	void *ctx;
};

struct apply_io_result {
	enum transfer_kind kind;
	struct transfer_image image, base;
	uint64_t file_bytes;
	uint64_t fetched;			  /* bytes of the file that were needed */
	uint32_t memory, segments, written, kept; /* kept: were there from an interrupted run */
	uint32_t reused;			  /* made of the older image's blocks */
};

/*
 * A regular file grows as `out`.part and is renamed when it is whole; `out` then replaces an older file. A block device
 * is written in place. ERR_TRUST: a file that is not what its header says, or a base that is not the one it was made
 * from; nothing was written then.
 */
rc apply_io_run(const struct apply_io_job *job, struct apply_io_result *ret, struct err *e) MUST_CHECK;

#endif
