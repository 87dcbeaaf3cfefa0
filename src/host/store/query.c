/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared statements: the only place where values meet SQL, always by binding. */
#include "host/store/query.h"

#include <sqlite3.h>

#include "core/base/banned.h"

rc query_init(struct query *q, struct store *st, const char *name, const char *sql, struct err *e)
{
	query_done(q);
	*q = (struct query){.st = st, .name = name};
	return store_take(st, name, sql, &q->s, e);
}

void query_done(struct query *q)
{
	if (q->s)
		store_give_back(q->st, q->s);
	*q = (struct query){0};
}

static void remember(struct query *q, int code)
{
	if (code != SQLITE_OK && !q->bad)
		q->bad = code;
}

void query_text(struct query *q, const char *v)
{
	remember(q, sqlite3_bind_text(q->s, ++q->bound, v, -1, SQLITE_STATIC));
}

void query_int(struct query *q, int64_t v)
{
	remember(q, sqlite3_bind_int64(q->s, ++q->bound, v));
}

void query_real(struct query *q, double v)
{
	remember(q, sqlite3_bind_double(q->s, ++q->bound, v));
}

void query_blob(struct query *q, struct bytes v)
{
	/* A zero-length blob with a NULL pointer would become NULL. */
	remember(q, sqlite3_bind_blob64(q->s, ++q->bound, v.n ? v.p : (const uint8_t *)"", v.n, SQLITE_STATIC));
}

rc query_check(const struct query *q, struct err *e)
{
	if (!q->bad)
		return RC_OK;
	return store_failed(NULL, q->bad, q->name, e);
}

rc query_row(struct query *q, bool *ret_row, struct err *e)
{
	rc r = query_check(q, e);
	if (rc_failed(r))
		return r;
	int code = sqlite3_step(q->s);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return store_failed(store_handle(q->st), code, q->name, e);
	*ret_row = code == SQLITE_ROW;
	return RC_OK;
}

rc query_run(struct query *q, struct err *e)
{
	bool row = true;
	rc r = RC_OK;
	while (row && rc_ok(r))
		r = query_row(q, &row, e);
	return r;
}

void query_reset(struct query *q)
{
	(void)sqlite3_reset(q->s);
	(void)sqlite3_clear_bindings(q->s);
	q->bound = 0;
}

const char *query_column_text(const struct query *q, int i)
{
	const unsigned char *text = sqlite3_column_text(q->s, i);
	return text ? (const char *)text : "";
}

int64_t query_column_int(const struct query *q, int i)
{
	return sqlite3_column_int64(q->s, i);
}

double query_column_real(const struct query *q, int i)
{
	return sqlite3_column_double(q->s, i);
}

struct bytes query_column_blob(const struct query *q, int i)
{
	const void *p = sqlite3_column_blob(q->s, i);
	int n = sqlite3_column_bytes(q->s, i);
	return bytes_of(p, p && n > 0 ? (size_t)n : 0);
}

void query_column_copy(struct query *q, int i, char *out, size_t size)
{
	struct bytes text = bytes_of_text(query_column_text(q, i));
	if (text.n >= size) {
		remember(q, SQLITE_TOOBIG);
		text.n = 0;
	}
	memcpy(out, text.p, text.n);
	out[text.n] = 0;
}
