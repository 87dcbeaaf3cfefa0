/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan as a table: each question alone, each against the ones before it, the choice among transfers, windows over
 * midnight and in other time zones. CRA Annex I (2)(c), EN303645 5.3-4A, 5.3-6A.
 */
#include "check.h"

#include <stdio.h>

#include "agent/update/update_media.h"

#define NOON 1767268800 /* 2026-01-01 12:00 UTC */
#define HOUR 3600
#define DAY 86400

#define FULL_MEMORY (4 * MIB)

static const struct update_release feature = {
	.version = "2.0.0", .length = 150 * MIB, .counter = 2, .full = {.bytes = 100 * MIB, .memory = FULL_MEMORY}};

static struct update_conditions good_world(void)
{
	struct update_conditions w = {.limits = policy_update_default(),
				      .clock = UPDATE_CLOCK_GOOD,
				      .power = UPDATE_POWER_MAINS,
				      .memory_known = true,
				      .memory_bytes = 64 * MIB,
				      .bytes_per_s = MIB,
				      .retry_s = 300};
	return w;
}

/* What differs from a day on which all is well. */
struct row {
	const char *what;
	bool security, fetched, media;
	uint64_t length; /* 0: the release's own */
	const char *blocked, *cancelled, *asked;
	int64_t postponed_h, seen_days_ago; /* until now + this */
	enum policy_automatic automatic;
	bool metered, declared_metered;
	uint32_t metered_mib;
	enum update_power power;
	uint32_t percent;
	uint64_t memory; /* 0: plenty */
	uint32_t allowed_mib;
	bool memory_unknown, busy;
	uint32_t from, to;
	int32_t offset;
	enum update_clock clock;
	const char *reason;
	int64_t retry; /* after now; 0: not by itself */
};

