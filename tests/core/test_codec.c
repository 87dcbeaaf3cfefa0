/* SPDX-License-Identifier: Apache-2.0 */
/* core/codec: one accepted spelling for each value, everything else refused. */
#include "check.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/base32.h"
#include "core/codec/base64.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/codec/markup.h"
#include "core/codec/rfc3339.h"

/* RFC 4648 section 10. */
static void base64_vectors(void **state)
{
	static const char *const rows[][2] = {{"", ""},
					      {"f", "Zg=="},
					      {"fo", "Zm8="},
					      {"foo", "Zm9v"},
					      {"foob", "Zm9vYg=="},
					      {"fooba", "Zm9vYmE="},
					      {"foobar", "Zm9vYmFy"}};
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(buf_done) struct buf text, plain;
		buf_init(&text, 64);
		buf_init(&plain, 64);
		base64_encode(bytes_of_text(rows[i][0]), &text);
		assert_string_equal(buf_text(&text), rows[i][1]);
		check_ok(base64_decode(bytes_of_text(rows[i][1]), &plain, &e));
		assert_string_equal(buf_text(&plain), rows[i][0]);
	}
}

static void base64_refuses_every_other_spelling(void **state)
{
	static const char *const bad[] = {
		"Z",	"Zg",	    "Zg=",   "Zg===",  "Zh==", "Zm9=",	"Zm8",	"=",	       "====",
		"Z===", "Zg==Zg==", " Zg==", "Zg==\n", "Zm-_", "Zm9v=", "Z=g=", "Zm9vYmF\xc3", "AA=A"};
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(buf_done) struct buf plain;
		buf_init(&plain, 64);
		check_fails(ERR_INPUT, base64_decode(bytes_of_text(bad[i]), &plain, &e));
		assert_int_equal(plain.len, 0);
	}
	CLEANUP(buf_done) struct buf small;
	buf_init(&small, 2);
	check_fails(ERR_LIMIT, base64_decode(bytes_of_text("Zm9v"), &small, &e));
}

static void base64_all_bytes_come_back(void **state)
{
	uint8_t all[256];
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof all; n++) {
		CLEANUP(buf_done) struct buf text, plain;
		buf_init(&text, 512);
		buf_init(&plain, n);
		base64_encode(bytes_of(all, n), &text);
		check_ok(base64_decode(buf_view(&text), &plain, &e));
		assert_true(bytes_equal(buf_view(&plain), bytes_of(all, n)));
	}
}

static void hex_both_ways(void **state)
{
	uint8_t out[3] = {9, 9, 9};
	char text[7];
	(void)state;
	assert_false(hex_decode("00ff1", out, 3));
	assert_false(hex_decode("00ff100", out, 3));
	assert_false(hex_decode("00fg10", out, 3));
	assert_false(hex_decode("0x0010", out, 3));
	assert_false(hex_decode(" 0ff10", out, 3));
	assert_int_equal(out[0], 9); /* untouched */
	assert_true(hex_decode("00Ff1a", out, 3));
	hex_encode(bytes_of(out, 3), text);
	assert_string_equal(text, "00ff1a");
	assert_true(hex_decode("", out, 0));
}

static void base32_for_people(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf};
	char out[20];
	(void)state;
	base32_encode(bytes_of(bytes, sizeof bytes), 16, out);
	assert_string_equal(out, "0123456789ABCDEF");
	assert_true(base32_normalise("oO-iI lL-abz", out, sizeof out - 1));
	assert_string_equal(out, "001111ABZ");
	assert_false(base32_normalise("", out, sizeof out - 1));
	assert_false(base32_normalise(" - ", out, sizeof out - 1));
	assert_false(base32_normalise("u", out, sizeof out - 1));
	assert_false(base32_normalise("a!", out, sizeof out - 1));
	assert_false(base32_normalise("a\xc3\xa4", out, sizeof out - 1));
	assert_false(base32_normalise("abcd", out, 3));
	assert_true(base32_normalise("a-b-c", out, 3));
}

