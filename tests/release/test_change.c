/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A published repository changes its keys, its thresholds and its suppliers: devices follow at every moment, and never
 * follow whom they should not. What a device sees is asked of core/trust.
 */
#include "workplace.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "release/ceremony.h"
#include "release/repo_check.h"
#include "release/supplier.h"

enum { ROOT_1, ROOT_2, TARGETS, SNAPSHOT, TIMESTAMP, NEW, EVE, KEYS };

struct desk {
	struct workplace *w;
	struct privkey keys[KEYS];
	struct signer signers[KEYS];
	struct holder_card cards[KEYS];
};

static int setup(void **state)
{
	static const char *const names[KEYS] = {"root-1", "root-2", "targets", "snapshot", "timestamp", "new", "eve"};
	struct err e = {0};
	struct desk *d = test_calloc(1, sizeof *d);
	assert_int_equal(workplace_setup((void **)&d->w), 0);
	for (int i = 0; i < KEYS; i++) {
		JSON_AUTO json_t *key = NULL;
		if (i < NEW)
			check_ok(keyring_load(d->w->keys, names[i], (struct bytes){0}, &d->keys[i], &e));
		else
			check_ok(keyfile_generate(i == NEW ? KEY_ECDSA_P256 : KEY_ED25519, &d->keys[i], &e));
		d->signers[i] = privkey_signer(&d->keys[i]);
		d->cards[i].key = d->keys[i].pub;
		(void)snprintf(d->cards[i].name, sizeof d->cards[i].name, "%s", names[i]);
		check_ok(tufmake_key(&d->keys[i].pub, &key, d->cards[i].keyid, &e));
	}
	check_ok(workplace_publish(d->w, "1.0.0", 1, "2030-01-01", NULL, &e));
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct desk *d = *state;
	for (int i = 0; i < KEYS; i++)
		privkey_done(&d->keys[i]);
	assert_int_equal(workplace_teardown((void **)&d->w), 0);
	test_free(d);
	return 0;
}

static struct repo *opened(struct desk *d)
{
	struct err e = {0};
	struct repo *r = NULL;
	check_ok(repo_open(d->w->repo, buf_view(&d->w->root), &r, &e));
	return r;
}

static void check_sees(struct desk *d, int64_t root, int64_t targets, const char *target)
{
	struct err e = {0};
	struct tuf_versions v;
	bool has = false;
	check_ok(workplace_device_sees(d->w, target, &v, &has, &e));
	assert_int_equal(v.root, root);
	assert_int_equal(v.targets, targets);
	assert_true(has);
}

static struct repo_terms terms(struct workplace_cut *cut)
{
	return (struct repo_terms){.now = WORKPLACE_NOW,
				   .expires_days = 100,
				   .timestamp_days = 10,
				   .before = cut ? workplace_cut_here : NULL,
				   .ctx = cut};
}

static struct ceremony_change add(struct desk *d, const char *role, int who)
{
	return (struct ceremony_change){.kind = CEREMONY_ADD, .role = role, .card = &d->cards[who]};
}

static struct ceremony_change gone(struct desk *d, const char *role, int who)
{
	return (struct ceremony_change){.kind = CEREMONY_REMOVE, .role = role, .who = d->cards[who].keyid};
}

static void propose(struct desk *d, const struct ceremony_change *changes, size_t n, struct proposal *ret)
{
	struct err e = {0};
	struct repo *r = opened(d);
	const struct ceremony c = {.root = repo_document(r, "root"),
				   .targets = repo_document(r, "targets"),
				   .changes = changes,
				   .changes_n = n,
				   .note = "",
				   .now = WORKPLACE_NOW,
				   .root_expires = {WORKPLACE_NOW.s + 900 * SECONDS_PER_DAY},
				   .targets_expires = {WORKPLACE_NOW.s + 90 * SECONDS_PER_DAY}};
	check_ok(ceremony_propose(&c, ret, &e));
	repo_free(r);
}

static void sign(struct desk *d, struct proposal *p, int who)
{
	struct err e = {0};
	check_ok(proposal_sign(p, &d->signers[who], WORKPLACE_NOW, &e));
}

/* Publish with these keys for snapshot and timestamp. */
static rc finish(struct desk *d, const struct proposal *p, int snapshot, int timestamp, struct workplace_cut *cut,
		 struct err *e)
{
	struct repo *r = opened(d);
	struct repo_committed done;
	const struct repo_keys keys = {.snapshot = {&d->signers[snapshot], 1},
				       .timestamp = {&d->signers[timestamp], 1}};
	const struct repo_change c = {.keys = &keys, .terms = terms(cut)};
	rc result = repo_targets_finish(r, p, &c, &done, e);
	repo_free(r);
	return result;
}

