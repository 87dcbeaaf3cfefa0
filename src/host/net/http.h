/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 messages, strict (RFC 9112), as a pure codec: bytes in, message out. Both sides of the wire use it. Refused:
 * bare LF, obs-fold, space before the colon, control bytes, two lengths, Transfer-Encoding together with a length,
 * Transfer-Encoding from a client at all, a Host that is missing or doubled.
 */
#ifndef HALLMARK_HOST_NET_HTTP_H
#define HALLMARK_HOST_NET_HTTP_H

#include "core/base/buf.h"

#define HTTP_HEAD_MAX 8192
#define HTTP_HEADERS_MAX 48
#define HTTP_TARGET_MAX 2048

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_METHOD_COUNT };

const char *http_method_name(enum http_method m);
const char *http_status_text(int status);

/* A name or value inside the head; borrowed from it. */
struct http_text {
	const char *p;
	size_t n;
};

struct http_header {
	struct http_text name, value;
};

struct http_head {
	/* requests */
	enum http_method method;
	struct http_text path;	/* starts with '/', undecoded, no query */
	struct http_text query; /* without '?', may be empty */
	/* responses */
	int status;
	/* both */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t headers_n;
	bool has_length, chunked, keep_alive;
	uint64_t length;
};

enum http_parse { HTTP_PARSE_MORE, HTTP_PARSE_DONE, HTTP_PARSE_BAD };

/*
 * Parse a head from the start of `in`. DONE: *ret_used bytes were the head (with its empty line), `ret` borrows from
 * `in`. MORE: not complete yet, and below HTTP_HEAD_MAX. BAD: *ret_status is the answer to give (400, 413, 414, 431,
 * 501, 505).
 */
enum http_parse http_parse_request(struct bytes in, struct http_head *ret, size_t *ret_used, int *ret_status);
enum http_parse http_parse_response(struct bytes in, struct http_head *ret, size_t *ret_used);

/* Value of the first header of this name (case-insensitive), NULL if none. */
const struct http_text *http_header(const struct http_head *h, const char *name);
bool http_text_is(struct http_text t, const char *literal); /* exact */
/* Copy as C string; false if it does not fit or holds NUL. */
bool http_text_copy(struct http_text t, char *out, size_t size);

/*
 * One field of an application/x-www-form-urlencoded text, percent-decoded into `out` (NUL-terminated, valid UTF-8,
 * line breaks allowed, other control characters refused). False if missing, malformed, doubled or too long.
 */
bool http_form_field(struct bytes form, const char *name, char *out, size_t size);

/* Percent-decode one path segment; refuses '/', NUL, and "..". */
bool http_segment_decode(struct http_text in, char *out, size_t size);

#endif
