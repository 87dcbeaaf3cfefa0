/* SPDX-License-Identifier: Apache-2.0 */
/* core/model/fact and verdict: strict files, cleaned texts, and how cases become a provision. */
#include <stdio.h>

#include "assess_world.h"

static void test_hostile_texts_are_cleaned(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(fact_set_done) struct fact_set s = {0}, back = {0};
	CLEANUP(buf_done) struct buf text;
	struct fact_head head = {.target = "192.0.2.1"}, head_back;
	buf_init(&text, FACT_JSON_MAX);
	assess_world_fact(&s, "a.b", FACT_SEEN, "\xff\x1b[31mred\xc3\xa9\xc3");
	assert_string_equal(s.list[0].value, "??[31mred\xc3\xa9?");
	check_ok(fact_set_encode(&s, &head, &text, &e));
	check_ok(fact_set_decode(buf_view(&text), &back, &head_back, &e));
	assert_int_equal(back.n, 1);
	assert_memory_equal(&back.list[0], &s.list[0], sizeof s.list[0]);
}

static void test_ids_are_checked_and_unique(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "with blank", "<script>", "\xc3\xa9"};
	struct err e = {0};
	CLEANUP(fact_set_done) struct fact_set s = {0};
	assess_world_fact(&s, "tls.page", FACT_SEEN, "");
	struct fact twice = {.id = "tls.page"};
	check_fails(ERR_EXISTS, fact_set_add(&s, &twice, &e));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fact f = {0};
		(void)snprintf(f.id, sizeof f.id, "%s", bad[i]);
		check_fails(ERR_INPUT, fact_set_add(&s, &f, &e));
	}
	assert_int_equal(s.n, 1);
}

static void test_bad_files_are_refused(void **state)
{
	(void)state;
#define HEAD                                                                                                           \
	"{\"v\":1,\"target\":\"t\",\"started\":\"2026-01-01T00:00:00Z\",\"ended\":\"2026-01-01T00:00:00Z\",\"facts\":" \
	"["
#define FACT(id, state)                                                                                                \
	"{\"id\":\"" id                                                                                                \
	"\",\"what\":\"w\",\"target\":\"t\",\"probe\":\"p\",\"time\":\"2026-01-01T00:00:00Z\",\"state\":\"" state      \
	"\",\"value\":\"\",\"evidence\":\"\"}"
	static const char *const bad[] = {
		"",
		"{}",
		HEAD,
		HEAD "]}x",
		HEAD "1]}",
		HEAD FACT("a", "perhaps") "]}",
		HEAD FACT("a", "seen") "," FACT("a", "absent") "]}",
		HEAD "{\"id\":\"a\"}]}",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fact_set s = {0};
		struct fact_head head;
		assert_true(rc_failed(fact_set_decode(bytes_of_text(bad[i]), &s, &head, NULL)));
		assert_null(s.list);
	}
	struct err e = {0};
	CLEANUP(fact_set_done) struct fact_set good = {0};
	struct fact_head head;
	check_ok(fact_set_decode(bytes_of_text(HEAD FACT("a", "refused") "]}"), &good, &head, &e));
	assert_int_equal(good.list[0].state, FACT_REFUSED);
	assert_false(fact_looked(good.list[0].state));
}

static void test_provision_from_cases(void **state)
{
	(void)state;
	static const struct {
		enum verdict_result a, b, expected;
	} table[] = {
		{VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{VERDICT_PASS, VERDICT_FAIL, VERDICT_FAIL},
		{VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_FAIL},
		{VERDICT_PASS, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{VERDICT_PASS, VERDICT_NOT_JUDGED, VERDICT_INCONCLUSIVE},
		{VERDICT_NOT_JUDGED, VERDICT_NOT_JUDGED, VERDICT_NOT_JUDGED},
		{VERDICT_NOT_JUDGED, VERDICT_PASS, VERDICT_INCONCLUSIVE},
		{VERDICT_NOT_JUDGED, VERDICT_FAIL, VERDICT_FAIL},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct verdict v = {.cases_n = 2};
		v.cases[0].result = table[i].a;
		v.cases[1].result = table[i].b;
		verdict_conclude(&v);
		assert_int_equal(v.result, table[i].expected);
	}
	struct verdict none = {0};
	verdict_conclude(&none);
	assert_int_equal(none.result, VERDICT_NOT_JUDGED);
	struct verdict na = {.result = VERDICT_NOT_APPLICABLE, .cases_n = 1};
	na.cases[0].result = VERDICT_FAIL;
	verdict_conclude(&na);
	assert_int_equal(na.result, VERDICT_NOT_APPLICABLE);
}

static void test_verdicts_round_trip_and_refuse(void **state)
{
	(void)state;
	struct err e = {0};
	const char *const ids[] = {"5.1-5", "5.3-9", NULL};
	CLEANUP(subject_free) struct subject *subject = assess_world_subject(ids);
	CLEANUP(fact_set_done) struct fact_set facts = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL, *back = NULL, *none = NULL;
	CLEANUP(buf_done) struct buf text, again;
	buf_init(&text, VERDICT_JSON_MAX);
	buf_init(&again, VERDICT_JSON_MAX);
	assess_world_fact(&facts, "passwords.throttle", FACT_SEEN, "after 5 wrong tries");
	const struct judging_input in = {&facts, subject};
	check_ok(judging_run(&in, &v, &e));
	memset(v->facts_sha256, 'a', 2 * SHA256_SIZE);
	check_ok(verdict_set_encode(v, &text, &e));
	check_ok(verdict_set_decode(buf_view(&text), &back, &e));
	check_ok(verdict_set_encode(back, &again, &e));
	assert_string_equal(buf_text(&text), buf_text(&again));
	/* A result that nobody defined, and a provision judged twice. */
	char *at = strstr((char *)text.data, "\"pass\"");
	assert_non_null(at);
	memcpy(at, "\"past\"", 6);
	check_fails(ERR_INPUT, verdict_set_decode(buf_view(&text), &none, &e));
	memcpy(at, "\"pass\"", 6);
	at = strstr((char *)text.data, "\"provision\":\"5.3-9\"");
	assert_non_null(at);
	memcpy(at, "\"provision\":\"5.1-5\"", 19);
	check_fails(ERR_INPUT, verdict_set_decode(buf_view(&text), &none, &e));
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_texts_are_cleaned),
		cmocka_unit_test(test_ids_are_checked_and_unique),
		cmocka_unit_test(test_bad_files_are_refused),
		cmocka_unit_test(test_provision_from_cases),
		cmocka_unit_test(test_verdicts_round_trip_and_refuse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
