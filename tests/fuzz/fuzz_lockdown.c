/* SPDX-License-Identifier: Apache-2.0 */
/* What the root parent accepts as a firewall: it renders, and nothing in the text comes from outside but numbers. */
#include <stdlib.h>

#include "core/model/lockdown.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lockdown_input in;
	CLEANUP(buf_done) struct buf text = {0};
	buf_init(&text, LOCKDOWN_TEXT_MAX);
	if (rc_failed(lockdown_decode(bytes_of(data, size), &in, NULL)))
		return 0;
	if (rc_failed(lockdown_render(&in, &text, NULL)) ||
	    !strstr(buf_text(&text), "hook output priority filter; policy drop"))
		abort();
	return 0;
}
