/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's files in state/, each written whole or not at all. Paths are relative to the device folder. */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define SMALL_MAX 8192

static rc read_json(const char *path, const char *const *keys, json_t **ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, SMALL_MAX + 1);
	rc r = file_read(path, SMALL_MAX, &text, e);
	if (rc_ok(r))
		r = json_codec_parse(buf_view(&text), SMALL_MAX, path, ret, e);
	return rc_ok(r) ? json_codec_only(*ret, path, keys, e) : r;
}

static rc write_json(const char *path, const json_t *j, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, SMALL_MAX);
	rc r = j ? json_codec_canonical(j, &text, e) : err_set(e, ERR_MEMORY, "%s: out of memory", path);
	return rc_ok(r) ? file_write_atomic(path, buf_view(&text), 0600, e) : r;
}

/* ---- what is installed ---- */

static rc read_installed(const char *path, struct engine_installed *ret, struct err *e)
{
	static const char *const keys[] = {"v", "version", "counter", NULL};
	JSON_AUTO json_t *j = NULL;
	const char *version = NULL;
	int64_t counter = 0;
	rc r = read_json(path, keys, &j, e);
	if (rc_failed(r) || rc_failed(r = json_codec_text(j, path, "version", SEMVER_MAX, &version, e)) ||
	    rc_failed(r = json_codec_int(j, path, "counter", 0, INT64_MAX, &counter, e)))
		return r;
	if (!semver_ok(version))
		return err_set(e, ERR_INPUT, "%s: \"%s\" is not a version", path, version);
	(void)snprintf(ret->version, sizeof ret->version, "%s", version);
	ret->counter = (uint64_t)counter;
	return RC_OK;
}

static rc write_installed(const struct engine_installed *in, struct err *e)
{
	JSON_AUTO json_t *j =
		json_pack("{s:i,s:s,s:I}", "v", 1, "version", in->version, "counter", (json_int_t)in->counter);
	return write_json("state/installed.json", j, e);
}

/* The counter stands in a file of its own too: it rises, but for a grant (EN303645 5.3-9). */
static uint64_t read_counter(void)
{
	static const char *const keys[] = {"v", "counter", NULL};
	JSON_AUTO json_t *j = NULL;
	int64_t counter = 0;
	if (rc_failed(read_json("state/counter.json", keys, &j, NULL)) ||
	    rc_failed(json_codec_int(j, "counter", "counter", 0, INT64_MAX, &counter, NULL)))
		return 0;
	return (uint64_t)counter;
}

static rc write_counter(uint64_t counter, struct err *e)
{
	JSON_AUTO json_t *j = json_pack("{s:i,s:I}", "v", 1, "counter", (json_int_t)counter);
	return write_json("state/counter.json", j, e);
}

static rc raise_counter(uint64_t counter, struct err *e)
{
	return counter <= read_counter() ? RC_OK : write_counter(counter, e);
}

/*
 * What is confirmed becomes what is installed. The counter of the device is the higher one of the two files.
 *
 * Up: counter.json first, so that it has risen before anything says that the release is here.
 * Down, by a grant: counter.json last. Until that one write the higher one stands, so a cut before it leaves a device
 * that still has the counter that the grant started from: this is done again at the next start, from the same used
 * grant. And what is not done again is too strict, with the right version, never too lax.
 */
static rc record_installed(const struct engine *en, const struct engine_installed *in, struct err *e)
{
	bool down = in->counter < en->installed.counter;
	rc r = down ? RC_OK : raise_counter(in->counter, e);
	if (rc_ok(r))
		r = write_installed(in, e);
	return rc_ok(r) && down ? write_counter(in->counter, e) : r;
}

/* ---- policies ---- */

const char *engine_store_policy_path(int slot)
{
	return slot ? "state/policy-b.json" : "state/policy-a.json";
}

static rc read_policy(const char *path, const uint8_t *sha256, struct buf *text, struct policy **ret, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	rc r = file_read(path, POLICY_MAX, text, e);
	if (rc_ok(r))
		r = hash_sha256(buf_view(text), digest, e);
	if (rc_ok(r) && sha256 && memcmp(digest, sha256, SHA256_SIZE) != 0)
		r = err_set(e, ERR_TRUST, "%s is not what was verified", path);
	return rc_ok(r) ? policy_decode(buf_view(text), ret, e) : r;
}

rc engine_store_running_policy(struct engine *en, struct policy **ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	const struct update_state *s = &en->update.state;
	buf_init(&text, POLICY_MAX + 1);
	if (en->boot.trying && en->boot.booted == s->slot && en->boot.booted != en->boot.active)
		return read_policy(engine_store_policy_path(s->slot), s->release.declaration_sha256, &text, ret, e);
	return read_policy("state/policy.json", NULL, &text, ret, e);
}

rc engine_store_install(struct engine *en, const struct update_state *s, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	struct policy *p = NULL;
	struct engine_installed in = {.counter = s->release.counter};
	buf_init(&text, POLICY_MAX + 1);
	rc r = read_policy(engine_store_policy_path(s->slot), s->release.declaration_sha256, &text, &p, e);
	policy_free(p);
	if (rc_ok(r))
		r = file_write_atomic("state/policy.json", buf_view(&text), 0600, e);
	if (in.counter < en->installed.counter && !engine_grant_led_to(en, &s->release))
		in.counter = en->installed.counter;
	(void)snprintf(in.version, sizeof in.version, "%s", s->release.version);
	if (rc_ok(r))
		r = record_installed(en, &in, e);
	if (rc_ok(r))
		en->installed = in;
	return r;
}

