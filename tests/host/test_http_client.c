/* SPDX-License-Identifier: Apache-2.0 */
/* The client against servers that die, cut, lie or never answer. */
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
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

static void test_cut_bodies(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct http_answer a;
	(void)s;
	http_answer_init(&a, 4 << 20);
	for (int tls_on = 0; tls_on < 2; tls_on++) {
		struct tls_context *tls = tls_on ? net_client_tls(&world, NET_CA, NET_CA) : NULL;
		net_server_start(&world, &(struct net_server_opts){.tls = tls_on}, &server);
		check_ok(net_open(tls, "127.0.0.1", server.port, &c, &e));
		check_fails(ERR_NETWORK, net_get(c, "/file-shrunk", &a, &e));
		assert_true(strstr(e.text, "cut") != NULL);
		assert_true(a.body.len <= NET_FILE_BYTES);
		check_ok(net_get(c, "/hello", &a, &e)); /* by a new connection */
		http_client_free(c);
		tls_context_free(tls);
		net_server_stop(&server);
	}
	http_answer_done(&a);
}

static rc stuck_sink(void *ctx, struct bytes piece, struct err *e)
{
	const struct net_server *server = ctx;
	(void)piece;
	/* The server kills itself a second after the first byte; what the socket buffers hold is all there will be. */
	if (waitid(P_PID, (id_t)server->pid, &(siginfo_t){0}, WEXITED | WNOWAIT) != 0)
		return err_set(e, ERR_IO, "wait");
	return RC_OK;
}

static void test_killed_peer(void **s)
{
	struct err e = {0};
	struct net_server server;
	struct http_client *c = NULL;
	struct http_answer a;
	int status;
	(void)s;
	http_answer_init(&a, 100);
	struct tls_context *tls = net_client_tls(&world, NET_CA, NET_CA);
	net_server_start(&world, &(struct net_server_opts){.tls = true}, &server);
	check_ok(net_open(tls, "127.0.0.1", server.port, &c, &e));
	struct http_call call = {.method = HTTP_GET,
				 .path = "/die",
				 .body_max = 4 << 20,
				 .deadline_ms = 10000,
				 .sink = stuck_sink,
				 .sink_ctx = &server};
	check_fails(ERR_NETWORK, http_client_call(c, &call, &a, &e));
	assert_int_equal(waitpid(server.pid, &status, 0), server.pid);
	assert_true(WIFSIGNALED(status));
	check_fails(ERR_NETWORK, net_get(c, "/hello", &a, &e)); /* nobody there any more */
	http_client_free(c);
	(void)close(server.stop_fd);
	tls_context_free(tls);
	http_answer_done(&a);
}

/* A server of one scripted answer, for what our own would never send. */
static pid_t scripted(const char *answer, bool linger, uint16_t *ret_port)
{
	struct err e = {0};
	int fd = -1;
	check_ok(http_listen("127.0.0.1", 0, &fd, ret_port, &e));
	pid_t pid = fork();
	if (pid == 0) {
		char request[4096];
		int flags = 0, peer;
		(void)alarm(10);
		do
			peer = accept(fd, NULL, NULL); /* non-blocking: poll by trying */
		while (peer < 0 && usleep(1000) == 0);
		(void)!recv(peer, request, sizeof request, flags);
		(void)!send(peer, answer, strlen(answer), MSG_NOSIGNAL);
		if (linger)
			(void)sleep(5);
		_exit(0);
	}
	(void)close(fd);
	return pid;
}

static void test_strange_servers(void **s)
{
	static const struct {
		const char *answer;
		bool linger;
		enum err_code code;
		const char *body;
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true, ERR_NONE, "abc"},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
		 "2\r\n\r\nok",
		 true, ERR_NONE, "ok"},
		{"HTTP/1.0 200 OK\r\n\r\nuntil the end", false, ERR_NONE, "until the end"},
		{"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", true, ERR_NONE, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcEXTRA", true, ERR_NONE, "abc"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", false, ERR_NETWORK, NULL},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false, ERR_NETWORK, NULL},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", true, ERR_INPUT, NULL},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\naaa", true, ERR_TIMEOUT, NULL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", true, ERR_LIMIT, NULL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", false, ERR_NETWORK, NULL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true, ERR_TIMEOUT, NULL},
		{"HTTP/1.1 200 OK\nContent-Length: 4\n\nabcd", true, ERR_INPUT, NULL},
		{"HTTP/1.1 101 Switching\r\n\r\n", true, ERR_INPUT, NULL},
		{"SSH-2.0-OpenSSH\r\n\r\n", true, ERR_INPUT, NULL},
		{"", false, ERR_NETWORK, NULL},
	};
	struct http_answer a;
	(void)s;
	http_answer_init(&a, 1000);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		struct http_client *c = NULL;
		uint16_t port;
		pid_t pid = scripted(cases[i].answer, cases[i].linger, &port);
		check_ok(net_open(NULL, "127.0.0.1", port, &c, &e));
		struct http_call call = {.method = HTTP_GET, .path = "/", .body_max = 1000, .deadline_ms = 400};
		rc r = http_client_call(c, &call, &a, &e);
		if (r.code != cases[i].code || (rc_ok(r) && strcmp(buf_text(&a.body), cases[i].body) != 0))
			fail_msg("%s: got %s (%s), body '%s'", cases[i].answer, err_code_name(r.code), e.text,
				 buf_text(&a.body));
		http_client_free(c);
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	http_answer_done(&a);
}

static void test_client_deadline_and_calls(void **s)
{
	struct err e = {0};
	struct http_client *c = NULL;
	struct http_answer a;
	uint16_t port;
	int fd = -1;
	(void)s;
	http_answer_init(&a, 100);
	/* Listening, never accepting: the connection stands, nothing answers. */
	check_ok(http_listen("127.0.0.1", 0, &fd, &port, &e));
	check_ok(net_open(NULL, "127.0.0.1", port, &c, &e));
	struct http_call call = {.method = HTTP_GET, .path = "/", .body_max = 10, .deadline_ms = 200};
	int64_t began = clock_now().mono.ms;
	check_fails(ERR_TIMEOUT, http_client_call(c, &call, &a, &e));
	int64_t took = clock_now().mono.ms - began;
	assert_true(took >= 200 && took < 1500);
	/* TLS to the same: the handshake has a deadline too. */
	struct tls_context *tls = net_client_tls(&world, NET_CA, NET_CA);
	struct http_client *never = NULL;
	struct http_client_config config = {.host = "127.0.0.1", .port = port, .tls = tls, .connect_ms = 200};
	check_fails(ERR_TIMEOUT, http_client_open(&config, &never, &e));
	tls_context_free(tls);
	static const char *const paths[] = {"", "x", "/a b", "/a\r\nX: y", "/\x80"};
	static const char *const headers[] = {"X: y", "X: y\r\n\r\n", "\r\n", "nonsense\r\n"};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		call.path = paths[i];
		check_fails(ERR_INPUT, http_client_call(c, &call, &a, &e));
	}
	call.path = "/";
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		call.headers = headers[i];
		check_fails(ERR_INPUT, http_client_call(c, &call, &a, &e));
	}
	http_client_free(c);
	(void)close(fd);
	check_fails(ERR_NETWORK, net_open(NULL, "127.0.0.1", port, &never, &e));
	http_answer_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_bodies),
		cmocka_unit_test(test_killed_peer),
		cmocka_unit_test(test_strange_servers),
		cmocka_unit_test(test_client_deadline_and_calls),
	};
	return cmocka_run_group_tests_name("host http client", tests, make_world, end_world);
}
