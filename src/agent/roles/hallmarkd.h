/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's program: options, roles, log lines. Exit status: 0 ended by SIGTERM, HALLMARKD_REBOOT the boot loader is
 * to start the slot that the boot record names, anything else a failure.
 */
#ifndef HALLMARK_AGENT_ROLES_HALLMARKD_H
#define HALLMARK_AGENT_ROLES_HALLMARKD_H

#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"

#define HALLMARKD_OK 0
#define HALLMARKD_USAGE 2
#define HALLMARKD_IDLE 3 /* of the owner's page alone: nobody is connected */
#define HALLMARKD_FAILED 70
#define HALLMARKD_REBOOT 85

#define HALLMARKD_BOOT_ID_SIZE 33 /* hex and a NUL */

/* Users of the roles: uid base plus these. Base 0: nobody changes user. */
enum hallmarkd_uid {
	HALLMARKD_UID_ENGINE = 1,
	HALLMARKD_UID_NET,
	HALLMARKD_UID_GUARD,
	HALLMARKD_UID_LOCAL,
	HALLMARKD_UID_WORKER
};

struct hallmarkd_options {
	const char *device_dir; /* DEV of docs/wire.md section 4; "." after the parent went there */
	const char *role;	/* NULL: the parent */
	const char *boot_id;	/* names this boot; "" or NULL: the parent makes one */
	uint32_t uid_base;
	uint32_t update_gid;	/* members of this group may control updates; 0: root alone */
	const char *media_dir;	/* absolute; NULL: no updates from a folder */
	uint64_t stretch_bytes; /* 0: UPDATE_STRETCH_BYTES; not on the command line */
};

/* The user of a role, 0: do not change. */
uid_t hallmarkd_uid(const struct hallmarkd_options *o, enum hallmarkd_uid role);

/*
 * The agent is several programs beside each other: a process loads only the libraries that its role needs, and the one
 * that stays root has no TLS and no firewall library in it at all (docs/adr/0005-agent-footprint.md). A program is its
 * table of roles. Programs are found by the parent's own path and a suffix.
 */
#define HALLMARKD_ENGINE_SUFFIX "-engine"     /* engine */
#define HALLMARKD_TLS_SUFFIX "-tls"	      /* net, local */
#define HALLMARKD_FIREWALL_SUFFIX "-firewall" /* firewall */
#define HALLMARKD_WORKER_SUFFIX "-worker"     /* worker */

struct hallmarkd_role {
	const char *name; /* of --role; without it "parent" */
	int (*main)(const struct hallmarkd_options *o);
};

int hallmarkd_main(int argc, char **argv, const struct hallmarkd_role *roles, size_t n);

/* The roles. Descriptors: SPAWN_FIRST_FD and up. */
int parent_main(const struct hallmarkd_options *given);
int guard_start(const struct hallmarkd_options *o);   /* 3 engine */
int local_start(const struct hallmarkd_options *o);   /* 3 engine, 4 listening socket */
int firewall_main(const struct hallmarkd_options *o); /* 3 parent */
int worker_main(const struct hallmarkd_options *o);   /* 3 engine, 4 shared room, 5 base image, read only */
int engine_main(
	const struct hallmarkd_options *o);	 /* 3 parent, 4 net, 5 guard, 6 local (0 of them: not run), 7 worker */
int net_main(const struct hallmarkd_options *o); /* 3 engine */

/* One line to standard error: time, role, text. */
void hallmarkd_log(const char *role, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
