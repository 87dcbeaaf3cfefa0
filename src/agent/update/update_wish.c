/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people ask for about one release: not this one, later, now. Possible at any moment until the switch; after it
 * the release is tried, and only its health decides. CRA Annex I (2)(c), EN303645 5.3-6A.
 */
#include "agent/update/update_inner.h"

#include "core/base/banned.h"

static bool same_version(const char *a, const char *b)
{
	return *a && strcmp(a, b) == 0;
}

/* First seen now: from here on it can be put off. */
void update_wish_seen(struct update *u, const struct update_event *ev)
{
	struct update_wishes *w = &u->state.wishes;
	if (same_version(w->seen, ev->release->version))
		return;
	(void)snprintf(w->seen, sizeof w->seen, "%s", ev->release->version);
	w->seen_at = ev->now.wall;
	w->postponed_until = (struct wall_time){0};
	w->postponed_times = 0;
}

/* What was said of this release the other way round. */
static void take_back(char version[SEMVER_MAX + 1], const struct update_release *rel)
{
	if (same_version(version, rel->version))
		version[0] = 0;
}

/* NULL, or why nothing can be asked for now. */
static const char *too_late(const struct update *u, const struct update_event *ev)
{
	if (!update_inner_at_rest(u->state.step) &&
	    ev->boot.trying) /* the boot record has it, whatever our memory says */
		return "switched";
	if (u->state.step == UPDATE_SWITCHED || u->state.step == UPDATE_TRYING)
		return "switched";
	return update_subject(u) ? NULL : "no-offer";
}

void update_wish_cancel(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_wishes *w = &u->state.wishes;
	out->refused = too_late(u, ev);
	if (out->refused)
		return;
	u->found = *update_subject(u);
	(void)snprintf(w->cancelled, sizeof w->cancelled, "%s", u->found.version);
	take_back(w->asked, &u->found);
	update_inner_reason(u, "cancelled");
	if (update_inner_at_rest(u->state.step)) { /* a wait or a call is under way, and goes on */
		update_inner_act(out, UPDATE_DO_PERSIST);
		return;
	}
	update_inner_forget(u);
	update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_act(out, UPDATE_DO_DROP);
	update_inner_wait_for(out, (int64_t)u->wait_s * 1000);
}

void update_wish_postpone(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_wishes *w = &u->state.wishes;
	const struct update_conditions *world = update_judge_world(ev);
	out->refused = too_late(u, ev);
	if (out->refused)
		return;
	if (!world->limits.can_postpone) {
		out->refused = "maker";
		return;
	}
	struct wall_time end = update_plan_postpone_end(&world->limits, w, update_subject(u)->security);
	struct wall_time until = {ev->now.wall.s + ev->wait_s};
	if (!same_version(w->seen, update_subject(u)->version) || world->clock != UPDATE_CLOCK_GOOD ||
	    w->postponed_times >= world->limits.postpone_times || ev->now.wall.s >= end.s) {
		out->refused = "postpone-limit";
		return;
	}
	w->postponed_until = until.s < end.s ? until : end;
	w->postponed_times++;
	take_back(w->asked, update_subject(u));
	update_inner_reason(u, "postponed");
	update_inner_act(out, UPDATE_DO_PERSIST);
}

void update_wish_install(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_wishes *w = &u->state.wishes;
	out->refused = too_late(u, ev);
	if (out->refused)
		return;
	(void)snprintf(w->asked, sizeof w->asked, "%s", update_subject(u)->version);
	take_back(w->cancelled, update_subject(u));
	w->postponed_until = (struct wall_time){0};
	update_inner_reason(u, "");
	update_inner_act(out, UPDATE_DO_PERSIST);
}
