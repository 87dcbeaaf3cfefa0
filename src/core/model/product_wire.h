/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of the conversation between a product's program (src/libhallmark) and the agent over run/agent.sock
 * (SOCK_SEQPACKET, one request, one answer, integers big-endian). Numbers only: libhallmark has no dependency of ours.
 *
 *   request: u16 kind, fields.   answer: u16 kind, u8 enum hallmark_result, fields.   text: u16 length, bytes.
 */
#ifndef HALLMARK_CORE_MODEL_PRODUCT_WIRE_H
#define HALLMARK_CORE_MODEL_PRODUCT_WIRE_H

#define PRODUCT_MESSAGE_MAX 65536 /* bytes of a whole message */
#define PRODUCT_RECORD_MAX 61440
#define PRODUCT_TEXT_MAX 200
#define PRODUCT_WHY_MAX 100
#define PRODUCT_FROM_MAX 63
#define PRODUCT_PASSWORD_MAX 256

enum product_kind {
	PRODUCT_HEALTH = 1,  /* u8 ok, text -> */
	PRODUCT_BUSY = 2,    /* u8 busy, u32 seconds at most (0: as long as is allowed), text why -> */
	PRODUCT_STORE = 3,   /* text name, rest: data -> */
	PRODUCT_READ = 4,    /* text name -> rest: data */
	PRODUCT_REMOVE = 5,  /* text name -> */
	PRODUCT_CHECK = 6,   /* text from, text password -> u32 seconds to wait */
	PRODUCT_METERED = 7, /* u8: the link charges by volume -> */
	PRODUCT_POWER = 8,   /* u8 percent (PRODUCT_POWER_UNKNOWN), u8 from outside -> */
};

#define PRODUCT_POWER_UNKNOWN 255
#define PRODUCT_BUSY_MAX_S 86400 /* for one request */

#endif
