/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 for both sides over OpenSSL (docs/wire.md section 2): P-256 certificates, X25519, AES-128-GCM or
 * ChaCha20-Poly1305. Peers are checked against one CA, fail closed: chain, validity, purpose (the extended key usage
 * must be there: clientAuth or serverAuth) and, on the client, the host's name or address (subjectAltName only). No
 * session tickets, no resumption. A private key may live in another process: then only a digest leaves this one.
 */
#ifndef HALLMARK_HOST_NET_TLS_H
#define HALLMARK_HOST_NET_TLS_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/crypto/key.h"

struct tls_context;

/* Sign a SHA-256 digest with a P-256 key that lives elsewhere; append the DER signature. */
typedef rc tls_sign_fn(void *ctx, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e);

/* Which version a probe offers to a stranger; our own contexts speak 1.3 only. */
enum tls_version { TLS_VERSION_ANY, TLS_VERSION_1_0, TLS_VERSION_1_1, TLS_VERSION_1_2, TLS_VERSION_1_3 };

/* Bytes, key and sign_ctx: the key and sign_ctx are borrowed until tls_context_free, the PEM texts only for the call.
 */
struct tls_config {
	struct bytes cert_pem;	   /* own certificate; empty: none (anonymous client) */
	const struct privkey *key; /* own key, or NULL with `sign` */
	tls_sign_fn *sign;
	void *sign_ctx;
	struct bytes peer_ca_pem;     /* CA of peers. Server: empty = no client certificates asked. Client: required */
	struct wall_time clock_floor; /* certificates are judged at this time if the machine's clock is behind it */
	bool insecure_any_peer; /* client only, for the assessor's probes that look at strangers: accept and record */
	enum tls_version probe_version; /* with insecure_any_peer: offer only this one */
};

rc tls_server_context(const struct tls_config *c, struct tls_context **ret, struct err *e) MUST_CHECK;
rc tls_client_context(const struct tls_config *c, struct tls_context **ret, struct err *e) MUST_CHECK;
void tls_context_free(struct tls_context *t); /* accepts NULL; every connection made from it must be gone */

#endif
