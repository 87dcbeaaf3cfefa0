/* SPDX-License-Identifier: Apache-2.0 */
/* Refreshing the four top-level files: basics, expiry, keys, rollback and recovery from it. */
#include "tufcases.h"

#include <stdlib.h>

#include "core/codec/hex.h"

/* ---- basic ---- */

static void basic_refresh_requests(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_string_equal(sim.asked, "");
	assert_true(sim_client_refresh(&sim));
	assert_string_equal(sim.asked, "2.root timestamp 1.snapshot 1.targets");
}

static void basic_refresh_trusted_data(void **state)
{
	static const char *const roles[] = {"root", "timestamp", "snapshot", "targets"};
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		assert_true(sim_client_has(&sim, roles[i], buf_view(sim_last(&sim, roles[i]))));
}

static void implicit_refresh(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_false(sim_client_download(&sim, "no such target", NULL));
	assert_string_equal(sim.asked, "2.root timestamp 1.snapshot 1.targets");
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 1 targets 1 timestamp 1");
}

/* Whatever init says of it, nothing may be asked of the server, and no refresh may succeed. */
static void check_never_trusted(json_t *root)
{
	char *text = json_dumps(root, JSON_COMPACT);
	assert_non_null(text);
	(void)sim_client_init(&sim, bytes_of_text(text));
	free(text);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim.asked, "");
}

static void invalid_initial_root(void **state)
{
	(void)state;
	JSON_AUTO json_t *root = sim_parse(sim_last(&sim, "root"));
	(void)json_object_del(json_object_get(root, "signed"), "version");
	check_never_trusted(root);
}

static json_t *first_signature(json_t *doc)
{
	return json_array_get(json_object_get(doc, "signatures"), 0);
}

static void unsigned_initial_root(void **state)
{
	(void)state;
	JSON_AUTO json_t *root = sim_parse(sim_last(&sim, "root"));
	JSON_AUTO json_t *other = sim_parse(sim_last(&sim, "targets"));
	(void)json_object_set(first_signature(root), "sig", json_object_get(first_signature(other), "sig"));
	check_never_trusted(root);
}

struct role_case {
	const char *role, *trusted;
};

static void unsigned_metadata(void **state)
{
	const struct role_case *c = *state;
	assert_true(sim_client_init_first(&sim));
	sim_role(&sim, c->role)->signers[0] = -1;
	sim_publish(&sim, ALL_ROLES);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), c->trusted);
}

/* 2.ROLE.json says that it is version 3. */
static void url_and_metadata_version_mismatch(void **state)
{
	const struct role_case *c = *state;
	assert_true(sim_client_init_first(&sim));
	json_t *body = sim_body(&sim, c->role);
	(void)json_object_set_new(body, "version", json_integer(2));
	sim_publish(&sim, ALL_ROLES);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), c->trusted);
}

static json_t *listed(const char *above, const char *file)
{
	return json_object_get(json_object_get(sim_body(&sim, above), "meta"), file);
}

static void timestamp_content_changes(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	CLEANUP(buf_done) struct buf before;
	buf_init(&before, MIB);
	buf_put(&before, buf_view(sim_last(&sim, "timestamp")));
	sim_restart(&sim, "timestamp");
	(void)json_object_set_new(listed("timestamp", "snapshot.json"), "version", json_integer(100));
	sim_publish(&sim, "timestamp", NULL); /* version 1 again */
	sim.asked[0] = 0;
	assert_true(sim_client_refresh(&sim));
	assert_string_equal(sim.asked, "2.root timestamp");
	assert_true(sim_client_has(&sim, "timestamp", buf_view(&before)));
}

static void basic_metadata_hash_support(void **state)
{
	(void)state;
	sim.hashes = true;
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	assert_non_null(json_object_get(listed("snapshot", "targets.json"), "hashes"));
}

static void spoil_hash(const char *above, const char *file)
{
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
	json_t *hashes = json_object_get(listed(above, file), "hashes");
	assert_int_equal(json_object_set_new(hashes, "sha256", json_string(zeros)), 0);
}