static void rotation_is_refused_half_done(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	const struct ceremony_change changes[] = {add(d, "timestamp", NEW), gone(d, "timestamp", TIMESTAMP)};
	propose(d, changes, 2, &p);
	sign(d, &p, ROOT_1);
	check_fails(ERR_WRONG_STATE, finish(d, &p, SNAPSHOT, NEW, NULL, &e));
	sign(d, &p, ROOT_2);
	check_fails(ERR_TRUST, finish(d, &p, SNAPSHOT, TIMESTAMP, NULL, &e)); /* the old key */
	check_fails(ERR_TRUST, finish(d, &p, SNAPSHOT, EVE, NULL, &e));
	check_sees(d, 1, 1, "cam1-os-1.0.0.img");
	check_ok(finish(d, &p, SNAPSHOT, NEW, NULL, &e));
	check_sees(d, 2, 1, "cam1-os-1.0.0.img");
	check_fails(ERR_WRONG_STATE, finish(d, &p, SNAPSHOT, NEW, NULL, &e)); /* the same again */
	check_fails(ERR_TRUST, workplace_publish(d->w, "1.1.0", 2, "2030-01-01", NULL, &e));
	d->w->roles.timestamp.list = &d->signers[NEW];
	check_ok(workplace_publish(d->w, "1.1.0", 2, "2030-01-01", NULL, &e));
	check_sees(d, 2, 2, "cam1-os-1.1.0.img");
}

static bool finish_killed_at(struct desk *d, const struct proposal *p, int step)
{
	struct workplace_cut cut = {.left = step, .murder = true};
	pid_t child = fork();
	if (child == 0)
		_exit(rc_ok(finish(d, p, NEW, NEW, &cut, NULL)) ? 0 : 1);
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 0);
	return WEXITSTATUS(status) == 77;
}

/* All of targets, snapshot and timestamp change their keys; the old ones are lost. Power fails before each file. */
static void rotation_survives_a_cut_before_every_file(void **state)
{
	struct desk *d = *state;
	int step = 0;
	CLEANUP(proposal_done) struct proposal p = {0};
	const struct ceremony_change changes[] = {add(d, "timestamp", NEW), gone(d, "timestamp", TIMESTAMP),
						  add(d, "snapshot", NEW),  gone(d, "snapshot", SNAPSHOT),
						  add(d, "targets", NEW),   gone(d, "targets", TARGETS)};
	propose(d, changes, ARRAY_LEN(changes), &p);
	sign(d, &p, ROOT_1);
	sign(d, &p, ROOT_2);
	sign(d, &p, NEW);
	for (; finish_killed_at(d, &p, step); step++)
		check_sees(d, 1, 1, "cam1-os-1.0.0.img");
	assert_int_equal(step, 5); /* root, targets, snapshot, timestamp, and the folder's change */
	check_sees(d, 2, 2, "cam1-os-1.0.0.img");
	assert_int_equal(workplace_count(d->w->repo),
			 3); /* metadata, targets, .lock: the rest of the cuts is swept up */
}

static void rotation_survives_an_error_before_every_file(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	const struct ceremony_change changes[] = {add(d, "snapshot", NEW), gone(d, "snapshot", SNAPSHOT)};
	propose(d, changes, ARRAY_LEN(changes), &p);
	sign(d, &p, ROOT_1);
	sign(d, &p, ROOT_2);
	for (int step = 0; step < 4; step++) {
		struct workplace_cut cut = {.left = step};
		check_fails(ERR_SPACE, finish(d, &p, NEW, TIMESTAMP, &cut, &e));
		check_sees(d, 1, 1, "cam1-os-1.0.0.img");
		assert_int_equal(workplace_count(d->w->repo), 3);
	}
	check_ok(finish(d, &p, NEW, TIMESTAMP, NULL, &e));
	check_sees(d, 2, 1, "cam1-os-1.0.0.img");
}

