/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An adaptive binary arithmetic coder, both sides in one: with the same models, "code this bit" writes it or reads it,
 * so that maker and device cannot disagree. Integers only: the same on every machine. Reading past the end gives zeroes
 * and is seen in patch_code_ok; what is decoded is bounded by the caller, never by the input.
 */
#ifndef HALLMARK_DELTA_PATCH_CODE_H
#define HALLMARK_DELTA_PATCH_CODE_H

#include "core/base/buf.h"

struct patch_code {
	struct buf *out; /* NULL: reading */
	struct bytes in;
	size_t pos;
	uint32_t range, value; /* value: of the reader */
	uint64_t low;	       /* of the writer */
	uint64_t held;	       /* bytes that a carry may still change */
	uint8_t first;	       /* of them; the others are 0xff */
};

void patch_code_write(struct patch_code *c, struct buf *out);
void patch_code_read(struct patch_code *c, struct bytes in);
void patch_code_flush(struct patch_code *c); /* end of writing */
/* Reading: nothing was missing and nothing is left over. */
bool patch_code_ok(const struct patch_code *c);

void patch_code_shift(struct patch_code *c); /* of patch_code_bit */

/* `p`: probability of a 1, in 1/65536, not 0. Returns the bit: the one given when writing. */
static inline unsigned patch_code_bit(struct patch_code *c, uint32_t p, unsigned bit)
{
	uint32_t bound = (c->range >> 16) * p;
	if (!c->out)
		bit = c->value < bound;
	if (bit) {
		c->range = bound;
	} else {
		c->low += bound;
		c->value -= bound;
		c->range -= bound;
	}
	while (c->range < 1u << 24)
		patch_code_shift(c);
	return bit;
}

/* A probability that learns: 22 bits of it, and how often it was used. */
typedef uint32_t patch_slot;

#define PATCH_SLOT_NEW ((patch_slot)1 << 31)

static inline uint32_t patch_slot_p(patch_slot s)
{
	uint32_t p = s >> 16;
	return p < 24 ? 24 : p > 65512 ? 65512 : p;
}

#define PATCH_SLOT_LIMIT_MAX 255u

extern const uint16_t patch_slot_rates[PATCH_SLOT_LIMIT_MAX + 1]; /* 32768 / (n + 1.5) */

/* Learns fast at first; never slower than 1 / (limit + 1.5). */
static inline void patch_slot_learn(patch_slot *s, unsigned bit, uint32_t limit)
{
	uint32_t n = *s & 1023;
	int32_t p = (int32_t)(*s >> 10), by = (bit ? (1 << 22) - 1 : 0) - p;
	p += ((by >> 7) * patch_slot_rates[n]) >> 8;
	*s = (uint32_t)p << 10 | (n < limit ? n + 1 : limit);
}

static inline unsigned patch_slot_code(patch_slot *s, struct patch_code *c, unsigned bit, uint32_t limit)
{
	bit = patch_code_bit(c, patch_slot_p(*s), bit);
	patch_slot_learn(s, bit, limit);
	return bit;
}

/* A number of any size: how many bits it has, then the upper ones of them, with a probability each. */
struct patch_number {
	patch_slot size[128], top[64][16];
};

void patch_number_reset(struct patch_number *m);
uint64_t patch_number_code(struct patch_number *m, struct patch_code *c, uint64_t v);

#endif
