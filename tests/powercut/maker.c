/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the releases, their metadata, and the metadata of an attack and of the recovery from it. */
#include "maker.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/codec/hex.h"
#include "core/model/grant.h"
#include "core/model/policy.h"
#include "core/model/release.h"
#include "delta/make/patch_make.h"
#include "host/keys/keyfile.h"

#define FAR 1000 /* version numbers of a fast-forward attack */

static void make_policy(struct maker_release *r)
{
	struct err e = {0};
	buf_init(&r->policy, POLICY_MAX);
	buf_putf(&r->policy,
		 "{\"contact\":\"security@example.com\",\"flows\":[],\"health\":[{\"id\":\"answers\",\"kind\":"
		 "\"listener\",\"port\":%u,\"service\":\"app\",\"within_s\":1}],\"listeners\":[{\"port\":%u,"
		 "\"proto\":\"tcp\",\"service\":\"app\",\"why\":\"live view\"}],\"maker\":\"Example\",\"model\":\"%s\","
		 "\"page_port\":0,\"personal_data\":[],\"product\":\"Camera\",\"protected\":[],\"safety\":[],"
		 "\"scan_period_s\":60,\"services\":[{\"args\":[],\"exec\":\"bin/app\",\"id\":\"app\",\"user\":2001}],"
		 "\"support_end\":\"2031-01-01\",\"texts\":{\"isolated\":\"Cut off to protect you.\"},\"v\":1,"
		 "\"version\":\"%s\"}",
		 r->healthy ? MAKER_HEALTHY_PORT : 1, r->healthy ? MAKER_HEALTHY_PORT : 1, MAKER_MODEL, r->version);
	check_ok(buf_check(&r->policy, "policy", &e));
	check_ok(hash_sha256(buf_view(&r->policy), r->policy_sha256, &e));
}

/* Header, and each segment's frame after that of its group if it begins one. */
static void put_together(const struct made *m, struct maker_file *f)
{
	struct err e = {0};
	uint32_t g = 0;
	buf_init(&f->content, 16 * MIB);
	check_ok(transfer_encode(&m->t, &f->content, &e));
	check_ok(hash_sha256(buf_view(&f->content), f->header_sha256, &e));
	check_ok(transfer_decode(buf_view(&f->content), &f->t, &e));
	for (uint32_t i = 0; i < m->t.segments_n; i++) {
		if (g < m->t.groups_n && m->t.groups[g].first == i)
			buf_put(&f->content, buf_view(&m->group_frames[g++]));
		buf_put(&f->content, buf_view(&m->segment_frames[i]));
	}
	check_ok(buf_check(&f->content, "transfer file", &e));
	check_ok(hash_sha256(buf_view(&f->content), f->sha256, &e));
	assert_int_equal(f->content.len, f->t->file_bytes);
}

static void make_file(struct maker_release *r, const struct maker_release *base)
{
	struct err e = {0};
	struct made m = {0};
	const struct made_job job = {.base = base ? buf_view(&base->image) : (struct bytes){0},
				     .image = buf_view(&r->image),
				     .segment_log2 = TRANSFER_SEGMENT_LOG2_MIN,
				     .threads = 1,
				     .level = 1,
				     .memory_max = MADE_MEMORY_DEFAULT};
	check_ok(base ? patch_make(&m, &job, &e) : made_full(&m, &job, &e));
	put_together(&m, base ? &r->patch : &r->full);
	made_done(&m);
}

/* Release 4 is release 2 with some of its blocks changed; the others have nothing in common. */
static void make_release(struct maker *m, unsigned number, size_t bytes)
{
	struct err e = {0};
	struct maker_release *r = &m->releases[number];
	const struct maker_release *base = number == MAKER_PATCHED ? &m->releases[2] : NULL;
	uint64_t x = 88172645463325252u + number;
	buf_init(&r->image, bytes);
	for (size_t i = 0; i < bytes; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		bool kept = base && i < base->image.len && i / 4096 % 8;
		buf_put_u8(&r->image, kept ? base->image.data[i] : (uint8_t)x);
	}
	check_ok(buf_check(&r->image, "image", &e));
	check_ok(hash_sha256(buf_view(&r->image), r->image_sha256, &e));
	make_policy(r);
	make_file(r, NULL);
	if (base)
		make_file(r, base);
}

static void put_transfer(struct release_transfer *to, const struct maker_file *f)
{
	to->bytes = f->content.len;
	to->memory = f->t->memory;
	to->header_bytes = f->t->header_bytes;
	memcpy(to->sha256, f->sha256, SHA256_SIZE);
	memcpy(to->header_sha256, f->header_sha256, SHA256_SIZE);
}

