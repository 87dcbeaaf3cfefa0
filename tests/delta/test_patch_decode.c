/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a patch's frames: the coder, each limit at its edge, offsets beyond 4 GiB, frames cut and bent. */
#include "check.h"

#include "core/base/mem.h"
#include "delta/make/patch_encode.h"
#include "delta/patch_code.h"
#include "delta/patch_table.h"
#include "delta/transfer.h"

#define SEGMENT 65536u

struct rng {
	uint64_t s;
};

static uint32_t draw(struct rng *r)
{
	r->s = r->s * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(r->s >> 33);
}

/* ---- the coder ---- */

static void bits_come_back(void **state)
{
	(void)state;
	/* Probabilities at both ends make long runs of 0xff, through which a carry must go. */
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct rng r = {seed};
		CLEANUP(buf_done) struct buf out;
		struct patch_code c;
		buf_init(&out, MIB);
		patch_code_write(&c, &out);
		for (int i = 0; i < 30000; i++) {
			uint32_t p = draw(&r) % 4 ? 24 + draw(&r) % 40 : 1 + draw(&r) % 65535;
			(void)patch_code_bit(&c, p, draw(&r) % 65536 < p || draw(&r) % 500 == 0);
		}
		patch_code_flush(&c);
		assert_int_equal(out.broken, ERR_NONE);
		r.s = seed;
		patch_code_read(&c, buf_view(&out));
		for (int i = 0; i < 30000; i++) {
			uint32_t p = draw(&r) % 4 ? 24 + draw(&r) % 40 : 1 + draw(&r) % 65535;
			bool bit = draw(&r) % 65536 < p || draw(&r) % 500 == 0;
			assert_int_equal(patch_code_bit(&c, p, 0), bit);
		}
		assert_true(patch_code_ok(&c));
	}
}

static void numbers_come_back(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	struct patch_number *m = mem_alloc(sizeof *m);
	struct patch_code c;
	assert_non_null(m);
	buf_init(&out, MIB);
	for (int side = 0; side < 2; side++) {
		patch_number_reset(m);
		if (side == 0)
			patch_code_write(&c, &out);
		else
			patch_code_read(&c, buf_view(&out));
		for (unsigned k = 0; k < 64; k++) {
			uint64_t power = (uint64_t)1 << k;
			const uint64_t tries[] = {power - 1, power, power + 1, UINT64_MAX - power, power * 3};
			for (size_t i = 0; i < ARRAY_LEN(tries); i++)
				assert_true(patch_number_code(m, &c, side == 0 ? tries[i] : 0) == tries[i]);
		}
		if (side == 0)
			patch_code_flush(&c);
	}
	assert_true(patch_code_ok(&c));
	mem_free(m);
}

/* ---- groups ---- */

static void encode(const struct patch_limits *l, struct patch_op *ops, size_t n, struct buf *out)
{
	struct err e = {0};
	struct patch_encode_group g = {.from = l->image_from, .to = l->image_to, .ops = ops, .ops_n = n};
	buf_init(out, 8 * MIB);
	check_ok(patch_encode_group(&g, l->base_length, bytes_of(NULL, 0), out, &e));
}

static rc decode(struct bytes frame, const struct patch_limits *l, struct err *e)
{
	struct patch_group *g = NULL;
	rc r = patch_group_decode(frame, l, &g, e);
	patch_group_free(g);
	return r;
}

static void operations_stay_inside(void **state)
{
	(void)state;
	struct err e = {0};
	struct patch_op ops[] = {{1000, 0, 500}, {1500, 8500, 1500}, {3001, 700, 6999}};
	const struct patch_limits exact = {1000, 10000, 10000, TRANSFER_MEMORY_MAX};
	CLEANUP(buf_done) struct buf frame;
	encode(&exact, ops, ARRAY_LEN(ops), &frame);
	check_ok(decode(buf_view(&frame), &exact, &e));
	struct patch_limits l = exact;
	l.base_length--;
	check_fails(ERR_INPUT, decode(buf_view(&frame), &l, &e));
	l = exact;
	l.image_to--;
	check_fails(ERR_INPUT, decode(buf_view(&frame), &l, &e));
	/* The table is relative: the same bytes elsewhere reach beyond the end by one. */
	l = exact;
	l.image_from++;
	check_fails(ERR_INPUT, decode(buf_view(&frame), &l, &e));
	/* The writer refuses as well. */
	struct patch_encode_group g = {.from = 1000, .to = 10000, .ops = ops, .ops_n = ARRAY_LEN(ops)};
	CLEANUP(buf_done) struct buf none;
	buf_init(&none, MIB);
	check_fails(ERR_INPUT, patch_encode_group(&g, 9999, bytes_of(NULL, 0), &none, &e));
	ops[1].image = 1499;
	check_fails(ERR_INPUT, patch_encode_group(&g, 10000, bytes_of(NULL, 0), &none, &e));
}

