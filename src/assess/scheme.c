/* SPDX-License-Identifier: Apache-2.0 */
/* The PSTI view. The law cites EN 303 645 V2.1.1; the provisions it rests on kept their ids in V3.1.3. */
#include "assess/scheme.h"

#include "core/base/banned.h"

static const struct scheme_row psti_rows[] = {
	{"Schedule 1, 1", "Passwords are unique per product, or chosen by the user", {"5.1-1", "5.1-2", NULL}},
	{"Schedule 1, 2", "How to report security issues is published, with time frames", {"5.2-1", NULL}},
	{"Schedule 1, 3", "The minimum support period is published, with its end date", {"5.3-13", NULL}},
};

const struct scheme scheme_psti = {
	.id = "psti",
	.name = "UK PSTI regulations (SI 2023/1007)",
	.note = "The regulations deem these met through EN 303 645 V2.1.1; the ids are the same in V3.1.3.",
	.rows = psti_rows,
	.rows_n = ARRAY_LEN(psti_rows),
};

static enum verdict_result result_of(const struct verdict_set *s, const char *provision)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->list[i].provision, provision) == 0)
			return s->list[i].result;
	return VERDICT_NOT_JUDGED;
}

enum verdict_result scheme_result(const struct scheme_row *row, const struct verdict_set *s)
{
	size_t passed = 0, open = 0;
	for (size_t i = 0; row->provisions[i]; i++) {
		enum verdict_result r = result_of(s, row->provisions[i]);
		if (r == VERDICT_FAIL)
			return VERDICT_FAIL;
		passed += r == VERDICT_PASS;
		open += r == VERDICT_INCONCLUSIVE || r == VERDICT_NOT_JUDGED;
	}
	if (open)
		return VERDICT_INCONCLUSIVE;
	return passed ? VERDICT_PASS : VERDICT_NOT_APPLICABLE;
}
