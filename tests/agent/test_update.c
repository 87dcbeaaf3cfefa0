/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The update step machine: what it refuses, what it ignores, the whole way of a good and of a bad release, and what it
 * makes of every combination of its own memory and the boot record. EN303645 5.3-1, 5.3-2, 5.3-9.
 */
#include "check.h"

#include <stdio.h>

#include "agent/update/update.h"

static const struct update_release good = {.version = "2.0.0",
					   .full = {.target = "cam-os-2.0.0.img", .bytes = 1000},
					   .declaration = "cam-declaration-2.0.0.json",
					   .counter = 2,
					   .length = 3 * UPDATE_STRETCH_BYTES - 5,
					   .sha256 = {1, 2, 3},
					   .declaration_sha256 = {4, 5}};

static struct update_event event(enum update_event_kind kind)
{
	return (struct update_event){.kind = kind,
				     .now = {.mono = {1000}},
				     .chance = UINT32_MAX,
				     .boot = {.slot_bytes = 8 * UPDATE_STRETCH_BYTES},
				     .target = "cam-os-2.0.0.img",
				     .version = "2.0.0",
				     .wait_s = 60,
				     .release = &good,
				     .digest = good.sha256,
				     .reason = "network"};
}

/* Does the list say exactly this? Terminated by UPDATE_ACTION_COUNT. */
static void expect(const struct update_actions *got, const enum update_action_kind *want)
{
	size_t n = 0;
	while (want[n] != UPDATE_ACTION_COUNT)
		n++;
	assert_int_equal(got->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(got->list[i], want[i]);
}
#define EXPECT(a, ...) expect(&(a), (const enum update_action_kind[]){__VA_ARGS__, UPDATE_ACTION_COUNT})
#define EXPECT_NOTHING(a) assert_int_equal((a).n, 0)

static struct update at(enum update_step step)
{
	struct update u;
	struct update_state s = {.step = step, .release = good, .slot = 1, .written = 0};
	if (step == UPDATE_IDLE)
		s.release = (struct update_release){0};
	if (step >= UPDATE_WRITTEN)
		s.written = good.length;
	update_init(&u, &s);
	u.wait_s = 60;
	return u;
}

static void events_out_of_place_change_nothing(void **state)
{
	(void)state;
	static const struct {
		enum update_event_kind kind;
		unsigned taken_in; /* bit per step */
	} table[] = {
		{UPDATE_ANSWERED, 1u << UPDATE_IDLE | 1u << UPDATE_PLANNED | 1u << UPDATE_FETCHING |
					  1u << UPDATE_CONFIRMED | 1u << UPDATE_REVERTED},
		{UPDATE_FOUND, 1u << UPDATE_IDLE | 1u << UPDATE_PLANNED | 1u << UPDATE_FETCHING |
				       1u << UPDATE_CONFIRMED | 1u << UPDATE_REVERTED},
		{UPDATE_POLICY_READY, 1u << UPDATE_PLANNED},
		{UPDATE_FETCHED, 1u << UPDATE_FETCHING},
		{UPDATE_HASHED, 1u << UPDATE_WRITTEN},
		{UPDATE_HEALTHY, 1u << UPDATE_TRYING},
		{UPDATE_UNHEALTHY, 1u << UPDATE_TRYING},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		for (int step = 0; step < UPDATE_STEP_COUNT; step++) {
			struct update u = at((enum update_step)step), before = u;
			struct update_event ev = event(table[i].kind);
			struct update_actions a;
			update_step(&u, &ev, &a);
			if (table[i].taken_in >> step & 1) {
				assert_int_not_equal(a.n, 0);
				continue;
			}
			EXPECT_NOTHING(a);
			assert_memory_equal(&u, &before, sizeof u);
		}
	}
}

static void too_large_or_empty_is_refused(void **state)
{
	(void)state;
	struct update_release r = good;
	struct update u = at(UPDATE_IDLE);
	struct update_actions a;
	struct update_event ev = event(UPDATE_FOUND);
	ev.release = &r;
	r.length = ev.boot.slot_bytes + 1;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_WAIT);
	assert_int_equal(u.state.step, UPDATE_IDLE);
	assert_string_equal(u.state.reason, "no-space");
	r.length = 0;
	update_step(&u, &ev, &a);
	assert_string_equal(u.state.reason, "target-length");
	assert_int_equal(u.state.step, UPDATE_IDLE);
}

