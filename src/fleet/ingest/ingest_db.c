/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table for everything signed: kind, device, a replay key, a summary for people and the envelope as it came. The
 * replay key is what makes a noun unique (boot id, sequence number, time), so that the same bytes count once.
 */
#include "fleet/ingest/ingest_db.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "host/store/query.h"
#include "core/base/banned.h"

const char ingest_db_schema[] =
	"CREATE TABLE signed_nouns("
	" id INTEGER PRIMARY KEY, kind TEXT NOT NULL, device TEXT NOT NULL REFERENCES devices(id), at INTEGER NOT NULL,"
	" time INTEGER NOT NULL, replay_key TEXT NOT NULL, fresh INTEGER NOT NULL, bad INTEGER NOT NULL,"
	" version TEXT NOT NULL, summary TEXT NOT NULL, raw BLOB NOT NULL, UNIQUE(kind,device,replay_key)"
	") STRICT;"
	"CREATE INDEX signed_nouns_by_device ON signed_nouns(device,kind,id);";

static const char *const kind_names[INGEST_KIND_COUNT] = {"statement", "alert", "evidence", "receipt"};

struct columns {
	char replay_key[80];
	char summary[INGEST_DB_SUMMARY_SIZE];
	const char *version;
	struct wall_time time;
	bool bad;
};

static void put_boot(const struct statement_boot *b, struct columns *c)
{
	size_t failed = 0;
	const char *first = "";
	for (size_t i = 0; i < b->health_n; i++)
		if (!b->health[i].ok) {
			first = failed == 0 ? b->health[i].id : first;
			failed++;
		}
	hex_encode(bytes_of(b->boot, sizeof b->boot), c->replay_key);
	c->version = b->version;
	c->time = b->time;
	c->bad = failed > 0 || b->outcome == STATEMENT_REVERTED;
	if (b->outcome == STATEMENT_REVERTED)
		(void)snprintf(c->summary, sizeof c->summary, "Went back to %s after %s failed to come up healthy",
			       b->version, b->failed_version);
	else
		(void)snprintf(c->summary, sizeof c->summary,
			       "Booted %s from slot %c, %zu of %zu health checks good%s%s", b->version, b->slot,
			       b->health_n - failed, b->health_n, failed ? ", failing: " : "", first);
}

static void put_alert(const struct statement_alert *a, struct columns *c)
{
	(void)snprintf(c->replay_key, sizeof c->replay_key, "%lld/%llu", (long long)a->time.s,
		       (unsigned long long)a->seq);
	c->time = a->time;
	c->bad = strcmp(a->mode, "recovered") != 0;
	(void)snprintf(c->summary, sizeof c->summary, "%s: %.200s%s%.100s", a->mode, a->cause, a->paths_n ? ": " : "",
		       a->paths_n ? a->paths[0] : "");
}

static void put_evidence(const struct statement_evidence *v, struct columns *c)
{
	(void)snprintf(c->replay_key, sizeof c->replay_key, "%lld/%.48s", (long long)v->time.s, v->nonce);
	c->version = v->version;
	c->time = v->time;
	c->bad = strcmp(v->mode, "isolated") == 0;
	(void)snprintf(c->summary, sizeof c->summary, "%zu facts about version %s, mode %s", v->facts_n, v->version,
		       v->mode);
}

static void put_receipt(const struct statement_receipt *r, struct columns *c)
{
	(void)snprintf(c->replay_key, sizeof c->replay_key, "%lld", (long long)r->time.s);
	c->time = r->time;
	c->bad = !r->key_destroyed;
	(void)snprintf(c->summary, sizeof c->summary,
		       "Personal data erased at the %s's request: key %s, %llu files, %zu things could not be erased",
		       r->by_service ? "service" : "owner", r->key_destroyed ? "destroyed" : "NOT destroyed",
		       (unsigned long long)r->files, r->not_erased_n);
}

