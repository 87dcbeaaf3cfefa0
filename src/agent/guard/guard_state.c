/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's conclusions: one switch over the events, one function that changes the mode. No clock, no file, no
 * message; the ward (engine process) does what the returned actions say.
 */
#include "agent/guard/guard_state.h"

#include <stdio.h>

#include "core/base/names.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define MS_PER_S 1000

static const char *const mode_names[GUARD_MODE_COUNT] = {
	[GUARD_NORMAL] = "normal",
	[GUARD_SUSPECT] = "suspect",
	[GUARD_ISOLATED] = "isolated",
	[GUARD_RECOVERED] = "recovered",
};

static const char *const what_names[GUARD_WHAT_COUNT] = {
	[GUARD_SAME] = "same",
	[GUARD_CHANGED] = "changed",
	[GUARD_MISSING] = "missing",
	[GUARD_PERMISSION] = "permissions",
	[GUARD_UNREADABLE] = "unreadable",
};

const char *guard_state_mode_name(enum guard_mode m)
{
	return (unsigned)m < GUARD_MODE_COUNT ? mode_names[m] : "?";
}

const char *guard_state_what_name(enum guard_what w)
{
	return (unsigned)w < GUARD_WHAT_COUNT ? what_names[w] : "?";
}

static void enter(struct guard_state *s, enum guard_mode mode, struct now now)
{
	s->mode = mode;
	s->since = now.wall;
}

/* Decide an alert. A later one replaces an earlier one that is still pending: the latest state is what counts. */
static unsigned alert(struct guard_state *s, enum guard_mode mode, const char *cause)
{
	s->seq++;
	s->alert_pending = true;
	s->alert_mode = mode;
	(void)snprintf(s->cause, sizeof s->cause, "%s", cause);
	return GUARD_ACT_SAVE | GUARD_ACT_ALERT;
}

/* Remember it once per path; false if there was nothing new or no room. */
static bool note(struct guard_state *s, const struct guard_finding *f)
{
	for (size_t i = 0; i < s->findings_n; i++)
		if (strcmp(s->findings[i].path, f->path) == 0)
			return false;
	if (s->findings_n == GUARD_FINDINGS_MAX)
		return false;
	s->findings[s->findings_n++] = *f;
	return true;
}

static unsigned on_start(struct guard_state *s)
{
	unsigned acts = s->alert_pending ? GUARD_ACT_ALERT : 0;
	s->awaited = 0;
	if (s->mode == GUARD_ISOLATED)
		acts |= GUARD_ACT_FIREWALL; /* before the first service gets a packet out */
	return acts;
}

static unsigned on_finding(struct guard_state *s, const struct guard_event *ev, struct now now)
{
	if (ev->finding.what == GUARD_SAME)
		return 0;
	if (s->mode == GUARD_ISOLATED)
		return note(s, &ev->finding) ? GUARD_ACT_SAVE : 0;
	s->awaited++;
	if (s->mode == GUARD_SUSPECT)
		return GUARD_ACT_REREAD;
	s->findings_n = 0;
	enter(s, GUARD_SUSPECT, now);
	return GUARD_ACT_SAVE | GUARD_ACT_REREAD;
}

static void begin_isolation(struct guard_state *s, const char *cause, struct now now)
{
	enter(s, GUARD_ISOLATED, now);
	s->last = (struct guard_isolation){.any = true, .began = now.wall};
	(void)snprintf(s->last.cause, sizeof s->last.cause, "%s", cause);
}

static unsigned isolate(struct guard_state *s, const struct guard_event *ev, struct now now)
{
	char cause[GUARD_CAUSE_SIZE];
	(void)snprintf(cause, sizeof cause, "a protected file is not what the maker signed (%s)",
		       guard_state_what_name(ev->finding.what));
	s->findings_n = 0;
	(void)note(s, &ev->finding);
	(void)snprintf(s->boot, sizeof s->boot, "%s", ev->boot ? ev->boot : "");
	begin_isolation(s, cause, now);
	return alert(s, GUARD_ISOLATED, cause) | GUARD_ACT_FIREWALL;
}

