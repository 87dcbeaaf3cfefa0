/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label's claim (docs/label.md): what the QR code says, signed. COSE_Sign1 (RFC 9052, EdDSA) over a CBOR map
 * (RFC 8949, deterministic encoding: one claim has one text), in Base45 behind "HMK1:". Before it stands the address of
 * the product's live page, so that any phone opens that; the signature covers it too. Verifiable offline with the
 * maker's public label key.
 */
#ifndef HALLMARK_CORE_MODEL_CLAIM_H
#define HALLMARK_CORE_MODEL_CLAIM_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/crypto/key.h"

#define CLAIM_PREFIX "HMK1:"
#define CLAIM_BYTES_MAX 512 /* of the COSE message */
#define CLAIM_TEXT_MAX 1024
#define CLAIM_FIELD_SIZE 65
#define CLAIM_URL_SIZE 65
#define CLAIM_FACE_SIZE 16
#define CLAIM_LEVEL_MAX 4U

/* Counts of provisions, in the order of the wire. */
struct claim_counts {
	uint32_t pass, fail, inconclusive, not_applicable, not_judged;
};

struct claim {
	char maker[CLAIM_FIELD_SIZE], model[CLAIM_FIELD_SIZE], product[CLAIM_FIELD_SIZE];
	char edition[CLAIM_FIELD_SIZE];
	char support_end[11], assessed[11], issued[11]; /* dates from 1970 on */
	struct claim_counts counts;
	uint32_t level;		 /* 0-4 (docs/label.md) */
	uint32_t mandatory_open; /* mandatory provisions that were not shown to be met */
	uint8_t verdicts_sha256[SHA256_SIZE];
	uint8_t face[CLAIM_FACE_SIZE]; /* first bytes of the SHA-256 of the other words on the label */
	char url[CLAIM_URL_SIZE];      /* live page; may be "" */
};

/* May it stand before a claim? https://, no fragment, no character that a page or a reader would change. */
bool claim_url_ok(const char *url);

/* Appends "URL#HMK1:..." or, without an address, "HMK1:...". The key must be Ed25519 (ERR_UNSUPPORTED). */
rc claim_sign(const struct claim *c, const struct signer *s, struct buf *out, struct err *e) MUST_CHECK;

/*
 * ERR_INPUT: not such a text. ERR_TRUST: not signed by this key, or changed. The claim is decoded only after the
 * signature is good; `ret` is untouched on failure.
 */
rc claim_verify(struct bytes text, const struct pubkey *key, struct claim *ret, struct err *e) MUST_CHECK;

/* The first claim in a longer text, with its address if it has one. Borrowed; false if there is none. */
bool claim_find(struct bytes text, struct bytes *ret);

#endif
