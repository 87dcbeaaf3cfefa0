/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the table of what may stand in a declaration. To add a key: a field in declaration.h and a row in one of the
 * schema_*.c beside this file. Leaves reading to declaration.c and judging to judge.c.
 */
#include "product/schema.h"

#include <string.h>

#include "product/schema_rows.h"
#include "core/base/banned.h"

const char *const schema_guarantees[] = {"authenticity", "integrity", "confidentiality", "freshness", "authorisation",
					 "availability", NULL};

static const struct schema_row *const parts[] = {schema_maker_rows, schema_software_rows, schema_access_rows,
						 schema_data_rows};

const struct schema_row *schema_next(const struct schema_row *row)
{
	if (!row)
		return parts[0];
	if ((++row)->path)
		return row;
	/* The end of a part: which one? */
	for (size_t i = 0; i + 1 < ARRAY_LEN(parts); i++) {
		const struct schema_row *end = parts[i];
		while (end->path)
			end++;
		if (end == row)
			return parts[i + 1];
	}
	return NULL;
}

const struct schema_row *schema_at(const char *path, size_t n)
{
	for (const struct schema_row *row = NULL; (row = schema_next(row));)
		if (strlen(row->path) == n && strncmp(row->path, path, n) == 0)
			return row;
	return NULL;
}

const char *schema_key(const struct schema_row *row)
{
	const char *dot = strrchr(row->path, '.');
	return dot ? dot + 1 : row->path;
}

bool schema_below(const struct schema_row *row, const char *parent)
{
	const char *key = schema_key(row);
	size_t n = strlen(parent);
	if (n == 0)
		return key == row->path;
	return (size_t)(key - row->path) == n + 1 && strncmp(row->path, parent, n) == 0;
}

const struct schema_row *schema_find(const char *parent, const char *key, size_t key_n)
{
	for (const struct schema_row *row = NULL; (row = schema_next(row));) {
		const char *last = schema_key(row);
		if (strlen(last) == key_n && strncmp(last, key, key_n) == 0 && schema_below(row, parent))
			return row;
	}
	return NULL;
}

const char *schema_type_words(enum schema_type t)
{
	static const char *const words[SCHEMA_TYPES] = {
		[SCHEMA_MAP] = "a map of keys",
		[SCHEMA_LIST] = "a list of entries",
		[SCHEMA_TEXTS] = "a list of texts",
		[SCHEMA_TEXT] = "a text",
		[SCHEMA_ID] = "a short name: a-z, 0-9, \".\", \"_\", \"-\"",
		[SCHEMA_NAME] = "a short name: a-z, 0-9, \".\", \"_\", \"-\"",
		[SCHEMA_REF] = "the id of another entry",
		[SCHEMA_SEMVER] = "a version like 1.2.3",
		[SCHEMA_DATE] = "a date like 2031-12-31",
		[SCHEMA_PATH] = "a path inside the root tree, like usr/bin/camera",
		[SCHEMA_GLOB] = "a path inside the root tree, like usr/bin/camera or etc/**",
		[SCHEMA_HOST] = "a host name or address",
		[SCHEMA_URL] = "an address that begins with https://",
		[SCHEMA_CONTACT] = "an address that begins with mailto:, https:// or tel:",
		[SCHEMA_COUNTRY] = "two capital letters, like GB",
		[SCHEMA_PURL] = "a package URL like pkg:deb/debian/busybox@1.35.0",
		[SCHEMA_CPE] = "a CPE 2.3 name like cpe:2.3:a:busybox:busybox:1.35.0:*:*:*:*:*:*:*",
		[SCHEMA_SHA256] = "a SHA-256: 64 hex digits, a-f in small letters",
		[SCHEMA_PROVISION] = "a provision id of EN 303 645, like 5.6-9",
		[SCHEMA_INT] = "a whole number",
		[SCHEMA_BOOL] = "true or false",
		[SCHEMA_WORD] = "one of the words",
	};
	return (unsigned)t < SCHEMA_TYPES ? words[t] : "";
}
