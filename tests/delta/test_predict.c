/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction as a whole: the map of addresses, descriptions that are wrong in each of their fields, ranges, memory. */
#include "../check.h"

#include "core/base/mem.h"
#include "delta/predict_map.h"
#include "delta/varint.h"
#include "predict_world.h"

/* ---- map ---- */

static void check_map(struct predict_map_entry *entries, size_t n, const struct predict_map_entry *want, size_t want_n)
{
	struct predict_map map = {entries, n};
	predict_map_settle(&map);
	assert_int_equal(map.n, want_n);
	for (size_t i = 0; i < want_n; i++) {
		assert_true(map.entries[i].from == want[i].from);
		assert_true(map.entries[i].to == want[i].to);
		assert_true(map.entries[i].length == want[i].length);
	}
}

static void map_is_sorted_and_apart(void **state)
{
	(void)state;
	struct predict_map_entry none = {5, 5, 0};
	check_map(&none, 0, NULL, 0);
	check_map(&none, 1, NULL, 0);
	struct predict_map_entry unsorted[] = {{300, 1300, 10}, {100, 1100, 10}, {200, 1200, 10}};
	check_map(unsorted, 3, (struct predict_map_entry[]){{100, 1100, 10}, {200, 1200, 10}, {300, 1300, 10}}, 3);
	struct predict_map_entry longer_later[] = {{100, 1100, 50}, {120, 2120, 100}};
	check_map(longer_later, 2, (struct predict_map_entry[]){{100, 1100, 20}, {120, 2120, 100}}, 2);
	struct predict_map_entry longer_first[] = {{120, 2120, 100}, {100, 1100, 101}};
	check_map(longer_first, 2, (struct predict_map_entry[]){{100, 1100, 101}, {201, 2201, 19}}, 2);
	struct predict_map_entry inside[] = {{100, 1100, 100}, {120, 2120, 10}};
	check_map(inside, 2, (struct predict_map_entry[]){{100, 1100, 100}}, 1);
	struct predict_map_entry twice[] = {{100, 9000, 10}, {100, 1100, 10}, {100, 5000, 11}};
	check_map(twice, 3, (struct predict_map_entry[]){{100, 5000, 11}}, 1);
	struct predict_map_entry same[] = {{100, 9000, 10}, {100, 1100, 10}};
	check_map(same, 2, (struct predict_map_entry[]){{100, 1100, 10}}, 1);
	struct predict_map_entry covered[] = {{100, 1100, 10}, {100, 2100, 30}, {105, 3105, 40}};
	check_map(covered, 3, (struct predict_map_entry[]){{100, 2100, 5}, {105, 3105, 40}}, 2);
}

static void map_at_the_ends_of_numbers(void **state)
{
	(void)state;
	static const uint64_t edges[] = {0, 1ULL << 31, 1ULL << 32, 1ULL << 63, UINT64_MAX - 16};
	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		struct predict_map_entry e = {edges[i], edges[i] + 0x1000, 16};
		struct predict_map map = {&e, 1};
		size_t hint = 77;
		uint64_t to = 0;
		predict_map_settle(&map);
		assert_int_equal(map.n, 1);
		assert_true(predict_map_find(&map, &hint, edges[i] + 15, &to));
		assert_true(to == edges[i] + 0x100f);
		assert_false(predict_map_find(&map, &hint, edges[i] + 16, &to));
		assert_false(edges[i] && predict_map_find(&map, &hint, edges[i] - 1, &to));
		assert_true(predict_map_guess(&map, &hint, edges[i] - 1, &to)); /* modulo 2^64 for the first */
		assert_true(to == edges[i] + 0xfff);
	}
}

static void map_guesses_with_the_nearest(void **state)
{
	(void)state;
	struct predict_map_entry e[] = {{100, 1100, 10}, {200, 2200, 10}};
	struct predict_map map = {e, 2}, empty = {0};
	size_t hint = 0;
	uint64_t to = 0;
	predict_map_settle(&map);
	assert_true(predict_map_guess(&map, &hint, 120, &to));
	assert_true(to == 1120);
	assert_true(predict_map_guess(&map, &hint, 190, &to));
	assert_true(to == 2190);
	assert_true(predict_map_guess(&map, &hint, 99, &to));
	assert_true(to == 1099);
	assert_true(predict_map_guess(&map, &hint, 5000, &to));
	assert_true(to == 7000);
	assert_false(predict_map_guess(&empty, &hint, 100, &to));
	assert_false(predict_map_find(&empty, &hint, 100, &to));
}

