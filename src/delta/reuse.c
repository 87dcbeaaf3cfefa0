/* SPDX-License-Identifier: Apache-2.0 */
/* A table from the first bytes of a block's hash to the first place in the image that wants it, open addressing. */
#include "delta/reuse.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define NOWHERE UINT32_MAX
#define READ_BLOCKS 16 /* at once: 64 KiB */

struct reuse {
	const struct transfer *t;
	uint32_t blocks;  /* whole ones of the image */
	uint32_t *hashes; /* of each, as in the index */
	uint32_t *table;  /* block numbers; NOWHERE: empty */
	uint32_t mask;
	uint32_t *found; /* block of the older image; only for the first of equal blocks */
	uint8_t *room;	 /* READ_BLOCKS blocks */
};

static uint32_t blocks_in(uint64_t length)
{
	return (uint32_t)(length / TRANSFER_BLOCK_BYTES);
}

static uint64_t table_size(uint32_t blocks)
{
	uint64_t n = 16;
	while (n < 2 * (uint64_t)blocks)
		n *= 2;
	return n;
}

uint64_t reuse_memory(uint64_t image_length)
{
	uint64_t n = image_length / TRANSFER_BLOCK_BYTES;
	if (n >= NOWHERE)
		return UINT64_MAX;
	return n * (2 * sizeof(uint32_t)) + table_size((uint32_t)n) * sizeof(uint32_t) +
	       READ_BLOCKS * TRANSFER_BLOCK_BYTES + sizeof(struct reuse);
}

/* Where this hash is, or the empty place where it would be. */
static uint32_t slot_of(const struct reuse *r, uint32_t hash)
{
	uint32_t at = hash & r->mask;
	while (r->table[at] != NOWHERE && r->hashes[r->table[at]] != hash)
		at = (at + 1) & r->mask;
	return at;
}

static uint32_t hash_at(const uint8_t *p)
{
	uint32_t v = 0;
	for (size_t i = 0; i < TRANSFER_INDEX_ENTRY; i++)
		v = v << 8 | p[i];
	return v;
}

static rc fill(struct reuse *r, struct bytes index, struct err *e)
{
	uint64_t size = table_size(r->blocks);
	r->hashes = mem_array(r->blocks ? r->blocks : 1, sizeof *r->hashes);
	r->found = mem_array(r->blocks ? r->blocks : 1, sizeof *r->found);
	r->table = mem_array(size, sizeof *r->table);
	r->room = mem_alloc(READ_BLOCKS * TRANSFER_BLOCK_BYTES);
	if (!r->hashes || !r->found || !r->table || !r->room)
		return err_set(e, ERR_MEMORY, "block index: out of memory");
	r->mask = (uint32_t)(size - 1);
	memset(r->table, 0xff, size * sizeof *r->table);
	for (uint32_t i = 0; i < r->blocks; i++) {
		r->hashes[i] = hash_at(index.p + (size_t)i * TRANSFER_INDEX_ENTRY);
		r->found[i] = NOWHERE;
		uint32_t at = slot_of(r, r->hashes[i]);
		if (r->table[at] == NOWHERE)
			r->table[at] = i;
	}
	return RC_OK;
}

rc reuse_new(const struct transfer *t, struct bytes index, struct reuse **ret, struct err *e)
{
	if (t->index.length == 0)
		return err_set(e, ERR_MISSING, "a transfer file without a block index");
	rc r = transfer_frame_check(&t->index, index, e);
	if (rc_failed(r))
		return err_wrap(e, "block index");
	struct reuse *made = mem_alloc(sizeof *made);
	if (!made)
		return err_set(e, ERR_MEMORY, "block index: out of memory");
	*made = (struct reuse){.t = t, .blocks = blocks_in(t->image.length)};
	r = fill(made, index, e);
	if (rc_failed(r)) {
		reuse_free(made);
		return r;
	}
	*ret = made;
	return RC_OK;
}

void reuse_free(struct reuse *r)
{
	if (!r)
		return;
	mem_free(r->hashes);
	mem_free(r->found);
	mem_free(r->table);
	mem_free(r->room);
	mem_free(r);
}

rc reuse_scan(struct reuse *r, const struct delta_base *base, uint64_t from, uint64_t to, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	for (uint64_t at = from; at < to;) {
		uint64_t n = to - at < READ_BLOCKS ? to - at : READ_BLOCKS;
		rc result =
			base->read(base->ctx, at * TRANSFER_BLOCK_BYTES, r->room, (size_t)n * TRANSFER_BLOCK_BYTES, e);
		for (uint64_t i = 0; rc_ok(result) && i < n; i++, at++) {
			const uint8_t *block = r->room + i * TRANSFER_BLOCK_BYTES;
			result = hash_sha256(bytes_of(block, TRANSFER_BLOCK_BYTES), digest, e);
			uint32_t wanted = r->table[slot_of(r, hash_at(digest))];
			if (rc_ok(result) && wanted != NOWHERE && r->found[wanted] == NOWHERE && at < NOWHERE)
				r->found[wanted] = (uint32_t)at;
		}
		if (rc_failed(result))
			return result;
	}
	return RC_OK;
}

/* Where a block of the image is in the older one. */
static uint32_t place_of(const struct reuse *r, uint32_t block)
{
	return r->found[r->table[slot_of(r, r->hashes[block])]];
}

bool reuse_has(const struct reuse *r, uint32_t segment)
{
	uint64_t at = transfer_segment_at(r->t, segment);
	size_t n = transfer_segment_bytes(r->t, segment);
	if (n % TRANSFER_BLOCK_BYTES) /* the index has whole blocks only */
		return false;
	uint32_t first = blocks_in(at), end = first + blocks_in(n);
	while (first < end && place_of(r, first) != NOWHERE)
		first++;
	return first == end;
}

rc reuse_segment(const struct reuse *r, uint32_t segment, const struct delta_base *base, uint8_t *out, struct err *e)
{
	uint8_t node[SHA256_SIZE];
	if (segment >= r->t->segments_n || !reuse_has(r, segment))
		return err_set(e, ERR_MISSING, "segment %u: not all of its blocks are here", segment);
	uint32_t first = blocks_in(transfer_segment_at(r->t, segment));
	size_t n = transfer_segment_bytes(r->t, segment);
	rc result = RC_OK;
	for (size_t at = 0; rc_ok(result) && at < n; at += TRANSFER_BLOCK_BYTES, first++)
		result = base->read(base->ctx, (uint64_t)place_of(r, first) * TRANSFER_BLOCK_BYTES, out + at,
				    TRANSFER_BLOCK_BYTES, e);
	if (rc_ok(result))
		result = tree_node(bytes_of(out, n), node, e);
	if (rc_ok(result) && memcmp(node, r->t->segments[segment].node, sizeof node) != 0)
		result = err_set(e, ERR_WRONG_STATE, "segment %u: the blocks found do not make it", segment);
	return result;
}
