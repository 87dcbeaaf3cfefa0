/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timestamp, signed anew by the service: in time, over nothing but what the maker signed, and refused to whoever
 * changed the repository. The clock is an argument.
 */
#include "../release/workplace.h"

#include <stdio.h>
#include <sys/file.h>
#include <fcntl.h>
#include <unistd.h>

#include "fleet/stamp/stamp.h"
#include "release/ceremony.h"
#include "release/repo_targets.h"

#define DAY(n) ((struct wall_time){WORKPLACE_NOW.s + (n)*SECONDS_PER_DAY})

struct desk {
	struct workplace *w;
	char state[96];
	struct stamp_desk d;
	struct stamp_status status;
};

static int setup(void **state)
{
	struct err e = {0};
	struct desk *k = test_calloc(1, sizeof *k);
	assert_int_equal(workplace_setup((void **)&k->w), 0);
	check_ok(workplace_publish(k->w, "1.0.0", 1, "2030-01-01", NULL, &e)); /* its timestamp: ten days */
	(void)snprintf(k->state, sizeof k->state, "%s/stamp", k->w->dir);
	check_ok(file_make_dir(k->state, 0755, &e));
	k->d = (struct stamp_desk){k->w->repo, k->state, k->w->roles.timestamp.list};
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct desk *k = *state;
	assert_int_equal(workplace_teardown((void **)&k->w), 0);
	test_free(k);
	return 0;
}

static int64_t timestamp_version(struct desk *k)
{
	struct err e = {0};
	struct tuf_versions v;
	bool has = false;
	check_ok(workplace_device_sees(k->w, "cam1-os-1.0.0.img", &v, &has, &e));
	assert_true(has);
	return v.timestamp;
}

static void renews_before_it_expires(void **state)
{
	struct desk *k = *state;
	struct err e = {0};
	check_ok(stamp_round(&k->d, DAY(0), &k->status, &e));
	check_ok(stamp_round(&k->d, DAY(3), &k->status, &e));
	assert_int_equal(k->status.version, 1); /* exactly a week is left */
	assert_int_equal(k->status.expires.s, DAY(10).s);
	check_ok(stamp_round(&k->d, (struct wall_time){DAY(3).s + 1}, &k->status, &e));
	assert_int_equal(k->status.version, 2);
	assert_int_equal(timestamp_version(k), 2);
	for (int day = 4; day < 90; day++) { /* a long holiday */
		check_ok(stamp_round(&k->d, DAY(day), &k->status, &e));
		assert_true(k->status.expires.s > DAY(day).s + 6 * SECONDS_PER_DAY);
	}
	assert_in_range(k->status.version, 12, 14);
	assert_string_equal(k->status.failure, "");
	k->w->roles.timestamp.list = k->d.signer;
	check_ok(workplace_publish(k->w, "1.1.0", 2, "2030-01-01", NULL, &e)); /* the maker goes on from there */
	check_ok(stamp_round(&k->d, DAY(89), &k->status, &e));
}

static void renews_what_expired_while_it_was_down(void **state)
{
	struct desk *k = *state;
	struct err e = {0};
	check_ok(stamp_round(&k->d, DAY(0), &k->status, &e));
	check_ok(stamp_round(&k->d, DAY(50), &k->status, &e));
	assert_int_equal(k->status.version, 2);
	assert_int_equal(k->status.expires.s, DAY(50 + STAMP_DAYS).s);
}

static void signs_with_no_key_that_the_root_does_not_name(void **state)
{
	struct desk *k = *state;
	struct err e = {0};
	struct privkey eve = {0};
	check_ok(keyfile_generate(KEY_ED25519, &eve, &e));
	struct signer signer = privkey_signer(&eve);
	k->d.signer = &signer;
	check_fails(ERR_DENIED, stamp_round(&k->d, DAY(5), &k->status, &e));
	assert_non_null(strstr(k->status.failure, "does not name"));
	assert_int_equal(k->status.looked.s, DAY(5).s);
	assert_int_equal(timestamp_version(k), 1);
	privkey_done(&eve);
}

