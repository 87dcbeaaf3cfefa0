/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: delegations on the way to them, unusual names, downloading, and repositories as others make them. */
#include "tufcases.h"

#include <stdlib.h>

#include "core/codec/hex.h"

#define REFRESH_ASKS "2.root timestamp 2.snapshot 2.targets" /* after one change of the targets */

/* ---- downloading ---- */

static void publish_targets(void)
{
	sim_publish(&sim, TARGETS_AND_ABOVE);
}

static void client_downloads_expected_file(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_artifact(&sim, "targets", "target_file.txt", "content");
	publish_targets();
	assert_true(sim_client_refresh(&sim));
	assert_string_equal(sim_client_artifacts(&sim), "");
	assert_true(sim_client_download(&sim, "target_file.txt", NULL));
	assert_string_equal(sim_client_artifacts(&sim), "content");
}

static void client_downloads_expected_file_in_sub_dir(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_artifact(&sim, "targets", "path/to/a/target_file.txt", "content");
	publish_targets();
	assert_true(sim_client_download(&sim, "path/to/a/target_file.txt", NULL));
	assert_string_equal(sim_client_artifacts(&sim), "content");
}

static void repository_substitutes_target_file(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_artifact(&sim, "targets", "one", "content one");
	sim_artifact(&sim, "targets", "two", "content two");
	publish_targets();
	assert_true(sim_client_download(&sim, "one", NULL));
	sim_substitute(&sim, "one", "malicious 1"); /* as long as the good ones */
	sim_substitute(&sim, "two", "malicious 2");
	(void)sim_client_download(&sim, "one", NULL);
	assert_string_equal(sim_client_artifacts(&sim), "content one");
	assert_false(sim_client_download(&sim, "two", NULL));
	assert_string_equal(sim_client_artifacts(&sim), "content one");
	sim_substitute(&sim, "two", "malicious, and longer than it may be");
	assert_false(sim_client_download(&sim, "two", NULL));
	sim_substitute(&sim, "two", "short");
	assert_false(sim_client_download(&sim, "two", NULL));
	assert_string_equal(sim_client_artifacts(&sim), "content one");
}

static void multiple_changes_to_target(void **state)
{
	(void)state;
	char content[32], name[32], expected[400] = "";
	assert_true(sim_client_init_first(&sim));
	sim_artifact(&sim, "targets", "target_file.txt", "first");
	publish_targets();
	assert_true(sim_client_download(&sim, "target_file.txt", NULL));
	for (int i = 0; i < 11; i++) {
		(void)snprintf(content, sizeof content, "modified %d", i);
		sim_artifact(&sim, "targets", "target_file.txt", content);
		(void)snprintf(name, sizeof name, "new-target-%d", i);
		(void)snprintf(content, sizeof content, "added %d", i);
		sim_artifact(&sim, "targets", name, content);
		publish_targets();
		if (i % 5 != 0)
			continue; /* the client does not see every version */
		assert_true(sim_client_download(&sim, "target_file.txt", NULL));
		assert_true(sim_client_download(&sim, name, NULL));
		const char *before = i == 0 ? "added 0|" : i == 5 ? "added 0|added 5|" : "added 0|added 10|added 5|";
		(void)snprintf(expected, sizeof expected, "%smodified %d", before, i);
		assert_string_equal(sim_client_artifacts(&sim), expected);
		sim_substitute(&sim, "target_file.txt", "malicious");
		publish_targets();
		(void)sim_client_download(&sim, "target_file.txt", NULL);
		assert_string_equal(sim_client_artifacts(&sim), expected);
	}
}

static json_t *target_hashes(const char *name)
{
	json_t *entry = json_object_get(json_object_get(sim_body(&sim, "targets"), "targets"), name);
	return json_object_get(entry, "hashes");
}

static void add_sha512(json_t *hashes, const char *content)
{
	uint8_t digest[SHA512_SIZE];
	char hex[HEX_TEXT_SIZE(SHA512_SIZE)];
	struct err e = {0};
	check_ok(hash_sha512(bytes_of_text(content), digest, &e));
	hex_encode(bytes_of(digest, sizeof digest), hex);
	(void)json_object_set_new(hashes, "sha512", json_string(hex));
}

