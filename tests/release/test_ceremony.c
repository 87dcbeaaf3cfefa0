/* SPDX-License-Identifier: Apache-2.0 */
/* The ceremony: who may sign, who has signed, and that nothing but enough different holders makes a root. */
#include "check.h"

#include <stdio.h>

#include "core/trust/tuf.h"
#include "host/keys/keyfile.h"
#include "release/ceremony.h"
#include "release/review.h"
#include "release/tufmake.h"

#define NOW ((struct wall_time){1800000000})
#define LATER ((struct wall_time){1800000000 + 1000 * SECONDS_PER_DAY})

enum { ADA, BEN, CID, DEE, TARGETS, SNAPSHOT, TIMESTAMP, KEYS };

struct stage {
	struct privkey keys[KEYS];
	struct holder_card cards[KEYS];
};

static int setup(void **state)
{
	static const char *const names[KEYS] = {"Ada", "Ben", "Cid", "Dee", "targets", "snapshot", "timestamp"};
	struct err e = {0};
	struct stage *s = test_calloc(1, sizeof *s);
	for (int i = 0; i < KEYS; i++) {
		CLEANUP(buf_done) struct buf card;
		buf_init(&card, HOLDER_CARD_MAX);
		check_ok(keyfile_generate(i == BEN ? KEY_ECDSA_P256 : KEY_ED25519, &s->keys[i], &e));
		struct holder_card about = {.grade = "file", .made = NOW};
		(void)snprintf(about.name, sizeof about.name, "%s", names[i]);
		struct signer signer = privkey_signer(&s->keys[i]);
		check_ok(holder_card_make(&signer, &about, &card, &e));
		check_ok(holder_card_read(buf_view(&card), &s->cards[i], &e));
	}
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct stage *s = *state;
	for (int i = 0; i < KEYS; i++) {
		privkey_done(&s->keys[i]);
		holder_card_done(&s->cards[i]);
	}
	test_free(s);
	return 0;
}

static struct ceremony_change add(const struct stage *s, const char *role, int who)
{
	return (struct ceremony_change){.kind = CEREMONY_ADD, .role = role, .card = &s->cards[who]};
}

static struct ceremony_change gone(const char *role, const char *who)
{
	return (struct ceremony_change){.kind = CEREMONY_REMOVE, .role = role, .who = who};
}

static struct ceremony_change threshold(const char *role, size_t n)
{
	return (struct ceremony_change){.kind = CEREMONY_THRESHOLD, .role = role, .threshold = n};
}

static rc propose(json_t *root, json_t *targets, const struct ceremony_change *changes, size_t n, struct proposal *ret,
		  struct err *e)
{
	const struct ceremony c = {.root = root,
				   .targets = targets,
				   .changes = changes,
				   .changes_n = n,
				   .note = "test",
				   .now = NOW,
				   .root_expires = LATER,
				   .targets_expires = LATER};
	return ceremony_propose(&c, ret, e);
}

static rc sign(struct stage *s, struct proposal *p, int who, struct err *e)
{
	struct signer signer = privkey_signer(&s->keys[who]);
	return proposal_sign(p, &signer, NOW, e);
}

/* The first root: Ada, Ben, Cid, two of them. */
static void first_root(struct stage *s, struct proposal *p)
{
	struct err e = {0};
	const struct ceremony_change changes[] = {add(s, "root", ADA),		add(s, "root", BEN),
						  add(s, "root", CID),		add(s, "targets", TARGETS),
						  add(s, "snapshot", SNAPSHOT), add(s, "timestamp", TIMESTAMP),
						  threshold("root", 2)};
	check_ok(propose(NULL, NULL, changes, ARRAY_LEN(changes), p, &e));
}

static json_t *finished(const struct proposal *p, const char *role)
{
	struct err e = {0};
	check_ok(proposal_complete(p, NOW, &e));
	return json_incref(proposal_find(p, role)->proposed);
}

