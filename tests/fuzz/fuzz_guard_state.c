/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's record and the throttle's, as they lie on a disk that somebody may have written to. */
#include <stdlib.h>

#include "agent/guard/guard_state.h"
#include "agent/identity/throttle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guard_state s;
	static struct throttle t;
	struct guard_event ev = {.kind = GUARD_EV_PASS, .boot = "b", .checked = 1};
	if (rc_ok(guard_state_decode(bytes_of(data, size), &s, NULL)) &&
	    (guard_state_step(&s, &ev, (struct now){0}), (unsigned)s.mode >= GUARD_MODE_COUNT))
		abort();
	if (rc_ok(throttle_decode(bytes_of(data, size), (struct mono_time){0}, &t, NULL)) &&
	    throttle_wait_s(&t, "a", (struct mono_time){0}) > THROTTLE_MAX_S)
		abort();
	return 0;
}
