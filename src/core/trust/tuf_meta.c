/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding of TUF metadata (specification 1.0.34 section 4). Unknown fields are allowed everywhere, because signatures
 * and key ids cover them; every known field is checked. Leaves signatures to tuf_verify.c, the order of checks to
 * tuf.c.
 */
#include "core/trust/tuf_meta.h"

#include <string.h>

#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/trust/tuf.h"
#include "core/trust/tuf_delegation.h"
#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

#define KEYID_MAX 128
#define SPEC_MAJOR "1."

static const struct {
	const char *name;
	size_t max;
} roles[TUF_ROLE_COUNT] = {
	[TUF_ROLE_ROOT] = {"root", TUF_ROOT_MAX},
	[TUF_ROLE_TIMESTAMP] = {"timestamp", TUF_TIMESTAMP_MAX},
	[TUF_ROLE_SNAPSHOT] = {"snapshot", TUF_SNAPSHOT_MAX},
	[TUF_ROLE_TARGETS] = {"targets", TUF_TARGETS_MAX},
};

const char *tuf_meta_role_name(enum tuf_role role)
{
	return roles[role].name;
}

size_t tuf_meta_max(enum tuf_role role)
{
	return roles[role].max;
}

void tuf_meta_done(struct tuf_meta *m)
{
	json_decref(m->doc);
	*m = (struct tuf_meta){0};
}

static rc signatures_check(const json_t *signatures, const char *what, struct err *e)
{
	JSON_AUTO json_t *seen = json_object();
	size_t i;
	const json_t *sig;
	if (!seen)
		return err_set(e, ERR_MEMORY, "%s: out of memory", what);
	json_array_foreach(signatures, i, sig)
	{
		const char *keyid = NULL;
		rc r = json_codec_text(sig, what, "keyid", KEYID_MAX, &keyid, e);
		if (rc_failed(r))
			return r;
		if (!json_is_string(json_object_get(sig, "sig")))
			return err_set(e, ERR_INPUT, "%s: a signature without \"sig\"", what);
		if (json_object_get(seen, keyid))
			return err_set(e, ERR_TRUST, "%s: two signatures with key id %.16s...", what, keyid);
		if (json_object_set_new(seen, keyid, json_true()) != 0)
			return err_set(e, ERR_MEMORY, "%s: out of memory", what);
	}
	return RC_OK;
}

rc tuf_meta_parse(struct bytes content, enum tuf_role role, struct tuf_meta *ret, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {.role = role};
	const char *what = roles[role].name;
	rc r = json_codec_parse(content, roles[role].max, what, &m.doc, e);
	if (rc_ok(r))
		r = json_codec_object(m.doc, what, "signed", &m.body, e);
	if (rc_ok(r))
		r = json_codec_array(m.doc, what, "signatures", TUF_META_SIGNATURES_MAX, &m.signatures, e);
	if (rc_ok(r))
		r = signatures_check(m.signatures, what, e);
	if (rc_failed(r))
		return r;
	*ret = m;
	m = (struct tuf_meta){0};
	return RC_OK;
}

static rc head_decode(struct tuf_meta *m, struct err *e)
{
	const char *what = roles[m->role].name, *type = NULL, *spec = NULL, *expires = NULL;
	rc r = json_codec_text(m->body, what, "_type", 64, &type, e);
	if (rc_ok(r) && strcmp(type, what) != 0)
		r = err_set(e, ERR_TRUST, "%s: the file is of type \"%s\"", what, type);
	if (rc_ok(r))
		r = json_codec_text(m->body, what, "spec_version", 32, &spec, e);
	if (rc_ok(r) && strncmp(spec, SPEC_MAJOR, strlen(SPEC_MAJOR)) != 0)
		r = err_set(e, ERR_UNSUPPORTED, "%s: TUF specification %s; version 1 is understood", what, spec);
	if (rc_ok(r))
		r = json_codec_int(m->body, what, "version", 1, TUF_META_VERSION_MAX, &m->version, e);
	if (rc_ok(r))
		r = json_codec_text(m->body, what, "expires", RFC3339_TIME_SIZE - 1, &expires, e);
	if (rc_ok(r) && !rfc3339_parse_time(expires, &m->expires))
		r = err_set(e, ERR_INPUT, "%s: \"expires\" is not a UTC time", what);
	return r;
}

static rc role_check(const json_t *all, const char *name, struct err *e)
{
	json_t *role = NULL;
	rc r = json_codec_object(all, "roles", name, &role, e);
	if (rc_ok(r))
		r = tuf_verify_role_check(role, e);
	return rc_failed(r) ? err_wrap(e, "root: role %s", name) : r;
}

static rc root_decode(const struct tuf_meta *m, struct err *e)
{
	json_t *keys = NULL, *all = NULL;
	const json_t *consistent = json_object_get(m->body, "consistent_snapshot");
	if (consistent && !json_is_boolean(consistent))
		return err_set(e, ERR_INPUT, "root: \"consistent_snapshot\" must be true or false");
	rc r = json_codec_object(m->body, "root", "keys", &keys, e);
	if (rc_ok(r))
		r = json_codec_object(m->body, "root", "roles", &all, e);
	if (rc_ok(r) && json_object_size(keys) > TUF_META_KEYS_MAX)
		r = err_set(e, ERR_LIMIT, "root: more than %d keys", TUF_META_KEYS_MAX);
	for (int i = 0; i < TUF_ROLE_COUNT && rc_ok(r); i++)
		r = role_check(all, roles[i].name, e);
	return r;
}

