/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a role gives up before it looks at its first byte: other users' identity, the file system (Landlock), system
 * calls (seccomp), new privileges. A role states what it keeps; everything else is refused with EPERM.
 */
#ifndef HALLMARK_HOST_OS_SANDBOX_H
#define HALLMARK_HOST_OS_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/base/err.h"

/* What is kept. Reading and writing open descriptors, memory, time, waiting are always kept. */
enum sandbox_keep {
	SANDBOX_FILES = 1 << 0,	    /* open, create, rename, remove below the given paths */
	SANDBOX_CONNECT = 1 << 1,   /* make TCP and UDP connections, resolve names */
	SANDBOX_ACCEPT = 1 << 2,    /* accept on sockets that are already listening */
	SANDBOX_LISTEN = 1 << 3,    /* bind and listen */
	SANDBOX_THREADS = 1 << 4,   /* libraries that start threads */
	SANDBOX_NETFILTER = 1 << 5, /* the packet filter over netlink; of root's rights only CAP_NET_ADMIN stays */
};

struct sandbox {
	uid_t uid; /* 0: keep ours */
	gid_t gid;
	const char *const *read_paths;	/* NULL-terminated or NULL */
	const char *const *write_paths; /* read, write, create, remove below them */
	unsigned keep;			/* enum sandbox_keep */
};

/* What was really given up: reported as evidence, never assumed. */
struct sandbox_state {
	bool user_dropped;
	bool no_new_privs;
	bool landlock; /* false: the kernel has none */
	bool seccomp;
};

/*
 * Only the first step, for a role that has work to do as its own user (make files, bind a socket) before it gives up
 * the rest. uid 0: nothing to do.
 */
rc sandbox_become(uid_t uid, gid_t gid, struct err *e) MUST_CHECK;

/*
 * Enter it, in this order: descriptors stay open, groups and user change, Landlock, seccomp. A kernel without Landlock
 * is not an error (see the state); anything else that fails is, and the process must then end.
 */
rc sandbox_enter(const struct sandbox *s, struct sandbox_state *ret, struct err *e) MUST_CHECK;

#endif
