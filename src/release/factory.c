/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A factory run: every unit is made beside its place, the batch is checked as a whole, and only then do folders, labels
 * and records appear; a failure on the way takes back what had appeared.
 */
#include "release/factory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/codec/hex.h"
#include "core/model/record.h"
#include "host/os/chance.h"
#include "release/factory_unit.h"
#include "release/keyring.h"
#include "release/label_sheet.h"
#include "release/repo.h"
#include "core/base/banned.h"

#define RECORDS_MAX ((size_t)256 * 1024 * 1024)

struct run {
	struct factory_line line;
	struct factory_draft *drafts;
	size_t n;
	char records[FILE_PATH_MAX], labels[FILE_PATH_MAX];
	off_t records_size; /* whole lines in records.jsonl before this run */
	int lock;
	bool written; /* nothing to take back any more */
};

static void run_done(struct run *r)
{
	for (size_t i = 0; r->drafts && i < r->n; i++) {
		struct factory_draft *d = &r->drafts[i];
		if (!r->written && d->told.label[0])
			(void)unlink(d->told.label);
		factory_unit_done(d);
	}
	mem_free(r->drafts);
	file_close(&r->lock);
	privkey_done(&r->line.factory);
	privkey_done(&r->line.ca);
	buf_done(&r->line.ca_pem);
	buf_done(&r->line.service_ca_pem);
	buf_done(&r->line.root);
}

static rc check_run(const struct factory_run *run, struct err *e)
{
	if (!name_ok(run->model) || (run->id && !name_ok(run->id))) {
		(void)err_set(e, ERR_INPUT, "model and id must be plain names");
		return err_hint(e, "use a-z, 0-9, '.', '_' and '-', at most %d characters", NAME_MAX_CHARS);
	}
	if (!run->maker[0] || strlen(run->maker) > RECORD_MAKER_MAX || !name_utf8_ok(run->maker, strlen(run->maker)))
		return err_set(e, ERR_INPUT, "the maker's name must be a text of at most %d bytes", RECORD_MAKER_MAX);
	if (!run->service_host[0] || strlen(run->service_host) > FACTORY_HOST_MAX ||
	    (run->page_host && strlen(run->page_host) > FACTORY_HOST_MAX))
		return err_set(e, ERR_INPUT, "a host name has 1 to %d bytes", FACTORY_HOST_MAX);
	if (run->count > FACTORY_UNITS_MAX)
		return err_set(e, ERR_LIMIT, "at most %d units in one run", FACTORY_UNITS_MAX);
	if (run->id && run->count)
		return err_set(e, ERR_INPUT, "an id can be given to one unit only, not to a run of many");
	return RC_OK;
}

/* The newest root of the repository, checked from the keys folder's first one on. */
static rc read_root(struct factory_line *line, struct err *e)
{
	struct repo *repo = NULL;
	CLEANUP(buf_done) struct buf first;
	buf_init(&first, TUF_ROOT_MAX);
	rc r = keyring_read(line->run->keys_dir, "root.json", &first, e);
	if (rc_failed(r))
		return err_hint(e, "make keys with `hallmark keys init`");
	buf_init(&line->root, TUF_ROOT_MAX);
	if (!line->run->repo_dir) {
		buf_put(&line->root, buf_view(&first));
		return buf_check(&line->root, "root", e);
	}
	r = repo_open(line->run->repo_dir, buf_view(&first), &repo, e);
	if (rc_ok(r))
		buf_put(&line->root, repo_root(repo));
	repo_free(repo);
	return rc_ok(r) ? buf_check(&line->root, "root", e) : r;
}

static rc read_keys(struct factory_line *line, struct err *e)
{
	const struct factory_run *run = line->run;
	buf_init(&line->ca_pem, CERT_PEM_MAX);
	buf_init(&line->service_ca_pem, CERT_PEM_MAX);
	rc r = read_root(line, e);
	if (rc_ok(r))
		r = keyring_load(run->keys_dir, "factory", run->passphrase, &line->factory, e);
	if (rc_ok(r))
		r = keyring_load(run->keys_dir, "factory-ca", run->passphrase, &line->ca, e);
	if (rc_ok(r))
		r = keyring_read(run->keys_dir, "factory-ca.pem", &line->ca_pem, e);
	return rc_ok(r) ? keyring_read(run->keys_dir, "service-ca.pem", &line->service_ca_pem, e) : r;
}

