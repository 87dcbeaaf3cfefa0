/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded growing buffer: growth by doubling, limit checked before memory is asked for. */
#include "core/base/buf.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

#define BUF_FIRST_CAP 64u

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_done(struct buf *b)
{
	size_t max = b->max;
	mem_free(b->data);
	*b = (struct buf){.max = max};
}

void buf_done_wiped(struct buf *b)
{
	if (b->data)
		mem_wipe(b->data, b->cap);
	buf_done(b);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->broken = ERR_NONE;
	if (b->data)
		b->data[0] = 0;
}

static bool grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST_CAP;
	while (cap < need + 1)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	/* Not realloc: it may leave the old bytes, perhaps secret, behind unwiped. */
	uint8_t *data = mem_alloc(cap);
	if (!data) {
		b->broken = ERR_MEMORY;
		return false;
	}
	if (b->data) {
		memcpy(data, b->data, b->len);
		mem_wipe(b->data, b->len);
		mem_free(b->data);
	}
	b->data = data;
	b->cap = cap;
	return true;
}

uint8_t *buf_room(struct buf *b, size_t n)
{
	if (b->broken != ERR_NONE)
		return NULL;
	if (n > b->max - b->len) {
		b->broken = ERR_LIMIT;
		return NULL;
	}
	if (b->len + n + 1 > b->cap && !grow(b, b->len + n))
		return NULL;
	return b->data + b->len;
}

void buf_grew(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = 0;
}

void buf_put(struct buf *b, struct bytes part)
{
	uint8_t *at = buf_room(b, part.n);
	if (!at)
		return;
	if (part.n)
		memcpy(at, part.p, part.n);
	buf_grew(b, part.n);
}

void buf_put_text(struct buf *b, const char *text)
{
	buf_put(b, bytes_of_text(text));
}

void buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put(b, bytes_of(&v, 1));
}

static void put_be(struct buf *b, uint64_t v, size_t width)
{
	uint8_t be[8];
	for (size_t i = 0; i < width; i++)
		be[i] = (uint8_t)(v >> (8 * (width - 1 - i)));
	buf_put(b, bytes_of(be, width));
}

void buf_put_u16(struct buf *b, uint16_t v)
{
	put_be(b, v, 2);
}

void buf_put_u32(struct buf *b, uint32_t v)
{
	put_be(b, v, 4);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	put_be(b, v, 8);
}

void buf_vputf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	uint8_t *at = n < 0 ? NULL : buf_room(b, (size_t)n);
	if (!at)
		return;
	(void)vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
	buf_grew(b, (size_t)n);
}

void buf_putf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vputf(b, fmt, ap);
	va_end(ap);
}

void buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = 0;
}

rc buf_check(const struct buf *b, const char *what, struct err *e)
{
	if (b->broken == ERR_NONE)
		return RC_OK;
	if (b->broken == ERR_LIMIT)
		return err_set(e, ERR_LIMIT, "%s is larger than its limit of %zu bytes", what, b->max);
	if (b->broken == ERR_MEMORY)
		return err_set(e, b->broken, "%s: out of memory", what);
	return err_set(e, b->broken, "%s: what should go into it is not right", what);
}

const char *buf_text(const struct buf *b)
{
	return b->data ? (const char *)b->data : "";
}

char *buf_take_text(struct buf *b)
{
	char *text = (char *)b->data;
	if (!text)
		text = mem_dup_text("");
	*b = (struct buf){.max = b->max};
	return text;
}
