/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of the owner's page: a request in, questions to the ward, a response out. For the local role. */
#ifndef HALLMARK_AGENT_ROLES_LOCAL_PAGES_H
#define HALLMARK_AGENT_ROLES_LOCAL_PAGES_H

#include "agent/roles/ward_messages.h"
#include "host/net/http_server.h"

struct local_pages {
	int fd; /* channel to the ward; borrowed */
	struct ward_local_request request;
	struct ward_local_answer answer;
	struct buf in, out;
};

void local_pages_init(struct local_pages *p, int fd);
void local_pages_done(struct local_pages *p);

/* Start a question: `request` is emptied but for the kind. */
void local_pages_begin(struct local_pages *p, enum ward_local_kind kind);
/* Send it and wait for the answer (borrowed until the next question). */
rc local_pages_ask(struct local_pages *p, struct ward_local_answer **ret, struct err *e) MUST_CHECK;

/* http_handler_fn; ctx is a struct local_pages. */
void local_pages_handle(void *ctx, const struct http_request *req, struct http_response *resp);

#endif
