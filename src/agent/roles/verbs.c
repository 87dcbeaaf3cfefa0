/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's verbs: a table of type, decoder and deed. Runs as root, parses fixed fields only. */
#include "agent/roles/verbs.h"

#include <stdio.h>

#include "core/model/lockdown.h"
#include "core/model/policy.h"
#include "agent/roles/messages.h"
#include "core/base/cur.h"
#include "host/os/channel.h"
#include "host/os/file.h"
#include "host/os/media.h"
#include "core/base/banned.h"

#define VERBS_ROOM_MAX (4 * MIB)  /* the largest segment of a transfer file */
#define HASH_STEP_BYTES (4 * MIB) /* one request must not hold the engine up for long */

static rc open_slots(struct verbs *v, const char *dir, struct err *e)
{
	const struct boot_config *c = &v->boot.config;
	char disk[FILE_PATH_MAX];
	if (*c->slot[0]) {
		struct bootctl b;
		rc r = boot_io_read(&v->boot, &b, e);
		return rc_ok(r) ? slot_open_pair(c->slot[0], c->slot[1], 1 - b.booted, &v->disk, e) : r;
	}
	rc r = file_path(disk, e, dir, "disk.img");
	return rc_ok(r) ? slot_open(disk, true, &v->disk, e) : r;
}

rc verbs_init(struct verbs *ret, const char *dir, rc (*firewall)(struct bytes ruleset, struct err *e), struct err *e)
{
	struct bootctl b;
	*ret = (struct verbs){.firewall = firewall};
	rc r = boot_io_open(dir, &ret->boot, e);
	if (rc_ok(r))
		r = open_slots(ret, dir, e);
	return rc_ok(r) ? boot_io_read(&ret->boot, &b, e) : r;
}

static void end_worker(struct verbs *v)
{
	if (v->room)
		v->worker.stop(v->worker.ctx);
	v->room = NULL;
	v->room_bytes = 0;
}

void verbs_done(struct verbs *v)
{
	end_worker(v);
	slot_hash_done(&v->hashing);
	slot_close(&v->disk);
}

/* The record changes only by a transition of ours: the boot loader has had its turn when this process starts. */
static rc record_of(struct verbs *v, const struct bootctl **ret, struct err *e)
{
	rc r = v->is_known ? RC_OK : boot_io_read(&v->boot, &v->known, e);
	if (rc_failed(r))
		return r;
	v->is_known = true;
	*ret = &v->known;
	return RC_OK;
}

/* Only the slot that neither runs nor would be booted may be written. */
static rc writable_slot(struct verbs *v, int slot, struct err *e)
{
	const struct bootctl *b = NULL;
	rc r = record_of(v, &b, e);
	if (rc_failed(r))
		return r;
	if (b->trying || slot == b->active || slot == b->booted || b->image[slot & 1].bytes != 0)
		return err_set(e, ERR_DENIED, "slot %c may not be written now", bootctl_letter(slot));
	return RC_OK;
}

static rc do_boot(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	const struct bootctl *b = NULL;
	uint8_t record[BOOTCTL_RECORD_SIZE];
	(void)c;
	rc r = record_of(v, &b, e);
	if (rc_failed(r))
		return r;
	bootctl_encode(b, record);
	buf_put(ret, bytes_of(record, sizeof record));
	buf_put_u64(ret, v->disk.slot_bytes);
	return RC_OK;
}

/* Whatever comes of it, what was known before is no longer. */
static rc change_boot(struct verbs *v, rc (*change)(const struct boot *b, struct err *e), struct err *e)
{
	v->is_known = false;
	return change(&v->boot, e);
}

static rc do_stage(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret;
	return change_boot(v, boot_io_stage, e);
}

static rc do_confirm(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret;
	return change_boot(v, boot_io_confirm, e);
}

static rc do_revert(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret;
	return change_boot(v, boot_io_revert, e);
}

