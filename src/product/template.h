/* SPDX-License-Identifier: Apache-2.0 */
/* A first declaration to begin with: commented YAML that passes the check. */
#ifndef HALLMARK_PRODUCT_TEMPLATE_H
#define HALLMARK_PRODUCT_TEMPLATE_H

#include "core/base/buf.h"
#include "core/base/units.h"

struct template_answers {
	const char *kind; /* of template_kind */
	const char *maker, *address, *country, *product, *model;
	const char *site;  /* domain of the maker, for contact and pages: "lumen.example" */
	const char *until; /* last day of the support period; "": five years from today, at the end of the year */
	bool confirmed;	   /* the maker confirms what stands under `confirmations` */
};

/* Kinds of products in order; NULL after the last. */
const char *template_kind(size_t i);

/* Appends the text. ERR_INPUT if an answer cannot stand in a declaration; says which. */
rc template_write(const struct template_answers *a, struct wall_time today, struct buf *out, struct err *e) MUST_CHECK;

#endif
