/* SPDX-License-Identifier: Apache-2.0 */
/* Zeroes on both sides of a block's border say that there were more in between. */
#include "delta/make/predict_holes.h"

#include "core/base/banned.h"

/* Zeroes just before the border, and from it on; a block's worth each at most. */
static uint64_t zeroes_around(struct bytes there, uint64_t border)
{
	uint64_t n = 0, before = border < PREDICT_HOLES_BLOCK ? border : PREDICT_HOLES_BLOCK, after = 0;
	while (n < before && there.p[border - 1 - n] == 0)
		n++;
	while (after < PREDICT_HOLES_BLOCK && border + after < there.n && there.p[border + after] == 0)
		after++;
	return n + after;
}

void predict_holes_add(struct predict_holes *h, struct bytes there, uint64_t from, uint64_t to, uint64_t length)
{
	if (h->n == PREDICT_HOLES_MAX)
		return;
	uint64_t first = (from + PREDICT_HOLES_BLOCK - 1) / PREDICT_HOLES_BLOCK * PREDICT_HOLES_BLOCK;
	uint64_t best = first, most = 0;
	for (uint64_t border = first; border <= to && border < there.n; border += PREDICT_HOLES_BLOCK) {
		uint64_t zeroes = zeroes_around(there, border);
		if (zeroes > most) {
			most = zeroes;
			best = border;
		}
	}
	h->v[h->n].at = best;
	h->v[h->n++].length = length;
}

uint64_t predict_holes_squeeze(const struct predict_holes *h, uint64_t offset, uint64_t *length)
{
	uint64_t out = 0; /* left out before the offset */
	for (uint32_t i = 0; i < h->n; i++) {
		uint64_t begin = h->v[i].at + out; /* in the file */
		if (offset < begin) {
			if (*length > begin - offset)
				*length = begin - offset;
			break;
		}
		if (offset - begin < h->v[i].length) {
			uint64_t skipped = h->v[i].length - (offset - begin);
			*length = *length > skipped ? *length - skipped : 0;
			offset = begin + h->v[i].length;
		}
		out += h->v[i].length;
	}
	return offset - out;
}
