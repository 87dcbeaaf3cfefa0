/* SPDX-License-Identifier: Apache-2.0 */
/* The gate as a table: what stops, what waits, what goes. REQ: EN303645-5.3-9. */
#include "check.h"

#include "core/model/statement.h"
#include "fleet/rollout/rollout.h"

static struct rollout_view view_of(const char *waves)
{
	struct err e = {0};
	struct rollout_view v = {.version = "1.1.0", .state = ROLLOUT_RUNNING, .wave_time = {1000}};
	rollout_rule_init(&v.rule);
	check_ok(rollout_waves_parse(waves, &v.rule, &e));
	return v;
}

static void bad_waves_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  ",",
					  "0",
					  "1,",
					  "1,1,100%",
					  "10%,5%,100%",
					  "50%,10,100%",
					  "100",
					  "101%",
					  "1,50%",
					  "-1,100%",
					  "1 ,100%",
					  "1%%,100%",
					  "5,4,100%",
					  "x",
					  "100%x",
					  "99999999",
					  "1,2,3,4,5,6,7,8,100%",
					  "100%,100%"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		struct rollout_rule r;
		rollout_rule_init(&r);
		if (rc_ok(rollout_waves_parse(bad[i], &r, &e)))
			fail_msg("accepted \"%s\"", bad[i]);
		assert_int_equal(r.waves_n, 1);
	}
}

static void members_fall_into_waves(void **state)
{
	(void)state;
	struct rollout_view v = view_of("1,10%,100%");
	assert_int_equal(rollout_wave_of(&v.rule, 0, 20), 0);
	assert_int_equal(rollout_wave_of(&v.rule, 1, 20), 1);
	assert_int_equal(rollout_wave_of(&v.rule, 2, 20), 2);
	assert_int_equal(rollout_wave_of(&v.rule, 19, 20), 2);
	assert_int_equal(rollout_wave_of(&v.rule, 0, 1), 0);
	assert_int_equal(rollout_wave_of(&v.rule, 99, 20), 2); /* came later: the last wave */
}

struct row {
	const char *what, *waves;
	size_t wave;
	int64_t now;
	struct rollout_counts counts[3];
	int expected; /* enum rollout_decision_kind, -1: nothing */
};

static const struct row rows[] = {
	{"nothing reported", "1,100%", 0, 1001, {{1, 1, 0, 0, 0}, {4, 4, 0, 0, 0}}, -1},
	{"in flight is not evidence", "1,100%", 0, 1001, {{1, 0, 1, 0, 0}, {4, 4, 0, 0, 0}}, -1},
	{"never asked, long past joining", "1,100%", 0, 9999999, {{1, 1, 0, 0, 0}, {4, 4, 0, 0, 0}}, -1},
	{"one failure in a wave of one", "1,100%", 0, 1001, {{1, 0, 0, 0, 1}, {4, 4, 0, 0, 0}}, ROLLOUT_HALT_SMALL},
	{"one failure of three, two good", "3,100%", 0, 1001, {{3, 0, 0, 2, 1}, {4, 4, 0, 0, 0}}, ROLLOUT_HALT_SMALL},
	{"one confirmed of one", "1,100%", 0, 1001, {{1, 0, 0, 1, 0}, {4, 4, 0, 0, 0}}, ROLLOUT_NEXT_WAVE},
	{"8 of 10 is below the gate", "10,100%", 0, 1001, {{10, 0, 2, 8, 0}, {9, 9, 0, 0, 0}}, -1},
	{"9 of 10 meets it", "10,100%", 0, 1001, {{10, 0, 1, 9, 0}, {9, 9, 0, 0, 0}}, ROLLOUT_NEXT_WAVE},
	{"1 of 10 failed, gate still possible", "10,100%", 0, 1001, {{10, 4, 0, 5, 1}, {9, 9, 0, 0, 0}}, -1},
	{"1 of 4 failed: gate impossible", "4,100%", 0, 1001, {{4, 0, 1, 2, 1}, {9, 9, 0, 0, 0}}, ROLLOUT_HALT_GATE},
	{"the first two both fail", "50,100%", 0, 1001, {{50, 48, 0, 0, 2}, {9, 9, 0, 0, 0}}, ROLLOUT_HALT_RATE},
	{"10 of 100 fail", "100%", 0, 1001, {{1000, 900, 0, 90, 10}}, ROLLOUT_HALT_RATE},
	{"2 of 100 fail: tolerated", "100%", 0, 1001, {{1000, 900, 0, 98, 2}}, -1},
	{"last wave waits for all", "1,100%", 1, 1001, {{1, 0, 0, 1, 0}, {4, 0, 1, 3, 0}}, -1},
	{"last wave done", "1,100%", 1, 1001, {{1, 0, 0, 1, 0}, {4, 0, 0, 4, 0}}, ROLLOUT_DONE},
	{"drawer devices hold up nobody", "100%", 0, 1000 + 86401, {{10, 4, 0, 6, 0}}, ROLLOUT_DONE},
	{"but not before the day is over", "100%", 0, 1000 + 86400, {{10, 4, 0, 6, 0}}, -1},
	{"empty wave is passed over", "1,2,100%", 1, 1001, {{1, 0, 0, 1, 0}, {0}, {0}}, ROLLOUT_NEXT_WAVE},
};

