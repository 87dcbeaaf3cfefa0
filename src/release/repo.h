/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TUF repository folder (docs/wire.md section 3): read and checked with the devices' own client, extended in an
 * order in which every prefix is a valid repository: targets, N.targets, N.snapshot, and the timestamp last.
 */
#ifndef HALLMARK_RELEASE_REPO_H
#define HALLMARK_RELEASE_REPO_H

#include "core/codec/json.h"
#include "core/model/release.h"
#include "core/trust/tuf.h"
#include "host/os/file.h"
#include "release/proposal.h"

#define REPO_IMAGE_MAX (4 * GIB)

struct repo;

/*
 * `root` is the maker's first root (keys folder), or empty: the repository's own 1.root.json is believed, for looking
 * only. Expiry is not an error here. A folder without metadata is an empty repository.
 */
rc repo_open(const char *dir, struct bytes root, struct repo **ret, struct err *e) MUST_CHECK;
void repo_free(struct repo *r); /* accepts NULL */

struct repo_file {
	const char *role; /* "root", "timestamp", ... */
	int64_t version;  /* 0: there is none */
	struct wall_time expires;
};

#define REPO_FILES 4
void repo_files(const struct repo *r, struct repo_file ret[REPO_FILES]);

/* The "signed" part of a top-level file or of a supplier's; borrowed, NULL if there is none. */
json_t *repo_body(const struct repo *r, const char *role);
/* The whole document. */
json_t *repo_document(const struct repo *r, const char *role);

/* The bytes of the newest root. Borrowed. */
struct bytes repo_root(const struct repo *r);

/* Every target's custom.hallmark, in name order; return false from `each` to stop. Foreign targets are skipped. */
typedef bool repo_each_fn(void *ctx, const char *name, uint64_t length, const struct release_info *info);
void repo_each(const struct repo *r, repo_each_fn *each, void *ctx);

/* How long what is signed is valid, and how far to go. */
struct repo_terms {
	struct wall_time now;
	int64_t expires_days; /* targets and snapshot */
	int64_t timestamp_days;
	bool dry_run;
	/* Called with the name of each file just before it takes its place; an error stops there. For fault tests. */
	rc (*before)(void *ctx, const char *name, struct err *e);
	void *ctx;
};

/* The keys of a role that are at hand. */
struct repo_signers {
	const struct signer *list;
	size_t n;
};

struct repo_keys {
	struct repo_signers targets, snapshot, timestamp;
};

struct repo_release {
	struct release_info image; /* model, version, counter, component; the rest is filled in */
	const char *image_path;	   /* raw, as it will lie in a slot */
	const char *const *bases;  /* older raw images, for patches; at most RELEASE_PATCHES_MAX */
	size_t bases_n;
	bool blocks; /* also for devices that look for blocks in what they run */
	/* Packing takes long; may be NULL. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	struct bytes policy; /* compiled; a target of its own */
	struct repo_terms terms;
};

struct repo_published {
	struct release_info image, policy;
	char image_target[TUF_NAME_MAX], policy_target[TUF_NAME_MAX];
	uint64_t image_length;
	int64_t targets_version, snapshot_version, timestamp_version;
};

/*
 * ERR_EXISTS: the version is published. ERR_DENIED: the counter is lower than one published, or the support period
 * would end earlier than promised. ERR_TRUST: not enough keys of a role. After an error the repository stands as it
 * was.
 */
rc repo_publish(struct repo *r, const struct repo_release *rel, const struct repo_keys *keys,
		struct repo_published *ret, struct err *e) MUST_CHECK;

/*
 * The same when the targets role wants more signatures: the artifacts take their place, where nothing names them yet,
 * and the targets file becomes a proposal. proposal_done frees *ret.
 */
rc repo_publish_propose(struct repo *r, const struct repo_release *rel, const char *note, struct proposal *ret,
			struct repo_published *ret_plan, struct err *e) MUST_CHECK;

/* A new timestamp over the same content. */
rc repo_refresh(struct repo *r, const struct repo_keys *keys, const struct repo_terms *terms, struct err *e) MUST_CHECK;

#endif
