/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's hold on the worker: a process that unpacks untrusted bytes, started when an install begins and ended
 * with it. It shares one piece of memory with the parent, of fixed size, and reads the running image; nothing else.
 * What it puts there is the engine's to judge and the parent's to hash before anything boots.
 */
#ifndef HALLMARK_AGENT_ROLES_PARENT_WORKER_H
#define HALLMARK_AGENT_ROLES_PARENT_WORKER_H

#include <sys/types.h>

#include "agent/roles/hallmarkd.h"
#include "agent/roles/verbs.h"

/* Zero it before use; options and channel belong to the session. */
struct parent_worker {
	const struct hallmarkd_options *options;
	int channel; /* the worker's end of the channel with the engine; kept for the next worker */
	pid_t pid;   /* 0: none runs */
	void *shared;
	size_t shared_bytes;
};

/* For struct verbs_worker; ctx is the struct parent_worker. */
rc parent_worker_start(void *ctx, const struct verbs_base *base, uint32_t bytes, const uint8_t **ret_room,
		       struct err *e) MUST_CHECK;
void parent_worker_stop(void *ctx);

/* It was reaped: the engine, which waits for it, is told in its place. */
void parent_worker_ended(struct parent_worker *w);

#endif
