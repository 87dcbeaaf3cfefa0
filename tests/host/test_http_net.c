/* SPDX-License-Identifier: Apache-2.0 */
/* The server over real sockets: deadlines, limits, order, files, and who gets a place. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "host/os/clock.h"
#include "net_world.h"

static struct net_world world;

static int make_world(void **s)
{
	(void)s;
	net_world_make(&world);
	return 0;
}

static int end_world(void **s)
{
	(void)s;
	net_world_done(&world);
	return 0;
}

static bool has(const struct buf *b, const char *text)
{
	return strstr(buf_text(b), text) != NULL;
}

static size_t count(const struct buf *b, const char *text)
{
	size_t n = 0;
	for (const char *p = buf_text(b); (p = strstr(p, text)); p++)
		n++;
	return n;
}

/* Send this text, then read until the server closes (it must, within 3 s). */
static void raw(uint16_t port, const char *text, struct buf *out)
{
	int fd = net_raw_connect(port);
	buf_reset(out);
	net_raw_send(fd, text);
	if (!net_raw_drain(fd, 3000, out))
		fail_msg("still open after: %s", text);
	(void)close(fd);
}

static void test_keep_alive(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct http_answer a;
	(void)s;
	http_answer_init(&a, 4 << 20);
	/* One connection is all there may be: if the client made a second one, it would be turned away. */
	net_server_start(&world, &(struct net_server_opts){.connections_max = 1}, &server);
	check_ok(net_open(NULL, "127.0.0.1", server.port, &c, &e));
	for (int i = 0; i < 50; i++) {
		check_ok(net_get(c, "/hello", &a, &e));
		assert_int_equal(a.status, 200);
		assert_string_equal(buf_text(&a.body), "hello");
		assert_string_equal(a.etag, "\"v1\"");
		assert_true(has(&a.head, "\r\nX-Content-Type-Options: nosniff\r\n"));
		assert_true(has(&a.head, "\r\nDate: ") && has(&a.head, "\r\nContent-Length: 5\r\n"));
	}
	check_ok(net_get(c, "/absent", &a, &e));
	assert_int_equal(a.status, 404);
	assert_string_equal(a.etag, "");
	check_ok(net_get(c, "/none", &a, &e));
	assert_int_equal(a.status, 204);
	assert_int_equal(a.body.len, 0);
	check_ok(net_get(c, "/split", &a, &e));
	assert_int_equal(a.status, 500);
	assert_false(has(&a.head, "Set-Cookie"));
	struct http_call head = {.method = HTTP_HEAD, .path = "/big", .body_max = 10, .deadline_ms = 5000};
	check_ok(http_client_call(c, &head, &a, &e));
	assert_true(has(&a.head, "Content-Length: 3145728\r\n"));
	assert_int_equal(a.body.len, 0);
	check_ok(net_get(c, "/hello", &a, &e)); /* nothing of /big is left on the connection */
	assert_string_equal(buf_text(&a.body), "hello");
	http_client_free(c);
	http_answer_done(&a);
	net_server_stop(&server);
}

static void test_one_address_has_its_share(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c[2] = {0}, *third = NULL;
	struct http_answer a;
	(void)s;
	http_answer_init(&a, 100);
	net_server_start(&world, &(struct net_server_opts){.address_max = 2}, &server);
	for (int i = 0; i < 2; i++) {
		check_ok(net_open(NULL, "127.0.0.1", server.port, &c[i], &e));
		check_ok(net_get(c[i], "/hello", &a, &e));
	}
	rc r = net_open(NULL, "127.0.0.1", server.port, &third, &e);
	if (rc_ok(r))
		r = net_get(third, "/hello", &a, &e);
	assert_int_equal(r.code, ERR_NETWORK);
	http_client_free(third);
	check_ok(net_get(c[0], "/hello", &a, &e)); /* the others are not touched */
	http_client_free(c[0]);
	check_ok(net_get(c[1], "/hello", &a, &e)); /* a round trip after the close: the server has seen it */
	check_ok(net_open(NULL, "127.0.0.1", server.port, &c[0], &e));
	check_ok(net_get(c[0], "/hello", &a, &e));
	for (int i = 0; i < 2; i++)
		http_client_free(c[i]);
	http_answer_done(&a);
	net_server_stop(&server);
}

