/* SPDX-License-Identifier: Apache-2.0 */
/* The server side of the TUF client's tests. */
#include "tufrepo.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"

/* Made once: an RSA key costs more than a whole test. */
static EVP_PKEY *key_of(int who)
{
	static EVP_PKEY *made[WHO_COUNT];
	if (!made[who] && who == EK)
		made[who] = EVP_EC_gen("P-256");
	else if (!made[who] && who == RK)
		made[who] = EVP_RSA_gen(2048);
	else if (!made[who])
		made[who] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_non_null(made[who]);
	return made[who];
}

void tufrepo_init(struct tufrepo *r)
{
	struct err e = {0};
	memset(r, 0, sizeof *r);
	for (int i = 0; i < WHO_COUNT; i++) {
		r->keytype[i] = r->scheme[i] = "ed25519";
		check_ok(privkey_of_pkey(key_of(i), &r->keys[i], &e));
	}
	r->keytype[EK] = "ecdsa";
	r->scheme[EK] = "ecdsa-sha2-nistp256";
	r->keytype[RK] = "rsa";
	r->scheme[RK] = "rsassa-pss-sha256";
}

void tufrepo_done(struct tufrepo *r)
{
	for (int i = 0; i < WHO_COUNT; i++)
		privkey_done(&r->keys[i]);
	for (size_t i = 0; i < r->files_n; i++)
		buf_done(&r->files[i].content);
	for (size_t i = 0; i < r->disk_n; i++)
		buf_done(&r->disk[i].content);
}

struct root_spec tufrepo_root_spec(int64_t version)
{
	return (struct root_spec){.version = version,
				  .expires = LATER,
				  .root = {{R0, R1, R2}, 3, 2},
				  .timestamp = {{M0}, 1, 1},
				  .snapshot = {{S0}, 1, 1},
				  .targets = {{T0}, 1, 1}};
}

json_t *tufrepo_body(const char *type, int64_t version, const char *expires)
{
	return json_pack("{s:s, s:s, s:I, s:s, s:s}", "_type", type, "spec_version", "1.0.34", "version",
			 (json_int_t)version, "expires", expires, "x-unknown", "kept");
}

static void hash_hex(struct bytes content, char ret[2 * SHA256_SIZE + 1])
{
	uint8_t digest[SHA256_SIZE];
	struct err e = {0};
	check_ok(hash_sha256(content, digest, &e));
	hex_encode(bytes_of(digest, sizeof digest), ret);
}

char *tufrepo_keyid(struct tufrepo *r, int who, json_t **ret_key)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf public, canonical;
	char hex[2 * SHA256_SIZE + 1];
	buf_init(&public, KEY_PEM_MAX);
	buf_init(&canonical, KEY_PEM_MAX);
	if (r->keys[who].pub.type == KEY_ED25519) {
		uint8_t raw[KEY_ED25519_SIZE];
		check_ok(pubkey_ed25519(&r->keys[who].pub, raw, &e));
		hex_encode(bytes_of(raw, sizeof raw), hex);
		buf_put_text(&public, hex);
	} else {
		check_ok(pubkey_pem(&r->keys[who].pub, &public, &e));
	}
	json_t *key = json_pack("{s:s, s:s, s:{s:s}}", "keytype", r->keytype[who], "scheme", r->scheme[who], "keyval",
				"public", buf_text(&public));
	if (r->note[who])
		assert_int_equal(json_object_set_new(key, r->note_name[who] ? r->note_name[who] : "x-note",
						     json_string(r->note[who])),
				 0);
	check_ok(json_codec_canonical(key, &canonical, &e));
	hash_hex(buf_view(&canonical), hex);
	if (ret_key)
		*ret_key = key;
	else
		json_decref(key);
	return mem_dup_text(hex);
}

