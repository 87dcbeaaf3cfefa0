/* SPDX-License-Identifier: Apache-2.0 */
/* host/os/channel: a message arrives whole or is refused; a peer that lies about lengths reads nothing of ours. */
#include "check.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/cur.h"
#include "host/os/channel.h"
#include "host/os/file.h"

struct pair {
	int fd[2];
	struct buf got;
};

static int set_up(void **state)
{
	static struct pair p;
	struct err e = {0};
	check_ok(channel_pair(p.fd, &e));
	buf_init(&p.got, CHANNEL_PAYLOAD_MAX);
	*state = &p;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *p = *state;
	file_close(&p->fd[0]);
	file_close(&p->fd[1]);
	buf_done(&p->got);
	return 0;
}

static void arrives_whole(void **state)
{
	static uint8_t big[CHANNEL_PAYLOAD_MAX];
	struct pair *p = *state;
	struct err e = {0};
	uint16_t type = 0;
	memset(big, 7, sizeof big);
	static const size_t sizes[] = {0, 1, 2, 4096, CHANNEL_PAYLOAD_MAX};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		check_ok(channel_send(p->fd[0], (uint16_t)(0xff00 + i), bytes_of(big, sizes[i]), &e));
		check_ok(channel_receive(p->fd[1], 1000, &type, &p->got, &e));
		assert_int_equal(type, 0xff00 + i);
		assert_true(bytes_equal(buf_view(&p->got), bytes_of(big, sizes[i])));
	}
}

static void oversized_is_not_sent(void **state)
{
	static uint8_t big[CHANNEL_PAYLOAD_MAX + 1];
	struct pair *p = *state;
	struct err e = {0};
	uint16_t type = 42;
	check_fails(ERR_LIMIT, channel_send(p->fd[0], 1, bytes_of(big, sizeof big), &e));
	check_fails(ERR_TIMEOUT, channel_receive(p->fd[1], 10, &type, &p->got, &e));
	assert_int_equal(type, 42);
}

static void oversized_is_refused_when_a_bad_peer_sends_it(void **state)
{
	static uint8_t big[CHANNEL_PAYLOAD_MAX + 3];
	struct pair *p = *state;
	struct err e = {0};
	uint16_t type = 42;
	assert_int_equal(send(p->fd[0], big, sizeof big, 0), sizeof big);
	check_fails(ERR_INPUT, channel_receive(p->fd[1], 1000, &type, &p->got, &e));
	assert_int_equal(p->got.len, 0);
	assert_int_equal(type, 42);
}

static void headless_is_refused(void **state)
{
	struct pair *p = *state;
	struct err e = {0};
	uint16_t type = 42;
	assert_int_equal(send(p->fd[0], "x", 1, 0), 1);
	check_fails(ERR_INPUT, channel_receive(p->fd[1], 1000, &type, &p->got, &e));
	assert_int_equal(type, 42);
}

/* A compromised peer must not be able to fill our descriptor table. */
static void smuggled_descriptors_are_refused_and_closed(void **state)
{
	struct pair *p = *state;
	struct err e = {0};
	uint16_t type = 0;
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char header[] = {0, 1};
	struct iovec iov = {.iov_base = header, .iov_len = sizeof header};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
	memcpy(CMSG_DATA(c), &p->fd[0], sizeof(int));
	int before = fcntl(0, F_DUPFD, 3);
	(void)close(before);
	assert_int_equal(sendmsg(p->fd[0], &msg, 0), 2);
	check_fails(ERR_INPUT, channel_receive(p->fd[1], 1000, &type, &p->got, &e));
	int after = fcntl(0, F_DUPFD, 3);
	(void)close(after);
	assert_int_equal(before, after);
}

static void a_gone_peer_is_noticed(void **state)
{
	struct pair *p = *state;
	struct err e = {0};
	uint16_t type = 0;
	check_ok(channel_send(p->fd[0], 5, bytes_of_text("last words"), &e));
	file_close(&p->fd[0]);
	check_ok(channel_receive(p->fd[1], 1000, &type, &p->got, &e));
	assert_string_equal(buf_text(&p->got), "last words");
	check_fails(ERR_NETWORK, channel_receive(p->fd[1], 1000, &type, &p->got, &e));
	check_fails(ERR_NETWORK, channel_send(p->fd[1], 5, bytes_of_text("anybody?"), &e)); /* and no SIGPIPE */
}

static void silence_ends_in_a_timeout(void **state)
{
	struct pair *p = *state;
	struct err e = {0};
	uint16_t type = 0;
	check_fails(ERR_TIMEOUT, channel_receive(p->fd[1], 0, &type, &p->got, &e));
	check_fails(ERR_TIMEOUT, channel_receive(p->fd[1], 20, &type, &p->got, &e));
}

static void both_ends_close_on_exec(void **state)
{
	const struct pair *p = *state;
	assert_int_equal(fcntl(p->fd[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(p->fd[1], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void texts(void **state)
{
	char out[4];
	CLEANUP(buf_done) struct buf b;
	(void)state;
	buf_init(&b, 100);
	channel_put_text(&b, "abc");
	channel_put_text(&b, "");
	channel_put_text(&b, "abcd");
	struct cur c = cur_of(buf_view(&b));
	channel_get_text(&c, out, sizeof out);
	assert_string_equal(out, "abc");
	channel_get_text(&c, out, sizeof out);
	assert_string_equal(out, "");
	assert_false(c.bad);
	channel_get_text(&c, out, sizeof out); /* one byte too long for out */
	assert_true(c.bad);
	assert_string_equal(out, "");
	/* a length that promises more than is there; a NUL inside */
	c = cur_of(bytes_of("\x00\x05"
			    "ab",
			    4));
	channel_get_text(&c, out, sizeof out);
	assert_true(c.bad);
	c = cur_of(bytes_of("\x00\x03"
			    "a\0b",
			    5));
	channel_get_text(&c, out, sizeof out);
	assert_true(c.bad);
}

/* A peer that never reads must not stop whoever answers it. */
static void posting_never_waits(void **state)
{
	static const uint8_t zeros[CHANNEL_PAYLOAD_MAX];
	struct err e = {0};
	int fds[2];
	rc r = RC_OK;
	(void)state;
	check_ok(channel_pair(fds, &e));
	(void)alarm(20); /* it hangs: the test dies */
	for (int i = 0; rc_ok(r) && i < 10000; i++)
		r = channel_post(fds[0], 1, bytes_of(zeros, i % 2 ? 1 : sizeof zeros), &e);
	(void)alarm(0);
	assert_int_equal(r.code, ERR_BUSY);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(arrives_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(oversized_is_not_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(oversized_is_refused_when_a_bad_peer_sends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(headless_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(smuggled_descriptors_are_refused_and_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_gone_peer_is_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(silence_ends_in_a_timeout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(both_ends_close_on_exec, set_up, tear_down),
		cmocka_unit_test(texts),
		cmocka_unit_test(posting_never_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
