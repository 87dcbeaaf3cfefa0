/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and sizes at their edges: what is at a limit is good, one more is not, and nothing wraps around. */
#include "tufrepo.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/trust/tuf_delegation.h"
#include "core/trust/tuf_meta.h"

static bool accepted(struct tufrepo *r, struct tuf *t)
{
	struct err e = {0};
	return rc_ok(tufrepo_refresh(r, t, &e));
}

static void serve_timestamp(struct tufrepo *r, int64_t version, json_t *take_entry)
{
	json_t *body = tufrepo_list("timestamp", version, LATER, "snapshot.json", 1, (struct bytes){0});
	if (take_entry)
		(void)json_object_set_new(json_object_get(body, "meta"), "snapshot.json", take_entry);
	tufrepo_serve(r, "timestamp.json", body, SIGNED_BY(M0));
}

/* Each one is newer than the one before, up to the last that can still be counted further. */
static void versions_do_not_wrap(void **state)
{
	static const int64_t versions[] = {
		INT32_MAX,	  (int64_t)INT32_MAX + 1, UINT32_MAX,	(int64_t)UINT32_MAX + 1,
		(int64_t)1 << 53, ((int64_t)1 << 53) + 1, INT64_MAX - 1};
	struct tufrepo *r = *state;
	TUFREPO_CLIENT *t = tufrepo_client(r);
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		serve_timestamp(r, versions[i], NULL);
		assert_true(accepted(r, t));
		assert_true(tuf_versions(t).timestamp == versions[i]);
	}
	for (size_t i = 0; i + 1 < ARRAY_LEN(versions); i++) {
		serve_timestamp(r, versions[i], NULL);
		assert_false(accepted(r, t));
		assert_string_equal(r->reason, "rollback");
	}
	serve_timestamp(r, INT64_MAX, NULL);
	assert_false(accepted(r, t));
}

/* Numbers that no program of ours can write: the bytes are changed, and never reach the signature check. */
static void numbers_beyond_64_bits_are_no_numbers(void **state)
{
	static const char *const numbers[] = {"9223372036854775808",
					      "18446744073709551617",
					      "1e3",
					      "1.0",
					      "01",
					      "-0x1",
					      "999999999999999999999999999999999999999"};
	struct tufrepo *r = *state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
		char text[400];
		struct err e = {0};
		(void)snprintf(text, sizeof text,
			       "{\"signatures\":[],\"signed\":{\"_type\":\"timestamp\",\"spec_version\":\"1.0.34\","
			       "\"expires\":\"" LATER
			       "\",\"version\":%s,\"meta\":{\"snapshot.json\":{\"version\":1}}}}",
			       numbers[i]);
		rc result = tuf_meta_parse(bytes_of_text(text), TUF_ROLE_TIMESTAMP, &m, &e);
		if (rc_ok(result) && rc_ok(tuf_meta_decode(&m, &e)))
			fail_msg("accepted: %s", numbers[i]);
		tufrepo_serve_bytes(r, "timestamp.json", bytes_of_text(text));
		TUFREPO_CLIENT *t = tufrepo_client(r);
		assert_false(accepted(r, t));
	}
}

static void last_root_has_no_next(void **state)
{
	struct tufrepo *r = *state;
	struct tuf *refused = NULL;
	struct err e = {0};
	struct root_spec spec = tufrepo_root_spec(INT64_MAX - 1);
	tufrepo_serve(r, "1.root.json", tufrepo_root(r, &spec), SIGNED_BY(R0, R1));
	TUFREPO_CLIENT *t = tufrepo_client(r);
	assert_true(accepted(r, t));
	assert_int_equal(strncmp(r->asked, "9223372036854775807.root.json timestamp.json", 44), 0);
	spec = tufrepo_root_spec(INT64_MAX);
	tufrepo_serve(r, "9223372036854775807.root.json", tufrepo_root(r, &spec), SIGNED_BY(R0, R1));
	assert_false(accepted(r, t));
	check_fails(ERR_LIMIT, tuf_new(buf_view(tufrepo_file(r, "9223372036854775807.root.json")), &refused, &e));
}

