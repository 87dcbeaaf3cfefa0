/* SPDX-License-Identifier: Apache-2.0 */
/* The schema table as the reference page docs/declaration.md: a section for each outermost key. */
#include <string.h>

#include "product/schema_export.h"
#include "product/schema_rows.h"
#include "core/base/banned.h"

/* Texts of ours, but for a bar they may stand in a Markdown table as they are. */
static void put_cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*text);
	}
}

static void put_words(struct buf *out, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		buf_putf(out, "%s`%s`", i ? ", " : "", words[i]);
}

static void put_refers(struct buf *out, const struct schema_row *row)
{
	buf_put_text(out, "id in ");
	for (const char *at = row->refers; *at;) {
		size_t n = strcspn(at, " ");
		buf_putf(out, "%s`%.*s`", at == row->refers ? "" : ", ", (int)n, at);
		at += n + (at[n] == ' ');
	}
	if (row->reserved)
		buf_putf(out, ", or `%s`", row->reserved);
}

static void put_type(struct buf *out, const struct schema_row *row, enum schema_type type)
{
	if (type == SCHEMA_WORD)
		put_words(out, row->words);
	else if (type == SCHEMA_REF)
		put_refers(out, row);
	else
		put_cell(out, schema_type_words(type));
	if (type == SCHEMA_INT)
		buf_putf(out, ", %lld to %lld", (long long)row->min, (long long)row->max);
	if (type == SCHEMA_TEXT && row->max && type == row->type)
		buf_putf(out, " of at most %lld characters", (long long)row->max);
}

static void put_row(struct buf *out, const struct schema_row *row)
{
	buf_putf(out, "| `%s` | ", row->path);
	if (row->type == SCHEMA_TEXTS) {
		buf_put_text(out, "list of: ");
		put_type(out, row, row->item);
	} else {
		put_type(out, row, row->type);
	}
	if (row->type == SCHEMA_TEXTS || row->type == SCHEMA_LIST)
		buf_putf(out, " (%lld to %lld)", (long long)row->min, (long long)row->max);
	buf_putf(out, " | %s | ", row->required ? "yes" : "");
	put_cell(out, row->help);
	buf_put_text(out, " | ");
	if (row->example) {
		buf_put_u8(out, '`');
		put_cell(out, row->example);
		buf_put_u8(out, '`');
	}
	buf_put_text(out, " |\n");
}

static const char table_head[] =
	"\n| key | what may stand there | needed | what it is | example |\n|---|---|---|---|---|\n";

static bool holds_others(const struct schema_row *row)
{
	return row->type == SCHEMA_MAP || row->type == SCHEMA_LIST;
}

static bool is_inside(const struct schema_row *row, const struct schema_row *outer)
{
	size_t n = strlen(outer->path);
	return strncmp(row->path, outer->path, n) == 0 && (row->path[n] == '.' || row->path[n] == '[');
}

static void put_section(struct buf *out, const struct schema_row *outer)
{
	buf_putf(out, "\n## %s\n\n%s.", outer->path, outer->help);
	if (outer->type == SCHEMA_LIST)
		buf_putf(out, " A list of %lld to %lld entries.", (long long)outer->min, (long long)outer->max);
	buf_putf(out, "%s\n", outer->required ? " Needed." : "");
	buf_put_text(out, table_head);
	for (const struct schema_row *row = NULL; (row = schema_next(row));)
		if (is_inside(row, outer))
			put_row(out, row);
}

rc schema_export_page(struct buf *out, struct err *e)
{
	buf_put_text(
		out,
		"<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
		"<!-- Made by `hallmark schema --page`: do not edit. -->\n"
		"# The product declaration, key by key\n\n"
		"`hallmark new` writes a first `product.yaml`, `hallmark check` judges it, `hallmark schema` prints "
		"this "
		"page's table as\n"
		"JSON Schema 2020-12 for editors. The keys in brackets `[]` are those of each entry of a list. What is "
		"not "
		"needed may be left\n"
		"out; whether that leaves a promise open, `hallmark check` tells.\n\n"
		"The file is plain YAML: no anchors, aliases, tags or second documents, at most 256 KiB. Unknown keys, "
		"wrong types, ids that are\n"
		"there twice and references to nothing are errors.\n\n"
		"## The product\n");
	buf_put_text(out, table_head);
	for (const struct schema_row *row = NULL; (row = schema_next(row));)
		if (schema_below(row, "") && !holds_others(row))
			put_row(out, row);
	for (const struct schema_row *row = NULL; (row = schema_next(row));)
		if (schema_below(row, "") && holds_others(row))
			put_section(out, row);
	return buf_check(out, "the reference page", e);
}
