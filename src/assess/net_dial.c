/* SPDX-License-Identifier: Apache-2.0 */
/* One TCP exchange with a total deadline. */
#include "assess/net_dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

rc net_dial_resolve(const char *host, struct net_dial_address *ret, struct err *e)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL;
	int failed = getaddrinfo(host, NULL, &hints, &list);
	if (failed)
		return err_set(e, ERR_NETWORK, "finding %s: %s", host, gai_strerror(failed));
	*ret = (struct net_dial_address){.len = list->ai_addrlen};
	memcpy(&ret->at, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return RC_OK;
}

void net_dial_set_port(struct net_dial_address *a, uint16_t port)
{
	if (a->at.ss_family == AF_INET)
		((struct sockaddr_in *)&a->at)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&a->at)->sin6_port = htons(port);
}

static rc wait_for(int fd, short events, int64_t until_ms, struct err *e)
{
	for (;;) {
		int64_t left = until_ms - clock_now().mono.ms;
		struct pollfd p = {.fd = fd, .events = events};
		int n = poll(&p, 1, left > 0 ? (int)left : 0);
		if (n > 0)
			return RC_OK;
		if (n == 0)
			return err_set(e, ERR_TIMEOUT, "no answer in time");
		if (errno != EINTR)
			return err_errno(e, errno, "waiting for an answer");
	}
}

static rc connect_to(int fd, const struct net_dial_address *to, int64_t until_ms, struct err *e)
{
	if (connect(fd, (const struct sockaddr *)&to->at, to->len) == 0)
		return RC_OK;
	if (errno != EINPROGRESS)
		return err_set(e, ERR_NETWORK, "connecting: %s", strerror(errno));
	rc r = wait_for(fd, POLLOUT, until_ms, e);
	if (rc_failed(r))
		return err_wrap(e, "connecting");
	int why = 0;
	socklen_t n = sizeof why;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n) != 0 || why)
		return err_set(e, ERR_NETWORK, "connecting: %s", strerror(why));
	return RC_OK;
}

rc net_dial_connect(const struct net_dial_address *to, int64_t total_ms, int *ret_fd, struct err *e)
{
	FD_AUTO int fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, errno, "making a socket");
	rc r = connect_to(fd, to, clock_now().mono.ms + total_ms, e);
	if (rc_failed(r))
		return r;
	*ret_fd = fd;
	fd = -1;
	return RC_OK;
}

rc net_dial_ask(const struct net_dial_address *to, struct bytes question, bool (*enough)(struct bytes so_far),
		int64_t total_ms, struct buf *answer, struct err *e)
{
	int64_t until = clock_now().mono.ms + total_ms;
	FD_AUTO int fd = -1;
	rc r = net_dial_connect(to, total_ms, &fd, e);
	if (rc_failed(r))
		return r;
	/* A question is a few hundred bytes: it fits the empty send buffer, or the connection is broken. */
	if (send(fd, question.p, question.n, MSG_NOSIGNAL) != (ssize_t)question.n)
		return err_set(e, ERR_NETWORK, "sending: %s", strerror(errno));
	while (!enough(buf_view(answer))) {
		if (rc_failed(wait_for(fd, POLLIN, until, NULL)))
			return RC_OK;
		uint8_t *room = buf_room(answer, 4096);
		if (!room)
			return RC_OK;
		ssize_t n = recv(fd, room, 4096, 0);
		if (n <= 0)
			return RC_OK;
		buf_grew(answer, (size_t)n);
	}
	return RC_OK;
}