static void times_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22T00:00:00",
		"2026-11-22T00:00:00z",
		"2026-11-22t00:00:00Z",
		"2026-11-22 00:00:00Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T00:60:00Z",
		"2026-11-22T00:00:60Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2023-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"0000-01-01T00:00:00Z",
		"2026-11-22T00:00:00+0",
		"2026-11-22T00:00:00ZZ",
		"+026-11-22T00:00:00Z",
		"2026-1-22T000:00:00Z",
		"2026-11-22T00:00:0-Z",
	};
	struct wall_time t = {42};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (rfc3339_parse_time(bad[i], &t))
			fail_msg("accepted: %s", bad[i]);
	assert_false(rfc3339_parse_date("2026-11-22T00:00:00Z", &t));
	assert_false(rfc3339_parse_date("2026-11-2", &t));
	assert_int_equal(t.s, 42);
}

static void times_known(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1969-12-31T23:59:59Z", -1},
		{"2000-02-29T12:00:00Z", 951825600},
		{"2024-02-29T23:59:59Z", 1709251199},
		{"2038-01-19T03:14:08Z", 2147483648},
		{"2106-02-07T06:28:16Z", 4294967296},
		{"0001-01-01T00:00:00Z", -62135596800},
		{"9999-12-31T23:59:59Z", 253402300799},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wall_time t = {0};
		char text[RFC3339_TIME_SIZE];
		assert_true(rfc3339_parse_time(rows[i].text, &t));
		assert_int_equal(t.s, rows[i].s);
		rfc3339_time(t, text);
		assert_string_equal(text, rows[i].text);
	}
	char text[RFC3339_TIME_SIZE];
	rfc3339_time((struct wall_time){INT64_MAX}, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	rfc3339_time((struct wall_time){INT64_MIN}, text);
	assert_string_equal(text, "0001-01-01T00:00:00Z");
}

/* Every day of 400 years and more: each is one day after the last, and comes back as it went. */
static void dates_in_order(void **state)
{
	struct wall_time t, back;
	char text[RFC3339_DATE_SIZE], last[RFC3339_DATE_SIZE] = "";
	(void)state;
	assert_true(rfc3339_parse_date("1899-12-30", &t));
	for (int i = 0; i < 150000; i++, t.s += SECONDS_PER_DAY) {
		rfc3339_date(t, text);
		assert_true(strcmp(last, text) < 0);
		assert_true(rfc3339_parse_date(text, &back));
		assert_int_equal(back.s, t.s);
		memcpy(last, text, sizeof last);
	}
}

static void json_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"{}x",
		"{} {}",
		"{\"a\":1,\"a\":2}",
		"{a:1}",
		"[1,]",
		"{\"a\":}",
		"\"text\"",
		"1",
		"[01]",
		"[\"\xff\"]",
		"[\"\\ud800\"]",
		"[\"\\u0000\"]",
		"[\"\t\"]",
		"[99999999999999999999]",
		"[1e999]",
		"\xef\xbb\xbf{}",
		"[NaN]",
	};
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		JSON_AUTO json_t *j = NULL;
		if (rc_ok(json_codec_parse(bytes_of_text(bad[i]), 100, "it", &j, &e)))
			fail_msg("accepted: %s", bad[i]);
		assert_null(j);
	}
	JSON_AUTO json_t *j = NULL;
	check_fails(ERR_LIMIT, json_codec_parse(bytes_of_text("[1]"), 2, "it", &j, &e));
	check_fails(ERR_INPUT, json_codec_parse(bytes_of("{}\0", 3), 100, "it", &j, &e));
}

static void json_depth(void **state)
{
	struct err e = {0};
	char text[2 * JSON_DEPTH_MAX + 3];
	(void)state;
	for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
		JSON_AUTO json_t *j = NULL;
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		rc r = json_codec_parse(bytes_of(text, 2 * depth), sizeof text, "it", &j, &e);
		assert_int_equal(r.code, depth > JSON_DEPTH_MAX ? ERR_LIMIT : ERR_NONE);
	}
	/* Brackets in a string are no depth, and an escaped quote does not end the string. */
	JSON_AUTO json_t *j = NULL;
	check_ok(json_codec_parse(bytes_of_text("[\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]"), 100, "it", &j, &e));
}

