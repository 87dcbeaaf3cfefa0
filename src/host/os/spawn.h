/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Privilege separation by fork + exec: a role is this program started again, so that it shares no memory layout with
 * its parent, with a cleared environment and only the descriptors it was given.
 */
#ifndef HALLMARK_HOST_OS_SPAWN_H
#define HALLMARK_HOST_OS_SPAWN_H

#include <sys/types.h>

#include "core/base/err.h"

#define SPAWN_FIRST_FD 3 /* the given descriptors arrive as 3, 4, ... */
#define SPAWN_FDS_MAX 8
#define SPAWN_ARGS_MAX 32
#define SPAWN_ENV_MAX 8

/* Path of the running program (/proc/self/exe), for spawn_exec. */
rc spawn_self(char *ret, size_t size, struct err *e) MUST_CHECK;

struct spawn {
	const char *path;
	const char *const *argv; /* NULL-terminated, argv[0] included; at most SPAWN_ARGS_MAX */
	const int *fds;		 /* become SPAWN_FIRST_FD... in the child; every other descriptor above 2 is closed */
	size_t fds_n;
	int stdin_fd;  /* 0: keep ours */
	int stdout_fd; /* -1: keep ours */
	bool die_with_parent;
	uid_t uid;		/* become this user and group (no others) first; 0: stay who we are */
	const char *const *env; /* NULL-terminated, added to PATH and LANG; at most SPAWN_ENV_MAX; may be NULL */
};

/* Start it; PATH, LANG and `env` are the only environment it gets. The caller reaps *ret. */
rc spawn_exec(const struct spawn *s, pid_t *ret, struct err *e) MUST_CHECK;

/*
 * Start it, wait at most timeout_ms (then SIGKILL and ERR_TIMEOUT), give its exit status. For short helpers such as
 * mke2fs in tools; never with arguments from the network.
 */
rc spawn_wait(const struct spawn *s, int64_t timeout_ms, int *ret_status, struct err *e) MUST_CHECK;

#endif
