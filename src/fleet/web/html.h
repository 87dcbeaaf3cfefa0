/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way from a value to HTML. Constants of ours go in with buf_put_text; everything else through here, where it
 * is escaped for text and for double-quoted attributes alike.
 */
#ifndef HALLMARK_FLEET_WEB_HTML_H
#define HALLMARK_FLEET_WEB_HTML_H

#include "core/base/buf.h"
#include "core/base/units.h"

void html_text(struct buf *out, const char *text);

/*
 * A small printf: %s (escaped), %c (escaped), %d, %u, %zu, %lld, %%. The format is a constant of ours and its own
 * characters are not escaped. Any other conversion breaks the buffer (and so the page).
 */
void html_f(struct buf *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* <time datetime=...>22 Nov 2026, 00:12 UTC</time>; "never" for 0. */
void html_time(struct buf *out, struct wall_time t);
void html_date(struct buf *out, struct wall_time t);
/* "3 minutes ago" with the exact time as its title. */
void html_ago(struct buf *out, struct wall_time t, struct wall_time now);

#endif
