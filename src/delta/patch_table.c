/* SPDX-License-Identifier: Apache-2.0 */
/* A column at a time would need all of them at once; so it is row by row, and each column has its own models. */
#include "delta/patch_table.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define LIMIT 120u
#define RECENT 14u
#define NEXT RECENT /* the base goes on where the operation before ended */
#define NEW (RECENT + 1)
#define CLASSES 3u

struct columns {
	struct patch_number gap[2], length[CLASSES * 2], jump[2];
	patch_slot has_gap[64], kind[256][16], sign[4], low[16], middle[256];
};

struct table {
	struct columns *m;
	uint64_t recent[RECENT]; /* base minus image, modulo 2^64 */
	uint64_t image, base;	 /* ends of the operation before */
	unsigned kind, gaps;
};

static unsigned class_of(unsigned kind)
{
	return kind == NEW ? 2 : kind == 0 ? 0 : 1;
}

static void fill(struct columns *m)
{
	patch_slot *all = (patch_slot *)m;
	for (size_t i = 0; i < sizeof *m / sizeof *all; i++)
		all[i] = PATCH_SLOT_NEW;
}

static unsigned tree(patch_slot *s, struct patch_code *c, unsigned bits, unsigned v)
{
	unsigned node = 1;
	for (unsigned i = bits; i-- > 0;)
		node = node << 1 | patch_slot_code(&s[node], c, v >> i & 1, LIMIT);
	return node - (1u << bits);
}

/* How `shift` can be said. */
static unsigned kind_of(const struct table *t, uint64_t shift, uint64_t image)
{
	for (unsigned i = 0; i < RECENT; i++) {
		if (t->recent[i] == shift)
			return i;
	}
	return image + shift == t->base ? NEXT : NEW;
}

/* A distance against the last one. Addresses and blocks are aligned: the low bits come first. */
static uint64_t code_jump(struct table *t, struct patch_code *c, uint64_t shift)
{
	struct columns *m = t->m;
	uint64_t by = shift - t->recent[0];
	unsigned down = patch_slot_code(&m->sign[t->kind == NEW], c, by >> 63 & 1, LIMIT);
	uint64_t size = down ? 0 - by : by;
	uint64_t low = tree(m->low, c, 4, (unsigned)size & 15);
	if (low == 0) {
		uint64_t middle = tree(m->middle, c, 8, (unsigned)(size >> 4) & 255);
		size = patch_number_code(&m->jump[0], c, size >> 12) << 12 | middle << 4;
	} else {
		size = patch_number_code(&m->jump[1], c, size >> 4) << 4 | low;
	}
	return t->recent[0] + (down ? 0 - size : size);
}

static void remember(struct table *t, unsigned kind, uint64_t shift)
{
	unsigned i = kind < RECENT ? kind : RECENT - 1;
	memmove(t->recent + 1, t->recent, i * sizeof *t->recent);
	t->recent[0] = shift;
}

static struct patch_op code_one(struct table *t, struct patch_code *c, struct patch_op op)
{
	struct columns *m = t->m;
	uint64_t gap = op.image - t->image;
	unsigned has = patch_slot_code(&m->has_gap[(t->gaps & 7) << 2 | class_of(t->kind)], c, gap > 0, LIMIT);
	if (has)
		gap = patch_number_code(&m->gap[t->kind == NEW], c, gap - 1) + 1;
	else
		gap = 0;
	t->gaps = t->gaps << 1 | has;
	op.image = t->image + gap;
	uint64_t shift = op.base - op.image;
	unsigned kind = c->out ? kind_of(t, shift, op.image) : 0;
	kind = tree(m->kind[t->kind << 1 | has], c, 4, kind);
	if (kind == NEW)
		shift = code_jump(t, c, shift);
	else
		shift = kind == NEXT ? t->base - op.image : t->recent[kind];
	op.base = op.image + shift;
	op.length = (uint32_t)patch_number_code(&m->length[class_of(kind) << 1 | has], c, op.length - 1u) + 1;
	remember(t, kind, shift);
	t->kind = kind;
	t->image = op.image + op.length;
	t->base = op.base + op.length;
	return op;
}

static rc check(const struct patch_op *op, uint64_t from, const struct patch_limits *l, struct err *e)
{
	if (op->image < from || op->image >= l->image_to || op->length == 0 || op->length > l->image_to - op->image)
		return err_set(e, ERR_INPUT, "an operation outside its group");
	if (op->base >= l->base_length || op->length > l->base_length - op->base)
		return err_set(e, ERR_INPUT, "an operation outside the base");
	return RC_OK;
}

rc patch_table_code(struct patch_code *c, struct patch_op *ops, size_t n, const struct patch_limits *limits,
		    struct err *e)
{
	struct table t = {.m = mem_alloc(sizeof *t.m), .image = limits->image_from};
	rc r = t.m ? RC_OK : err_set(e, ERR_MEMORY, "operations: out of memory");
	if (rc_ok(r))
		fill(t.m);
	for (size_t i = 0; rc_ok(r) && i < n; i++) {
		uint64_t from = t.image;
		ops[i] = code_one(&t, c, ops[i]);
		r = check(&ops[i], from, limits, e);
	}
	mem_free(t.m);
	return r;
}
