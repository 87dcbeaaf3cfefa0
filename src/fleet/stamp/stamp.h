/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timestamp, signed anew before it expires, over unchanged content, so that a repository does not go stale while
 * its maker is away. The rules are pure (stamp.c); stamp_io.c applies them to a repository folder.
 */
#ifndef HALLMARK_FLEET_STAMP_STAMP_H
#define HALLMARK_FLEET_STAMP_STAMP_H

#include "core/base/units.h"
#include "core/crypto/key.h"

#define STAMP_DAYS 14	   /* a new timestamp is valid so long */
#define STAMP_RENEW_DAYS 7 /* and is made when less than this is left: a week to notice a failure */
#define STAMP_LATE_S 900   /* nobody looked for so long: the process that should is not there */
#define STAMP_STATUS_MAX 4096
#define STAMP_TEXT_SIZE 512

struct stamp_case {
	struct bytes root, timestamp; /* both verified by a refresh that began at the pinned root */
	struct wall_time now;
};

struct stamp_next {
	bool due;
	int64_t version;	  /* of the timestamp that is in force after this */
	struct wall_time expires; /* of it */
};

/*
 * Is a new timestamp due? Then append it, signed. ERR_DENIED: the root does not let this key sign timestamps (any
 * more). ERR_UNSUPPORTED: the role wants several signatures.
 */
rc stamp_next(const struct stamp_case *c, const struct signer *s, struct buf *out, struct stamp_next *ret,
	      struct err *e) MUST_CHECK;

/* What the operator is told. */
struct stamp_status {
	struct wall_time looked; /* last time that everything was looked at */
	struct wall_time expires;
	int64_t version;
	char failure[STAMP_TEXT_SIZE]; /* "" if all is well */
};

rc stamp_status_encode(const struct stamp_status *s, struct buf *out, struct err *e) MUST_CHECK;
rc stamp_status_decode(struct bytes text, struct stamp_status *ret, struct err *e) MUST_CHECK;

/* One round at a repository folder: refresh from what `state` holds, decide, write. */
struct stamp_desk {
	const char *repo;
	const char *state; /* folder: the pinned root, and what was seen last */
	const struct signer *signer;
};

/*
 * Always fills *ret, also on failure (its failure text is the error's). ERR_BUSY: the maker is publishing; the next
 * round will do. The first round of an empty state pins the repository's first root.
 */
rc stamp_round(const struct stamp_desk *d, struct wall_time now, struct stamp_status *ret, struct err *e) MUST_CHECK;

#endif
