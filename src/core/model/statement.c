/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads of the device's own statements as canonical JSON. Decoders copy into fixed fields and refuse the rest; an
 * encoder decodes what it wrote before it hands it out, so that a device never signs what its service would refuse.
 */
#include "core/model/statement.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/model/checkin.h"
#include "core/base/banned.h"

typedef bool text_ok(const char *text);

/* A text that passes `ok`, copied to out[size]. */
static rc get_text(const json_t *j, const char *key, text_ok *ok, char *out, size_t size, struct err *e)
{
	const char *text = "";
	rc r = json_codec_text_any(j, "statement", key, size - 1, &text, e);
	if (rc_failed(r))
		return r;
	if (!ok(text))
		return err_set(e, ERR_INPUT, "statement: \"%s\" is not acceptable: \"%.64s\"", key, text);
	(void)snprintf(out, size, "%s", text);
	return RC_OK;
}
#define GET_TEXT(j, key, ok, field) get_text(j, key, ok, field, sizeof(field), e)

static bool anything(const char *text)
{
	(void)text;
	return true;
}

static bool not_empty(const char *text)
{
	return *text != 0;
}

static bool version_or_empty(const char *text)
{
	return !*text || checkin_version_ok(text);
}

static bool nonce_or_empty(const char *text)
{
	return strspn(text, "0123456789abcdef") == strlen(text);
}

static bool slot_ok(const char *text)
{
	return strcmp(text, "a") == 0 || strcmp(text, "b") == 0;
}

static bool alert_mode_ok(const char *text)
{
	return checkin_mode_ok(text) && strcmp(text, "normal") != 0;
}

static rc get_time(const json_t *j, struct wall_time *ret, struct err *e)
{
	return json_codec_time(j, "statement", "time", ret, e);
}

static rc get_count(const json_t *j, const char *key, uint64_t *ret, struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_int(j, "statement", key, 0, INT64_MAX, &v, e);
	if (rc_ok(r))
		*ret = (uint64_t)v;
	return r;
}

static rc get_slot(const json_t *j, char *ret, struct err *e)
{
	char slot[2];
	rc r = GET_TEXT(j, "slot", slot_ok, slot);
	if (rc_ok(r))
		*ret = slot[0];
	return r;
}

static rc parse(struct bytes payload, const char *const *keys, json_t **ret, struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_parse(payload, ENVELOPE_PAYLOAD_MAX, "statement", ret, e);
	if (rc_ok(r))
		r = json_codec_only(*ret, "statement", keys, e);
	return rc_ok(r) ? json_codec_int(*ret, "statement", "v", 1, 1, &v, e) : r;
}

static rc put(json_t *j, struct buf *ret, struct err *e)
{
	if (!j)
		return err_set(e, ERR_MEMORY, "statement: out of memory, or a text is not UTF-8");
	return json_codec_canonical(j, ret, e);
}

static rc deliver(rc r, const struct buf *text, struct buf *out, struct err *e)
{
	if (rc_failed(r))
		return err_wrap(e, "writing a statement");
	buf_put(out, buf_view(text));
	return buf_check(out, "statement", e);
}

/* ---- boot statement ---- */

static rc get_outcome(const json_t *j, struct statement_boot *s, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(j, "statement", "outcome", 16, &text, e);
	if (rc_failed(r))
		return r;
	if (strcmp(text, "confirmed") == 0)
		s->outcome = STATEMENT_CONFIRMED;
	else if (strcmp(text, "reverted") == 0)
		s->outcome = STATEMENT_REVERTED;
	else
		return err_set(e, ERR_INPUT, "statement: unknown outcome \"%s\"", text);
	if ((s->outcome == STATEMENT_REVERTED) != (s->failed_version[0] != 0))
		return err_set(e, ERR_INPUT, "statement: \"failed_version\" goes with outcome \"reverted\" only");
	return RC_OK;
}

