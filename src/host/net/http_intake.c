/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's reading decision. A body that is too large is refused by its announced length, before a byte of it is
 * read; Expect is refused because a client that waits for leave to send holds a connection for nothing.
 */
#include "host/net/http_intake.h"

#include "core/base/banned.h"

static enum http_intake_verdict refuse(struct http_intake *i, int status)
{
	i->status = status;
	return HTTP_INTAKE_REFUSE;
}

enum http_intake_verdict http_intake_step(struct bytes in, size_t body_max, struct http_intake *ret)
{
	size_t used = 0;
	if (in.n == 0)
		return HTTP_INTAKE_EMPTY;
	switch (http_parse_request(in, &ret->head, &used, &ret->status)) {
	case HTTP_PARSE_MORE:
		return HTTP_INTAKE_HEAD;
	case HTTP_PARSE_BAD:
		return HTTP_INTAKE_REFUSE;
	case HTTP_PARSE_DONE:
		break;
	}
	if (ret->head.length > body_max)
		return refuse(ret, 413);
	if (http_header(&ret->head, "expect"))
		return refuse(ret, 417);
	ret->total = used + (size_t)ret->head.length;
	if (in.n < ret->total)
		return HTTP_INTAKE_BODY;
	ret->body = bytes_of(in.p + used, (size_t)ret->head.length);
	return HTTP_INTAKE_READY;
}

size_t http_intake_room(enum http_intake_verdict v, const struct http_intake *i, size_t have)
{
	switch (v) {
	case HTTP_INTAKE_EMPTY:
	case HTTP_INTAKE_HEAD:
		return have < HTTP_HEAD_MAX ? HTTP_HEAD_MAX - have : 0;
	case HTTP_INTAKE_BODY:
		return i->total - have;
	case HTTP_INTAKE_READY:
	case HTTP_INTAKE_REFUSE:
		break;
	}
	return 0;
}