static void targets_hash_mismatch(void **state)
{
	(void)state;
	sim.hashes = true;
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	sim_publish(&sim, "targets", NULL);
	spoil_hash("snapshot", "targets.json");
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 3 targets 2 timestamp 3");
}

static void snapshot_hash_mismatch(void **state)
{
	(void)state;
	sim.hashes = true;
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	sim_publish(&sim, "snapshot", NULL);
	spoil_hash("timestamp", "snapshot.json");
	sim_publish(&sim, "timestamp", NULL);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 2 targets 1 timestamp 3");
}

static void metadata_bytes_match(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	buf_put_text(sim_last(&sim, "timestamp"), " \n ");
	assert_true(sim_client_refresh(&sim));
	assert_true(sim_client_has(&sim, "timestamp", buf_view(sim_last(&sim, "timestamp"))));
}

static void custom_fields(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	int who = sim_new_key(&sim);
	sim.repo.note_name[who] = "extra-field";
	sim.repo.note[who] = "kept in the key id";
	(void)json_object_set_new(sim_body(&sim, "root"), "custom-field", json_pack("{s:[i,n,b]}", "a", 1, 1));
	(void)json_object_set_new(sim_trusted(&sim, "root"), "another-field", json_string("value"));
	sim_add_key(&sim, "root", who);
	sim_publish(&sim, "root", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "root"), 2);
}

static void deprecated_keyid_hash_algorithms(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	int who = sim_new_key(&sim);
	sim.repo.note_name[who] = "keyid_hash_algorithms";
	sim.repo.note[who] = "md5"; /* says nothing to anyone any more */
	sim_clear_keys(&sim, "snapshot");
	sim_add_key(&sim, "snapshot", who);
	sim_publish(&sim, "root", "snapshot", "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 2 snapshot 2 targets 1 timestamp 2");
}

static void snapshot_404(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	(void)json_object_set_new(listed("timestamp", "snapshot.json"), "version", json_integer(2));
	sim_publish(&sim, "timestamp", NULL);
	sim.asked[0] = 0;
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim.asked, "2.root timestamp 2.snapshot");
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 1 targets 1 timestamp 2");
}

static void targets_404(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	(void)json_object_set_new(listed("snapshot", "targets.json"), "version", json_integer(2));
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	sim.asked[0] = 0;
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim.asked, "2.root timestamp 2.snapshot 2.targets");
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 2 targets 1 timestamp 2");
}

static void timestamp_404(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	sim_restart(&sim, "timestamp");
	sim.asked[0] = 0;
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim.asked, "2.root timestamp");
}

/* In all but its type it is a good timestamp, and signed with the timestamp's key. */
static void incorrect_metadata_type(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_publish(&sim, "root", NULL);
	JSON_AUTO json_t *keep = json_incref(sim_body(&sim, "timestamp"));
	json_t *body = json_deep_copy(keep);
	(void)json_object_set_new(body, "version", json_integer(2));
	(void)json_object_set_new(body, "_type", json_string("snapshot"));
	tufrepo_serve(&sim.repo, "timestamp.json", body, sim_role(&sim, "timestamp")->signers);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 2");
	sim_publish(&sim, "timestamp", NULL); /* the same with its type is accepted */
	assert_true(sim_client_refresh(&sim));
}

static void faketime(void **state)
{
	(void)state;
	if (!sim_client_can_shift_time(&sim))
		check_skip("faketime is not installed");
	assert_true(sim_client_init_first(&sim));
	sim_expires(&sim, "root", 7 * SIM_DAY);
	sim_publish(&sim, "root", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_true(sim_client_refresh_after(&sim, 6 * SIM_DAY));
	assert_false(sim_client_refresh_after(&sim, 8 * SIM_DAY));
}

/* ---- expiration ---- */

static void root_expired(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	sim_publish(&sim, "root", NULL);
	assert_true(sim_client_refresh(&sim));
	sim_expires(&sim, "root", -SIM_DAY);
	sim_publish(&sim, ALL_ROLES);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 3 snapshot 1 targets 1 timestamp 1");
}

/* ROLE_expired: everything from the role on stays as it was. */
static void role_expired(const char *role, const char *trusted)
{
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	sim_expires(&sim, role, -5 * SIM_DAY);
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), trusted);
}

