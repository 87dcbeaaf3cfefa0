/* SPDX-License-Identifier: Apache-2.0 */
/* Making TUF metadata: the writing half of core/trust. Pure; times and keys are arguments. */
#ifndef HALLMARK_RELEASE_TUFMAKE_H
#define HALLMARK_RELEASE_TUFMAKE_H

#include "core/base/units.h"
#include "core/codec/json.h"
#include "core/crypto/key.h"

#define TUFMAKE_KEYID_SIZE (2 * SHA256_SIZE + 1)

/* The key object and its id. */
rc tufmake_key(const struct pubkey *k, json_t **ret, char ret_id[TUFMAKE_KEYID_SIZE], struct err *e) MUST_CHECK;

/* A new "signed" part with _type, spec_version, version and expires in it. */
rc tufmake_body(const char *type, int64_t version, struct wall_time expires, json_t **ret, struct err *e) MUST_CHECK;

/* An empty root: four roles without keys, threshold 1. */
rc tufmake_root(int64_t version, struct wall_time expires, json_t **ret_body, struct err *e) MUST_CHECK;

/* A part of a body that is being made, with its own copies all the way down. */
rc tufmake_next(const json_t *body, struct wall_time expires, json_t **ret_body, struct err *e) MUST_CHECK;

/*
 * Changes of a role of `body` (tufrole_of). The holder's name goes into the signed extension; "": none. ERR_EXISTS: the
 * role has this key. ERR_MISSING: it does not.
 */
rc tufmake_add_key(json_t *body, const char *role, const struct pubkey *k, const char *holder, struct err *e)
	MUST_CHECK;
rc tufmake_remove_key(json_t *body, const char *role, const char *keyid, struct err *e) MUST_CHECK;
rc tufmake_threshold(json_t *body, const char *role, size_t threshold, struct err *e) MUST_CHECK;
/* Drop keys and names that no role has any more. */
void tufmake_tidy(json_t *body);

/* Set meta[file] = {version, length, hashes.sha256} of `content` in a snapshot or timestamp body. */
rc tufmake_refer(json_t *body, const char *file, int64_t version, struct bytes content, struct err *e) MUST_CHECK;

/* A new document {"signed", "signatures"} without signatures. Shares `body`. */
rc tufmake_unsigned(json_t *body, json_t **ret, struct err *e) MUST_CHECK;
/* Add one signature to a document; ERR_EXISTS if it has one of this key id. */
rc tufmake_add_signature(json_t *doc, const struct signer *s, struct err *e) MUST_CHECK;

/* Append the metadata file: `body` signed by each signer. */
rc tufmake_sign(const json_t *body, const struct signer *signers, size_t n, struct buf *out, struct err *e) MUST_CHECK;

#endif
