/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses as handlers fill them in, and their head as bytes. A header with a line break in it, or one that is the
 * server's own business, breaks the response, so that a mistake in a handler becomes a 500 and not a split response.
 */
#include "host/net/http_response.h"

#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "core/base/banned.h"

void http_response_init(struct http_response *r)
{
	*r = (struct http_response){.status = 200, .file_fd = -1};
	buf_init(&r->headers, HTTP_RESPONSE_HEADERS_MAX);
	buf_init(&r->body, HTTP_RESPONSE_BODY_MAX);
}

void http_response_done(struct http_response *r)
{
	buf_done(&r->headers);
	buf_done_wiped(&r->body);
	if (r->file_fd >= 0)
		(void)close(r->file_fd);
	r->file_fd = -1;
}

/* What the server writes itself: twice would let two readers disagree. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = {"content-length", "transfer-encoding", "connection", "date",
					   "x-content-type-options"};
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	return false;
}

static bool header_ok(const char *name, const char *value)
{
	if (!*name || is_ours(name))
		return false;
	for (const char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '-'))
			return false;
	for (const unsigned char *p = (const unsigned char *)value; *p; p++)
		if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
			return false;
	return true;
}

void http_response_header(struct http_response *r, const char *name, const char *value)
{
	if (header_ok(name, value))
		buf_putf(&r->headers, "%s: %s\r\n", name, value);
	else
		r->headers.broken = ERR_INPUT;
}

void http_response_text(struct http_response *r, int status, const char *type, const char *text)
{
	r->status = status;
	http_response_header(r, "Content-Type", type);
	buf_put_text(&r->body, text);
}

bool http_response_ok(const struct http_response *r)
{
	return r->status >= 200 && r->status <= 599 && r->headers.broken == ERR_NONE && r->body.broken == ERR_NONE;
}

bool http_response_has_body(const struct http_response *r)
{
	return r->status != 204 && r->status != 304;
}

uint64_t http_response_length(const struct http_response *r)
{
	return r->file_fd >= 0 ? r->file_length : r->body.len;
}

/* RFC 9110 5.6.7, whatever the locale. */
static void put_date(struct wall_time at, struct buf *out)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm;
	time_t t = (time_t)at.s;
	if (!gmtime_r(&t, &tm))
		return;
	buf_putf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void http_response_put_head(const struct http_response *r, bool close, struct wall_time now, struct buf *out)
{
	buf_putf(out, "HTTP/1.1 %d %s\r\n", r->status, http_status_text(r->status));
	put_date(now, out);
	buf_put_text(out, "X-Content-Type-Options: nosniff\r\n");
	if (http_response_has_body(r))
		buf_putf(out, "Content-Length: %llu\r\n", (unsigned long long)http_response_length(r));
	if (close)
		buf_put_text(out, "Connection: close\r\n");
	buf_put(out, buf_view(&r->headers));
	buf_put_text(out, "\r\n");
}
