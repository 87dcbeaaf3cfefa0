/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proposal: metadata that several holders must sign before it counts, in one file that travels (docs/wire.md section
 * 3.2). It carries the root that is in force, so that a machine without a network can tell who must sign and what
 * changes. Pure. At most two parts: a root, and the targets that must be signed anew under it.
 */
#ifndef HALLMARK_RELEASE_PROPOSAL_H
#define HALLMARK_RELEASE_PROPOSAL_H

#include "core/base/units.h"
#include "core/codec/json.h"
#include "release/tufrole.h"

#define PROPOSAL_MAX ((size_t)16 * 1024 * 1024)
#define PROPOSAL_PARTS_MAX 2
#define PROPOSAL_NEEDS_MAX 2
#define PROPOSAL_NOTE_MAX 500

/* Documents are {"signed", "signatures"}; borrowed from `doc`. */
struct proposal_part {
	const char *role; /* "root" or "targets" */
	json_t *current;  /* what it replaces; NULL: the first */
	json_t *proposed;
};

/* Zero it before use; proposal_done frees. */
struct proposal {
	json_t *doc;
	json_t *root; /* the root in force; NULL before the first */
	const char *note;
	struct wall_time made;
	struct proposal_part parts[PROPOSAL_PARTS_MAX];
	size_t parts_n;
};

/* What to begin with; shared, not taken. A NULL root: this is the first one. */
struct proposal_start {
	json_t *root, *new_root, *targets, *new_targets;
	const char *note;
	struct wall_time now;
};

/* Everything that proposal_read refuses is refused here already. */
rc proposal_make(const struct proposal_start *s, struct proposal *ret, struct err *e) MUST_CHECK;

/*
 * ERR_TRUST: the root in force is not signed by its own holders, a version does not follow the one before, or the
 * content was changed after somebody signed it. ERR_INPUT: a role that could never sign.
 */
rc proposal_read(struct bytes text, struct proposal *ret, struct err *e) MUST_CHECK;
rc proposal_write(const struct proposal *p, struct buf *out, struct err *e) MUST_CHECK;
void proposal_done(struct proposal *p);

const struct proposal_part *proposal_find(const struct proposal *p, const char *role); /* NULL if none */

/* Whose signatures a part wants, and has. A root that follows another needs both roots' holders. */
struct proposal_need {
	const char *whose;
	struct tufrole role;
	struct tufrole_votes votes;
};
rc proposal_needs(const struct proposal *p, const struct proposal_part *part,
		  struct proposal_need ret[PROPOSAL_NEEDS_MAX], size_t *ret_n, struct err *e) MUST_CHECK;

/*
 * Sign every part that this key has a vote in. ERR_DENIED: in none. ERR_EXISTS: it has signed already. ERR_TRUST: what
 * is proposed would be expired at `now`.
 */
rc proposal_sign(struct proposal *p, const struct signer *s, struct wall_time now, struct err *e) MUST_CHECK;

/* Add the signatures of another copy; ERR_TRUST if it proposes something else. */
rc proposal_merge(struct proposal *p, const struct proposal *other, struct err *e) MUST_CHECK;

/* Enough good signatures on every part? ERR_WRONG_STATE says who is missing. */
rc proposal_complete(const struct proposal *p, struct wall_time now, struct err *e) MUST_CHECK;

/* Append the finished metadata file of a part. */
rc proposal_file(const struct proposal_part *part, struct buf *out, struct err *e) MUST_CHECK;

#endif
