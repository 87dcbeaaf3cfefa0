/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The init of the virtual device: boots, starts the product's services as their users and the agent from the unpacked
 * tree, restarts a service that ends, and boots again when the agent asks. Ends all of them on SIGTERM.
 */
#include "vdev.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/clock.h"
#include "host/os/loop.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

#define RESTART_MS 1000
#define STOP_MS 5000
#define STOP_STEP_US 20000

struct init {
	const char *device;
	long uid_base;
	struct loop *loop;
	struct policy *policy;
	pid_t agent;
	pid_t services[POLICY_SERVICES_MAX]; /* by index in the policy; 0: not running */
	int agent_status;
	bool terminated;
};

static rc load_policy(struct init *in, int slot, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, POLICY_MAX);
	(void)snprintf(path, sizeof path, "%s/state/policy-%c.json", in->device, 'a' + slot);
	if (!file_exists(path))
		(void)snprintf(path, sizeof path, "%s/factory/policy.json", in->device);
	rc r = file_read(path, POLICY_MAX, &text, e);
	if (rc_ok(r))
		r = policy_decode(buf_view(&text), &in->policy, e);
	return rc_failed(r) ? err_wrap(e, "policy of slot %c", 'a' + slot) : RC_OK;
}

static rc start_service(struct init *in, size_t i, struct err *e)
{
	const struct policy_service *s = &in->policy->services[i];
	char path[FILE_PATH_MAX], socket_env[FILE_PATH_MAX + 32];
	const char *argv[POLICY_ARGS_MAX + 2] = {path};
	(void)snprintf(path, sizeof path, "%s/root/%s", in->device, s->exec);
	(void)snprintf(socket_env, sizeof socket_env, "HALLMARK_SOCKET=%s/run/agent.sock", in->device);
	const char *env[] = {socket_env, NULL};
	for (size_t a = 0; a < s->args_n; a++)
		argv[1 + a] = s->args[a];
	struct spawn spawn = {.path = path,
			      .argv = argv,
			      .stdout_fd = -1,
			      .die_with_parent = true,
			      .uid = geteuid() == 0 && in->uid_base ? (uid_t)s->user : 0,
			      .env = env};
	return spawn_exec(&spawn, &in->services[i], e);
}

static rc start_agent(struct init *in, struct err *e)
{
	char path[FILE_PATH_MAX], base[24];
	(void)snprintf(path, sizeof path, "%s/root/usr/bin/hallmarkd", in->device);
	(void)snprintf(base, sizeof base, "%ld", in->uid_base);
	const char *argv[] = {path, "--device", in->device, "--uid-base", base, NULL};
	struct spawn spawn = {.path = path, .argv = argv, .stdout_fd = -1, .die_with_parent = true};
	return spawn_exec(&spawn, &in->agent, e);
}

static void restart_services(void *ctx, struct now now)
{
	struct init *in = ctx;
	struct err e = {0};
	(void)now;
	for (size_t i = 0; i < in->policy->services_n; i++)
		if (!in->services[i] && rc_failed(start_service(in, i, &e)))
			(void)fprintf(stderr, "init: %s\n", e.text);
}

static void reap(struct init *in)
{
	int status;
	pid_t pid;
	bool restart = false;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == in->agent) {
			in->agent = 0;
			in->agent_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			loop_stop(in->loop);
		}
		for (size_t i = 0; i < in->policy->services_n; i++) {
			if (pid != in->services[i])
				continue;
			(void)fprintf(stderr, "init: service %s ended (status %d)\n", in->policy->services[i].id,
				      status);
			in->services[i] = 0;
			restart = true;
		}
	}
	struct err e = {0};
	if (restart && rc_failed(loop_timer(in->loop, RESTART_MS, restart_services, in, NULL, &e)))
		(void)fprintf(stderr, "init: %s\n", e.text);
}

static void on_signal(void *ctx, int signo, struct now now)
{
	struct init *in = ctx;
	(void)now;
	if (signo == SIGCHLD) {
		reap(in);
		return;
	}
	in->terminated = true;
	loop_stop(in->loop);
}

static void stop_one(pid_t *pid)
{
	if (*pid <= 0)
		return;
	(void)kill(*pid, SIGTERM);
	for (int waited = 0; waited < STOP_MS * 1000; waited += STOP_STEP_US) {
		if (waitpid(*pid, NULL, WNOHANG) == *pid) {
			*pid = 0;
			return;
		}
		(void)usleep(STOP_STEP_US);
	}
	(void)kill(*pid, SIGKILL);
	(void)waitpid(*pid, NULL, 0);
	*pid = 0;
}

static void stop_all(struct init *in)
{
	stop_one(&in->agent);
	for (size_t i = 0; i < in->policy->services_n; i++)
		stop_one(&in->services[i]);
}

/* One boot until the agent ends or we are told to. */
static rc run_once(struct init *in, struct err *e)
{
	int slot = 0;
	rc r = vdev_boot(in->device, &slot, e);
	if (rc_ok(r))
		r = load_policy(in, slot, e);
	if (rc_failed(r))
		return r;
	(void)fprintf(stderr, "init: booted slot %c, version %s\n", 'a' + slot, in->policy->version);
	r = start_agent(in, e);
	for (size_t i = 0; rc_ok(r) && i < in->policy->services_n; i++) {
		struct err service_err = {0};
		/* A service that cannot start is for the health check to judge, not a reason not to boot. */
		if (rc_failed(start_service(in, i, &service_err)))
			(void)fprintf(stderr, "init: %s\n", service_err.text);
	}
	if (rc_ok(r))
		r = loop_run(in->loop, e);
	stop_all(in);
	policy_free(in->policy);
	in->policy = NULL;
	return r;
}

rc vdev_run(const char *device, long uid_base, struct err *e)
{
	struct init in = {.device = device, .uid_base = uid_base};
	rc r = loop_new(&in.loop, e);
	if (rc_ok(r))
		r = loop_signal(in.loop, SIGCHLD, on_signal, &in, e);
	if (rc_ok(r))
		r = loop_signal(in.loop, SIGTERM, on_signal, &in, e);
	if (rc_ok(r))
		r = loop_signal(in.loop, SIGINT, on_signal, &in, e);
	while (rc_ok(r) && !in.terminated) {
		in.agent_status = 0;
		r = run_once(&in, e);
		if (in.terminated || rc_failed(r))
			break;
		(void)fprintf(stderr, "init: agent ended with status %d: %s\n", in.agent_status,
			      in.agent_status == VDEV_EXIT_REBOOT ? "reboot" : "restarting the device");
		if (in.agent_status != VDEV_EXIT_REBOOT)
			(void)usleep(RESTART_MS * 1000);
	}
	loop_free(in.loop);
	return r;
}
