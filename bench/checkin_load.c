/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends check-ins of one device to its service, over one kept connection or with a new handshake each, so that
 * tools/bench can read the service's CPU time for a known number of requests. Prints "N requests, S s".
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/model/checkin.h"
#include "host/keys/keyfile.h"
#include "host/net/http_client.h"
#include "host/os/clock.h"
#include "host/os/file.h"

#define COUNT_MAX 1000000

struct device {
	char host[64];
	uint16_t port;
	struct privkey key;
	struct buf cert, ca;
	struct tls_context *tls;
};

static rc load(const char *dir, struct device *d, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct tls_config config = {0};
	buf_init(&d->cert, 16384);
	buf_init(&d->ca, 16384);
	rc r = file_path(path, e, dir, "factory/tls.key");
	if (rc_ok(r))
		r = keyfile_load(path, bytes_of(NULL, 0), &d->key, e);
	if (rc_ok(r))
		r = file_path(path, e, dir, "factory/tls.pem");
	if (rc_ok(r))
		r = file_read(path, 16384, &d->cert, e);
	if (rc_ok(r))
		r = file_path(path, e, dir, "factory/service-ca.pem");
	if (rc_ok(r))
		r = file_read(path, 16384, &d->ca, e);
	if (rc_failed(r))
		return r;
	config.cert_pem = buf_view(&d->cert);
	config.key = &d->key;
	config.peer_ca_pem = buf_view(&d->ca);
	return tls_client_context(&config, &d->tls, e);
}

static rc call_once(struct http_client *c, struct bytes body, struct err *e)
{
	struct http_answer answer;
	http_answer_init(&answer, CHECKIN_MAX);
	struct http_call call = {.method = HTTP_POST,
				 .path = "/v1/checkin",
				 .headers = "Content-Type: application/json\r\n",
				 .body = body,
				 .body_max = CHECKIN_MAX};
	rc r = http_client_call(c, &call, &answer, e);
	if (rc_ok(r) && answer.status != 200)
		r = err_set(e, ERR_NETWORK, "the service answered %d", answer.status);
	http_answer_done(&answer);
	return r;
}

static rc load_service(const struct device *d, long count, bool reconnect, struct err *e)
{
	CLEANUP(buf_done) struct buf body;
	struct checkin_request q = {.version = "1.0.0", .counter = 1, .slot = 'a', .state = "idle", .mode = "normal"};
	struct http_client_config config = {.host = d->host, .port = d->port, .tls = d->tls};
	struct http_client *c = NULL;
	buf_init(&body, CHECKIN_MAX);
	rc r = checkin_request_encode(&q, &body, e);
	for (long i = 0; rc_ok(r) && i < count; i++) {
		if (reconnect) {
			http_client_free(c);
			c = NULL;
		}
		if (!c)
			r = http_client_open(&config, &c, e);
		if (rc_ok(r))
			r = call_once(c, buf_view(&body), e);
	}
	http_client_free(c);
	return r;
}

int main(int argc, char **argv)
{
	struct device d = {0};
	struct err e = {0};
	if (argc != 6) {
		(void)fprintf(stderr, "usage: checkin_load HOST PORT DEVICE-DIR COUNT keep|reconnect\n");
		return 2;
	}
	(void)snprintf(d.host, sizeof d.host, "%s", argv[1]);
	d.port = (uint16_t)strtoul(argv[2], NULL, 10);
	long count = strtol(argv[4], NULL, 10);
	if (count < 1 || count > COUNT_MAX)
		return 2;
	rc r = load(argv[3], &d, &e);
	int64_t start = clock_now().mono.ms;
	if (rc_ok(r))
		r = load_service(&d, count, argv[5][0] == 'r', &e);
	if (rc_failed(r)) {
		(void)fprintf(stderr, "checkin_load: %s\n", e.text);
		return 1;
	}
	(void)printf("%ld requests, %.3f s\n", count, (double)(clock_now().mono.ms - start) / 1000);
	return 0;
}
