/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 29 IXIT tables of TS 103 701 V2.1.1, filled from a declaration: which tables and columns there are, and a model
 * of the rows from which Markdown and CSV are written. Each cell says whether the supplier stated it, it was derived,
 * it does not apply, or it is not stated; none is ever just empty. Entries have the ids of the test specification
 * ("AuthMech-1"), by which other tables refer to them.
 */
#ifndef HALLMARK_PRODUCT_IXIT_H
#define HALLMARK_PRODUCT_IXIT_H

#include "product/catalogue.h"
#include "product/declaration.h"

#define IXIT_TABLES 29
#define IXIT_COLUMNS_MAX 14

struct ixit_fill;

struct ixit_table {
	unsigned number;
	const char *name;			   /* "AuthMech" */
	const char *what;			   /* what its entries are, for people */
	const char *columns[IXIT_COLUMNS_MAX + 1]; /* beside the id; ends with NULL */
	void (*fill)(struct ixit_fill *f);
	/* A table without entries: it does not apply if this fact of Annex B does not hold; FACT_COUNT: it always does.
	 */
	enum catalogue_fact if_fact;
	const char *key; /* of the declaration, where entries come from */
};

extern const struct ixit_table ixit_tables[IXIT_TABLES]; /* number i + 1 at i */

enum ixit_state {
	IXIT_STATED,	 /* by the supplier, in the declaration */
	IXIT_DERIVED,	 /* follows from another part of the declaration: `why` names it */
	IXIT_NOT_STATED, /* `why` names the key to declare; `text` is what is known in part, or "" */
	IXIT_NOT_NEEDED, /* does not apply, `why` is the reason */
};

/* Texts are offsets into struct ixit: ixit_text gives them. */
struct ixit_cell {
	enum ixit_state state;
	uint32_t text, why;
};

struct ixit_row {
	uint32_t from; /* where in the declaration it comes from, "credentials: owner-password" */
	struct ixit_cell cells[IXIT_COLUMNS_MAX];
};

struct ixit_rows {
	struct ixit_row *at; /* entry NAME-1 is at[0] */
	size_t n, cap;
	struct ixit_cell none; /* of a table without rows: NOT_STATED or NOT_NEEDED, and why */
};

struct ixit {
	struct ixit_rows tables[IXIT_TABLES];
	struct buf texts;
};

rc ixit_new(const struct declaration *d, struct ixit **ret, struct err *e) MUST_CHECK;
void ixit_free(struct ixit *x); /* accepts NULL */

const char *ixit_text(const struct ixit *x, uint32_t at);
size_t ixit_columns(const struct ixit_table *t);
/* How many cells, and tables without rows, are in this state. */
size_t ixit_count(const struct ixit *x, size_t table, enum ixit_state state);

#endif
