/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's side of the root verbs: ask, wait, read the answer. The parent checks everything again. */
#include <stdio.h>

#include "core/model/lockdown.h"
#include "agent/roles/engine.h"
#include "core/base/cur.h"
#include "host/os/channel.h"
#include "core/base/banned.h"

#define ANSWER_MS 60000 /* an fsync of a slow disk is the longest */

static rc unusable(struct engine *en, struct err *e)
{
	engine_end(en, HALLMARKD_FAILED);
	return err_wrap(e, "asking the parent");
}

rc engine_parent_ask(struct engine *en, enum messages_verb verb, struct bytes request, struct buf *ret, struct err *e)
{
	uint16_t type = 0;
	char text[MESSAGES_TEXT_MAX + 1];
	rc r = channel_send(en->parent_fd, (uint16_t)verb, request, e);
	if (rc_ok(r))
		r = channel_receive(en->parent_fd, ANSWER_MS, &type, &en->answer, e);
	if (rc_failed(r))
		return unusable(en, e);
	struct cur c = cur_of(buf_view(&en->answer));
	uint8_t code = cur_u8(&c);
	channel_get_text(&c, text, sizeof text);
	struct bytes body = cur_take(&c, cur_left(&c));
	if (c.bad || type != VERB_ANSWER || code >= ERR_CODE_COUNT) {
		(void)err_set(e, ERR_INPUT, "malformed answer");
		return unusable(en, e);
	}
	if (code != ERR_NONE)
		return err_set(e, (enum err_code)code, "%s", text);
	if (ret)
		buf_put(ret, body);
	return ret ? buf_check(ret, "answer of the parent", e) : RC_OK;
}

static rc plain(struct engine *en, enum messages_verb verb, struct err *e)
{
	return engine_parent_ask(en, verb, (struct bytes){0}, NULL, e);
}

rc engine_parent_boot(struct engine *en, struct bootctl *ret, uint64_t *ret_slot_bytes, struct err *e)
{
	CLEANUP(buf_done) struct buf answer;
	buf_init(&answer, 2 * BOOTCTL_RECORD_SIZE);
	rc r = engine_parent_ask(en, VERB_BOOT, (struct bytes){0}, &answer, e);
	if (rc_failed(r))
		return r;
	struct cur c = cur_of(buf_view(&answer));
	struct bytes record = cur_take(&c, BOOTCTL_RECORD_SIZE);
	uint64_t slot_bytes = cur_u64(&c);
	if (!cur_ok(&c) || !bootctl_decode(record.p, ret)) {
		(void)err_set(e, ERR_INPUT, "malformed boot record");
		return unusable(en, e);
	}
	*ret_slot_bytes = slot_bytes;
	return RC_OK;
}

rc engine_parent_write(struct engine *en, int slot, uint64_t at, uint32_t n, struct err *e)
{
	CLEANUP(buf_done) struct buf b = {0};
	buf_init(&b, 16);
	buf_put_u8(&b, (uint8_t)slot);
	buf_put_u64(&b, at);
	buf_put_u32(&b, n);
	return engine_parent_ask(en, VERB_WRITE, buf_view(&b), NULL, e);
}

static rc same_trial(struct engine *en, int slot, const struct update_release *rel, bool *ret, struct err *e)
{
	struct bootctl b;
	uint64_t slot_bytes;
	rc r = engine_parent_boot(en, &b, &slot_bytes, e);
	if (rc_ok(r))
		*ret = b.trying && b.active != slot && b.image[slot].bytes == rel->length &&
		       memcmp(b.image[slot].sha256, rel->sha256, SHA256_SIZE) == 0;
	return r;
}

rc engine_parent_switch(struct engine *en, int slot, const struct update_release *rel, struct err *e)
{
	CLEANUP(buf_done) struct buf b = {0};
	bool already = false;
	rc r = same_trial(en, slot, rel, &already, e);
	if (rc_failed(r) || already)
		return r;
	buf_init(&b, 64);
	buf_put_u8(&b, (uint8_t)slot);
	buf_put_u64(&b, rel->length);
	buf_put(&b, bytes_of(rel->sha256, SHA256_SIZE));
	return engine_parent_ask(en, VERB_SWITCH, buf_view(&b), NULL, e);
}

rc engine_parent_confirm(struct engine *en, struct err *e)
{
	struct bootctl b;
	uint64_t slot_bytes;
	rc r = engine_parent_boot(en, &b, &slot_bytes, e);
	if (rc_failed(r) || (!b.trying && b.active == b.booted))
		return r;
	return plain(en, VERB_CONFIRM, e);
}

rc engine_parent_revert(struct engine *en, struct err *e)
{
	struct bootctl b;
	uint64_t slot_bytes;
	rc r = engine_parent_boot(en, &b, &slot_bytes, e);
	return rc_failed(r) || !b.trying ? r : plain(en, VERB_REVERT, e);
}

rc engine_parent_hash(struct engine *en, int slot, uint64_t total, bool restart, bool *ret_end,
		      uint8_t digest[SHA256_SIZE], struct err *e)
{
	CLEANUP(buf_done) struct buf b, answer;
	buf_init(&b, 64);
	buf_init(&answer, 64);
	buf_put_u8(&b, (uint8_t)slot);
	buf_put_u64(&b, total);
	buf_put_u8(&b, restart);
	rc r = engine_parent_ask(en, VERB_HASH, buf_view(&b), &answer, e);
	if (rc_failed(r))
		return r;
	struct cur c = cur_of(buf_view(&answer));
	uint8_t end = cur_u8(&c);
	struct bytes sha = cur_take(&c, SHA256_SIZE);
	if (!cur_ok(&c) || end > 1) {
		(void)err_set(e, ERR_INPUT, "malformed answer");
		return unusable(en, e);
	}
	memcpy(digest, sha.p, SHA256_SIZE);
	*ret_end = end;
	return RC_OK;
}

rc engine_parent_firewall(struct engine *en, enum ward_mode mode, struct err *e)
{
	CLEANUP(buf_done) struct buf b = {0};
	struct lockdown_input in;
	const struct lockdown_agent agent = {
		.net_uid = hallmarkd_uid(en->options, HALLMARKD_UID_NET),
		.service_host = en->device.service_host,
		.service_port = en->device.service_port,
		.local_uid = hallmarkd_uid(en->options, HALLMARKD_UID_LOCAL),
		.page_port = en->device.page_port,
	};
	buf_init(&b, LOCKDOWN_BYTES_MAX);
	rc r = lockdown_from_policy(en->policy, mode == WARD_ISOLATED ? LOCKDOWN_ISOLATED : LOCKDOWN_NORMAL, &agent,
				    &in, e);
	if (rc_failed(r))
		return r;
	lockdown_encode(&in, &b);
	r = buf_check(&b, "firewall", e);
	return rc_ok(r) ? engine_parent_ask(en, VERB_FIREWALL, buf_view(&b), NULL, e) : r;
}

rc engine_parent_reboot(struct engine *en, const char *why, struct err *e)
{
	CLEANUP(buf_done) struct buf b = {0};
	buf_init(&b, 256);
	char text[100];
	(void)snprintf(text, sizeof text, "%s", why);
	channel_put_text(&b, text);
	return engine_parent_ask(en, VERB_REBOOT, buf_view(&b), NULL, e);
}
