/* SPDX-License-Identifier: Apache-2.0 */
/* Both messages of a check-in: what is accepted can be written again. */
#include <stdlib.h>

#include "core/model/checkin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct checkin_request q;
	struct checkin_answer a;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, 2 * CHECKIN_MAX);
	if (rc_ok(checkin_request_decode(bytes_of(data, n), &q, NULL)) &&
	    rc_failed(checkin_request_encode(&q, &out, NULL)))
		abort();
	if (rc_ok(checkin_answer_decode(bytes_of(data, n), &a, NULL)) &&
	    rc_failed(checkin_answer_encode(&a, &out, NULL)))
		abort();
	return 0;
}
