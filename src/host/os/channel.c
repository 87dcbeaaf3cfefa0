/* SPDX-License-Identifier: Apache-2.0 */
/* Typed, length-checked messages over SOCK_SEQPACKET: the kernel keeps the boundaries, so a bad peer cannot blur them.
 */
#include "host/os/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/base/cur.h"
#include "core/base/banned.h"

#define HEADER_SIZE 2
#define SOCKET_BUFFER_BYTES (4 * CHANNEL_PAYLOAD_MAX)

rc channel_pair(int ret[2], struct err *e)
{
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return err_errno(e, errno, "socketpair");
	for (int i = 0; i < 2; i++) {
		int size = SOCKET_BUFFER_BYTES;
		/* Best effort: a small buffer only means more waiting. */
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
		ret[i] = fds[i];
	}
	return RC_OK;
}

static rc send_one(int fd, uint16_t type, struct bytes payload, int flags, struct err *e)
{
	uint8_t header[HEADER_SIZE] = {(uint8_t)(type >> 8), (uint8_t)type};
	struct iovec iov[2] = {
		{.iov_base = header, .iov_len = sizeof header},
		{.iov_base = (void *)(uintptr_t)payload.p, .iov_len = payload.n},
	};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = payload.n ? 2 : 1};
	if (payload.n > CHANNEL_PAYLOAD_MAX)
		return err_set(e, ERR_LIMIT, "message of %zu bytes between processes", payload.n);
	ssize_t n;
	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | flags);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return RC_OK;
	return errno == EAGAIN ? err_set(e, ERR_BUSY, "the other process does not read its messages")
			       : err_errno(e, errno, "send to the other process");
}

rc channel_send(int fd, uint16_t type, struct bytes payload, struct err *e)
{
	for (;;) {
		rc r = send_one(fd, type, payload, 0, e);
		if (r.code != ERR_BUSY)
			return r;
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		(void)poll(&p, 1, -1);
	}
}

rc channel_send_within(int fd, int64_t timeout_ms, uint16_t type, struct bytes payload, struct err *e)
{
	for (;;) {
		rc r = send_one(fd, type, payload, MSG_DONTWAIT, e);
		if (r.code != ERR_BUSY)
			return r;
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		if (poll(&p, 1, (int)timeout_ms) == 0)
			return err_set(e, ERR_TIMEOUT, "the other process takes nothing for %lld ms",
				       (long long)timeout_ms);
	}
}

rc channel_post(int fd, uint16_t type, struct bytes payload, struct err *e)
{
	return send_one(fd, type, payload, MSG_DONTWAIT, e);
}

static rc wait_readable(int fd, int64_t timeout_ms, struct err *e)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;
	do {
		n = poll(&p, 1, timeout_ms < 0 ? -1 : (int)timeout_ms);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, errno, "poll");
	if (n == 0)
		return err_set(e, ERR_TIMEOUT, "no answer from the other process within %lld ms",
			       (long long)timeout_ms);
	return RC_OK;
}

rc channel_receive(int fd, int64_t timeout_ms, uint16_t *ret_type, struct buf *payload, struct err *e)
{
	rc r = wait_readable(fd, timeout_ms, e);
	if (rc_failed(r))
		return r;
	uint8_t header[HEADER_SIZE];
	buf_reset(payload);
	uint8_t *at = buf_room(payload, CHANNEL_PAYLOAD_MAX);
	if (!at)
		return buf_check(payload, "message between processes", e);
	struct iovec iov[2] = {
		{.iov_base = header, .iov_len = sizeof header},
		{.iov_base = at, .iov_len = CHANNEL_PAYLOAD_MAX},
	};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t n;
	do {
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(e, errno, "receive from the other process");
	if (n == 0)
		return err_set(e, ERR_NETWORK, "the other process is gone");
	if (n < HEADER_SIZE || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return err_set(e, ERR_INPUT, "malformed message from the other process");
	buf_grew(payload, (size_t)n - HEADER_SIZE);
	*ret_type = (uint16_t)(header[0] << 8 | header[1]);
	return RC_OK;
}

void channel_drain(int fd)
{
	CLEANUP(buf_done) struct buf left;
	uint16_t type;
	buf_init(&left, CHANNEL_PAYLOAD_MAX);
	while (rc_ok(channel_receive(fd, 0, &type, &left, NULL)))
		;
}

void channel_put_text(struct buf *b, const char *text)
{
	size_t n = strnlen(text, UINT16_MAX);
	buf_put_u16(b, (uint16_t)n);
	buf_put(b, bytes_of(text, n));
}

void channel_get_text(struct cur *c, char *out, size_t size)
{
	struct bytes text = cur_take(c, cur_u16(c));
	out[0] = 0;
	if (c->bad)
		return;
	if (text.n >= size || (text.n && memchr(text.p, 0, text.n))) {
		c->bad = true;
		return;
	}
	if (text.n)
		memcpy(out, text.p, text.n);
	out[text.n] = 0;
}
