/* SPDX-License-Identifier: Apache-2.0 */
/* Carries, ends, and numbers. */
#include "delta/patch_code.h"

#include "core/base/banned.h"

#define NUMBER_LIMIT 60u
#define TOP_BITS 3u /* modelled below the leading one; the others are nearly chance */

#define RATE(n) (uint16_t)(65536 / (2 * (n) + 3))
#define RATES4(n) RATE(n), RATE((n) + 1), RATE((n) + 2), RATE((n) + 3)
#define RATES16(n) RATES4(n), RATES4((n) + 4), RATES4((n) + 8), RATES4((n) + 12)
#define RATES64(n) RATES16(n), RATES16((n) + 16), RATES16((n) + 32), RATES16((n) + 48)

const uint16_t patch_slot_rates[PATCH_SLOT_LIMIT_MAX + 1] = {RATES64(0), RATES64(64), RATES64(128), RATES64(192)};

void patch_code_write(struct patch_code *c, struct buf *out)
{
	*c = (struct patch_code){.out = out, .range = UINT32_MAX};
}

static void read_byte(struct patch_code *c)
{
	c->value = c->value << 8 | (c->pos < c->in.n ? c->in.p[c->pos] : 0);
	c->pos++;
}

void patch_code_read(struct patch_code *c, struct bytes in)
{
	*c = (struct patch_code){.in = in, .range = UINT32_MAX};
	for (int i = 0; i < 4; i++)
		read_byte(c);
}

/* The top byte of `low` is final unless it is 0xff and a carry may come. */
static void write_byte(struct patch_code *c)
{
	uint8_t carry = (uint8_t)(c->low >> 32), top = (uint8_t)(c->low >> 24);
	if (carry || top != 0xff || c->held == 0) {
		if (c->held > 0) {
			buf_put_u8(c->out, (uint8_t)(c->first + carry));
			for (uint64_t i = 1; i < c->held; i++)
				buf_put_u8(c->out, (uint8_t)(0xff + carry));
		}
		c->first = top;
		c->held = 0;
	}
	c->held++;
	c->low = (c->low & 0xffffff) << 8;
}

void patch_code_shift(struct patch_code *c)
{
	if (c->out)
		write_byte(c);
	else
		read_byte(c);
	c->range <<= 8;
}

void patch_code_flush(struct patch_code *c)
{
	for (int i = 0; i < 5; i++)
		write_byte(c);
}

bool patch_code_ok(const struct patch_code *c)
{
	return c->pos == c->in.n;
}

void patch_number_reset(struct patch_number *m)
{
	for (size_t i = 0; i < sizeof *m / sizeof(patch_slot); i++)
		((patch_slot *)m)[i] = PATCH_SLOT_NEW;
}

uint64_t patch_number_code(struct patch_number *m, struct patch_code *c, uint64_t v)
{
	unsigned bits = v ? 64 - (unsigned)__builtin_clzll(v) : 0, node = 1;
	for (int i = 6; i >= 0; i--)
		node = 2 * node + patch_slot_code(&m->size[node], c, bits >> i & 1, NUMBER_LIMIT);
	bits = node - 128;
	if (bits > 64)
		bits = 64; /* only a malformed stream says so */
	if (bits < 2)
		return bits;
	uint64_t got = 1;
	for (unsigned i = bits - 1; i-- > 0;) {
		unsigned bit = (unsigned)(v >> i) & 1;
		if (got < (uint64_t)1 << TOP_BITS)
			bit = patch_slot_code(&m->top[bits - 1][got], c, bit, NUMBER_LIMIT);
		else
			bit = patch_code_bit(c, 1u << 15, bit);
		got = got << 1 | bit;
	}
	return got;
}