static void decisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct rollout_view v = view_of(row->waves);
		struct rollout_decision d = {0};
		v.wave = row->wave;
		memcpy(v.waves, row->counts, sizeof row->counts);
		bool decided = rollout_decide(&v, (struct wall_time){row->now}, &d);
		if (decided != (row->expected >= 0) || (decided && (int)d.kind != row->expected))
			fail_msg("%s: %s", row->what, decided ? d.text : "nothing decided");
		if (decided)
			assert_true(strlen(d.text) > 40);
	}
}

static void only_a_running_rollout_decides_or_offers(void **state)
{
	(void)state;
	static const enum rollout_state others[] = {ROLLOUT_PAUSED, ROLLOUT_HALTED, ROLLOUT_ABORTED, ROLLOUT_COMPLETE};
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct rollout_view v = view_of("1,100%");
		struct rollout_decision d;
		v.waves[0] = (struct rollout_counts){1, 0, 0, 1, 0};
		v.state = others[i];
		assert_false(rollout_decide(&v, (struct wall_time){2000}, &d));
		assert_false(rollout_offers(&v, 0, ROLLOUT_WAITING));
		assert_false(rollout_offers(&v, 0, ROLLOUT_OFFERED));
	}
}

static void offers_follow_waves_and_the_bound_in_flight(void **state)
{
	(void)state;
	struct rollout_view v = view_of("2,100%");
	v.rule.in_flight_max = 2;
	assert_true(rollout_offers(&v, 0, ROLLOUT_WAITING));
	assert_false(rollout_offers(&v, 1, ROLLOUT_WAITING));
	assert_false(rollout_offers(&v, 0, ROLLOUT_CONFIRMED));
	assert_false(rollout_offers(&v, 0, ROLLOUT_REVERTED));
	assert_false(rollout_offers(&v, 0, ROLLOUT_UNHEALTHY));
	v.waves[0].in_flight = 2;
	assert_false(rollout_offers(&v, 0, ROLLOUT_WAITING));
	assert_true(rollout_offers(&v, 0, ROLLOUT_OFFERED));
}

static void the_words_name_the_device_and_the_reason(void **state)
{
	(void)state;
	struct rollout_view v = view_of("1,100%");
	struct rollout_decision d;
	v.waves[0] = (struct rollout_counts){1, 0, 0, 0, 1};
	v.failures[0] = (struct rollout_failure){"cam-0001", ROLLOUT_REVERTED, "health check web"};
	v.failures_n = 1;
	assert_true(rollout_decide(&v, (struct wall_time){2000}, &d));
	assert_int_equal(d.state, ROLLOUT_HALTED);
	assert_non_null(strstr(d.text, "cam-0001 went back to its previous version (health check web)"));
	assert_non_null(strstr(d.text, "1.1.0"));
}

