/* SPDX-License-Identifier: Apache-2.0 */
/* The devices table. Answers for one thing above all: a certificate is this device or it is nobody. */
#include "fleet/registry/registry_db.h"

#include "host/store/query.h"
#include "core/base/banned.h"

const char registry_db_schema[] =
	"CREATE TABLE devices("
	" id TEXT PRIMARY KEY, model TEXT NOT NULL, maker TEXT NOT NULL, fingerprint TEXT NOT NULL UNIQUE,"
	" key_grade TEXT NOT NULL, statement_key TEXT NOT NULL, made INTEGER NOT NULL, record BLOB NOT NULL,"
	" last_seen INTEGER NOT NULL DEFAULT 0, version TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT '',"
	" mode TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', failed_version TEXT NOT NULL DEFAULT '',"
	" slot TEXT NOT NULL DEFAULT '', counter INTEGER NOT NULL DEFAULT 0, nonce TEXT NOT NULL DEFAULT '',"
	" nonce_before TEXT NOT NULL DEFAULT '', erase_ordered INTEGER NOT NULL DEFAULT 0,"
	" cause TEXT NOT NULL DEFAULT '', alerted INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE INDEX devices_by_model ON devices(model);"
	"CREATE INDEX devices_by_mode ON devices(mode);";

#define COLUMNS                                                                                                        \
	"id,model,maker,fingerprint,key_grade,statement_key,made,last_seen,version,state,mode,reason,failed_version,"  \
	"slot,counter,nonce,nonce_before,erase_ordered,cause,alerted"

static void read_device(struct query *q, struct registry_device *d)
{
	*d = (struct registry_device){0};
	query_column_copy(q, 0, d->id, sizeof d->id);
	query_column_copy(q, 1, d->model, sizeof d->model);
	query_column_copy(q, 2, d->maker, sizeof d->maker);
	query_column_copy(q, 3, d->fingerprint, sizeof d->fingerprint);
	query_column_copy(q, 4, d->key_grade, sizeof d->key_grade);
	query_column_copy(q, 5, d->statement_key, sizeof d->statement_key);
	d->made.s = query_column_int(q, 6);
	d->last_seen.s = query_column_int(q, 7);
	query_column_copy(q, 8, d->version, sizeof d->version);
	query_column_copy(q, 9, d->state, sizeof d->state);
	query_column_copy(q, 10, d->mode, sizeof d->mode);
	query_column_copy(q, 11, d->reason, sizeof d->reason);
	query_column_copy(q, 12, d->failed_version, sizeof d->failed_version);
	d->slot = query_column_text(q, 13)[0];
	d->counter = query_column_int(q, 14);
	query_column_copy(q, 15, d->nonce, sizeof d->nonce);
	query_column_copy(q, 16, d->nonce_before, sizeof d->nonce_before);
	d->erase_ordered = query_column_int(q, 17) != 0;
	query_column_copy(q, 18, d->cause, sizeof d->cause);
	d->alerted.s = query_column_int(q, 19);
}

static rc one_device(struct query *q, struct registry_device *ret, bool *ret_found, struct err *e)
{
	struct registry_device d;
	rc r = query_row(q, ret_found, e);
	if (rc_failed(r) || !*ret_found)
		return r;
	read_device(q, &d);
	r = query_check(q, e);
	if (rc_ok(r))
		*ret = d;
	return r;
}

rc registry_db_get(struct store *st, const char *id, struct registry_device *ret, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool found = false;
	rc r = query_init(&q, st, "get device", "SELECT " COLUMNS " FROM devices WHERE id=?", e);
	if (rc_failed(r))
		return r;
	query_text(&q, id);
	if (rc_failed(r = one_device(&q, ret, &found, e)))
		return r;
	return found ? RC_OK : err_set(e, ERR_MISSING, "there is no device \"%.64s\"", id);
}

rc registry_db_find(struct store *st, const char *fingerprint, const char *common_name, struct registry_device *ret,
		    struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool found = false;
	struct registry_device d;
	rc r = query_init(&q, st, "find device", "SELECT " COLUMNS " FROM devices WHERE fingerprint=?", e);
	if (rc_failed(r))
		return r;
	query_text(&q, fingerprint);
	if (rc_failed(r = one_device(&q, &d, &found, e)))
		return r;
	if (!found)
		return err_set(e, ERR_DENIED, "no device with this certificate was imported");
	if (strcmp(d.id, common_name) != 0)
		return err_set(e, ERR_DENIED, "the certificate belongs to another device than it names");
	*ret = d;
	return RC_OK;
}

static rc insert(struct store *st, const struct record *rec, struct bytes envelope, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "add device",
			  "INSERT INTO devices(id,model,maker,fingerprint,key_grade,statement_key,made,record)"
			  " VALUES(?,?,?,?,?,?,?,?)",
			  e);
	if (rc_failed(r))
		return r;
	query_text(&q, rec->device);
	query_text(&q, rec->model);
	query_text(&q, rec->maker);
	query_text(&q, rec->cert_fingerprint);
	query_text(&q, rec->key_grade);
	query_text(&q, rec->statement_key);
	query_int(&q, rec->made.s);
	query_blob(&q, envelope);
	return query_run(&q, e);
}

