/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting what is wrong with a declaration, up to a bound. */
#ifndef HALLMARK_PRODUCT_PROBLEMS_H
#define HALLMARK_PRODUCT_PROBLEMS_H

#include "product/declaration.h"

struct problems_mark {
	uint32_t line, column; /* from 1; 0: the whole file */
};

/* Adds one and returns it, so that the caller may give a hint; NULL when the list is full (then it is only counted). */
struct declaration_problem *problems_add(struct declaration_problems *list, struct problems_mark at, const char *path,
					 const char *fmt, ...) PRINTF_LIKE(4, 5);

/* `p` may be NULL. */
void problems_hint(struct declaration_problem *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