/* One run at a time into a batch folder; the lock ends with the process. */
static rc lock_batch(struct run *r, const char *batch, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc result = file_path(path, e, batch, ".lock");
	if (rc_failed(result))
		return result;
	r->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->lock < 0)
		return err_errno(e, errno, "open %s", path);
	if (flock(r->lock, LOCK_EX | LOCK_NB) != 0)
		return err_set(e, ERR_BUSY, "another factory run into %s is under way", batch);
	return RC_OK;
}

static rc make_places(struct run *r, struct err *e)
{
	char batch[FILE_PATH_MAX];
	const struct factory_run *run = r->line.run;
	rc result =
		run->batch_dir ? file_path(batch, e, run->batch_dir, ".") : file_path(batch, e, run->keys_dir, "batch");
	if (rc_ok(result))
		result = file_path(r->records, e, batch, "records.jsonl");
	if (rc_ok(result))
		result = file_path(r->labels, e, batch, "labels");
	if (rc_ok(result))
		result = file_make_dir(r->labels, 0700, e);
	return rc_ok(result) ? lock_batch(r, batch, e) : result;
}

static rc name_unit(const struct factory_run *run, struct factory_unit *u, struct err *e)
{
	char random[11];
	rc r = chance_hex(5, random, e);
	if (rc_failed(r))
		return r;
	int n = run->id ? snprintf(u->id, sizeof u->id, "%s", run->id)
			: snprintf(u->id, sizeof u->id, "%s-%s", run->model, random);
	if (n < 0 || (size_t)n >= sizeof u->id)
		return err_set(e, ERR_LIMIT, "the model's name is too long for an id made from it");
	if (run->count)
		return file_path(u->dir, e, run->out_dir, u->id);
	n = snprintf(u->dir, sizeof u->dir, "%s", run->out_dir);
	return n > 0 && (size_t)n < sizeof u->dir ? RC_OK : err_set(e, ERR_LIMIT, "not a usable folder name");
}

static rc make_units(struct run *r, struct err *e)
{
	rc result = RC_OK;
	for (size_t i = 0; i < r->n && rc_ok(result); i++) {
		result = name_unit(r->line.run, &r->drafts[i].told, e);
		if (rc_ok(result))
			result = factory_unit_make(&r->line, &r->drafts[i], e);
		if (rc_failed(result))
			return err_wrap(e, "unit %zu", i + 1);
	}
	return result;
}

/* One earlier record against the new units. */
static rc check_record(const struct run *r, struct bytes line, struct err *e)
{
	MEM_AUTO struct record *rec = mem_alloc(sizeof *rec);
	if (!rec)
		return err_set(e, ERR_MEMORY, "records: out of memory");
	rc result = record_open(line, &r->line.factory.pub, rec, e);
	if (rc_failed(result))
		return result;
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(rec->device, r->drafts[i].told.id) == 0) {
			(void)err_set(e, ERR_EXISTS, "a unit %s was made before", rec->device);
			return err_hint(e, "ids are for ever; choose another one");
		}
		if (strcmp(rec->password_id, r->drafts[i].password_id) == 0)
			return err_set(e, ERR_TRUST, "unit %s has a password that was used before",
				       r->drafts[i].told.id);
	}
	return RC_OK;
}

/* A last line without its end is what a power cut left of a run whose devices never appeared: it does not count. */
static rc check_records(struct run *r, struct err *e)
{
	CLEANUP(buf_done) struct buf all;
	buf_init(&all, RECORDS_MAX);
	if (!file_exists(r->records))
		return RC_OK;
	rc result = file_read(r->records, RECORDS_MAX, &all, e);
	size_t number = 1;
	for (size_t at = 0; at < all.len && rc_ok(result); number++) {
		const uint8_t *end = memchr(all.data + at, '\n', all.len - at);
		if (!end)
			break;
		size_t n = (size_t)(end - all.data) - at;
		result = check_record(r, bytes_of(all.data + at, n), e);
		at += n + 1;
		r->records_size = (off_t)at;
	}
	return rc_failed(result) ? err_wrap(e, "%s line %zu", r->records, number - 1) : result;
}

static rc check_batch(struct run *r, struct err *e)
{
	MEM_AUTO const char **passwords = mem_array(r->n, sizeof *passwords);
	if (!passwords)
		return err_set(e, ERR_MEMORY, "batch: out of memory");
	for (size_t i = 0; i < r->n; i++) {
		passwords[i] = r->drafts[i].password;
		for (size_t k = 0; k < i; k++)
			if (strcmp(r->drafts[i].told.id, r->drafts[k].told.id) == 0)
				return err_set(e, ERR_TRUST, "batch: two units got the id %s", r->drafts[i].told.id);
	}
	rc result = batch_check(passwords, r->n, e);
	return rc_ok(result) ? check_records(r, e) : result;
}

