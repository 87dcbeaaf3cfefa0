/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds, for a range of the image, which operations carried which section's bytes, and lets the section's kind change
 * them. The reading of descriptions is predict_read.c's, the fields are the architectures'.
 */
#include "delta/predict.h"

#include "core/base/mem.h"
#include "delta/predict_parts.h"
#include "delta/predict_read.h"
#include "core/base/banned.h"

const struct predict_kinds_row predict_kinds_table[PREDICT_KIND_COUNT] = {
	[PREDICT_KIND_X86] = {predict_x86_piece, 0},	      [PREDICT_KIND_X86_FIXED] = {predict_x86_fixed, 0},
	[PREDICT_KIND_ARM64] = {predict_arm64_piece, 0},      [PREDICT_KIND_ARM] = {predict_arm_piece, 1},
	[PREDICT_KIND_THUMB] = {predict_arm_thumb_piece, 1},  [PREDICT_KIND_ARM_INDEX] = {predict_arm_index, 0},
	[PREDICT_KIND_POINTERS] = {predict_data_pointers, 0}, [PREDICT_KIND_REL] = {predict_data_rel, 2},
	[PREDICT_KIND_RELA] = {predict_data_rela, 2},	      [PREDICT_KIND_SYMBOLS] = {predict_data_symbols, 1},
	[PREDICT_KIND_EH_FRAME] = {predict_data_eh_frame, 0}, [PREDICT_KIND_EH_TABLE] = {predict_data_eh_table, 1},
	[PREDICT_KIND_TABLE] = {predict_data_table, 0},	      [PREDICT_KIND_NUMBERS] = {predict_data_numbers, 1},
	[PREDICT_KIND_SECTIONS] = {predict_data_sections, 0},
};

struct predict {
	const struct patch_op *ops;
	size_t ops_n;
	struct predict_read read;
	struct predict_map_entry *entries; /* of all pairs' maps */
	size_t entries_n;
};

bool predict_kinds_target(struct predict_piece *piece, uint64_t at, uint64_t old, uint64_t *ret_new)
{
	const struct predict_pair *pair = piece->pair;
	if (old - pair->old_from >= pair->old_length && old - PREDICT_UNLOADED >= pair->base_length)
		return false;
	if (piece->seen)
		piece->seen(piece, at, old);
	return predict_map_find(&pair->fixes, &piece->fixes_hint, old, ret_new) ||
	       predict_map_guess(&pair->map, &piece->map_hint, old, ret_new);
}

static rc map_pairs(struct predict *p, size_t memory, struct err *e)
{
	size_t n = 0;
	for (size_t i = 0; i < p->read.pairs_n; i++)
		n += predict_parts_map(&p->read.pairs[i], p->ops, p->ops_n, NULL);
	if (n > (memory - p->read.memory) / sizeof *p->entries)
		return err_set(e, ERR_LIMIT, "prediction: %zu places in its map are too many for %zu bytes", n, memory);
	p->entries = mem_array(n, sizeof *p->entries);
	if (n && !p->entries)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	p->entries_n = n;
	n = 0;
	for (size_t i = 0; i < p->read.pairs_n; i++) {
		struct predict_map *map = &p->read.pairs[i].map;
		*map = (struct predict_map){p->entries + n,
					    predict_parts_map(&p->read.pairs[i], p->ops, p->ops_n, p->entries + n)};
		n += map->n;
		predict_map_settle(map);
	}
	return RC_OK;
}

static rc check_ops(const struct patch_op *ops, size_t n, struct err *e)
{
	uint64_t end = 0;
	for (size_t i = 0; i < n; i++) {
		if (ops[i].image < end || ops[i].length > UINT64_MAX - ops[i].image ||
		    ops[i].length > UINT64_MAX - ops[i].base)
			return err_set(e, ERR_INPUT, "prediction: operation %zu is out of order", i);
		end = ops[i].image + ops[i].length;
	}
	return RC_OK;
}

