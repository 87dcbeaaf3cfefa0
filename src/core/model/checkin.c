/* SPDX-License-Identifier: Apache-2.0 */
/* The two messages of a check-in as canonical JSON, strict both ways: an encoder refuses what its decoder would. */
#include "core/model/checkin.h"

#include <stdio.h>

#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/model/reason.h"
#include "core/base/banned.h"

static const char *const states[] = {"idle",	 "planned", "fetching",	 "written",  "verified",
				     "switched", "trying",  "confirmed", "reverted", NULL};
static const char *const modes[] = {"normal", "suspect", "isolated", "recovered", NULL};

static bool word_in(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

bool checkin_state_ok(const char *word)
{
	return word_in(word, states);
}

bool checkin_mode_ok(const char *word)
{
	return word_in(word, modes);
}

bool checkin_reason_ok(const char *word)
{
	return reason_known(word);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool chars_ok(const char *text, const char *extra, size_t size)
{
	size_t n = strlen(text);
	if (n == 0 || n >= size)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_digit(text[i]) && !is_letter(text[i]) && !strchr(extra, text[i]))
			return false;
	return true;
}

bool checkin_version_ok(const char *text)
{
	return chars_ok(text, ".+-", CHECKIN_VERSION_SIZE) && is_digit(text[0]);
}

static bool target_ok(const char *text)
{
	return chars_ok(text, "._+-", CHECKIN_TARGET_SIZE) && text[0] != '.' && !strstr(text, "..");
}

static bool nonce_ok(const char *text)
{
	size_t n = strlen(text);
	return n > 0 && n < CHECKIN_NONCE_SIZE && strspn(text, "0123456789abcdef") == n;
}

static bool version_or_empty(const char *text)
{
	return !*text || checkin_version_ok(text);
}

static bool reason_or_empty(const char *text)
{
	return !*text || checkin_reason_ok(text);
}

/* A text that passes `ok`, copied to out[size]. */
static rc get_word(const json_t *j, const char *what, const char *key, bool (*ok)(const char *), char *out, size_t size,
		   struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text_any(j, what, key, size - 1, &text, e);
	if (rc_failed(r))
		return r;
	if (!ok(text))
		return err_set(e, ERR_INPUT, "%s: \"%s\" is not an accepted word: \"%.64s\"", what, key, text);
	(void)snprintf(out, size, "%s", text);
	return RC_OK;
}
#define GET_WORD(j, what, key, ok, field) get_word(j, what, key, ok, field, sizeof(field), e)

static rc parse(struct bytes text, const char *what, const char *const *keys, json_t **ret, struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_parse(text, CHECKIN_MAX, what, ret, e);
	if (rc_ok(r))
		r = json_codec_only(*ret, what, keys, e);
	return rc_ok(r) ? json_codec_int(*ret, what, "v", 1, 1, &v, e) : r;
}

static bool slot_ok(const char *text)
{
	return strcmp(text, "a") == 0 || strcmp(text, "b") == 0;
}

rc checkin_request_decode(struct bytes text, struct checkin_request *ret, struct err *e)
{
	static const char what[] = "check-in";
	static const char *const keys[] = {"v",	   "version", "counter",	"slot", "state",
					   "mode", "reason",  "failed_version", NULL};
	JSON_AUTO json_t *j = NULL;
	struct checkin_request q = {0};
	char slot[2];
	int64_t counter = 0;
	rc r = parse(text, what, keys, &j, e);
	if (rc_failed(r) || rc_failed(r = GET_WORD(j, what, "version", checkin_version_ok, q.version)) ||
	    rc_failed(r = json_codec_int(j, what, "counter", 0, INT64_MAX, &counter, e)) ||
	    rc_failed(r = GET_WORD(j, what, "slot", slot_ok, slot)) ||
	    rc_failed(r = GET_WORD(j, what, "state", checkin_state_ok, q.state)) ||
	    rc_failed(r = GET_WORD(j, what, "mode", checkin_mode_ok, q.mode)) ||
	    rc_failed(r = GET_WORD(j, what, "reason", reason_or_empty, q.reason)) ||
	    rc_failed(r = GET_WORD(j, what, "failed_version", version_or_empty, q.failed_version)))
		return r;
	q.slot = slot[0];
	q.counter = (uint64_t)counter;
	*ret = q;
	return RC_OK;
}

/* Write j to out if the receiver would take it. */
static rc put(json_t *j, struct buf *out, struct err *e)
{
	if (!j)
		return err_set(e, ERR_MEMORY, "check-in: out of memory or not UTF-8");
	return json_codec_canonical(j, out, e);
}

rc checkin_request_encode(const struct checkin_request *q, struct buf *out, struct err *e)
{
	const char slot[2] = {q->slot, 0};
	JSON_AUTO json_t *j = json_pack("{s:i,s:s,s:I,s:s,s:s,s:s,s:s,s:s}", "v", 1, "version", q->version, "counter",
					(json_int_t)q->counter, "slot", slot, "state", q->state, "mode", q->mode,
					"reason", q->reason, "failed_version", q->failed_version);
	CLEANUP(buf_done) struct buf text;
	struct checkin_request back;
	buf_init(&text, CHECKIN_MAX);
	rc r = put(j, &text, e);
	if (rc_ok(r))
		r = checkin_request_decode(buf_view(&text), &back, e);
	if (rc_failed(r))
		return r;
	buf_put(out, buf_view(&text));
	return buf_check(out, "check-in", e);
}

static rc decode_offer(const json_t *j, struct checkin_answer *a, struct err *e)
{
	static const char what[] = "check-in offer";
	static const char *const keys[] = {"target", "version", NULL};
	const json_t *offer = json_object_get(j, "offer");
	if (json_is_null(offer))
		return RC_OK;
	rc r = json_codec_only(offer, what, keys, e);
	if (rc_failed(r) || rc_failed(r = GET_WORD(offer, what, "target", target_ok, a->target)) ||
	    rc_failed(r = GET_WORD(offer, what, "version", checkin_version_ok, a->version)))
		return r;
	a->offered = true;
	return RC_OK;
}

rc checkin_answer_decode(struct bytes text, struct checkin_answer *ret, struct err *e)
{
	static const char what[] = "check-in answer";
	static const char *const keys[] = {"v", "nonce", "wait_s", "offer", "erase", "device_time", NULL};
	JSON_AUTO json_t *j = NULL;
	struct checkin_answer a = {0};
	int64_t wait_s = 0;
	rc r = parse(text, what, keys, &j, e);
	if (rc_failed(r) || rc_failed(r = GET_WORD(j, what, "nonce", nonce_ok, a.nonce)) ||
	    rc_failed(r = json_codec_int(j, what, "wait_s", 0, CHECKIN_WAIT_MAX_S, &wait_s, e)) ||
	    rc_failed(r = decode_offer(j, &a, e)) || rc_failed(r = json_codec_bool(j, what, "erase", &a.erase, e)) ||
	    rc_failed(r = json_codec_time(j, what, "device_time", &a.device_time, e)))
		return r;
	a.wait_s = (uint32_t)wait_s;
	*ret = a;
	return RC_OK;
}

rc checkin_answer_encode(const struct checkin_answer *a, struct buf *out, struct err *e)
{
	char time[RFC3339_TIME_SIZE];
	rfc3339_time(a->device_time, time);
	json_t *offer = a->offered ? json_pack("{s:s,s:s}", "target", a->target, "version", a->version) : json_null();
	JSON_AUTO json_t *j =
		json_pack("{s:i,s:s,s:I,s:o,s:b,s:s}", "v", 1, "nonce", a->nonce, "wait_s", (json_int_t)a->wait_s,
			  "offer", offer, "erase", (int)a->erase, "device_time", time);
	CLEANUP(buf_done) struct buf text;
	struct checkin_answer back;
	buf_init(&text, CHECKIN_MAX);
	rc r = put(j, &text, e);
	if (rc_ok(r))
		r = checkin_answer_decode(buf_view(&text), &back, e);
	if (rc_failed(r))
		return r;
	buf_put(out, buf_view(&text));
	return buf_check(out, "check-in answer", e);
}
