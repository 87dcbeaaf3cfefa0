/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step machine against a small model of the engine, the boot record and the boot loader: from every step, every
 * sequence of up to WALK_EVENTS events, people's wishes, failures and power cuts in between. What must hold then is
 * checked after each of them. States that were seen with as many events left are not walked again.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/update/update.h"
#include "core/base/mem.h"

#define WALK_EVENTS 9
#define SEEN_BITS 23
#define DAY_MS (INT64_C(25) * 3600 * 1000)

static const struct update_release releases[2] = {
	{.version = "2.0.0",
	 .declaration = "a.json",
	 .counter = 2,
	 .length = 2 * UPDATE_STRETCH_BYTES,
	 .sha256 = {1},
	 .full = {.target = "a.img", .bytes = 9, .memory = 4},
	 .patch = {.target = "a.patch", .bytes = 3, .memory = 4}},
	{.version = "2.0.1",
	 .declaration = "b.json",
	 .counter = 3,
	 .length = UPDATE_STRETCH_BYTES,
	 .sha256 = {2},
	 .full = {.target = "b.img", .bytes = 9, .memory = 4}},
};

/* What the worlds differ in; the walk goes from any to any. */
enum world { WORLD_GOOD, WORLD_BUSY, WORLD_OFF, WORLD_FLAT, WORLD_NIGHT, WORLD_COUNT };

struct model {
	struct update u;
	struct update_state disk; /* as persisted last */
	struct update_boot boot;
	enum update_action_kind op; /* under way; UPDATE_ACTION_COUNT: none */
	bool waiting, ended, late, persist_fails;
	enum world world;
	int offered;		     /* index of releases, -1: none */
	int slot_release;	     /* whose bytes are being put into the slot that does not run, -1: unknown */
	uint64_t slot_bytes;	     /* so many of them */
	bool proven;		     /* it was hashed, and is what was promised; nobody wrote since */
	bool blocked[2], refused[2]; /* failed here; cancelled, and not asked for since */
};

struct seen {
	uint64_t hash;
	int left;
};

static struct seen *table;
static size_t walked, states, cancels, cancels_late, switches, reverts, cuts;

/* ---- asking the machine ---- */

static int index_of(const char *version)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(version, releases[i].version) == 0)
			return i;
	return -1;
}

static void fill_world(const struct model *m, struct update_conditions *w, const char **blocked)
{
	*w = (struct update_conditions){.limits = policy_update_default(), .retry_s = 60};
	w->limits.postpone_times = 1;
	w->busy = m->world == WORLD_BUSY;
	w->choices.automatic = m->world == WORLD_OFF ? POLICY_AUTO_OFF : POLICY_AUTO_ALL;
	w->power = m->world == WORLD_FLAT ? UPDATE_POWER_UNKNOWN : UPDATE_POWER_MAINS;
	if (m->world == WORLD_NIGHT)
		w->choices.window_from = 2, w->choices.window_to = 3;
	w->blocked = blocked;
	for (int i = 0; i < 2; i++)
		if (m->blocked[i])
			blocked[w->blocked_n++] = releases[i].version;
}

static bool comes_back(enum update_action_kind k)
{
	return k == UPDATE_DO_CHECKIN || k == UPDATE_DO_FIND || k == UPDATE_DO_FETCH_POLICY || k == UPDATE_DO_FETCH ||
	       k == UPDATE_DO_HASH || k == UPDATE_DO_HEALTH;
}

/* ---- what must hold ---- */

static void check_write(const struct model *m, const struct update *u)
{
	assert_false(m->boot.trying);
	assert_int_not_equal(u->state.slot, m->boot.active);
	assert_int_not_equal(u->state.slot, m->boot.booted);
}

static void check_wanted(const struct model *m, const struct update *u)
{
	int i = index_of(u->state.release.version);
	assert_true(i >= 0);
	assert_false(m->blocked[i]);
	assert_false(m->refused[i]);
	if (m->world == WORLD_OFF && strcmp(u->state.wishes.asked, releases[i].version) != 0)
		fail_msg("%s is fetched without consent", releases[i].version);
}