/* What the factory put into slot A, taken over once. */
static rc seed(struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	struct engine_installed in = {0};
	struct policy *p = NULL;
	buf_init(&text, POLICY_MAX + 1);
	rc r = RC_OK;
	if (!file_exists("state/policy.json")) {
		r = read_policy("factory/policy.json", NULL, &text, &p, e);
		policy_free(p);
		if (rc_ok(r))
			r = file_write_atomic("state/policy.json", buf_view(&text), 0600, e);
	}
	if (rc_ok(r) && !file_exists("state/installed.json")) {
		r = read_installed("factory/installed.json", &in, e);
		if (rc_ok(r))
			r = raise_counter(in.counter, e);
		if (rc_ok(r))
			r = write_installed(&in, e);
	}
	return r;
}

/* ---- blocked versions ---- */

static rc read_blocked(struct engine *en, struct err *e)
{
	static const char *const keys[] = {"v", "versions", NULL};
	JSON_AUTO json_t *j = NULL;
	json_t *list = NULL;
	if (!file_exists("state/blocked.json"))
		return RC_OK;
	rc r = read_json("state/blocked.json", keys, &j, e);
	if (rc_ok(r))
		r = json_codec_array(j, "blocked.json", "versions", ENGINE_BLOCKED_MAX, &list, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(list); i++) {
		const char *version = json_string_value(json_array_get(list, i));
		if (!version || !semver_ok(version))
			return err_set(e, ERR_INPUT, "blocked.json: entry %zu is not a version", i);
		(void)snprintf(en->blocked[en->blocked_n++], sizeof en->blocked[0], "%s", version);
	}
	return r;
}

rc engine_store_block(struct engine *en, const char *version, struct err *e)
{
	for (size_t i = 0; i < en->blocked_n; i++)
		if (strcmp(en->blocked[i], version) == 0)
			return RC_OK;
	if (en->blocked_n == ENGINE_BLOCKED_MAX) /* the oldest has been overtaken by the counter long ago */
		memmove(en->blocked[0], en->blocked[1], --en->blocked_n * sizeof en->blocked[0]);
	(void)snprintf(en->blocked[en->blocked_n++], sizeof en->blocked[0], "%s", version);
	json_t *list = json_array();
	for (size_t i = 0; list && i < en->blocked_n; i++)
		(void)json_array_append_new(list, json_string(en->blocked[i]));
	JSON_AUTO json_t *j = json_pack("{s:i,s:o}", "v", 1, "versions", list);
	return write_json("state/blocked.json", j, e);
}

/* ---- the update's state, the time floor ---- */

rc engine_store_update(const struct update_state *s, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, SMALL_MAX);
	rc r = update_state_encode(s, &text, e);
	return rc_ok(r) ? file_write_atomic("state/update.json", buf_view(&text), 0600, e) : r;
}

static void read_update(struct engine *en)
{
	CLEANUP(buf_done) struct buf text;
	struct update_state s;
	struct err e = {0};
	buf_init(&text, SMALL_MAX + 1);
	update_init(&en->update, NULL);
	if (!file_exists("state/update.json"))
		return;
	rc r = file_read("state/update.json", SMALL_MAX, &text, &e);
	if (rc_ok(r))
		r = update_state_decode(buf_view(&text), &s, &e);
	if (rc_ok(r))
		update_init(&en->update, &s);
	else
		hallmarkd_log("engine", "starting without update state: %s", e.text);
}

struct wall_time engine_store_time(const struct engine *en, struct wall_time clock)
{
	return clock.s < en->floor.s ? en->floor : clock;
}

static void read_floor(struct engine *en)
{
	static const char *const keys[] = {"v", "floor", NULL};
	JSON_AUTO json_t *j = NULL;
	const char *text = NULL;
	if (rc_ok(read_json("state/clock.json", keys, &j, NULL)) &&
	    rc_ok(json_codec_text(j, "clock", "floor", RFC3339_TIME_SIZE, &text, NULL)))
		(void)rfc3339_parse_time(text, &en->floor);
}

rc engine_store_raise_floor(struct engine *en, struct wall_time t, struct err *e)
{
	char text[RFC3339_TIME_SIZE];
	if (t.s < en->floor.s + SECONDS_PER_DAY) /* once a day is enough, and kind to flash */
		return RC_OK;
	rfc3339_time(t, text);
	JSON_AUTO json_t *j = json_pack("{s:i,s:s}", "v", 1, "floor", text);
	rc r = write_json("state/clock.json", j, e);
	if (rc_ok(r))
		en->floor = t;
	return r;
}

rc engine_store_open(struct engine *en, struct err *e)
{
	rc r = seed(e);
	if (rc_ok(r))
		r = read_installed("state/installed.json", &en->installed, e);
	if (rc_ok(r))
		r = read_blocked(en, e);
	if (rc_failed(r))
		return r;
	uint64_t counter = read_counter();
	if (counter > en->installed.counter)
		en->installed.counter = counter;
	read_update(en);
	read_floor(en);
	return RC_OK;
}
