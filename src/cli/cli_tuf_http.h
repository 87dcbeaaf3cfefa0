/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One place on a server that files are fetched from: plain HTTP, because what is fetched is signed. Bounded in size and
 * time; redirects are not followed.
 */
#ifndef HALLMARK_CLI_CLI_TUF_HTTP_H
#define HALLMARK_CLI_CLI_TUF_HTTP_H

#include "host/net/http_client.h"

#define CLI_TUF_HTTP_HOST_MAX 256
#define CLI_TUF_HTTP_PATH_MAX 1024

/* Zero it before use; cli_tuf_http_done frees. */
struct cli_tuf_http {
	char host[CLI_TUF_HTTP_HOST_MAX];
	uint16_t port;
	char path[CLI_TUF_HTTP_PATH_MAX]; /* begins and ends with '/' */
	struct http_client *client;	  /* connected at the first request */
};

/* http://HOST[:PORT][/PATH]; nothing is sent yet. */
rc cli_tuf_http_parse(const char *url, struct cli_tuf_http *ret, struct err *e) MUST_CHECK;
void cli_tuf_http_done(struct cli_tuf_http *h);

struct cli_tuf_request {
	const char *name; /* below the URL, percent-encoded */
	size_t max;
	int64_t deadline_ms;
	rc (*sink)(void *ctx, struct bytes piece, struct err *e); /* NULL: the body is collected in the answer */
	void *ctx;
};

/* ERR_MISSING: the server says 404, and nothing else is taken for that. */
rc cli_tuf_http_get(struct cli_tuf_http *h, const struct cli_tuf_request *req, struct http_answer *ret, struct err *e)
	MUST_CHECK;

#endif
