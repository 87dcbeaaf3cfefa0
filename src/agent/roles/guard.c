/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard process: reads the root tree again and again and tells the ward what it saw. It has no key, no network and
 * cannot write; what a difference means is decided by the ward. The first pass after new reference values goes at full
 * share, the later ones are spread over the policy's period.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "agent/roles/ward_messages.h"
#include "agent/roles/ward_roles.h"
#include "core/base/mem.h"
#include "core/model/policy.h"
#include "host/os/channel.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define US_PER_S 1000000
#define NS_PER_US 1000
#define GAP_MIN_MS 1

struct guard {
	int fd, root_fd;
	uint32_t generation, period_s;
	struct scan_file *files;
	uint32_t total, loaded; /* files that the policy has, and that we were told */
	bool have_policy, first_pass;
	uint32_t next, wrong, unreadable; /* of this pass */
	int64_t began_ms;
	int64_t cpu_us; /* processor time that was rested for */
	struct buf in, out;
	struct ward_guard_message message; /* large; one place for all */
};

static rc tell(struct guard *g, struct ward_guard_message *m, struct err *e)
{
	m->generation = g->generation;
	buf_reset(&g->out);
	ward_messages_put_guard(m, &g->out);
	rc r = buf_check(&g->out, "message", e);
	return rc_failed(r) ? r : channel_send(g->fd, (uint16_t)m->kind, buf_view(&g->out), e);
}

static rc need(struct guard *g, struct err *e)
{
	g->message = (struct ward_guard_message){.kind = WARD_GUARD_NEED, .index = g->loaded};
	return tell(g, &g->message, e);
}

static void begin_pass(struct guard *g)
{
	g->next = g->wrong = g->unreadable = 0;
	g->began_ms = clock_now().mono.ms;
}

static rc on_policy(struct guard *g, struct err *e)
{
	const struct ward_guard_message *m = &g->message;
	if (m->total > POLICY_PROTECTED_MAX)
		return err_set(e, ERR_LIMIT, "%u protected files", m->total);
	mem_free(g->files);
	g->files = m->total ? mem_array(m->total, sizeof *g->files) : NULL;
	if (m->total && !g->files)
		return err_set(e, ERR_MEMORY, "%u protected files: out of memory", m->total);
	g->generation = m->generation;
	g->period_s = m->period_s;
	g->total = m->total;
	g->loaded = 0;
	g->have_policy = g->first_pass = true;
	begin_pass(g);
	return g->total ? need(g, e) : RC_OK;
}

static rc on_reference(struct guard *g, struct err *e)
{
	const struct ward_guard_message *m = &g->message;
	if (m->generation != g->generation)
		return RC_OK;
	if (m->index != g->loaded || m->files_n == 0 || m->files_n > g->total - g->loaded)
		return err_set(e, ERR_INPUT, "reference values out of order");
	memcpy(&g->files[g->loaded], m->files, m->files_n * sizeof *g->files);
	g->loaded += (uint32_t)m->files_n;
	if (g->loaded < g->total)
		return need(g, e);
	begin_pass(g);
	return RC_OK;
}

static int64_t cpu_now_us(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / NS_PER_US;
}

static void rest(void *ctx)
{
	struct guard *g = ctx;
	int64_t now = cpu_now_us();
	int64_t us = scan_io_rest_us(now - g->cpu_us);
	struct timespec t = {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * NS_PER_US};
	g->cpu_us = now;
	(void)nanosleep(&t, NULL);
}

static rc look(struct guard *g, enum ward_guard_kind kind, uint32_t index, enum guard_what *ret, struct err *e)
{
	*ret = scan_io_file(g->root_fd, &g->files[index], rest, g);
	if (kind == WARD_GUARD_FINDING && *ret == GUARD_SAME)
		return RC_OK;
	g->message = (struct ward_guard_message){.kind = kind, .index = index, .what = *ret};
	return tell(g, &g->message, e);
}

static rc on_look(struct guard *g, struct err *e)
{
	enum guard_what what;
	if (g->message.generation != g->generation)
		return RC_OK;
	if (g->message.index >= g->loaded)
		return err_set(e, ERR_INPUT, "asked for a file that is not known");
	return look(g, WARD_GUARD_REREAD, g->message.index, &what, e);
}

