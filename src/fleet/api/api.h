/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device API (docs/wire.md section 2). Every call begins with one question: which imported device is this
 * certificate? Without an answer it is 403, whatever the path. EN303645 5.3-10, 5.5-5, 5.5-7.
 */
#ifndef HALLMARK_FLEET_API_API_H
#define HALLMARK_FLEET_API_API_H

#include "fleet/registry/registry.h"
#include "host/net/http_server.h"
#include "host/store/store.h"

#define API_BODY_MAX 65536
#define API_CHECKIN_MIN_S 1

struct api {
	struct store *store;
	const char *repo;   /* TUF repository folder; read only */
	uint32_t checkin_s; /* how often a device should come, about */
	/* A failure of ours (never of the device): for the role's log. May be NULL. */
	void (*report)(void *ctx, const char *text);
	void *report_ctx;
};

/* ctx is a struct api. */
void api_handle(void *ctx, const struct http_request *req, struct http_response *resp);
/* Commits what the requests of a turn wrote: before it none of them is answered (http_settle_fn). */
bool api_settle(void *ctx, struct http_response *failure);

/* Inside of fleet/api: an error as {"error","text"}; our own failures are reported and not described. */
void api_fail(const struct api *a, rc r, const struct err *e, struct http_response *resp);
void api_error(struct http_response *resp, int status, const char *word, const char *text);

#endif
