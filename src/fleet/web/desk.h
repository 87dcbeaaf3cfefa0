/* SPDX-License-Identifier: Apache-2.0 */
/* One request of a signed-in operator, and the pages that answer it: inside of fleet/web only. */
#ifndef HALLMARK_FLEET_WEB_DESK_H
#define HALLMARK_FLEET_WEB_DESK_H

#include "fleet/web/operator.h"
#include "fleet/web/page.h"

struct desk {
	struct operator_pages *pages;
	const struct http_request *req;
	struct http_response *resp;
	const struct session *session;
	const char *message; /* why the last action was refused, NULL if none */
};

/* Frame of an operator page; `here` is the entry of the menu. */
struct page desk_page(const struct desk *d, const char *title, const char *here);
void desk_problem(const struct desk *d, int status, const char *title, const char *text);
/* 404 for ERR_MISSING, 400 for what the operator can mend, else 500 and a report. */
void desk_failed(const struct desk *d, const struct err *e);
void desk_csrf(const struct desk *d); /* hidden field */
/* A field of the posted form; "" if it is missing or too long. */
void desk_field(const struct desk *d, const char *name, char *out, size_t size);
void desk_audit(const struct desk *d, const char *action, const char *detail);

/* overview_page.c, device_page.c, rollout_page.c, case_page.c */
void overview_page(const struct desk *d);
void device_page_list(const struct desk *d);
void device_page(const struct desk *d, const char *id);
void device_page_erase(const struct desk *d, const char *id);
void rollout_page_list(const struct desk *d);
void rollout_page(const struct desk *d, const char *id);
void rollout_page_act(const struct desk *d, const char *id);
void case_page_list(const struct desk *d);
void case_page(const struct desk *d, const char *number);
void case_page_act(const struct desk *d, const char *number);
void audit_page(const struct desk *d);

/* Words of a device's mode for people; tone for page_pill. */
const char *device_page_tone(const char *mode);

#endif
