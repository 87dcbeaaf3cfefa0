/* SPDX-License-Identifier: Apache-2.0 */
/* data/new as C: made by tools/templates-to-c for template.c. */
#ifndef HALLMARK_PRODUCT_TEMPLATE_TABLE_H
#define HALLMARK_PRODUCT_TEMPLATE_TABLE_H

/* What fills a mark of the body; may itself hold marks. */
struct template_block {
	const char *name, *text; /* a row without name ends the list */
};

struct template_kind {
	const char *word;
	const struct template_block *blocks;
};

extern const char template_body[];
extern const struct template_kind template_table[]; /* ends with a row without word */

#endif