static void put_image(const struct maker *m, const struct maker_release *r, struct release_info *info)
{
	struct release_transfer *patch = &info->patches[0];
	(void)snprintf(info->declaration, sizeof info->declaration, MAKER_MODEL "-declaration-%s.json", r->version);
	info->image_bytes = r->image.len;
	put_transfer(&info->full, &r->full);
	if (!r->patch.content.len)
		return;
	info->patches_n = 1;
	put_transfer(patch, &r->patch);
	(void)snprintf(patch->target, sizeof patch->target, MAKER_MODEL "-os-%s-%s.hmp", m->releases[2].version,
		       r->version);
	memcpy(patch->base_sha256, m->releases[2].image_sha256, SHA256_SIZE);
}

static void add_target(const struct maker *m, json_t *all, const struct maker_release *r, bool image)
{
	struct err e = {0};
	char name[64], hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	struct release_info info = {.kind = image ? RELEASE_IMAGE : RELEASE_DECLARATION, .counter = r->counter};
	json_t *custom = NULL;
	const uint8_t *sha = image ? r->full.sha256 : r->policy_sha256;
	(void)snprintf(info.model, sizeof info.model, "%s", MAKER_MODEL);
	(void)snprintf(info.version, sizeof info.version, "%s", r->version);
	(void)snprintf(info.component, sizeof info.component, "os");
	memcpy(info.image_sha256, r->image_sha256, SHA256_SIZE);
	if (image)
		put_image(m, r, &info);
	check_ok(release_encode(&info, &custom, &e));
	hex_encode(bytes_of(sha, SHA256_SIZE), hex);
	(void)snprintf(name, sizeof name, image ? MAKER_MODEL "-os-%s.img" : MAKER_MODEL "-declaration-%s.json",
		       r->version);
	size_t length = image ? r->full.content.len : r->policy.len;
	(void)json_object_set_new(all, name,
				  json_pack("{s:I, s:{s:s}, s:o}", "length", (json_int_t)length, "hashes", "sha256",
					    hex, "custom", custom));
}

/* Targets t, snapshot s, timestamp m, signed by the first online keys; the timestamp by `clock`. */
static void publish(struct maker *m, struct tufrepo *r, const int64_t versions[3], int clock)
{
	char targets[40], snapshot[40];
	json_t *body = tufrepo_body("targets", versions[0], LATER), *all = json_object();
	for (int i = 1; i <= MAKER_RELEASES; i++) {
		add_target(m, all, &m->releases[i], true);
		add_target(m, all, &m->releases[i], false);
	}
	(void)json_object_set_new(body, "targets", all);
	(void)snprintf(targets, sizeof targets, "%lld.targets.json", (long long)versions[0]);
	(void)snprintf(snapshot, sizeof snapshot, "%lld.snapshot.json", (long long)versions[1]);
	tufrepo_serve(r, targets, body, SIGNED_BY(T0));
	tufrepo_serve(r, snapshot,
		      tufrepo_list("snapshot", versions[1], LATER, "targets.json", versions[0],
				   buf_view(tufrepo_file(r, targets))),
		      SIGNED_BY(S0));
	tufrepo_serve(r, "timestamp.json",
		      tufrepo_list("timestamp", versions[2], LATER, "snapshot.json", versions[1],
				   buf_view(tufrepo_file(r, snapshot))),
		      (const int[]){clock, -1});
}

static void take_copy(struct buf *to, struct tufrepo *r, const char *name)
{
	buf_init(to, 1 * MIB);
	buf_put(to, buf_view(tufrepo_file(r, name)));
}

/*
 * The thief of the online keys signed versions far ahead. The maker answers with root 2 (another root key) and root 3
 * (a second timestamp key, so that the stolen one's signature alone still counts: only forgetting helps) and goes on
 * counting where it was.
 */
static void make_rotation(struct maker *m)
{
	struct tufrepo *r = &m->rotated;
	struct root_spec spec = tufrepo_root_spec(1);
	memcpy(r->keys, m->repo.keys, sizeof r->keys);
	memcpy(r->keytype, m->repo.keytype, sizeof r->keytype);
	memcpy(r->scheme, m->repo.scheme, sizeof r->scheme);
	tufrepo_serve_bytes(r, "1.root.json", buf_view(tufrepo_file(&m->repo, "1.root.json")));
	publish(m, r, (const int64_t[]){4, FAR, FAR}, M0);
	take_copy(&m->attack_timestamp, r, "timestamp.json");
	take_copy(&m->attack_snapshot, r, "1000.snapshot.json");
	take_copy(&m->attack_targets, r, "4.targets.json");
	tufrepo_withdraw(r, "1000.snapshot.json");
	spec.version = 2;
	spec.root = (struct role_spec){{R0, R1, T1}, 3, 2};
	tufrepo_serve(r, "2.root.json", tufrepo_root(r, &spec), SIGNED_BY(R0, R1));
	spec.version = 3;
	spec.timestamp = (struct role_spec){{M0, M1}, 2, 1};
	tufrepo_serve(r, "3.root.json", tufrepo_root(r, &spec), SIGNED_BY(R0, R1));
	publish(m, r, (const int64_t[]){5, 5, 5}, M1);
}

