/* SPDX-License-Identifier: Apache-2.0 */
/* The chunked decoder: one switch, one byte at a time outside the data. Knows no socket and no limit on the body. */
#include "host/net/http_chunks.h"

#include "core/base/banned.h"

#define SIZE_DIGITS_MAX 15

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool size_byte(struct http_chunks *c, uint8_t b)
{
	int v = hex_value(b);
	if (v >= 0) {
		c->left = c->left * 16 + (uint64_t)v;
		return ++c->digits <= SIZE_DIGITS_MAX;
	}
	if (c->digits == 0)
		return false;
	c->last = c->left == 0;
	if (b == '\r') {
		c->state = HTTP_CHUNKS_SIZE_LF;
		return true;
	}
	c->state = HTTP_CHUNKS_EXTENSION;
	return b == ';';
}

static bool extension_byte(struct http_chunks *c, uint8_t b)
{
	if (b == '\r')
		c->state = HTTP_CHUNKS_SIZE_LF;
	else if ((b < 0x20 && b != '\t') || b == 0x7f)
		return false;
	return ++c->line_n <= HTTP_CHUNK_LINE_MAX;
}

static bool trailer_byte(struct http_chunks *c, uint8_t b)
{
	if (b == '\r')
		c->state = HTTP_CHUNKS_TRAILER_LF;
	else if ((b < 0x20 && b != '\t') || b == 0x7f)
		return false;
	else
		c->line_n++;
	return ++c->trailer_n <= HTTP_CHUNK_TRAILER_MAX;
}

static bool expect(struct http_chunks *c, uint8_t b, uint8_t wanted, enum http_chunks_state next)
{
	c->state = next;
	return b == wanted;
}

/* Everything but data. False: refuse. */
static bool step_byte(struct http_chunks *c, uint8_t b)
{
	switch (c->state) {
	case HTTP_CHUNKS_SIZE:
		return size_byte(c, b);
	case HTTP_CHUNKS_EXTENSION:
		return extension_byte(c, b);
	case HTTP_CHUNKS_SIZE_LF:
		c->line_n = 0;
		return expect(c, b, '\n', c->last ? HTTP_CHUNKS_TRAILER : HTTP_CHUNKS_DATA);
	case HTTP_CHUNKS_DATA_CR:
		return expect(c, b, '\r', HTTP_CHUNKS_DATA_LF);
	case HTTP_CHUNKS_DATA_LF:
		c->digits = c->line_n = 0;
		return expect(c, b, '\n', HTTP_CHUNKS_SIZE);
	case HTTP_CHUNKS_TRAILER:
		return trailer_byte(c, b);
	case HTTP_CHUNKS_TRAILER_LF: {
		bool empty = c->line_n == 0;
		c->line_n = 0;
		return expect(c, b, '\n', empty ? HTTP_CHUNKS_END : HTTP_CHUNKS_TRAILER);
	}
	case HTTP_CHUNKS_DATA:
	case HTTP_CHUNKS_END:
		break;
	}
	return false;
}

enum http_parse http_chunks_step(struct http_chunks *c, struct bytes in, size_t *ret_used, struct bytes *ret_piece)
{
	size_t at = 0;
	struct bytes piece = {0};
	while (at < in.n && c->state != HTTP_CHUNKS_DATA && c->state != HTTP_CHUNKS_END)
		if (!step_byte(c, in.p[at++]))
			return HTTP_PARSE_BAD;
	if (c->state == HTTP_CHUNKS_DATA && at < in.n) {
		piece = bytes_of(in.p + at, in.n - at < c->left ? in.n - at : (size_t)c->left);
		at += piece.n;
		c->left -= piece.n;
		if (c->left == 0)
			c->state = HTTP_CHUNKS_DATA_CR;
	}
	*ret_used = at;
	*ret_piece = piece;
	return c->state == HTTP_CHUNKS_END ? HTTP_PARSE_DONE : HTTP_PARSE_MORE;
}