static rc get_health(const json_t *j, struct statement_boot *s, struct err *e)
{
	static const char *const keys[] = {"id", "ok", "detail", NULL};
	json_t *list = NULL;
	rc r = json_codec_array(j, "statement", "health", STATEMENT_HEALTH_MAX, &list, e);
	if (rc_failed(r))
		return r;
	for (; s->health_n < json_array_size(list); s->health_n++) {
		const json_t *h = json_array_get(list, s->health_n);
		struct statement_health *to = &s->health[s->health_n];
		if (rc_failed(r = json_codec_only(h, "health check", keys, e)) ||
		    rc_failed(r = GET_TEXT(h, "id", name_ok, to->id)) ||
		    rc_failed(r = json_codec_bool(h, "health check", "ok", &to->ok, e)) ||
		    rc_failed(r = GET_TEXT(h, "detail", anything, to->detail)))
			return r;
	}
	return RC_OK;
}

rc statement_boot_decode(struct bytes payload, struct statement_boot *ret, struct err *e)
{
	static const char *const keys[] = {
		"v",	"device",	"model",   "boot",   "time",  "version",	"counter",
		"slot", "image_sha256", "outcome", "health", "nonce", "failed_version", NULL};
	JSON_AUTO json_t *j = NULL;
	struct statement_boot s = {0};
	rc r = parse(payload, keys, &j, e);
	if (rc_failed(r) || rc_failed(r = GET_TEXT(j, "device", name_ok, s.device)) ||
	    rc_failed(r = GET_TEXT(j, "model", name_ok, s.model)) ||
	    rc_failed(r = json_codec_hex(j, "statement", "boot", s.boot, sizeof s.boot, e)) ||
	    rc_failed(r = get_time(j, &s.time, e)) ||
	    rc_failed(r = GET_TEXT(j, "version", checkin_version_ok, s.version)) ||
	    rc_failed(r = get_count(j, "counter", &s.counter, e)) || rc_failed(r = get_slot(j, &s.slot, e)) ||
	    rc_failed(r = json_codec_hex(j, "statement", "image_sha256", s.image_sha256, SHA256_SIZE, e)) ||
	    rc_failed(r = GET_TEXT(j, "nonce", nonce_or_empty, s.nonce)) ||
	    rc_failed(r = GET_TEXT(j, "failed_version", version_or_empty, s.failed_version)) ||
	    rc_failed(r = get_outcome(j, &s, e)) || rc_failed(r = get_health(j, &s, e)))
		return r;
	*ret = s;
	return RC_OK;
}

static json_t *health_json(const struct statement_boot *s)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < s->health_n; i++)
		if (json_array_append_new(list, json_pack("{s:s,s:b,s:s}", "id", s->health[i].id, "ok",
							  (int)s->health[i].ok, "detail", s->health[i].detail)))
			return json_decref(list), NULL;
	return list;
}

rc statement_boot_encode(const struct statement_boot *s, struct buf *out, struct err *e)
{
	char time[RFC3339_TIME_SIZE], boot[HEX_TEXT_SIZE(STATEMENT_BOOT_ID_SIZE)], image[HEX_TEXT_SIZE(SHA256_SIZE)];
	const char slot[2] = {s->slot, 0};
	if (s->health_n > STATEMENT_HEALTH_MAX)
		return err_set(e, ERR_LIMIT, "statement: more than %d health checks", STATEMENT_HEALTH_MAX);
	rfc3339_time(s->time, time);
	hex_encode(bytes_of(s->boot, sizeof s->boot), boot);
	hex_encode(bytes_of(s->image_sha256, SHA256_SIZE), image);
	JSON_AUTO json_t *j = json_pack(
		"{s:i,s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:o,s:s,s:s}", "v", 1, "device", s->device, "model", s->model,
		"boot", boot, "time", time, "version", s->version, "counter", (json_int_t)s->counter, "slot", slot,
		"image_sha256", image, "outcome", s->outcome == STATEMENT_CONFIRMED ? "confirmed" : "reverted",
		"health", health_json(s), "nonce", s->nonce, "failed_version", s->failed_version);
	CLEANUP(buf_done) struct buf text;
	struct statement_boot back;
	buf_init(&text, ENVELOPE_PAYLOAD_MAX);
	rc r = put(j, &text, e);
	if (rc_ok(r))
		r = statement_boot_decode(buf_view(&text), &back, e);
	return deliver(r, &text, out, e);
}