static rc do_write(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	int slot = cur_u8(c);
	uint64_t at = cur_u64(c);
	uint32_t n = cur_u32(c);
	(void)ret;
	if (!cur_ok(c) || slot > 1 || n == 0)
		return c->bad = true, RC_OK;
	if (!v->room || n > v->room_bytes)
		return err_set(e, ERR_DENIED, "no worker made %u bytes", n);
	rc r = writable_slot(v, slot, e);
	if (rc_failed(r))
		return r;
	v->proven = (struct bootctl_image){0};
	slot_hash_done(&v->hashing);
	return slot_write(&v->disk, slot, at, bytes_of(v->room, n), e);
}

/* The base is what runs: it is what the parent itself knows to be there, and nothing of it changes meanwhile. */
static rc do_worker(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	const struct bootctl *b = NULL;
	uint32_t bytes = cur_u32(c);
	struct verbs_base base = {0};
	(void)ret;
	if (!cur_ok(c) || bytes == 0 || bytes > VERBS_ROOM_MAX)
		return c->bad = true, RC_OK;
	end_worker(v);
	rc r = record_of(v, &b, e);
	if (rc_ok(r))
		r = slot_open_reader(&v->disk, b->booted, &base.fd, e);
	if (rc_failed(r))
		return r;
	base.at = v->disk.offset[b->booted];
	base.bytes = v->disk.slot_bytes;
	r = v->worker.start(v->worker.ctx, &base, bytes, &v->room, e);
	if (rc_ok(r))
		v->room_bytes = bytes;
	return r;
}

static rc do_worker_end(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret, (void)e;
	end_worker(v);
	return RC_OK;
}

static rc do_sync(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret;
	return slot_sync(&v->disk, e);
}

static rc do_hash(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	int slot = cur_u8(c);
	uint64_t total = cur_u64(c);
	uint8_t restart = cur_u8(c), digest[SHA256_SIZE] = {0};
	bool end = false;
	if (!cur_ok(c) || slot > 1 || restart > 1)
		return c->bad = true, RC_OK;
	if (total == 0) /* what an idle `hashing` holds: there would be nothing to go on with */
		return err_set(e, ERR_INPUT, "an empty image has no hash");
	rc r = RC_OK;
	if (restart || v->hashing.slot != slot || v->hashing.total != total)
		r = slot_hash_start(&v->disk, slot, total, &v->hashing, e);
	if (rc_ok(r))
		r = slot_hash_step(&v->disk, &v->hashing, HASH_STEP_BYTES, &end, digest, e);
	if (rc_failed(r)) {
		slot_hash_done(&v->hashing);
		return r;
	}
	if (end) {
		v->proven_slot = slot;
		v->proven.bytes = total;
		memcpy(v->proven.sha256, digest, SHA256_SIZE);
		slot_hash_done(&v->hashing);
	}
	buf_put_u8(ret, end);
	buf_put(ret, bytes_of(digest, sizeof digest));
	return RC_OK;
}

static rc do_switch(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	const struct bootctl *b = NULL;
	int slot = cur_u8(c);
	struct bootctl_image image = {.bytes = cur_u64(c)};
	struct bytes sha = cur_take(c, SHA256_SIZE);
	(void)ret;
	if (!cur_ok(c) || slot > 1)
		return c->bad = true, RC_OK;
	memcpy(image.sha256, sha.p, SHA256_SIZE);
	if (image.bytes == 0 || v->proven_slot != slot || v->proven.bytes != image.bytes ||
	    memcmp(v->proven.sha256, image.sha256, SHA256_SIZE) != 0)
		return err_set(e, ERR_DENIED, "slot %c was not verified", bootctl_letter(slot));
	rc r = record_of(v, &b, e);
	if (rc_failed(r))
		return r;
	if (slot == b->active)
		return err_set(e, ERR_DENIED, "slot %c is the active one", bootctl_letter(slot));
	v->is_known = false;
	return boot_io_switch(&v->boot, &image, e);
}