/* The devices' client has the last word. */
static bool device_follows(const json_t *from, const json_t *to)
{
	struct err e = {0};
	struct tuf *t = NULL;
	struct tuf_actions actions;
	const char *reason = NULL;
	CLEANUP(buf_done) struct buf old, new;
	buf_init(&old, TUF_ROOT_MAX);
	buf_init(&new, TUF_ROOT_MAX);
	check_ok(json_codec_compact(from, &old, &e));
	check_ok(json_codec_compact(to, &new, &e));
	rc r = tuf_new(buf_view(&old), &t, &e);
	if (rc_ok(r)) {
		tuf_refresh_begin(t, NOW);
		r = tuf_feed(t, buf_view(&new), &actions, &reason, &e);
	}
	tuf_free(t);
	return rc_ok(r);
}

/* Write it and read it again, with one change of the text. */
static rc changed(const struct proposal *p, const char *from, const char *to, struct proposal *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text, other;
	buf_init(&text, PROPOSAL_MAX);
	buf_init(&other, PROPOSAL_MAX);
	assert_true(rc_ok(proposal_write(p, &text, e)));
	const char *at = strstr(buf_text(&text), from);
	assert_non_null(at);
	buf_put(&other, bytes_of(text.data, (size_t)(at - buf_text(&text))));
	buf_put_text(&other, to);
	buf_put_text(&other, at + strlen(from));
	return proposal_read(buf_view(&other), ret, e);
}

static void first_root_needs_its_threshold(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	first_root(s, &p);
	check_fails(ERR_WRONG_STATE, proposal_complete(&p, NOW, &e));
	assert_non_null(strstr(e.text, "0 of 2"));
	check_fails(ERR_DENIED, sign(s, &p, DEE, &e));
	check_fails(ERR_DENIED, sign(s, &p, TIMESTAMP, &e)); /* in the root, but no root holder */
	check_ok(sign(s, &p, ADA, &e));
	check_fails(ERR_EXISTS, sign(s, &p, ADA, &e)); /* the same holder twice */
	check_fails(ERR_WRONG_STATE, proposal_complete(&p, NOW, &e));
	assert_non_null(strstr(e.hint, "Ben, Cid"));
	check_ok(sign(s, &p, BEN, &e));
	check_ok(proposal_complete(&p, NOW, &e));
	JSON_AUTO json_t *root = finished(&p, "root");
	assert_false(device_follows(root, root)); /* version 1 does not follow version 1 */
}

static void tampering_is_seen(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0}, other = {0};
	first_root(s, &p);
	check_ok(sign(s, &p, ADA, &e));
	check_fails(ERR_TRUST, changed(&p, "\"threshold\":2", "\"threshold\":1", &other, &e));
	assert_non_null(strstr(e.text, "Ada"));
	check_fails(ERR_TRUST,
		    changed(&p, "\"consistent_snapshot\":true", "\"consistent_snapshot\":false", &other, &e));
	check_fails(ERR_TRUST, changed(&p, "\"version\":1", "\"version\":2", &other, &e));
	check_fails(ERR_INPUT, changed(&p, "\"threshold\":2", "\"threshold\":4", &other, &e)); /* of three */
	check_fails(ERR_INPUT, changed(&p, "\"role\":\"root\"", "\"role\":\"admin\"", &other, &e));
	check_fails(ERR_UNSUPPORTED, changed(&p, "proposal-1", "proposal-2", &other, &e));
	check_fails(ERR_INPUT, changed(&p, "\"note\":", "\"more\":1,\"note\":", &other, &e));
	check_ok(changed(&p, "\"note\":\"test\"", "\"note\":\"tost\"", &other, &e)); /* the cover is not signed */
}

