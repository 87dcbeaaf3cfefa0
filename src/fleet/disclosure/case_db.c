/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing and keeping cases. Runs in the operator role, the only one that holds report.key. */
#include "fleet/disclosure/case_db.h"

#include <stdio.h>

#include "core/base/cur.h"
#include "host/os/chance.h"
#include "host/store/query.h"
#include "core/base/banned.h"

#define SEALED_MAX (DISCLOSURE_TEXT_SIZE + DISCLOSURE_PRODUCT_SIZE + DISCLOSURE_CONTACT_SIZE + 64)

const char case_db_schema[] =
	"CREATE TABLE cases("
	" id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE, secret_hash TEXT NOT NULL UNIQUE, state TEXT NOT NULL,"
	" received INTEGER NOT NULL, told INTEGER NOT NULL, sealed BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE case_events("
	" id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases(id), at INTEGER NOT NULL,"
	" state TEXT NOT NULL, sealed BLOB NOT NULL"
	") STRICT;"
	"CREATE INDEX case_events_by_case ON case_events(case_id);";

/* What binds a sealed text to its place: neither another case nor another kind of text opens with it. */
static void bind_to(char out[48], const char *kind, const char *number)
{
	(void)snprintf(out, 48, "%s %s", kind, number);
}

static rc seal(const uint8_t *key, const char *place, struct bytes plain, struct buf *out, struct err *e)
{
	uint8_t nonce[AEAD_NONCE_SIZE];
	rc r = chance_fill(nonce, sizeof nonce, e);
	return rc_ok(r) ? aead_seal(key, nonce, bytes_of_text(place), plain, out, e) : r;
}

static void put_part(struct buf *b, const char *text)
{
	buf_put_u16(b, (uint16_t)strlen(text));
	buf_put_text(b, text);
}

static bool get_part(struct cur *c, char *out, size_t size)
{
	struct bytes part = cur_take(c, cur_u16(c));
	if (c->bad || part.n >= size)
		return false;
	memcpy(out, part.p, part.n);
	out[part.n] = 0;
	return true;
}

static rc insert_case(struct store *st, const struct case_made *m, struct bytes sealed, struct wall_time now,
		      struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	char hash[2 * SHA256_SIZE + 1];
	if (!disclosure_secret_hash(m->secret, hash))
		return err_set(e, ERR_INTERNAL, "a case secret that is none");
	rc r = query_init(&q, st, "open case",
			  "INSERT INTO cases(number,secret_hash,state,received,told,sealed) VALUES(?,?,'new',?,?,?)",
			  e);
	if (rc_failed(r))
		return r;
	query_text(&q, m->number);
	query_text(&q, hash);
	query_int(&q, now.s);
	query_int(&q, now.s);
	query_blob(&q, sealed);
	return query_run(&q, e);
}

rc case_db_open_case(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct disclosure_report *rep,
		     struct wall_time now, struct case_made *ret, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf plain;
	CLEANUP(buf_done) struct buf sealed;
	uint8_t chance[DISCLOSURE_CHANCE_SIZE];
	char place[48];
	struct case_made made;
	buf_init(&plain, SEALED_MAX);
	buf_init(&sealed, SEALED_MAX + AEAD_NONCE_SIZE + AEAD_TAG_SIZE);
	rc r = disclosure_check(rep, e);
	if (rc_failed(r) || rc_failed(r = chance_fill(chance, sizeof chance, e)))
		return r;
	disclosure_name(now, chance, made.number, made.secret);
	put_part(&plain, rep->product);
	put_part(&plain, rep->text);
	put_part(&plain, rep->contact);
	bind_to(place, "report", made.number);
	if (rc_failed(r = buf_check(&plain, "report", e)) ||
	    rc_failed(r = seal(key, place, buf_view(&plain), &sealed, e)) ||
	    rc_failed(r = insert_case(st, &made, buf_view(&sealed), now, e)))
		return r;
	*ret = made;
	return RC_OK;
}

static rc read_case(struct query *q, struct case_row *c, bool *ret_found, struct err *e)
{
	rc r = query_row(q, ret_found, e);
	if (rc_failed(r) || !*ret_found)
		return r;
	c->id = query_column_int(q, 0);
	query_column_copy(q, 1, c->number, sizeof c->number);
	if (!disclosure_state_parse(query_column_text(q, 2), &c->state))
		return err_set(e, ERR_INTERNAL, "stored case: unknown state");
	c->received.s = query_column_int(q, 3);
	c->told.s = query_column_int(q, 4);
	return query_check(q, e);
}

#define CASE_COLUMNS "id,number,state,received,told"

rc case_db_list(struct store *st, size_t max, struct case_row **ret, size_t *ret_n, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	bool found = true;
	size_t n = 0;
	rc r = query_init(
		&q, st, "list cases",
		"SELECT " CASE_COLUMNS " FROM cases ORDER BY state IN ('closed','not-affected'),received LIMIT ?", e);
	if (rc_failed(r))
		return r;
	query_int(&q, (int64_t)max);
	MEM_AUTO struct case_row *list = mem_array(max, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "list cases: out of memory");
	while (n < max) {
		if (rc_failed(r = read_case(&q, &list[n], &found, e)))
			return r;
		if (!found)
			break;
		n++;
	}
	*ret = list;
	*ret_n = n;
	list = NULL;
	return RC_OK;
}

static rc find_case(struct store *st, const char *sql, const char *value, struct case_row *ret, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	struct case_row c = {0};
	bool found = false;
	rc r = query_init(&q, st, "find case", sql, e);
	if (rc_failed(r))
		return r;
	query_text(&q, value);
	if (rc_failed(r = read_case(&q, &c, &found, e)))
		return r;
	if (!found)
		return err_set(e, ERR_MISSING, "there is no such case");
	*ret = c;
	return RC_OK;
}