static bool pattern_ok(const struct buf *b, uint64_t from, size_t n)
{
	if (b->len != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (b->data[i] != net_pattern(from + i))
			return false;
	return true;
}

static rc count_sink(void *ctx, struct bytes piece, struct err *e)
{
	struct buf *b = ctx;
	buf_put(b, piece);
	return buf_check(b, "sink", e);
}

/* Bodies both ways, larger than any buffer between, over TLS. */
static void test_bodies(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct http_answer a;
	struct buf sunk;
	static uint8_t up[1 << 20];
	(void)s;
	for (size_t i = 0; i < sizeof up; i++)
		up[i] = net_pattern(i);
	http_answer_init(&a, 4 << 20);
	buf_init(&sunk, 4 << 20);
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	struct tls_context *tls = net_client_tls(&world, NET_CLIENT, NET_CA);
	check_ok(net_open(tls, "127.0.0.1", server.port, &c, &e));
	check_ok(net_get(c, "/big", &a, &e));
	assert_true(pattern_ok(&a.body, 0, NET_BIG_BYTES));
	check_ok(net_get(c, "/file", &a, &e));
	assert_int_equal(a.status, 206);
	assert_true(pattern_ok(&a.body, 1000, 150000));
	struct http_call call = {.method = HTTP_POST,
				 .path = "/echo",
				 .body = bytes_of(up, sizeof up),
				 .body_max = sizeof up,
				 .deadline_ms = 10000};
	check_ok(http_client_call(c, &call, &a, &e));
	assert_true(pattern_ok(&a.body, 0, sizeof up));
	call = (struct http_call){.method = HTTP_GET,
				  .path = "/file",
				  .body_max = 150000,
				  .deadline_ms = 10000,
				  .sink = count_sink,
				  .sink_ctx = &sunk};
	check_ok(http_client_call(c, &call, &a, &e));
	assert_true(pattern_ok(&sunk, 1000, 150000) && a.body.len == 0);
	/* A body over the caller's limit, with and without a sink; a sink that fails. The next call still works. */
	call.body_max = 149999;
	check_fails(ERR_LIMIT, http_client_call(c, &call, &a, &e));
	call.sink = NULL;
	check_fails(ERR_LIMIT, http_client_call(c, &call, &a, &e));
	buf_done(&sunk);
	buf_init(&sunk, 100);
	call.sink = count_sink;
	call.body_max = 150000;
	check_fails(ERR_LIMIT, http_client_call(c, &call, &a, &e));
	check_ok(net_get(c, "/hello", &a, &e));
	http_client_free(c);
	tls_context_free(tls);
	http_answer_done(&a);
	buf_done(&sunk);
	net_server_stop(&server);
}

static void test_limits(void **s)
{
	struct net_server server;
	struct buf out, long_head;
	(void)s;
	buf_init(&out, 1 << 20);
	buf_init(&long_head, 20000);
	net_server_start(&world, &(struct net_server_opts){.body_max = 100}, &server);
	raw(server.port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", &out);
	assert_true(has(&out, "HTTP/1.1 413 ") && has(&out, "Connection: close\r\n"));
	raw(server.port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999\r\n\r\n", &out);
	assert_true(has(&out, "HTTP/1.1 413 "));
	raw(server.port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", &out);
	assert_true(has(&out, "HTTP/1.1 417 "));
	buf_put_text(&long_head, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	while (long_head.len < 2 * HTTP_HEAD_MAX)
		buf_put_text(&long_head, "aaaaaaaaaaaaaaaa");
	raw(server.port, buf_text(&long_head), &out);
	assert_true(has(&out, "HTTP/1.1 431 "));
	raw(server.port, "GET / HTTP/1.1\nHost: a\n\n", &out);
	assert_true(has(&out, "HTTP/1.1 400 "));
	/* Nothing after a refused request is looked at. */
	raw(server.port,
	    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
	    &out);
	assert_true(has(&out, "HTTP/1.1 400 ") && count(&out, "HTTP/1.1 ") == 1);
	buf_done(&out);
	buf_done(&long_head);
	net_server_stop(&server);
}

/* The refusal of a large body arrives, although the client is still sending and the server has stopped reading. */
static void test_early_refusal_arrives(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct http_answer a;
	static uint8_t up[256 * 1024];
	(void)s;
	http_answer_init(&a, 1000);
	for (int tls_on = 0; tls_on < 2; tls_on++) {
		struct tls_context *tls = tls_on ? net_client_tls(&world, NET_CA, NET_CA) : NULL;
		net_server_start(&world, &(struct net_server_opts){.tls = tls_on, .body_max = 100}, &server);
		for (int i = 0; i < 20; i++) {
			struct http_call call = {.method = HTTP_POST,
						 .path = "/echo",
						 .body = bytes_of(up, sizeof up),
						 .body_max = 1000,
						 .deadline_ms = 5000};
			check_ok(net_open(tls, "127.0.0.1", server.port, &c, &e));
			check_ok(http_client_call(c, &call, &a, &e));
			assert_int_equal(a.status, 413);
			http_client_free(c);
		}
		/* Far more than is ever thrown away: it may be cut, and then says so; it never kills us (SIGPIPE). */
		static uint8_t huge[16 << 20];
		struct http_call call = {.method = HTTP_POST,
					 .path = "/echo",
					 .body = bytes_of(huge, sizeof huge),
					 .body_max = 1000,
					 .deadline_ms = 5000};
		check_ok(net_open(tls, "127.0.0.1", server.port, &c, &e));
		rc r = http_client_call(c, &call, &a, &e);
		assert_true(rc_ok(r) ? a.status == 413 : r.code == ERR_NETWORK);
		http_client_free(c);
		tls_context_free(tls);
		net_server_stop(&server);
	}
	http_answer_done(&a);
}

/* After a refusal the connection ends with an orderly end, not a reset: many systems would throw the answer away. */
static void test_refusal_ends_orderly(void **s)
{
	struct net_server server;
	static const char start[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
	static char body[60000];
	char in[4096];
	ssize_t n;
	(void)s;
	net_server_start(&world, &(struct net_server_opts){.body_max = 100}, &server);
	int fd = net_raw_connect(server.port);
	net_raw_send(fd, start);
	assert_int_equal(send(fd, body, sizeof body, MSG_NOSIGNAL), sizeof body);
	do
		n = recv(fd, in, sizeof in, 0);
	while (n > 0);
	assert_int_equal(n, 0);
	(void)close(fd);
	net_server_stop(&server);
}

static void test_pipelined_in_order(void **s)
{
	struct net_server server;
	struct buf out, in;
	(void)s;
	buf_init(&out, 1 << 20);
	buf_init(&in, 1 << 20);
	net_server_start(&world, &(struct net_server_opts){0}, &server);
	for (int i = 0; i < 100; i++)
		buf_putf(&in, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n<%05d>", i);
	buf_put_text(&in, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
			  "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
	raw(server.port, buf_text(&in), &out);
	const char *at = buf_text(&out);
	for (int i = 0; i < 100; i++) {
		char want[8];
		(void)snprintf(want, sizeof want, "<%05d>", i);
		at = strstr(at, want);
		assert_non_null(at);
	}
	assert_true(strstr(at, "hello") && count(&out, "HTTP/1.1 ") == 101);
	buf_done(&out);
	buf_done(&in);
	net_server_stop(&server);
}

/* Bytes that keep coming do not move a deadline. Returns how long the server bore it. */
static int64_t drip(uint16_t port, const char *start, const char *drop, struct buf *out)
{
	int fd = net_raw_connect(port);
	int64_t began = clock_now().mono.ms;
	bool closed = false;
	buf_reset(out);
	net_raw_send(fd, start);
	for (int i = 0; i < 100 && !closed; i++) {
		net_raw_send(fd, drop);
		closed = net_raw_drain(fd, 30, out);
	}
	(void)close(fd);
	assert_true(closed);
	return clock_now().mono.ms - began;
}

static void test_deadlines_are_total(void **s)
{
	struct net_server server;
	struct buf out;
	(void)s;
	buf_init(&out, 1 << 20);
	net_server_start(&world,
			 &(struct net_server_opts){.head_ms = 300, .body_ms = 300, .idle_ms = 300, .handshake_ms = 300},
			 &server);
	int64_t ms = drip(server.port, "GET / HTTP/1.1\r\nHost: a\r\nX: ", "a", &out);
	assert_true(ms >= 250 && ms < 2500);
	assert_true(has(&out, "HTTP/1.1 408 "));
	ms = drip(server.port, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", "a", &out);
	assert_true(ms >= 250 && ms < 2500);
	assert_true(has(&out, "HTTP/1.1 408 "));
	/* Idle after a request: closed without a word. */
	ms = drip(server.port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", "", &out);
	assert_true(ms >= 250 && ms < 2500);
	assert_true(count(&out, "HTTP/1.1 ") == 1 && has(&out, "HTTP/1.1 200 "));
	/* Never a byte. */
	ms = drip(server.port, "", "", &out);
	assert_true(ms >= 250 && ms < 2500);
	assert_int_equal(out.len, 0);
	buf_done(&out);
	net_server_stop(&server);
}

/* Somebody who asks for much and reads nothing is dropped, and memory stays bounded meanwhile. */
static void test_reader_that_does_not_read(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct http_answer a;
	(void)s;
	http_answer_init(&a, 100);
	net_server_start(&world, &(struct net_server_opts){.body_ms = 200, .connections_max = 1, .handshake_ms = 200},
			 &server);
	int fd = net_raw_connect(server.port), small = 4096;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	for (int i = 0; i < 5; i++)
		net_raw_send(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	(void)usleep(50000);
	/* Busy with that one: a newcomer is turned away at once. */
	rc r = net_open(NULL, "127.0.0.1", server.port, &c, &e);
	if (rc_ok(r))
		r = net_get(c, "/hello", &a, &e);
	assert_int_equal(r.code, ERR_NETWORK);
	http_client_free(c);
	(void)close(fd);
	/* ... and served when it is gone. */
	(void)usleep(300000);
	check_ok(net_open(NULL, "127.0.0.1", server.port, &c, &e));
	check_ok(net_get(c, "/hello", &a, &e));
	http_client_free(c);
	http_answer_done(&a);
	net_server_stop(&server);
}

static void test_idle_makes_room(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c[4] = {0};
	struct http_answer a;
	(void)s;
	http_answer_init(&a, 100);
	net_server_start(&world, &(struct net_server_opts){.connections_max = 2}, &server);
	for (int i = 0; i < 4; i++) {
		check_ok(net_open(NULL, "127.0.0.1", server.port, &c[i], &e));
		check_ok(net_get(c[i], "/hello", &a, &e));
	}
	/* The first was pushed out; its client notices and connects anew. */
	check_ok(net_get(c[0], "/hello", &a, &e));
	assert_string_equal(buf_text(&a.body), "hello");
	for (int i = 0; i < 4; i++)
		http_client_free(c[i]);
	http_answer_done(&a);
	net_server_stop(&server);
}

static void test_graceful_stop(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL, *late = NULL;
	struct http_answer a;
	int status = -1;
	(void)s;
	http_answer_init(&a, 4 << 20);
	net_server_start(&world, &(struct net_server_opts){0}, &server);
	check_ok(net_open(NULL, "127.0.0.1", server.port, &c, &e));
	/* One is in the middle of a long answer when the stop comes: it gets all of it. */
	int fd = net_raw_connect(server.port);
	net_raw_send(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	(void)usleep(50000);
	check_ok(net_get(c, "/stop", &a, &e));
	assert_string_equal(buf_text(&a.body), "last");
	assert_true(has(&a.head, "Connection: close\r\n"));
	check_fails(ERR_NETWORK, net_open(NULL, "127.0.0.1", server.port, &late, &e));
	struct buf big;
	buf_init(&big, 4 << 20);
	http_client_free(c);
	assert_true(net_raw_drain(fd, 5000, &big));
	assert_true(big.len > NET_BIG_BYTES);
	(void)close(fd);
	/* Drained: the child ends by itself. */
	assert_int_equal(waitpid(server.pid, &status, 0), server.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)close(server.stop_fd);
	buf_done(&big);
	http_answer_done(&a);
}

static void test_listen(void **s)
{
	struct err e = {0};
	struct net_server server;
	char dir[] = "/tmp/net-test-XXXXXX", address[64];
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct buf out;
	int fd = -1;
	uint16_t port;
	(void)s;
	check_fails(ERR_INPUT, http_listen("localhost", 0, &fd, &port, &e));
	check_fails(ERR_INPUT, http_listen("999.1.1.1", 0, &fd, &port, &e));
	assert_int_equal(fd, -1);
	assert_non_null(mkdtemp(dir));
	buf_init(&out, 10000);
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s/s", dir);
	(void)snprintf(address, sizeof address, "unix:%s/s", dir);
	for (int i = 0; i < 2; i++) { /* the second finds the stale socket of the first */
		net_server_start(&world, &(struct net_server_opts){.address = address}, &server);
		check_fails(ERR_IO, http_listen(address, 0, &fd, &port, &e)); /* in use: stays */
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
		net_raw_send(fd, "GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
		buf_reset(&out);
		assert_true(net_raw_drain(fd, 3000, &out));
		assert_true(has(&out, "0   unix"));
		(void)close(fd);
		fd = -1;
		net_server_stop(&server);
	}
	(void)unlink(at.sun_path);
	(void)rmdir(dir);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_early_refusal_arrives),
		cmocka_unit_test(test_refusal_ends_orderly),
		cmocka_unit_test(test_pipelined_in_order),
		cmocka_unit_test(test_deadlines_are_total),
		cmocka_unit_test(test_reader_that_does_not_read),
		cmocka_unit_test(test_idle_makes_room),
		cmocka_unit_test(test_one_address_has_its_share),
		cmocka_unit_test(test_graceful_stop),
		cmocka_unit_test(test_listen),
	};
	return cmocka_run_group_tests_name("host http net", tests, make_world, end_world);
}
