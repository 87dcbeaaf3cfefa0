/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking into a folder that somebody else filled (a stick, a mounted image): plain names only, no links at any step,
 * plain files only, bounded pieces. Runs as root in the parent, so nothing is ever written or executed there.
 */
#ifndef HALLMARK_HOST_OS_MEDIA_H
#define HALLMARK_HOST_OS_MEDIA_H

#include "core/base/buf.h"

#define MEDIA_NAMES_MAX 512 /* entries that a listing looks at */
#define MEDIA_NAME_BYTES 255

/* Where: `root` is configured, the other two come from outside. */
struct media_place {
	const char *root;   /* absolute */
	const char *folder; /* below it; "." is root itself */
	const char *path;   /* below that */
};

/* Names of at most MEDIA_NAMES_MAX entries of a folder, each followed by a NUL; no order. */
rc media_list(const struct media_place *at, struct buf *out, struct err *e) MUST_CHECK;

/*
 * Append at most `max` bytes from `from` on; *ret_size is the whole length. ERR_MISSING: there is no such file;
 * ERR_DENIED: there is a link on the way, or no plain file at its end, or the name is none of ours.
 */
rc media_read(const struct media_place *at, uint64_t from, size_t max, struct buf *out, uint64_t *ret_size,
	      struct err *e) MUST_CHECK;

#endif
