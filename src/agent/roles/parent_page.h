/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The owner's page, which nobody looks at for weeks: its role ends when nobody is connected, and the parent waits on
 * the listening socket and starts it again. The parent accepts nothing; who knocks waits in the socket until the role
 * is there. Sessions and keys are the engine's, so nothing is lost with the role.
 */
#ifndef HALLMARK_AGENT_ROLES_PARENT_PAGE_H
#define HALLMARK_AGENT_ROLES_PARENT_PAGE_H

#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"

struct loop;
struct loop_watch;

struct parent_page {
	int listen_fd; /* -1: there is no page */
	int channel;   /* the role's end of its channel to the engine; -1 */
	struct loop *loop;
	struct loop_watch *watch;   /* NULL: the role runs */
	void (*knocked)(void *ctx); /* start it */
	void *ctx;
};

/* The socket is `uid`'s. */
rc parent_page_listen(struct parent_page *p, uid_t uid, uint16_t port, struct err *e) MUST_CHECK;
/* Calls `knocked`, once, when somebody connects. */
rc parent_page_wait(struct parent_page *p, struct err *e) MUST_CHECK;
void parent_page_done(struct parent_page *p); /* before the loop is freed */

#endif
