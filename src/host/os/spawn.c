/* SPDX-License-Identifier: Apache-2.0 */
/* fork + exec with nothing inherited but what was named. */
#include "host/os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/os/clock.h"
#include "core/base/banned.h"

#define EXEC_FAILED 127
#define FD_PARK 64 /* moved up here first, so that no target number is overwritten before it was moved */
#define POLL_CHILD_US 5000

rc spawn_self(char *ret, size_t size, struct err *e)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);
	if (n < 0 || (size_t)n >= size - 1)
		return err_errno(e, n < 0 ? errno : ENAMETOOLONG, "find the running program");
	ret[n] = 0;
	return RC_OK;
}

static void move_fds(const struct spawn *s)
{
	int parked[SPAWN_FDS_MAX];
	for (size_t i = 0; i < s->fds_n; i++)
		parked[i] = fcntl(s->fds[i], F_DUPFD, FD_PARK);
	for (size_t i = 0; i < s->fds_n; i++)
		if (parked[i] < 0 || dup2(parked[i], SPAWN_FIRST_FD + (int)i) < 0)
			_exit(EXEC_FAILED);
	unsigned first_closed = SPAWN_FIRST_FD + (unsigned)s->fds_n;
	if (syscall(SYS_close_range, first_closed, ~0u, 0) != 0)
		for (int fd = (int)first_closed; fd < 1024; fd++)
			(void)close(fd);
}

static void child(const struct spawn *s, pid_t parent)
{
	static char path_env[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang_env[] = "LANG=C.UTF-8";
	char *env[2 + SPAWN_ENV_MAX + 1] = {path_env, lang_env};
	char *argv[SPAWN_ARGS_MAX + 1] = {0};
	for (size_t i = 0; i < SPAWN_ARGS_MAX && s->argv[i]; i++)
		argv[i] = (char *)(uintptr_t)s->argv[i];
	for (size_t i = 0; s->env && i < SPAWN_ENV_MAX && s->env[i]; i++)
		env[2 + i] = (char *)(uintptr_t)s->env[i];
	if (s->stdin_fd > 0 && dup2(s->stdin_fd, 0) < 0)
		_exit(EXEC_FAILED);
	if (s->stdout_fd >= 0 && dup2(s->stdout_fd, 1) < 0)
		_exit(EXEC_FAILED);
	move_fds(s);
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL); /* an ignored signal would be inherited */
	gid_t gid = (gid_t)s->uid;
	if (s->uid &&
	    (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(s->uid, s->uid, s->uid) != 0))
		_exit(EXEC_FAILED);
	/* After the user change, which would clear it. */
	if (s->die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(EXEC_FAILED);
	(void)execve(s->path, argv, env);
	_exit(EXEC_FAILED);
}

rc spawn_exec(const struct spawn *s, pid_t *ret, struct err *e)
{
	if (s->fds_n > SPAWN_FDS_MAX)
		return err_set(e, ERR_INTERNAL, "more than %d descriptors for %s", SPAWN_FDS_MAX, s->path);
	if (access(s->path, X_OK) != 0)
		return err_errno(e, errno, "start %s", s->path);
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(e, errno, "fork for %s", s->path);
	if (pid == 0)
		child(s, parent);
	*ret = pid;
	return RC_OK;
}

rc spawn_wait(const struct spawn *s, int64_t timeout_ms, int *ret_status, struct err *e)
{
	pid_t pid;
	rc r = spawn_exec(s, &pid, e);
	if (rc_failed(r))
		return r;
	int64_t end = clock_now().mono.ms + timeout_ms;
	for (;;) {
		int status;
		pid_t got = waitpid(pid, &status, WNOHANG);
		if (got == pid) {
			*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			return RC_OK;
		}
		if (got < 0 && errno != EINTR)
			return err_errno(e, errno, "wait for %s", s->path);
		if (clock_now().mono.ms >= end)
			break;
		(void)usleep(POLL_CHILD_US);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return err_set(e, ERR_TIMEOUT, "%s did not end within %lld ms", s->path, (long long)timeout_ms);
}