static void json_canonical_form(void **state)
{
	static const char *const rows[][2] = {
		{"{ \"b\" : 1 , \"a\" : [ true , false , null ] }", "{\"a\":[true,false,null],\"b\":1}"},
		{"{\"a\":\"\\u00e4\\n\\\"\\\\\\/\"}", "{\"a\":\"\xc3\xa4\n\\\"\\\\/\"}"},
		{"{\"\\u00e4\":1,\"z\":2,\"Z\":3}", "{\"Z\":3,\"z\":2,\"\xc3\xa4\":1}"},
		{"[-0,9223372036854775807,-9223372036854775808]", "[0,9223372036854775807,-9223372036854775808]"},
		{"{}", "{}"},
		{"[]", "[]"},
	};
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		JSON_AUTO json_t *j = NULL;
		CLEANUP(buf_done) struct buf out;
		buf_init(&out, 200);
		check_ok(json_codec_parse(bytes_of_text(rows[i][0]), 200, "it", &j, &e));
		check_ok(json_codec_canonical(j, &out, &e));
		assert_string_equal(buf_text(&out), rows[i][1]);
	}
	JSON_AUTO json_t *real = NULL;
	CLEANUP(buf_done) struct buf out, small;
	buf_init(&out, 200);
	buf_init(&small, 3);
	check_ok(json_codec_parse(bytes_of_text("[1.5]"), 200, "it", &real, &e));
	check_fails(ERR_INPUT, json_codec_canonical(real, &out, &e));
	check_fails(ERR_INTERNAL, json_codec_canonical(NULL, &out, &e));
	JSON_AUTO json_t *list = json_pack("[i,i]", 1, 2);
	check_fails(ERR_LIMIT, json_codec_canonical(list, &small, &e));
}

static void json_fields_refused(void **state)
{
	struct err e = {0};
	JSON_AUTO json_t *j = NULL;
	const char *text = "untouched";
	int64_t n = 42;
	bool yes = true;
	json_t *sub = NULL;
	uint8_t raw[2] = {7, 7};
	(void)state;
	check_ok(json_codec_parse(
		bytes_of_text("{\"t\":\"abc\",\"e\":\"\",\"c\":\"a\\n\",\"n\":5,\"b\":false,\"l\":[1,2],"
			      "\"o\":{},\"h\":\"0aF\",\"z\":null}"),
		200, "it", &j, &e));
	check_fails(ERR_INPUT, json_codec_text(j, "it", "missing", 9, &text, &e));
	check_fails(ERR_INPUT, json_codec_text(j, "it", "n", 9, &text, &e));
	check_fails(ERR_INPUT, json_codec_text(j, "it", "z", 9, &text, &e));
	check_fails(ERR_INPUT, json_codec_text(j, "it", "e", 9, &text, &e));
	check_fails(ERR_INPUT, json_codec_text(j, "it", "c", 9, &text, &e));
	check_fails(ERR_LIMIT, json_codec_text(j, "it", "t", 2, &text, &e));
	assert_string_equal(text, "untouched");
	check_fails(ERR_LIMIT, json_codec_int(j, "it", "n", 6, 9, &n, &e));
	check_fails(ERR_LIMIT, json_codec_int(j, "it", "n", 0, 4, &n, &e));
	check_fails(ERR_INPUT, json_codec_int(j, "it", "b", 0, 4, &n, &e));
	assert_int_equal(n, 42);
	check_fails(ERR_INPUT, json_codec_bool(j, "it", "n", &yes, &e));
	assert_true(yes);
	check_fails(ERR_INPUT, json_codec_object(j, "it", "l", &sub, &e));
	check_fails(ERR_INPUT, json_codec_array(j, "it", "o", 9, &sub, &e));
	check_fails(ERR_LIMIT, json_codec_array(j, "it", "l", 1, &sub, &e));
	assert_null(sub);
	check_fails(ERR_INPUT, json_codec_hex(j, "it", "h", raw, 2, &e));
	assert_int_equal(raw[0], 7);
	static const char *const some[] = {"t", "e", NULL};
	check_fails(ERR_INPUT, json_codec_only(j, "it", some, &e));
	json_t *list = NULL;
	check_ok(json_codec_array(j, "it", "l", 2, &list, &e));
	check_fails(ERR_INPUT, json_codec_only(list, "it", some, &e));
	check_ok(json_codec_text_any(j, "it", "e", 0, &text, &e));
	check_ok(json_codec_text(j, "it", "t", 3, &text, &e));
	assert_string_equal(text, "abc");
	check_ok(json_codec_int(j, "it", "n", 5, 5, &n, &e));
	assert_int_equal(n, 5);
}

