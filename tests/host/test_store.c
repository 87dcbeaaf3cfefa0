/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite wrapper: refusals, rollback, migration, two connections, what a statement remembers. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/file.h"
#include "host/store/query.h"

static const char *const first[] = {"CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"};
static const char *const second[] = {
	"CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
	"ALTER TABLE t ADD COLUMN n INTEGER NOT NULL DEFAULT 7;",
};
static const char *const broken[] = {
	"CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
	"CREATE TABLE u(id INTEGER) STRICT; CREATE TABLE nonsense(;",
};
static const struct store_schema schema1 = {"test", first, 1}, schema2 = {"test", second, 2},
				 schema_broken = {"test", broken, 2};

struct fixture {
	char dir[64], path[96];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/hallmark-store-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof f->path, "%s/t.db", f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	static const char *const ends[] = {"", "-wal", "-shm"};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char p[128];
		(void)snprintf(p, sizeof p, "%s%s", f->path, ends[i]);
		(void)unlink(p);
	}
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static int64_t count(struct store *st)
{
	struct err e = {0};
	bool row = false;
	CLEANUP(query_done) struct query q = {0};
	check_ok(query_init(&q, st, "count", "SELECT count(*) FROM t", &e));
	check_ok(query_row(&q, &row, &e));
	assert_true(row);
	return query_column_int(&q, 0);
}

static void not_a_database_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	struct store *st = NULL;
	check_ok(file_create(f->path, bytes_of_text("this is no database, but long enough to look at"), 0600, &e));
	check_fails(ERR_IO, store_open(f->path, &schema1, &st, &e));
	assert_null(st);
}

static void newer_schema_is_refused_with_a_hint(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	struct store *old = NULL;
	check_ok(store_open(f->path, &schema2, &st, &e));
	check_fails(ERR_UNSUPPORTED, store_open(f->path, &schema1, &old, &e));
	assert_null(old);
	assert_true(e.hint[0] != 0);
}

static void failed_migration_changes_nothing(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	struct store *bad = NULL;
	check_fails(ERR_INTERNAL, store_open(f->path, &schema_broken, &bad, &e));
	CLEANUP(query_done) struct query q = {0};
	assert_true(rc_failed(query_init(&q, st, "half made", "SELECT id FROM u", &e)));
	STORE_AUTO struct store *again = NULL;
	check_ok(store_open(f->path, &schema2, &again, &e));
}

static void migration_keeps_rows(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	check_ok(store_exec(st, "put", "INSERT INTO t(name) VALUES('a')", &e));
	store_free(st);
	st = NULL;
	check_ok(store_open(f->path, &schema2, &st, &e));
	assert_int_equal(count(st), 1);
	store_free(st);
}

static void rollback_at_end_of_scope(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	{
		CLEANUP(store_rollback) struct store_tx tx = {0};
		check_ok(store_begin(st, &tx, &e));
		check_ok(store_exec(st, "put", "INSERT INTO t(name) VALUES('a')", &e));
		assert_int_equal(count(st), 1);
	}
	assert_int_equal(count(st), 0);
	{
		CLEANUP(store_rollback) struct store_tx tx = {0};
		check_ok(store_begin(st, &tx, &e));
		check_ok(store_exec(st, "put", "INSERT INTO t(name) VALUES('a')", &e));
		check_ok(store_commit(&tx, &e));
		check_fails(ERR_INTERNAL, store_commit(&tx, &e));
	}
	assert_int_equal(count(st), 1);
}

static void values_are_never_sql(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	static const char evil[] = "x'); DROP TABLE t; --";
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	CLEANUP(query_done) struct query q = {0};
	check_ok(query_init(&q, st, "put", "INSERT INTO t(name) VALUES(?)", &e));
	query_text(&q, evil);
	check_ok(query_run(&q, &e));
	query_reset(&q);
	query_text(&q, evil);
	check_fails(ERR_EXISTS, query_run(&q, &e));
	assert_non_null(strstr(e.text, "put"));
	assert_int_equal(count(st), 1);
}

