/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealing, bounding and erasing personal records, for the ward (engine process). The nonce is fresh randomness for each
 * sealing; the record's name is authenticated with it, so that one sealed file cannot stand in for another.
 */
#include "agent/privacy/vault_io.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/crypto/aead.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define KEY_MODE 0600
#define DIR_MODE 0700
#define SEALED_MAX (VAULT_RECORD_MAX + AEAD_NONCE_SIZE + AEAD_TAG_SIZE)

rc vault_init(struct vault *v, const char *device_dir, struct err *e)
{
	struct vault fresh = {0};
	rc r;
	if (rc_failed(r = file_path(fresh.dir, e, device_dir, "state/personal")) ||
	    rc_failed(r = file_path(fresh.key_path, e, device_dir, "state/personal.key")) ||
	    rc_failed(r = file_path(fresh.mark_path, e, device_dir, "state/erasing")) ||
	    rc_failed(r = file_make_dir(fresh.dir, DIR_MODE, e)))
		return err_wrap(e, "personal data");
	CLEANUP(buf_done) struct buf mark;
	buf_init(&mark, 16);
	fresh.erasing = file_exists(fresh.mark_path);
	if (fresh.erasing && rc_ok(file_read(fresh.mark_path, 8, &mark, NULL)))
		fresh.by_service = strcmp(buf_text(&mark), "service") == 0;
	*v = fresh;
	return RC_OK;
}

void vault_done(struct vault *v)
{
	secret_done(&v->key);
}

static rc load_key(struct vault *v, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf raw;
	buf_init(&raw, 2 * AEAD_KEY_SIZE);
	rc r = file_read(v->key_path, AEAD_KEY_SIZE, &raw, e);
	if (rc_failed(r))
		return r;
	if (raw.len != AEAD_KEY_SIZE)
		return err_set(e, ERR_TRUST, "%s is not a key", v->key_path);
	return secret_copy(&v->key, buf_view(&raw), e);
}

static rc make_key(struct vault *v, struct err *e)
{
	CLEANUP(secret_done) struct secret fresh = {0};
	rc r = secret_init(&fresh, AEAD_KEY_SIZE, e);
	if (rc_ok(r))
		r = chance_fill(fresh.p, fresh.n, e);
	if (rc_ok(r))
		r = file_create(v->key_path, secret_view(&fresh), KEY_MODE, e);
	return rc_failed(r) ? r : secret_copy(&v->key, secret_view(&fresh), e);
}

static rc need_key(struct vault *v, bool may_make, struct err *e)
{
	if (v->key.n)
		return RC_OK;
	if (file_exists(v->key_path))
		return load_key(v, e);
	return may_make ? make_key(v, e) : err_set(e, ERR_MISSING, "there is no personal data");
}

static rc record_path(const struct vault *v, const char *service, const char *name, char ret_name[VAULT_NAME_SIZE],
		      char ret[FILE_PATH_MAX], struct err *e)
{
	if (!name_ok(service) || !name_ok(name))
		return err_set(e, ERR_INPUT, "not a name for a record: %.64s", name);
	(void)snprintf(ret_name, VAULT_NAME_SIZE, "%s~%s", service, name);
	return file_path(ret, e, v->dir, ret_name);
}

static bool is_of(const char *name, const char *service)
{
	size_t n = service ? strlen(service) : 0;
	return !service || (strncmp(name, service, n) == 0 && name[n] == '~');
}

rc vault_count(const struct vault *v, const char *service, struct vault_count *ret, struct err *e)
{
	struct vault_count count = {0};
	char **names;
	size_t n;
	rc r = file_list_dir(v->dir, 2 * VAULT_RECORDS_MAX, &names, &n, e);
	if (rc_failed(r))
		return err_wrap(e, "counting personal data");
	for (size_t i = 0; rc_ok(r) && i < n; i++) {
		char path[FILE_PATH_MAX];
		struct stat st;
		if (!is_of(names[i], service))
			continue;
		r = file_path(path, e, v->dir, names[i]);
		if (rc_ok(r) && lstat(path, &st) != 0)
			r = err_errno(e, errno, "stat %s", path);
		if (rc_failed(r))
			break;
		count.records++;
		count.bytes += (uint64_t)st.st_size;
	}
	file_list_free(names);
	if (rc_ok(r))
		*ret = count;
	return r;
}

static rc check_room(const struct vault *v, const char *service, const char *path, size_t more, struct err *e)
{
	struct vault_count all, own;
	size_t fresh = file_exists(path) ? 0 : 1;
	rc r = vault_count(v, NULL, &all, e);
	if (rc_ok(r))
		r = vault_count(v, service, &own, e);
	if (rc_failed(r))
		return r;
	if (own.records + fresh > VAULT_SERVICE_RECORDS_MAX || own.bytes + more > VAULT_SERVICE_BYTES_MAX)
		return err_set(e, ERR_SPACE, "%s has used up its room (%zu records, %llu bytes)", service, own.records,
			       (unsigned long long)own.bytes);
	if (all.records + fresh > VAULT_RECORDS_MAX || all.bytes + more > VAULT_BYTES_MAX)
		return err_set(e, ERR_SPACE, "no room for another record (%zu records, %llu bytes)", all.records,
			       (unsigned long long)all.bytes);
	return RC_OK;
}

