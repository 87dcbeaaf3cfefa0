/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rollouts and members in the database: start, membership, outcomes. A started rollout draws its order from a hash of
 * rollout and device, so that the same devices are not always the first to take the risk. Decisions: decision_db.c.
 */
#include "fleet/rollout/rollout_db.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/crypto/hash.h"
#include "fleet/rollout/decision_db.h"
#include "host/store/query.h"
#include "core/base/banned.h"

const char rollout_db_schema[] =
	"CREATE TABLE rollouts("
	" id INTEGER PRIMARY KEY, target TEXT NOT NULL, version TEXT NOT NULL, model TEXT NOT NULL, waves TEXT NOT "
	"NULL,"
	" tolerated REAL NOT NULL, false_halt REAL NOT NULL, gate INTEGER NOT NULL, silence_s INTEGER NOT NULL,"
	" join_s INTEGER NOT NULL, in_flight_max INTEGER NOT NULL, state TEXT NOT NULL, wave INTEGER NOT NULL DEFAULT "
	"0,"
	" wave_time INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE UNIQUE INDEX rollouts_one_active ON rollouts(model) WHERE state IN ('running','paused','halted');"
	"CREATE TABLE rollout_members("
	" rollout INTEGER NOT NULL REFERENCES rollouts(id), device TEXT NOT NULL REFERENCES devices(id),"
	" wave INTEGER NOT NULL, outcome TEXT NOT NULL DEFAULT 'waiting', excused INTEGER NOT NULL DEFAULT 0,"
	" offered INTEGER NOT NULL DEFAULT 0, resolved INTEGER NOT NULL DEFAULT 0, boot TEXT NOT NULL DEFAULT '',"
	" detail TEXT NOT NULL DEFAULT '', PRIMARY KEY(rollout,device)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX rollout_members_by_outcome ON rollout_members(rollout,outcome);"
	"CREATE TABLE rollout_decisions("
	" id INTEGER PRIMARY KEY, rollout INTEGER NOT NULL REFERENCES rollouts(id), at INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, state INTEGER NOT NULL, wave INTEGER NOT NULL, reports INTEGER NOT NULL,"
	" confirmed INTEGER NOT NULL, failed INTEGER NOT NULL, needed INTEGER NOT NULL, log_e REAL NOT NULL,"
	" text TEXT NOT NULL, evidence TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX rollout_decisions_by_rollout ON rollout_decisions(rollout);";

struct place {
	uint8_t key[SHA256_SIZE];
	const char *device;
};

static int by_key(const void *a, const void *b)
{
	const struct place *pa = a, *pb = b;
	return memcmp(pa->key, pb->key, sizeof pa->key);
}

static rc draw_order(int64_t id, const struct rollout_start *s, struct place *places, struct err *e)
{
	for (size_t i = 0; i < s->devices_n; i++) {
		char text[ROLLOUT_NAME_SIZE + 32];
		int n = snprintf(text, sizeof text, "%lld %s", (long long)id, s->devices[i]);
		rc r = hash_sha256(bytes_of(text, n > 0 ? (size_t)n : 0), places[i].key, e);
		if (rc_failed(r))
			return r;
		places[i].device = s->devices[i];
	}
	qsort(places, s->devices_n, sizeof *places, by_key);
	return RC_OK;
}

static rc insert_member(struct store *st, int64_t id, const char *device, size_t wave, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "add member",
			  "INSERT OR IGNORE INTO rollout_members(rollout,device,wave) VALUES(?,?,?)", e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	query_text(&q, device);
	query_int(&q, (int64_t)wave);
	return query_run(&q, e);
}

static rc insert_members(struct store *st, int64_t id, const struct rollout_start *s, struct err *e)
{
	MEM_AUTO struct place *places = mem_array(s->devices_n, sizeof *places);
	if (!places)
		return err_set(e, ERR_MEMORY, "start rollout: out of memory");
	rc r = draw_order(id, s, places, e);
	for (size_t i = 0; rc_ok(r) && i < s->devices_n; i++)
		r = insert_member(st, id, places[i].device,
				  rollout_wave_of(&s->rule, (uint32_t)i, (uint32_t)s->devices_n), e);
	return r;
}