static void check_switch(const struct model *m, const struct update *u)
{
	if (m->boot.trying) /* again: the record has it, our memory did not follow */
		return;
	assert_true(m->proven);
	assert_int_equal(m->slot_release, index_of(u->state.release.version));
	assert_int_equal(m->slot_bytes, u->state.release.length);
	check_wanted(m, u);
	assert_true(m->world != WORLD_FLAT);
	switches++;
}

/* ---- carrying out ---- */

static bool carry_out(struct model *m, const struct update *u, enum update_action_kind k)
{
	if (comes_back(k)) { /* never two at once */
		assert_int_equal(m->op, UPDATE_ACTION_COUNT);
		m->op = k;
		m->waiting = false;
	}
	switch ((int)k) {
	case UPDATE_DO_PERSIST:
		if (m->persist_fails)
			return m->persist_fails = false;
		m->disk = u->state;
		break;
	case UPDATE_DO_FETCH_POLICY:
		check_wanted(m, u);
		check_write(m, u);
		break;
	case UPDATE_DO_STAGE:
		check_write(m, u);
		m->boot.other_bytes = 0;
		m->proven = false;
		m->slot_release = index_of(u->state.release.version);
		m->slot_bytes = 0;
		break;
	case UPDATE_DO_FETCH:
		check_write(m, u);
		check_wanted(m, u);
		assert_int_equal(m->boot.other_bytes, 0); /* nothing half-written may ever boot */
		m->proven = false;
		break;
	case UPDATE_DO_SWITCH:
		check_switch(m, u);
		m->boot.trying = true;
		m->boot.other_bytes = u->state.release.length;
		memcpy(m->boot.other_sha256, u->state.release.sha256, SHA256_SIZE);
		break;
	case UPDATE_DO_CONFIRM:
		assert_true(m->boot.booted == u->state.slot);
		m->refused[0] = m->refused[1] = false; /* another one runs since */
		m->boot.active = m->boot.booted;
		m->boot.trying = false;
		m->boot.other_bytes = 0;
		break;
	case UPDATE_DO_INSTALL: /* the counter rises: only for what is active */
		assert_int_equal(m->boot.active, u->state.slot);
		assert_false(m->boot.trying);
		break;
	case UPDATE_DO_REVERT:
		m->boot.trying = false;
		m->refused[0] = m->refused[1] = false; /* another one was tried since */
		reverts++;
		break;
	case UPDATE_DO_BLOCK:
		if (index_of(u->state.failed_version) >= 0)
			m->blocked[index_of(u->state.failed_version)] = true;
		break;
	case UPDATE_DO_DROP:
		m->op = UPDATE_ACTION_COUNT;
		break;
	case UPDATE_DO_WAIT:
		assert_int_equal(m->op, UPDATE_ACTION_COUNT);
		m->waiting = true;
		break;
	case UPDATE_DO_REBOOT:
		m->ended = true;
		break;
	default:
		break;
	}
	return true;
}

static bool by_people(enum update_event_kind k)
{
	return k == UPDATE_CANCEL || k == UPDATE_POSTPONE || k == UPDATE_INSTALL;
}

/* As the engine does it: the new state only if no action failed. Returns what was refused. */
static const char *feed(struct model *m, struct update_event ev)
{
	struct update next = m->u;
	struct update_actions a;
	struct update_conditions world;
	const char *blocked[2];
	fill_world(m, &world, blocked);
	ev.world = &world;
	ev.now = (struct now){.wall = {1767268800}, .mono = {m->late ? DAY_MS : 1000}};
	ev.chance = 1u << 31;
	ev.boot = m->boot;
	ev.boot.slot_bytes = 8 * UPDATE_STRETCH_BYTES;
	update_step(&next, &ev, &a);
	for (size_t i = 0; i < a.n; i++) {
		if (carry_out(m, &next, a.list[i]))
			continue;
		if (by_people(ev.kind))
			return "io";
		if (ev.kind == UPDATE_FAILED)
			m->waiting = true;
		else
			(void)feed(m, (struct update_event){.kind = UPDATE_FAILED, .reason = "io"});
		return NULL;
	}
	m->u = next;
	if (m->u.failures > 2)
		m->u.failures = 2; /* or there is no end to the states */
	return a.refused;
}

