/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decisions of an update. One function per event; update_step is the table. Nothing here reads a clock, a file or
 * the boot record: all of it comes with the event.
 */
#include "agent/update/update.h"

#include <stdio.h>

#include "core/base/banned.h"

static const char *const step_names[UPDATE_STEP_COUNT] = {
	[UPDATE_IDLE] = "idle",	      [UPDATE_PLANNED] = "planned",	[UPDATE_FETCHING] = "fetching",
	[UPDATE_WRITTEN] = "written", [UPDATE_VERIFIED] = "verified",	[UPDATE_SWITCHED] = "switched",
	[UPDATE_TRYING] = "trying",   [UPDATE_CONFIRMED] = "confirmed", [UPDATE_REVERTED] = "reverted",
};

const char *update_step_name(enum update_step s)
{
	return s < UPDATE_STEP_COUNT ? step_names[s] : "idle";
}

void update_init(struct update *u, const struct update_state *loaded)
{
	*u = (struct update){.wait_s = UPDATE_WAIT_DEFAULT_S};
	if (loaded)
		u->state = *loaded;
}

int64_t update_backoff_ms(uint32_t failures, uint32_t chance)
{
	int64_t window = UPDATE_BACKOFF_MS;
	for (uint32_t i = 1; i < failures && window < UPDATE_BACKOFF_MAX_MS; i++)
		window *= 2;
	if (window > UPDATE_BACKOFF_MAX_MS)
		window = UPDATE_BACKOFF_MAX_MS;
	return (int64_t)((uint64_t)chance * (uint64_t)(window + 1) >> 32);
}

static void act(struct update_actions *out, enum update_action_kind kind)
{
	if (out->n < UPDATE_ACTIONS_MAX)
		out->list[out->n++] = kind;
}

static void wait_for(struct update_actions *out, int64_t ms)
{
	out->wait_ms = ms;
	act(out, UPDATE_DO_WAIT);
}

static bool at_rest(enum update_step s)
{
	return s == UPDATE_IDLE || s == UPDATE_CONFIRMED || s == UPDATE_REVERTED;
}

static bool before_write_is_done(enum update_step s)
{
	return s == UPDATE_PLANNED || s == UPDATE_FETCHING;
}

static void set_reason(struct update *u, const char *reason)
{
	(void)snprintf(u->state.reason, sizeof u->state.reason, "%s", reason);
}

/* Forget the release under way; what is half-written in the slot is nobody's. */
static void to_idle(struct update *u)
{
	struct update_state *s = &u->state;
	s->step = UPDATE_IDLE;
	s->release = (struct update_release){0};
	s->written = 0;
	s->starts = 0;
	s->full_only = false;
	u->busy_since = 0;
}

static bool same_image(const struct update_release *a, const struct update_release *b)
{
	return a->length == b->length && memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0 &&
	       strcmp(a->version, b->version) == 0 && strcmp(a->full.target, b->full.target) == 0 &&
	       memcmp(a->full.sha256, b->full.sha256, SHA256_SIZE) == 0 &&
	       memcmp(a->declaration_sha256, b->declaration_sha256, SHA256_SIZE) == 0;
}

/* Does the boot record hold our release in its other slot? Only a switch puts it there. */
static bool was_switched(const struct update_state *s, const struct update_boot *b)
{
	return b->active != s->slot && b->other_bytes == s->release.length && b->other_bytes > 0 &&
	       memcmp(b->other_sha256, s->release.sha256, SHA256_SIZE) == 0;
}

static void mark_reverted(struct update *u)
{
	struct update_state *s = &u->state;
	s->step = UPDATE_REVERTED;
	s->told = false;
	(void)snprintf(s->failed_version, sizeof s->failed_version, "%s", s->release.version);
	set_reason(u, "health-failed");
}

