/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The assessor's line to one device: its owner page over TLS, pinned to the certificate in its factory record, and its
 * signed evidence with a nonce of ours. Used by the probes that ask the device itself.
 */
#ifndef HALLMARK_ASSESS_DEVICE_LINK_H
#define HALLMARK_ASSESS_DEVICE_LINK_H

#include "assess/probe.h"
#include "assess/records.h"
#include "core/model/statement.h"
#include "host/net/http_client.h"

#define DEVICE_LINK_NONCE_SIZE 16 /* bytes */

struct device_link {
	const struct scope *scope;
	struct tls_context *tls;
	struct records records;
	const struct record *record;	       /* of the device at the target; NULL when none matches */
	char fingerprint[2 * SHA256_SIZE + 1]; /* of the certificate that the page showed */
};

/* Reads the records, if given, and looks which unit answers. `record` may stay NULL: see the fingerprint. */
rc device_link_open(const struct scope *s, struct device_link *ret, struct err *e) MUST_CHECK;
void device_link_close(struct device_link *l); /* accepts a zeroed one */

/* One exchange over a connection of its own. Any status is a success. */
rc device_link_call(const struct device_link *l, const struct http_call *call, struct http_answer *ret, struct err *e)
	MUST_CHECK;

/* The first line of the password file into a wiped buffer. */
rc device_link_password(const struct scope *s, struct buf *out, struct err *e) MUST_CHECK;

/* One GET with a password (NULL: none). Any status is a success. */
rc device_link_get(const struct device_link *l, const char *path, const char *password, struct http_answer *ret,
		   struct err *e) MUST_CHECK;

/*
 * Is this envelope evidence of this unit, fresh for this nonce? Pure. ERR_TRUST when signature, device, or nonce do not
 * fit; `ret` is on the heap: mem_free it.
 */
rc device_link_check(struct bytes envelope, const struct record *unit, const char *nonce,
		     struct statement_evidence **ret, struct err *e) MUST_CHECK;

/* Ask for fresh evidence and check it. ERR_DENIED: the page refused our sign-in. ERR_BUSY: it asks us to wait. */
rc device_link_evidence(const struct device_link *l, struct statement_evidence **ret, struct err *e) MUST_CHECK;

const struct statement_fact *device_link_fact(const struct statement_evidence *ev, const char *id);

#endif