/* A length is an upper bound; a huge one changes nothing about what is accepted, whatever the size of a size_t. */
static void lengths_do_not_wrap(void **state)
{
	static const int64_t lengths[] = {1, INT32_MAX, (int64_t)UINT32_MAX + 1, (int64_t)UINT32_MAX + 2, INT64_MAX};
	struct tufrepo *r = *state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct tuf_fetch due;
		struct tuf_actions actions;
		struct err e = {0};
		const char *reason = NULL;
		bool done = false;
		serve_timestamp(r, 1, json_pack("{s:i, s:I}", "version", 1, "length", (json_int_t)lengths[i]));
		TUFREPO_CLIENT *t = tufrepo_client(r);
		assert_int_equal(accepted(r, t), i > 0);
		TUFREPO_CLIENT *stepped = tufrepo_client(r);
		tuf_refresh_begin(stepped, NOW);
		check_ok(tuf_feed_absent(stepped, &actions, &e));
		check_ok(tuf_feed(stepped, buf_view(tufrepo_file(r, "timestamp.json")), &actions, &reason, &e));
		check_ok(tuf_next(stepped, &due, &done, &e));
		assert_int_equal(due.max, i == 0 ? 1 : TUF_SNAPSHOT_MAX);
	}
	serve_timestamp(r, 1, json_pack("{s:i, s:i}", "version", 1, "length", 0));
	TUFREPO_CLIENT *t = tufrepo_client(r);
	assert_false(accepted(r, t));
}

static void target_lengths_do_not_wrap(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	CLEANUP(tuf_target_done) struct tuf_target target = {0};
	struct tuf_target refused = {0};
	json_t *body = tufrepo_targets(1, LATER), *all = json_object_get(body, "targets");
	(void)json_object_set_new(json_object_get(all, "cam.img"), "length", json_integer(INT64_MAX));
	(void)json_object_set_new(json_object_get(all, "dir/a b?.img"), "length", json_integer(-1));
	tufrepo_serve(r, "1.targets.json", body, SIGNED_BY(T0));
	tufrepo_serve(r, "1.snapshot.json", tufrepo_list("snapshot", 1, LATER, "targets.json", 1, (struct bytes){0}),
		      SIGNED_BY(S0));
	serve_timestamp(r, 1, NULL);
	TUFREPO_CLIENT *t = tufrepo_client(r);
	assert_true(accepted(r, t));
	check_ok(tuf_target_find(t, "cam.img", &target, &e));
	assert_true(target.length == INT64_MAX);
	check_fails(ERR_TRUST, tuf_target_check(&target, bytes_of_text("image"), &e));
	check_fails(ERR_LIMIT, tuf_target_find(t, "dir/a b?.img", &refused, &e));
}

/* Two values under one name: what one reader signs for, another may read otherwise. */
static void doubled_keys_are_refused(void **state)
{
	static const char *const doubled[][2] = {{"{\"sign", "{\"signatures\":[],\"sign"},
						 {"\"_type\"", "\"_type\":\"timestamp\",\"_type\""},
						 {"\"version\"", "\"version\":1,\"version\""}};
	struct tufrepo *r = *state;
	for (size_t i = 0; i < ARRAY_LEN(doubled); i++) {
		CLEANUP(buf_done) struct buf text;
		struct err e = {0};
		buf_init(&text, MIB);
		tufrepo_publish(r, 1, 1, 1);
		const char *whole = buf_text(tufrepo_file(r, "timestamp.json")), *at = strstr(whole, doubled[i][0]);
		assert_non_null(at);
		buf_put(&text, bytes_of(whole, (size_t)(at - whole)));
		buf_put_text(&text, doubled[i][1]);
		buf_put_text(&text, at + strlen(doubled[i][0]));
		tufrepo_serve_bytes(r, "timestamp.json", buf_view(&text));
		TUFREPO_CLIENT *t = tufrepo_client(r);
		check_fails(ERR_INPUT, tufrepo_refresh(r, t, &e));
		assert_non_null(strstr(e.text, "duplicate"));
	}
}

static json_t *nested(int levels)
{
	json_t *value = json_integer(1);
	while (levels-- > 0)
		value = json_pack("[o]", value);
	return value;
}

static void depth_is_bounded(void **state)
{
	struct tufrepo *r = *state;
	for (int more = 0; more < 2; more++) {
		json_t *body = tufrepo_list("timestamp", 1, LATER, "snapshot.json", 1, (struct bytes){0});
		(void)json_object_set_new(body, "x-deep", nested(JSON_DEPTH_MAX - 2 + more));
		tufrepo_serve(r, "timestamp.json", body, SIGNED_BY(M0));
		TUFREPO_CLIENT *t = tufrepo_client(r);
		assert_int_equal(accepted(r, t), !more);
	}
}

static void signatures_are_bounded(void **state)
{
	struct tufrepo *r = *state;
	for (int n = TUF_META_SIGNATURES_MAX; n <= TUF_META_SIGNATURES_MAX + 1; n++) {
		tufrepo_publish(r, 1, 1, 1);
		const struct buf *file = tufrepo_file(r, "timestamp.json");
		JSON_AUTO json_t *doc = json_loadb((const char *)file->data, file->len, 0, NULL);
		json_t *list = json_object_get(doc, "signatures");
		for (int i = 1; i < n; i++) {
			char id[16];
			(void)snprintf(id, sizeof id, "k%d", i);
			(void)json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", id, "sig", ""));
		}
		char *text = json_dumps(doc, JSON_COMPACT);
		tufrepo_serve_bytes(r, "timestamp.json", bytes_of_text(text));
		free(text);
		TUFREPO_CLIENT *t = tufrepo_client(r);
		assert_int_equal(accepted(r, t), n == TUF_META_SIGNATURES_MAX);
	}
}

