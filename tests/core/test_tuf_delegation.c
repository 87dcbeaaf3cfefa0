/* SPDX-License-Identifier: Apache-2.0 */
/* The search through delegations against makers' slips and suppliers that lie: who is asked, who is believed, what ends
 * it. */
#include "tufrepo.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/trust/tuf_delegation.h"

#define ALL_PATHS tufrepo_texts("*", NULL)

struct world {
	struct tufrepo repo;
	json_t *snapshot; /* body of the next one */
	int64_t version;  /* of snapshot and timestamp */
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	tufrepo_init(&w->repo);
	w->snapshot = tufrepo_body("snapshot", 1, LATER);
	(void)json_object_set_new(w->snapshot, "meta", json_object());
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	json_decref(w->snapshot);
	tufrepo_done(&w->repo);
	free(w);
	return 0;
}

static json_t *empty_targets(int64_t version)
{
	json_t *body = tufrepo_body("targets", version, LATER);
	(void)json_object_set_new(body, "targets", json_object());
	return body;
}

/* A delegation to a role with one key. */
static void delegate(struct world *w, json_t *from, const char *name, int who, json_t *take_paths)
{
	const struct delegation_spec d = {.name = name, .role = {{who}, 1, 1}, .take_paths = take_paths};
	tufrepo_delegate(&w->repo, from, &d);
}

/* Serve a role's file and list it in the next snapshot. `encoded` is its name in the URL. */
static void serve_as(struct world *w, const char *role, const char *encoded, json_t *take_body, const int *signers)
{
	char name[TUF_FILE_NAME_MAX + 40];
	json_int_t version = json_integer_value(json_object_get(take_body, "version"));
	(void)snprintf(name, sizeof name, "%s.json", role);
	(void)json_object_set_new(json_object_get(w->snapshot, "meta"), name, json_pack("{s:I}", "version", version));
	(void)snprintf(name, sizeof name, "%lld.%s.json", (long long)version, encoded);
	tufrepo_serve(&w->repo, name, take_body, signers);
}

static void serve(struct world *w, const char *role, json_t *take_body, const int *signers)
{
	serve_as(w, role, role, take_body, signers);
}

/* Root (once), the next snapshot and timestamp. */
static void publish(struct world *w)
{
	char name[40];
	struct root_spec spec = tufrepo_root_spec(1);
	int64_t v = ++w->version;
	if (!tufrepo_file(&w->repo, "1.root.json"))
		tufrepo_serve(&w->repo, "1.root.json", tufrepo_root(&w->repo, &spec), SIGNED_BY(R0, R1));
	(void)json_object_set_new(w->snapshot, "version", json_integer(v));
	(void)snprintf(name, sizeof name, "%lld.snapshot.json", (long long)v);
	tufrepo_serve(&w->repo, name, json_deep_copy(w->snapshot), SIGNED_BY(S0));
	tufrepo_serve(&w->repo, "timestamp.json",
		      tufrepo_list("timestamp", v, LATER, "snapshot.json", v, (struct bytes){0}), SIGNED_BY(M0));
}

static struct tuf *refreshed(struct world *w)
{
	struct err e = {0};
	struct tuf *t = tufrepo_client(&w->repo);
	tufrepo_restore(&w->repo, t);
	check_ok(tufrepo_refresh(&w->repo, t, &e));
	return t;
}

static void found(struct world *w, struct tuf *t, const char *name, const char *role)
{
	struct err e = {0};
	CLEANUP(tuf_target_done) struct tuf_target target = {0};
	check_ok(tufrepo_lookup(&w->repo, t, name, &target, &e));
	assert_string_equal(target.role, role);
	assert_string_equal(target.name, name);
}

static void refused(struct world *w, struct tuf *t, const char *name, enum err_code code, const char *reason)
{
	struct err e = {0};
	struct tuf_target target = {0};
	rc r = tufrepo_lookup(&w->repo, t, name, &target, &e);
	if (rc_ok(r))
		fail_msg("%s: found, expected %s", name, err_code_name(code));
	if (r.code != code || strcmp(w->repo.reason, reason) != 0)
		fail_msg("%s: %s and reason %s, expected %s and %s: %s", name, err_code_name(r.code), w->repo.reason,
			 err_code_name(code), reason, e.text);
}

