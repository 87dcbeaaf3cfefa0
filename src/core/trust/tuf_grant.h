/* SPDX-License-Identifier: Apache-2.0 */
/* Who may grant a downgrade: the grant role of a root, a signed field of ours beside TUF's own roles. */
#ifndef HALLMARK_CORE_TRUST_TUF_GRANT_H
#define HALLMARK_CORE_TRUST_TUF_GRANT_H

#include "core/crypto/key.h"

#define TUF_GRANT_KEYS_MAX 8

struct tuf_grant_keys {
	struct pubkey list[TUF_GRANT_KEYS_MAX];
	size_t n; /* 0: this root lets nobody grant */
};

/*
 * From the bytes of the root that is trusted. ERR_TRUST if it is not signed by its own holders; ERR_UNSUPPORTED if the
 * role wants more than one signature, which a grant has not. Zero *ret before; tuf_grant_keys_done frees.
 */
rc tuf_grant_keys(struct bytes root, struct tuf_grant_keys *ret, struct err *e) MUST_CHECK;
void tuf_grant_keys_done(struct tuf_grant_keys *k);

#endif