static rc put_label(struct run *r, struct factory_draft *d, struct err *e)
{
	char path[FILE_PATH_MAX], name[NAME_MAX_CHARS + 8];
	CLEANUP(buf_done_wiped) struct buf svg;
	struct label_sheet sheet = {
		.maker = r->line.run->maker,
		.model = r->line.run->model,
		.device = d->told.id,
		.url = d->url,
		.password = d->password,
	};
	buf_init(&svg, LABEL_SHEET_MAX);
	(void)snprintf(name, sizeof name, "%s.svg", d->told.id);
	rc result = file_path(path, e, r->labels, name);
	if (rc_ok(result))
		result = label_sheet_svg(&sheet, &svg, e);
	if (rc_ok(result))
		result = file_create(path, buf_view(&svg), 0600, e);
	if (result.code == ERR_EXISTS) /* no record has this id, as far as the records here tell */
		return err_hint(e, "left by an interrupted run? then remove it; else choose another id");
	if (rc_ok(result))
		memcpy(d->told.label, path, sizeof path);
	return result;
}

/* The folder goes back to where staging_done removes it. */
static void take_back(struct factory_draft *d, const char *path)
{
	if (rename(d->staging.target, path) == 0)
		(void)snprintf(d->staging.path, sizeof d->staging.path, "%s", path);
}

/* The records as they were before this run: whole lines, or no file. */
static void undo_records(const struct run *r)
{
	if (r->records_size == 0)
		(void)unlink(r->records);
	else
		(void)(truncate(r->records, r->records_size) == 0);
}

static rc append_records(const struct run *r, struct err *e)
{
	CLEANUP(buf_done) struct buf lines;
	buf_init(&lines, RECORDS_MAX);
	for (size_t i = 0; i < r->n; i++) {
		buf_put(&lines, buf_view(&r->drafts[i].record));
		buf_put_u8(&lines, '\n');
	}
	rc result = buf_check(&lines, "records", e);
	if (rc_ok(result) && file_exists(r->records) && truncate(r->records, r->records_size) != 0)
		result = err_errno(e, errno, "truncate %s", r->records);
	if (rc_failed(result))
		return result;
	result = file_append_synced(r->records, buf_view(&lines), 0644, e);
	if (rc_failed(result))
		undo_records(r);
	return result;
}

/* Records before folders: killed in between, an id is spent; the other way round a unit would leave without a record.
 */
static rc appear(struct run *r, struct err *e)
{
	rc result = RC_OK;
	size_t out = 0;
	for (size_t i = 0; i < r->n && rc_ok(result); i++)
		result = put_label(r, &r->drafts[i], e);
	if (rc_ok(result))
		result = append_records(r, e);
	bool recorded = rc_ok(result);
	while (out < r->n && rc_ok(result)) {
		result = staging_commit(&r->drafts[out].staging, e);
		if (rc_ok(result))
			out++;
	}
	if (recorded && rc_failed(result))
		undo_records(r);
	for (size_t i = 0; i < out && rc_failed(result); i++) {
		char path[FILE_PATH_MAX];
		int n = snprintf(path, sizeof path, "%s.undone", r->drafts[i].staging.target);
		if (n > 0 && (size_t)n < sizeof path)
			take_back(&r->drafts[i], path);
	}
	r->written = rc_ok(result);
	return result;
}

static rc tell(const struct run *r, struct factory_unit **ret, size_t *ret_n, struct err *e)
{
	struct factory_unit *units = mem_array(r->n, sizeof *units);
	if (!units)
		return err_set(e, ERR_MEMORY, "factory run: out of memory");
	for (size_t i = 0; i < r->n; i++)
		units[i] = r->drafts[i].told;
	*ret = units;
	*ret_n = r->n;
	return RC_OK;
}

rc factory_provision(const struct factory_run *run, struct factory_unit **ret, size_t *ret_n, struct err *e)
{
	CLEANUP(run_done) struct run r = {.line.run = run, .n = run->count ? run->count : 1, .lock = -1};
	rc result = check_run(run, e);
	if (rc_failed(result))
		return result;
	r.drafts = mem_array(r.n, sizeof *r.drafts);
	if (!r.drafts)
		return err_set(e, ERR_MEMORY, "factory run: out of memory");
	result = read_keys(&r.line, e);
	if (rc_ok(result))
		result = make_places(&r, e);
	if (rc_ok(result))
		result = make_units(&r, e);
	if (rc_ok(result))
		result = check_batch(&r, e);
	if (rc_ok(result))
		result = appear(&r, e);
	return rc_ok(result) ? tell(&r, ret, ret_n, e) : result;
}
