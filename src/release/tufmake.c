/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TUF metadata, written: bodies, roles and their keys, signatures. What may be published is decided in repo.c, who may
 * change a root in ceremony.c; what a client makes of it in core/trust.
 */
#include "release/tufmake.h"

#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "release/tufrole.h"
#include "core/base/banned.h"

#define SPEC_VERSION "1.0.34"
#define FILE_MAX ((size_t)8 * 1024 * 1024)

static rc no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "TUF metadata: out of memory");
}

/* The public half as TUF writes it: hex for ed25519, PEM for the others. */
static rc put_public(const struct pubkey *k, struct buf *out, struct err *e)
{
	uint8_t raw[KEY_ED25519_SIZE];
	char hex[HEX_TEXT_SIZE(KEY_ED25519_SIZE)];
	if (k->type != KEY_ED25519)
		return pubkey_pem(k, out, e);
	rc r = pubkey_ed25519(k, raw, e);
	if (rc_failed(r))
		return r;
	hex_encode(bytes_of(raw, sizeof raw), hex);
	buf_put_text(out, hex);
	return buf_check(out, "public key", e);
}

rc tufmake_key(const struct pubkey *k, json_t **ret, char ret_id[TUFMAKE_KEYID_SIZE], struct err *e)
{
	static const char *const kinds[KEY_TYPE_COUNT][2] = {
		[KEY_ED25519] = {"ed25519", "ed25519"},
		[KEY_ECDSA_P256] = {"ecdsa", "ecdsa-sha2-nistp256"},
		[KEY_RSA_PSS] = {"rsa", "rsassa-pss-sha256"},
	};
	uint8_t digest[SHA256_SIZE];
	CLEANUP(buf_done) struct buf canonical, public;
	buf_init(&canonical, 2 * (size_t)KEY_PEM_MAX);
	buf_init(&public, KEY_PEM_MAX);
	rc r = put_public(k, &public, e);
	if (rc_failed(r))
		return r;
	JSON_AUTO json_t *key = json_pack("{s:s, s:s, s:{s:s}}", "keytype", kinds[k->type][0], "scheme",
					  kinds[k->type][1], "keyval", "public", buf_text(&public));
	if (!key)
		return no_memory(e);
	r = json_codec_canonical(key, &canonical, e);
	if (rc_ok(r))
		r = hash_sha256(buf_view(&canonical), digest, e);
	if (rc_failed(r))
		return r;
	hex_encode(bytes_of(digest, sizeof digest), ret_id);
	*ret = json_incref(key);
	return RC_OK;
}

rc tufmake_body(const char *type, int64_t version, struct wall_time expires, json_t **ret, struct err *e)
{
	char time[RFC3339_TIME_SIZE];
	rfc3339_time(expires, time);
	json_t *body = json_pack("{s:s, s:s, s:I, s:s}", "_type", type, "spec_version", SPEC_VERSION, "version",
				 (json_int_t)version, "expires", time);
	if (!body)
		return no_memory(e);
	*ret = body;
	return RC_OK;
}

rc tufmake_root(int64_t version, struct wall_time expires, json_t **ret_body, struct err *e)
{
	static const char *const names[] = {"root", "targets", "snapshot", "timestamp"};
	JSON_AUTO json_t *body = NULL;
	JSON_AUTO json_t *roles = json_object();
	rc r = tufmake_body("root", version, expires, &body, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (json_object_set_new(roles, names[i], json_pack("{s:[], s:i}", "keyids", "threshold", 1)) != 0)
			return no_memory(e);
	if (json_object_set_new(body, "consistent_snapshot", json_true()) != 0 ||
	    json_object_set_new(body, "keys", json_object()) != 0 || json_object_set(body, "roles", roles) != 0)
		return no_memory(e);
	*ret_body = json_incref(body);
	return RC_OK;
}

rc tufmake_next(const json_t *body, struct wall_time expires, json_t **ret_body, struct err *e)
{
	char time[RFC3339_TIME_SIZE];
	JSON_AUTO json_t *next = json_deep_copy(body);
	json_int_t version = json_integer_value(json_object_get(body, "version"));
	if (version < 1 || version == INT64_MAX)
		return err_set(e, ERR_INPUT, "metadata without a usable version");
	rfc3339_time(expires, time);
	if (!next || json_object_set_new(next, "version", json_integer(version + 1)) != 0 ||
	    json_object_set_new(next, "expires", json_string(time)) != 0)
		return no_memory(e);
	*ret_body = json_incref(next);
	return RC_OK;
}

/* A nested object, made when missing. Borrowed; NULL when out of memory. */
static json_t *within(json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name);
	if (!found && json_object_set_new(object, name, json_object()) == 0)
		found = json_object_get(object, name);
	return found;
}

rc tufmake_add_key(json_t *body, const char *role, const struct pubkey *k, const char *holder, struct err *e)
{
	struct tufrole at;
	char id[TUFMAKE_KEYID_SIZE];
	size_t known;
	JSON_AUTO json_t *key = NULL;
	if (!tufrole_of(body, role, &at))
		return err_set(e, ERR_MISSING, "there is no role %.64s", role);
	if (tufrole_find(&at, k, &known))
		return err_set(e, ERR_EXISTS, "role %s has this key already (%s, key %.16s)", role,
			       tufrole_holder(&at, known), tufrole_keyid(&at, known));
	if (at.n >= TUFROLE_KEYS_MAX)
		return err_set(e, ERR_LIMIT, "role %s: more than %d keys", role, TUFROLE_KEYS_MAX);
	rc r = tufmake_key(k, &key, id, e);
	if (rc_failed(r))
		return r;
	if (json_object_set(at.keys, id, key) != 0 ||
	    json_array_append_new(json_object_get(at.role, "keyids"), json_string(id)) != 0)
		return no_memory(e);
	if (holder[0] &&
	    json_object_set_new(within(within(body, TUFROLE_EXTENSION), "names"), id, json_string(holder)) != 0)
		return no_memory(e);
	return RC_OK;
}

