/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three questions, coarse to fine: does this page differ anywhere? this chunk? this byte? Then by how much. The answers
 * to the first two are rarely yes, so that copying stays fast.
 */
#include "delta/patch_model.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define PAGE 4096u
#define CHUNK 32u
#define INPUTS 8u
#define FLAG_SLOTS_LOG2 14u
#define VALUE_SLOTS_LOG2 15u
#define FLAG_LIMIT 250u
#define VALUE_LIMIT 120u
#define FLAG_SETS 64u
#define VALUE_SETS 1024u
#define FLAG_RATE 6
#define VALUE_RATE 8
#define STRETCH_MAX 2047

struct mix {
	int32_t inputs[INPUTS];
	patch_slot *slots[INPUTS];
};

struct patch_model {
	uint16_t squash[4096]; /* logistic function, -8 to 8 */
	int16_t stretch[4096]; /* its inverse */
	patch_slot page[1024], chunk[4096];
	patch_slot flags[INPUTS][1 << FLAG_SLOTS_LOG2], values[INPUTS][1 << VALUE_SLOTS_LOG2];
	int32_t flag_weights[FLAG_SETS][INPUTS], value_weights[VALUE_SETS][INPUTS];
	uint32_t pages, chunks; /* recent answers, newest lowest */
	/* About the last bytes: answers, differences, what was predicted. */
	uint32_t history;
	uint64_t deltas, predicted;
	uint8_t last[8]; /* last difference found at each place in a run */
};

/* ---- logistic mixing ---- */

static const uint16_t squash_steps[65] = {
	22,    28,    36,    47,    60,	   77,	  98,	 126,	162,   208,   267,   342,   439,
	562,   720,   922,   1179,  1506,  1921,  2446,	 3108,	3938,  4971,  6249,  7812,  9702,
	11955, 14595, 17625, 21025, 24743, 28693, 32768, 36843, 40793, 44511, 47911, 50941, 53581,
	55834, 57724, 59287, 60565, 61598, 62428, 63090, 63615, 64030, 64357, 64614, 64816, 64974,
	65097, 65194, 65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489, 65500, 65508, 65514,
};

static void fill_tables(struct patch_model *m)
{
	for (int i = 0; i < 4096; i++) {
		int a = squash_steps[i / 64], b = squash_steps[i / 64 + 1];
		m->squash[i] = (uint16_t)(a + (b - a) * (i % 64) / 64);
	}
	int x = 0;
	for (int p = 0; p < 4096; p++) {
		while (x < 4095 && m->squash[x] < p * 16 + 8)
			x++;
		m->stretch[p] = (int16_t)(x - 2048);
	}
}

static inline unsigned mix_code(struct mix *x, struct patch_model *m, struct patch_code *c, int32_t *weights,
				unsigned bit, bool flag)
{
	int64_t dot = 0;
#pragma GCC unroll 8
	for (unsigned i = 0; i < INPUTS; i++) {
		x->inputs[i] = m->stretch[*x->slots[i] >> 20];
		dot += (int64_t)x->inputs[i] * weights[i];
	}
	int64_t at = dot >> 16;
	at = at > STRETCH_MAX ? STRETCH_MAX : at < -STRETCH_MAX ? -STRETCH_MAX : at;
	uint32_t p = m->squash[at + 2048];
	bit = patch_code_bit(c, p, bit);
	int32_t error = ((bit ? 65535 : 0) - (int32_t)p) * (flag ? FLAG_RATE : VALUE_RATE) >> 4;
	uint32_t limit = flag ? FLAG_LIMIT : VALUE_LIMIT;
#pragma GCC unroll 8
	for (unsigned i = 0; i < INPUTS; i++) {
		weights[i] += (x->inputs[i] * error + (1 << 13)) >> 14;
		patch_slot_learn(x->slots[i], bit, limit);
	}
	return bit;
}

/* ---- contexts ---- */

static size_t slot_of(uint32_t kind, uint64_t context, unsigned log2)
{
	uint64_t h = (context + kind + 1) * 0x9e3779b97f4a7c15u;
	return (size_t)(h >> (64 - log2));
}

