/* SPDX-License-Identifier: Apache-2.0 */
/* The parts one after the other are the text; a table over the first two bytes shortens the search. */
#include "delta/make/patch_suffix.h"

#include <divsufsort.h>

#include "core/base/mem.h"
#include "delta/make/patch_index.h"
#include "core/base/banned.h"

#define COMPARE_MAX 256u /* bytes: longer matches are as good as each other here */
#define AROUND 12	 /* suffixes on either side of the best that are looked at */
#define PAIRS 65536u

struct patch_suffix {
	uint8_t *text;
	int32_t *sa;
	uint32_t *parts;
	size_t n;		   /* bytes of text */
	uint32_t first[PAIRS + 1]; /* of the suffixes that begin with a pair or something larger */
};

static rc copy_text(struct patch_suffix *s, struct bytes base, const uint32_t *parts, size_t n, struct err *e)
{
	const size_t size = (size_t)1 << PATCH_INDEX_PART_LOG2;
	if (n > PATCH_SUFFIX_TEXT_MAX / size)
		return err_set(e, ERR_LIMIT, "suffix array: too much text");
	s->text = mem_array(n ? n : 1, size);
	s->parts = mem_array(n ? n : 1, sizeof *parts);
	if (!s->text || !s->parts)
		return err_set(e, ERR_MEMORY, "suffix array: out of memory");
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)parts[i] * size;
		if (at >= base.n)
			break;
		size_t part = base.n - at < size ? base.n - at : size;
		memcpy(s->text + s->n, base.p + at, part);
		s->n += part;
		s->parts[i] = parts[i];
	}
	return RC_OK;
}

static void fill_first(struct patch_suffix *s)
{
	uint32_t *count = s->first;
	for (size_t i = 0; i + 1 < s->n; i++)
		count[(size_t)s->text[i] << 8 | s->text[i + 1]]++;
	/* The last byte alone sorts before every pair that begins with it. */
	uint32_t sum = 0;
	for (size_t k = 0; k < PAIRS; k++) {
		uint32_t here = count[k];
		if (s->n > 0 && k == (size_t)s->text[s->n - 1] << 8)
			sum++;
		count[k] = sum;
		sum += here;
	}
	count[PAIRS] = sum;
}

static rc sort(struct patch_suffix *s, struct err *e)
{
	s->sa = mem_array(s->n ? s->n : 1, sizeof *s->sa);
	if (!s->sa)
		return err_set(e, ERR_MEMORY, "suffix array: out of memory");
	if (s->n > 0 && divsufsort(s->text, s->sa, (int32_t)s->n) != 0)
		return err_set(e, ERR_MEMORY, "suffix array: libdivsufsort failed");
	fill_first(s);
	return RC_OK;
}

rc patch_suffix_new(struct bytes base, const uint32_t *parts, size_t n, struct patch_suffix **ret, struct err *e)
{
	struct patch_suffix *s = mem_alloc(sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "suffix array: out of memory");
	rc r = copy_text(s, base, parts, n, e);
	if (rc_ok(r))
		r = sort(s, e);
	if (rc_failed(r)) {
		patch_suffix_free(s);
		return r;
	}
	*ret = s;
	return RC_OK;
}

void patch_suffix_free(struct patch_suffix *s)
{
	if (!s)
		return;
	mem_free(s->text);
	mem_free(s->sa);
	mem_free(s->parts);
	mem_free(s);
}

/* How many bytes are equal, at most n; the first `known` are. */
static uint32_t common(const uint8_t *a, const uint8_t *b, uint32_t known, uint32_t n)
{
	uint32_t i = known;
	for (; n - i >= 8; i += 8) {
		uint64_t x, y;
		memcpy(&x, a + i, 8);
		memcpy(&y, b + i, 8);
		if (x != y)
			return i + (uint32_t)__builtin_ctzll(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
								     ? x ^ y
								     : __builtin_bswap64(x ^ y)) /
					   8;
	}
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

static uint32_t match_at(const struct patch_suffix *s, struct bytes wanted, uint32_t row, uint32_t known)
{
	size_t at = (size_t)s->sa[row], left = s->n - at;
	uint32_t n = (uint32_t)(left < wanted.n ? left : wanted.n);
	return common(s->text + at, wanted.p, known < n ? known : n, n);
}

/* The first row of [lo, hi) whose suffix is not before `wanted`. */
static uint32_t lower_bound(const struct patch_suffix *s, struct bytes wanted, uint32_t lo, uint32_t hi)
{
	uint32_t known_lo = 0, known_hi = 0;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		uint32_t n = match_at(s, wanted, mid, known_lo < known_hi ? known_lo : known_hi);
		size_t at = (size_t)s->sa[mid] + n;
		if (n < wanted.n && (at >= s->n || s->text[at] < wanted.p[n])) {
			lo = mid + 1;
			known_lo = n;
		} else {
			hi = mid;
			known_hi = n;
		}
	}
	return lo;
}

static uint64_t base_of(const struct patch_suffix *s, uint32_t row)
{
	size_t at = (size_t)s->sa[row];
	return ((uint64_t)s->parts[at >> PATCH_INDEX_PART_LOG2] << PATCH_INDEX_PART_LOG2) +
	       (at & (((size_t)1 << PATCH_INDEX_PART_LOG2) - 1));
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

struct query {
	struct bytes wanted;
	uint32_t least;
	uint64_t near;
};

/* Rows from `row` on in steps of `step`, as long as they match well. Keeps the longest, and the nearest. */
static void look_around(const struct patch_suffix *s, const struct query *q, int64_t row, int step,
			struct patch_suffix_match ret[2])
{
	const uint64_t near = q->near;
	for (int k = 0; k < AROUND && row >= 0 && (uint64_t)row < s->n; k++, row += step) {
		struct patch_suffix_match m = {base_of(s, (uint32_t)row), match_at(s, q->wanted, (uint32_t)row, 0)};
		if (m.length < q->least)
			return;
		bool nearer = distance(m.base, near) < distance(ret[0].base, near);
		if (m.length > ret[0].length || (m.length == ret[0].length && nearer))
			ret[0] = m;
		if (ret[1].length == 0 || distance(m.base, near) < distance(ret[1].base, near))
			ret[1] = m;
	}
}

size_t patch_suffix_find(const struct patch_suffix *s, struct bytes wanted, uint32_t least, uint64_t near,
			 struct patch_suffix_match ret[2])
{
	ret[0] = ret[1] = (struct patch_suffix_match){0};
	if (wanted.n < 2 || wanted.n < least || s->n == 0)
		return 0;
	if (wanted.n > COMPARE_MAX)
		wanted.n = COMPARE_MAX;
	size_t pair = (size_t)wanted.p[0] << 8 | wanted.p[1];
	uint32_t row = lower_bound(s, wanted, s->first[pair], s->first[pair + 1]);
	const struct query q = {wanted, least, near};
	look_around(s, &q, row, 1, ret);
	look_around(s, &q, (int64_t)row - 1, -1, ret);
	if (ret[0].length == 0)
		return 0;
	return ret[1].base == ret[0].base ? 1 : 2;
}