/* The trial is lost, by our own judgement or the boot loader's. The record goes first: it decides what boots. */
static void give_up(struct update *u, const struct update_boot *b, struct update_actions *out)
{
	mark_reverted(u);
	act(out, UPDATE_DO_REVERT);
	act(out, UPDATE_DO_BLOCK);
	if (b->booted == u->state.slot) { /* it still runs: the statement is made by what boots next */
		act(out, UPDATE_DO_PERSIST);
		act(out, UPDATE_DO_REBOOT);
		return;
	}
	u->state.told = true;
	act(out, UPDATE_DO_TELL);
	act(out, UPDATE_DO_PERSIST);
}

static void begin_trial(struct update *u, const struct update_boot *b, struct update_actions *out)
{
	u->state.step = UPDATE_TRYING;
	if (++u->state.starts > UPDATE_STARTS_MAX) {
		give_up(u, b, out);
		return;
	}
	act(out, UPDATE_DO_PERSIST);
	act(out, UPDATE_DO_HEALTH);
}

/* The record says confirmed, our state does not yet: power failed in between. */
static void finish_confirmed(struct update *u, struct update_actions *out)
{
	u->state.step = UPDATE_CONFIRMED;
	set_reason(u, "");
	u->state.failed_version[0] = 0;
	act(out, UPDATE_DO_INSTALL);
	act(out, UPDATE_DO_TELL);
	act(out, UPDATE_DO_PERSIST);
}

/* Started in verified, switched or trying: the boot record tells how far it really came. */
static void start_near_switch(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	const struct update_boot *b = &ev->boot;
	struct update_state *s = &u->state;
	if (b->trying && b->booted == s->slot) {
		begin_trial(u, b, out);
	} else if (b->trying) { /* switched, and the machine did not restart yet */
		s->step = UPDATE_SWITCHED;
		act(out, UPDATE_DO_REBOOT);
	} else if (b->active == s->slot) {
		finish_confirmed(u, out);
	} else if (was_switched(s, b)) {
		give_up(u, b, out);
	} else { /* the switch never reached the disk */
		s->step = UPDATE_WRITTEN;
		act(out, UPDATE_DO_HASH);
	}
}

static void start_at_rest(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (ev->boot.trying) { /* a trial that we know nothing of: its policy and checks are unknown too */
		act(out, UPDATE_DO_REVERT);
		if (ev->boot.booted != ev->boot.active)
			act(out, UPDATE_DO_REBOOT);
	} else if (ev->boot.booted != ev->boot.active) { /* given up, and the machine did not restart yet */
		act(out, UPDATE_DO_REBOOT);
	} else if (s->step == UPDATE_REVERTED && !s->told) {
		s->told = true;
		act(out, UPDATE_DO_TELL);
		act(out, UPDATE_DO_PERSIST);
	}
}

static void on_start(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->refreshed = ev->now.mono.ms;
	if (u->state.step == UPDATE_WRITTEN && ev->boot.trying)
		to_idle(u); /* nothing of ours was switched to */
	enum update_step step = u->state.step;
	if (step == UPDATE_VERIFIED || step == UPDATE_SWITCHED || step == UPDATE_TRYING)
		start_near_switch(u, ev, out);
	else if (step == UPDATE_WRITTEN)
		act(out, UPDATE_DO_HASH);
	else
		start_at_rest(u, ev, out);
	if (at_rest(u->state.step) || before_write_is_done(u->state.step))
		wait_for(out, (int64_t)((uint64_t)ev->chance * UPDATE_FIRST_MS >> 32));
}

static void try_switch(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	if (ev->busy) {
		if (!u->busy_since)
			u->busy_since = ev->now.mono.ms;
		if (ev->now.mono.ms - u->busy_since < UPDATE_BUSY_MAX_MS) {
			wait_for(out, UPDATE_BUSY_WAIT_MS);
			return;
		}
	}
	u->busy_since = 0;
	u->state.step = UPDATE_SWITCHED;
	u->state.starts = 0;
	act(out, UPDATE_DO_SWITCH);
	act(out, UPDATE_DO_PERSIST);
	act(out, UPDATE_DO_REBOOT);
}

