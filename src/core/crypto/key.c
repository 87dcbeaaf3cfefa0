/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and signatures over OpenSSL. One file decides which algorithms and sizes exist for us; everything else is
 * refused at decoding, so no later code has to ask again.
 */
#include "core/crypto/key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "core/codec/hex.h"
#include "core/base/banned.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

const char *key_type_name(enum key_type type)
{
	static const char *const names[KEY_TYPE_COUNT] = {
		[KEY_ED25519] = "ed25519",
		[KEY_ECDSA_P256] = "ecdsa-p256",
		[KEY_RSA_PSS] = "rsa-pss",
	};
	return (unsigned)type < KEY_TYPE_COUNT ? names[type] : "unknown";
}

static rc type_of(EVP_PKEY *key, enum key_type *ret, struct err *e)
{
	char group[32] = "";
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_ED25519:
		*ret = KEY_ED25519;
		return RC_OK;
	case EVP_PKEY_EC:
		if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 && !strcmp(group, "prime256v1")) {
			*ret = KEY_ECDSA_P256;
			return RC_OK;
		}
		return err_set(e, ERR_UNSUPPORTED, "key on curve %s; only P-256 is accepted", group);
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		if (EVP_PKEY_get_bits(key) >= RSA_BITS_MIN && EVP_PKEY_get_bits(key) <= RSA_BITS_MAX) {
			*ret = KEY_RSA_PSS;
			return RC_OK;
		}
		return err_set(e, ERR_UNSUPPORTED, "RSA key of %d bits; accepted are %d to %d", EVP_PKEY_get_bits(key),
			       RSA_BITS_MIN, RSA_BITS_MAX);
	default:
		return err_set(e, ERR_UNSUPPORTED, "key type not accepted; use ed25519, P-256 or RSA-PSS");
	}
}

rc pubkey_of_pkey(EVP_PKEY *key, struct pubkey *ret, struct err *e)
{
	enum key_type type = KEY_TYPE_COUNT;
	rc r = type_of(key, &type, e);
	if (rc_failed(r))
		return r;
	if (EVP_PKEY_up_ref(key) != 1)
		return err_set(e, ERR_INTERNAL, "key reference");
	*ret = (struct pubkey){type, key};
	return RC_OK;
}

static int no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
	(void)buf, (void)size, (void)rwflag, (void)ctx;
	return 0; /* never ask a terminal */
}

rc pubkey_from_pem(struct bytes pem, struct pubkey *ret, struct err *e)
{
	if (pem.n > KEY_PEM_MAX)
		return err_set(e, ERR_LIMIT, "public key: %zu bytes, at most %d", pem.n, KEY_PEM_MAX);
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	if (!key)
		return err_set(e, ERR_INPUT, "not a PEM public key");
	rc r = pubkey_of_pkey(key, ret, e);
	EVP_PKEY_free(key);
	return r;
}

rc pubkey_from_ed25519(const uint8_t raw[KEY_ED25519_SIZE], struct pubkey *ret, struct err *e)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, KEY_ED25519_SIZE);
	if (!key)
		return err_set(e, ERR_INPUT, "not an ed25519 public key");
	*ret = (struct pubkey){KEY_ED25519, key};
	return RC_OK;
}

void pubkey_done(struct pubkey *k)
{
	EVP_PKEY_free(k->key);
	*k = (struct pubkey){0};
}

static rc put_bio(BIO *bio, bool written, const char *what, struct buf *out, struct err *e)
{
	char *text = NULL;
	long n = written ? BIO_get_mem_data(bio, &text) : 0;
	if (n > 0)
		buf_put(out, bytes_of(text, (size_t)n));
	BIO_free(bio);
	if (n <= 0)
		return err_set(e, ERR_INTERNAL, "%s cannot be written", what);
	return buf_check(out, what, e);
}

rc pubkey_pem(const struct pubkey *k, struct buf *out, struct err *e)
{
	BIO *bio = BIO_new(BIO_s_mem());
	return put_bio(bio, bio && PEM_write_bio_PUBKEY(bio, k->key) == 1, "public key", out, e);
}

rc pubkey_ed25519(const struct pubkey *k, uint8_t ret[KEY_ED25519_SIZE], struct err *e)
{
	size_t n = KEY_ED25519_SIZE;
	uint8_t raw[KEY_ED25519_SIZE];
	if (k->type != KEY_ED25519 || EVP_PKEY_get_raw_public_key(k->key, raw, &n) != 1 || n != sizeof raw)
		return err_set(e, ERR_INPUT, "not an ed25519 key");
	memcpy(ret, raw, sizeof raw);
	return RC_OK;
}

rc pubkey_id(const struct pubkey *k, char ret[2 * SHA256_SIZE + 1], struct err *e)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k->key, &der);
	if (n <= 0)
		return err_set(e, ERR_INTERNAL, "public key cannot be encoded");
	uint8_t digest[SHA256_SIZE];
	rc r = hash_sha256(bytes_of(der, (size_t)n), digest, e);
	OPENSSL_free(der);
	if (rc_ok(r))
		hex_encode(bytes_of(digest, sizeof digest), ret);
	return r;
}

