/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TUF metadata, written. Consistent snapshots, one key per online role, ed25519. What may be published is decided in
 * repo.c; what a client makes of it in core/trust.
 */
#include "release/tufmake.h"

#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/base/banned.h"

#define SPEC_VERSION "1.0.34"
#define FILE_MAX ((size_t)8 * 1024 * 1024)

static rc no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "TUF metadata: out of memory");
}

rc tufmake_key(const struct pubkey *k, json_t **ret, char ret_id[TUFMAKE_KEYID_SIZE], struct err *e)
{
	uint8_t raw[KEY_ED25519_SIZE], digest[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(KEY_ED25519_SIZE)];
	CLEANUP(buf_done) struct buf canonical;
	buf_init(&canonical, KEY_PEM_MAX);
	rc r = pubkey_ed25519(k, raw, e);
	if (rc_failed(r))
		return r;
	hex_encode(bytes_of(raw, sizeof raw), hex);
	JSON_AUTO json_t *key =
		json_pack("{s:s, s:s, s:{s:s}}", "keytype", "ed25519", "scheme", "ed25519", "keyval", "public", hex);
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

static rc add_role(json_t *body, const char *name, const struct pubkey *const *keys, size_t n, size_t threshold,
		   struct err *e)
{
	json_t *all = json_object_get(body, "keys");
	JSON_AUTO json_t *ids = json_array();
	if (!ids)
		return no_memory(e);
	for (size_t i = 0; i < n; i++) {
		JSON_AUTO json_t *key = NULL;
		char id[TUFMAKE_KEYID_SIZE];
		rc r = tufmake_key(keys[i], &key, id, e);
		if (rc_failed(r))
			return err_wrap(e, "key %zu of role %s", i + 1, name);
		if (json_object_set(all, id, key) != 0 || json_array_append_new(ids, json_string(id)) != 0)
			return no_memory(e);
	}
	json_t *role = json_pack("{s:O, s:I}", "keyids", ids, "threshold", (json_int_t)threshold);
	return json_object_set_new(json_object_get(body, "roles"), name, role) == 0 ? RC_OK : no_memory(e);
}

rc tufmake_root(const struct tufmake_root *root, json_t **ret_body, struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	rc r = tufmake_body("root", root->version, root->expires, &body, e);
	if (rc_failed(r))
		return r;
	if (json_object_set_new(body, "consistent_snapshot", json_true()) != 0 ||
	    json_object_set_new(body, "keys", json_object()) != 0 ||
	    json_object_set_new(body, "roles", json_object()) != 0)
		return no_memory(e);
	r = add_role(body, "root", root->holders, root->holders_n, root->threshold, e);
	if (rc_ok(r))
		r = add_role(body, "targets", &root->targets, 1, 1, e);
	if (rc_ok(r))
		r = add_role(body, "snapshot", &root->snapshot, 1, 1, e);
	if (rc_ok(r))
		r = add_role(body, "timestamp", &root->timestamp, 1, 1, e);
	if (rc_ok(r))
		*ret_body = json_incref(body);
	return r;
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

static rc add_signature(json_t *list, const struct signer *s, struct bytes message, struct err *e)
{
	CLEANUP(buf_done) struct buf sig;
	JSON_AUTO json_t *key = NULL;
	char id[TUFMAKE_KEYID_SIZE], hex[HEX_TEXT_SIZE(KEY_SIGNATURE_MAX)];
	buf_init(&sig, KEY_SIGNATURE_MAX);
	rc r = tufmake_key(s->pub, &key, id, e);
	if (rc_ok(r))
		r = signer_sign(s, message, &sig, e);
	if (rc_failed(r))
		return r;
	hex_encode(buf_view(&sig), hex);
	return json_array_append_new(list, json_pack("{s:s, s:s}", "keyid", id, "sig", hex)) == 0 ? RC_OK
												  : no_memory(e);
}

rc tufmake_sign(const json_t *body, const struct signer *signers, size_t n, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf message;
	JSON_AUTO json_t *list = json_array();
	JSON_AUTO json_t *doc = json_object();
	buf_init(&message, FILE_MAX);
	if (!list || !doc)
		return no_memory(e);
	rc r = json_codec_canonical(body, &message, e);
	for (size_t i = 0; i < n && rc_ok(r); i++)
		r = add_signature(list, &signers[i], buf_view(&message), e);
	if (rc_failed(r))
		return r;
	json_t *signed_part = (json_t *)(uintptr_t)body; /* only its reference count changes */
	if (json_object_set(doc, "signed", signed_part) != 0 || json_object_set(doc, "signatures", list) != 0)
		return no_memory(e);
	return json_codec_canonical(doc, out, e);
}
