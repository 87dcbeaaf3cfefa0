/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrying out decisions: the record and the new state are one transaction, so that no wave ever opens without the
 * line that says why. Also the effects of time (silence) and of persons.
 */
#include "fleet/rollout/decision_db.h"

#include "core/base/buf.h"
#include "fleet/rollout/rollout_db.h"
#include "host/store/query.h"
#include "core/base/banned.h"

#define STEPS_MAX (2 * ROLLOUT_WAVES_MAX) /* no chain of decisions is longer */
#define EVIDENCE_LINES 12

rc decision_db_add(struct store *st, int64_t rollout, const struct rollout_decision *d, const char *evidence,
		   struct wall_time now, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "record decision",
			  "INSERT INTO rollout_decisions(rollout,at,kind,state,wave,reports,confirmed,failed,needed,"
			  "log_e,text,evidence) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, rollout);
	query_int(&q, now.s);
	query_int(&q, d->kind);
	query_int(&q, d->state);
	query_int(&q, (int64_t)d->wave);
	query_int(&q, d->reports);
	query_int(&q, d->confirmed);
	query_int(&q, d->failed);
	query_int(&q, d->needed);
	query_real(&q, d->log_e);
	query_text(&q, d->text);
	query_text(&q, evidence);
	return query_run(&q, e);
}

