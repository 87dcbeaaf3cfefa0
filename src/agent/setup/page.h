/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's page as HTML (EN303645 5.12-1, 5.3-1, 5.6-3): plain words, no JavaScript, WCAG 2.2 AA. Pure: a view in,
 * text out; every value is escaped here and nowhere else.
 */
#ifndef HALLMARK_AGENT_SETUP_PAGE_H
#define HALLMARK_AGENT_SETUP_PAGE_H

#include "core/base/buf.h"
#include "core/base/units.h"

#define PAGE_MAX (64 * 1024)

enum page_mode { PAGE_NORMAL, PAGE_SUSPECT, PAGE_ISOLATED, PAGE_RECOVERED, PAGE_MODE_COUNT };

/* What anybody in the home may see before signing in: no version, no details. */
struct page_front {
	enum page_mode mode;
	bool unwatched; /* the check of the device's own files does not run */
	char product[129];
	char isolated_text[257]; /* the maker's words for the owner; "": ours */
};

struct page_view {
	struct page_front front;
	char model[65], device[65], version[65];
	struct wall_time support_end;  /* 0: not known */
	struct wall_time last_contact; /* 0: never */
	struct wall_time now;
	char step[17], reason[33], offered[65];
	bool factory_password;
	bool firewall;
	char firewall_reason[129];
	uint32_t records;
	uint64_t record_bytes;
	bool has_receipt;
	char finding[257]; /* the first changed file, "" if none */
	char csrf[33];	   /* hex */
};

/* `message` is shown as an alert above the form; NULL: none. */
void page_sign_in(const struct page_front *f, const char *message, struct buf *out);
void page_home(const struct page_view *v, const char *message, struct buf *out);
void page_erase_confirm(const struct page_view *v, struct buf *out);
/* One paragraph and a way back. */
void page_note(const struct page_front *f, const char *title, const char *text, struct buf *out);

/* The sentence for `/?done=CODE`; NULL if there is none. */
const char *page_done_text(const char *code);

const char *page_style(void); /* /style.css */

#endif
