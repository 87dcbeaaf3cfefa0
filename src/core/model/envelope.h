/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one envelope for everything that a party signs and another stores (boot statement, alert, factory record,
 * evidence, receipt, rollout decision, publication): DSSE v1.0.2 with exactly one signature. The payload is opaque
 * until the signature over its type and bytes is good; only then may a decoder see it.
 *
 *     {"payload":"<base64>","payloadType":"application/vnd.hallmark.<noun>+json","signatures":[{"keyid":"<hex>","sig":"<base64>"}]}
 */
#ifndef HALLMARK_CORE_MODEL_ENVELOPE_H
#define HALLMARK_CORE_MODEL_ENVELOPE_H

#include "core/base/buf.h"
#include "core/crypto/key.h"

#define ENVELOPE_MAX 65536
#define ENVELOPE_PAYLOAD_MAX 45056
#define ENVELOPE_TYPE_MAX 96

#define ENVELOPE_TYPE(noun) "application/vnd.hallmark." noun "+json"

/* Appends the envelope (canonical JSON). */
rc envelope_sign(const struct signer *s, const char *type, struct bytes payload, struct buf *out, struct err *e)
	MUST_CHECK;

/*
 * Appends the payload if the envelope is of `type` and signed by `key`; ERR_TRUST otherwise. Looks at nothing but the
 * outer envelope before the signature is good.
 */
rc envelope_open(struct bytes text, const char *type, const struct pubkey *key, struct buf *ret_payload, struct err *e)
	MUST_CHECK;

/*
 * The payload of an envelope of `type` whose signature nobody has checked: for what must be shown without a key, with
 * these words beside it. Never a ground to trust.
 */
rc envelope_unchecked(struct bytes text, const char *type, struct buf *ret_payload, struct err *e) MUST_CHECK;

/*
 * The key id and type that an envelope *claims*: for looking up the key to check it with, never to be believed by
 * itself. `type` may be NULL.
 */
rc envelope_claims(struct bytes text, char keyid[2 * SHA256_SIZE + 1], char type[ENVELOPE_TYPE_MAX + 1], struct err *e)
	MUST_CHECK;

#endif
