/* SPDX-License-Identifier: Apache-2.0 */
/* Who did what, when: only ever added to. */
#ifndef HALLMARK_FLEET_REGISTRY_AUDIT_DB_H
#define HALLMARK_FLEET_REGISTRY_AUDIT_DB_H

#include "core/base/units.h"
#include "host/store/store.h"

extern const char audit_db_schema[];

struct audit_entry {
	struct wall_time at;
	char actor[32]; /* "operator", "command line", "public" */
	char action[64];
	char detail[320];
};

/* Longer texts are cut. */
rc audit_db_add(struct store *st, const struct audit_entry *a, struct err *e) MUST_CHECK;
/* The same with texts put together; errors are the caller's to report. */
rc audit_db_note(struct store *st, struct wall_time at, const char *actor, const char *action, const char *detail,
		 struct err *e) MUST_CHECK;
/* Newest first; free with mem_free. */
rc audit_db_list(struct store *st, size_t max, struct audit_entry **ret, size_t *ret_n, struct err *e) MUST_CHECK;

#endif
