/* SPDX-License-Identifier: Apache-2.0 */
/* Base45: what decodes must encode to the same text, and any bytes must survive the round trip. */
#include <stdlib.h>

#include "core/codec/base45.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(buf_done) struct buf a, b;
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	if (rc_ok(base45_decode(bytes_of(data, n), &a, NULL))) {
		base45_encode(buf_view(&a), &b);
		if (!bytes_equal(buf_view(&b), bytes_of(data, n)))
			abort();
	}
	buf_reset(&a);
	buf_reset(&b);
	base45_encode(bytes_of(data, n), &a);
	if (rc_failed(buf_check(&a, "text", NULL)))
		return 0;
	if (rc_failed(base45_decode(buf_view(&a), &b, NULL)) || !bytes_equal(buf_view(&b), bytes_of(data, n)))
		abort();
	return 0;
}