/* The parameter says which: 1 sha256, 2 sha512. */
static void download_with_hash_algorithms(void **state)
{
	const int *which = *state;
	assert_true(sim_client_init_first(&sim));
	sim_artifact(&sim, "targets", "target_file.txt", "content");
	json_t *hashes = target_hashes("target_file.txt");
	if (*which & 2)
		add_sha512(hashes, "content");
	if (!(*which & 1))
		(void)json_object_del(hashes, "sha256");
	publish_targets();
	assert_true(sim_client_download(&sim, "target_file.txt", NULL));
	assert_int_equal(sim.artifact_requests, 1);
	assert_string_equal(sim_client_artifacts(&sim), "content");
	if (!(*which & 2))
		return;
	add_sha512(hashes, "something else"); /* one of two that does not match is enough to refuse */
	publish_targets();
	sim_substitute(&sim, "target_file.txt", "content");
	assert_false(sim_client_download(&sim, "target_file.txt", NULL));
}

static void download_with_unknown_hash_algorithm(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_artifact(&sim, "targets", "target_file.txt", "content");
	json_t *hashes = target_hashes("target_file.txt");
	(void)json_object_set(hashes, "unknown-hash", json_object_get(hashes, "sha256"));
	(void)json_object_del(hashes, "sha256");
	publish_targets();
	assert_false(sim_client_download(&sim, "target_file.txt", NULL));
	assert_string_equal(sim_client_artifacts(&sim), "");
}

static void artifact_cache(void **state)
{
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_artifact(&sim, "targets", "target_file.txt", "content");
	publish_targets();
	assert_true(sim_client_download(&sim, "target_file.txt", NULL));
	assert_true(sim_client_download(&sim, "target_file.txt", NULL));
	assert_int_equal(sim.artifact_requests, 1);
}

/* ---- unusual names ---- */

struct name_case {
	const char *name, *encoded;
};

static void unusual_role_name(void **state)
{
	const struct name_case *c = *state;
	char expected[200];
	const struct sim_delegation d = {.from = "targets", .name = c->name, .paths = {"*"}};
	sim_delegate(&sim, &d);
	sim_publish(&sim, c->name, "targets", "snapshot", "timestamp", NULL);
	assert_true(sim_client_init_first(&sim));
	assert_false(sim_client_download(&sim, "no such target", NULL));
	(void)snprintf(expected, sizeof expected, REFRESH_ASKS " 1.%s", c->encoded);
	assert_string_equal(sim.asked, expected);
	assert_int_equal(sim_client_version(&sim, c->encoded), 1); /* one file, in the folder itself */
}

/* ---- delegations ---- */

struct graph {
	struct sim_delegation delegations[6]; /* no name ends them */
	const char *visited;		      /* in this order, after the refresh */
};

static void build(const struct sim_delegation *d)
{
	const char *published[8];
	size_t n = 0;
	for (; d->name; d++) {
		sim_delegate(&sim, d);
		size_t i = 0;
		while (i < n && strcmp(published[i], d->name) != 0)
			i++;
		if (i == n)
			published[n++] = d->name;
	}
	for (size_t i = 0; i < n; i++)
		sim_publish(&sim, published[i], NULL);
	sim_publish(&sim, TARGETS_AND_ABOVE);
}

static void check_visited(const char *visited)
{
	char expected[400];
	(void)snprintf(expected, sizeof expected, REFRESH_ASKS "%s%s", *visited ? " " : "", visited);
	assert_string_equal(sim.asked, expected);
}

static void graph_traversal(void **state)
{
	const struct graph *g = *state;
	assert_true(sim_client_init_first(&sim));
	build(g->delegations);
	assert_false(sim_client_download(&sim, "missingpath", NULL));
	check_visited(g->visited);
}

struct search {
	const char *target, *visited;
	bool found;
};

