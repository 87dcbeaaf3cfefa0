/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network process must never hold a private key (DESIGN: keys, network and root never share a process). OpenSSL 3.0
 * offers two doors for a key that lives elsewhere: a whole provider, or the older EC_KEY_METHOD. The second is a
 * hundred lines instead of a thousand, so its deprecation is accepted here, in this file only. The callback sees a
 * SHA-256 digest and gives a DER signature; OpenSSL's own key code is never asked to sign.
 */
#include "host/net/tls_remote_key.h"

/* EC_KEY and its methods are deprecated since 3.0 and still there in every 3.x. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/base/banned.h"

#define APP_DATA 0 /* slot of ex_data that OpenSSL keeps free for the application in every object */

struct tls_remote_key {
	tls_sign_fn *sign;
	void *sign_ctx;
	EC_KEY_METHOD *method;
	EVP_PKEY *pkey;
	struct err failure;
};

/* No key, no nonce to prepare: nothing to set up. */
static int on_sign_setup(EC_KEY *ec, BN_CTX *ctx, BIGNUM **kinv, BIGNUM **r)
{
	(void)ec, (void)ctx, (void)kinv, (void)r;
	return 1;
}

/* 1 and the signature in `sig` (ECDSA_size(ec) bytes long), or 0. */
static int on_sign(int type, const unsigned char *digest, int digest_n, unsigned char *sig, unsigned *sig_n,
		   const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec)
{
	struct tls_remote_key *k = EC_KEY_get_ex_data(ec, APP_DATA);
	(void)type, (void)kinv, (void)r;
	if (!k)
		return 0;
	err_clear(&k->failure);
	if (digest_n != SHA256_SIZE) {
		(void)err_set(&k->failure, ERR_UNSUPPORTED, "TLS asked to sign a digest of %d bytes", digest_n);
		return 0;
	}
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, (size_t)ECDSA_size(ec));
	if (rc_failed(k->sign(k->sign_ctx, digest, &out, &k->failure))) {
		if (k->failure.code == ERR_NONE)
			(void)err_set(&k->failure, ERR_INTERNAL, "the key's process refused to sign");
		return 0;
	}
	if (out.len == 0 || rc_failed(buf_check(&out, "signature", &k->failure))) {
		(void)err_set(&k->failure, ERR_INPUT, "the key's process gave no usable signature");
		return 0;
	}
	memcpy(sig, out.data, out.len);
	*sig_n = (unsigned)out.len;
	return 1;
}

/* The other entry, with the result as two numbers: the same callback, decoded. */
static ECDSA_SIG *on_sign_sig(const unsigned char *digest, int digest_n, const BIGNUM *kinv, const BIGNUM *r,
			      EC_KEY *ec)
{
	uint8_t der[KEY_SIGNATURE_MAX];
	unsigned n = 0;
	if (ECDSA_size(ec) > (int)sizeof der || on_sign(0, digest, digest_n, der, &n, kinv, r, ec) != 1)
		return NULL;
	const unsigned char *at = der;
	return d2i_ECDSA_SIG(NULL, &at, (long)n);
}

/* A copy of the public part, as the older key type. */
static EC_KEY *public_part(EVP_PKEY *pub)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(pub, &der);
	const unsigned char *at = der;
	EC_KEY *ec = n > 0 ? d2i_EC_PUBKEY(NULL, &at, n) : NULL;
	OPENSSL_free(der);
	return ec;
}

static bool set_up(struct tls_remote_key *k, EC_KEY *ec)
{
	k->method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
	if (!k->method)
		return false;
	EC_KEY_METHOD_set_sign(k->method, on_sign, on_sign_setup, on_sign_sig);
	return EC_KEY_set_method(ec, k->method) == 1 && EC_KEY_set_ex_data(ec, APP_DATA, k) == 1;
}

rc tls_remote_key_new(EVP_PKEY *pub, tls_sign_fn *sign, void *sign_ctx, struct tls_remote_key **ret, struct err *e)
{
	struct pubkey type = {0};
	rc r = pubkey_of_pkey(pub, &type, e);
	if (rc_failed(r))
		return r;
	bool p256 = type.type == KEY_ECDSA_P256;
	pubkey_done(&type);
	if (!p256)
		return err_set(e, ERR_UNSUPPORTED, "a key in another process must be P-256");
	struct tls_remote_key *k = mem_alloc(sizeof *k);
	EC_KEY *ec = k ? public_part(pub) : NULL;
	if (!ec) {
		mem_free(k);
		return err_set(e, ERR_MEMORY, "remote key: out of memory");
	}
	k->sign = sign;
	k->sign_ctx = sign_ctx;
	k->pkey = EVP_PKEY_new();
	if (!set_up(k, ec) || !k->pkey || EVP_PKEY_assign_EC_KEY(k->pkey, ec) != 1) {
		EC_KEY_free(ec);
		tls_remote_key_free(k);
		return err_set(e, ERR_INTERNAL, "remote key cannot be set up");
	}
	*ret = k;
	return RC_OK;
}

void tls_remote_key_free(struct tls_remote_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	if (k->method)
		EC_KEY_METHOD_free(k->method);
	mem_free(k);
}

EVP_PKEY *tls_remote_key_pkey(struct tls_remote_key *k)
{
	return k->pkey;
}

const struct err *tls_remote_key_failure(const struct tls_remote_key *k)
{
	return &k->failure;
}
