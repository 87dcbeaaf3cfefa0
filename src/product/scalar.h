/* SPDX-License-Identifier: Apache-2.0 */
/* Is this text a date, a path, an address ...? One function for all types of single values in the schema. */
#ifndef HALLMARK_PRODUCT_SCALAR_H
#define HALLMARK_PRODUCT_SCALAR_H

#include "product/schema.h"

/* For the text types; SCHEMA_INT, SCHEMA_BOOL and SCHEMA_WORD have their own below. References are only names here. */
bool scalar_text_ok(enum schema_type type, const char *text);

/* Is this, without quotes, a number, true, false or null to YAML 1.2 (core schema)? Then it is no text. */
bool scalar_other_type(const char *text);

/* Decimal, no sign but '-', no leading zeros, at most 18 digits. */
bool scalar_int(const char *text, int64_t *ret);
bool scalar_bool(const char *text, bool *ret);
/* Index of the word; false if it is none of them. */
bool scalar_word(const char *const *words, const char *text, unsigned *ret);

#endif
