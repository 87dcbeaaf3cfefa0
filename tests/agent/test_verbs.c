/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's verbs as a captured engine would use them: everything that is not the one allowed order is refused. */
#include "scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/model/lockdown.h"
#include "agent/roles/messages.h"
#include "agent/roles/outbox.h"
#include "agent/roles/verbs.h"
#include "core/base/cur.h"
#include "host/os/channel.h"
#include "host/os/bootctl_io.h"
#include "host/os/file.h"

#define SLOT_BYTES 100000

static int firewalls;

static rc count_firewall(struct bytes ruleset, struct err *e)
{
	(void)ruleset, (void)e;
	firewalls++;
	return RC_OK;
}

struct fixture {
	struct scratch scratch;
	struct verbs verbs;
	struct buf request, reply;
};

static int set_up(void **state)
{
	static struct fixture f;
	struct err e = {0};
	struct bootctl b;
	const struct bootctl_image first = {.bytes = 10};
	f = (struct fixture){.scratch = scratch_new()};
	bootctl_factory(&b, &first);
	check_ok(bootctl_io_create(scratch_path(&f.scratch, "boot.env"), &b, &e));
	check_ok(slot_create(scratch_path(&f.scratch, "disk.img"), SLOT_BYTES, &e));
	check_ok(verbs_init(&f.verbs, f.scratch.dir, count_firewall, &e));
	buf_init(&f.request, 70000);
	buf_init(&f.reply, 70000);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	verbs_done(&f->verbs);
	buf_done(&f->request);
	buf_done(&f->reply);
	scratch_done(&f->scratch);
	return 0;
}

/* Handle the request that was put together; its result code. */
static enum err_code ask(struct fixture *f, uint16_t type)
{
	struct err e = {0};
	buf_reset(&f->reply);
	check_ok(verbs_handle(&f->verbs, type, buf_view(&f->request), &f->reply, &e));
	buf_reset(&f->request);
	return (enum err_code)f->reply.data[0];
}

static enum err_code write_at(struct fixture *f, int slot, uint64_t at, size_t n)
{
	buf_put_u8(&f->request, (uint8_t)slot);
	buf_put_u64(&f->request, at);
	buf_put_u32(&f->request, (uint32_t)n);
	return ask(f, VERB_WRITE);
}

/* A worker that made zeros. */
#define ROOM_BYTES 70000
static uint8_t room[ROOM_BYTES];
static int workers;

static rc start_worker(void *ctx, const struct verbs_base *base, uint32_t bytes, const uint8_t **ret_room,
		       struct err *e)
{
	char byte;
	(void)ctx, (void)e;
	assert_true(bytes <= sizeof room);
	assert_int_equal(pread(base->fd, &byte, 1, (off_t)base->at), 1);
	assert_int_equal(pwrite(base->fd, &byte, 1, (off_t)base->at), -1); /* what runs is read and never written */
	(void)close(base->fd);
	*ret_room = room;
	workers++;
	return RC_OK;
}

static void stop_worker(void *ctx)
{
	(void)ctx;
	workers--;
}

static void begin_worker(struct fixture *f, uint32_t bytes)
{
	f->verbs.worker = (struct verbs_worker){start_worker, stop_worker, NULL};
	buf_put_u32(&f->request, bytes);
	assert_int_equal(ask(f, VERB_WORKER), ERR_NONE);
}

/* Nothing is written but what a worker of this install has room for, and never two of them run. */
static void the_worker_comes_and_goes(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(write_at(f, 1, 0, 10), ERR_DENIED);
	begin_worker(f, 100);
	begin_worker(f, 200);
	assert_int_equal(workers, 1);
	assert_int_equal(write_at(f, 1, 0, 200), ERR_NONE);
	assert_int_equal(write_at(f, 1, 0, 201), ERR_DENIED);
	assert_int_equal(ask(f, VERB_WORKER_END), ERR_NONE);
	assert_int_equal(ask(f, VERB_WORKER_END), ERR_NONE);
	assert_int_equal(workers, 0);
	assert_int_equal(write_at(f, 1, 0, 10), ERR_DENIED);
}

