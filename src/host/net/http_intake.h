/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to make of the bytes a client has sent so far: the server's reading decision, pure. Called with everything
 * received since the last request; keeps nothing between calls.
 */
#ifndef HALLMARK_HOST_NET_HTTP_INTAKE_H
#define HALLMARK_HOST_NET_HTTP_INTAKE_H

#include "host/net/http.h"

enum http_intake_verdict {
	HTTP_INTAKE_EMPTY,  /* nothing yet: the connection is idle */
	HTTP_INTAKE_HEAD,   /* the head has begun */
	HTTP_INTAKE_BODY,   /* the head is good; its body is not complete */
	HTTP_INTAKE_READY,  /* a whole request */
	HTTP_INTAKE_REFUSE, /* answer `status` and close */
};

struct http_intake {
	struct http_head head; /* READY; borrows from the input */
	struct bytes body;     /* READY; likewise */
	size_t total;	       /* BODY, READY: bytes of the whole request */
	int status;	       /* REFUSE */
};

enum http_intake_verdict http_intake_step(struct bytes in, size_t body_max, struct http_intake *ret);

/* How many more bytes may be read now: never past the head's limit, nor past the end of this request's body. */
size_t http_intake_room(enum http_intake_verdict v, const struct http_intake *i, size_t have);

#endif