/* ---- alert ---- */

rc statement_alert_decode(struct bytes payload, struct statement_alert *ret, struct err *e)
{
	static const char *const keys[] = {"v", "device", "time", "seq", "mode", "cause", "paths", NULL};
	JSON_AUTO json_t *j = NULL;
	json_t *list = NULL;
	struct statement_alert s = {0};
	rc r = parse(payload, keys, &j, e);
	if (rc_failed(r) || rc_failed(r = GET_TEXT(j, "device", name_ok, s.device)) ||
	    rc_failed(r = get_time(j, &s.time, e)) || rc_failed(r = get_count(j, "seq", &s.seq, e)) ||
	    rc_failed(r = GET_TEXT(j, "mode", alert_mode_ok, s.mode)) ||
	    rc_failed(r = GET_TEXT(j, "cause", not_empty, s.cause)) ||
	    rc_failed(r = json_codec_array(j, "statement", "paths", STATEMENT_PATHS_MAX, &list, e)))
		return r;
	for (; s.paths_n < json_array_size(list); s.paths_n++) {
		const char *path = json_string_value(json_array_get(list, s.paths_n));
		if (!path || !name_path_ok(path))
			return err_set(e, ERR_INPUT, "statement: entry %zu of \"paths\" is not a path", s.paths_n);
		(void)snprintf(s.paths[s.paths_n], STATEMENT_PATH_SIZE, "%s", path);
	}
	*ret = s;
	return RC_OK;
}

rc statement_alert_encode(const struct statement_alert *s, struct buf *out, struct err *e)
{
	char time[RFC3339_TIME_SIZE];
	if (s->paths_n > STATEMENT_PATHS_MAX)
		return err_set(e, ERR_LIMIT, "statement: more than %d paths", STATEMENT_PATHS_MAX);
	rfc3339_time(s->time, time);
	json_t *paths = json_array();
	for (size_t i = 0; paths && i < s->paths_n; i++)
		(void)json_array_append_new(paths, json_string(s->paths[i])); /* a missing one shows below */
	size_t put_n = json_array_size(paths);
	JSON_AUTO json_t *j = json_pack("{s:i,s:s,s:s,s:I,s:s,s:s,s:o}", "v", 1, "device", s->device, "time", time,
					"seq", (json_int_t)s->seq, "mode", s->mode, "cause", s->cause, "paths", paths);
	CLEANUP(buf_done) struct buf text;
	struct statement_alert back;
	buf_init(&text, ENVELOPE_PAYLOAD_MAX);
	rc r = put_n == s->paths_n ? put(j, &text, e) : err_set(e, ERR_INPUT, "statement: a path is not UTF-8");
	if (rc_ok(r))
		r = statement_alert_decode(buf_view(&text), &back, e);
	return deliver(r, &text, out, e);
}

/* ---- evidence ---- */

static const char *const fact_states[STATEMENT_FACT_STATE_COUNT] = {
	[STATEMENT_SEEN] = "seen",	 [STATEMENT_ABSENT] = "absent", [STATEMENT_UNREACHABLE] = "unreachable",
	[STATEMENT_REFUSED] = "refused", [STATEMENT_ERROR] = "error",
};

const char *statement_fact_state_name(enum statement_fact_state s)
{
	return s < STATEMENT_FACT_STATE_COUNT ? fact_states[s] : "error";
}

