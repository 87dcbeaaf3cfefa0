/* SPDX-License-Identifier: Apache-2.0 */
/* The repository as repo.c (reading) and repo_publish.c (writing) share it. Private to release. */
#ifndef HALLMARK_RELEASE_REPO_STATE_H
#define HALLMARK_RELEASE_REPO_STATE_H

#include "release/repo.h"

enum repo_role { REPO_ROOT, REPO_TIMESTAMP, REPO_SNAPSHOT, REPO_TARGETS };

struct repo {
	char dir[FILE_PATH_MAX];
	struct tuf *tuf;
	struct buf root;
	json_t *body[REPO_FILES]; /* "signed" of each file, NULL if none */
};

/* DIR/SUB/NAME */
rc repo_state_path(const struct repo *r, const char *sub, const char *name, char ret[FILE_PATH_MAX], struct err *e)
	MUST_CHECK;

#endif
