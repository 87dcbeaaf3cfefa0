/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files: the only place that makes private keys, and the only format they are stored in. Sealed: a small JSON
 * document with an Argon2id salt and AES-256-GCM over the PKCS#8 PEM. Who may hold which key is the callers' business.
 */
#include "host/keys/keyfile.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/codec/base64.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/crypto/aead.h"
#include "core/crypto/password.h"
#include "host/os/chance.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define KEYFILE_FORMAT "hallmark-sealed-key-1" /* also the associated data: an older format cannot be passed off */
#define RSA_BITS 3072

rc keyfile_generate(enum key_type type, struct privkey *ret, struct err *e)
{
	EVP_PKEY *key = NULL;
	switch (type) {
	case KEY_ED25519:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case KEY_ECDSA_P256:
		key = EVP_EC_gen("P-256");
		break;
	case KEY_RSA_PSS:
		key = EVP_RSA_gen(RSA_BITS);
		break;
	case KEY_TYPE_COUNT:
		break;
	}
	if (!key)
		return err_set(e, ERR_INTERNAL, "making a %s key failed", key_type_name(type));
	rc r = privkey_of_pkey(key, ret, e);
	EVP_PKEY_free(key);
	return r;
}

static void wipe_key(uint8_t (*key)[AEAD_KEY_SIZE])
{
	mem_wipe(*key, sizeof *key);
}

static rc seal(struct bytes pem, struct bytes passphrase, struct buf *out, struct err *e)
{
	CLEANUP(wipe_key) uint8_t key[AEAD_KEY_SIZE] = {0};
	uint8_t salt[PASSWORD_SALT_SIZE], nonce[AEAD_NONCE_SIZE];
	CLEANUP(buf_done) struct buf sealed, text;
	buf_init(&sealed, KEYFILE_MAX);
	buf_init(&text, KEYFILE_MAX);
	rc r = chance_fill(salt, sizeof salt, e);
	if (rc_ok(r))
		r = chance_fill(nonce, sizeof nonce, e);
	if (rc_ok(r))
		r = password_key(PASSWORD_COST_HOST, passphrase, salt, key, sizeof key, e);
	if (rc_ok(r))
		r = aead_seal(key, nonce, bytes_of_text(KEYFILE_FORMAT), pem, &sealed, e);
	if (rc_failed(r))
		return r;
	char salt_hex[HEX_TEXT_SIZE(PASSWORD_SALT_SIZE)];
	hex_encode(bytes_of(salt, sizeof salt), salt_hex);
	base64_encode(buf_view(&sealed), &text);
	buf_putf(out, "{\"format\":\"%s\",\"salt\":\"%s\",\"sealed\":\"%s\"}\n", KEYFILE_FORMAT, salt_hex,
		 buf_text(&text));
	rc t = buf_check(&text, "sealed key", e);
	return rc_failed(t) ? t : buf_check(out, "sealed key", e);
}

rc keyfile_save(const char *path, const struct privkey *k, struct bytes passphrase, struct err *e)
{
	CLEANUP(secret_done) struct secret pem = {0};
	CLEANUP(buf_done_wiped) struct buf file;
	buf_init(&file, KEYFILE_MAX);
	rc r = privkey_pem(k, &pem, e);
	if (rc_ok(r) && passphrase.n)
		r = seal(secret_view(&pem), passphrase, &file, e);
	if (rc_failed(r))
		return err_wrap(e, "key for %s", path);
	r = file_create(path, passphrase.n ? buf_view(&file) : secret_view(&pem), 0600, e);
	if (r.code == ERR_EXISTS)
		return err_hint(e, "a key is never overwritten; move the old file away first");
	return r;
}

static bool looks_sealed(const struct buf *file)
{
	return file->len && file->data[0] == '{';
}

/*
 * Ours alone; or root's, who lets our group read it and not write it: then we can use the key and not replace it. Root
 * itself gets no such exception: whoever reads with root's group is somebody else.
 */
static bool is_private(const struct stat *st)
{
	if (!(st->st_mode & 077))
		return true;
	return !(st->st_mode & 037) && st->st_uid == 0 && geteuid() != 0 && st->st_gid == getegid();
}

rc keyfile_bytes(const char *path, struct buf *out, struct err *e)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return err_errno(e, errno, "key file %s", path);
	if (!is_private(&st)) {
		(void)err_set(e, ERR_DENIED, "key file %s can be read by others (mode %03o)", path,
			      (unsigned)st.st_mode & 0777);
		return err_hint(e, "chmod 600 it; if others had access, replace the key");
	}
	return file_read(path, KEYFILE_MAX, out, e);
}

static rc unseal(struct bytes text, struct bytes passphrase, struct buf *pem, struct err *e)
{
	static const char *const keys[] = {"format", "salt", "sealed", NULL};
	JSON_AUTO json_t *doc = NULL;
	CLEANUP(wipe_key) uint8_t key[AEAD_KEY_SIZE] = {0};
	CLEANUP(buf_done) struct buf sealed;
	uint8_t salt[PASSWORD_SALT_SIZE];
	const char *format = NULL, *body = NULL;
	buf_init(&sealed, KEYFILE_MAX);
	rc r = json_codec_parse(text, KEYFILE_MAX, "sealed key", &doc, e);
	if (rc_ok(r))
		r = json_codec_only(doc, "sealed key", keys, e);
	if (rc_ok(r))
		r = json_codec_text(doc, "sealed key", "format", sizeof KEYFILE_FORMAT, &format, e);
	if (rc_ok(r) && strcmp(format, KEYFILE_FORMAT) != 0)
		r = err_set(e, ERR_UNSUPPORTED, "sealed key of format %s", format);
	if (rc_ok(r))
		r = json_codec_hex(doc, "sealed key", "salt", salt, sizeof salt, e);
	if (rc_ok(r))
		r = json_codec_text(doc, "sealed key", "sealed", KEYFILE_MAX, &body, e);
	if (rc_ok(r))
		r = base64_decode(bytes_of_text(body), &sealed, e);
	if (rc_ok(r))
		r = password_key(PASSWORD_COST_HOST, passphrase, salt, key, sizeof key, e);
	if (rc_ok(r) && rc_failed(aead_open(key, bytes_of_text(KEYFILE_FORMAT), buf_view(&sealed), pem, e)))
		r = err_set(e, ERR_TRUST, "wrong passphrase, or the file was changed");
	return r;
}

rc keyfile_load(const char *path, struct bytes passphrase, struct privkey *ret, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf file, pem;
	buf_init(&file, KEYFILE_MAX);
	buf_init(&pem, KEYFILE_MAX);
	rc r = keyfile_bytes(path, &file, e);
	if (rc_failed(r))
		return r;
	if (!looks_sealed(&file)) {
		r = privkey_from_pem(buf_view(&file), ret, e);
		return rc_failed(r) ? err_wrap(e, "key file %s", path) : r;
	}
	if (!passphrase.n) {
		(void)err_set(e, ERR_TRUST, "key file %s is sealed", path);
		return err_hint(e, "give its passphrase");
	}
	r = unseal(buf_view(&file), passphrase, &pem, e);
	if (rc_ok(r))
		r = privkey_from_pem(buf_view(&pem), ret, e);
	return rc_failed(r) ? err_wrap(e, "key file %s", path) : r;
}

rc keyfile_is_sealed(const char *path, bool *ret, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf file;
	buf_init(&file, KEYFILE_MAX);
	rc r = keyfile_bytes(path, &file, e);
	if (rc_ok(r))
		*ret = looks_sealed(&file);
	return r;
}
