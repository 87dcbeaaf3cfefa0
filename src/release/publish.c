/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds to the record of publications, under a lock on its folder: read and check all of it, decide, sign, write anew.
 * What may follow what is core/model/publication.c's to say; what the statement of compliance holds is product's.
 */
#include "release/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/codec/hex.h"
#include "product/documents.h"
#include "core/base/banned.h"

#define STATEMENT "statement-of-compliance.md"

struct work {
	const struct publish_order *o;
	const struct declaration *d;
	struct publication_record record;
	struct buf text; /* the record's, then with the new line */
	struct publication next;
	char path[FILE_PATH_MAX];
	int lock;
};

static void work_done(struct work *w)
{
	publication_record_done(&w->record);
	buf_done(&w->text);
	file_close(&w->lock);
}

/* On the folder, which is there before the record is: nothing is left behind, and the lock ends with the process. */
static rc lock_folder(struct work *w, struct err *e)
{
	char dir[FILE_PATH_MAX];
	(void)snprintf(dir, sizeof dir, "%s", w->path);
	char *slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	else
		(void)snprintf(dir, sizeof dir, ".");
	w->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->lock < 0)
		return err_errno(e, errno, "open folder %s", dir);
	if (flock(w->lock, LOCK_EX | LOCK_NB) == 0)
		return RC_OK;
	if (errno != EWOULDBLOCK)
		return err_errno(e, errno, "lock folder %s", dir);
	(void)err_set(e, ERR_BUSY, "another publication in %s is under way", dir);
	return err_hint(e, "try again when it is done");
}

static rc copy(char *ret, size_t size, const char *text, const char *what, struct err *e)
{
	size_t n = text ? strlen(text) : 0;
	if (n >= size)
		return err_set(e, ERR_LIMIT, "%s is longer than %zu bytes", what, size - 1);
	memcpy(ret, text ? text : "", n + 1);
	return RC_OK;
}

/* The statement as `hallmark compile --date DAY` writes it. */
static rc hash_statement(const struct declaration *d, struct wall_time day, char ret[PUBLICATION_HASH_SIZE],
			 struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	uint8_t hash[SHA256_SIZE];
	buf_init(&text, DOCUMENTS_MAX);
	const struct documents_row *row = documents_table;
	while (row->name && strcmp(row->name, STATEMENT) != 0)
		row++;
	if (!row->name)
		return err_set(e, ERR_INTERNAL, "no document is called %s", STATEMENT);
	row->write(d, day, &text);
	rc r = buf_check(&text, STATEMENT, e);
	if (rc_ok(r))
		r = hash_sha256(buf_view(&text), hash, e);
	if (rc_ok(r))
		hex_encode(bytes_of(hash, sizeof hash), ret);
	return r;
}

static rc fill_next(struct work *w, struct err *e)
{
	struct publication *p = &w->next;
	const struct declaration *d = w->d;
	p->seq = (int64_t)w->record.n + 1;
	p->published.s = w->o->day.s - w->o->day.s % SECONDS_PER_DAY;
	p->support_until = d->support.until;
	memcpy(p->previous, w->record.head, sizeof p->previous);
	rc r = copy(p->maker, sizeof p->maker, d->maker.name, "maker.name", e);
	if (rc_ok(r))
		r = copy(p->product, sizeof p->product, d->product, "product", e);
	if (rc_ok(r))
		r = copy(p->model, sizeof p->model, d->model, "model", e);
	if (rc_ok(r))
		r = copy(p->version, sizeof p->version, d->version, "version", e);
	if (rc_ok(r))
		r = copy(p->policy_url, sizeof p->policy_url, d->disclosure.policy_url, "disclosure.policy_url", e);
	return rc_ok(r) ? hash_statement(d, p->published, p->statement_sha256, e) : r;
}