static void wrong_hash_is_never_switched_to(void **state)
{
	(void)state;
	uint8_t wrong[SHA256_SIZE];
	memcpy(wrong, good.sha256, sizeof wrong);
	for (size_t bit = 0; bit < 8 * sizeof wrong; bit++) {
		struct update u = at(UPDATE_WRITTEN);
		struct update_actions a;
		struct update_event ev = event(UPDATE_HASHED);
		wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ev.digest = wrong;
		update_step(&u, &ev, &a);
		EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_WAIT);
		assert_int_equal(u.state.step, UPDATE_IDLE);
		assert_string_equal(u.state.reason, "target-hash");
		wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void more_than_the_release_is_ignored(void **state)
{
	(void)state;
	struct update u = at(UPDATE_FETCHING);
	struct update_actions a;
	struct update_event ev = event(UPDATE_FETCHED);
	ev.bytes = good.length + 1;
	update_step(&u, &ev, &a);
	EXPECT_NOTHING(a);
	assert_int_equal(u.state.written, 0);
}

/* Somebody presses the button, or a day has passed: the metadata is looked at although nothing is offered. */
static void metadata_is_looked_at_without_an_offer(void **state)
{
	(void)state;
	struct update u = at(UPDATE_IDLE);
	struct update_actions a;
	struct update_event ev = event(UPDATE_START);
	update_step(&u, &ev, &a);
	ev = event(UPDATE_ANSWERED);
	ev.wait_s = 5;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_WAIT);
	struct update_event tick = event(UPDATE_TICK);
	tick.person = true;
	update_step(&u, &tick, &a);
	EXPECT(a, UPDATE_DO_CHECKIN);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_FIND);
	assert_string_equal(u.offer_target, "");
	struct update_event failed = event(UPDATE_FAILED);
	failed.reason = "signature";
	update_step(&u, &failed, &a);
	assert_string_equal(u.state.reason, "signature");
	update_step(&u, &ev, &a); /* once is enough */
	EXPECT(a, UPDATE_DO_WAIT);
	assert_string_equal(u.state.reason, "signature");
	ev.now.mono.ms += UPDATE_REFRESH_MS;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_FIND);
	failed.reason = "no-offer"; /* in order again */
	update_step(&u, &failed, &a);
	assert_string_equal(u.state.reason, "");
}

static void whole_way_of_a_good_release(void **state)
{
	(void)state;
	struct update u = at(UPDATE_IDLE);
	struct update_actions a;
	struct update_event ev = event(UPDATE_TICK);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_CHECKIN);
	ev = event(UPDATE_ANSWERED);
	ev.offered = true;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_FIND);
	ev = event(UPDATE_FOUND);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_FETCH_POLICY);
	assert_int_equal(u.state.slot, 1);
	ev = event(UPDATE_POLICY_READY);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_STAGE, UPDATE_DO_PERSIST, UPDATE_DO_FETCH);
	ev = event(UPDATE_FETCHED);
	ev.bytes = UPDATE_STRETCH_BYTES;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_FETCH);
	ev.bytes = good.length - UPDATE_STRETCH_BYTES;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_HASH);
	ev = event(UPDATE_HASHED);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_WAIT); /* "verified" is on disk before "switched" is thought of */
	assert_int_equal(u.state.step, UPDATE_VERIFIED);
	ev = event(UPDATE_TICK);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_SWITCH, UPDATE_DO_PERSIST, UPDATE_DO_REBOOT);
	ev = event(UPDATE_START);
	ev.boot.trying = true;
	ev.boot.booted = 1;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_HEALTH);
	assert_int_equal(u.state.step, UPDATE_TRYING);
	ev.kind = UPDATE_HEALTHY;
	update_step(&u, &ev, &a);
	/* The counter rises (install) only after the record says confirmed. */
	EXPECT(a, UPDATE_DO_PREPARE, UPDATE_DO_CONFIRM, UPDATE_DO_INSTALL, UPDATE_DO_TELL, UPDATE_DO_PERSIST,
	       UPDATE_DO_WAIT);
	assert_int_equal(u.state.step, UPDATE_CONFIRMED);
}

static void unhealthy_is_reverted_blocked_and_told_by_the_old_one(void **state)
{
	(void)state;
	struct update u = at(UPDATE_TRYING);
	struct update_actions a;
	struct update_event ev = event(UPDATE_UNHEALTHY);
	ev.boot.trying = true;
	ev.boot.booted = 1;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_REVERT, UPDATE_DO_BLOCK, UPDATE_DO_PERSIST, UPDATE_DO_REBOOT);
	assert_string_equal(u.state.failed_version, "2.0.0");
	assert_string_equal(u.state.reason, "health-failed");
	ev = event(UPDATE_START);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_TELL, UPDATE_DO_PERSIST, UPDATE_DO_WAIT);
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_WAIT); /* told once */
}

