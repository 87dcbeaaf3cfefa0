/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between the processes of one program: a SOCK_SEQPACKET socket pair, each message a 16-bit type and at most
 * CHANNEL_PAYLOAD_MAX bytes. Which types a pair of roles may exchange, and what is in them, is the roles' small enum; a
 * message of unknown type or wrong length ends the peer.
 */
#ifndef HALLMARK_HOST_OS_CHANNEL_H
#define HALLMARK_HOST_OS_CHANNEL_H

#include "core/base/buf.h"
#include "core/base/units.h"

#define CHANNEL_PAYLOAD_MAX 65536

/* Two connected ends, close-on-exec. */
rc channel_pair(int ret[2], struct err *e) MUST_CHECK;

/* Send one message; blocks while the peer's queue is full. ERR_NETWORK when the peer is gone. */
rc channel_send(int fd, uint16_t type, struct bytes payload, struct err *e) MUST_CHECK;

/* The same, waiting at most timeout_ms: ERR_TIMEOUT. For a peer that may have been captured and is worth waiting for.
 */
rc channel_send_within(int fd, int64_t timeout_ms, uint16_t type, struct bytes payload, struct err *e) MUST_CHECK;

/*
 * The same without ever waiting: ERR_BUSY when the peer's queue is full. For whoever must go on working beside a peer
 * that may have been captured.
 */
rc channel_post(int fd, uint16_t type, struct bytes payload, struct err *e) MUST_CHECK;

/*
 * Receive one message into `payload` (reset first; init it with CHANNEL_PAYLOAD_MAX). Waits at most timeout_ms (-1: for
 * ever): ERR_TIMEOUT. ERR_NETWORK when the peer is gone, ERR_INPUT for a truncated or headless message.
 */
rc channel_receive(int fd, int64_t timeout_ms, uint16_t *ret_type, struct buf *payload, struct err *e) MUST_CHECK;

/* Forget what waits to be received. */
void channel_drain(int fd);

/* Strings on a channel: u16 length, bytes. */
void channel_put_text(struct buf *b, const char *text);
struct cur;
/* Copies a NUL-terminated text of at most size-1 bytes, without NUL inside; marks the cursor bad otherwise. */
void channel_get_text(struct cur *c, char *out, size_t size);

#endif
