/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people ask for about updates, through hallmarkctl or the owner's page: look, cancel, put off, install, choose,
 * go back. Whoever asks was let in by the ward; what may be done is said by the step machine and the maker's policy.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/base/banned.h"

static void refuse(struct control_answer *ret, const char *reason)
{
	ret->result = reason ? CONTROL_REFUSED : CONTROL_DONE;
	(void)snprintf(ret->reason, sizeof ret->reason, "%s", reason ? reason : "");
}

void engine_control_report(struct engine *en, struct update_report *ret)
{
	const struct now now = engine_now(en);
	engine_plan_look(en);
	*ret = (struct update_report){.update = &en->update,
				      .world = &en->world,
				      .now = now.wall,
				      .support_end = en->policy ? en->policy->support_end : (struct wall_time){0},
				      .version = engine_running_version(en),
				      .counter = engine_running_counter(en),
				      .slot = bootctl_letter(en->boot.booted),
				      .inhibitors = en->plan.inhibitors,
				      .media = en->options->media_dir ? en->options->media_dir : ""};
	ret->inhibitors_n = ward_inhibitors(en->ward, en->plan.inhibitors, ARRAY_LEN(en->plan.inhibitors));
	const struct update_event ev = {
		.now = now, .world = &en->world, .boot = {.active = en->boot.active, .slot_bytes = en->slot_bytes}};
	ret->any = update_explain(&en->update, &ev, &ret->plan);
}

void engine_control_view(struct engine *en, struct page_update *ret)
{
	struct update_report r;
	enum update_step step = en->update.state.step;
	engine_control_report(en, &r);
	const struct update_release *rel = update_subject(&en->update);
	*ret = (struct page_update){.automatic = (uint8_t)r.world->choices.automatic,
				    .can_turn_off = r.world->limits.can_turn_off,
				    .window_from = (uint8_t)r.world->choices.window_from,
				    .window_to = (uint8_t)r.world->choices.window_to,
				    .changed_at = en->update.state.changed_at,
				    .failed = en->update.state.failed_version[0],
				    .utc_offset_s = r.world->utc_offset_s};
	if (r.inhibitors_n)
		(void)snprintf(ret->quiet, sizeof ret->quiet, "%s%s%s", r.inhibitors[0].who,
			       r.inhibitors[0].why[0] ? ": " : "", r.inhibitors[0].why);
	if (!rel || !r.any)
		return;
	(void)snprintf(ret->version, sizeof ret->version, "%s", rel->version);
	(void)snprintf(ret->reason, sizeof ret->reason, "%s", r.plan.reason);
	ret->security = rel->security;
	ret->now = r.plan.now;
	ret->retry_at = r.plan.retry_at;
	ret->fetch_bytes = r.plan.chosen ? r.plan.way.fetch_bytes : 0;
	ret->seconds = r.plan.chosen ? r.plan.seconds : 0;
	ret->can_decide = step != UPDATE_SWITCHED && step != UPDATE_TRYING && !en->boot.trying;
	if (!update_report_postpone(&r, &ret->postpone_left, &ret->postpone_until))
		ret->postpone_left = 0;
}

static void status(struct engine *en, struct control_answer *ret, struct buf *json)
{
	struct update_report r;
	struct err e = {0};
	engine_control_report(en, &r);
	if (json && rc_failed(update_report_encode(&r, json, &e))) {
		hallmarkd_log("engine", "%s", e.text);
		ret->result = CONTROL_FAILED;
	}
}

static void feed(struct engine *en, enum update_event_kind kind, uint32_t seconds, struct control_answer *ret)
{
	refuse(ret, engine_step_feed(en, &(struct engine_event){.kind = kind, .wait_s = seconds}));
}

static void install(struct engine *en, const struct control_request *q, struct control_answer *ret)
{
	if (q->folder[0]) {
		refuse(ret, engine_media_install(en, q->folder));
		return;
	}
	feed(en, UPDATE_INSTALL, 0, ret);
	engine_step_nudge(en); /* nothing found yet: then this looks for it */
}

static void choose(struct engine *en, const struct control_request *q, struct control_answer *ret)
{
	struct update_choices c;
	struct err e = {0};
	engine_plan_look(en);
	c = en->world.choices;
	if (q->choose_automatic && q->automatic != c.automatic && !en->world.limits.can_turn_off) {
		refuse(ret, "maker");
		return;
	}
	if (q->choose_automatic)
		c.automatic = q->automatic;
	if (q->choose_window) {
		c.window_from = q->window_from;
		c.window_to = q->window_to;
	}
	if (rc_failed(engine_plan_choose(en, &c, &e))) {
		hallmarkd_log("engine", "the owner's choices: %s", e.text);
		ret->result = CONTROL_FAILED;
		return;
	}
	engine_step_nudge(en); /* what waited may go on now */
}

static void grant(struct engine *en, const struct control_request *q, struct control_answer *ret)
{
	const char *reason = engine_grant_take(en, q->grant);
	refuse(ret, reason);
	if (!reason)
		engine_step_nudge(en); /* what was refused may be offered still */
}

void engine_control(struct engine *en, const struct control_request *q, struct control_answer *ret, struct buf *json)
{
	*ret = (struct control_answer){.result = CONTROL_DONE};
	switch (q->kind) {
	case CONTROL_STATUS:
		status(en, ret, json);
		return;
	case CONTROL_CHECK:
		engine_step_nudge(en);
		return;
	case CONTROL_CANCEL:
		feed(en, UPDATE_CANCEL, 0, ret);
		return;
	case CONTROL_POSTPONE:
		feed(en, UPDATE_POSTPONE, q->seconds, ret);
		return;
	case CONTROL_INSTALL:
		install(en, q, ret);
		return;
	case CONTROL_CHOOSE:
		choose(en, q, ret);
		return;
	case CONTROL_GRANT:
		grant(en, q, ret);
		return;
	case CONTROL_KIND_END:
		break;
	}
	ret->result = CONTROL_FAILED;
}
