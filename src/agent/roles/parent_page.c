/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket, and a watch on it while the role is away. */
#include "agent/roles/parent_page.h"

#include <sys/fsuid.h>
#include <unistd.h>

#include "host/net/http_server.h"
#include "host/os/file.h"
#include "host/os/loop.h"
#include "core/base/banned.h"

/*
 * The socket is opened in the name of the user that will serve it: the firewall tells the page's answers by the owner
 * of their socket, and the answer to a first packet is sent by the listening one.
 */
rc parent_page_listen(struct parent_page *p, uid_t uid, uint16_t port, struct err *e)
{
	(void)setfsuid(uid ? uid : getuid());
	rc r = http_listen("::", port, &p->listen_fd, NULL, e);
	if (rc_failed(r))
		r = http_listen("0.0.0.0", port, &p->listen_fd, NULL, e);
	(void)setfsuid(geteuid());
	return r;
}

static void on_knock(void *ctx, uint32_t events, struct now now)
{
	struct parent_page *p = ctx;
	(void)events, (void)now;
	loop_remove(p->loop, p->watch);
	p->watch = NULL;
	p->knocked(p->ctx);
}

rc parent_page_wait(struct parent_page *p, struct err *e)
{
	return loop_watch_fd(p->loop, p->listen_fd, EPOLLIN, on_knock, p, &p->watch, e);
}

void parent_page_done(struct parent_page *p)
{
	loop_remove(p->loop, p->watch);
	p->watch = NULL;
	file_close(&p->listen_fd);
	file_close(&p->channel);
}
