/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed memory, so that a captured worker cannot shrink it under the parent; then spawn. */
#include "agent/roles/parent_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/roles/messages.h"
#include "host/os/channel.h"
#include "host/os/file.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

static rc make_room(struct parent_worker *w, const struct verbs_base *base, uint32_t bytes, int *ret_fd, struct err *e)
{
	size_t size = MESSAGES_ROOM_AT + (size_t)bytes;
	FD_AUTO int fd = memfd_create("segment", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)size) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return err_errno(e, errno, "memory for a segment");
	struct messages_room *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (room == MAP_FAILED)
		return err_errno(e, errno, "memory for a segment");
	*room = (struct messages_room){base->at, base->bytes};
	w->shared = room;
	w->shared_bytes = size;
	*ret_fd = fd;
	fd = -1;
	return RC_OK;
}

static rc start(struct parent_worker *w, int room, int base, struct err *e)
{
	char self[FILE_PATH_MAX], program[FILE_PATH_MAX + sizeof HALLMARKD_WORKER_SUFFIX], uid_base[16];
	rc r = spawn_self(self, sizeof self, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(uid_base, sizeof uid_base, "%u", w->options->uid_base);
	(void)snprintf(program, sizeof program, "%s%s", self, HALLMARKD_WORKER_SUFFIX);
	const char *const argv[] = {"hallmarkd", "--device", ".", "--role", "worker", "--uid-base", uid_base, NULL};
	const int fds[] = {w->channel, room, base};
	const struct spawn sp = {
		.path = program, .argv = argv, .fds = fds, .fds_n = 3, .stdout_fd = -1, .die_with_parent = true};
	return spawn_exec(&sp, &w->pid, e);
}

rc parent_worker_start(void *ctx, const struct verbs_base *base, uint32_t bytes, const uint8_t **ret_room,
		       struct err *e)
{
	struct parent_worker *w = ctx;
	FD_AUTO int base_fd = base->fd;
	FD_AUTO int room = -1;
	parent_worker_stop(w);
	channel_drain(w->channel); /* What the last worker left unread would be taken for the next one's. */
	rc r = make_room(w, base, bytes, &room, e);
	if (rc_ok(r))
		r = start(w, room, base_fd, e);
	if (rc_failed(r)) {
		parent_worker_stop(w);
		return err_wrap(e, "starting the worker");
	}
	*ret_room = (const uint8_t *)w->shared + MESSAGES_ROOM_AT;
	return RC_OK;
}

void parent_worker_ended(struct parent_worker *w)
{
	CLEANUP(buf_done) struct buf b;
	w->pid = 0;
	buf_init(&b, MESSAGES_TEXT_MAX);
	buf_put_u8(&b, ERR_INTERNAL);
	channel_put_text(&b, "the worker ended");
	(void)channel_post(w->channel, WORKER_ANSWER, buf_view(&b), NULL)
		.code; /* full: the engine has enough to read */
}

void parent_worker_stop(void *ctx)
{
	struct parent_worker *w = ctx;
	if (w->pid) {
		(void)kill(w->pid, SIGKILL); /* it holds nothing that could be lost */
		(void)waitpid(w->pid, NULL, 0);
	}
	w->pid = 0;
	if (w->shared)
		(void)munmap(w->shared, w->shared_bytes);
	w->shared = NULL;
}
