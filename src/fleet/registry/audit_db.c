/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log. The table refuses changes and deletions, so that a bug in a page cannot rewrite it. */
#include "fleet/registry/audit_db.h"

#include <stdio.h>

#include "host/store/query.h"
#include "core/base/banned.h"

const char audit_db_schema[] =
	"CREATE TABLE audit(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,"
	" detail TEXT NOT NULL) STRICT;"
	"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT,'the audit log only grows'); "
	"END;"
	"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT,'the audit log only grows'); "
	"END;";

rc audit_db_add(struct store *st, const struct audit_entry *a, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "audit", "INSERT INTO audit(at,actor,action,detail) VALUES(?,?,?,?)", e);
	if (rc_failed(r))
		return r;
	query_int(&q, a->at.s);
	query_text(&q, a->actor);
	query_text(&q, a->action);
	query_text(&q, a->detail);
	return query_run(&q, e);
}

rc audit_db_note(struct store *st, struct wall_time at, const char *actor, const char *action, const char *detail,
		 struct err *e)
{
	struct audit_entry a = {.at = at};
	(void)snprintf(a.actor, sizeof a.actor, "%.31s", actor);
	(void)snprintf(a.action, sizeof a.action, "%.63s", action);
	(void)snprintf(a.detail, sizeof a.detail, "%.319s", detail);
	return audit_db_add(st, &a, e);
}

rc audit_db_list(struct store *st, size_t max, struct audit_entry **ret, size_t *ret_n, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	size_t n = 0;
	rc r = query_init(&q, st, "read audit log", "SELECT at,actor,action,detail FROM audit ORDER BY id DESC LIMIT ?",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, (int64_t)max);
	MEM_AUTO struct audit_entry *list = mem_array(max, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "read audit log: out of memory");
	while (n < max && rc_ok(r = query_row(&q, &row, e)) && row) {
		list[n].at.s = query_column_int(&q, 0);
		query_column_copy(&q, 1, list[n].actor, sizeof list[n].actor);
		query_column_copy(&q, 2, list[n].action, sizeof list[n].action);
		query_column_copy(&q, 3, list[n].detail, sizeof list[n].detail);
		n++;
	}
	if (rc_failed(r) || rc_failed(r = query_check(&q, e)))
		return r;
	*ret = list;
	*ret_n = n;
	list = NULL;
	return RC_OK;
}
