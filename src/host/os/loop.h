/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event loop per process: descriptors, timers and signals. The loop reads the clocks once per wake-up and hands the
 * value to every callback. Callbacks may add and remove watches, their own included.
 */
#ifndef HALLMARK_HOST_OS_LOOP_H
#define HALLMARK_HOST_OS_LOOP_H

#include <sys/epoll.h>

#include "core/base/err.h"
#include "core/base/units.h"

struct loop;
struct loop_watch;

typedef void loop_fd_fn(void *ctx, uint32_t events, struct now now);
typedef void loop_timer_fn(void *ctx, struct now now);
typedef void loop_signal_fn(void *ctx, int signo, struct now now);

rc loop_new(struct loop **ret, struct err *e) MUST_CHECK;
void loop_free(struct loop *l); /* frees the watches, closes no watched descriptor; accepts NULL */

/* Watch fd for EPOLLIN, EPOLLOUT, ... The watch is owned by the loop until loop_remove. */
rc loop_watch_fd(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *ctx, struct loop_watch **ret,
		 struct err *e) MUST_CHECK;
rc loop_change_fd(struct loop *l, struct loop_watch *w, uint32_t events, struct err *e) MUST_CHECK;

/* Call once after `after_ms` (0: at the next turn). The watch ends by itself after the call. */
rc loop_timer(struct loop *l, int64_t after_ms, loop_timer_fn *fn, void *ctx, struct loop_watch **ret, struct err *e)
	MUST_CHECK;

/* Call at the end of every turn, after descriptors and timers, until loop_remove. */
rc loop_each_turn(struct loop *l, loop_timer_fn *fn, void *ctx, struct loop_watch **ret, struct err *e) MUST_CHECK;

/* Deliver this signal as an event; it is blocked for the process from now on. */
rc loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *ctx, struct err *e) MUST_CHECK;

void loop_remove(struct loop *l, struct loop_watch *w); /* accepts NULL */

rc loop_run(struct loop *l, struct err *e) MUST_CHECK; /* until loop_stop */
void loop_stop(struct loop *l);

#endif