static void json_pretty_parses_back(void **state)
{
	struct err e = {0};
	JSON_AUTO json_t *j = json_pack("{s:i,s:[s,b]}", "z", 1, "a", "x", 1);
	JSON_AUTO json_t *back = NULL;
	CLEANUP(buf_done) struct buf out;
	(void)state;
	buf_init(&out, 200);
	check_ok(json_codec_pretty(j, &out, &e));
	assert_int_equal(out.data[out.len - 1], '\n');
	check_ok(json_codec_parse(buf_view(&out), 200, "it", &back, &e));
	assert_true(json_equal(j, back));
}

/* As signed, unless there is a line break in it: then still JSON. */
static void json_compact_parses_back(void **state)
{
	struct err e = {0};
	JSON_AUTO json_t *plain = json_pack("{s:i,s:[s,b],s:s}", "z", 1, "a", "x\"\\\xc3\xa9/", 1, "A", "");
	JSON_AUTO json_t *pem = json_pack("{s:s}", "key", "BEGIN\nEND\n");
	JSON_AUTO json_t *back = NULL;
	CLEANUP(buf_done) struct buf out, canonical;
	(void)state;
	buf_init(&out, 200);
	buf_init(&canonical, 200);
	check_ok(json_codec_compact(plain, &out, &e));
	check_ok(json_codec_canonical(plain, &canonical, &e));
	assert_true(bytes_equal(buf_view(&out), buf_view(&canonical)));
	buf_reset(&out);
	check_ok(json_codec_compact(pem, &out, &e));
	check_ok(json_codec_parse(buf_view(&out), 200, "it", &back, &e));
	assert_true(json_equal(pem, back));
}

/* Bytes that no text may hold: as a page shows them, and as JSON does. */
static void any_bytes_become_text(void **state)
{
	(void)state;
	static const struct {
		const char *in, *markup, *printable;
	} rows[] = {
		{"plain \xe2\x82\xac", "plain \xe2\x82\xac", "plain \xe2\x82\xac"},
		{"<a href='x'>&\"", "&lt;a href=&#39;x&#39;&gt;&amp;&quot;", "<a href='x'>&\""},
		{"a\x01\x7f\nb\tc", "a  \nb\tc", "a???b?c"},
		{"\xff\xfe<", "??&lt;", "?\?<"},
		{"cut \xe2\x82", "cut ??", "cut ??"},
		{"\xed\xa0\x80", "???", "???"},
		{"\xc0\xaf", "??", "??"},
		{"\xef\xbf\xbf\xef\xbf\xbe!", "?\?!", "\xef\xbf\xbf\xef\xbf\xbe!"}, /* not in XML */
		{"", "", ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(buf_done) struct buf b;
		JSON_AUTO json_t *j = json_codec_printable(rows[i].in);
		buf_init(&b, 1000);
		markup_text(&b, rows[i].in);
		assert_string_equal(buf_text(&b), rows[i].markup);
		assert_string_equal(json_string_value(j), rows[i].printable);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_vectors),
		cmocka_unit_test(base64_refuses_every_other_spelling),
		cmocka_unit_test(base64_all_bytes_come_back),
		cmocka_unit_test(hex_both_ways),
		cmocka_unit_test(base32_for_people),
		cmocka_unit_test(times_refused),
		cmocka_unit_test(times_known),
		cmocka_unit_test(dates_in_order),
		cmocka_unit_test(json_refused),
		cmocka_unit_test(json_depth),
		cmocka_unit_test(json_canonical_form),
		cmocka_unit_test(json_fields_refused),
		cmocka_unit_test(json_pretty_parses_back),
		cmocka_unit_test(json_compact_parses_back),
		cmocka_unit_test(any_bytes_become_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
