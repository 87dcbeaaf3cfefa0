/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TUF signatures: which keys may speak for a role, and whether enough of them did. The count starts at zero and only a
 * good signature of a key not yet counted raises it.
 */
#include "core/trust/tuf_verify.h"

#include <string.h>

#include "core/codec/hex.h"
#include "core/base/banned.h"

#define SIGNED_MAX ((size_t)16 * 1024 * 1024) /* canonical form; never longer than twice the largest file */
#define KEY_OBJECT_MAX ((size_t)64 * 1024)

/* Is the id the SHA-256 of the canonical form of the whole key object, unknown fields included? */
static bool keyid_true(const char *keyid, const json_t *key)
{
	CLEANUP(buf_done) struct buf canonical;
	uint8_t digest[SHA256_SIZE], told[SHA256_SIZE];
	buf_init(&canonical, KEY_OBJECT_MAX);
	return json_is_object(key) && rc_ok(json_codec_canonical(key, &canonical, NULL)) &&
	       rc_ok(hash_sha256(buf_view(&canonical), digest, NULL)) && hex_decode(keyid, told, sizeof told) &&
	       memcmp(told, digest, sizeof told) == 0;
}

static bool key_ed25519(const char *public, struct pubkey *ret)
{
	uint8_t raw[KEY_ED25519_SIZE];
	return hex_decode(public, raw, sizeof raw) && rc_ok(pubkey_from_ed25519(raw, ret, NULL));
}

/* Key type, scheme and key must agree; anything else is a key that cannot be used. */
static bool key_decode(const json_t *key, struct pubkey *ret)
{
	static const struct {
		const char *keytype, *scheme;
		enum key_type type;
	} known[] = {
		{"ed25519", "ed25519", KEY_ED25519},
		{"ecdsa", "ecdsa-sha2-nistp256", KEY_ECDSA_P256},
		{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", KEY_ECDSA_P256},
		{"rsa", "rsassa-pss-sha256", KEY_RSA_PSS},
	};
	const char *keytype = json_string_value(json_object_get(key, "keytype"));
	const char *scheme = json_string_value(json_object_get(key, "scheme"));
	const char *public = json_string_value(json_object_get(json_object_get(key, "keyval"), "public"));
	if (!keytype || !scheme || !public)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].keytype, keytype) != 0 || strcmp(known[i].scheme, scheme) != 0)
			continue;
		if (known[i].type == KEY_ED25519)
			return key_ed25519(public, ret);
		return rc_ok(pubkey_from_pem(bytes_of_text(public), ret, NULL)) && ret->type == known[i].type;
	}
	return false;
}

static bool signature_decode(const struct tuf_meta *m, const char *keyid, uint8_t ret[KEY_SIGNATURE_MAX], size_t *ret_n)
{
	size_t i;
	const json_t *sig;
	json_array_foreach(m->signatures, i, sig)
	{
		if (strcmp(keyid, json_string_value(json_object_get(sig, "keyid"))) != 0)
			continue;
		const char *hex = json_string_value(json_object_get(sig, "sig"));
		size_t n = strlen(hex) / 2;
		*ret_n = n;
		return n > 0 && n <= KEY_SIGNATURE_MAX && hex_decode(hex, ret, n);
	}
	return false;
}

/* A good signature under this key id; `ret_id` then names the key itself. */
static bool signed_by(const json_t *keys, const char *keyid, const struct tuf_meta *m, struct bytes message,
		      char ret_id[2 * SHA256_SIZE + 1])
{
	uint8_t sig[KEY_SIGNATURE_MAX];
	size_t sig_n = 0;
	CLEANUP(pubkey_done) struct pubkey key = {0};
	const json_t *object = json_object_get(keys, keyid);
	if (!signature_decode(m, keyid, sig, &sig_n) || !keyid_true(keyid, object) || !key_decode(object, &key))
		return false;
	return pubkey_verify(&key, message, bytes_of(sig, sig_n)) && rc_ok(pubkey_id(&key, ret_id, NULL));
}

static size_t count_signers(const json_t *keys, const json_t *keyids, const struct tuf_meta *m, struct bytes message)
{
	char seen[TUF_META_ROLE_KEYS_MAX][2 * SHA256_SIZE + 1];
	size_t n = 0;
	for (size_t i = 0; i < json_array_size(keyids) && n < TUF_META_ROLE_KEYS_MAX; i++) {
		if (!signed_by(keys, json_string_value(json_array_get(keyids, i)), m, message, seen[n]))
			continue;
		size_t k = 0;
		while (k < n && strcmp(seen[k], seen[n]) != 0)
			k++;
		if (k == n)
			n++;
	}
	return n;
}

rc tuf_verify_role_check(const json_t *role, struct err *e)
{
	json_t *keyids = NULL;
	int64_t threshold = 0;
	rc r = json_codec_array(role, "role", "keyids", TUF_META_ROLE_KEYS_MAX, &keyids, e);
	if (rc_ok(r))
		r = json_codec_int(role, "role", "threshold", 1, TUF_META_ROLE_KEYS_MAX, &threshold, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(keyids); i++) {
		const char *keyid = json_string_value(json_array_get(keyids, i));
		if (!keyid)
			return err_set(e, ERR_INPUT, "a key id that is not a text");
		for (size_t k = 0; k < i; k++)
			if (strcmp(keyid, json_string_value(json_array_get(keyids, k))) == 0)
				return err_set(e, ERR_TRUST, "a key is listed twice");
	}
	return r;
}

rc tuf_verify(const json_t *keys, const json_t *role, const struct tuf_meta *m, struct err *e)
{
	CLEANUP(buf_done) struct buf message;
	const json_t *threshold = json_object_get(role, "threshold");
	buf_init(&message, SIGNED_MAX);
	rc r = json_codec_canonical(m->body, &message, e);
	if (rc_failed(r))
		return err_wrap(e, "%s", tuf_meta_role_name(m->role));
	if (!json_is_integer(threshold) || json_integer_value(threshold) < 1)
		return err_set(e, ERR_INTERNAL, "%s: a role without a threshold", tuf_meta_role_name(m->role));
	size_t needed = (size_t)json_integer_value(threshold);
	size_t found = count_signers(keys, json_object_get(role, "keyids"), m, buf_view(&message));
	if (found < needed)
		return err_set(e, ERR_TRUST, "%s: %zu good signatures of different keys, %zu needed",
			       tuf_meta_role_name(m->role), found, needed);
	return RC_OK;
}
