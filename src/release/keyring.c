/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maker's keys and the folder they are in. One table says which keys exist, what for, and which belong offline; the
 * private halves never leave host/keys and core/crypto. EN303645 5.4-4, 5.5-8: who holds which critical key is written
 * down.
 */
#include "release/keyring.h"

#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "core/crypto/cert.h"
#include "host/os/chance.h"
#include "release/ceremony.h"
#include "release/staging.h"
#include "release/tufmake.h"
#include "core/base/banned.h"

#define LIST_MAX 65536
#define CA_YEARS_SECONDS ((int64_t)20 * 365 * SECONDS_PER_DAY)
#define CLOCK_SKEW_SECONDS 3600 /* a device whose clock is a little behind must accept a fresh certificate */

enum made {
	MADE_TARGETS,
	MADE_SNAPSHOT,
	MADE_TIMESTAMP,
	MADE_FACTORY,
	MADE_FACTORY_CA,
	MADE_SERVICE_CA,
	MADE_LABEL,
	MADE_COUNT
};

static const struct row {
	const char *name;
	enum key_type type;
	const char *use;
	bool offline, ca;
} rows[MADE_COUNT] = {
	[MADE_TARGETS] = {"targets", KEY_ED25519, "signs releases", true, false},
	[MADE_SNAPSHOT] = {"snapshot", KEY_ED25519, "signs the list of metadata files", false, false},
	[MADE_TIMESTAMP] = {"timestamp", KEY_ED25519, "signs what is newest", false, false},
	[MADE_FACTORY] = {"factory", KEY_ED25519, "signs factory records", false, false},
	[MADE_FACTORY_CA] = {"factory-ca", KEY_ECDSA_P256, "issues device certificates", false, true},
	[MADE_SERVICE_CA] = {"service-ca", KEY_ECDSA_P256, "issues the fleet service's certificate", true, true},
	[MADE_LABEL] = {"label", KEY_ED25519, "signs labels and publications", true, false},
};

struct keys {
	struct privkey holders[KEYRING_HOLDERS_MAX];
	struct privkey made[MADE_COUNT];
};

static void keys_done(struct keys **at)
{
	struct keys *k = *at;
	if (!k)
		return;
	for (size_t i = 0; i < KEYRING_HOLDERS_MAX; i++)
		privkey_done(&k->holders[i]);
	for (size_t i = 0; i < MADE_COUNT; i++)
		privkey_done(&k->made[i]);
	mem_free(k);
}

static rc generate(struct keys *k, const struct keyring_plan *p, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; i < p->holders && !p->cards && rc_ok(r); i++)
		r = keyfile_generate(KEY_ED25519, &k->holders[i], e);
	for (size_t i = 0; i < MADE_COUNT && rc_ok(r); i++)
		r = keyfile_generate(rows[i].type, &k->made[i], e);
	return r;
}

static rc put_public(const struct staging *s, const char *name, const struct privkey *k, struct err *e)
{
	char file[64];
	CLEANUP(buf_done) struct buf pem;
	buf_init(&pem, KEY_PEM_MAX);
	(void)snprintf(file, sizeof file, "%s.pub", name);
	rc r = pubkey_pem(&k->pub, &pem, e);
	return rc_ok(r) ? staging_put(s, file, buf_view(&pem), 0644, e) : r;
}

static rc list_key(json_t *list, const char *name, const struct row *row, const struct privkey *k, struct err *e)
{
	char id[2 * SHA256_SIZE + 1], file[64];
	(void)snprintf(file, sizeof file, "%s.key", name);
	rc r = pubkey_id(&k->pub, id, e);
	if (rc_failed(r))
		return r;
	json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "name", name, "file", file, "type",
				  key_type_name(k->pub.type), "keyid", id, "use", row->use, "offline", row->offline);
	return json_array_append_new(list, entry) == 0 ? RC_OK : err_set(e, ERR_MEMORY, "keys.json: out of memory");
}

static rc put_key(const struct staging *s, const char *name, const struct privkey *k, struct bytes passphrase,
		  struct err *e)
{
	char path[FILE_PATH_MAX], file[64];
	(void)snprintf(file, sizeof file, "%s.key", name);
	rc r = file_path(path, e, s->path, file);
	if (rc_ok(r))
		r = keyfile_save(path, k, passphrase, e);
	return rc_ok(r) ? put_public(s, name, k, e) : r;
}

