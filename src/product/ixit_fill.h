/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the IXIT tables: how a table's writer makes rows. A row begins with ixit_fill_row; then each column, in
 * order, gets exactly one cell from one of the functions below. Out of memory or with a column too few, the model is
 * broken and ixit_new says so.
 */
#ifndef HALLMARK_PRODUCT_IXIT_FILL_H
#define HALLMARK_PRODUCT_IXIT_FILL_H

#include "product/ixit.h"
#include "product/judge.h"

struct ixit_fill {
	const struct declaration *d;
	const struct judge_facts *facts;
	struct ixit *x;
	const struct ixit_table *table;
	struct ixit_rows *rows;
	size_t column;
	uint32_t start; /* of the text of the next cell */
};

/* Fills one table. */
void ixit_fill_table(struct ixit_fill *f, size_t table);

/* `fmt` says where in the declaration the entry comes from. */
void ixit_fill_row(struct ixit_fill *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * In parts: text for the next cell, then _end. Before an _item stands a comma and before a _part a semicolon, unless it
 * is the first or follows a blank.
 */
void ixit_fill_put(struct ixit_fill *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void ixit_fill_item(struct ixit_fill *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void ixit_fill_part(struct ixit_fill *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool ixit_fill_started(const struct ixit_fill *f);
/* `why` as struct ixit_cell says; NULL for STATED. */
void ixit_fill_end(struct ixit_fill *f, enum ixit_state state, const char *why);

/* Whole cells. */
void ixit_fill_stated(struct ixit_fill *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void ixit_fill_derived(struct ixit_fill *f, const char *from, const char *fmt, ...) PRINTF_LIKE(3, 4);
void ixit_fill_missing(struct ixit_fill *f, const char *key);
void ixit_fill_not_needed(struct ixit_fill *f, const char *why);
/* The text, or not stated. */
void ixit_fill_text(struct ixit_fill *f, const char *text, const char *key);
/* The texts with commas, or `usual` derived from the key's default, or (`usual` NULL) not stated. */
void ixit_fill_texts(struct ixit_fill *f, const struct decl_texts *texts, const char *key, const char *usual);

/* With a reason of Annex B's facts: true if the fact does not hold, and the cell is written. */
bool ixit_fill_unless(struct ixit_fill *f, enum catalogue_fact fact);

/* Why a table without rows has none, where its row in ixit_tables does not say it right. */
void ixit_fill_none(struct ixit_fill *f, enum ixit_state state, const char *why);

/* One list of texts as rows of a single column (16 to 19). */
void ixit_fill_list(struct ixit_fill *f, const struct decl_texts *texts);

#endif
