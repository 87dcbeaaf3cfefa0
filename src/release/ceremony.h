/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leader's part of a ceremony: from the root in force (or none) and a list of changes to the root that is proposed
 * next, with what must be signed anew under it. Pure. Rotation and revocation of any role's key are the same act.
 */
#ifndef HALLMARK_RELEASE_CEREMONY_H
#define HALLMARK_RELEASE_CEREMONY_H

#include "release/holder.h"
#include "release/proposal.h"

enum ceremony_kind { CEREMONY_ADD, CEREMONY_REMOVE, CEREMONY_THRESHOLD };

struct ceremony_change {
	enum ceremony_kind kind;
	const char *role;		/* "root", "targets", "snapshot", "timestamp", "grant" */
	const struct holder_card *card; /* CEREMONY_ADD */
	const char *who;  /* CEREMONY_REMOVE: the holder's name, or the first 8 or more digits of the key id */
	size_t threshold; /* CEREMONY_THRESHOLD */
};

struct ceremony {
	json_t *root;	 /* the root in force, or NULL; documents */
	json_t *targets; /* the targets in force, or NULL */
	const struct ceremony_change *changes;
	size_t changes_n;
	const char *note;
	struct wall_time now, root_expires, targets_expires;
};

/*
 * ERR_EXISTS: a holder is in the role already. ERR_MISSING: nobody of this name is. ERR_INPUT: a threshold that the
 * remaining holders cannot meet. ERR_DENIED: one key for the root and for a role that signs every day.
 */
rc ceremony_propose(const struct ceremony *c, struct proposal *ret, struct err *e) MUST_CHECK;

#endif