/* {"keyids","threshold"}; the key objects go into `keys`. */
static json_t *make_role(struct tufrepo *r, json_t *keys, const struct role_spec *s)
{
	json_t *ids = json_array();
	for (int i = 0; i < s->n; i++) {
		json_t *key = NULL;
		MEM_AUTO char *id = tufrepo_keyid(r, s->keys[i], &key);
		assert_int_equal(json_object_set_new(keys, id, key), 0);
		assert_int_equal(json_array_append_new(ids, json_string(id)), 0);
	}
	return json_pack("{s:o, s:i}", "keyids", ids, "threshold", s->threshold);
}

static void add_role(struct tufrepo *r, json_t *body, const char *name, const struct role_spec *s)
{
	json_t *role = make_role(r, json_object_get(body, "keys"), s);
	assert_int_equal(json_object_set_new(json_object_get(body, "roles"), name, role), 0);
}

void tufrepo_delegate(struct tufrepo *r, json_t *targets, const struct delegation_spec *d)
{
	json_t *all = json_object_get(targets, "delegations");
	if (!all) {
		all = json_pack("{s:{}, s:[]}", "keys", "roles");
		assert_int_equal(json_object_set_new(targets, "delegations", all), 0);
	}
	json_t *role = make_role(r, json_object_get(all, "keys"), &d->role);
	(void)json_object_set_new(role, "name", json_string(d->name));
	(void)json_object_set_new(role, "terminating", json_boolean(d->terminating));
	if (d->take_paths)
		(void)json_object_set_new(role, "paths", d->take_paths);
	if (d->take_prefixes)
		(void)json_object_set_new(role, "path_hash_prefixes", d->take_prefixes);
	assert_int_equal(json_array_append_new(json_object_get(all, "roles"), role), 0);
}

json_t *tufrepo_texts(const char *first, ...)
{
	json_t *list = json_array();
	va_list ap;
	va_start(ap, first);
	for (const char *text = first; text; text = va_arg(ap, const char *))
		assert_int_equal(json_array_append_new(list, json_string(text)), 0);
	va_end(ap);
	return list;
}

void tufrepo_add_target(json_t *targets, const char *name, const char *content)
{
	char hex[2 * SHA256_SIZE + 1];
	hash_hex(bytes_of_text(content), hex);
	json_t *entry = json_pack("{s:I, s:{s:s}}", "length", (json_int_t)strlen(content), "hashes", "sha256", hex);
	assert_int_equal(json_object_set_new(json_object_get(targets, "targets"), name, entry), 0);
}

json_t *tufrepo_root(struct tufrepo *r, const struct root_spec *s)
{
	json_t *body = tufrepo_body("root", s->version, s->expires);
	(void)json_object_set_new(body, "consistent_snapshot", json_boolean(!s->flat));
	(void)json_object_set_new(body, "keys", json_object());
	(void)json_object_set_new(body, "roles", json_object());
	add_role(r, body, "root", &s->root);
	add_role(r, body, "timestamp", &s->timestamp);
	add_role(r, body, "snapshot", &s->snapshot);
	add_role(r, body, "targets", &s->targets);
	return body;
}

json_t *tufrepo_targets(int64_t version, const char *expires)
{
	char hex[2 * SHA256_SIZE + 1];
	hash_hex(bytes_of_text("image"), hex);
	json_t *body = tufrepo_body("targets", version, expires);
	json_t *all = json_pack("{s:{s:i, s:{s:s}, s:{s:{s:s}}}, s:{s:i, s:{s:s}}, s:{s:i, s:{s:s, s:s}}}", "cam.img",
				"length", 5, "hashes", "sha256", hex, "custom", "hallmark", "kind", "image",
				"dir/a b?.img", "length", 5, "hashes", "sha256", hex, "odd", "length", 5, "hashes",
				"sha256", hex, "md5", "00");
	(void)json_object_set_new(body, "targets", all);
	return body;
}

