/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-GCM. The caller brings a nonce that was never used with this key. */
#ifndef HALLMARK_CORE_CRYPTO_AEAD_H
#define HALLMARK_CORE_CRYPTO_AEAD_H

#include "core/base/buf.h"

#define AEAD_KEY_SIZE 32
#define AEAD_NONCE_SIZE 12
#define AEAD_TAG_SIZE 16

/* Appends nonce || ciphertext || tag. */
rc aead_seal(const uint8_t key[AEAD_KEY_SIZE], const uint8_t nonce[AEAD_NONCE_SIZE], struct bytes associated,
	     struct bytes plain, struct buf *out, struct err *e) MUST_CHECK;

/* Appends the plain text; ERR_TRUST and nothing appended when key, data or associated data do not fit together. */
rc aead_open(const uint8_t key[AEAD_KEY_SIZE], struct bytes associated, struct bytes sealed, struct buf *out,
	     struct err *e) MUST_CHECK;

#endif