static void timestamp_expired(void **state)
{
	(void)state;
	role_expired("timestamp", "root 1 snapshot 1 targets 1 timestamp 1");
}

static void snapshot_expired(void **state)
{
	(void)state;
	role_expired("snapshot", "root 1 snapshot 1 targets 1 timestamp 2");
}

static void targets_expired(void **state)
{
	(void)state;
	role_expired("targets", "root 1 snapshot 2 targets 1 timestamp 2");
}

static void expired_local_root(void **state)
{
	(void)state;
	if (!sim_client_can_shift_time(&sim))
		check_skip("faketime is not installed");
	assert_true(sim_client_init_first(&sim));
	sim_expires(&sim, "root", 7 * SIM_DAY);
	sim_publish(&sim, "root", NULL);
	assert_true(sim_client_refresh(&sim));
	sim_expires(&sim, "root", 21 * SIM_DAY);
	sim_publish(&sim, "root", NULL);
	assert_true(sim_client_refresh_after(&sim, 18 * SIM_DAY));
	assert_int_equal(sim_client_version(&sim, "root"), 3);
}

static void expired_local_timestamp(void **state)
{
	(void)state;
	if (!sim_client_can_shift_time(&sim))
		check_skip("faketime is not installed");
	assert_true(sim_client_init_first(&sim));
	sim_expires(&sim, "timestamp", 7 * SIM_DAY);
	sim_publish(&sim, "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	sim_expires(&sim, "timestamp", 21 * SIM_DAY);
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_true(sim_client_refresh_after(&sim, 18 * SIM_DAY));
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 2 targets 2 timestamp 3");
}

/* ---- keys ---- */

static void snapshot_does_not_meet_threshold(void **state)
{
	(void)state;
	sim_threshold(&sim, "snapshot", 3);
	sim_add_key(&sim, "snapshot", sim_new_key(&sim));
	sim_add_key(&sim, "snapshot", sim_new_key(&sim));
	sim_publish(&sim, ALL_ROLES);
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh(&sim));
	sim_role(&sim, "snapshot")->signers[2] = -1;
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_false(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "snapshot"), 2);
}

static void snapshot_has_too_few_keys(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	for (int i = 0; i < 4; i++)
		sim_add_key(&sim, "snapshot", sim_new_key(&sim));
	sim_threshold(&sim, "snapshot", 6); /* of 5 */
	sim_publish(&sim, "root", "snapshot", "timestamp", NULL);
	assert_false(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "root"), 2);
	assert_int_equal(sim_client_version(&sim, "snapshot"), 0);
}

static void repeat_signature(const char *role, int times)
{
	JSON_AUTO json_t *doc = sim_parse(sim_last(&sim, role));
	json_t *list = json_object_get(doc, "signatures");
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	for (int i = 0; i < times; i++)
		(void)json_array_append(list, last);
	sim_replace(&sim, role, doc);
}

static void duplicate_keys(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	int who = sim_new_key(&sim);
	for (int i = 0; i < 9; i++)
		sim_list_key(&sim, "snapshot", who);
	sim_add_signer(&sim, "snapshot", who);
	sim_threshold(&sim, "snapshot", 6);
	sim_publish(&sim, "root", "snapshot", "timestamp", NULL);
	repeat_signature("snapshot", 8);
	assert_false(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "snapshot"), 0);
}

static void duplicate_sig_keyids(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	repeat_signature("snapshot", 1);
	assert_false(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "snapshot"), 0);
	assert_int_equal(sim_client_version(&sim, "timestamp"), 1);
}

struct key_case {
	int who;
	const char *keytype, *scheme;
};