rc tufmake_remove_key(json_t *body, const char *role, const char *keyid, struct err *e)
{
	struct tufrole at;
	if (!tufrole_of(body, role, &at))
		return err_set(e, ERR_MISSING, "there is no role %.64s", role);
	for (size_t i = 0; i < at.n; i++) {
		if (strcmp(tufrole_keyid(&at, i), keyid) != 0)
			continue;
		return json_array_remove(json_object_get(at.role, "keyids"), i) == 0 ? RC_OK : no_memory(e);
	}
	return err_set(e, ERR_MISSING, "role %s has no key %.16s", role, keyid);
}

rc tufmake_threshold(json_t *body, const char *role, size_t threshold, struct err *e)
{
	struct tufrole at;
	if (!tufrole_of(body, role, &at))
		return err_set(e, ERR_MISSING, "there is no role %.64s", role);
	if (threshold < 1 || threshold > at.n)
		return err_set(e, ERR_INPUT, "role %s: %zu of %zu holders cannot sign; the threshold is 1 to %zu", role,
			       threshold, at.n, at.n);
	return json_object_set_new(at.role, "threshold", json_integer((json_int_t)threshold)) == 0 ? RC_OK
												   : no_memory(e);
}

static bool lists(const json_t *role, const char *keyid)
{
	size_t i;
	const json_t *id;
	json_array_foreach(json_object_get(role, "keyids"), i, id)
	{
		if (json_string_value(id) && strcmp(json_string_value(id), keyid) == 0)
			return true;
	}
	return false;
}

static bool used(json_t *body, const char *keyid)
{
	const char *name;
	size_t i;
	json_t *role;
	json_object_foreach(json_object_get(body, "roles"), name, role)
	{
		if (lists(role, keyid))
			return true;
	}
	json_object_foreach(json_object_get(json_object_get(body, TUFROLE_EXTENSION), "roles"), name, role)
	{
		if (lists(role, keyid))
			return true;
	}
	json_array_foreach(json_object_get(json_object_get(body, "delegations"), "roles"), i, role)
	{
		if (lists(role, keyid))
			return true;
	}
	return false;
}

static void sweep(json_t *body, json_t *of)
{
	const char *keyid;
	void *next;
	json_t *value;
	json_object_foreach_safe(of, next, keyid, value)
	{
		if (!used(body, keyid))
			(void)json_object_del(of, keyid);
	}
}

void tufmake_tidy(json_t *body)
{
	sweep(body, json_object_get(json_object_get(body, TUFROLE_EXTENSION), "names"));
	sweep(body, json_object_get(body, "keys"));
	sweep(body, json_object_get(json_object_get(body, "delegations"), "keys"));
}

rc tufmake_refer(json_t *body, const char *file, int64_t version, struct bytes content, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	rc r = hash_sha256(content, digest, e);
	if (rc_failed(r))
		return r;
	hex_encode(bytes_of(digest, sizeof digest), hex);
	json_t *meta = json_object_get(body, "meta");
	if (!meta && json_object_set_new(body, "meta", json_object()) != 0)
		return no_memory(e);
	json_t *entry = json_pack("{s:I, s:I, s:{s:s}}", "version", (json_int_t)version, "length",
				  (json_int_t)content.n, "hashes", "sha256", hex);
	return json_object_set_new(json_object_get(body, "meta"), file, entry) == 0 ? RC_OK : no_memory(e);
}

rc tufmake_unsigned(json_t *body, json_t **ret, struct err *e)
{
	json_t *doc = json_pack("{s:O, s:[]}", "signed", body, "signatures");
	if (!doc)
		return no_memory(e);
	*ret = doc;
	return RC_OK;
}

rc tufmake_add_signature(json_t *doc, const struct signer *s, struct err *e)
{
	CLEANUP(buf_done) struct buf message, sig;
	JSON_AUTO json_t *key = NULL;
	json_t *list = json_object_get(doc, "signatures");
	char id[TUFMAKE_KEYID_SIZE], hex[HEX_TEXT_SIZE(KEY_SIGNATURE_MAX)];
	size_t i;
	const json_t *other;
	buf_init(&message, FILE_MAX);
	buf_init(&sig, KEY_SIGNATURE_MAX);
	rc r = tufmake_key(s->pub, &key, id, e);
	json_array_foreach(list, i, other)
	{
		const char *by = json_string_value(json_object_get(other, "keyid"));
		if (rc_ok(r) && by && strcmp(by, id) == 0)
			r = err_set(e, ERR_EXISTS, "key %.16s has signed this already", id);
	}
	if (rc_ok(r))
		r = json_codec_canonical(json_object_get(doc, "signed"), &message, e);
	if (rc_ok(r))
		r = signer_sign(s, buf_view(&message), &sig, e);
	if (rc_failed(r))
		return r;
	hex_encode(buf_view(&sig), hex);
	return json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", id, "sig", hex)) == 0 ? RC_OK
												  : no_memory(e);
}

rc tufmake_sign(const json_t *body, const struct signer *signers, size_t n, struct buf *out, struct err *e)
{
	JSON_AUTO json_t *doc = NULL;
	json_t *shared = (json_t *)(uintptr_t)body; /* only its reference count changes */
	rc r = tufmake_unsigned(shared, &doc, e);
	for (size_t i = 0; i < n && rc_ok(r); i++)
		r = tufmake_add_signature(doc, &signers[i], e);
	return rc_ok(r) ? json_codec_compact(doc, out, e) : r;
}
