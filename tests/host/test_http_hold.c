/* SPDX-License-Identifier: Apache-2.0 */
/* Held answers: not one byte before the settlement, one settlement for many, none of them if it fails. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net_world.h"

#define SETTLE_MS 300
#define CLIENTS 8

static struct net_world world;

static int set_up(void **state)
{
	(void)state;
	net_world_make(&world);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	net_world_done(&world);
	return 0;
}

static size_t count(const struct buf *b, const char *what)
{
	size_t n = 0;
	for (const char *at = buf_text(b); (at = strstr(at, what)); at++)
		n++;
	return n;
}

static int settles(uint16_t port)
{
	struct err e = {0};
	struct http_client *c = NULL;
	struct http_answer a;
	http_answer_init(&a, 100);
	check_ok(net_open(NULL, "127.0.0.1", port, &c, &e));
	check_ok(net_get(c, "/settles", &a, &e));
	int n = (int)strtol(buf_text(&a.body), NULL, 10);
	http_client_free(c);
	http_answer_done(&a);
	return n;
}

#define HELD "GET /held HTTP/1.1\r\nHost: a\r\n\r\n"
#define LOST "GET /held-lost HTTP/1.1\r\nHost: a\r\n\r\n"
#define LAST "GET /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void nothing_goes_out_before_the_settlement(void **state)
{
	struct net_server server;
	struct buf out;
	(void)state;
	buf_init(&out, 10000);
	net_server_start(&world, &(struct net_server_opts){.settle_ms = SETTLE_MS}, &server);
	int fd = net_raw_connect(server.port);
	net_raw_send(fd, LAST);
	assert_false(net_raw_drain(fd, SETTLE_MS / 2, &out));
	assert_int_equal(out.len, 0);
	assert_true(net_raw_drain(fd, 5000, &out));
	assert_int_equal(count(&out, "HTTP/1.1 200 "), 1);
	(void)close(fd);
	assert_int_equal(settles(server.port), 1);
	buf_done(&out);
	net_server_stop(&server);
}

/* While one settlement runs, the requests of others arrive: they share the next. */
static void one_settlement_serves_all_that_are_ready(void **state)
{
	struct net_server server;
	struct buf out;
	int fds[CLIENTS];
	(void)state;
	buf_init(&out, 10000);
	net_server_start(&world, &(struct net_server_opts){.settle_ms = SETTLE_MS}, &server);
	for (int i = 0; i < CLIENTS; i++)
		fds[i] = net_raw_connect(server.port);
	(void)usleep(50000); /* all accepted */
	net_raw_send(fds[0], LAST);
	(void)usleep(50000);
	for (int i = 1; i < CLIENTS; i++)
		net_raw_send(fds[i], LAST);
	for (int i = 0; i < CLIENTS; i++) {
		assert_true(net_raw_drain(fds[i], 10000, &out));
		(void)close(fds[i]);
	}
	assert_int_equal(count(&out, "HTTP/1.1 200 "), CLIENTS);
	/* 2 on a machine with time; never one for each. */
	int n = settles(server.port);
	assert_true(n >= 2 && n < CLIENTS);
	buf_done(&out);
	net_server_stop(&server);
}

static void a_failed_settlement_answers_nobody_with_success(void **state)
{
	struct net_server server;
	struct buf out;
	int fds[3];
	(void)state;
	buf_init(&out, 10000);
	net_server_start(&world, &(struct net_server_opts){.settle_ms = SETTLE_MS}, &server);
	for (int i = 0; i < 3; i++)
		fds[i] = net_raw_connect(server.port);
	(void)usleep(50000);
	net_raw_send(fds[0], LAST);
	(void)usleep(50000); /* these two meet in the second settlement */
	net_raw_send(fds[1], LAST);
	net_raw_send(fds[2], LOST HELD);
	assert_true(net_raw_drain(fds[0], 10000, &out));
	assert_int_equal(count(&out, "HTTP/1.1 200 "), 1);
	buf_reset(&out);
	assert_true(net_raw_drain(fds[1], 10000, &out));
	assert_int_equal(count(&out, "HTTP/1.1 507 "), 1);
	assert_int_equal(count(&out, "undone"), 1);
	assert_int_equal(count(&out, "held"), 0);
	buf_reset(&out);
	/* The connection lives on, and the next settlement is a new one. */
	(void)net_raw_drain(fds[2], 3 * SETTLE_MS, &out);
	assert_true(count(&out, "HTTP/1.1 507 ") == 1 && count(&out, "HTTP/1.1 200 ") == 1);
	for (int i = 0; i < 3; i++)
		(void)close(fds[i]);
	buf_done(&out);
	net_server_stop(&server);
}