/* The last signature of the newest file of the role, put into another one. */
static void keytype_and_scheme(void **state)
{
	const struct key_case *c = *state;
	int who = c->who ? c->who : sim_new_key(&sim);
	assert_true(sim_client_init_first(&sim));
	sim.repo.keytype[who] = c->keytype;
	sim.repo.scheme[who] = c->scheme;
	sim_add_key(&sim, "root", who);
	sim_threshold(&sim, "root", 2);
	sim_publish(&sim, "root", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "root"), 2);
	JSON_AUTO json_t *before = sim_parse(sim_last(&sim, "root"));
	sim_publish(&sim, "root", NULL);
	JSON_AUTO json_t *doc = sim_parse(sim_last(&sim, "root"));
	json_t *list = json_object_get(doc, "signatures");
	assert_int_equal(json_array_size(list), 2);
	(void)json_array_set(list, 1, json_array_get(json_object_get(before, "signatures"), 1));
	sim_replace(&sim, "root", doc);
	assert_false(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "root"), 2);
}

static void invalid_sig_in_valid_metadata(void **state)
{
	(void)state;
	static const char *const bad[] = {NULL, "", "no hex", "00"};
	assert_true(sim_client_init_first(&sim));
	JSON_AUTO json_t *before = sim_parse(sim_last(&sim, "timestamp"));
	sim_add_key(&sim, "timestamp", sim_new_key(&sim));
	sim_publish(&sim, "root", NULL);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		sim_publish(&sim, "timestamp", NULL);
		JSON_AUTO json_t *doc = sim_parse(sim_last(&sim, "timestamp"));
		json_t *sig =
			bad[i] ? json_string(bad[i]) : json_incref(json_object_get(first_signature(before), "sig"));
		(void)json_object_set_new(first_signature(doc), "sig", sig);
		sim_replace(&sim, "timestamp", doc);
		assert_true(sim_client_refresh(&sim));
		assert_int_equal(sim_client_version(&sim, "timestamp"), 2 + (int)i);
	}
}

/* ---- rollback ---- */

static void new_timestamp_version_rollback(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_publish(&sim, "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "timestamp"), 2);
	sim_restart(&sim, "timestamp");
	sim_publish(&sim, "timestamp", NULL);
	sim.asked[0] = 0;
	assert_false(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "timestamp"), 2);
	assert_string_equal(sim.asked, "2.root timestamp");
}

static void snapshot_rollback(void **state)
{
	assert_true(sim_client_init_first(&sim));
	sim.hashes = *state != NULL;
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	sim_restart(&sim, "snapshot");
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	sim.asked[0] = 0;
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 2 targets 1 timestamp 2");
	assert_string_equal(sim.asked, "2.root timestamp");
}

static void targets_rollback(void **state)
{
	assert_true(sim_client_init_first(&sim));
	sim.hashes = *state != NULL;
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_true(sim_client_refresh(&sim));
	sim_restart(&sim, "targets");
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 2 targets 2 timestamp 3");
}

static void delegate_something(void)
{
	const struct sim_delegation d = {.from = "targets", .name = "delegated", .paths = {"delegatedpath/*"}};
	sim_delegate(&sim, &d);
	sim_publish(&sim, "delegated", NULL);
}

static void targets_role_removal(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	delegate_something();
	sim_publish(&sim, TARGETS_AND_ABOVE);
	assert_true(sim_client_refresh(&sim));
	(void)json_object_del(json_object_get(sim_body(&sim, "snapshot"), "meta"), "delegated.json");
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	assert_false(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "snapshot"), 2);
}

static void publish_99(const char *role)
{
	for (int i = 0; i < 99; i++)
		sim_publish(&sim, role, NULL);
}

static void targets_fast_forward_recovery(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	delegate_something();
	publish_99("targets");
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "targets"), 100);
	sim_rotate(&sim, "snapshot");
	sim_restart(&sim, "targets");
	(void)json_object_del(json_object_get(sim_body(&sim, "snapshot"), "meta"), "delegated.json");
	sim_publish(&sim, ALL_ROLES);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "targets"), 1);
}

static void new_snapshot_fast_forward_recovery(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	publish_99("snapshot");
	sim_publish(&sim, "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "snapshot"), 100);
	sim_rotate(&sim, "snapshot");
	sim_rotate(&sim, "timestamp");
	sim_restart(&sim, "snapshot");
	sim_publish(&sim, ALL_ROLES);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "snapshot"), 1);
}

