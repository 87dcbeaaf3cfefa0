/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent holds no key and parses nothing from the network: it binds, starts and watches. A role that crashed is
 * started again with the same socket (nobody's connection attempt is lost); one that says it cannot run ends the
 * service.
 */
#include "fleet/roles/service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fleet/roles/data.h"
#include "fleet/roles/role.h"
#include "host/os/channel.h"
#include "host/os/loop.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

#define ROLES 4
#define RESTART_MS 1000
#define CRASHES_MAX 5 /* within CRASH_WINDOW_MS: then something is wrong that a restart does not cure */
#define CRASH_WINDOW_MS 60000
#define EXIT_CANNOT 3
#define STOP_MS 12000

struct child {
	const char *name;
	int fds[2]; /* listening socket, channel end */
	size_t fds_n;
	const char *args[ROLE_ARG_COUNT];
	pid_t pid; /* 0: not running */
	int crashes;
	struct mono_time first_crash;
};

struct service {
	struct loop *loop;
	struct child children[ROLES];
	bool stopping;
	struct err failure;
};

bool service_address(const char *text, char ret_address[64], uint16_t *ret_port)
{
	if (strncmp(text, "unix:", 5) == 0) {
		*ret_port = 0;
		return snprintf(ret_address, 64, "%s", text) < 64;
	}
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	if (!colon || colon == text || colon[1] < '0' || colon[1] > '9')
		return false;
	unsigned long port = strtoul(colon + 1, &end, 10);
	size_t n = (size_t)(colon - text);
	bool brackets = text[0] == '[' && text[n - 1] == ']';
	if (*end || port > UINT16_MAX || n - 2 * brackets == 0 || n - 2 * brackets >= 64 ||
	    (!brackets && memchr(text, ':', n)))
		return false;
	memcpy(ret_address, text + brackets, n - 2 * brackets);
	ret_address[n - 2 * brackets] = 0;
	*ret_port = (uint16_t)port;
	return true;
}

static rc listen_on(const char *what, const char *scheme, const char *where, int *ret_fd, struct err *e)
{
	char address[64];
	uint16_t port = 0, got = 0;
	if (!service_address(where, address, &port)) {
		(void)err_set(e, ERR_INPUT, "%s: \"%s\" is not an address to listen on", what, where);
		return err_hint(e, "for example 127.0.0.1:8443, [::1]:8443 or unix:/run/fleet.sock");
	}
	rc r = http_listen(address, port, ret_fd, &got, e);
	if (rc_failed(r))
		return err_wrap(e, "%s", what);
	if (strncmp(where, "unix:", 5) == 0)
		(void)printf("%-15s %s\n", what, where);
	else
		(void)printf(strchr(address, ':') ? "%-15s %s://[%s]:%u\n" : "%-15s %s://%s:%u\n", what, scheme,
			     address, got);
	return RC_OK;
}

/* The timestamp role is there only if it was given a key. */
static bool wanted(const struct child *c)
{
	return c->name != NULL;
}

static rc start(struct child *c, struct err *e)
{
	char self[FILE_PATH_MAX];
	const char *argv[ROLE_ARG_COUNT + 4] = {"hallmark-fleet", "role", c->name};
	rc r = spawn_self(self, sizeof self, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < ROLE_ARG_COUNT; i++)
		argv[3 + i] = c->args[i];
	const struct spawn s = {
		.path = self, .argv = argv, .fds = c->fds, .fds_n = c->fds_n, .stdout_fd = -1, .die_with_parent = true};
	return spawn_exec(&s, &c->pid, e);
}

static bool any_runs(const struct service *s)
{
	for (size_t i = 0; i < ROLES; i++)
		if (s->children[i].pid)
			return true;
	return false;
}

static void kill_rest(void *ctx, struct now now)
{
	struct service *s = ctx;
	(void)now;
	for (size_t i = 0; i < ROLES; i++)
		if (s->children[i].pid)
			(void)kill(s->children[i].pid, SIGKILL);
}

static void stop(struct service *s)
{
	struct loop_watch *w = NULL;
	if (s->stopping)
		return;
	s->stopping = true;
	for (size_t i = 0; i < ROLES; i++)
		if (s->children[i].pid)
			(void)kill(s->children[i].pid, SIGTERM);
	if (rc_failed(loop_timer(s->loop, STOP_MS, kill_rest, s, &w, NULL)) || !any_runs(s))
		loop_stop(s->loop);
}

static void restart(void *ctx, struct now now)
{
	struct service *s = ctx;
	(void)now;
	for (size_t i = 0; !s->stopping && i < ROLES; i++)
		if (wanted(&s->children[i]) && !s->children[i].pid && rc_failed(start(&s->children[i], &s->failure)))
			stop(s);
}

static void ended(struct service *s, struct child *c, int status, struct now now)
{
	struct loop_watch *w = NULL;
	c->pid = 0;
	if (s->stopping)
		return;
	if (now.mono.ms - c->first_crash.ms > CRASH_WINDOW_MS) {
		c->first_crash = now.mono;
		c->crashes = 0;
	}
	c->crashes++;
	bool cannot = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CANNOT;
	if (cannot || c->crashes > CRASHES_MAX) {
		(void)err_set(&s->failure, ERR_WRONG_STATE, "the %s role %s", c->name,
			      cannot ? "could not run; it said why above" : "keeps crashing");
		stop(s);
		return;
	}
	role_log("parent", "the %s role ended (%s %d); starting it again", c->name,
		 WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (rc_failed(loop_timer(s->loop, RESTART_MS, restart, s, &w, &s->failure)))
		stop(s);
}

static void on_child(void *ctx, int signo, struct now now)
{
	struct service *s = ctx;
	(void)signo;
	for (size_t i = 0; i < ROLES; i++) {
		struct child *c = &s->children[i];
		int status = 0;
		if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid)
			ended(s, c, status, now);
	}
	if (s->stopping && !any_runs(s))
		loop_stop(s->loop);
}

static void on_stop(void *ctx, int signo, struct now now)
{
	(void)signo;
	(void)now;
	stop(ctx);
}

static rc bind_all(struct service *s, const struct service_config *c, struct err *e)
{
	const char *pages = c->page_cert[0] ? "https" : "http";
	int channel[2];
	rc r = listen_on("device API", "https", c->device_listen, &s->children[0].fds[0], e);
	if (rc_ok(r))
		r = listen_on("public pages", pages, c->public_listen, &s->children[1].fds[0], e);
	if (rc_ok(r))
		r = listen_on("operator pages", pages, c->operator_listen, &s->children[2].fds[0], e);
	if (rc_ok(r))
		r = channel_pair(channel, e);
	if (rc_failed(r))
		return r;
	/* Both ends stay open here, so that a role that is started again finds the line still there. */
	s->children[1].fds[1] = channel[0];
	s->children[2].fds[1] = channel[1];
	(void)fflush(stdout);
	return RC_OK;
}

static void describe(struct service *s, const struct service_config *c, const char *checkin_s)
{
	s->children[0] =
		(struct child){.name = "device",
			       .fds_n = 1,
			       .fds = {-1, -1},
			       .args = {c->data, c->repo, c->tls_cert, c->tls_key, c->factory_ca, "", checkin_s}};
	s->children[1] = (struct child){.name = "public",
					.fds_n = 2,
					.fds = {-1, -1},
					.args = {c->data, "", c->page_cert, c->page_key, "", c->compiled, ""}};
	s->children[2] = (struct child){.name = "operator",
					.fds_n = 2,
					.fds = {-1, -1},
					.args = {c->data, "", c->page_cert, c->page_key, "", "", ""}};
	s->children[3] = (struct child){.name = c->timestamp_key[0] ? "timestamp" : NULL,
					.fds = {-1, -1},
					.args = {c->data, c->repo, "", c->timestamp_key, "", "", ""}};
}

static rc run(struct service *s, struct err *e)
{
	rc r = loop_new(&s->loop, e);
	if (rc_ok(r))
		r = loop_signal(s->loop, SIGCHLD, on_child, s, e);
	if (rc_ok(r))
		r = loop_signal(s->loop, SIGTERM, on_stop, s, e);
	if (rc_ok(r))
		r = loop_signal(s->loop, SIGINT, on_stop, s, e);
	for (size_t i = 0; rc_ok(r) && i < ROLES; i++)
		r = wanted(&s->children[i]) ? start(&s->children[i], e) : RC_OK;
	if (rc_ok(r))
		r = loop_run(s->loop, e);
	kill_rest(s, (struct now){0});
	for (size_t i = 0; i < ROLES; i++)
		if (s->children[i].pid)
			(void)waitpid(s->children[i].pid, NULL, 0);
	loop_free(s->loop);
	if (rc_ok(r) && s->failure.code != ERR_NONE) {
		*e = s->failure;
		return (rc){s->failure.code};
	}
	return r;
}

rc service_run(const struct service_config *c, struct err *e)
{
	struct service s = {0};
	char checkin_s[16];
	STORE_AUTO struct store *st = NULL;
	/* Opened once here, so that a missing or newer database is said before anything listens. */
	rc r = data_open(c->data, &st, e);
	if (rc_failed(r))
		return r;
	store_free_at(&st);
	(void)snprintf(checkin_s, sizeof checkin_s, "%u", c->checkin_s);
	describe(&s, c, checkin_s);
	if (rc_ok(r = bind_all(&s, c, e)))
		r = run(&s, e);
	for (size_t i = 0; i < ROLES; i++) {
		file_close(&s.children[i].fds[0]);
		file_close(&s.children[i].fds[1]);
	}
	return r;
}
