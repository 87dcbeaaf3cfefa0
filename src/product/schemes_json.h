/* SPDX-License-Identifier: Apache-2.0 */
/* What `hallmark schemes` shows, and the same as JSON for programs. */
#ifndef HALLMARK_PRODUCT_SCHEMES_JSON_H
#define HALLMARK_PRODUCT_SCHEMES_JSON_H

#include "product/schemes_plan.h"

struct schemes_shown {
	const struct schemes_data *data;
	const struct schemes_report *report; /* NULL: the schemes alone, with no product */
	const struct schemes_plan *plan;     /* NULL as well then */
	const struct schemes_input *input;
	uint64_t targets; /* the ones that were asked for */
	struct wall_time day;
	bool declared; /* there is a declaration */
	const char *product, *model, *version;
	char todo[CATALOGUE_PROVISIONS]
		 [VERDICT_REASON_SIZE]; /* what to do about each provision; "" if there is no telling */
};

/* A new reference; NULL when out of memory. */
json_t *schemes_json(const struct schemes_shown *s);

/* Is one of the targets of scheme `scheme` among those asked for? */
bool schemes_json_wanted(const struct schemes_shown *s, size_t scheme);

#endif