static void new_timestamp_fast_forward_recovery(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	publish_99("timestamp");
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "timestamp"), 100);
	sim_rotate(&sim, "timestamp");
	sim_restart(&sim, "timestamp");
	sim_publish(&sim, "root", "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	assert_int_equal(sim_client_version(&sim, "timestamp"), 1);
}

static const struct role_case unsigned_cases[] = {{"root", "root 1"},
						  {"timestamp", "root 2"},
						  {"snapshot", "root 2 timestamp 2"},
						  {"targets", "root 2 snapshot 2 timestamp 2"}};
static const struct role_case mismatch_cases[] = {
	{"root", "root 1"}, {"snapshot", "root 2 timestamp 2"}, {"targets", "root 2 snapshot 2 timestamp 2"}};
static const struct key_case key_cases[] = {{RK, "rsa", "rsassa-pss-sha256"},
					    {EK, "ecdsa", "ecdsa-sha2-nistp256"},
					    {EK, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
					    {0, "ed25519", "ed25519"}};

const struct CMUnitTest tufcases_top[] = {
	CASE(basic_refresh_requests),
	CASE(basic_refresh_trusted_data),
	CASE(implicit_refresh),
	CASE(invalid_initial_root),
	CASE(unsigned_initial_root),
	CASE_OF(unsigned_metadata, "root", &unsigned_cases[0]),
	CASE_OF(unsigned_metadata, "timestamp", &unsigned_cases[1]),
	CASE_OF(unsigned_metadata, "snapshot", &unsigned_cases[2]),
	CASE_OF(unsigned_metadata, "targets", &unsigned_cases[3]),
	CASE_OF(url_and_metadata_version_mismatch, "root", &mismatch_cases[0]),
	CASE_OF(url_and_metadata_version_mismatch, "snapshot", &mismatch_cases[1]),
	CASE_OF(url_and_metadata_version_mismatch, "targets", &mismatch_cases[2]),
	CASE(timestamp_content_changes),
	CASE(basic_metadata_hash_support),
	CASE(targets_hash_mismatch),
	CASE(snapshot_hash_mismatch),
	CASE(metadata_bytes_match),
	CASE(custom_fields),
	CASE(deprecated_keyid_hash_algorithms),
	CASE(snapshot_404),
	CASE(targets_404),
	CASE(timestamp_404),
	CASE(incorrect_metadata_type),
	CASE(faketime),
	CASE(root_expired),
	CASE(timestamp_expired),
	CASE(snapshot_expired),
	CASE(targets_expired),
	CASE(expired_local_root),
	CASE(expired_local_timestamp),
	CASE(snapshot_does_not_meet_threshold),
	CASE(snapshot_has_too_few_keys),
	CASE(duplicate_keys),
	CASE(duplicate_sig_keyids),
	CASE_OF(keytype_and_scheme, "rsa/rsassa-pss-sha256", &key_cases[0]),
	CASE_OF(keytype_and_scheme, "ecdsa/ecdsa-sha2-nistp256", &key_cases[1]),
	CASE_OF(keytype_and_scheme, "ecdsa-sha2-nistp256/ecdsa-sha2-nistp256", &key_cases[2]),
	CASE_OF(keytype_and_scheme, "ed25519/ed25519", &key_cases[3]),
	CASE(invalid_sig_in_valid_metadata),
	CASE(new_timestamp_version_rollback),
	CASE_OF(snapshot_rollback, "basic", NULL),
	CASE_OF(snapshot_rollback, "with hashes", &sim),
	CASE_OF(targets_rollback, "basic", NULL),
	CASE_OF(targets_rollback, "with hashes", &sim),
	CASE(targets_role_removal),
	CASE(targets_fast_forward_recovery),
	CASE(new_snapshot_fast_forward_recovery),
	CASE(new_timestamp_fast_forward_recovery),
};
const size_t tufcases_top_n = ARRAY_LEN(tufcases_top);