/* The targets key is stolen and revoked: what it signs is worth nothing, to us and to devices. */
static void a_revoked_key_publishes_nothing(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	const struct ceremony_change changes[] = {add(d, "targets", NEW), gone(d, "targets", TARGETS)};
	propose(d, changes, ARRAY_LEN(changes), &p);
	sign(d, &p, ROOT_1);
	sign(d, &p, ROOT_2);
	check_fails(ERR_WRONG_STATE, finish(d, &p, SNAPSHOT, TIMESTAMP, NULL, &e));
	assert_non_null(strstr(e.text, "targets: 0 of 1"));
	sign(d, &p, NEW);
	check_ok(finish(d, &p, SNAPSHOT, TIMESTAMP, NULL, &e));
	check_fails(ERR_TRUST, workplace_publish(d->w, "1.1.0", 2, "2030-01-01", NULL, &e));
	d->w->roles.targets.list = &d->signers[NEW];
	check_ok(workplace_publish(d->w, "1.1.0", 2, "2030-01-01", NULL, &e));
	check_sees(d, 2, 3, "cam1-os-1.1.0.img");
}

static rc release(struct desk *d, const char *version, const struct repo_keys *keys, struct proposal *proposal,
		  struct err *e)
{
	struct repo *r = opened(d);
	struct repo_published done;
	struct repo_release rel = {.image = {.model = "cam1", .component = "os", .counter = 2},
				   .image_path = d->w->image,
				   .policy = bytes_of_text("{\"support_end\":\"2030-01-01\"}"),
				   .terms = terms(NULL)};
	(void)snprintf(rel.image.version, sizeof rel.image.version, "%s", version);
	rc result = proposal ? repo_publish_propose(r, &rel, "", proposal, &done, e)
			     : repo_publish(r, &rel, keys, &done, e);
	repo_free(r);
	return result;
}

/* Two people must agree on a release. */
static void a_release_may_need_two(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0}, out = {0}, late = {0};
	const struct ceremony_change changes[] = {add(d, "targets", NEW),
						  {.kind = CEREMONY_THRESHOLD, .role = "targets", .threshold = 2}};
	propose(d, changes, ARRAY_LEN(changes), &p);
	sign(d, &p, ROOT_1);
	sign(d, &p, ROOT_2);
	sign(d, &p, NEW);
	sign(d, &p, TARGETS);
	check_ok(finish(d, &p, SNAPSHOT, TIMESTAMP, NULL, &e));
	check_fails(ERR_TRUST, release(d, "1.1.0", &d->w->roles, NULL, &e)); /* one key at hand */
	const struct signer twice[] = {d->signers[TARGETS], d->signers[TARGETS]};
	struct repo_keys keys = d->w->roles;
	keys.targets = (struct repo_signers){twice, 2};
	assert_true(rc_failed(release(d, "1.1.0", &keys, NULL, &e)));
	check_ok(release(d, "1.1.0", NULL, &out, &e));
	check_ok(release(d, "1.2.0", NULL, &late, &e));
	check_sees(d, 2, 2, "cam1-os-1.0.0.img");
	sign(d, &out, TARGETS);
	check_fails(ERR_DENIED, proposal_sign(&out, &d->signers[ROOT_1], WORKPLACE_NOW, &e));
	check_fails(ERR_WRONG_STATE, finish(d, &out, SNAPSHOT, TIMESTAMP, NULL, &e));
	sign(d, &out, NEW);
	check_ok(finish(d, &out, SNAPSHOT, TIMESTAMP, NULL, &e));
	check_sees(d, 2, 3, "cam1-os-1.1.0.img");
	sign(d, &late, TARGETS);
	sign(d, &late, NEW);
	check_fails(ERR_WRONG_STATE, finish(d, &late, SNAPSHOT, TIMESTAMP, NULL, &e)); /* over what is no more */
	const struct signer both[] = {d->signers[TARGETS], d->signers[NEW]};
	keys.targets = (struct repo_signers){both, 2};
	check_ok(release(d, "1.3.0", &keys, NULL, &e));
	check_sees(d, 2, 4, "cam1-os-1.3.0.img");
}

/* --- suppliers --- */

static rc supply(struct desk *d, int who, const char *target, struct err *e)
{
	char package[160];
	int64_t version = 0;
	(void)snprintf(package, sizeof package, "%s/pkg", d->w->dir);
	struct supplier_order o = {.package = package,
				   .role = "acme",
				   .signers = &d->signers[who],
				   .signers_n = 1,
				   .now = WORKPLACE_NOW,
				   .days = 50};
	if (target)
		o.add[o.add_n++] = (struct supplier_file){d->w->image, target};
	return supplier_make(&o, &version, e);
}

