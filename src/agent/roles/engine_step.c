/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out what the step machine decides: actions in their order, the new state only if none of them failed. What
 * takes long (calls, hashing, waiting) is started here and comes back as an event.
 */
#include <stdio.h>

#include "agent/roles/engine.h"
#include "core/base/mem.h"
#include "host/os/chance.h"
#include "core/base/banned.h"

#define LONG_MS 1000	     /* a wait that is worth tidying up for */
#define LAST_RESORT_MS 60000 /* when even the handling of a failure failed */

const char *engine_step_reason(enum err_code code)
{
	switch (code) {
	case ERR_TRUST:
	case ERR_INPUT:
		return "signature";
	case ERR_SPACE:
		return "no-space";
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_BUSY:
		return "network";
	case ERR_LIMIT:
		return "target-length";
	case ERR_NONE:
	case ERR_DENIED:
	case ERR_MISSING:
	case ERR_EXISTS:
	case ERR_WRONG_STATE:
	case ERR_IO:
	case ERR_MEMORY:
	case ERR_UNSUPPORTED:
	case ERR_INTERNAL:
	case ERR_CODE_COUNT:
		break;
	}
	return "io";
}

/* ---- things that come back later ---- */

static void on_wait(void *ctx, struct now now)
{
	struct engine *en = ctx;
	(void)now;
	bool person = en->nudged;
	en->wait = NULL;
	en->nudged = false;
	(void)engine_step_feed(en, &(struct engine_event){.kind = UPDATE_TICK, .person = person});
}

static rc wait_for(struct engine *en, int64_t ms, struct err *e)
{
	if (ms > LONG_MS)
		mem_trim();
	loop_remove(en->loop, en->wait);
	en->wait = NULL;
	return loop_timer(en->loop, ms, on_wait, en, &en->wait, e);
}

void engine_step_nudge(struct engine *en)
{
	struct err e = {0};
	en->nudged = true;
	if (en->wait && rc_failed(wait_for(en, 0, &e)))
		hallmarkd_log("engine", "%s", e.text);
}

static void on_hash_turn(void *ctx, struct now now)
{
	struct engine *en = ctx;
	const struct update_state *s = &en->update.state;
	uint8_t digest[SHA256_SIZE];
	bool end = false;
	struct err e = {0};
	(void)now;
	en->hash_turn = NULL;
	rc r = engine_parent_hash(en, s->slot, s->release.length, en->hash_restart, &end, digest, &e);
	en->hash_restart = false;
	if (rc_ok(r) && !end)
		r = loop_timer(en->loop, 0, on_hash_turn, en, &en->hash_turn, &e);
	if (rc_failed(r)) {
		hallmarkd_log("engine", "verifying the slot: %s", e.text);
		engine_step_failed(en, engine_step_reason(r.code), 0);
	} else if (end) {
		(void)engine_step_feed(en, &(struct engine_event){.kind = UPDATE_HASHED, .digest = digest});
	}
}

/* ---- actions ---- */

struct deed {
	const struct update_state *state; /* as it will be */
	int64_t wait_ms;
};

static rc do_persist(struct engine *en, const struct deed *d, struct err *e)
{
	(void)en;
	return engine_store_update(d->state, e);
}

static rc do_checkin(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d;
	engine_media_end(en);
	return engine_send_checkin(en, e);
}

static rc do_find(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d;
	return engine_fetch_find(en, e);
}

static rc do_fetch_policy(struct engine *en, const struct deed *d, struct err *e)
{
	return engine_fetch_policy(en, d->state, e);
}

static rc do_stage(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d;
	return engine_parent_ask(en, VERB_STAGE, (struct bytes){0}, NULL, e);
}

static rc do_fetch(struct engine *en, const struct deed *d, struct err *e)
{
	engine_plan_fetching(en);
	return engine_transfer_fetch(en, d->state, e);
}

static rc do_hash(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d;
	en->hash_restart = true;
	return loop_timer(en->loop, 0, on_hash_turn, en, &en->hash_turn, e);
}

static rc do_switch(struct engine *en, const struct deed *d, struct err *e)
{
	/* A cut between the two leaves the grant used and the boot flow as it was: the switch comes again then. */
	rc r = engine_grant_use(en, &d->state->release, e);
	return rc_ok(r) ? engine_parent_switch(en, d->state->slot, &d->state->release, e) : r;
}

static rc do_reboot(struct engine *en, const struct deed *d, struct err *e)
{
	char why[96];
	const char *version = d->state->release.version;
	(void)snprintf(why, sizeof why, "%s %s", d->state->step == UPDATE_SWITCHED ? "to try" : "back from a trial of",
		       *version ? version : "an unknown release");
	return engine_parent_reboot(en, why, e);
}

static rc do_health(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d;
	return engine_health_begin(en, e);
}

static rc do_prepare(struct engine *en, const struct deed *d, struct err *e)
{
	return engine_send_prepare(en, d->state, e);
}

static rc do_confirm(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d;
	return engine_parent_confirm(en, e);
}

static rc do_install(struct engine *en, const struct deed *d, struct err *e)
{
	return engine_store_install(en, d->state, e);
}

static rc do_revert(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d;
	return engine_parent_revert(en, e);
}

static rc do_block(struct engine *en, const struct deed *d, struct err *e)
{
	return engine_store_block(en, d->state->failed_version, e);
}

static rc do_tell(struct engine *en, const struct deed *d, struct err *e)
{
	return engine_send_tell(en, d->state, e);
}

/* The calls of the update end without a word, the hashing and the wait with them. */
static rc do_drop(struct engine *en, const struct deed *d, struct err *e)
{
	(void)d, (void)e;
	engine_step_drop(en);
	return RC_OK;
}

