/* SPDX-License-Identifier: Apache-2.0 */
/* Checked names. Refuses by default: a character must be on the list to pass. */
#include "core/base/names.h"

#include <stdint.h>
#include <string.h>

#include "core/base/banned.h"

#define PATH_MAX_CHARS 255

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool name_ok(const char *text)
{
	size_t n = strnlen(text, NAME_MAX_CHARS + 1);
	if (n == 0 || n > NAME_MAX_CHARS || !lower_or_digit(text[0]))
		return false;
	for (size_t i = 1; i < n; i++) {
		char c = text[i];
		if (!lower_or_digit(c) && c != '.' && c != '_' && c != '-')
			return false;
		if (c == '.' && text[i - 1] == '.')
			return false;
	}
	return true;
}

static bool part_ok(const char *part, size_t n)
{
	if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && part[0] == '.' && part[1] == '.'))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)part[i] <= 0x20 || (unsigned char)part[i] >= 0x7f || part[i] == '\\')
			return false;
	return true;
}

bool name_path_ok(const char *path)
{
	size_t n = strnlen(path, PATH_MAX_CHARS + 1);
	if (n == 0 || n > PATH_MAX_CHARS)
		return false;
	size_t start = 0;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		if (!part_ok(path + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

/* Length of the sequence that starts with this byte, 0 if none can. */
static size_t sequence_len(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

/* The second byte is what rules out overlong forms, surrogates and values above U+10FFFF. */
static bool second_ok(uint8_t lead, uint8_t second)
{
	switch (lead) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return second >= 0x80 && second <= 0xbf;
	}
}

size_t name_utf8_len(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t len = n ? sequence_len(p[0]) : 0;
	if (len == 0 || len > n)
		return 0;
	if (len == 1 && (p[0] < 0x20 || p[0] == 0x7f))
		return 0;
	if (len > 1 && !second_ok(p[0], p[1]))
		return 0;
	for (size_t k = 2; k < len; k++)
		if (p[k] < 0x80 || p[k] > 0xbf)
			return 0;
	return len;
}

bool name_utf8_ok(const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = name_utf8_len(text + i, n - i);
		if (!len)
			return false;
		i += len;
	}
	return true;
}

void name_utf8_clean(char *text)
{
	size_t n = strlen(text);
	for (size_t i = 0; i < n;) {
		size_t len = name_utf8_len(text + i, n - i);
		if (!len)
			text[i] = '?';
		i += len ? len : 1;
	}
}
