/* SPDX-License-Identifier: Apache-2.0 */
/* A folder that is there whole or not at all: filled under another name beside its place, then renamed into it. */
#ifndef HALLMARK_RELEASE_STAGING_H
#define HALLMARK_RELEASE_STAGING_H

#include "host/os/file.h"

/* Zero it before use. After staging_commit nothing is left to undo; staging_done removes what was not committed. */
struct staging {
	char target[FILE_PATH_MAX];
	bool over;		  /* the target stays, its files are replaced */
	char path[FILE_PATH_MAX]; /* where to put the files; "" when there is nothing to undo */
};

/* ERR_EXISTS if `target` is there and is not an empty folder. Makes missing parents. Mode 0700. */
rc staging_begin(struct staging *s, const char *target, struct err *e) MUST_CHECK;
/* `name` may be a path of folders below; they get mode 0755. */
rc staging_put(const struct staging *s, const char *name, struct bytes content, mode_t mode, struct err *e) MUST_CHECK;
/* A file that is somewhere already, without writing it again where the file system can. */
rc staging_link(const struct staging *s, const char *name, const char *from, size_t max, struct err *e) MUST_CHECK;
rc staging_commit(struct staging *s, struct err *e) MUST_CHECK;

/*
 * The same for a folder whose files may be replaced: each takes its place, by its name, when all are written. `target`
 * keeps what else is in it, but a folder in it is replaced as a whole; a new one gets `mode`.
 */
rc staging_begin_over(struct staging *s, const char *target, mode_t mode, struct err *e) MUST_CHECK;
rc staging_commit_over(struct staging *s, struct err *e) MUST_CHECK;

/* Remove what interrupted runs of staging_begin_over left in `target`. The caller keeps other writers away. */
void staging_sweep(const char *target);

void staging_done(struct staging *s);

#endif