rc predict_new(struct bytes description, const struct patch_op *ops, size_t ops_n, size_t memory, struct predict **ret,
	       struct err *e)
{
	struct predict *p = memory >= sizeof *p ? mem_alloc(sizeof *p) : NULL;
	if (!p)
		return err_set(e, memory >= sizeof *p ? ERR_MEMORY : ERR_LIMIT, "prediction: out of memory");
	*p = (struct predict){.ops = ops, .ops_n = ops_n};
	rc r = RC_OK;
	if (description.n) {
		r = check_ops(ops, ops_n, e);
		if (rc_ok(r))
			r = predict_read_init(&p->read, description, memory - sizeof *p, e);
		if (rc_ok(r))
			r = map_pairs(p, memory - sizeof *p, e);
	}
	if (rc_failed(r)) {
		predict_free(p);
		return r;
	}
	*ret = p;
	return RC_OK;
}

void predict_free(struct predict *p)
{
	if (!p)
		return;
	predict_read_done(&p->read);
	mem_free(p->entries);
	mem_free(p);
}

size_t predict_memory(const struct predict *p)
{
	return sizeof *p + p->read.memory + p->entries_n * sizeof *p->entries;
}

/* A section's bytes in the file's range [from, to), of which `bytes` is the start. */
static void predict_section(const struct predict *p, struct predict_piece *piece, uint64_t from, uint64_t to,
			    uint8_t *bytes)
{
	const struct predict_pair *pair = piece->pair;
	uint64_t image_from = pair->image_at + from, image_to = pair->image_at + to;
	for (size_t i = predict_parts_first(p->ops, p->ops_n, image_from); i < p->ops_n && p->ops[i].image < image_to;
	     i++) {
		struct predict_part part = predict_parts_of(pair, &p->ops[i], from, to);
		while (part.length) {
			struct predict_map_entry run = predict_parts_run(pair, &part);
			piece->p = bytes + (part.image - from);
			piece->n = run.length;
			piece->old_at = run.from;
			piece->new_at = run.to;
			piece->phase = part.image - piece->section->at;
			predict_kinds_table[piece->section->kind].piece(piece);
			predict_parts_skip(&part, run.length);
		}
	}
}

/* The first section that ends behind `at`. */
static uint32_t first_section(const struct predict_pair *pair, uint64_t at)
{
	uint32_t low = 0, high = pair->sections_n;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (pair->sections[middle].at + pair->sections[middle].length > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The file's range [from, to), of which `bytes` is the start. */
static void predict_file(const struct predict *p, const struct predict_pair *pair, uint64_t from, uint64_t to,
			 uint8_t *bytes)
{
	struct predict_piece piece = {.pair = pair};
	for (uint32_t i = first_section(pair, from); i < pair->sections_n && pair->sections[i].at < to; i++) {
		const struct predict_section *s = &pair->sections[i];
		uint64_t begin = s->at > from ? s->at : from, end = s->at + s->length < to ? s->at + s->length : to;
		piece.section = s;
		if (begin < end)
			predict_section(p, &piece, begin, end, bytes + (begin - from));
	}
}

/* The first pair that ends behind `at`. */
static size_t first_pair(const struct predict *p, uint64_t at)
{
	size_t low = 0, high = p->read.pairs_n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->read.pairs[middle].image_at + p->read.pairs[middle].image_length > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void predict_range(const struct predict *p, uint64_t at, uint8_t *bytes, size_t n)
{
	for (size_t i = first_pair(p, at); i < p->read.pairs_n; i++) {
		const struct predict_pair *pair = &p->read.pairs[i];
		uint64_t end = pair->image_at + pair->image_length;
		if (pair->image_at >= at + n)
			return;
		uint64_t from = pair->image_at > at ? pair->image_at : at, to = end < at + n ? end : at + n;
		if (from < to)
			predict_file(p, pair, from - pair->image_at, to - pair->image_at, bytes + (from - at));
	}
}
