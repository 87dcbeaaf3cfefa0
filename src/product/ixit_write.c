/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the IXIT model to Markdown and CSV. Wide tables cannot be read in Markdown, so there an entry of more than three
 * columns is a small table of its own, one line for each column; the CSV keeps the wide form.
 */
#include "product/ixit_write.h"

#include <ctype.h>
#include <string.h>

#include "core/codec/celltext.h"
#include "core/codec/rfc3339.h"
#include "product/documents_rows.h"
#include "core/base/banned.h"

#define WIDE_COLUMNS 4 /* from here on an entry gets a table of its own */
#define MARK_MAX 1024

void ixit_write_anchor(struct buf *out, const char *name)
{
	for (; *name; name++)
		buf_put_u8(out, (uint8_t)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name));
}

static void put_row_link(struct buf *out, size_t table, size_t number)
{
	buf_putf(out, "[%s-%zu](#", ixit_tables[table].name, number);
	ixit_write_anchor(out, ixit_tables[table].name);
	buf_putf(out, "-%zu)", number);
}

static void put_table_link(struct buf *out, size_t table)
{
	buf_putf(out, "[%u-%s](#%u-", ixit_tables[table].number, ixit_tables[table].name, ixit_tables[table].number);
	ixit_write_anchor(out, ixit_tables[table].name);
	buf_put_u8(out, ')');
}

/* Length of the id of an existing entry at `text`, 0 if there is none. */
static size_t entry_at(const struct ixit *x, const char *text, size_t *ret_table, size_t *ret_number)
{
	for (size_t t = 0; t < IXIT_TABLES; t++) {
		size_t n = strlen(ixit_tables[t].name), number = 0;
		if (strncmp(text, ixit_tables[t].name, n) != 0 || text[n++] != '-' || text[n] == '0')
			continue;
		while (isdigit((unsigned char)text[n]) && number <= x->tables[t].n)
			number = number * 10 + (size_t)(text[n++] - '0');
		if (number == 0 || number > x->tables[t].n || isalnum((unsigned char)text[n]))
			continue;
		*ret_table = t;
		*ret_number = number;
		return n;
	}
	return 0;
}

/* Escaped, with entries that are named in it as links. */
static void put_linked(const struct ixit *x, const char *text, struct buf *out)
{
	CLEANUP(buf_done) struct buf plain;
	bool in_word = false;
	buf_init(&plain, out->max);
	while (*text) {
		size_t table = 0, number = 0, n = in_word ? 0 : entry_at(x, text, &table, &number);
		if (n == 0) {
			in_word = isalnum((unsigned char)*text) || *text == '-';
			buf_put_u8(&plain, (uint8_t)*text++);
			continue;
		}
		celltext_markdown(out, buf_text(&plain));
		buf_reset(&plain);
		put_row_link(out, table, number);
		text += n;
		in_word = true;
	}
	celltext_markdown(out, buf_text(&plain));
	if (plain.broken != ERR_NONE)
		out->broken = plain.broken;
}

/* The address of a page, whole, as a link; escaping would change it where readers make links by themselves. */
static bool put_address(const char *text, struct buf *out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#@!&+,;=%";
	if (strncmp(text, "https://", 8) != 0 || text[strspn(text, allowed)])
		return false;
	buf_putf(out, "<%s>", text);
	return true;
}

static void md_cell(const struct ixit *x, const struct ixit_cell *cell, struct buf *out)
{
	const char *text = ixit_text(x, cell->text), *why = ixit_text(x, cell->why);
	switch (cell->state) {
	case IXIT_STATED:
	case IXIT_DERIVED:
		if (!put_address(text, out))
			put_linked(x, text, out);
		if (cell->state == IXIT_STATED)
			return;
		buf_put_text(out, " *(derived from ");
		celltext_markdown(out, why);
		buf_put_text(out, ")*");
		return;
	case IXIT_NOT_STATED:
		buf_put_text(out, "**Not stated**: declare ");
		celltext_markdown(out, why);
		if (text[0]) {
			buf_put_text(out, ". Known: ");
			put_linked(x, text, out);
		}
		return;
	case IXIT_NOT_NEEDED:
		buf_put_text(out, "*Not applicable*: ");
		celltext_markdown(out, why);
		return;
	}
}

void ixit_write_field(struct buf *out, const char *name, const char *value)
{
	buf_putf(out, "| %s | ", name);
	celltext_markdown(out, value);
	buf_put_text(out, " |\n");
}