static enum err_code hash(struct fixture *f, int slot, uint64_t total, uint8_t digest[SHA256_SIZE])
{
	buf_put_u8(&f->request, (uint8_t)slot);
	buf_put_u64(&f->request, total);
	buf_put_u8(&f->request, 1);
	enum err_code code = ask(f, VERB_HASH);
	if (code == ERR_NONE)
		memcpy(digest, f->reply.data + 4, SHA256_SIZE);
	return code;
}

static enum err_code switch_to(struct fixture *f, int slot, uint64_t n, const uint8_t digest[SHA256_SIZE])
{
	buf_put_u8(&f->request, (uint8_t)slot);
	buf_put_u64(&f->request, n);
	buf_put(&f->request, bytes_of(digest, SHA256_SIZE));
	return ask(f, VERB_SWITCH);
}

static void malformed_requests_end_the_peer(void **state)
{
	struct fixture *f = *state;
	static const uint8_t junk[200];
	struct err e = {0};
	static const struct {
		uint16_t type;
		size_t n;
	} bad[] = {{0, 0},
		   {99, 0},
		   {0x80, 0},
		   {VERB_BOOT, 1},
		   {VERB_STAGE, 1},
		   {VERB_WRITE, 0},
		   {VERB_WRITE, 12},
		   {VERB_WRITE, 13}, /* of no bytes */
		   {VERB_WRITE, 14},
		   {VERB_WORKER, 0},
		   {VERB_WORKER, 4}, /* of no bytes */
		   {VERB_WORKER, 5},
		   {VERB_WORKER_END, 1},
		   {VERB_SYNC, 1},
		   {VERB_HASH, 9},
		   {VERB_HASH, 11},
		   {VERB_SWITCH, 40},
		   {VERB_SWITCH, 42},
		   {VERB_CONFIRM, 1},
		   {VERB_REVERT, 7},
		   {VERB_REBOOT, 0},
		   {VERB_REBOOT, 3}};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_fails(ERR_INPUT, verbs_handle(&f->verbs, bad[i].type, bytes_of(junk, bad[i].n), &f->reply, &e));
	assert_false(f->verbs.reboot);
	buf_put_u32(&f->request, 4 * 1024 * 1024 + 1); /* more room than any segment needs */
	check_fails(ERR_INPUT, verbs_handle(&f->verbs, VERB_WORKER, buf_view(&f->request), &f->reply, &e));
}

/* Going on with a hash that was never begun: refused, not followed into memory that is not there. */
static void a_hash_begins_at_its_beginning(void **state)
{
	struct fixture *f = *state;
	uint8_t digest[SHA256_SIZE];
	for (int again = 0; again < 2; again++) {
		for (uint8_t slot = 0; slot < 2; slot++) {
			buf_put_u8(&f->request, slot);
			buf_put_u64(&f->request, 0);
			buf_put_u8(&f->request, 0);
			assert_int_equal(ask(f, VERB_HASH), ERR_INPUT);
			assert_int_equal(hash(f, slot, 0, digest), ERR_INPUT);
		}
		assert_int_equal(hash(f, 1, 10, digest), ERR_NONE); /* and then there is one that ended */
	}
}

static void only_the_staged_slot_is_written(void **state)
{
	struct fixture *f = *state;
	begin_worker(f, ROOM_BYTES);
	assert_int_equal(write_at(f, 0, 0, 10), ERR_DENIED); /* it runs */
	assert_int_equal(write_at(f, 1, SLOT_BYTES - 5, 10), ERR_SPACE);
	assert_int_equal(write_at(f, 1, UINT64_MAX, 10), ERR_SPACE);
	assert_int_equal(write_at(f, 1, 0, 10), ERR_NONE);
}

