/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filled IXIT tables as files: one Markdown document to read, and a CSV file for each table to work with. What the
 * supplier stated stands as it is; everything else is marked, so that nobody takes it for a statement:
 * "[derived from KEY] text", "[not stated: declare KEY]", "[not applicable: why]".
 */
#ifndef HALLMARK_PRODUCT_IXIT_WRITE_H
#define HALLMARK_PRODUCT_IXIT_WRITE_H

#include "product/ixit.h"

void ixit_write_markdown(const struct declaration *d, const struct ixit *x, struct wall_time today, struct buf *out);
/* The anchor of "1-AuthMech" or "AuthMech-2" in the Markdown: the same in small letters. */
void ixit_write_anchor(struct buf *out, const char *name);
/* `table` is an index into ixit_tables. RFC 4180 with a header; a table without entries has one row that says why. */
void ixit_write_csv(const struct ixit *x, size_t table, struct buf *out);

/* The same as rows of documents_table: from a declaration at once; what fails breaks the buffer. */
void ixit_write_document(const struct declaration *d, struct wall_time today, struct buf *out);
void ixit_write_table(const struct declaration *d, size_t table, struct buf *out);

/* The head of a Markdown document for a laboratory: a title, and the table that says which product it is about. */
struct ixit_write_title {
	const char *title, *of, *edition; /* "IXIT"; "Tables of", "ETSI TS 103 701 ..." */
};
void ixit_write_head(struct buf *out, const struct ixit_write_title *t, const struct declaration *d,
		     struct wall_time today);
/* One row of such a table; the value is escaped. */
void ixit_write_field(struct buf *out, const char *name, const char *value);

#endif
