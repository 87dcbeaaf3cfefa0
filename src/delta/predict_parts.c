/* SPDX-License-Identifier: Apache-2.0 */
/* Operations seen from a pair of files: which bytes of which addresses they carry over. */
#include "delta/predict_parts.h"

#include "core/base/banned.h"

uint64_t predict_kinds_address(const struct predict_span *spans, uint32_t n, uint64_t at, uint64_t *ret_left)
{
	uint64_t left = UINT64_MAX - at;
	for (uint32_t i = 0; i < n; i++) {
		if (at < spans[i].at) {
			left = spans[i].at - at;
			break;
		}
		if (at - spans[i].at < spans[i].length) {
			*ret_left = spans[i].length - (at - spans[i].at);
			return spans[i].address + (at - spans[i].at);
		}
	}
	*ret_left = left;
	return PREDICT_UNLOADED + at;
}

uint64_t predict_kinds_place(const struct predict_span *spans, uint32_t n, uint64_t address)
{
	for (uint32_t i = 0; i < n; i++)
		if (address - spans[i].address < spans[i].length)
			return spans[i].at + (address - spans[i].address);
	return address - PREDICT_UNLOADED < PREDICT_UNLOADED ? address - PREDICT_UNLOADED : UINT64_MAX;
}

size_t predict_parts_first(const struct patch_op *ops, size_t ops_n, uint64_t at)
{
	size_t low = 0, high = ops_n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ops[middle].image + ops[middle].length > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct predict_part predict_parts_of(const struct predict_pair *pair, const struct patch_op *op, uint64_t from,
				     uint64_t to)
{
	uint64_t begin = pair->image_at + from, end = pair->image_at + to, into;
	struct predict_part part = {op->image, op->base, op->length};
	if (part.image < begin && (into = begin - part.image) < part.length)
		part = (struct predict_part){begin, part.base + into, part.length - into};
	if (part.base < pair->base_at && (into = pair->base_at - part.base) < part.length)
		part = (struct predict_part){part.image + into, pair->base_at, part.length - into};
	uint64_t base_end = pair->base_at + pair->base_length;
	if (part.image < begin || part.image >= end || part.base < pair->base_at || part.base >= base_end)
		return (struct predict_part){0};
	part.length = part.length < end - part.image ? part.length : end - part.image;
	part.length = part.length < base_end - part.base ? part.length : base_end - part.base;
	return (struct predict_part){part.image - pair->image_at, part.base - pair->base_at, part.length};
}

struct predict_map_entry predict_parts_run(const struct predict_pair *pair, const struct predict_part *part)
{
	uint64_t old_left, new_left;
	uint64_t old = predict_kinds_address(pair->base_spans, pair->base_spans_n, part->base, &old_left);
	uint64_t new = predict_kinds_address(pair->image_spans, pair->image_spans_n, part->image, &new_left);
	uint64_t n = part->length < old_left ? part->length : old_left;
	return (struct predict_map_entry){old, new, n < new_left ? n : new_left};
}

size_t predict_parts_map(const struct predict_pair *pair, const struct patch_op *ops, size_t ops_n,
			 struct predict_map_entry *entries)
{
	size_t n = 0;
	uint64_t end = pair->image_at + pair->image_length;
	for (size_t i = predict_parts_first(ops, ops_n, pair->image_at); i < ops_n && ops[i].image < end; i++) {
		struct predict_part part = predict_parts_of(pair, &ops[i], 0, pair->image_length);
		while (part.length) {
			struct predict_map_entry run = predict_parts_run(pair, &part);
			if (entries)
				entries[n] = run;
			n++;
			predict_parts_skip(&part, run.length);
		}
	}
	return n;
}