static void number_and_memory_are_bounded(void **state)
{
	(void)state;
	struct err e = {0};
	const size_t most = PATCH_TABLE_OPS_MAX;
	struct patch_op *ops = mem_array(most + 1, sizeof *ops);
	assert_non_null(ops);
	struct patch_limits l = {0, MIB * 64, MIB * 64, TRANSFER_MEMORY_MAX};
	for (size_t i = 0; i <= most; i++)
		ops[i] = (struct patch_op){i * 40, i * 77 % 5000, 33};
	struct buf frame;
	encode(&l, ops, most, &frame);
	check_ok(decode(buf_view(&frame), &l, &e));
	l.memory = patch_memory(most) + 4096; /* some for a prediction of nothing */
	check_ok(decode(buf_view(&frame), &l, &e));
	l.memory = patch_memory(most) - 1;
	check_fails(ERR_LIMIT, decode(buf_view(&frame), &l, &e));
	l.memory = 1000;
	check_fails(ERR_LIMIT, decode(buf_view(&frame), &l, &e));
	buf_done(&frame);
	l.memory = TRANSFER_MEMORY_MAX;
	encode(&l, ops, most + 1, &frame);
	check_fails(ERR_LIMIT, decode(buf_view(&frame), &l, &e));
	buf_done(&frame);
	mem_free(ops);
}

/* ---- far away ---- */

static uint8_t far_byte(uint64_t at)
{
	return (uint8_t)(at * 0x9e3779b97f4a7c15u >> 56);
}

static rc read_far(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	const uint64_t *length = ctx;
	if (at > *length || n > *length - at)
		return err_set(e, ERR_INTERNAL, "read outside the base");
	for (size_t i = 0; i < n; i++)
		to[i] = far_byte(at + i);
	return RC_OK;
}

static void offsets_beyond_two_and_four_gib(void **state)
{
	(void)state;
	struct err e = {0};
	for (uint64_t gib = 2; gib <= 32; gib *= 2) {
		uint64_t edge = gib * GIB, length = edge + 3 * SEGMENT;
		struct patch_op ops[] = {{edge - SEGMENT, edge - 100, SEGMENT},
					 {edge, 7, 1000},
					 {edge + 1000, length - (SEGMENT - 1000), SEGMENT - 1000}};
		const struct patch_limits l = {edge - SEGMENT, edge + SEGMENT, length, TRANSFER_MEMORY_MAX};
		struct delta_base base = {read_far, &length};
		struct buf frame;
		struct patch_group *g = NULL;
		static uint8_t out[SEGMENT];
		const uint8_t copy_only = 0;
		encode(&l, ops, ARRAY_LEN(ops), &frame);
		check_ok(patch_group_decode(buf_view(&frame), &l, &g, &e));
		check_ok(patch_segment_decode(g, &(struct patch_out){edge - SEGMENT, SEGMENT, out},
					      bytes_of(&copy_only, 1), &base, &e));
		for (size_t i = 0; i < SEGMENT; i++)
			assert_int_equal(out[i], far_byte(edge - 100 + i));
		check_ok(patch_segment_decode(g, &(struct patch_out){edge, SEGMENT, out}, bytes_of(&copy_only, 1),
					      &base, &e));
		assert_int_equal(out[999], far_byte(1006));
		assert_int_equal(out[SEGMENT - 1], far_byte(length - 1));
		check_fails(ERR_INTERNAL, patch_segment_decode(g, &(struct patch_out){edge + 1, SEGMENT, out},
							       bytes_of(&copy_only, 1), &base, &e));
		patch_group_free(g);
		buf_done(&frame);
	}
}

/* ---- cut and bent ---- */

struct sample {
	uint8_t base[SEGMENT], image[SEGMENT];
	struct patch_op ops[3];
	struct patch_limits limits;
	struct buf group, segment;
};

