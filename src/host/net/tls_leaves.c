/* SPDX-License-Identifier: Apache-2.0 */
/* One place for each hash value: the newest verified stays, who was pushed out is verified again, and that is all. */
#include "host/net/tls_leaves.h"

#include "core/base/banned.h"

static size_t place_of(const uint8_t fingerprint[SHA256_SIZE])
{
	return ((size_t)fingerprint[0] << 8 | fingerprint[1]) % TLS_LEAVES_MAX;
}

bool tls_leaves_known(const struct tls_leaves *l, const uint8_t fingerprint[SHA256_SIZE], struct wall_time now)
{
	const struct tls_leaf *at = &l->leaf[place_of(fingerprint)];
	return at->until.s != 0 && memcmp(at->fingerprint, fingerprint, SHA256_SIZE) == 0 && now.s >= at->from.s &&
	       now.s < at->until.s;
}

void tls_leaves_add(struct tls_leaves *l, const struct tls_leaf *verified)
{
	l->leaf[place_of(verified->fingerprint)] = *verified;
}
