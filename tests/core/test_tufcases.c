/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the cases of tufcases.h against the pure client, or with one argument against that `hallmark`. */
#include "tufcases.h"

#include <unistd.h>

struct tufsim sim;
static const char *program;

int tufcases_setup(void **state)
{
	(void)state;
	sim_init(&sim, program);
	return 0;
}

int tufcases_teardown(void **state)
{
	(void)state;
	sim_done(&sim);
	return 0;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[200];
	const struct {
		const struct CMUnitTest *list;
		size_t n;
	} groups[] = {{tufcases_top, tufcases_top_n},
		      {tufcases_roots, tufcases_roots_n},
		      {tufcases_targets, tufcases_targets_n}};
	size_t n = 0;
	program = argc > 1 ? argv[1] : NULL;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		for (size_t k = 0; k < groups[i].n && n < ARRAY_LEN(tests); k++)
			tests[n++] = groups[i].list[k];
	return _cmocka_run_group_tests("tuf conformance", tests, n, NULL, NULL);
}