static const struct row rows[] = {
	{.what = "all is well", .reason = "none"},
	{.what = "all is well, in the slot", .fetched = true, .reason = "none"},
	{.what = "it failed here", .blocked = "2.0.0", .reason = "blocked-version"},
	{.what = "it failed here, whoever asks", .blocked = "2.0.0", .asked = "2.0.0", .reason = "blocked-version"},
	{.what = "another failed here", .blocked = "2.0.1", .reason = "none"},
	{.what = "too large", .length = 201 * MIB, .reason = "no-space"},
	{.what = "too large, whoever asks", .length = 201 * MIB, .asked = "2.0.0", .reason = "no-space"},
	{.what = "as large as the slot", .length = 200 * MIB, .reason = "none"},
	{.what = "cancelled", .cancelled = "2.0.0", .reason = "cancelled"},
	{.what = "cancelled in the slot", .cancelled = "2.0.0", .fetched = true, .reason = "cancelled"},
	{.what = "another cancelled", .cancelled = "1.9.0", .reason = "none"},
	{.what = "cancelled, then asked for", .cancelled = "2.0.0", .asked = "2.0.0", .reason = "none"},
	{.what = "another asked for", .cancelled = "2.0.0", .asked = "1.9.0", .reason = "cancelled"},
	{.what = "off", .automatic = POLICY_AUTO_OFF, .reason = "consent"},
	{.what = "off, security too", .automatic = POLICY_AUTO_OFF, .security = true, .reason = "consent"},
	{.what = "off, asked for", .automatic = POLICY_AUTO_OFF, .asked = "2.0.0", .reason = "none"},
	{.what = "security only", .automatic = POLICY_AUTO_SECURITY, .reason = "consent"},
	{.what = "security only, and it is", .automatic = POLICY_AUTO_SECURITY, .security = true, .reason = "none"},
	{.what = "turned off while in the slot", .automatic = POLICY_AUTO_OFF, .fetched = true, .reason = "consent"},
	{.what = "put off", .postponed_h = 5, .reason = "postponed", .retry = 5 * HOUR},
	{.what = "put off in the slot", .postponed_h = 5, .fetched = true, .reason = "postponed", .retry = 5 * HOUR},
	{.what = "put off, over", .postponed_h = -1, .reason = "none"},
	{.what = "put off, asked for", .postponed_h = 5, .asked = "2.0.0", .reason = "none"},
	{.what = "put off to the cap", .postponed_h = 240, .reason = "postponed", .retry = 7 * DAY},
	{.what = "put off past the cap", .postponed_h = 5, .seen_days_ago = 7, .reason = "none"},
	{.what = "security put off", .postponed_h = 240, .security = true, .reason = "postponed", .retry = 3 * DAY},
	{.what = "security past its cap", .postponed_h = 5, .security = true, .seen_days_ago = 3, .reason = "none"},
	{.what = "the clock went back", .postponed_h = 5, .seen_days_ago = -1, .reason = "none"},
	{.what = "put off without a clock", .postponed_h = 5, .clock = UPDATE_CLOCK_NONE, .reason = "none"},
	{.what = "metered", .metered = true, .reason = "metered", .retry = 300},
	{.what = "metered by declaration", .declared_metered = true, .reason = "metered", .retry = 300},
	{.what = "metered, security", .metered = true, .security = true, .reason = "none"},
	{.what = "metered, small enough", .metered = true, .metered_mib = 100, .reason = "none"},
	{.what = "metered, one MiB too much", .metered = true, .metered_mib = 99, .reason = "metered", .retry = 300},
	{.what = "metered, asked for", .metered = true, .asked = "2.0.0", .reason = "none"},
	{.what = "metered, from a folder", .metered = true, .media = true, .reason = "none"},
	{.what = "metered, in the slot", .metered = true, .fetched = true, .reason = "none"},
	{.what = "charged", .power = UPDATE_POWER_BATTERY, .percent = 30, .reason = "none"},
	{.what = "not charged", .power = UPDATE_POWER_BATTERY, .percent = 29, .reason = "battery", .retry = 300},
	{.what = "charge unknown", .power = UPDATE_POWER_UNKNOWN, .percent = 99, .reason = "battery", .retry = 300},
	{.what = "not charged, whoever asks",
	 .power = UPDATE_POWER_BATTERY,
	 .asked = "2.0.0",
	 .reason = "battery",
	 .retry = 300},
	{.what = "not charged, in the slot",
	 .power = UPDATE_POWER_BATTERY,
	 .fetched = true,
	 .reason = "battery",
	 .retry = 300},
	{.what = "no memory", .memory = FULL_MEMORY - 1, .reason = "memory", .retry = 300},
	{.what = "just enough memory", .memory = FULL_MEMORY, .reason = "none"},
	{.what = "memory not known", .memory = 1, .memory_unknown = true, .reason = "none"},
	{.what = "more than the maker allows", .allowed_mib = 3, .reason = "memory", .retry = 300},
	{.what = "as the maker allows", .allowed_mib = 4, .reason = "none"},
	{.what = "busy: fetched all the same", .busy = true, .reason = "none"},
	{.what = "busy: no restart", .busy = true, .fetched = true, .reason = "busy", .retry = 300},
	{.what = "busy, whoever asks", .busy = true, .fetched = true, .asked = "2.0.0", .reason = "busy", .retry = 300},
	{.what = "window closed: fetched all the same", .from = 2, .to = 5, .reason = "none"},
	{.what = "window closed: no restart",
	 .from = 2,
	 .to = 5,
	 .fetched = true,
	 .reason = "window",
	 .retry = 14 * HOUR},
	{.what = "window closed, asked for", .from = 2, .to = 5, .fetched = true, .asked = "2.0.0", .reason = "none"},
	{.what = "window opens now", .from = 12, .to = 13, .fetched = true, .reason = "none"},
	{.what = "window closes now", .from = 11, .to = 12, .fetched = true, .reason = "window", .retry = 23 * HOUR},
	{.what = "over midnight, closed", .from = 22, .to = 6, .fetched = true, .reason = "window", .retry = 10 * HOUR},
	{.what = "over midnight, open", .from = 22, .to = 13, .fetched = true, .reason = "none"},
	{.what = "Kolkata, 17:30", .from = 17, .to = 18, .offset = 19800, .fetched = true, .reason = "none"},
	{.what = "Kolkata, closed",
	 .from = 18,
	 .to = 19,
	 .offset = 19800,
	 .fetched = true,
	 .reason = "window",
	 .retry = HOUR / 2},
	{.what = "Honolulu, 02:00", .from = 2, .to = 3, .offset = -36000, .fetched = true, .reason = "none"},
	{.what = "no time yet",
	 .from = 2,
	 .to = 5,
	 .clock = UPDATE_CLOCK_NOT_YET,
	 .fetched = true,
	 .reason = "clock",
	 .retry = 300},
	{.what = "no time ever", .from = 2, .to = 5, .clock = UPDATE_CLOCK_NONE, .fetched = true, .reason = "none"},
	/* Several at once: the release first, then people, then the device. */
	{.what = "blocked and cancelled", .blocked = "2.0.0", .cancelled = "2.0.0", .reason = "blocked-version"},
	{.what = "cancelled and off", .cancelled = "2.0.0", .automatic = POLICY_AUTO_OFF, .reason = "cancelled"},
	{.what = "put off and metered", .postponed_h = 1, .metered = true, .reason = "postponed", .retry = HOUR},
	{.what = "off and not charged",
	 .automatic = POLICY_AUTO_OFF,
	 .power = UPDATE_POWER_BATTERY,
	 .reason = "consent"},
};

