/* SPDX-License-Identifier: Apache-2.0 */
/* The worker role without its process: frames in, the real decoder, a segment in the memory that the parent writes
 * from. */
#include <stdlib.h>
#include <unistd.h>

#include "agent/roles/messages.h"
#include "core/base/cur.h"
#include "delta/decode.h"
#include "host/os/channel.h"
#include "sim.h"

struct sim_worker {
	struct verbs_base base;
	struct delta_base reader;
	uint8_t *room;
	struct buf frame;
	struct transfer *t;
	struct decode *decode;
};

static rc read_base(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	const struct sim_worker *w = ctx;
	ssize_t got = pread(w->base.fd, to, n, (off_t)(w->base.at + at));
	return got == (ssize_t)n ? RC_OK
				 : err_set(e, ERR_IO, "the base image has no byte %llu", (unsigned long long)at);
}

static void stop(void *ctx)
{
	struct sim *s = ctx;
	struct sim_worker *w = s->worker;
	if (!w)
		return;
	decode_free(w->decode);
	transfer_free(w->t);
	buf_done(&w->frame);
	(void)close(w->base.fd);
	free(w->room);
	free(w);
	s->worker = NULL;
	s->worker_waits = false;
}

static rc start(void *ctx, const struct verbs_base *base, uint32_t bytes, const uint8_t **ret_room, struct err *e)
{
	struct sim *s = ctx;
	stop(s);
	struct sim_worker *w = calloc(1, sizeof *w);
	uint8_t *room = calloc(1, bytes);
	if (!w || !room)
		abort();
	(void)e;
	*w = (struct sim_worker){.base = *base, .reader = {read_base, w}, .room = room};
	buf_init(&w->frame, TRANSFER_FRAME_MAX);
	s->worker = w;
	*ret_room = room;
	return RC_OK;
}

struct verbs_worker sim_worker_of(struct sim *s)
{
	return (struct verbs_worker){start, stop, s};
}

static rc do_frame(struct sim_worker *w, uint16_t type, uint32_t index, struct err *e)
{
	struct bytes frame = buf_view(&w->frame);
	rc r = RC_OK;
	if (type == WORKER_GROUP)
		return decode_group(w->decode, index, frame, e);
	if (type == WORKER_SEGMENT)
		return decode_segment(w->decode, index, frame, w->room, e);
	r = transfer_decode(frame, &w->t, e);
	return rc_ok(r) ? decode_new(w->t, &w->reader, DECODE_PATCHED_NODES, &w->decode, e) : r;
}

void sim_worker_message(struct sim *s, uint16_t type, struct bytes payload)
{
	struct sim_worker *w = s->worker;
	struct cur c = cur_of(payload);
	struct err why = {0};
	uint8_t last = cur_u8(&c);
	uint32_t index = type == WORKER_HEADER ? 0 : cur_u32(&c);
	if (!w) {
		sim_break(s, "the engine speaks to a worker that runs", "message %u", type);
		return;
	}
	buf_put(&w->frame, cur_take(&c, cur_left(&c)));
	if (!last)
		return;
	rc r = do_frame(w, type, index, &why);
	buf_reset(&w->frame);
	buf_reset(&s->worker_reply);
	buf_put_u8(&s->worker_reply, (uint8_t)r.code);
	why.text[MESSAGES_TEXT_MAX - 1] = 0;
	channel_put_text(&s->worker_reply, rc_failed(r) ? why.text : "");
	s->worker_waits = true;
}