json_t *tufrepo_list(const char *type, int64_t version, const char *expires, const char *file, int64_t file_version,
		     struct bytes content)
{
	char hex[2 * SHA256_SIZE + 1];
	json_t *body = tufrepo_body(type, version, expires);
	json_t *entry = json_pack("{s:I}", "version", (json_int_t)file_version);
	if (content.n) {
		hash_hex(content, hex);
		(void)json_object_set_new(entry, "length", json_integer((json_int_t)content.n));
		(void)json_object_set_new(entry, "hashes", json_pack("{s:s}", "sha256", hex));
	}
	(void)json_object_set_new(body, "meta", json_pack("{s:o}", file, entry));
	return body;
}

static struct buf *find(struct served *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i].content;
	return NULL;
}

static void put(struct served *list, size_t *n, const char *name, struct bytes content)
{
	struct buf *b = find(list, *n, name);
	if (!b) {
		assert_true(*n < SERVED_MAX);
		(void)snprintf(list[*n].name, sizeof list[*n].name, "%s", name);
		b = &list[(*n)++].content;
		buf_init(b, 16 * MIB);
	}
	buf_reset(b);
	buf_put(b, content);
	assert_int_equal(b->broken, ERR_NONE);
}

static void take(struct served *list, size_t *n, const char *name)
{
	struct buf *b = find(list, *n, name);
	if (!b)
		return;
	struct served *at = &list[0];
	while (&at->content != b)
		at++;
	buf_done(b);
	*at = list[--*n];
}

void tufrepo_serve_bytes(struct tufrepo *r, const char *name, struct bytes content)
{
	put(r->files, &r->files_n, name, content);
}

void tufrepo_withdraw(struct tufrepo *r, const char *name)
{
	take(r->files, &r->files_n, name);
}

struct buf *tufrepo_file(struct tufrepo *r, const char *name)
{
	return find(r->files, r->files_n, name);
}

struct buf *tufrepo_stored(struct tufrepo *r, const char *name)
{
	return find(r->disk, r->disk_n, name);
}

void tufrepo_serve(struct tufrepo *r, const char *name, json_t *take_body, const int *signers)
{
	struct err e = {0};
	JSON_AUTO json_t *list = json_array();
	CLEANUP(buf_done) struct buf message, file;
	buf_init(&message, 16 * MIB);
	buf_init(&file, 16 * MIB);
	check_ok(json_codec_canonical(take_body, &message, &e));
	for (; *signers >= 0; signers++) {
		CLEANUP(buf_done) struct buf sig;
		char hex[2 * KEY_SIGNATURE_MAX + 1];
		buf_init(&sig, KEY_SIGNATURE_MAX);
		struct signer s = privkey_signer(&r->keys[*signers]);
		check_ok(signer_sign(&s, buf_view(&message), &sig, &e));
		hex_encode(buf_view(&sig), hex);
		MEM_AUTO char *id = tufrepo_keyid(r, *signers, NULL);
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", id, "sig", hex));
	}
	JSON_AUTO json_t *doc = json_pack("{s:O, s:o}", "signatures", list, "signed", take_body);
	char *text = json_dumps(doc, JSON_COMPACT);
	assert_non_null(text);
	tufrepo_serve_bytes(r, name, bytes_of_text(text));
	free(text);
}

void tufrepo_publish(struct tufrepo *r, int64_t t, int64_t s, int64_t m)
{
	char targets[40], snapshot[40];
	struct root_spec spec = tufrepo_root_spec(1);
	(void)snprintf(targets, sizeof targets, "%lld.targets.json", (long long)t);
	(void)snprintf(snapshot, sizeof snapshot, "%lld.snapshot.json", (long long)s);
	if (!tufrepo_file(r, "1.root.json"))
		tufrepo_serve(r, "1.root.json", tufrepo_root(r, &spec), SIGNED_BY(R0, R1));
	tufrepo_serve(r, targets, tufrepo_targets(t, LATER), SIGNED_BY(T0));
	tufrepo_serve(r, snapshot,
		      tufrepo_list("snapshot", s, LATER, "targets.json", t, buf_view(tufrepo_file(r, targets))),
		      SIGNED_BY(S0));
	tufrepo_serve(r, "timestamp.json",
		      tufrepo_list("timestamp", m, LATER, "snapshot.json", s, buf_view(tufrepo_file(r, snapshot))),
		      SIGNED_BY(M0));
}

