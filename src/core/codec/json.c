/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON in, canonical JSON out. jansson does the lexing; the bounds (size, depth) are checked before it sees a
 * byte, because its own depth limit is a compile-time constant of the distribution.
 */
#include "core/codec/json.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

void json_codec_unref(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}

/* Deepest nesting of brackets outside strings. Exact for valid JSON, an upper bound for the rest. */
static size_t nesting(struct bytes text)
{
	size_t depth = 0, deepest = 0;
	bool in_string = false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return deepest;
}

rc json_codec_parse(struct bytes text, size_t max, const char *what, json_t **ret, struct err *e)
{
	if (text.n > max)
		return err_set(e, ERR_LIMIT, "%s: %zu bytes, at most %zu are accepted", what, text.n, max);
	if (text.n == 0)
		return err_set(e, ERR_INPUT, "%s: empty", what);
	if (nesting(text) > JSON_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "%s: nested deeper than %d levels", what, JSON_DEPTH_MAX);
	json_error_t je;
	json_t *j = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &je);
	if (!j)
		return err_set(e, ERR_INPUT, "%s: line %d column %d: %s", what, je.line, je.column, je.text);
	*ret = j;
	return RC_OK;
}

static int by_bytes(const void *a, const void *b)
{
	const char *const *ka = a;
	const char *const *kb = b;
	return strcmp(*ka, *kb);
}

static void put_canonical_string(struct buf *out, const char *s, size_t n)
{
	buf_put_u8(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)s[i]);
	}
	buf_put_u8(out, '"');
}

static rc put_canonical(const json_t *value, struct buf *out, unsigned depth, struct err *e);

static rc put_canonical_object(const json_t *value, struct buf *out, unsigned depth, struct err *e)
{
	size_t n = json_object_size(value);
	MEM_AUTO const char **keys = n ? mem_array(n, sizeof *keys) : NULL;
	if (n && !keys)
		return err_set(e, ERR_MEMORY, "canonical JSON: out of memory");
	size_t k = 0;
	/* jansson's iterators want a non-const object, and do not change it. */
	json_t *obj = (json_t *)(uintptr_t)value;
	for (void *it = json_object_iter(obj); it && k < n; it = json_object_iter_next(obj, it))
		keys[k++] = json_object_iter_key(it);
	if (n)
		qsort(keys, n, sizeof *keys, by_bytes);
	buf_put_u8(out, '{');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_put_u8(out, ',');
		put_canonical_string(out, keys[i], strlen(keys[i]));
		buf_put_u8(out, ':');
		rc r = put_canonical(json_object_get(value, keys[i]), out, depth + 1, e);
		if (rc_failed(r))
			return r;
	}
	buf_put_u8(out, '}');
	return RC_OK;
}

static rc put_canonical_array(const json_t *value, struct buf *out, unsigned depth, struct err *e)
{
	buf_put_u8(out, '[');
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (i)
			buf_put_u8(out, ',');
		rc r = put_canonical(json_array_get(value, i), out, depth + 1, e);
		if (rc_failed(r))
			return r;
	}
	buf_put_u8(out, ']');
	return RC_OK;
}

static rc put_canonical(const json_t *value, struct buf *out, unsigned depth, struct err *e)
{
	if (depth > JSON_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, "canonical JSON: nested deeper than %d levels", JSON_DEPTH_MAX);
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return put_canonical_object(value, out, depth, e);
	case JSON_ARRAY:
		return put_canonical_array(value, out, depth, e);
	case JSON_STRING:
		put_canonical_string(out, json_string_value(value), json_string_length(value));
		return RC_OK;
	case JSON_INTEGER:
		buf_putf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return RC_OK;
	case JSON_TRUE:
		buf_put_text(out, "true");
		return RC_OK;
	case JSON_FALSE:
		buf_put_text(out, "false");
		return RC_OK;
	case JSON_NULL:
		buf_put_text(out, "null");
		return RC_OK;
	case JSON_REAL:
		break;
	}
	return err_set(e, ERR_INPUT, "canonical JSON has no fractional numbers");
}

rc json_codec_canonical(const json_t *value, struct buf *out, struct err *e)
{
	if (!value)
		return err_set(e, ERR_INTERNAL, "canonical JSON of nothing");
	rc r = put_canonical(value, out, 0, e);
	if (rc_failed(r))
		return r;
	return buf_check(out, "canonical JSON", e);
}

static int put_chunk(const char *chunk, size_t n, void *out)
{
	buf_put(out, bytes_of(chunk, n));
	return 0;
}

rc json_codec_compact(const json_t *value, struct buf *out, struct err *e)
{
	if (json_dump_callback(value, put_chunk, out, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY))
		return err_set(e, ERR_INTERNAL, "JSON cannot be written");
	return buf_check(out, "JSON", e);
}

