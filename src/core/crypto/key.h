/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys and signatures. Private keys live behind `struct signer`: whoever holds one (a file, a token, a TPM, or
 * another process) hands out only the act of signing. Making keys is host/keys' business.
 */
#ifndef HALLMARK_CORE_CRYPTO_KEY_H
#define HALLMARK_CORE_CRYPTO_KEY_H

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/crypto/hash.h"

#define KEY_PEM_MAX 8192
#define KEY_SIGNATURE_MAX 1024
#define KEY_ED25519_SIZE 32

enum key_type {
	KEY_ED25519,	/* RFC 8032 */
	KEY_ECDSA_P256, /* with SHA-256, DER signature */
	KEY_RSA_PSS,	/* 2048-4096 bits, SHA-256, MGF1-SHA-256, salt 32; any salt when verifying */
	KEY_TYPE_COUNT
};

const char *key_type_name(enum key_type type); /* "ed25519", "ecdsa-p256", "rsa-pss" */

struct evp_pkey_st;

/* Zero it before use; pubkey_done frees. Decoding refuses weak sizes and other types. */
struct pubkey {
	enum key_type type;
	struct evp_pkey_st *key;
};

rc pubkey_from_pem(struct bytes pem, struct pubkey *ret, struct err *e) MUST_CHECK; /* SubjectPublicKeyInfo */
rc pubkey_from_ed25519(const uint8_t raw[KEY_ED25519_SIZE], struct pubkey *ret, struct err *e) MUST_CHECK;
rc pubkey_of_pkey(struct evp_pkey_st *key, struct pubkey *ret, struct err *e) MUST_CHECK; /* takes a reference */
void pubkey_done(struct pubkey *k);

rc pubkey_pem(const struct pubkey *k, struct buf *out, struct err *e) MUST_CHECK;
rc pubkey_ed25519(const struct pubkey *k, uint8_t ret[KEY_ED25519_SIZE], struct err *e) MUST_CHECK;
/* SHA-256 of the DER SubjectPublicKeyInfo, in lower-case hex: the name of a key everywhere but in TUF. */
rc pubkey_id(const struct pubkey *k, char ret[2 * SHA256_SIZE + 1], struct err *e) MUST_CHECK;

/* False for a wrong signature and for any failure of the library: there is no third answer. */
bool pubkey_verify(const struct pubkey *k, struct bytes message, struct bytes signature);

/* The act of signing. `sign` appends the signature to `out`. Borrowed: ctx and pub belong to whoever made it. */
struct signer {
	const struct pubkey *pub;
	rc (*sign)(void *ctx, struct bytes message, struct buf *out, struct err *e);
	void *ctx;
};

rc signer_sign(const struct signer *s, struct bytes message, struct buf *out, struct err *e) MUST_CHECK;

/* A private key in memory. The PKCS#8 PEM text is a secret. */
struct privkey {
	struct pubkey pub;
	struct evp_pkey_st *key;
};

rc privkey_from_pem(struct bytes pem, struct privkey *ret, struct err *e) MUST_CHECK;	    /* unencrypted PKCS#8 */
rc privkey_of_pkey(struct evp_pkey_st *key, struct privkey *ret, struct err *e) MUST_CHECK; /* takes a reference */
rc privkey_pem(const struct privkey *k, struct secret *ret, struct err *e) MUST_CHECK;
void privkey_done(struct privkey *k);
/* Valid as long as k is. */
struct signer privkey_signer(struct privkey *k);
/* ECDSA signature (DER) over a ready SHA-256 digest: what a TLS handshake asks of a P-256 key in another process. */
rc privkey_sign_digest(const struct privkey *k, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e)
	MUST_CHECK;

#endif
