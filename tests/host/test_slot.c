/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: nothing is written outside one, a hash covers exactly what was asked for. */
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/os/file.h"
#include "host/os/slot.h"

#define SLOT_BYTES 200000

static char dir[] = "/tmp/hallmark-slot-XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof path, "%s/disk.img", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void refuses_what_is_no_disk(void **state)
{
	(void)state;
	struct err e = {0};
	struct slot_disk d = {0};
	check_fails(ERR_MISSING, slot_open(path, true, &d, &e));
	check_fails(ERR_INPUT, slot_create(path, 0, &e));
	check_fails(ERR_INPUT, slot_create(path, UINT64_MAX, &e));
	check_ok(slot_create(path, SLOT_BYTES, &e));
	check_fails(ERR_EXISTS, slot_create(path, SLOT_BYTES, &e));
	assert_int_equal(truncate(path, 2 * SLOT_BYTES - 1), 0);
	check_fails(ERR_INPUT, slot_open(path, true, &d, &e));
	assert_int_equal(truncate(path, 0), 0);
	check_fails(ERR_INPUT, slot_open(path, true, &d, &e));
	assert_int_equal(d.slot_bytes, 0);
	assert_int_equal(truncate(path, 2 * SLOT_BYTES), 0);
}

static void writes_stay_inside(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(slot_close) struct slot_disk d = {0};
	const uint8_t byte = 0xaa;
	check_ok(slot_open(path, true, &d, &e));
	assert_int_equal(d.slot_bytes, SLOT_BYTES);
	const struct {
		int slot;
		uint64_t at;
		size_t n;
		enum err_code code;
	} bad[] = {
		{0, SLOT_BYTES, 1, ERR_SPACE},	   {0, SLOT_BYTES - 1, 2, ERR_SPACE}, {1, UINT64_MAX, 1, ERR_SPACE},
		{1, UINT64_MAX - 1, 2, ERR_SPACE}, {2, 0, 1, ERR_INTERNAL},	      {-1, 0, 1, ERR_INTERNAL},
	};
	const uint8_t two[2] = {1, 1};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		check_fails(bad[i].code, slot_write(&d, bad[i].slot, bad[i].at, bytes_of(two, bad[i].n), &e));
	uint8_t whole[2 * SLOT_BYTES];
	assert_int_equal(pread(d.fd[0], whole, sizeof whole, 0), sizeof whole);
	for (size_t i = 0; i < sizeof whole; i++)
		assert_int_equal(whole[i], 0);
	check_ok(slot_write(&d, 0, SLOT_BYTES - 1, bytes_of(&byte, 1), &e));
	check_ok(slot_write(&d, 1, 0, bytes_of(&byte, 1), &e));
	check_ok(slot_sync(&d, &e));
	assert_int_equal(pread(d.fd[0], whole, sizeof whole, 0), sizeof whole);
	assert_int_equal(whole[SLOT_BYTES - 1], 0xaa);
	assert_int_equal(whole[SLOT_BYTES], 0xaa);
}

static void hashes_exactly_what_was_asked(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(slot_close) struct slot_disk d = {0};
	CLEANUP(slot_hash_done) struct slot_hash h = {0};
	uint8_t content[150001], want[SHA256_SIZE], got[SHA256_SIZE];
	check_ok(slot_open(path, true, &d, &e));
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	check_ok(slot_write(&d, 1, 0, bytes_of(content, sizeof content), &e));
	check_ok(hash_sha256(bytes_of(content, sizeof content), want, &e));
	check_ok(slot_hash_all(&d, 1, sizeof content, got, &e));
	assert_memory_equal(got, want, SHA256_SIZE);
	check_ok(slot_hash_all(&d, 1, sizeof content - 1, got, &e));
	assert_memory_not_equal(got, want, SHA256_SIZE);
	check_fails(ERR_SPACE, slot_hash_start(&d, 1, SLOT_BYTES + 1, &h, &e));
	bool end = false;
	int steps = 0;
	check_ok(slot_hash_start(&d, 1, sizeof content, &h, &e));
	while (!end) {
		check_ok(slot_hash_step(&d, &h, 10000, &end, got, &e));
		steps++;
	}
	assert_int_equal(steps, 16);
	assert_memory_equal(got, want, SHA256_SIZE);
	uint8_t empty[SHA256_SIZE];
	check_ok(hash_sha256((struct bytes){0}, empty, &e));
	check_ok(slot_hash_all(&d, 0, 0, got, &e));
	assert_memory_equal(got, empty, SHA256_SIZE);
}

