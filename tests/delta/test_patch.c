/* SPDX-License-Identifier: Apache-2.0 */
/* Patches there and back: whatever the two images are, the device gets the new one, and for few bytes where it can. */
#include "check.h"

#include "core/base/mem.h"
#include "delta/decode.h"
#include "delta/make/patch_make.h"

struct rng {
	uint64_t s;
};

static uint32_t draw(struct rng *r)
{
	r->s = r->s * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(r->s >> 33);
}

static uint8_t *make_random(size_t n, uint64_t seed)
{
	struct rng r = {seed};
	uint8_t *p = mem_alloc(n ? n : 1);
	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)draw(&r);
	return p;
}

static rc read_mapped(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	const struct bytes *base = ctx;
	if (at > base->n || n > base->n - at)
		return err_set(e, ERR_INTERNAL, "read outside the base: %llu", (unsigned long long)at);
	memcpy(to, base->p + at, n);
	return RC_OK;
}

static rc decode_all(struct made *m, struct bytes base, uint8_t *out, struct err *e)
{
	struct delta_base b = {read_mapped, &base};
	struct decode *d = NULL;
	rc r = decode_new(&m->t, &b, DECODE_EVERY_NODE, &d, e);
	/* From the end: order must not matter. */
	for (uint32_t i = m->t.segments_n; rc_ok(r) && i-- > 0;) {
		int32_t g = decode_wants_group(d, i);
		if (g >= 0)
			r = decode_group(d, (uint32_t)g, buf_view(&m->group_frames[g]), e);
		if (rc_ok(r))
			r = decode_segment(d, i, buf_view(&m->segment_frames[i]), out + transfer_segment_at(&m->t, i),
					   e);
	}
	decode_free(d);
	return r;
}

static size_t frames_bytes(const struct made *m)
{
	size_t n = 0;
	for (uint32_t i = 0; i < m->t.segments_n; i++)
		n += m->segment_frames[i].len;
	for (uint32_t i = 0; i < m->t.groups_n; i++)
		n += m->group_frames[i].len;
	return n;
}

static struct made_job job_of(struct bytes base, struct bytes image, uint8_t log2)
{
	return (struct made_job){.base = base,
				 .image = image,
				 .segment_log2 = log2,
				 .threads = 2,
				 .level = 3,
				 .memory_max = MADE_MEMORY_DEFAULT};
}

/* Makes, decodes, compares; returns how many bytes the frames have. */
static size_t round_trip(struct bytes base, struct bytes image, uint8_t log2)
{
	struct err e = {0};
	struct made m = {0};
	struct made_job job = job_of(base, image, log2);
	uint8_t *out = mem_alloc(image.n);
	assert_non_null(out);
	check_ok(patch_make(&m, &job, &e));
	assert_true(m.t.memory <= TRANSFER_MEMORY_MAX);
	check_ok(decode_all(&m, base, out, &e));
	assert_memory_equal(out, image.p, image.n);
	size_t n = frames_bytes(&m);
	made_done(&m);
	mem_free(out);
	return n;
}

static void sizes_around_borders(void **state)
{
	(void)state;
	static const size_t sizes[] = {1,     2,     31,     4095,   4096,   4097,   65535,
				       65536, 65537, 131071, 131072, 131073, 200001, 262144};
	uint8_t *base = make_random(300000, 1), *image = make_random(300000, 1);
	image[7] ^= 1;
	for (size_t i = 0; i < 300000; i += 5000)
		image[i] ^= 0x55;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		for (uint8_t log2 = 16; log2 <= 18; log2++) {
			(void)round_trip(bytes_of(base, 300000), bytes_of(image, sizes[i]), log2);
			(void)round_trip(bytes_of(base, sizes[i]), bytes_of(image, 300000), log2);
			(void)round_trip(bytes_of(base, sizes[i]), bytes_of(image, sizes[i]), log2);
		}
	}
	mem_free(base);
	mem_free(image);
}

static void equal_images_cost_nearly_nothing(void **state)
{
	(void)state;
	uint8_t *base = make_random(MIB, 2);
	assert_true(round_trip(bytes_of(base, MIB), bytes_of(base, MIB), 18) < 40);
	mem_free(base);
}

static void an_empty_base_is_a_full_file(void **state)
{
	(void)state;
	uint8_t *image = make_random(100000, 3);
	size_t n = round_trip(bytes_of(NULL, 0), bytes_of(image, 100000), 16);
	assert_true(n >= 100000 && n < 100100);
	mem_free(image);
}

