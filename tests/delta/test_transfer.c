/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a transfer file, and frames to segments: each limit at its edge, each lie refused, each place at which
 * a byte can change.
 */
#include "check.h"

#include "core/base/mem.h"
#include "delta/decode.h"
#include "delta/make/made.h"
#include "delta/make/patch_make.h"

#define IMAGE_BYTES ((size_t)300 * 1000)

static uint8_t base[IMAGE_BYTES + 5000], image[IMAGE_BYTES];
static struct made full, patch;

static struct made_job job_of(bool with_base)
{
	return (struct made_job){.base = with_base ? bytes_of(base, sizeof base) : (struct bytes){0},
				 .image = bytes_of(image, sizeof image),
				 .segment_log2 = 16,
				 .threads = 2,
				 .level = 3,
				 .memory_max = MADE_MEMORY_DEFAULT};
}

static int set_up(void **state)
{
	(void)state;
	struct err e = {0};
	uint64_t x = 7;
	for (size_t i = 0; i < sizeof base; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		base[i] = (uint8_t)(x >> 56);
	}
	memcpy(image, base + 3000, sizeof image); /* moved, and here and there another byte */
	for (size_t i = 0; i < sizeof image; i += 1777)
		image[i] ^= 0x55;
	const struct made_job whole = job_of(false), from_base = job_of(true);
	check_ok(made_index(&full, &whole, &e));
	check_ok(made_full(&full, &whole, &e));
	check_ok(patch_make(&patch, &from_base, &e));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	made_done(&full);
	made_done(&patch);
	return 0;
}

static void encode(const struct made *m, struct buf *out)
{
	struct err e = {0};
	buf_init(out, TRANSFER_HEADER_MAX);
	check_ok(transfer_encode(&m->t, out, &e));
}

static void headers_come_back(void **state)
{
	(void)state;
	const struct made *both[] = {&full, &patch};
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		struct err e = {0};
		struct transfer *t = NULL;
		CLEANUP(buf_done) struct buf header, again;
		uint32_t n = 0;
		encode(both[i], &header);
		check_ok(transfer_header_bytes(bytes_of(header.data, TRANSFER_FIXED_BYTES), &n, &e));
		assert_int_equal(n, header.len);
		check_ok(transfer_decode(buf_view(&header), &t, &e));
		assert_int_equal(t->segments_n, 5);
		assert_int_equal(transfer_segment_bytes(t, 4), IMAGE_BYTES - 4 * 65536);
		buf_init(&again, TRANSFER_HEADER_MAX);
		check_ok(transfer_encode(t, &again, &e));
		assert_true(bytes_equal(buf_view(&header), buf_view(&again)));
		uint64_t end = t->header_bytes + t->index.length;
		for (uint32_t k = 0; k < t->segments_n; k++)
			end += t->segments[k].frame.length;
		for (uint32_t k = 0; k < t->groups_n; k++)
			end += t->groups[k].frame.length;
		assert_int_equal(t->file_bytes, end);
		transfer_free(t);
	}
}

/* No header with one byte changed, cut short or made longer is taken for what it was. */
static void a_changed_header_is_another_one_or_none(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf header;
	encode(&patch, &header);
	for (size_t i = 0; i < header.len; i++) {
		struct transfer *t = NULL;
		header.data[i] ^= 1;
		if (rc_ok(transfer_decode(buf_view(&header), &t, &e))) { /* a length, a check or what the base is */
			CLEANUP(buf_done) struct buf again;
			buf_init(&again, TRANSFER_HEADER_MAX);
			check_ok(transfer_encode(t, &again, &e));
			assert_true(bytes_equal(buf_view(&header), buf_view(&again)));
			assert_memory_equal(t->image.root, patch.t.image.root, SHA256_SIZE);
			transfer_free(t);
		}
		header.data[i] ^= 1;
		assert_true(rc_failed(transfer_decode(bytes_of(header.data, i), &t, &e)));
	}
}

struct limit {
	const char *what;
	size_t at, width;
	uint64_t value;
};