static void only_what_was_hashed_is_switched_to(void **state)
{
	struct fixture *f = *state;
	uint8_t digest[SHA256_SIZE] = {0}, other[SHA256_SIZE] = {9};
	begin_worker(f, ROOM_BYTES);
	assert_int_equal(ask(f, VERB_STAGE), ERR_NONE);
	assert_int_equal(write_at(f, 1, 0, 1000), ERR_NONE);
	assert_int_equal(switch_to(f, 1, 1000, digest), ERR_DENIED); /* never hashed */
	assert_int_equal(hash(f, 1, 1000, digest), ERR_NONE);
	assert_int_equal(switch_to(f, 1, 1000, other), ERR_DENIED);
	assert_int_equal(switch_to(f, 1, 999, digest), ERR_DENIED);
	assert_int_equal(switch_to(f, 0, 1000, digest), ERR_DENIED);
	assert_int_equal(write_at(f, 1, 0, 1), ERR_NONE);
	assert_int_equal(switch_to(f, 1, 1000, digest), ERR_DENIED); /* written since */
	assert_int_equal(hash(f, 0, 10, other), ERR_NONE);
	assert_int_equal(switch_to(f, 0, 10, other), ERR_DENIED); /* the active one */
	assert_int_equal(ask(f, VERB_CONFIRM), ERR_WRONG_STATE);
	assert_int_equal(ask(f, VERB_REVERT), ERR_WRONG_STATE);
	assert_int_equal(hash(f, 1, 1000, digest), ERR_NONE);
	assert_int_equal(switch_to(f, 1, 1000, digest), ERR_NONE);
	assert_int_equal(write_at(f, 1, 0, 10), ERR_DENIED); /* on trial */
	assert_int_equal(ask(f, VERB_STAGE), ERR_WRONG_STATE);
	assert_int_equal(ask(f, VERB_CONFIRM), ERR_WRONG_STATE); /* not running */
	assert_int_equal(ask(f, VERB_REVERT), ERR_NONE);
	assert_int_equal(write_at(f, 1, 0, 10), ERR_DENIED); /* still recorded as an image: stage it first */
}

/* Pieces of an image do not read the record again; a transition does. */
static void the_record_is_read_once(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	char aside[300];
	uint8_t digest[SHA256_SIZE];
	(void)snprintf(aside, sizeof aside, "%s/aside", f->scratch.dir);
	begin_worker(f, ROOM_BYTES);
	assert_int_equal(ask(f, VERB_STAGE), ERR_NONE);
	begin_worker(f, 1000);
	assert_int_equal(write_at(f, 1, 0, 1000), ERR_NONE);
	assert_int_equal(rename(scratch_path(&f->scratch, "boot.env"), aside), 0);
	assert_int_equal(write_at(f, 1, 1000, 1000), ERR_NONE);
	assert_int_equal(hash(f, 1, 2000, digest), ERR_NONE);
	assert_int_equal(switch_to(f, 1, 2000, digest), ERR_MISSING);
	assert_int_equal(write_at(f, 1, 2000, 10), ERR_MISSING); /* whatever came of it, it is looked at again */
	assert_int_equal(rename(aside, f->scratch.path), 0);
	assert_int_equal(switch_to(f, 1, 2000, digest), ERR_NONE);
	assert_int_equal(write_at(f, 1, 0, 10), ERR_DENIED);
	check_ok(file_remove(f->scratch.path, &e));
}

