/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declaration parser: a refusal names a place, an accepted file survives judging, and its canonical form is a
 * declaration with the same canonical form.
 */
#include <stdlib.h>

#include "product/judge.h"
#include "product/policy_compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void try_again(const struct declaration *d)
{
	CLEANUP(buf_done) struct buf once, twice;
	struct declaration *again = NULL;
	buf_init(&once, 1 << 22);
	buf_init(&twice, 1 << 22);
	if (rc_failed(declaration_canonical(d, &once, NULL)) || once.len > DECLARATION_MAX)
		return;
	if (rc_failed(declaration_parse(buf_view(&once), &again, NULL, NULL)))
		abort();
	if (rc_failed(declaration_canonical(again, &twice, NULL)) || !bytes_equal(buf_view(&once), buf_view(&twice)))
		abort();
	declaration_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct declaration_problems problems = {0};
	struct declaration *d = NULL;
	struct judge_result *r = NULL;
	CLEANUP(buf_done) struct buf json;
	buf_init(&json, POLICY_MAX);
	if (rc_failed(declaration_parse(bytes_of(data, n), &d, &problems, NULL))) {
		if (d || problems.n == 0)
			abort();
		return 0;
	}
	try_again(d);
	if (rc_failed(judge_declaration(d, (struct wall_time){0}, &r, NULL)))
		abort();
	judge_free(r);
	(void)!rc_failed(policy_compile(d, NULL, 0, &json, NULL));
	declaration_free(d);
	return 0;
}
