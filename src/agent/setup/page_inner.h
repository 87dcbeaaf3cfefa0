/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces that page.c and page_update.c are made of. */
#ifndef HALLMARK_AGENT_SETUP_PAGE_INNER_H
#define HALLMARK_AGENT_SETUP_PAGE_INNER_H

#include "agent/setup/page.h"

void page_put_csrf(const struct page_view *v, struct buf *out);
void page_put_button(const struct page_view *v, const char *action, const char *attributes, const char *label,
		     struct buf *out);
void page_put_paragraph(struct buf *out, const char *text);
void page_put_row(struct buf *out, const char *name, const char *value);

#define PAGE_MOMENT_SIZE 64
/* "31 December 2031, 02:00", in the device's local time, or UTC and saying so. */
void page_moment(struct wall_time t, int32_t utc_offset_s, char out[PAGE_MOMENT_SIZE]);

/* The section about updates: what is planned and why not, what the owner may do about it, what is chosen. */
void page_update_section(const struct page_view *v, struct buf *out);

#endif
