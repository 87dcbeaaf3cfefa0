/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's pages: what needs attention first, devices, rollouts with the evidence of each decision, cases with
 * their clocks, the audit log. Behind a sign-in; every change needs the session's own form token and is audited.
 */
#ifndef HALLMARK_FLEET_WEB_OPERATOR_H
#define HALLMARK_FLEET_WEB_OPERATOR_H

#include "core/crypto/aead.h"
#include "core/crypto/password.h"
#include "fleet/web/session.h"
#include "fleet/web/site.h"
#include "host/net/http_server.h"
#include "host/store/store.h"

#define OPERATOR_BODY_MAX 32768

struct operator_pages {
	struct store *store;
	const struct site *site;
	const uint8_t *key;	  /* report.key, AEAD_KEY_SIZE bytes */
	const char *phc;	  /* of the operator password */
	const char *stamp_status; /* file of the timestamp role; not there: the service has no timestamp key */
	bool secure;		  /* behind TLS: the cookie says so */
	struct session_table sessions;
	void (*report)(void *ctx, const char *text); /* our own failures; may be NULL */
	void *report_ctx;
};

void operator_handle(struct operator_pages *p, const struct http_request *req, struct http_response *resp);

#endif
