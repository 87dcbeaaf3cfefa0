/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an offer to a release: refresh TUF metadata, judge the offered target, fetch its policy. What comes from the
 * network goes into a length check first, then into the TUF client or a hash.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/codec/hex.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define METADATA_MS 30000
#define POLICY_MS 60000
#define COMPONENT "os"

static const char *const stored_names[] = {"timestamp.json", "snapshot.json", "targets.json"};

/* ---- the trusted metadata ---- */

static rc stored_path(char ret[FILE_PATH_MAX], const char *name, struct err *e)
{
	return file_path(ret, e, "state/tuf", name);
}

rc engine_fetch_root(struct buf *ret, struct err *e)
{
	const char *path = file_exists("state/tuf/root.json") ? "state/tuf/root.json" : "factory/root.json";
	return file_read(path, TUF_ROOT_MAX, ret, e);
}

rc engine_fetch_open(struct engine *en, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, TUF_TARGETS_MAX + 1);
	rc r = engine_fetch_root(&text, e);
	if (rc_ok(r))
		r = tuf_new(buf_view(&text), &en->fetch.tuf, e);
	for (size_t i = 0; rc_ok(r) && i < ARRAY_LEN(stored_names); i++) {
		char path[FILE_PATH_MAX];
		r = stored_path(path, stored_names[i], e);
		buf_reset(&text);
		if (rc_ok(r) && rc_ok(file_read(path, TUF_TARGETS_MAX, &text, NULL)))
			tuf_offer_stored(en->fetch.tuf, stored_names[i], buf_view(&text));
	}
	return r;
}

void engine_fetch_done(struct engine *en)
{
	tuf_free(en->fetch.tuf);
}

static rc carry_out(const struct tuf_actions *actions, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; rc_ok(r) && i < actions->n; i++) {
		const struct tuf_action *a = &actions->list[i];
		char path[FILE_PATH_MAX];
		r = stored_path(path, a->name, e);
		if (rc_ok(r))
			r = a->kind == TUF_STORE ? file_write_atomic(path, a->content, 0600, e) : file_remove(path, e);
	}
	return r;
}

/* To the service, or to a folder in its place. */
rc engine_fetch_call(struct engine *en, const struct engine_call *call, struct err *e)
{
	return engine_media_active(en) ? engine_media_call(en, call, e) : engine_net_call(en, call, e);
}

/* ---- judging the offer ---- */

static rc find_policy(struct engine *en, struct update_release *rel, struct err *e)
{
	CLEANUP(tuf_target_done) struct tuf_target t = {0};
	rc r = tuf_target_find(en->fetch.tuf, rel->declaration, &t, e);
	if (rc_failed(r))
		return r;
	if (t.length == 0 || t.length > POLICY_MAX)
		return err_set(e, ERR_LIMIT, "policy of %llu bytes", (unsigned long long)t.length);
	memcpy(rel->declaration_sha256, t.sha256, SHA256_SIZE);
	return RC_OK;
}

static bool allowed(struct engine *en, const struct release_info *info, const char **ret_reason)
{
	const char *blocked[ENGINE_BLOCKED_MAX];
	for (size_t i = 0; i < en->blocked_n; i++)
		blocked[i] = en->blocked[i];
	struct release_running running = {.model = en->device.model,
					  .version = en->installed.version,
					  .counter = (int64_t)en->installed.counter,
					  .blocked = blocked,
					  .blocked_n = en->blocked_n};
	if (release_decide(&running, info, ret_reason))
		return true;
	if (strcmp(*ret_reason, "counter") != 0 || !engine_grant_allows(en, info, ret_reason))
		return false;
	running.counter = info->counter - 1; /* nothing but the counter is granted: all the rest is asked again */
	return release_decide(&running, info, ret_reason);
}

static void put_transfer(const struct release_transfer *from, struct update_transfer *to)
{
	*to = (struct update_transfer){
		.bytes = from->bytes, .memory = from->memory, .header_bytes = from->header_bytes};
	(void)snprintf(to->target, sizeof to->target, "%s", from->target);
	memcpy(to->sha256, from->sha256, SHA256_SIZE);
	memcpy(to->header_sha256, from->header_sha256, SHA256_SIZE);
}

/* The smallest one from the image that runs; none that costs more than the whole. */
static void choose_patch(const struct engine *en, const struct release_info *info, struct update_transfer *ret)
{
	const struct bootctl_image *runs = &en->boot.image[en->boot.booted];
	uint64_t best = info->full.bytes;
	for (size_t i = 0; i < info->patches_n; i++) {
		const struct release_transfer *p = &info->patches[i];
		if (p->bytes >= best || memcmp(p->base_sha256, runs->sha256, SHA256_SIZE) != 0)
			continue;
		best = p->bytes;
		put_transfer(p, ret);
	}
}

/*
 * MODEL-COMPONENT-...: a supplier signs whatever its path patterns let it name, and must not be able to sign an image
 * of another component under a name of its own.
 */
static bool named_for(const char *target, const struct release_info *info)
{
	char start[2 * RELEASE_WORD_MAX + 3];
	int n = snprintf(start, sizeof start, "%s-%s-", info->model, info->component);
	return strncmp(target, start, (size_t)n) == 0;
}

