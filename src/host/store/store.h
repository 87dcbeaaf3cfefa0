/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SQLite file: WAL, every commit fsynced, foreign keys, strict tables, a schema that is brought up to date when it
 * is opened. Several processes may have the same file open; a writer waits STORE_BUSY_MS for another one. Statements:
 * host/store/query.h.
 */
#ifndef HALLMARK_HOST_STORE_STORE_H
#define HALLMARK_HOST_STORE_STORE_H

#include "core/base/err.h"
#include "core/base/mem.h"

#define STORE_BUSY_MS 5000

struct store;
struct sqlite3;
struct sqlite3_stmt;

/*
 * migrations[i] brings user_version i to i+1; they are never edited once released, only added to. Each runs in one
 * transaction.
 */
struct store_schema {
	const char *name; /* for errors: "fleet" */
	const char *const *migrations;
	size_t migrations_n;
};

/* Opens or makes the file (mode 0600). ERR_UNSUPPORTED if it was written by a newer version of this program. */
rc store_open(const char *path, const struct store_schema *s, struct store **ret, struct err *e) MUST_CHECK;
void store_free(struct store *st); /* accepts NULL */
void store_free_at(struct store **st);
#define STORE_AUTO CLEANUP(store_free_at)

/* Statements without parameters or rows. `name` says in errors what was being done. */
rc store_exec(struct store *st, const char *name, const char *sql, struct err *e) MUST_CHECK;

/* Rows changed by the last statement, and the row id of the last insert. */
int64_t store_changes(const struct store *st);
int64_t store_last_id(const struct store *st);

/*
 * A write transaction. Ends in store_commit, or is rolled back when the scope ends:
 *     CLEANUP(store_rollback) struct store_tx tx = {0};
 */
struct store_tx {
	struct store *st; /* NULL: nothing open */
};

rc store_begin(struct store *st, struct store_tx *ret, struct err *e) MUST_CHECK;
rc store_commit(struct store_tx *tx, struct err *e) MUST_CHECK;
void store_rollback(struct store_tx *tx);

/*
 * Group commit: from store_group until store_group_commit all transactions are parts of one, which costs one fsync.
 * store_begin, store_commit and store_rollback go on working as above for the part alone, but a part that was
 * "committed" is on the disk, and may be acknowledged, only after store_group_commit succeeded. store_group is repeated
 * without effect. A failure that takes the whole group back (a full disk) fails every later part and the group's
 * commit.
 */
rc store_group(struct store *st, struct err *e) MUST_CHECK;
rc store_group_commit(struct store *st, struct err *e)
	MUST_CHECK; /* nothing open: fine. Failed: all parts are undone */

/* For query.c. Borrowed. */
struct sqlite3 *store_handle(const struct store *st);

/*
 * For query.c. Statements are prepared once and kept, up to STORE_KEPT_MAX of them; `sql` is a constant that outlives
 * the store. One that is in use is prepared a second time. Given back, it is reset and forgets its values.
 */
#define STORE_KEPT_MAX 96
rc store_take(struct store *st, const char *name, const char *sql, struct sqlite3_stmt **ret, struct err *e) MUST_CHECK;
void store_give_back(struct store *st, struct sqlite3_stmt *s);

/* SQLite's result code as ours, with the statement's name and SQLite's words. */
rc store_failed(struct sqlite3 *db, int code, const char *name, struct err *e);

#endif
