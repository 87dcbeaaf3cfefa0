/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the step machine is told of the device: the maker's limits, the owner's choices, memory, power, link, clock,
 * and who asks for quiet. Gathered anew for every event, so that a decision never rests on what was true an hour ago.
 */
#include <stdio.h>
#include <time.h>

#include "agent/roles/engine.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define CHOICES "state/update-choices.json"
#define CLOCK_LEAST_S 1767225600 /* 2026-01-01: a clock before this was never set */
#define CLOCK_WAIT_MS 3600000	 /* a clock that is not set by then will not be */

static void read_choices(struct engine_plan *p)
{
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	buf_init(&text, UPDATE_CHOICES_MAX + 1);
	if (!file_exists(CHOICES))
		return;
	rc r = file_read(CHOICES, UPDATE_CHOICES_MAX, &text, &e);
	if (rc_ok(r))
		r = update_choices_decode(buf_view(&text), &p->chosen, &e);
	p->any_chosen = rc_ok(r);
	if (rc_failed(r))
		hallmarkd_log("engine", "the owner's choices about updates are lost: %s", e.text);
}

void engine_plan_open(struct engine *en)
{
	struct engine_plan *p = &en->plan;
	tzset(); /* reads the time zone, which the sandbox hides */
	p->began = clock_now().mono;
	update_sense_open(&p->sense, "/proc", "/sys/class/power_supply");
}

void engine_plan_load(struct engine *en)
{
	read_choices(&en->plan);
}

void engine_plan_close(struct engine *en)
{
	update_sense_close(&en->plan.sense);
}

rc engine_plan_choose(struct engine *en, const struct update_choices *c, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, UPDATE_CHOICES_MAX);
	rc r = update_choices_encode(c, &text, e);
	if (rc_ok(r))
		r = file_write_atomic(CHOICES, buf_view(&text), 0600, e);
	if (rc_ok(r)) {
		en->plan.chosen = *c;
		en->plan.any_chosen = true;
	}
	return r;
}

static enum update_clock clock_state(const struct engine *en, struct now real)
{
	if (real.wall.s >= CLOCK_LEAST_S && real.wall.s >= en->floor.s)
		return UPDATE_CLOCK_GOOD;
	return real.mono.ms - en->plan.began.ms < CLOCK_WAIT_MS ? UPDATE_CLOCK_NOT_YET : UPDATE_CLOCK_NONE;
}

/* What a product's program says of its own hardware counts more than what the kernel seems to know. */
static void take_told(const struct ward_told *t, struct update_conditions *w)
{
	w->metered = t->metered_known && t->metered;
	if (!t->power_known)
		return;
	w->power = t->outside ? UPDATE_POWER_MAINS : t->percent_known ? UPDATE_POWER_BATTERY : UPDATE_POWER_UNKNOWN;
	w->battery_percent = t->percent;
}

void engine_plan_look(struct engine *en)
{
	struct update_conditions *w = &en->world;
	struct engine_plan *p = &en->plan;
	struct now real = clock_now();
	struct ward_told told;
	*w = (struct update_conditions){.limits = en->policy ? en->policy->update : policy_update_default(),
					.clock = clock_state(en, real),
					.utc_offset_s = clock_utc_offset_s(real.wall),
					.bytes_per_s = p->bytes_per_s,
					.retry_s = en->update.wait_s,
					.busy = ward_busy(en->ward),
					.blocked = p->blocked,
					.blocked_n = en->blocked_n};
	for (size_t i = 0; i < en->blocked_n; i++)
		p->blocked[i] = en->blocked[i];
	update_choices_apply(&w->limits, p->any_chosen ? &p->chosen : NULL, &w->choices);
	update_sense_read(&p->sense, w);
	ward_told(en->ward, &told);
	take_told(&told, w);
}

void engine_plan_fetching(struct engine *en)
{
	en->plan.fetch_began = clock_now().mono;
}

/* A moving average: one slow segment does not make a slow line. */
void engine_plan_fetched(struct engine *en, uint64_t bytes)
{
	struct engine_plan *p = &en->plan;
	int64_t ms = clock_now().mono.ms - p->fetch_began.ms;
	uint64_t now = bytes * 1000 / (uint64_t)(ms > 0 ? ms : 1) + 1;
	p->bytes_per_s = p->bytes_per_s ? (3 * p->bytes_per_s + now) / 4 : now;
}
