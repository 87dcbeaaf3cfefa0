/* SPDX-License-Identifier: Apache-2.0 */
/* The maker's folder of keys (docs/wire.md section 3): made once by the ceremony, read by everything that signs. */
#ifndef HALLMARK_RELEASE_KEYRING_H
#define HALLMARK_RELEASE_KEYRING_H

#include "core/base/units.h"
#include "core/codec/json.h"
#include "host/keys/signkey.h"
#include "host/os/file.h"
#include "release/holder.h"
#include "release/tufrole.h"

#define KEYRING_HOLDERS_MAX 9
#define KEYRING_ROLE_MAX 16 /* keys of one role in one folder */

struct keyring_plan {
	const char *dir, *maker;
	size_t holders, threshold;	 /* of the root role; holders: keys made here */
	const struct holder_card *cards; /* or the holders made theirs elsewhere: NULL if none */
	struct bytes passphrase;	 /* empty: key files are not sealed */
	struct wall_time now;
	int64_t root_days;
};

/*
 * All keys, both CA certificates, the first root; with `cards`, no root keys, and root.proposal.json for their holders
 * to sign. All of it or nothing; ERR_EXISTS rather than overwrite.
 */
rc keyring_make(const struct keyring_plan *p, struct err *e) MUST_CHECK;

/* Where the passphrase or PIN of a key file comes from. */
struct keyring_ask {
	rc (*ask)(void *ctx, const char *path, enum signkey_secret what, struct secret *ret, struct err *e);
	void *ctx;
};

/* The keys of a role that the folder holds. Zero it before use, do not move it; keyring_role_done frees. */
struct keyring_role {
	struct signkey keys[KEYRING_ROLE_MAX];
	struct signer list[KEYRING_ROLE_MAX];
	size_t n;
};

/* `role` as a root names it. A key whose file is elsewhere is not at hand, and no error. */
rc keyring_role_open(const char *dir, const struct tufrole *role, const struct keyring_ask *ask,
		     struct keyring_role *ret, struct err *e) MUST_CHECK;
void keyring_role_done(struct keyring_role *r);

/* Which of its keys have their file in the folder? Opens none. */
rc keyring_role_at_hand(const char *dir, const struct tufrole *role, bool ret[TUFROLE_KEYS_MAX], struct err *e)
	MUST_CHECK;

/* Load DIR/NAME.key. */
rc keyring_load(const char *dir, const char *name, struct bytes passphrase, struct privkey *ret, struct err *e)
	MUST_CHECK;
/* Append DIR/NAME. */
rc keyring_read(const char *dir, const char *name, struct buf *out, struct err *e) MUST_CHECK;
/* Does the folder want a passphrase? ERR_MISSING with a hint if it is no keys folder. */
rc keyring_is_sealed(const char *dir, bool *ret, struct err *e) MUST_CHECK;

/* The parsed keys.json: {"v","made","maker","threshold","keys":[{"name","type","keyid","use","offline"}]}. */
rc keyring_list(const char *dir, json_t **ret, struct err *e) MUST_CHECK;

struct keyring_server {
	const char *keys_dir, *out_dir;
	const char *const *hosts; /* NULL-terminated, at least one; the first becomes the CN */
	struct bytes passphrase;
	struct wall_time now;
	int64_t days;
};

/* A server certificate for the fleet service: server.key, server.pem and the CA files it needs, in a new folder. */
rc keyring_server_cert(const struct keyring_server *s, struct err *e) MUST_CHECK;

#endif
