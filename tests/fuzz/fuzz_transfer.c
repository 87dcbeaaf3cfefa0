/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a transfer file: what decodes must encode to the same bytes, and places of frames must make sense. */
#include <stdlib.h>

#include "delta/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct transfer *t = NULL;
	CLEANUP(buf_done) struct buf again;
	buf_init(&again, TRANSFER_HEADER_MAX);
	if (rc_failed(transfer_decode(bytes_of(data, n), &t, NULL)))
		return 0;
	if (rc_failed(transfer_encode(t, &again, NULL)) || !bytes_equal(buf_view(&again), bytes_of(data, n)))
		abort();
	uint64_t at = t->header_bytes, image = 0;
	for (uint32_t i = 0; i < t->segments_n; i++) {
		if (t->segments[i].frame.at < at || transfer_segment_at(t, i) != image)
			abort();
		at = t->segments[i].frame.at + t->segments[i].frame.length;
		image += transfer_segment_bytes(t, i);
		if (transfer_group_of(t, i) >= (int32_t)t->groups_n)
			abort();
	}
	if (image != t->image.length || at + t->index.length != t->file_bytes)
		abort();
	transfer_free(t);
	return 0;
}