rc registry_db_import(struct store *st, const struct record *rec, struct bytes envelope, bool *ret_new, struct err *e)
{
	struct registry_device known;
	struct err ignored = {0};
	rc r = registry_db_get(st, rec->device, &known, &ignored);
	if (r.code == ERR_MISSING) {
		r = insert(st, rec, envelope, e);
		if (rc_ok(r))
			*ret_new = true;
		return rc_ok(r) ? r : err_wrap(e, "device %s", rec->device);
	}
	if (rc_failed(r))
		return err_set(e, r.code, "%s", ignored.text);
	if (strcmp(known.fingerprint, rec->cert_fingerprint) != 0 ||
	    strcmp(known.statement_key, rec->statement_key) != 0)
		return err_set(e, ERR_EXISTS, "device %s is known with other keys", rec->device);
	*ret_new = false;
	return RC_OK;
}

/* The mode is indexed: written with the rest, it would cost a second page in every check-in, and it rarely changes. */
static rc set_mode(struct store *st, const char *id, const char *mode, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "set mode", "UPDATE devices SET mode=?1 WHERE id=?2 AND mode<>?1", e);
	if (rc_failed(r))
		return r;
	query_text(&q, mode);
	query_text(&q, id);
	return query_run(&q, e);
}

rc registry_db_checkin(struct store *st, const char *id, const struct checkin_request *c, const char *nonce,
		       struct wall_time now, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	const char slot[2] = {c->slot, 0};
	rc r = query_init(&q, st, "check in",
			  "UPDATE devices SET last_seen=?,version=?,counter=?,slot=?,state=?,reason=?,"
			  "failed_version=?,nonce_before=nonce,nonce=? WHERE id=?",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, now.s);
	query_text(&q, c->version);
	query_int(&q, (int64_t)c->counter);
	query_text(&q, slot);
	query_text(&q, c->state);
	query_text(&q, c->reason);
	query_text(&q, c->failed_version);
	query_text(&q, nonce);
	query_text(&q, id);
	if (rc_failed(r = query_run(&q, e)))
		return r;
	return set_mode(st, id, c->mode, e);
}

rc registry_db_version(struct store *st, const char *id, const char *version, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "set version", "UPDATE devices SET version=? WHERE id=?", e);
	if (rc_failed(r))
		return r;
	query_text(&q, version);
	query_text(&q, id);
	return query_run(&q, e);
}

rc registry_db_alert(struct store *st, const char *id, const char *mode, const char *cause, struct wall_time time,
		     struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "note alert", "UPDATE devices SET mode=?,cause=?,alerted=? WHERE id=?", e);
	if (rc_failed(r))
		return r;
	query_text(&q, mode);
	query_text(&q, cause);
	query_int(&q, time.s);
	query_text(&q, id);
	return query_run(&q, e);
}

rc registry_db_erase(struct store *st, const char *id, bool ordered, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "order erasure", "UPDATE devices SET erase_ordered=? WHERE id=?", e);
	if (rc_failed(r))
		return r;
	query_int(&q, ordered);
	query_text(&q, id);
	if (rc_failed(r = query_run(&q, e)))
		return r;
	return store_changes(st) ? RC_OK : err_set(e, ERR_MISSING, "there is no device \"%.64s\"", id);
}

rc registry_db_list(struct store *st, const char *model, size_t max, struct registry_device **ret, size_t *ret_n,
		    struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "list devices",
			  "SELECT " COLUMNS " FROM devices WHERE ?1 IS NULL OR model=?1"
			  " ORDER BY mode='isolated' DESC, mode='suspect' DESC, id LIMIT ?2",
			  e);
	if (rc_failed(r))
		return r;
	query_text(&q, model);
	query_int(&q, (int64_t)max);
	MEM_AUTO struct registry_device *list = mem_array(max, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "list devices: out of memory");
	size_t n = 0;
	for (bool found = true; n < max; n++) {
		if (rc_failed(r = one_device(&q, &list[n], &found, e)))
			return r;
		if (!found)
			break;
	}
	*ret = list;
	*ret_n = n;
	list = NULL;
	return RC_OK;
}

rc registry_db_counts(struct store *st, struct registry_db_counts *ret, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	rc r = query_init(&q, st, "count devices",
			  "SELECT count(*),sum(last_seen>0),sum(mode='isolated'),sum(erase_ordered) FROM devices", e);
	if (rc_failed(r) || rc_failed(r = query_row(&q, &row, e)))
		return r;
	*ret = (struct registry_db_counts){query_column_int(&q, 0), query_column_int(&q, 1), query_column_int(&q, 2),
					   query_column_int(&q, 3)};
	return RC_OK;
}

rc registry_db_each_other(struct store *st, const char *model, const char *version, registry_db_id_fn *fn, void *ctx,
			  struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	rc r = query_init(&q, st, "devices of a model",
			  "SELECT id FROM devices WHERE model=? AND version<>? ORDER BY id", e);
	if (rc_failed(r))
		return r;
	query_text(&q, model);
	query_text(&q, version);
	for (;;) {
		if (rc_failed(r = query_row(&q, &row, e)) || !row)
			return r;
		if (rc_failed(r = fn(ctx, query_column_text(&q, 0), e)))
			return r;
	}
}
