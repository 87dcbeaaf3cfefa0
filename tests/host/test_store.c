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
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