/* Against the slowest map there is: pseudo-random pieces, every address looked up by walking through all. */
static void map_agrees_with_a_walk(void **state)
{
	(void)state;
	uint64_t seed = 1;
	struct predict_map_entry e[200], given[200];
	for (size_t i = 0; i < ARRAY_LEN(e); i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		e[i] = (struct predict_map_entry){seed >> 33 & 0xfff, (seed >> 20 & 0xfff) + 0x10000,
						  1 + (seed >> 50 & 63)};
	}
	memcpy(given, e, sizeof e);
	struct predict_map map = {e, ARRAY_LEN(e)};
	size_t hint = 0, found = 0;
	predict_map_settle(&map);
	for (size_t i = 1; i < map.n; i++)
		assert_true(map.entries[i - 1].from + map.entries[i - 1].length <= map.entries[i].from);
	for (uint64_t a = 0; a < 0x1100; a++) {
		uint64_t to;
		bool any = false;
		if (!predict_map_find(&map, &hint, a, &to))
			continue;
		found++;
		for (size_t i = 0; i < ARRAY_LEN(given) && !any; i++)
			any = a - given[i].from < given[i].length && to == given[i].to + (a - given[i].from);
		assert_true(any);
	}
	assert_in_range(found, 2000, 4096);
}

/* ---- descriptions ---- */

enum form { BYTE, PLAIN, SIGNED };

struct value {
	enum form form;
	uint64_t good, bad[3]; /* bad: until a 0 */
};

#define NEGATIVE(n) (0 - (uint64_t)(n))
#define HUGE_NUMBER (UINT64_MAX - 1)

/* The world's description, field by field, with what must be refused in each. */
static const struct value fields[] = {
	{BYTE, 1, {2, 255}},					   /* version */
	{PLAIN, 1, {2, 1000, HUGE_NUMBER}},			   /* pairs */
	{PLAIN, 2, {1, 3, HUGE_NUMBER}},			   /* spans */
	{PLAIN, 1, {2, 1000, HUGE_NUMBER}},			   /* sections */
	{PLAIN, 1, {2, 1000, HUGE_NUMBER}},			   /* fixes */
	{PLAIN, WORLD_IMAGE_AT, {1ULL << 48, HUGE_NUMBER}},	   /* image: at */
	{PLAIN, WORLD_IMAGE_BYTES, {16, 1ULL << 48, HUGE_NUMBER}}, /* its length */
	{SIGNED, WORLD_BASE_AT, {NEGATIVE(1), 1ULL << 48, 1ULL << 63}},
	{SIGNED, NEGATIVE(0x800), {NEGATIVE(0x2801), 1ULL << 48, NEGATIVE(0x1000)}},
	{BYTE, 1, {4, 128, 255}},			     /* flags */
	{PLAIN, 1, {2, PREDICT_SPANS_MAX + 1, HUGE_NUMBER}}, /* spans of the image */
	{PLAIN, 0, {WORLD_IMAGE_BYTES, 1, HUGE_NUMBER}},     /* gap */
	{PLAIN, WORLD_IMAGE_BYTES, {WORLD_IMAGE_BYTES + 1, HUGE_NUMBER}},
	{SIGNED, WORLD_NEW, {NEGATIVE(1)}},		     /* address: would run over */
	{PLAIN, 1, {2, PREDICT_SPANS_MAX + 1, HUGE_NUMBER}}, /* spans of the base */
	{SIGNED, 0, {NEGATIVE(1), 1, 1ULL << 48}},
	{SIGNED, NEGATIVE(0x800), {0, NEGATIVE(0x2801), 0}},
	{SIGNED, NEGATIVE(0x10000), {NEGATIVE(WORLD_NEW + 1)}},
	{PLAIN, 0x100, {1ULL << 48, HUGE_NUMBER}}, /* beyond */
	{PLAIN, 1, {2, HUGE_NUMBER}},		   /* sections */
	{BYTE, PREDICT_KIND_RELA, {PREDICT_KIND_COUNT, 255}},
	{PLAIN, 0, {1, HUGE_NUMBER}}, /* gap */
	{PLAIN, WORLD_IMAGE_BYTES, {WORLD_IMAGE_BYTES + 1, HUGE_NUMBER}},
	{PLAIN, 5, {0}}, /* references may be anything */
	{SIGNED, 5, {0}},
	{PLAIN, 5, {0}},
	{SIGNED, 5, {0}},
	{PLAIN, 1, {2, HUGE_NUMBER}}, /* fixes */
	{PLAIN, 0x401000, {UINT64_MAX - 5}},
	{PLAIN, 16, {UINT64_MAX - 0x401000 + 1, UINT64_MAX}},
	{SIGNED, 0x10800, {0}},
};

