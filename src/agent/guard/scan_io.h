/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at one protected file: content, kind and permission bits against the signed reference. */
#ifndef HALLMARK_AGENT_GUARD_SCAN_IO_H
#define HALLMARK_AGENT_GUARD_SCAN_IO_H

#include "agent/guard/guard_state.h"
#include "core/crypto/hash.h"

#define SCAN_CHUNK_BYTES (128 * 1024)

struct scan_file {
	char path[GUARD_PATH_SIZE];
	uint8_t sha256[SHA256_SIZE];
	uint32_t mode; /* permission bits, 07777 */
};

/* Called after each chunk, so that the caller can rest; may be NULL. */
typedef void scan_rest_fn(void *ctx);

/*
 * No symbolic link is followed, in no part of the path: one in its place is a change. Anything that kept us from
 * looking (permission, I/O error, out of memory) is GUARD_UNREADABLE, never GUARD_SAME.
 */
enum guard_what scan_io_file(int root_fd, const struct scan_file *f, scan_rest_fn *rest, void *ctx);

/*
 * Pacing, pure. The rest due after `worked_us` of processor time keeps the share below SCAN_CPU_PERCENT; the gap
 * between two of `files` files makes a pass last period_s, of which spent_ms went into this file.
 */
#define SCAN_CPU_PERCENT 10
int64_t scan_io_rest_us(int64_t worked_us);
int64_t scan_io_gap_ms(uint32_t period_s, size_t files, int64_t spent_ms);

#endif