static rc get_fact(const json_t *j, struct statement_fact *f, struct err *e)
{
	static const char *const keys[] = {"id", "state", "value", "source", NULL};
	const char *state = NULL;
	rc r = json_codec_only(j, "fact", keys, e);
	if (rc_failed(r) || rc_failed(r = GET_TEXT(j, "id", name_ok, f->id)) ||
	    rc_failed(r = json_codec_text(j, "fact", "state", 16, &state, e)) ||
	    rc_failed(r = GET_TEXT(j, "value", anything, f->value)) ||
	    rc_failed(r = GET_TEXT(j, "source", anything, f->source)))
		return r;
	for (size_t i = 0; i < STATEMENT_FACT_STATE_COUNT; i++) {
		if (strcmp(state, fact_states[i]) == 0) {
			f->state = (enum statement_fact_state)i;
			return RC_OK;
		}
	}
	return err_set(e, ERR_INPUT, "fact %s: unknown state \"%s\"", f->id, state);
}

static rc read_evidence(const json_t *j, struct statement_evidence *s, struct err *e)
{
	json_t *list = NULL;
	rc r = GET_TEXT(j, "device", name_ok, s->device);
	if (rc_failed(r) || rc_failed(r = GET_TEXT(j, "model", name_ok, s->model)) ||
	    rc_failed(r = get_time(j, &s->time, e)) || rc_failed(r = GET_TEXT(j, "nonce", nonce_or_empty, s->nonce)) ||
	    rc_failed(r = GET_TEXT(j, "version", checkin_version_ok, s->version)) ||
	    rc_failed(r = get_count(j, "counter", &s->counter, e)) || rc_failed(r = get_slot(j, &s->slot, e)) ||
	    rc_failed(r = GET_TEXT(j, "mode", checkin_mode_ok, s->mode)) ||
	    rc_failed(r = json_codec_array(j, "statement", "facts", STATEMENT_FACTS_MAX, &list, e)))
		return r;
	for (; rc_ok(r) && s->facts_n < json_array_size(list); s->facts_n++)
		r = get_fact(json_array_get(list, s->facts_n), &s->facts[s->facts_n], e);
	return r;
}

rc statement_evidence_decode(struct bytes payload, struct statement_evidence *ret, struct err *e)
{
	static const char *const keys[] = {"v",	      "device", "model", "time",  "nonce", "version",
					   "counter", "slot",	"mode",	 "facts", NULL};
	JSON_AUTO json_t *j = NULL;
	MEM_AUTO struct statement_evidence *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "evidence: out of memory");
	rc r = parse(payload, keys, &j, e);
	if (rc_ok(r))
		r = read_evidence(j, s, e);
	if (rc_ok(r))
		*ret = *s;
	return r;
}

static json_t *facts_json(const struct statement_evidence *s)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < s->facts_n; i++) {
		const struct statement_fact *f = &s->facts[i];
		json_t *fact = json_pack("{s:s,s:s,s:s,s:s}", "id", f->id, "state", statement_fact_state_name(f->state),
					 "value", f->value, "source", f->source);
		if (json_array_append_new(list, fact))
			return json_decref(list), NULL;
	}
	return list;
}

rc statement_evidence_encode(const struct statement_evidence *s, struct buf *out, struct err *e)
{
	char time[RFC3339_TIME_SIZE];
	const char slot[2] = {s->slot, 0};
	if (s->facts_n > STATEMENT_FACTS_MAX)
		return err_set(e, ERR_LIMIT, "statement: more than %d facts", STATEMENT_FACTS_MAX);
	rfc3339_time(s->time, time);
	JSON_AUTO json_t *j =
		json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:o}", "v", 1, "device", s->device, "model", s->model,
			  "time", time, "nonce", s->nonce, "version", s->version, "counter", (json_int_t)s->counter,
			  "slot", slot, "mode", s->mode, "facts", facts_json(s));
	CLEANUP(buf_done) struct buf text;
	MEM_AUTO struct statement_evidence *back = mem_alloc(sizeof *back);
	buf_init(&text, ENVELOPE_PAYLOAD_MAX);
	rc r = back ? put(j, &text, e) : err_set(e, ERR_MEMORY, "evidence: out of memory");
	if (rc_ok(r))
		r = statement_evidence_decode(buf_view(&text), back, e);
	return deliver(r, &text, out, e);
}

/* ---- receipt ---- */

