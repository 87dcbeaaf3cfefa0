/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices sign and send: boot statements, alerts, evidence, receipts. Nothing is looked at before the signature
 * is that device's, and what it says must be about the device that brought it. EN303645 5.7-2, 5.11-3.
 */
#ifndef HALLMARK_FLEET_INGEST_INGEST_H
#define HALLMARK_FLEET_INGEST_INGEST_H

#include "core/model/statement.h"

enum ingest_kind { INGEST_STATEMENT, INGEST_ALERT, INGEST_EVIDENCE, INGEST_RECEIPT, INGEST_KIND_COUNT };

/* Who brings it, as TLS and the registry know the device. Borrowed. */
struct ingest_sender {
	const char *device, *model;
	const char *statement_key; /* PEM, from the factory record */
};

/* One noun, decoded; only the member of `kind` is filled in. About 100 KB: ingest_open allocates it. */
struct ingest_noun {
	enum ingest_kind kind;
	struct statement_boot boot;
	struct statement_alert alert;
	struct statement_evidence evidence;
	struct statement_receipt receipt;
};

/*
 * ERR_TRUST: not signed by this device, of another kind, or about another device. ERR_INPUT, ERR_LIMIT: malformed.
 * Free with mem_free.
 */
rc ingest_open(enum ingest_kind kind, struct bytes envelope, const struct ingest_sender *from, struct ingest_noun **ret,
	       struct err *e) MUST_CHECK;

/* The nonce in it, "" if the kind has none. */
const char *ingest_nonce(const struct ingest_noun *n);

#endif
