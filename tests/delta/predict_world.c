/* SPDX-License-Identifier: Apache-2.0 */
#include "predict_world.h"

#include <stdlib.h>

#include "delta/varint.h"

static void put_span(struct buf *out, const struct world *w)
{
	varint_put(out, 1);
	varint_put(out, 0);
	varint_put(out, WORLD_IMAGE_BYTES);
	varint_put_signed(out, w->new_address);
	varint_put(out, 1);
	varint_put_signed(out, 0);
	varint_put_signed(out, (uint64_t)WORLD_BASE_BYTES - WORLD_IMAGE_BYTES);
	varint_put_signed(out, w->old_address - w->new_address);
}

/* Written here by hand, not by the maker's side: the format is what stands in predict_read.h. */
void world_describe(struct world *w, struct buf *out)
{
	buf_put_u8(out, 1);
	varint_put(out, 1);
	varint_put(out, 2);
	varint_put(out, 1);
	varint_put(out, w->fix.length ? 1 : 0);
	varint_put(out, WORLD_IMAGE_AT);
	varint_put(out, WORLD_IMAGE_BYTES);
	varint_put_signed(out, WORLD_BASE_AT);
	varint_put_signed(out, (uint64_t)WORLD_BASE_BYTES - WORLD_IMAGE_BYTES);
	buf_put_u8(out, (uint8_t)((w->narrow ? 0 : 1) | (w->big ? 2 : 0)));
	put_span(out, w);
	varint_put(out, 0x100); /* addresses beyond the file */
	varint_put(out, 1);
	buf_put_u8(out, (uint8_t)w->kind);
	varint_put(out, 0);
	varint_put(out, WORLD_IMAGE_BYTES);
	for (unsigned r = 0; r < predict_kinds_table[w->kind].refs; r++) {
		varint_put(out, w->ref_new[r]);
		varint_put_signed(out, w->ref_old[r] - w->ref_new[r]);
	}
	varint_put(out, w->fix.length ? 1 : 0);
	if (w->fix.length) {
		varint_put(out, w->fix.from);
		varint_put(out, w->fix.length);
		varint_put_signed(out, w->fix.to - w->fix.from);
	}
}

rc world_init(struct world *w, struct err *e)
{
	w->old_address = w->old_address ? w->old_address : WORLD_OLD;
	w->new_address = w->new_address ? w->new_address : WORLD_NEW;
	w->ops[0] = (struct patch_op){WORLD_IMAGE_AT, WORLD_BASE_AT, WORLD_MOVED_FROM};
	w->ops[1] = (struct patch_op){WORLD_IMAGE_AT + WORLD_MOVED_FROM + WORLD_MOVED_BY,
				      WORLD_BASE_AT + WORLD_MOVED_FROM, WORLD_BASE_BYTES - WORLD_MOVED_FROM};
	buf_init(&w->description, 4096);
	world_describe(w, &w->description);
	return predict_new(buf_view(&w->description), w->ops, 2, 1 << 20, &w->p, e);
}

void world_done(struct world *w)
{
	predict_free(w->p);
	buf_done(&w->description);
}

void world_copied(uint8_t *bytes, uint8_t filler, size_t at, const uint8_t *old, size_t n)
{
	memset(bytes, filler, WORLD_IMAGE_BYTES);
	memset(bytes + WORLD_MOVED_FROM, 0, WORLD_MOVED_BY);
	memcpy(bytes + at, old, n);
}

size_t world_hex(const char *text, uint8_t *ret, size_t max)
{
	size_t n = 0;
	while (*text && n < max) {
		char digits[3] = {0};
		if (*text == ' ') {
			text++;
			continue;
		}
		digits[0] = text[0];
		digits[1] = text[1];
		ret[n++] = (uint8_t)strtoul(digits, NULL, 16);
		text += digits[1] ? 2 : 1;
	}
	return n;
}
