/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU time of the HTTP core's server process, per request and per connection, from its own CPU clock: the wall clock of
 * a busy machine says nothing. One client, one request at a time, so that nothing is gained by batching.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "host/net_world.h"

#define REQUESTS 20000
#define HANDSHAKES 500
#define DOWNLOADS 100

struct bench {
	struct net_world world;
	struct net_server server;
	struct tls_context *tls; /* NULL: plain */
};

static double server_cpu_us(const struct bench *b)
{
	clockid_t clock;
	struct timespec t = {0};
	if (clock_getcpuclockid(b->server.pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		exit(1);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(rc r, const struct err *e)
{
	if (rc_ok(r))
		return;
	(void)fprintf(stderr, "net_bench: %s\n", e->text);
	exit(1);
}

static struct http_client *connected(const struct bench *b)
{
	struct http_client *c = NULL;
	struct err e = {0};
	must(net_open(b->tls, "127.0.0.1", b->server.port, &c, &e), &e);
	return c;
}

/* CPU microseconds of the server for each of n GETs of `path`; a new connection for each if `anew`. */
static double measure(const struct bench *b, const char *path, int n, bool anew)
{
	struct http_answer a;
	struct err e = {0};
	http_answer_init(&a, 4 << 20);
	struct http_client *c = connected(b);
	must(net_get(c, path, &a, &e), &e);
	double before = server_cpu_us(b);
	for (int i = 0; i < n; i++) {
		if (anew) {
			http_client_free(c);
			c = connected(b);
		}
		must(net_get(c, path, &a, &e), &e);
	}
	double took = server_cpu_us(b) - before;
	http_client_free(c);
	http_answer_done(&a);
	return took / n;
}

static void start(struct bench *b, bool tls)
{
	net_server_start(&b->world, &(struct net_server_opts){.tls = tls, .ask_client = tls}, &b->server);
	b->tls = tls ? net_client_tls(&b->world, NET_CLIENT, NET_CA) : NULL;
}

static void stop(struct bench *b)
{
	tls_context_free(b->tls);
	net_server_stop(&b->server);
}

int main(void)
{
	struct bench b;
	net_world_make(&b.world);
	start(&b, false);
	(void)printf("%-44s %12s\n", "HTTP core, server process", "CPU us each");
	(void)printf("%-44s %12.1f\n", "request, kept connection, plain", measure(&b, "/hello", REQUESTS, false));
	(void)printf("%-44s %12.1f\n", "connection and request, plain", measure(&b, "/hello", HANDSHAKES, true));
	stop(&b);
	start(&b, true);
	double request = measure(&b, "/hello", REQUESTS, false);
	(void)printf("%-44s %12.1f\n", "request, kept connection, mutual TLS 1.3", request);
	(void)printf("%-44s %12.1f\n", "handshake (mutual, P-256) and request",
		     measure(&b, "/hello", HANDSHAKES, true));
	double file = measure(&b, "/file", DOWNLOADS, false);
	(void)printf("%-44s %12.1f  (%.0f MB per CPU second)\n", "150 kB of a file, mutual TLS 1.3", file,
		     150000.0 / file);
	stop(&b);
	net_world_done(&b.world);
	return 0;
}
