/* SPDX-License-Identifier: Apache-2.0 */
/* The repository as repo.c (reading), repo_commit.c (writing) and their callers share it. Private to release. */
#ifndef HALLMARK_RELEASE_REPO_STATE_H
#define HALLMARK_RELEASE_REPO_STATE_H

#include "release/repo.h"

enum repo_role { REPO_ROOT, REPO_TIMESTAMP, REPO_SNAPSHOT, REPO_TARGETS };

struct repo {
	char dir[FILE_PATH_MAX];
	struct tuf *tuf;
	struct buf raw[REPO_FILES]; /* as they lie there; the newest root */
	json_t *doc[REPO_FILES];    /* {"signed", "signatures"}, NULL if none */
	json_t *suppliers;	    /* delegated role -> its document */
};

/* DIR/SUB/NAME */
rc repo_state_path(const struct repo *r, const char *sub, const char *name, char ret[FILE_PATH_MAX], struct err *e)
	MUST_CHECK;

json_t *repo_state_body(const struct repo *r, enum repo_role role); /* "signed"; NULL if none */
int64_t repo_state_version(const struct repo *r, enum repo_role role);

/* Metadata files that are about to be written. */
#define REPO_OVERLAY_MAX 8
struct repo_overlay {
	struct repo_overlay_file {
		char name[TUF_FILE_NAME_MAX];
		struct bytes content;
	} files[REPO_OVERLAY_MAX];
	size_t n;
};

/*
 * Would a device that holds what is published now follow to what is about to be? At `now`, with the devices' own
 * client, from the root in force on.
 */
struct repo_rehearsal {
	const struct repo *repo;
	const struct repo_overlay *overlay;
	struct tuf *tuf;
};
rc repo_rehearse(struct repo_rehearsal *h, struct wall_time now, struct err *e) MUST_CHECK;
void repo_rehearsal_done(struct repo_rehearsal *h);

/* The target as a device finds it, through delegations too. `t` has completed a refresh; overlay may be NULL. */
rc repo_state_find(const struct repo *r, const struct repo_overlay *overlay, struct tuf *t, const char *name,
		   struct tuf_target *ret, struct err *e) MUST_CHECK;

#endif
