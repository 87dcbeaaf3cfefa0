/* SPDX-License-Identifier: Apache-2.0 */
/* host/os/file: a write is there whole or the old content stands; a read is bounded and follows no last link. */
#include "scratch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/file.h"

static void expect_content(const char *path, const char *content)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 4096);
	check_ok(file_read(path, 4096, &b, &e));
	assert_string_equal(buf_text(&b), content);
}

static void read_limits(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	static const size_t sizes[] = {0, 1, 100, 16383, 16384, 16385, 40000};
	static char content[40000];
	struct err e = {0};
	const char *path = scratch_path(&s, "f");
	(void)state;
	memset(content, 'x', sizeof content);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t n = sizes[i];
		CLEANUP(buf_done) struct buf b, small;
		buf_init(&b, n);
		buf_init(&small, n ? n - 1 : 0);
		check_ok(file_write_atomic(path, bytes_of(content, n), 0600, &e));
		check_ok(file_read(path, n, &b, &e)); /* a limit and a buffer of exactly its size */
		assert_int_equal(b.len, n);
		if (n == 0)
			continue;
		buf_reset(&b);
		check_fails(ERR_LIMIT, file_read(path, n - 1, &b, &e));
		check_fails(ERR_LIMIT, file_read(path, n, &small, &e));
	}
}

