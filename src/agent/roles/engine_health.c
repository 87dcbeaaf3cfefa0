/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the release on trial healthy? Its own policy says what that means. Rounds over all checks, half a second apart,
 * until all are good in one round, or one that is not has used up its time. EN303645 5.3-1, 5.9-1.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/base/banned.h"

#define PROBE_MS 1000

static void next_check(struct engine *en);

static void finish(struct engine *en, enum update_event_kind kind)
{
	en->health.running = false;
	(void)engine_step_feed(en, &(struct engine_event){.kind = kind});
}

static void on_round(void *ctx, struct now now)
{
	struct engine *en = ctx;
	struct engine_health *h = &en->health;
	(void)now;
	h->next = 0;
	h->bad = false;
	h->late = false;
	h->n = en->policy ? en->policy->health_n : 0;
	if (!en->policy) {
		hallmarkd_log("engine", "health: the policy of this release cannot be used");
		finish(en, UPDATE_UNHEALTHY);
		return;
	}
	next_check(en);
}

static void end_round(struct engine *en)
{
	struct engine_health *h = &en->health;
	struct err e = {0};
	if (h->bad && !h->late) {
		if (rc_failed(loop_timer(en->loop, ENGINE_HEALTH_POLL_MS, on_round, en, NULL, &e)))
			engine_end(en, HALLMARKD_FAILED);
		return;
	}
	for (size_t i = 0; i < h->n; i++)
		hallmarkd_log("engine", "health: %s %s%s%s", h->results[i].id, h->results[i].ok ? "good" : "not good",
			      *h->results[i].detail ? ": " : "", h->results[i].detail);
	finish(en, h->bad ? UPDATE_UNHEALTHY : UPDATE_HEALTHY);
}

static void record(struct engine *en, bool ok, const char *detail)
{
	struct engine_health *h = &en->health;
	const struct policy_health *check = &en->policy->health[h->next];
	struct statement_health *to = &h->results[h->next++];
	(void)snprintf(to->id, sizeof to->id, "%s", check->id);
	(void)snprintf(to->detail, sizeof to->detail, "%s", detail);
	to->ok = ok;
	if (ok)
		return;
	h->bad = true;
	if (engine_now(en).mono.ms - h->began_ms >= (int64_t)check->within_s * 1000)
		h->late = true;
}

static void on_probe(void *ctx, const struct engine_result *res)
{
	struct engine *en = ctx;
	record(en, res->code == ERR_NONE, res->text);
	next_check(en);
}

static void next_check(struct engine *en)
{
	struct engine_health *h = &en->health;
	while (h->next < h->n) {
		const struct policy_health *check = &en->policy->health[h->next];
		struct err e = {0};
		if (check->kind == POLICY_HEALTH_REPORT) {
			bool ok = ward_reported_healthy(en->ward, check->service);
			record(en, ok, ok ? "" : "no good report since this boot");
			continue;
		}
		const struct engine_call call = {.probe = true,
						 .urgent = true,
						 .port = check->port,
						 .deadline_ms = PROBE_MS,
						 .end = on_probe,
						 .ctx = en};
		if (rc_ok(engine_net_call(en, &call, &e)))
			return; /* goes on in on_probe */
		record(en, false, "could not be probed");
	}
	end_round(en);
}

rc engine_health_begin(struct engine *en, struct err *e)
{
	struct engine_health *h = &en->health;
	if (h->running)
		return RC_OK;
	if (!h->began) {
		h->began = true;
		h->began_ms = engine_now(en).mono.ms;
	}
	rc r = loop_timer(en->loop, 0, on_round, en, NULL, e);
	h->running = rc_ok(r);
	return r;
}