static void bad_binds_and_long_columns_are_remembered(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	bool row = false;
	char small[4], fits[9];
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	check_ok(store_exec(st, "put", "INSERT INTO t(name) VALUES('eightchr')", &e));
	CLEANUP(query_done) struct query q = {0};
	check_ok(query_init(&q, st, "find", "SELECT name FROM t WHERE id=?", &e));
	query_int(&q, 1);
	query_int(&q, 2); /* one too many */
	assert_true(rc_failed(query_row(&q, &row, &e)));
	check_ok(query_init(&q, st, "find", "SELECT name FROM t WHERE id=?", &e));
	query_int(&q, 1);
	check_ok(query_row(&q, &row, &e));
	query_column_copy(&q, 0, fits, sizeof fits);
	assert_string_equal(fits, "eightchr");
	check_ok(query_check(&q, &e));
	query_column_copy(&q, 0, small, sizeof small);
	assert_string_equal(small, "");
	check_fails(ERR_LIMIT, query_check(&q, &e));
}

static void file_is_private_and_seen_by_a_second_connection(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *a = NULL;
	STORE_AUTO struct store *b = NULL;
	struct stat s;
	check_ok(store_open(f->path, &schema1, &a, &e));
	check_ok(store_open(f->path, &schema1, &b, &e));
	check_ok(store_exec(a, "put", "INSERT INTO t(name) VALUES('a')", &e));
	assert_int_equal(count(b), 1);
	assert_int_equal(stat(f->path, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
}

static rc put(struct store *st, const char *name, struct err *e)
{
	CLEANUP(query_done) struct query q = {0};
	rc r = query_init(&q, st, "put", "INSERT INTO t(name) VALUES(?)", e);
	if (rc_failed(r))
		return r;
	query_text(&q, name);
	return query_run(&q, e);
}

/* `good`: commit it, else leave it to the end of the scope. */
static void part(struct store *st, const char *name, bool good)
{
	struct err e = {0};
	CLEANUP(store_rollback) struct store_tx tx = {0}, inner = {0};
	check_ok(store_begin(st, &tx, &e));
	check_ok(put(st, name, &e));
	check_fails(ERR_INTERNAL, store_begin(st, &inner, &e));
	if (good)
		check_ok(store_commit(&tx, &e));
}

static void kept_statements_forget_their_values(void **state)
{
	static const char find[] = "SELECT ?1 IS NULL,count(*) FROM t";
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	for (int i = 0; i < 3; i++) {
		bool row = false;
		CLEANUP(query_done) struct query outer = {0}, inner = {0};
		check_ok(query_init(&outer, st, "outer", find, &e));
		if (i == 0)
			query_text(&outer, "seen");
		check_ok(query_row(&outer, &row, &e));
		assert_int_equal(query_column_int(&outer, 0), i > 0);
		/* The same one inside itself is another one. */
		check_ok(query_init(&inner, st, "inner", find, &e));
		check_ok(query_row(&inner, &row, &e));
		assert_int_equal(query_column_int(&inner, 0), 1);
		assert_int_equal(query_column_int(&outer, 1), 0);
	}
	/* A text that is no constant: the same address, other words. */
	char text[64];
	for (int i = 0; i < 3; i++) {
		bool row = false;
		CLEANUP(query_done) struct query q = {0};
		(void)snprintf(text, sizeof text, "SELECT %d", i);
		check_ok(query_init(&q, st, "changing", text, &e));
		check_ok(query_row(&q, &row, &e));
		assert_int_equal(query_column_int(&q, 0), i);
	}
}

static void a_kept_statement_reads_no_old_state(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *a = NULL;
	STORE_AUTO struct store *b = NULL;
	check_ok(store_open(f->path, &schema1, &a, &e));
	check_ok(store_open(f->path, &schema1, &b, &e));
	for (int i = 0; i < 5; i++) {
		char name[8];
		(void)snprintf(name, sizeof name, "n%d", i);
		assert_int_equal(count(b), i);
		check_ok(put(a, name, &e));
	}
	check_ok(store_exec(a, "change", "ALTER TABLE t ADD COLUMN n INTEGER", &e));
	assert_int_equal(count(b), 5); /* prepared anew by SQLite itself */
}

static void more_statements_than_are_kept(void **state)
{
	static char texts[2 * STORE_KEPT_MAX][32];
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 2 * STORE_KEPT_MAX; i++) {
			bool row = false;
			CLEANUP(query_done) struct query q = {0};
			(void)snprintf(texts[i], sizeof texts[i], "SELECT %d", i);
			check_ok(query_init(&q, st, "many", texts[i], &e));
			check_ok(query_row(&q, &row, &e));
			assert_int_equal(query_column_int(&q, 0), i);
		}
}

static void a_group_is_seen_by_others_when_it_is_committed(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *a = NULL;
	STORE_AUTO struct store *b = NULL;
	check_ok(store_open(f->path, &schema1, &a, &e));
	check_ok(store_open(f->path, &schema1, &b, &e));
	check_ok(store_group_commit(a, &e)); /* nothing open */
	check_ok(store_group(a, &e));
	check_ok(store_group(a, &e));
	part(a, "first", true);
	part(a, "undone", false);
	part(a, "second", true);
	assert_int_equal(count(a), 2);
	assert_int_equal(count(b), 0);
	check_ok(store_group_commit(a, &e));
	assert_int_equal(count(b), 2);
	part(b, "alone", true); /* the lock is free again */
	assert_int_equal(count(a), 3);
}

/* SQLite may end the transaction under our feet; nothing of the group, and nothing after it, may pass for committed. */
static void a_lost_group_fails_all_its_parts(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	check_ok(store_group(st, &e));
	part(st, "first", true);
	{
		CLEANUP(store_rollback) struct store_tx tx = {0};
		check_ok(store_begin(st, &tx, &e));
		check_ok(put(st, "second", &e));
		check_ok(store_exec(st, "as a full disk does", "ROLLBACK", &e));
		check_fails(ERR_IO, store_commit(&tx, &e));
	}
	CLEANUP(store_rollback) struct store_tx late = {0};
	check_fails(ERR_IO, store_begin(st, &late, &e));
	check_fails(ERR_IO, store_group(st, &e));
	check_fails(ERR_IO, store_group_commit(st, &e));
	assert_int_equal(count(st), 0);
	check_ok(store_group(st, &e));
	part(st, "third", true);
	check_ok(store_group_commit(st, &e));
	assert_int_equal(count(st), 1);
}

static void a_group_with_an_open_part_is_undone(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	check_ok(store_open(f->path, &schema1, &st, &e));
	check_ok(store_group(st, &e));
	part(st, "first", true);
	CLEANUP(store_rollback) struct store_tx tx = {0};
	check_ok(store_begin(st, &tx, &e));
	check_fails(ERR_INTERNAL, store_group_commit(st, &e));
	assert_int_equal(count(st), 0);
}

/* What was never committed is gone when the process is. */
static void a_group_that_nobody_commits_is_nothing(void **state)
{
	const struct fixture *f = *state;
	struct err e = {0};
	struct store *a = NULL;
	STORE_AUTO struct store *b = NULL;
	check_ok(store_open(f->path, &schema1, &a, &e));
	check_ok(store_group(a, &e));
	part(a, "first", true);
	store_free(a);
	check_ok(store_open(f->path, &schema1, &b, &e));
	assert_int_equal(count(b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(not_a_database_is_refused),
		T(newer_schema_is_refused_with_a_hint),
		T(failed_migration_changes_nothing),
		T(migration_keeps_rows),
		T(rollback_at_end_of_scope),
		T(values_are_never_sql),
		T(bad_binds_and_long_columns_are_remembered),
		T(file_is_private_and_seen_by_a_second_connection),
		T(kept_statements_forget_their_values),
		T(a_kept_statement_reads_no_old_state),
		T(more_statements_than_are_kept),
		T(a_group_is_seen_by_others_when_it_is_committed),
		T(a_lost_group_fails_all_its_parts),
		T(a_group_with_an_open_part_is_undone),
		T(a_group_that_nobody_commits_is_nothing),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
