/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoder of a chunked body (RFC 9112 7.1), for answers from servers that are not ours. Pure and incremental. Chunk
 * extensions and trailers are read over, bounded; a size of more than 15 hex digits is refused.
 */
#ifndef HALLMARK_HOST_NET_HTTP_CHUNKS_H
#define HALLMARK_HOST_NET_HTTP_CHUNKS_H

#include "host/net/http.h"

#define HTTP_CHUNK_LINE_MAX 256	    /* bytes of a size line, extensions included */
#define HTTP_CHUNK_TRAILER_MAX 4096 /* bytes of all trailer lines */

enum http_chunks_state {
	HTTP_CHUNKS_SIZE,
	HTTP_CHUNKS_EXTENSION,
	HTTP_CHUNKS_SIZE_LF,
	HTTP_CHUNKS_DATA,
	HTTP_CHUNKS_DATA_CR,
	HTTP_CHUNKS_DATA_LF,
	HTTP_CHUNKS_TRAILER,
	HTTP_CHUNKS_TRAILER_LF,
	HTTP_CHUNKS_END,
};

/* Zero it before use. */
struct http_chunks {
	enum http_chunks_state state;
	uint64_t left; /* of the size being read, then of the data */
	size_t digits, line_n, trailer_n;
	bool last;
};

/*
 * Use bytes from the start of `in`: *ret_used of them were consumed, and *ret_piece (borrowed, may be empty) is data of
 * the body. MORE: call again, with more bytes once all were used. DONE: the body ended after ret_used. BAD: refused.
 */
enum http_parse http_chunks_step(struct http_chunks *c, struct bytes in, size_t *ret_used, struct bytes *ret_piece);

#endif
