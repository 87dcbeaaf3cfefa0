/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stopping rule against simulated fleets: healthy releases are (almost) never halted, bad ones early. The
 * generator is fixed (splitmix64), so the counts below are the same everywhere.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "fleet/rollout/eprocess.h"

static uint64_t next(uint64_t *s)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static bool fails(uint64_t *s, double p)
{
	return (double)(next(s) >> 11) / 9007199254740992.0 < p;
}

/* Devices failed until the stop, or -1 if `devices` reported without one. */
static int run(uint64_t *s, uint64_t devices, double p, double p0)
{
	uint64_t failed = 0;
	for (uint64_t n = 1; n <= devices; n++) {
		if (!fails(s, p))
			continue;
		failed++;
		if (eprocess_stops(n, failed, p0, 0.01))
			return (int)failed;
	}
	return -1;
}

struct tally {
	unsigned stopped;
	double mean_failed;
};

static struct tally simulate(unsigned runs, uint64_t devices, double p, double p0)
{
	uint64_t s = 2026;
	struct tally t = {0};
	for (unsigned i = 0; i < runs; i++) {
		int failed = run(&s, devices, p, p0);
		if (failed < 0)
			continue;
		t.stopped++;
		t.mean_failed += failed;
	}
	if (t.stopped)
		t.mean_failed /= t.stopped;
	return t;
}

static void healthy_rollouts_are_not_halted(void **state)
{
	(void)state;
	/* Exactly at the tolerated rate, the worst healthy case, and well below it. */
	struct tally at = simulate(10000, 1000, 0.02, 0.02), below = simulate(10000, 1000, 0.005, 0.02);
	print_message("# healthy: %u of 10000 halted at p0, %u at p0/4\n", at.stopped, below.stopped);
	assert_true(at.stopped <= 100);
	assert_true(below.stopped <= 10);
}

static void bad_rollouts_stop_early(void **state)
{
	(void)state;
	/* 10,000 devices, p0 = 0.5 %: at least what a Beta mixture reaches in published comparisons. */
	static const struct {
		double p;
		unsigned stopped_min; /* of 500 */
		double failed_max;
	} rows[] = {{0.01, 475, 50}, {0.02, 500, 14}, {0.05, 500, 6}, {0.20, 500, 4}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tally t = simulate(500, 10000, rows[i].p, 0.005);
		print_message("# p=%.3f: %u of 500 halted, %.1f devices failed\n", rows[i].p, t.stopped, t.mean_failed);
		assert_true(t.stopped >= rows[i].stopped_min);
		assert_true(t.mean_failed <= rows[i].failed_max);
	}
}

static void successes_never_add_evidence(void **state)
{
	(void)state;
	for (uint64_t k = 0; k < 6; k++)
		for (uint64_t n = k + 1; n < 200; n++)
			assert_true(eprocess_log(n, k, 0.02) < eprocess_log(n - 1, k, 0.02));
}

/* E[e] = 1 at p0 after any fixed number of reports: what makes 1/alpha a bound. Summed over all outcomes of 12. */
static void evidence_is_fair_at_the_tolerated_rate(void **state)
{
	(void)state;
	static const double rates[] = {0.005, 0.02, 0.1};
	for (size_t r = 0; r < ARRAY_LEN(rates); r++) {
		double p = rates[r], mean = 0;
		for (int k = 0; k <= 12; k++) {
			double ways = exp(lgamma(13) - lgamma(k + 1) - lgamma(13 - k));
			mean += ways * pow(p, k) * pow(1 - p, 12 - k) * exp(eprocess_log(12, (uint64_t)k, p));
		}
		assert_true(fabs(mean - 1) < 1e-9);
	}
}

static void edges(void **state)
{
	(void)state;
	assert_true(fabs(eprocess_log(0, 0, 0.02)) < 1e-12);
	assert_false(eprocess_stops(0, 0, 0.02, 0.01));
	assert_false(eprocess_stops(1, 1, 0.02, 0.01)); /* one failure is no statistics */
	assert_true(eprocess_stops(2, 2, 0.02, 0.01));
	assert_true(isfinite(eprocess_log(1000000000, 500000000, 0.0001)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(healthy_rollouts_are_not_halted),
		cmocka_unit_test(bad_rollouts_stop_early),
		cmocka_unit_test(successes_never_add_evidence),
		cmocka_unit_test(evidence_is_fair_at_the_tolerated_rate),
		cmocka_unit_test(edges),
	};
	return cmocka_run_group_tests_name("eprocess", tests, NULL, NULL);
}
