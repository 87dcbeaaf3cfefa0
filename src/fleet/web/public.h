/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public pages: who we are, how to report, the form, the state of one's case, support periods, security.txt.
 * EN303645 5.2-1, 5.3-13. This side can hand in a report and ask about a case by its secret; it can read no case.
 */
#ifndef HALLMARK_FLEET_WEB_PUBLIC_H
#define HALLMARK_FLEET_WEB_PUBLIC_H

#include "fleet/disclosure/disclosure.h"
#include "fleet/web/site.h"
#include "host/net/http_server.h"

#define PUBLIC_BODY_MAX 65536
#define PUBLIC_EVENTS_MAX 16

struct public_event {
	struct wall_time at;
	enum disclosure_state state;
	char note[DISCLOSURE_NOTE_SIZE];
};

struct public_case {
	char number[DISCLOSURE_NUMBER_SIZE];
	enum disclosure_state state;
	struct wall_time received, told;
	struct public_event events[PUBLIC_EVENTS_MAX];
	size_t events_n;
};

/* Where reports go: another process. */
struct public_ops {
	void *ctx;
	rc (*report)(void *ctx, const struct disclosure_report *r, char ret_number[DISCLOSURE_NUMBER_SIZE],
		     char ret_secret[DISCLOSURE_SECRET_SIZE], struct err *e);
	rc (*look)(void *ctx, const char *secret, struct public_case *ret, struct err *e); /* ERR_MISSING */
};

struct public_pages {
	const struct site *site;
	const char *security_txt; /* from the compiled declaration, or NULL: made from the site */
	struct public_ops ops;
	struct disclosure_limit limit;
	void (*report)(void *ctx, const char *text); /* our own failures, for the role's log; may be NULL */
	void *report_ctx;
};

/* ctx is a struct public_pages. */
void public_handle(void *ctx, const struct http_request *req, struct http_response *resp);

#endif