/* The offered image. *ret_reason starts as a refusal; only the last line here takes it away. */
static rc judge(struct engine *en, struct update_release *rel, const char **ret_reason, struct err *e)
{
	CLEANUP(tuf_target_done) struct tuf_target t = {0};
	struct release_info info;
	const char *reason = "signature";
	*ret_reason = "signature";
	*rel = (struct update_release){0};
	rc r = tuf_target_find(en->fetch.tuf, en->update.offer_target, &t, e);
	if (rc_ok(r))
		r = release_decode(bytes_of_text(t.custom), &info, e);
	if (rc_failed(r))
		return r;
	if (info.kind != RELEASE_IMAGE || strcmp(info.component, COMPONENT) != 0 ||
	    strcmp(info.version, en->update.offer_version) != 0 || t.length == 0 ||
	    !named_for(en->update.offer_target, &info))
		return err_set(e, ERR_TRUST, "%s is not the offered image", en->update.offer_target);
	if (!allowed(en, &info, &reason)) {
		*ret_reason = reason;
		return err_set(e, ERR_DENIED, "version %s is not for this device now: %s", info.version, reason);
	}
	(void)snprintf(rel->version, sizeof rel->version, "%s", info.version);
	rel->counter = (uint64_t)info.counter;
	rel->security = info.security;
	rel->length = info.image_bytes;
	memcpy(rel->sha256, info.image_sha256, SHA256_SIZE);
	(void)snprintf(info.full.target, sizeof info.full.target, "%s", en->update.offer_target);
	memcpy(info.full.sha256, t.sha256, SHA256_SIZE);
	info.full.bytes = t.length;
	put_transfer(&info.full, &rel->full);
	choose_patch(en, &info, &rel->patch);
	if (info.blocks.bytes)
		put_transfer(&info.blocks, &rel->blocks);
	(void)snprintf(rel->declaration, sizeof rel->declaration, "%s", info.declaration);
	*ret_reason = "none";
	return RC_OK;
}

/* ---- refreshing and searching ---- */

static void next_metadata(struct engine *en);

static rc search(struct engine *en, enum engine_search what, const char *name, struct err *e)
{
	en->fetch.search = what;
	return tuf_lookup_begin(en->fetch.tuf, name, e);
}

/* The client has what it was asked for; *ret_all when that was the last thing. */
static rc take_found(struct engine *en, bool *ret_all, const char **ret_reason, struct err *e)
{
	struct update_release *rel = &en->fetch.found;
	rc r = RC_OK;
	*ret_reason = "signature";
	switch (en->fetch.search) {
	case ENGINE_REFRESH:
		return search(en, ENGINE_IMAGE, en->update.offer_target, e);
	case ENGINE_IMAGE:
		r = judge(en, rel, ret_reason, e);
		if (rc_failed(r))
			return r;
		*ret_reason = "signature";
		return search(en, ENGINE_POLICY, rel->declaration, e);
	case ENGINE_POLICY:
		r = find_policy(en, rel, e);
		*ret_all = true;
		return r;
	}
	return err_set(e, ERR_INTERNAL, "a search for nothing");
}

static void found(struct engine *en)
{
	const char *reason = "signature";
	bool all = false;
	struct err e = {0};
	if (en->fetch.search == ENGINE_REFRESH && !en->update.offer_target[0]) {
		engine_step_failed(en, "no-offer", 0); /* the metadata is in order, and nothing is offered */
		return;
	}
	if (rc_failed(take_found(en, &all, &reason, &e))) {
		hallmarkd_log("engine", "offer refused: %s", e.text);
		engine_step_failed(en, reason, 0);
		return;
	}
	if (!all) {
		next_metadata(en);
		return;
	}
	if (rc_failed(engine_store_raise_floor(en, engine_now(en).wall, &e)))
		hallmarkd_log("engine", "time floor: %s", e.text);
	const struct update_release rel = en->fetch.found; /* the step machine may begin anew at once */
	(void)engine_step_feed(
		en, &(struct engine_event){.kind = UPDATE_FOUND, .release = &rel, .media = engine_media_active(en)});
}

static void metadata_failed(struct engine *en, const char *reason, const struct err *e)
{
	hallmarkd_log("engine", "metadata: %s", e->text);
	engine_step_failed(en, strcmp(reason, "none") == 0 ? "signature" : reason, 0);
}

static void on_metadata(void *ctx, const struct engine_result *res)
{
	struct engine *en = ctx;
	struct tuf_actions actions = {0};
	const char *reason = "network";
	struct err e = {0};
	rc r;
	if (res->code == ERR_NONE && res->status == 200) {
		r = tuf_feed(en->fetch.tuf, res->answer, &actions, &reason, &e);
	} else if (res->code == ERR_NONE && res->status == 404) {
		r = tuf_feed_absent(en->fetch.tuf, &actions, &e);
		reason = tuf_reason(en->fetch.tuf);
	} else {
		if (res->code != ERR_NONE)
			hallmarkd_log("engine", "metadata: %s", res->text);
		engine_step_failed(en, "network", res->retry_after_s);
		return;
	}
	if (rc_failed(r)) {
		metadata_failed(en, reason, &e);
		return;
	}
	if (rc_failed(r = carry_out(&actions, &e))) {
		metadata_failed(en, engine_step_reason(r.code), &e);
		return;
	}
	next_metadata(en);
}

