/* SPDX-License-Identifier: Apache-2.0 */
/* The targets file of a repository: the next version of it, signed here or proposed to its holders. */
#ifndef HALLMARK_RELEASE_REPO_TARGETS_H
#define HALLMARK_RELEASE_REPO_TARGETS_H

#include "release/proposal.h"
#include "release/repo_commit.h"

/* The next "signed" part, with what the last one lists. Version 1 if there is none. */
rc repo_targets_next(const struct repo *r, const struct repo_terms *terms, json_t **ret_body, struct err *e) MUST_CHECK;
/* List an artifact that has been measured. `custom` may be NULL. */
rc repo_targets_add(json_t *body, const struct repo_artifact *a, json_t *custom, struct err *e) MUST_CHECK;

/* What goes with it. */
struct repo_change {
	const struct repo_artifact *artifacts;
	size_t artifacts_n;
	struct repo_commit_file supplier; /* of a new delegation; role NULL if none */
	const struct repo_keys *keys;
	struct repo_terms terms;
	bool locked; /* repo_commit_lock is held */
};

/* Sign and publish. ERR_TRUST with a hint if the role wants more keys than there are. */
rc repo_targets_publish(struct repo *r, json_t *body, const struct repo_change *c, struct repo_committed *ret,
			struct err *e) MUST_CHECK;

/* Put the artifacts into their place and make the proposal. */
rc repo_targets_propose(struct repo *r, json_t *body, const struct repo_change *c, const char *note,
			struct proposal *ret, struct err *e) MUST_CHECK;

/*
 * Publish a complete proposal, of targets or of a root or both. ERR_WRONG_STATE: signatures are missing, or the
 * repository has moved on since it was made. ERR_MISSING: an artifact that it lists is not in its place.
 */
rc repo_targets_finish(struct repo *r, const struct proposal *p, const struct repo_change *c,
		       struct repo_committed *ret, struct err *e) MUST_CHECK;

#endif
