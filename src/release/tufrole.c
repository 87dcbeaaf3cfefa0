/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles, their holders, and who has signed. The count that matters to a device is core/trust's; this tells people which
 * holder is still missing, and finds a file that was changed between two signatures.
 */
#include "release/tufrole.h"

#include <string.h>

#include "core/codec/hex.h"
#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

#define MESSAGE_MAX ((size_t)16 * 1024 * 1024)

static json_t *find_role(const json_t *body, const char *name, json_t **ret_keys)
{
	const json_t *delegations = json_object_get(body, "delegations");
	size_t i;
	json_t *role;
	*ret_keys = json_object_get(body, "keys");
	role = json_object_get(json_object_get(body, "roles"), name);
	if (!role)
		role = json_object_get(json_object_get(json_object_get(body, TUFROLE_EXTENSION), "roles"), name);
	if (role || !delegations)
		return role;
	*ret_keys = json_object_get(delegations, "keys");
	json_array_foreach(json_object_get(delegations, "roles"), i, role)
	{
		const char *other = json_string_value(json_object_get(role, "name"));
		if (other && strcmp(other, name) == 0)
			return role;
	}
	return NULL;
}

bool tufrole_of(const json_t *body, const char *name, struct tufrole *ret)
{
	struct tufrole r = {0};
	r.role = find_role(body, name, &r.keys);
	const json_t *ids = json_object_get(r.role, "keyids");
	json_int_t threshold = json_integer_value(json_object_get(r.role, "threshold"));
	if (!json_is_object(r.keys) || !json_is_array(ids) || json_array_size(ids) > TUFROLE_KEYS_MAX ||
	    threshold < 1 || threshold > TUFROLE_KEYS_MAX)
		return false;
	for (size_t i = 0; i < json_array_size(ids); i++)
		if (!json_is_string(json_array_get(ids, i)))
			return false;
	r.n = json_array_size(ids);
	r.threshold = (size_t)threshold;
	r.names = json_object_get(json_object_get(body, TUFROLE_EXTENSION), "names");
	*ret = r;
	return true;
}

const char *tufrole_keyid(const struct tufrole *r, size_t i)
{
	return json_string_value(json_array_get(json_object_get(r->role, "keyids"), i));
}

const char *tufrole_holder(const struct tufrole *r, size_t i)
{
	const char *name = json_string_value(json_object_get(r->names, tufrole_keyid(r, i)));
	return name ? name : "";
}

static bool key_of(const struct tufrole *r, size_t i, struct pubkey *ret)
{
	return tuf_verify_key(r->keys, tufrole_keyid(r, i), ret);
}

bool tufrole_find(const struct tufrole *r, const struct pubkey *k, size_t *ret_i)
{
	char wanted[2 * SHA256_SIZE + 1];
	if (rc_failed(pubkey_id(k, wanted, NULL)))
		return false;
	for (size_t i = 0; i < r->n; i++) {
		CLEANUP(pubkey_done) struct pubkey other = {0};
		char id[2 * SHA256_SIZE + 1];
		if (key_of(r, i, &other) && rc_ok(pubkey_id(&other, id, NULL)) && strcmp(id, wanted) == 0) {
			*ret_i = i;
			return true;
		}
	}
	return false;
}

static const char *signature_of(const json_t *doc, const char *keyid)
{
	size_t i;
	const json_t *sig;
	json_array_foreach(json_object_get(doc, "signatures"), i, sig)
	{
		const char *by = json_string_value(json_object_get(sig, "keyid"));
		if (by && strcmp(by, keyid) == 0)
			return json_string_value(json_object_get(sig, "sig"));
	}
	return NULL;
}

static bool fits(const struct tufrole *r, size_t i, const char *hex, struct bytes message)
{
	CLEANUP(pubkey_done) struct pubkey key = {0};
	uint8_t sig[KEY_SIGNATURE_MAX];
	size_t n = strlen(hex) / 2;
	return n > 0 && n <= sizeof sig && hex_decode(hex, sig, n) && key_of(r, i, &key) &&
	       pubkey_verify(&key, message, bytes_of(sig, n));
}

rc tufrole_votes(const struct tufrole *r, const json_t *doc, struct tufrole_votes *ret, struct err *e)
{
	struct tufrole_votes votes = {0};
	CLEANUP(buf_done) struct buf message;
	buf_init(&message, MESSAGE_MAX);
	rc result = json_codec_canonical(json_object_get(doc, "signed"), &message, e);
	if (rc_failed(result))
		return result;
	for (size_t i = 0; i < r->n; i++) {
		const char *hex = signature_of(doc, tufrole_keyid(r, i));
		if (!hex)
			continue;
		if (!fits(r, i, hex, buf_view(&message))) {
			(void)err_set(e, ERR_TRUST, "the signature of %s (key %.16s) does not fit the content",
				      tufrole_holder(r, i)[0] ? tufrole_holder(r, i) : "an unnamed holder",
				      tufrole_keyid(r, i));
			return err_hint(e, "it was changed after it was signed; begin again from the leader's file");
		}
		votes.signed_by[i] = true;
		votes.n++;
	}
	*ret = votes;
	return RC_OK;
}
