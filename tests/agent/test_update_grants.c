/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of used downgrade grants and the request that brings one: what is refused, what is remembered, what is
 * forgotten, and that only exactly what was used counts. EN303645 5.3-9.
 */
#include "check.h"

#include <stdio.h>

#include "agent/roles/control_request.h"
#include "agent/update/update_grants.h"

#define ENTRY                                                                                                          \
	"{\"counter\":1,\"expires\":\"2026-02-03T04:05:06Z\",\"from_counter\":2,\"serial\":"                           \
	"\"000102030405060708090a0b0c0d0e0f\",\"version\":\"1.0.0\"}"
#define FILE_OF(entries) "{\"used\":[" entries "],\"v\":1}"

static struct grant grant(uint8_t serial, int64_t from, const char *version, int64_t counter, int64_t expires_s)
{
	struct grant g = {.from_counter = from, .counter = counter, .serial = {serial}, .expires = {expires_s}};
	(void)snprintf(g.version, sizeof g.version, "%s", version);
	return g;
}

static void malformed_lists_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		FILE_OF("") " x",
		"{\"used\":[],\"v\":2}",
		"{\"used\":[]}",
		"{\"used\":{},\"v\":1}",
		"{\"more\":1,\"used\":[],\"v\":1}",
		FILE_OF("1"),
		FILE_OF("{}"),
		FILE_OF(ENTRY "," ENTRY), /* a serial twice */
		FILE_OF("{\"counter\":2,\"expires\":\"2026-02-03T04:05:06Z\",\"from_counter\":2,\"serial\":"
			"\"000102030405060708090a0b0c0d0e0f\",\"version\":\"1.0.0\"}"),
		FILE_OF("{\"counter\":-1,\"expires\":\"2026-02-03T04:05:06Z\",\"from_counter\":2,\"serial\":"
			"\"000102030405060708090a0b0c0d0e0f\",\"version\":\"1.0.0\"}"),
		FILE_OF("{\"counter\":1,\"expires\":\"2026-02-03\",\"from_counter\":2,\"serial\":"
			"\"000102030405060708090a0b0c0d0e0f\",\"version\":\"1.0.0\"}"),
		FILE_OF("{\"counter\":1,\"expires\":\"2026-02-03T04:05:06Z\",\"from_counter\":2,\"serial\":"
			"\"000102030405060708090a0b0c0d0e\",\"version\":\"1.0.0\"}"),
		FILE_OF("{\"counter\":1,\"expires\":\"2026-02-03T04:05:06Z\",\"from_counter\":2,\"serial\":"
			"\"000102030405060708090a0b0c0d0e0f\",\"version\":\"one\"}"),
		FILE_OF("{\"counter\":1,\"expires\":\"2026-02-03T04:05:06Z\",\"from_counter\":2,\"more\":1,\"serial\":"
			"\"000102030405060708090a0b0c0d0e0f\",\"version\":\"1.0.0\"}"),
	};
	static struct update_grants u;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (rc_ok(update_grants_decode(bytes_of_text(bad[i]), &u, NULL)))
			fail_msg("taken: %s", bad[i]);
}

static void list_comes_back_as_it_was(void **state)
{
	(void)state;
	static struct update_grants u, back;
	struct err e = {0};
	struct buf text;
	check_ok(update_grants_decode(bytes_of_text(FILE_OF(ENTRY)), &u, &e));
	assert_int_equal(u.n, 1);
	assert_int_equal(u.serial[0][15], 15);
	assert_int_equal(u.use[0].from_counter, 2);
	while (u.n < UPDATE_GRANTS_MAX) {
		struct grant g =
			grant((uint8_t)(u.n + 100), RELEASE_COUNTER_MAX, "1.0.0-a.very.long.name", 0, 4102444800);
		check_ok(update_grants_add(&u, &g, &e));
	}
	buf_init(&text, UPDATE_GRANTS_BYTES);
	check_ok(update_grants_encode(&u, &text, &e)); /* a full one fits */
	check_ok(update_grants_decode(buf_view(&text), &back, &e));
	assert_int_equal(back.n, u.n);
	assert_memory_equal(back.serial, u.serial, sizeof u.serial);
	assert_true(update_grants_led(&back, RELEASE_COUNTER_MAX, "1.0.0-a.very.long.name", 0));
	buf_done(&text);
}

static void no_grant_is_added_twice_or_past_the_room(void **state)
{
	(void)state;
	static struct update_grants u;
	struct err e = {0};
	struct grant g = grant(1, 5, "2.0.0", 2, 1000);
	check_ok(update_grants_add(&u, &g, &e));
	g.from_counter = 9;
	assert_int_equal(update_grants_add(&u, &g, &e).code, ERR_EXISTS);
	for (uint8_t i = 2; i <= UPDATE_GRANTS_MAX; i++) {
		g = grant(i, 5, "2.0.0", 2, 2000);
		check_ok(update_grants_add(&u, &g, &e));
	}
	g = grant(200, 5, "2.0.0", 2, 2000);
	assert_int_equal(update_grants_add(&u, &g, &e).code, ERR_LIMIT);
	update_grants_prune(&u, (struct wall_time){999}); /* none is over */
	assert_int_equal(u.n, UPDATE_GRANTS_MAX);
	update_grants_prune(&u, (struct wall_time){1000}); /* the first is */
	assert_int_equal(u.n, UPDATE_GRANTS_MAX - 1);
	assert_int_equal(u.serial[0][0], 2);
	check_ok(update_grants_add(&u, &g, &e));
}

static void only_what_was_used_lowers(void **state)
{
	(void)state;
	static struct update_grants u;
	struct err e = {0};
	struct grant g = grant(1, 5, "2.0.0", 2, 1000);
	assert_false(update_grants_led(&u, 5, "2.0.0", 2));
	check_ok(update_grants_add(&u, &g, &e));
	assert_true(update_grants_led(&u, 5, "2.0.0", 2));
	assert_false(update_grants_led(&u, 6, "2.0.0", 2));
	assert_false(update_grants_led(&u, 5, "2.0.1", 2));
	assert_false(update_grants_led(&u, 5, "2.0.0", 3));
}

static void requests_are_bounded(void **state)
{
	(void)state;
	static uint8_t message[2 + CONTROL_GRANT_MAX + 1] = {CONTROL_GRANT >> 8, CONTROL_GRANT & 255};
	struct control_request q;
	struct buf again;
	assert_true(control_request_is(bytes_of(message, 2)));
	assert_false(control_request_decode(bytes_of(message, 2), &q)); /* empty */
	assert_false(control_request_decode(bytes_of(message, sizeof message), &q));
	assert_true(control_request_decode(bytes_of(message, sizeof message - 1), &q));
	assert_int_equal(q.grant.n, CONTROL_GRANT_MAX);
	buf_init(&again, sizeof message);
	control_request_put(&q, &again);
	assert_true(bytes_equal(buf_view(&again), bytes_of(message, sizeof message - 1)));
	buf_done(&again);
	message[1]++; /* the first kind that is none */
	assert_false(control_request_decode(bytes_of(message, 10), &q));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_lists_are_refused),
		cmocka_unit_test(list_comes_back_as_it_was),
		cmocka_unit_test(no_grant_is_added_twice_or_past_the_room),
		cmocka_unit_test(only_what_was_used_lowers),
		cmocka_unit_test(requests_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