static void fill_sample(struct sample *s)
{
	struct err e = {0};
	struct rng r = {99};
	for (size_t i = 0; i < SEGMENT; i++)
		s->base[i] = (uint8_t)(draw(&r) % 7);
	memcpy(s->image, s->base + 100, 30000);
	memcpy(s->image + 30040, s->base + 2, 30000);
	for (size_t i = 0; i < 30000; i += 997)
		s->image[i] ^= 0x40;
	s->ops[0] = (struct patch_op){0, 100, 30000};
	s->ops[1] = (struct patch_op){30040, 2, 30000};
	s->limits = (struct patch_limits){0, SEGMENT, SEGMENT, TRANSFER_MEMORY_MAX};
	encode(&s->limits, s->ops, 2, &s->group);
	struct patch_encode_group g = {.to = SEGMENT, .ops = s->ops, .ops_n = 2};
	check_ok(predict_new(bytes_of(NULL, 0), s->ops, 2, MIB, &g.predict, &e));
	struct patch_encode_segment part = {bytes_of(s->base, SEGMENT), bytes_of(s->image, SEGMENT), 0, SEGMENT, 3};
	size_t room = 0;
	buf_init(&s->segment, MIB);
	check_ok(patch_encode_segment(&g, &part, &s->segment, &room, &e));
	predict_free(g.predict);
}

static rc read_sample(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	const struct sample *s = ctx;
	if (at > SEGMENT || n > SEGMENT - at)
		return err_set(e, ERR_INTERNAL, "read outside the base");
	memcpy(to, s->base + at, n);
	return RC_OK;
}

static void cut_frames_are_refused(void **state)
{
	(void)state;
	struct err e = {0};
	struct sample *s = mem_alloc(sizeof *s);
	uint8_t *out = mem_alloc(SEGMENT);
	assert_non_null(s);
	assert_non_null(out);
	fill_sample(s);
	struct delta_base base = {read_sample, s};
	struct patch_group *g = NULL;
	for (size_t n = 0; n < s->group.len; n++)
		check_fails(ERR_INPUT, decode(bytes_of(s->group.data, n), &s->limits, &e));
	check_ok(patch_group_decode(buf_view(&s->group), &s->limits, &g, &e));
	for (size_t n = 0; n < s->segment.len; n++)
		check_fails(ERR_INPUT, patch_segment_decode(g, &(struct patch_out){0, SEGMENT, out},
							    bytes_of(s->segment.data, n), &base, &e));
	check_ok(patch_segment_decode(g, &(struct patch_out){0, SEGMENT, out}, buf_view(&s->segment), &base, &e));
	assert_memory_equal(out, s->image, SEGMENT);
	/* One byte more. */
	buf_put_u8(&s->segment, 0);
	check_fails(ERR_INPUT,
		    patch_segment_decode(g, &(struct patch_out){0, SEGMENT, out}, buf_view(&s->segment), &base, &e));
	patch_group_free(g);
	buf_done(&s->group);
	buf_done(&s->segment);
	mem_free(s);
	mem_free(out);
}

/* Whatever the bytes: an answer, in bounds (the sanitizers look), never the base read outside. */
static void bent_frames_do_no_harm(void **state)
{
	(void)state;
	struct sample *s = mem_alloc(sizeof *s);
	uint8_t *out = mem_alloc(SEGMENT);
	assert_non_null(s);
	assert_non_null(out);
	fill_sample(s);
	struct delta_base base = {read_sample, s};
	struct rng r = {5};
	size_t wrong = 0;
	for (int k = 0; k < 400; k++) {
		struct buf *bent = k % 2 ? &s->group : &s->segment;
		size_t at = draw(&r) % bent->len;
		uint8_t was = bent->data[at];
		struct err e = {0};
		struct patch_group *g = NULL;
		bent->data[at] ^= (uint8_t)(1 + draw(&r) % 255);
		rc done = patch_group_decode(buf_view(&s->group), &s->limits, &g, &e);
		if (rc_ok(done))
			done = patch_segment_decode(g, &(struct patch_out){0, SEGMENT, out}, buf_view(&s->segment),
						    &base, &e);
		assert_int_not_equal(done.code, ERR_INTERNAL);
		wrong += rc_failed(done) || memcmp(out, s->image, SEGMENT) != 0;
		patch_group_free(g);
		bent->data[at] = was;
	}
	assert_true(wrong > 340); /* nearly every byte counts; not the last ones of an arithmetic code */
	buf_done(&s->group);
	buf_done(&s->segment);
	mem_free(s);
	mem_free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_come_back),
		cmocka_unit_test(numbers_come_back),
		cmocka_unit_test(operations_stay_inside),
		cmocka_unit_test(number_and_memory_are_bounded),
		cmocka_unit_test(offsets_beyond_two_and_four_gib),
		cmocka_unit_test(cut_frames_are_refused),
		cmocka_unit_test(bent_frames_do_no_harm),
	};
	return cmocka_run_group_tests_name("delta patch decode", tests, NULL, NULL);
}