/* targets -> supplier, which lists supplier/radio.img */
static void supplier(struct world *w, const int *signers)
{
	json_t *targets = empty_targets(1), *own = empty_targets(1);
	delegate(w, targets, "supplier", P0, tufrepo_texts("supplier/*", NULL));
	tufrepo_add_target(targets, "cam.img", "image");
	tufrepo_add_target(own, "supplier/radio.img", "radio");
	tufrepo_add_target(own, "cam.img", "not theirs");
	serve(w, "targets", targets, SIGNED_BY(T0));
	serve(w, "supplier", own, signers);
	publish(w);
}

static void finds_what_a_supplier_lists(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	supplier(w, SIGNED_BY(P0));
	TUFREPO_CLIENT *t = refreshed(w);
	CLEANUP(tuf_target_done) struct tuf_target target = {0};
	check_fails(ERR_MISSING, tuf_target_find(t, "supplier/radio.img", &target, &e)); /* not without a search */
	found(w, t, "supplier/radio.img", "supplier");
	assert_string_equal(w->repo.asked, "1.supplier.json");
	assert_non_null(tufrepo_stored(&w->repo, "supplier.json"));
	found(w, t, "cam.img", "targets"); /* the top level comes first, and answers for its own */
	assert_string_equal(w->repo.asked, "");
	check_fails(ERR_MISSING, tuf_target_find(t, "supplier/radio.img", &target, &e)); /* of an earlier search */
	refused(w, t, "supplier/none.img", ERR_MISSING, "none");
	refused(w, t, "other/radio.img", ERR_MISSING, "none");
	assert_string_equal(w->repo.asked, "");
}

static void a_kept_copy_saves_the_request(void **state)
{
	struct world *w = *state;
	supplier(w, SIGNED_BY(P0));
	TUFREPO_CLIENT *t = refreshed(w);
	found(w, t, "supplier/radio.img", "supplier");
	TUFREPO_CLIENT *again = refreshed(w);
	found(w, again, "supplier/radio.img", "supplier");
	assert_string_equal(w->repo.asked, "");
	struct buf *kept = tufrepo_stored(&w->repo, "supplier.json"); /* damaged on disk: fetched anew */
	kept->data[kept->len / 2] ^= 1;
	TUFREPO_CLIENT *third = refreshed(w);
	found(w, third, "supplier/radio.img", "supplier");
	assert_string_equal(w->repo.asked, "1.supplier.json");
	assert_true(bytes_equal(buf_view(kept), buf_view(tufrepo_file(&w->repo, "1.supplier.json"))));
}

static void refuses_every_flipped_byte_of_a_supplier(void **state)
{
	struct world *w = *state;
	supplier(w, SIGNED_BY(P0));
	TUFREPO_CLIENT *t = refreshed(w);
	struct buf *file = tufrepo_file(&w->repo, "1.supplier.json");
	for (size_t i = 0; i < file->len; i++) {
		struct err e = {0};
		struct tuf_target target = {0};
		file->data[i] ^= 1;
		if (rc_ok(tufrepo_lookup(&w->repo, t, "supplier/radio.img", &target, &e)))
			fail_msg("byte %zu changed and accepted", i);
		file->data[i] ^= 1;
	}
	assert_null(tufrepo_stored(&w->repo, "supplier.json"));
	found(w, t, "supplier/radio.img", "supplier"); /* no failure before it did harm */
}

static void only_the_delegated_key_speaks(void **state)
{
	struct world *w = *state;
	supplier(w, SIGNED_BY(T0, S0, M0, R0, R1, P0 + 1));
	TUFREPO_CLIENT *t = refreshed(w);
	refused(w, t, "supplier/radio.img", ERR_TRUST, "signature");
}

