/* SPDX-License-Identifier: Apache-2.0 */
/* Statements and check-ins: strict in, refused out, and what goes out comes back in. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/model/checkin.h"
#include "core/model/statement.h"

static struct statement_boot boot(void)
{
	struct statement_boot s = {.device = "cam-1",
				   .model = "cam",
				   .boot = {1, 2},
				   .time = {1700000000},
				   .version = "1.2.3-rc.1+b5",
				   .counter = 7,
				   .slot = 'b',
				   .image_sha256 = {9},
				   .health_n = 1,
				   .nonce = "00ff"};
	(void)snprintf(s.health[0].id, sizeof s.health[0].id, "answers");
	s.health[0].ok = true;
	return s;
}

static struct checkin_request checkin(void)
{
	return (struct checkin_request){
		.version = "1.0.0", .counter = 3, .slot = 'a', .state = "idle", .mode = "normal", .reason = "network"};
}

static struct checkin_answer answer(void)
{
	return (struct checkin_answer){.nonce = "ab12",
				       .wait_s = 60,
				       .offered = true,
				       .target = "cam-os-2.0.0.img",
				       .version = "2.0.0",
				       .device_time = {1700000000}};
}

static void boot_statement_refusals(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, ENVELOPE_PAYLOAD_MAX);
	struct statement_boot s = boot();
	s.outcome = STATEMENT_REVERTED; /* without failed_version */
	check_fails(ERR_INPUT, statement_boot_encode(&s, &b, &e));
	s = boot();
	(void)snprintf(s.failed_version, sizeof s.failed_version, "1.0.0"); /* without reverted */
	check_fails(ERR_INPUT, statement_boot_encode(&s, &b, &e));
	s = boot();
	s.slot = 'c';
	check_fails(ERR_INPUT, statement_boot_encode(&s, &b, &e));
	s = boot();
	(void)snprintf(s.device, sizeof s.device, "../x");
	check_fails(ERR_INPUT, statement_boot_encode(&s, &b, &e));
	s = boot();
	(void)snprintf(s.health[0].detail, sizeof s.health[0].detail, "line\nbreak");
	check_fails(ERR_INPUT, statement_boot_encode(&s, &b, &e));
	s = boot();
	s.health_n = STATEMENT_HEALTH_MAX + 1;
	check_fails(ERR_LIMIT, statement_boot_encode(&s, &b, &e));
	s = boot();
	s.counter = UINT64_MAX;
	check_fails(ERR_LIMIT, statement_boot_encode(&s, &b, &e));
	assert_int_equal(b.len, 0);
}

static void boot_statement_comes_back(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	struct statement_boot s = boot(), back, untouched = {.counter = 99};
	buf_init(&b, ENVELOPE_PAYLOAD_MAX);
	check_ok(statement_boot_encode(&s, &b, &e));
	check_ok(statement_boot_decode(buf_view(&b), &back, &e));
	assert_memory_equal(&back, &s, sizeof s);
	for (size_t n = 0; n < b.len; n++) {
		back = untouched;
		assert_true(rc_failed(statement_boot_decode(bytes_of(b.data, n), &back, &e)));
		assert_int_equal(back.counter, 99);
	}
}

static void alert_and_receipt(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, ENVELOPE_PAYLOAD_MAX);
	struct statement_alert a = {.device = "cam-1", .seq = 2, .mode = "normal", .cause = "x"}, a2;
	check_fails(ERR_INPUT, statement_alert_encode(&a, &b, &e)); /* nothing to be alarmed about */
	(void)snprintf(a.mode, sizeof a.mode, "isolated");
	a.paths_n = 1;
	(void)snprintf(a.paths[0], STATEMENT_PATH_SIZE, "/etc/passwd");
	check_fails(ERR_INPUT, statement_alert_encode(&a, &b, &e)); /* not relative */
	(void)snprintf(a.paths[0], STATEMENT_PATH_SIZE, "etc/passwd");
	check_ok(statement_alert_encode(&a, &b, &e));
	check_ok(statement_alert_decode(buf_view(&b), &a2, &e));
	assert_memory_equal(&a, &a2, sizeof a);
	buf_reset(&b);
	struct statement_receipt r = {.device = "cam-1",
				      .key_destroyed = true,
				      .files = 3,
				      .bytes = 10,
				      .by_service = true},
				 r2;
	r.not_erased_n = 1;
	check_fails(ERR_INPUT, statement_receipt_encode(&r, &b, &e)); /* something, for no reason */
	(void)snprintf(r.not_erased[0].what, sizeof r.not_erased[0].what, "backup");
	(void)snprintf(r.not_erased[0].why, sizeof r.not_erased[0].why, "not ours");
	check_ok(statement_receipt_encode(&r, &b, &e));
	check_ok(statement_receipt_decode(buf_view(&b), &r2, &e));
	assert_memory_equal(&r, &r2, sizeof r);
	check_fails(ERR_INPUT, statement_alert_decode(buf_view(&b), &a2, &e)); /* one noun is not another */
}

