/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's page as a signed-in owner sees it: for what the assessor looks at there, and for the button that makes
 * the device look for updates now.
 */
#ifndef HALLMARK_ASSESS_DEVICE_SESSION_H
#define HALLMARK_ASSESS_DEVICE_SESSION_H

#include "assess/device_link.h"

struct device_session {
	const struct device_link *link;
	struct buf cookie; /* "Cookie: ...\r\n" */
	char csrf[65];	   /* of the page's forms */
	struct buf home;   /* the page after signing in */
};

/* ERR_DENIED, ERR_BUSY as device_link_evidence. Close it also after a failure. */
rc device_session_open(const struct device_link *l, struct device_session *ret, struct err *e) MUST_CHECK;
void device_session_close(struct device_session *s);

/* "Check for updates". */
rc device_session_check_now(const struct device_session *s, struct err *e) MUST_CHECK;
/* GET with the session. Any status is a success. */
rc device_session_get(const struct device_session *s, const char *path, struct http_answer *ret, struct err *e)
	MUST_CHECK;

/* Try to change something without a session: the status it was answered with. */
rc device_session_try_without(const struct device_link *l, int *ret_status, struct err *e) MUST_CHECK;

/* "name=value" of the first Set-Cookie of a response head, and the csrf value of a page. Pure; false if there is none.
 */
bool device_session_find_cookie(struct bytes head, char *out, size_t size);
bool device_session_find_csrf(struct bytes page, char *out, size_t size);

#endif
