/* SPDX-License-Identifier: Apache-2.0 */
/* A rolling hash decides by content which windows count; a table from hash to the parts that hold such a window. */
#include "delta/make/patch_index.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define WINDOW 32u
#define FACTOR 0x9e3779b97f4a7c15u
#define SAMPLE_BITS_MIN 5u
#define SAMPLE_BITS_MAX 16u
#define HOLDERS_MAX 4u /* a window held by more parts says nothing */
#define NONE UINT32_MAX

struct slot {
	uint32_t tag, part; /* part NONE: free */
};

struct patch_index {
	struct slot *v;
	size_t mask, parts;
	unsigned sample_bits;
	uint64_t leaving; /* FACTOR to the power of WINDOW */
};

struct roll {
	const uint8_t *p;
	size_t n, at; /* at: end of the window */
	uint64_t hash;
};

/* The next window that counts; its hash is in `r`. */
static bool roll_next(const struct patch_index *x, struct roll *r)
{
	while (r->at < r->n) {
		r->hash = r->hash * FACTOR + r->p[r->at];
		if (r->at >= WINDOW)
			r->hash -= x->leaving * r->p[r->at - WINDOW];
		r->at++;
		if (r->at >= WINDOW && r->hash >> (64 - x->sample_bits) == 0 && r->hash != 0)
			return true;
	}
	return false;
}

static uint64_t spread(uint64_t hash)
{
	hash ^= hash >> 31;
	hash *= 0xd6e8feb86659fd93u;
	return hash ^ hash >> 32;
}

static void put(struct patch_index *x, uint64_t hash, uint32_t part)
{
	uint64_t h = spread(hash);
	uint32_t tag = (uint32_t)(h >> 32);
	unsigned same = 0;
	size_t i = (size_t)h & x->mask;
	for (; x->v[i].part != NONE; i = (i + 1) & x->mask) {
		if (x->v[i].tag == tag && (x->v[i].part == part || ++same > HOLDERS_MAX))
			return;
	}
	x->v[i] = (struct slot){tag, part};
}

rc patch_index_new(struct bytes base, uint64_t memory, struct patch_index **ret, struct err *e)
{
	struct patch_index *x = mem_alloc(sizeof *x);
	if (!x)
		return err_set(e, ERR_MEMORY, "index of the base: out of memory");
	x->leaving = 1;
	for (unsigned i = 0; i < WINDOW; i++)
		x->leaving *= FACTOR;
	x->parts = (base.n >> PATCH_INDEX_PART_LOG2) + 1;
	size_t slots = 0;
	for (x->sample_bits = SAMPLE_BITS_MIN; x->sample_bits < SAMPLE_BITS_MAX; x->sample_bits++) {
		for (slots = 1024; slots < (base.n >> x->sample_bits) + (base.n >> (x->sample_bits + 1)); slots *= 2)
			;
		if (slots * sizeof(struct slot) <= memory)
			break;
	}
	x->v = mem_array(slots, sizeof *x->v);
	if (!x->v) {
		mem_free(x);
		return err_set(e, ERR_MEMORY, "index of the base: out of memory");
	}
	memset(x->v, 0xff, slots * sizeof *x->v);
	x->mask = slots - 1;
	struct roll r = {.p = base.p, .n = base.n};
	for (size_t used = 0; roll_next(x, &r) && used < slots - slots / 8; used++)
		put(x, r.hash, (uint32_t)((r.at - WINDOW) >> PATCH_INDEX_PART_LOG2));
	*ret = x;
	return RC_OK;
}

void patch_index_free(struct patch_index *x)
{
	if (x)
		mem_free(x->v);
	mem_free(x);
}

size_t patch_index_parts(const struct patch_index *x)
{
	return x->parts;
}

void patch_index_vote(const struct patch_index *x, struct bytes range, uint32_t *votes)
{
	struct roll r = {.p = range.p, .n = range.n};
	while (roll_next(x, &r)) {
		uint64_t h = spread(r.hash);
		uint32_t tag = (uint32_t)(h >> 32), held[HOLDERS_MAX];
		unsigned n = 0;
		for (size_t i = (size_t)h & x->mask; x->v[i].part != NONE && n <= HOLDERS_MAX; i = (i + 1) & x->mask) {
			if (x->v[i].tag != tag)
				continue;
			if (n < HOLDERS_MAX)
				held[n] = x->v[i].part;
			n++;
		}
		for (unsigned k = 0; k < n && n <= HOLDERS_MAX; k++)
			votes[held[k]] += 1 + (n == 1);
	}
}
