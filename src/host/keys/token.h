/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys that stay in a PKCS#11 token: a smart card, a USB key, an HSM. The token signs; what we hold is a
 * session. Which key is meant is a URI as of RFC 7512: pkcs11:token=ada;object=root, with ?module-path=... where the
 * system does not know the module.
 */
#ifndef HALLMARK_HOST_KEYS_TOKEN_H
#define HALLMARK_HOST_KEYS_TOKEN_H

#include "core/crypto/key.h"

#define TOKEN_URI_MAX 512
#define TOKEN_PIN_MAX 256

struct token_key;

/* Is it a URI that can name a key, without a PIN in it? */
rc token_uri_check(const char *text, struct err *e) MUST_CHECK;

/*
 * The one key that the URI names. ERR_MISSING: no such token or key. ERR_INPUT: several. ERR_TRUST: the PIN is wrong;
 * tokens count the tries.
 */
rc token_open(const char *uri, struct bytes pin, struct token_key **ret, struct err *e) MUST_CHECK;

/* Make a key pair in the token, under the URI's object name, never to leave it. Ed25519 or P-256. ERR_EXISTS. */
rc token_generate(const char *uri, struct bytes pin, enum key_type type, struct token_key **ret, struct err *e)
	MUST_CHECK;

/* Valid as long as the key is. Every signature is checked before it is given out. */
struct signer token_signer(struct token_key *k);
void token_free(struct token_key *k); /* accepts NULL; ends the session */

#endif
