/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SQL statement: prepare, bind in order, step, read columns. A failed bind or a column that does not fit is
 * remembered and reported by the next query_row/query_run/query_check, so that a caller binds many and looks once.
 *
 *     CLEANUP(query_done) struct query q = {0};
 *     if (rc_failed(query_init(&q, st, "find device", "SELECT id FROM devices WHERE fingerprint=?", e)))
 *             ...
 *     query_text(&q, fingerprint);
 *     if (rc_failed(query_row(&q, &found, e))) ...
 */
#ifndef HALLMARK_HOST_STORE_QUERY_H
#define HALLMARK_HOST_STORE_QUERY_H

#include "core/base/bytes.h"
#include "host/store/store.h"

struct sqlite3_stmt;

struct query {
	struct store *st;
	struct sqlite3_stmt *s;
	const char *name; /* static text, for errors */
	int bound;
	int bad; /* SQLite result code of the first failure, 0 if none */
};

/* SQL is a constant of ours that outlives the store: values go in by binding only. Prepared once (store_take). */
rc query_init(struct query *q, struct store *st, const char *name, const char *sql, struct err *e) MUST_CHECK;
void query_done(struct query *q);

/* Bind the next parameter. Text and blob are borrowed until the query is reset or done. */
void query_text(struct query *q, const char *v); /* NULL binds NULL */
void query_int(struct query *q, int64_t v);
void query_real(struct query *q, double v);
void query_blob(struct query *q, struct bytes v);

rc query_row(struct query *q, bool *ret_row, struct err *e) MUST_CHECK; /* next row, false at the end */
rc query_run(struct query *q, struct err *e) MUST_CHECK;		/* to the end; rows are dropped */
void query_reset(struct query *q);					/* bind and run again */
rc query_check(const struct query *q, struct err *e) MUST_CHECK;

/* Columns of the current row, from 0. Borrowed until the next step; "" and 0 for NULL. */
const char *query_column_text(const struct query *q, int i);
int64_t query_column_int(const struct query *q, int i);
double query_column_real(const struct query *q, int i);
struct bytes query_column_blob(const struct query *q, int i);
void query_column_copy(struct query *q, int i, char *out, size_t size); /* too long: remembered, out = "" */

#endif
