/* SPDX-License-Identifier: Apache-2.0 */
/* state/grants-used.json: the downgrade grants that were used here, so that none is used twice. Pure. EN303645 5.3-9.
 */
#ifndef HALLMARK_AGENT_UPDATE_UPDATE_GRANTS_H
#define HALLMARK_AGENT_UPDATE_UPDATE_GRANTS_H

#include "core/model/grant.h"

#define UPDATE_GRANTS_MAX 64 /* within the 31 days that a grant lives at most; then no more until the first is over */
#define UPDATE_GRANTS_BYTES 32768

struct update_grants {
	size_t n;
	uint8_t serial[UPDATE_GRANTS_MAX][GRANT_SERIAL_SIZE];
	struct update_grants_use {
		int64_t from_counter, counter;
		char version[SEMVER_MAX + 1];
		struct wall_time expires;
	} use[UPDATE_GRANTS_MAX];
};

/* Refuses a serial that stands there twice, and what leads to no lower counter. */
rc update_grants_decode(struct bytes text, struct update_grants *ret, struct err *e) MUST_CHECK;
rc update_grants_encode(const struct update_grants *u, struct buf *out, struct err *e) MUST_CHECK;

/* Those that expired before the time floor are refused for that from now on, and need not be known any more. */
void update_grants_prune(struct update_grants *u, struct wall_time floor);
/* ERR_EXISTS: used already. ERR_LIMIT: there is no room. */
rc update_grants_add(struct update_grants *u, const struct grant *g, struct err *e) MUST_CHECK;
/* Was one used from this counter to exactly this release? */
bool update_grants_led(const struct update_grants *u, int64_t from_counter, const char *version, int64_t counter);

#endif
