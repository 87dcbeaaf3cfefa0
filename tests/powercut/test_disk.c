/* SPDX-License-Identifier: Apache-2.0 */
/* The disk's model: what must be left, what may be, and what may not. */
#include "check.h"

#include "disk.h"

#define ALL_LOST ((uint8_t[16]){0})
#define ALL_DONE ((uint8_t[16]){1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})

static void expect(struct disk *take, const char *path, const char *content)
{
	int node = disk_find(take, path);
	if (!content) {
		assert_int_equal(node, DISK_NONE);
	} else {
		assert_int_not_equal(node, DISK_NONE);
		assert_true(bytes_equal(disk_content(take, node), bytes_of_text(content)));
	}
	disk_free(take);
}

static void only_what_was_synced_is_certain(void **state)
{
	struct disk *d = disk_new();
	(void)state;
	int f = disk_make(d, "f", false, 0600);
	disk_write(d, f, 0, bytes_of_text("one"));
	expect(disk_crash(d, ALL_LOST, 0), "f", NULL);
	expect(disk_crash(d, ALL_DONE, 0), "f", "one");
	disk_sync(d, f); /* its content, not its name */
	expect(disk_crash(d, ALL_LOST, 0), "f", NULL);
	disk_sync(d, DISK_ROOT);
	expect(disk_crash(d, ALL_LOST, 0), "f", "one");
	disk_write(d, f, 0, bytes_of_text("two"));
	expect(disk_crash(d, ALL_LOST, 0), "f", "one");
	disk_write(d, f, 3, bytes_of_text(" and more"));
	expect(disk_crash(d, (const uint8_t[]){1, 0, 0}, 0), "f", "two");
	expect(disk_crash(d, (const uint8_t[]){0, 1, 0}, 0), "f", "two");   /* the sector came, its size did not */
	struct disk *longer = disk_crash(d, (const uint8_t[]){0, 0, 1}, 0); /* the size came, its sector did not */
	assert_true(bytes_equal(disk_content(longer, disk_find(longer, "f")), bytes_of("one\0\0\0\0\0\0\0\0", 12)));
	disk_free(longer);
	disk_free(d);
}

static void a_name_without_its_content(void **state)
{
	struct disk *d = disk_new();
	(void)state;
	int f = disk_make(d, "f", false, 0600);
	disk_write(d, f, 0, bytes_of_text("new"));
	expect(disk_crash(d, (const uint8_t[]){1, 0, 0}, 0), "f", "");
	expect(disk_crash(d, (const uint8_t[]){1, 1, 0}, 0), "f", "");
	expect(disk_crash(d, (const uint8_t[]){1, 0, 1}, 'x'), "f", "xxx");
	expect(disk_crash(d, (const uint8_t[]){0, 1, 1}, 'x'), "f", NULL);
	disk_free(d);
}

static void sectors_one_by_one(void **state)
{
	static uint8_t was[3 * DISK_SECTOR], will[3 * DISK_SECTOR], want[3 * DISK_SECTOR];
	struct disk *d = disk_new();
	(void)state;
	memset(was, 'a', sizeof was);
	memset(will, 'b', sizeof will);
	disk_put(d, "f", bytes_of(was, sizeof was));
	int f = disk_find(d, "f");
	disk_write(d, f, 0, bytes_of(will, sizeof will));
	assert_int_equal(d->ops_n, 3);
	memcpy(want, was, sizeof want);
	memset(want + DISK_SECTOR, 'b', DISK_SECTOR);		      /* reordered: only the second */
	memset(want + (size_t)2 * DISK_SECTOR, 'b', DISK_SECTOR / 2); /* torn: half of the third */
	struct disk *c = disk_crash(d, (const uint8_t[]){DISK_LOST, DISK_DONE, DISK_HALF}, 0);
	assert_true(bytes_equal(disk_content(c, disk_find(c, "f")), bytes_of(want, sizeof want)));
	assert_true(disk_hash(c) != disk_hash(d));
	disk_free(c);
	disk_sync(d, f);
	c = disk_crash(d, ALL_LOST, 0);
	assert_true(bytes_equal(disk_content(c, disk_find(c, "f")), bytes_of(will, sizeof will)));
	assert_true(disk_hash(c) == disk_hash(d));
	disk_free(c);
	disk_free(d);
}

static void renames_are_whole_or_half_and_never_nothing(void **state)
{
	struct disk *d = disk_new();
	(void)state;
	disk_put(d, "f", bytes_of_text("old"));
	disk_put(d, "f.tmp", bytes_of_text("new"));
	assert_true(disk_rename(d, "f.tmp", "f"));
	expect(disk_crash(d, ALL_LOST, 0), "f", "old");
	expect(disk_crash(d, ALL_LOST, 0), "f.tmp", "new");
	expect(disk_crash(d, ALL_DONE, 0), "f", "new");
	expect(disk_crash(d, ALL_DONE, 0), "f.tmp", NULL);
	struct disk *half = disk_crash(d, (const uint8_t[]){DISK_HALF}, 0);
	assert_int_equal(disk_find(half, "f"), disk_find(half, "f.tmp")); /* one file, two names */
	expect(half, "f", "new");
	expect(disk_crash(d, (const uint8_t[]){DISK_NEITHER}, 0), "f", NULL); /* FAT's only */
	disk_free(d);
}

static void a_lost_folder_takes_all_along(void **state)
{
	struct disk *d = disk_new();
	(void)state;
	int dir = disk_make(d, "state", true, 0700), f = disk_make(d, "state/f", false, 0600);
	disk_write(d, f, 0, bytes_of_text("one"));
	disk_sync(d, f);
	disk_sync(d, dir);
	expect(disk_crash(d, ALL_LOST, 0), "state/f", NULL);
	disk_sync(d, DISK_ROOT);
	expect(disk_crash(d, ALL_LOST, 0), "state/f", "one");
	assert_true(disk_unlink(d, "state/f"));
	expect(disk_crash(d, ALL_LOST, 0), "state/f", "one");
	expect(disk_crash(d, ALL_DONE, 0), "state/f", NULL);
	disk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_synced_is_certain),
		cmocka_unit_test(a_name_without_its_content),
		cmocka_unit_test(sectors_one_by_one),
		cmocka_unit_test(renames_are_whole_or_half_and_never_nothing),
		cmocka_unit_test(a_lost_folder_takes_all_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
