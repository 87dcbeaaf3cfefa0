/* SPDX-License-Identifier: Apache-2.0 */
/* The server's side of a response: making an empty one, and its head on the wire. Handlers see http_server.h only. */
#ifndef HALLMARK_HOST_NET_HTTP_RESPONSE_H
#define HALLMARK_HOST_NET_HTTP_RESPONSE_H

#include "host/net/http_server.h"

#define HTTP_RESPONSE_HEAD_MAX (HTTP_RESPONSE_HEADERS_MAX + 512)

void http_response_init(struct http_response *r);
void http_response_done(struct http_response *r); /* closes file_fd */

/* Fit to be sent: a status from 200 to 599, unbroken buffers. */
bool http_response_ok(const struct http_response *r);
/* Does this status have a body at all (RFC 9110 6.4.1)? */
bool http_response_has_body(const struct http_response *r);
uint64_t http_response_length(const struct http_response *r);

void http_response_put_head(const struct http_response *r, bool close, struct wall_time now, struct buf *out);

#endif
