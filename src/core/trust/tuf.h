/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TUF client (specification 1.0.34, section 5), pure: the caller fetches what tuf_next names, gives the bytes to
 * tuf_feed, and carries out the returned store actions. Any error leaves the trusted state as it was before the refresh
 * step that failed. Nothing is parsed before its length is checked; only verified metadata is kept.
 */
#ifndef HALLMARK_CORE_TRUST_TUF_H
#define HALLMARK_CORE_TRUST_TUF_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/crypto/hash.h"

#define TUF_ROOT_MAX (512 * 1024)
#define TUF_TIMESTAMP_MAX (16 * 1024)
#define TUF_SNAPSHOT_MAX (2 * 1024 * 1024)
#define TUF_TARGETS_MAX (5 * 1024 * 1024)
#define TUF_ROOT_ROTATIONS_MAX 256
#define TUF_NAME_MAX 256		       /* a target's name, with its NUL */
#define TUF_ROLE_NAME_MAX 201		       /* a role's name, with its NUL, percent-encoded too */
#define TUF_FILE_NAME_MAX 256		       /* "N.ROLE.json" */
#define TUF_LOOKUP_ROLES_MAX 32		       /* delegated roles visited in one search */
#define TUF_LOOKUP_BYTES_MAX (8 * 1024 * 1024) /* of their metadata together */

struct tuf;

/* `root` is the root that the device trusts already (from the factory, or stored later). */
rc tuf_new(struct bytes root, struct tuf **ret, struct err *e) MUST_CHECK;
void tuf_free(struct tuf *t); /* accepts NULL */

/* What was stored by an earlier refresh, under its unversioned name ("timestamp.json", ...). Not genuine: ignored. */
void tuf_offer_stored(struct tuf *t, const char *name, struct bytes content);

/* Begin a refresh. `start` is used for every expiry check of it. */
void tuf_refresh_begin(struct tuf *t, struct wall_time start);

struct tuf_fetch {
	char name[TUF_FILE_NAME_MAX]; /* file name below the metadata URL, percent-encoded */
	size_t max;		      /* bytes to accept */
	/* In a search: the name that an earlier TUF_STORE of this role had, see tuf_lookup_stored. Else "". */
	char stored[TUF_FILE_NAME_MAX];
};

/* What to fetch next; *ret_done when the refresh or the search has ended. */
rc tuf_next(struct tuf *t, struct tuf_fetch *ret, bool *ret_done, struct err *e) MUST_CHECK;

enum tuf_action_kind { TUF_STORE, TUF_DELETE };

#define TUF_ACTIONS_MAX 4

struct tuf_action {
	enum tuf_action_kind kind;
	char name[TUF_FILE_NAME_MAX]; /* unversioned, safe as a file name */
	struct bytes content;	      /* TUF_STORE: the received bytes; borrowed from the tuf until the next call */
};

struct tuf_actions {
	struct tuf_action list[TUF_ACTIONS_MAX];
	size_t n;
};

/* The fetched bytes. Reason codes of docs/wire.md section 2 are in *ret_reason (static text) on failure. */
rc tuf_feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, const char **ret_reason, struct err *e)
	MUST_CHECK;
/* The file does not exist on the server (404): the end of the root chain, an error for everything else. */
rc tuf_feed_absent(struct tuf *t, struct tuf_actions *ret, struct err *e) MUST_CHECK;

/* Reason code of the last refusal ("none" after a success): for failures of tuf_next and tuf_feed_absent. */
const char *tuf_reason(const struct tuf *t);

/*
 * Begin the search for a target, through delegations too, in what a completed refresh made trusted (ERR_WRONG_STATE
 * otherwise). Then tuf_next and tuf_feed as in a refresh, until done; then tuf_target_find. A role that cannot be had
 * or verified ends the search; the next one may begin at once. Expiry is judged at the start of the refresh.
 */
rc tuf_lookup_begin(struct tuf *t, const char *name, struct err *e) MUST_CHECK;

/*
 * The bytes kept under the `stored` name of what is due, instead of fetching it. *ret_used: they were as good as
 * fetched ones, and tuf_next says what follows; else fetch it.
 */
rc tuf_lookup_stored(struct tuf *t, struct bytes content, bool *ret_used, struct err *e) MUST_CHECK;

/* A target of the trusted targets metadata. */
struct tuf_target {
	char name[TUF_NAME_MAX];
	char fetch_name[3 * TUF_NAME_MAX + 2 * SHA512_SIZE + 2]; /* "HASH.NAME" with consistent snapshots */
	char role[TUF_ROLE_NAME_MAX];				 /* who lists it */
	uint64_t length;
	bool has_sha256, has_sha512; /* at least one; zeros where there is none, which no content has */
	uint8_t sha256[SHA256_SIZE], sha512[SHA512_SIZE];
	char *custom; /* canonical JSON of `custom`, "" if none; mem_free it through tuf_target_done */
};

/*
 * A target that the top-level targets list, or that the last search found. ERR_MISSING if there is none;
 * ERR_WRONG_STATE before a completed refresh or stored targets.
 */
rc tuf_target_find(const struct tuf *t, const char *name, struct tuf_target *ret, struct err *e) MUST_CHECK;
void tuf_target_done(struct tuf_target *t);

/* One file name for it, the slashes percent-encoded too: no two targets share one. ERR_LIMIT if longer than 255 bytes.
 */
rc tuf_target_file_name(const struct tuf_target *t, char ret[TUF_FILE_NAME_MAX], struct err *e) MUST_CHECK;

/* Is this the target: its length, and every hash given? ERR_TRUST if not. */
rc tuf_target_check(const struct tuf_target *t, struct bytes content, struct err *e) MUST_CHECK;

/* Versions of the trusted files, 0 if none: for evidence and for people. */
struct tuf_versions {
	int64_t root, timestamp, snapshot, targets;
};
struct tuf_versions tuf_versions(const struct tuf *t);

#endif