/* Whoever signs targets may grant, too. */
static json_t *root_with_grants(struct tufrepo *r)
{
	struct root_spec spec = tufrepo_root_spec(1);
	json_t *body = tufrepo_root(r, &spec), *roles = json_object_get(body, "roles");
	(void)json_object_set_new(body, "x-hallmark",
				  json_pack("{s:{s:O}}", "roles", "grant", json_object_get(roles, "targets")));
	return body;
}

static void make_grant(struct maker *m)
{
	struct err e = {0};
	const struct maker_release *from = &m->releases[2], *back = &m->releases[1];
	const struct signer by = privkey_signer(&m->repo.keys[T0]);
	struct grant g = {.from_counter = from->counter,
			  .counter = back->counter,
			  .made = NOW,
			  .expires = {NOW.s + INT64_C(86400) * 7}};
	(void)snprintf(g.device, sizeof g.device, "%s", MAKER_DEVICE);
	(void)snprintf(g.model, sizeof g.model, "%s", MAKER_MODEL);
	(void)snprintf(g.version, sizeof g.version, "%s", back->version);
	assert_true(hex_decode(MAKER_GRANT_SERIAL, g.serial, sizeof g.serial));
	buf_init(&m->grant, 2 * GRANT_MAX);
	check_ok(grant_sign(&g, &by, &m->grant, &e));
}

static void make_key(enum key_type type, struct privkey *key, struct buf *pem)
{
	struct err e = {0};
	CLEANUP(secret_done) struct secret text = {0};
	check_ok(keyfile_generate(type, key, &e));
	check_ok(privkey_pem(key, &text, &e));
	buf_init(pem, KEY_PEM_MAX);
	buf_put(pem, secret_view(&text));
}

static void make_keys(struct maker *m)
{
	struct privkey unused = {0};
	make_key(KEY_ECDSA_P256, &unused, &m->tls_pem);
	privkey_done(&unused);
	make_key(KEY_ECDSA_P256, &unused, &m->page_pem);
	privkey_done(&unused);
	make_key(KEY_ED25519, &m->statement, &m->statement_pem);
}

struct maker *maker_new(unsigned segments)
{
	static const struct maker_release plan[MAKER_RELEASES + 1] = {
		{.version = ""},
		{.version = "1.0.0", .counter = 1, .healthy = true},
		{.version = "2.0.0", .counter = 2, .healthy = true},
		{.version = "3.0.0", .counter = 3},
		{.version = "2.1.0", .counter = 2, .healthy = true}};
	struct maker *m = calloc(1, sizeof *m);
	assert_non_null(m);
	memcpy(m->releases, plan, sizeof plan);
	for (unsigned i = 1; i <= MAKER_RELEASES; i++) /* none of them ends with a segment or a sector */
		make_release(m, i, (size_t)segments * MAKER_SEGMENT - 30000 - 100 * i);
	m->slot_bytes = (size_t)segments * MAKER_SEGMENT;
	tufrepo_init(&m->repo);
	tufrepo_serve(&m->repo, "1.root.json", root_with_grants(&m->repo), SIGNED_BY(R0, R1));
	publish(m, &m->repo, (const int64_t[]){4, 4, 4}, M0);
	make_rotation(m);
	make_grant(m);
	make_keys(m);
	return m;
}

static void file_done(struct maker_file *f)
{
	buf_done(&f->content);
	transfer_free(f->t);
}

void maker_free(struct maker *m)
{
	for (size_t i = 0; i < WHO_COUNT; i++)
		m->rotated.keys[i] = (struct privkey){0}; /* shared */
	tufrepo_done(&m->repo);
	tufrepo_done(&m->rotated);
	for (int i = 1; i <= MAKER_RELEASES; i++) {
		file_done(&m->releases[i].full);
		file_done(&m->releases[i].patch);
		buf_done(&m->releases[i].image);
		buf_done(&m->releases[i].policy);
	}
	buf_done(&m->attack_timestamp);
	buf_done(&m->attack_snapshot);
	buf_done(&m->attack_targets);
	buf_done(&m->grant);
	buf_done(&m->tls_pem);
	buf_done(&m->page_pem);
	buf_done(&m->statement_pem);
	privkey_done(&m->statement);
	free(m);
}
