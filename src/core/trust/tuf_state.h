/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's state, as the refresh (tuf.c) and the search through delegations (tuf_lookup.c) share it, and the checks
 * that both make. Private to core/trust.
 */
#ifndef HALLMARK_CORE_TRUST_TUF_STATE_H
#define HALLMARK_CORE_TRUST_TUF_STATE_H

#include "core/codec/hex.h"
#include "core/trust/tuf.h"
#include "core/trust/tuf_meta.h"

enum tuf_step {
	STEP_IDLE,
	STEP_ROOT,
	STEP_TIMESTAMP,
	STEP_SNAPSHOT,
	STEP_TARGETS,
	STEP_LOOKUP,
	STEP_DONE,
	STEP_FAILED
};

/* A trusted file: its content and the bytes as they were received. */
struct tuf_held {
	bool present;
	struct tuf_meta meta;
	struct buf raw;
};

/* The delegations of a role on the search path that were not tried yet: roles[next] and what follows. */
struct tuf_branch {
	json_t *keys, *roles; /* references of our own: the file they come from may be gone */
	size_t next;
};

/* One search. Every visited role has at most one branch. */
struct tuf_search {
	char name[TUF_NAME_MAX];
	char digest[HEX_TEXT_SIZE(SHA256_SIZE)]; /* of the name, for path_hash_prefixes */
	struct tuf_branch path[TUF_LOOKUP_ROLES_MAX + 1];
	size_t path_n;
	char visited[TUF_LOOKUP_ROLES_MAX][TUF_ROLE_NAME_MAX];
	size_t visited_n;
	size_t bytes;			 /* of all visited roles */
	json_t *due_keys, *due_role;	 /* the role to fetch, as its current delegator has it; NULL: none chosen */
	json_t *entry;			 /* the target, when found */
	char vouched[TUF_ROLE_NAME_MAX]; /* role that lists it */
	struct buf raw;			 /* of the last role, for its TUF_STORE */
};

struct tuf {
	enum tuf_step step;
	struct wall_time start;
	unsigned rotations;
	bool refreshed; /* the last refresh was completed */
	const char *reason;
	struct tuf_held held[TUF_ROLE_COUNT];
	struct tuf_search search;
};

static inline const struct tuf_meta *tuf_state_root(const struct tuf *t)
{
	return &t->held[TUF_ROLE_ROOT].meta;
}

/* Remember the stable reason of a refusal; passes the result through. */
rc tuf_state_because(struct tuf *t, const char *reason, rc r);

/* ERR_TRUST, "expired", unless `m` is good beyond the start of the refresh. `what` names it. */
rc tuf_state_fresh(struct tuf *t, const struct tuf_meta *m, const char *what, struct err *e) MUST_CHECK;

/* Are these bytes what the file above announced? */
rc tuf_state_fits(struct tuf *t, const struct tuf_meta_ref *ref, const char *what, struct bytes content, struct err *e)
	MUST_CHECK;

/* Is the version the announced one? */
rc tuf_state_version(struct tuf *t, const struct tuf_meta_ref *ref, const struct tuf_meta *m, const char *what,
		     struct err *e) MUST_CHECK;

/* Add an action on "NAME.json"; NAME is a role's name, percent-encoded. TUF_STORE if there is content. */
void tuf_state_act(struct tuf_actions *actions, const char *name, struct bytes content);

/* What to fetch for an announced file: name with or without version, and at most how much. */
void tuf_state_fetch(const struct tuf *t, const char *name, const struct tuf_meta_ref *ref, size_t max,
		     struct tuf_fetch *ret);

#endif
