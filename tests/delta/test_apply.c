/* SPDX-License-Identifier: Apache-2.0 */
/* A transfer file onto disk: whole or not at all, on from where it was, never from a wrong base. */
#include "scratch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "delta/apply_io.h"
#include "delta/make/made_io.h"
#include "delta/make/patch_make.h"
#include "host/os/file.h"

#define IMAGE_BYTES ((size_t)1000 * 1000)

static struct scratch scratch;
static uint8_t *old_image, *new_image;
static char old_path[1024], full_path[1024], patch_path[1024], out_path[1024], part_path[1200];

static void put(const char *path, const uint8_t *p, size_t n)
{
	struct err e = {0};
	check_ok(file_write_atomic(path, bytes_of(p, n), 0644, &e));
}

static void make(const char *path, bool with_base)
{
	struct err e = {0};
	struct made_io_file file;
	CLEANUP(made_done) struct made m = {0};
	const struct made_job job = {.base = bytes_of(old_image, with_base ? IMAGE_BYTES : 0),
				     .image = bytes_of(new_image, IMAGE_BYTES),
				     .segment_log2 = 16,
				     .threads = 1,
				     .level = 1,
				     .memory_max = MADE_MEMORY_DEFAULT};
	check_ok(with_base ? patch_make(&m, &job, &e) : made_full(&m, &job, &e));
	check_ok(made_io_write(&m, path, &file, &e));
}

static int set_up(void **state)
{
	(void)state;
	scratch = scratch_new();
	old_image = mem_alloc(IMAGE_BYTES);
	new_image = mem_alloc(IMAGE_BYTES);
	uint64_t x = 3;
	for (size_t i = 0; i < IMAGE_BYTES; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		old_image[i] = new_image[i] = (uint8_t)(x >> 56);
		if (i / 4096 % 9 == 0)
			new_image[i] ^= (uint8_t)x;
	}
	(void)snprintf(old_path, sizeof old_path, "%s", scratch_path(&scratch, "old.img"));
	(void)snprintf(full_path, sizeof full_path, "%s", scratch_path(&scratch, "new.hmi"));
	(void)snprintf(patch_path, sizeof patch_path, "%s", scratch_path(&scratch, "new.hmp"));
	(void)snprintf(out_path, sizeof out_path, "%s", scratch_path(&scratch, "out.img"));
	(void)snprintf(part_path, sizeof part_path, "%s.part", out_path);
	put(old_path, old_image, IMAGE_BYTES);
	make(full_path, false);
	make(patch_path, true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mem_free(old_image);
	mem_free(new_image);
	scratch_done(&scratch);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	(void)unlink(out_path);
	(void)unlink(part_path);
	put(old_path, old_image, IMAGE_BYTES);
	return 0;
}

static rc apply(const char *base, const char *transfer, struct apply_io_result *ret, struct err *e)
{
	const struct apply_io_job job = {.base = base, .transfer = transfer, .out = out_path};
	return apply_io_run(&job, ret, e);
}

static void check_new(void)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf got;
	buf_init(&got, 2 * IMAGE_BYTES);
	check_ok(file_read(out_path, IMAGE_BYTES, &got, &e));
	assert_true(bytes_equal(buf_view(&got), bytes_of(new_image, IMAGE_BYTES)));
	assert_false(file_exists(part_path));
}

static void makes_the_image(void **state)
{
	(void)state;
	struct err e = {0};
	struct apply_io_result done;
	check_ok(apply(NULL, full_path, &done, &e));
	check_new();
	assert_int_equal(done.written, 16);
	check_ok(apply(old_path, patch_path, &done, &e)); /* over what is there */
	check_new();
	assert_in_range(done.file_bytes, 1, IMAGE_BYTES / 2);
}

