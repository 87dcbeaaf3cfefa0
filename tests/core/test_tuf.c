/* SPDX-License-Identifier: Apache-2.0 */
/* The TUF client against a server that lies: one online role at a time. Root rotation is in test_tuf_root.c. */
#include "tufrepo.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"

static void check_refused(struct tufrepo *r, struct tuf *t, const char *reason)
{
	struct err e = {0};
	rc result = tufrepo_refresh(r, t, &e);
	if (rc_ok(result))
		fail_msg("accepted, expected %s", reason);
	if (strcmp(r->reason, reason) != 0)
		fail_msg("reason %s, expected %s: %s", r->reason, reason, e.text);
}

static void check_versions(const struct tuf *t, int64_t root, int64_t timestamp, int64_t snapshot, int64_t targets)
{
	struct tuf_versions v = tuf_versions(t);
	assert_int_equal(v.root, root);
	assert_int_equal(v.timestamp, timestamp);
	assert_int_equal(v.snapshot, snapshot);
	assert_int_equal(v.targets, targets);
}

static void fetches_in_order_and_only_what_is_new(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	assert_string_equal(r->asked, "2.root.json timestamp.json 1.snapshot.json 1.targets.json");
	check_versions(t, 1, 1, 1, 1);
	TUFREPO_CLIENT *again = tufrepo_client(r);
	tufrepo_restore(r, again);
	check_versions(again, 1, 1, 1, 1);
	check_ok(tufrepo_refresh(r, again, &e));
	assert_string_equal(r->asked, "2.root.json timestamp.json");
}

static void keeps_received_bytes(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf padded;
	buf_init(&padded, MIB);
	buf_put(&padded, buf_view(tufrepo_file(r, "timestamp.json")));
	buf_put_text(&padded, " \n\n");
	tufrepo_serve_bytes(r, "timestamp.json", buf_view(&padded));
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	assert_true(bytes_equal(buf_view(tufrepo_stored(r, "timestamp.json")), buf_view(&padded)));
}

/* One bit of one byte, anywhere in any file: refused, and the trusted state stays. */
static void refuses_every_flipped_byte(void **state)
{
	static const char *const names[] = {"timestamp.json", "1.snapshot.json", "1.targets.json"};
	struct tufrepo *r = *state;
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		struct buf *file = tufrepo_file(r, names[k]);
		for (size_t i = 0; i < file->len; i++) {
			struct err e = {0};
			TUFREPO_CLIENT *t = tufrepo_client(r);
			file->data[i] ^= 1;
			if (rc_ok(tufrepo_refresh(r, t, &e)))
				fail_msg("%s: byte %zu changed and accepted", names[k], i);
			assert_int_equal(tuf_versions(t).targets, 0);
			file->data[i] ^= 1;
		}
	}
}

static void refuses_truncated_files(void **state)
{
	struct tufrepo *r = *state;
	struct buf *file = tufrepo_file(r, "timestamp.json");
	for (size_t full = file->len; file->len > 0;) {
		struct err e = {0};
		TUFREPO_CLIENT *t = tufrepo_client(r);
		file->len--;
		assert_true(rc_failed(tufrepo_refresh(r, t, &e)));
		if (file->len > full)
			break;
	}
}

static void refuses_expired(void **state)
{
	struct tufrepo *r = *state;
	TUFREPO_CLIENT *t = tufrepo_client(r);
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 1, PAST, "snapshot.json", 1, (struct bytes){0}),
		      SIGNED_BY(M0));
	check_refused(r, t, "expired");
	assert_null(tufrepo_stored(r, "timestamp.json"));
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 1, LATER, "snapshot.json", 1, (struct bytes){0}),
		      SIGNED_BY(M0));
	tufrepo_serve(r, "1.snapshot.json", tufrepo_list("snapshot", 1, PAST, "targets.json", 1, (struct bytes){0}),
		      SIGNED_BY(S0));
	check_refused(r, t, "expired");
	tufrepo_serve(r, "1.snapshot.json", tufrepo_list("snapshot", 1, LATER, "targets.json", 1, (struct bytes){0}),
		      SIGNED_BY(S0));
	tufrepo_serve(r, "1.targets.json", tufrepo_targets(1, PAST), SIGNED_BY(T0));
	check_refused(r, t, "expired");
	tufrepo_serve(r, "1.targets.json", tufrepo_targets(1, LATER), SIGNED_BY(T0));
	struct err e = {0};
	check_ok(tufrepo_refresh(r, t, &e));
}

