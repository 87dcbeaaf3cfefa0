/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own for a test, gone afterwards: `CLEANUP(scratch_done) struct scratch s = scratch_new();` */
#ifndef HALLMARK_TESTS_SCRATCH_H
#define HALLMARK_TESTS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

struct scratch {
	char dir[256];
	char path[1024]; /* the last one that scratch_path made */
};

static inline struct scratch scratch_new(void)
{
	struct scratch s;
	const char *tmp = getenv("TMPDIR");
	assert_in_range(snprintf(s.dir, sizeof s.dir, "%s/hallmark-test.XXXXXX", tmp ? tmp : "/tmp"), 1,
			sizeof s.dir - 1);
	assert_non_null(mkdtemp(s.dir));
	return s;
}

static inline const char *scratch_path(struct scratch *s, const char *name)
{
	assert_in_range(snprintf(s->path, sizeof s->path, "%s/%s", s->dir, name), 1, sizeof s->path - 1);
	return s->path;
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline void scratch_done(struct scratch *s)
{
	(void)nftw(s->dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

#endif
