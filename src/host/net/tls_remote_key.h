/* SPDX-License-Identifier: Apache-2.0 */
/* A P-256 private key that is only a public key and a callback: OpenSSL sees a key, this process holds none. */
#ifndef HALLMARK_HOST_NET_TLS_REMOTE_KEY_H
#define HALLMARK_HOST_NET_TLS_REMOTE_KEY_H

#include "host/net/tls.h"

struct tls_remote_key;
struct evp_pkey_st;

/* `pub` is the public key of the certificate; must be P-256. */
rc tls_remote_key_new(struct evp_pkey_st *pub, tls_sign_fn *sign, void *sign_ctx, struct tls_remote_key **ret,
		      struct err *e) MUST_CHECK;
/* After every SSL object that may use the key is gone. Accepts NULL. */
void tls_remote_key_free(struct tls_remote_key *k);

struct evp_pkey_st *tls_remote_key_pkey(struct tls_remote_key *k); /* borrowed */
/* Why the last signature failed; code ERR_NONE if it did not. */
const struct err *tls_remote_key_failure(const struct tls_remote_key *k);

#endif