/* Power failed after some segments, one of them half written: the rest is made, what is there is kept. */
static void goes_on_where_it_was(void **state)
{
	(void)state;
	struct err e = {0};
	struct apply_io_result done;
	put(part_path, new_image, 5 * 65536 + 100);
	FILE *f = fopen(part_path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, 65536 + 7, SEEK_SET), 0);
	assert_int_not_equal(fputc(new_image[65536 + 7] ^ 1, f), EOF);
	assert_int_equal(fclose(f), 0);
	check_ok(apply(old_path, patch_path, &done, &e));
	check_new();
	assert_int_equal(done.kept, 4);
	assert_int_equal(done.written, 12);
	put(part_path, old_image, IMAGE_BYTES); /* longer than what is made, and of something else */
	check_ok(apply(NULL, full_path, &done, &e));
	check_new();
}

static void a_wrong_base_writes_nothing(void **state)
{
	(void)state;
	struct err e = {0};
	struct apply_io_result done;
	static const size_t places[] = {0, 4095, 500000, IMAGE_BYTES - 1};
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		old_image[places[i]] ^= 1;
		put(old_path, old_image, IMAGE_BYTES);
		old_image[places[i]] ^= 1;
		check_fails(ERR_TRUST, apply(old_path, patch_path, &done, &e));
		assert_false(file_exists(out_path));
		assert_false(file_exists(part_path));
	}
	put(old_path, old_image, IMAGE_BYTES - 1);
	check_fails(ERR_TRUST, apply(old_path, patch_path, &done, &e));
	check_fails(ERR_INPUT, apply(NULL, patch_path, &done, &e));
	check_fails(ERR_INPUT, apply(old_path, full_path, &done, &e));
	assert_false(file_exists(part_path));
	CLEANUP(buf_done) struct buf longer; /* a slot is larger than its image */
	buf_init(&longer, 2 * IMAGE_BYTES);
	buf_put(&longer, bytes_of(old_image, IMAGE_BYTES));
	buf_put(&longer, bytes_of(new_image, 70000));
	put(old_path, longer.data, longer.len);
	check_ok(apply(old_path, patch_path, &done, &e));
	check_new();
}

/* The file cut at any place, a byte changed anywhere, something behind its end: never an image. */
static void a_spoilt_file_makes_nothing(void **state)
{
	(void)state;
	struct err e = {0};
	struct apply_io_result done;
	char spoilt[1024];
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, 2 * IMAGE_BYTES);
	check_ok(file_read(patch_path, IMAGE_BYTES, &file, &e));
	(void)snprintf(spoilt, sizeof spoilt, "%s/spoilt", scratch.dir);
	for (size_t i = 0; i < file.len; i += 1 + file.len / 61) {
		put(spoilt, file.data, i);
		assert_true(rc_failed(apply(old_path, spoilt, &done, &e)));
		file.data[i] ^= 0x10;
		put(spoilt, file.data, file.len);
		if (rc_ok(apply(old_path, spoilt, &done, &e))) /* what it says of memory is not what it makes */
			check_new();
		assert_true(!file_exists(out_path) || i < TRANSFER_FIXED_BYTES);
		(void)unlink(out_path);
		(void)unlink(part_path);
		file.data[i] ^= 0x10;
	}
	buf_put_u8(&file, 0);
	put(spoilt, file.data, file.len);
	check_fails(ERR_INPUT, apply(old_path, spoilt, &done, &e));
}

static void dry_run_looks_only(void **state)
{
	(void)state;
	struct err e = {0};
	struct apply_io_result done;
	struct apply_io_job job = {.base = old_path, .transfer = patch_path, .out = out_path, .dry_run = true};
	check_ok(apply_io_run(&job, &done, &e));
	assert_false(file_exists(out_path));
	assert_false(file_exists(part_path));
	assert_int_equal(done.image.length, IMAGE_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(makes_the_image, clear),
		cmocka_unit_test_setup(goes_on_where_it_was, clear),
		cmocka_unit_test_setup(a_wrong_base_writes_nothing, clear),
		cmocka_unit_test_setup(a_spoilt_file_makes_nothing, clear),
		cmocka_unit_test_setup(dry_run_looks_only, clear),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