static unsigned on_reread(struct guard_state *s, const struct guard_event *ev, struct now now)
{
	if (s->mode == GUARD_ISOLATED)
		return ev->finding.what != GUARD_SAME && note(s, &ev->finding) ? GUARD_ACT_SAVE : 0;
	if (s->awaited)
		s->awaited--;
	if (s->mode != GUARD_SUSPECT)
		return 0; /* answer to a question that a new policy made void */
	if (ev->finding.what == GUARD_SAME) {
		if (s->awaited || s->unread || s->silent)
			return 0;
		enter(s, GUARD_NORMAL, now);
		return GUARD_ACT_SAVE;
	}
	if (ev->finding.what != GUARD_UNREADABLE)
		return isolate(s, ev, now);
	bool told = s->unread;
	s->unread = true;
	(void)note(s, &ev->finding);
	return told ? GUARD_ACT_SAVE : alert(s, GUARD_SUSPECT, "a protected file could not be read");
}

static unsigned on_pass(struct guard_state *s, const struct guard_event *ev, struct now now)
{
	unsigned retry = s->alert_pending ? GUARD_ACT_ALERT : 0;
	s->heard = now.mono;
	s->silent = false;
	if (ev->wrong || ev->unreadable || s->awaited)
		return retry;
	s->unread = false;
	if (s->mode == GUARD_SUSPECT) {
		s->findings_n = 0;
		enter(s, GUARD_NORMAL, now);
		return retry | GUARD_ACT_SAVE;
	}
	/* In the same boot the changed program may still run, however clean its file is again. */
	if (s->mode != GUARD_ISOLATED || ev->checked == 0 || !ev->boot || strcmp(ev->boot, s->boot) == 0)
		return retry;
	s->findings_n = 0;
	enter(s, GUARD_RECOVERED, now);
	s->last.ended = now.wall;
	return alert(s, GUARD_RECOVERED, "a full scan after the restart found every protected file as signed") |
	       GUARD_ACT_FIREWALL;
}

static unsigned on_policy(struct guard_state *s, const struct guard_event *ev, struct now now)
{
	s->awaited = 0;
	s->period_s = ev->period_s;
	s->heard = now.mono;
	return 0;
}

static int64_t silence_ms(const struct guard_state *s)
{
	return (int64_t)s->period_s * GUARD_SILENCE_PERIODS * MS_PER_S + GUARD_SILENCE_MARGIN_MS;
}

int64_t guard_state_silence_ms(const struct guard_state *s, struct mono_time now)
{
	int64_t left = s->heard.ms + silence_ms(s) - now.ms;
	if (!s->period_s)
		return -1;
	return s->silent || left <= 0 ? silence_ms(s) : left;
}

/* Could not look is not clean (EN303645 5.7-2). */
static unsigned on_tick(struct guard_state *s, struct now now)
{
	unsigned retry = s->alert_pending ? GUARD_ACT_ALERT : 0;
	if (!s->period_s || s->silent || now.mono.ms - s->heard.ms < silence_ms(s))
		return retry;
	s->silent = true;
	if (s->mode == GUARD_ISOLATED)
		return retry; /* it is cut off already, and only a pass could end that */
	if (s->mode != GUARD_SUSPECT) {
		s->findings_n = 0;
		enter(s, GUARD_SUSPECT, now);
	}
	return alert(s, GUARD_SUSPECT, "the integrity check is not running");
}

static unsigned on_alert_queued(struct guard_state *s, struct now now)
{
	if (!s->alert_pending)
		return 0;
	s->alert_pending = false;
	if (s->alert_mode == GUARD_ISOLATED && s->last.any)
		s->last.told = true;
	if (s->mode == GUARD_RECOVERED)
		enter(s, GUARD_NORMAL, now);
	return GUARD_ACT_SAVE;
}

static unsigned on_cut(struct guard_state *s)
{
	if (s->mode != GUARD_ISOLATED || !s->last.any || s->last.cut)
		return 0;
	s->last.cut = true;
	return GUARD_ACT_SAVE;
}

