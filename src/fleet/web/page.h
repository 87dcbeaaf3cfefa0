/* SPDX-License-Identifier: Apache-2.0 */
/* What every page has: headers that let a browser trust nothing else, the frame, the style sheet. */
#ifndef HALLMARK_FLEET_WEB_PAGE_H
#define HALLMARK_FLEET_WEB_PAGE_H

#include "host/net/http_server.h"

struct page_link {
	const char *href, *text;
};

struct page {
	const char *title;
	const char *brand;	      /* left above: the company, or the service */
	const char *here;	      /* href of the current entry of the menu, NULL if none */
	const struct page_link *menu; /* ends with a zero row; NULL: none */
	const char *csrf;	      /* signed in: token of the sign-out form; NULL: no such form */
	const char *foot;	      /* one line at the foot */
};

/* Headers and the frame up to <main>; the body goes to resp->body. */
void page_begin(struct http_response *resp, int status, const struct page *p);
void page_end(struct http_response *resp, const struct page *p);

/* Security headers alone, for what is not a page. */
void page_headers(struct http_response *resp);
void page_style(struct http_response *resp); /* /style.css */
void page_redirect(struct http_response *resp, const char *to);

/* A label in a colour and a word: "ok", "warn", "bad", "info", "quiet". */
void page_pill(struct buf *out, const char *tone, const char *text);

#endif
