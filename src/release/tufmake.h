/* SPDX-License-Identifier: Apache-2.0 */
/* Making TUF metadata: the writing half of core/trust. Pure; times and keys are arguments. */
#ifndef HALLMARK_RELEASE_TUFMAKE_H
#define HALLMARK_RELEASE_TUFMAKE_H

#include "core/base/units.h"
#include "core/codec/json.h"
#include "core/crypto/key.h"

#define TUFMAKE_SIGNERS_MAX 16
#define TUFMAKE_KEYID_SIZE (2 * SHA256_SIZE + 1)

/* The key object and its id. */
rc tufmake_key(const struct pubkey *k, json_t **ret, char ret_id[TUFMAKE_KEYID_SIZE], struct err *e) MUST_CHECK;

/* A new "signed" part with _type, spec_version, version and expires in it. */
rc tufmake_body(const char *type, int64_t version, struct wall_time expires, json_t **ret, struct err *e) MUST_CHECK;

struct tufmake_root {
	int64_t version;
	struct wall_time expires;
	const struct pubkey *holders[TUFMAKE_SIGNERS_MAX];
	size_t holders_n, threshold;
	const struct pubkey *targets, *snapshot, *timestamp;
};

rc tufmake_root(const struct tufmake_root *root, json_t **ret_body, struct err *e) MUST_CHECK;

/* Set meta[file] = {version, length, hashes.sha256} of `content` in a snapshot or timestamp body. */
rc tufmake_refer(json_t *body, const char *file, int64_t version, struct bytes content, struct err *e) MUST_CHECK;

/* Append the metadata file: `body` signed by each signer. */
rc tufmake_sign(const json_t *body, const struct signer *signers, size_t n, struct buf *out, struct err *e) MUST_CHECK;

#endif
