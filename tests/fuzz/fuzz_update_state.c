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
	/* What was read is written and read again without a difference, and people may ask for anything at once. */
	CLEANUP(buf_done) struct buf text;
	struct update_state back;
	buf_init(&text, 8192);
	if (rc_failed(update_state_encode(&s, &text, NULL)) ||
	    rc_failed(update_state_decode(buf_view(&text), &back, NULL)) || back.step != s.step ||
	    strcmp(back.wishes.asked, s.wishes.asked) != 0 ||
	    back.wishes.postponed_until.s != s.wishes.postponed_until.s)
		abort();
	for (int kind = UPDATE_CANCEL; kind <= UPDATE_INSTALL; kind++) {
		struct update u;
		struct update_actions a;
		const struct update_event ev = {.kind = (enum update_event_kind)kind, .wait_s = 3600};
		update_init(&u, &s);
		update_step(&u, &ev, &a);
		if (a.n > UPDATE_ACTIONS_MAX || (a.refused && !reason_known(a.refused)))
			abort();
	}
	return 0;
}
