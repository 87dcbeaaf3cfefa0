/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-2 over the plain functions of OpenSSL, deprecated since 3.0 and still in every 3.x, and not over EVP: they need
 * neither its tables nor its start, so that a process that only hashes links twenty kilobytes of it instead of loading
 * all (docs/adr/0005-agent-footprint.md).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto/hash.h"

#include <openssl/sha.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

static rc failed(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "the SHA-2 hash of the crypto library failed");
}

rc hash_start(struct hash *h, struct err *e)
{
	if (!h->ctx)
		h->ctx = mem_alloc(sizeof *h->ctx);
	if (!h->ctx)
		return err_set(e, ERR_MEMORY, "hash: out of memory");
	return SHA256_Init(h->ctx) == 1 ? RC_OK : failed(e);
}

rc hash_add(struct hash *h, struct bytes part, struct err *e)
{
	return SHA256_Update(h->ctx, part.p, part.n) == 1 ? RC_OK : failed(e);
}

rc hash_end(struct hash *h, uint8_t ret[SHA256_SIZE], struct err *e)
{
	return SHA256_Final(ret, h->ctx) == 1 ? RC_OK : failed(e);
}

void hash_done(struct hash *h)
{
	mem_free(h->ctx);
	h->ctx = NULL;
}

rc hash_sha256(struct bytes in, uint8_t ret[SHA256_SIZE], struct err *e)
{
	SHA256_CTX c;
	if (SHA256_Init(&c) != 1 || SHA256_Update(&c, in.p, in.n) != 1 || SHA256_Final(ret, &c) != 1)
		return failed(e);
	return RC_OK;
}

rc hash_sha512(struct bytes in, uint8_t ret[64], struct err *e)
{
	SHA512_CTX c;
	if (SHA512_Init(&c) != 1 || SHA512_Update(&c, in.p, in.n) != 1 || SHA512_Final(ret, &c) != 1)
		return failed(e);
	return RC_OK;
}
