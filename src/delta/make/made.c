/* SPDX-License-Identifier: Apache-2.0 */
/* What full files and patches have in common, and full files whole. */
#include "delta/make/made.h"

#include <zstd.h>

#include "core/base/mem.h"
#include "delta/decode.h"
#include "delta/make/parallel_io.h"
#include "delta/reuse.h"
#include "core/base/banned.h"

/* A decoder's own: contexts, header, stack; what a full file needs beside one frame and one segment. */
#define DECODER_BYTES (512 * 1024)

rc made_begin(struct made *m, const struct made_job *job, struct err *e)
{
	if (job->image.n == 0)
		return err_set(e, ERR_INPUT, "an empty image");
	if (job->image.n > TRANSFER_IMAGE_MAX || job->base.n > TRANSFER_IMAGE_MAX)
		return err_set(e, ERR_LIMIT, "an image larger than 64 GiB");
	uint64_t n = (job->image.n - 1) / ((uint64_t)1 << job->segment_log2) + 1;
	if (n > TRANSFER_SEGMENTS_MAX) {
		(void)err_set(e, ERR_LIMIT, "%llu segments; at most %d fit", (unsigned long long)n,
			      TRANSFER_SEGMENTS_MAX);
		return err_hint(e, "larger segments make fewer");
	}
	m->t = (struct transfer){.kind = job->base.n ? TRANSFER_PATCH : TRANSFER_FULL,
				 .segment_log2 = job->segment_log2,
				 .image.length = job->image.n,
				 .base.length = job->base.n,
				 .segments_n = (uint32_t)n};
	m->t.segments = mem_array(n, sizeof *m->t.segments);
	m->segment_frames = mem_array(n, sizeof *m->segment_frames);
	if (!m->t.segments || !m->segment_frames)
		return err_set(e, ERR_MEMORY, "segments: out of memory");
	for (uint32_t i = 0; i < n; i++)
		buf_init(&m->segment_frames[i], TRANSFER_FRAME_MAX);
	return RC_OK;
}

rc made_groups(struct made *m, uint32_t n, struct err *e)
{
	if (n == 0 || n > TRANSFER_GROUPS_MAX)
		return err_set(e, ERR_LIMIT, "%u groups", n);
	m->t.groups = mem_array(n, sizeof *m->t.groups);
	m->group_frames = mem_array(n, sizeof *m->group_frames);
	if (!m->t.groups || !m->group_frames)
		return err_set(e, ERR_MEMORY, "groups: out of memory");
	m->t.groups_n = n;
	for (uint32_t i = 0; i < n; i++)
		buf_init(&m->group_frames[i], TRANSFER_FRAME_MAX);
	return RC_OK;
}

void made_done(struct made *m)
{
	for (uint32_t i = 0; m->segment_frames && i < m->t.segments_n; i++)
		buf_done(&m->segment_frames[i]);
	for (uint32_t i = 0; m->group_frames && i < m->t.groups_n; i++)
		buf_done(&m->group_frames[i]);
	buf_done(&m->index);
	mem_free(m->segment_frames);
	mem_free(m->group_frames);
	mem_free(m->t.segments);
	mem_free(m->t.groups);
	*m = (struct made){0};
}

rc made_plain_frame(struct bytes segment, int level, struct buf *out, struct err *e)
{
	size_t room = ZSTD_compressBound(segment.n);
	MEM_AUTO uint8_t *packed = mem_alloc(room);
	if (!packed)
		return err_set(e, ERR_MEMORY, "packing a segment: out of memory");
	size_t n = ZSTD_compress(packed, room, segment.p, segment.n, level);
	if (ZSTD_isError(n))
		return err_set(e, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(n));
	bool smaller = n < segment.n;
	buf_put_u8(out, smaller ? DECODE_ZSTD : DECODE_STORED);
	buf_put(out, smaller ? bytes_of(packed, n) : segment);
	return buf_check(out, "a packed segment", e);
}

/* ---- the job for each segment ---- */

struct crew {
	struct made *m;
	const struct made_job *job;
	uint8_t (*base_nodes)[SHA256_SIZE];
};

static struct bytes part_of(struct bytes image, uint8_t log2, uint32_t i)
{
	uint64_t at = (uint64_t)i << log2, whole = (uint64_t)1 << log2;
	return (struct bytes){image.p + at, image.n - at < whole ? (size_t)(image.n - at) : (size_t)whole};
}

static rc pack_one(void *ctx, uint32_t i, struct err *e)
{
	const struct crew *c = ctx;
	struct bytes part = part_of(c->job->image, c->job->segment_log2, i);
	return made_plain_frame(part, c->job->level, &c->m->segment_frames[i], e);
}

static void packed_one(void *ctx, uint32_t finished)
{
	const struct crew *c = ctx;
	if (c->job->progress)
		c->job->progress(c->job->ctx, "pack", finished, c->m->t.segments_n);
}

