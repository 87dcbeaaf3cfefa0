/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decisions of an update. One function per event; update_step is the table. Nothing here reads a clock, a file or
 * the boot record: all of it comes with the event.
 */
#include "agent/update/update_inner.h"

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

static bool before_write_is_done(enum update_step s)
{
	return s == UPDATE_PLANNED || s == UPDATE_FETCHING;
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

/* It runs, or it failed: what was said about it is settled. */
static void settle(struct update *u, const struct update_event *ev)
{
	u->state.wishes = (struct update_wishes){0};
	u->state.changed_at = ev->now.wall;
	u->state.media = false;
	u->found = (struct update_release){0};
}

static void mark_reverted(struct update *u, const struct update_event *ev)
{
	struct update_state *s = &u->state;
	s->step = UPDATE_REVERTED;
	settle(u, ev);
	s->told = false;
	(void)snprintf(s->failed_version, sizeof s->failed_version, "%s", s->release.version);
	update_inner_reason(u, "health-failed");
}

/* The trial is lost, by our own judgement or the boot loader's. The record goes first: it decides what boots. */
static void give_up(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	mark_reverted(u, ev);
	update_inner_act(out, UPDATE_DO_REVERT);
	update_inner_act(out, UPDATE_DO_BLOCK);
	if (ev->boot.booted == u->state.slot) { /* it still runs: the statement is made by what boots next */
		update_inner_act(out, UPDATE_DO_PERSIST);
		update_inner_act(out, UPDATE_DO_REBOOT);
		return;
	}
	u->state.told = true;
	update_inner_act(out, UPDATE_DO_TELL);
	update_inner_act(out, UPDATE_DO_PERSIST);
}

static void begin_trial(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->state.step = UPDATE_TRYING;
	if (++u->state.starts > UPDATE_STARTS_MAX) {
		give_up(u, ev, out);
		return;
	}
	update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_act(out, UPDATE_DO_HEALTH);
}

/* The record says confirmed, our state does not yet: power failed in between. */
static void finish_confirmed(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->state.step = UPDATE_CONFIRMED;
	settle(u, ev);
	update_inner_reason(u, "");
	u->state.failed_version[0] = 0;
	update_inner_act(out, UPDATE_DO_INSTALL);
	update_inner_act(out, UPDATE_DO_TELL);
	update_inner_act(out, UPDATE_DO_PERSIST);
}

/* Started in verified, switched or trying: the boot record tells how far it really came. */
static void start_near_switch(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	const struct update_boot *b = &ev->boot;
	struct update_state *s = &u->state;
	if (b->trying && b->booted == s->slot) {
		begin_trial(u, ev, out);
	} else if (b->trying) { /* switched, and the machine did not restart yet */
		s->step = UPDATE_SWITCHED;
		update_inner_act(out, UPDATE_DO_REBOOT);
	} else if (b->active == s->slot) {
		finish_confirmed(u, ev, out);
	} else if (was_switched(s, b)) {
		give_up(u, ev, out);
	} else { /* the switch never reached the disk */
		s->step = UPDATE_WRITTEN;
		update_inner_act(out, UPDATE_DO_HASH);
	}
}

static void start_at_rest(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (ev->boot.trying) { /* a trial that we know nothing of: its policy and checks are unknown too */
		update_inner_act(out, UPDATE_DO_REVERT);
		if (ev->boot.booted != ev->boot.active)
			update_inner_act(out, UPDATE_DO_REBOOT);
	} else if (ev->boot.booted != ev->boot.active) { /* given up, and the machine did not restart yet */
		update_inner_act(out, UPDATE_DO_REBOOT);
	} else if (s->step == UPDATE_REVERTED && !s->told) {
		s->told = true;
		update_inner_act(out, UPDATE_DO_TELL);
		update_inner_act(out, UPDATE_DO_PERSIST);
	}
}

static void on_start(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->refreshed = u->checked = ev->now.mono.ms;
	if (u->state.step == UPDATE_WRITTEN && ev->boot.trying)
		update_inner_forget(u); /* nothing of ours was switched to */
	if (u->state.media && before_write_is_done(u->state.step)) {
		update_inner_forget(u); /* the folder may be gone: whoever brought it says so again */
		update_inner_reason(u, "media");
		update_inner_act(out, UPDATE_DO_PERSIST);
	}
	enum update_step step = u->state.step;
	if (step == UPDATE_VERIFIED || step == UPDATE_SWITCHED || step == UPDATE_TRYING)
		start_near_switch(u, ev, out);
	else if (step == UPDATE_WRITTEN)
		update_inner_act(out, UPDATE_DO_HASH);
	else
		start_at_rest(u, ev, out);
	if (update_inner_at_rest(u->state.step) || before_write_is_done(u->state.step))
		update_inner_wait_for(out, (int64_t)((uint64_t)ev->chance * UPDATE_FIRST_MS >> 32));
}

/* It lies verified in the slot and may not be switched to now. */
static void hold_in_slot(struct update *u, const struct update_event *ev, const struct update_plan *p,
			 struct update_actions *out)
{
	bool over = !reason_holds(p->reason) || strcmp(p->reason, "cancelled") == 0;
	if (over)
		update_inner_forget(u);
	update_inner_reason(u, p->reason);
	if (over)
		update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_wait_for(out, over ? (int64_t)u->wait_s * 1000 : update_judge_hold_ms(p, ev, UPDATE_HOLD_MS));
}

static void try_switch(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	if (update_judge_world(ev)->busy && !u->busy_since)
		u->busy_since = ev->now.mono.ms;
	u->plan = update_judge(u, ev, &u->state.release, u->state.media);
	if (!u->plan.now && !ev->boot.trying) { /* trying: the record has it already, only our memory lags behind */
		hold_in_slot(u, ev, &u->plan, out);
		return;
	}
	u->busy_since = 0;
	u->state.step = UPDATE_SWITCHED;
	u->state.starts = 0;
	update_inner_reason(u, "");
	update_inner_act(out, UPDATE_DO_SWITCH);
	update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_act(out, UPDATE_DO_REBOOT);
}

/* A way that the plan does not take is not asked for again: what is written stays, and the image goes on by another. */
static void take_way(struct update *u)
{
	struct update_state *s = &u->state;
	if (!u->plan.chosen)
		return;
	if (u->plan.way.kind == UPDATE_WAY_FULL && (s->release.patch.bytes || s->release.blocks.bytes))
		s->full_only = true;
	if (u->plan.way.kind == UPDATE_WAY_BLOCKS && s->release.patch.bytes)
		s->patch_failed = true;
}

/* The next stretch, if it is still wanted and possible; else what is here stays for later. */
static void go_on_fetching(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->plan = update_judge(u, ev, &u->state.release, u->state.media);
	update_inner_reason(u, u->plan.now ? "" : u->plan.reason);
	take_way(u);
	if (u->plan.now)
		update_inner_act(out, UPDATE_DO_FETCH);
	else
		update_inner_wait_for(out, update_judge_hold_ms(&u->plan, ev, UPDATE_HOLD_MS));
}

/* A release that waits in the slot for long may be withdrawn meanwhile: the service is asked in its own rhythm. */
static void tick_verified(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	bool fresh = !ev->person && ev->now.mono.ms - u->checked < (int64_t)u->wait_s * 1000;
	if (u->state.media || fresh || ev->boot.trying) {
		try_switch(u, ev, out);
		return;
	}
	u->asking = true;
	update_inner_act(out, UPDATE_DO_CHECKIN);
}

static void on_tick(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->refresh_due = u->refresh_due || ev->person;
	switch (u->state.step) {
	case UPDATE_FETCHING:
		if (u->state.media) {
			go_on_fetching(u, ev, out); /* a folder has no opinion */
			break;
		}
		update_inner_act(out, UPDATE_DO_CHECKIN); /* does the service still want it? */
		break;
	case UPDATE_IDLE:
	case UPDATE_CONFIRMED:
	case UPDATE_REVERTED:
	case UPDATE_PLANNED:
		update_inner_act(out, UPDATE_DO_CHECKIN);
		break;
	case UPDATE_WRITTEN:
		update_inner_act(out, UPDATE_DO_HASH);
		break;
	case UPDATE_VERIFIED:
		tick_verified(u, ev, out);
		break;
	case UPDATE_SWITCHED:
		update_inner_act(out, UPDATE_DO_REBOOT);
		break;
	case UPDATE_TRYING:
		update_inner_act(out, UPDATE_DO_HEALTH);
		break;
	case UPDATE_STEP_COUNT:
		break;
	}
}

/* Nothing is offered: wait, unless it is time to see whether the metadata is still fresh and genuine. */
static void on_no_offer(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	u->found = (struct update_release){0};
	if (!update_inner_at_rest(u->state.step)) { /* taken back by the service */
		update_inner_forget(u);
		update_inner_act(out, UPDATE_DO_PERSIST);
	}
	if (reason_holds(u->state.reason))
		update_inner_reason(u, "");
	if (!u->refresh_due && ev->now.mono.ms - u->refreshed < UPDATE_REFRESH_MS) {
		update_inner_wait_for(out, (int64_t)u->wait_s * 1000);
		return;
	}
	u->refresh_due = false;
	u->refreshed = ev->now.mono.ms;
	u->offer_target[0] = u->offer_version[0] = 0;
	update_inner_act(out, UPDATE_DO_FIND);
}

static void on_answered(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	bool vouches = s->step == UPDATE_VERIFIED && u->asking;
	if (!update_inner_at_rest(s->step) && !before_write_is_done(s->step) && !vouches)
		return;
	u->failures = 0;
	u->asking = false;
	u->checked = ev->now.mono.ms;
	u->wait_s = ev->wait_s ? ev->wait_s : 1; /* never in a tight loop, whatever the service says */
	if (strcmp(s->reason, "network") == 0)
		update_inner_reason(u, "");
	if (!ev->offered) {
		on_no_offer(u, ev, out);
		return;
	}
	if (vouches && strcmp(s->release.full.target, ev->target) == 0 &&
	    strcmp(s->release.version, ev->version) == 0) {
		try_switch(u, ev, out);
		return;
	}
	if (vouches) { /* overtaken by another one */
		update_inner_forget(u);
		update_inner_act(out, UPDATE_DO_PERSIST);
	}
	(void)snprintf(u->offer_target, sizeof u->offer_target, "%s", ev->target);
	(void)snprintf(u->offer_version, sizeof u->offer_version, "%s", ev->version);
	update_inner_act(out, UPDATE_DO_FIND);
}

/* Not now. What is half-fetched of the same release stays for later. */
static void hold_before_write(struct update *u, const struct update_event *ev, bool same, bool news,
			      struct update_actions *out)
{
	struct update_state *s = &u->state;
	news = news || strcmp(s->reason, u->plan.reason) != 0;
	if (before_write_is_done(s->step) && !(same && reason_holds(u->plan.reason))) {
		update_inner_forget(u);
		news = true;
	}
	update_inner_reason(u, u->plan.reason);
	if (news)
		update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_wait_for(out, update_judge_hold_ms(&u->plan, ev, (int64_t)u->wait_s * 1000));
}

static bool same_wishes(const struct update_wishes *a, const struct update_wishes *b)
{
	return strcmp(a->asked, b->asked) == 0 && strcmp(a->cancelled, b->cancelled) == 0 &&
	       strcmp(a->seen, b->seen) == 0 && a->seen_at.s == b->seen_at.s &&
	       a->postponed_until.s == b->postponed_until.s && a->postponed_times == b->postponed_times;
}

static void on_found(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	struct update_wishes before = s->wishes;
	if (!update_inner_at_rest(s->step) && !before_write_is_done(s->step))
		return;
	bool same = s->step == UPDATE_FETCHING && s->slot != ev->boot.active && same_image(&s->release, ev->release) &&
		    s->media == ev->media;
	update_wish_seen(u, ev);
	if (ev->media) /* whoever brought it wants it */
		(void)snprintf(s->wishes.asked, sizeof s->wishes.asked, "%s", ev->release->version);
	u->found = *ev->release;
	u->plan = update_judge(u, ev, ev->release, ev->media);
	if (!u->plan.now) {
		hold_before_write(u, ev, same, !same_wishes(&before, &s->wishes), out);
		return;
	}
	update_inner_reason(u, "");
	if (same) {
		take_way(u);
		update_inner_act(out, UPDATE_DO_FETCH); /* go on where the last run stopped */
		return;
	}
	update_inner_forget(u);
	s->step = UPDATE_PLANNED;
	s->release = *ev->release;
	s->slot = 1 - ev->boot.active;
	s->media = ev->media;
	update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_act(out, UPDATE_DO_FETCH_POLICY);
}

static void on_policy_ready(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	if (u->state.step != UPDATE_PLANNED)
		return;
	u->state.step = UPDATE_FETCHING;
	u->state.written = 0;
	update_inner_act(out, UPDATE_DO_STAGE);
	update_inner_act(out, UPDATE_DO_PERSIST);
	go_on_fetching(u, ev, out);
}

static void on_fetched(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (s->step != UPDATE_FETCHING || ev->bytes > s->release.length - s->written)
		return;
	u->failures = 0;
	s->written += ev->bytes;
	update_inner_act(out, UPDATE_DO_PERSIST);
	if (s->written == s->release.length) {
		s->step = UPDATE_WRITTEN;
		update_inner_act(out, UPDATE_DO_HASH);
		return;
	}
	go_on_fetching(u, ev, out);
}

static void on_hashed(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	if (s->step != UPDATE_WRITTEN)
		return;
	if (memcmp(ev->digest, s->release.sha256, SHA256_SIZE) != 0) {
		update_inner_forget(u);
		update_inner_reason(u, "target-hash");
		update_inner_act(out, UPDATE_DO_PERSIST);
		update_inner_wait_for(out, update_backoff_ms(++u->failures, ev->chance));
		return;
	}
	/* Recorded by itself: the state that goes with the switch says "switched", and that is not so before it. */
	s->step = UPDATE_VERIFIED;
	update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_wait_for(out, 0);
}

static void on_healthy(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	if (u->state.step != UPDATE_TRYING)
		return;
	update_inner_act(out, UPDATE_DO_PREPARE);
	update_inner_act(out, UPDATE_DO_CONFIRM);
	finish_confirmed(u, ev, out);
	update_inner_wait_for(out, 0);
}

static void on_unhealthy(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	if (u->state.step == UPDATE_TRYING)
		give_up(u, ev, out);
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
	if (s->release.patch.bytes && !s->patch_failed && !s->full_only)
		return &s->release.patch;
	return s->release.blocks.bytes && !s->full_only ? &s->release.blocks : &s->release.full;
}

/* This way makes nothing of what runs here, or nothing worth it: the next one, and what was written stays. */
static bool try_another_way(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	const struct update_transfer *way = update_transfer_of(s);
	if (s->step != UPDATE_FETCHING || strcmp(ev->reason, "base-changed") != 0 || way == &s->release.full)
		return false;
	if (way == &s->release.patch)
		s->patch_failed = true;
	else
		s->full_only = true;
	update_inner_act(out, UPDATE_DO_PERSIST);
	go_on_fetching(u, ev, out); /* it costs more: perhaps too much now */
	return true;
}

/* It lies in the slot and may not be switched to, now or later. */
static void drop_refused(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	update_inner_forget(u);
	update_inner_reason(u, ev->reason);
	update_inner_act(out, UPDATE_DO_PERSIST);
	update_inner_wait_for(out, (int64_t)u->wait_s * 1000);
}

static void on_failed(struct update *u, const struct update_event *ev, struct update_actions *out)
{
	struct update_state *s = &u->state;
	bool refusal = is_refusal(ev->reason);
	if (try_another_way(u, ev, out))
		return;
	if (refusal)
		u->found = (struct update_release){0};
	bool granted_no_more = s->step == UPDATE_VERIFIED && strncmp(ev->reason, "grant-", 6) == 0;
	if (granted_no_more && !ev->boot.trying) { /* worth nothing any more */
		drop_refused(u, ev, out);
		return;
	}
	if (s->step == UPDATE_VERIFIED && u->asking) { /* no answer: what is here and verified does not need one */
		u->asking = false;
		u->checked = ev->now.mono.ms;
		try_switch(u, ev, out);
		return;
	}
	if (update_inner_at_rest(s->step) || before_write_is_done(s->step)) {
		bool ended = refusal && before_write_is_done(s->step);
		if (ended)
			update_inner_forget(u);
		if (strcmp(ev->reason, "no-offer") != 0)
			update_inner_reason(u, ev->reason);
		else if (about_metadata(s->reason)) /* the metadata is in order again */
			update_inner_reason(u, "");
		if (ended)
			update_inner_act(out, UPDATE_DO_PERSIST);
		/* A refusal is the same next time: no hurry beyond the service's own rhythm. */
		update_inner_wait_for(out, refusal && u->failures == 0 ? (int64_t)u->wait_s * 1000 : retry_ms(u, ev));
		return;
	}
	update_inner_reason(u, ev->reason);
	update_inner_wait_for(out, retry_ms(u, ev)); /* the same action again at the tick */
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
		[UPDATE_CANCEL] = update_wish_cancel,
		[UPDATE_POSTPONE] = update_wish_postpone,
		[UPDATE_INSTALL] = update_wish_install,
	};
	*ret = (struct update_actions){0};
	if (ev->kind < UPDATE_EVENT_COUNT)
		table[ev->kind](u, ev, ret);
}