static rc hashes_shape(const json_t *hashes, const char *what, struct err *e)
{
	size_t n = json_object_size(hashes);
	if (!json_is_object(hashes) || n == 0 || n > TUF_META_HASHES_MAX)
		return err_set(e, ERR_INPUT, "%s: \"hashes\" must be an object with 1 to %d entries", what,
			       TUF_META_HASHES_MAX);
	return RC_OK;
}

static rc ref_decode(const json_t *entry, const char *file, struct tuf_meta_ref *ret, struct err *e)
{
	struct tuf_meta_ref ref = {0};
	int64_t length = 0;
	rc r = json_codec_int(entry, file, "version", 1, TUF_META_VERSION_MAX, &ref.version, e);
	if (rc_ok(r) && json_object_get(entry, "length")) {
		r = json_codec_int(entry, file, "length", 1, INT64_MAX, &length, e);
		ref.has_length = true;
		ref.length = (uint64_t)length;
	}
	ref.hashes = json_object_get(entry, "hashes");
	if (rc_ok(r) && ref.hashes)
		r = hashes_shape(ref.hashes, file, e);
	if (rc_ok(r))
		*ret = ref;
	return r;
}

static rc files_decode(const struct tuf_meta *m, const char *needed, struct err *e)
{
	json_t *meta = NULL, *entry;
	const char *file, *what = roles[m->role].name;
	rc r = json_codec_object(m->body, what, "meta", &meta, e);
	if (rc_failed(r))
		return r;
	if (json_object_size(meta) > TUF_META_FILES_MAX)
		return err_set(e, ERR_LIMIT, "%s: more than %d files", what, TUF_META_FILES_MAX);
	if (!json_object_get(meta, needed))
		return err_set(e, ERR_INPUT, "%s: %s is not listed", what, needed);
	json_object_foreach(meta, file, entry)
	{
		struct tuf_meta_ref ref;
		r = ref_decode(entry, file, &ref, e);
		if (rc_failed(r))
			return err_wrap(e, "%s", what);
	}
	return RC_OK;
}

/* The entries themselves are checked when one is asked for: a bad one must not cost the use of the others. */
static rc targets_decode(const struct tuf_meta *m, struct err *e)
{
	json_t *targets = NULL;
	const json_t *delegations = json_object_get(m->body, "delegations");
	rc r = json_codec_object(m->body, "targets", "targets", &targets, e);
	if (rc_ok(r) && json_object_size(targets) > TUF_META_TARGETS_MAX)
		r = err_set(e, ERR_LIMIT, "targets: more than %d targets", TUF_META_TARGETS_MAX);
	if (rc_ok(r) && delegations && rc_failed(r = tuf_delegation_check(delegations, e)))
		return err_wrap(e, "targets: delegations");
	return r;
}

rc tuf_meta_decode(struct tuf_meta *m, struct err *e)
{
	rc r = head_decode(m, e);
	if (rc_failed(r))
		return r;
	switch (m->role) {
	case TUF_ROLE_ROOT:
		return root_decode(m, e);
	case TUF_ROLE_TIMESTAMP:
		return files_decode(m, "snapshot.json", e);
	case TUF_ROLE_SNAPSHOT:
		return files_decode(m, "targets.json", e);
	case TUF_ROLE_TARGETS:
		return targets_decode(m, e);
	case TUF_ROLE_COUNT:
		break;
	}
	return err_set(e, ERR_INTERNAL, "metadata of no role");
}

rc tuf_meta_ref(const struct tuf_meta *m, const char *file, struct tuf_meta_ref *ret, struct err *e)
{
	const json_t *entry = json_object_get(json_object_get(m->body, "meta"), file);
	if (!entry)
		return err_set(e, ERR_MISSING, "%s: %s is not listed", roles[m->role].name, file);
	return ref_decode(entry, file, ret, e);
}

static rc hash_check(const char *algorithm, const char *hex, struct bytes content, const char *what, struct err *e)
{
	uint8_t told[SHA512_SIZE], found[SHA512_SIZE];
	size_t n = 0;
	rc r = err_set(e, ERR_UNSUPPORTED, "%s: unknown hash algorithm \"%.32s\"", what, algorithm);
	if (strcmp(algorithm, "sha256") == 0) {
		n = SHA256_SIZE;
		r = hash_sha256(content, found, e);
	} else if (strcmp(algorithm, "sha512") == 0) {
		n = sizeof found;
		r = hash_sha512(content, found, e);
	}
	if (rc_failed(r))
		return r;
	if (!hex || !hex_decode(hex, told, n) || memcmp(told, found, n) != 0)
		return err_set(e, ERR_TRUST, "%s: the %s hash does not match", what, algorithm);
	return RC_OK;
}

rc tuf_meta_hashes_check(const json_t *hashes, struct bytes content, const char *what, struct err *e)
{
	const char *algorithm;
	const json_t *hex;
	json_t *all = (json_t *)(uintptr_t)hashes; /* jansson iterates over non-const objects only */
	json_object_foreach(all, algorithm, hex)
	{
		rc r = hash_check(algorithm, json_string_value(hex), content, what, e);
		if (rc_failed(r))
			return r;
	}
	return RC_OK;
}

const json_t *tuf_meta_keys(const struct tuf_meta *root)
{
	return json_object_get(root->body, "keys");
}

const json_t *tuf_meta_role(const struct tuf_meta *root, enum tuf_role role)
{
	return json_object_get(json_object_get(root->body, "roles"), roles[role].name);
}

bool tuf_meta_consistent(const struct tuf_meta *root)
{
	return json_is_true(json_object_get(root->body, "consistent_snapshot"));
}
