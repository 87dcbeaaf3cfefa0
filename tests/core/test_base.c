/* SPDX-License-Identifier: Apache-2.0 */
/* core/base: errors stay one printable line, buffers hold their limit, names and UTF-8 refuse by default. */
#include "check.h"

#include <errno.h>
#include <stdio.h>

#include "core/base/buf.h"
#include "core/base/cur.h"
#include "core/base/mem.h"
#include "core/base/names.h"

static void err_text_has_no_control_characters(void **state)
{
	struct err e = {0};
	(void)state;
	rc r = err_set(&e, ERR_INPUT, "bad \x1b[31m name\r\nsecond line\x7f");
	assert_int_equal(r.code, ERR_INPUT);
	assert_string_equal(e.text, "bad ?[31m name??second line?");
	(void)err_hint(&e, "do\tthis");
	assert_string_equal(e.hint, "do?this");
}

static void err_wrap_puts_the_caller_in_front(void **state)
{
	struct err e = {0};
	(void)state;
	rc r = err_errno(&e, ENOENT, "open %s", "product.yaml");
	assert_int_equal(r.code, ERR_MISSING);
	r = err_wrap(&e, "loading the declaration");
	assert_int_equal(r.code, ERR_MISSING);
	assert_string_equal(e.text, "loading the declaration: open product.yaml: No such file or directory");
}

static void err_keeps_the_nearest_hint(void **state)
{
	struct err e = {0};
	(void)state;
	(void)err_set(&e, ERR_SPACE, "full");
	(void)err_hint(&e, "first");
	(void)err_hint(&e, "second");
	assert_string_equal(e.hint, "first");
	(void)err_set(&e, ERR_INPUT, "another chain");
	assert_string_equal(e.hint, "");
}

static void err_is_bounded(void **state)
{
	struct err e = {0};
	char big[2 * ERR_TEXT_MAX];
	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = 0;
	(void)err_set(&e, ERR_INPUT, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	(void)err_wrap(&e, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	(void)err_errno(&e, EIO, "%s", big);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
}

static void err_without_a_place_still_fails(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_TRUST, "x").code, ERR_TRUST);
	assert_int_equal(err_errno(NULL, ENOSPC, "x").code, ERR_SPACE);
	assert_true(rc_failed(err_wrap(NULL, "x")));
	assert_true(rc_failed(err_hint(NULL, "x")));
	/* Wrapping what was never set is our bug, not a success. */
	struct err e = {0};
	assert_int_equal(err_wrap(&e, "x").code, ERR_INTERNAL);
}

static void err_code_of_errno(void **state)
{
	static const struct {
		int errnum;
		enum err_code code;
	} rows[] = {
		{ENOENT, ERR_MISSING},	   {EEXIST, ERR_EXISTS}, {EACCES, ERR_DENIED},	    {EPERM, ERR_DENIED},
		{ENOSPC, ERR_SPACE},	   {EFBIG, ERR_SPACE},	 {ENOMEM, ERR_MEMORY},	    {ETIMEDOUT, ERR_TIMEOUT},
		{ECONNRESET, ERR_NETWORK}, {EPIPE, ERR_NETWORK}, {ENOSYS, ERR_UNSUPPORTED}, {EIO, ERR_IO},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(err_errno(NULL, rows[i].errnum, "x").code, rows[i].code);
}

static void err_code_names_are_all_there_and_differ(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_CODE_COUNT; i++) {
		assert_non_null(err_code_name((enum err_code)i));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(err_code_name((enum err_code)i), err_code_name((enum err_code)k));
	}
	assert_string_equal(err_code_name((enum err_code)999), "unknown");
	assert_string_equal(err_code_name((enum err_code) - 1), "unknown");
}

static void buf_stops_at_its_limit(void **state)
{
	struct err e = {0};
	(void)state;
	/* Around every doubling as well as around small limits. */
	static const size_t limits[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 1000};
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		CLEANUP(buf_done) struct buf b;
		buf_init(&b, limits[i]);
		for (size_t k = 0; k < limits[i]; k++)
			buf_put_u8(&b, 'a');
		check_ok(buf_check(&b, "it", &e));
		assert_int_equal(b.len, limits[i]);
		buf_put_u8(&b, 'b');
		check_fails(ERR_LIMIT, buf_check(&b, "it", &e));
		assert_int_equal(b.len, limits[i]);
	}
}