/* Would the statement of the last publication read otherwise today? The version of the software alone is no news. */
static rc is_news(const struct work *w, bool *ret, struct err *e)
{
	const struct publication *newest = publication_newest(&w->record);
	char again[PUBLICATION_HASH_SIZE];
	*ret = true;
	if (!newest)
		return RC_OK;
	rc r = hash_statement(w->d, newest->published, again, e);
	if (rc_ok(r))
		*ret = strcmp(again, newest->statement_sha256) != 0 ||
		       newest->support_until.s != w->next.support_until.s ||
		       strcmp(newest->product, w->next.product) != 0 ||
		       strcmp(newest->policy_url, w->next.policy_url) != 0;
	return r;
}

static rc check_clean(const struct work *w, struct err *e)
{
	struct judge_result *judged = NULL;
	rc r = judge_declaration(w->d, w->o->day, &judged, e);
	if (rc_failed(r))
		return r;
	bool clean = judged->clean;
	judge_free(judged);
	if (clean)
		return RC_OK;
	(void)err_set(e, ERR_WRONG_STATE,
		      "%s contradicts itself or leaves a mandatory promise out; nothing was published",
		      w->o->declaration);
	return err_hint(e, "\"hallmark check %s\" shows where", w->o->declaration);
}

static rc load(struct work *w, struct err *e)
{
	rc r = file_read(w->path, PUBLICATION_RECORD_MAX, &w->text, e);
	if (r.code == ERR_MISSING) { /* the folder is there, as the lock shows: this is the first publication */
		err_clear(e);
		return RC_OK;
	}
	if (rc_failed(r))
		return err_wrap(e, "reading what was published");
	r = publication_record_check(buf_view(&w->text), w->o->maker->pub, &w->record, e);
	return rc_ok(r) ? r : err_wrap(e, "%s", w->path);
}

static rc add_line(struct work *w, char ret_head[PUBLICATION_HASH_SIZE], struct err *e)
{
	CLEANUP(buf_done) struct buf line;
	uint8_t hash[SHA256_SIZE];
	buf_init(&line, PUBLICATION_LINE_MAX);
	if (w->record.n == PUBLICATION_ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, "%s holds %d publications, and no more fit", w->path,
			       PUBLICATION_ENTRIES_MAX);
	rc r = publication_sign(&w->next, w->o->maker, &line, e);
	if (rc_ok(r))
		r = hash_sha256(buf_view(&line), hash, e);
	if (rc_failed(r))
		return r;
	buf_put(&w->text, buf_view(&line));
	buf_put_u8(&w->text, '\n');
	hex_encode(bytes_of(hash, sizeof hash), ret_head);
	if (rc_failed(r = buf_check(&w->text, w->path, e)) || w->o->dry_run)
		return r;
	return file_write_atomic(w->path, buf_view(&w->text), 0644, e);
}

static rc add(struct work *w, struct publish_result *ret, struct err *e)
{
	bool news = true;
	const struct publication *newest = publication_newest(&w->record);
	rc r = fill_next(w, e);
	if (rc_ok(r))
		r = publication_follows(newest, &w->next, e);
	if (rc_ok(r))
		r = check_clean(w, e);
	if (rc_ok(r))
		r = is_news(w, &news, e);
	if (rc_failed(r))
		return r;
	memcpy(ret->head, w->record.head, sizeof ret->head);
	if (news)
		r = add_line(w, ret->head, e);
	if (rc_failed(r))
		return r;
	ret->news = news;
	ret->last = news ? w->next : *newest;
	if (ret->last.seq > 1)
		ret->before = w->record.entries[ret->last.seq - 2];
	return RC_OK;
}

rc publish_add(const struct publish_order *o, const struct declaration *d, struct publish_result *ret, struct err *e)
{
	CLEANUP(work_done)
	struct work w = {.o = o, .d = d, .lock = -1};
	struct publish_result done = {0};
	buf_init(&w.text, PUBLICATION_RECORD_MAX);
	rc r = o->record ? copy(w.path, sizeof w.path, o->record, "path", e)
			 : published_path(o->declaration, w.path, e);
	if (rc_ok(r))
		r = lock_folder(&w, e);
	if (rc_ok(r))
		r = load(&w, e);
	if (rc_ok(r))
		r = add(&w, &done, e);
	if (rc_failed(r))
		return r;
	memcpy(done.path, w.path, sizeof done.path);
	*ret = done;
	return RC_OK;
}
