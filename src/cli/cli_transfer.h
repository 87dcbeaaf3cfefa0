/* SPDX-License-Identifier: Apache-2.0 */
/* What `hallmark image`, `patch` and `apply` share: progress, the options of an encoder, what came out. */
#ifndef HALLMARK_CLI_CLI_TRANSFER_H
#define HALLMARK_CLI_CLI_TRANSFER_H

#include "cli/cli.h"
#include "delta/make/made.h"

/* For made_job.progress and apply_io_job.progress: a line on a terminal, nothing elsewhere. */
void cli_transfer_progress(void *ctx, const char *what, uint64_t done, uint64_t total);
void cli_transfer_progress_end(void);

/* --segment, --threads, --level, --memory; false after saying what is wrong. */
bool cli_transfer_job(const struct cli_args *a, const char *segment_default, struct made_job *ret);

/* Write `m` to --out and print what it is, plain or --json. */
int cli_transfer_write(const struct cli_args *a, const struct made *m);

#define CLI_TRANSFER_OPTIONS                                                                                           \
	{"out", "FILE", "the transfer file to make", false},                                                           \
		{"segment", "SIZE", "bytes that stand alone: 64K to 4M, a power of two", false},                       \
		{"threads", "N", "threads (default: all processors); the result is the same", false},                  \
		{"level", "N", "effort of zstd, 1 to 22 (default 19)", false},                                         \
	{                                                                                                              \
		"json", NULL, "what was made, as JSON", false                                                          \
	}

#endif
