/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small, bounded tree of one YAML document, with the place of every node. Accepts plain data only: no anchors,
 * aliases, tags, second documents, or keys that are not texts. Knows nothing of the declaration.
 */
#ifndef HALLMARK_PRODUCT_YAMLTREE_H
#define HALLMARK_PRODUCT_YAMLTREE_H

#include "product/problems.h"

#define YAMLTREE_DEPTH_MAX 16
#define YAMLTREE_NODES_MAX 16384
#define YAMLTREE_CHILDREN_MAX 1024

enum yamltree_kind { YAMLTREE_SCALAR, YAMLTREE_MAP, YAMLTREE_LIST };

/* Indices into the tree; 0 is the root, and as `first` or `next` means "none". */
struct yamltree_node {
	enum yamltree_kind kind;
	bool plain; /* a scalar without quotes or block marks */
	struct problems_mark at, key_at;
	uint32_t first, next, children;
	uint32_t key, text; /* places in the text buffer; a text has no control characters, line breaks became blanks */
};

struct yamltree {
	struct yamltree_node *nodes;
	size_t n, cap;
	struct buf texts;
};

void yamltree_init(struct yamltree *t);
void yamltree_done(struct yamltree *t);

/*
 * Problems in the text go to `problems` and give ERR_INPUT or ERR_LIMIT; parsing goes on after a duplicate key (the
 * first one counts, RC_OK) and stops at anything else.
 */
rc yamltree_parse(struct yamltree *t, struct bytes yaml, struct declaration_problems *problems, struct err *e)
	MUST_CHECK;

const char *yamltree_text(const struct yamltree *t, const struct yamltree_node *n);
const char *yamltree_key(const struct yamltree *t, const struct yamltree_node *n);

#endif