static void buf_broken_stays_broken_with_a_valid_prefix(void **state)
{
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	(void)state;
	buf_init(&b, 4);
	buf_put_text(&b, "abc");
	buf_put_text(&b, "de"); /* does not fit: nothing of it */
	buf_put_text(&b, "f");	/* would fit, but order would be lost */
	check_fails(ERR_LIMIT, buf_check(&b, "it", &e));
	assert_string_equal(buf_text(&b), "abc");
	assert_null(buf_room(&b, 0));
	buf_reset(&b);
	buf_put_text(&b, "f");
	check_ok(buf_check(&b, "it", &e));
	assert_string_equal(buf_text(&b), "f");
}

static void buf_writes_big_endian(void **state)
{
	CLEANUP(buf_done) struct buf b;
	static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	(void)state;
	buf_init(&b, 64);
	buf_put_u8(&b, 1);
	buf_put_u16(&b, 0x0203);
	buf_put_u32(&b, 0x04050607);
	buf_put_u64(&b, 0x08090a0b0c0d0e0f);
	assert_int_equal(b.len, sizeof expected);
	assert_memory_equal(b.data, expected, sizeof expected);
}

static void buf_putf_at_the_edge(void **state)
{
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	(void)state;
	buf_init(&b, 5);
	buf_putf(&b, "%d", 12345);
	check_ok(buf_check(&b, "it", &e));
	assert_string_equal(buf_text(&b), "12345");
	buf_putf(&b, "%s", "");
	check_ok(buf_check(&b, "it", &e));
	buf_putf(&b, "x");
	check_fails(ERR_LIMIT, buf_check(&b, "it", &e));
}

static void buf_drop_and_take(void **state)
{
	CLEANUP(buf_done) struct buf b;
	(void)state;
	buf_init(&b, 64);
	buf_drop(&b, 0); /* an empty one too */
	buf_put_text(&b, "abcdef");
	buf_drop(&b, 2);
	assert_string_equal(buf_text(&b), "cdef");
	buf_drop(&b, 4);
	assert_string_equal(buf_text(&b), "");
	buf_put_text(&b, "own");
	MEM_AUTO char *text = buf_take_text(&b);
	assert_string_equal(text, "own");
	assert_int_equal(b.len, 0);
	MEM_AUTO char *empty = buf_take_text(&b);
	assert_string_equal(empty, "");
}

static void cur_never_reads_past_the_end(void **state)
{
	static const uint8_t data[] = {0x12, 0x34, 0x56};
	(void)state;
	for (size_t n = 0; n <= sizeof data; n++) {
		struct cur c = cur_of(bytes_of(data, n));
		uint32_t v = cur_u32(&c);
		assert_int_equal(v, 0);
		assert_false(cur_ok(&c));
		/* Once bad, even what is there is not given. */
		assert_int_equal(cur_u8(&c), 0);
		assert_int_equal(cur_take(&c, 0).n, 0);
		assert_false(cur_ok(&c));
	}
	uint8_t copy[4] = {9, 9, 9, 9};
	struct cur short_one = cur_of(bytes_of(data, 3));
	cur_copy(&short_one, copy, 4);
	assert_int_equal(copy[0], 9);
	assert_false(cur_ok(&short_one));
	struct cur whole = cur_of(bytes_of(data, 3));
	cur_copy(&whole, copy, 3);
	assert_memory_equal(copy, data, 3);
	assert_true(cur_ok(&whole));
	struct cur c = cur_of(bytes_of(data, 3));
	assert_int_equal(cur_u16(&c), 0x1234);
	assert_false(cur_ok(&c)); /* one byte is left over */
	assert_int_equal(cur_u8(&c), 0x56);
	assert_true(cur_ok(&c));
	assert_int_equal(cur_take(&c, SIZE_MAX).n, 0);
	assert_false(cur_ok(&c));
}

static void mem_sizes_cannot_overflow(void **state)
{
	(void)state;
	assert_null(mem_alloc(0));
	assert_null(mem_array(SIZE_MAX, 2));
	assert_null(mem_array(SIZE_MAX / 2 + 1, 2));
	assert_null(mem_array(0, 8));
	assert_null(mem_array(8, 0));
	mem_free(NULL);
}

static void mem_regrow_keeps_and_zeroes(void **state)
{
	(void)state;
	uint32_t *a = mem_array(2, sizeof *a);
	assert_non_null(a);
	a[0] = 7;
	a[1] = 8;
	assert_null(mem_regrow(a, 2, SIZE_MAX, sizeof *a)); /* a stays valid */
	uint32_t *b = mem_regrow(a, 2, 4, sizeof *b);
	assert_non_null(b);
	assert_int_equal(b[0], 7);
	assert_int_equal(b[1], 8);
	assert_int_equal(b[2], 0);
	assert_int_equal(b[3], 0);
	mem_free(b);
}

