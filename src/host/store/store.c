/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, migrating and committing. This file answers for durability (WAL with synchronous=FULL: an acknowledged write
 * is on the disk) and for the file being of a schema we know. Which tables there are is the owner's business.
 */
#include "host/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "core/base/banned.h"

struct kept {
	const char *sql;
	sqlite3_stmt *s;
	bool taken;
};

struct store {
	sqlite3 *db;
	struct kept kept[STORE_KEPT_MAX];
	size_t kept_n;
	bool grouped; /* between store_group and store_group_commit */
	bool in_part; /* of the group */
};

static enum err_code code_of(int sqlite)
{
	switch (sqlite & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_FULL:
		return ERR_SPACE;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ERR_DENIED;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_IO;
	default:
		return ERR_INTERNAL;
	}
}

rc store_failed(struct sqlite3 *db, int code, const char *name, struct err *e)
{
	return err_set(e, code_of(code), "%s: %s", name, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

rc store_exec(struct store *st, const char *name, const char *sql, struct err *e)
{
	int code = sqlite3_exec(st->db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? RC_OK : store_failed(st->db, code, name, e);
}

static rc read_version(struct store *st, int *ret, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(st->db, "PRAGMA user_version", -1, &s, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int(s, 0);
	(void)sqlite3_finalize(s);
	return code == SQLITE_ROW ? RC_OK : store_failed(st->db, code, "read schema version", e);
}

static rc migrate_one(struct store *st, const struct store_schema *s, struct err *e)
{
	CLEANUP(store_rollback) struct store_tx tx = {0};
	int version = 0;
	rc r = store_begin(st, &tx, e);
	/* Read again under the lock: another process may have migrated meanwhile. */
	if (rc_failed(r) || rc_failed(r = read_version(st, &version, e)))
		return r;
	if ((size_t)version < s->migrations_n) {
		char *pragma = sqlite3_mprintf("PRAGMA user_version=%d", version + 1);
		if (!pragma)
			return err_set(e, ERR_MEMORY, "%s: out of memory", s->name);
		r = store_exec(st, "migrate", s->migrations[version], e);
		if (rc_ok(r))
			r = store_exec(st, "set schema version", pragma, e);
		sqlite3_free(pragma);
		if (rc_failed(r))
			return err_wrap(e, "%s schema %d to %d", s->name, version, version + 1);
	}
	return store_commit(&tx, e);
}

static rc migrate(struct store *st, const struct store_schema *s, struct err *e)
{
	for (;;) {
		int version = 0;
		rc r = read_version(st, &version, e);
		if (rc_failed(r))
			return r;
		if (version < 0 || (size_t)version > s->migrations_n) {
			(void)err_set(e, ERR_UNSUPPORTED, "%s database has schema %d, this program knows %zu", s->name,
				      version, s->migrations_n);
			return err_hint(e,
					"it was written by a newer version; install that version, or restore a backup");
		}
		if ((size_t)version == s->migrations_n)
			return RC_OK;
		if (rc_failed(r = migrate_one(st, s, e)))
			return r;
	}
}

/* SQLite would make it with the umask's mode; it holds what nobody else should read. */
static rc make_private(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	(void)close(fd);
	return RC_OK;
}

rc store_open(const char *path, const struct store_schema *s, struct store **ret, struct err *e)
{
	static const char settings[] = "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
				       "PRAGMA trusted_schema=OFF;PRAGMA temp_store=MEMORY;PRAGMA cell_size_check=ON";
	rc r = make_private(path, e);
	if (rc_failed(r))
		return r;
	STORE_AUTO struct store *st = mem_alloc(sizeof *st);
	if (!st)
		return err_set(e, ERR_MEMORY, "open %s: out of memory", path);
	int code = sqlite3_open_v2(path, &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(st->db, STORE_BUSY_MS);
	if (code == SQLITE_OK)
		code = sqlite3_extended_result_codes(st->db, 1);
	if (code != SQLITE_OK) {
		(void)store_failed(st->db, code, "open", e);
		return err_wrap(e, "%s", path);
	}
	if (rc_failed(r = store_exec(st, "settings", settings, e)) || rc_failed(r = migrate(st, s, e)))
		return err_wrap(e, "%s", path);
	*ret = st;
	st = NULL;
	return RC_OK;
}

void store_free(struct store *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->kept_n; i++)
		(void)sqlite3_finalize(st->kept[i].s);
	(void)sqlite3_close(st->db);
	mem_free(st);
}

void store_free_at(struct store **st)
{
	store_free(*st);
	*st = NULL;
}

int64_t store_changes(const struct store *st)
{
	return sqlite3_changes64(st->db);
}

int64_t store_last_id(const struct store *st)
{
	return sqlite3_last_insert_rowid(st->db);
}

struct sqlite3 *store_handle(const struct store *st)
{
	return st->db;
}

static struct kept *kept_of(struct store *st, const char *sql)
{
	for (size_t i = 0; i < st->kept_n; i++)
		/* By address, which is quick; the text too, in case somebody's text is not a constant. */
		if (st->kept[i].sql == sql && strcmp(sqlite3_sql(st->kept[i].s), sql) == 0)
			return &st->kept[i];
	return NULL;
}

rc store_take(struct store *st, const char *name, const char *sql, struct sqlite3_stmt **ret, struct err *e)
{
	struct kept *k = kept_of(st, sql);
	if (k && !k->taken) {
		k->taken = true;
		*ret = k->s;
		return RC_OK;
	}
	bool keep = !k && st->kept_n < STORE_KEPT_MAX;
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v3(st->db, sql, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0, &s, NULL);
	if (code != SQLITE_OK)
		return store_failed(st->db, code, name, e);
	if (keep)
		st->kept[st->kept_n++] = (struct kept){sql, s, true};
	*ret = s;
	return RC_OK;
}

void store_give_back(struct store *st, struct sqlite3_stmt *s)
{
	for (size_t i = 0; i < st->kept_n; i++)
		if (st->kept[i].s == s) {
			(void)sqlite3_reset(s);
			(void)sqlite3_clear_bindings(s); /* they may point to memory that ends now */
			st->kept[i].taken = false;
			return;
		}
	(void)sqlite3_finalize(s);
}

/* A statement of ours without values, prepared once. */
static rc run_kept(struct store *st, const char *name, const char *sql, struct err *e)
{
	sqlite3_stmt *s = NULL;
	rc r = store_take(st, name, sql, &s, e);
	if (rc_failed(r))
		return r;
	int code = sqlite3_step(s);
	if (code != SQLITE_DONE)
		r = store_failed(st->db, code, name, e);
	store_give_back(st, s);
	return r;
}

static const char sql_begin[] = "BEGIN IMMEDIATE", sql_commit[] = "COMMIT", sql_rollback[] = "ROLLBACK",
		  sql_part[] = "SAVEPOINT part", sql_part_commit[] = "RELEASE part",
		  sql_part_rollback[] = "ROLLBACK TO part";

/* SQLite ends a whole transaction by itself when it meets a full disk, a failed write or no memory. */
static bool group_lost(const struct store *st)
{
	return st->grouped && sqlite3_get_autocommit(st->db) != 0;
}

static rc begin_part(struct store *st, struct err *e)
{
	if (st->in_part)
		return err_set(e, ERR_INTERNAL, "begin: a transaction is open");
	/* Without its group, the savepoint would be a transaction that nobody waits for. */
	if (group_lost(st))
		return err_set(e, ERR_IO, "begin: the group of transactions was undone");
	rc r = run_kept(st, "begin", sql_part, e);
	st->in_part = rc_ok(r);
	return r;
}

rc store_begin(struct store *st, struct store_tx *ret, struct err *e)
{
	rc r = st->grouped ? begin_part(st, e) : run_kept(st, "begin", sql_begin, e);
	if (rc_ok(r))
		ret->st = st;
	return r;
}

rc store_commit(struct store_tx *tx, struct err *e)
{
	struct store *st = tx->st;
	if (!st)
		return err_set(e, ERR_INTERNAL, "commit without a transaction");
	if (group_lost(st))
		return err_set(e, ERR_IO, "commit: the group of transactions was undone");
	rc r = run_kept(st, "commit", st->grouped ? sql_part_commit : sql_commit, e);
	if (rc_failed(r))
		return r;
	st->in_part = false;
	tx->st = NULL;
	return RC_OK;
}

void store_rollback(struct store_tx *tx)
{
	struct store *st = tx->st;
	tx->st = NULL;
	if (!st)
		return;
	st->in_part = false;
	if (!st->grouped)
		(void)rc_ok(run_kept(st, "rollback", sql_rollback, NULL));
	else if (!group_lost(st) && (rc_failed(run_kept(st, "rollback", sql_part_rollback, NULL)) ||
				     rc_failed(run_kept(st, "rollback", sql_part_commit, NULL))))
		/* Half a part must not become true with the others: all go. */
		(void)rc_ok(run_kept(st, "rollback", sql_rollback, NULL));
}

rc store_group(struct store *st, struct err *e)
{
	if (st->grouped)
		return group_lost(st) ? err_set(e, ERR_IO, "the group of transactions was undone") : RC_OK;
	rc r = run_kept(st, "begin group", sql_begin, e);
	st->grouped = rc_ok(r);
	return r;
}

rc store_group_commit(struct store *st, struct err *e)
{
	if (!st->grouped)
		return RC_OK;
	rc r = RC_OK;
	if (group_lost(st))
		r = err_set(e, ERR_IO, "commit group: it was undone");
	else if (st->in_part)
		r = err_set(e, ERR_INTERNAL, "commit group: a part is open");
	else
		r = run_kept(st, "commit group", sql_commit, e);
	if (sqlite3_get_autocommit(st->db) == 0)
		(void)rc_ok(run_kept(st, "rollback", sql_rollback, NULL));
	st->grouped = st->in_part = false;
	return r;
}
