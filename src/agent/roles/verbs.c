/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's verbs: a table of type, decoder and deed. Runs as root, parses fixed fields only. */
#include "agent/roles/verbs.h"

#include <stdio.h>

#include "core/model/lockdown.h"
#include "core/model/policy.h"
#include "agent/roles/messages.h"
#include "core/base/cur.h"
#include "host/os/bootctl_io.h"
#include "host/os/channel.h"
#include "host/os/file.h"
#include "host/os/media.h"
#include "core/base/banned.h"

#define HASH_STEP_BYTES (4 * MIB) /* one request must not hold the engine up for long */

rc verbs_init(struct verbs *ret, const char *dir, rc (*firewall)(struct bytes ruleset, struct err *e), struct err *e)
{
	char disk[FILE_PATH_MAX];
	struct bootctl b;
	*ret = (struct verbs){.firewall = firewall};
	if (snprintf(ret->boot_path, sizeof ret->boot_path, "%s/boot.env", dir) >= (int)sizeof ret->boot_path)
		return err_set(e, ERR_LIMIT, "device folder: its path is too long");
	rc r = file_path(disk, e, dir, "disk.img");
	if (rc_ok(r))
		r = slot_open(disk, true, &ret->disk, e);
	return rc_ok(r) ? bootctl_io_read(ret->boot_path, &b, e) : r;
}

void verbs_done(struct verbs *v)
{
	slot_hash_done(&v->hashing);
	slot_close(&v->disk);
}

/* Only the slot that neither runs nor would be booted may be written. */
static rc writable_slot(struct verbs *v, int slot, struct err *e)
{
	struct bootctl b;
	rc r = bootctl_io_read(v->boot_path, &b, e);
	if (rc_failed(r))
		return r;
	if (b.trying || slot == b.active || slot == b.booted || b.image[slot & 1].bytes != 0)
		return err_set(e, ERR_DENIED, "slot %c may not be written now", bootctl_letter(slot));
	return RC_OK;
}

static rc do_boot(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	struct bootctl b;
	uint8_t record[BOOTCTL_RECORD_SIZE];
	(void)c;
	rc r = bootctl_io_read(v->boot_path, &b, e);
	if (rc_failed(r))
		return r;
	bootctl_encode(&b, record);
	buf_put(ret, bytes_of(record, sizeof record));
	buf_put_u64(ret, v->disk.slot_bytes);
	return RC_OK;
}

typedef rc transition(struct bootctl *b, struct err *e);

static rc change_boot(struct verbs *v, transition *change, struct err *e)
{
	struct bootctl b;
	rc r = bootctl_io_read(v->boot_path, &b, e);
	if (rc_ok(r))
		r = change(&b, e);
	return rc_ok(r) ? bootctl_io_write(v->boot_path, &b, e) : r;
}

static rc do_stage(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret;
	return change_boot(v, bootctl_stage, e);
}

static rc do_confirm(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret;
	return change_boot(v, bootctl_confirm, e);
}

static rc do_revert(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	(void)c, (void)ret;
	return change_boot(v, bootctl_revert, e);
}

static rc do_write(struct verbs *v, struct cur *c, struct buf *ret, struct err *e)
{
	int slot = cur_u8(c);
	uint64_t at = cur_u64(c);
	struct bytes content = cur_take(c, cur_left(c));
	(void)ret;
	if (c->bad || slot > 1 || content.n == 0 || content.n > MESSAGES_CHUNK_MAX)
		return c->bad = true, RC_OK;
	rc r = writable_slot(v, slot, e);
	if (rc_failed(r))
		return r;
	v->proven = (struct bootctl_image){0};
	slot_hash_done(&v->hashing);
	return slot_write(&v->disk, slot, at, content, e);
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
	struct bootctl b;
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
	rc r = bootctl_io_read(v->boot_path, &b, e);
	if (rc_failed(r))
		return r;
	if (slot == b.active)
		return err_set(e, ERR_DENIED, "slot %c is the active one", bootctl_letter(slot));
	r = bootctl_switch(&b, &image, e);
	return rc_ok(r) ? bootctl_io_write(v->boot_path, &b, e) : r;
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
