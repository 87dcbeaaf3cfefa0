/* SPDX-License-Identifier: Apache-2.0 */
/* The root chain: rotation, thresholds, key types, recovery from a fast-forward attack. */
#include "tufrepo.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"

static void serve_root(struct tufrepo *r, const char *name, const struct root_spec *spec, const int *signers)
{
	tufrepo_serve(r, name, tufrepo_root(r, spec), signers);
}

static void check_refused(struct tufrepo *r, const char *reason)
{
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	if (rc_ok(tufrepo_refresh(r, t, &e)))
		fail_msg("accepted, expected %s", reason);
	if (strcmp(r->reason, reason) != 0)
		fail_msg("reason %s, expected %s: %s", r->reason, reason, e.text);
	assert_int_equal(tuf_versions(t).root, 1);
	assert_null(tufrepo_stored(r, "root.json"));
}

static void check_accepted(struct tufrepo *r, int64_t root)
{
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	assert_int_equal(tuf_versions(t).root, root);
}

static void first_root_must_be_whole(void **state)
{
	struct tufrepo *r = *state;
	struct buf *root = tufrepo_file(r, "1.root.json");
	struct tuf *t = NULL;
	struct err e = {0};
	for (size_t i = 0; i < root->len; i++) {
		root->data[i] ^= 1;
		if (rc_ok(tuf_new(buf_view(root), &t, &e)))
			fail_msg("root with byte %zu changed was accepted", i);
		root->data[i] ^= 1;
	}
	struct root_spec spec = tufrepo_root_spec(1);
	serve_root(r, "1.root.json", &spec, SIGNED_BY(R0)); /* one of two */
	check_fails(ERR_TRUST, tuf_new(buf_view(tufrepo_file(r, "1.root.json")), &t, &e));
	serve_root(r, "1.root.json", &spec, SIGNED_BY(R0, T0));
	check_fails(ERR_TRUST, tuf_new(buf_view(tufrepo_file(r, "1.root.json")), &t, &e));
	check_fails(ERR_TRUST, tuf_new(buf_view(tufrepo_file(r, "1.root.json")), &t, &e));
	assert_null(t);
}

static void refuses_every_flipped_byte_of_the_next_root(void **state)
{
	struct tufrepo *r = *state;
	struct root_spec spec = tufrepo_root_spec(2);
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
	struct buf *root = tufrepo_file(r, "2.root.json");
	for (size_t i = 0; i < root->len; i++) {
		struct err e = {0};
		TUFREPO_CLIENT *t = tufrepo_client(r);
		root->data[i] ^= 1;
		if (rc_ok(tufrepo_refresh(r, t, &e)))
			fail_msg("root with byte %zu changed was accepted", i);
		root->data[i] ^= 1;
	}
	check_accepted(r, 2);
}

static void follows_the_chain(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	struct root_spec spec = tufrepo_root_spec(2);
	spec.expires = PAST; /* only the last one must be fresh */
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R2));
	spec = tufrepo_root_spec(3);
	serve_root(r, "3.root.json", &spec, SIGNED_BY(R1, R2));
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	assert_string_equal(r->asked,
			    "2.root.json 3.root.json 4.root.json timestamp.json 1.snapshot.json 1.targets.json");
	assert_true(bytes_equal(buf_view(tufrepo_stored(r, "root.json")), buf_view(tufrepo_file(r, "3.root.json"))));
}

static void refuses_skipped_repeated_and_misnumbered(void **state)
{
	static const int64_t wrong[] = {1, 3, 1000000};
	struct tufrepo *r = *state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct root_spec spec = tufrepo_root_spec(wrong[i]);
		serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
		check_refused(r, "rollback");
	}
	tufrepo_withdraw(r, "2.root.json"); /* 3 without 2 is never asked for */
	struct root_spec spec = tufrepo_root_spec(3);
	serve_root(r, "3.root.json", &spec, SIGNED_BY(R0, R1));
	check_accepted(r, 1);
}

static void needs_old_and_new_holders(void **state)
{
	struct tufrepo *r = *state;
	struct root_spec spec = tufrepo_root_spec(2);
	spec.root = (struct role_spec){{T1, S1, M1}, 3, 2}; /* entirely new holders */
	serve_root(r, "2.root.json", &spec, SIGNED_BY(T1, S1, M1));
	check_refused(r, "signature");
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
	check_refused(r, "signature");
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, T1, S1));
	check_refused(r, "signature");
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1, T1));
	check_refused(r, "signature");
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1, T1, S1));
	check_accepted(r, 2);
}

