/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the step machine: small things that update.c, update_judge.c and update_wish.c do alike. */
#ifndef HALLMARK_AGENT_UPDATE_UPDATE_INNER_H
#define HALLMARK_AGENT_UPDATE_UPDATE_INNER_H

#include <stdio.h>

#include "agent/update/update.h"

static inline void update_inner_act(struct update_actions *out, enum update_action_kind kind)
{
	if (out->n < UPDATE_ACTIONS_MAX)
		out->list[out->n++] = kind;
}

static inline void update_inner_wait_for(struct update_actions *out, int64_t ms)
{
	out->wait_ms = ms;
	update_inner_act(out, UPDATE_DO_WAIT);
}

static inline bool update_inner_at_rest(enum update_step s)
{
	return s == UPDATE_IDLE || s == UPDATE_CONFIRMED || s == UPDATE_REVERTED;
}

static inline void update_inner_reason(struct update *u, const char *reason)
{
	(void)snprintf(u->state.reason, sizeof u->state.reason, "%s", reason);
}

/* Forget the release under way; what is half-written in the slot is nobody's. */
static inline void update_inner_forget(struct update *u)
{
	struct update_state *s = &u->state;
	s->step = UPDATE_IDLE;
	s->release = (struct update_release){0};
	s->written = 0;
	s->starts = 0;
	s->patch_failed = false;
	s->full_only = false;
	s->media = false;
	u->busy_since = 0;
	u->asking = false;
}

/* What the event says of the world. */
const struct update_conditions *update_judge_world(const struct update_event *ev);
/* Would this release be installed now, at the present step? */
struct update_plan update_judge(const struct update *u, const struct update_event *ev, const struct update_release *rel,
				bool media);
/* How long to wait with it: until the reason may be gone, never longer than `most_ms`. */
int64_t update_judge_hold_ms(const struct update_plan *p, const struct update_event *ev, int64_t most_ms);

/* What people ask for. */
void update_wish_seen(struct update *u, const struct update_event *ev);
void update_wish_cancel(struct update *u, const struct update_event *ev, struct update_actions *out);
void update_wish_postpone(struct update *u, const struct update_event *ev, struct update_actions *out);
void update_wish_install(struct update *u, const struct update_event *ev, struct update_actions *out);

#endif
