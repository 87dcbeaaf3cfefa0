/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making rows and cells of the IXIT model. All texts lie in one buffer, each ended by a NUL; the model holds offsets,
 * as the buffer moves when it grows. A broken buffer is the one sign that something went wrong.
 */
#include "product/ixit_fill.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

#define ROWS_STEP 8

static void break_texts(struct ixit_fill *f, enum err_code code)
{
	if (f->x->texts.broken == ERR_NONE)
		f->x->texts.broken = code;
}

/* Ends the text that began at f->start; its offset. */
static uint32_t seal(struct ixit_fill *f)
{
	uint32_t at = f->start;
	buf_put_u8(&f->x->texts, 0);
	f->start = (uint32_t)f->x->texts.len;
	return at;
}

static uint32_t keep(struct ixit_fill *f, const char *text)
{
	buf_put_text(&f->x->texts, text ? text : "");
	return seal(f);
}

static struct ixit_row *add_row(struct ixit_rows *rows)
{
	if (rows->n == rows->cap) {
		struct ixit_row *grown = mem_regrow(rows->at, rows->cap, rows->cap + ROWS_STEP, sizeof *grown);
		if (!grown)
			return NULL;
		rows->at = grown;
		rows->cap += ROWS_STEP;
	}
	return &rows->at[rows->n++];
}

static void check_row_full(struct ixit_fill *f)
{
	if (f->rows->n && f->column != ixit_columns(f->table))
		break_texts(f, ERR_INTERNAL);
}

void ixit_fill_row(struct ixit_fill *f, const char *fmt, ...)
{
	check_row_full(f);
	struct ixit_row *row = add_row(f->rows);
	if (!row) {
		break_texts(f, ERR_MEMORY);
		return;
	}
	va_list ap;
	va_start(ap, fmt);
	buf_vputf(&f->x->texts, fmt, ap);
	va_end(ap);
	row->from = seal(f);
	f->column = 0;
}

void ixit_fill_put(struct ixit_fill *f, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vputf(&f->x->texts, fmt, ap);
	va_end(ap);
}

bool ixit_fill_started(const struct ixit_fill *f)
{
	return f->x->texts.len > f->start;
}

static void separate(struct ixit_fill *f, const char *by)
{
	const struct buf *texts = &f->x->texts;
	if (ixit_fill_started(f) && texts->data[texts->len - 1] != ' ')
		buf_put_text(&f->x->texts, by);
}

void ixit_fill_item(struct ixit_fill *f, const char *fmt, ...)
{
	separate(f, ", ");
	va_list ap;
	va_start(ap, fmt);
	buf_vputf(&f->x->texts, fmt, ap);
	va_end(ap);
}

void ixit_fill_part(struct ixit_fill *f, const char *fmt, ...)
{
	separate(f, "; ");
	va_list ap;
	va_start(ap, fmt);
	buf_vputf(&f->x->texts, fmt, ap);
	va_end(ap);
}

void ixit_fill_end(struct ixit_fill *f, enum ixit_state state, const char *why)
{
	if (!f->rows->n || f->column >= ixit_columns(f->table)) {
		break_texts(f, ERR_INTERNAL);
		return;
	}
	/* A cell that says nothing would pass for an answer. */
	if (!ixit_fill_started(f) && (state == IXIT_STATED || state == IXIT_DERIVED))
		break_texts(f, ERR_INTERNAL);
	struct ixit_cell *cell = &f->rows->at[f->rows->n - 1].cells[f->column++];
	cell->state = state;
	cell->text = seal(f);
	cell->why = keep(f, why);
}

void ixit_fill_stated(struct ixit_fill *f, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vputf(&f->x->texts, fmt, ap);
	va_end(ap);
	ixit_fill_end(f, IXIT_STATED, NULL);
}

void ixit_fill_derived(struct ixit_fill *f, const char *from, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vputf(&f->x->texts, fmt, ap);
	va_end(ap);
	ixit_fill_end(f, IXIT_DERIVED, from);
}

void ixit_fill_missing(struct ixit_fill *f, const char *key)
{
	ixit_fill_end(f, IXIT_NOT_STATED, key);
}

void ixit_fill_not_needed(struct ixit_fill *f, const char *why)
{
	ixit_fill_end(f, IXIT_NOT_NEEDED, why);
}

void ixit_fill_text(struct ixit_fill *f, const char *text, const char *key)
{
	if (text)
		ixit_fill_stated(f, "%s", text);
	else
		ixit_fill_missing(f, key);
}

void ixit_fill_texts(struct ixit_fill *f, const struct decl_texts *texts, const char *key, const char *usual)
{
	for (size_t i = 0; i < texts->n; i++)
		ixit_fill_item(f, "%s", texts->at[i]);
	if (texts->n)
		ixit_fill_end(f, IXIT_STATED, NULL);
	else if (!usual)
		ixit_fill_missing(f, key);
	else {
		ixit_fill_put(f, "%s", usual);
		ixit_fill_end(f, IXIT_DERIVED, key);
	}
}

bool ixit_fill_unless(struct ixit_fill *f, enum catalogue_fact fact)
{
	if (f->facts->at[fact].holds)
		return false;
	ixit_fill_not_needed(f, f->facts->at[fact].why);
	return true;
}

void ixit_fill_none(struct ixit_fill *f, enum ixit_state state, const char *why)
{
	f->rows->none.state = state;
	f->rows->none.text = 0;
	f->rows->none.why = keep(f, why);
}

void ixit_fill_list(struct ixit_fill *f, const struct decl_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++) {
		ixit_fill_row(f, "%s", f->table->key);
		ixit_fill_stated(f, "%s", texts->at[i]);
	}
}

void ixit_fill_table(struct ixit_fill *f, size_t table)
{
	const struct ixit_table *t = &ixit_tables[table];
	f->table = t;
	f->rows = &f->x->tables[table];
	if (t->if_fact != FACT_COUNT && !f->facts->at[t->if_fact].holds)
		ixit_fill_none(f, IXIT_NOT_NEEDED, f->facts->at[t->if_fact].why);
	else
		ixit_fill_none(f, IXIT_NOT_STATED, t->key);
	t->fill(f);
	check_row_full(f);
}