static void read_file(const char *path, struct buf *out)
{
	struct err e = {0};
	buf_init(out, 1 << 20);
	check_ok(file_read(path, 1 << 20, out, &e));
}

static void put_file(const char *path, const struct buf *content)
{
	struct err e = {0};
	check_ok(file_write_atomic(path, buf_view(content), 0644, &e));
}

/* Whoever can write into the folder puts an old state back, to have it made fresh. */
static void an_older_state_is_not_made_fresh(void **state)
{
	struct desk *k = *state;
	struct err e = {0};
	char path[160];
	CLEANUP(buf_done) struct buf old, now;
	(void)snprintf(path, sizeof path, "%s/metadata/timestamp.json", k->w->repo);
	read_file(path, &old);
	check_ok(workplace_publish(k->w, "1.1.0", 2, "2030-01-01", NULL, &e));
	check_ok(stamp_round(&k->d, DAY(0), &k->status, &e));
	put_file(path, &old);
	check_fails(ERR_TRUST, stamp_round(&k->d, DAY(9), &k->status, &e));
	assert_true(k->status.failure[0] != 0);
	read_file(path, &now);
	assert_true(bytes_equal(buf_view(&old), buf_view(&now)));
}

/* Eve's own root: she is root, the maker's public keys are where they must be, and she and we may sign timestamps. */
static void write_evil(struct desk *k, struct signer *eve, int64_t root_version, struct buf *ret_stamp)
{
	struct err e = {0};
	char path[160];
	CLEANUP(buf_done) struct buf real, root;
	JSON_AUTO json_t *body = NULL;
	JSON_AUTO json_t *doc = NULL;
	JSON_AUTO json_t *evil = NULL;
	buf_init(&root, 65536);
	buf_init(ret_stamp, 65536);
	check_ok(tufmake_root(root_version, DAY(900), &body, &e));
	check_ok(tufmake_add_key(body, "root", eve->pub, "", &e));
	check_ok(tufmake_add_key(body, "targets", k->w->roles.targets.list->pub, "", &e));
	check_ok(tufmake_add_key(body, "snapshot", k->w->roles.snapshot.list->pub, "", &e));
	check_ok(tufmake_add_key(body, "timestamp", eve->pub, "", &e));
	check_ok(tufmake_add_key(body, "timestamp", k->d.signer->pub, "", &e));
	check_ok(tufmake_sign(body, eve, 1, &root, &e));
	(void)snprintf(path, sizeof path, "%s/metadata/%d.root.json", k->w->repo, (int)root_version);
	put_file(path, &root);
	(void)snprintf(path, sizeof path, "%s/metadata/timestamp.json", k->w->repo);
	read_file(path, &real);
	check_ok(json_codec_parse(buf_view(&real), 65536, "t", &doc, &e));
	check_ok(tufmake_next(json_object_get(doc, "signed"), DAY(9), &evil, &e));
	check_ok(tufmake_sign(evil, eve, 1, ret_stamp, &e));
	put_file(path, ret_stamp);
}

/* What we sign under a root of hers would count under the real one: nothing is laundered through us. */
static void another_root_launders_nothing(void **state)
{
	struct desk *k = *state;
	struct err e = {0};
	char path[160];
	struct privkey eve = {0};
	check_ok(keyfile_generate(KEY_ED25519, &eve, &e));
	struct signer signer = privkey_signer(&eve);
	check_ok(stamp_round(&k->d, DAY(0), &k->status, &e)); /* pins the real root */
	(void)snprintf(path, sizeof path, "%s/metadata/timestamp.json", k->w->repo);
	for (int version = 2; version >= 1; version--) { /* after the real one, then in its place */
		CLEANUP(buf_done) struct buf stamp, now;
		write_evil(k, &signer, version, &stamp);
		check_fails(ERR_TRUST, stamp_round(&k->d, DAY(9), &k->status, &e));
		read_file(path, &now);
		assert_true(bytes_equal(buf_view(&stamp), buf_view(&now)));
		char root[160];
		(void)snprintf(root, sizeof root, "%s/metadata/%d.root.json", k->w->repo, version);
		assert_int_equal(unlink(root), 0);
	}
	privkey_done(&eve);
}