/* Predicted bytes from `at` on, as a number; beyond `to` zeroes. */
static uint32_t ahead(const uint8_t *bytes, size_t at, size_t to)
{
	uint32_t v = 0;
	for (size_t i = 0; i < 4 && at + i < to; i++)
		v |= (uint32_t)bytes[at + i] << (8 * i);
	return v;
}

struct place {
	const uint8_t *bytes;
	size_t at, to;	 /* in the segment */
	uint64_t behind; /* what the image has before, newest lowest */
	uint32_t ahead;
	bool found; /* the chunk has a differing byte already */
};

static patch_slot *flag_slot(struct patch_model *m, uint32_t kind, uint64_t context)
{
	return &m->flags[kind][slot_of(kind, context, FLAG_SLOTS_LOG2)];
}

static unsigned code_flag(struct patch_model *m, struct patch_code *c, const struct place *p, unsigned bit)
{
	uint32_t h = m->history, now = p->ahead & 0xff, next = p->ahead >> 8 & 0xff;
	uint32_t before = (uint32_t)(p->behind & 0xffffff);
	struct mix x;
	x.slots[0] = flag_slot(m, 0, h & 0xffff);
	x.slots[1] = flag_slot(m, 1, now << 16 | (before & 0xff) << 8 | (h & 15));
	x.slots[2] = flag_slot(m, 2, (uint64_t)before << 8 | (h & 15));
	x.slots[3] = flag_slot(m, 3, now << 16 | next << 8 | (h & 7));
	x.slots[4] = flag_slot(m, 4, (uint64_t)p->ahead << 4 | (h & 3));
	x.slots[5] = flag_slot(m, 5, (p->at & 7) << 16 | (h & 0xff) << 1 | p->found);
	x.slots[6] = flag_slot(m, 6, (before & 0xffff) << 16 | now << 8 | (h & 3));
	x.slots[7] = flag_slot(m, 7, (p->at % CHUNK) << 12 | (h & 0x3f) << 4 | (m->chunks & 7) << 1 | p->found);
	return mix_code(&x, m, c, m->flag_weights[(h & 7) << 1 | p->found], bit, true);
}

static uint8_t code_value(struct patch_model *m, struct patch_code *c, const struct place *p, uint8_t value)
{
	uint32_t now = p->ahead & 0xff, run = 0, previous = (uint32_t)(m->deltas & 0xff);
	while (run < 7 && (m->history >> run & 1))
		run++;
	uint64_t base[INPUTS] = {
		run,
		(uint64_t)previous << 3 | (run < 3 ? run : 3),
		(uint64_t)now << 3 | run,
		(uint64_t)m->last[run] << 3 | run,
		(uint64_t)p->ahead,
		(uint64_t)(p->behind & 0xff) << 16 | now << 8 | previous,
		(p->behind & 0xffff) << 16 | now,
		(m->deltas & 0xffff) << 8 | m->last[run],
	};
	unsigned node = 1;
	patch_slot *near[INPUTS] = {NULL};
	int32_t(*weights)[INPUTS] = &m->value_weights[(run < 3 ? run : 3) << 8];
	for (int i = 7; i >= 0; i--) {
		/* The slots of half a byte stand together. */
		for (uint32_t k = 0; k < INPUTS && i % 4 == 3; k++)
			near[k] = &m->values[k][slot_of(k, base[k] << 8 | node, VALUE_SLOTS_LOG2) & ~(size_t)15];
		struct mix x;
		unsigned half = i >= 4 ? node : (1u << (3 - i)) | (node & ((1u << (3 - i)) - 1));
		for (uint32_t k = 0; k < INPUTS; k++)
			x.slots[k] = near[k] + half;
		node = node << 1 | mix_code(&x, m, c, weights[node], value >> i & 1, false);
	}
	m->last[run] = (uint8_t)node;
	return (uint8_t)node;
}

/* ---- the three questions ---- */

/* A part [from, to) of a copied range that ends at `end`. */
struct stretch {
	uint8_t *bytes;
	const uint8_t *actual; /* NULL: decoding */
	size_t from, to, end;
};