static void expired_root_freezes(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	struct root_spec spec = tufrepo_root_spec(1);
	spec.expires = PAST;
	serve_root(r, "1.root.json", &spec, SIGNED_BY(R0, R1));
	check_refused(r, "expired");
	spec = tufrepo_root_spec(2);
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
	TUFREPO_CLIENT *t = tufrepo_client(r); /* an expired trusted root may still lead to a fresh one */
	check_ok(tufrepo_refresh(r, t, &e));
}

static void same_key_under_two_ids_counts_once(void **state)
{
	struct tufrepo *r = *state;
	struct tuf *t = NULL;
	struct err e = {0};
	struct root_spec spec = tufrepo_root_spec(1);
	spec.root = (struct role_spec){{R0, R1}, 2, 2};
	privkey_done(&r->keys[R1]);
	check_ok(privkey_of_pkey(r->keys[R0].key, &r->keys[R1], &e));
	r->note[R1] = "the same key in another coat";
	serve_root(r, "1.root.json", &spec, SIGNED_BY(R0, R1));
	check_fails(ERR_TRUST, tuf_new(buf_view(tufrepo_file(r, "1.root.json")), &t, &e));
	assert_non_null(strstr(e.text, "1 good signatures"));
}

static void refuses_key_listed_twice(void **state)
{
	struct tufrepo *r = *state;
	struct tuf *t = NULL;
	struct err e = {0};
	struct root_spec spec = tufrepo_root_spec(1);
	spec.root = (struct role_spec){{R0, R0, R1}, 3, 2};
	serve_root(r, "1.root.json", &spec, SIGNED_BY(R0, R1));
	check_fails(ERR_TRUST, tuf_new(buf_view(tufrepo_file(r, "1.root.json")), &t, &e));
}

/* A key under an id that is not its own: its signatures count for nothing, the others still do. */
static void key_under_a_false_id_does_not_count(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	struct root_spec spec = tufrepo_root_spec(1);
	JSON_AUTO json_t *body = tufrepo_root(r, &spec);
	MEM_AUTO char *id = tufrepo_keyid(r, M0, NULL);
	json_t *key = json_object_get(json_object_get(body, "keys"), id);
	(void)json_object_set_new(key, "x-added-later", json_string("and the id kept"));
	tufrepo_serve(r, "1.root.json", json_incref(body), SIGNED_BY(R0, R1));
	TUFREPO_CLIENT *t = tufrepo_client(r); /* the root role is not concerned */
	check_fails(ERR_TRUST, tufrepo_refresh(r, t, &e));
	assert_string_equal(r->reason, "signature");
	assert_int_equal(tuf_versions(t).timestamp, 0);
	spec = tufrepo_root_spec(2); /* the slip is mended in the next root */
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
	check_ok(tufrepo_refresh(r, t, &e));
}

static void unknown_fields_belong_to_the_key_id(void **state)
{
	struct tufrepo *r = *state;
	struct root_spec spec = tufrepo_root_spec(1);
	r->note[R0] = "kept in the hash";
	serve_root(r, "1.root.json", &spec, SIGNED_BY(R0, R1));
	check_accepted(r, 1);
}

