/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer that knows its limit. Writing past the limit or out of memory makes it "broken": further
 * writes do nothing, the content stays a valid prefix, and buf_check says why. So a writer may put many parts and
 * look once, at the end, and must look: an unbroken buffer is the only proof that everything is in it.
 */
#ifndef HALLMARK_CORE_BASE_BUF_H
#define HALLMARK_CORE_BASE_BUF_H

#include <stdarg.h>

#include "core/base/bytes.h"
#include "core/base/err.h"

struct buf {
	uint8_t *data; /* always followed by a NUL byte that is not counted, once anything was put */
	size_t len;
	size_t cap;
	size_t max; /* bytes; the limit given at init */
	enum err_code broken;
};

/* `max` in bytes. Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/* Frees the content; leaves an empty buffer with the same limit. Accepts a zeroed buffer. */
void buf_done(struct buf *b);

/* Like buf_done, but wipes the content first: for buffers that held secrets or personal data. */
void buf_done_wiped(struct buf *b);

void buf_reset(struct buf *b); /* length 0, not broken; keeps the memory */

void buf_put(struct buf *b, struct bytes part);
void buf_put_text(struct buf *b, const char *text);
void buf_put_u8(struct buf *b, uint8_t v);
void buf_put_u16(struct buf *b, uint16_t v); /* big-endian, as all integers on our wires */
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_putf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vputf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* Room for n more bytes to be written by the caller, then counted with buf_grew. NULL when broken. */
uint8_t *buf_room(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);

/* Drop the first n bytes (n <= len). */
void buf_drop(struct buf *b, size_t n);

/* ERR_LIMIT or ERR_MEMORY when broken. `what` names the content in the error. */
rc buf_check(const struct buf *b, const char *what, struct err *e) MUST_CHECK;

static inline struct bytes buf_view(const struct buf *b)
{
	return (struct bytes){b->data, b->len};
}

/* The content as text; "" when empty. Borrowed, valid until the next write. */
const char *buf_text(const struct buf *b);

/* Hand the memory to the caller (mem_free it) and empty the buffer. */
char *buf_take_text(struct buf *b);

#endif