void rollout_db_waves_text(const struct rollout_rule *r, char out[ROLLOUT_DB_WAVES_SIZE])
{
	size_t at = 0;
	out[0] = 0;
	for (size_t i = 0; i < r->waves_n; i++) {
		int n = snprintf(out + at, ROLLOUT_DB_WAVES_SIZE - at, "%s%u%s", i ? "," : "", r->waves[i].reach,
				 r->waves[i].percent ? "%" : "");
		at += n > 0 ? (size_t)n : 0;
	}
}

static rc insert_rollout(struct store *st, const struct rollout_start *s, struct wall_time now, int64_t *ret_id,
			 struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	char waves[ROLLOUT_DB_WAVES_SIZE];
	rollout_db_waves_text(&s->rule, waves);
	rc r = query_init(&q, st, "start rollout",
			  "INSERT INTO rollouts(target,version,model,waves,tolerated,false_halt,gate,silence_s,join_s,"
			  "in_flight_max,state,wave_time,started) VALUES(?,?,?,?,?,?,?,?,?,?,'running',?,?)",
			  e);
	if (rc_failed(r))
		return r;
	query_text(&q, s->target);
	query_text(&q, s->version);
	query_text(&q, s->model);
	query_text(&q, waves);
	query_real(&q, s->rule.tolerated);
	query_real(&q, s->rule.false_halt);
	query_int(&q, s->rule.gate_percent);
	query_int(&q, s->rule.silence_s);
	query_int(&q, s->rule.join_s);
	query_int(&q, s->rule.in_flight_max);
	query_int(&q, now.s);
	query_int(&q, now.s);
	r = query_run(&q, e);
	if (rc_ok(r))
		*ret_id = store_last_id(st);
	return r;
}

static rc record_start(struct store *st, int64_t id, const struct rollout_start *s, struct wall_time now, struct err *e)
{
	struct rollout_decision d = {.kind = ROLLOUT_STARTED, .state = ROLLOUT_RUNNING};
	char waves[ROLLOUT_DB_WAVES_SIZE];
	struct rollout_row row = {0};
	rc r = rollout_db_get(st, id, &row, e);
	if (rc_failed(r))
		return r;
	rollout_db_waves_text(&s->rule, waves);
	d.needed = rollout_needed(&s->rule, row.view.waves[0].members);
	(void)snprintf(
		d.text, sizeof d.text,
		"Started by %s: %s for %zu device%s of model %s, in waves %s. Wave 1 opens for %u. A wave passes "
		"when %u %% of it have booted the release and report every health check good.",
		s->actor, s->version, s->devices_n, s->devices_n == 1 ? "" : "s", s->model, waves,
		row.view.waves[0].members, s->rule.gate_percent);
	return decision_db_add(st, id, &d, "", now, e);
}

rc rollout_db_start(struct store *st, const struct rollout_start *s, struct wall_time now, int64_t *ret_id,
		    struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	int64_t id = 0, active = 0;
	rc r = rollout_rule_check(&s->rule, e);
	if (rc_failed(r))
		return r;
	if (s->devices_n == 0)
		return err_set(e, ERR_MISSING, "no device of model %s lacks version %s", s->model, s->version);
	if (rc_failed(r = store_begin(st, &tx, e)) || rc_failed(r = rollout_db_active(st, s->model, &active, e)))
		return r;
	if (active) {
		(void)err_set(e, ERR_EXISTS, "rollout %lld of model %s is not over", (long long)active, s->model);
		return err_hint(e, "finish or abort it first");
	}
	if (rc_failed(r = insert_rollout(st, s, now, &id, e)) || rc_failed(r = insert_members(st, id, s, e)) ||
	    rc_failed(r = record_start(st, id, s, now, e)) || rc_failed(r = store_commit(&tx, e)))
		return r;
	*ret_id = id;
	return RC_OK;
}

