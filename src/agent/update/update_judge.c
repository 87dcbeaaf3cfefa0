/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the step machine's question to the plan: which release, at which step, what is known of the device. */
#include "agent/update/update_inner.h"

#include "core/base/banned.h"

const struct update_conditions *update_judge_world(const struct update_event *ev)
{
	static const struct update_conditions plain; /* mains, no window, everything installs by itself */
	return ev->world ? ev->world : &plain;
}

/* A product's program keeps a release waiting no longer than its time, however often it starts anew. */
static bool still_busy(const struct update *u, const struct update_event *ev)
{
	return update_judge_world(ev)->busy && (!u->busy_since || ev->now.mono.ms - u->busy_since < UPDATE_BUSY_MAX_MS);
}

static bool same_version(const char *a, const char *b)
{
	return *a && strcmp(a, b) == 0;
}

struct update_plan update_judge(const struct update *u, const struct update_event *ev, const struct update_release *rel,
				bool media)
{
	struct update_conditions world = *update_judge_world(ev);
	enum update_step step = u->state.step;
	struct update_plan p;
	world.busy = still_busy(u, ev);
	const struct update_question q = {
		.release = rel,
		.wishes = &u->state.wishes,
		.world = &world,
		.now = ev->now.wall,
		.slot_bytes = ev->boot.slot_bytes,
		.fetched = step == UPDATE_WRITTEN || step == UPDATE_VERIFIED,
		.patch_failed = u->state.patch_failed && same_version(rel->version, u->state.release.version),
		.full_only = u->state.full_only && same_version(rel->version, u->state.release.version),
		.media = media};
	update_plan_make(&q, &p);
	return p;
}

const struct update_release *update_subject(const struct update *u)
{
	if (!update_inner_at_rest(u->state.step))
		return &u->state.release;
	return u->found.version[0] ? &u->found : NULL;
}

bool update_explain(const struct update *u, const struct update_event *ev, struct update_plan *ret)
{
	const struct update_release *rel = update_subject(u);
	if (rel)
		*ret = update_judge(u, ev, rel, u->state.media);
	return rel != NULL;
}

/* Never much longer, for people change their minds. */
int64_t update_judge_hold_ms(const struct update_plan *p, const struct update_event *ev, int64_t most_ms)
{
	if (strcmp(p->reason, "busy") == 0)
		return UPDATE_BUSY_WAIT_MS;
	int64_t left = (p->retry_at.s - ev->now.wall.s) * 1000;
	return !p->retry_at.s || left > most_ms ? most_ms : left < 1000 ? 1000 : left;
}