static void targetfile_search(void **state)
{
	static const struct sim_delegation tree[] = {
		{.from = "targets", .name = "A", .paths = {"*.doc", "*.md", "foo-?.tgz"}},
		{.from = "targets", .name = "B", .paths = {"releases/*/*"}},
		{.from = "B", .name = "C", .paths = {"releases/x/*"}},
		{.from = "B", .name = "D", .paths = {"releases/y/*.zip"}},
		{0}};
	static const char *const files[][3] = {
		{"targets", "targetfile", "by targets"},    {"A", "README.md", "README by A"},
		{"A", "releases/README.md", "nested by A"}, {"A", "foo-1.tgz", "foo 1 by A"},
		{"A", "foo-alpha.tgz", "foo alpha by A"},   {"C", "releases/x/x_v1", "x by C"},
		{"D", "releases/y/y_v1.zip", "y by D"},	    {"D", "releases/z/z_v1.zip", "z by D"}};
	const struct search *c = *state;
	assert_true(sim_client_init_first(&sim));
	const char *content = "";
	for (size_t i = 0; i < 4; i++)
		sim_delegate(&sim, &tree[i]);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		sim_artifact(&sim, files[i][0], files[i][1], files[i][2]);
		content = strcmp(files[i][1], c->target) == 0 ? files[i][2] : content;
	}
	sim_publish(&sim, "A", "B", "C", "D", "targets", "snapshot", "timestamp", NULL);
	assert_int_equal(sim_client_download(&sim, c->target, NULL), c->found);
	assert_string_equal(sim_client_artifacts(&sim), c->found ? content : "");
	check_visited(c->visited);
}

static void cached_role_is_verified_against_current_delegator(void **state)
{
	static const struct sim_delegation graph[] = {{.from = "targets", .name = "parent-a", .paths = {"team-a/*"}},
						      {.from = "targets", .name = "parent-b", .paths = {"team-b/*"}},
						      {.from = "parent-a", .name = "release", .paths = {"team-a/*"}},
						      {.from = "parent-b", .name = "release", .paths = {"team-b/*"}}};
	(void)state;
	assert_true(sim_client_init_first(&sim));
	for (size_t i = 0; i < ARRAY_LEN(graph); i++)
		sim_delegate(&sim, &graph[i]);
	sim_role(&sim, "release")->signers[1] = -1; /* the key that parent-b trusts */
	sim_artifact(&sim, "release", "team-a/trusted_root.json", "trusted");
	sim_artifact(&sim, "release", "team-b/trusted_root.json", "malicious");
	sim_publish(&sim, "release", "parent-a", "parent-b", "targets", "snapshot", "timestamp", NULL);
	assert_false(sim_client_download(&sim, "team-a/trusted_root.json", "team-b/trusted_root.json", NULL));
	assert_string_equal(sim_client_artifacts(&sim), "trusted");
	assert_false(sim_client_download(&sim, "team-b/trusted_root.json", NULL)); /* nor in a run of its own */
	assert_string_equal(sim_client_artifacts(&sim), "trusted");
	sim_add_signer(&sim, "release", P0 + 7); /* signed for both, it is good for both */
	sim_publish(&sim, "release", "snapshot", "timestamp", NULL);
	assert_true(sim_client_download(&sim, "team-b/trusted_root.json", NULL));
}

static void delegation_not_in_snapshot(void **state)
{
	static const struct sim_delegation d = {.from = "targets", .name = "delegated", .paths = {"delegatedpath/*"}};
	(void)state;
	assert_true(sim_client_init_first(&sim));
	sim_delegate(&sim, &d);
	sim_publish(&sim, "delegated", "targets", NULL);
	(void)json_object_del(json_object_get(sim_body(&sim, "snapshot"), "meta"), "delegated.json");
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	assert_true(sim_client_refresh(&sim));
	sim.asked[0] = 0;
	assert_false(sim_client_download(&sim, "delegatedpath/foo", NULL));
	assert_int_equal(sim_client_version(&sim, "delegated"), 0);
	assert_string_equal(sim.asked, "2.root timestamp");
}

/* ---- repositories as others make them ---- */