static struct update_plan answer(const struct row *r, struct wall_time now)
{
	struct update_conditions w = good_world();
	struct update_release rel = feature;
	struct update_wishes wishes = {.seen = "2.0.0", .seen_at = {now.s - r->seen_days_ago * DAY}};
	struct update_plan p;
	rel.security = r->security;
	if (r->length)
		rel.length = r->length;
	(void)snprintf(wishes.cancelled, sizeof wishes.cancelled, "%s", r->cancelled ? r->cancelled : "");
	(void)snprintf(wishes.asked, sizeof wishes.asked, "%s", r->asked ? r->asked : "");
	if (r->postponed_h)
		wishes.postponed_until.s = now.s + r->postponed_h * HOUR;
	w.blocked = &r->blocked;
	w.blocked_n = r->blocked != NULL;
	w.choices = (struct update_choices){r->automatic, r->from, r->to};
	w.metered = r->metered;
	w.limits.metered = r->declared_metered;
	w.limits.metered_mib = r->metered_mib;
	w.limits.memory_mib = r->allowed_mib;
	w.power = r->power;
	w.battery_percent = r->percent;
	if (r->memory)
		w.memory_bytes = r->memory;
	w.memory_known = !r->memory_unknown;
	w.busy = r->busy;
	w.utc_offset_s = r->offset;
	w.clock = r->clock;
	const struct update_question q = {.release = &rel,
					  .wishes = &wishes,
					  .world = &w,
					  .now = now,
					  .slot_bytes = 200 * MIB,
					  .fetched = r->fetched,
					  .media = r->media};
	update_plan_make(&q, &p);
	return p;
}

static void each_question_has_its_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		struct update_plan p = answer(r, (struct wall_time){NOON});
		if (strcmp(p.reason, r->reason) != 0)
			fail_msg("%s: %s, expected %s", r->what, p.reason, r->reason);
		if (p.now != (strcmp(r->reason, "none") == 0))
			fail_msg("%s: says now although it is %s", r->what, p.reason);
		int64_t retry = p.retry_at.s ? p.retry_at.s - NOON : 0;
		if (retry != r->retry)
			fail_msg("%s: again after %lld s, expected %lld", r->what, (long long)retry,
				 (long long)r->retry);
		assert_true(reason_known(p.reason));
	}
}