/* The latest statements behind the counts, newest first. */
static rc gather_evidence(struct store *st, int64_t id, struct buf *out, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	rc r = query_init(
		&q, st, "gather evidence",
		"SELECT device,outcome,boot FROM rollout_members WHERE rollout=? AND excused=0 AND outcome NOT"
		" IN ('waiting','offered') ORDER BY resolved DESC,device LIMIT ?",
		e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	query_int(&q, EVIDENCE_LINES);
	while (rc_ok(r = query_row(&q, &row, e)) && row) {
		const char *boot = query_column_text(&q, 2);
		size_t before = out->len;
		buf_putf(out, "%s %s%s%s\n", query_column_text(&q, 0), query_column_text(&q, 1),
			 boot[0] ? ", boot " : ", no statement", boot);
		if (out->broken != ERR_NONE) { /* full: what fits is enough, the members' table has the rest */
			out->broken = ERR_NONE;
			out->len = before;
			break;
		}
	}
	return r;
}

static rc carry_out(struct store *st, int64_t id, const struct rollout_decision *d, struct wall_time now, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool over = d->state == ROLLOUT_COMPLETE || d->state == ROLLOUT_ABORTED;
	rc r = query_init(
		&q, st, "carry out decision",
		"UPDATE rollouts SET state=?1,wave_time=CASE WHEN wave<>?2 THEN ?3 ELSE wave_time END,wave=?2,"
		"ended=CASE WHEN ?4 THEN ?3 ELSE ended END WHERE id=?5",
		e);
	if (rc_failed(r))
		return r;
	query_text(&q, rollout_state_name(d->state));
	query_int(&q, (int64_t)d->wave);
	query_int(&q, now.s);
	query_int(&q, over);
	query_int(&q, id);
	if (rc_failed(r = query_run(&q, e)))
		return r;
	CLEANUP(buf_done) struct buf evidence;
	buf_init(&evidence, ROLLOUT_DB_EVIDENCE_SIZE - 1);
	if (rc_failed(r = gather_evidence(st, id, &evidence, e)))
		return r;
	return decision_db_add(st, id, d, buf_text(&evidence), now, e);
}

static rc count_silent(struct store *st, int64_t id, const struct rollout_rule *rule, struct wall_time now,
		       struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(
		&q, st, "count the silent",
		"UPDATE rollout_members SET outcome='silent',resolved=?1 WHERE rollout=?2 AND outcome='offered'"
		" AND offered<?3",
		e);
	if (rc_failed(r))
		return r;
	query_int(&q, now.s);
	query_int(&q, id);
	query_int(&q, now.s - (int64_t)rule->silence_s);
	return query_run(&q, e);
}

rc rollout_db_run(struct store *st, int64_t id, struct wall_time now, struct err *e)
{
	struct rollout_row row;
	struct rollout_decision d;
	rc r = rollout_db_get(st, id, &row, e);
	if (rc_failed(r) || row.view.state != ROLLOUT_RUNNING)
		return r;
	if (rc_failed(r = count_silent(st, id, &row.view.rule, now, e)))
		return r;
	for (int step = 0; step < STEPS_MAX; step++) {
		if (rc_failed(r = rollout_db_get(st, id, &row, e)) || !rollout_decide(&row.view, now, &d))
			return r;
		if (rc_failed(r = carry_out(st, id, &d, now, e)))
			return r;
	}
	return err_set(e, ERR_INTERNAL, "rollout %lld does not settle", (long long)id);
}

rc rollout_db_run_all(struct store *st, struct wall_time now, struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	CLEANUP(query_done) struct query q = {0};
	int64_t ids[64];
	size_t n = 0;
	bool row = false;
	rc r = query_init(&q, st, "running rollouts", "SELECT id FROM rollouts WHERE state='running' LIMIT 64", e);
	while (rc_ok(r) && n < ARRAY_LEN(ids) && rc_ok(r = query_row(&q, &row, e)) && row)
		ids[n++] = query_column_int(&q, 0);
	query_done(&q);
	if (rc_failed(r) || n == 0 || rc_failed(r = store_begin(st, &tx, e)))
		return r;
	for (size_t i = 0; i < n; i++)
		if (rc_failed(r = rollout_db_run(st, ids[i], now, e)))
			return r;
	return store_commit(&tx, e);
}

/* Going on in spite of failures: they stay on record and no longer count. */
static rc excuse_failures(struct store *st, int64_t id, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "excuse failures",
			  "UPDATE rollout_members SET excused=1 WHERE rollout=? AND outcome IN"
			  " ('reverted','unhealthy','silent')",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	return query_run(&q, e);
}

rc rollout_db_person(struct store *st, const struct rollout_order *o, struct wall_time now, struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	struct rollout_row row;
	struct rollout_decision d;
	rc r = store_begin(st, &tx, e);
	if (rc_failed(r) || rc_failed(r = rollout_db_get(st, o->id, &row, e)) ||
	    rc_failed(r = rollout_person(&row.view, o->verb, o->who, o->note, &d, e)) ||
	    rc_failed(r = carry_out(st, o->id, &d, now, e)))
		return r;
	if (row.view.state == ROLLOUT_HALTED && o->verb == ROLLOUT_RESUME &&
	    rc_failed(r = excuse_failures(st, o->id, e)))
		return r;
	if (rc_failed(r = rollout_db_run(st, o->id, now, e)))
		return r;
	return store_commit(&tx, e);
}

static void read_decision(struct query *q, struct rollout_record *d)
{
	*d = (struct rollout_record){.id = query_column_int(q, 0), .at = {query_column_int(q, 1)}};
	d->decision.kind = (enum rollout_decision_kind)query_column_int(q, 2);
	d->decision.state = (enum rollout_state)query_column_int(q, 3);
	d->decision.wave = (size_t)query_column_int(q, 4);
	d->decision.reports = (uint32_t)query_column_int(q, 5);
	d->decision.confirmed = (uint32_t)query_column_int(q, 6);
	d->decision.failed = (uint32_t)query_column_int(q, 7);
	d->decision.needed = (uint32_t)query_column_int(q, 8);
	d->decision.log_e = query_column_real(q, 9);
	query_column_copy(q, 10, d->decision.text, sizeof d->decision.text);
	query_column_copy(q, 11, d->evidence, sizeof d->evidence);
}

rc rollout_db_decisions(struct store *st, int64_t id, size_t max, struct rollout_record **ret, size_t *ret_n,
			struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool row = false;
	size_t n = 0;
	rc r = query_init(&q, st, "list decisions",
			  "SELECT id,at,kind,state,wave,reports,confirmed,failed,needed,log_e,text,evidence"
			  " FROM rollout_decisions WHERE rollout=? ORDER BY id LIMIT ?",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, id);
	query_int(&q, (int64_t)max);
	MEM_AUTO struct rollout_record *list = mem_array(max, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "list decisions: out of memory");
	while (n < max && rc_ok(r = query_row(&q, &row, e)) && row)
		read_decision(&q, &list[n++]);
	if (rc_failed(r) || rc_failed(r = query_check(&q, e)))
		return r;
	*ret = list;
	*ret_n = n;
	list = NULL;
	return RC_OK;
}
