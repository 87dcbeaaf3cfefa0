/* SPDX-License-Identifier: Apache-2.0 */
/* What a product's program may say on run/agent.sock. A request that was accepted keeps its promises. */
#include <stdlib.h>

#include "agent/roles/product_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct product_request q;
	if (!product_request_decode(bytes_of(data, size), &q))
		return 0;
	if ((q.name[0] && !name_ok(q.name)) || !name_utf8_ok(q.text, strlen(q.text)) ||
	    !name_utf8_ok(q.from, strlen(q.from)) || q.data.n > PRODUCT_RECORD_MAX || q.seconds > PRODUCT_BUSY_MAX_S ||
	    (q.percent > 100 && q.percent != PRODUCT_POWER_UNKNOWN))
		abort();
	if (q.data.n && (q.data.p < data || q.data.p + q.data.n != data + size))
		abort();
	return 0;
}
