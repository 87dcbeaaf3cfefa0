/* SPDX-License-Identifier: Apache-2.0 */
/* Versions by Semantic Versioning 2.0.0. Numbers are compared as digit strings, so none is too large. */
#include "core/codec/semver.h"

#include <string.h>

#include "core/base/banned.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool identifier_char(char c)
{
	return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!digit(s[i]))
			return false;
	return n > 0;
}

/* Dot-separated identifiers of n characters; numeric ones without leading zero unless `zeros`. */
static bool identifiers_ok(const char *s, size_t n, bool zeros)
{
	size_t start = 0;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '.') {
			if (!identifier_char(s[i]))
				return false;
			continue;
		}
		size_t len = i - start;
		if (len == 0)
			return false;
		if (!zeros && len > 1 && s[start] == '0' && all_digits(s + start, len))
			return false;
		start = i + 1;
	}
	return true;
}

static bool core_ok(const char *s, size_t n)
{
	size_t dots = 0;
	for (size_t i = 0; i < n; i++) {
		dots += s[i] == '.';
		if (s[i] != '.' && !digit(s[i]))
			return false;
	}
	return dots == 2 && identifiers_ok(s, n, false);
}

bool semver_ok(const char *text)
{
	size_t n = strnlen(text, SEMVER_MAX + 1);
	if (n == 0 || n > SEMVER_MAX)
		return false;
	const char *build = strchr(text, '+');
	size_t front = build ? (size_t)(build - text) : n;
	const char *pre = memchr(text, '-', front);
	size_t core = pre ? (size_t)(pre - text) : front;
	if (build && !identifiers_ok(build + 1, strlen(build + 1), true))
		return false;
	if (pre && !identifiers_ok(pre + 1, front - core - 1, false))
		return false;
	return core_ok(text, core);
}

static int compare_numbers(const char *a, size_t an, const char *b, size_t bn)
{
	if (an != bn)
		return an < bn ? -1 : 1;
	return memcmp(a, b, an);
}

static int compare_texts(const char *a, size_t an, const char *b, size_t bn)
{
	int c = memcmp(a, b, an < bn ? an : bn);
	if (c != 0)
		return c;
	return an == bn ? 0 : an < bn ? -1 : 1;
}

/* Numeric identifiers come before others. */
static int compare_identifiers(const char *a, size_t an, const char *b, size_t bn)
{
	bool a_num = all_digits(a, an), b_num = all_digits(b, bn);
	if (a_num && b_num)
		return compare_numbers(a, an, b, bn);
	if (a_num != b_num)
		return a_num ? -1 : 1;
	return compare_texts(a, an, b, bn);
}

/* Two dotted lists, each ended by one of `ends` or the end of the text. More identifiers come later. */
static int compare_lists(const char *a, const char *b, const char *ends)
{
	const char *a_end = a + strcspn(a, ends), *b_end = b + strcspn(b, ends);
	for (;;) {
		const char *a_dot = memchr(a, '.', (size_t)(a_end - a));
		const char *b_dot = memchr(b, '.', (size_t)(b_end - b));
		const char *a_stop = a_dot ? a_dot : a_end, *b_stop = b_dot ? b_dot : b_end;
		int c = compare_identifiers(a, (size_t)(a_stop - a), b, (size_t)(b_stop - b));
		if (c != 0)
			return c;
		if (!a_dot || !b_dot)
			return a_dot ? 1 : b_dot ? -1 : 0;
		a = a_dot + 1;
		b = b_dot + 1;
	}
}

int semver_compare(const char *a, const char *b)
{
	int c = compare_lists(a, b, "-+");
	if (c != 0)
		return c;
	const char *a_tail = a + strcspn(a, "-+"), *b_tail = b + strcspn(b, "-+");
	bool a_pre = *a_tail == '-', b_pre = *b_tail == '-';
	if (!a_pre || !b_pre)
		return a_pre ? -1 : b_pre ? 1 : 0;
	return compare_lists(a_tail + 1, b_tail + 1, "+");
}