static void check_alive(const struct model *m)
{
	assert_true(m->u.state.step < UPDATE_STEP_COUNT);
	if (!m->ended && m->op == UPDATE_ACTION_COUNT && !m->waiting)
		fail_msg("nothing would ever happen again in %s", update_step_name(m->u.state.step));
}

/* ---- the events ---- */

static void power(struct model *m)
{
	struct update_boot *b = &m->boot;
	cuts++;
	b->booted = b->trying ? 1 - b->active : b->active;
	m->ended = m->waiting = m->persist_fails = false;
	m->op = UPDATE_ACTION_COUNT;
	update_init(&m->u, &m->disk);
	(void)feed(m, (struct update_event){.kind = UPDATE_START});
}

/* The boot loader gives the new one up by itself. */
static void fall_back(struct model *m)
{
	m->boot.trying = false;
	power(m);
}

static void finish_op(struct model *m, bool good)
{
	enum update_action_kind op = m->op;
	struct update_event ev = {.kind = UPDATE_FAILED, .reason = "network", .wait_s = 60};
	const struct update_state *s = &m->u.state;
	static const uint8_t wrong[SHA256_SIZE];
	m->op = UPDATE_ACTION_COUNT;
	if (op == UPDATE_DO_HEALTH) {
		ev.kind = good ? UPDATE_HEALTHY : UPDATE_UNHEALTHY;
	} else if (op == UPDATE_DO_HASH) {
		ev.kind = UPDATE_HASHED;
		ev.digest = good && m->slot_bytes == s->release.length ? s->release.sha256 : wrong;
		m->proven = ev.digest != wrong;
	} else if (good && op == UPDATE_DO_CHECKIN) {
		ev.kind = UPDATE_ANSWERED;
		ev.offered = m->offered >= 0;
		ev.target = ev.offered ? releases[m->offered].full.target : "";
		ev.version = ev.offered ? releases[m->offered].version : "";
	} else if (good && op == UPDATE_DO_FIND) {
		int i = strcmp(m->u.offer_target, releases[0].full.target) == 0	  ? 0
			: strcmp(m->u.offer_target, releases[1].full.target) == 0 ? 1
										  : -1;
		if (i >= 0)
			ev = (struct update_event){.kind = UPDATE_FOUND, .release = &releases[i]};
		else
			ev.reason = "no-offer";
	} else if (good && op == UPDATE_DO_FETCH_POLICY) {
		ev.kind = UPDATE_POLICY_READY;
	} else if (good && op == UPDATE_DO_FETCH) {
		ev.kind = UPDATE_FETCHED;
		ev.bytes = UPDATE_STRETCH_BYTES;
		m->slot_bytes = s->written + ev.bytes;
	} else if (!good && op == UPDATE_DO_FIND) {
		ev.reason = "signature";
	} else if (!good && op == UPDATE_DO_FETCH && !s->full_only) {
		ev.reason = "base-changed";
	}
	(void)feed(m, ev);
}

static void cancel(struct model *m)
{
	const struct update_release *rel = update_subject(&m->u);
	int i = rel ? index_of(rel->version) : -1;
	enum update_step step = m->u.state.step;
	bool rest = step == UPDATE_IDLE || step == UPDATE_CONFIRMED || step == UPDATE_REVERTED;
	bool late = step == UPDATE_SWITCHED || step == UPDATE_TRYING || (!rest && m->boot.trying);
	const char *refused = feed(m, (struct update_event){.kind = UPDATE_CANCEL});
	if (refused && strcmp(refused, "io") == 0)
		return;
	if (late) { /* after the switch, and only then, it is too late */
		assert_string_equal(refused, "switched");
		cancels_late++;
	} else if (i < 0) {
		assert_string_equal(refused, "no-offer");
	} else {
		assert_null(refused);
		assert_true(m->u.state.step == UPDATE_IDLE || (rest && m->u.state.step == step));
		assert_true(m->disk.step == m->u.state.step);
		m->refused[i] = true;
		m->refused[1 - i] = false; /* one is remembered: the last */
		cancels++;
	}
}

