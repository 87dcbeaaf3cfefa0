/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 for both sides over OpenSSL (docs/wire.md section 2): P-256 certificates, X25519, AES-128-GCM or
 * ChaCha20-Poly1305. Peers are checked against one CA, fail closed. A private key may live in another process: then
 * only a digest leaves this one.
 */
#ifndef HALLMARK_HOST_NET_TLS_H
#define HALLMARK_HOST_NET_TLS_H

#include "core/base/buf.h"
#include "core/crypto/key.h"

struct tls_context;

/* Sign a SHA-256 digest with a P-256 key that lives elsewhere; append the DER signature. */
typedef rc tls_sign_fn(void *ctx, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e);

struct tls_config {
	struct bytes cert_pem;	   /* own certificate; empty: none (anonymous client) */
	const struct privkey *key; /* own key, or NULL with `sign` */
	tls_sign_fn *sign;
	void *sign_ctx;
	struct bytes peer_ca_pem; /* CA of peers. Server: empty = no client certificates asked. Client: required */
	bool insecure_any_peer;	  /* client only, for the assessor's probes that look at strangers: accept and record */
};

rc tls_server_context(const struct tls_config *c, struct tls_context **ret, struct err *e) MUST_CHECK;
rc tls_client_context(const struct tls_config *c, struct tls_context **ret, struct err *e) MUST_CHECK;
void tls_context_free(struct tls_context *c); /* accepts NULL */

#endif