static void refuses_what_cannot_work(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	const struct ceremony_change no_targets[] = {add(s, "root", ADA), add(s, "snapshot", SNAPSHOT),
						     add(s, "timestamp", TIMESTAMP)};
	check_fails(ERR_INPUT, propose(NULL, NULL, no_targets, ARRAY_LEN(no_targets), &p, &e));
	assert_non_null(strstr(e.text, "targets"));
	struct ceremony_change changes[] = {add(s, "root", ADA),
					    add(s, "targets", TARGETS),
					    add(s, "snapshot", SNAPSHOT),
					    add(s, "timestamp", TIMESTAMP),
					    {0}};
	changes[4] = threshold("root", 2);
	check_fails(ERR_INPUT, propose(NULL, NULL, changes, 5, &p, &e));
	changes[4] = add(s, "root", ADA);
	check_fails(ERR_EXISTS, propose(NULL, NULL, changes, 5, &p, &e));
	changes[4] = add(s, "timestamp", ADA);
	check_fails(ERR_DENIED, propose(NULL, NULL, changes, 5, &p, &e));
	changes[4] = add(s, "admin", BEN);
	check_fails(ERR_INPUT, propose(NULL, NULL, changes, 5, &p, &e));
	changes[4] = gone("root", "Ben");
	check_fails(ERR_MISSING, propose(NULL, NULL, changes, 5, &p, &e));
	changes[4] = gone("root", "Ada");
	check_fails(ERR_INPUT, propose(NULL, NULL, changes, 5, &p, &e));
	assert_non_null(strstr(e.text, "0 holders"));
}

static void nothing_expired_is_signed(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0};
	first_root(s, &p);
	struct signer ada = privkey_signer(&s->keys[ADA]);
	check_fails(ERR_TRUST, proposal_sign(&p, &ada, LATER, &e));
	check_ok(sign(s, &p, ADA, &e));
	check_ok(sign(s, &p, CID, &e));
	check_fails(ERR_TRUST, proposal_complete(&p, LATER, &e));
}

/* Cid's key is stolen: Ada and Ben put Dee in his place. */
static void rotation_needs_both_roots(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal one = {0}, two = {0};
	first_root(s, &one);
	check_ok(sign(s, &one, ADA, &e));
	check_ok(sign(s, &one, CID, &e));
	JSON_AUTO json_t *first = finished(&one, "root");
	const struct ceremony_change changes[] = {gone("root", "Cid"), add(s, "root", DEE)};
	check_ok(propose(first, NULL, changes, ARRAY_LEN(changes), &two, &e));
	check_ok(sign(s, &two, DEE, &e));
	check_ok(sign(s, &two, ADA, &e));
	check_fails(ERR_WRONG_STATE, proposal_complete(&two, NOW, &e)); /* new root: 2 of 2, old: 1 of 2 */
	assert_non_null(strstr(e.text, "root in force"));
	assert_false(device_follows(first, proposal_find(&two, "root")->proposed));
	check_ok(sign(s, &two, BEN, &e));
	JSON_AUTO json_t *second = finished(&two, "root");
	assert_true(device_follows(first, second));
	CLEANUP(proposal_done) struct proposal three = {0};
	check_ok(propose(second, NULL, NULL, 0, &three, &e)); /* only a later expiry */
	check_fails(ERR_DENIED, sign(s, &three, CID, &e));
	check_ok(sign(s, &three, DEE, &e));
	check_ok(sign(s, &three, ADA, &e));
	check_ok(proposal_complete(&three, NOW, &e));
}

/* One developer, who later wants three holders. */
static void grows_from_one_holder(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal one = {0}, two = {0};
	const struct ceremony_change first[] = {add(s, "root", ADA), add(s, "targets", TARGETS),
						add(s, "snapshot", SNAPSHOT), add(s, "timestamp", TIMESTAMP)};
	check_ok(propose(NULL, NULL, first, ARRAY_LEN(first), &one, &e));
	check_ok(sign(s, &one, ADA, &e));
	JSON_AUTO json_t *root = finished(&one, "root");
	const struct ceremony_change more[] = {gone("root", s->cards[ADA].keyid), add(s, "root", BEN),
					       add(s, "root", CID), add(s, "root", DEE), threshold("root", 2)};
	check_ok(propose(root, NULL, more, ARRAY_LEN(more), &two, &e));
	check_ok(sign(s, &two, BEN, &e));
	check_ok(sign(s, &two, CID, &e));
	check_fails(ERR_WRONG_STATE, proposal_complete(&two, NOW, &e)); /* without Ada they are strangers */
	check_ok(sign(s, &two, ADA, &e));
	JSON_AUTO json_t *second = finished(&two, "root");
	assert_true(device_follows(root, second));
}

