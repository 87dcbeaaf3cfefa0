/* SPDX-License-Identifier: Apache-2.0 */
/* A table of the base's blocks by hash, then one walk over the image. */
#include "delta/make/patch_blocks.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define BLOCK PATCH_BLOCKS_BYTES
#define LANES 4u
#define NONE UINT32_MAX

struct slot {
	uint32_t tag, block; /* block NONE: free */
};

struct table {
	struct slot *v;
	size_t mask;
	uint64_t zero_at, zero_length; /* the longest run of zero blocks */
};

static uint64_t load64(const uint8_t *p)
{
	uint64_t w;
	memcpy(&w, p, sizeof w);
	return w;
}

static bool is_zero(const uint8_t *p)
{
	return load64(p) == 0 && memcmp(p, p + 8, BLOCK - 8) == 0;
}

/* Not against an adversary: a collision costs a match, as every match is compared. */
static uint64_t hash_block(const uint8_t *p)
{
	const uint64_t k = 0x9e3779b97f4a7c15u;
	uint64_t h[LANES] = {k, 2 * k, 3 * k, 5 * k};
	for (size_t i = 0; i < BLOCK; i += 8 * LANES) {
		for (size_t l = 0; l < LANES; l++) {
			h[l] = (h[l] ^ load64(p + i + 8 * l)) * k;
			h[l] ^= h[l] >> 29;
		}
	}
	uint64_t all = 0;
	for (size_t l = 0; l < LANES; l++) {
		all = (all ^ h[l]) * k;
		all ^= all >> 32;
	}
	return all;
}

static void put(struct table *t, uint64_t hash, uint32_t block)
{
	uint32_t tag = (uint32_t)(hash >> 32);
	size_t i = (size_t)hash & t->mask;
	for (; t->v[i].block != NONE; i = (i + 1) & t->mask) {
		if (t->v[i].tag == tag)
			return; /* the first one serves */
	}
	t->v[i] = (struct slot){tag, block};
}

static bool get(const struct table *t, struct bytes base, const uint8_t *p, uint64_t *ret)
{
	uint64_t hash = hash_block(p);
	uint32_t tag = (uint32_t)(hash >> 32);
	for (size_t i = (size_t)hash & t->mask; t->v[i].block != NONE; i = (i + 1) & t->mask) {
		uint64_t at = (uint64_t)t->v[i].block * BLOCK;
		if (t->v[i].tag == tag && memcmp(base.p + at, p, BLOCK) == 0) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static rc fill(struct table *t, struct bytes base, struct err *e)
{
	size_t blocks = base.n / BLOCK, slots = 16;
	if (blocks >= NONE)
		return err_set(e, ERR_LIMIT, "base image too long");
	while (slots < 2 * blocks)
		slots *= 2;
	t->v = mem_array(slots, sizeof *t->v);
	if (!t->v)
		return err_set(e, ERR_MEMORY, "table of blocks: out of memory");
	memset(t->v, 0xff, slots * sizeof *t->v);
	t->mask = slots - 1;
	uint64_t run = 0;
	for (size_t b = 0; b < blocks; b++) {
		const uint8_t *p = base.p + b * BLOCK;
		run = is_zero(p) ? run + BLOCK : 0;
		if (run == 0)
			put(t, hash_block(p), (uint32_t)b);
		if (run > t->zero_length) {
			t->zero_length = run;
			t->zero_at = (b + 1) * BLOCK - run;
		}
	}
	return RC_OK;
}

/* Zeroes from `at` on, which no operation continues; returns where they end. */
static uint64_t add_zeroes(const struct table *t, struct bytes image, uint64_t at, struct patch_ops *ret)
{
	uint64_t end = at + BLOCK;
	while (image.n - end >= BLOCK && is_zero(image.p + end))
		end += BLOCK;
	for (uint64_t part; at < end && t->zero_length > 0; at += part) {
		part = end - at < t->zero_length ? end - at : t->zero_length;
		patch_ops_add(ret, at, t->zero_at, part);
	}
	return end;
}

rc patch_blocks_find(struct bytes base, struct bytes image, struct patch_ops *ret, struct err *e)
{
	struct table t = {0};
	rc r = fill(&t, base, e);
	if (rc_failed(r))
		return r;
	uint64_t shift = 0; /* base minus image, modulo 2^64, of the last run */
	for (uint64_t at = 0; image.n - at >= BLOCK;) {
		const uint8_t *p = image.p + at;
		uint64_t from = at + shift;
		if (from < base.n && base.n - from >= BLOCK && memcmp(base.p + from, p, BLOCK) == 0) {
			patch_ops_add(ret, at, from, BLOCK);
		} else if (is_zero(p)) {
			at = add_zeroes(&t, image, at, ret);
			continue;
		} else if (get(&t, base, p, &from)) {
			shift = from - at;
			patch_ops_add(ret, at, from, BLOCK);
		}
		at += BLOCK;
	}
	mem_free(t.v);
	return patch_ops_check(ret, e);
}
