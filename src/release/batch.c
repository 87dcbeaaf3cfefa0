/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of a batch of passwords: form, duplicates, shared beginnings, and chi-square tests of the characters and of
 * the steps between neighbours. Thresholds are set for one false alarm in about ten million batches.
 */
#include "release/batch.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

#define SYMBOLS 32
#define CHI2_LIMIT 95.0 /* 31 degrees of freedom: p is about 2e-8; up to 27 tests in a batch */

static const char alphabet[SYMBOLS + 1] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int symbol(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

static rc check_form(const char *const *passwords, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (strnlen(passwords[i], BATCH_PASSWORD_CHARS + 1) != BATCH_PASSWORD_CHARS)
			return err_set(e, ERR_TRUST, "batch: password %zu has not %d characters", i + 1,
				       BATCH_PASSWORD_CHARS);
		for (size_t k = 0; k < BATCH_PASSWORD_CHARS; k++)
			if (symbol(passwords[i][k]) < 0)
				return err_set(e, ERR_TRUST, "batch: password %zu has a character outside base32",
					       i + 1);
	}
	return RC_OK;
}

static int by_text(const void *a, const void *b)
{
	const char *const *ta = a;
	const char *const *tb = b;
	return strcmp(*ta, *tb);
}

/* Sorted, two passwords with a long common beginning are neighbours. */
static rc check_distinct(const char *const *passwords, size_t n, struct err *e)
{
	MEM_AUTO const char **sorted = mem_array(n, sizeof *sorted);
	if (!sorted)
		return err_set(e, ERR_MEMORY, "batch: out of memory");
	memcpy(sorted, passwords, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_text);
	for (size_t i = 1; i < n; i++) {
		size_t same = 0;
		while (same < BATCH_PASSWORD_CHARS && sorted[i][same] == sorted[i - 1][same])
			same++;
		if (same == BATCH_PASSWORD_CHARS)
			return err_set(e, ERR_TRUST, "batch: two units would have the same password");
		if (same > BATCH_SHARED_PREFIX_MAX)
			return err_set(e, ERR_TRUST, "batch: two passwords begin with the same %zu characters", same);
	}
	return RC_OK;
}

static double chi_square(const size_t count[SYMBOLS], size_t total)
{
	double expected = (double)total / SYMBOLS, sum = 0;
	for (size_t i = 0; i < SYMBOLS; i++)
		sum += ((double)count[i] - expected) * ((double)count[i] - expected) / expected;
	return sum;
}

static rc skewed(const char *what, struct err *e)
{
	(void)err_set(e, ERR_TRUST, "batch: %s are not evenly spread", what);
	return err_hint(e, "the random generator of this machine must not be used; find out why");
}

/* At each place every symbol should be as frequent as the others, and so should every step to the next unit. */
static rc check_spread(const char *const *passwords, size_t n, struct err *e)
{
	size_t all[SYMBOLS] = {0};
	for (size_t k = 0; k < BATCH_PASSWORD_CHARS; k++) {
		size_t here[SYMBOLS] = {0}, steps[SYMBOLS] = {0};
		for (size_t i = 0; i < n; i++) {
			int s = symbol(passwords[i][k]);
			all[s]++;
			here[s]++;
			if (i)
				steps[(s - symbol(passwords[i - 1][k]) + SYMBOLS) % SYMBOLS]++;
		}
		if (chi_square(here, n) > CHI2_LIMIT + (double)SYMBOLS)
			return skewed("the characters at one place", e);
		if (chi_square(steps, n - 1) > CHI2_LIMIT + (double)SYMBOLS)
			return skewed("the differences between neighbours", e);
	}
	return chi_square(all, n * BATCH_PASSWORD_CHARS) > CHI2_LIMIT ? skewed("the characters", e) : RC_OK;
}

rc batch_check(const char *const *passwords, size_t n, struct err *e)
{
	if (n == 0)
		return err_set(e, ERR_INPUT, "batch: empty");
	rc r = check_form(passwords, n, e);
	if (rc_ok(r))
		r = check_distinct(passwords, n, e);
	if (rc_ok(r) && n >= BATCH_STATISTICS_MIN)
		r = check_spread(passwords, n, e);
	return r;
}
