/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a declaration implies on paper: files to publish or to sign. Deterministic: same declaration and date, same
 * bytes. Texts of the declaration are escaped for where they go.
 */
#ifndef HALLMARK_PRODUCT_DOCUMENTS_H
#define HALLMARK_PRODUCT_DOCUMENTS_H

#include "product/declaration.h"

struct documents_row {
	const char *name; /* file name */
	const char *what; /* one line for people */
	/* Appends the document. `today` is the day it is made for. */
	void (*write)(const struct declaration *d, struct wall_time today, struct buf *out);
};

extern const struct documents_row documents_table[]; /* ends with a zero row */

#endif