static rc put_keys(const struct keyring_plan *p, const struct staging *s, const struct keys *k, json_t *list,
		   struct err *e)
{
	static const struct row holder = {"root", KEY_ED25519, "one vote for the root of trust", true, false};
	rc r = RC_OK;
	for (size_t i = 0; i < p->holders && !p->cards && rc_ok(r); i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "root-%zu", i + 1);
		r = put_key(s, name, &k->holders[i], p->passphrase, e);
		if (rc_ok(r))
			r = list_key(list, name, &holder, &k->holders[i], e);
	}
	for (size_t i = 0; i < MADE_COUNT && rc_ok(r); i++) {
		r = put_key(s, rows[i].name, &k->made[i], p->passphrase, e);
		if (rc_ok(r))
			r = list_key(list, rows[i].name, &rows[i], &k->made[i], e);
	}
	return r;
}

static rc put_ca(const struct keyring_plan *p, const struct staging *s, struct keys *k, enum made which, struct err *e)
{
	char name[CERT_NAME_MAX + 1], file[64];
	CLEANUP(buf_done) struct buf pem;
	buf_init(&pem, CERT_PEM_MAX);
	struct cert_request req = {
		.use = CERT_CA,
		.common_name = name,
		.not_before = {p->now.s - CLOCK_SKEW_SECONDS},
		/* Device certificates do not expire (802.1AR), so their CA must not either. */
		.not_after = {which == MADE_FACTORY_CA ? INT64_MAX : p->now.s + CA_YEARS_SECONDS},
	};
	(void)snprintf(name, sizeof name, "%.40s %s", p->maker, rows[which].name);
	(void)snprintf(file, sizeof file, "%s.pem", rows[which].name);
	rc r = chance_fill(req.serial, sizeof req.serial, e);
	if (rc_ok(r))
		r = cert_issue(&req, &k->made[which].pub, &k->made[which], (struct bytes){0}, &pem, e);
	return rc_ok(r) ? staging_put(s, file, buf_view(&pem), 0644, e) : r;
}

static struct ceremony_change add(const char *role, const struct holder_card *card)
{
	return (struct ceremony_change){.kind = CEREMONY_ADD, .role = role, .card = card};
}

/* A key that was made here needs no card that travels. */
static rc card_of(const struct privkey *k, const char *name, struct holder_card *ret, struct err *e)
{
	JSON_AUTO json_t *key = NULL;
	*ret = (struct holder_card){.key = k->pub};
	(void)snprintf(ret->name, sizeof ret->name, "%s", name);
	return tufmake_key(&k->pub, &key, ret->keyid, e);
}

static rc propose_root(const struct keyring_plan *p, const struct keys *k, struct proposal *ret, struct err *e)
{
	static const enum made online[] = {MADE_TARGETS, MADE_SNAPSHOT, MADE_TIMESTAMP};
	struct holder_card cards[KEYRING_HOLDERS_MAX + ARRAY_LEN(online)];
	struct ceremony_change changes[ARRAY_LEN(cards) + 1];
	size_t n = 0;
	rc r = RC_OK;
	for (size_t i = 0; i < p->holders && rc_ok(r); i++, n++) {
		char name[32];
		(void)snprintf(name, sizeof name, "root-%zu", i + 1);
		if (!p->cards)
			r = card_of(&k->holders[i], name, &cards[n], e);
		changes[n] = add("root", p->cards ? &p->cards[i] : &cards[n]);
	}
	for (size_t i = 0; i < ARRAY_LEN(online) && rc_ok(r); i++, n++) {
		r = card_of(&k->made[online[i]], rows[online[i]].name, &cards[n], e);
		changes[n] = add(rows[online[i]].name, &cards[n]);
	}
	changes[n++] = (struct ceremony_change){.kind = CEREMONY_THRESHOLD, .role = "root", .threshold = p->threshold};
	const struct ceremony c = {.changes = changes,
				   .changes_n = n,
				   .note = "the first root",
				   .now = p->now,
				   .root_expires = {p->now.s + p->root_days * SECONDS_PER_DAY}};
	return rc_ok(r) ? ceremony_propose(&c, ret, e) : r;
}

