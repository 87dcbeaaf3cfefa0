/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading cursor over borrowed bytes. Reading past the end makes it "bad" and returns zeroes; look once at the end
 * with cur_ok. Nothing is ever read outside the view.
 */
#ifndef HALLMARK_CORE_BASE_CUR_H
#define HALLMARK_CORE_BASE_CUR_H

#include "core/base/bytes.h"

struct cur {
	struct bytes in;
	size_t pos;
	bool bad;
};

static inline struct cur cur_of(struct bytes in)
{
	return (struct cur){.in = in};
}

static inline size_t cur_left(const struct cur *c)
{
	return c->in.n - c->pos;
}

static inline struct bytes cur_take(struct cur *c, size_t n)
{
	if (c->bad || n > cur_left(c)) {
		c->bad = true;
		return (struct bytes){0};
	}
	struct bytes part = {c->in.p + c->pos, n};
	c->pos += n;
	return part;
}

/* Exactly n bytes into `out`; when they are not there, `out` stays as it is and the cursor is bad. */
static inline void cur_copy(struct cur *c, void *out, size_t n)
{
	struct bytes part = cur_take(c, n);
	if (part.p)
		memcpy(out, part.p, part.n);
}

static inline uint64_t cur_be(struct cur *c, size_t width)
{
	struct bytes part = cur_take(c, width);
	uint64_t v = 0;
	for (size_t i = 0; i < part.n; i++)
		v = v << 8 | part.p[i];
	return v;
}

static inline uint8_t cur_u8(struct cur *c)
{
	return (uint8_t)cur_be(c, 1);
}

static inline uint16_t cur_u16(struct cur *c)
{
	return (uint16_t)cur_be(c, 2);
}

static inline uint32_t cur_u32(struct cur *c)
{
	return (uint32_t)cur_be(c, 4);
}

static inline uint64_t cur_u64(struct cur *c)
{
	return cur_be(c, 8);
}

/* Everything read was there, and nothing is left over. */
static inline bool cur_ok(const struct cur *c)
{
	return !c->bad && c->pos == c->in.n;
}

#endif