struct tuf *tufrepo_client(struct tufrepo *r)
{
	struct err e = {0};
	struct tuf *t = NULL;
	check_ok(tuf_new(buf_view(tufrepo_file(r, "1.root.json")), &t, &e));
	return t;
}

void tufrepo_restore(struct tufrepo *r, struct tuf *t)
{
	for (size_t i = 0; i < r->disk_n; i++)
		tuf_offer_stored(t, r->disk[i].name, buf_view(&r->disk[i].content));
}

void tufrepo_store(struct tufrepo *r, const char *name, struct bytes content)
{
	put(r->disk, &r->disk_n, name, content);
}

void tufrepo_carry_out(struct tufrepo *r, const struct tuf_actions *a)
{
	size_t deletes = 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct tuf_action *act = &a->list[i];
		if (act->kind == TUF_DELETE) {
			deletes++;
			take(r->disk, &r->disk_n, act->name);
			continue;
		}
		if (strcmp(act->name, "root.json") == 0)
			r->deletes_before_root += deletes;
		put(r->disk, &r->disk_n, act->name, act->content);
	}
}

/* Feed the client until it is done, from what is kept and what is served. */
static rc run_client(struct tufrepo *r, struct tuf *t, struct err *e)
{
	for (;;) {
		struct tuf_fetch due;
		struct tuf_actions actions = {0};
		bool done = false;
		rc result = tuf_next(t, &due, &done, e);
		r->reason = tuf_reason(t);
		if (rc_failed(result) || done)
			return result;
		const struct buf *kept = due.stored[0] ? tufrepo_stored(r, due.stored) : NULL;
		bool used = false;
		if (kept && rc_failed(result = tuf_lookup_stored(t, buf_view(kept), &used, e)))
			return result;
		if (used)
			continue;
		size_t n = strlen(r->asked);
		(void)snprintf(r->asked + n, sizeof r->asked - n, "%s%s", n ? " " : "", due.name);
		const struct buf *file = tufrepo_file(r, due.name);
		result = file ? tuf_feed(t, buf_view(file), &actions, &r->reason, e) : tuf_feed_absent(t, &actions, e);
		r->reason = tuf_reason(t);
		if (rc_failed(result))
			return result;
		tufrepo_carry_out(r, &actions);
	}
}

rc tufrepo_refresh_at(struct tufrepo *r, struct tuf *t, struct wall_time start, struct err *e)
{
	r->asked[0] = 0;
	tuf_refresh_begin(t, start);
	return run_client(r, t, e);
}

rc tufrepo_refresh(struct tufrepo *r, struct tuf *t, struct err *e)
{
	return tufrepo_refresh_at(r, t, NOW, e);
}

rc tufrepo_lookup(struct tufrepo *r, struct tuf *t, const char *name, struct tuf_target *ret, struct err *e)
{
	r->asked[0] = 0;
	rc result = tuf_lookup_begin(t, name, e);
	if (rc_ok(result))
		result = run_client(r, t, e);
	r->reason = tuf_reason(t);
	return rc_ok(result) ? tuf_target_find(t, name, ret, e) : result;
}

int tufrepo_setup(void **state)
{
	struct tufrepo *r = malloc(sizeof *r);
	assert_non_null(r);
	tufrepo_init(r);
	tufrepo_publish(r, 1, 1, 1);
	*state = r;
	return 0;
}

int tufrepo_teardown(void **state)
{
	tufrepo_done(*state);
	free(*state);
	return 0;
}