static void on_tick(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->refresh_due = u->refresh_due || ev->person;
	switch (u->state.step) {
	case UPDATE_IDLE:
	case UPDATE_CONFIRMED:
	case UPDATE_REVERTED:
	case UPDATE_PLANNED:
	case UPDATE_FETCHING: /* does the service still want it? */
		act(out, UPDATE_DO_CHECKIN);
		break;
	case UPDATE_WRITTEN:
		act(out, UPDATE_DO_HASH);
		break;
	case UPDATE_VERIFIED:
		try_switch(u, ev, out);
		break;
	case UPDATE_SWITCHED:
		act(out, UPDATE_DO_REBOOT);
		break;
	case UPDATE_TRYING:
		act(out, UPDATE_DO_HEALTH);
		break;
	case UPDATE_STEP_COUNT:
		break;
	}
}

/* Nothing is offered: wait, unless it is time to see whether the metadata is still fresh and genuine. */
static void on_no_offer(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	if (before_write_is_done(u->state.step)) { /* taken back by the service */
		to_idle(u);
		act(out, UPDATE_DO_PERSIST);
	}
	if (!u->refresh_due && ev->now.mono.ms - u->refreshed < UPDATE_REFRESH_MS) {
		wait_for(out, (int64_t)u->wait_s * 1000);
		return;
	}
	u->refresh_due = false;
	u->refreshed = ev->now.mono.ms;
	u->offer_target[0] = u->offer_version[0] = 0;
	act(out, UPDATE_DO_FIND);
}

static void on_answered(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (!at_rest(s->step) && !before_write_is_done(s->step))
		return;
	u->failures = 0;
	u->wait_s = ev->wait_s ? ev->wait_s : 1; /* never in a tight loop, whatever the service says */
	if (strcmp(s->reason, "network") == 0)
		set_reason(u, "");
	if (!ev->offered) {
		on_no_offer(u, ev, out);
		return;
	}
	(void)snprintf(u->offer_target, sizeof u->offer_target, "%s", ev->target);
	(void)snprintf(u->offer_version, sizeof u->offer_version, "%s", ev->version);
	act(out, UPDATE_DO_FIND);
}

static void on_found(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (!at_rest(s->step) && !before_write_is_done(s->step))
		return;
	if (s->step == UPDATE_FETCHING && s->slot != ev->boot.active && same_image(&s->release, ev->release)) {
		act(out, UPDATE_DO_FETCH); /* go on where the last run stopped */
		return;
	}
	to_idle(u);
	if (ev->release->length == 0 || ev->release->length > ev->boot.slot_bytes) {
		set_reason(u, ev->release->length ? "no-space" : "target-length");
		act(out, UPDATE_DO_PERSIST);
		wait_for(out, (int64_t)u->wait_s * 1000);
		return;
	}
	s->step = UPDATE_PLANNED;
	s->release = *ev->release;
	s->slot = 1 - ev->boot.active;
	set_reason(u, "");
	act(out, UPDATE_DO_PERSIST);
	act(out, UPDATE_DO_FETCH_POLICY);
}

static void on_policy_ready(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	(void)ev;
	if (u->state.step != UPDATE_PLANNED)
		return;
	u->state.step = UPDATE_FETCHING;
	u->state.written = 0;
	act(out, UPDATE_DO_STAGE);
	act(out, UPDATE_DO_PERSIST);
	act(out, UPDATE_DO_FETCH);
}

static void on_fetched(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (s->step != UPDATE_FETCHING || ev->bytes > s->release.length - s->written)
		return;
	u->failures = 0;
	s->written += ev->bytes;
	if (s->written == s->release.length)
		s->step = UPDATE_WRITTEN;
	act(out, UPDATE_DO_PERSIST);
	act(out, s->step == UPDATE_WRITTEN ? UPDATE_DO_HASH : UPDATE_DO_FETCH);
}

