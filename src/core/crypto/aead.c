/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-GCM over OpenSSL; the tag is checked before a byte of plain text leaves. */
#include "core/crypto/aead.h"

#include <limits.h>
#include <openssl/evp.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

rc aead_seal(const uint8_t key[AEAD_KEY_SIZE], const uint8_t nonce[AEAD_NONCE_SIZE], struct bytes associated,
	     struct bytes plain, struct buf *out, struct err *e)
{
	if (plain.n > INT_MAX - 64 || associated.n > INT_MAX)
		return err_set(e, ERR_LIMIT, "too much to seal at once: %zu bytes", plain.n);
	buf_put(out, bytes_of(nonce, AEAD_NONCE_SIZE));
	uint8_t *at = buf_room(out, plain.n + AEAD_TAG_SIZE);
	if (!at)
		return buf_check(out, "sealed data", e);
	int n = 0, last = 0;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool made = c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
		    EVP_EncryptUpdate(c, NULL, &n, associated.p, (int)associated.n) == 1 &&
		    EVP_EncryptUpdate(c, at, &n, plain.p, (int)plain.n) == 1 &&
		    EVP_EncryptFinal_ex(c, at + n, &last) == 1 &&
		    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, AEAD_TAG_SIZE, at + plain.n) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!made)
		return err_set(e, ERR_INTERNAL, "sealing failed");
	buf_grew(out, plain.n + AEAD_TAG_SIZE);
	return RC_OK;
}

rc aead_open(const uint8_t key[AEAD_KEY_SIZE], struct bytes associated, struct bytes sealed, struct buf *out,
	     struct err *e)
{
	if (sealed.n < AEAD_NONCE_SIZE + AEAD_TAG_SIZE || sealed.n > INT_MAX - 64 || associated.n > INT_MAX)
		return err_set(e, ERR_TRUST, "sealed data of %zu bytes cannot be genuine", sealed.n);
	size_t plain_n = sealed.n - AEAD_NONCE_SIZE - AEAD_TAG_SIZE;
	const uint8_t *body = sealed.p + AEAD_NONCE_SIZE;
	uint8_t tag[AEAD_TAG_SIZE];
	memcpy(tag, body + plain_n, sizeof tag);
	uint8_t *at = buf_room(out, plain_n);
	if (!at)
		return buf_check(out, "opened data", e);
	int n = 0, last = 0;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool genuine = c && EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, sealed.p) == 1 &&
		       EVP_DecryptUpdate(c, NULL, &n, associated.p, (int)associated.n) == 1 &&
		       EVP_DecryptUpdate(c, at, &n, body, (int)plain_n) == 1 &&
		       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, AEAD_TAG_SIZE, tag) == 1 &&
		       EVP_DecryptFinal_ex(c, at + n, &last) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!genuine) {
		mem_wipe(at, plain_n);
		return err_set(e, ERR_TRUST, "sealed data is not genuine: wrong key or changed content");
	}
	buf_grew(out, plain_n);
	return RC_OK;
}