static rc delegate(struct desk *d, int key, const char *path, const char *prefix, bool with_package, struct err *e)
{
	char dir[160];
	struct repo *r = opened(d);
	JSON_AUTO json_t *body = NULL;
	struct supplier_package *package = NULL;
	struct repo_committed done;
	(void)snprintf(dir, sizeof dir, "%s/pkg", d->w->dir);
	const struct supplier_terms t = {.role = "acme",
					 .cards = &d->cards[key],
					 .cards_n = 1,
					 .threshold = 1,
					 .paths = {path},
					 .paths_n = path != NULL,
					 .prefixes = {prefix},
					 .prefixes_n = prefix != NULL};
	struct repo_change c = {.keys = &d->w->roles, .terms = terms(NULL)};
	rc result = repo_targets_next(r, &c.terms, &body, e);
	if (rc_ok(result))
		result = supplier_delegate(body, &t, e);
	if (rc_ok(result) && with_package) {
		result = supplier_open(r, dir, "acme", &package, e);
		if (rc_ok(result))
			supplier_join(package, &c);
	}
	if (rc_ok(result))
		result = repo_targets_publish(r, body, &c, &done, e);
	supplier_free(package);
	repo_free(r);
	return result;
}

static rc accept(struct desk *d, struct workplace_cut *cut, struct err *e)
{
	char dir[160];
	struct repo *r = opened(d);
	struct repo_committed done;
	const struct repo_terms t = terms(cut);
	(void)snprintf(dir, sizeof dir, "%s/pkg", d->w->dir);
	struct supplier_package *p = NULL;
	rc result = supplier_open(r, dir, "acme", &p, e);
	if (rc_ok(result))
		result = supplier_accept(r, p, &d->w->roles, &t, &done, e);
	supplier_free(p);
	repo_free(r);
	return result;
}

static void a_supplier_publishes_its_own(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	check_ok(supply(d, NEW, "acme/radio-1.0.bin", &e));
	check_fails(ERR_MISSING, accept(d, NULL, &e));			     /* nothing delegated */
	check_fails(ERR_TRUST, delegate(d, NEW, "acme/*", NULL, false, &e)); /* nothing to show */
	check_fails(ERR_TRUST, delegate(d, EVE, "acme/*", NULL, true, &e));  /* another's key */
	check_fails(ERR_TRUST, delegate(d, NEW, "acne/*", NULL, true, &e));  /* outside its names */
	assert_non_null(strstr(e.text, "acme/radio-1.0.bin"));
	check_fails(ERR_TRUST, delegate(d, NEW, "*", NULL, true, &e)); /* '*' stays within one part */
	check_sees(d, 1, 1, "cam1-os-1.0.0.img");
	check_ok(delegate(d, NEW, "acme/*", NULL, true, &e));
	check_sees(d, 1, 2, "acme/radio-1.0.bin");
	check_fails(ERR_EXISTS, accept(d, NULL, &e)); /* the same package again */
	workplace_write(d->w->image, "the radio, better");
	check_fails(ERR_EXISTS, supply(d, NEW, "acme/radio-1.0.bin", &e)); /* other content under an old name */
	check_ok(supply(d, NEW, "acme/radio-1.1.bin", &e));
	check_ok(accept(d, NULL, &e));
	check_sees(d, 1, 2, "acme/radio-1.1.bin");
	check_sees(d, 1, 2, "acme/radio-1.0.bin");
	struct repo *r = opened(d);
	check_ok(repo_check_targets(r, &e));
	repo_free(r);
}

static void a_supplier_stays_inside_its_names(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	check_ok(supply(d, NEW, NULL, &e));
	check_ok(delegate(d, NEW, "acme/*", NULL, true, &e));
	check_ok(supply(d, NEW, "cam1-os-9.0.0.img", &e));
	check_fails(ERR_TRUST, accept(d, NULL, &e));
	assert_non_null(strstr(e.text, "outside what acme may publish"));
	check_sees(d, 1, 2, "cam1-os-1.0.0.img");
}

static void names_may_be_given_by_hash(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	/* SHA-256("radio") begins with 23df */
	uint8_t digest[SHA256_SIZE];
	char prefix[5], other[5];
	check_ok(hash_sha256(bytes_of_text("radio"), digest, &e));
	(void)snprintf(prefix, sizeof prefix, "%02x%02x", digest[0], digest[1]);
	(void)snprintf(other, sizeof other, "%02x%02x", digest[0], digest[1] ^ 1);
	check_ok(supply(d, NEW, "radio", &e));
	check_fails(ERR_INPUT, delegate(d, NEW, "*", prefix, true, &e)); /* both ways */
	check_fails(ERR_INPUT, delegate(d, NEW, NULL, NULL, true, &e));	 /* neither */
	check_fails(ERR_TRUST, delegate(d, NEW, NULL, other, true, &e));
	check_ok(delegate(d, NEW, NULL, prefix, true, &e));
	check_sees(d, 1, 2, "radio");
}

