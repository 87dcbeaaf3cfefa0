/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the schema: how a row is written. The rows are in schema_maker.c, _software.c, _access.c and _data.c. */
#ifndef HALLMARK_PRODUCT_SCHEMA_ROWS_H
#define HALLMARK_PRODUCT_SCHEMA_ROWS_H

#include "core/base/attr.h"
#include "product/declaration.h"
#include "product/schema.h"

/* Each ends with a row without path. */
extern const struct schema_row schema_maker_rows[], schema_software_rows[], schema_access_rows[], schema_data_rows[];

/* What a mechanism gives, in all tables that have such a column. */
extern const char *const schema_guarantees[];
#define guarantee_words schema_guarantees

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}
#define MUST(p, t) .path = p, .type = SCHEMA_##t, .required = true
#define MAY(p, t) .path = p, .type = SCHEMA_##t
#define OF(t) .item = SCHEMA_##t
#define AGENT DECLARATION_AGENT
#define NONE DECLARATION_NONE
#define MAIN DECLARATION_MAIN
#define D(field) offsetof(struct declaration, field)
#define I(type, field) offsetof(struct type, field)
#define LIST_AT(field, type) .at = D(field), .count_at = D(field##_n), .size = sizeof(struct type)

#endif