static void put_value(struct buf *out, enum form form, uint64_t v)
{
	if (form == BYTE)
		buf_put_u8(out, (uint8_t)v);
	else if (form == PLAIN)
		varint_put(out, v);
	else
		varint_put_signed(out, v);
}

/* `wrong`: the field that gets its `which`th bad value; ARRAY_LEN(fields): none does. */
static struct buf description(size_t wrong, size_t which)
{
	struct buf out;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		put_value(&out, fields[i].form, i == wrong ? fields[i].bad[which] : fields[i].good);
	return out;
}

static const struct patch_op one_op[] = {{WORLD_IMAGE_AT, WORLD_BASE_AT, 0x2000}};

static rc try_description(struct bytes in, size_t memory, struct err *e)
{
	struct predict *p = NULL;
	rc r = predict_new(in, one_op, 1, memory, &p, e);
	predict_free(p);
	return r;
}

static void every_wrong_field_is_refused(void **state)
{
	(void)state;
	struct err e = {0};
	struct buf good = description(ARRAY_LEN(fields), 0);
	check_ok(try_description(buf_view(&good), 1 << 20, &e));
	buf_done(&good);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		for (size_t k = 0; k < 3 && fields[i].bad[k]; k++) {
			struct buf bad = description(i, k);
			rc r = try_description(buf_view(&bad), 1 << 20, &e);
			buf_done(&bad);
			if (rc_ok(r))
				fail_msg("field %zu, bad value %zu: accepted", i, k);
			assert_int_equal(r.code, i == 0 ? ERR_UNSUPPORTED : ERR_INPUT);
		}
}

static void every_cut_and_every_surplus_is_refused(void **state)
{
	(void)state;
	struct err e = {0};
	struct buf good = description(ARRAY_LEN(fields), 0);
	for (size_t n = 1; n < good.len; n++)
		if (rc_ok(try_description(bytes_of(good.data, n), 1 << 20, &e)))
			fail_msg("accepted when cut to %zu bytes", n);
	buf_put_u8(&good, 0);
	check_fails(ERR_INPUT, try_description(buf_view(&good), 1 << 20, &e));
	buf_done(&good);
}

/* Two spans of the base, the second of which begins before the first one ends. */
static void spans_that_overlap_are_refused(void **state)
{
	(void)state;
	struct err e = {0};
	for (uint64_t second = 0x800; second <= 0x1000; second += 0x800) {
		struct buf out;
		buf_init(&out, 4096);
		static const uint64_t counts[] = {1, 2, 0, 0, WORLD_IMAGE_AT, WORLD_IMAGE_BYTES};
		buf_put_u8(&out, 1);
		for (size_t i = 0; i < ARRAY_LEN(counts); i++)
			varint_put(&out, counts[i]);
		varint_put_signed(&out, WORLD_BASE_AT);
		varint_put_signed(&out, 0);
		buf_put_u8(&out, 1); /* flags */
		varint_put(&out, 0); /* spans of the image */
		varint_put(&out, 2); /* of the base */
		for (uint64_t at = 0; at <= second; at += second) {
			varint_put_signed(&out, at);
			varint_put_signed(&out, 0x1000);
			varint_put_signed(&out, 0);
		}
		for (unsigned i = 0; i < 3; i++)
			varint_put(&out, 0); /* beyond, sections, fixes */
		rc r = try_description(buf_view(&out), 1 << 20, &e);
		buf_done(&out);
		assert_int_equal(r.code, second < 0x1000 ? ERR_INPUT : ERR_NONE);
	}
}