rc vault_store(struct vault *v, const char *service, const char *name, struct bytes data, struct err *e)
{
	CLEANUP(buf_done) struct buf sealed;
	char full[VAULT_NAME_SIZE], path[FILE_PATH_MAX];
	uint8_t nonce[AEAD_NONCE_SIZE];
	buf_init(&sealed, SEALED_MAX);
	if (v->erasing)
		return err_set(e, ERR_BUSY, "personal data is being erased");
	if (data.n > VAULT_RECORD_MAX)
		return err_set(e, ERR_LIMIT, "a record of %zu bytes; at most %d", data.n, VAULT_RECORD_MAX);
	rc r;
	if (rc_failed(r = record_path(v, service, name, full, path, e)) ||
	    rc_failed(r = check_room(v, service, path, data.n + AEAD_NONCE_SIZE + AEAD_TAG_SIZE, e)) ||
	    rc_failed(r = need_key(v, true, e)) || rc_failed(r = chance_fill(nonce, sizeof nonce, e)) ||
	    rc_failed(r = aead_seal(v->key.p, nonce, bytes_of_text(full), data, &sealed, e)))
		return r;
	return file_write_atomic(path, buf_view(&sealed), KEY_MODE, e);
}

rc vault_read(struct vault *v, const char *service, const char *name, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf sealed;
	char full[VAULT_NAME_SIZE], path[FILE_PATH_MAX];
	buf_init(&sealed, SEALED_MAX + 1);
	rc r;
	if (rc_failed(r = record_path(v, service, name, full, path, e)) || rc_failed(r = need_key(v, false, e)) ||
	    rc_failed(r = file_read(path, SEALED_MAX, &sealed, e)))
		return r;
	return aead_open(v->key.p, bytes_of_text(full), buf_view(&sealed), out, e);
}

rc vault_remove(struct vault *v, const char *service, const char *name, struct err *e)
{
	char full[VAULT_NAME_SIZE], path[FILE_PATH_MAX];
	rc r = record_path(v, service, name, full, path, e);
	if (rc_failed(r))
		return r;
	return file_exists(path) ? file_remove(path, e) : err_set(e, ERR_MISSING, "no such record");
}

/* Add a line; the last place says that there is more. */
static void keep(struct statement_receipt *r, const char *what, const char *why)
{
	if (r->not_erased_n == ARRAY_LEN(r->not_erased))
		return;
	struct statement_not_erased *k = &r->not_erased[r->not_erased_n++];
	bool last = r->not_erased_n == ARRAY_LEN(r->not_erased);
	(void)snprintf(k->what, sizeof k->what, "%s", last ? "further files" : what);
	(void)snprintf(k->why, sizeof k->why, "%.*s", (int)sizeof k->why - 1,
		       last ? "more could not be removed than fit here" : why);
}

static void erase_key(struct vault *v, struct statement_receipt *ret)
{
	struct err why = {0};
	bool had_key = file_exists(v->key_path);
	secret_done(&v->key);
	ret->key_destroyed = rc_ok(file_shred(v->key_path, &why)) && !file_exists(v->key_path);
	if (!ret->key_destroyed)
		keep(ret, "the key of the personal data", why.text);
	else if (had_key)
		keep(ret, "older copies of the key file",
		     "it is kept in a file: flash storage may hold old blocks until it reuses them");
}

static void erase_record(struct vault *v, const char *name, struct statement_receipt *ret)
{
	struct err why = {0};
	char path[FILE_PATH_MAX];
	struct stat st;
	rc r = file_path(path, &why, v->dir, name);
	if (rc_ok(r) && lstat(path, &st) != 0)
		r = err_errno(&why, errno, "stat");
	if (rc_ok(r))
		r = file_remove(path, &why);
	if (rc_failed(r)) {
		keep(ret, name, why.text);
		return;
	}
	ret->files++;
	ret->bytes += (uint64_t)st.st_size;
}

static void erase_records(struct vault *v, struct statement_receipt *ret)
{
	struct err why = {0};
	char **names;
	size_t n;
	if (rc_failed(file_list_dir(v->dir, 4 * VAULT_RECORDS_MAX, &names, &n, &why))) {
		keep(ret, "the folder of the sealed records", why.text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		erase_record(v, names[i], ret);
	file_list_free(names);
}

rc vault_erase(struct vault *v, bool by_service, struct statement_receipt *ret, struct err *e)
{
	rc r = file_write_atomic(v->mark_path, bytes_of_text(by_service ? "service" : "owner"), KEY_MODE, e);
	if (rc_failed(r))
		return err_wrap(e, "beginning the erasure");
	v->erasing = true;
	v->by_service = by_service;
	ret->by_service = by_service;
	erase_key(v, ret);
	erase_records(v, ret);
	return RC_OK;
}

rc vault_erase_finished(struct vault *v, struct err *e)
{
	rc r = file_remove(v->mark_path, e);
	if (rc_failed(r))
		return err_wrap(e, "ending the erasure");
	v->erasing = false;
	return RC_OK;
}