static json_t *signed_targets(struct stage *s, int by)
{
	struct err e = {0};
	json_t *doc = NULL;
	JSON_AUTO json_t *body = NULL;
	check_ok(tufmake_body("targets", 1, LATER, &body, &e));
	assert_int_equal(json_object_set_new(body, "targets", json_object()), 0);
	check_ok(tufmake_unsigned(body, &doc, &e));
	struct signer signer = privkey_signer(&s->keys[by]);
	check_ok(tufmake_add_signature(doc, &signer, &e));
	return doc;
}

/* A new targets key must sign the targets anew, in the same proposal; a further one need not. */
static void targets_follow_their_key(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal one = {0}, two = {0}, three = {0};
	first_root(s, &one);
	check_ok(sign(s, &one, ADA, &e));
	check_ok(sign(s, &one, BEN, &e));
	JSON_AUTO json_t *root = finished(&one, "root");
	JSON_AUTO json_t *targets = signed_targets(s, TARGETS);
	JSON_AUTO json_t *forged = signed_targets(s, SNAPSHOT);
	const struct ceremony_change swap[] = {gone("targets", "targets"), add(s, "targets", DEE)};
	check_fails(ERR_TRUST, propose(root, forged, swap, 2, &two, &e));
	check_ok(propose(root, targets, swap, 2, &two, &e));
	assert_int_equal(two.parts_n, 2);
	check_ok(sign(s, &two, ADA, &e));
	check_ok(sign(s, &two, BEN, &e));
	check_fails(ERR_WRONG_STATE, proposal_complete(&two, NOW, &e));
	assert_non_null(strstr(e.text, "targets"));
	check_fails(ERR_DENIED, sign(s, &two, TARGETS, &e)); /* the old key has no say any more */
	check_ok(sign(s, &two, DEE, &e));
	check_ok(proposal_complete(&two, NOW, &e));
	const struct ceremony_change further[] = {add(s, "targets", DEE)};
	check_ok(propose(root, targets, further, 1, &three, &e));
	assert_int_equal(three.parts_n, 1);
}

static void copies_are_merged(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0}, left = {0}, right = {0}, other = {0};
	first_root(s, &p);
	check_ok(changed(&p, "", "", &left, &e));
	check_ok(changed(&p, "", "", &right, &e));
	check_ok(sign(s, &left, ADA, &e));
	check_ok(sign(s, &right, BEN, &e));
	check_ok(proposal_merge(&left, &right, &e));
	check_ok(proposal_merge(&left, &right, &e)); /* twice is once */
	check_ok(proposal_complete(&left, NOW, &e));
	const struct ceremony_change changes[] = {add(s, "root", ADA), add(s, "targets", TARGETS),
						  add(s, "snapshot", SNAPSHOT), add(s, "timestamp", TIMESTAMP)};
	check_ok(propose(NULL, NULL, changes, ARRAY_LEN(changes), &other, &e));
	check_fails(ERR_TRUST, proposal_merge(&left, &other, &e));
}

