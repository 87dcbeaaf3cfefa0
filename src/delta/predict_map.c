/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map of addresses: a sorted array of pieces that do not overlap. Sorted by heap, because the library's sort may
 * allocate and the decoder's memory is bounded.
 */
#include "delta/predict_map.h"

#include "core/base/banned.h"

/* A total order, so that every machine sorts alike: by place, the longer first. */
static bool before(const struct predict_map_entry *a, const struct predict_map_entry *b)
{
	if (a->from != b->from)
		return a->from < b->from;
	if (a->length != b->length)
		return a->length > b->length;
	return a->to < b->to;
}

static void sift(struct predict_map_entry *e, size_t root, size_t n)
{
	struct predict_map_entry moved = e[root];
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && before(&e[child], &e[child + 1]))
			child++;
		if (!before(&moved, &e[child]))
			break;
		e[root] = e[child];
	}
	e[root] = moved;
}

static void sort(struct predict_map_entry *e, size_t n)
{
	for (size_t i = n / 2; i > 0; i--)
		sift(e, i - 1, n);
	for (size_t end = n; end > 1; end--) {
		struct predict_map_entry last = e[end - 1];
		e[end - 1] = e[0];
		e[0] = last;
		sift(e, 0, end - 1);
	}
}

static struct predict_map_entry without_start(struct predict_map_entry e, uint64_t cut)
{
	return (struct predict_map_entry){e.from + cut, e.to + cut, e.length - cut};
}

void predict_map_settle(struct predict_map *m)
{
	struct predict_map_entry *e = m->entries;
	uint64_t weight = 0; /* length of the last kept piece before anything was cut off it */
	size_t kept = 0;
	sort(e, m->n);
	for (size_t i = 0; i < m->n; i++) {
		struct predict_map_entry next = e[i];
		if (!next.length)
			continue;
		struct predict_map_entry *last = kept ? &e[kept - 1] : NULL;
		uint64_t into =
			last && last->from + last->length > next.from ? last->from + last->length - next.from : 0;
		uint64_t next_weight = next.length;
		if (into && next_weight > weight)
			last->length -= into;
		else if (into >= next.length)
			continue;
		else
			next = without_start(next, into);
		if (last && !last->length)
			kept--;
		e[kept++] = next;
		weight = next_weight;
	}
	m->n = kept;
}

/* The last piece that begins at or before `from`; the first piece if none does. */
static size_t place(const struct predict_map *m, size_t hint, uint64_t from)
{
	const struct predict_map_entry *e = m->entries;
	if (hint < m->n && e[hint].from <= from && (hint + 1 == m->n || from < e[hint + 1].from))
		return hint;
	/* Without a branch on what is found: targets jump about, and a wrong guess of the processor costs more. */
	size_t low = 0;
	for (size_t left = m->n; left > 1;) {
		size_t half = left / 2;
		low += e[low + half].from <= from ? half : 0;
		left -= half;
	}
	return low;
}

bool predict_map_find(const struct predict_map *m, size_t *hint, uint64_t from, uint64_t *ret_to)
{
	if (!m->n)
		return false;
	*hint = place(m, *hint, from);
	const struct predict_map_entry *e = &m->entries[*hint];
	if (from < e->from || from - e->from >= e->length)
		return false;
	*ret_to = e->to + (from - e->from);
	return true;
}

bool predict_map_guess(const struct predict_map *m, size_t *hint, uint64_t from, uint64_t *ret_to)
{
	if (!m->n)
		return false;
	*hint = place(m, *hint, from);
	const struct predict_map_entry *e = &m->entries[*hint];
	if (from >= e->from && *hint + 1 < m->n && from - e->from >= e->length) {
		uint64_t behind = from - e->from - e->length, ahead = e[1].from - from;
		if (ahead < behind)
			e++;
	}
	*ret_to = e->to + (from - e->from); /* modulo 2^64: a shift */
	return true;
}
