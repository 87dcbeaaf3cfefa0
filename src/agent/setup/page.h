/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's page as HTML (EN303645 5.12-1, 5.3-1, 5.6-3): plain words, no JavaScript, WCAG 2.2 AA. Pure: a view in,
 * text out; every value is escaped here and nowhere else.
 */
#ifndef HALLMARK_AGENT_SETUP_PAGE_H
#define HALLMARK_AGENT_SETUP_PAGE_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/model/reason.h"

#define PAGE_MAX (64 * 1024)

enum page_mode { PAGE_NORMAL, PAGE_SUSPECT, PAGE_ISOLATED, PAGE_RECOVERED, PAGE_MODE_COUNT };

/* What anybody in the home may see before signing in: no version, no details. */
struct page_front {
	enum page_mode mode;
	bool unwatched; /* the check of the device's own files does not run */
	char product[129];
	char isolated_text[257]; /* the maker's words for the owner; "": ours */
};

/* Of updates: what waits, what stands against it, what the owner may do and chose. */
struct page_update {
	char version[65]; /* of the release that is there; "": none */
	bool security, now;
	char reason[REASON_SIZE];  /* why it does not go on now; "none" or "" if it does */
	struct wall_time retry_at; /* 0: not by itself */
	uint64_t fetch_bytes;	   /* 0: not known */
	uint32_t seconds;	   /* 0: not known */
	bool can_decide;	   /* before the switch */
	uint32_t postpone_left;	   /* times; 0: it cannot be put off */
	struct wall_time postpone_until;
	uint8_t automatic; /* enum policy_automatic */
	bool can_turn_off;
	uint8_t window_from, window_to;
	char quiet[168];	     /* a program asked for it: who, why; "" */
	struct wall_time changed_at; /* the last update ended; 0: never */
	bool failed;		     /* and did not work */
	int32_t utc_offset_s;
};

struct page_view {
	struct page_front front;
	char model[65], device[65], version[65];
	struct wall_time support_end;  /* 0: not known */
	struct wall_time last_contact; /* 0: never */
	struct wall_time now;
	char step[17], reason[33];
	struct page_update update;
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
/* The state of updates in one sentence. */
const char *page_update_words(const struct page_view *v);
/* One paragraph and a way back. */
void page_note(const struct page_front *f, const char *title, const char *text, struct buf *out);

/* The sentence for `/?done=CODE`; NULL if there is none. */
const char *page_done_text(const char *code);

const char *page_style(void); /* /style.css */

#endif