static void zeroes_need_no_bytes(void **state)
{
	(void)state;
	uint8_t *base = make_random(MIB, 4), *image = mem_alloc(4 * MIB);
	assert_non_null(image);
	/* No zeroes in the base; some; then an image of zeroes around a change. */
	assert_true(round_trip(bytes_of(base, MIB), bytes_of(image, 4 * MIB), 20) < 400);
	memset(base + 100000, 0, 300000);
	assert_true(round_trip(bytes_of(base, MIB), bytes_of(image, 4 * MIB), 20) < 200);
	image[1234567] = 1;
	assert_true(round_trip(bytes_of(base, MIB), bytes_of(image, 4 * MIB), 20) < 220);
	mem_free(base);
	mem_free(image);
}

static void moved_blocks_are_found(void **state)
{
	(void)state;
	const size_t n = 4 * MIB, step = 200003;
	uint8_t *base = make_random(n, 5), *image = mem_alloc(n);
	assert_non_null(image);
	/* Pieces in reverse order, at odd places. */
	size_t at = 0;
	for (size_t i = n / step; i-- > 0; at += step)
		memcpy(image + at, base + i * step, step);
	memcpy(image + at, base + n / step * step, n - at);
	assert_true(round_trip(bytes_of(base, n), bytes_of(image, n), 20) < 600);
	mem_free(base);
	mem_free(image);
}

static void small_edits_cost_little(void **state)
{
	(void)state;
	const size_t n = 2 * MIB;
	struct rng r = {6};
	uint8_t *base = make_random(n, 7), *image = mem_alloc(n + 1000);
	assert_non_null(image);
	/* 400 edits: bytes changed, taken out, put in. */
	size_t at = 0, from = 0;
	for (int i = 0; i < 400; i++) {
		size_t run = 1000 + draw(&r) % 4000;
		if (from + run + 64 > n || at + run + 64 > n)
			break;
		memcpy(image + at, base + from, run);
		at += run;
		from += run;
		switch (draw(&r) % 3) {
		case 0:
			image[at - 1] ^= 0x21;
			break;
		case 1:
			from += draw(&r) % 40;
			break;
		default:
			for (uint32_t k = draw(&r) % 40; k-- > 0;)
				image[at++] = (uint8_t)draw(&r);
		}
	}
	assert_true(round_trip(bytes_of(base, n), bytes_of(image, at), 20) < 400 * 20);
	mem_free(base);
	mem_free(image);
}

/* From `at` on: copies from the base between other bytes. Returns where they end. */
static size_t put_copies(uint8_t *image, size_t at, const uint8_t *base, size_t base_n, unsigned n, struct rng *r)
{
	for (unsigned i = 0; i < n; i++, at += 150)
		memcpy(image + at, base + draw(r) % (base_n - 100), 100);
	return at;
}

/*
 * The alignment goes by pieces of 1 MiB. The first ends among new bytes, after some copies; the second begins there,
 * and the first copy in it hardly pays. What is remembered of the first piece must not lead into it from the second.
 */
static void new_bytes_across_the_end_of_a_piece(void **state)
{
	(void)state;
	enum { BASE = 256 << 10, IMAGE = 3 << 20, PIECE = 1 << 20 };
	struct rng r = {77};
	uint8_t *base = make_random(BASE, 20);
	for (unsigned copies = 1; copies < 200; copies += 33) {
		uint8_t *image = make_random(IMAGE, 21 + copies);
		(void)put_copies(image, 2000, base, BASE, copies, &r);
		memcpy(image + PIECE + 64, base + 5000, 8);
		(void)put_copies(image, PIECE + 512, base, BASE, 3 * copies, &r);
		size_t n = round_trip(bytes_of(base, BASE), bytes_of(image, IMAGE), 20);
		assert_in_range(n, 1, IMAGE - 4u * copies * 60);
		mem_free(image);
	}
	mem_free(base);
}

/* Copies about as long as they must be to pay, of every distance: whatever is chosen, it ends and is right. */
static void copies_that_hardly_pay(void **state)
{
	(void)state;
	enum { BASE = 64 << 10, IMAGE = 2200 << 10 };
	uint8_t *base = make_random(BASE, 30);
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct rng r = {seed};
		uint8_t *image = make_random(IMAGE, 31 + seed);
		uint32_t longest = 12u << seed, widest = 20u << 2 * seed;
		for (size_t at = draw(&r) % widest; at + longest < IMAGE; at += draw(&r) % widest) {
			uint32_t n = 4 + draw(&r) % (longest - 4);
			memcpy(image + at, base + draw(&r) % (BASE - n), n);
			at += n;
		}
		(void)round_trip(bytes_of(base, BASE), bytes_of(image, IMAGE), 18);
		mem_free(image);
	}
	mem_free(base);
}