static void evidence_fills_up(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, ENVELOPE_PAYLOAD_MAX);
	struct statement_evidence *s = calloc(1, sizeof *s), *back = calloc(1, sizeof *back);
	assert_non_null(s);
	assert_non_null(back);
	(void)snprintf(s->device, sizeof s->device, "cam-1");
	(void)snprintf(s->model, sizeof s->model, "cam");
	(void)snprintf(s->version, sizeof s->version, "1.0.0");
	(void)snprintf(s->mode, sizeof s->mode, "normal");
	s->slot = 'a';
	for (; s->facts_n < STATEMENT_FACTS_MAX; s->facts_n++) {
		struct statement_fact *f = &s->facts[s->facts_n];
		(void)snprintf(f->id, sizeof f->id, "fact.%zu", s->facts_n);
		f->state = (enum statement_fact_state)(s->facts_n % STATEMENT_FACT_STATE_COUNT);
		(void)snprintf(f->value, sizeof f->value, "quote \" backslash \\ %0100d", 1);
	}
	check_ok(statement_evidence_encode(s, &b, &e));
	check_ok(statement_evidence_decode(buf_view(&b), back, &e));
	assert_memory_equal(s, back, sizeof *s);
	s->facts_n++;
	check_fails(ERR_LIMIT, statement_evidence_encode(s, &b, &e));
	free(s);
	free(back);
}

static void checkin_refusals(void **state)
{
	(void)state;
	struct err e = {0};
	struct checkin_request q;
	struct checkin_answer a;
	static const char *const bad_requests[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"v\":2,\"version\":\"1.0.0\",\"counter\":1,\"slot\":\"a\",\"state\":\"idle\",\"mode\":\"normal\","
		"\"reason\":\"\",\"failed_version\":\"\"}",
		"{\"v\":1,\"version\":\"1.0.0\",\"counter\":-1,\"slot\":\"a\",\"state\":\"idle\",\"mode\":\"normal\","
		"\"reason\":\"\",\"failed_version\":\"\"}",
		"{\"v\":1,\"version\":\"1.0.0\",\"counter\":1,\"slot\":\"a\",\"state\":\"flying\",\"mode\":\"normal\","
		"\"reason\":\"\",\"failed_version\":\"\"}",
		"{\"v\":1,\"version\":\"../..\",\"counter\":1,\"slot\":\"a\",\"state\":\"idle\",\"mode\":\"normal\","
		"\"reason\":\"\",\"failed_version\":\"\"}",
		"{\"v\":1,\"version\":\"1.0.0\",\"counter\":1,\"slot\":\"a\",\"state\":\"idle\",\"mode\":\"normal\","
		"\"reason\":\"\",\"failed_version\":\"\",\"more\":1}",
	};
	static const char *const bad_answers[] = {
		"{\"v\":1,\"nonce\":\"xyz\",\"wait_s\":1,\"offer\":null,\"erase\":false,\"device_time\":"
		"\"2026-01-01T00:00:00Z\"}",
		"{\"v\":1,\"nonce\":\"ab\",\"wait_s\":604801,\"offer\":null,\"erase\":false,\"device_time\":"
		"\"2026-01-01T00:00:00Z\"}",
		"{\"v\":1,\"nonce\":\"ab\",\"wait_s\":1,\"erase\":false,\"device_time\":\"2026-01-01T00:00:00Z\"}",
		"{\"v\":1,\"nonce\":\"ab\",\"wait_s\":1,\"offer\":{\"target\":\"a/b\",\"version\":\"1.0.0\"},\"erase\":"
		"false,\"device_time\":\"2026-01-01T00:00:00Z\"}",
		"{\"v\":1,\"nonce\":\"ab\",\"wait_s\":1,\"offer\":null,\"erase\":false,\"device_time\":\"yesterday\"}",
	};
	for (size_t i = 0; i < ARRAY_LEN(bad_requests); i++)
		assert_true(rc_failed(checkin_request_decode(bytes_of_text(bad_requests[i]), &q, &e)));
	for (size_t i = 0; i < ARRAY_LEN(bad_answers); i++)
		assert_true(rc_failed(checkin_answer_decode(bytes_of_text(bad_answers[i]), &a, &e)));
}

static void checkin_comes_back(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, CHECKIN_MAX);
	struct checkin_request q = checkin(), q2;
	check_ok(checkin_request_encode(&q, &b, &e));
	check_ok(checkin_request_decode(buf_view(&b), &q2, &e));
	assert_memory_equal(&q, &q2, sizeof q);
	struct checkin_answer a = answer(), a2;
	for (int offered = 0; offered < 2; offered++) {
		if (!offered)
			a = (struct checkin_answer){.nonce = "ab", .device_time = {5}};
		else
			a = answer();
		buf_reset(&b);
		check_ok(checkin_answer_encode(&a, &b, &e));
		check_ok(checkin_answer_decode(buf_view(&b), &a2, &e));
		assert_memory_equal(&a, &a2, sizeof a);
	}
	a.nonce[0] = 0;
	check_fails(ERR_INPUT, checkin_answer_encode(&a, &b, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_statement_refusals), cmocka_unit_test(boot_statement_comes_back),
		cmocka_unit_test(alert_and_receipt),	   cmocka_unit_test(evidence_fills_up),
		cmocka_unit_test(checkin_refusals),	   cmocka_unit_test(checkin_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