static void limits_hold(void **state)
{
	(void)state;
	static const struct limit limits[] = {
		{"header too long", 8, 4, TRANSFER_HEADER_MAX + 1},
		{"header of nothing", 8, 4, 0},
		{"kind 0", 12, 1, 0},
		{"kind 3", 12, 1, 3},
		{"a full file with groups", 12, 1, 1},
		{"segments of 32 KiB", 13, 1, 15},
		{"segments of 8 MiB", 13, 1, 23},
		{"segments of 2^255", 13, 1, 255},
		{"no group", 14, 2, 0},
		{"more groups than it holds", 14, 2, 65535},
		{"memory", 16, 4, TRANSFER_MEMORY_MAX + 1},
		{"memory of 4 GiB", 16, 4, UINT32_MAX},
		{"fewer segments", 20, 4, 4},
		{"more segments", 20, 4, UINT32_MAX},
		{"empty image", 24, 8, 0},
		{"image of 2 GiB in five segments", 24, 8, INT64_C(1) << 31},
		{"image of 4 GiB and a bit", 24, 8, (INT64_C(1) << 32) + IMAGE_BYTES},
		{"image of 2^63", 24, 8, UINT64_C(1) << 63},
		{"endless image", 24, 8, UINT64_MAX},
		{"base of nothing", 64, 8, 0},
		{"base larger than anything", 64, 8, TRANSFER_IMAGE_MAX + 1},
		{"index of a few bytes", 104, 4, 8},
		{"index of 4 GiB", 104, 4, UINT32_MAX},
		{"first group not at 0", TRANSFER_FIXED_BYTES, 4, 1},
		{"group frame of nothing", TRANSFER_FIXED_BYTES + 4, 4, 0},
		{"group frame too large", TRANSFER_FIXED_BYTES + 4, 4, TRANSFER_FRAME_MAX + 1},
	};
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		struct err e = {0};
		struct transfer *t = NULL;
		CLEANUP(buf_done) struct buf header;
		encode(&patch, &header);
		for (size_t k = 0; k < limits[i].width; k++)
			header.data[limits[i].at + k] = (uint8_t)(limits[i].value >> 8 * (limits[i].width - 1 - k));
		if (rc_ok(transfer_decode(buf_view(&header), &t, &e)))
			fail_msg("accepted: %s", limits[i].what);
		assert_true(*e.text);
	}
}

static rc read_base(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	const uint8_t *from = ctx;
	if (at > sizeof base || n > sizeof base - at)
		return err_set(e, ERR_INPUT, "beyond the base");
	memcpy(to, from + at, n);
	return RC_OK;
}

static void decode_all(const struct made *m, const uint32_t *order)
{
	struct err e = {0};
	static uint8_t out[65536];
	struct delta_base source = {read_base, base};
	struct decode *d = NULL;
	check_ok(decode_new(&m->t, &source, DECODE_EVERY_NODE, &d, &e));
	for (uint32_t i = 0; i < m->t.segments_n; i++) {
		uint32_t s = order[i];
		int32_t group = decode_wants_group(d, s);
		if (group >= 0)
			check_ok(decode_group(d, (uint32_t)group, buf_view(&m->group_frames[group]), &e));
		check_ok(decode_segment(d, s, buf_view(&m->segment_frames[s]), out, &e));
		assert_memory_equal(out, image + transfer_segment_at(&m->t, s), transfer_segment_bytes(&m->t, s));
	}
	decode_free(d);
}

static void segments_come_in_any_order(void **state)
{
	(void)state;
	static const uint32_t orders[][5] = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}, {3, 3, 3, 3, 3}};
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		decode_all(&full, orders[i]);
		decode_all(&patch, orders[i]);
	}
}

/* Every byte of every frame: what the network may have changed is refused before it is interpreted. */
static void a_changed_frame_is_refused(void **state)
{
	(void)state;
	struct err e = {0};
	static uint8_t out[65536];
	struct delta_base source = {read_base, base};
	struct decode *d = NULL;
	check_ok(decode_new(&patch.t, &source, DECODE_EVERY_NODE, &d, &e));
	struct buf *group = &patch.group_frames[0], *segment = &patch.segment_frames[0];
	for (size_t i = 0; i < group->len; i++) {
		group->data[i] ^= 4;
		check_fails(ERR_TRUST, decode_group(d, 0, buf_view(group), &e));
		group->data[i] ^= 4;
		check_fails(ERR_TRUST, decode_group(d, 0, bytes_of(group->data, i), &e));
	}
	check_ok(decode_group(d, 0, buf_view(group), &e));
	for (size_t i = 0; i < segment->len; i++) {
		segment->data[i] ^= 4;
		check_fails(ERR_TRUST, decode_segment(d, 0, buf_view(segment), out, &e));
		segment->data[i] ^= 4;
		check_fails(ERR_TRUST, decode_segment(d, 0, bytes_of(segment->data, i), out, &e));
	}
	check_fails(ERR_TRUST, decode_segment(d, 1, buf_view(segment), out, &e)); /* another one's */
	check_fails(ERR_INTERNAL, decode_segment(d, 5, buf_view(segment), out, &e));
	check_fails(ERR_INTERNAL, decode_group(d, patch.t.groups_n, buf_view(group), &e));
	check_ok(decode_segment(d, 0, buf_view(segment), out, &e));
	decode_free(d);
}