/* The switch is refused: the release leaves, unless the boot record has it already. */
static void granted_release_leaves_without_its_grant(void **state)
{
	(void)state;
	static const char *const reasons[] = {"grant-expired", "grant-used", "grant-signature"};
	struct update_actions a;
	struct update_event ev = event(UPDATE_FAILED);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		struct update u = at(UPDATE_VERIFIED);
		ev.reason = reasons[i];
		update_step(&u, &ev, &a);
		EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_WAIT);
		assert_int_equal(a.wait_ms, 60000);
		assert_int_equal(u.state.step, UPDATE_IDLE);
		assert_string_equal(u.state.reason, reasons[i]);
		assert_string_equal(u.state.release.version, "");
	}
	struct update u = at(UPDATE_VERIFIED);
	ev.boot.trying = true;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_WAIT);
	assert_int_equal(u.state.step, UPDATE_VERIFIED);
	u = at(UPDATE_VERIFIED);
	ev.boot.trying = false;
	ev.reason = "io"; /* goes by: the same again */
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_WAIT);
	assert_int_equal(u.state.step, UPDATE_VERIFIED);
}

/* What the machine makes of its memory (verified, switched, trying) and each state of the record. */
static void start_believes_the_boot_record(void **state)
{
	(void)state;
	static const enum update_step steps[] = {UPDATE_VERIFIED, UPDATE_SWITCHED, UPDATE_TRYING};
	static const struct {
		struct update_boot boot;
		bool same_image;
		enum update_step step;
		enum update_action_kind first;
	} table[] = {
		{{.trying = true, .booted = 1}, true, UPDATE_TRYING, UPDATE_DO_PERSIST},
		{{.trying = true, .booted = 0}, true, UPDATE_SWITCHED, UPDATE_DO_REBOOT},
		{{.active = 1, .booted = 1}, false, UPDATE_CONFIRMED, UPDATE_DO_INSTALL},
		{{.active = 0, .booted = 0}, true, UPDATE_REVERTED, UPDATE_DO_REVERT}, /* the loader fell back */
		{{.active = 0, .booted = 1}, true, UPDATE_REVERTED, UPDATE_DO_REVERT}, /* given up, still running */
		{{.active = 0, .booted = 0}, false, UPDATE_WRITTEN, UPDATE_DO_HASH},   /* never switched */
	};
	for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
		for (size_t i = 0; i < ARRAY_LEN(table); i++) {
			struct update u = at(steps[s]);
			struct update_actions a;
			struct update_event ev = event(UPDATE_START);
			ev.boot = table[i].boot;
			if (table[i].same_image) {
				ev.boot.other_bytes = good.length;
				memcpy(ev.boot.other_sha256, good.sha256, SHA256_SIZE);
			}
			update_step(&u, &ev, &a);
			assert_int_equal(u.state.step, table[i].step);
			assert_int_equal(a.list[0], table[i].first);
			if (table[i].boot.booted == 1 && table[i].step == UPDATE_REVERTED)
				assert_int_equal(a.list[3], UPDATE_DO_REBOOT);
		}
	}
}

static void unknown_trial_is_given_up(void **state)
{
	(void)state;
	struct update u;
	struct update_actions a;
	struct update_event ev = event(UPDATE_START);
	update_init(&u, NULL); /* the state was lost */
	ev.boot.trying = true;
	ev.boot.booted = 1;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_REVERT, UPDATE_DO_REBOOT, UPDATE_DO_WAIT);
}

static void endless_restarts_end_the_trial(void **state)
{
	(void)state;
	struct update u = at(UPDATE_SWITCHED);
	struct update_actions a;
	struct update_event ev = event(UPDATE_START);
	ev.boot.trying = true;
	ev.boot.booted = 1;
	for (int i = 0; i < UPDATE_STARTS_MAX; i++) {
		update_step(&u, &ev, &a);
		assert_int_equal(u.state.step, UPDATE_TRYING);
	}
	update_step(&u, &ev, &a);
	assert_int_equal(u.state.step, UPDATE_REVERTED);
	assert_int_equal(a.list[0], UPDATE_DO_REVERT);
}

static void interrupted_fetch_goes_on_where_it_was(void **state)
{
	(void)state;
	struct update u = at(UPDATE_FETCHING);
	struct update_actions a;
	struct update_event ev = event(UPDATE_FOUND);
	u.state.written = UPDATE_STRETCH_BYTES;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_FETCH);
	assert_int_equal(u.state.written, UPDATE_STRETCH_BYTES);
	struct update_release other = good; /* same version, other bytes: from the start */
	other.sha256[0] ^= 1;
	ev.release = &other;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_FETCH_POLICY);
	assert_int_equal(u.state.written, 0);
	u = at(UPDATE_FETCHING);
	u.state.written = UPDATE_STRETCH_BYTES;
	ev = event(UPDATE_FOUND);
	ev.boot.active = 1; /* our slot became the active one: never write into it */
	update_step(&u, &ev, &a);
	assert_int_equal(u.state.slot, 0);
	assert_int_equal(u.state.written, 0);
}