/* One row for each wave and outcome. */
static rc read_counts(struct store *st, int64_t id, struct rollout_view *v, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	rc r = query_init(&q, st, "count members",
			  "SELECT wave,outcome,count(*) FROM rollout_members WHERE rollout=? AND excused=0"
			  " GROUP BY wave,outcome",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	while (rc_ok(r = query_row(&q, &row, e)) && row) {
		size_t w = (size_t)query_column_int(&q, 0);
		uint32_t n = (uint32_t)query_column_int(&q, 2);
		enum rollout_outcome o;
		if (w >= v->rule.waves_n || !rollout_outcome_parse(query_column_text(&q, 1), &o))
			return err_set(e, ERR_INTERNAL, "rollout %lld: unknown wave or outcome", (long long)id);
		v->waves[w].members += n;
		v->waves[w].waiting += o == ROLLOUT_WAITING ? n : 0;
		v->waves[w].in_flight += o == ROLLOUT_OFFERED ? n : 0;
		v->waves[w].confirmed += o == ROLLOUT_CONFIRMED ? n : 0;
		v->waves[w].failed += rollout_outcome_failed(o) ? n : 0;
	}
	return r;
}

static rc read_failures(struct store *st, int64_t id, struct rollout_view *v, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	rc r = query_init(
		&q, st, "latest failures",
		"SELECT device,outcome,detail FROM rollout_members WHERE rollout=? AND excused=0 AND outcome IN"
		" ('reverted','unhealthy','silent') ORDER BY resolved DESC,device LIMIT ?",
		e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	query_int(&q, ROLLOUT_FAILURES_SHOWN);
	while (v->failures_n < ROLLOUT_FAILURES_SHOWN && rc_ok(r = query_row(&q, &row, e)) && row) {
		struct rollout_failure *f = &v->failures[v->failures_n++];
		query_column_copy(&q, 0, f->device, sizeof f->device);
		(void)rollout_outcome_parse(query_column_text(&q, 1), &f->outcome);
		query_column_copy(&q, 2, f->detail, sizeof f->detail);
	}
	return rc_ok(r) ? query_check(&q, e) : r;
}

static rc read_row(struct query *q, struct rollout_row *row, struct err *e)
{
	struct rollout_view *v = &row->view;
	*row = (struct rollout_row){0};
	row->id = query_column_int(q, 0);
	query_column_copy(q, 1, row->target, sizeof row->target);
	query_column_copy(q, 2, v->version, sizeof v->version);
	query_column_copy(q, 3, row->model, sizeof row->model);
	rollout_rule_init(&v->rule);
	rc r = rollout_waves_parse(query_column_text(q, 4), &v->rule, e);
	if (rc_failed(r))
		return err_wrap(e, "stored rollout");
	v->rule.tolerated = query_column_real(q, 5);
	v->rule.false_halt = query_column_real(q, 6);
	v->rule.gate_percent = (uint32_t)query_column_int(q, 7);
	v->rule.silence_s = (uint32_t)query_column_int(q, 8);
	v->rule.join_s = (uint32_t)query_column_int(q, 9);
	v->rule.in_flight_max = (uint32_t)query_column_int(q, 10);
	if (!rollout_state_parse(query_column_text(q, 11), &v->state))
		return err_set(e, ERR_INTERNAL, "stored rollout: unknown state");
	v->wave = (size_t)query_column_int(q, 12);
	v->wave_time.s = query_column_int(q, 13);
	row->started.s = query_column_int(q, 14);
	row->ended.s = query_column_int(q, 15);
	return query_check(q, e);
}

rc rollout_db_get(struct store *st, int64_t id, struct rollout_row *ret, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	struct rollout_row row;
	bool found = false;
	rc r = query_init(
		&q, st, "get rollout",
		"SELECT id,target,version,model,waves,tolerated,false_halt,gate,silence_s,join_s,in_flight_max,"
		"state,wave,wave_time,started,ended FROM rollouts WHERE id=?",
		e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	if (rc_failed(r = query_row(&q, &found, e)))
		return r;
	if (!found)
		return err_set(e, ERR_MISSING, "there is no rollout %lld", (long long)id);
	if (rc_failed(r = read_row(&q, &row, e)) || rc_failed(r = read_counts(st, id, &row.view, e)) ||
	    rc_failed(r = read_failures(st, id, &row.view, e)))
		return r;
	*ret = row;
	return RC_OK;
}

rc rollout_db_active(struct store *st, const char *model, int64_t *ret_id, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool found = false;
	rc r = query_init(&q, st, "active rollout",
			  "SELECT id FROM rollouts WHERE model=? AND state IN ('running','paused','halted')", e);
	if (rc_failed(r))
		return r;
	query_text(&q, model);
	if (rc_failed(r = query_row(&q, &found, e)))
		return r;
	*ret_id = found ? query_column_int(&q, 0) : 0;
	return RC_OK;
}

rc rollout_db_list(struct store *st, int64_t *ret_ids, size_t max, size_t *ret_n, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	size_t n = 0;
	rc r = query_init(&q, st, "list rollouts", "SELECT id FROM rollouts ORDER BY id DESC LIMIT ?", e);
	if (rc_failed(r))
		return r;
	query_int(&q, (int64_t)max);
	while (n < max && rc_ok(r = query_row(&q, &row, e)) && row)
		ret_ids[n++] = query_column_int(&q, 0);
	if (rc_ok(r))
		*ret_n = n;
	return r;
}

rc rollout_db_join(struct store *st, int64_t id, const char *device, struct err *e)
{
	struct rollout_row row = {0};
	rc r = rollout_db_get(st, id, &row, e);
	return rc_ok(r) ? insert_member(st, id, device, row.view.rule.waves_n - 1, e) : r;
}

#define MEMBER_COLUMNS "device,wave,outcome,excused,offered,resolved,boot,detail"

static void read_member(struct query *q, struct rollout_member *m)
{
	*m = (struct rollout_member){0};
	query_column_copy(q, 0, m->device, sizeof m->device);
	m->wave = (size_t)query_column_int(q, 1);
	(void)rollout_outcome_parse(query_column_text(q, 2), &m->outcome);
	m->excused = query_column_int(q, 3) != 0;
	m->offered.s = query_column_int(q, 4);
	m->resolved.s = query_column_int(q, 5);
	query_column_copy(q, 6, m->boot, sizeof m->boot);
	query_column_copy(q, 7, m->detail, sizeof m->detail);
}

rc rollout_db_member(struct store *st, int64_t id, const char *device, struct rollout_member *ret, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	struct rollout_member m;
	bool found = false;
	rc r = query_init(&q, st, "get member",
			  "SELECT " MEMBER_COLUMNS " FROM rollout_members WHERE rollout=? AND device=?", e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	query_text(&q, device);
	if (rc_failed(r = query_row(&q, &found, e)))
		return r;
	if (!found)
		return err_set(e, ERR_MISSING, "%s is not part of rollout %lld", device, (long long)id);
	read_member(&q, &m);
	r = query_check(&q, e);
	if (rc_ok(r))
		*ret = m;
	return r;
}

rc rollout_db_members(struct store *st, int64_t id, size_t max, struct rollout_member **ret, size_t *ret_n,
		      struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	size_t n = 0;
	rc r = query_init(&q, st, "list members",
			  "SELECT " MEMBER_COLUMNS " FROM rollout_members WHERE rollout=? ORDER BY"
			  " outcome IN ('reverted','unhealthy','silent') DESC,wave,device LIMIT ?",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	query_int(&q, (int64_t)max);
	MEM_AUTO struct rollout_member *list = mem_array(max, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "list members: out of memory");
	while (n < max && rc_ok(r = query_row(&q, &row, e)) && row)
		read_member(&q, &list[n++]);
	if (rc_failed(r) || rc_failed(r = query_check(&q, e)))
		return r;
	*ret = list;
	*ret_n = n;
	list = NULL;
	return RC_OK;
}

rc rollout_db_offered(struct store *st, int64_t id, const char *device, struct wall_time now, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	/* The clock of silence starts with the first offer and is not wound up again by asking again. */
	rc r = query_init(&q, st, "offer release",
			  "UPDATE rollout_members SET outcome='offered',offered=? WHERE rollout=? AND device=?"
			  " AND outcome='waiting'",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, now.s);
	query_int(&q, id);
	query_text(&q, device);
	return query_run(&q, e);
}

rc rollout_db_outcome(struct store *st, int64_t id, const struct rollout_member *m, struct wall_time now, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "record outcome",
			  "UPDATE rollout_members SET outcome=?1,resolved=?2,boot=?3,detail=?4,"
			  "excused=CASE ?1 WHEN 'confirmed' THEN 0 ELSE excused END WHERE rollout=?5 AND device=?6",
			  e);
	if (rc_failed(r))
		return r;
	query_text(&q, rollout_outcome_name(m->outcome));
	query_int(&q, now.s);
	query_text(&q, m->boot);
	query_text(&q, m->detail);
	query_int(&q, id);
	query_text(&q, m->device);
	return query_run(&q, e);
}