static void fill(const struct ingest_noun *n, struct columns *c)
{
	*c = (struct columns){.version = ""};
	switch (n->kind) {
	case INGEST_STATEMENT:
		put_boot(&n->boot, c);
		break;
	case INGEST_ALERT:
		put_alert(&n->alert, c);
		break;
	case INGEST_EVIDENCE:
		put_evidence(&n->evidence, c);
		break;
	case INGEST_RECEIPT:
		put_receipt(&n->receipt, c);
		break;
	case INGEST_KIND_COUNT:
		break;
	}
}

static rc prune(struct store *st, const char *device, const char *kind, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "drop the oldest",
			  "DELETE FROM signed_nouns WHERE device=?1 AND kind=?2 AND id<=(SELECT id FROM signed_nouns"
			  " WHERE device=?1 AND kind=?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
			  e);
	if (rc_failed(r))
		return r;
	query_text(&q, device);
	query_text(&q, kind);
	query_int(&q, INGEST_DB_KEEP);
	return query_run(&q, e);
}

rc ingest_db_store(struct store *st, const struct ingest_arrival *a, bool *ret_new, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	const char *kind = kind_names[a->noun->kind];
	struct columns c;
	fill(a->noun, &c);
	rc r = query_init(
		&q, st, "store what a device stated",
		"INSERT OR IGNORE INTO signed_nouns(kind,device,at,time,replay_key,fresh,bad,version,summary,raw)"
		" VALUES(?,?,?,?,?,?,?,?,?,?)",
		e);
	if (rc_failed(r))
		return r;
	query_text(&q, kind);
	query_text(&q, a->device);
	query_int(&q, a->now.s);
	query_int(&q, c.time.s);
	query_text(&q, c.replay_key);
	query_int(&q, a->fresh);
	query_int(&q, c.bad);
	query_text(&q, c.version);
	query_text(&q, c.summary);
	query_blob(&q, a->envelope);
	if (rc_failed(r = query_run(&q, e)))
		return r;
	bool is_new = store_changes(st) > 0;
	if (is_new && rc_failed(r = prune(st, a->device, kind, e)))
		return r;
	*ret_new = is_new;
	return RC_OK;
}

rc ingest_db_recent(struct store *st, const char *device, size_t max, struct ingest_line **ret, size_t *ret_n,
		    struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	size_t n = 0;
	rc r = query_init(&q, st, "recent statements",
			  "SELECT kind,at,time,fresh,bad,summary,device FROM signed_nouns WHERE ?1 IS NULL OR device=?1"
			  " ORDER BY id DESC LIMIT ?2",
			  e);
	if (rc_failed(r))
		return r;
	query_text(&q, device);
	query_int(&q, (int64_t)max);
	MEM_AUTO struct ingest_line *list = mem_array(max, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "recent statements: out of memory");
	while (n < max && rc_ok(r = query_row(&q, &row, e)) && row) {
		struct ingest_line *l = &list[n++];
		query_column_copy(&q, 0, l->kind, sizeof l->kind);
		l->at.s = query_column_int(&q, 1);
		l->time.s = query_column_int(&q, 2);
		l->fresh = query_column_int(&q, 3) != 0;
		l->bad = query_column_int(&q, 4) != 0;
		query_column_copy(&q, 5, l->summary, sizeof l->summary);
		query_column_copy(&q, 6, l->device, sizeof l->device);
	}
	if (rc_failed(r) || rc_failed(r = query_check(&q, e)))
		return r;
	*ret = list;
	*ret_n = n;
	list = NULL;
	return RC_OK;
}

rc ingest_db_latest(struct store *st, const char *device, enum ingest_kind kind, struct buf *out, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	rc r = query_init(&q, st, "latest envelope",
			  "SELECT raw FROM signed_nouns WHERE device=? AND kind=? ORDER BY id DESC LIMIT 1", e);
	if (rc_failed(r))
		return r;
	query_text(&q, device);
	query_text(&q, kind_names[kind]);
	if (rc_failed(r = query_row(&q, &row, e)))
		return r;
	if (!row)
		return err_set(e, ERR_MISSING, "device %s has sent no %s", device, kind_names[kind]);
	buf_put(out, query_column_blob(&q, 0));
	return buf_check(out, "envelope", e);
}
