/* SPDX-License-Identifier: Apache-2.0 */
/* Factory records: a decoded record must encode and decode to itself. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	MEM_AUTO struct record *a = mem_alloc(sizeof *a);
	MEM_AUTO struct record *b = mem_alloc(sizeof *b);
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, RECORD_MAX);
	if (!a || !b || rc_failed(record_decode(bytes_of(data, n), a, NULL)))
		return 0;
	if (rc_failed(record_encode(a, &text, NULL)) || rc_failed(record_decode(buf_view(&text), b, NULL)) ||
	    memcmp(a, b, sizeof *a) != 0)
		abort();
	return 0;
}
