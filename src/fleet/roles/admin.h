/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator does from the command line: make DATA, bring in the factory's devices, order, look. */
#ifndef HALLMARK_FLEET_ROLES_ADMIN_H
#define HALLMARK_FLEET_ROLES_ADMIN_H

#include "core/base/units.h"
#include "fleet/rollout/rollout_db.h"

#define ADMIN_PASSWORD_CHARS 16 /* Crockford base32: 80 bits */
#define ADMIN_PASSWORD_SIZE (ADMIN_PASSWORD_CHARS + 1)

struct admin_init {
	const char *dir, *company, *contact, *url;
	const char *password; /* NULL: one is made and returned */
};

/* Makes DATA. ERR_EXISTS if it is there. */
rc admin_init(const struct admin_init *i, struct wall_time now, char ret_password[ADMIN_PASSWORD_SIZE], struct err *e)
	MUST_CHECK;

struct admin_imported {
	size_t added, known;
};

/* All lines of records.jsonl or none: every record must be signed by the factory. */
rc admin_import(struct store *st, const char *records_path, const char *factory_pub_path, struct wall_time now,
		struct admin_imported *ret, struct err *e) MUST_CHECK;

struct admin_rollout {
	const char *target, *version;
	const char *model; /* NULL: the part of TARGET before "-os-" */
	const struct rollout_rule *rule;
};

rc admin_rollout_start(struct store *st, const struct admin_rollout *a, struct wall_time now, int64_t *ret_id,
		       struct err *e) MUST_CHECK;
/* id 0: the only one that is not over. */
rc admin_rollout_person(struct store *st, const struct rollout_order *o, struct wall_time now, struct err *e)
	MUST_CHECK;

rc admin_order_erase(struct store *st, const char *device, struct wall_time now, struct err *e) MUST_CHECK;

#endif
