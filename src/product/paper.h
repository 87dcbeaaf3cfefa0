/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document that is written once and comes out as Markdown or as an HTML page. Constants of ours are the formats and
 * titles; whatever the declaration says goes in as an argument, and stays text: markup, Markdown, controls and
 * characters that turn the direction of writing do nothing. A block is closed by the next one, so nothing can stay
 * open.
 */
#ifndef HALLMARK_PRODUCT_PAPER_H
#define HALLMARK_PRODUCT_PAPER_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/units.h"

enum paper_form { PAPER_MARKDOWN, PAPER_HTML };
enum paper_block {
	PAPER_NONE,
	PAPER_PARA,
	PAPER_NOTE,  /* small print */
	PAPER_QUOTE, /* words as the product shows them */
	PAPER_ITEM,  /* of a list */
	PAPER_STEP,  /* of a numbered list */
	PAPER_CHECK, /* of a list to tick off */
	PAPER_CARD,  /* a heading within a section */
	PAPER_CELL,  /* of a table; begun with paper_cell */
	PAPER_ROW,   /* of a table of labels and values; begun with paper_row */
	PAPER_BLOCKS
};

struct paper_head {
	const char *title;
	const char *product, *model, *maker; /* from the declaration */
	const char *version;		     /* NULL: the document is not about one version */
	const char *open;		     /* what the list of open items is called */
	bool by_hand;			     /* they are filled in on paper: the list of them is not printed */
	struct wall_time day;		     /* for which it is made */
};

struct paper {
	enum paper_form form;
	enum paper_block block; /* the open one */
	bool fresh;		/* nothing is in it yet */
	bool section;
	const char *const *titles; /* of the open table; NULL: it has none */
	unsigned columns, column;
	unsigned step, open_n;
	struct buf body, open;
	struct buf *to; /* one of these two */
};

void paper_init(struct paper *p, enum paper_form form);
/* Appends the whole document to `out`; breaks `out` when it did not fit. Frees. */
void paper_done(struct paper *p, const struct paper_head *head, struct buf *out);

void paper_section(struct paper *p, const char *id, const char *title);
/* Begins a block: what is put next stands in it. */
void paper_block(struct paper *p, enum paper_block block);
/* Begins a table; `titles` ends with NULL. */
void paper_table(struct paper *p, const char *const *titles);
/* The next cell of that table. */
void paper_cell(struct paper *p);
/* A row of a table of two columns without titles: opens that table if need be, and the cell beside `label`. */
void paper_row(struct paper *p, const char *label);

/* %s (text of the declaration; NULL is ""), %u, %zu, %%. Any other conversion breaks the document. */
void paper_putf(struct paper *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
void paper_date(struct paper *p, struct wall_time day); /* "31 December 2031" */
/* An address from the declaration, checked when it was read. `label`: a constant, NULL: the address itself. */
void paper_link(struct paper *p, const char *url, const char *label);
/* A line to fill in, and an item of the list at the top. `fmt` says what is missing. */
void paper_blank(struct paper *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* An item of that list only. */
void paper_open(struct paper *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
