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

struct store {
	sqlite3 *db;
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

rc store_begin(struct store *st, struct store_tx *ret, struct err *e)
{
	rc r = store_exec(st, "begin", "BEGIN IMMEDIATE", e);
	if (rc_ok(r))
		ret->st = st;
	return r;
}

rc store_commit(struct store_tx *tx, struct err *e)
{
	if (!tx->st)
		return err_set(e, ERR_INTERNAL, "commit without a transaction");
	rc r = store_exec(tx->st, "commit", "COMMIT", e);
	if (rc_ok(r))
		tx->st = NULL;
	return r;
}

void store_rollback(struct store_tx *tx)
{
	if (tx->st)
		(void)sqlite3_exec(tx->st->db, "ROLLBACK", NULL, NULL, NULL);
	tx->st = NULL;
}