void ixit_write_head(struct buf *out, const struct ixit_write_title *t, const struct declaration *d,
		     struct wall_time today)
{
	char day[RFC3339_DATE_SIZE];
	rfc3339_date(today, day);
	buf_putf(out, "# %s of ", t->title);
	celltext_markdown(out, d->product);
	buf_put_text(out, "\n\n");
	ixit_write_field(out, "Product", d->product);
	buf_put_text(out, "|---|---|\n");
	ixit_write_field(out, "Model", d->model);
	ixit_write_field(out, "Software version", d->version);
	ixit_write_field(out, "Manufacturer", d->maker.name);
	ixit_write_field(out, t->of, t->edition);
	ixit_write_field(out, "Made on", day);
}

static void md_head(const struct declaration *d, struct wall_time today, struct buf *out)
{
	static const struct ixit_write_title title = {"IXIT", "Tables of", "ETSI TS 103 701 V2.1.1 (2025-05)"};
	ixit_write_head(out, &title, d, today);
	buf_put_text(
		out,
		"\nMade from the product declaration; never edited by hand. Text without a mark is what the "
		"manufacturer stated. *(derived from ...)* follows from another part of the declaration. "
		"**Not stated** is an open question to the manufacturer. *Not applicable* gives the reason. "
		"\"Declared in\" is the key of the declaration. The folder `ixit` holds the same tables as CSV.\n");
}

static void md_contents(const struct ixit *x, struct buf *out)
{
	buf_put_text(out, "\n## Contents\n\n| Table | What | Entries | Not stated |\n|---|---|---:|---:|\n");
	for (size_t t = 0; t < IXIT_TABLES; t++) {
		buf_put_text(out, "| ");
		put_table_link(out, t);
		buf_putf(out, " | %s | %zu | %zu |\n", ixit_tables[t].what, x->tables[t].n,
			 ixit_count(x, t, IXIT_NOT_STATED));
	}
}

static void open_rows(const struct ixit *x, size_t t, struct buf *out)
{
	for (size_t i = 0; i < x->tables[t].n; i++)
		for (size_t c = 0; ixit_tables[t].columns[c]; c++) {
			const struct ixit_cell *cell = &x->tables[t].at[i].cells[c];
			if (cell->state != IXIT_NOT_STATED)
				continue;
			buf_put_text(out, "- ");
			put_row_link(out, t, i + 1);
			buf_putf(out, ", %s: declare ", ixit_tables[t].columns[c]);
			celltext_markdown(out, ixit_text(x, cell->why));
			buf_put_u8(out, '\n');
		}
}

static void md_open(const struct ixit *x, struct buf *out)
{
	size_t open = 0;
	for (size_t t = 0; t < IXIT_TABLES; t++)
		open += ixit_count(x, t, IXIT_NOT_STATED);
	buf_put_text(out, "\n## What is not stated\n\n");
	if (!open)
		buf_put_text(out, "Nothing: every column is stated, derived or not applicable.\n");
	for (size_t t = 0; t < IXIT_TABLES; t++) {
		const struct ixit_rows *rows = &x->tables[t];
		if (!rows->n && rows->none.state == IXIT_NOT_STATED) {
			buf_put_text(out, "- ");
			put_table_link(out, t);
			buf_put_text(out, " has no entries: declare ");
			celltext_markdown(out, ixit_text(x, rows->none.why));
			buf_put_u8(out, '\n');
		}
		open_rows(x, t, out);
	}
}

static void put_anchor(struct buf *out, const char *name, size_t number)
{
	buf_put_text(out, "<a id=\"");
	ixit_write_anchor(out, name);
	buf_putf(out, "-%zu\"></a>", number);
}

static void md_tall(const struct ixit *x, size_t t, struct buf *out)
{
	const struct ixit_table *table = &ixit_tables[t];
	for (size_t i = 0; i < x->tables[t].n; i++) {
		const struct ixit_row *row = &x->tables[t].at[i];
		buf_put_text(out, "\n### ");
		put_anchor(out, table->name, i + 1);
		buf_putf(out, "%s-%zu\n\n", table->name, i + 1);
		ixit_write_field(out, "Declared in", ixit_text(x, row->from));
		buf_put_text(out, "|---|---|\n");
		for (size_t c = 0; table->columns[c]; c++) {
			buf_putf(out, "| **%s** | ", table->columns[c]);
			md_cell(x, &row->cells[c], out);
			buf_put_text(out, " |\n");
		}
	}
}

static void md_flat(const struct ixit *x, size_t t, struct buf *out)
{
	const struct ixit_table *table = &ixit_tables[t];
	size_t columns = ixit_columns(table);
	buf_put_text(out, "\n| ID ");
	for (size_t c = 0; c < columns; c++)
		buf_putf(out, "| %s ", table->columns[c]);
	buf_put_text(out, "| Declared in |\n|---");
	for (size_t c = 0; c < columns; c++)
		buf_put_text(out, "|---");
	buf_put_text(out, "|---|\n");
	for (size_t i = 0; i < x->tables[t].n; i++) {
		buf_put_text(out, "| ");
		put_anchor(out, table->name, i + 1);
		buf_putf(out, "%s-%zu | ", table->name, i + 1);
		for (size_t c = 0; c < columns; c++) {
			md_cell(x, &x->tables[t].at[i].cells[c], out);
			buf_put_text(out, " | ");
		}
		celltext_markdown(out, ixit_text(x, x->tables[t].at[i].from));
		buf_put_text(out, " |\n");
	}
}

