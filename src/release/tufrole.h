/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may sign what: a role as a root or a delegating targets file names it, and which of its holders have signed a
 * file. Pure. The names of holders stand in the signed field `x-hallmark` (docs/wire.md section 3.1).
 */
#ifndef HALLMARK_RELEASE_TUFROLE_H
#define HALLMARK_RELEASE_TUFROLE_H

#include "core/codec/json.h"
#include "core/crypto/key.h"

#define TUFROLE_KEYS_MAX 64
#define TUFROLE_NAME_MAX 64
#define TUFROLE_EXTENSION "x-hallmark"

/* Borrowed from the body that it was read from. */
struct tufrole {
	json_t *keys;  /* key id -> key object */
	json_t *role;  /* {"keyids", "threshold", ...} */
	json_t *names; /* key id -> holder's name; NULL if none */
	size_t n, threshold;
};

/* A top-level role or "grant" of a root's "signed" part; a delegated role of a targets file's. False: no such role. */
bool tufrole_of(const json_t *body, const char *name, struct tufrole *ret) MUST_CHECK;

const char *tufrole_keyid(const struct tufrole *r, size_t i);
const char *tufrole_holder(const struct tufrole *r, size_t i); /* "" if unnamed */

/* Which key of the role is this one? By the key itself: two ids of one key are one holder. */
bool tufrole_find(const struct tufrole *r, const struct pubkey *k, size_t *ret_i) MUST_CHECK;

struct tufrole_votes {
	bool signed_by[TUFROLE_KEYS_MAX];
	size_t n;
};

/*
 * Whose good signatures stand on `doc` ({"signed","signatures"})? ERR_TRUST if one of the role's keys is named with a
 * signature that does not fit: the content was changed after it was signed.
 */
rc tufrole_votes(const struct tufrole *r, const json_t *doc, struct tufrole_votes *ret, struct err *e) MUST_CHECK;

#endif
