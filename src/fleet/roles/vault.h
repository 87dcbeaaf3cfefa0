/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line between the public role and the operator role. The public side can put a report in and ask about one case
 * whose secret it was told; it has no message for reading anything else. So a break-in through the public form finds
 * no report, no key and no database.
 */
#ifndef HALLMARK_FLEET_ROLES_VAULT_H
#define HALLMARK_FLEET_ROLES_VAULT_H

#include "core/crypto/aead.h"
#include "fleet/web/public.h"
#include "host/store/store.h"

enum vault_message {
	VAULT_REPORT = 1, /* u32 id, product, text, contact */
	VAULT_LOOK,	  /* u32 id, secret */
	VAULT_MADE,	  /* u32 id, number, secret */
	VAULT_CASE,	  /* u32 id, number, u8 state, u64 received, u64 told, u8 n, n * (u64 at, u8 state, note) */
	VAULT_NO,	  /* u32 id, u8 error code, text */
};

/* Public side: the ops of public.h over the channel. */
struct vault_client {
	int fd;
	uint32_t next_id;
};
struct public_ops vault_client_ops(struct vault_client *c);

/* Operator side: answers one message. */
struct vault {
	struct store *store;
	const uint8_t *key;	       /* AEAD_KEY_SIZE bytes */
	struct disclosure_limit limit; /* again, here where the public role cannot reach it */
};

/* Appends the answer's payload. ERR_INPUT for a message that the other side must never send: end it. */
rc vault_answer(struct vault *v, uint16_t type, struct bytes payload, struct now now, uint16_t *ret_type,
		struct buf *out) MUST_CHECK;

/* Decoder of the answer to VAULT_LOOK, for the client and its tests. */
rc vault_decode_case(struct bytes payload, uint32_t id, struct public_case *ret, struct err *e) MUST_CHECK;

#endif
