/* SPDX-License-Identifier: Apache-2.0 */
/* state/update.json: the step machine's memory over a power cut. Strict, although it is our own file. */
#include <stdio.h>

#include "agent/update/update.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/base/banned.h"

#define STATE_MAX 8192
#define TIME_MAX INT64_C(253402300799) /* the end of the year 9999 */

static rc get_text(const json_t *j, const char *key, char *out, size_t size, struct err *e)
{
	return json_codec_copy_any(j, "update state", key, out, size, e);
}
#define GET_TEXT(j, key, field) get_text(j, key, field, sizeof(field), e)

static rc get_count(const json_t *j, const char *key, int64_t max, uint64_t *ret, struct err *e)
{
	int64_t v = 0;
	rc r = json_codec_int(j, "update state", key, 0, max, &v, e);
	if (rc_ok(r))
		*ret = (uint64_t)v;
	return r;
}

static rc get_step(const json_t *j, enum update_step *ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(j, "update state", "step", UPDATE_REASON_SIZE, &text, e);
	if (rc_failed(r))
		return r;
	for (int i = 0; i < UPDATE_STEP_COUNT; i++) {
		if (strcmp(text, update_step_name((enum update_step)i)) == 0) {
			*ret = (enum update_step)i;
			return RC_OK;
		}
	}
	return err_set(e, ERR_INPUT, "update state: unknown step \"%s\"", text);
}

static rc get_transfer(const json_t *release, const char *name, struct update_transfer *t, struct err *e)
{
	static const char *const keys[] = {"target",	   "sha256",	    "bytes", "memory",
					   "header_bytes", "header_sha256", NULL};
	json_t *j = NULL;
	uint64_t memory = 0, header = 0;
	rc r = json_codec_object(release, "update state", name, &j, e);
	if (rc_failed(r) || rc_failed(r = json_codec_only(j, "update state", keys, e)) ||
	    rc_failed(r = GET_TEXT(j, "target", t->target)) ||
	    rc_failed(r = get_count(j, "bytes", INT64_MAX, &t->bytes, e)) ||
	    rc_failed(r = get_count(j, "memory", UINT32_MAX, &memory, e)) ||
	    rc_failed(r = get_count(j, "header_bytes", UINT32_MAX, &header, e)) ||
	    rc_failed(r = json_codec_hex(j, "update state", "sha256", t->sha256, SHA256_SIZE, e)))
		return r;
	t->memory = (uint32_t)memory;
	t->header_bytes = (uint32_t)header;
	return json_codec_hex(j, "update state", "header_sha256", t->header_sha256, SHA256_SIZE, e);
}

static rc get_release(const json_t *j, struct update_release *rel, struct err *e)
{
	static const char *const keys[] = {"version", "declaration",	    "counter", "length",   "sha256",
					   "full",    "declaration_sha256", "patch",   "security", "blocks",
					   NULL};
	rc r = json_codec_only(j, "update state", keys, e);
	if (rc_failed(r) || rc_failed(r = GET_TEXT(j, "version", rel->version)) ||
	    rc_failed(r = get_transfer(j, "full", &rel->full, e)) ||
	    rc_failed(r = get_transfer(j, "patch", &rel->patch, e)) ||
	    rc_failed(r = get_transfer(j, "blocks", &rel->blocks, e)) ||
	    rc_failed(r = GET_TEXT(j, "declaration", rel->declaration)) ||
	    rc_failed(r = get_count(j, "counter", INT64_MAX, &rel->counter, e)) ||
	    rc_failed(r = get_count(j, "length", INT64_MAX, &rel->length, e)) ||
	    rc_failed(r = json_codec_hex(j, "update state", "sha256", rel->sha256, SHA256_SIZE, e)))
		return r;
	if (json_object_get(j, "security") &&
	    rc_failed(r = json_codec_bool(j, "update state", "security", &rel->security, e)))
		return r;
	return json_codec_hex(j, "update state", "declaration_sha256", rel->declaration_sha256, SHA256_SIZE, e);
}

static rc get_time(const json_t *j, const char *key, struct wall_time *ret, struct err *e)
{
	return json_codec_int(j, "update state", key, 0, TIME_MAX, &ret->s, e);
}

/* What came with version 2; an agent of before had none of it, and its memory is read when it updated to this one. */
static rc get_wishes(const json_t *j, struct update_state *s, struct err *e)
{
	static const char *const keys[] = {"asked",	      "cancelled",	 "seen", "seen_at",
					   "postponed_until", "postponed_times", NULL};
	struct update_wishes *w = &s->wishes;
	json_t *o = NULL;
	uint64_t times = 0;
	rc r;
	if (rc_failed(r = json_codec_bool(j, "update state", "media", &s->media, e)) ||
	    rc_failed(r = get_time(j, "changed_at", &s->changed_at, e)) ||
	    rc_failed(r = json_codec_object(j, "update state", "wishes", &o, e)) ||
	    rc_failed(r = json_codec_only(o, "update state", keys, e)) ||
	    rc_failed(r = GET_TEXT(o, "asked", w->asked)) || rc_failed(r = GET_TEXT(o, "cancelled", w->cancelled)) ||
	    rc_failed(r = GET_TEXT(o, "seen", w->seen)) || rc_failed(r = get_time(o, "seen_at", &w->seen_at, e)) ||
	    rc_failed(r = get_time(o, "postponed_until", &w->postponed_until, e)) ||
	    rc_failed(r = get_count(o, "postponed_times", INT32_MAX, &times, e)))
		return r;
	w->postponed_times = (uint32_t)times;
	return RC_OK;
}