unsigned guard_state_step(struct guard_state *s, const struct guard_event *ev, struct now now)
{
	switch (ev->kind) {
	case GUARD_EV_START:
		return on_start(s);
	case GUARD_EV_POLICY:
		return on_policy(s, ev, now);
	case GUARD_EV_FINDING:
		return on_finding(s, ev, now);
	case GUARD_EV_REREAD:
		return on_reread(s, ev, now);
	case GUARD_EV_PASS:
		return on_pass(s, ev, now);
	case GUARD_EV_TICK:
		return on_tick(s, now);
	case GUARD_EV_ALERT_QUEUED:
		return on_alert_queued(s, now);
	case GUARD_EV_CUT:
		return on_cut(s);
	}
	return 0;
}

void guard_state_damaged(struct guard_state *ret, struct now now)
{
	*ret = (struct guard_state){0};
	begin_isolation(ret, "the guard's own record was damaged", now);
	(void)alert(ret, GUARD_ISOLATED, ret->last.cause);
}

static json_t *encode_last(const struct guard_isolation *l)
{
	char began[RFC3339_TIME_SIZE], ended[RFC3339_TIME_SIZE] = "";
	rfc3339_time(l->began, began);
	if (l->ended.s)
		rfc3339_time(l->ended, ended);
	return json_pack("{s:s,s:s,s:s,s:b,s:b}", "began", began, "ended", ended, "cause", l->cause, "told", l->told,
			 "cut", l->cut);
}

rc guard_state_encode(const struct guard_state *s, struct buf *out, struct err *e)
{
	char since[RFC3339_TIME_SIZE];
	JSON_AUTO json_t *findings = json_array();
	rfc3339_time(s->since, since);
	for (size_t i = 0; i < s->findings_n; i++)
		if (json_array_append_new(findings, json_pack("{s:s,s:s}", "path", s->findings[i].path, "what",
							      guard_state_what_name(s->findings[i].what))) != 0)
			return err_set(e, ERR_MEMORY, "guard record: out of memory");
	JSON_AUTO json_t *root = json_pack(
		"{s:i,s:s,s:s,s:I,s:b,s:s,s:s,s:s,s:O}", "v", 1, "mode", guard_state_mode_name(s->mode), "boot",
		s->boot, "seq", (json_int_t)s->seq, "alert_pending", s->alert_pending, "alert_mode",
		guard_state_mode_name(s->alert_mode), "since", since, "cause", s->cause, "findings", findings);
	if (!root || (s->last.any && json_object_set_new(root, "last_isolation", encode_last(&s->last)) != 0))
		return err_set(e, ERR_MEMORY, "guard record: out of memory");
	return json_codec_canonical(root, out, e);
}

static bool find_name(const char *const *names, size_t n, const char *name, unsigned *ret)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (unsigned)i;
			return true;
		}
	return false;
}

static rc decode_mode(const json_t *root, const char *key, enum guard_mode *ret, struct err *e)
{
	const char *text;
	unsigned at;
	rc r = json_codec_text(root, "guard record", key, 16, &text, e);
	if (rc_failed(r))
		return r;
	if (!find_name(mode_names, GUARD_MODE_COUNT, text, &at))
		return err_set(e, ERR_INPUT, "guard record: no mode \"%s\"", text);
	*ret = (enum guard_mode)at;
	return RC_OK;
}

static rc decode_findings(const json_t *root, struct guard_state *s, struct err *e)
{
	json_t *list;
	rc r = json_codec_array(root, "guard record", "findings", GUARD_FINDINGS_MAX, &list, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *path, *what;
		unsigned at;
		if (rc_failed(r = json_codec_text(item, "guard finding", "path", GUARD_PATH_SIZE - 1, &path, e)) ||
		    rc_failed(r = json_codec_text(item, "guard finding", "what", 16, &what, e)))
			return r;
		if (!name_path_ok(path) || !find_name(what_names, GUARD_WHAT_COUNT, what, &at))
			return err_set(e, ERR_INPUT, "guard finding %zu is malformed", i);
		(void)snprintf(s->findings[i].path, sizeof s->findings[i].path, "%s", path);
		s->findings[i].what = (enum guard_what)at;
		s->findings_n = i + 1;
	}
	return RC_OK;
}

