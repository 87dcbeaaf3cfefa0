/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in to the owner's page by its form, as a browser does. Pages and heads come from the device: hostile. */
#include "assess/device_session.h"

#include <ctype.h>
#include <stdio.h>

#include "host/os/file.h"
#include "core/base/banned.h"

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define PASSWORD_FILE_MAX 1024

void device_session_close(struct device_session *s)
{
	buf_done_wiped(&s->cookie);
	buf_done_wiped(&s->home);
}

bool device_session_find_cookie(struct bytes head, char *out, size_t size)
{
	struct http_head parsed;
	size_t used = 0;
	char line[512];
	if (http_parse_response(head, &parsed, &used) != HTTP_PARSE_DONE)
		return false;
	const struct http_text *t = http_header(&parsed, "Set-Cookie");
	if (!t || !http_text_copy(*t, line, sizeof line))
		return false;
	size_t n = strcspn(line, ";");
	if (n == 0 || n >= size || !memchr(line, '=', n))
		return false;
	(void)snprintf(out, size, "%.*s", (int)n, line);
	return true;
}

bool device_session_find_csrf(struct bytes page, char *out, size_t size)
{
	static const char mark[] = "name=\"csrf\" value=\"";
	const uint8_t *at = page.n ? memmem(page.p, page.n, mark, sizeof mark - 1) : NULL;
	if (!at)
		return false;
	at += sizeof mark - 1;
	size_t left = page.n - (size_t)(at - page.p), n = 0;
	while (n < left && isxdigit(at[n]))
		n++;
	if (n == 0 || n >= size)
		return false;
	(void)snprintf(out, size, "%.*s", (int)n, (const char *)at);
	return true;
}

static void put_encoded(struct buf *out, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text))
			buf_put_u8(out, (uint8_t)*text);
		else
			buf_putf(out, "%%%02X", (unsigned char)*text);
}

static rc post(const struct device_link *l, const char *path, const char *headers, struct bytes body,
	       struct http_answer *ret, struct err *e)
{
	const struct http_call call = {.method = HTTP_POST,
				       .path = path,
				       .headers = headers,
				       .body = body,
				       .body_max = ENVELOPE_MAX,
				       .deadline_ms = PROBE_CALL_MS};
	return device_link_call(l, &call, ret, e);
}

static rc sign_in(struct device_session *s, const char *password, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf body;
	CLEANUP(http_answer_done) struct http_answer a;
	char cookie[256];
	buf_init(&body, 4096);
	http_answer_init(&a, ENVELOPE_MAX);
	buf_put_text(&body, "password=");
	put_encoded(&body, password);
	rc r = buf_check(&body, "sign-in form", e);
	if (rc_failed(r) || rc_failed(r = post(s->link, "/sign-in", FORM, buf_view(&body), &a, e)))
		return r;
	if (a.status == 429)
		return err_set(e, ERR_BUSY, "the owner page asks to wait");
	if (a.status != 303 || !device_session_find_cookie(buf_view(&a.head), cookie, sizeof cookie))
		return err_set(e, ERR_DENIED, "the owner page did not sign us in (HTTP %d)", a.status);
	buf_putf(&s->cookie, "Cookie: %s\r\n", cookie);
	return buf_check(&s->cookie, "cookie", e);
}

rc device_session_get(const struct device_session *s, const char *path, struct http_answer *ret, struct err *e)
{
	const struct http_call call = {.method = HTTP_GET,
				       .path = path,
				       .headers = buf_text(&s->cookie),
				       .body_max = ENVELOPE_MAX,
				       .deadline_ms = PROBE_CALL_MS};
	return device_link_call(s->link, &call, ret, e);
}

rc device_session_open(const struct device_link *l, struct device_session *ret, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf password;
	CLEANUP(http_answer_done) struct http_answer a;
	*ret = (struct device_session){.link = l};
	buf_init(&ret->cookie, 1024);
	buf_init(&ret->home, ENVELOPE_MAX);
	buf_init(&password, PASSWORD_FILE_MAX);
	http_answer_init(&a, ENVELOPE_MAX);
	if (!l->record)
		return err_set(e, ERR_TRUST, "no genuine factory record describes the unit that answers");
	rc r = device_link_password(l->scope, &password, e);
	if (rc_failed(r) || rc_failed(r = sign_in(ret, buf_text(&password), e)) ||
	    rc_failed(r = device_session_get(ret, "/", &a, e)))
		return r;
	buf_put(&ret->home, buf_view(&a.body));
	if (!device_session_find_csrf(buf_view(&a.body), ret->csrf, sizeof ret->csrf))
		return err_set(e, ERR_INPUT, "the owner page has no form in it");
	return RC_OK;
}

rc device_session_check_now(const struct device_session *s, struct err *e)
{
	CLEANUP(buf_done) struct buf headers, body;
	CLEANUP(http_answer_done) struct http_answer a;
	buf_init(&headers, 2048);
	buf_init(&body, 128);
	http_answer_init(&a, ENVELOPE_MAX);
	buf_putf(&headers, FORM "%s", buf_text(&s->cookie));
	buf_putf(&body, "csrf=%s", s->csrf);
	rc r = buf_check(&headers, "headers", e);
	if (rc_ok(r))
		r = post(s->link, "/check", buf_text(&headers), buf_view(&body), &a, e);
	if (rc_ok(r) && a.status != 303)
		return err_set(e, ERR_DENIED, "the owner page did not start a check (HTTP %d)", a.status);
	return r;
}

rc device_session_try_without(const struct device_link *l, int *ret_status, struct err *e)
{
	CLEANUP(http_answer_done) struct http_answer a;
	http_answer_init(&a, ENVELOPE_MAX);
	/* A session and a form value of our own making; the harmless action, should it be taken. */
	rc r = post(l, "/check", FORM "Cookie: __Host-hallmark=00000000000000000000000000000000\r\n",
		    bytes_of_text("csrf=00000000000000000000000000000000"), &a, e);
	if (rc_ok(r))
		*ret_status = a.status;
	return r;
}
