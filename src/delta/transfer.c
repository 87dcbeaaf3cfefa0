/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a transfer file: fixed part, groups, segments. What does not fit together is refused as a whole. */
#include "delta/transfer.h"

#include "core/base/cur.h"
#include "core/base/mem.h"
#include "core/base/banned.h"

#define GROUP_BYTES 24	 /* in the header */
#define SEGMENT_BYTES 52 /* in the header */

static size_t header_size(uint32_t groups, uint32_t segments)
{
	return TRANSFER_FIXED_BYTES + (size_t)groups * GROUP_BYTES + (size_t)segments * SEGMENT_BYTES;
}

static uint64_t segments_due(const struct transfer *t)
{
	uint64_t mask = ((uint64_t)1 << t->segment_log2) - 1;
	return (t->image.length >> t->segment_log2) + ((t->image.length & mask) != 0);
}

static rc check_image(const struct transfer *t, struct err *e)
{
	if (t->segment_log2 < TRANSFER_SEGMENT_LOG2_MIN || t->segment_log2 > TRANSFER_SEGMENT_LOG2_MAX)
		return err_set(e, ERR_LIMIT, "transfer file: segments of 2^%u bytes", t->segment_log2);
	if (t->image.length == 0 || t->image.length > TRANSFER_IMAGE_MAX || t->base.length > TRANSFER_IMAGE_MAX)
		return err_set(e, ERR_LIMIT, "transfer file: an image of %llu bytes from one of %llu",
			       (unsigned long long)t->image.length, (unsigned long long)t->base.length);
	if (t->segments_n > TRANSFER_SEGMENTS_MAX || t->segments_n != segments_due(t))
		return err_set(e, ERR_INPUT, "transfer file: %u segments do not make the image", t->segments_n);
	if (t->memory > TRANSFER_MEMORY_MAX)
		return err_set(e, ERR_LIMIT, "transfer file: its decoder would need %u bytes of memory", t->memory);
	return RC_OK;
}

static rc check_kind(const struct transfer *t, struct err *e)
{
	static const uint8_t none[SHA256_SIZE];
	if (t->kind == TRANSFER_FULL && t->groups_n == 0 && t->base.length == 0 &&
	    memcmp(t->base.root, none, sizeof none) == 0)
		return RC_OK;
	if (t->kind == TRANSFER_PATCH && t->groups_n > 0 && t->groups_n <= TRANSFER_GROUPS_MAX && t->base.length > 0)
		return RC_OK;
	return err_set(e, ERR_INPUT, "transfer file: kind %u with %u groups and a base of %llu bytes",
		       (unsigned)t->kind, t->groups_n, (unsigned long long)t->base.length);
}

static struct transfer_frame take_frame(struct cur *c)
{
	struct transfer_frame f = {.length = cur_u32(c)};
	cur_copy(c, f.check, sizeof f.check);
	return f;
}

static rc check_frame(const struct transfer_frame *f, const char *what, uint32_t i, struct err *e)
{
	if (f->length == 0 || f->length > TRANSFER_FRAME_MAX)
		return err_set(e, ERR_LIMIT, "transfer file: %s %u has a frame of %u bytes", what, i, f->length);
	return RC_OK;
}

static void take_fixed(struct cur *c, struct transfer *t)
{
	(void)cur_take(c, sizeof TRANSFER_MAGIC - 1);
	t->header_bytes = cur_u32(c);
	t->kind = (enum transfer_kind)cur_u8(c);
	t->segment_log2 = cur_u8(c);
	t->groups_n = cur_u16(c);
	t->memory = cur_u32(c);
	t->segments_n = cur_u32(c);
	t->image.length = cur_u64(c);
	cur_copy(c, t->image.root, SHA256_SIZE);
	t->base.length = cur_u64(c);
	cur_copy(c, t->base.root, SHA256_SIZE);
	t->index = take_frame(c);
}

