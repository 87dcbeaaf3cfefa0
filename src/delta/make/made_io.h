/* SPDX-License-Identifier: Apache-2.0 */
/* Images from disk as memory, and a finished transfer file onto it. */
#ifndef HALLMARK_DELTA_MAKE_MADE_IO_H
#define HALLMARK_DELTA_MAKE_MADE_IO_H

#include "delta/make/made.h"

/* A file or block device, mapped for reading. A file that shrinks meanwhile ends the process (SIGBUS). */
struct made_io_map {
	struct bytes content;
};
rc made_io_map(const char *path, struct made_io_map *ret, struct err *e) MUST_CHECK;
void made_io_unmap(struct made_io_map *m); /* accepts a zeroed one */

/* What was written, for signed metadata. */
struct made_io_file {
	uint64_t bytes;
	uint8_t sha256[SHA256_SIZE], header_sha256[SHA256_SIZE];
};

/* Whole at `path` or not at all; replaces an older file. */
rc made_io_write(const struct made *m, const char *path, struct made_io_file *ret, struct err *e) MUST_CHECK;

#endif