/* A timestamp we hold and the server repeats is worth nothing once it has expired. */
static void refuses_repeated_expired_timestamp(void **state)
{
	struct tufrepo *r = *state;
	TUFREPO_CLIENT *t = tufrepo_client(r);
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 1, PAST, "snapshot.json", 1, (struct bytes){0}),
		      SIGNED_BY(M0));
	tuf_offer_stored(t, "timestamp.json", buf_view(tufrepo_file(r, "timestamp.json")));
	check_versions(t, 1, 1, 0, 0);
	check_refused(r, t, "expired");
}

static void refuses_wrong_signer(void **state)
{
	struct tufrepo *r = *state;
	TUFREPO_CLIENT *t = tufrepo_client(r);
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 1, LATER, "snapshot.json", 1, (struct bytes){0}),
		      SIGNED_BY(M1));
	check_refused(r, t, "signature");
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 1, LATER, "snapshot.json", 1, (struct bytes){0}),
		      SIGNED_BY(S0, T0, R0));
	check_refused(r, t, "signature");
	tufrepo_publish(r, 1, 1, 1);
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 1, LATER, "snapshot.json", 1, (struct bytes){0}),
		      SIGNED_BY(M0));
	tufrepo_serve(r, "1.snapshot.json", tufrepo_list("snapshot", 1, LATER, "targets.json", 1, (struct bytes){0}),
		      SIGNED_BY(M0));
	check_refused(r, t, "signature");
	tufrepo_serve(r, "1.snapshot.json", tufrepo_list("snapshot", 1, LATER, "targets.json", 1, (struct bytes){0}),
		      SIGNED_BY(S0));
	tufrepo_serve(r, "1.targets.json", tufrepo_targets(1, LATER), SIGNED_BY(S0));
	check_refused(r, t, "signature");
}

static void refuses_rollback_of_timestamp(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	tufrepo_publish(r, 1, 5, 5);
	check_ok(tufrepo_refresh(r, t, &e));
	tufrepo_publish(r, 1, 5, 4);
	check_refused(r, t, "rollback");
	tufrepo_publish(r, 1, 4, 6); /* newer timestamp, older snapshot */
	check_refused(r, t, "rollback");
	check_versions(t, 1, 5, 5, 1);
	TUFREPO_CLIENT *restarted = tufrepo_client(r);
	tufrepo_restore(r, restarted);
	check_refused(r, restarted, "rollback");
}

/* The same version again, whatever else it says: the old one stands (5.4.3). */
static void keeps_timestamp_of_equal_version(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	tufrepo_publish(r, 2, 2, 1);
	check_ok(tufrepo_refresh(r, t, &e));
	check_versions(t, 1, 1, 1, 1);
}

static void refuses_rollback_in_snapshot(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	tufrepo_publish(r, 3, 3, 3);
	check_ok(tufrepo_refresh(r, t, &e));
	tufrepo_publish(r, 2, 4, 4); /* targets go back */
	check_refused(r, t, "rollback");
	check_versions(t, 1, 4, 3, 3);
	tufrepo_publish(r, 4, 5, 5);
	check_ok(tufrepo_refresh(r, t, &e));
}

static void refuses_removal_from_snapshot(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	json_t *body = tufrepo_list("snapshot", 2, LATER, "targets.json", 1, (struct bytes){0});
	(void)json_object_set_new(json_object_get(body, "meta"), "extra.json", json_pack("{s:i}", "version", 1));
	tufrepo_serve(r, "2.snapshot.json", body, SIGNED_BY(S0));
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 2, LATER, "snapshot.json", 2, (struct bytes){0}),
		      SIGNED_BY(M0));
	check_ok(tufrepo_refresh(r, t, &e));
	tufrepo_publish(r, 1, 3, 3);
	check_refused(r, t, "rollback");
}

/* Genuine files of different moments do not go together. */
static void refuses_mix_and_match(void **state)
{
	struct tufrepo *r = *state;
	TUFREPO_CLIENT *t = tufrepo_client(r);
	CLEANUP(buf_done) struct buf old;
	buf_init(&old, MIB);
	buf_put(&old, buf_view(tufrepo_file(r, "1.targets.json")));
	tufrepo_publish(r, 2, 2, 2);
	tufrepo_serve_bytes(r, "2.targets.json", buf_view(&old));
	check_refused(r, t, "target-hash"); /* found by the hash */
	tufrepo_serve(r, "2.snapshot.json", tufrepo_list("snapshot", 2, LATER, "targets.json", 2, (struct bytes){0}),
		      SIGNED_BY(S0));
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 3, LATER, "snapshot.json", 2, (struct bytes){0}),
		      SIGNED_BY(M0));
	TUFREPO_CLIENT *second = tufrepo_client(r);
	check_refused(r, second, "rollback"); /* no hashes given: found by the version */
	tufrepo_serve_bytes(r, "2.snapshot.json", buf_view(tufrepo_file(r, "1.snapshot.json")));
	TUFREPO_CLIENT *fresh = tufrepo_client(r);
	check_refused(r, fresh, "rollback");
}