/* A signature that was announced and never made, as signing tools leave it behind. */
static void add_empty_signature(const char *role)
{
	static const char nobody[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
	JSON_AUTO json_t *doc = sim_parse(sim_last(&sim, role));
	(void)json_array_append_new(json_object_get(doc, "signatures"),
				    json_pack("{s:s, s:s}", "keyid", nobody, "sig", ""));
	sim_replace(&sim, role, doc);
}

/* Years ago in the repository's time: expired for everybody but a client of that day. */
#define THEN (-600 * SIM_DAY)

static void age(const char *const *roles)
{
	for (; *roles; roles++)
		sim_expires(&sim, *roles, THEN + 5 * SIM_DAY);
}

static void use_key(const char *role, int who, const char *note_name, const char *note)
{
	sim.repo.note_name[who] = note_name;
	sim.repo.note[who] = note;
	sim_clear_keys(&sim, role);
	sim_add_key(&sim, role, who);
}

/* Old key type names, custom fields in keys and roles, empty signatures, hashes of both kinds, a delegation beside. */
static void static_repository_like_root_signing(void **state)
{
	static const char *const roles[] = {"root", "timestamp", "snapshot", "targets", "registry.example.org", NULL};
	static const struct sim_delegation d = {.from = "targets",
						.name = "registry.example.org",
						.paths = {"registry.example.org/*"},
						.terminating = true};
	(void)state;
	if (!sim_client_can_shift_time(&sim))
		check_skip("faketime is not installed");
	sim_restart(&sim, "root");
	sim.repo.keytype[EK] = "ecdsa-sha2-nistp256";
	use_key("root", EK, "x-tuf-on-ci-keyowner", "@somebody");
	sim_add_key(&sim, "root", sim_new_key(&sim));
	sim_add_key(&sim, "root", sim_new_key(&sim));
	sim_threshold(&sim, "root", 3);
	use_key("snapshot", sim_new_key(&sim), "x-tuf-on-ci-online-uri", "kms:here");
	(void)json_object_set_new(sim_trusted(&sim, "snapshot"), "x-tuf-on-ci-expiry-period", json_integer(3650));
	(void)json_object_set_new(sim_body(&sim, "root"), "spec_version", json_string("1.0"));
	sim_delegate(&sim, &d);
	sim_artifact(&sim, "targets", "trusted_root.json", "{}");
	sim_artifact(&sim, "registry.example.org", "registry.example.org/keys.json", "keys");
	add_sha512(target_hashes("trusted_root.json"), "{}");
	age(roles);
	for (size_t i = 0; roles[i]; i++)
		if (strcmp(roles[i], "timestamp") != 0)
			sim_publish(&sim, roles[i], NULL);
	sim_publish(&sim, "snapshot", "timestamp", NULL);
	for (size_t i = 0; roles[i]; i++)
		add_empty_signature(roles[i]);
	assert_true(sim_client_init_first(&sim));
	assert_false(sim_client_refresh(&sim)); /* today it has expired */
	assert_true(sim_client_refresh_after(&sim, THEN));
	assert_true(sim_client_download_after(&sim, THEN, "trusted_root.json"));
	assert_true(sim_client_download_after(&sim, THEN, "registry.example.org/keys.json"));
	assert_string_equal(sim_client_artifacts(&sim), "keys|{}");
}

/* One online key for timestamp and snapshot, the target in a delegated role's own folder. */
static void static_repository_like_tuf_on_ci(void **state)
{
	static const char *const roles[] = {"root", "timestamp", "snapshot", "targets", "delegatedrole", NULL};
	static const struct sim_delegation d = {
		.from = "targets", .name = "delegatedrole", .paths = {"delegatedrole/*"}, .terminating = true};
	(void)state;
	if (!sim_client_can_shift_time(&sim))
		check_skip("faketime is not installed");
	sim_restart(&sim, "root");
	use_key("timestamp", EK, "x-tuf-on-ci-online-uri", "kms:here");
	use_key("snapshot", EK, "x-tuf-on-ci-online-uri", "kms:here");
	(void)json_object_set_new(sim_body(&sim, "root"), "spec_version", json_string("1.0.31"));
	sim_delegate(&sim, &d);
	sim_artifact(&sim, "delegatedrole", "delegatedrole/artifact", "artifact");
	age(roles);
	sim_publish(&sim, "root", "delegatedrole", "targets", "snapshot", "timestamp", NULL);
	assert_true(sim_client_init_first(&sim));
	assert_true(sim_client_refresh_after(&sim, THEN));
	assert_true(sim_client_download_after(&sim, THEN, "delegatedrole/artifact"));
	assert_string_equal(sim_client_artifacts(&sim), "artifact");
}

#define TO(parent, child, ...)                                                                                         \
	{                                                                                                              \
		.from = parent, .name = child, .paths = {"*"}, __VA_ARGS__                                             \
	}
#define PY_ONLY(parent, child)                                                                                         \
	{                                                                                                              \
		.from = parent, .name = child, .paths = { "*.py" }                                                     \
	}
#define GRAPH(id, order, ...)                                                                                          \
	CASE_OF(graph_traversal, id, (&(const struct graph){.delegations = {__VA_ARGS__}, .visited = order}))
#define SEARCH(id, target, found, order) CASE_OF(targetfile_search, id, (&(const struct search){target, order, found}))
#define NAME(name, encoded) CASE_OF(unusual_role_name, name, (&(const struct name_case){name, encoded}))

const struct CMUnitTest tufcases_targets[] = {
	CASE(client_downloads_expected_file),
	CASE(client_downloads_expected_file_in_sub_dir),
	CASE(repository_substitutes_target_file),
	CASE(multiple_changes_to_target),
	CASE_OF(download_with_hash_algorithms, "sha256", (&(const int){1})),
	CASE_OF(download_with_hash_algorithms, "sha512", (&(const int){2})),
	CASE_OF(download_with_hash_algorithms, "sha256, sha512", (&(const int){3})),
	CASE(download_with_unknown_hash_algorithm),
	CASE(artifact_cache),
	NAME("?", "%3F"),
	NAME("#", "%23"),
	NAME("/delegatedrole", "%2Fdelegatedrole"),
	NAME("../delegatedrole", "..%2Fdelegatedrole"),
	GRAPH("basic-delegation", "1.A", TO("targets", "A")),
	GRAPH("single-level-delegations", "1.A 1.B", TO("targets", "A"), TO("targets", "B")),
	GRAPH("two-level-delegations", "1.A 1.B 1.C", TO("targets", "A"), TO("targets", "B"), TO("B", "C")),
	GRAPH("two-level-test-DFS-order-of-traversal", "1.A 1.C 1.D 1.B", TO("targets", "A"), TO("targets", "B"),
	      TO("A", "C"), TO("A", "D")),
	GRAPH("three-level-delegation-test-DFS-order-of-traversal", "1.A 1.C 1.D 1.B", TO("targets", "A"),
	      TO("targets", "B"), TO("A", "C"), TO("C", "D")),
	GRAPH("two-level-terminating-ignores-all-but-roles-descendants", "1.A 1.C", TO("targets", "A"),
	      TO("targets", "B"), TO("A", "C", .terminating = true), TO("A", "D")),
	GRAPH("three-level-terminating-ignores-all-but-roles-descendants", "1.A 1.C 1.D", TO("targets", "A"),
	      TO("targets", "B"), TO("A", "C", .terminating = true), TO("C", "D")),
	GRAPH("two-level-ignores-all-branches-not-matching-paths", "1.B", PY_ONLY("targets", "A"), TO("targets", "B"),
	      TO("A", "C")),
	GRAPH("three-level-ignores-all-branches-not-matching-paths", "1.A 1.B", TO("targets", "A"), TO("targets", "B"),
	      PY_ONLY("A", "C"), TO("C", "D")),
	GRAPH("cyclic-graph", "1.A 1.B 1.C 1.D", TO("targets", "A"), TO("targets", "B"), TO("B", "C"), TO("C", "D"),
	      TO("D", "B")),
	GRAPH("two-roles-delegating-to-a-third", "1.A 1.C 1.B", TO("targets", "A"), TO("targets", "B"), TO("B", "C"),
	      TO("A", "C")),
	GRAPH("two-roles-delegating-to-a-third-different-paths", "1.A 1.B 1.C", TO("targets", "A"), TO("targets", "B"),
	      TO("B", "C"), PY_ONLY("A", "C")),
	SEARCH("no delegations", "targetfile", true, ""),
	SEARCH("targetpath matches wildcard", "README.md", true, "1.A"),
	SEARCH("targetpath with separators x", "releases/x/x_v1", true, "1.B 1.C"),
	SEARCH("targetpath with separators y", "releases/y/y_v1.zip", true, "1.B 1.D"),
	SEARCH("targetpath is not delegated by all roles in the chain", "releases/z/z_v1.zip", false, "1.B"),
	SEARCH("wildcard does not match path separator", "releases/README.md", false, ""),
	SEARCH("targetpath matches question mark wildcard", "foo-1.tgz", true, "1.A"),
	SEARCH("targetpath does not match question mark wildcard", "foo-alpha.tgz", false, ""),
	SEARCH("targetpath matching is case sensitive", "README.MD", false, ""),
	CASE(cached_role_is_verified_against_current_delegator),
	CASE(delegation_not_in_snapshot),
	CASE(static_repository_like_root_signing),
	CASE(static_repository_like_tuf_on_ci),
};
const size_t tufcases_targets_n = ARRAY_LEN(tufcases_targets);
