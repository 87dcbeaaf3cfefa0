/* SPDX-License-Identifier: Apache-2.0 */
/* Adding a decision to a rollout's record and carrying it out: inside of fleet/rollout only. */
#ifndef HALLMARK_FLEET_ROLLOUT_DECISION_DB_H
#define HALLMARK_FLEET_ROLLOUT_DECISION_DB_H

#include "fleet/rollout/rollout.h"
#include "host/store/store.h"

rc decision_db_add(struct store *st, int64_t rollout, const struct rollout_decision *d, const char *evidence,
		   struct wall_time now, struct err *e) MUST_CHECK;

#endif
