/* SPDX-License-Identifier: Apache-2.0 */
/* Signature first, then the decoder, then identity: in this order for every kind, in one place. Pure. */
#include "fleet/ingest/ingest.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

static const char *const types[INGEST_KIND_COUNT] = {STATEMENT_TYPE_BOOT, STATEMENT_TYPE_ALERT, STATEMENT_TYPE_EVIDENCE,
						     STATEMENT_TYPE_RECEIPT};

/* Decode, and say which device and model it is about (model NULL if the noun has none). */
static rc decode(struct ingest_noun *n, struct bytes payload, const char **ret_device, const char **ret_model,
		 struct err *e)
{
	switch (n->kind) {
	case INGEST_STATEMENT:
		*ret_device = n->boot.device;
		*ret_model = n->boot.model;
		return statement_boot_decode(payload, &n->boot, e);
	case INGEST_ALERT:
		*ret_device = n->alert.device;
		return statement_alert_decode(payload, &n->alert, e);
	case INGEST_EVIDENCE:
		*ret_device = n->evidence.device;
		*ret_model = n->evidence.model;
		return statement_evidence_decode(payload, &n->evidence, e);
	case INGEST_RECEIPT:
		*ret_device = n->receipt.device;
		return statement_receipt_decode(payload, &n->receipt, e);
	case INGEST_KIND_COUNT:
		break;
	}
	return err_set(e, ERR_INTERNAL, "unknown kind of noun");
}

rc ingest_open(enum ingest_kind kind, struct bytes envelope, const struct ingest_sender *from, struct ingest_noun **ret,
	       struct err *e)
{
	CLEANUP(pubkey_done) struct pubkey key = {0};
	CLEANUP(buf_done) struct buf payload;
	const char *device = NULL, *model = NULL;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc r = pubkey_from_pem(bytes_of_text(from->statement_key), &key, e);
	if (rc_failed(r) || rc_failed(r = envelope_open(envelope, types[kind], &key, &payload, e)))
		return r;
	MEM_AUTO struct ingest_noun *n = mem_alloc(sizeof *n);
	if (!n)
		return err_set(e, ERR_MEMORY, "out of memory for what a device sent");
	n->kind = kind;
	if (rc_failed(r = decode(n, buf_view(&payload), &device, &model, e)))
		return r;
	if (strcmp(device, from->device) != 0 || (model && strcmp(model, from->model) != 0))
		return err_set(e, ERR_TRUST, "it is about another device than the one that brought it");
	*ret = n;
	n = NULL;
	return RC_OK;
}

const char *ingest_nonce(const struct ingest_noun *n)
{
	return n->kind == INGEST_STATEMENT ? n->boot.nonce : n->kind == INGEST_EVIDENCE ? n->evidence.nonce : "";
}
