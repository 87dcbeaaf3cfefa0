/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TUF metadata files: the outer shape (tuf_meta_parse), which may be looked at before anything is trusted, and the
 * content (tuf_meta_decode), which may not. Between the two belongs tuf_verify. Private to core/trust and its fuzz
 * target.
 */
#ifndef HALLMARK_CORE_TRUST_TUF_META_H
#define HALLMARK_CORE_TRUST_TUF_META_H

#include "core/base/units.h"
#include "core/codec/json.h"
#include "core/crypto/hash.h"

#define TUF_META_SIGNATURES_MAX 128
#define TUF_META_KEYS_MAX 256
#define TUF_META_ROLE_KEYS_MAX 64
#define TUF_META_FILES_MAX 4096	   /* entries of a snapshot */
#define TUF_META_TARGETS_MAX 65536 /* entries of a targets file */
#define TUF_META_HASHES_MAX 4
#define TUF_META_VERSION_MAX (INT64_MAX - 1) /* one more can be counted */

enum tuf_role { TUF_ROLE_ROOT, TUF_ROLE_TIMESTAMP, TUF_ROLE_SNAPSHOT, TUF_ROLE_TARGETS, TUF_ROLE_COUNT };

const char *tuf_meta_role_name(enum tuf_role role); /* "root", ... */
size_t tuf_meta_max(enum tuf_role role);	    /* bytes accepted */

/* Zero it before use; tuf_meta_done frees. */
struct tuf_meta {
	enum tuf_role role;
	json_t *doc;
	json_t *body;	    /* "signed"; borrowed from doc */
	json_t *signatures; /* borrowed from doc */
	int64_t version;    /* from here on only after tuf_meta_decode */
	struct wall_time expires;
};

/* Length, JSON, "signed" and "signatures" with distinct key ids. Looks into nothing that is signed. */
rc tuf_meta_parse(struct bytes content, enum tuf_role role, struct tuf_meta *ret, struct err *e) MUST_CHECK;

/* Type, specification version, version, expiry and the parts of the role. */
rc tuf_meta_decode(struct tuf_meta *m, struct err *e) MUST_CHECK;

void tuf_meta_done(struct tuf_meta *m);

/* What a timestamp or snapshot says about another metadata file. `hashes` is borrowed, NULL if none. */
struct tuf_meta_ref {
	int64_t version;
	bool has_length;
	uint64_t length;
	const json_t *hashes;
};

/* ERR_MISSING if the decoded m does not list `file`. */
rc tuf_meta_ref(const struct tuf_meta *m, const char *file, struct tuf_meta_ref *ret, struct err *e) MUST_CHECK;

/* All hashes given must be known and match; `hashes` NULL: none were given, fine. */
rc tuf_meta_hashes_check(const json_t *hashes, struct bytes content, const char *what, struct err *e) MUST_CHECK;

/* Keys and role object of a top-level role, from a decoded root. A delegation has the same two. */
const json_t *tuf_meta_keys(const struct tuf_meta *root);
const json_t *tuf_meta_role(const struct tuf_meta *root, enum tuf_role role);

bool tuf_meta_consistent(const struct tuf_meta *root);

#endif
