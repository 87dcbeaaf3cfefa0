/* SPDX-License-Identifier: Apache-2.0 */
/* The update's memory: whatever is read, a start with it ends in a known step, with a bounded list of actions. */
#include <stdlib.h>

#include "agent/update/update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct update_state s;
	if (rc_failed(update_state_decode(bytes_of(data, n), &s, NULL)))
		return 0;
	for (unsigned bits = 0; bits < 8; bits++) {
		struct update u;
		struct update_actions a;
		const struct update_event ev = {
			.kind = UPDATE_START,
			.boot = {.active = bits & 1, .booted = bits >> 1 & 1, .trying = bits >> 2}};
		update_init(&u, &s);
		update_step(&u, &ev, &a);
		if (a.n > UPDATE_ACTIONS_MAX || u.state.step >= UPDATE_STEP_COUNT)
			abort();
	}
	return 0;
}
