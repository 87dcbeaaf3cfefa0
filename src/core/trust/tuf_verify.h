/* SPDX-License-Identifier: Apache-2.0 */
/* TUF keys and signature thresholds. Private to core/trust and its fuzz target. */
#ifndef HALLMARK_CORE_TRUST_TUF_VERIFY_H
#define HALLMARK_CORE_TRUST_TUF_VERIFY_H

#include "core/crypto/key.h"
#include "core/trust/tuf_meta.h"

/* Is this the SHA-256 of the canonical form of the whole key object, unknown fields included? */
rc tuf_verify_keyid(const char *keyid, const json_t *key, struct err *e) MUST_CHECK;

/*
 * Do signatures of at least `threshold` different keys of `role` ({"keyids","threshold"}) stand over m's "signed"?
 * `keys` maps key ids (checked before) to key objects. A signature or key that cannot be used counts for nothing. Two
 * key ids of one and the same key count once.
 */
rc tuf_verify(const json_t *keys, const json_t *role, const struct tuf_meta *m, struct err *e) MUST_CHECK;

#endif
