/* SPDX-License-Identifier: Apache-2.0 */
/* Counting failures and turning counts into delays; nothing here knows what a password is. Used by owner_io.c. */
#include "agent/identity/throttle.h"

#include <stdio.h>

#include "core/base/names.h"
#include "core/codec/json.h"
#include "core/base/banned.h"

#define MS_PER_S 1000

/* Failures that still count after a quiet time. */
static uint32_t counted(const struct throttle_entry *t, struct mono_time now)
{
	int64_t quiet_s = (now.ms - t->last.ms) / MS_PER_S;
	int64_t forgiven = quiet_s > 0 ? quiet_s / THROTTLE_FORGIVE_S : 0;
	return forgiven >= t->failures ? 0 : t->failures - (uint32_t)forgiven;
}

static int64_t delay_s(uint32_t failures, uint32_t free_tries, int64_t max_s)
{
	if (failures < free_tries)
		return 0;
	int64_t delay = THROTTLE_FIRST_S;
	for (uint32_t i = free_tries; i < failures && delay < max_s; i++)
		delay *= 2;
	return delay < max_s ? delay : max_s;
}

static uint32_t wait_of(const struct throttle_entry *t, uint32_t free_tries, int64_t max_s, struct mono_time now)
{
	int64_t until_ms = t->last.ms + delay_s(counted(t, now), free_tries, max_s) * MS_PER_S;
	return until_ms > now.ms ? (uint32_t)((until_ms - now.ms + MS_PER_S - 1) / MS_PER_S) : 0;
}

static size_t find(const struct throttle *t, const char *source)
{
	size_t i = 0;
	while (i < t->sources_n && strncmp(t->sources[i].source, source, THROTTLE_SOURCE_SIZE - 1) != 0)
		i++;
	return i;
}

uint32_t throttle_wait_s(const struct throttle *t, const char *source, struct mono_time now)
{
	uint32_t all = wait_of(&t->all, THROTTLE_ALL_FREE, THROTTLE_ALL_MAX_S, now);
	size_t at = find(t, source);
	uint32_t own = at < t->sources_n ? wait_of(&t->sources[at], THROTTLE_FREE, THROTTLE_MAX_S, now) : 0;
	return own > all ? own : all;
}

static void count(struct throttle_entry *t, struct mono_time now)
{
	t->failures = counted(t, now);
	if (t->failures < UINT32_MAX)
		t->failures++;
	t->last = now;
}

/* When the table is full the source that waits least gives way: flooding it never frees one that waits long. */
static size_t place_for(struct throttle *t, struct mono_time now)
{
	if (t->sources_n < THROTTLE_SOURCES_MAX)
		return t->sources_n++;
	size_t best = 0;
	for (size_t i = 1; i < t->sources_n; i++) {
		uint32_t a = counted(&t->sources[i], now), b = counted(&t->sources[best], now);
		if (a < b || (a == b && t->sources[i].last.ms < t->sources[best].last.ms))
			best = i;
	}
	return best;
}

void throttle_failed(struct throttle *t, const char *source, struct mono_time now)
{
	size_t at = find(t, source);
	if (at == t->sources_n) {
		at = place_for(t, now);
		t->sources[at] = (struct throttle_entry){0};
		(void)snprintf(t->sources[at].source, sizeof t->sources[at].source, "%s", source);
	}
	count(&t->sources[at], now);
	count(&t->all, now);
}

void throttle_succeeded(struct throttle *t, const char *source)
{
	size_t at = find(t, source);
	if (at == t->sources_n)
		return;
	uint32_t gone = t->sources[at].failures;
	t->all.failures = t->all.failures > gone ? t->all.failures - gone : 0;
	t->sources[at] = t->sources[--t->sources_n];
}

rc throttle_encode(const struct throttle *t, struct buf *out, struct err *e)
{
	JSON_AUTO json_t *list = json_array();
	for (size_t i = 0; i < t->sources_n; i++) {
		const struct throttle_entry *s = &t->sources[i];
		if (json_array_append_new(list, json_pack("{s:s,s:I}", "source", s->source, "failures",
							  (json_int_t)s->failures)) != 0)
			return err_set(e, ERR_MEMORY, "throttle: out of memory");
	}
	JSON_AUTO json_t *root =
		json_pack("{s:i,s:I,s:O}", "v", 1, "failures", (json_int_t)t->all.failures, "sources", list);
	if (!root)
		return err_set(e, ERR_MEMORY, "throttle: out of memory");
	return json_codec_canonical(root, out, e);
}

static rc decode_source(const json_t *item, struct mono_time now, struct throttle_entry *ret, struct err *e)
{
	const char *source;
	int64_t failures;
	rc r = json_codec_text(item, "throttle", "source", THROTTLE_SOURCE_SIZE - 1, &source, e);
	if (rc_ok(r))
		r = json_codec_int(item, "throttle", "failures", 0, UINT32_MAX, &failures, e);
	if (rc_failed(r))
		return r;
	*ret = (struct throttle_entry){.failures = (uint32_t)failures, .last = now};
	(void)snprintf(ret->source, sizeof ret->source, "%s", source);
	return RC_OK;
}

rc throttle_decode(struct bytes text, struct mono_time now, struct throttle *ret, struct err *e)
{
	JSON_AUTO json_t *root = NULL;
	struct throttle t = {.all.last = now};
	json_t *list;
	int64_t version, failures;
	rc r = json_codec_parse(text, THROTTLE_JSON_MAX, "throttle", &root, e);
	if (rc_failed(r) || rc_failed(r = json_codec_int(root, "throttle", "v", 1, 1, &version, e)) ||
	    rc_failed(r = json_codec_int(root, "throttle", "failures", 0, UINT32_MAX, &failures, e)) ||
	    rc_failed(r = json_codec_array(root, "throttle", "sources", THROTTLE_SOURCES_MAX, &list, e)))
		return r;
	t.all.failures = (uint32_t)failures;
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (rc_failed(r = decode_source(json_array_get(list, i), now, &t.sources[i], e)))
			return r;
		t.sources_n++;
	}
	*ret = t;
	return RC_OK;
}
