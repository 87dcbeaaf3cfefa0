/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two processes beside the ward: the scanner of protected files and the owner's page. Each is started by the
 * parent (spawn_exec of this program), calls its main below, sandboxes itself and only then looks at a byte. Both end
 * with status 0 when the ward closes the channel, and with 1 after printing one line about what failed; the page with
 * HALLMARKD_IDLE when nobody is connected.
 */
#ifndef HALLMARK_AGENT_ROLES_WARD_ROLES_H
#define HALLMARK_AGENT_ROLES_WARD_ROLES_H

#include <sys/types.h>

#include "core/base/err.h"

/* Keeps: reading below root_dir. No network, no keys, no writing. */
struct guard_role {
	int channel_fd;	      /* the other end is ward_config.guard_fd */
	const char *root_dir; /* DEV/root */
	uid_t uid;	      /* 0: stay root, when protected files are readable by root alone */
};
int guard_main(const struct guard_role *role);

/* Keeps: accepting on one listening socket. No files, no keys: handshakes are signed and sessions kept by the ward. */
struct local_role {
	int channel_fd; /* the other end is ward_config.local_fd */
	int listen_fd;	/* non-blocking, listening on page_port (http_listen); taken over */
	uid_t uid;	/* lockdown_agent.local_uid */
};
int local_main(const struct local_role *role);

#endif