static void read_of_exactly_n_bytes_does_not_pass_the_end(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	struct err e = {0};
	uint8_t got[8] = "........";
	(void)state;
	check_ok(file_write_atomic(scratch_path(&s, "f"), bytes_of_text("content"), 0600, &e));
	FD_AUTO int fd = open(s.path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	check_ok(file_pread_all(fd, got, 4, 3, "f", &e));
	assert_memory_equal(got, "tent....", 8);
	check_ok(file_pread_all(fd, got, 0, 7, "f", &e));
	check_fails(ERR_INPUT, file_pread_all(fd, got, 5, 3, "f", &e));
	assert_non_null(strstr(e.text, "ends at 7"));
	check_fails(ERR_INPUT, file_pread_all(fd, got, 1, 7, "f", &e));
	check_fails(ERR_INPUT, file_pread_all(fd, got, 1, 100, "f", &e));
	check_fails(ERR_IO, file_pread_all(fd, got, 1, -1, "f", &e));
}

static void read_refuses_what_is_no_file(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	(void)state;
	buf_init(&b, 100);
	check_fails(ERR_MISSING, file_read(scratch_path(&s, "none"), 100, &b, &e));
	check_fails(ERR_INPUT, file_read(s.dir, 100, &b, &e));
	assert_int_equal(mkfifo(scratch_path(&s, "pipe"), 0600), 0);
	check_fails(ERR_INPUT, file_read(s.path, 100, &b, &e)); /* and does not hang */
	check_ok(file_write_atomic(scratch_path(&s, "real"), bytes_of_text("x"), 0600, &e));
	assert_int_equal(symlink("real", scratch_path(&s, "link")), 0);
	assert_true(rc_failed(file_read(s.path, 100, &b, &e)));
	assert_int_equal(b.len, 0);
}

static void atomic_write_sets_mode_and_leaves_no_litter(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	const char *path = scratch_path(&s, "f");
	struct err e = {0};
	struct stat st;
	char **names = NULL;
	size_t n = 0;
	(void)state;
	mode_t before = umask(0777); /* must not decide */
	check_ok(file_write_atomic(path, bytes_of_text("one"), 0640, &e));
	(void)umask(before);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	check_ok(file_write_atomic(path, bytes_of_text("two"), 0600, &e));
	expect_content(path, "two");
	check_ok(file_list_dir(s.dir, 10, &names, &n, &e));
	assert_int_equal(n, 1);
	file_list_free(names);
}

/* As a power cut within a rename or a link may leave it: the temporary name leads to the file that is in use. */
static void leftover_link_is_not_written_into(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	struct err e = {0};
	char path[1024], tmp[1100], old[8] = "";
	(void)state;
	(void)snprintf(path, sizeof path, "%s", scratch_path(&s, "f"));
	(void)snprintf(tmp, sizeof tmp, "%s.tmp", path);
	check_ok(file_write_atomic(path, bytes_of_text("old"), 0600, &e));
	assert_int_equal(link(path, tmp), 0);
	check_fails(ERR_EXISTS, file_create(path, bytes_of_text("new"), 0600, &e));
	expect_content(path, "old");
	assert_false(file_exists(tmp));
	assert_int_equal(link(path, tmp), 0);
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	check_ok(file_write_atomic(path, bytes_of_text("new"), 0600, &e));
	expect_content(path, "new");
	assert_int_equal(read(fd, old, sizeof old - 1), 3);
	assert_string_equal(old, "old");
}

static void failed_write_leaves_the_old(const char *path, size_t big)
{
	struct err e = {0};
	struct bytes content = bytes_of(calloc(1, big), big);
	assert_non_null(content.p);
	check_fails(ERR_SPACE, file_write_atomic(path, content, 0600, &e));
	expect_content(path, "old");
	check_fails(ERR_EXISTS, file_create(path, bytes_of_text("x"), 0600, &e));
	char tmp[1100];
	(void)snprintf(tmp, sizeof tmp, "%s.tmp", path);
	assert_false(file_exists(tmp));
	free((void *)(uintptr_t)content.p);
}

static void no_room_leaves_the_old_content(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	struct err e = {0};
	struct rlimit old, small = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
	(void)state;
	check_ok(file_write_atomic(scratch_path(&s, "f"), bytes_of_text("old"), 0600, &e));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	failed_write_leaves_the_old(s.path, 100000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	(void)signal(SIGXFSZ, before);
}

static void full_disk_leaves_the_old_content(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	struct err e = {0};
	(void)state;
	/* In a mount namespace of our own, so that nothing stays mounted whatever happens here. */
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("hallmark-test", s.dir, "tmpfs", 0, "size=64k") != 0) {
		scratch_done(&s);
		check_skip("needs root to mount a small tmpfs");
	}
	check_ok(file_write_atomic(scratch_path(&s, "f"), bytes_of_text("old"), 0600, &e));
	failed_write_leaves_the_old(s.path, 100000);
	/* And when there is room again, it works. */
	check_ok(file_write_atomic(s.path, bytes_of_text("new"), 0600, &e));
	expect_content(s.path, "new");
	assert_int_equal(umount(s.dir), 0);
}

/* A leftover temporary file, even a hostile link, from before a power cut must not be in the way or be followed. */
static void leftover_temporary_files(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	struct err e = {0};
	char path[1024];
	(void)state;
	(void)snprintf(path, sizeof path, "%s", scratch_path(&s, "f"));
	check_ok(file_write_atomic(scratch_path(&s, "f.tmp"), bytes_of_text("half of something long"), 0644, &e));
	check_ok(file_write_atomic(path, bytes_of_text("whole"), 0600, &e));
	expect_content(path, "whole");
	check_ok(file_write_atomic(scratch_path(&s, "victim"), bytes_of_text("mine"), 0600, &e));
	assert_int_equal(symlink("victim", scratch_path(&s, "f.tmp")), 0);
	check_ok(file_write_atomic(path, bytes_of_text("other"), 0600, &e)); /* the link goes, what it led to stays */
	expect_content(scratch_path(&s, "victim"), "mine");
	expect_content(path, "other");
}

static void create_append_remove(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	const char *path = scratch_path(&s, "f");
	struct err e = {0};
	(void)state;
	check_ok(file_create(path, bytes_of_text("a"), 0600, &e));
	check_fails(ERR_EXISTS, file_create(path, bytes_of_text("b"), 0600, &e));
	check_ok(file_append_synced(path, bytes_of_text("b"), 0600, &e));
	check_ok(file_append_synced(path, bytes_of_text("c"), 0600, &e));
	expect_content(path, "abc");
	check_ok(file_remove(path, &e));
	check_ok(file_remove(path, &e)); /* not there is fine */
	assert_false(file_exists(path));
	check_fails(ERR_MISSING, file_write_atomic("/nonexistent/folder/f", bytes_of_text("x"), 0600, &e));
}

/* The bytes are overwritten in place: whoever holds the file open sees zeros, not the key. */
static void shred_overwrites(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	const char *path = scratch_path(&s, "key");
	struct err e = {0};
	char seen[8192];
	(void)state;
	static char content[5000];
	memset(content, 'k', sizeof content);
	check_ok(file_write_atomic(path, bytes_of(content, sizeof content), 0600, &e));
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	check_ok(file_shred(path, &e));
	assert_false(file_exists(path));
	assert_int_equal(pread(fd, seen, sizeof seen, 0), sizeof content);
	for (size_t i = 0; i < sizeof content; i++)
		assert_int_equal(seen[i], 0);
	check_ok(file_shred(path, &e));
}

static void folders(void **state)
{
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	struct err e = {0};
	char **names = NULL;
	size_t n = 0;
	(void)state;
	check_ok(file_make_dir(scratch_path(&s, "a/b/c"), 0700, &e));
	check_ok(file_make_dir(s.path, 0700, &e));
	check_ok(file_write_atomic(scratch_path(&s, "a/z"), bytes_of_text(""), 0600, &e));
	check_ok(file_write_atomic(scratch_path(&s, "a/.hidden"), bytes_of_text(""), 0600, &e));
	check_ok(file_write_atomic(scratch_path(&s, "a/A"), bytes_of_text(""), 0600, &e));
	check_fails(ERR_MISSING, file_make_dir(scratch_path(&s, "a/z/below"), 0700, &e));
	check_fails(ERR_EXISTS, file_make_dir(scratch_path(&s, "a/z"), 0700, &e));
	check_fails(ERR_LIMIT, file_make_dir("", 0700, &e));
	check_fails(ERR_LIMIT, file_list_dir(scratch_path(&s, "a"), 2, &names, &n, &e));
	check_fails(ERR_MISSING, file_list_dir(scratch_path(&s, "none"), 2, &names, &n, &e));
	assert_null(names);
	check_ok(file_list_dir(scratch_path(&s, "a"), 3, &names, &n, &e));
	assert_int_equal(n, 3);
	assert_string_equal(names[0], "A");
	assert_string_equal(names[1], "b");
	assert_string_equal(names[2], "z");
	assert_null(names[3]);
	file_list_free(names);
	file_list_free(NULL);
}

static void path_limit(void **state)
{
	char out[FILE_PATH_MAX], name[FILE_PATH_MAX];
	struct err e = {0};
	(void)state;
	memset(name, 'n', sizeof name);
	name[FILE_PATH_MAX - 3] = 0; /* "d/" and the NUL leave room for one byte less than this */
	check_ok(file_path(out, &e, "d", name));
	name[FILE_PATH_MAX - 3] = 'n';
	name[FILE_PATH_MAX - 2] = 0;
	check_fails(ERR_LIMIT, file_path(out, &e, "d", name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_limits),
		cmocka_unit_test(read_of_exactly_n_bytes_does_not_pass_the_end),
		cmocka_unit_test(read_refuses_what_is_no_file),
		cmocka_unit_test(atomic_write_sets_mode_and_leaves_no_litter),
		cmocka_unit_test(leftover_link_is_not_written_into),
		cmocka_unit_test(no_room_leaves_the_old_content),
		cmocka_unit_test(full_disk_leaves_the_old_content),
		cmocka_unit_test(leftover_temporary_files),
		cmocka_unit_test(create_append_remove),
		cmocka_unit_test(shred_overwrites),
		cmocka_unit_test(folders),
		cmocka_unit_test(path_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