static rc do_firewall(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	struct lockdown_input in;
	(void)ret;
	buf_init(&text, LOCKDOWN_TEXT_MAX);
	rc r = lockdown_decode(cur_take(c, cur_left(c)), &in, e);
	if (rc_ok(r))
		r = lockdown_render(&in, &text, e);
	return rc_ok(r) ? v->firewall(buf_view(&text), e) : r;
}

static rc do_reboot(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)ret, (void)e;
	channel_get_text(c, v->why, sizeof v->why);
	v->reboot = cur_ok(c);
	return RC_OK;
}

/* The names come from the engine, which has them from metadata or a person: each is looked at again below. */
static rc get_place(const struct verbs *v, struct cur *c, char folder[POLICY_PATH_MAX + 1],
		    char path[POLICY_PATH_MAX + 1], struct err *e)
{
	channel_get_text(c, folder, POLICY_PATH_MAX + 1);
	channel_get_text(c, path, POLICY_PATH_MAX + 1);
	return c->bad || v->media_dir ? RC_OK : err_set(e, ERR_UNSUPPORTED, "there is no media folder");
}

static rc do_media_list(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	char folder[POLICY_PATH_MAX + 1], path[POLICY_PATH_MAX + 1];
	rc r = get_place(v, c, folder, path, e);
	if (!cur_ok(c) || rc_failed(r))
		return r;
	return media_list(&(struct media_place){v->media_dir, folder, path}, ret, e);
}

static rc do_media_read(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf piece = {0};
	char folder[POLICY_PATH_MAX + 1], path[POLICY_PATH_MAX + 1];
	uint64_t size = 0;
	rc r = get_place(v, c, folder, path, e);
	uint64_t from = cur_u64(c);
	uint32_t max = cur_u32(c);
	if (!cur_ok(c) || max > MESSAGES_CHUNK_MAX)
		return c->bad = true, RC_OK;
	buf_init(&piece, MESSAGES_CHUNK_MAX + 1);
	if (rc_ok(r))
		r = media_read(&(struct media_place){v->media_dir, folder, path}, from, max, &piece, &size, e);
	buf_put_u64(ret, size);
	buf_put(ret, buf_view(&piece));
	return r;
}

rc verbs_handle(struct verbs *v, uint16_t type, struct bytes payload, struct buf *reply, struct err *e)
{
	static const struct {
		enum messages_verb type;
		rc (*deed)(struct verbs *v, struct cur *c, struct buf *ret, struct err *e);
	} table[] = {
		{VERB_BOOT, do_boot},
		{VERB_STAGE, do_stage},
		{VERB_WRITE, do_write},
		{VERB_WORKER, do_worker},
		{VERB_WORKER_END, do_worker_end},
		{VERB_SYNC, do_sync},
		{VERB_HASH, do_hash},
		{VERB_SWITCH, do_switch},
		{VERB_CONFIRM, do_confirm},
		{VERB_REVERT, do_revert},
		{VERB_FIREWALL, do_firewall},
		{VERB_REBOOT, do_reboot},
		{VERB_MEDIA_LIST, do_media_list},
		{VERB_MEDIA_READ, do_media_read},
	};
	CLEANUP(buf_done) struct buf body;
	struct cur c = cur_of(payload);
	struct err why = {0};
	buf_init(&body, MESSAGES_CHUNK_MAX + 64);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].type != type)
			continue;
		rc r = table[i].deed(v, &c, &body, &why);
		if (!cur_ok(&c))
			return err_set(e, ERR_INPUT, "malformed request %u from the engine", type);
		why.text[MESSAGES_TEXT_MAX - 1] = 0;
		buf_put_u8(reply, (uint8_t)r.code);
		channel_put_text(reply, rc_failed(r) ? why.text : "");
		if (rc_ok(r))
			buf_put(reply, buf_view(&body));
		return buf_check(reply, "answer to the engine", e);
	}
	return err_set(e, ERR_INPUT, "unknown request %u from the engine", type);
}