static rc get_not_erased(const json_t *j, struct statement_receipt *s, struct err *e)
{
	static const char *const keys[] = {"what", "why", NULL};
	json_t *list = NULL;
	rc r = json_codec_array(j, "statement", "not_erased", STATEMENT_NOT_ERASED_MAX, &list, e);
	if (rc_failed(r))
		return r;
	for (; s->not_erased_n < json_array_size(list); s->not_erased_n++) {
		const json_t *n = json_array_get(list, s->not_erased_n);
		struct statement_not_erased *to = &s->not_erased[s->not_erased_n];
		if (rc_failed(r = json_codec_only(n, "not erased", keys, e)) ||
		    rc_failed(r = GET_TEXT(n, "what", not_empty, to->what)) ||
		    rc_failed(r = GET_TEXT(n, "why", not_empty, to->why)))
			return r;
	}
	return RC_OK;
}

static rc get_word(const json_t *j, const char *key, const char *const words[2], int *ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(j, "statement", key, 32, &text, e);
	if (rc_failed(r))
		return r;
	for (int i = 0; i < 2; i++) {
		if (words[i] && strcmp(text, words[i]) == 0) {
			*ret = i;
			return RC_OK;
		}
	}
	return err_set(e, ERR_INPUT, "statement: unknown \"%s\": \"%s\"", key, text);
}

rc statement_receipt_decode(struct bytes payload, struct statement_receipt *ret, struct err *e)
{
	static const char *const keys[] = {"v",	    "device", "time",	    "scope",   "key_destroyed",
					   "files", "bytes",  "not_erased", "request", NULL};
	static const char *const scopes[2] = {"personal-data", NULL};
	static const char *const requests[2] = {"owner", "service"};
	JSON_AUTO json_t *j = NULL;
	struct statement_receipt s = {0};
	int scope = 0, request = 0;
	rc r = parse(payload, keys, &j, e);
	if (rc_failed(r) || rc_failed(r = GET_TEXT(j, "device", name_ok, s.device)) ||
	    rc_failed(r = get_time(j, &s.time, e)) || rc_failed(r = get_word(j, "scope", scopes, &scope, e)) ||
	    rc_failed(r = json_codec_bool(j, "statement", "key_destroyed", &s.key_destroyed, e)) ||
	    rc_failed(r = get_count(j, "files", &s.files, e)) || rc_failed(r = get_count(j, "bytes", &s.bytes, e)) ||
	    rc_failed(r = get_word(j, "request", requests, &request, e)) || rc_failed(r = get_not_erased(j, &s, e)))
		return r;
	s.by_service = request == 1;
	*ret = s;
	return RC_OK;
}

rc statement_receipt_encode(const struct statement_receipt *s, struct buf *out, struct err *e)
{
	char time[RFC3339_TIME_SIZE];
	if (s->not_erased_n > STATEMENT_NOT_ERASED_MAX)
		return err_set(e, ERR_LIMIT, "statement: more than %d things not erased", STATEMENT_NOT_ERASED_MAX);
	rfc3339_time(s->time, time);
	json_t *list = json_array();
	for (size_t i = 0; list && i < s->not_erased_n; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s,s:s}", "what", s->not_erased[i].what, "why", s->not_erased[i].why));
	size_t put_n = json_array_size(list);
	JSON_AUTO json_t *j = json_pack("{s:i,s:s,s:s,s:s,s:b,s:I,s:I,s:o,s:s}", "v", 1, "device", s->device, "time",
					time, "scope", "personal-data", "key_destroyed", (int)s->key_destroyed, "files",
					(json_int_t)s->files, "bytes", (json_int_t)s->bytes, "not_erased", list,
					"request", s->by_service ? "service" : "owner");
	CLEANUP(buf_done) struct buf text;
	struct statement_receipt back;
	buf_init(&text, ENVELOPE_PAYLOAD_MAX);
	rc r = put_n == s->not_erased_n ? put(j, &text, e) : err_set(e, ERR_INPUT, "receipt: a text is not UTF-8");
	if (rc_ok(r))
		r = statement_receipt_decode(buf_view(&text), &back, e);
	return deliver(r, &text, out, e);
}