/* A delegation's threshold and key ids are held to as the root's are. */
static void counts_keys_of_a_delegation(void **state)
{
	struct world *w = *state;
	json_t *targets = empty_targets(1), *own = empty_targets(1);
	const struct delegation_spec d = {.name = "two", .role = {{P0, P0 + 1, P0 + 2}, 3, 2}, .take_paths = ALL_PATHS};
	tufrepo_delegate(&w->repo, targets, &d);
	JSON_AUTO json_t *keep = json_incref(targets);
	tufrepo_add_target(own, "a", "a");
	JSON_AUTO json_t *kept = json_incref(own);
	serve(w, "targets", targets, SIGNED_BY(T0));
	serve(w, "two", own, SIGNED_BY(P0));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	refused(w, t, "a", ERR_TRUST, "signature");
	serve(w, "two", json_incref(kept), SIGNED_BY(P0, P0 + 2));
	found(w, t, "a", "two");
	/* A key that is not what its id says counts for nothing. */
	MEM_AUTO char *id = tufrepo_keyid(&w->repo, P0, NULL);
	json_t *key = json_object_get(json_object_get(json_object_get(keep, "delegations"), "keys"), id);
	(void)json_object_set_new(key, "x-added-later", json_string("id kept"));
	(void)json_object_set_new(keep, "version", json_integer(2));
	serve(w, "targets", json_incref(keep), SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *other = refreshed(w);
	refused(w, other, "a", ERR_TRUST, "signature");
}

static void snapshot_says_which_version(void **state)
{
	struct world *w = *state;
	supplier(w, SIGNED_BY(P0));
	TUFREPO_CLIENT *first = refreshed(w);
	found(w, first, "supplier/radio.img", "supplier");
	json_t *own = empty_targets(2);
	tufrepo_add_target(own, "supplier/radio.img", "radio 2");
	serve(w, "supplier", own, SIGNED_BY(P0));
	publish(w);
	tufrepo_serve_bytes(&w->repo, "2.supplier.json", buf_view(tufrepo_file(&w->repo, "1.supplier.json")));
	TUFREPO_CLIENT *t = refreshed(w); /* the kept version 1 will not do, nor does the server's */
	refused(w, t, "supplier/radio.img", ERR_TRUST, "rollback");
	assert_string_equal(w->repo.asked, "2.supplier.json");
	(void)json_object_del(json_object_get(w->snapshot, "meta"), "supplier.json");
	publish(w);
	struct err e = {0};
	TUFREPO_CLIENT *removed = tufrepo_client(&w->repo);
	tufrepo_restore(&w->repo, removed);
	check_fails(ERR_MISSING, tufrepo_refresh(&w->repo, removed, &e)); /* a role cannot vanish */
	assert_string_equal(w->repo.reason, "rollback");
	TUFREPO_CLIENT *fresh = tufrepo_client(&w->repo);
	check_ok(tufrepo_refresh(&w->repo, fresh, &e));
	refused(w, fresh, "supplier/radio.img", ERR_MISSING, "signature"); /* not listed: not even asked for */
	assert_string_equal(w->repo.asked, "");
}

static void snapshot_says_which_bytes(void **state)
{
	struct world *w = *state;
	supplier(w, SIGNED_BY(P0));
	struct buf *file = tufrepo_file(&w->repo, "1.supplier.json");
	json_t *list = tufrepo_list("snapshot", 1, LATER, "supplier.json", 1, buf_view(file));
	json_t *entry = json_object_get(json_object_get(list, "meta"), "supplier.json");
	(void)json_object_set(json_object_get(w->snapshot, "meta"), "supplier.json", entry);
	json_decref(list);
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	buf_put_text(file, " ");
	refused(w, t, "supplier/radio.img", ERR_LIMIT, "target-length");
	file->len--;
	file->data[file->len - 1] = ' '; /* same length */
	refused(w, t, "supplier/radio.img", ERR_TRUST, "target-hash");
	file->data[file->len - 1] = '}';
	found(w, t, "supplier/radio.img", "supplier");
}

/* Judged at the start of the refresh, however late the search is. */
static void expired_supplier_ends_the_search(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	json_t *targets = empty_targets(1), *own = empty_targets(1), *other = empty_targets(1);
	delegate(w, targets, "late", P0, ALL_PATHS);
	delegate(w, targets, "other", P0 + 1, ALL_PATHS);
	tufrepo_add_target(own, "a", "a");
	tufrepo_add_target(other, "a", "a");
	(void)json_object_set_new(own, "expires", json_string("2027-01-15T08:00:01Z")); /* NOW + 1 s */
	serve(w, "targets", targets, SIGNED_BY(T0));
	serve(w, "late", own, SIGNED_BY(P0));
	serve(w, "other", other, SIGNED_BY(P0 + 1));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	found(w, t, "a", "late");
	TUFREPO_CLIENT *later = tufrepo_client(&w->repo);
	check_ok(tufrepo_refresh_at(&w->repo, later, (struct wall_time){NOW.s + 1}, &e));
	refused(w, later, "a", ERR_TRUST, "expired"); /* and "other" is not asked instead */
	assert_string_equal(w->repo.asked, "1.late.json");
}

static void a_role_that_cannot_be_had_ends_the_search(void **state)
{
	struct world *w = *state;
	json_t *targets = empty_targets(1), *other = empty_targets(1);
	delegate(w, targets, "gone", P0, ALL_PATHS);
	delegate(w, targets, "other", P0 + 1, ALL_PATHS);
	tufrepo_add_target(other, "a", "a");
	serve(w, "targets", targets, SIGNED_BY(T0));
	serve(w, "gone", empty_targets(1), SIGNED_BY(P0));
	serve(w, "other", other, SIGNED_BY(P0 + 1));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	tufrepo_withdraw(&w->repo, "1.gone.json");
	refused(w, t, "a", ERR_MISSING, "network");
	serve(w, "gone", empty_targets(1), SIGNED_BY(P0));
	found(w, t, "a", "other");
	assert_string_equal(w->repo.asked, "1.gone.json 1.other.json");
}

/* A terminating delegation to a role that was visited before ends the search as well. */
static void terminating_counts_for_a_visited_role(void **state)
{
	struct world *w = *state;
	json_t *targets = empty_targets(1), *a = empty_targets(1), *last = empty_targets(1);
	delegate(w, targets, "a", P0, ALL_PATHS);
	const struct delegation_spec back = {
		.name = "a", .role = {{P0}, 1, 1}, .terminating = true, .take_paths = ALL_PATHS};
	tufrepo_delegate(&w->repo, a, &back); /* to itself */
	delegate(w, targets, "last", P0 + 1, ALL_PATHS);
	tufrepo_add_target(last, "x", "x");
	serve(w, "targets", targets, SIGNED_BY(T0));
	serve(w, "a", a, SIGNED_BY(P0));
	serve(w, "last", last, SIGNED_BY(P0 + 1));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	refused(w, t, "x", ERR_MISSING, "none");
	assert_string_equal(w->repo.asked, "1.a.json");
}

/* Round and round: each role once, and then there is no such target. */
static void a_cycle_ends_without_a_target(void **state)
{
	struct world *w = *state;
	json_t *targets = empty_targets(1), *a = empty_targets(1), *b = empty_targets(1);
	delegate(w, targets, "a", P0, ALL_PATHS);
	delegate(w, a, "b", P0, ALL_PATHS);
	delegate(w, b, "a", P0, ALL_PATHS);
	delegate(w, a, "a", P0, ALL_PATHS);
	serve(w, "targets", targets, SIGNED_BY(T0));
	serve(w, "a", a, SIGNED_BY(P0));
	serve(w, "b", b, SIGNED_BY(P0));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	refused(w, t, "x", ERR_MISSING, "none");
	assert_string_equal(w->repo.asked, "1.a.json 1.b.json");
}

/* The same role through two delegators: each path is judged by its own keys. */
static void kept_role_is_verified_against_the_current_delegator(void **state)
{
	struct world *w = *state;
	json_t *targets = empty_targets(1), *a = empty_targets(1), *b = empty_targets(1), *release = empty_targets(1);
	delegate(w, targets, "a", P0, tufrepo_texts("a/*", NULL));
	delegate(w, targets, "b", P0 + 1, tufrepo_texts("b/*", NULL));
	delegate(w, a, "release", P0 + 2, tufrepo_texts("a/*", NULL));
	delegate(w, b, "release", P0 + 3, tufrepo_texts("b/*", NULL));
	tufrepo_add_target(release, "a/x", "good");
	tufrepo_add_target(release, "b/x", "bad");
	serve(w, "targets", targets, SIGNED_BY(T0));
	serve(w, "a", a, SIGNED_BY(P0));
	serve(w, "b", b, SIGNED_BY(P0 + 1));
	serve(w, "release", release, SIGNED_BY(P0 + 2));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	found(w, t, "a/x", "release");
	assert_non_null(tufrepo_stored(&w->repo, "release.json"));
	refused(w, t, "b/x", ERR_TRUST, "signature");
	assert_string_equal(w->repo.asked, "1.b.json 1.release.json");
	found(w, t, "a/x", "release"); /* still */
	assert_string_equal(w->repo.asked, "");
}

static void names_cannot_climb_or_take_a_place(void **state)
{
	static const struct {
		const char *role, *encoded;
	} good[] = {{"../up", "..%2Fup"},   {"/abs", "%2Fabs"},	       {"?#%", "%3F%23%25"},
		    {"..", ".."},	    {"a b", "a%20b"},	       {"r\xc3\xb6hre", "r%C3%B6hre"},
		    {".hidden", ".hidden"}, {"root.json", "root.json"}};
	struct world *w = *state;
	json_t *targets = empty_targets(1);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		delegate(w, targets, good[i].role, P0, ALL_PATHS);
		serve_as(w, good[i].role, good[i].encoded, empty_targets(1), SIGNED_BY(P0));
	}
	serve(w, "targets", targets, SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	refused(w, t, "none", ERR_MISSING, "none");
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char name[80];
		(void)snprintf(name, sizeof name, "%s.json", good[i].encoded);
		assert_non_null(tufrepo_stored(&w->repo, name));
		assert_null(strchr(name, '/'));
	}
}

