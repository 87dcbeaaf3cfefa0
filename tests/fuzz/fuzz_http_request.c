/* SPDX-License-Identifier: Apache-2.0 */
/* The server's intake: what is accepted must be accepted again, alike, from exactly its own bytes and from no prefix.
 */
#include <stdlib.h>

#include "host/net/http_intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_inside(struct bytes in, struct http_text t)
{
	if (t.n && ((const uint8_t *)t.p < in.p || (const uint8_t *)t.p + t.n > in.p + in.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct http_intake i, again;
	struct bytes in = bytes_of(data, n);
	enum http_intake_verdict v = http_intake_step(in, 4096, &i);
	if (v == HTTP_INTAKE_REFUSE && (i.status < 400 || i.status > 505))
		abort();
	if (v != HTTP_INTAKE_READY) {
		if (v != HTTP_INTAKE_REFUSE && http_intake_room(v, &i, n) == 0)
			abort(); /* would wait for bytes it cannot take */
		return 0;
	}
	if (i.total > n || i.total > HTTP_HEAD_MAX + 4096 || i.head.chunked || !http_header(&i.head, "host"))
		abort();
	check_inside(in, i.head.path);
	check_inside(in, i.head.query);
	for (size_t h = 0; h < i.head.headers_n; h++) {
		check_inside(in, i.head.headers[h].name);
		check_inside(in, i.head.headers[h].value);
	}
	if (http_intake_step(bytes_of(data, i.total), 4096, &again) != HTTP_INTAKE_READY || again.total != i.total)
		abort();
	if (http_intake_step(bytes_of(data, i.total - 1), 4096, &again) == HTTP_INTAKE_READY)
		abort();
	return 0;
}