static void secret_compares_and_ends(void **state)
{
	struct err e = {0};
	struct secret s = {0};
	(void)state;
	check_ok(secret_copy(&s, bytes_of_text("pass"), &e));
	assert_true(secret_equal(secret_view(&s), bytes_of_text("pass")));
	assert_false(secret_equal(secret_view(&s), bytes_of_text("pas")));
	assert_false(secret_equal(secret_view(&s), bytes_of_text("pasS")));
	assert_false(secret_equal(secret_view(&s), bytes_of_text("Pass")));
	assert_true(secret_equal(bytes_of(NULL, 0), bytes_of(NULL, 0)));
	secret_done(&s);
	assert_null(s.p);
	secret_done(&s);
}

static void names(void **state)
{
	static const char *const good[] = {"a", "0", "cam-1", "a.b", "a_b", "camera.os.1.2.3"};
	static const char *const bad[] = {"",	  ".",	 "..",	"-a",	"_a",	     ".a",   "A",   "a b", "a/b",
					  "a..b", "a\n", "a;b", "a\"b", "a\xc3\xa4", "a\\b", "a$b", "a*"};
	char edge[NAME_MAX_CHARS + 2];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!name_ok(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (name_ok(bad[i]))
			fail_msg("accepted: %s", bad[i]);
	memset(edge, 'a', sizeof edge);
	edge[NAME_MAX_CHARS + 1] = 0;
	assert_false(name_ok(edge));
	edge[NAME_MAX_CHARS] = 0;
	assert_true(name_ok(edge));
}

static void paths(void **state)
{
	static const char *const good[] = {"a", "usr/bin/camera", "etc/app.conf", "a/..b", "a/...", "x-y_z/0"};
	static const char *const bad[] = {"",	  "/",	  "/etc", "a/",	    "a//b",    ".",
					  "..",	  "a/..", "../a", "a/./b",  "a/../b",  "a b",
					  "a\tb", "a\nb", "a\\b", "a/\x7f", "\xc3\xa4"};
	char edge[257];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!name_path_ok(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (name_path_ok(bad[i]))
			fail_msg("accepted: %s", bad[i]);
	memset(edge, 'a', sizeof edge);
	edge[256] = 0;
	assert_false(name_path_ok(edge));
	edge[255] = 0;
	assert_true(name_path_ok(edge));
}

/* Every sequence of RFC 3629's table at both ends, and what lies just outside. */
static void utf8(void **state)
{
	static const char *const good[] = {
		"",
		"a",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xe0\xbf\xbf",
		"\xe1\x80\x80",
		"\xec\xbf\xbf",
		"\xed\x80\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf0\xbf\xbf\xbf",
		"\xf1\x80\x80\x80",
		"\xf3\xbf\xbf\xbf",
		"\xf4\x80\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"Kamera \xc3\xa4\xc3\xb6 \xe2\x82\xac \xf0\x9f\x93\xb7",
	};
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc2",
		"\xc2\x7f",
		"\xc2\xc0",
		"\xe0\x9f\xbf",
		"\xe0\xa0",
		"\xe0\x80\x80",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xe1\x80",
		"\xe1\x80\x7f",
		"\xf0\x8f\xbf\xbf",
		"\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xf1\x80\x80",
		"a\n",
		"a\x1f",
		"a\x7f",
		"\t",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!name_utf8_ok(good[i], strlen(good[i])))
			fail_msg("refused good text %zu", i);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (name_utf8_ok(bad[i], strlen(bad[i])))
			fail_msg("accepted bad text %zu", i);
	assert_false(name_utf8_ok("a\0b", 3));
	assert_false(name_utf8_ok("\xe2\x82\xac", 2)); /* cut by the length, not by the text */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_text_has_no_control_characters),
		cmocka_unit_test(err_wrap_puts_the_caller_in_front),
		cmocka_unit_test(err_keeps_the_nearest_hint),
		cmocka_unit_test(err_is_bounded),
		cmocka_unit_test(err_without_a_place_still_fails),
		cmocka_unit_test(err_code_of_errno),
		cmocka_unit_test(err_code_names_are_all_there_and_differ),
		cmocka_unit_test(buf_stops_at_its_limit),
		cmocka_unit_test(buf_broken_stays_broken_with_a_valid_prefix),
		cmocka_unit_test(buf_writes_big_endian),
		cmocka_unit_test(buf_putf_at_the_edge),
		cmocka_unit_test(buf_drop_and_take),
		cmocka_unit_test(cur_never_reads_past_the_end),
		cmocka_unit_test(mem_sizes_cannot_overflow),
		cmocka_unit_test(mem_regrow_keeps_and_zeroes),
		cmocka_unit_test(secret_compares_and_ends),
		cmocka_unit_test(names),
		cmocka_unit_test(paths),
		cmocka_unit_test(utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
