/* SPDX-License-Identifier: Apache-2.0 */
/* What a device may name: an allow-list of letters, so that no spelling of "../" can exist. Pure. */
#include "fleet/api/range.h"

#include <string.h>

#include "core/base/banned.h"

#define HASH_CHARS 64

static bool letters_ok(const char *name, const char *extra)
{
	size_t n = strlen(name);
	if (n == 0 || n > RANGE_NAME_MAX || name[0] == '.' || strstr(name, ".."))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!alnum && !strchr(extra, c))
			return false;
	}
	return true;
}

bool range_metadata_name_ok(const char *name)
{
	static const char end[] = ".json";
	size_t n = strlen(name);
	return n > sizeof end - 1 && strcmp(name + n - (sizeof end - 1), end) == 0 && letters_ok(name, "._-");
}

bool range_target_name_ok(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_CHARS && name[HASH_CHARS] == '.' && name[HASH_CHARS + 1] &&
	       letters_ok(name, "._+-");
}

/* Decimal digits at *at; false if there are none or too many to matter. */
static bool number(struct bytes in, size_t *at, uint64_t *ret)
{
	size_t start = *at;
	uint64_t v = 0;
	for (; *at < in.n && in.p[*at] >= '0' && in.p[*at] <= '9'; (*at)++) {
		if (*at - start >= 18)
			return false;
		v = v * 10 + (uint64_t)(in.p[*at] - '0');
	}
	*ret = v;
	return *at > start;
}

enum range_kind range_parse(struct bytes header, uint64_t size, uint64_t *ret_offset, uint64_t *ret_length)
{
	static const char unit[] = "bytes=";
	size_t at = sizeof unit - 1;
	uint64_t from = 0, to = UINT64_MAX;
	if (header.n <= at || memcmp(header.p, unit, at) != 0 || !number(header, &at, &from))
		return RANGE_WHOLE;
	if (at >= header.n || header.p[at++] != '-')
		return RANGE_WHOLE;
	if (at < header.n && (!number(header, &at, &to) || at != header.n || to < from))
		return RANGE_WHOLE;
	if (from >= size)
		return RANGE_UNSATISFIABLE;
	if (to >= size)
		to = size - 1;
	*ret_offset = from;
	*ret_length = to - from + 1;
	return RANGE_PART;
}
