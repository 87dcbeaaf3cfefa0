/* SPDX-License-Identifier: Apache-2.0 */
/* One raw exchange over TLS with a total deadline, for the probe that sends malformed input. */
#include "assess/net_raw.h"

#include <poll.h>

#include "host/net/wire.h"
#include "host/os/file.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define BODY_MS 300 /* how long a server that keeps the connection may send on after the head */

static void drop_wire(struct wire **w)
{
	wire_free(*w);
}

/* False: the time is over. */
static bool wait_for(const struct wire *w, enum wire_state s, int64_t until_ms)
{
	int64_t left = until_ms - clock_now().mono.ms;
	struct pollfd p = {.fd = wire_fd(w), .events = s == WIRE_WANT_WRITE ? POLLOUT : POLLIN};
	return left > 0 && poll(&p, 1, (int)left) > 0;
}

static rc shake_hands(struct wire *w, int64_t until_ms, struct err *e)
{
	for (;;) {
		enum wire_state s = wire_handshake(w, e);
		if (s == WIRE_OK)
			return RC_OK;
		if (s == WIRE_BROKEN)
			return (rc){e->code == ERR_NONE ? ERR_NETWORK : e->code};
		if (s == WIRE_END)
			return err_set(e, ERR_NETWORK, "closed during the TLS handshake");
		if (!wait_for(w, s, until_ms))
			return err_set(e, ERR_TIMEOUT, "no TLS handshake in time");
	}
}

/* What could be sent is sent: the answer tells the rest. */
static void put(struct wire *w, struct bytes in, int64_t until_ms)
{
	while (in.n) {
		size_t n = 0;
		enum wire_state s = wire_write(w, in, &n, NULL);
		if (s == WIRE_OK)
			in = bytes_of(in.p + n, in.n - n);
		else if (s == WIRE_END || s == WIRE_BROKEN || !wait_for(w, s, until_ms))
			return;
	}
}

static enum net_raw_end take(struct wire *w, int64_t until_ms, struct buf *answer)
{
	bool head = false;
	for (;;) {
		size_t n = 0;
		if (!head && answer->len && memmem(answer->data, answer->len, "\r\n\r\n", 4)) {
			int64_t body_until = clock_now().mono.ms + BODY_MS;
			until_ms = body_until < until_ms ? body_until : until_ms;
			head = true;
		}
		uint8_t *room = buf_room(answer, 4096);
		if (!room)
			return head ? NET_RAW_HEAD : NET_RAW_SILENT;
		enum wire_state s = wire_read(w, room, 4096, &n, NULL);
		if (s == WIRE_OK)
			buf_grew(answer, n);
		else if (s == WIRE_END || s == WIRE_BROKEN)
			return head ? NET_RAW_HEAD : NET_RAW_CLOSED;
		else if (!wait_for(w, s, until_ms))
			return head ? NET_RAW_HEAD : NET_RAW_SILENT;
	}
}

rc net_raw_ask(const struct net_raw_peer *p, struct bytes question, struct buf *answer, enum net_raw_end *ret,
	       struct err *e)
{
	CLEANUP(drop_wire) struct wire *w = NULL;
	int64_t until = clock_now().mono.ms + p->total_ms;
	int fd = -1;
	rc r = net_dial_connect(p->to, p->total_ms, &fd, e);
	if (rc_failed(r))
		return r;
	if (rc_failed(r = wire_new(fd, p->tls, p->host, &w, e))) {
		file_close(&fd);
		return r;
	}
	if (rc_failed(r = shake_hands(w, until, e)))
		return r;
	put(w, question, until);
	*ret = take(w, until, answer);
	return RC_OK;
}
