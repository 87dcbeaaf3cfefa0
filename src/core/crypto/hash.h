/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, at once and in pieces. */
#ifndef HALLMARK_CORE_CRYPTO_HASH_H
#define HALLMARK_CORE_CRYPTO_HASH_H

#include "core/base/bytes.h"
#include "core/base/err.h"

#define SHA256_SIZE 32
#define SHA512_SIZE 64

struct SHA256state_st;

/* A hash in progress. Zero it or start it before hash_done. */
struct hash {
	struct SHA256state_st *ctx;
};

rc hash_start(struct hash *h, struct err *e) MUST_CHECK; /* may be called again to begin anew */
rc hash_add(struct hash *h, struct bytes part, struct err *e) MUST_CHECK;
rc hash_end(struct hash *h, uint8_t ret[SHA256_SIZE], struct err *e) MUST_CHECK;
void hash_done(struct hash *h);

rc hash_sha256(struct bytes in, uint8_t ret[SHA256_SIZE], struct err *e) MUST_CHECK;
rc hash_sha512(struct bytes in, uint8_t ret[SHA512_SIZE], struct err *e) MUST_CHECK;

#endif