static void the_window_is_right_at_every_minute(void **state)
{
	(void)state;
	for (uint32_t from = 0; from < 24; from++) {
		for (uint32_t to = 0; to < 24; to++) {
			for (int64_t minute = 0; minute < 1440; minute += 7) {
				const struct update_choices c = {.window_from = from, .window_to = to};
				struct wall_time now = {NOON - 12 * HOUR + minute * 60};
				struct wall_time open = update_plan_window(&c, 0, now);
				/* Independent: walk on minute by minute until the hour is one of the window's. */
				int64_t m = minute;
				for (;; m++) {
					uint32_t hour = (uint32_t)(m / 60 % 24);
					bool in = from == to ||
						  (from < to ? hour >= from && hour < to : hour >= from || hour < to);
					if (in)
						break;
				}
				assert_int_equal(open.s, now.s + (m - minute) * 60);
			}
		}
	}
}

static struct update_way way(enum update_way_kind kind, uint64_t fetch_mib, uint64_t memory_mib, uint32_t work_s)
{
	return (struct update_way){kind, fetch_mib * MIB, fetch_mib * MIB, memory_mib * MIB, work_s};
}

static void the_cheapest_way_that_fits_is_taken(void **state)
{
	(void)state;
	static const struct {
		uint64_t memory_mib, bytes_per_s;
		struct {
			enum update_way_kind kind;
			uint64_t mib, memory_mib;
			uint32_t work_s;
		} offers[3];
		size_t n;
		int chosen; /* -1: none */
	} table[] = {
		{64, MIB, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 5, 8, 20}}, 2, 1},
		/* the smallest patch does not fit: the other one, then the whole image */
		{7,
		 MIB,
		 {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 5, 8, 20}, {UPDATE_WAY_PATCH, 40, 6, 0}},
		 3,
		 2},
		{5,
		 MIB,
		 {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 5, 8, 20}, {UPDATE_WAY_PATCH, 40, 6, 0}},
		 3,
		 0},
		{3, MIB, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 5, 8, 20}}, 2, -1},
		/* a patch may cost 1 % more than the image, not more */
		{64, MIB, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 102, 2, 0}}, 2, 0},
		{3, MIB, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 102, 2, 0}}, 2, -1},
		{3, MIB, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 101, 2, 0}}, 2, 1},
		/* half an hour of computing is not worth it where fetching is quick; where time is not known, bytes
		   count */
		{64, 10 * MIB, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 5, 8, 1900}}, 2, 0},
		{64, 10 * MIB, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 5, 8, 1800}}, 2, 1},
		{64, 0, {{UPDATE_WAY_FULL, 100, 4, 0}, {UPDATE_WAY_PATCH, 5, 8, 1900}}, 2, 1},
		/* ties: time, memory, kind */
		{64, MIB, {{UPDATE_WAY_FULL, 50, 4, 9}, {UPDATE_WAY_PATCH, 50, 4, 8}}, 2, 1},
		{64, MIB, {{UPDATE_WAY_FULL, 50, 4, 8}, {UPDATE_WAY_PATCH, 50, 3, 8}}, 2, 1},
		{64, MIB, {{UPDATE_WAY_PATCH, 50, 4, 8}, {UPDATE_WAY_FULL, 50, 4, 8}}, 2, 1},
		{64, MIB, {{0}}, 0, -1},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct update_conditions w = good_world();
		struct update_way got, ways[3];
		w.memory_bytes = table[i].memory_mib * MIB;
		w.bytes_per_s = table[i].bytes_per_s;
		for (size_t k = 0; k < table[i].n; k++)
			ways[k] = way(table[i].offers[k].kind, table[i].offers[k].mib, table[i].offers[k].memory_mib,
				      table[i].offers[k].work_s);
		bool any = update_plan_choose(&w, ways, table[i].n, &got);
		if (any != (table[i].chosen >= 0))
			fail_msg("row %zu: %s", i, any ? "one is chosen" : "none is chosen");
		if (any && memcmp(&got, &ways[table[i].chosen], sizeof got) != 0)
			fail_msg("row %zu: %s of %llu bytes is chosen", i, update_plan_way_name(got.kind),
				 (unsigned long long)got.fetch_bytes);
	}
}

