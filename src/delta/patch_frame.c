/* SPDX-License-Identifier: Apache-2.0 */
/* Operations cut to a segment. They are in order and do not overlap: the table's reader made sure. */
#include "delta/patch_frame.h"

#include "core/base/banned.h"

bool patch_frame_piece(const struct patch_frame_view *v, size_t i, struct patch_frame_piece *ret)
{
	if (i >= v->ops_n)
		return false;
	const struct patch_op *op = &v->ops[i];
	uint64_t end = op->image + op->length, to = v->at + v->n;
	uint64_t cut = op->image < v->at ? v->at - op->image : 0;
	*ret = (struct patch_frame_piece){.base = op->base + cut,
					  .from = (size_t)(op->image + cut - v->at),
					  .to = (size_t)((end < to ? end : to) - v->at)};
	return true;
}

void patch_frame_view(struct patch_frame_view *v, const struct patch_op *ops, size_t ops_n, uint64_t at, size_t n)
{
	size_t lo = 0, hi = ops_n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (ops[mid].image + ops[mid].length <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	*v = (struct patch_frame_view){.ops = ops + lo, .at = at, .n = n};
	while (lo + v->ops_n < ops_n && ops[lo + v->ops_n].image < at + n)
		v->ops_n++;
	struct patch_frame_piece p;
	for (size_t i = 0; patch_frame_piece(v, i, &p); i++)
		v->covered += p.to - p.from;
}
