/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds the pure TUF client: kept files first, then the server, and carries out what it says is to be stored. Every
 * write is atomic and synced, in the order given: a cut between two leaves a state that an earlier step was good with.
 */
#include "cli/cli_tuf_io.h"

#include <stdio.h>

#include "core/base/banned.h"

#define METADATA_MS 30000
#define ROOT_FILE "root.json"

rc cli_tuf_io_init(const char *dir, const char *root_path, struct err *e)
{
	CLEANUP(buf_done) struct buf root;
	char path[FILE_PATH_MAX];
	struct tuf *t = NULL;
	buf_init(&root, TUF_ROOT_MAX);
	rc r = file_read(root_path, TUF_ROOT_MAX, &root, e);
	if (rc_ok(r))
		r = tuf_new(buf_view(&root), &t, e);
	tuf_free(t);
	if (rc_ok(r))
		r = file_make_dir(dir, 0755, e);
	if (rc_ok(r))
		r = file_path(path, e, dir, ROOT_FILE);
	if (rc_ok(r))
		r = file_create(path, buf_view(&root), 0644, e);
	if (r.code == ERR_EXISTS)
		return err_hint(e, "%s trusts a root already; take another folder to start anew", dir);
	return r;
}

/* A kept file; false if there is none that can be read, which costs a request and no more. */
static bool read_kept(const struct cli_tuf_io *u, const char *name, struct buf *out)
{
	char path[FILE_PATH_MAX];
	buf_reset(out);
	return rc_ok(file_path(path, NULL, u->dir, name)) && rc_ok(file_read(path, out->max, out, NULL));
}

static rc open_root(struct cli_tuf_io *u, struct buf *text, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = file_path(path, e, u->dir, ROOT_FILE);
	if (rc_ok(r))
		r = file_read(path, TUF_ROOT_MAX, text, e);
	if (r.code == ERR_MISSING)
		return err_hint(e, "`hallmark tuf --metadata-dir %s init ROOT` says which root to trust", u->dir);
	return rc_ok(r) ? tuf_new(buf_view(text), &u->tuf, e) : r;
}

rc cli_tuf_io_open(const char *dir, const char *url, struct cli_tuf_io *ret, struct err *e)
{
	static const char *const kept[] = {"timestamp.json", "snapshot.json", "targets.json"};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, TUF_TARGETS_MAX);
	if ((size_t)snprintf(ret->dir, sizeof ret->dir, "%s", dir) >= sizeof ret->dir)
		return err_set(e, ERR_LIMIT, "the path of the metadata folder is too long");
	rc r = cli_tuf_http_parse(url, &ret->server, e);
	if (rc_ok(r))
		r = open_root(ret, &text, e);
	for (size_t i = 0; rc_ok(r) && i < ARRAY_LEN(kept); i++)
		if (read_kept(ret, kept[i], &text))
			tuf_offer_stored(ret->tuf, kept[i], buf_view(&text));
	return r;
}

void cli_tuf_io_done(struct cli_tuf_io *u)
{
	cli_tuf_http_done(&u->server);
	tuf_free(u->tuf);
	u->tuf = NULL;
}

static rc carry_out(const struct cli_tuf_io *u, const struct tuf_actions *actions, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; rc_ok(r) && i < actions->n; i++) {
		const struct tuf_action *a = &actions->list[i];
		char path[FILE_PATH_MAX];
		r = file_path(path, e, u->dir, a->name);
		if (rc_ok(r))
			r = a->kind == TUF_STORE ? file_write_atomic(path, a->content, 0644, e) : file_remove(path, e);
	}
	return r;
}

static rc fetch(struct cli_tuf_io *u, const struct tuf_fetch *due, struct err *e)
{
	struct tuf_actions actions = {0};
	const char *reason = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	http_answer_init(&answer, due->max);
	const struct cli_tuf_request req = {.name = due->name, .max = due->max, .deadline_ms = METADATA_MS};
	struct err missing = {0};
	rc r = cli_tuf_http_get(&u->server, &req, &answer, &missing);
	(void)printf("%s: %s\n", due->name, rc_ok(r) ? "fetched" : r.code == ERR_MISSING ? "none" : "failed");
	if (r.code == ERR_MISSING && answer.status == 404) {
		r = tuf_feed_absent(u->tuf, &actions, e);
	} else if (rc_ok(r)) {
		r = tuf_feed(u->tuf, buf_view(&answer.body), &actions, &reason, e);
	} else {
		*e = missing;
		return r;
	}
	return rc_ok(r) ? carry_out(u, &actions, e) : r;
}

/* Step by step until the client has what it needs. */
static rc run(struct cli_tuf_io *u, struct err *e)
{
	CLEANUP(buf_done) struct buf kept;
	buf_init(&kept, TUF_TARGETS_MAX);
	for (;;) {
		struct tuf_fetch due;
		bool done = false, used = false;
		rc r = tuf_next(u->tuf, &due, &done, e);
		if (rc_failed(r) || done)
			return r;
		if (due.stored[0] && read_kept(u, due.stored, &kept))
			r = tuf_lookup_stored(u->tuf, buf_view(&kept), &used, e);
		if (rc_ok(r) && !used)
			r = fetch(u, &due, e);
		if (rc_failed(r))
			return r;
	}
}

rc cli_tuf_io_refresh(struct cli_tuf_io *u, struct wall_time start, struct err *e)
{
	tuf_refresh_begin(u->tuf, start);
	return run(u, e);
}

rc cli_tuf_io_lookup(struct cli_tuf_io *u, const char *name, struct tuf_target *ret, struct err *e)
{
	rc r = tuf_lookup_begin(u->tuf, name, e);
	if (rc_ok(r))
		r = run(u, e);
	return rc_ok(r) ? tuf_target_find(u->tuf, name, ret, e) : r;
}
