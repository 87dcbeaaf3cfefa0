/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot record: refusals first, then every transition torn at every byte must leave the state before or after it,
 * never a third one. EN303645 5.3-1.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/bootctl.h"
#include "host/os/bootctl_io.h"
#include "host/os/file.h"

static const struct bootctl_image image_1 = {.bytes = 1000, .sha256 = {1, 2, 3}};
static const struct bootctl_image image_2 = {.bytes = 2000, .sha256 = {4, 5, 6}};

static bool same(const struct bootctl *a, const struct bootctl *b)
{
	uint8_t x[BOOTCTL_RECORD_SIZE], y[BOOTCTL_RECORD_SIZE];
	bootctl_encode(a, x);
	bootctl_encode(b, y);
	return memcmp(x, y, sizeof x) == 0;
}

static void refuses_damage(void **state)
{
	(void)state;
	struct bootctl b, back, untouched = {.sequence = 99};
	uint8_t record[BOOTCTL_RECORD_SIZE];
	bootctl_factory(&b, &image_1);
	b.sequence = 7;
	bootctl_encode(&b, record);
	assert_true(bootctl_decode(record, &back));
	assert_true(same(&b, &back));
	for (size_t i = 0; i < 8 * sizeof record; i++) { /* CRC-32 finds every single-bit error */
		record[i / 8] ^= (uint8_t)(1 << i % 8);
		back = untouched;
		assert_false(bootctl_decode(record, &back));
		assert_int_equal(back.sequence, 99);
		record[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	memset(record, 0, sizeof record);
	assert_false(bootctl_decode(record, &back));
	memset(record, 0xff, sizeof record);
	assert_false(bootctl_decode(record, &back));
}

static void refuses_nonsense_with_good_checksum(void **state)
{
	(void)state;
	struct bootctl b, back;
	uint8_t record[BOOTCTL_RECORD_SIZE];
	bootctl_factory(&b, &image_1);
	b.active = 2;
	bootctl_encode(&b, record);
	assert_false(bootctl_decode(record, &back));
	b.active = 0;
	b.booted = 2;
	bootctl_encode(&b, record);
	assert_false(bootctl_decode(record, &back));
}

static void format_is_fixed(void **state)
{
	(void)state;
	struct bootctl b = {.sequence = 0x0102030405060708,
			    .active = 1,
			    .trying = true,
			    .tries = 3,
			    .booted = 0,
			    .image = {image_1, image_2}};
	uint8_t r[BOOTCTL_RECORD_SIZE];
	bootctl_encode(&b, r);
	assert_memory_equal(r, "HMBOOT1\0\1\2\3\4\5\6\7\10\1\1\3\0", 20);
	assert_memory_equal(r + 20, "\0\0\0\0\0\0\3\350\0\0\0\0\0\0\7\320", 16);
	assert_memory_equal(r + 36, image_1.sha256, SHA256_SIZE);
	assert_memory_equal(r + 68, image_2.sha256, SHA256_SIZE);
}

static void illegal_transitions(void **state)
{
	(void)state;
	struct err e = {0};
	struct bootctl b, before;
	bootctl_factory(&b, &image_1);
	before = b;
	check_fails(ERR_WRONG_STATE, bootctl_confirm(&b, &e));
	check_fails(ERR_WRONG_STATE, bootctl_revert(&b, &e));
	check_fails(ERR_INPUT, bootctl_switch(&b, &(struct bootctl_image){0}, &e));
	assert_true(same(&b, &before));
	check_ok(bootctl_switch(&b, &image_2, &e));
	before = b;
	check_fails(ERR_WRONG_STATE, bootctl_confirm(&b, &e)); /* the old slot still runs */
	check_fails(ERR_WRONG_STATE, bootctl_stage(&b, &e));
	check_fails(ERR_WRONG_STATE, bootctl_switch(&b, &image_2, &e));
	assert_true(same(&b, &before));
	int slot;
	bool write;
	check_ok(bootctl_boot(&b, &slot, &write, &e));
	check_ok(bootctl_revert(&b, &e));
	check_fails(ERR_WRONG_STATE, bootctl_stage(&b, &e)); /* given up, but it still runs */
	struct bootctl empty = {0};
	check_fails(ERR_MISSING, bootctl_boot(&empty, &slot, &write, &e));
}

static void boots_and_falls_back(void **state)
{
	(void)state;
	struct err e = {0};
	struct bootctl b;
	int slot = -1;
	bool write = true;
	bootctl_factory(&b, &image_1);
	check_ok(bootctl_boot(&b, &slot, &write, &e));
	assert_int_equal(slot, 0);
	assert_false(write);
	check_ok(bootctl_switch(&b, &image_2, &e));
	for (int i = BOOTCTL_TRIES; i > 0; i--) {
		check_ok(bootctl_boot(&b, &slot, &write, &e));
		assert_int_equal(slot, 1);
		assert_true(write);
		assert_int_equal(b.tries, i - 1);
	}
	check_ok(bootctl_boot(&b, &slot, &write, &e));
	assert_int_equal(slot, 0);
	assert_true(write);
	assert_false(b.trying);
	assert_int_equal(b.image[1].bytes, 2000); /* how the agent learns that the switch had happened */
	check_ok(bootctl_switch(&b, &image_2, &e));
	check_ok(bootctl_boot(&b, &slot, &write, &e));
	check_ok(bootctl_confirm(&b, &e));
	check_ok(bootctl_boot(&b, &slot, &write, &e));
	assert_int_equal(slot, 1);
	assert_false(write);
}

/* Every prefix of the new record over the old bytes of its place. */
static void tear(const uint8_t file[BOOTCTL_FILE_SIZE], const struct bootctl *old, const struct bootctl *new, int at)
{
	uint8_t record[BOOTCTL_RECORD_SIZE];
	struct err e = {0};
	bootctl_encode(new, record);
	for (size_t n = 0; n <= sizeof record; n++) {
		for (int garbage = 0; garbage < 2; garbage++) {
			uint8_t torn[BOOTCTL_FILE_SIZE];
			struct bootctl got;
			int which;
			memcpy(torn, file, sizeof torn);
			uint8_t *place = torn + (size_t)(1 - at) * BOOTCTL_RECORD_SIZE;
			if (garbage) /* a sector that lost what it held */
				memset(place, 0xff, BOOTCTL_RECORD_SIZE);
			memcpy(place, record, n);
			check_ok(bootctl_choose(torn, &got, &which, &e));
			assert_true(same(&got, old) || same(&got, new));
			if (n == sizeof record)
				assert_true(same(&got, new));
		}
	}
}

static void torn_writes_leave_old_or_new(void **state)
{
	(void)state;
	struct err e = {0};
	uint8_t file[BOOTCTL_FILE_SIZE] = {0};
	struct bootctl now, next;
	int at = 0, slot;
	bool write;
	bootctl_factory(&now, &image_1);
	bootctl_encode(&now, file);
	for (int step = 0; step < 12; step++) {
		next = now;
		switch (step % 6) {
		case 0:
			check_ok(bootctl_stage(&next, &e));
			break;
		case 1:
			check_ok(bootctl_switch(&next, &image_2, &e));
			break;
		case 2:
		case 5:
			check_ok(bootctl_boot(&next, &slot, &write, &e));
			break;
		case 3:
			check_ok(step == 3 ? bootctl_revert(&next, &e) : bootctl_confirm(&next, &e));
			break;
		default:
			next.booted = next.active;
		}
		next.sequence++;
		tear(file, &now, &next, at);
		bootctl_encode(&next, file + (size_t)(1 - at) * BOOTCTL_RECORD_SIZE);
		check_ok(bootctl_choose(file, &now, &at, &e));
		assert_true(same(&now, &next));
	}
}

static void writes_the_older_record(void **state)
{
	(void)state;
	struct err e = {0};
	char dir[] = "/tmp/hallmark-bootctl-XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/boot.env", dir);
	struct bootctl a, b;
	check_fails(ERR_MISSING, bootctl_io_read(path, &a, &e));
	bootctl_factory(&a, &image_1);
	check_ok(bootctl_io_create(path, &a, &e));
	check_fails(ERR_EXISTS, bootctl_io_create(path, &a, &e));
	check_ok(bootctl_io_read(path, &a, &e));
	check_ok(bootctl_io_read(path, &b, &e));
	check_ok(bootctl_switch(&a, &image_2, &e));
	check_ok(bootctl_io_write(path, &a, &e));
	assert_int_equal(a.sequence, 1);
	check_ok(bootctl_stage(&b, &e));
	check_fails(ERR_WRONG_STATE, bootctl_io_write(path, &b, &e)); /* read before the other's write */
	check_ok(bootctl_io_read(path, &b, &e));
	assert_true(same(&a, &b));
	assert_int_equal(truncate(path, BOOTCTL_RECORD_SIZE), 0); /* the newer one is lost: the older stands */
	check_ok(bootctl_io_read(path, &b, &e));
	assert_int_equal(b.sequence, 0);
	assert_int_equal(truncate(path, 100), 0);
	check_fails(ERR_INPUT, bootctl_io_read(path, &b, &e));
	(void)unlink(path);
	(void)rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_damage),	   cmocka_unit_test(refuses_nonsense_with_good_checksum),
		cmocka_unit_test(format_is_fixed),	   cmocka_unit_test(illegal_transitions),
		cmocka_unit_test(boots_and_falls_back),	   cmocka_unit_test(torn_writes_leave_old_or_new),
		cmocka_unit_test(writes_the_older_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
