/* SPDX-License-Identifier: Apache-2.0 */
/* The custom part of a target: what decodes must survive encoding, and the decision must give a reason for everything.
 */
#include <stdlib.h>

#include "core/model/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct release_info info, again;
	JSON_AUTO json_t *doc = NULL;
	CLEANUP(buf_done) struct buf text;
	const char *reason = NULL;
	buf_init(&text, RELEASE_CUSTOM_MAX);
	if (rc_failed(release_decode(bytes_of(data, n), &info, NULL)))
		return 0;
	if (rc_failed(release_encode(&info, &doc, NULL)) || rc_failed(json_codec_canonical(doc, &text, NULL)) ||
	    rc_failed(release_decode(buf_view(&text), &again, NULL)) || memcmp(&info, &again, sizeof info) != 0)
		abort();
	struct release_running running = {.model = info.model, .version = info.version, .counter = info.counter};
	if (release_decide(&running, &info, &reason) || !reason)
		abort();
	return 0;
}
