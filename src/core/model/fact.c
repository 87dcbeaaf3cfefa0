/* SPDX-License-Identifier: Apache-2.0 */
/* Facts: keeping them, and facts.json. Looks at nothing itself: that is the probes' work. */
#include "core/model/fact.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

static const char *const state_names[FACT_STATE_COUNT] = {
	[FACT_SEEN] = "seen",	    [FACT_ABSENT] = "absent", [FACT_UNREACHABLE] = "unreachable",
	[FACT_REFUSED] = "refused", [FACT_ERROR] = "error",
};

const char *fact_state_name(enum fact_state s)
{
	return s < FACT_STATE_COUNT ? state_names[s] : "error";
}

bool fact_state_parse(const char *name, enum fact_state *ret)
{
	for (size_t i = 0; i < FACT_STATE_COUNT; i++)
		if (strcmp(name, state_names[i]) == 0) {
			*ret = (enum fact_state)i;
			return true;
		}
	return false;
}

void fact_set_done(struct fact_set *s)
{
	mem_free(s->list);
	*s = (struct fact_set){0};
}

static bool id_ok(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-";
	size_t n = strlen(id);
	return n > 0 && n < FACT_ID_SIZE && strspn(id, allowed) == n;
}

static rc grow(struct fact_set *s, struct err *e)
{
	if (s->n >= FACT_SET_MAX)
		return err_set(e, ERR_LIMIT, "more than %d facts", FACT_SET_MAX);
	if (s->n < s->cap)
		return RC_OK;
	size_t cap = s->cap ? 2 * s->cap : 64;
	struct fact *list = mem_regrow(s->list, s->cap, cap, sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "no memory for %zu facts", cap);
	s->list = list;
	s->cap = cap;
	return RC_OK;
}

rc fact_set_add(struct fact_set *s, const struct fact *f, struct err *e)
{
	if (!id_ok(f->id) || f->state >= FACT_STATE_COUNT)
		return err_set(e, ERR_INPUT, "fact: '%s' is not a fact id, or its state is unknown", f->id);
	if (fact_set_find(s, f->id))
		return err_set(e, ERR_EXISTS, "fact %s is there already", f->id);
	rc r = grow(s, e);
	if (rc_failed(r))
		return r;
	struct fact *mine = &s->list[s->n];
	*mine = *f;
	name_utf8_clean(mine->what);
	name_utf8_clean(mine->target);
	name_utf8_clean(mine->probe);
	name_utf8_clean(mine->value);
	name_utf8_clean(mine->evidence);
	s->n++;
	return RC_OK;
}

const struct fact *fact_set_find(const struct fact_set *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->list[i].id, id) == 0)
			return &s->list[i];
	return NULL;
}

const struct fact *fact_set_next(const struct fact_set *s, const char *prefix, size_t *at)
{
	size_t n = strlen(prefix);
	while (*at < s->n) {
		const struct fact *f = &s->list[(*at)++];
		if (strncmp(f->id, prefix, n) == 0)
			return f;
	}
	return NULL;
}

static json_t *encode_one(const struct fact *f)
{
	char time[RFC3339_TIME_SIZE];
	rfc3339_time(f->time, time);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", f->id, "what", f->what, "target", f->target,
			 "probe", f->probe, "time", time, "state", fact_state_name(f->state), "value", f->value,
			 "evidence", f->evidence);
}

rc fact_set_encode(const struct fact_set *s, const struct fact_head *head, struct buf *out, struct err *e)
{
	char started[RFC3339_TIME_SIZE], ended[RFC3339_TIME_SIZE];
	rfc3339_time(head->started, started);
	rfc3339_time(head->ended, ended);
	JSON_AUTO json_t *list = json_array();
	for (size_t i = 0; i < s->n; i++)
		if (json_array_append_new(list, encode_one(&s->list[i])) != 0)
			return err_set(e, ERR_MEMORY, "facts: no memory");
	JSON_AUTO json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:O}", "v", 1, "target", head->target, "started",
					   started, "ended", ended, "facts", list);
	if (!root)
		return err_set(e, ERR_MEMORY, "facts: no memory");
	return json_codec_pretty(root, out, e);
}

static rc read_text(const json_t *o, const char *key, char *out, size_t size, struct err *e)
{
	return json_codec_copy_any(o, "fact", key, out, size, e);
}

static rc read_time(const json_t *o, const char *key, struct wall_time *ret, struct err *e)
{
	return json_codec_time(o, "fact", key, ret, e);
}

static rc decode_one(const json_t *o, struct fact_set *into, struct err *e)
{
	static const char *const keys[] = {"id", "what", "target", "probe", "time", "state", "value", "evidence", NULL};
	struct fact f = {0};
	char state[16];
	rc r = json_codec_only(o, "fact", keys, e);
	if (rc_failed(r) || rc_failed(r = read_text(o, "id", f.id, sizeof f.id, e)) ||
	    rc_failed(r = read_text(o, "what", f.what, sizeof f.what, e)) ||
	    rc_failed(r = read_text(o, "target", f.target, sizeof f.target, e)) ||
	    rc_failed(r = read_text(o, "probe", f.probe, sizeof f.probe, e)) ||
	    rc_failed(r = read_time(o, "time", &f.time, e)) ||
	    rc_failed(r = read_text(o, "state", state, sizeof state, e)) ||
	    rc_failed(r = read_text(o, "value", f.value, sizeof f.value, e)) ||
	    rc_failed(r = read_text(o, "evidence", f.evidence, sizeof f.evidence, e)))
		return r;
	if (!fact_state_parse(state, &f.state))
		return err_set(e, ERR_INPUT, "fact %s: unknown state '%s'", f.id, state);
	return fact_set_add(into, &f, e);
}

static rc decode_list(const json_t *list, struct fact_set *into, struct err *e)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		rc r = decode_one(json_array_get(list, i), into, e);
		if (rc_failed(r))
			return err_wrap(e, "facts[%zu]", i);
	}
	return RC_OK;
}

rc fact_set_decode(struct bytes text, struct fact_set *ret, struct fact_head *ret_head, struct err *e)
{
	static const char *const keys[] = {"v", "target", "started", "ended", "facts", NULL};
	JSON_AUTO json_t *root = NULL;
	CLEANUP(fact_set_done) struct fact_set set = {0};
	struct fact_head head = {0};
	json_t *list = NULL;
	int64_t v = 0;
	rc r = json_codec_parse(text, FACT_JSON_MAX, "facts", &root, e);
	if (rc_failed(r) || rc_failed(r = json_codec_only(root, "facts", keys, e)) ||
	    rc_failed(r = json_codec_int(root, "facts", "v", 1, 1, &v, e)) ||
	    rc_failed(r = read_text(root, "target", head.target, sizeof head.target, e)) ||
	    rc_failed(r = read_time(root, "started", &head.started, e)) ||
	    rc_failed(r = read_time(root, "ended", &head.ended, e)) ||
	    rc_failed(r = json_codec_array(root, "facts", "facts", FACT_SET_MAX, &list, e)) ||
	    rc_failed(r = decode_list(list, &set, e)))
		return r;
	*ret = set;
	*ret_head = head;
	set = (struct fact_set){0};
	return RC_OK;
}