/* May be missing: records from before it was kept, and devices that were never isolated. */
static rc decode_last(const json_t *root, struct guard_isolation *ret, struct err *e)
{
	static const char what[] = "last isolation";
	static const char *const keys[] = {"began", "ended", "cause", "told", "cut", NULL};
	const char *began, *ended, *cause;
	json_t *obj;
	rc r;
	if (!json_object_get(root, "last_isolation"))
		return RC_OK;
	if (rc_failed(r = json_codec_object(root, "guard record", "last_isolation", &obj, e)) ||
	    rc_failed(r = json_codec_only(obj, what, keys, e)) ||
	    rc_failed(r = json_codec_text(obj, what, "began", RFC3339_TIME_SIZE, &began, e)) ||
	    rc_failed(r = json_codec_text_any(obj, what, "ended", RFC3339_TIME_SIZE, &ended, e)) ||
	    rc_failed(r = json_codec_text_any(obj, what, "cause", GUARD_CAUSE_SIZE - 1, &cause, e)) ||
	    rc_failed(r = json_codec_bool(obj, what, "told", &ret->told, e)) ||
	    rc_failed(r = json_codec_bool(obj, what, "cut", &ret->cut, e)))
		return r;
	if (!rfc3339_parse_time(began, &ret->began) || (*ended && !rfc3339_parse_time(ended, &ret->ended)))
		return err_set(e, ERR_INPUT, "guard record: last_isolation: not a time");
	(void)snprintf(ret->cause, sizeof ret->cause, "%s", cause);
	ret->any = true;
	return RC_OK;
}

static rc decode_fields(const json_t *root, struct guard_state *s, struct err *e)
{
	static const char *const keys[] = {"v",		 "mode",  "boot",  "seq",      "alert_pending",
					   "alert_mode", "since", "cause", "findings", "last_isolation",
					   NULL};
	const char *boot, *since, *cause;
	int64_t version, seq;
	rc r;
	if (rc_failed(r = json_codec_only(root, "guard record", keys, e)) ||
	    rc_failed(r = json_codec_int(root, "guard record", "v", 1, 1, &version, e)) ||
	    rc_failed(r = json_codec_text_any(root, "guard record", "boot", GUARD_BOOT_SIZE - 1, &boot, e)) ||
	    rc_failed(r = json_codec_int(root, "guard record", "seq", 0, INT64_MAX, &seq, e)) ||
	    rc_failed(r = json_codec_bool(root, "guard record", "alert_pending", &s->alert_pending, e)) ||
	    rc_failed(r = json_codec_text(root, "guard record", "since", RFC3339_TIME_SIZE, &since, e)) ||
	    rc_failed(r = json_codec_text_any(root, "guard record", "cause", GUARD_CAUSE_SIZE - 1, &cause, e)) ||
	    rc_failed(r = decode_mode(root, "mode", &s->mode, e)) ||
	    rc_failed(r = decode_mode(root, "alert_mode", &s->alert_mode, e)) ||
	    rc_failed(r = decode_last(root, &s->last, e)))
		return r;
	if (!rfc3339_parse_time(since, &s->since))
		return err_set(e, ERR_INPUT, "guard record: not a time: %s", since);
	s->seq = (uint64_t)seq;
	(void)snprintf(s->boot, sizeof s->boot, "%s", boot);
	(void)snprintf(s->cause, sizeof s->cause, "%s", cause);
	return decode_findings(root, s, e);
}

rc guard_state_decode(struct bytes text, struct guard_state *ret, struct err *e)
{
	JSON_AUTO json_t *root = NULL;
	struct guard_state s = {0};
	rc r = json_codec_parse(text, GUARD_JSON_MAX, "guard record", &root, e);
	if (rc_ok(r))
		r = decode_fields(root, &s, e);
	if (rc_ok(r))
		*ret = s;
	return r;
}