static void install(struct model *m)
{
	const struct update_release *rel = update_subject(&m->u);
	int i = rel ? index_of(rel->version) : -1;
	if (!feed(m, (struct update_event){.kind = UPDATE_INSTALL}) && i >= 0)
		m->refused[i] = false;
	if (m->waiting) { /* as the engine does after it */
		m->waiting = false;
		(void)feed(m, (struct update_event){.kind = UPDATE_TICK, .person = true});
	}
}

/* From a folder: the engine drops what is under way and asks the folder instead. */
static void media(struct model *m)
{
	enum update_step step = m->u.state.step;
	if (step != UPDATE_IDLE && step != UPDATE_CONFIRMED && step != UPDATE_REVERTED && step != UPDATE_PLANNED &&
	    step != UPDATE_FETCHING)
		return;
	m->op = UPDATE_ACTION_COUNT;
	m->waiting = false;
	m->refused[1] = false;
	if (m->blocked[1]) /* as the engine's judgement of the metadata says */
		(void)feed(m, (struct update_event){.kind = UPDATE_FAILED, .reason = "blocked-version"});
	else
		(void)feed(m, (struct update_event){.kind = UPDATE_FOUND, .release = &releases[1], .media = true});
}

enum {
	EV_GOOD,
	EV_BAD,
	EV_TICK,
	EV_CANCEL,
	EV_POSTPONE,
	EV_INSTALL,
	EV_MEDIA,
	EV_POWER,
	EV_FALL_BACK,
	EV_PERSIST,
	EV_LATE,
	EV_OFFER,
	EV_WORLD,
	EV_COUNT = EV_WORLD + WORLD_COUNT
};

/* False: it cannot happen now. */
static bool happen(struct model *m, int ev)
{
	if (m->ended && ev != EV_POWER && ev != EV_FALL_BACK)
		return false;
	switch (ev) {
	case EV_GOOD:
	case EV_BAD:
		if (m->op == UPDATE_ACTION_COUNT)
			return false;
		finish_op(m, ev == EV_GOOD);
		return true;
	case EV_TICK:
		if (!m->waiting)
			return false;
		m->waiting = false;
		(void)feed(m, (struct update_event){.kind = UPDATE_TICK});
		return true;
	case EV_CANCEL:
		return cancel(m), true;
	case EV_POSTPONE:
		(void)feed(m, (struct update_event){.kind = UPDATE_POSTPONE, .wait_s = 3600});
		return true;
	case EV_INSTALL:
		return install(m), true;
	case EV_MEDIA:
		return media(m), true;
	case EV_POWER:
		return power(m), true;
	case EV_FALL_BACK:
		if (!m->boot.trying)
			return false;
		return fall_back(m), true;
	case EV_PERSIST:
		m->persist_fails = true;
		return true;
	case EV_LATE:
		m->late = true;
		return true;
	case EV_OFFER:
		m->offered = m->offered == 1 ? -1 : m->offered + 1;
		return true;
	default:
		m->world = (enum world)(ev - EV_WORLD);
		return true;
	}
}

/* ---- the walk ---- */

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ ((const uint8_t *)p)[i]) * 0x100000001b3;
	return h;
}
#define MIX(field) h = mix(h, &(field), sizeof(field))
#define MIX_TEXT(field) h = mix(h, field, strlen(field) + 1)

static uint64_t mix_state(uint64_t h, const struct update_state *s)
{
	MIX(s->step);
	MIX_TEXT(s->release.version);
	MIX(s->slot);
	MIX(s->written);
	MIX(s->starts);
	MIX(s->told);
	MIX(s->full_only);
	MIX_TEXT(s->reason);
	MIX_TEXT(s->failed_version);
	MIX(s->media);
	MIX_TEXT(s->wishes.asked);
	MIX_TEXT(s->wishes.cancelled);
	MIX_TEXT(s->wishes.seen);
	MIX(s->wishes.postponed_until.s);
	MIX(s->wishes.postponed_times);
	return h;
}

