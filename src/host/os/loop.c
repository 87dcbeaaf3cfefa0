/* SPDX-License-Identifier: Apache-2.0 */
/*
 * epoll, a list of timers, one signalfd. A removed watch is only marked, and freed after the turn, so that events that
 * are already fetched find no freed memory. Timers are a plain list: a process here has a handful, a server sweeps its
 * connections' deadlines with one timer.
 */
#include "host/os/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define EVENTS_PER_TURN 64

enum watch_kind { WATCH_FD, WATCH_TIMER, WATCH_TURN, WATCH_SIGNAL };

struct loop_watch {
	struct loop_watch *next;
	enum watch_kind kind;
	bool removed;
	int fd;	       /* WATCH_FD */
	int signo;     /* WATCH_SIGNAL */
	int64_t at_ms; /* WATCH_TIMER, monotonic */
	uint64_t born; /* WATCH_TIMER: count of timers made before it */
	union {
		loop_fd_fn *fd;
		loop_timer_fn *timer;
		loop_signal_fn *signal;
	} fn;
	void *ctx;
};

struct loop {
	int epoll_fd;
	int signal_fd; /* -1 until a signal is asked for */
	sigset_t signals;
	struct loop_watch *watches; /* descriptors and signals: may be thousands */
	struct loop_watch *timers;  /* and ends of turns: a handful, looked through in every turn */
	uint64_t timers_made;
	bool stopping;
	bool sweep_fds, sweep_timers; /* some watch of that list is marked removed */
};

rc loop_new(struct loop **ret, struct err *e)
{
	struct loop *l = mem_alloc(sizeof *l);
	if (!l)
		return err_set(e, ERR_MEMORY, "event loop: out of memory");
	l->signal_fd = -1;
	(void)sigemptyset(&l->signals);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0) {
		mem_free(l);
		return err_errno(e, errno, "epoll_create");
	}
	*ret = l;
	return RC_OK;
}

static void free_all(struct loop_watch *w)
{
	while (w) {
		struct loop_watch *next = w->next;
		mem_free(w);
		w = next;
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	free_all(l->watches);
	free_all(l->timers);
	if (l->signal_fd >= 0)
		(void)close(l->signal_fd);
	(void)close(l->epoll_fd);
	mem_free(l);
}

static struct loop_watch *watch_new(struct loop *l, enum watch_kind kind, void *ctx, struct err *e)
{
	struct loop_watch *w = mem_alloc(sizeof *w);
	if (!w) {
		(void)err_set(e, ERR_MEMORY, "event loop: out of memory");
		return NULL;
	}
	struct loop_watch **first = kind == WATCH_TIMER || kind == WATCH_TURN ? &l->timers : &l->watches;
	*w = (struct loop_watch){.next = *first, .kind = kind, .fd = -1, .ctx = ctx};
	*first = w;
	return w;
}

rc loop_watch_fd(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *ctx, struct loop_watch **ret,
		 struct err *e)
{
	struct loop_watch *w = watch_new(l, WATCH_FD, ctx, e);
	if (!w)
		return (rc){ERR_MEMORY};
	struct epoll_event ev = {.events = events, .data.ptr = w};
	w->fd = fd;
	w->fn.fd = fn;
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0) {
		int saved = errno;
		w->fd = -1;
		loop_remove(l, w);
		return err_errno(e, saved, "watch descriptor %d", fd);
	}
	*ret = w;
	return RC_OK;
}

rc loop_change_fd(struct loop *l, struct loop_watch *w, uint32_t events, struct err *e)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev) != 0)
		return err_errno(e, errno, "watch descriptor %d", w->fd);
	return RC_OK;
}

rc loop_timer(struct loop *l, int64_t after_ms, loop_timer_fn *fn, void *ctx, struct loop_watch **ret, struct err *e)
{
	struct loop_watch *w = watch_new(l, WATCH_TIMER, ctx, e);
	if (!w)
		return (rc){ERR_MEMORY};
	w->at_ms = clock_now().mono.ms + (after_ms > 0 ? after_ms : 0);
	w->born = l->timers_made++;
	w->fn.timer = fn;
	if (ret)
		*ret = w;
	return RC_OK;
}

rc loop_each_turn(struct loop *l, loop_timer_fn *fn, void *ctx, struct loop_watch **ret, struct err *e)
{
	struct loop_watch *w = watch_new(l, WATCH_TURN, ctx, e);
	if (!w)
		return (rc){ERR_MEMORY};
	w->fn.timer = fn;
	*ret = w;
	return RC_OK;
}