static void accepts_each_key_type(void **state)
{
	struct tufrepo *r = *state;
	static const struct {
		int who;
		const char *keytype, *scheme;
		bool good;
	} cases[] = {
		{EK, "ecdsa", "ecdsa-sha2-nistp256", true},
		{EK, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", true},
		{RK, "rsa", "rsassa-pss-sha256", true},
		{EK, "rsa", "rsassa-pss-sha256", false},
		{EK, "ecdsa", "ed25519", false},
		{RK, "rsa", "rsa-pkcs1v15-sha256", false},
		{M0, "ed25519", "ed25519ph", false},
		{M0, "unheard-of", "ed25519", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		struct root_spec spec = tufrepo_root_spec(1);
		spec.timestamp = (struct role_spec){{cases[i].who}, 1, 1};
		r->keytype[cases[i].who] = cases[i].keytype;
		r->scheme[cases[i].who] = cases[i].scheme;
		serve_root(r, "1.root.json", &spec, SIGNED_BY(R0, R1));
		tufrepo_serve(r, "timestamp.json",
			      tufrepo_list("timestamp", 1, LATER, "snapshot.json", 1, (struct bytes){0}),
			      SIGNED_BY(cases[i].who));
		TUFREPO_CLIENT *t = tufrepo_client(r); /* the root itself is usable, whatever it says of the others */
		if (rc_ok(tufrepo_refresh(r, t, &e)) != cases[i].good)
			fail_msg("%s/%s: %s", cases[i].keytype, cases[i].scheme, e.text);
	}
}

/*
 * An attacker with the timestamp key raised the version beyond reach; the maker rotates the key. EN303645 5.3-10. The
 * old files must go before the new root is kept.
 */
static void recovers_from_fast_forward(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	tufrepo_publish(r, 1, 1000, 1000);
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	tufrepo_publish(r, 2, 2, 2);
	check_fails(ERR_TRUST, tufrepo_refresh(r, t, &e));
	assert_string_equal(r->reason, "rollback");
	struct root_spec spec = tufrepo_root_spec(2);
	spec.timestamp = (struct role_spec){{M1}, 1, 1};
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
	tufrepo_serve(r, "timestamp.json", tufrepo_list("timestamp", 2, LATER, "snapshot.json", 2, (struct bytes){0}),
		      SIGNED_BY(M1));
	TUFREPO_CLIENT *restarted = tufrepo_client(r);
	tufrepo_restore(r, restarted);
	assert_int_equal(tuf_versions(restarted).timestamp, 1000);
	check_ok(tufrepo_refresh(r, restarted, &e));
	assert_int_equal(tuf_versions(restarted).timestamp, 2);
	assert_int_equal(r->deletes_before_root, 2);
}

/* A rotation of other keys forgives nothing. */
static void other_rotations_keep_the_versions(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	tufrepo_publish(r, 1, 9, 9);
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	struct root_spec spec = tufrepo_root_spec(2);
	spec.targets = (struct role_spec){{T1}, 1, 1};
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
	tufrepo_publish(r, 2, 2, 2);
	check_fails(ERR_TRUST, tufrepo_refresh(r, t, &e));
	assert_string_equal(r->reason, "rollback");
	assert_int_equal(r->deletes_before_root, 0);
}

/* Targets signed by a key that the new root no longer knows are fetched anew, and refused if it still signs. */
static void revoked_targets_key_ends_its_files(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	struct root_spec spec = tufrepo_root_spec(2);
	spec.targets = (struct role_spec){{T1}, 1, 1};
	serve_root(r, "2.root.json", &spec, SIGNED_BY(R0, R1));
	check_fails(ERR_TRUST, tufrepo_refresh(r, t, &e));
	assert_string_equal(r->reason, "signature");
	struct tuf_target target;
	check_fails(ERR_WRONG_STATE, tuf_target_find(t, "cam.img", &target, &e));
}

static void stops_after_the_most_rotations(void **state)
{
	struct tufrepo *r = *state;
	struct err e = {0};
	for (int64_t v = 2; v <= TUF_ROOT_ROTATIONS_MAX + 2; v++) {
		char name[40];
		struct root_spec spec = tufrepo_root_spec(v);
		(void)snprintf(name, sizeof name, "%lld.root.json", (long long)v);
		serve_root(r, name, &spec, SIGNED_BY(R0, R1));
	}
	TUFREPO_CLIENT *t = tufrepo_client(r);
	check_ok(tufrepo_refresh(r, t, &e));
	assert_int_equal(tuf_versions(t).root, TUF_ROOT_ROTATIONS_MAX + 1);
	check_ok(tufrepo_refresh(r, t, &e)); /* the rest next time */
	assert_int_equal(tuf_versions(t).root, TUF_ROOT_ROTATIONS_MAX + 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, tufrepo_setup, tufrepo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(first_root_must_be_whole),
		CASE(refuses_every_flipped_byte_of_the_next_root),
		CASE(follows_the_chain),
		CASE(refuses_skipped_repeated_and_misnumbered),
		CASE(needs_old_and_new_holders),
		CASE(expired_root_freezes),
		CASE(same_key_under_two_ids_counts_once),
		CASE(refuses_key_listed_twice),
		CASE(key_under_a_false_id_does_not_count),
		CASE(unknown_fields_belong_to_the_key_id),
		CASE(accepts_each_key_type),
		CASE(recovers_from_fast_forward),
		CASE(other_rotations_keep_the_versions),
		CASE(revoked_targets_key_ends_its_files),
		CASE(stops_after_the_most_rotations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