static void on_hashed(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (s->step != UPDATE_WRITTEN)
		return;
	if (memcmp(ev->digest, s->release.sha256, SHA256_SIZE) != 0) {
		to_idle(u);
		set_reason(u, "target-hash");
		act(out, UPDATE_DO_PERSIST);
		wait_for(out, update_backoff_ms(++u->failures, ev->chance));
		return;
	}
	s->step = UPDATE_VERIFIED;
	act(out, UPDATE_DO_PERSIST);
	try_switch(u, ev, out);
}

static void on_healthy(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	(void)ev;
	if (u->state.step != UPDATE_TRYING)
		return;
	act(out, UPDATE_DO_PREPARE);
	act(out, UPDATE_DO_CONFIRM);
	finish_confirmed(u, out);
	wait_for(out, 0);
}

static void on_unhealthy(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	if (u->state.step == UPDATE_TRYING)
		give_up(u, &ev->boot, out);
}

static bool about_metadata(const char *reason)
{
	static const char *const reasons[] = {"signature", "expired", "rollback", "target-hash", "target-length"};
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strcmp(reason, reasons[i]) == 0)
			return true;
	return false;
}

static bool is_refusal(const char *reason)
{
	return strcmp(reason, "network") != 0 && strcmp(reason, "io") != 0;
}

/* Longer of what the service asked for and our own jitter. */
static int64_t retry_ms(struct update *u, const struct update_event *ev)
{
	int64_t own = update_backoff_ms(++u->failures, ev->chance), asked = (int64_t)ev->wait_s * 1000;
	return own > asked ? own : asked;
}

const struct update_transfer *update_transfer_of(const struct update_state *s)
{
	return s->release.patch.bytes && !s->full_only ? &s->release.patch : &s->release.full;
}

/* What runs is not what the patch was made from, or was changed: the image comes whole, and what was written stays. */
static bool do_without_patch(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (s->step != UPDATE_FETCHING || strcmp(ev->reason, "base-changed") != 0 || !s->release.patch.bytes ||
	    s->full_only)
		return false;
	s->full_only = true;
	act(out, UPDATE_DO_PERSIST);
	act(out, UPDATE_DO_FETCH);
	return true;
}

static void on_failed(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	bool refusal = is_refusal(ev->reason);
	if (do_without_patch(u, ev, out))
		return;
	if (at_rest(s->step) || before_write_is_done(s->step)) {
		bool ended = refusal && before_write_is_done(s->step);
		if (ended)
			to_idle(u);
		if (strcmp(ev->reason, "no-offer") != 0)
			set_reason(u, ev->reason);
		else if (about_metadata(s->reason)) /* the metadata is in order again */
			set_reason(u, "");
		if (ended)
			act(out, UPDATE_DO_PERSIST);
		/* A refusal is the same next time: no hurry beyond the service's own rhythm. */
		wait_for(out, refusal && u->failures == 0 ? (int64_t)u->wait_s * 1000 : retry_ms(u, ev));
		return;
	}
	set_reason(u, ev->reason);
	wait_for(out, retry_ms(u, ev)); /* the same action again at the tick */
}

void update_step(struct update *u, const struct update_event *ev, struct update_actions *ret)
{
	typedef void handler(struct update *, const struct update_event *, struct update_actions *);
	static handler *const table[UPDATE_EVENT_COUNT] = {
		[UPDATE_START] = on_start,
		[UPDATE_TICK] = on_tick,
		[UPDATE_ANSWERED] = on_answered,
		[UPDATE_FOUND] = on_found,
		[UPDATE_POLICY_READY] = on_policy_ready,
		[UPDATE_FETCHED] = on_fetched,
		[UPDATE_HASHED] = on_hashed,
		[UPDATE_HEALTHY] = on_healthy,
		[UPDATE_UNHEALTHY] = on_unhealthy,
		[UPDATE_FAILED] = on_failed,
	};
	*ret = (struct update_actions){0};
	if (ev->kind < UPDATE_EVENT_COUNT)
		table[ev->kind](u, ev, ret);
}