/* Ed25519 hashes by itself and takes no digest. */
static const EVP_MD *digest_for(enum key_type type)
{
	return type == KEY_ED25519 ? NULL : EVP_sha256();
}

/* We sign with a salt of 32 bytes, and take any: TUF names none, and other signers use the longest that fits. */
static bool pss_ok(enum key_type type, EVP_PKEY_CTX *pc, int salt)
{
	if (type != KEY_RSA_PSS)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, salt) == 1;
}

bool pubkey_verify(const struct pubkey *k, struct bytes message, struct bytes signature)
{
	bool good = false;
	if (!k->key || signature.n == 0 || signature.n > KEY_SIGNATURE_MAX)
		return false;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pc = NULL;
	if (ctx && EVP_DigestVerifyInit(ctx, &pc, digest_for(k->type), NULL, k->key) == 1 &&
	    pss_ok(k->type, pc, RSA_PSS_SALTLEN_AUTO))
		good = EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

rc signer_sign(const struct signer *s, struct bytes message, struct buf *out, struct err *e)
{
	return s->sign(s->ctx, message, out, e);
}

rc privkey_of_pkey(EVP_PKEY *key, struct privkey *ret, struct err *e)
{
	struct pubkey pub = {0};
	rc r = pubkey_of_pkey(key, &pub, e);
	if (rc_failed(r))
		return r;
	if (EVP_PKEY_up_ref(key) != 1) {
		pubkey_done(&pub);
		return err_set(e, ERR_INTERNAL, "key reference");
	}
	*ret = (struct privkey){pub, key};
	return RC_OK;
}

rc privkey_from_pem(struct bytes pem, struct privkey *ret, struct err *e)
{
	if (pem.n > KEY_PEM_MAX)
		return err_set(e, ERR_LIMIT, "private key: %zu bytes, at most %d", pem.n, KEY_PEM_MAX);
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	if (!key)
		return err_set(e, ERR_INPUT, "not an unencrypted PEM private key");
	rc r = privkey_of_pkey(key, ret, e);
	EVP_PKEY_free(key);
	return r;
}

rc privkey_pem(const struct privkey *k, struct secret *ret, struct err *e)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long n = 0;
	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, k->key, NULL, NULL, 0, NULL, NULL) == 1)
		n = BIO_get_mem_data(bio, &text);
	rc r = n > 0 ? secret_copy(ret, bytes_of(text, (size_t)n), e)
		     : err_set(e, ERR_INTERNAL, "private key cannot be written");
	if (n > 0)
		mem_wipe(text, (size_t)n);
	BIO_free(bio);
	return r;
}

void privkey_done(struct privkey *k)
{
	pubkey_done(&k->pub);
	EVP_PKEY_free(k->key);
	*k = (struct privkey){0};
}

static rc sign_message(void *ctx, struct bytes message, struct buf *out, struct err *e)
{
	const struct privkey *k = ctx;
	uint8_t sig[KEY_SIGNATURE_MAX];
	size_t n = sizeof sig;
	EVP_MD_CTX *mc = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pc = NULL;
	bool made = mc && EVP_DigestSignInit(mc, &pc, digest_for(k->pub.type), NULL, k->key) == 1 &&
		    pss_ok(k->pub.type, pc, RSA_PSS_SALTLEN_DIGEST) &&
		    EVP_DigestSign(mc, sig, &n, message.p, message.n) == 1;
	EVP_MD_CTX_free(mc);
	if (!made)
		return err_set(e, ERR_INTERNAL, "signing with a %s key failed", key_type_name(k->pub.type));
	buf_put(out, bytes_of(sig, n));
	return buf_check(out, "signature", e);
}

struct signer privkey_signer(struct privkey *k)
{
	return (struct signer){.pub = &k->pub, .sign = sign_message, .ctx = k};
}

rc privkey_sign_digest(const struct privkey *k, const uint8_t digest[SHA256_SIZE], struct buf *out, struct err *e)
{
	uint8_t sig[KEY_SIGNATURE_MAX];
	size_t n = sizeof sig;
	if (k->pub.type != KEY_ECDSA_P256)
		return err_set(e, ERR_UNSUPPORTED, "digests are signed with P-256 keys only");
	EVP_PKEY_CTX *pc = EVP_PKEY_CTX_new(k->key, NULL);
	bool made = pc && EVP_PKEY_sign_init(pc) == 1 && EVP_PKEY_CTX_set_signature_md(pc, EVP_sha256()) == 1 &&
		    EVP_PKEY_sign(pc, sig, &n, digest, SHA256_SIZE) == 1;
	EVP_PKEY_CTX_free(pc);
	if (!made)
		return err_set(e, ERR_INTERNAL, "signing a digest failed");
	buf_put(out, bytes_of(sig, n));
	return buf_check(out, "signature", e);
}
