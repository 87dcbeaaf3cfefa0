/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker role: unpacks frames of a transfer file. It has no network, no files and no key; it reads the running
 * image through one descriptor and fills memory that it shares with the parent. A frame is compared with the signed
 * header before it is unpacked, a segment that the running image took part in before it is announced. What is in the
 * slot in the end is hashed by the parent, whatever was said here.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/roles/hallmarkd.h"
#include "agent/roles/messages.h"
#include "core/base/cur.h"
#include "core/base/mem.h"
#include "delta/reuse.h"
#include "host/os/channel.h"
#include "host/os/file.h"
#include "host/os/sandbox.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

#define ROOM_FD (SPAWN_FIRST_FD + 1)
#define BASE_FD (SPAWN_FIRST_FD + 2)

struct worker {
	int fd;
	struct buf message, frame; /* frame: also the header, before */
	struct transfer *t;
	struct decode *decode;
	struct reuse *reuse;
	struct delta_base base;
	struct messages_room place;
	uint8_t *room;
	size_t room_bytes;
};

static rc read_base(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	const struct worker *w = ctx;
	if (at > w->place.base_bytes || n > w->place.base_bytes - at)
		return err_set(e, ERR_INPUT, "the base image has no byte %llu", (unsigned long long)at);
	return file_pread_all(BASE_FD, to, n, (off_t)(w->place.base_at + at), "the running image", e);
}

/* The last piece of the header is here. */
static rc open_transfer(struct worker *w, struct err *e)
{
	if (w->t)
		return err_set(e, ERR_WRONG_STATE, "a second header");
	rc r = transfer_decode(buf_view(&w->frame), &w->t, e);
	if (rc_ok(r) && (size_t)1 << w->t->segment_log2 > w->room_bytes)
		r = err_set(e, ERR_LIMIT, "no room for a segment");
	w->base = (struct delta_base){.read = read_base, .ctx = w};
	return rc_ok(r) ? decode_new(w->t, &w->base, DECODE_PATCHED_NODES, &w->decode, e) : r;
}

static rc look_for_blocks(struct worker *w, struct err *e)
{
	reuse_free(w->reuse);
	w->reuse = NULL;
	rc r = reuse_new(w->t, buf_view(&w->frame), &w->reuse, e);
	return rc_ok(r) ? reuse_scan(w->reuse, &w->base, 0, w->place.base_bytes / TRANSFER_BLOCK_BYTES, e) : r;
}

static rc do_piece(struct worker *w, uint16_t type, uint32_t index, struct err *e)
{
	struct bytes frame = buf_view(&w->frame);
	if (type == WORKER_HEADER)
		return open_transfer(w, e);
	if (!w->decode)
		return err_set(e, ERR_WRONG_STATE, "a frame without a header");
	if (type == WORKER_INDEX)
		return look_for_blocks(w, e);
	if (type == WORKER_REUSE)
		return w->reuse ? reuse_segment(w->reuse, index, &w->base, w->room, e)
				: err_set(e, ERR_WRONG_STATE, "a segment of blocks without an index");
	return type == WORKER_GROUP ? decode_group(w->decode, index, frame, e)
				    : decode_segment(w->decode, index, frame, w->room, e);
}

/* A bit for each segment, the first one's highest. */
static void put_map(const struct worker *w, struct buf *b)
{
	for (uint32_t i = 0; i < w->t->segments_n; i += 8) {
		uint8_t bits = 0;
		for (uint32_t k = 0; k < 8 && i + k < w->t->segments_n; k++)
			bits |= (uint8_t)(reuse_has(w->reuse, i + k) << (7 - k));
		buf_put_u8(b, bits);
	}
}

static rc answer(struct worker *w, uint16_t type, rc result, struct err *why, struct err *e)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	why->text[MESSAGES_TEXT_MAX - 1] = 0;
	buf_put_u8(&b, (uint8_t)result.code);
	channel_put_text(&b, rc_failed(result) ? why->text : "");
	if (type == WORKER_INDEX && rc_ok(result))
		put_map(w, &b);
	return channel_send(w->fd, WORKER_ANSWER, buf_view(&b), e);
}

static rc handle(struct worker *w, uint16_t type, struct err *e)
{
	struct cur c = cur_of(buf_view(&w->message));
	struct err why = {0};
	uint8_t last = cur_u8(&c);
	uint32_t index = type == WORKER_HEADER ? 0 : cur_u32(&c);
	if (c.bad || last > 1 || type < WORKER_HEADER || type > WORKER_REUSE)
		return err_set(e, ERR_INPUT, "malformed message from the engine");
	buf_put(&w->frame, cur_take(&c, cur_left(&c)));
	rc r = buf_check(&w->frame, "a frame", e);
	if (rc_failed(r) || !last)
		return r;
	r = do_piece(w, type, index, &why);
	buf_reset(&w->frame);
	return answer(w, type, r, &why, e);
}

static rc map_room(struct worker *w, struct err *e)
{
	struct stat st;
	if (fstat(ROOM_FD, &st) != 0 || st.st_size <= MESSAGES_ROOM_AT)
		return err_set(e, ERR_INTERNAL, "no shared memory");
	uint8_t *shared = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, ROOM_FD, 0);
	if (shared == MAP_FAILED)
		return err_errno(e, errno, "shared memory");
	memcpy(&w->place, shared, sizeof w->place);
	w->room = shared + MESSAGES_ROOM_AT;
	w->room_bytes = (size_t)st.st_size - MESSAGES_ROOM_AT;
	return RC_OK;
}

int worker_main(const struct hallmarkd_options *o)
{
	struct worker w = {.fd = SPAWN_FIRST_FD};
	struct err e = {0};
	uid_t uid = hallmarkd_uid(o, HALLMARKD_UID_WORKER);
	const struct sandbox box = {.uid = uid, .gid = (gid_t)uid};
	struct sandbox_state state = {0};
	buf_init(&w.message, CHANNEL_PAYLOAD_MAX);
	buf_init(&w.frame, TRANSFER_FRAME_MAX);
	rc r = map_room(&w, &e);
	if (rc_ok(r))
		r = sandbox_enter(&box, &state, &e);
	while (rc_ok(r)) {
		uint16_t type = 0;
		r = channel_receive(w.fd, -1, &type, &w.message, &e);
		if (rc_ok(r))
			r = handle(&w, type, &e);
	}
	reuse_free(w.reuse);
	decode_free(w.decode);
	transfer_free(w.t);
	buf_done(&w.message);
	buf_done(&w.frame);
	if (r.code == ERR_NETWORK) /* the engine ended: so do we */
		return HALLMARKD_OK;
	hallmarkd_log("worker", "%s", e.text);
	return HALLMARKD_FAILED;
}
