/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a TUF repository folder through core/trust, with the folder in place of the server. What a device would
 * refuse, is refused here, before anything is added to it.
 */
#include "release/repo.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/rfc3339.h"
#include "release/repo_state.h"
#include "core/base/banned.h"

static const char *const role_names[REPO_FILES] = {"root", "timestamp", "snapshot", "targets"};

rc repo_state_path(const struct repo *r, const char *sub, const char *name, char ret[FILE_PATH_MAX], struct err *e)
{
	char folder[FILE_PATH_MAX];
	rc result = file_path(folder, e, r->dir, sub);
	return rc_ok(result) ? file_path(ret, e, folder, name) : result;
}

static rc read_metadata(const struct repo *r, const char *name, size_t max, struct buf *out, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc result = repo_state_path(r, "metadata", name, path, e);
	return rc_ok(result) ? file_read(path, max, out, e) : result;
}

static int role_of(const char *name)
{
	for (int i = 0; i < REPO_FILES; i++) {
		size_t n = strlen(role_names[i]);
		if (strncmp(name, role_names[i], n) == 0 && strcmp(name + n, ".json") == 0)
			return i;
	}
	return -1;
}

/* Keep the "signed" part of a verified file. */
static rc keep(struct repo *r, int role, struct bytes content, struct err *e)
{
	JSON_AUTO json_t *doc = NULL;
	rc result = json_codec_parse(content, TUF_TARGETS_MAX, role_names[role], &doc, e);
	if (rc_failed(result))
		return result;
	json_decref(r->body[role]);
	r->body[role] = json_incref(json_object_get(doc, "signed"));
	if (role != REPO_ROOT)
		return RC_OK;
	buf_reset(&r->root);
	buf_put(&r->root, content);
	return buf_check(&r->root, "root", e);
}

static rc step(struct repo *r, const struct tuf_fetch *due, struct err *e)
{
	struct tuf_actions actions = {0};
	const char *reason = NULL;
	CLEANUP(buf_done) struct buf content;
	buf_init(&content, due->max);
	rc result = read_metadata(r, due->name, due->max, &content, e);
	if (result.code == ERR_MISSING) {
		err_clear(e); /* the end of the root chain is no error */
		return tuf_feed_absent(r->tuf, &actions, e);
	}
	if (rc_ok(result))
		result = tuf_feed(r->tuf, buf_view(&content), &actions, &reason, e);
	if (rc_failed(result))
		return err_wrap(e, "metadata/%s", due->name);
	for (size_t i = 0; i < actions.n && rc_ok(result); i++)
		if (actions.list[i].kind == TUF_STORE)
			result = keep(r, role_of(actions.list[i].name), actions.list[i].content, e);
	return result;
}

static rc walk(struct repo *r, struct err *e)
{
	bool done = false;
	char path[FILE_PATH_MAX];
	tuf_refresh_begin(r->tuf, (struct wall_time){0}); /* whether it is fresh is the devices' question */
	rc result = repo_state_path(r, "metadata", "timestamp.json", path, e);
	if (rc_failed(result))
		return result;
	bool empty = !file_exists(path);
	for (;;) {
		struct tuf_fetch due;
		result = tuf_next(r->tuf, &due, &done, e);
		if (rc_failed(result) || done)
			return result;
		if (empty && strcmp(due.name, "timestamp.json") == 0)
			return RC_OK;
		result = step(r, &due, e);
		if (rc_failed(result))
			return result;
	}
}

static rc open_root(struct repo *r, struct bytes root, struct err *e)
{
	CLEANUP(buf_done) struct buf own;
	buf_init(&own, TUF_ROOT_MAX);
	rc result = RC_OK;
	if (root.n == 0) {
		result = read_metadata(r, "1.root.json", TUF_ROOT_MAX, &own, e);
		if (result.code == ERR_MISSING)
			return err_hint(e, "%s is no repository; `hallmark release` makes one", r->dir);
		root = buf_view(&own);
	}
	if (rc_ok(result)) {
		result = tuf_new(root, &r->tuf, e);
		if (rc_failed(result))
			return err_wrap(e, own.len ? "metadata/1.root.json" : "root.json of the keys");
	}
	return rc_ok(result) ? keep(r, REPO_ROOT, root, e) : result;
}

rc repo_open(const char *dir, struct bytes root, struct repo **ret, struct err *e)
{
	struct repo *r = mem_alloc(sizeof *r);
	if (!r)
		return err_set(e, ERR_MEMORY, "repository: out of memory");
	buf_init(&r->root, TUF_ROOT_MAX);
	(void)snprintf(r->dir, sizeof r->dir, "%s", dir);
	rc result = strlen(dir) < sizeof r->dir ? open_root(r, root, e) : err_set(e, ERR_LIMIT, "path too long");
	if (rc_ok(result))
		result = walk(r, e);
	if (rc_failed(result)) {
		repo_free(r);
		return err_wrap(e, "repository %s", dir);
	}
	*ret = r;
	return RC_OK;
}

void repo_free(struct repo *r)
{
	if (!r)
		return;
	for (int i = 0; i < REPO_FILES; i++)
		json_decref(r->body[i]);
	tuf_free(r->tuf);
	buf_done(&r->root);
	mem_free(r);
}

void repo_files(const struct repo *r, struct repo_file ret[REPO_FILES])
{
	for (int i = 0; i < REPO_FILES; i++) {
		ret[i] = (struct repo_file){.role = role_names[i]};
		const char *expires = json_string_value(json_object_get(r->body[i], "expires"));
		ret[i].version = json_integer_value(json_object_get(r->body[i], "version"));
		if (expires)
			(void)rfc3339_parse_time(expires, &ret[i].expires);
	}
}

struct bytes repo_root(const struct repo *r)
{
	return buf_view(&r->root);
}

static bool info_of(const json_t *entry, struct release_info *ret)
{
	CLEANUP(buf_done) struct buf custom;
	const json_t *value = json_object_get(entry, "custom");
	buf_init(&custom, RELEASE_CUSTOM_MAX);
	return value && rc_ok(json_codec_canonical(value, &custom, NULL)) &&
	       rc_ok(release_decode(buf_view(&custom), ret, NULL));
}

void repo_each(const struct repo *r, repo_each_fn *each, void *ctx)
{
	const char *name;
	json_t *entry;
	json_object_foreach(json_object_get(r->body[REPO_TARGETS], "targets"), name, entry)
	{
		struct release_info info;
		if (!info_of(entry, &info))
			continue;
		if (!each(ctx, name, (uint64_t)json_integer_value(json_object_get(entry, "length")), &info))
			return;
	}
}