/* Every way to write a delegation wrongly makes the file unusable; it is never half believed. */
static void refuses_malformed_delegations(void **state)
{
	static const char *const wrong[] = {
		"[]",
		"null",
		"{\"roles\": []}",
		"{\"keys\": {}}",
		"{\"keys\": [], \"roles\": []}",
		"{\"keys\": {}, \"roles\": {}}",
		"{\"keys\": {}, \"roles\": [[]]}",
		"{\"keys\": {}, \"roles\": [{\"keyids\": [], \"threshold\": 1, \"terminating\": false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"\", \"keyids\": [], \"threshold\": 1, \"terminating\": "
		"false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": 1, \"keyids\": [], \"threshold\": 1, \"terminating\": false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\\nb\", \"keyids\": [], \"threshold\": 1, \"terminating\": "
		"false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"root\", \"keyids\": [], \"threshold\": 1, \"terminating\": "
		"false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"timestamp\", \"keyids\": [], \"threshold\": 1, "
		"\"terminating\": false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"snapshot\", \"keyids\": [], \"threshold\": 1, "
		"\"terminating\": false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"targets\", \"keyids\": [], \"threshold\": 1, \"terminating\": "
		"false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 0, \"terminating\": "
		"false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": 1}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [1], \"threshold\": 1, \"terminating\": "
		"false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [\"k\", \"k\"], \"threshold\": 1, "
		"\"terminating\": false}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": false,"
		" \"paths\": \"*\"}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": false,"
		" \"paths\": [1]}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": false,"
		" \"paths\": [\"*\"], \"path_hash_prefixes\": [\"0\"]}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": false,"
		" \"path_hash_prefixes\": [\"\"]}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": false,"
		" \"path_hash_prefixes\": [\"A\"]}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": false,"
		" \"path_hash_prefixes\": [\"0g\"]}]}",
		"{\"keys\": {}, \"roles\": [{\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": "
		"false},"
		" {\"name\": \"a\", \"keyids\": [], \"threshold\": 1, \"terminating\": false}]}",
	};
	struct world *w = *state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct err e = {0};
		json_t *targets = empty_targets(1), *value = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
		assert_non_null(value);
		tufrepo_add_target(targets, "cam.img", "image");
		(void)json_object_set_new(targets, "delegations", value);
		serve(w, "targets", targets, SIGNED_BY(T0));
		publish(w);
		TUFREPO_CLIENT *t = tufrepo_client(&w->repo);
		if (rc_ok(tufrepo_refresh(&w->repo, t, &e)))
			fail_msg("accepted: %s", wrong[i]);
	}
}

