/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets of a file whose blocks of zeroes are not there, and the guess where they were. */
#include "check.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "delta/make/predict_elf.h"
#include "delta/make/predict_holes.h"

#define BLOCK PREDICT_HOLES_BLOCK

static void offsets_around_holes(void **state)
{
	(void)state;
	/* Two holes: the file's blocks 2..4 and 6 are missing. */
	const struct predict_holes h = {.n = 2, .v = {{2 * BLOCK, 3 * BLOCK}, {3 * BLOCK, BLOCK}}};
	static const struct {
		uint64_t offset, length, at, left;
	} cases[] = {
		{0, 100, 0, 100},
		{0, 9 * BLOCK, 0, 2 * BLOCK},
		{2 * BLOCK - 1, 1, 2 * BLOCK - 1, 1},
		{2 * BLOCK, 10, 2 * BLOCK, 0},
		{2 * BLOCK + 5, 4 * BLOCK, 2 * BLOCK, BLOCK},
		{5 * BLOCK, 10, 2 * BLOCK, 10},
		{5 * BLOCK + 7, 3 * BLOCK, 2 * BLOCK + 7, BLOCK - 7},
		{6 * BLOCK, BLOCK, 3 * BLOCK, 0},
		{7 * BLOCK + 3, 5 * BLOCK, 3 * BLOCK + 3, 5 * BLOCK},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t length = cases[i].length;
		assert_int_equal(predict_holes_squeeze(&h, cases[i].offset, &length), cases[i].at);
		assert_int_equal(length, cases[i].left);
	}
}

static void no_hole_changes_nothing(void **state)
{
	(void)state;
	const struct predict_holes none = {0};
	uint64_t length = 1000;
	assert_int_equal(predict_holes_squeeze(&none, UINT64_MAX - 1000, &length), UINT64_MAX - 1000);
	assert_int_equal(length, 1000);
}

static void a_hole_is_where_zeroes_meet(void **state)
{
	(void)state;
	uint8_t *p = mem_alloc(8 * BLOCK);
	assert_non_null(p);
	memset(p, 7, 8 * BLOCK);
	memset(p + 3 * BLOCK - 40, 0, 100);
	memset(p + 6 * BLOCK - 500, 0, 900);
	struct predict_holes h = {0};
	predict_holes_add(&h, bytes_of(p, 8 * BLOCK), 10, 5 * BLOCK, 2 * BLOCK);
	predict_holes_add(&h, bytes_of(p, 8 * BLOCK), 4 * BLOCK, 8 * BLOCK, BLOCK);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.v[0].at, 3 * BLOCK);
	assert_int_equal(h.v[0].length, 2 * BLOCK);
	assert_int_equal(h.v[1].at, 6 * BLOCK);
	/* No zeroes: the first place there is. More holes than there is room for: the rest is not known. */
	predict_holes_add(&h, bytes_of(p, 8 * BLOCK), 6 * BLOCK + 1, 7 * BLOCK, BLOCK);
	assert_int_equal(h.v[2].at, 7 * BLOCK);
	for (int i = 0; i < 2 * PREDICT_HOLES_MAX; i++)
		predict_holes_add(&h, bytes_of(p, 8 * BLOCK), 0, 8 * BLOCK, BLOCK);
	assert_int_equal(h.n, PREDICT_HOLES_MAX);
	mem_free(p);
}

#define SELF_MAX ((size_t)64 * 1024 * 1024)

/* This program, as a file system would keep it if there were zeroes before its table of sections. */
static void the_table_of_sections_lies_behind_a_hole(void **state)
{
	(void)state;
	struct err e = {0};
	struct predict_elf_file f = {0};
	uint8_t *p = mem_alloc(SELF_MAX);
	FILE *self = fopen("/proc/self/exe", "rb");
	assert_non_null(p);
	assert_non_null(self);
	size_t n = fread(p, 1, SELF_MAX, self);
	(void)fclose(self);
	uint64_t table, names, told;
	uint16_t count, last;
	memcpy(&table, p + 40, sizeof table); /* e_shoff, e_shnum, e_shstrndx */
	memcpy(&count, p + 60, sizeof count);
	memcpy(&last, p + 62, sizeof last);
	told = table + 8 * BLOCK;
	memcpy(p + 40, &told, sizeof told);
	memcpy(&names, p + table + 64 * (size_t)last + 24, sizeof names); /* its sh_offset */
	names += 8 * BLOCK;
	memcpy(p + table + 64 * (size_t)last + 24, &names, sizeof names);
	check_ok(predict_elf_read(bytes_of(p, n), &f, &e));
	assert_int_equal(f.table_at, table);
	assert_int_equal(f.table_bytes, (uint64_t)count * 64);
	assert_true(f.table_at + f.table_bytes <= n);
	predict_elf_done(&f);
	mem_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_around_holes),
		cmocka_unit_test(no_hole_changes_nothing),
		cmocka_unit_test(the_table_of_sections_lies_behind_a_hole),
		cmocka_unit_test(a_hole_is_where_zeroes_meet),
	};
	return cmocka_run_group_tests_name("delta predict holes", tests, NULL, NULL);
}