static void a_person_may_stop_and_must_explain_going_on(void **state)
{
	(void)state;
	struct err e = {0};
	struct rollout_view v = view_of("1,100%");
	struct rollout_decision d;
	check_fails(ERR_WRONG_STATE, rollout_person(&v, ROLLOUT_RESUME, "kim", "", &d, &e));
	check_ok(rollout_person(&v, ROLLOUT_PAUSE, "kim", "", &d, &e));
	assert_int_equal(d.state, ROLLOUT_PAUSED);
	v.state = ROLLOUT_PAUSED;
	check_fails(ERR_WRONG_STATE, rollout_person(&v, ROLLOUT_PAUSE, "kim", "", &d, &e));
	check_ok(rollout_person(&v, ROLLOUT_RESUME, "kim", "", &d, &e));
	v.state = ROLLOUT_HALTED;
	check_fails(ERR_DENIED, rollout_person(&v, ROLLOUT_RESUME, "kim", "", &d, &e));
	check_ok(rollout_person(&v, ROLLOUT_RESUME, "kim", "cable pulled by us", &d, &e));
	assert_non_null(strstr(d.text, "cable pulled by us"));
	check_ok(rollout_person(&v, ROLLOUT_ABORT, "kim", "", &d, &e));
	v.state = ROLLOUT_ABORTED;
	check_fails(ERR_WRONG_STATE, rollout_person(&v, ROLLOUT_RESUME, "kim", "why not", &d, &e));
	v.state = ROLLOUT_COMPLETE;
	check_fails(ERR_WRONG_STATE, rollout_person(&v, ROLLOUT_ABORT, "kim", "", &d, &e));
}

static void only_healthy_confirmations_count(void **state)
{
	(void)state;
	static const struct {
		const char *version, *failed;
		enum statement_outcome outcome;
		bool ok;
		int expected; /* enum rollout_outcome, -1: about another version */
	} cases[] = {
		{"1.0.0", "", STATEMENT_CONFIRMED, true, -1},
		{"1.0.0", "1.0.5", STATEMENT_REVERTED, true, -1},
		{"1.1.0", "1.0.5", STATEMENT_REVERTED, true, -1},
		{"1.0.0", "1.1.0", STATEMENT_REVERTED, true, ROLLOUT_REVERTED},
		{"1.0.0", "1.1.0", STATEMENT_REVERTED, false, ROLLOUT_REVERTED},
		{"1.1.0", "", STATEMENT_CONFIRMED, false, ROLLOUT_UNHEALTHY},
		{"1.1.0", "", STATEMENT_CONFIRMED, true, ROLLOUT_CONFIRMED},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct statement_boot s = {.outcome = cases[i].outcome, .health_n = 2};
		char detail[ROLLOUT_DETAIL_SIZE] = "unchanged";
		enum rollout_outcome o = ROLLOUT_OUTCOME_COUNT;
		memcpy(s.version, cases[i].version, strlen(cases[i].version));
		memcpy(s.failed_version, cases[i].failed, strlen(cases[i].failed));
		s.health[0] = (struct statement_health){"web", true, ""};
		s.health[1] = (struct statement_health){"lens", cases[i].ok, "stuck"};
		bool about = rollout_judge(&s, "1.1.0", &o, detail);
		assert_int_equal(about, cases[i].expected >= 0);
		if (about)
			assert_int_equal(o, cases[i].expected);
		if (about && !cases[i].ok)
			assert_string_equal(detail, "health check lens: stuck");
	}
}

static void names_go_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i <= ROLLOUT_COMPLETE; i++) {
		enum rollout_state s;
		assert_true(rollout_state_parse(rollout_state_name((enum rollout_state)i), &s));
		assert_int_equal(s, i);
	}
	for (int i = 0; i < ROLLOUT_OUTCOME_COUNT; i++) {
		enum rollout_outcome o;
		assert_true(rollout_outcome_parse(rollout_outcome_name((enum rollout_outcome)i), &o));
		assert_int_equal(o, i);
	}
	enum rollout_state s;
	assert_false(rollout_state_parse("", &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_waves_are_refused),
		cmocka_unit_test(members_fall_into_waves),
		cmocka_unit_test(decisions),
		cmocka_unit_test(only_a_running_rollout_decides_or_offers),
		cmocka_unit_test(offers_follow_waves_and_the_bound_in_flight),
		cmocka_unit_test(the_words_name_the_device_and_the_reason),
		cmocka_unit_test(a_person_may_stop_and_must_explain_going_on),
		cmocka_unit_test(only_healthy_confirmations_count),
		cmocka_unit_test(names_go_both_ways),
	};
	return cmocka_run_group_tests_name("rollout", tests, NULL, NULL);
}
