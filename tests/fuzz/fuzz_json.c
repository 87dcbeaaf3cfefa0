/* SPDX-License-Identifier: Apache-2.0 */
/* Strict JSON parser and canonical form: what parses must come out canonical, and canonical text must be a fixed point.
 */
#include <stdlib.h>

#include "core/codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	JSON_AUTO json_t *first = NULL;
	JSON_AUTO json_t *again = NULL;
	CLEANUP(buf_done) struct buf a, b;
	buf_init(&a, 1 << 22);
	buf_init(&b, 1 << 22);
	if (rc_failed(json_codec_parse(bytes_of(data, n), 1 << 16, "input", &first, NULL)))
		return 0;
	if (rc_failed(json_codec_canonical(first, &a, NULL)))
		return 0;
	/* Raw control characters are legal in canonical text, not in JSON: those do not come back. */
	if (rc_failed(json_codec_parse(buf_view(&a), 1 << 22, "canonical", &again, NULL)))
		return 0;
	if (rc_failed(json_codec_canonical(again, &b, NULL)) || !bytes_equal(buf_view(&a), buf_view(&b)))
		abort();
	return 0;
}
