/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 over OpenSSL. */
#include "core/crypto/hash.h"

#include <openssl/evp.h>

#include "core/base/banned.h"

static rc failed(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "the SHA-2 hash of the crypto library failed");
}

rc hash_start(struct hash *h, struct err *e)
{
	if (!h->ctx)
		h->ctx = EVP_MD_CTX_new();
	if (!h->ctx)
		return err_set(e, ERR_MEMORY, "hash: out of memory");
	return EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) == 1 ? RC_OK : failed(e);
}

rc hash_add(struct hash *h, struct bytes part, struct err *e)
{
	return EVP_DigestUpdate(h->ctx, part.p, part.n) == 1 ? RC_OK : failed(e);
}

rc hash_end(struct hash *h, uint8_t ret[SHA256_SIZE], struct err *e)
{
	return EVP_DigestFinal_ex(h->ctx, ret, NULL) == 1 ? RC_OK : failed(e);
}

void hash_done(struct hash *h)
{
	EVP_MD_CTX_free(h->ctx);
	h->ctx = NULL;
}

rc hash_sha256(struct bytes in, uint8_t ret[SHA256_SIZE], struct err *e)
{
	return EVP_Digest(in.p, in.n, ret, NULL, EVP_sha256(), NULL) == 1 ? RC_OK : failed(e);
}

rc hash_sha512(struct bytes in, uint8_t ret[64], struct err *e)
{
	return EVP_Digest(in.p, in.n, ret, NULL, EVP_sha512(), NULL) == 1 ? RC_OK : failed(e);
}