static rc get_fields(const json_t *j, struct update_state *s, struct err *e)
{
	json_t *rel = NULL;
	uint64_t slot = 0, starts = 0;
	rc r;
	if (rc_failed(r = get_step(j, &s->step, e)) || rc_failed(r = get_count(j, "slot", 1, &slot, e)) ||
	    rc_failed(r = get_count(j, "written", INT64_MAX, &s->written, e)) ||
	    rc_failed(r = get_count(j, "starts", INT32_MAX, &starts, e)) ||
	    rc_failed(r = json_codec_bool(j, "update state", "told", &s->told, e)) ||
	    rc_failed(r = json_codec_bool(j, "update state", "patch_failed", &s->patch_failed, e)) ||
	    rc_failed(r = json_codec_bool(j, "update state", "full_only", &s->full_only, e)) ||
	    rc_failed(r = GET_TEXT(j, "reason", s->reason)) ||
	    rc_failed(r = GET_TEXT(j, "failed_version", s->failed_version)) ||
	    rc_failed(r = json_codec_object(j, "update state", "release", &rel, e)) ||
	    rc_failed(r = get_release(rel, &s->release, e)))
		return r;
	s->slot = (int)slot;
	s->starts = (uint32_t)starts;
	return RC_OK;
}

rc update_state_decode(struct bytes text, struct update_state *ret, struct err *e)
{
	static const char *const keys[] = {"v",	     "step",	       "slot",	  "written",   "starts",       "told",
					   "reason", "failed_version", "release", "full_only", "patch_failed", "media",
					   "wishes", "changed_at",     NULL};
	JSON_AUTO json_t *j = NULL;
	struct update_state s = {0};
	uint64_t v = 0;
	rc r = json_codec_parse(text, STATE_MAX, "update state", &j, e);
	if (rc_failed(r) || rc_failed(r = json_codec_only(j, "update state", keys, e)) ||
	    rc_failed(r = get_count(j, "v", 2, &v, e)) || rc_failed(r = get_fields(j, &s, e)))
		return r;
	if (v != 1 && rc_failed(r = get_wishes(j, &s, e)))
		return r;
	if (v == 0 || (v == 1 && json_object_get(j, "wishes")) || s.written > s.release.length)
		return err_set(e, ERR_INPUT, "update state: contradicts itself");
	*ret = s;
	return RC_OK;
}

static json_t *transfer_json(const struct update_transfer *t)
{
	char file[HEX_TEXT_SIZE(SHA256_SIZE)], header[HEX_TEXT_SIZE(SHA256_SIZE)];
	hex_encode(bytes_of(t->sha256, SHA256_SIZE), file);
	hex_encode(bytes_of(t->header_sha256, SHA256_SIZE), header);
	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:s}", "target", t->target, "sha256", file, "bytes",
			 (json_int_t)t->bytes, "memory", (json_int_t)t->memory, "header_bytes",
			 (json_int_t)t->header_bytes, "header_sha256", header);
}

static json_t *pack_release(const struct update_release *rel)
{
	char image[HEX_TEXT_SIZE(SHA256_SIZE)], policy[HEX_TEXT_SIZE(SHA256_SIZE)];
	hex_encode(bytes_of(rel->sha256, SHA256_SIZE), image);
	hex_encode(bytes_of(rel->declaration_sha256, SHA256_SIZE), policy);
	return json_pack("{s:s,s:s,s:I,s:I,s:s,s:s,s:o,s:o,s:o,s:b}", "version", rel->version, "declaration",
			 rel->declaration, "counter", (json_int_t)rel->counter, "length", (json_int_t)rel->length,
			 "sha256", image, "declaration_sha256", policy, "full", transfer_json(&rel->full), "patch",
			 transfer_json(&rel->patch), "blocks", transfer_json(&rel->blocks), "security",
			 (int)rel->security);
}

rc update_state_encode(const struct update_state *s, struct buf *out, struct err *e)
{
	const struct update_wishes *w = &s->wishes;
	json_t *wishes = json_pack("{s:s,s:s,s:s,s:I,s:I,s:I}", "asked", w->asked, "cancelled", w->cancelled, "seen",
				   w->seen, "seen_at", (json_int_t)w->seen_at.s, "postponed_until",
				   (json_int_t)w->postponed_until.s, "postponed_times", (json_int_t)w->postponed_times);
	JSON_AUTO json_t *j = json_pack(
		"{s:i,s:s,s:i,s:I,s:I,s:b,s:b,s:b,s:s,s:s,s:o,s:b,s:I,s:o}", "v", 2, "step", update_step_name(s->step),
		"slot", s->slot, "written", (json_int_t)s->written, "starts", (json_int_t)s->starts, "told",
		(int)s->told, "patch_failed", (int)s->patch_failed, "full_only", (int)s->full_only, "reason", s->reason,
		"failed_version", s->failed_version, "release", pack_release(&s->release), "media", (int)s->media,
		"changed_at", (json_int_t)s->changed_at.s, "wishes", wishes);
	if (!j)
		return err_set(e, ERR_MEMORY, "update state: out of memory");
	return json_codec_canonical(j, out, e);
}
