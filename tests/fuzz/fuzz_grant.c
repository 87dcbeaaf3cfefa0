/* SPDX-License-Identifier: Apache-2.0 */
/* Downgrade grants: what is decoded encodes to the same; what it allows never depends on chance. */
#include <stdlib.h>

#include "core/model/grant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct grant a, b;
	const char *reason = NULL;
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, GRANT_MAX);
	if (rc_failed(grant_decode(bytes_of(data, n), &a, NULL)))
		return 0;
	if (rc_failed(grant_encode(&a, &text, NULL)) || rc_failed(grant_decode(buf_view(&text), &b, NULL)) ||
	    memcmp(&a, &b, sizeof a) != 0)
		abort();
	struct release_info o = {.kind = RELEASE_IMAGE, .counter = a.counter};
	memcpy(o.model, a.model, sizeof a.model);
	memcpy(o.version, a.version, sizeof a.version);
	const struct grant_case c = {
		.device = a.device, .model = a.model, .counter = a.from_counter, .offered = &o, .now = a.made};
	if (!grant_allows(&a, &c, &reason))
		abort();
	return 0;
}