/* In whatever order they are listed. */
static void the_choice_does_not_depend_on_the_order(void **state)
{
	(void)state;
	uint32_t x = 1;
	for (int round = 0; round < 5000; round++) {
		struct update_conditions w = good_world();
		struct update_way ways[5], turned[5], a = {0}, b = {0};
		for (size_t i = 0; i < 5; i++) {
			x = x * 1664525 + 1013904223;
			ways[i] = turned[4 - i] = way(i ? UPDATE_WAY_PATCH : UPDATE_WAY_FULL, x >> 10 & 127,
						      x >> 20 & 127, x >> 4 & 4095);
		}
		bool any = update_plan_choose(&w, ways, 5, &a);
		assert_int_equal(any, update_plan_choose(&w, turned, 5, &b));
		assert_memory_equal(&a, &b, sizeof a);
		if (any) {
			assert_true(a.memory_bytes <= w.memory_bytes);
			assert_true(a.fetch_bytes <= ways[0].fetch_bytes + ways[0].fetch_bytes / 100);
		}
	}
}

/* What the metadata offers is what is chosen from. */
static void a_patch_is_taken_unless_it_was_tried(void **state)
{
	(void)state;
	struct update_conditions w = good_world();
	struct update_release rel = feature;
	const struct update_wishes wishes = {0};
	struct update_plan p;
	rel.patch.bytes = 3 * MIB;
	rel.patch.memory = 8 * MIB;
	struct update_question q = {
		.release = &rel, .wishes = &wishes, .world = &w, .now = {NOON}, .slot_bytes = 200 * MIB};
	update_plan_make(&q, &p);
	assert_int_equal(p.way.kind, UPDATE_WAY_PATCH);
	rel.blocks.bytes = 90 * MIB; /* the whole, less what is here: at most */
	rel.blocks.memory = 3 * MIB;
	update_plan_make(&q, &p);
	assert_int_equal(p.way.kind, UPDATE_WAY_PATCH);
	q.patch_failed = true;
	update_plan_make(&q, &p);
	assert_int_equal(p.way.kind, UPDATE_WAY_BLOCKS);
	assert_in_range(p.way.fetch_bytes, 1, rel.full.bytes); /* an estimate, and what it never exceeds */
	assert_int_equal(p.way.most_bytes, rel.full.bytes + rel.full.bytes / 100);
	q.full_only = true;
	update_plan_make(&q, &p);
	assert_int_equal(p.way.kind, UPDATE_WAY_FULL);
	q.full_only = q.patch_failed = false;
	rel.blocks.bytes = 0;
	w.memory_bytes = 5 * MIB;
	update_plan_make(&q, &p);
	assert_int_equal(p.way.kind, UPDATE_WAY_FULL);
	w.metered = true; /* the patch would be small enough, and does not fit */
	w.limits.metered_mib = 10;
	update_plan_make(&q, &p);
	assert_string_equal(p.reason, "metered");
	w.memory_bytes = 64 * MIB;
	update_plan_make(&q, &p);
	assert_true(p.now);
	rel.full.bytes = 0; /* no way at all */
	update_plan_make(&q, &p);
	assert_string_equal(p.reason, "target-length");
}