rc case_db_by_number(struct store *st, const char *number, struct case_row *ret, struct err *e)
{
	return find_case(st, "SELECT " CASE_COLUMNS " FROM cases WHERE number=?", number, ret, e);
}

rc case_db_by_secret(struct store *st, const char *secret, struct case_row *ret, struct err *e)
{
	char hash[2 * SHA256_SIZE + 1];
	if (!disclosure_secret_hash(secret, hash))
		return err_set(e, ERR_MISSING, "there is no such case");
	return find_case(st, "SELECT " CASE_COLUMNS " FROM cases WHERE secret_hash=?", hash, ret, e);
}

rc case_db_read(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct case_row *c,
		struct disclosure_report *ret, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	CLEANUP(buf_done_wiped) struct buf plain;
	char place[48];
	bool row = false;
	buf_init(&plain, SEALED_MAX);
	rc r = query_init(&q, st, "read case", "SELECT sealed FROM cases WHERE id=?", e);
	if (rc_failed(r))
		return r;
	query_int(&q, c->id);
	if (rc_failed(r = query_row(&q, &row, e)))
		return r;
	if (!row)
		return err_set(e, ERR_MISSING, "there is no such case");
	bind_to(place, "report", c->number);
	if (rc_failed(r = aead_open(key, bytes_of_text(place), query_column_blob(&q, 0), &plain, e)))
		return err_wrap(e, "case %s", c->number);
	struct cur in = cur_of(buf_view(&plain));
	struct disclosure_report rep = {0};
	if (!get_part(&in, rep.product, sizeof rep.product) || !get_part(&in, rep.text, sizeof rep.text) ||
	    !get_part(&in, rep.contact, sizeof rep.contact) || !cur_ok(&in))
		return err_set(e, ERR_INTERNAL, "case %s: stored in an unknown form", c->number);
	*ret = rep;
	return RC_OK;
}

static rc insert_event(struct store *st, const struct case_row *c, const struct case_step *step, struct bytes sealed,
		       struct wall_time now, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "case event", "INSERT INTO case_events(case_id,at,state,sealed) VALUES(?,?,?,?)", e);
	if (rc_failed(r))
		return r;
	query_int(&q, c->id);
	query_int(&q, now.s);
	query_text(&q, disclosure_state_name(step->to));
	query_blob(&q, sealed);
	if (rc_failed(r = query_run(&q, e)))
		return r;
	if (rc_failed(
		    r = query_init(&q, st, "case state", "UPDATE cases SET state=?,told=? WHERE id=? AND state=?", e)))
		return r;
	query_text(&q, disclosure_state_name(step->to));
	query_int(&q, now.s);
	query_int(&q, c->id);
	query_text(&q, disclosure_state_name(c->state));
	if (rc_failed(r = query_run(&q, e)))
		return r;
	return store_changes(st) == 1 ? RC_OK : err_set(e, ERR_WRONG_STATE, "somebody else has just changed this case");
}

rc case_db_step(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct case_row *c,
		const struct case_step *step, struct wall_time now, struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	CLEANUP(buf_done) struct buf sealed;
	char place[48];
	buf_init(&sealed, DISCLOSURE_NOTE_SIZE + AEAD_NONCE_SIZE + AEAD_TAG_SIZE);
	if (step->to != c->state && !disclosure_may(c->state, step->to))
		return err_set(e, ERR_WRONG_STATE, "a case that is \"%s\" cannot become \"%s\"",
			       disclosure_state_name(c->state), disclosure_state_name(step->to));
	if (step->to == c->state && !step->note[0])
		return err_set(e, ERR_INPUT, "neither a new state nor a note");
	bind_to(place, "note", c->number);
	rc r = seal(key, place, bytes_of_text(step->note), &sealed, e);
	if (rc_failed(r) || rc_failed(r = store_begin(st, &tx, e)) ||
	    rc_failed(r = insert_event(st, c, step, buf_view(&sealed), now, e)))
		return r;
	return store_commit(&tx, e);
}

static rc read_event(struct query *q, const uint8_t *key, const char *place, struct case_event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf note;
	buf_init(&note, DISCLOSURE_NOTE_SIZE - 1);
	ev->at.s = query_column_int(q, 0);
	if (!disclosure_state_parse(query_column_text(q, 1), &ev->state))
		return err_set(e, ERR_INTERNAL, "stored case: unknown state");
	rc r = aead_open(key, bytes_of_text(place), query_column_blob(q, 2), &note, e);
	if (rc_ok(r))
		(void)snprintf(ev->note, sizeof ev->note, "%s", buf_text(&note));
	return r;
}

rc case_db_events(struct store *st, const uint8_t key[AEAD_KEY_SIZE], const struct case_row *c, struct case_event **ret,
		  size_t *ret_n, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	char place[48];
	bool row = false;
	size_t n = 0;
	rc r = query_init(&q, st, "case events", "SELECT at,state,sealed FROM case_events WHERE case_id=? ORDER BY id",
			  e);
	if (rc_failed(r))
		return r;
	query_int(&q, c->id);
	bind_to(place, "note", c->number);
	MEM_AUTO struct case_event *list = mem_array(CASE_DB_EVENTS_MAX, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "case events: out of memory");
	while (n < CASE_DB_EVENTS_MAX && rc_ok(r = query_row(&q, &row, e)) && row)
		if (rc_failed(r = read_event(&q, key, place, &list[n++], e)))
			return err_wrap(e, "case %s", c->number);
	if (rc_failed(r))
		return r;
	*ret = list;
	*ret_n = n;
	list = NULL;
	return RC_OK;
}