static void a_changed_package_is_refused(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	char path[256], hex[65];
	uint8_t digest[SHA256_SIZE];
	check_ok(supply(d, NEW, "acme/radio.bin", &e));
	check_ok(hash_sha256(bytes_of_text("the image"), digest, &e));
	hex_encode(bytes_of(digest, sizeof digest), hex);
	(void)snprintf(path, sizeof path, "%s/pkg/targets/acme/%s.radio.bin", d->w->dir, hex);
	workplace_write(path, "the imago");
	check_fails(ERR_TRUST, delegate(d, NEW, "acme/*", NULL, true, &e));
	workplace_write(path, "the image");
	check_ok(delegate(d, NEW, "acme/*", NULL, true, &e));
	check_fails(ERR_TRUST, supply(d, EVE, "acme/more.bin", &e)); /* not her package */
}

static void a_revoked_supplier_is_gone(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	struct tuf_versions v;
	bool has = true;
	check_ok(supply(d, NEW, "acme/radio.bin", &e));
	check_ok(delegate(d, NEW, "acme/*", NULL, true, &e));
	struct repo *r = opened(d);
	JSON_AUTO json_t *body = NULL;
	struct repo_committed done;
	const struct repo_change c = {.keys = &d->w->roles, .terms = terms(NULL)};
	check_ok(repo_targets_next(r, &c.terms, &body, &e));
	check_fails(ERR_MISSING, supplier_revoke(body, "acne", &e));
	check_ok(supplier_revoke(body, "acme", &e));
	check_ok(repo_targets_publish(r, body, &c, &done, &e));
	repo_free(r);
	check_ok(workplace_device_sees(d->w, "acme/radio.bin", &v, &has, &e)); /* a fresh one, and devices go on */
	assert_false(has);
	check_sees(d, 1, 3, "cam1-os-1.0.0.img");
	check_fails(ERR_MISSING, accept(d, NULL, &e));
	/* The supplier's new key begins a package again; its old file must not come back in front of it. */
	check_fails(ERR_EXISTS, delegate(d, NEW, "acme/*", NULL, true, &e));
}

static bool accept_killed_at(struct desk *d, int step)
{
	struct workplace_cut cut = {.left = step, .murder = true};
	pid_t child = fork();
	if (child == 0)
		_exit(rc_ok(accept(d, &cut, NULL)) ? 0 : 1);
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 77;
}

static void accepting_survives_a_cut_before_every_file(void **state)
{
	struct desk *d = *state;
	struct err e = {0};
	int step = 0;
	check_ok(supply(d, NEW, NULL, &e));
	check_ok(delegate(d, NEW, "acme/*", NULL, true, &e));
	check_ok(supply(d, NEW, "acme/radio.bin", &e));
	char path[256], hex[65];
	uint8_t digest[SHA256_SIZE];
	check_ok(hash_sha256(bytes_of_text("the image"), digest, &e));
	hex_encode(bytes_of(digest, sizeof digest), hex);
	(void)snprintf(path, sizeof path, "%s/targets/acme/%s.radio.bin", d->w->repo, hex);
	for (; accept_killed_at(d, step); step++) {
		struct tuf_versions v;
		bool has = true;
		(void)unlink(path); /* it would not be written again */
		check_ok(workplace_device_sees(d->w, "acme/radio.bin", &v, &has, &e));
		assert_false(has);
	}
	assert_int_equal(step, 4); /* artifact, acme, snapshot, timestamp */
	check_sees(d, 1, 2, "acme/radio.bin");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rotation_is_refused_half_done),
		CASE(rotation_survives_a_cut_before_every_file),
		CASE(rotation_survives_an_error_before_every_file),
		CASE(a_revoked_key_publishes_nothing),
		CASE(a_release_may_need_two),
		CASE(a_supplier_publishes_its_own),
		CASE(a_supplier_stays_inside_its_names),
		CASE(names_may_be_given_by_hash),
		CASE(a_changed_package_is_refused),
		CASE(a_revoked_supplier_is_gone),
		CASE(accepting_survives_a_cut_before_every_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