static void refuses_oversized_and_deep(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf big;
	buf_init(&big, 8 * MIB);
	while (big.len <= TUF_TIMESTAMP_MAX)
		buf_put_text(&big, "                ");
	TUFREPO_CLIENT *t = tufrepo_client(r);
	tufrepo_serve_bytes(r, "timestamp.json", buf_view(&big));
	check_refused(r, t, "target-length");
	buf_reset(&big);
	for (int i = 0; i < 2000; i++)
		buf_put_text(&big, "[");
	tufrepo_serve_bytes(r, "timestamp.json", buf_view(&big));
	check_refused(r, t, "signature");
	tufrepo_publish(r, 1, 1, 1);
	buf_reset(&big);
	buf_put(&big, buf_view(tufrepo_file(r, "1.snapshot.json")));
	buf_put_text(&big, " "); /* one more than announced */
	tufrepo_serve_bytes(r, "1.snapshot.json", buf_view(&big));
	check_refused(r, t, "target-length");
	tufrepo_publish(r, 1, 1, 1);
	check_ok(tufrepo_refresh(r, t, &e));
}

static void refuses_wrong_type_and_malformed(void **state)
{
	struct tufrepo *r = *state;
	TUFREPO_CLIENT *t = tufrepo_client(r);
	static const struct {
		const char *key;
		const char *value; /* JSON; NULL: remove the key */
	} cases[] = {
		{"_type", "\"snapshot\""},
		{"_type", NULL},
		{"spec_version", "\"2.0.0\""},
		{"spec_version", NULL},
		{"version", "0"},
		{"version", "-1"},
		{"version", "\"1\""},
		{"version", "true"},
		{"expires", "\"2030-01-01\""},
		{"expires", "\"tomorrow\""},
		{"expires", NULL},
		{"meta", "[]"},
		{"meta", "{}"},
		{"meta", "{\"snapshot.json\":{\"version\":1,\"hashes\":{}}}"},
		{"meta", "{\"snapshot.json\":{\"version\":1,\"hashes\":{\"md5\":\"00\"}}}"},
		{"meta", "{\"snapshot.json\":{\"version\":1,\"length\":-1}}"},
		{"meta", "{\"snapshot.json\":{}}"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		json_t *body = tufrepo_list("timestamp", 1, LATER, "snapshot.json", 1, (struct bytes){0});
		if (cases[i].value)
			(void)json_object_set_new(body, cases[i].key,
						  json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
		else
			(void)json_object_del(body, cases[i].key);
		tufrepo_serve(r, "timestamp.json", body, SIGNED_BY(M0));
		TUFREPO_CLIENT *fresh = tufrepo_client(r);
		if (rc_ok(tufrepo_refresh(r, fresh, &e)))
			fail_msg("accepted: %s = %s", cases[i].key, cases[i].value ? cases[i].value : "(none)");
	}
	check_versions(t, 1, 0, 0, 0);
}

/* An unusable signature counts for nothing, and does no harm; two with one key id make the file suspect. */
static void counts_signatures_by_key(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	JSON_AUTO json_t *doc = json_loadb((const char *)tufrepo_file(r, "timestamp.json")->data,
					   tufrepo_file(r, "timestamp.json")->len, 0, NULL);
	json_t *list = json_object_get(doc, "signatures");
	(void)json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", "someone", "sig", ""));
	char *text = json_dumps(doc, 0);
	tufrepo_serve_bytes(r, "timestamp.json", bytes_of_text(text));
	free(text);
	check_ok(tufrepo_refresh(r, t, &e));
	(void)json_array_append(list, json_array_get(list, 0));
	text = json_dumps(doc, 0);
	tufrepo_serve_bytes(r, "timestamp.json", bytes_of_text(text));
	free(text);
	TUFREPO_CLIENT *fresh = tufrepo_client(r);
	check_refused(r, fresh, "signature");
}

static void missing_files_are_errors(void **state)
{
	static const char *const names[] = {"1.targets.json", "1.snapshot.json", "timestamp.json"};
	struct tufrepo *r = *state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		TUFREPO_CLIENT *t = tufrepo_client(r);
		tufrepo_withdraw(r, names[i]);
		check_refused(r, t, "network");
	}
}

static void ignores_stored_files_that_are_not_genuine(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	tufrepo_serve(r, "forged", tufrepo_list("timestamp", 99, LATER, "snapshot.json", 99, (struct bytes){0}),
		      SIGNED_BY(M1));
	tuf_offer_stored(t, "timestamp.json", buf_view(tufrepo_file(r, "forged")));
	tuf_offer_stored(t, "timestamp.json", bytes_of_text("{"));
	tuf_offer_stored(t, "unheard-of.json", bytes_of_text("{}"));
	check_versions(t, 1, 0, 0, 0);
	check_ok(tufrepo_refresh(r, t, &e));
}

static void finds_targets(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	CLEANUP(tuf_target_done) struct tuf_target target = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_fails(ERR_WRONG_STATE, tuf_target_find(t, "cam.img", &target, &e));
	check_ok(tufrepo_refresh(r, t, &e));
	check_fails(ERR_MISSING, tuf_target_find(t, "none.img", &target, &e));
	check_fails(ERR_INPUT, tuf_target_find(t, "../cam.img", &target, &e));
	check_fails(ERR_INPUT, tuf_target_find(t, "/cam.img", &target, &e));
	check_fails(ERR_INPUT, tuf_target_find(t, "odd", &target, &e)); /* a hash nobody knows */
	check_ok(tuf_target_find(t, "cam.img", &target, &e));
	assert_int_equal(target.length, 5);
	assert_string_equal(target.custom, "{\"hallmark\":{\"kind\":\"image\"}}");
	assert_string_equal(target.fetch_name + 64, ".cam.img");
	tufrepo_publish(r, 2, 2, 2);
	tufrepo_withdraw(r, "2.targets.json");
	check_refused(r, t, "network");
	struct tuf_target stale = {0};
	check_fails(ERR_WRONG_STATE, tuf_target_find(t, "cam.img", &stale, &e)); /* known to be outdated */
}

static void works_without_consistent_snapshots(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	CLEANUP(tuf_target_done) struct tuf_target target = {0};
	struct root_spec spec = tufrepo_root_spec(1);
	spec.flat = true;
	tufrepo_serve(r, "1.root.json", tufrepo_root(r, &spec), SIGNED_BY(R0, R1));
	tufrepo_serve_bytes(r, "snapshot.json", buf_view(tufrepo_file(r, "1.snapshot.json")));
	tufrepo_serve_bytes(r, "targets.json", buf_view(tufrepo_file(r, "1.targets.json")));
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	assert_string_equal(r->asked, "2.root.json timestamp.json snapshot.json targets.json");
	check_ok(tuf_target_find(t, "cam.img", &target, &e));
	assert_string_equal(target.fetch_name, "cam.img");
}

static void needs_a_refresh_under_way(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	struct tuf_fetch due;
	struct tuf_actions actions;
	const char *reason = NULL;
	bool done = true;
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_fails(ERR_WRONG_STATE, tuf_next(t, &due, &done, &e));
	check_fails(ERR_WRONG_STATE, tuf_feed_absent(t, &actions, &e));
	assert_true(rc_failed(tuf_feed(t, bytes_of_text("{}"), &actions, &reason, &e)));
	check_fails(ERR_WRONG_STATE, tuf_next(t, &due, &done, &e));
	check_ok(tufrepo_refresh(r, t, &e));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, tufrepo_setup, tufrepo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(fetches_in_order_and_only_what_is_new),
		CASE(keeps_received_bytes),
		CASE(refuses_every_flipped_byte),
		CASE(refuses_truncated_files),
		CASE(refuses_expired),
		CASE(refuses_repeated_expired_timestamp),
		CASE(refuses_wrong_signer),
		CASE(refuses_rollback_of_timestamp),
		CASE(keeps_timestamp_of_equal_version),
		CASE(refuses_rollback_in_snapshot),
		CASE(refuses_removal_from_snapshot),
		CASE(refuses_mix_and_match),
		CASE(refuses_oversized_and_deep),
		CASE(refuses_wrong_type_and_malformed),
		CASE(counts_signatures_by_key),
		CASE(missing_files_are_errors),
		CASE(ignores_stored_files_that_are_not_genuine),
		CASE(finds_targets),
		CASE(works_without_consistent_snapshots),
		CASE(needs_a_refresh_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