static void numbers_have_one_form(void **state)
{
	(void)state;
	static const uint8_t longer[] = {0x81, 0x00},
			     over[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t most[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
	struct cur c = cur_of(bytes_of(longer, sizeof longer));
	(void)varint_read(&c);
	assert_true(c.bad);
	c = cur_of(bytes_of(over, sizeof over));
	(void)varint_read(&c);
	assert_true(c.bad);
	c = cur_of(bytes_of(most, sizeof most));
	assert_true(varint_read(&c) == UINT64_MAX && cur_ok(&c));
	static const uint64_t edges[] = {0, 1, 127, 128, 1ULL << 31, 1ULL << 32, 1ULL << 63, UINT64_MAX};
	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		struct buf b;
		buf_init(&b, 64);
		varint_put(&b, edges[i]);
		varint_put_signed(&b, edges[i]);
		c = cur_of(buf_view(&b));
		assert_true(varint_read(&c) == edges[i] && varint_read_signed(&c) == edges[i] && cur_ok(&c));
		buf_done(&b);
	}
}

/* The memory that a predictor says it has must be enough for it, and one byte less must not. */
static void memory_is_bounded(void **state)
{
	(void)state;
	struct err e = {0};
	struct predict *p = NULL;
	struct buf good = description(ARRAY_LEN(fields), 0);
	check_ok(predict_new(buf_view(&good), one_op, 1, SIZE_MAX, &p, &e));
	size_t memory = predict_memory(p);
	predict_free(p);
	assert_in_range(memory, sizeof(struct predict_pair), 4096);
	check_ok(try_description(buf_view(&good), memory, &e));
	for (size_t less = 0; less < memory; less++)
		check_fails(ERR_LIMIT, try_description(buf_view(&good), less, &e));
	buf_done(&good);
}

static void operations_out_of_order_are_refused(void **state)
{
	(void)state;
	static const struct patch_op wrong[][2] = {
		{{WORLD_IMAGE_AT + 0x100, WORLD_BASE_AT, 16}, {WORLD_IMAGE_AT, WORLD_BASE_AT, 16}},
		{{WORLD_IMAGE_AT, WORLD_BASE_AT, 17}, {WORLD_IMAGE_AT + 16, WORLD_BASE_AT, 16}},
		{{WORLD_IMAGE_AT, WORLD_BASE_AT, 16}, {UINT64_MAX - 15, WORLD_BASE_AT, 17}},
		{{WORLD_IMAGE_AT, WORLD_BASE_AT, 16}, {WORLD_IMAGE_AT + 16, UINT64_MAX - 15, 17}},
	};
	struct err e = {0};
	struct buf good = description(ARRAY_LEN(fields), 0);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct predict *p = NULL;
		check_fails(ERR_INPUT, predict_new(buf_view(&good), wrong[i], 2, 1 << 20, &p, &e));
	}
	buf_done(&good);
}

/* ---- ranges ---- */

static void nothing_described_changes_nothing(void **state)
{
	(void)state;
	struct err e = {0};
	struct predict *p = NULL;
	uint8_t bytes[64], as_before[64];
	memset(bytes, 0xe8, sizeof bytes);
	memcpy(as_before, bytes, sizeof bytes);
	check_ok(predict_new((struct bytes){0}, one_op, 1, 1 << 20, &p, &e));
	predict_range(p, WORLD_IMAGE_AT, bytes, sizeof bytes);
	assert_memory_equal(bytes, as_before, sizeof bytes);
	predict_free(p);
}

/* Calls everywhere, in a range that begins before the file and ends behind it. */
static void only_what_operations_carried_changes(void **state)
{
	(void)state;
	struct err e = {0};
	struct world w = {.kind = PREDICT_KIND_X86};
	enum { ROOM = 0x400 };
	static uint8_t bytes[ROOM + WORLD_IMAGE_BYTES + ROOM], before[sizeof bytes];
	for (size_t i = 0; i + 5 <= sizeof bytes; i += 5)
		memcpy(bytes + i, (const uint8_t[]){0xe8, 0x00, 0x0f, 0x00, 0x00}, 5);
	memcpy(before, bytes, sizeof bytes);
	check_ok(world_init(&w, &e));
	predict_range(w.p, WORLD_IMAGE_AT - ROOM, bytes, sizeof bytes);
	world_done(&w);
	assert_memory_equal(bytes, before, ROOM);
	assert_memory_equal(bytes + ROOM + 0x1000, before + ROOM + 0x1000, WORLD_MOVED_BY); /* inserted */
	assert_memory_equal(bytes + ROOM + WORLD_IMAGE_BYTES, before + ROOM + WORLD_IMAGE_BYTES, ROOM);
	assert_memory_not_equal(bytes + ROOM, before + ROOM, 0x1000);
}

