/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label's claim (docs/wire.md section 6): what the QR code says, signed. COSE_Sign1 (RFC 9052, EdDSA) over a CBOR
 * map (RFC 8949, deterministic encoding: one claim has one text), in Base45 behind "HMK1:". Verifiable offline with the
 * maker's public label key.
 */
#ifndef HALLMARK_CORE_MODEL_CLAIM_H
#define HALLMARK_CORE_MODEL_CLAIM_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/crypto/key.h"

#define CLAIM_PREFIX "HMK1:"
#define CLAIM_BYTES_MAX 1200 /* of the COSE message: still fits a QR code of medium error correction */
#define CLAIM_TEXT_MAX 2048
#define CLAIM_FIELD_SIZE 129

/* Counts of provisions, in the order of the wire. */
struct claim_counts {
	uint32_t pass, fail, inconclusive, not_applicable, not_judged;
};

struct claim {
	char maker[CLAIM_FIELD_SIZE], model[CLAIM_FIELD_SIZE], product[CLAIM_FIELD_SIZE];
	char support_end[11], issued[11]; /* dates */
	char edition[CLAIM_FIELD_SIZE];
	struct claim_counts counts;
	uint8_t verdicts_sha256[SHA256_SIZE];
	char url[CLAIM_FIELD_SIZE]; /* may be "" */
};

/* Appends "HMK1:..." . The signer's key must be Ed25519 (ERR_UNSUPPORTED). */
rc claim_sign(const struct claim *c, const struct signer *s, struct buf *out, struct err *e) MUST_CHECK;

/*
 * ERR_INPUT: not such a text. ERR_TRUST: not signed by this key, or changed. The claim is decoded only after the
 * signature is good; `ret` is untouched on failure.
 */
rc claim_verify(struct bytes text, const struct pubkey *key, struct claim *ret, struct err *e) MUST_CHECK;

#endif