static rc handle(struct guard *g, uint16_t kind, struct err *e)
{
	rc r = ward_messages_get_guard(kind, buf_view(&g->in), &g->message, e);
	if (rc_failed(r))
		return r;
	switch (g->message.kind) {
	case WARD_GUARD_POLICY:
		return on_policy(g, e);
	case WARD_GUARD_REFERENCE:
		return on_reference(g, e);
	case WARD_GUARD_LOOK:
		return on_look(g, e);
	case WARD_GUARD_HELLO:
	case WARD_GUARD_NEED:
	case WARD_GUARD_FINDING:
	case WARD_GUARD_REREAD:
	case WARD_GUARD_PASS:
		break;
	}
	return err_set(e, ERR_INPUT, "the ward said something out of turn");
}

/* Listen to the ward for so long; -1: until something comes. New reference values end the wait. */
static rc listen_for(struct guard *g, int64_t wait_ms, struct err *e)
{
	uint32_t generation = g->generation;
	int64_t end_ms = clock_now().mono.ms + wait_ms;
	for (;;) {
		int64_t left = wait_ms < 0 ? -1 : end_ms - clock_now().mono.ms;
		uint16_t kind;
		rc r = channel_receive(g->fd, wait_ms < 0 ? -1 : left > 0 ? left : 0, &kind, &g->in, e);
		if (r.code == ERR_TIMEOUT) {
			err_clear(e);
			return RC_OK;
		}
		if (rc_ok(r))
			r = handle(g, kind, e);
		if (rc_failed(r) || wait_ms < 0 || generation != g->generation)
			return r;
	}
}

static rc end_pass(struct guard *g, struct err *e)
{
	int64_t took_ms = clock_now().mono.ms - g->began_ms;
	g->message = (struct ward_guard_message){.kind = WARD_GUARD_PASS,
						 .checked = g->next,
						 .wrong = g->wrong,
						 .unreadable = g->unreadable,
						 .ms = (uint32_t)(took_ms < UINT32_MAX ? took_ms : UINT32_MAX)};
	rc r = tell(g, &g->message, e);
	/* An empty list, or a pass at full share, still leaves the period between two passes. */
	int64_t gap = g->first_pass || !g->total ? scan_io_gap_ms(g->period_s, 1, took_ms) : GAP_MIN_MS;
	g->first_pass = false;
	mem_trim();
	if (rc_ok(r))
		r = listen_for(g, gap > GAP_MIN_MS ? gap : GAP_MIN_MS, e);
	begin_pass(g);
	return r;
}

static rc scan_one(struct guard *g, struct err *e)
{
	enum guard_what what;
	int64_t began_ms = clock_now().mono.ms;
	rc r = look(g, WARD_GUARD_FINDING, g->next, &what, e);
	if (rc_failed(r))
		return r;
	g->next++;
	g->unreadable += what == GUARD_UNREADABLE;
	g->wrong += what != GUARD_UNREADABLE && what != GUARD_SAME;
	int64_t spent_ms = clock_now().mono.ms - began_ms;
	return listen_for(g, g->first_pass ? 0 : scan_io_gap_ms(g->period_s, g->total, spent_ms), e);
}

static rc run(struct guard *g, struct err *e)
{
	rc r = RC_OK;
	while (rc_ok(r)) {
		if (!g->have_policy || g->loaded < g->total)
			r = listen_for(g, -1, e);
		else if (g->next < g->total)
			r = scan_one(g, e);
		else
			r = end_pass(g, e);
	}
	return r;
}

static rc start(struct guard *g, const struct guard_role *role, struct err *e)
{
	const char *const paths[] = {role->root_dir, NULL};
	struct sandbox s = {.uid = role->uid, .gid = role->uid, .read_paths = paths, .keep = SANDBOX_FILES};
	struct sandbox_state state;
	g->root_fd = open(role->root_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->root_fd < 0)
		return err_errno(e, errno, "open the root tree %s", role->root_dir);
	rc r = sandbox_enter(&s, &state, e);
	if (rc_failed(r))
		return r;
	g->message = (struct ward_guard_message){.kind = WARD_GUARD_HELLO, .sandbox = state};
	return tell(g, &g->message, e);
}

int guard_main(const struct guard_role *role)
{
	struct err e = {0};
	struct guard *g = mem_alloc(sizeof *g);
	if (!g)
		return 1;
	g->fd = role->channel_fd;
	buf_init(&g->in, CHANNEL_PAYLOAD_MAX);
	buf_init(&g->out, CHANNEL_PAYLOAD_MAX);
	rc r = start(g, role, &e);
	if (rc_ok(r))
		r = run(g, &e);
	bool left = r.code == ERR_NETWORK;
	if (!left)
		(void)fprintf(stderr, "hallmarkd guard: %s\n", e.text);
	mem_free(g->files);
	buf_done(&g->in);
	buf_done(&g->out);
	file_close(&g->root_fd);
	mem_free(g);
	return left ? 0 : 1;
}