/* A device with GRUB and two partitions: the same order of verbs, into files of their own. */
static void another_boot_loader_and_two_devices(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	char path[300], text[1200], block[1024];
	uint8_t digest[SHA256_SIZE];
	const char *dir = f->scratch.dir;
	memset(block, '#', sizeof block);
	int n = snprintf(block, sizeof block,
			 "# GRUB Environment Block\nORDER=A B\nA_OK=1\nB_OK=1\nA_TRY=1\nB_TRY=0\n");
	block[n] = '#';
	(void)snprintf(text, sizeof text,
		       "{\"v\":1,\"backend\":\"grub\",\"path\":\"%s/grubenv\",\"cmdline\":\"%s/cmdline\",\"slots\":"
		       "[\"%s/a\",\"%s/b\"]}",
		       dir, dir, dir, dir);
	const struct {
		const char *name;
		struct bytes content;
	} files[] = {{"factory/boot.json", bytes_of_text(text)},
		     {"grubenv", bytes_of(block, sizeof block)},
		     {"cmdline", bytes_of_text("rauc.slot=A")},
		     {"a", bytes_of(block, 900)},
		     {"b", bytes_of(block, 800)}};
	check_ok(file_make_dir(scratch_path(&f->scratch, "factory"), 0700, &e));
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		check_ok(file_create(scratch_path(&f->scratch, files[i].name), files[i].content, 0600, &e));
	check_ok(file_remove(scratch_path(&f->scratch, "boot.env"), &e));
	check_ok(file_remove(scratch_path(&f->scratch, "disk.img"), &e));
	verbs_done(&f->verbs);
	check_ok(verbs_init(&f->verbs, dir, count_firewall, &e));
	begin_worker(f, ROOM_BYTES);
	assert_int_equal(write_at(f, 1, 0, 10), ERR_DENIED); /* another updater's fallback: stage it first */
	assert_int_equal(ask(f, VERB_STAGE), ERR_NONE);
	begin_worker(f, 1000);
	assert_int_equal(write_at(f, 1, 795, 10), ERR_SPACE);
	assert_int_equal(write_at(f, 1, 0, 700), ERR_NONE);
	assert_int_equal(ask(f, VERB_SYNC), ERR_NONE);
	assert_int_equal(hash(f, 1, 700, digest), ERR_NONE);
	assert_int_equal(switch_to(f, 1, 700, digest), ERR_NONE);
	CLEANUP(buf_done) struct buf seen;
	buf_init(&seen, 4096);
	check_ok(file_read(scratch_path(&f->scratch, "grubenv"), 4096, &seen, &e));
	assert_non_null(strstr(buf_text(&seen), "ORDER=B A\nA_OK=1\nB_OK=1\nA_TRY=0\nB_TRY=0\nHALLMARK_TRIAL=B\n"));
	buf_reset(&seen);
	check_ok(file_read(scratch_path(&f->scratch, "b"), 4096, &seen, &e));
	assert_int_equal(seen.len, 800);
	assert_int_equal(seen.data[699], 0);
	assert_int_equal(seen.data[700], '#');
	(void)snprintf(path, sizeof path, "%s/factory/boot.json", dir);
	check_ok(file_write_atomic(path, bytes_of_text("{\"v\":1,\"backend\":\"gru\"}"), 0600, &e));
	verbs_done(&f->verbs);
	check_fails(ERR_INPUT, verbs_init(&f->verbs, dir, count_firewall, &e));
}

static void firewall_takes_no_text(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "flush ruleset";
	firewalls = 0;
	buf_put(&f->request, bytes_of(text, sizeof text));
	assert_int_not_equal(ask(f, VERB_FIREWALL), ERR_NONE);
	assert_int_equal(firewalls, 0);
	struct lockdown_input in = {0};
	struct err e = {0};
	const struct lockdown_agent agent = {
		.net_uid = 61002, .service_host = "192.0.2.1", .service_port = 443, .local_uid = 61004};
	check_ok(lockdown_from_policy(NULL, LOCKDOWN_ISOLATED, &agent, &in, &e));
	lockdown_encode(&in, &f->request);
	assert_int_equal(ask(f, VERB_FIREWALL), ERR_NONE);
	assert_int_equal(firewalls, 1);
}

/* ---- the outbox ---- */

static void outbox_gives_up_the_right_one(void **state)
{
	(void)state;
	const struct outbox_entry all[] = {{1, OUTBOX_RECEIPT},	 {2, OUTBOX_STATEMENT}, {3, OUTBOX_ALERT},
					   {4, OUTBOX_EVIDENCE}, {5, OUTBOX_EVIDENCE},	{6, OUTBOX_STATEMENT}};
	assert_int_equal(outbox_victim(all, 6), 3);
	assert_int_equal(outbox_victim(all, 3), 2);
	assert_int_equal(outbox_victim(all, 2), 2); /* a receipt and the newest statement: none */
	const struct outbox_entry statements[] = {{1, OUTBOX_STATEMENT}, {2, OUTBOX_STATEMENT}};
	assert_int_equal(outbox_victim(statements, 2), 0);
	assert_int_equal(outbox_next(all, 6), 2); /* an alert before all */
	assert_int_equal(outbox_next(all, 2), 0);
	assert_int_equal(outbox_kind_of("nothing"), OUTBOX_KIND_COUNT);
}

