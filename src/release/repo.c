/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a TUF repository folder through core/trust, with the folder in place of the server. What a device would
 * refuse, is refused here, before anything is added to it.
 */
#include "release/repo.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "core/trust/tuf_verify.h"
#include "release/repo_state.h"
#include "release/tufrole.h"
#include "core/base/banned.h"

static const char *const role_names[REPO_FILES] = {"root", "timestamp", "snapshot", "targets"};

rc repo_state_path(const struct repo *r, const char *sub, const char *name, char ret[FILE_PATH_MAX], struct err *e)
{
	char folder[FILE_PATH_MAX];
	rc result = file_path(folder, e, r->dir, sub);
	return rc_ok(result) ? file_path(ret, e, folder, name) : result;
}

json_t *repo_state_body(const struct repo *r, enum repo_role role)
{
	return json_object_get(r->doc[role], "signed");
}

int64_t repo_state_version(const struct repo *r, enum repo_role role)
{
	return json_integer_value(json_object_get(repo_state_body(r, role), "version"));
}

static rc read_metadata(const struct repo *r, const struct repo_overlay *overlay, const char *name, size_t max,
			struct buf *out, struct err *e)
{
	char path[FILE_PATH_MAX];
	for (size_t i = 0; overlay && i < overlay->n; i++) {
		if (strcmp(overlay->files[i].name, name) != 0)
			continue;
		buf_put(out, overlay->files[i].content);
		return buf_check(out, name, e);
	}
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

/* A verified file. */
static rc keep(struct repo *r, int role, struct bytes content, struct err *e)
{
	json_t *doc = NULL;
	rc result = json_codec_parse(content, TUF_TARGETS_MAX, role_names[role], &doc, e);
	if (rc_failed(result))
		return result;
	json_decref(r->doc[role]);
	r->doc[role] = doc;
	buf_reset(&r->raw[role]);
	buf_put(&r->raw[role], content);
	return buf_check(&r->raw[role], role_names[role], e);
}

/* A client, and the folder (with what is about to be in it) that takes the server's place. */
struct server {
	const struct repo *repo;
	const struct repo_overlay *overlay;
	struct tuf *client;
};

/* Give a client what it asks for; what it made trusted is in *ret, and lives in `content`. */
static rc step(const struct server *s, const struct tuf_fetch *due, struct buf *content, struct tuf_actions *ret,
	       struct err *e)
{
	const char *reason = NULL;
	rc result = read_metadata(s->repo, s->overlay, due->name, due->max, content, e);
	if (result.code == ERR_MISSING) {
		struct err why = {0};
		result = tuf_feed_absent(s->client, ret, &why); /* the end of the root chain is no error */
		if (rc_ok(result))
			err_clear(e);
		return rc_ok(result) ? result : err_wrap(e, "metadata/%s", due->name);
	}
	if (rc_ok(result))
		result = tuf_feed(s->client, buf_view(content), ret, &reason, e);
	return rc_ok(result) ? result : err_wrap(e, "metadata/%s", due->name);
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
	const struct server server = {r, NULL, r->tuf};
	for (;;) {
		struct tuf_fetch due;
		struct tuf_actions actions = {0};
		CLEANUP(buf_done) struct buf content = {0};
		result = tuf_next(r->tuf, &due, &done, e);
		if (rc_failed(result) || done || (empty && strcmp(due.name, "timestamp.json") == 0))
			return result;
		buf_init(&content, due.max);
		result = step(&server, &due, &content, &actions, e);
		for (size_t i = 0; i < actions.n && rc_ok(result); i++)
			if (actions.list[i].kind == TUF_STORE)
				result = keep(r, role_of(actions.list[i].name), actions.list[i].content, e);
		if (rc_failed(result))
			return result;
	}
}

rc repo_rehearse(struct repo_rehearsal *h, struct wall_time now, struct err *e)
{
	static const char *const stored[REPO_FILES] = {NULL, "timestamp.json", "snapshot.json", "targets.json"};
	bool done = false;
	rc result = tuf_new(buf_view(&h->repo->raw[REPO_ROOT]), &h->tuf, e);
	if (rc_failed(result))
		return result;
	for (int i = REPO_TIMESTAMP; i < REPO_FILES; i++)
		if (h->repo->doc[i])
			tuf_offer_stored(h->tuf, stored[i], buf_view(&h->repo->raw[i]));
	tuf_refresh_begin(h->tuf, now);
	const struct server server = {h->repo, h->overlay, h->tuf};
	for (;;) {
		struct tuf_fetch due;
		struct tuf_actions actions = {0};
		CLEANUP(buf_done) struct buf content = {0};
		result = tuf_next(h->tuf, &due, &done, e);
		if (rc_failed(result) || done)
			break;
		buf_init(&content, due.max);
		result = step(&server, &due, &content, &actions, e);
		if (rc_failed(result))
			break;
	}
	return rc_ok(result) ? result : err_wrap(e, "devices would refuse it");
}

void repo_rehearsal_done(struct repo_rehearsal *h)
{
	tuf_free(h->tuf);
}

rc repo_state_find(const struct repo *r, const struct repo_overlay *overlay, struct tuf *t, const char *name,
		   struct tuf_target *ret, struct err *e)
{
	bool done = false;
	const struct server server = {r, overlay, t};
	rc result = tuf_lookup_begin(t, name, e);
	while (rc_ok(result)) {
		struct tuf_fetch due;
		struct tuf_actions actions = {0};
		CLEANUP(buf_done) struct buf content = {0};
		result = tuf_next(t, &due, &done, e);
		if (rc_failed(result) || done)
			break;
		buf_init(&content, due.max);
		result = step(&server, &due, &content, &actions, e);
	}
	return rc_ok(result) ? tuf_target_find(t, name, ret, e) : result;
}

static rc open_root(struct repo *r, struct bytes root, struct err *e)
{
	CLEANUP(buf_done) struct buf own;
	buf_init(&own, TUF_ROOT_MAX);
	rc result = RC_OK;
	if (root.n == 0) {
		result = read_metadata(r, NULL, "1.root.json", TUF_ROOT_MAX, &own, e);
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

/* One file of a delegated role, as the snapshot and its delegation have it. */
static rc open_supplier(struct repo *r, const char *role, struct err *e)
{
	char file[TUF_FILE_NAME_MAX], listed[TUF_FILE_NAME_MAX];
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	CLEANUP(buf_done) struct buf content;
	struct tufrole by;
	buf_init(&content, TUF_TARGETS_MAX);
	(void)snprintf(listed, sizeof listed, "%.200s.json", role);
	const json_t *meta = json_object_get(json_object_get(repo_state_body(r, REPO_SNAPSHOT), "meta"), listed);
	long long version = json_integer_value(json_object_get(meta, "version"));
	if (!name_ok(role) || !tufrole_of(repo_state_body(r, REPO_TARGETS), role, &by))
		return err_set(e, ERR_UNSUPPORTED, "supplier \"%.64s\": not a plain name, or malformed", role);
	(void)snprintf(file, sizeof file, "%lld.%.200s.json", version, role);
	rc result = meta ? read_metadata(r, NULL, file, TUF_TARGETS_MAX, &content, e)
			 : err_set(e, ERR_TRUST, "supplier %s: not in the snapshot", role);
	if (rc_ok(result))
		result = tuf_meta_hashes_check(json_object_get(meta, "hashes"), buf_view(&content), file, e);
	if (rc_ok(result))
		result = tuf_meta_parse(buf_view(&content), TUF_ROLE_TARGETS, &m, e);
	if (rc_ok(result))
		result = tuf_verify(by.keys, by.role, &m, e);
	if (rc_ok(result))
		result = tuf_meta_decode(&m, e);
	if (rc_ok(result) && m.version != version)
		result = err_set(e, ERR_TRUST, "version %lld where %lld was announced", (long long)m.version, version);
	if (rc_failed(result))
		return err_wrap(e, "metadata/%s", file);
	return json_object_set(r->suppliers, role, m.doc) == 0 ? RC_OK : err_set(e, ERR_MEMORY, "out of memory");
}

static rc open_suppliers(struct repo *r, struct err *e)
{
	const json_t *delegations = json_object_get(repo_state_body(r, REPO_TARGETS), "delegations");
	size_t i;
	const json_t *entry;
	rc result = RC_OK;
	json_array_foreach(json_object_get(delegations, "roles"), i, entry)
	{
		const char *role = json_string_value(json_object_get(entry, "name"));
		if (rc_ok(result))
			result =
				role ? open_supplier(r, role, e) : err_set(e, ERR_INPUT, "a delegation without a name");
	}
	return result;
}

rc repo_open(const char *dir, struct bytes root, struct repo **ret, struct err *e)
{
	struct repo *r = mem_alloc(sizeof *r);
	if (!r)
		return err_set(e, ERR_MEMORY, "repository: out of memory");
	for (int i = 0; i < REPO_FILES; i++)
		buf_init(&r->raw[i], TUF_TARGETS_MAX);
	r->suppliers = json_object();
	(void)snprintf(r->dir, sizeof r->dir, "%s", dir);
	rc result = strlen(dir) < sizeof r->dir ? open_root(r, root, e) : err_set(e, ERR_LIMIT, "path too long");
	if (rc_ok(result))
		result = walk(r, e);
	if (rc_ok(result))
		result = open_suppliers(r, e);
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
	for (int i = 0; i < REPO_FILES; i++) {
		json_decref(r->doc[i]);
		buf_done(&r->raw[i]);
	}
	json_decref(r->suppliers);
	tuf_free(r->tuf);
	mem_free(r);
}

void repo_files(const struct repo *r, struct repo_file ret[REPO_FILES])
{
	for (int i = 0; i < REPO_FILES; i++) {
		ret[i] = (struct repo_file){.role = role_names[i]};
		const char *expires =
			json_string_value(json_object_get(repo_state_body(r, (enum repo_role)i), "expires"));
		ret[i].version = repo_state_version(r, (enum repo_role)i);
		if (expires)
			(void)rfc3339_parse_time(expires, &ret[i].expires);
	}
}

json_t *repo_document(const struct repo *r, const char *role)
{
	for (int i = 0; i < REPO_FILES; i++)
		if (strcmp(role_names[i], role) == 0)
			return r->doc[i];
	return json_object_get(r->suppliers, role);
}

json_t *repo_body(const struct repo *r, const char *role)
{
	return json_object_get(repo_document(r, role), "signed");
}

struct bytes repo_root(const struct repo *r)
{
	return buf_view(&r->raw[REPO_ROOT]);
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
	json_object_foreach(json_object_get(repo_state_body(r, REPO_TARGETS), "targets"), name, entry)
	{
		struct release_info info;
		if (!info_of(entry, &info))
			continue;
		if (!each(ctx, name, (uint64_t)json_integer_value(json_object_get(entry, "length")), &info))
			return;
	}
}