/* What is cut between fields gives the same for every way to cut. */
static void any_cut_gives_the_same(void **state)
{
	(void)state;
	static const struct {
		enum predict_kind kind;
		size_t unit;
		const char *fill;
	} cases[] = {
		{PREDICT_KIND_X86, 16, "e8000f0000 488b05000f0000 90909090"},
		{PREDICT_KIND_ARM64, 16, "c4030094 020000b0 42403c91 87780058"},
		{PREDICT_KIND_ARM, 16, "04309fe5 03308fe0 0000a0e1 040f0000"},
		{PREDICT_KIND_THUMB, 16, "00f086ff 014b7b44 00bf00bf 0a0f0000"},
		{PREDICT_KIND_POINTERS, 8, "1010400000000000"},
		{PREDICT_KIND_RELA, 24, "1010400000000000 0800000000000000 2010400000000000"},
		{PREDICT_KIND_EH_TABLE, 8, "1010000010100000"},
		{PREDICT_KIND_TABLE, 4, "00100000"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		struct world w = {.kind = cases[i].kind};
		static uint8_t whole[WORLD_IMAGE_BYTES], cut[WORLD_IMAGE_BYTES];
		uint8_t fill[32];
		size_t n = world_hex(cases[i].fill, fill, sizeof fill);
		if (w.kind == PREDICT_KIND_EH_TABLE)
			w.ref_old[0] = WORLD_OLD, w.ref_new[0] = WORLD_NEW;
		check_ok(world_init(&w, &e));
		for (size_t at = 0; at < sizeof whole; at++)
			whole[at] = fill[at % n];
		for (size_t step = cases[i].unit; step < sizeof whole; step += cases[i].unit * 7) {
			uint8_t expected[WORLD_IMAGE_BYTES];
			memcpy(expected, whole, sizeof whole);
			memcpy(cut, whole, sizeof whole);
			predict_range(w.p, WORLD_IMAGE_AT, expected, sizeof expected);
			assert_memory_not_equal(expected, whole, sizeof whole);
			for (size_t at = 0; at < sizeof cut; at += step)
				predict_range(w.p, WORLD_IMAGE_AT + at, cut + at,
					      sizeof cut - at < step ? sizeof cut - at : step);
			for (size_t at = 0; at < sizeof cut; at++)
				if (cut[at] != expected[at])
					fail_msg("kind %d in steps of %zu: differs at %zx", cases[i].kind, step, at);
		}
		world_done(&w);
	}
}

static void a_fix_counts_before_the_operations(void **state)
{
	(void)state;
	struct err e = {0};
	struct world w = {.kind = PREDICT_KIND_POINTERS, .fix = {WORLD_OLD + 0x1010, WORLD_NEW + 0x42, 8}};
	uint8_t have[24] = {0x10, 0x10, 0x40, 0, 0, 0, 0, 0, 0x17, 0x10, 0x40, 0, 0, 0, 0, 0, 0x18, 0x10, 0x40};
	static const uint8_t want[24] = {0x42, 0, 0x41, 0, 0, 0, 0, 0, 0x49, 0, 0x41, 0, 0, 0, 0, 0, 0x18, 0x18, 0x41};
	check_ok(world_init(&w, &e));
	predict_range(w.p, WORLD_IMAGE_AT, have, sizeof have);
	world_done(&w);
	assert_memory_equal(have, want, sizeof want);
}

/* Files loaded high, as kernels are: addresses with the top bit, and at the end of numbers. */
static void addresses_may_be_high(void **state)
{
	(void)state;
	static const uint64_t places[] = {0x7ffff000, 0xfffff000, 0x7ffffffffffff000, 0xffffffff81000000,
					  0 - (uint64_t)0x10000};
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct err e = {0};
		struct world w = {.kind = PREDICT_KIND_POINTERS, .old_address = places[i], .new_address = places[i]};
		uint8_t have[8];
		uint64_t got = 0;
		check_ok(world_init(&w, &e));
		for (unsigned b = 0; b < 8; b++)
			have[b] = (uint8_t)((places[i] + 0x1010) >> 8 * b);
		predict_range(w.p, WORLD_IMAGE_AT, have, sizeof have);
		for (unsigned b = 0; b < 8; b++)
			got |= (uint64_t)have[b] << 8 * b;
		assert_true(got == places[i] + 0x1810);
		world_done(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_is_sorted_and_apart),
		cmocka_unit_test(map_at_the_ends_of_numbers),
		cmocka_unit_test(map_guesses_with_the_nearest),
		cmocka_unit_test(map_agrees_with_a_walk),
		cmocka_unit_test(every_wrong_field_is_refused),
		cmocka_unit_test(every_cut_and_every_surplus_is_refused),
		cmocka_unit_test(spans_that_overlap_are_refused),
		cmocka_unit_test(numbers_have_one_form),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(operations_out_of_order_are_refused),
		cmocka_unit_test(nothing_described_changes_nothing),
		cmocka_unit_test(only_what_operations_carried_changes),
		cmocka_unit_test(any_cut_gives_the_same),
		cmocka_unit_test(a_fix_counts_before_the_operations),
		cmocka_unit_test(addresses_may_be_high),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
