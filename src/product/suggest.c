/* SPDX-License-Identifier: Apache-2.0 */
/* Edit distance (optimal string alignment) over short texts; three rows on the stack, no allocation. */
#include "product/suggest.h"

#include <stdint.h>
#include <string.h>

#include "core/base/banned.h"

#define LONGEST 48

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t suggest_distance(const char *a, const char *b)
{
	size_t an = strnlen(a, LONGEST + 1), bn = strnlen(b, LONGEST + 1);
	if (an > LONGEST || bn > LONGEST)
		return SIZE_MAX;
	size_t rows[3][LONGEST + 1];
	for (size_t k = 0; k <= bn; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= an; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t k = 1; k <= bn; k++) {
			now[k] = least(least(last[k] + 1, now[k - 1] + 1), last[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				now[k] = least(now[k], before[k - 2] + 1);
		}
	}
	return rows[an % 3][bn];
}

void suggest_try(struct suggest *s, const char *candidate)
{
	size_t d = suggest_distance(s->given, candidate);
	if (!s->best || d < s->distance) {
		s->best = candidate;
		s->distance = d;
	}
}

const char *suggest_best(const struct suggest *s)
{
	size_t n = strnlen(s->given, LONGEST);
	return s->best && s->distance <= (n < 6 ? 1 : n / 3) ? s->best : NULL;
}
