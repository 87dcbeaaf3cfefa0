/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the roles of the service share: how they are told what to do, how they log, and how they serve. The parent
 * (service.c) starts each as `hallmark-fleet role NAME ...` with its listening socket as descriptor 3.
 */
#ifndef HALLMARK_FLEET_ROLES_ROLE_H
#define HALLMARK_FLEET_ROLES_ROLE_H

#include "host/net/http_server.h"
#include "host/os/sandbox.h"

#define ROLE_LISTEN_FD 3
#define ROLE_CHANNEL_FD 4

/* Arguments of a role, in this order; "" where there is none. */
enum role_arg {
	ROLE_DATA,
	ROLE_REPO,
	ROLE_TLS_CERT,
	ROLE_TLS_KEY,
	ROLE_FACTORY_CA,
	ROLE_COMPILED,
	ROLE_CHECKIN_S,
	ROLE_ARG_COUNT
};

/* One line on standard error; texts are already free of control characters (err.h). */
void role_log(const char *role, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Server TLS from files, read before the sandbox closes. Empty cert: *ret_tls stays NULL, plain HTTP. */
struct role_tls {
	struct tls_context *context;
	struct privkey key;
};
rc role_tls_init(struct role_tls *t, const char *cert, const char *key, const char *peer_ca, struct err *e) MUST_CHECK;
void role_tls_done(struct role_tls *t);

struct role_serve {
	const char *name;
	struct tls_context *tls;
	http_handler_fn *handler;
	http_settle_fn *settle; /* or NULL */
	void *ctx;
	size_t body_max;
	struct sandbox sandbox;
	int64_t every_ms; /* call `tick` so often; 0: never */
	void (*tick)(void *ctx, struct now now);
	int channel_fd; /* call `incoming` when it is readable; -1: none */
	rc (*incoming)(void *ctx, int fd, struct now now, struct err *e); /* a failure ends the role */
};

/* Enter the sandbox, serve until SIGTERM, drain. */
rc role_serve(const struct role_serve *s, struct err *e) MUST_CHECK;

/* The mains: arguments as above. */
rc role_device(const char *const args[ROLE_ARG_COUNT], struct err *e) MUST_CHECK;
rc role_public(const char *const args[ROLE_ARG_COUNT], struct err *e) MUST_CHECK;
rc role_operator(const char *const args[ROLE_ARG_COUNT], struct err *e) MUST_CHECK;
rc role_timestamp(const char *const args[ROLE_ARG_COUNT], struct err *e) MUST_CHECK; /* ROLE_TLS_KEY: its key */

/* argv from "role" on. Exit status of the process. */
int role_main(int argc, char **argv);

#endif
