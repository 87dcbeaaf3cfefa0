/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Component suppliers, who publish their own targets below the maker's (TUF delegations). A supplier makes a package:
 * a folder with ROLE.json, signed by the supplier, and targets/ with what it lists. The maker delegates names to the
 * role once, and accepts packages into the repository; a device believes the supplier inside those names, and nowhere
 * else.
 */
#ifndef HALLMARK_RELEASE_SUPPLIER_H
#define HALLMARK_RELEASE_SUPPLIER_H

#include "release/holder.h"
#include "release/repo_targets.h"

#define SUPPLIER_FILES_MAX 64 /* in one step */
#define SUPPLIER_PATTERNS_MAX 64

/* --- the supplier's desk --- */

struct supplier_order {
	const char *package, *role;
	const struct signer *signers;
	size_t signers_n;
	struct supplier_file {
		const char *path, *target;
	} add[SUPPLIER_FILES_MAX];
	size_t add_n;
	const char *remove[SUPPLIER_FILES_MAX];
	size_t remove_n;
	bool cosign; /* only add signatures to what is there */
	struct wall_time now;
	int64_t days;
	bool dry_run;
};

/*
 * The next version of the package. ERR_EXISTS: a target of this name with other content is listed: devices may have
 * it. ERR_TRUST: the package that is there was not signed by any of these keys.
 */
rc supplier_make(const struct supplier_order *o, int64_t *ret_version, struct err *e) MUST_CHECK;

/* --- the maker's desk --- */

struct supplier_terms {
	const char *role;
	const struct holder_card *cards;
	size_t cards_n, threshold;
	const char *paths[SUPPLIER_PATTERNS_MAX]; /* patterns, '*' within one part of a name */
	size_t paths_n;
	const char *prefixes[SUPPLIER_PATTERNS_MAX]; /* or: hex, of the SHA-256 of the name */
	size_t prefixes_n;
	bool terminating; /* what the supplier does not list in its names, nobody after it may */
};

/* Change a targets body. An existing delegation keeps its place and gets these terms. */
rc supplier_delegate(json_t *body, const struct supplier_terms *t, struct err *e) MUST_CHECK;
rc supplier_revoke(json_t *body, const char *role, struct err *e) MUST_CHECK;

/* A package, ready to be published. supplier_package_done frees. */
struct supplier_package {
	char role[65];
	struct buf file;
	struct repo_artifact artifacts[SUPPLIER_FILES_MAX];
	char paths[SUPPLIER_FILES_MAX][FILE_PATH_MAX];
	size_t artifacts_n;
};

/* What the repository has already is not read again. ERR_TRUST: a file is not what the package's list says. */
rc supplier_open(const struct repo *r, const char *package, const char *role, struct supplier_package **ret,
		 struct err *e) MUST_CHECK;
void supplier_free(struct supplier_package *p); /* accepts NULL */

/* Publish it with a change of the targets: the delegation to it. Borrowed until the change is made. */
void supplier_join(struct supplier_package *p, struct repo_change *c);

/* Publish the next package of a supplier; the targets and their keys stay out of it. ERR_MISSING: no such supplier. */
rc supplier_accept(struct repo *r, struct supplier_package *p, const struct repo_keys *keys,
		   const struct repo_terms *terms, struct repo_committed *ret, struct err *e) MUST_CHECK;

#endif
