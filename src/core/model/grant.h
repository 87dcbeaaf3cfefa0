/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The downgrade grant (docs/wire.md section 9): the maker's service lets one device go back to one older release, once.
 * Signed with a key of the root's grant role (docs/adr/0006-downgrade-grant.md). EN303645 5.3-9, 5.3-10.
 */
#ifndef HALLMARK_CORE_MODEL_GRANT_H
#define HALLMARK_CORE_MODEL_GRANT_H

#include "core/base/names.h"
#include "core/base/units.h"
#include "core/model/envelope.h"
#include "core/model/release.h"

#define GRANT_TYPE ENVELOPE_TYPE("downgrade-grant")
#define GRANT_MAX 2048
#define GRANT_SERIAL_SIZE 16
#define GRANT_DAYS_MAX 31 /* made to expires: a grant is for a visit, not for a life */

struct grant {
	char device[NAME_MAX_CHARS + 1];
	char model[NAME_MAX_CHARS + 1];
	int64_t from_counter;	      /* the highest that this device has confirmed, exactly */
	char version[SEMVER_MAX + 1]; /* and the release that it may take */
	int64_t counter;	      /* lower than from_counter */
	uint8_t serial[GRANT_SERIAL_SIZE];
	struct wall_time made, expires;
};

/* Appends the payload; refuses what the decoder would refuse. */
rc grant_encode(const struct grant *g, struct buf *out, struct err *e) MUST_CHECK;
rc grant_decode(struct bytes payload, struct grant *ret, struct err *e) MUST_CHECK;

rc grant_sign(const struct grant *g, const struct signer *s, struct buf *out, struct err *e) MUST_CHECK;
/* `keys`: those of the grant role of the root that the device trusts (tuf_grant_keys). None: nothing is ever granted.
 */
rc grant_open(struct bytes envelope, const struct pubkey *keys, size_t keys_n, struct grant *ret, struct err *e)
	MUST_CHECK;

struct grant_case {
	const char *device, *model;
	int64_t counter;		    /* highest that was confirmed healthy here */
	const struct release_info *offered; /* from verified targets */
	const uint8_t (*used)[GRANT_SERIAL_SIZE];
	size_t used_n;
	struct wall_time now; /* the device's time floor or later */
};

/*
 * Does this genuine grant let this device install what is offered, although its counter is lower? On true *ret_reason
 * is "none"; else a stable code of docs/wire.md section 2: grant-device, grant-model, grant-release, grant-counter,
 * grant-used, grant-expired. Everything else that must hold for an install must hold still: blocked versions, hashes.
 */
bool grant_allows(const struct grant *g, const struct grant_case *c, const char **ret_reason) MUST_CHECK;

#endif
