/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a declaration implies on paper: files to publish, to sign, or to install. Deterministic: same declaration and
 * date, same bytes. Texts of the declaration are escaped for where they go.
 */
#ifndef HALLMARK_PRODUCT_DOCUMENTS_H
#define HALLMARK_PRODUCT_DOCUMENTS_H

#include "product/declaration.h"

#define DOCUMENTS_MAX (1024 * 1024) /* bytes of one */

struct documents_row {
	const char *name; /* file name, below folders */
	const char *what; /* one line for people; NULL for write_table, where each table has its own */
	/* Appends the document. `today` is the day it is made for. Nothing appended: there is none, `without` says why.
	 */
	void (*write)(const struct declaration *d, struct wall_time today, struct buf *out);
	/* In its place: one document for each service, whose id takes the place of every '@' of the name. */
	void (*write_service)(const struct declaration *d, const struct decl_service *s, struct buf *out);
	/* Or one for each IXIT table, '@' is "01-AuthMech"; `table` counts from 0. */
	void (*write_table)(const struct declaration *d, size_t table, struct buf *out);
};

extern const struct documents_row documents_table[]; /* ends with a zero row */

/* All is borrowed. */
struct documents_file {
	const char *name, *what;
	const struct buf *text;
};

/* Each document of the table, to `put`; the first failure ends it. */
rc documents_each(const struct declaration *d, struct wall_time today,
		  rc (*put)(void *to, const struct documents_file *file, struct err *e), void *to, struct err *e)
	MUST_CHECK;

#endif