/* Requests sent ahead are neither lost nor make a turn endless; inside TLS they may lie where no event tells of them.
 */
static void pipelined_requests_are_settled_one_by_one(void **state)
{
	struct net_server server;
	struct buf in, out;
	(void)state;
	buf_init(&in, 100000);
	buf_init(&out, 100000);
	net_server_start(&world, &(struct net_server_opts){0}, &server);
	for (int i = 0; i < 50; i++)
		buf_put_text(&in, HELD);
	buf_put_text(&in, LAST);
	int fd = net_raw_connect(server.port);
	net_raw_send(fd, buf_text(&in));
	assert_true(net_raw_drain(fd, 10000, &out));
	(void)close(fd);
	assert_int_equal(count(&out, "HTTP/1.1 200 "), 51);
	assert_int_equal(settles(server.port), 51);
	buf_done(&in);
	buf_done(&out);
	net_server_stop(&server);
}

static void over_tls_a_kept_connection_goes_on(void **state)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct http_answer a;
	(void)state;
	http_answer_init(&a, 100);
	net_server_start(&world, &(struct net_server_opts){.tls = true, .ask_client = true}, &server);
	struct tls_context *tls = net_client_tls(&world, NET_CLIENT, NET_CA);
	check_ok(net_open(tls, "127.0.0.1", server.port, &c, &e));
	for (int i = 0; i < 20; i++) {
		check_ok(net_get(c, i % 3 == 2 ? "/held-lost" : "/held", &a, &e));
		assert_int_equal(a.status, i % 3 == 2 ? 507 : 200);
	}
	struct http_call head = {.method = HTTP_HEAD, .path = "/held", .body_max = 10, .deadline_ms = 5000};
	check_ok(http_client_call(c, &head, &a, &e));
	assert_int_equal(a.body.len, 0);
	check_ok(net_get(c, "/settles", &a, &e));
	assert_string_equal(buf_text(&a.body), "21");
	http_client_free(c);
	tls_context_free(tls);
	http_answer_done(&a);
	net_server_stop(&server);
}

static void deadlines_do_not_cut_what_is_held(void **state)
{
	struct net_server server;
	struct buf out;
	(void)state;
	buf_init(&out, 10000);
	net_server_start(
		&world,
		&(struct net_server_opts){
			.settle_ms = SETTLE_MS, .head_ms = 50, .body_ms = 5000, .idle_ms = 5000, .handshake_ms = 5000},
		&server);
	int fd = net_raw_connect(server.port);
	net_raw_send(fd, HELD LAST);
	assert_true(net_raw_drain(fd, 5000, &out));
	assert_int_equal(count(&out, "HTTP/1.1 200 "), 2);
	(void)close(fd);
	buf_done(&out);
	net_server_stop(&server);
}

static void without_a_settlement_nothing_waits(void **state)
{
	struct net_server server;
	struct buf out;
	(void)state;
	buf_init(&out, 10000);
	net_server_start(&world, &(struct net_server_opts){.no_settle = true}, &server);
	int fd = net_raw_connect(server.port);
	net_raw_send(fd, HELD LAST);
	assert_true(net_raw_drain(fd, 5000, &out));
	assert_int_equal(count(&out, "HTTP/1.1 200 "), 2);
	(void)close(fd);
	assert_int_equal(settles(server.port), 0);
	buf_done(&out);
	net_server_stop(&server);
}

/* Cut while an answer is held: no leak, no crash, no answer. */
static void a_client_that_left_disturbs_nobody(void **state)
{
	struct net_server server;
	(void)state;
	net_server_start(&world, &(struct net_server_opts){.settle_ms = 50}, &server);
	for (int i = 0; i < 5; i++) {
		int fd = net_raw_connect(server.port);
		net_raw_send(fd, HELD HELD HELD);
		(void)close(fd);
	}
	(void)settles(server.port);
	net_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_goes_out_before_the_settlement),
		cmocka_unit_test(one_settlement_serves_all_that_are_ready),
		cmocka_unit_test(a_failed_settlement_answers_nobody_with_success),
		cmocka_unit_test(pipelined_requests_are_settled_one_by_one),
		cmocka_unit_test(over_tls_a_kept_connection_goes_on),
		cmocka_unit_test(deadlines_do_not_cut_what_is_held),
		cmocka_unit_test(without_a_settlement_nothing_waits),
		cmocka_unit_test(a_client_that_left_disturbs_nobody),
	};
	return cmocka_run_group_tests_name("http hold", tests, set_up, tear_down);
}