static rc put_root(const struct keyring_plan *p, const struct staging *s, struct keys *k, struct err *e)
{
	CLEANUP(proposal_done) struct proposal root = {0};
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, LIST_MAX);
	rc r = propose_root(p, k, &root, e);
	for (size_t i = 0; i < p->holders && !p->cards && rc_ok(r); i++) {
		struct signer signer = privkey_signer(&k->holders[i]);
		r = proposal_sign(&root, &signer, p->now, e);
	}
	if (rc_ok(r))
		r = p->cards ? proposal_write(&root, &file, e) : proposal_file(&root.parts[0], &file, e);
	return rc_ok(r) ? staging_put(s, p->cards ? "root.proposal.json" : "root.json", buf_view(&file), 0644, e) : r;
}

static rc put_list(const struct keyring_plan *p, const struct staging *s, json_t *list, struct err *e)
{
	char made[RFC3339_TIME_SIZE];
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, LIST_MAX);
	rfc3339_time(p->now, made);
	JSON_AUTO json_t *doc = json_pack("{s:i, s:s, s:s, s:I, s:O}", "v", 1, "made", made, "maker", p->maker,
					  "threshold", (json_int_t)p->threshold, "keys", list);
	if (!doc)
		return err_set(e, ERR_INPUT, "the maker's name is not UTF-8");
	rc r = json_codec_pretty(doc, &text, e);
	return rc_ok(r) ? staging_put(s, "keys.json", buf_view(&text), 0644, e) : r;
}

rc keyring_make(const struct keyring_plan *p, struct err *e)
{
	if (p->holders < 1 || p->holders > KEYRING_HOLDERS_MAX || p->threshold < 1 || p->threshold > p->holders)
		return err_set(e, ERR_INPUT,
			       "%zu holders with a threshold of %zu; possible are 1 to %d holders and at most "
			       "as many votes",
			       p->holders, p->threshold, KEYRING_HOLDERS_MAX);
	CLEANUP(staging_done) struct staging s = {0};
	CLEANUP(keys_done) struct keys *k = mem_alloc(sizeof *k);
	JSON_AUTO json_t *list = json_array();
	if (!k || !list)
		return err_set(e, ERR_MEMORY, "keys ceremony: out of memory");
	rc r = staging_begin(&s, p->dir, e);
	if (rc_ok(r))
		r = generate(k, p, e);
	if (rc_ok(r))
		r = put_keys(p, &s, k, list, e);
	if (rc_ok(r))
		r = put_ca(p, &s, k, MADE_FACTORY_CA, e);
	if (rc_ok(r))
		r = put_ca(p, &s, k, MADE_SERVICE_CA, e);
	if (rc_ok(r))
		r = put_root(p, &s, k, e);
	if (rc_ok(r))
		r = put_list(p, &s, list, e);
	return rc_ok(r) ? staging_commit(&s, e) : r;
}

/* A changed key file may still be a key, only not ours: what it signs would be refused everywhere. */
static rc check_listed(const char *dir, const char *path, const char *name, const struct privkey *k, struct err *e)
{
	char id[2 * SHA256_SIZE + 1];
	JSON_AUTO json_t *list = NULL;
	size_t i;
	const json_t *entry;
	rc r = keyring_list(dir, &list, e);
	if (rc_ok(r))
		r = pubkey_id(&k->pub, id, e);
	if (rc_failed(r))
		return r;
	json_array_foreach(json_object_get(list, "keys"), i, entry)
	{
		const char *listed = json_string_value(json_object_get(entry, "name"));
		const char *keyid = json_string_value(json_object_get(entry, "keyid"));
		if (listed && keyid && strcmp(listed, name) == 0 && strcmp(keyid, id) == 0)
			return RC_OK;
	}
	(void)err_set(e, ERR_TRUST, "key file %s is not the key that %s/keys.json lists", path, dir);
	return err_hint(e, "it was changed or replaced; bring it back from a copy");
}

rc keyring_load(const char *dir, const char *name, struct bytes passphrase, struct privkey *ret, struct err *e)
{
	char path[FILE_PATH_MAX], file[64];
	(void)snprintf(file, sizeof file, "%s.key", name);
	rc r = file_path(path, e, dir, file);
	if (rc_ok(r))
		r = keyfile_load(path, passphrase, ret, e);
	if (rc_ok(r))
		r = check_listed(dir, path, name, ret, e);
	if (r.code == ERR_MISSING)
		return err_hint(e, "bring the %s key to this machine, or make keys with `hallmark keys init`", name);
	return r;
}

