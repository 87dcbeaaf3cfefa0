/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement as JSON, for programs. */
#ifndef HALLMARK_PRODUCT_JUDGE_JSON_H
#define HALLMARK_PRODUCT_JUDGE_JSON_H

#include <jansson.h>

#include "product/judge.h"

/* New references; NULL when out of memory. */
json_t *judge_json_result(const struct declaration *d, const struct judge_result *r);
json_t *judge_json_problems(const struct declaration_problems *list);

/* Words of the bits, in order: "doc", "process", ...; returns how many. */
#define JUDGE_JSON_MEANS 7
size_t judge_json_means(uint32_t bits, const char *ret[JUDGE_JSON_MEANS]);

#endif
