/* SPDX-License-Identifier: Apache-2.0 */
/* Text into HTML and SVG. Everything that a device, a page or a file said goes through markup_text. */
#ifndef HALLMARK_ASSESS_MARKUP_H
#define HALLMARK_ASSESS_MARKUP_H

#include "core/base/buf.h"

/* Escaped for element content and for attributes in double quotes; control characters become blanks. */
void markup_text(struct buf *out, const char *text);

/*
 * printf for markup: the format is markup as it is, and every %s in it is escaped. Knows %s, %zu, %u, %d and %% only.
 */
void markup_putf(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "2031-12-31" as "31 December 2031"; other texts as they are. */
void markup_date(const char *date, char *out, size_t size);

#endif