rc keyring_read(const char *dir, const char *name, struct buf *out, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = file_path(path, e, dir, name);
	return rc_ok(r) ? file_read(path, LIST_MAX, out, e) : r;
}

rc keyring_list(const char *dir, json_t **ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, LIST_MAX);
	rc r = keyring_read(dir, "keys.json", &text, e);
	if (r.code == ERR_MISSING)
		return err_hint(e, "%s is no keys folder; make one with `hallmark keys init`", dir);
	return rc_ok(r) ? json_codec_parse(buf_view(&text), LIST_MAX, "keys.json", ret, e) : r;
}

rc keyring_is_sealed(const char *dir, bool *ret, struct err *e)
{
	JSON_AUTO json_t *list = NULL;
	rc r = keyring_list(dir, &list, e);
	bool any = false;
	size_t i;
	json_t *entry;
	json_array_foreach(json_object_get(list, "keys"), i, entry)
	{
		char path[FILE_PATH_MAX];
		bool sealed = false;
		const char *file = json_string_value(json_object_get(entry, "file"));
		if (file && rc_ok(file_path(path, NULL, dir, file)) && rc_ok(keyfile_is_sealed(path, &sealed, NULL)))
			any = any || sealed; /* a key that is kept elsewhere says nothing */
	}
	if (rc_ok(r))
		*ret = any;
	return r;
}

static rc issue_server(const struct keyring_server *s, const struct privkey *key, struct buf *out, struct err *e)
{
	CLEANUP(privkey_done) struct privkey ca = {0};
	CLEANUP(buf_done) struct buf ca_pem;
	buf_init(&ca_pem, CERT_PEM_MAX);
	struct cert_request req = {
		.use = CERT_SERVER,
		.common_name = s->hosts[0],
		.hosts = s->hosts,
		.not_before = {s->now.s - CLOCK_SKEW_SECONDS},
		.not_after = {s->now.s + s->days * SECONDS_PER_DAY},
	};
	rc r = keyring_load(s->keys_dir, "service-ca", s->passphrase, &ca, e);
	if (rc_ok(r))
		r = keyring_read(s->keys_dir, "service-ca.pem", &ca_pem, e);
	if (rc_ok(r))
		r = chance_fill(req.serial, sizeof req.serial, e);
	return rc_ok(r) ? cert_issue(&req, &key->pub, &ca, buf_view(&ca_pem), out, e) : r;
}

static rc copy_public(const char *dir, const struct staging *s, struct err *e)
{
	static const char *const files[] = {"service-ca.pem", "factory-ca.pem", "factory.pub", "label.pub"};
	rc r = RC_OK;
	for (size_t i = 0; i < ARRAY_LEN(files) && rc_ok(r); i++) {
		CLEANUP(buf_done) struct buf content;
		buf_init(&content, CERT_PEM_MAX);
		r = keyring_read(dir, files[i], &content, e);
		if (rc_ok(r))
			r = staging_put(s, files[i], buf_view(&content), 0644, e);
	}
	return r;
}

rc keyring_server_cert(const struct keyring_server *s, struct err *e)
{
	CLEANUP(staging_done) struct staging staged = {0};
	CLEANUP(privkey_done) struct privkey key = {0};
	CLEANUP(buf_done) struct buf pem;
	char path[FILE_PATH_MAX];
	buf_init(&pem, CERT_PEM_MAX);
	if (strlen(s->hosts[0]) > CERT_NAME_MAX)
		return err_set(e, ERR_LIMIT, "host name longer than %d bytes", CERT_NAME_MAX);
	rc r = staging_begin(&staged, s->out_dir, e);
	if (rc_ok(r))
		r = keyfile_generate(KEY_ECDSA_P256, &key, e);
	if (rc_ok(r))
		r = issue_server(s, &key, &pem, e);
	if (rc_ok(r))
		r = file_path(path, e, staged.path, "server.key");
	if (rc_ok(r))
		r = keyfile_save(path, &key, (struct bytes){0}, e);
	if (rc_ok(r))
		r = staging_put(&staged, "server.pem", buf_view(&pem), 0644, e);
	if (rc_ok(r))
		r = copy_public(s->keys_dir, &staged, e);
	return rc_ok(r) ? staging_commit(&staged, e) : r;
}
