/* SPDX-License-Identifier: Apache-2.0 */
/* The client's reading of a stranger: the head, then chunks, which must decode alike whole and byte by byte. */
#include <stdlib.h>

#include "host/net/http_chunks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static enum http_parse decode(struct bytes in, size_t step, struct buf *out, size_t *ret_used)
{
	struct http_chunks c = {0};
	enum http_parse p = HTTP_PARSE_MORE;
	size_t at = 0;
	while (at < in.n && p == HTTP_PARSE_MORE) {
		size_t used = 0;
		struct bytes piece = {0};
		p = http_chunks_step(&c, bytes_of(in.p + at, in.n - at < step ? in.n - at : step), &used, &piece);
		if (p == HTTP_PARSE_BAD)
			break;
		if (used == 0 && p == HTTP_PARSE_MORE)
			abort();
		buf_put(out, piece);
		at += used;
	}
	*ret_used = at;
	return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct http_head h;
	size_t used, whole_used, bytes_used;
	struct bytes rest = bytes_of(data, n);
	if (http_parse_response(rest, &h, &used) == HTTP_PARSE_DONE) {
		if (used > n || used > HTTP_HEAD_MAX || h.status < 100 || h.status > 599 || (h.chunked && h.has_length))
			abort();
		rest = bytes_of(data + used, n - used);
	}
	struct buf whole, by_byte;
	buf_init(&whole, n + 1);
	buf_init(&by_byte, n + 1);
	enum http_parse a = decode(rest, n + 1, &whole, &whole_used);
	enum http_parse b = decode(rest, 1, &by_byte, &bytes_used);
	if (a != b || whole.broken != ERR_NONE ||
	    (a != HTTP_PARSE_BAD && !bytes_equal(buf_view(&whole), buf_view(&by_byte))))
		abort();
	if (a == HTTP_PARSE_DONE && whole_used != bytes_used)
		abort();
	buf_done(&whole);
	buf_done(&by_byte);
	return 0;
}
