/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/codec/qr.h"

#define SIDE_MAX 200

/* Paint the path into a grid, as a browser would. Every rectangle must lie inside, and none over another. */
static unsigned paint(const char *path, unsigned side, char grid[SIDE_MAX][SIDE_MAX])
{
	unsigned painted = 0, x, y, w, back;
	int used = 0;
	memset(grid, 0, SIDE_MAX * SIDE_MAX);
	for (; *path; path += used) {
		assert_int_equal(sscanf(path, "M%u %uh%uv1h-%uz%n", &x, &y, &w, &back, &used), 4);
		assert_int_equal(w, back);
		assert_true(w > 0 && x + w <= side && y < side);
		for (unsigned i = 0; i < w; i++, painted++) {
			assert_int_equal(grid[y][x + i], 0);
			grid[y][x + i] = 1;
		}
	}
	return painted;
}

/* The three corner marks: 7x7 ring, gap, 3x3 centre, light around. */
static void check_finder(char grid[SIDE_MAX][SIDE_MAX], unsigned x0, unsigned y0)
{
	for (unsigned y = 0; y < 7; y++) {
		for (unsigned x = 0; x < 7; x++) {
			bool edge = x == 0 || y == 0 || x == 6 || y == 6;
			bool centre = x >= 2 && x <= 4 && y >= 2 && y <= 4;
			assert_int_equal(grid[y0 + y][x0 + x], edge || centre);
		}
	}
}

static void path_is_a_code_with_quiet_zone(void **state)
{
	(void)state;
	static char grid[SIDE_MAX][SIDE_MAX];
	static const char *const texts[] = {"https://192.168.100.20:9443/", "HMK1:ABC", "x"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct err e = {0};
		CLEANUP(buf_done) struct buf path;
		unsigned side = 0;
		buf_init(&path, 65536);
		check_ok(qr_svg_path(texts[i], &path, &side, &e));
		assert_int_equal((side - 2 * QR_QUIET - 17) % 4, 0);
		assert_true(paint(buf_text(&path), side, grid) > 100);
		check_finder(grid, QR_QUIET, QR_QUIET);
		check_finder(grid, side - QR_QUIET - 7, QR_QUIET);
		check_finder(grid, QR_QUIET, side - QR_QUIET - 7);
		for (unsigned k = 0; k < side; k++)
			for (unsigned q = 0; q < QR_QUIET; q++)
				assert_false(grid[q][k] || grid[k][q] || grid[side - 1 - q][k] ||
					     grid[k][side - 1 - q]);
	}
}

static void alphanumeric_is_denser(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf path;
	unsigned upper = 0, lower = 0;
	buf_init(&path, 65536);
	check_ok(qr_svg_path("HMK1:ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ", &path, &upper, &e));
	check_ok(qr_svg_path("hmk1:abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", &path, &lower, &e));
	assert_true(upper < lower);
}

static void refuses_empty_and_too_long(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf out;
	char text[QR_TEXT_MAX + 2];
	unsigned side = 77;
	buf_init(&out, 1 << 20);
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = 0;
	check_fails(ERR_LIMIT, qr_svg_path("", &out, &side, &e));
	check_fails(ERR_LIMIT, qr_svg_path(text, &out, &side, &e));
	assert_int_equal(side, 77);
	CLEANUP(buf_done) struct buf small;
	buf_init(&small, 20);
	check_fails(ERR_LIMIT, qr_svg("hello", 100, &small, &e));
}

static void text_has_one_line_for_two_rows(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf out;
	size_t lines = 0;
	buf_init(&out, 65536);
	check_ok(qr_text("hello", &out, &e));
	for (size_t i = 0; i < out.len; i++)
		lines += out.data[i] == '\n';
	assert_int_equal(lines, (21 + 2 * QR_QUIET + 1) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_is_a_code_with_quiet_zone),
		cmocka_unit_test(alphanumeric_is_denser),
		cmocka_unit_test(refuses_empty_and_too_long),
		cmocka_unit_test(text_has_one_line_for_two_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
