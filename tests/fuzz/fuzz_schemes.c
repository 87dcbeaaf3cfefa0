/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schemes.json from outside: a refusal says why, and what is accepted survives evaluation and planning, whose
 * promises hold: nothing is met without an assessment, and after the last step nothing blocks.
 */
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/codec/json.h"
#include "product/schemes_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_plan(const struct schemes_data *d, const struct schemes_plan *plan)
{
	uint64_t opened = plan->free_before;
	bool done[CATALOGUE_PROVISIONS] = {0};
	for (size_t i = 0; i < plan->n; i++) {
		if (!plan->steps[i].opens || plan->steps[i].opens & opened)
			abort();
		opened |= plan->steps[i].opens;
		for (size_t k = 0; k < plan->steps[i].n; k++) {
			if (done[plan->steps[i].provisions[k]])
				abort();
			done[plan->steps[i].provisions[k]] = true;
		}
	}
	if (memcmp(done, plan->blocks, sizeof done) != 0)
		abort();
	(void)d;
}

static void try_results(const struct schemes_data *d, unsigned seed)
{
	CLEANUP(schemes_eval_free) struct schemes_report *r = NULL;
	CLEANUP(schemes_plan_free) struct schemes_plan *plan = NULL;
	static struct schemes_shown s;
	static struct schemes_input in;
	in.assessed = seed & 1;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		in.at[i] = (enum schemes_result)((i * 7 + seed) % SCHEMES_RESULTS);
		if (!in.assessed && in.at[i] == SCHEMES_MET)
			in.at[i] = SCHEMES_PROMISED;
	}
	if (rc_failed(schemes_eval(d, &in, &r, NULL)) || rc_failed(schemes_plan(d, &in, UINT64_MAX, &plan, NULL)))
		abort();
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->views[i].rows_n; k++)
			if (!in.assessed && r->views[i].rows[k].result == SCHEMES_MET)
				abort();
	check_plan(d, plan);
	s = (struct schemes_shown){.data = d,
				   .report = r,
				   .plan = plan,
				   .input = &in,
				   .targets = UINT64_MAX,
				   .product = "p",
				   .model = "m",
				   .version = "1"};
	JSON_AUTO json_t *json = schemes_json(&s);
	if (!json)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(schemes_free) struct schemes_data *d = NULL;
	struct err e = {0};
	if (rc_failed(schemes_decode(bytes_of(data, n), &d, &e))) {
		if (d || !e.text[0])
			abort();
		return 0;
	}
	for (unsigned seed = 0; seed < 4; seed++)
		try_results(d, seed);
	return 0;
}
