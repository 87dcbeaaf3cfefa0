/* SPDX-License-Identifier: Apache-2.0 */
/* core/codec/celltext: hostile texts stay in their cell, harmless ones stay as they are. */
#include "check.h"

#include "core/codec/celltext.h"

static const char *markdown(const char *text)
{
	static struct buf out;
	buf_done(&out);
	buf_init(&out, 4096);
	celltext_markdown(&out, text);
	return buf_text(&out);
}

static const char *csv(const char *mark, const char *text)
{
	static struct buf out;
	buf_done(&out);
	buf_init(&out, 4096);
	celltext_csv(&out, mark, text);
	return buf_text(&out);
}

static void markdown_is_not_markup(void **state)
{
	static const char *const rows[][2] = {
		{"a | b", "a \\| b"},
		{"\\| <b>", "\\\\\\| &lt;b>"},
		{"`*_[x](y)#~$&amp;", "\\`\\*\\_\\[x\\](y)\\#\\~\\$&amp;amp;"},
		{"plain, 1.0: \"x\"", "plain, 1.0: \"x\""},
		{"", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(markdown(rows[i][0]), rows[i][1]);
}

static void csv_quotes_and_formulas(void **state)
{
	static const char *const rows[][3] = {
		{"", "plain", "plain"},
		{"", "a,b", "\"a,b\""},
		{"", "say \"x\"", "\"say \"\"x\"\"\""},
		{"", " edge", "\" edge\""},
		{"", "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"", "+1,2", "\"'+1,2\""},
		{"", "-x", "'-x"},
		{"", "@sum", "'@sum"},
		{"", "'quoted", "''quoted"},
		{"", "[not stated]", "'[not stated]"},
		{"[derived from a, b] ", "=1", "\"[derived from a, b] =1\""},
		{"", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(csv(rows[i][0], rows[i][1]), rows[i][2]);
}

static void what_is_not_seen_is_shown(void **state)
{
	(void)state;
	assert_string_equal(markdown("a\xe2\x80\xae"
				     "b"),
			    "aU+202Eb");
	assert_string_equal(csv("", "a\xe2\x81\xa6"
				    "b\xe2\x80\xa8"),
			    "aU+2066bU+2028");
	assert_string_equal(csv("", "\t=1\n\x7f"), "U+0009=1U+000AU+007F");
	assert_string_equal(markdown("\xc2\x85"), "U+0085");
	/* Letters that are written from right to left, and joiners inside of words, are letters. */
	assert_string_equal(markdown("\xd7\xa9\xd7\x9c"), "\xd7\xa9\xd7\x9c");
	assert_string_equal(markdown("\xe0\xa4\x95\xe2\x80\x8d"), "\xe0\xa4\x95\xe2\x80\x8d");
	assert_string_equal(csv("", "\xf0\x9f\x94\x92"), "\xf0\x9f\x94\x92");
}

/* A text that was cut to a length may end within a character. */
static void broken_utf8_is_replaced(void **state)
{
	(void)state;
	assert_string_equal(markdown("a\xe2\x82"), "a\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(csv("", "\xc3"), "\xef\xbf\xbd");
	assert_string_equal(csv("", "\x80\xc0\x80\xff"
				    "x"),
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			    "x");
	assert_string_equal(markdown("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markdown_is_not_markup),
		cmocka_unit_test(csv_quotes_and_formulas),
		cmocka_unit_test(what_is_not_seen_is_shown),
		cmocka_unit_test(broken_utf8_is_replaced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
