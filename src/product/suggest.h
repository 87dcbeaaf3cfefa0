/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the nearest of some candidates by edit distance. */
#ifndef HALLMARK_PRODUCT_SUGGEST_H
#define HALLMARK_PRODUCT_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char *given; /* borrowed */
	const char *best;  /* borrowed from the candidates */
	size_t distance;   /* of best */
};

/* Insertions, deletions, replacements, and swaps of neighbours. Texts beyond 48 characters are far from everything. */
size_t suggest_distance(const char *a, const char *b);

void suggest_try(struct suggest *s, const char *candidate);

/* The best candidate if it is near enough to be a slip of the fingers, else NULL. */
const char *suggest_best(const struct suggest *s);

#endif
