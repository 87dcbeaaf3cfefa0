/* SPDX-License-Identifier: Apache-2.0 */
/* The socket of the agent, from the side of a person's program: connect, send, wait, look whether the answer is one. */
#include "ctl/ctl_call.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/cur.h"
#include "core/base/names.h"
#include "core/model/product_wire.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

#define SOCKET_DEFAULT "/var/lib/hallmark/run/agent.sock"
#define WAIT_MS 20000

rc ctl_call_open(struct ctl_call *c, const char *path, struct err *e)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (!path)
		path = getenv("HALLMARK_SOCKET");
	if (!path || !*path)
		path = SOCKET_DEFAULT;
	size_t n = strlen(path);
	*c = (struct ctl_call){.fd = -1, .socket = path};
	if (n >= sizeof at.sun_path)
		return err_set(e, ERR_LIMIT, "%s is too long for the path of a socket", path);
	memcpy(at.sun_path, path, n + 1);
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&at, sizeof at) != 0) {
		(void)err_errno(e, errno, "the agent at %s", path);
		return err_hint(e, "is hallmarkd running? --socket names another place");
	}
	return RC_OK;
}

void ctl_call_close(struct ctl_call *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
}

void ctl_answer_done(struct ctl_answer *a)
{
	buf_done(&a->json);
}

static rc denied(struct err *e)
{
	(void)err_set(e, ERR_DENIED, "this user may not control updates");
	return err_hint(e, "root may, and the group that hallmarkd was given with --update-gid");
}

/* One message there and one back. */
static rc exchange(struct ctl_call *c, struct bytes request, struct buf *ret, struct err *e)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	if (send(c->fd, request.p, request.n, MSG_NOSIGNAL) != (ssize_t)request.n)
		return errno == EPIPE || errno == ECONNRESET ? denied(e) : err_errno(e, errno, "asking the agent");
	if (poll(&p, 1, WAIT_MS) != 1)
		return err_set(e, ERR_TIMEOUT, "the agent does not answer");
	uint8_t *at = buf_room(ret, PRODUCT_MESSAGE_MAX);
	ssize_t n = at ? recv(c->fd, at, PRODUCT_MESSAGE_MAX, 0) : -1;
	if (n == 0 || (n < 0 && errno == ECONNRESET)) /* hung up: what a stranger gets */
		return denied(e);
	if (n < 0)
		return err_errno(e, errno, "the agent's answer");
	buf_grew(ret, (size_t)n);
	return RC_OK;
}

static rc take_answer(struct cur *c, enum control_kind kind, struct ctl_answer *ret, struct err *e)
{
	uint16_t got = cur_u16(c);
	uint8_t result = cur_u8(c);
	channel_get_text(c, ret->reason, sizeof ret->reason);
	struct bytes json = cur_take(c, cur_left(c));
	if (!cur_ok(c) || got != kind || result >= CONTROL_RESULT_COUNT)
		return err_set(e, ERR_INPUT, "the agent's answer is malformed");
	if (result == CONTROL_DENIED)
		return denied(e);
	if (result == CONTROL_FAILED)
		return err_set(e, ERR_IO, "the agent could not do it; its log says why");
	ret->result = (enum control_result)result;
	buf_put(&ret->json, json);
	return buf_check(&ret->json, "answer", e);
}

rc ctl_call_ask(struct ctl_call *c, enum control_kind kind, struct bytes fields, struct ctl_answer *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf request, answer;
	buf_init(&request, PRODUCT_MESSAGE_MAX);
	buf_init(&answer, PRODUCT_MESSAGE_MAX + 1);
	*ret = (struct ctl_answer){.result = CONTROL_FAILED};
	buf_init(&ret->json, PRODUCT_MESSAGE_MAX + 1);
	buf_put_u16(&request, (uint16_t)kind);
	buf_put(&request, fields);
	rc r = buf_check(&request, "request", e);
	if (rc_ok(r))
		r = exchange(c, buf_view(&request), &answer, e);
	struct cur cur = cur_of(buf_view(&answer));
	return rc_ok(r) ? take_answer(&cur, kind, ret, e) : r;
}

rc ctl_call_inhibit(struct ctl_call *c, const char *why, uint32_t seconds, struct err *e)
{
	CLEANUP(buf_done) struct buf request, answer;
	if (strlen(why) > PRODUCT_WHY_MAX || !name_utf8_ok(why, strlen(why)))
		return err_set(e, ERR_INPUT, "the reason is one line of at most %d bytes", PRODUCT_WHY_MAX);
	buf_init(&request, PRODUCT_MESSAGE_MAX);
	buf_init(&answer, PRODUCT_MESSAGE_MAX + 1);
	buf_put_u16(&request, PRODUCT_BUSY);
	buf_put_u8(&request, 1);
	buf_put_u32(&request, seconds);
	channel_put_text(&request, why);
	rc r = buf_check(&request, "request", e);
	if (rc_ok(r))
		r = exchange(c, buf_view(&request), &answer, e);
	if (rc_failed(r))
		return r;
	return answer.len == 3 && answer.data[2] == 0 ? RC_OK : denied(e);
}