/* A base that was changed where a segment needs it: that segment is refused, the others are made. */
static void a_changed_base_is_found(void **state)
{
	(void)state;
	struct err e = {0};
	static uint8_t out[65536];
	struct delta_base source = {read_base, base};
	struct decode *d = NULL;
	for (enum decode_nodes nodes = DECODE_EVERY_NODE; nodes <= DECODE_PATCHED_NODES; nodes++) {
		check_ok(decode_new(&patch.t, &source, nodes, &d, &e));
		check_ok(decode_group(d, 0, buf_view(&patch.group_frames[0]), &e));
		base[3000 + 2 * 65536 + 500] ^= 1;
		for (uint32_t i = 0; i < patch.t.segments_n; i++) {
			rc r = decode_segment(d, i, buf_view(&patch.segment_frames[i]), out, &e);
			assert_int_equal(r.code, i == 2 ? ERR_WRONG_STATE : ERR_NONE);
		}
		base[3000 + 2 * 65536 + 500] ^= 1;
		decode_free(d);
	}
	check_fails(ERR_WRONG_STATE, decode_new(&patch.t, NULL, DECODE_EVERY_NODE, &d, &e));
}

/* A genuine frame that is not the segment that its node is of. */
static void a_wrong_node_is_found_where_it_is_looked_at(void **state)
{
	(void)state;
	struct err e = {0};
	static uint8_t out[65536];
	struct decode *d = NULL;
	full.t.segments[1].node[0] ^= 1;
	check_ok(decode_new(&full.t, NULL, DECODE_EVERY_NODE, &d, &e));
	check_ok(decode_segment(d, 0, buf_view(&full.segment_frames[0]), out, &e));
	check_fails(ERR_TRUST, decode_segment(d, 1, buf_view(&full.segment_frames[1]), out, &e));
	decode_free(d);
	check_ok(decode_new(&full.t, NULL, DECODE_PATCHED_NODES, &d, &e));
	check_ok(decode_segment(d, 1, buf_view(&full.segment_frames[1]), out, &e));
	full.segment_frames[1].data[9] ^= 1;
	check_fails(ERR_TRUST, decode_segment(d, 1, buf_view(&full.segment_frames[1]), out, &e)); /* not the frame */
	full.segment_frames[1].data[9] ^= 1;
	decode_free(d);
	full.t.segments[1].node[0] ^= 1;
}

/* What a maker's own bug could sign: a frame that is genuine and says something else than its segment. */
static void genuine_nonsense_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint8_t bytes[20];
		size_t n;
		enum err_code code;
	} frames[] = {
		{{DECODE_STORED}, 1, ERR_INPUT},
		{{DECODE_STORED, 1, 2, 3}, 4, ERR_INPUT},
		{{DECODE_ZSTD}, 1, ERR_INPUT},
		{{DECODE_ZSTD, 0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x01, 0x09, 0, 0, 'a'}, 11, ERR_INPUT}, /* of one byte */
		/* Says 64 KiB, and is a run block of 128 KiB. */
		{{DECODE_ZSTD, 0x28, 0xb5, 0x2f, 0xfd, 0x60, 0x00, 0xff, 0x03, 0x00, 0x10, 'a'}, 12, ERR_INPUT},
		{{DECODE_PATCH}, 1, ERR_WRONG_STATE}, /* in a full file */
		{{9}, 1, ERR_UNSUPPORTED},
	};
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		struct err e = {0};
		static uint8_t out[65536];
		struct decode *d = NULL;
		uint8_t digest[SHA256_SIZE];
		struct bytes frame = bytes_of(frames[i].bytes, frames[i].n);
		struct transfer_segment kept = full.t.segments[0];
		check_ok(hash_sha256(frame, digest, &e));
		full.t.segments[0].frame.length = (uint32_t)frame.n;
		memcpy(full.t.segments[0].frame.check, digest, TRANSFER_CHECK_BYTES);
		check_ok(decode_new(&full.t, NULL, DECODE_EVERY_NODE, &d, &e));
		check_fails(frames[i].code, decode_segment(d, 0, frame, out, &e));
		decode_free(d);
		full.t.segments[0] = kept;
	}
}

static void the_makers_limits(void **state)
{
	(void)state;
	struct err e = {0};
	struct made m = {0};
	struct made_job job = job_of(false);
	job.image.n = 0;
	check_fails(ERR_INPUT, made_full(&m, &job, &e));
	made_done(&m);
	job.image.n = (size_t)TRANSFER_IMAGE_MAX + 1; /* only the length is looked at */
	check_fails(ERR_LIMIT, made_full(&m, &job, &e));
	made_done(&m);
	job.image.n = (size_t)TRANSFER_SEGMENTS_MAX * 65536 + 1;
	check_fails(ERR_LIMIT, made_full(&m, &job, &e));
	made_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_come_back),
		cmocka_unit_test(a_changed_header_is_another_one_or_none),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(segments_come_in_any_order),
		cmocka_unit_test(a_changed_frame_is_refused),
		cmocka_unit_test(a_changed_base_is_found),
		cmocka_unit_test(a_wrong_node_is_found_where_it_is_looked_at),
		cmocka_unit_test(genuine_nonsense_is_refused),
		cmocka_unit_test(the_makers_limits),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
