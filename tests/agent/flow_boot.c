/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole agent on a device with another boot loader than the tests' own, and with two slots that are files of their
 * own: an update confirmed, an unhealthy one reverted, one that never comes up. EN303645 5.3-1, 5.3-2.
 */
#include "world.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/boot_loaders.h"
#include "host/os/boot_io.h"
#include "host/os/file.h"

#define IMAGE_BYTES (300 * 1024)

static struct world world;
static const char *program;

static int set_up(void **state)
{
	(void)state;
	world_make(&world, program, IMAGE_BYTES);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}

static const char *in_device(const char *name)
{
	static char path[2][512];
	static int which;
	which = !which;
	(void)snprintf(path[which], sizeof path[which], "%s/%s", world.dev, name);
	return path[which];
}

/* From the halves of disk.img to two files, from the record to a boot loader's store. */
static void convert(enum boot_loaders_kind kind)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf disk, config;
	buf_init(&disk, 3 * (size_t)WORLD_SLOT_BYTES);
	buf_init(&config, 4096);
	check_ok(file_read(in_device("disk.img"), 3 * (size_t)WORLD_SLOT_BYTES, &disk, &e));
	check_ok(file_create(in_device("slot-a"), bytes_of(disk.data, disk.len / 2), 0600, &e));
	check_ok(file_create(in_device("slot-b"), bytes_of(disk.data + disk.len / 2, disk.len / 2), 0600, &e));
	check_ok(file_remove(in_device("disk.img"), &e));
	check_ok(file_remove(in_device("boot.env"), &e));
	boot_loaders_factory(world.dev, kind);
	buf_putf(&config, "{\"slots\":[\"%s\",\"%s\"],", in_device("slot-a"), in_device("slot-b"));
	CLEANUP(buf_done) struct buf rest;
	buf_init(&rest, 4096);
	check_ok(file_read(in_device("factory/boot.json"), 4000, &rest, &e));
	buf_put_text(&config, buf_text(&rest) + 1);
	check_ok(file_write_atomic(in_device("factory/boot.json"), buf_view(&config), 0600, &e));
}

static void offer(enum boot_loaders_kind kind, const char *version)
{
	print_message("# %s\n", boot_loaders_name(kind));
	world_reset(&world);
	convert(kind);
	world_offer(&world, version);
}

static pid_t boot(enum boot_loaders_kind kind, int slot)
{
	assert_int_equal(boot_loaders_boot(world.dev, kind), slot);
	return world_start_agent(&world, NULL);
}

/* Once more, as any day: it starts, and is heard of. */
static void an_ordinary_day(enum boot_loaders_kind kind, int slot)
{
	uint32_t before = world.service->checkins;
	pid_t pid = boot(kind, slot);
	/* Two: one may be the last agent's, which the service takes in when it has ended already. */
	assert_true(world_until(&world.service->checkins, before + 2, WORLD_LONG_MS));
	world_stop(pid);
}

static void updates_and_confirms(void **state)
{
	(void)state;
	struct world *w = &world;
	for (enum boot_loaders_kind k = 0; k < BOOT_LOADERS_COUNT; k++) {
		offer(k, "2.0.0");
		world_expect_reboot(boot(k, 0));
		pid_t pid = boot(k, 1);
		assert_true(world_until(&w->service->confirmed, 1, WORLD_LONG_MS));
		world_stop(pid);
		assert_int_equal(w->service->statement.slot, 'b');
		assert_string_equal(w->service->statement.version, "2.0.0");
		assert_non_null(strstr(world_read(w, "state/installed.json"), "\"counter\":2"));
		an_ordinary_day(k, 1);
	}
}

static void unhealthy_is_reverted(void **state)
{
	(void)state;
	struct world *w = &world;
	for (enum boot_loaders_kind k = 0; k < BOOT_LOADERS_COUNT; k++) {
		offer(k, "3.0.0");
		world_expect_reboot(boot(k, 0));
		world_expect_reboot(boot(k, 1));
		pid_t pid = boot(k, 0);
		assert_true(world_until(&w->service->reverted, 1, WORLD_LONG_MS));
		world_stop(pid);
		assert_non_null(strstr(world_read(w, "state/blocked.json"), "\"3.0.0\""));
		assert_int_equal(w->service->confirmed, 0);
		assert_string_equal(w->service->statement.version, "1.0.0");
	}
}

/* The new release never gets as far as its agent: the boot loader alone brings the old one back, and it is told. */
static void dead_release_is_noticed(void **state)
{
	(void)state;
	struct world *w = &world;
	for (enum boot_loaders_kind k = 0; k < BOOT_LOADERS_COUNT; k++) {
		offer(k, "2.0.0");
		world_expect_reboot(boot(k, 0));
		int slot = 1, boots = 0;
		while ((slot = boot_loaders_boot(w->dev, k)) == 1)
			assert_true(++boots <= 3);
		assert_true(boots >= 1);
		assert_int_equal(slot, 0);
		pid_t pid = world_start_agent(w, NULL);
		assert_true(world_until(&w->service->reverted, 1, WORLD_LONG_MS));
		world_stop(pid);
		assert_non_null(strstr(world_read(w, "state/blocked.json"), "\"2.0.0\""));
		an_ordinary_day(k, 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates_and_confirms),
		cmocka_unit_test(unhealthy_is_reverted),
		cmocka_unit_test(dead_release_is_noticed),
	};
	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