static void outbox_is_bounded_and_survives(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	struct outbox o;
	CLEANUP(buf_done) struct buf got;
	char dir[64], text[400];
	(void)snprintf(dir, sizeof dir, "%.55s/box", f->scratch.dir);
	buf_init(&got, ENVELOPE_MAX + 1);
	check_ok(outbox_open(&o, dir, &e));
	for (int i = 0; i < OUTBOX_MAX + 3; i++) {
		(void)snprintf(text, sizeof text,
			       "{\"payload\":\"\",\"payloadType\":\"application/vnd.hallmark.%s+json\",\"signatures\":"
			       "[{\"keyid\":\"00\",\"sig\":\"%04d\"}]}",
			       i ? "evidence" : "receipt", i);
		check_ok(outbox_add(&o, i ? OUTBOX_EVIDENCE : OUTBOX_RECEIPT, bytes_of_text(text), &e));
	}
	assert_int_equal(o.n, OUTBOX_MAX);
	assert_int_equal(o.dropped, 3);
	char junk[128];
	(void)snprintf(junk, sizeof junk, "%s/0000000000000099.json.tmp", dir);
	check_ok(file_create(junk, bytes_of_text("half"), 0600, &e));
	check_ok(outbox_open(&o, dir, &e));
	assert_int_equal(o.n, OUTBOX_MAX);
	assert_false(file_exists(junk));
	assert_int_equal(o.entries[0].kind, OUTBOX_RECEIPT);
	assert_int_equal(o.entries[1].seq, 5); /* 2, 3 and 4 were the oldest evidence */
	check_ok(outbox_load(&o, OUTBOX_MAX - 1, &got, &e));
	assert_string_equal(buf_text(&got), text);
	check_ok(outbox_remove(&o, o.entries[0].seq, &e));
	assert_int_equal(o.n, OUTBOX_MAX - 1);
	assert_int_equal(o.entries[0].seq, 5);
}

static void media_ask(struct fixture *f, const char *folder, const char *path)
{
	channel_put_text(&f->request, folder);
	channel_put_text(&f->request, path);
}

static enum err_code media_read_verb(struct fixture *f, const char *folder, const char *path, uint32_t max)
{
	media_ask(f, folder, path);
	buf_put_u64(&f->request, 0);
	buf_put_u32(&f->request, max);
	return ask(f, VERB_MEDIA_READ);
}

/* Only below the configured folder, and not at all without one. */
static void media_is_one_folder(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	assert_int_equal(media_read_verb(f, ".", "boot.env", 10), ERR_UNSUPPORTED);
	media_ask(f, ".", "targets");
	assert_int_equal(ask(f, VERB_MEDIA_LIST), ERR_UNSUPPORTED);
	char root[300];
	(void)snprintf(root, sizeof root, "%s/media", f->scratch.dir);
	check_ok(file_make_dir(scratch_path(&f->scratch, "media/stick"), 0755, &e));
	check_ok(file_create(scratch_path(&f->scratch, "media/stick/a"), bytes_of_text("abc"), 0644, &e));
	f->verbs.media_dir = root;
	assert_int_equal(media_read_verb(f, "stick", "a", 10), ERR_NONE);
	assert_int_equal(f->reply.len, 3 + 8 + 3);
	assert_memory_equal(f->reply.data + 3 + 8, "abc", 3);
	assert_int_equal(media_read_verb(f, "stick", "../../boot.env", 10), ERR_DENIED);
	assert_int_equal(media_read_verb(f, "..", "boot.env", 10), ERR_DENIED);
	media_ask(f, "stick", "..");
	assert_int_equal(ask(f, VERB_MEDIA_LIST), ERR_DENIED);
	/* More than a message holds is no request of ours. */
	media_ask(f, "stick", "a");
	buf_put_u64(&f->request, 0);
	buf_put_u32(&f->request, MESSAGES_CHUNK_MAX + 1);
	check_fails(ERR_INPUT, verbs_handle(&f->verbs, VERB_MEDIA_READ, buf_view(&f->request), &f->reply, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(malformed_requests_end_the_peer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_hash_begins_at_its_beginning, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_worker_comes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_the_staged_slot_is_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_what_was_hashed_is_switched_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_record_is_read_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_boot_loader_and_two_devices, set_up, tear_down),
		cmocka_unit_test_setup_teardown(firewall_takes_no_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(media_is_one_folder, set_up, tear_down),
		cmocka_unit_test(outbox_gives_up_the_right_one),
		cmocka_unit_test_setup_teardown(outbox_is_bounded_and_survives, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
