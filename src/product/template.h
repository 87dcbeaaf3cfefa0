/* SPDX-License-Identifier: Apache-2.0 */
/* A first declaration to begin with: commented YAML that passes the check. */
#ifndef HALLMARK_PRODUCT_TEMPLATE_H
#define HALLMARK_PRODUCT_TEMPLATE_H

#include "core/base/buf.h"
#include "core/base/units.h"

struct template_answers {
	const char *kind; /* a word of template_kinds */
	const char *maker, *address, *country, *product, *model;
	const char *site; /* domain of the maker, for contact and pages: "lumen.example" */
};

/* Kinds of products, ends with NULL. */
extern const char *const template_kinds[];

/* Appends the text. ERR_INPUT if an answer cannot stand in a declaration; says which. */
rc template_write(const struct template_answers *a, struct wall_time today, struct buf *out, struct err *e) MUST_CHECK;

#endif
