/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A break-in for tests: linked into copies of hallmarkd and hallmark-fleet, it takes a role over at the moment when its
 * own code has entered its own sandbox (the linker wraps sandbox_enter), and then does what an attacker would. What to
 * do is in the file `attack` beside the device or data folder; what came of it is written to `attack.out`, a line each:
 * role, attempt, result. Without the file it does nothing.
 */
#include "compromise_role.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PLAN_MAX 64

static struct compromise me;
static bool active;

void compromise_say(const char *what, const char *result)
{
	char line[512];
	int n = snprintf(line, sizeof line, "%s %s: %s\n", me.role, what, result);
	ssize_t written = write(me.out_fd, line, (size_t)n);
	(void)written;
}

void compromise_wait(void)
{
	struct timespec t = {.tv_sec = 1};
	for (int i = 0; i < 600; i++)
		(void)nanosleep(&t, NULL);
	_exit(0);
}

static size_t read_text(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);
	(void)close(fd);
	out[n > 0 ? n : 0] = 0;
	return n > 0 ? (size_t)n : 0;
}

static const char *next_argument(const char *line, size_t n, const char *at)
{
	at += strlen(at) + 1;
	return at < line + n ? at : NULL;
}

/* "hallmarkd --device DIR ... --role NAME", "hallmark-fleet role NAME DATA ...". */
static void who_am_i(const char *line, size_t n)
{
	for (const char *at = line; at; at = next_argument(line, n, at)) {
		const char *value = next_argument(line, n, at);
		if (value && strcmp(at, "--device") == 0)
			(void)snprintf(me.base, sizeof me.base, "%s/..", value);
		if (value && strcmp(at, "--role") == 0)
			(void)snprintf(me.role, sizeof me.role, "%s", value);
		if (value && strcmp(at, "role") == 0) {
			me.fleet = true;
			(void)snprintf(me.role, sizeof me.role, "%s", value);
			value = next_argument(line, n, value);
			(void)snprintf(me.base, sizeof me.base, "%s/..", value ? value : "");
		}
	}
}

/* The role that its parent started first, and that it is not itself: the engine, the device role. */
static pid_t find_victim(void)
{
	char path[64], line[4096];
	for (pid_t pid = getppid() + 1; !me.first && pid < getpid(); pid++) {
		(void)snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
		size_t n = read_text(path, line, sizeof line);
		const char *want = me.fleet ? "device" : "engine";
		bool role = false;
		for (const char *at = line; n && at; at = next_argument(line, n, at)) {
			if (role && strcmp(at, want) == 0)
				return pid;
			role = strcmp(at, "role") == 0 || strcmp(at, "--role") == 0;
		}
	}
	return getppid();
}

/* Is the plan for this role: "contain", or "ROLE ATTACK"? Read at the very start, while files can be opened. */
__attribute__((constructor)) static void read_plan(void)
{
	char line[4096], path[700], plan[PLAN_MAX];
	size_t n = read_text("/proc/self/cmdline", line, sizeof line);
	who_am_i(line, n);
	(void)snprintf(path, sizeof path, "%s/attack", me.base);
	if (!read_text(path, plan, sizeof plan))
		return;
	char *attack = strchr(plan, ' ');
	if (attack)
		*attack++ = 0;
	if (!*me.role || (attack && strcmp(plan, me.role) != 0))
		return;
	(void)snprintf(me.attack, sizeof me.attack, "%s", attack ? attack : plan);
	me.first = strcmp(me.role, "engine") == 0 || strcmp(me.role, "device") == 0;
	me.victim = find_victim();
	(void)snprintf(path, sizeof path, "%s/attack.out", me.base);
	me.out_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	active = me.out_fd >= 0;
}

rc __real_sandbox_enter(const struct sandbox *s, struct sandbox_state *ret, struct err *e);
rc __wrap_sandbox_enter(const struct sandbox *s, struct sandbox_state *ret, struct err *e);

rc __wrap_sandbox_enter(const struct sandbox *s, struct sandbox_state *ret, struct err *e)
{
	rc r = __real_sandbox_enter(s, ret, e);
	if (rc_failed(r) || !active)
		return r;
	me.state = *ret;
	if (strcmp(me.attack, "contain") == 0)
		compromise_contain(&me);
	else
		compromise_speak(&me);
	compromise_say("attack", "ended");
	return r;
}

/* In a build with AddressSanitizer: a sandboxed role cannot start the leak checker's thread. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
