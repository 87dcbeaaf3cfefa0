/* SPDX-License-Identifier: Apache-2.0 */
/* TUF keys and signature thresholds. Private to core/trust and its fuzz target. */
#ifndef HALLMARK_CORE_TRUST_TUF_VERIFY_H
#define HALLMARK_CORE_TRUST_TUF_VERIFY_H

#include "core/crypto/key.h"
#include "core/trust/tuf_meta.h"

/*
 * Do signatures of at least `threshold` different keys of `role` ({"keyids","threshold"}) stand over m's "signed"?
 * `keys` maps key ids to key objects. What cannot be used counts for nothing: a signature that is none, a key of an
 * unknown kind, a key under an id that is not the SHA-256 of the canonical form of the whole key object (such files
 * exist: a maker's slip must not end the root chain). Two key ids of one and the same key count once.
 */
rc tuf_verify(const json_t *keys, const json_t *role, const struct tuf_meta *m, struct err *e) MUST_CHECK;

/* Shape of such a role: texts without a double, a threshold of at least 1. It may be more than there are keys. */
rc tuf_verify_role_check(const json_t *role, struct err *e) MUST_CHECK;

#endif
