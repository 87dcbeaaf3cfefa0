/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding what a product's program says on run/agent.sock (core/model/product_wire.h). Pure. */
#ifndef HALLMARK_AGENT_ROLES_PRODUCT_REQUEST_H
#define HALLMARK_AGENT_ROLES_PRODUCT_REQUEST_H

#include "core/base/bytes.h"
#include "core/base/names.h"
#include "core/model/product_wire.h"

/* The fields that a kind does not use are empty. */
struct product_request {
	enum product_kind kind;
	bool flag;			 /* HEALTH ok, BUSY busy, METERED, POWER from outside */
	uint32_t seconds;		 /* BUSY: 1..PRODUCT_BUSY_MAX_S */
	uint8_t percent;		 /* POWER: 0..100 or PRODUCT_POWER_UNKNOWN */
	char text[PRODUCT_TEXT_MAX + 1]; /* HEALTH, BUSY (why) */
	char name[NAME_MAX_CHARS + 1];	 /* name_ok */
	char from[PRODUCT_FROM_MAX + 1];
	char password[PRODUCT_PASSWORD_MAX + 1];
	struct bytes data; /* borrowed from the message */
};

/* False: not a request of ours; the connection should end. */
bool product_request_decode(struct bytes message, struct product_request *ret);

#endif