static uint64_t hash_of(const struct model *m)
{
	uint64_t h = 0xcbf29ce484222325;
	h = mix_state(mix_state(h, &m->u.state), &m->disk);
	MIX_TEXT(m->u.offer_target);
	MIX_TEXT(m->u.found.version);
	MIX(m->u.failures);
	MIX(m->u.busy_since);
	MIX(m->u.refresh_due);
	MIX(m->u.refreshed);
	MIX(m->u.checked);
	MIX(m->u.asking);
	MIX(m->u.wait_s);
	MIX(m->boot.active);
	MIX(m->boot.booted);
	MIX(m->boot.trying);
	MIX(m->boot.other_bytes);
	MIX(m->boot.other_sha256[0]);
	MIX(m->op);
	const uint8_t rest[] = {m->waiting,
				m->ended,
				m->late,
				m->persist_fails,
				(uint8_t)m->world,
				(uint8_t)m->offered,
				(uint8_t)m->slot_release,
				m->proven,
				m->blocked[0],
				m->blocked[1],
				m->refused[0],
				m->refused[1]};
	MIX(rest);
	MIX(m->slot_bytes);
	return h ? h : 1;
}

/* Was it walked with at least so many events left? Notes that it is. */
static bool known(uint64_t h, int left)
{
	for (size_t i = h & ((1u << SEEN_BITS) - 1);; i = (i + 1) & ((1u << SEEN_BITS) - 1)) {
		if (!table[i].hash) {
			table[i] = (struct seen){h, left};
			if (++states > (3u << (SEEN_BITS - 2)))
				fail_msg("more states than the table holds");
			return false;
		}
		if (table[i].hash != h)
			continue;
		if (table[i].left >= left)
			return true;
		table[i].left = left;
		return false;
	}
}

/* Which way led to a failure: the events by number, read backwards from WALK_EVENTS. */
static int trail[WALK_EVENTS + 1];
static enum update_step first_step;

static void show_trail(void)
{
	print_message("# from %s, events", update_step_name(first_step));
	for (int i = WALK_EVENTS; i > 0 && trail[i] >= 0; i--)
		print_message(" %d", trail[i]);
	print_message("\n");
}

static void walk(const struct model *m, int left)
{
	if (left == 0 || known(hash_of(m), left))
		return;
	for (int ev = 0; ev < EV_COUNT; ev++) {
		struct model next = *m;
		trail[left] = ev;
		if (!happen(&next, ev))
			continue;
		walked++;
		check_alive(&next);
		walk(&next, left - 1);
	}
	trail[left] = -1;
}

/* As the engine would be found in that step. */
static struct model begin(enum update_step step)
{
	struct model m = {.op = UPDATE_ACTION_COUNT, .slot_release = -1, .offered = 0};
	struct update_state s = {.step = step, .release = releases[0], .slot = 1};
	if (step == UPDATE_IDLE || step == UPDATE_CONFIRMED || step == UPDATE_REVERTED)
		s.release = (struct update_release){0};
	if (step >= UPDATE_FETCHING && step <= UPDATE_TRYING)
		m.slot_release = 0;
	if (step >= UPDATE_WRITTEN && step <= UPDATE_TRYING) {
		s.written = s.release.length;
		m.slot_bytes = s.written;
	}
	if (step == UPDATE_SWITCHED || step == UPDATE_TRYING) {
		m.boot.trying = m.proven = true;
		m.boot.other_bytes = s.release.length;
		memcpy(m.boot.other_sha256, s.release.sha256, SHA256_SIZE);
	}
	m.disk = s;
	power(&m);
	check_alive(&m);
	return m;
}

static void whatever_happens_the_device_stays_whole(void **state)
{
	(void)state;
	table = mem_array((size_t)1 << SEEN_BITS, sizeof *table);
	assert_non_null(table);
	for (int step = 0; step < UPDATE_STEP_COUNT; step++) {
		first_step = (enum update_step)step;
		struct model m = begin(first_step);
		walk(&m, WALK_EVENTS);
	}
	print_message("# %zu events from %zu states: %zu switches, %zu reverts, %zu cancelled, %zu too late, %zu power "
		      "cuts\n",
		      walked, states, switches, reverts, cancels, cancels_late, cuts);
	/* Each of the things that it is about was seen. */
	assert_true(states > 10000 && switches > 100 && reverts > 100 && cancels > 1000 && cancels_late > 100);
	mem_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_happens_the_device_stays_whole)};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (failed)
		show_trail();
	return failed;
}