/* Two devices of different size: the smaller one bounds both, and only the slot that was named can be written. */
static void two_files_are_two_slots(void **state)
{
	(void)state;
	struct err e = {0};
	char a[300], b[300], none[300], link[300];
	CLEANUP(slot_close) struct slot_disk d = {0};
	uint8_t got[SHA256_SIZE], want[SHA256_SIZE], tail;
	const uint8_t content[3] = {1, 2, 3}, zeros[100] = {0};
	(void)snprintf(a, sizeof a, "%s/a", dir);
	(void)snprintf(b, sizeof b, "%s/b", dir);
	(void)snprintf(none, sizeof none, "%s/none", dir);
	(void)snprintf(link, sizeof link, "%s/link-b", dir);
	check_ok(file_create(a, bytes_of(zeros, 100), 0600, &e));
	check_ok(file_create(b, bytes_of(zeros, 90), 0600, &e));
	check_ok(file_create(none, (struct bytes){0}, 0600, &e));
	assert_int_equal(symlink(b, link), 0);
	check_fails(ERR_INPUT, slot_open_pair(a, none, 1, &d, &e));
	assert_int_equal(d.slot_bytes, 0);
	check_fails(ERR_MISSING, slot_open_pair("/nonexistent", b, 1, &d, &e));
	check_ok(slot_open_pair(a, link, 1, &d, &e));
	assert_int_equal(d.slot_bytes, 90);
	check_fails(ERR_SPACE, slot_write(&d, 1, 88, bytes_of(content, 3), &e));
	assert_true(rc_failed(slot_write(&d, 0, 0, bytes_of(content, 3), &e)));
	check_ok(slot_write(&d, 1, 87, bytes_of(content, 3), &e));
	check_ok(slot_sync(&d, &e));
	check_ok(slot_hash_all(&d, 0, 90, got, &e));
	check_ok(hash_sha256(bytes_of(zeros, 90), want, &e));
	assert_memory_equal(got, want, SHA256_SIZE);
	assert_int_equal(pread(d.fd[1], &tail, 1, 89), 1);
	assert_int_equal(tail, 3);
	(void)unlink(a), (void)unlink(b), (void)unlink(none), (void)unlink(link);
}

static size_t pages_in_memory(int fd, size_t from, size_t n)
{
	unsigned char in[512] = {0};
	void *mapped = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, (off_t)from);
	size_t count = 0;
	assert_ptr_not_equal(mapped, MAP_FAILED);
	assert_int_equal(mincore(mapped, n, in), 0);
	for (size_t i = 0; i < n / 4096; i++)
		count += in[i] & 1u;
	(void)munmap(mapped, n);
	return count;
}

/*
 * Where the file system can, an image does not pass through the page cache, neither written nor read back: what is
 * compared is what the medium says. Pieces that do not fit are written the ordinary way, and all of it is there.
 */
static void an_image_does_not_pass_through_the_page_cache(void **state)
{
	(void)state;
	enum { SLOT = 1 << 20, IMAGE = SLOT - 5000, PIECE = 1 << 18 };
	struct err e = {0};
	CLEANUP(slot_close) struct slot_disk d = {0};
	static _Alignas(4096) uint8_t content[SLOT];
	uint8_t got[SHA256_SIZE], want[SHA256_SIZE];
	(void)unlink(path);
	check_ok(slot_create(path, SLOT, &e));
	check_ok(slot_open(path, true, &d, &e));
	if (fcntl(d.fd[0], F_SETFL, O_RDWR | O_DIRECT) != 0)
		check_skip("the file system of the temporary folder has no direct access");
	assert_int_equal(fcntl(d.fd[0], F_SETFL, O_RDWR), 0);
	for (size_t i = 0; i < IMAGE; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	check_ok(hash_sha256(bytes_of(content, IMAGE), want, &e));
	for (size_t at = 0; at < IMAGE; at += PIECE)
		check_ok(slot_write(&d, 1, at, bytes_of(content + at, IMAGE - at < PIECE ? IMAGE - at : PIECE), &e));
	assert_int_equal(pages_in_memory(d.fd[1], SLOT, 3 * PIECE), 0);
	check_ok(slot_sync(&d, &e));
	check_ok(slot_hash_all(&d, 1, IMAGE, got, &e));
	assert_memory_equal(got, want, SHA256_SIZE);
	assert_int_equal(pages_in_memory(d.fd[1], SLOT, 2 * PIECE), 0);
	check_ok(slot_write(&d, 1, 4096, bytes_of(content + 1, 8192), &e)); /* memory that does not fit */
	check_ok(slot_hash_all(&d, 1, IMAGE, got, &e));
	memmove(content + 4096, content + 1, 8192);
	check_ok(hash_sha256(bytes_of(content, IMAGE), want, &e));
	assert_memory_equal(got, want, SHA256_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_disk),
		cmocka_unit_test(writes_stay_inside),
		cmocka_unit_test(hashes_exactly_what_was_asked),
		cmocka_unit_test(two_files_are_two_slots),
		cmocka_unit_test(an_image_does_not_pass_through_the_page_cache),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
