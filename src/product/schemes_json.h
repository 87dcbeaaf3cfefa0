/* SPDX-License-Identifier: Apache-2.0 */
/* What `hallmark schemes` shows, and the same as JSON for programs. */
#ifndef HALLMARK_PRODUCT_SCHEMES_JSON_H
#define HALLMARK_PRODUCT_SCHEMES_JSON_H

#include "product/schemes_plan.h"

/* A reason and a hint of the judges, or a reason of a verdict. */
#define SCHEMES_TODO_SIZE (2 * JUDGE_REASON_MAX + 8)

struct schemes_shown {
	const struct schemes_data *data;
	const struct schemes_report *report; /* NULL: the schemes alone, with no product */
	const struct schemes_plan *plan;     /* NULL as well then */
	const struct schemes_input *input;
	uint64_t targets; /* the ones that were asked for */
	struct wall_time day;
	bool declared; /* there is a declaration */
	const char *product, *model, *version;
	/* What to do about each provision; "" if there is no telling. */
	char todo[CATALOGUE_PROVISIONS][SCHEMES_TODO_SIZE];
};

/* A new reference; NULL when out of memory. */
json_t *schemes_json(const struct schemes_shown *s);

/* Is one of the targets of scheme `scheme` among those asked for? */
bool schemes_json_wanted(const struct schemes_shown *s, size_t scheme);

#endif