/* The same key under a second id would be a second vote of one person. */
static void one_key_has_one_vote(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal p = {0}, again = {0};
	CLEANUP(buf_done) struct buf text, canonical;
	uint8_t digest[SHA256_SIZE];
	char id[TUFMAKE_KEYID_SIZE];
	first_root(s, &p);
	json_t *body = json_object_get(proposal_find(&p, "root")->proposed, "signed");
	json_t *keys = json_object_get(body, "keys");
	JSON_AUTO json_t *twin = json_deep_copy(json_object_get(keys, s->cards[ADA].keyid));
	(void)json_object_set_new(twin, "x-more", json_string("anything"));
	buf_init(&canonical, 4096);
	check_ok(json_codec_canonical(twin, &canonical, &e));
	check_ok(hash_sha256(buf_view(&canonical), digest, &e));
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", digest[i]);
	(void)json_object_set(keys, id, twin);
	(void)json_array_append_new(json_object_get(json_object_get(json_object_get(body, "roles"), "root"), "keyids"),
				    json_string(id));
	buf_init(&text, PROPOSAL_MAX);
	check_ok(proposal_write(&p, &text, &e));
	check_fails(ERR_TRUST, proposal_read(buf_view(&text), &again, &e));
	assert_non_null(strstr(e.text, "two ids"));
}

static void review_says_what_changes(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(proposal_done) struct proposal one = {0}, two = {0};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, REVIEW_MAX);
	first_root(s, &one);
	check_ok(sign(s, &one, ADA, &e));
	check_ok(sign(s, &one, CID, &e));
	JSON_AUTO json_t *root = finished(&one, "root");
	(void)snprintf(s->cards[DEE].name, sizeof s->cards[DEE].name, "D\033[31mee");
	const struct ceremony_change changes[] = {gone("root", "Cid"), add(s, "root", DEE), threshold("root", 3),
						  add(s, "grant", DEE)};
	check_fails(ERR_DENIED, propose(root, NULL, changes, 4, &two, &e)); /* Dee would be root and grant */
	check_ok(propose(root, NULL, changes, 3, &two, &e));
	check_ok(sign(s, &two, ADA, &e));
	check_ok(review_text(&two, NOW, &text, &e));
	const char *said = buf_text(&text);
	assert_non_null(strstr(said, "root version 2, after version 1"));
	assert_non_null(strstr(said, "root: 3 of 3 must sign  (until now 2 of 3)"));
	assert_non_null(strstr(said, "+ key"));
	assert_non_null(strstr(said, "ed25519     D?[31mee"));
	assert_null(strchr(said, '\033'));
	assert_non_null(strstr(said, "by the root in force: 1 of 2"));
	assert_non_null(strstr(said, "by the new root: 1 of 3"));
}

static void cards_prove_their_key(void **state)
{
	struct stage *s = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf card;
	CLEANUP(holder_card_done) struct holder_card read = {0};
	buf_init(&card, HOLDER_CARD_MAX);
	/* A card that names one key and is signed by another. */
	struct signer liar = privkey_signer(&s->keys[ADA]);
	liar.pub = &s->keys[DEE].pub;
	struct holder_card about = {.name = "Mal", .grade = "file", .made = NOW};
	check_ok(holder_card_make(&liar, &about, &card, &e));
	check_fails(ERR_TRUST, holder_card_read(buf_view(&card), &read, &e));
	buf_reset(&card);
	struct signer ada = privkey_signer(&s->keys[ADA]);
	check_ok(holder_card_make(&ada, &about, &card, &e));
	check_ok(holder_card_read(buf_view(&card), &read, &e));
	assert_string_equal(read.name, "Mal");
	assert_string_equal(read.keyid, s->cards[ADA].keyid);
	for (size_t i = 0; i < card.len; i++) { /* no bit of it is free */
		CLEANUP(holder_card_done) struct holder_card other = {0};
		card.data[i] ^= 1;
		assert_true(rc_failed(holder_card_read(buf_view(&card), &other, &e)));
		card.data[i] ^= 1;
	}
	about.name[0] = 0;
	check_fails(ERR_INPUT, holder_card_make(&ada, &about, &card, &e));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(first_root_needs_its_threshold), CASE(tampering_is_seen),	       CASE(refuses_what_cannot_work),
		CASE(nothing_expired_is_signed),      CASE(rotation_needs_both_roots), CASE(grows_from_one_holder),
		CASE(targets_follow_their_key),	      CASE(copies_are_merged),	       CASE(one_key_has_one_vote),
		CASE(review_says_what_changes),	      CASE(cards_prove_their_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
