/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as we accept it (RFC 7493 I-JSON: UTF-8, no duplicate keys, bounded size and depth, no trailing bytes) and as
 * we sign it (canonical form: keys sorted by bytes, no white space, only '"' and '\' escaped, integers only). Values
 * are jansson's json_t; this file is the only one that parses text into them.
 */
#ifndef HALLMARK_CORE_CODEC_JSON_H
#define HALLMARK_CORE_CODEC_JSON_H

#include <jansson.h>

#include "core/base/buf.h"
#include "core/base/units.h"

#define JSON_DEPTH_MAX 32

/* Release one reference when the scope ends: `JSON_AUTO json_t *j = NULL;` */
#define JSON_AUTO CLEANUP(json_codec_unref)
void json_codec_unref(json_t **j);

/* Parse exactly one value of at most `max` bytes. On success *ret is a new reference. `what` names it in errors. */
rc json_codec_parse(struct bytes text, size_t max, const char *what, json_t **ret, struct err *e) MUST_CHECK;

/* Append the canonical form. Reals are refused (ERR_INPUT). */
rc json_codec_canonical(const json_t *value, struct buf *out, struct err *e) MUST_CHECK;

/*
 * Append one line that any parser reads. Without control characters in its texts it is the canonical form; with them
 * (the line breaks of PEM) the canonical form is no JSON, and only what is signed.
 */
rc json_codec_compact(const json_t *value, struct buf *out, struct err *e) MUST_CHECK;

/* Append an indented form for people, keys in insertion order, with a line break at the end. */
rc json_codec_pretty(const json_t *value, struct buf *out, struct err *e) MUST_CHECK;

/* A new text value of any bytes: what is not printable UTF-8 becomes '?'. NULL when out of memory. */
json_t *json_codec_printable(const char *text);

/*
 * Field readers for decoders. `what` names the object in errors ("boot statement"). The returned text is borrowed from
 * the object. Texts are checked: UTF-8, no control characters, 1..max bytes (json_codec_text_any allows 0).
 */
rc json_codec_text(const json_t *obj, const char *what, const char *key, size_t max, const char **ret, struct err *e)
	MUST_CHECK;
rc json_codec_text_any(const json_t *obj, const char *what, const char *key, size_t max, const char **ret,
		       struct err *e) MUST_CHECK;
/* The same, copied: at most size - 1 bytes. */
rc json_codec_copy(const json_t *obj, const char *what, const char *key, char *ret, size_t size, struct err *e)
	MUST_CHECK;
rc json_codec_copy_any(const json_t *obj, const char *what, const char *key, char *ret, size_t size, struct err *e)
	MUST_CHECK;
/* A UTC time as rfc3339_time writes it. */
rc json_codec_time(const json_t *obj, const char *what, const char *key, struct wall_time *ret, struct err *e)
	MUST_CHECK;
rc json_codec_int(const json_t *obj, const char *what, const char *key, int64_t min, int64_t max, int64_t *ret,
		  struct err *e) MUST_CHECK;
rc json_codec_bool(const json_t *obj, const char *what, const char *key, bool *ret, struct err *e) MUST_CHECK;
/* A nested object / array; borrowed. At most max elements. */
rc json_codec_object(const json_t *obj, const char *what, const char *key, json_t **ret, struct err *e) MUST_CHECK;
rc json_codec_array(const json_t *obj, const char *what, const char *key, size_t max, json_t **ret, struct err *e)
	MUST_CHECK;
/* Lower-case or upper-case hex of exactly n bytes. */
rc json_codec_hex(const json_t *obj, const char *what, const char *key, uint8_t *out, size_t n, struct err *e)
	MUST_CHECK;

/* Is it an object with no key outside the NULL-terminated list? */
rc json_codec_only(const json_t *obj, const char *what, const char *const *keys, struct err *e) MUST_CHECK;

#endif