static rc take_groups(struct cur *c, struct transfer *t, struct err *e)
{
	rc r = RC_OK;
	for (uint32_t i = 0; rc_ok(r) && i < t->groups_n; i++) {
		struct transfer_group *g = &t->groups[i];
		g->first = cur_u32(c);
		g->frame = take_frame(c);
		if (i == 0 ? g->first != 0 : g->first <= t->groups[i - 1].first || g->first >= t->segments_n)
			return err_set(e, ERR_INPUT, "transfer file: group %u begins at segment %u", i, g->first);
		r = check_frame(&g->frame, "group", i, e);
	}
	return r;
}

static rc take_segments(struct cur *c, struct transfer *t, struct err *e)
{
	rc r = RC_OK;
	for (uint32_t i = 0; rc_ok(r) && i < t->segments_n; i++) {
		struct transfer_segment *s = &t->segments[i];
		s->frame = take_frame(c);
		cur_copy(c, s->node, SHA256_SIZE);
		r = check_frame(&s->frame, "segment", i, e);
	}
	return r;
}

/* Where each frame lies: a group's just before its first segment's, the index last. */
static void place_frames(struct transfer *t)
{
	uint64_t at = t->header_bytes;
	uint32_t g = 0;
	for (uint32_t i = 0; i < t->segments_n; i++) {
		if (g < t->groups_n && t->groups[g].first == i) {
			t->groups[g].frame.at = at;
			at += t->groups[g++].frame.length;
		}
		t->segments[i].frame.at = at;
		at += t->segments[i].frame.length;
	}
	t->index.at = at;
	t->file_bytes = at + t->index.length;
}

static rc check_index(const struct transfer *t, struct err *e)
{
	uint64_t blocks = t->image.length / TRANSFER_BLOCK_BYTES;
	if (t->index.length > TRANSFER_FRAME_MAX)
		return err_set(e, ERR_LIMIT, "transfer file: an index of %u bytes", t->index.length);
	if (t->index.length != 0 && t->index.length != blocks * TRANSFER_INDEX_ENTRY)
		return err_set(e, ERR_INPUT, "transfer file: an index of %u bytes for %llu blocks", t->index.length,
			       (unsigned long long)blocks);
	return RC_OK;
}

static rc check_root(const struct transfer *t, struct err *e)
{
	uint8_t root[SHA256_SIZE];
	MEM_AUTO uint8_t(*nodes)[SHA256_SIZE] = mem_array(t->segments_n, SHA256_SIZE);
	if (!nodes)
		return err_set(e, ERR_MEMORY, "transfer file: out of memory");
	for (uint32_t i = 0; i < t->segments_n; i++)
		memcpy(nodes[i], t->segments[i].node, SHA256_SIZE);
	rc r = tree_root(nodes, t->segments_n, t->image.length, root, e);
	if (rc_ok(r) && memcmp(root, t->image.root, sizeof root) != 0)
		r = err_set(e, ERR_TRUST, "transfer file: its segments do not make the root it names");
	return r;
}

uint32_t transfer_header_size(const struct transfer *t)
{
	return (uint32_t)header_size(t->groups_n, t->segments_n);
}

rc transfer_header_bytes(struct bytes start, uint32_t *ret, struct err *e)
{
	struct cur c = cur_of(start);
	struct bytes magic = cur_take(&c, sizeof TRANSFER_MAGIC - 1);
	uint32_t n = cur_u32(&c);
	if (c.bad || memcmp(magic.p, TRANSFER_MAGIC, magic.n) != 0) {
		(void)err_set(e, ERR_INPUT, "not a transfer file");
		return err_hint(e, "`hallmark image` and `hallmark patch` make them");
	}
	if (n < TRANSFER_FIXED_BYTES + SEGMENT_BYTES || n > TRANSFER_HEADER_MAX)
		return err_set(e, ERR_LIMIT, "transfer file: a header of %u bytes", n);
	*ret = n;
	return RC_OK;
}