static void waits_as_asked_and_with_jitter(void **state)
{
	(void)state;
	int64_t window = UPDATE_BACKOFF_MS;
	for (uint32_t failures = 1; failures < 40; failures++) {
		assert_int_equal(update_backoff_ms(failures, 0), 0);
		assert_int_equal(update_backoff_ms(failures, UINT32_MAX), window);
		window = window * 2 > UPDATE_BACKOFF_MAX_MS ? UPDATE_BACKOFF_MAX_MS : window * 2;
	}
	struct update u = at(UPDATE_IDLE);
	struct update_actions a;
	struct update_event ev = event(UPDATE_FAILED);
	ev.wait_s = 600; /* Retry-After */
	ev.chance = 0;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_WAIT);
	assert_int_equal(a.wait_ms, 600000);
	ev = event(UPDATE_ANSWERED);
	ev.wait_s = 42;
	update_step(&u, &ev, &a);
	assert_int_equal(a.wait_ms, 42000);
	ev = event(UPDATE_FAILED); /* a refusal: in the service's own rhythm */
	ev.reason = "blocked-version";
	update_step(&u, &ev, &a);
	assert_int_equal(a.wait_ms, 42000);
}

static void busy_products_postpone_with_a_cap(void **state)
{
	(void)state;
	struct update u = at(UPDATE_WRITTEN);
	struct update_actions a;
	const struct update_conditions busy = {.busy = true};
	struct update_event ev = event(UPDATE_HASHED);
	ev.world = &busy;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_PERSIST, UPDATE_DO_WAIT);
	assert_int_equal(u.state.step, UPDATE_VERIFIED);
	assert_int_equal(a.wait_ms, 0);
	ev.kind = UPDATE_TICK;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_WAIT);
	assert_int_equal(a.wait_ms, UPDATE_BUSY_WAIT_MS);
	ev.now.mono.ms += UPDATE_BUSY_MAX_MS - 1;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_CHECKIN); /* after so long: is it still wanted? */
	struct update_event yes = ev;
	yes.kind = UPDATE_ANSWERED;
	yes.offered = true;
	update_step(&u, &yes, &a);
	EXPECT(a, UPDATE_DO_WAIT);
	ev.now.mono.ms++;
	update_step(&u, &ev, &a);
	EXPECT(a, UPDATE_DO_SWITCH, UPDATE_DO_PERSIST, UPDATE_DO_REBOOT);
}

static void memory_survives_and_damage_does_not(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf text;
	struct update_state back = {.starts = 77};
	buf_init(&text, 4096);
	for (int step = 0; step < UPDATE_STEP_COUNT; step++) {
		struct update u = at((enum update_step)step);
		buf_reset(&text);
		check_ok(update_state_encode(&u.state, &text, &e));
		check_ok(update_state_decode(buf_view(&text), &back, &e));
		assert_memory_equal(&back, &u.state, sizeof back);
	}
	for (size_t n = 0; n < text.len; n++) {
		struct update_state kept = {.starts = 77};
		assert_true(rc_failed(update_state_decode(bytes_of(text.data, n), &kept, &e)));
		assert_int_equal(kept.starts, 77);
	}
	struct update u = at(UPDATE_FETCHING);
	u.state.written = good.length + 1;
	buf_reset(&text);
	check_ok(update_state_encode(&u.state, &text, &e));
	check_fails(ERR_INPUT, update_state_decode(buf_view(&text), &back, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_out_of_place_change_nothing),
		cmocka_unit_test(too_large_or_empty_is_refused),
		cmocka_unit_test(wrong_hash_is_never_switched_to),
		cmocka_unit_test(more_than_the_release_is_ignored),
		cmocka_unit_test(metadata_is_looked_at_without_an_offer),
		cmocka_unit_test(whole_way_of_a_good_release),
		cmocka_unit_test(unhealthy_is_reverted_blocked_and_told_by_the_old_one),
		cmocka_unit_test(granted_release_leaves_without_its_grant),
		cmocka_unit_test(start_believes_the_boot_record),
		cmocka_unit_test(unknown_trial_is_given_up),
		cmocka_unit_test(endless_restarts_end_the_trial),
		cmocka_unit_test(interrupted_fetch_goes_on_where_it_was),
		cmocka_unit_test(waits_as_asked_and_with_jitter),
		cmocka_unit_test(busy_products_postpone_with_a_cap),
		cmocka_unit_test(memory_survives_and_damage_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