static void bytes_memory_and_time_are_stated(void **state)
{
	(void)state;
	struct row r = {.what = "stated"};
	struct update_plan p = answer(&r, (struct wall_time){NOON});
	assert_true(p.chosen);
	assert_int_equal(p.way.kind, UPDATE_WAY_FULL);
	assert_int_equal(p.way.fetch_bytes, feature.full.bytes);
	assert_int_equal(p.way.most_bytes, feature.full.bytes);
	assert_int_equal(p.way.memory_bytes, FULL_MEMORY);
	assert_int_equal(p.seconds, 101);
	const struct update_way huge = {.fetch_bytes = UINT64_MAX, .work_s = UINT32_MAX};
	assert_int_equal(update_plan_seconds(&huge, 1), UINT32_MAX);
}

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff."

/* A folder's names are anybody's. */
static void a_folder_offers_its_highest_release(void **state)
{
	(void)state;
	static const struct {
		const char *names;   /* separated by '|' */
		const char *version; /* NULL: none */
	} table[] = {
		{"", NULL},
		{HASH "cam-os-1.0.0.img|", "1.0.0"},
		{HASH "cam-os-1.10.0.img|" HASH "cam-os-1.9.0.img|" HASH "cam-os-0.1.0.img|", "1.10.0"},
		{HASH "cam-os-2.0.0-rc1.img|" HASH "cam-os-2.0.0.img|", "2.0.0"},
		{HASH "cam-os-9.9.9.img|" HASH "cam-os-1.0.0.img|", "1.0.0"}, /* 9.9.9 failed here */
		{HASH "cam-os-1.0.0.img", NULL},			      /* not ended */
		{"cam-os-1.0.0.img|", NULL},
		{"00."
		 "cam-os-1.0.0.img|",
		 NULL},
		{HASH "cam2-os-1.0.0.img|", NULL},
		{HASH "cam-radio-1.0.0.img|", NULL},
		{HASH "cam-os-1.0.img|", NULL},
		{HASH "cam-os-.img|", NULL},
		{HASH "cam-os-1.0.0.json|", NULL},
		{HASH "cam-os-1.0.0/../x.img|", NULL},
		{"|||" HASH "cam-os-1.0.0.img|", "1.0.0"},
	};
	struct update_conditions w = good_world();
	const char *failed = "9.9.9";
	w.blocked = &failed;
	w.blocked_n = 1;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char names[512];
		struct update_media_offer got = {.version = "untouched"};
		size_t n = strlen(table[i].names);
		for (size_t k = 0; k < n; k++)
			names[k] = table[i].names[k] == '|' ? 0 : table[i].names[k];
		bool any = update_media_pick(bytes_of(names, n), "cam", "os", &w, &got);
		if (any != (table[i].version != NULL) || strcmp(got.version, any ? table[i].version : "untouched") != 0)
			fail_msg("row %zu: %s", i, got.version);
		if (any)
			assert_string_equal(got.target + strlen("cam-os-") + strlen(got.version), ".img");
	}
}

static void reasons_have_words_and_sentences(void **state)
{
	(void)state;
	size_t n = 0;
	for (const char *w; (w = reason_word(n)); n++) {
		assert_true(strlen(w) < REASON_SIZE);
		assert_true(reason_known(w));
		assert_true(strlen(reason_sentence(w)) > 10);
		for (size_t k = 0; k < n; k++)
			assert_string_not_equal(w, reason_word(k));
	}
	assert_int_equal(n, 35);
	assert_false(reason_known(""));
	assert_false(reason_known("window "));
	assert_false(reason_holds("blocked-version"));
	assert_true(reason_holds("window"));
	assert_non_null(reason_sentence("nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_question_has_its_answer),
		cmocka_unit_test(the_window_is_right_at_every_minute),
		cmocka_unit_test(the_cheapest_way_that_fits_is_taken),
		cmocka_unit_test(a_patch_is_taken_unless_it_was_tried),
		cmocka_unit_test(the_choice_does_not_depend_on_the_order),
		cmocka_unit_test(bytes_memory_and_time_are_stated),
		cmocka_unit_test(a_folder_offers_its_highest_release),
		cmocka_unit_test(reasons_have_words_and_sentences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