rc json_codec_pretty(const json_t *value, struct buf *out, struct err *e)
{
	if (json_dump_callback(value, put_chunk, out, JSON_INDENT(2) | JSON_ENCODE_ANY))
		return err_set(e, ERR_INTERNAL, "JSON cannot be written");
	buf_put_u8(out, '\n');
	return buf_check(out, "JSON", e);
}

json_t *json_codec_printable(const char *text)
{
	size_t n = strlen(text);
	if (name_utf8_ok(text, n))
		return json_string(text);
	MEM_AUTO char *copy = mem_alloc(n + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, n + 1);
	name_utf8_clean(copy);
	return json_string(copy);
}

static rc wrong(const char *what, const char *key, const char *expected, struct err *e)
{
	return err_set(e, ERR_INPUT, "%s: \"%s\" must be %s", what, key, expected);
}

rc json_codec_text_any(const json_t *obj, const char *what, const char *key, size_t max, const char **ret,
		       struct err *e)
{
	const json_t *v = json_object_get(obj, key);
	if (!json_is_string(v))
		return wrong(what, key, "a text", e);
	size_t n = json_string_length(v);
	if (n > max)
		return err_set(e, ERR_LIMIT, "%s: \"%s\" has %zu bytes, at most %zu are accepted", what, key, n, max);
	if (!name_utf8_ok(json_string_value(v), n))
		return wrong(what, key, "a text without control characters", e);
	*ret = json_string_value(v);
	return RC_OK;
}

rc json_codec_text(const json_t *obj, const char *what, const char *key, size_t max, const char **ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text_any(obj, what, key, max, &text, e);
	if (rc_failed(r))
		return r;
	if (!*text)
		return wrong(what, key, "a text that is not empty", e);
	*ret = text;
	return RC_OK;
}

rc json_codec_copy_any(const json_t *obj, const char *what, const char *key, char *ret, size_t size, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text_any(obj, what, key, size - 1, &text, e);
	if (rc_ok(r))
		memcpy(ret, text, strlen(text) + 1);
	return r;
}

rc json_codec_copy(const json_t *obj, const char *what, const char *key, char *ret, size_t size, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(obj, what, key, size - 1, &text, e);
	if (rc_ok(r))
		memcpy(ret, text, strlen(text) + 1);
	return r;
}

rc json_codec_time(const json_t *obj, const char *what, const char *key, struct wall_time *ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(obj, what, key, RFC3339_TIME_SIZE - 1, &text, e);
	if (rc_ok(r) && !rfc3339_parse_time(text, ret))
		r = wrong(what, key, "a time", e);
	return r;
}

rc json_codec_int(const json_t *obj, const char *what, const char *key, int64_t min, int64_t max, int64_t *ret,
		  struct err *e)
{
	const json_t *v = json_object_get(obj, key);
	if (!json_is_integer(v))
		return wrong(what, key, "a whole number", e);
	int64_t n = json_integer_value(v);
	if (n < min || n > max)
		return err_set(e, ERR_LIMIT, "%s: \"%s\" is %lld, accepted are %lld to %lld", what, key, (long long)n,
			       (long long)min, (long long)max);
	*ret = n;
	return RC_OK;
}

rc json_codec_bool(const json_t *obj, const char *what, const char *key, bool *ret, struct err *e)
{
	const json_t *v = json_object_get(obj, key);
	if (!json_is_boolean(v))
		return wrong(what, key, "true or false", e);
	*ret = json_is_true(v);
	return RC_OK;
}

rc json_codec_object(const json_t *obj, const char *what, const char *key, json_t **ret, struct err *e)
{
	json_t *v = json_object_get(obj, key);
	if (!json_is_object(v))
		return wrong(what, key, "an object", e);
	*ret = v;
	return RC_OK;
}

rc json_codec_array(const json_t *obj, const char *what, const char *key, size_t max, json_t **ret, struct err *e)
{
	json_t *v = json_object_get(obj, key);
	if (!json_is_array(v))
		return wrong(what, key, "a list", e);
	if (json_array_size(v) > max)
		return err_set(e, ERR_LIMIT, "%s: \"%s\" has %zu entries, at most %zu are accepted", what, key,
			       json_array_size(v), max);
	*ret = v;
	return RC_OK;
}

rc json_codec_hex(const json_t *obj, const char *what, const char *key, uint8_t *out, size_t n, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(obj, what, key, 2 * n, &text, e);
	if (rc_failed(r))
		return r;
	if (!hex_decode(text, out, n))
		return err_set(e, ERR_INPUT, "%s: \"%s\" must be %zu bytes in hex", what, key, n);
	return RC_OK;
}

rc json_codec_only(const json_t *obj, const char *what, const char *const *keys, struct err *e)
{
	if (!json_is_object(obj))
		return err_set(e, ERR_INPUT, "%s: must be an object", what);
	json_t *o = (json_t *)(uintptr_t)obj;
	for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
		const char *key = json_object_iter_key(it);
		const char *const *k = keys;
		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k)
			return err_set(e, ERR_INPUT, "%s: unknown key \"%.64s\"", what, key);
	}
	return RC_OK;
}
