/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way from a value to HTML or SVG. Constants of ours go in with buf_put_text; everything that a device, a
 * person or a file said goes through here, escaped for element content and for attributes in quotes alike.
 */
#ifndef HALLMARK_CORE_CODEC_MARKUP_H
#define HALLMARK_CORE_CODEC_MARKUP_H

#include "core/base/buf.h"

/* Control characters become blanks, but for line breaks and tabs; what is not UTF-8 or not XML becomes '?'. */
void markup_text(struct buf *out, const char *text);

/*
 * A small printf: %s (escaped; NULL is ""), %c (escaped), %d, %u, %zu, %lld, %%. The format is a constant of ours and
 * its own characters are not escaped. Any other conversion breaks the buffer, and so the page.
 */
void markup_putf(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "2031-12-31" as "31 December 2031"; other texts as they are. */
void markup_date(const char *date, char *out, size_t size);

#endif