/* A role without paths is trusted with nothing; TAP 15's succinct roles are said not to be understood. */
static void nothing_is_read_into_what_is_not_said(void **state)
{
	struct world *w = *state;
	json_t *targets = empty_targets(1);
	delegate(w, targets, "idle", P0, NULL);
	delegate(w, targets, "none", P0, json_array());
	serve(w, "targets", targets, SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	refused(w, t, "a", ERR_MISSING, "none");
	assert_string_equal(w->repo.asked, "");
	json_t *bins = empty_targets(2);
	tufrepo_add_target(bins, "cam.img", "image");
	(void)json_object_set_new(bins, "delegations",
				  json_pack("{s:{}, s:{s:[], s:i, s:i, s:s}}", "keys", "succinct_roles", "keyids",
					    "threshold", 1, "bit_length", 4, "name_prefix", "bin"));
	serve(w, "targets", bins, SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *other = refreshed(w);
	found(w, other, "cam.img", "targets");
	refused(w, other, "a", ERR_UNSUPPORTED, "signature");
}

static void hash_bins_hold_what_hashes_into_them(void **state)
{
	struct world *w = *state;
	json_t *targets = empty_targets(1);
	for (int i = 0; i < 16; i++) {
		char name[16], prefix[2] = {"0123456789abcdef"[i], 0}, target[16];
		(void)snprintf(name, sizeof name, "bin-%x", (unsigned)i);
		const struct delegation_spec d = {
			.name = name, .role = {{P0}, 1, 1}, .take_prefixes = tufrepo_texts(prefix, NULL)};
		tufrepo_delegate(&w->repo, targets, &d);
		json_t *bin = empty_targets(1);
		for (int k = 0; k < 40; k++) { /* every bin claims every target */
			(void)snprintf(target, sizeof target, "t/%d", k);
			tufrepo_add_target(bin, target, name);
		}
		serve(w, name, bin, SIGNED_BY(P0));
	}
	serve(w, "targets", targets, SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	for (int k = 0; k < 40; k++) {
		struct err e = {0};
		char target[16], bin[16], hex[2 * SHA256_SIZE + 1];
		uint8_t digest[SHA256_SIZE];
		(void)snprintf(target, sizeof target, "t/%d", k);
		check_ok(hash_sha256(bytes_of_text(target), digest, &e));
		hex_encode(bytes_of(digest, sizeof digest), hex);
		(void)snprintf(bin, sizeof bin, "bin-%c", hex[0]);
		found(w, t, target, bin);
	}
}

/* targets -> d0 -> d1 -> ... each with a key of its own; the last one has the target. */
static void chain(struct world *w, int n, size_t padding)
{
	json_t *targets = empty_targets(1);
	MEM_AUTO char *filler = mem_alloc(padding + 1);
	assert_non_null(filler);
	memset(filler, 'x', padding);
	delegate(w, targets, "d0", P0, ALL_PATHS);
	serve(w, "targets", targets, SIGNED_BY(T0));
	for (int i = 0; i < n; i++) {
		char name[16], next[16];
		json_t *body = empty_targets(1);
		(void)snprintf(name, sizeof name, "d%d", i);
		(void)snprintf(next, sizeof next, "d%d", i + 1);
		if (i + 1 < n)
			delegate(w, body, next, P0, ALL_PATHS);
		else
			tufrepo_add_target(body, "deep", "deep");
		(void)json_object_set_new(body, "x-filler", json_string(filler));
		serve(w, name, body, SIGNED_BY(P0));
	}
	publish(w);
}

static void visits_a_bounded_number_of_roles(void **state)
{
	struct world *w = *state;
	chain(w, TUF_LOOKUP_ROLES_MAX, 0);
	TUFREPO_CLIENT *t = refreshed(w);
	found(w, t, "deep", "d31");
	json_t *body = empty_targets(2);
	delegate(w, body, "d32", P0, ALL_PATHS);
	serve(w, "d31", body, SIGNED_BY(P0));
	json_t *last = empty_targets(1);
	tufrepo_add_target(last, "deep", "deep");
	serve(w, "d32", last, SIGNED_BY(P0));
	publish(w);
	TUFREPO_CLIENT *other = refreshed(w);
	refused(w, other, "deep", ERR_LIMIT, "signature");
	assert_null(strstr(w->repo.asked, "d32"));
}

static void reads_a_bounded_number_of_bytes(void **state)
{
	struct world *w = *state;
	chain(w, 3, TUF_LOOKUP_BYTES_MAX / 3 - 4000);
	TUFREPO_CLIENT *t = refreshed(w);
	found(w, t, "deep", "d2");
	struct world *big = NULL;
	assert_int_equal(setup((void **)&big), 0);
	chain(big, 3, TUF_LOOKUP_BYTES_MAX / 3 + 4000);
	TUFREPO_CLIENT *other = refreshed(big);
	refused(big, other, "deep", ERR_LIMIT, "target-length");
	assert_int_equal(teardown((void **)&big), 0);
}

/* As many roles and patterns as are accepted, each as slow to match as can be: still a matter of moments. */
static void many_slow_patterns_are_matched_in_time(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	json_t *targets = empty_targets(1), *paths = json_array();
	char name[TUF_NAME_MAX], pattern[TUF_NAME_MAX];
	memset(name, 'a', sizeof name - 1);
	memset(pattern, 'a', sizeof pattern - 1);
	name[sizeof name - 1] = pattern[sizeof pattern - 1] = 0;
	pattern[0] = '*';
	pattern[128] = 'b';
	pattern[129] = 0;
	for (int i = 0; i < TUF_DELEGATION_PATTERNS_MAX; i++)
		(void)json_array_append_new(paths, json_string(pattern));
	delegate(w, targets, "slow", P0, paths);
	JSON_AUTO json_t *keep = json_incref(targets);
	serve(w, "targets", targets, SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *t = refreshed(w);
	clock_t begin = clock();
	refused(w, t, name, ERR_MISSING, "none");
	double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
	print_message("# %d patterns: %.3f s of CPU\n", TUF_DELEGATION_PATTERNS_MAX, seconds);
	assert_true(seconds < 10);
	(void)json_array_append_new(paths, json_string("one more"));
	check_fails(ERR_LIMIT, tuf_delegation_check(json_object_get(keep, "delegations"), &e));
}

/* One at the limit is good, one above is not. */
static void limits_hold_at_their_edges(void **state)
{
	(void)state;
	struct err e = {0};
	JSON_AUTO json_t *d = json_pack("{s:{}, s:[]}", "keys", "roles");
	json_t *roles = json_object_get(d, "roles"), *keys = json_object_get(d, "keys");
	char text[TUF_ROLE_NAME_MAX + 1];
	for (int i = 0; i <= TUF_DELEGATION_ROLES_MAX; i++) {
		if (i == TUF_DELEGATION_ROLES_MAX)
			check_ok(tuf_delegation_check(d, &e));
		(void)snprintf(text, sizeof text, "r%d", i);
		(void)json_array_append_new(roles, json_pack("{s:s, s:[], s:i, s:b}", "name", text, "keyids",
							     "threshold", 1, "terminating", 0));
	}
	check_fails(ERR_LIMIT, tuf_delegation_check(d, &e));
	while (json_array_size(roles) > 1)
		(void)json_array_remove(roles, 1);
	json_t *role = json_array_get(roles, 0);
	(void)json_object_set_new(role, "path_hash_prefixes", json_array());
	for (int i = 0; i < TUF_DELEGATION_PREFIXES_MAX; i++)
		(void)json_array_append_new(json_object_get(role, "path_hash_prefixes"), json_string("00"));
	check_ok(tuf_delegation_check(d, &e));
	(void)json_array_append_new(json_object_get(role, "path_hash_prefixes"), json_string("00"));
	check_fails(ERR_LIMIT, tuf_delegation_check(d, &e));
	(void)json_object_del(role, "path_hash_prefixes");
	for (int i = 0; i < 257; i++) {
		if (i == 256)
			check_ok(tuf_delegation_check(d, &e));
		(void)snprintf(text, sizeof text, "k%d", i);
		(void)json_object_set_new(keys, text, json_object());
	}
	check_fails(ERR_LIMIT, tuf_delegation_check(d, &e));
	(void)json_object_clear(keys);
	memset(text, 'r', sizeof text);
	text[TUF_ROLE_NAME_MAX - 1] = 0;
	(void)json_object_set_new(role, "name", json_string(text));
	check_ok(tuf_delegation_check(d, &e));
	text[0] = '/'; /* as long, and longer when encoded */
	(void)json_object_set_new(role, "name", json_string(text));
	check_fails(ERR_LIMIT, tuf_delegation_check(d, &e));
	text[TUF_ROLE_NAME_MAX - 1] = text[0] = 'r';
	text[TUF_ROLE_NAME_MAX] = 0;
	(void)json_object_set_new(role, "name", json_string(text));
	check_fails(ERR_LIMIT, tuf_delegation_check(d, &e));
}

static void patterns_stay_within_a_part(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{"*", "a", true},
		{"*", "a/b", false},
		{"*/*", "a/b", true},
		{"*/*", "a", false},
		{"*/*", "a/b/c", false},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"a/*", "b/b", false},
		{"a/**", "a/b/c", false},
		{"**", "a/b", false},
		{"a*", "a", true},
		{"*a", "a", true},
		{"*a*", "bab", true},
		{"*a*b*c", "xaybzc", true},
		{"*a*b*c", "xaybz", false},
		{"?", "a", true},
		{"?", "", false},
		{"?", "ab", false},
		{"?/b", "a/b", true},
		{"a?b", "a/b", false},
		{"?", "\xc3\xb6", true}, /* one letter of two bytes */
		{"??", "\xc3\xb6", false},
		{"foo-?.tgz", "foo-1.tgz", true},
		{"foo-?.tgz", "foo-alpha.tgz", false},
		{"*.md", "README.MD", false},
		{"*.md", ".md", true},
		{"*", ".hidden", true},
		{"[abc]", "b", true},
		{"[abc]", "d", false},
		{"[!abc]", "d", true},
		{"[^abc]", "a", false},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[]a]", "]", true},
		{"[a-]", "-", true},
		{"[\xc3\xa4-\xc3\xbc]", "\xc3\xb6", true},
		{"[a", "[a", true},
		{"[a", "a", false},
		{"[!", "[!", true},
		{"[", "[", true},
		{"[!a]", "/", false},
		{"[a/b]", "a", false},
		{"a\\*", "a*", false}, /* no escapes */
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"a/", "a", false},
		{"/a", "a", false},
		{"a//b", "a/b", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (tuf_delegation_glob(cases[i].pattern, cases[i].path) != cases[i].matches)
			fail_msg("\"%s\" on \"%s\"", cases[i].pattern, cases[i].path);
}

static void a_search_needs_a_completed_refresh(void **state)
{
	struct world *w = *state;
	struct err e = {0};
	supplier(w, SIGNED_BY(P0));
	TUFREPO_CLIENT *t = tufrepo_client(&w->repo);
	check_fails(ERR_WRONG_STATE, tuf_lookup_begin(t, "supplier/radio.img", &e));
	tuf_refresh_begin(t, NOW);
	check_fails(ERR_WRONG_STATE, tuf_lookup_begin(t, "supplier/radio.img", &e));
	check_ok(tufrepo_refresh(&w->repo, t, &e));
	static const char *const unusable[] = {"", "/a", "a/", "a//b", "../a", "a/..", "a/./b", "a\nb", "a\\b", "\xff"};
	for (size_t i = 0; i < ARRAY_LEN(unusable); i++)
		check_fails(ERR_INPUT, tuf_lookup_begin(t, unusable[i], &e));
	char longest[TUF_NAME_MAX + 1];
	memset(longest, 'n', sizeof longest);
	longest[TUF_NAME_MAX] = 0;
	check_fails(ERR_INPUT, tuf_lookup_begin(t, longest, &e));
	longest[TUF_NAME_MAX - 1] = 0;
	refused(w, t, longest, ERR_MISSING, "none");
	found(w, t, "supplier/radio.img", "supplier");
	tuf_refresh_begin(t, NOW); /* a new refresh: what was found before is not trusted any more */
	struct tuf_target target = {0};
	check_fails(ERR_MISSING, tuf_target_find(t, "supplier/radio.img", &target, &e));
	bool used = true;
	check_ok(tuf_lookup_stored(t, bytes_of_text("{}"), &used, &e)); /* no search under way: not used */
	assert_false(used);
}

/* A new top-level targets file takes the delegation away: what is kept of the role is worth nothing. */
static void revoked_delegation_ends_its_targets(void **state)
{
	struct world *w = *state;
	supplier(w, SIGNED_BY(P0));
	TUFREPO_CLIENT *t = refreshed(w);
	found(w, t, "supplier/radio.img", "supplier");
	json_t *targets = empty_targets(2);
	delegate(w, targets, "supplier", P0 + 1, tufrepo_texts("supplier/*", NULL)); /* another key */
	serve(w, "targets", targets, SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *rotated = refreshed(w);
	refused(w, rotated, "supplier/radio.img", ERR_TRUST, "signature");
	serve(w, "targets", empty_targets(3), SIGNED_BY(T0));
	publish(w);
	TUFREPO_CLIENT *revoked = refreshed(w);
	refused(w, revoked, "supplier/radio.img", ERR_MISSING, "none");
	assert_string_equal(w->repo.asked, "");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(finds_what_a_supplier_lists),
		CASE(a_kept_copy_saves_the_request),
		CASE(refuses_every_flipped_byte_of_a_supplier),
		CASE(only_the_delegated_key_speaks),
		CASE(counts_keys_of_a_delegation),
		CASE(snapshot_says_which_version),
		CASE(snapshot_says_which_bytes),
		CASE(expired_supplier_ends_the_search),
		CASE(a_role_that_cannot_be_had_ends_the_search),
		CASE(terminating_counts_for_a_visited_role),
		CASE(a_cycle_ends_without_a_target),
		CASE(kept_role_is_verified_against_the_current_delegator),
		CASE(names_cannot_climb_or_take_a_place),
		CASE(refuses_malformed_delegations),
		CASE(nothing_is_read_into_what_is_not_said),
		CASE(hash_bins_hold_what_hashes_into_them),
		CASE(visits_a_bounded_number_of_roles),
		CASE(reads_a_bounded_number_of_bytes),
		CASE(many_slow_patterns_are_matched_in_time),
		CASE(limits_hold_at_their_edges),
		CASE(patterns_stay_within_a_part),
		CASE(a_search_needs_a_completed_refresh),
		CASE(revoked_delegation_ends_its_targets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