static void code_chunk(struct patch_model *m, struct patch_code *c, const struct stretch *s)
{
	uint8_t *bytes = s->bytes;
	const uint8_t *actual = s->actual;
	struct place p = {.bytes = bytes, .to = s->end};
	for (size_t i = s->from >= 8 ? s->from - 8 : 0; i < s->from; i++)
		p.behind = p.behind << 8 | bytes[i];
	for (size_t at = s->from; at < s->to; at++) {
		p.at = at;
		p.ahead = ahead(bytes, at, s->end);
		uint8_t predicted = bytes[at], delta = 0;
		unsigned differs = 1;
		if (p.found || at + 1 < s->to)
			differs = code_flag(m, c, &p, actual && actual[at] != predicted);
		if (differs) {
			delta = code_value(m, c, &p, actual ? (uint8_t)(actual[at] - predicted) : 0);
			bytes[at] = (uint8_t)(predicted + delta);
			p.found = true;
		}
		m->history = m->history << 1 | differs;
		m->deltas = m->deltas << 8 | delta;
		p.behind = p.behind << 8 | bytes[at];
	}
}

static unsigned log2_of(size_t n)
{
	return n ? 31 - (unsigned)__builtin_clz((unsigned)n) : 0;
}

static bool differ(const uint8_t *bytes, const uint8_t *actual, size_t from, size_t to)
{
	return actual && memcmp(bytes + from, actual + from, to - from) != 0;
}

static void code_page(struct patch_model *m, struct patch_code *c, const struct stretch *page)
{
	for (size_t at = page->from, next; at < page->to; at = next) {
		next = (at / CHUNK + 1) * CHUNK < page->to ? (at / CHUNK + 1) * CHUNK : page->to;
		unsigned size = log2_of(next - at);
		patch_slot *s = &m->chunk[(size << 9 | (m->chunks & 0x1ff)) & 4095];
		unsigned any = patch_slot_code(s, c, differ(page->bytes, page->actual, at, next), FLAG_LIMIT);
		m->chunks = m->chunks << 1 | any;
		if (any) {
			code_chunk(m, c, &(struct stretch){page->bytes, page->actual, at, next, page->end});
		} else {
			m->history <<= 8;
			m->deltas <<= 8;
		}
	}
}

void patch_model_copied(struct patch_model *m, struct patch_code *c, uint8_t *bytes, const uint8_t *actual, size_t from,
			size_t to)
{
	unsigned length = log2_of(to - from);
	length = length < 6 ? 0 : length > 20 ? 14 : length - 6;
	for (size_t at = from, next; at < to; at = next) {
		next = (at / PAGE + 1) * PAGE < to ? (at / PAGE + 1) * PAGE : to;
		unsigned size = log2_of(next - at) / 2;
		patch_slot *s = &m->page[(size << 6 | (m->pages & 3) << 4 | length) & 1023];
		unsigned any = patch_slot_code(s, c, differ(bytes, actual, at, next), FLAG_LIMIT);
		m->pages = m->pages << 1 | any;
		if (any) {
			code_page(m, c, &(struct stretch){bytes, actual, at, next, to});
		} else {
			m->chunks <<= 8;
			m->history <<= 8;
		}
	}
}

/* ---- beginning and end ---- */

struct patch_model *patch_model_new(void)
{
	struct patch_model *m = mem_alloc(sizeof *m);
	if (m)
		fill_tables(m);
	return m;
}

void patch_model_free(struct patch_model *m)
{
	mem_free(m);
}

size_t patch_model_memory(void)
{
	return sizeof(struct patch_model);
}

static void fill_slots(patch_slot *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] = PATCH_SLOT_NEW;
}

static void fill_weights(int32_t (*w)[INPUTS], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < INPUTS; k++)
			w[i][k] = (1 << 16) * 3 / 10;
	}
}

void patch_model_reset(struct patch_model *m)
{
	fill_slots(m->page, ARRAY_LEN(m->page));
	fill_slots(m->chunk, ARRAY_LEN(m->chunk));
	fill_slots(m->flags[0], sizeof m->flags / sizeof(patch_slot));
	fill_slots(m->values[0], sizeof m->values / sizeof(patch_slot));
	fill_weights(m->flag_weights, FLAG_SETS);
	fill_weights(m->value_weights, VALUE_SETS);
	m->pages = m->chunks = m->history = 0;
	m->deltas = m->predicted = 0;
	memset(m->last, 0, sizeof m->last);
}
