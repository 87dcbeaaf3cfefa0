/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integers of the tables in a patch: seven bits a byte, low ones first, the top bit says that more follow. Only the
 * shortest form is accepted, so that a table has one encoding. Signed ones fold their sign into the lowest bit.
 */
#ifndef HALLMARK_DELTA_VARINT_H
#define HALLMARK_DELTA_VARINT_H

#include "core/base/buf.h"
#include "core/base/cur.h"

static inline uint64_t varint_read(struct cur *c)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b = cur_u8(c);
		v |= (uint64_t)(b & 0x7f) << shift;
		if (b & 0x80)
			continue;
		if ((b == 0 && shift) || (shift == 63 && b > 1))
			c->bad = true;
		return c->bad ? 0 : v;
	}
	c->bad = true;
	return 0;
}

static inline void varint_put(struct buf *b, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		buf_put_u8(b, (uint8_t)(v | 0x80));
	buf_put_u8(b, (uint8_t)v);
}

/* Signed numbers travel as two's complement in a uint64_t, here and wherever they are added: no overflow is undefined.
 */
static inline uint64_t varint_read_signed(struct cur *c)
{
	uint64_t v = varint_read(c);
	return (v >> 1) ^ (0 - (v & 1));
}

static inline void varint_put_signed(struct buf *b, uint64_t v)
{
	varint_put(b, (v << 1) ^ (0 - (v >> 63)));
}

#endif
