/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way in which a repository changes. What is to be published is rehearsed first, with the devices' own client
 * following from what they hold now; then it is written in an order in which every prefix is a valid repository:
 * artifacts, delegated files, targets, snapshot, and the timestamp last. A new root changes the folder of metadata as a
 * whole, because what the old keys signed and what the new ones sign are never both valid.
 */
#ifndef HALLMARK_RELEASE_REPO_COMMIT_H
#define HALLMARK_RELEASE_REPO_COMMIT_H

#include "core/codec/hex.h"
#include "release/repo.h"

#define REPO_COMMIT_FILES_MAX 4

/* One artifact to become a target: from a file or from memory. */
struct repo_artifact {
	char name[TUF_NAME_MAX];
	const char *path;
	struct bytes content;
	uint64_t length;
	uint8_t sha256[SHA256_SIZE];
};

struct repo_commit {
	const struct repo_artifact *artifacts;
	size_t artifacts_n;
	/* Finished, signed files: "root", "targets", or a delegated role. Their versions are read from them. */
	struct repo_commit_file {
		const char *role;
		struct bytes content;
	} files[REPO_COMMIT_FILES_MAX];
	size_t files_n;
	bool timestamp_only;	      /* the snapshot stays */
	const struct repo_keys *keys; /* snapshot and timestamp, of the root that will be in force */
	struct repo_terms terms;
	bool locked; /* the caller holds repo_commit_lock */
};

struct repo_committed {
	int64_t targets, snapshot, timestamp; /* versions */
};

/*
 * ERR_TRUST: devices would refuse it, and nothing is written. ERR_BUSY: another writer. After an error the repository
 * stands as it was.
 */
rc repo_commit(struct repo *r, const struct repo_commit *c, struct repo_committed *ret, struct err *e) MUST_CHECK;

/*
 * Put artifacts into their place before what names them is signed: under the hash of their content nobody is misled.
 */
rc repo_commit_artifacts(struct repo *r, const struct repo_commit *c, struct err *e) MUST_CHECK;

/* One writer at a time, until the descriptor is closed. ERR_BUSY: another, or what was opened is no more. */
rc repo_commit_lock(const struct repo *r, int *ret_fd, struct err *e) MUST_CHECK;

/* Keys at hand: is each of them of the role, and are they as many as it wants? `root` is a "signed" part. */
rc repo_commit_check_signers(const struct repo *r, const json_t *root, const char *role, const struct repo_signers *s,
			     struct err *e) MUST_CHECK;

/* Length and hash of the file; ERR_INPUT if it is none, or empty. */
rc repo_artifact_measure(struct repo_artifact *a, struct err *e) MUST_CHECK;

/* Copy it to DIR/targets under its hash. */
rc repo_artifact_put(const char *dir, const struct repo_artifact *a, struct err *e) MUST_CHECK;

#endif