static rc do_wait(struct engine *en, const struct deed *d, struct err *e)
{
	return wait_for(en, d->wait_ms, e);
}

static rc do_action(struct engine *en, enum update_action_kind kind, const struct deed *d, struct err *e)
{
	typedef rc deed_fn(struct engine * en, const struct deed *d, struct err *e);
	static deed_fn *const table[UPDATE_ACTION_COUNT] = {
		[UPDATE_DO_PERSIST] = do_persist, [UPDATE_DO_CHECKIN] = do_checkin,
		[UPDATE_DO_FIND] = do_find,	  [UPDATE_DO_FETCH_POLICY] = do_fetch_policy,
		[UPDATE_DO_STAGE] = do_stage,	  [UPDATE_DO_FETCH] = do_fetch,
		[UPDATE_DO_HASH] = do_hash,	  [UPDATE_DO_SWITCH] = do_switch,
		[UPDATE_DO_REBOOT] = do_reboot,	  [UPDATE_DO_HEALTH] = do_health,
		[UPDATE_DO_PREPARE] = do_prepare, [UPDATE_DO_CONFIRM] = do_confirm,
		[UPDATE_DO_INSTALL] = do_install, [UPDATE_DO_REVERT] = do_revert,
		[UPDATE_DO_BLOCK] = do_block,	  [UPDATE_DO_TELL] = do_tell,
		[UPDATE_DO_DROP] = do_drop,	  [UPDATE_DO_WAIT] = do_wait,
	};
	return table[kind](en, d, e);
}

/* ---- events ---- */

static rc make_event(struct engine *en, const struct engine_event *ev, struct update_event *ret, struct err *e)
{
	uint32_t chance = 0;
	rc r = engine_parent_boot(en, &en->boot, &en->slot_bytes, e);
	if (rc_ok(r))
		r = chance_fill(&chance, sizeof chance, e);
	if (rc_failed(r))
		return r;
	int other = 1 - en->boot.active;
	engine_plan_look(en);
	*ret = (struct update_event){
		.kind = ev->kind,
		.now = engine_now(en),
		.chance = chance,
		.person = ev->person,
		.media = ev->media,
		.world = &en->world,
		.boot = {.active = en->boot.active,
			 .booted = en->boot.booted,
			 .trying = en->boot.trying,
			 .other_bytes = en->boot.image[other].bytes,
			 .slot_bytes = en->slot_bytes},
		.reason = ev->reason,
		.wait_s = ev->wait_s,
		.release = ev->release,
		.bytes = ev->bytes,
		.digest = ev->digest,
	};
	memcpy(ret->boot.other_sha256, en->boot.image[other].sha256, SHA256_SIZE);
	if (ev->answer) {
		ret->offered = ev->answer->offered;
		ret->target = ev->answer->target;
		ret->version = ev->answer->version;
		ret->wait_s = ev->answer->wait_s;
	}
	return RC_OK;
}

static void log_change(const struct update_state *was, const struct update_state *is)
{
	if (was->step != is->step)
		hallmarkd_log("engine", "update: %s -> %s%s%s", update_step_name(was->step), update_step_name(is->step),
			      *is->release.version ? ", version " : "", is->release.version);
	if (strcmp(was->reason, is->reason) != 0 && *is->reason)
		hallmarkd_log("engine", "update: reason %s", is->reason);
}

void engine_step_drop(struct engine *en)
{
	engine_net_drop(en);
	engine_media_drop(en);
	engine_transfer_close(en); /* the worker may hold half a frame */
	loop_remove(en->loop, en->hash_turn);
	loop_remove(en->loop, en->wait);
	en->hash_turn = en->wait = NULL;
}

static bool by_person(enum update_event_kind k)
{
	return k == UPDATE_CANCEL || k == UPDATE_POSTPONE || k == UPDATE_INSTALL;
}

const char *engine_step_feed(struct engine *en, const struct engine_event *ev)
{
	struct update next = en->update;
	struct update_event event;
	struct update_actions actions;
	struct err e = {0};
	rc r = make_event(en, ev, &event, &e);
	if (rc_failed(r)) {
		hallmarkd_log("engine", "%s", e.text);
		engine_end(en, HALLMARKD_FAILED);
		return "io";
	}
	if (ev->kind == UPDATE_FETCHED)
		engine_plan_fetched(en, ev->bytes);
	update_step(&next, &event, &actions);
	en->problem = NULL;
	const struct deed deed = {.state = &next.state, .wait_ms = actions.wait_ms};
	for (size_t i = 0; rc_ok(r) && i < actions.n; i++)
		r = do_action(en, actions.list[i], &deed, &e);
	if (rc_ok(r)) {
		log_change(&en->update.state, &next.state);
		en->update = next;
		if (en->update.state.step != UPDATE_FETCHING)
			engine_transfer_close(en);
		return actions.refused;
	}
	hallmarkd_log("engine", "update: %s", e.text);
	if (by_person(ev->kind)) /* not recorded: not done, and what is under way goes on */
		return "io";
	if (ev->kind != UPDATE_FAILED)
		engine_step_failed(en, en->problem ? en->problem : engine_step_reason(r.code), 0);
	else if (rc_failed(wait_for(en, LAST_RESORT_MS, &e)))
		engine_end(en, HALLMARKD_FAILED);
	return NULL;
}

void engine_step_failed(struct engine *en, const char *reason, uint32_t wait_s)
{
	/* There is no network in it. */
	if (engine_media_active(en) && strcmp(reason, "network") == 0)
		reason = "media";
	(void)engine_step_feed(en, &(struct engine_event){.kind = UPDATE_FAILED, .reason = reason, .wait_s = wait_s});
}