static void nothing_in_common_costs_no_more_than_full(void **state)
{
	(void)state;
	const size_t n = 1500000;
	uint8_t *base = make_random(n, 8), *image = make_random(n, 9);
	assert_true(round_trip(bytes_of(base, n), bytes_of(image, n), 19) < n + n / 100);
	/* The same where zstd can do something. */
	for (size_t i = 0; i < n; i++)
		image[i] = (uint8_t) "0123456789abcdef"[image[i] & 15];
	struct err e = {0};
	struct made full = {0};
	struct made_job job = job_of(bytes_of(NULL, 0), bytes_of(image, n), 19);
	check_ok(made_full(&full, &job, &e));
	size_t most = frames_bytes(&full) + frames_bytes(&full) / 100;
	made_done(&full);
	assert_true(round_trip(bytes_of(base, n), bytes_of(image, n), 19) <= most);
	mem_free(base);
	mem_free(image);
}

static void threads_and_memory_change_nothing_or_are_refused(void **state)
{
	(void)state;
	const size_t n = 20 * MIB;
	struct err e = {0};
	uint8_t *base = make_random(n, 10), *image = make_random(n, 10);
	for (size_t i = 0; i < n; i += 3001)
		image[i]++;
	memmove(image + 5000000, image + 4999999, 9000000);
	struct made one = {0}, four = {0}, none = {0};
	struct made_job job = job_of(bytes_of(base, n), bytes_of(image, n), 20);
	job.threads = 1;
	check_ok(patch_make(&one, &job, &e));
	job.threads = 4;
	check_ok(patch_make(&four, &job, &e));
	assert_int_equal(one.t.segments_n, four.t.segments_n);
	assert_int_equal(one.t.groups_n, four.t.groups_n);
	assert_int_equal(one.t.memory, four.t.memory);
	for (uint32_t i = 0; i < one.t.segments_n; i++)
		assert_true(bytes_equal(buf_view(&one.segment_frames[i]), buf_view(&four.segment_frames[i])));
	for (uint32_t i = 0; i < one.t.groups_n; i++)
		assert_true(bytes_equal(buf_view(&one.group_frames[i]), buf_view(&four.group_frames[i])));
	job.memory_max = MIB;
	check_fails(ERR_LIMIT, patch_make(&none, &job, &e));
	made_done(&one);
	made_done(&four);
	made_done(&none);
	mem_free(base);
	mem_free(image);
}

/* Bounded memory finds less, but still gives the image. */
static void little_memory_still_works(void **state)
{
	(void)state;
	const size_t n = 24 * MIB;
	struct err e = {0};
	uint8_t *base = make_random(n, 11), *image = make_random(n, 11), *out = mem_alloc(n);
	assert_non_null(out);
	memmove(image + 100, image, n - 100);
	struct made m = {0};
	struct made_job job = job_of(bytes_of(base, n), bytes_of(image, n), 20);
	job.memory_max = 220 * MIB;
	check_ok(patch_make(&m, &job, &e));
	check_ok(decode_all(&m, bytes_of(base, n), out, &e));
	assert_memory_equal(out, image, n);
	assert_true(frames_bytes(&m) < n / 2);
	made_done(&m);
	mem_free(base);
	mem_free(image);
	mem_free(out);
}

static void a_wrong_base_is_seen(void **state)
{
	(void)state;
	const size_t n = 300000;
	struct err e = {0};
	uint8_t *base = make_random(n, 12), *image = make_random(n, 12), *out = mem_alloc(n);
	assert_non_null(out);
	image[1000] ^= 4;
	struct made m = {0};
	struct made_job job = job_of(bytes_of(base, n), bytes_of(image, n), 16);
	check_ok(patch_make(&m, &job, &e));
	base[150000] ^= 1;
	check_fails(ERR_WRONG_STATE, decode_all(&m, bytes_of(base, n), out, &e));
	base[150000] ^= 1;
	check_ok(decode_all(&m, bytes_of(base, n), out, &e));
	/* A shorter one: the reader's error comes through. */
	check_fails(ERR_INTERNAL, decode_all(&m, bytes_of(base, n - 1), out, &e));
	made_done(&m);
	mem_free(base);
	mem_free(image);
	mem_free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_around_borders),
		cmocka_unit_test(equal_images_cost_nearly_nothing),
		cmocka_unit_test(an_empty_base_is_a_full_file),
		cmocka_unit_test(zeroes_need_no_bytes),
		cmocka_unit_test(moved_blocks_are_found),
		cmocka_unit_test(small_edits_cost_little),
		cmocka_unit_test(new_bytes_across_the_end_of_a_piece),
		cmocka_unit_test(copies_that_hardly_pay),
		cmocka_unit_test(nothing_in_common_costs_no_more_than_full),
		cmocka_unit_test(threads_and_memory_change_nothing_or_are_refused),
		cmocka_unit_test(little_memory_still_works),
		cmocka_unit_test(a_wrong_base_is_seen),
	};
	return cmocka_run_group_tests_name("delta patch", tests, NULL, NULL);
}
