/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers' certificates that were verified before, so that a device that comes back is not verified anew: a bounded table
 * of SHA-256(DER) and the time its whole chain is valid. A table belongs to one set of CAs and one purpose (it lives in
 * the TLS context that has them) and dies with it. Proof of the private key is not its business: TLS asks for that in
 * every handshake. Pure.
 */
#ifndef HALLMARK_HOST_NET_TLS_LEAVES_H
#define HALLMARK_HOST_NET_TLS_LEAVES_H

#include "core/base/units.h"
#include "core/crypto/hash.h"

#define TLS_LEAVES_MAX 8192

struct tls_leaf {
	uint8_t fingerprint[SHA256_SIZE];
	struct wall_time from, until; /* valid if from <= now < until; until 0: no entry */
};

/* Zeroed is empty. */
struct tls_leaves {
	struct tls_leaf leaf[TLS_LEAVES_MAX];
};

bool tls_leaves_known(const struct tls_leaves *l, const uint8_t fingerprint[SHA256_SIZE], struct wall_time now);
/* After it was verified, and never before. May push another out. */
void tls_leaves_add(struct tls_leaves *l, const struct tls_leaf *verified);

#endif