/* Change a copy of the root's body, sign it, and say whether it is accepted as the first root. */
static bool root_is_good(struct tufrepo *r, void (*change)(json_t *body, int n), int n)
{
	struct root_spec spec = tufrepo_root_spec(1);
	struct tuf *t = NULL;
	json_t *body = tufrepo_root(r, &spec);
	change(body, n);
	tufrepo_serve(r, "other", body, SIGNED_BY(R0, R1));
	bool good = rc_ok(tuf_new(buf_view(tufrepo_file(r, "other")), &t, NULL));
	tuf_free(t);
	return good;
}

static void fill_keys(json_t *body, int n)
{
	json_t *keys = json_object_get(body, "keys");
	for (int i = 0; json_object_size(keys) < (size_t)n; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "k%d", i);
		(void)json_object_set_new(keys, id, json_object());
	}
}

static void fill_role(json_t *body, int n)
{
	json_t *list = json_object_get(json_object_get(json_object_get(body, "roles"), "timestamp"), "keyids");
	for (int i = 0; json_array_size(list) < (size_t)n; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "k%d", i);
		(void)json_array_append_new(list, json_string(id));
	}
}

static void set_threshold(json_t *body, int n)
{
	json_t *role = json_object_get(json_object_get(body, "roles"), "timestamp");
	(void)json_object_set_new(role, "threshold", json_integer(n));
}

static void keys_and_thresholds_are_bounded(void **state)
{
	struct tufrepo *r = *state;
	assert_true(root_is_good(r, fill_keys, TUF_META_KEYS_MAX));
	assert_false(root_is_good(r, fill_keys, TUF_META_KEYS_MAX + 1));
	assert_true(root_is_good(r, fill_role, TUF_META_ROLE_KEYS_MAX));
	assert_false(root_is_good(r, fill_role, TUF_META_ROLE_KEYS_MAX + 1));
	assert_true(root_is_good(r, set_threshold, TUF_META_ROLE_KEYS_MAX));
	assert_false(root_is_good(r, set_threshold, TUF_META_ROLE_KEYS_MAX + 1));
	assert_false(root_is_good(r, set_threshold, 0));
	assert_false(root_is_good(r, set_threshold, -1));
}

static void fill(json_t *object, size_t n, json_t *value)
{
	for (size_t i = 0; json_object_size(object) < n; i++) {
		char name[24];
		(void)snprintf(name, sizeof name, "f%zu", i);
		(void)json_object_set(object, name, value);
	}
}

static void files_and_targets_are_bounded(void **state)
{
	struct tufrepo *r = *state;
	JSON_AUTO json_t *entry = json_pack("{s:i}", "version", 1);
	serve_timestamp(r, 1, NULL);
	for (size_t more = 0; more < 2; more++) {
		json_t *snapshot = tufrepo_list("snapshot", 1, LATER, "targets.json", 1, (struct bytes){0});
		fill(json_object_get(snapshot, "meta"), TUF_META_FILES_MAX + more, entry);
		tufrepo_serve(r, "1.snapshot.json", snapshot, SIGNED_BY(S0));
		TUFREPO_CLIENT *t = tufrepo_client(r);
		assert_int_equal(accepted(r, t), more == 0);
	}
	tufrepo_serve(r, "1.snapshot.json", tufrepo_list("snapshot", 1, LATER, "targets.json", 1, (struct bytes){0}),
		      SIGNED_BY(S0));
	for (size_t more = 0; more < 2; more++) {
		json_t *targets = tufrepo_targets(1, LATER);
		fill(json_object_get(targets, "targets"), TUF_META_TARGETS_MAX + more, entry);
		tufrepo_serve(r, "1.targets.json", targets, SIGNED_BY(T0));
		TUFREPO_CLIENT *t = tufrepo_client(r);
		assert_int_equal(accepted(r, t), more == 0);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, tufrepo_setup, tufrepo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(versions_do_not_wrap),
		CASE(numbers_beyond_64_bits_are_no_numbers),
		CASE(last_root_has_no_next),
		CASE(lengths_do_not_wrap),
		CASE(target_lengths_do_not_wrap),
		CASE(doubled_keys_are_refused),
		CASE(depth_is_bounded),
		CASE(signatures_are_bounded),
		CASE(keys_and_thresholds_are_bounded),
		CASE(files_and_targets_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
