/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image as it is published: a full transfer file and, for each older image that devices may run, a patch. Made in a
 * folder of its own, which goes with the struct; whoever publishes copies from there.
 */
#ifndef HALLMARK_RELEASE_PACK_IO_H
#define HALLMARK_RELEASE_PACK_IO_H

#include "core/model/release.h"
#include "host/os/file.h"

/* Zero it before use. */
struct pack_io {
	char dir[FILE_PATH_MAX]; /* "" when there is nothing to remove */
	char full[FILE_PATH_MAX], blocks[FILE_PATH_MAX], patches[RELEASE_PATCHES_MAX][FILE_PATH_MAX];
	/* All of release_info about images and transfers, but for target names. */
	struct release_info info;
};

struct pack_io_job {
	const char *image;	  /* raw, as it will lie in a slot */
	const char *const *bases; /* older raw images; a patch that is no smaller than the full file is left out */
	size_t bases_n;
	bool blocks;	 /* also a file for devices that look for blocks, where its index costs no more than 1 % */
	const char *dir; /* ".pack" is made in it, and takes the place of one that was left; NULL: a temporary one */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* may be NULL */
	void *ctx;
};

rc pack_io_make(struct pack_io *p, const struct pack_io_job *job, struct err *e) MUST_CHECK;
void pack_io_done(struct pack_io *p); /* removes the folder; accepts a zeroed one */

#endif
