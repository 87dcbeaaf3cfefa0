/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the declaration: the memory behind it, and the walk that fills it. */
#ifndef HALLMARK_PRODUCT_DECLARATION_FILL_H
#define HALLMARK_PRODUCT_DECLARATION_FILL_H

#include "core/codec/json.h"
#include "product/yamltree.h"

struct declaration_block;

struct declaration_owner {
	json_t *document;		  /* same keys as the YAML; holds all texts */
	struct declaration_block *blocks; /* hold all lists */
};

/* What is wrong is added to `problems`; fails only without memory. */
rc declaration_fill(struct declaration *d, const struct yamltree *tree, struct declaration_problems *problems,
		    struct err *e) MUST_CHECK;

void declaration_fill_undo(struct declaration *d); /* frees the blocks */

#endif
