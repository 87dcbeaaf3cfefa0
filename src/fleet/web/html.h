/* SPDX-License-Identifier: Apache-2.0 */
/* Times in HTML. Everything else that is a value goes through core/codec/markup.h. */
#ifndef HALLMARK_FLEET_WEB_HTML_H
#define HALLMARK_FLEET_WEB_HTML_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/codec/markup.h"

/* <time datetime=...>22 Nov 2026, 00:12 UTC</time>; "never" for 0. */
void html_time(struct buf *out, struct wall_time t);
void html_date(struct buf *out, struct wall_time t);
/* "3 minutes ago" with the exact time as its title. */
void html_ago(struct buf *out, struct wall_time t, struct wall_time now);

#endif