static void waits_for_the_maker(void **state)
{
	struct desk *k = *state;
	struct err e = {0};
	char path[160];
	(void)snprintf(path, sizeof path, "%s/.lock", k->w->repo);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	check_fails(ERR_BUSY, stamp_round(&k->d, DAY(5), &k->status, &e));
	(void)close(fd);
	check_ok(stamp_round(&k->d, DAY(5), &k->status, &e));
}

/* After a ceremony took the right away, it says so; and with the new key it goes on. */
static void a_revoked_key_stops(void **state)
{
	struct desk *k = *state;
	struct err e = {0};
	struct privkey fresh = {0}, roots[2] = {0};
	struct holder_card card = {.name = "new"};
	struct repo *r = NULL;
	struct repo_committed done;
	CLEANUP(proposal_done) struct proposal p = {0};
	JSON_AUTO json_t *key = NULL;
	check_ok(stamp_round(&k->d, DAY(0), &k->status, &e));
	check_ok(keyfile_generate(KEY_ED25519, &fresh, &e));
	card.key = fresh.pub;
	check_ok(tufmake_key(&fresh.pub, &key, card.keyid, &e));
	const struct ceremony_change changes[] = {{.kind = CEREMONY_ADD, .role = "timestamp", .card = &card},
						  {.kind = CEREMONY_REMOVE, .role = "timestamp", .who = "timestamp"}};
	check_ok(repo_open(k->w->repo, buf_view(&k->w->root), &r, &e));
	const struct ceremony c = {.root = repo_document(r, "root"),
				   .targets = repo_document(r, "targets"),
				   .changes = changes,
				   .changes_n = 2,
				   .note = "",
				   .now = WORKPLACE_NOW,
				   .root_expires = DAY(900)};
	check_ok(ceremony_propose(&c, &p, &e));
	for (int i = 0; i < 2; i++) {
		check_ok(keyring_load(k->w->keys, i ? "root-2" : "root-1", (struct bytes){0}, &roots[i], &e));
		struct signer s = privkey_signer(&roots[i]);
		check_ok(proposal_sign(&p, &s, WORKPLACE_NOW, &e));
		privkey_done(&roots[i]);
	}
	struct signer signer = privkey_signer(&fresh);
	const struct repo_keys keys = {.snapshot = k->w->roles.snapshot, .timestamp = {&signer, 1}};
	const struct repo_change change = {.keys = &keys,
					   .terms = {.now = WORKPLACE_NOW, .expires_days = 100, .timestamp_days = 10}};
	check_ok(repo_targets_finish(r, &p, &change, &done, &e));
	repo_free(r);
	check_fails(ERR_DENIED, stamp_round(&k->d, DAY(5), &k->status, &e));
	k->d.signer = &signer;
	check_ok(stamp_round(&k->d, DAY(5), &k->status, &e));
	assert_int_equal(k->status.version, 3);
	privkey_done(&fresh);
}

static void the_status_is_read_as_written(void **state)
{
	(void)state;
	struct err e = {0};
	struct stamp_status back, s = {DAY(1), DAY(9), 7, "why \"not\""};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, STAMP_STATUS_MAX);
	check_ok(stamp_status_encode(&s, &text, &e));
	check_ok(stamp_status_decode(buf_view(&text), &back, &e));
	assert_int_equal(back.version, 7);
	assert_string_equal(back.failure, s.failure);
	assert_int_equal(back.looked.s, s.looked.s);
	check_fails(ERR_INPUT, stamp_status_decode(bytes_of_text("{\"v\":1}"), &back, &e));
	text.data[text.len - 2]++;
	(void)stamp_status_decode(buf_view(&text), &back, &e).code;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(renews_before_it_expires),
		CASE(renews_what_expired_while_it_was_down),
		CASE(signs_with_no_key_that_the_root_does_not_name),
		CASE(an_older_state_is_not_made_fresh),
		CASE(another_root_launders_nothing),
		CASE(waits_for_the_maker),
		CASE(a_revoked_key_stops),
		cmocka_unit_test(the_status_is_read_as_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