static rc frame_of(struct transfer_frame *f, const struct buf *content, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	rc r = hash_sha256(buf_view(content), digest, e);
	f->length = (uint32_t)content->len;
	memcpy(f->check, digest, sizeof f->check);
	return r;
}

static rc finish_one(void *ctx, uint32_t i, struct err *e)
{
	const struct crew *c = ctx;
	struct transfer_segment *s = &c->m->t.segments[i];
	rc r = frame_of(&s->frame, &c->m->segment_frames[i], e);
	return rc_ok(r) ? tree_node(part_of(c->job->image, c->job->segment_log2, i), s->node, e) : r;
}

static rc base_one(void *ctx, uint32_t i, struct err *e)
{
	const struct crew *c = ctx;
	return tree_node(part_of(c->job->base, c->job->segment_log2, i), c->base_nodes[i], e);
}

static rc base_root(struct crew *c, struct err *e)
{
	uint32_t n = (uint32_t)((c->job->base.n - 1) >> c->job->segment_log2) + 1;
	c->base_nodes = mem_array(n, SHA256_SIZE);
	if (!c->base_nodes)
		return err_set(e, ERR_MEMORY, "base: out of memory");
	rc r = parallel_io_each(c->job->threads, n, base_one, NULL, c, e);
	if (rc_ok(r))
		r = tree_root(c->base_nodes, n, c->job->base.n, c->m->t.base.root, e);
	mem_free(c->base_nodes);
	return r;
}

static rc image_root(struct made *m, struct err *e)
{
	MEM_AUTO uint8_t(*nodes)[SHA256_SIZE] = mem_array(m->t.segments_n, SHA256_SIZE);
	if (!nodes)
		return err_set(e, ERR_MEMORY, "image: out of memory");
	for (uint32_t i = 0; i < m->t.segments_n; i++)
		memcpy(nodes[i], m->t.segments[i].node, SHA256_SIZE);
	return tree_root(nodes, m->t.segments_n, m->t.image.length, m->t.image.root, e);
}

rc made_finish(struct made *m, const struct made_job *job, struct err *e)
{
	struct crew c = {.m = m, .job = job};
	rc r = parallel_io_each(job->threads, m->t.segments_n, finish_one, NULL, &c, e);
	for (uint32_t i = 0; rc_ok(r) && i < m->t.groups_n; i++)
		r = frame_of(&m->t.groups[i].frame, &m->group_frames[i], e);
	if (rc_ok(r) && m->index.len)
		r = frame_of(&m->t.index, &m->index, e);
	if (rc_ok(r) && job->base.n)
		r = base_root(&c, e);
	return rc_ok(r) ? image_root(m, e) : r;
}

rc made_index(struct made *m, const struct made_job *job, struct err *e)
{
	uint64_t blocks = job->image.n / TRANSFER_BLOCK_BYTES;
	uint8_t digest[SHA256_SIZE];
	rc r = RC_OK;
	buf_init(&m->index, TRANSFER_FRAME_MAX);
	for (uint64_t i = 0; rc_ok(r) && i < blocks; i++) {
		r = hash_sha256(bytes_of(job->image.p + i * TRANSFER_BLOCK_BYTES, TRANSFER_BLOCK_BYTES), digest, e);
		buf_put(&m->index, bytes_of(digest, TRANSFER_INDEX_ENTRY));
	}
	return rc_ok(r) ? buf_check(&m->index, "block index", e) : r;
}

rc made_full(struct made *m, const struct made_job *job, struct err *e)
{
	struct crew c = {.m = m, .job = job};
	uint32_t largest = 0;
	rc r = made_begin(m, job, e);
	if (rc_ok(r))
		r = parallel_io_each(job->threads, m->t.segments_n, pack_one, packed_one, &c, e);
	for (uint32_t i = 0; rc_ok(r) && i < m->t.segments_n; i++)
		if (m->segment_frames[i].len > largest)
			largest = (uint32_t)m->segment_frames[i].len;
	uint64_t memory = DECODER_BYTES + largest + ((uint64_t)1 << job->segment_log2);
	if (m->index.len)
		memory += m->index.len + reuse_memory(job->image.n);
	if (rc_ok(r) && memory > TRANSFER_MEMORY_MAX) {
		(void)err_set(e, ERR_LIMIT, "a device would need %llu bytes of memory for this image; %u are allowed",
			      (unsigned long long)memory, (unsigned)TRANSFER_MEMORY_MAX);
		r = err_hint(e, m->index.len ? "it is too large to look for its blocks"
					     : "a smaller --segment needs less");
	}
	m->t.memory = (uint32_t)memory;
	return rc_ok(r) ? made_finish(m, job, e) : r;
}
