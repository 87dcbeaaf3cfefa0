/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of people into one cell of a table, in Markdown or CSV: whatever it holds, it stays in its cell and is not acted
 * upon. Control characters, also those that turn the direction of writing, are shown as "U+202E"; bytes that are no
 * UTF-8 as U+FFFD.
 */
#ifndef HALLMARK_CORE_CODEC_CELLTEXT_H
#define HALLMARK_CORE_CODEC_CELLTEXT_H

#include "core/base/buf.h"

/* Nothing is escaped. */
void celltext_plain(struct buf *out, const char *text);

/* Every character that could begin markup is escaped; '<' and '&' become entities, as Markdown may hold HTML. */
void celltext_markdown(struct buf *out, const char *text);

/*
 * A field of RFC 4180, in quotes where it needs them. `mark` is ours and stands before the text, like "[derived] "; ""
 * if none. Without a mark, a text that a spreadsheet would take for a formula (it begins with = + - @), or a reader for
 * a mark ('['), gets an apostrophe before it; so does one that begins with an apostrophe, so that taking a first one
 * away always gives the text.
 */
void celltext_csv(struct buf *out, const char *mark, const char *text);

#endif
