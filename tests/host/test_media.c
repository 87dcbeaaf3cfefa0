/* SPDX-License-Identifier: Apache-2.0 */
/* A folder that somebody else filled: what root opens there is what was named, or nothing. */
#include "scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include "host/os/file.h"
#include "host/os/media.h"

static struct scratch scratch;

static int set_up(void **state)
{
	struct err e = {0};
	(void)state;
	scratch = scratch_new();
	check_ok(file_make_dir(scratch_path(&scratch, "media/stick/targets"), 0755, &e));
	check_ok(file_create(scratch_path(&scratch, "media/stick/targets/a.img"), bytes_of_text("0123456789"), 0644,
			     &e));
	check_ok(file_create(scratch_path(&scratch, "secret"), bytes_of_text("secret"), 0600, &e));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_done(&scratch);
	return 0;
}

static rc look(const char *folder, const char *path, uint64_t from, size_t max, struct buf *out, struct err *e)
{
	char root[600];
	uint64_t size = 0;
	(void)snprintf(root, sizeof root, "%s/media", scratch.dir);
	const struct media_place at = {root, folder, path};
	rc r = media_read(&at, from, max, out, &size, e);
	if (rc_ok(r))
		assert_int_equal(size, 10);
	return r;
}

static void reads_pieces(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 100);
	check_ok(look("stick", "targets/a.img", 0, 4, &b, &e));
	assert_string_equal(buf_text(&b), "0123");
	check_ok(look("stick", "targets/a.img", 4, 50, &b, &e));
	assert_string_equal(buf_text(&b), "0123456789");
	check_ok(look("stick", "targets/a.img", 10, 50, &b, &e));
	check_ok(look("stick", "targets/a.img", UINT64_MAX, 50, &b, &e));
	check_ok(look(".", "stick/targets/a.img", 0, 0, &b, &e));
	assert_int_equal(b.len, 10);
}

static void nothing_else_is_opened(void **state)
{
	(void)state;
	static const char *const bad[][2] = {
		{"..", "secret"},
		{"stick", "../../secret"},
		{"stick", "targets/../../../secret"},
		{"", "a"},
		{"/", "a"},
		{"stick", ""},
		{"stick", "/etc/hostname"},
		{"/etc", "hostname"},
		{"stick", "targets/link"},
		{"folder-link", "a.img"},
		{"stick", "through/a.img"},
		{"stick", "targets/out"},
		{"stick", "targets"},
		{"stick", "targets/fifo"},
		{"stick", "targets/device"},
		{"stick", "targets//a.img"},
		{"stick", "./targets/a.img"},
	};
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	char to[700];
	buf_init(&b, 100);
	(void)snprintf(to, sizeof to, "%s/secret", scratch.dir);
	assert_int_equal(symlink("a.img", scratch_path(&scratch, "media/stick/targets/link")), 0);
	assert_int_equal(symlink(to, scratch_path(&scratch, "media/stick/targets/out")), 0);
	assert_int_equal(symlink("targets", scratch_path(&scratch, "media/stick/through")), 0);
	assert_int_equal(symlink("stick/targets", scratch_path(&scratch, "media/folder-link")), 0);
	assert_int_equal(mkfifo(scratch_path(&scratch, "media/stick/targets/fifo"), 0644), 0);
	if (mknod(scratch_path(&scratch, "media/stick/targets/device"), S_IFCHR | 0644, 0x103) != 0)
		check_ok(file_make_dir(scratch_path(&scratch, "media/stick/targets/device"), 0755, &e));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		rc r = look(bad[i][0], bad[i][1], 0, 50, &b, &e);
		if (r.code != ERR_DENIED)
			fail_msg("%s %s: %s", bad[i][0], bad[i][1], err_code_name(r.code));
	}
	check_fails(ERR_MISSING, look("stick", "targets/none.img", 0, 50, &b, &e));
	check_fails(ERR_MISSING, look("none", "targets/a.img", 0, 50, &b, &e));
	assert_int_equal(b.len, 0);
}

static void listing_is_bounded(void **state)
{
	(void)state;
	struct err e = {0};
	char root[600], name[64];
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 60000);
	(void)snprintf(root, sizeof root, "%s/media", scratch.dir);
	const struct media_place at = {root, "stick", "targets"};
	check_ok(media_list(&at, &b, &e));
	assert_int_equal(b.len, 6);
	assert_string_equal(buf_text(&b), "a.img");
	for (int i = 0; i < MEDIA_NAMES_MAX + 50; i++) {
		(void)snprintf(name, sizeof name, "media/stick/targets/%d", i);
		check_ok(file_create(scratch_path(&scratch, name), (struct bytes){0}, 0644, &e));
	}
	buf_reset(&b);
	check_ok(media_list(&at, &b, &e));
	size_t n = 0;
	for (size_t i = 0; i < b.len; i++)
		n += b.data[i] == 0;
	assert_in_range(n, MEDIA_NAMES_MAX - 3, MEDIA_NAMES_MAX);
	CLEANUP(buf_done) struct buf small;
	buf_init(&small, 20);
	assert_true(rc_failed(media_list(&at, &small, &e)));
	const struct media_place file = {root, "stick", "targets/a.img"}, up = {root, "stick", ".."};
	check_fails(ERR_DENIED, media_list(&file, &b, &e));
	check_fails(ERR_DENIED, media_list(&up, &b, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_else_is_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(listing_is_bounded, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