static rc fill(struct transfer *t, struct cur *c, struct err *e)
{
	take_fixed(c, t);
	rc r = check_image(t, e);
	if (rc_ok(r))
		r = check_kind(t, e);
	if (rc_ok(r))
		r = check_index(t, e);
	if (rc_ok(r) && header_size(t->groups_n, t->segments_n) != t->header_bytes)
		r = err_set(e, ERR_INPUT, "transfer file: %u groups and %u segments do not make %u bytes of header",
			    t->groups_n, t->segments_n, t->header_bytes);
	if (rc_failed(r))
		return r;
	t->segments = mem_array(t->segments_n, sizeof *t->segments);
	t->groups = t->groups_n ? mem_array(t->groups_n, sizeof *t->groups) : NULL;
	if (!t->segments || (t->groups_n && !t->groups))
		return err_set(e, ERR_MEMORY, "transfer file: out of memory");
	r = take_groups(c, t, e);
	if (rc_ok(r))
		r = take_segments(c, t, e);
	if (rc_ok(r) && !cur_ok(c))
		r = err_set(e, ERR_INPUT, "transfer file: a header of the wrong length");
	return r;
}

rc transfer_decode(struct bytes header, struct transfer **ret, struct err *e)
{
	uint32_t n = 0;
	struct cur c = cur_of(header);
	rc r = transfer_header_bytes(header, &n, e);
	if (rc_failed(r))
		return r;
	if (n != header.n)
		return err_set(e, ERR_INPUT, "transfer file: %zu bytes where the header has %u", header.n, n);
	struct transfer *t = mem_alloc(sizeof *t);
	if (!t)
		return err_set(e, ERR_MEMORY, "transfer file: out of memory");
	r = fill(t, &c, e);
	if (rc_ok(r))
		r = check_root(t, e);
	if (rc_failed(r)) {
		transfer_free(t);
		return r;
	}
	place_frames(t);
	*ret = t;
	return RC_OK;
}

void transfer_free(struct transfer *t)
{
	if (!t)
		return;
	mem_free(t->segments);
	mem_free(t->groups);
	mem_free(t);
}

static void put_frame(struct buf *out, const struct transfer_frame *f)
{
	buf_put_u32(out, f->length);
	buf_put(out, bytes_of(f->check, sizeof f->check));
}

rc transfer_encode(const struct transfer *t, struct buf *out, struct err *e)
{
	buf_put(out, bytes_of_text(TRANSFER_MAGIC));
	buf_put_u32(out, transfer_header_size(t));
	buf_put_u8(out, (uint8_t)t->kind);
	buf_put_u8(out, t->segment_log2);
	buf_put_u16(out, (uint16_t)t->groups_n);
	buf_put_u32(out, t->memory);
	buf_put_u32(out, t->segments_n);
	buf_put_u64(out, t->image.length);
	buf_put(out, bytes_of(t->image.root, SHA256_SIZE));
	buf_put_u64(out, t->base.length);
	buf_put(out, bytes_of(t->base.root, SHA256_SIZE));
	put_frame(out, &t->index);
	for (uint32_t i = 0; i < t->groups_n; i++) {
		buf_put_u32(out, t->groups[i].first);
		put_frame(out, &t->groups[i].frame);
	}
	for (uint32_t i = 0; i < t->segments_n; i++) {
		put_frame(out, &t->segments[i].frame);
		buf_put(out, bytes_of(t->segments[i].node, SHA256_SIZE));
	}
	return buf_check(out, "header of a transfer file", e);
}

size_t transfer_segment_bytes(const struct transfer *t, uint32_t segment)
{
	uint64_t left = t->image.length - transfer_segment_at(t, segment), whole = (uint64_t)1 << t->segment_log2;
	return (size_t)(left < whole ? left : whole);
}

uint64_t transfer_segment_at(const struct transfer *t, uint32_t segment)
{
	return (uint64_t)segment << t->segment_log2;
}

int32_t transfer_group_of(const struct transfer *t, uint32_t segment)
{
	int32_t low = 0, high = (int32_t)t->groups_n;
	while (low < high) { /* the last one that begins at `segment` or before */
		int32_t mid = low + (high - low) / 2;
		if (t->groups[mid].first <= segment)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

rc transfer_frame_check(const struct transfer_frame *f, struct bytes content, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	if (content.n != f->length)
		return err_set(e, ERR_TRUST, "a frame of %zu bytes where %u were announced", content.n, f->length);
	rc r = hash_sha256(content, digest, e);
	if (rc_ok(r) && memcmp(digest, f->check, sizeof f->check) != 0)
		r = err_set(e, ERR_TRUST, "a frame of %zu bytes is not the announced one", content.n);
	return r;
}
