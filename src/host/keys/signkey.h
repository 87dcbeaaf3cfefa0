/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key file that signs, whatever is behind it: a private key, sealed or not (keyfile.h), or only the name of a key
 * that stays in a token (token.h). For programs of people: the device agent has no use for tokens of this kind.
 */
#ifndef HALLMARK_HOST_KEYS_SIGNKEY_H
#define HALLMARK_HOST_KEYS_SIGNKEY_H

#include "host/keys/keyfile.h"
#include "host/keys/token.h"

enum signkey_secret { SIGNKEY_NOTHING, SIGNKEY_PASSPHRASE, SIGNKEY_PIN };

/* What must be asked for before it can sign? */
rc signkey_wants(const char *path, enum signkey_secret *ret, struct err *e) MUST_CHECK;

/* Zero it before use and do not move it: the signer points into it. */
struct signkey {
	struct privkey file;
	struct token_key *token;
	struct signer signer;
};

rc signkey_open(const char *path, struct bytes secret, struct signkey *ret, struct err *e) MUST_CHECK;
void signkey_done(struct signkey *k);

/* Write the file that names a key in a token. ERR_EXISTS. */
rc signkey_refer(const char *path, const char *uri, struct err *e) MUST_CHECK;

#endif