/* The provisions whose test groups look at the table. */
static void md_provisions(size_t t, struct buf *out)
{
	const char *before = "\n\nLooked at for the provisions ";
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		for (const char *const *name = catalogue_table[i].ixit; *name; name++) {
			const char *dash = strchr(*name, '-');
			if (!dash || strcmp(dash + 1, ixit_tables[t].name) != 0)
				continue;
			buf_putf(out, "%s%s", before, catalogue_table[i].id);
			before = ", ";
		}
	buf_put_text(out, ".\n");
}

static void md_table(const struct ixit *x, size_t t, struct buf *out)
{
	const struct ixit_table *table = &ixit_tables[t];
	buf_putf(out, "\n## <a id=\"%u-", table->number);
	ixit_write_anchor(out, table->name);
	buf_putf(out, "\"></a>%u-%s\n\n%c%s.", table->number, table->name, table->what[0] - 'a' + 'A', table->what + 1);
	md_provisions(t, out);
	if (!x->tables[t].n) {
		buf_put_text(out, "\nNo entries. ");
		md_cell(x, &x->tables[t].none, out);
		buf_put_text(out, ".\n");
	} else if (ixit_columns(table) < WIDE_COLUMNS) {
		md_flat(x, t, out);
	} else {
		md_tall(x, t, out);
	}
}

void ixit_write_markdown(const struct declaration *d, const struct ixit *x, struct wall_time today, struct buf *out)
{
	md_head(d, today, out);
	md_contents(x, out);
	md_open(x, out);
	for (size_t t = 0; t < IXIT_TABLES; t++)
		md_table(x, t, out);
}

static void csv_cell(const struct ixit *x, const struct ixit_cell *cell, struct buf *out)
{
	const char *text = ixit_text(x, cell->text), *why = ixit_text(x, cell->why);
	CLEANUP(buf_done) struct buf mark;
	buf_init(&mark, MARK_MAX);
	if (cell->state == IXIT_DERIVED)
		buf_putf(&mark, "[derived from %s]%s", why, text[0] ? " " : "");
	else if (cell->state == IXIT_NOT_STATED)
		buf_putf(&mark, "[not stated: declare %s]%s", why, text[0] ? " known: " : "");
	else if (cell->state == IXIT_NOT_NEEDED)
		buf_putf(&mark, "[not applicable: %s]", why);
	celltext_csv(out, buf_text(&mark), text);
	if (mark.broken != ERR_NONE)
		out->broken = mark.broken;
}

static void csv_none(const struct ixit *x, size_t t, struct buf *out)
{
	buf_put_text(out, "(none),");
	csv_cell(x, &x->tables[t].none, out);
	for (size_t c = 1; c < ixit_columns(&ixit_tables[t]); c++) {
		buf_put_u8(out, ',');
		csv_cell(x, &x->tables[t].none, out);
	}
	buf_put_text(out, ",(none)\r\n");
}

void ixit_write_csv(const struct ixit *x, size_t t, struct buf *out)
{
	const struct ixit_table *table = &ixit_tables[t];
	buf_put_text(out, "ID");
	for (size_t c = 0; table->columns[c]; c++)
		buf_putf(out, ",%s", table->columns[c]);
	buf_put_text(out, ",Declared in\r\n");
	if (!x->tables[t].n)
		csv_none(x, t, out);
	for (size_t i = 0; i < x->tables[t].n; i++) {
		buf_putf(out, "%s-%zu", table->name, i + 1);
		for (size_t c = 0; table->columns[c]; c++) {
			buf_put_u8(out, ',');
			csv_cell(x, &x->tables[t].at[i].cells[c], out);
		}
		buf_put_u8(out, ',');
		celltext_csv(out, "", ixit_text(x, x->tables[t].at[i].from));
		buf_put_text(out, "\r\n");
	}
}

static struct ixit *fill(const struct declaration *d, struct buf *out)
{
	struct ixit *x = NULL;
	documents_break(out, ixit_new(d, &x, NULL));
	return x;
}

void ixit_write_document(const struct declaration *d, struct wall_time today, struct buf *out)
{
	struct ixit *x = fill(d, out);
	if (x)
		ixit_write_markdown(d, x, today, out);
	ixit_free(x);
}

void ixit_write_table(const struct declaration *d, size_t table, struct buf *out)
{
	struct ixit *x = fill(d, out);
	if (x)
		ixit_write_csv(x, table, out);
	ixit_free(x);
}