static void on_signal_fd(void *ctx, uint32_t events, struct now now)
{
	struct loop *l = ctx;
	struct signalfd_siginfo info;
	(void)events;
	if (read(l->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
		return;
	for (struct loop_watch *w = l->watches; w; w = w->next)
		if (w->kind == WATCH_SIGNAL && !w->removed && w->signo == (int)info.ssi_signo)
			w->fn.signal(w->ctx, w->signo, now);
}

rc loop_signal(struct loop *l, int signo, loop_signal_fn *fn, void *ctx, struct err *e)
{
	(void)sigaddset(&l->signals, signo);
	if (sigprocmask(SIG_BLOCK, &l->signals, NULL) != 0)
		return err_errno(e, errno, "block signal %d", signo);
	int fd = signalfd(l->signal_fd, &l->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_errno(e, errno, "signalfd");
	if (l->signal_fd < 0) {
		struct loop_watch *w;
		l->signal_fd = fd;
		rc r = loop_watch_fd(l, fd, EPOLLIN, on_signal_fd, l, &w, e);
		if (rc_failed(r))
			return r;
	}
	struct loop_watch *w = watch_new(l, WATCH_SIGNAL, ctx, e);
	if (!w)
		return (rc){ERR_MEMORY};
	w->signo = signo;
	w->fn.signal = fn;
	return RC_OK;
}

void loop_remove(struct loop *l, struct loop_watch *w)
{
	if (!w || w->removed)
		return;
	if (w->kind == WATCH_FD && w->fd >= 0)
		(void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->removed = true;
	if (w->kind == WATCH_TIMER || w->kind == WATCH_TURN)
		l->sweep_timers = true;
	else
		l->sweep_fds = true;
}

static void sweep_list(struct loop_watch **at)
{
	while (*at) {
		struct loop_watch *w = *at;
		if (w->removed) {
			*at = w->next;
			mem_free(w);
		} else {
			at = &w->next;
		}
	}
}

static void sweep(struct loop *l)
{
	if (l->sweep_fds)
		sweep_list(&l->watches);
	if (l->sweep_timers)
		sweep_list(&l->timers);
	l->sweep_fds = l->sweep_timers = false;
}

/* Milliseconds until the next timer, -1 for none. */
static int wait_ms(const struct loop *l)
{
	int64_t first = INT64_MAX;
	for (const struct loop_watch *w = l->timers; w; w = w->next)
		if (w->kind == WATCH_TIMER && !w->removed && w->at_ms < first)
			first = w->at_ms;
	if (first == INT64_MAX)
		return -1;
	int64_t left = first - clock_now().mono.ms;
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* The due timer that was to go first; of two for the same moment, the one made first. Those made since are left. */
static struct loop_watch *next_due(const struct loop *l, struct now now, uint64_t made)
{
	struct loop_watch *first = NULL;
	for (struct loop_watch *w = l->timers; w; w = w->next) {
		if (w->kind != WATCH_TIMER || w->removed || w->at_ms > now.mono.ms || w->born >= made)
			continue;
		if (!first || w->at_ms < first->at_ms || (w->at_ms == first->at_ms && w->born < first->born))
			first = w;
	}
	return first;
}

static void run_timers(struct loop *l, struct now now)
{
	uint64_t made = l->timers_made; /* a timer set by a callback waits for the next turn */
	for (struct loop_watch *w; (w = next_due(l, now, made));) {
		loop_remove(l, w); /* before the call: the callback may set its successor */
		w->fn.timer(w->ctx, now);
	}
}

static void end_turn(struct loop *l, struct now now)
{
	for (struct loop_watch *w = l->timers; w; w = w->next)
		if (w->kind == WATCH_TURN && !w->removed)
			w->fn.timer(w->ctx, now);
}

rc loop_run(struct loop *l, struct err *e)
{
	l->stopping = false;
	while (!l->stopping) {
		struct epoll_event ev[EVENTS_PER_TURN];
		int n = epoll_wait(l->epoll_fd, ev, EVENTS_PER_TURN, wait_ms(l));
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "epoll_wait");
		struct now now = clock_now();
		for (int i = 0; i < n; i++) {
			struct loop_watch *w = ev[i].data.ptr;
			if (!w->removed)
				w->fn.fd(w->ctx, ev[i].events, now);
		}
		run_timers(l, now);
		end_turn(l, now);
		sweep(l);
	}
	return RC_OK;
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}