static rc ask_metadata(struct engine *en, const struct tuf_fetch *due, struct err *e)
{
	struct engine_call call = {
		.update = true, .max = (uint32_t)due->max, .deadline_ms = METADATA_MS, .end = on_metadata, .ctx = en};
	(void)snprintf(call.path, sizeof call.path, "/v1/metadata/%s", due->name);
	return engine_fetch_call(en, &call, e);
}

/* What is due, once no kept copy will do any more. */
static rc next_due(struct engine *en, struct tuf_fetch *due, bool *ret_done, struct err *e)
{
	CLEANUP(buf_done) struct buf kept;
	bool used = true;
	rc r = RC_OK;
	buf_init(&kept, TUF_TARGETS_MAX);
	while (rc_ok(r) && used) {
		char path[FILE_PATH_MAX];
		used = false;
		buf_reset(&kept);
		r = tuf_next(en->fetch.tuf, due, ret_done, e);
		if (rc_ok(r) && !*ret_done && due->stored[0] && rc_ok(stored_path(path, due->stored, NULL)) &&
		    rc_ok(file_read(path, TUF_TARGETS_MAX, &kept, NULL)))
			r = tuf_lookup_stored(en->fetch.tuf, buf_view(&kept), &used, e);
	}
	return r;
}

static void next_metadata(struct engine *en)
{
	struct tuf_fetch due;
	bool done = false;
	struct err e = {0};
	rc r = next_due(en, &due, &done, &e);
	if (rc_failed(r)) {
		metadata_failed(en, tuf_reason(en->fetch.tuf), &e);
		return;
	}
	if (done) {
		found(en);
		return;
	}
	if (rc_failed(r = ask_metadata(en, &due, &e)))
		metadata_failed(en, engine_step_reason(r.code), &e);
}

rc engine_fetch_find(struct engine *en, struct err *e)
{
	struct tuf_fetch due;
	bool done = false;
	en->fetch.search = ENGINE_REFRESH;
	en->fetch.found = (struct update_release){0};
	tuf_refresh_begin(en->fetch.tuf, engine_now(en).wall);
	rc r = tuf_next(en->fetch.tuf, &due, &done, e);
	if (rc_ok(r) && done)
		r = err_set(e, ERR_INTERNAL, "nothing to refresh");
	return rc_ok(r) ? ask_metadata(en, &due, e) : r;
}

/* ---- targets ---- */

void engine_target_path(char *out, size_t size, const uint8_t sha256[SHA256_SIZE], const char *name)
{
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	hex_encode(bytes_of(sha256, SHA256_SIZE), hex);
	(void)snprintf(out, size, "/v1/targets/%s.%s", hex, name);
}

static rc check_policy(struct engine *en, struct bytes text, struct err *e)
{
	const struct update_release *rel = &en->update.state.release;
	uint8_t digest[SHA256_SIZE];
	struct policy *p = NULL;
	rc r = hash_sha256(text, digest, e);
	if (rc_ok(r) && memcmp(digest, rel->declaration_sha256, SHA256_SIZE) != 0)
		return err_set(e, ERR_TRUST, "policy %s: wrong hash", rel->declaration);
	if (rc_ok(r))
		r = policy_decode(text, &p, e);
	if (rc_ok(r) && (strcmp(p->version, rel->version) != 0 || strcmp(p->model, en->device.model) != 0))
		r = err_set(e, ERR_TRUST, "policy %s is for %s %s", rel->declaration, p->model, p->version);
	policy_free(p);
	return r;
}

static void on_policy(void *ctx, const struct engine_result *res)
{
	struct engine *en = ctx;
	struct err e = {0};
	if (res->code != ERR_NONE || res->status != 200) {
		engine_step_failed(en, "network", res->retry_after_s);
		return;
	}
	rc r = check_policy(en, res->answer, &e);
	const char *reason = "target-hash";
	if (rc_ok(r)) {
		r = file_write_atomic(engine_store_policy_path(en->update.state.slot), res->answer, 0600, &e);
		reason = engine_step_reason(r.code);
	}
	if (rc_failed(r)) {
		hallmarkd_log("engine", "%s", e.text);
		engine_step_failed(en, reason, 0);
		return;
	}
	(void)engine_step_feed(en, &(struct engine_event){.kind = UPDATE_POLICY_READY});
}

rc engine_fetch_policy(struct engine *en, const struct update_state *s, struct err *e)
{
	struct engine_call call = {
		.update = true, .max = POLICY_MAX, .deadline_ms = POLICY_MS, .end = on_policy, .ctx = en};
	engine_target_path(call.path, sizeof call.path, s->release.declaration_sha256, s->release.declaration);
	return engine_fetch_call(en, &call, e);
}
