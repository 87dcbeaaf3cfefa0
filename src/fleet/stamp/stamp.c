/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a timestamp is renewed, and what may be in it: the same snapshot, one version more, a later expiry. Nothing else
 * can be signed through here, whoever controls the repository folder.
 */
#include "fleet/stamp/stamp.h"

#include "core/base/names.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/trust/tuf.h"
#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

#define WHAT "timestamp"

static rc open_both(const struct stamp_case *c, struct tuf_meta *root, struct tuf_meta *timestamp, struct err *e)
{
	rc r = tuf_meta_parse(c->root, TUF_ROLE_ROOT, root, e);
	if (rc_ok(r))
		r = tuf_meta_decode(root, e);
	if (rc_ok(r))
		r = tuf_meta_parse(c->timestamp, TUF_ROLE_TIMESTAMP, timestamp, e);
	if (rc_ok(r))
		r = tuf_verify(tuf_meta_keys(root), tuf_meta_role(root, TUF_ROLE_TIMESTAMP), timestamp, e);
	return rc_ok(r) ? tuf_meta_decode(timestamp, e) : r;
}

/* The id under which the root lets this key sign timestamps. Borrowed from the root. */
static rc find_key(const struct tuf_meta *root, const struct signer *s, const char **ret, struct err *e)
{
	const json_t *role = tuf_meta_role(root, TUF_ROLE_TIMESTAMP), *ids = json_object_get(role, "keyids");
	char wanted[2 * SHA256_SIZE + 1], id[2 * SHA256_SIZE + 1];
	rc r = pubkey_id(s->pub, wanted, e);
	if (rc_ok(r) && json_integer_value(json_object_get(role, "threshold")) != 1)
		r = err_set(e, ERR_UNSUPPORTED,
			    "the timestamp role wants several signatures; this service has one key");
	for (size_t i = 0; i < json_array_size(ids) && rc_ok(r); i++) {
		CLEANUP(pubkey_done) struct pubkey key = {0};
		const char *keyid = json_string_value(json_array_get(ids, i));
		if (!tuf_verify_key(tuf_meta_keys(root), keyid, &key) || rc_failed(pubkey_id(&key, id, NULL)) ||
		    strcmp(id, wanted) != 0)
			continue;
		*ret = keyid;
		return RC_OK;
	}
	return rc_failed(r) ? r : err_set(e, ERR_DENIED, "the root does not name this service's timestamp key");
}

static rc sign(const json_t *body, const char *keyid, const struct signer *s, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf message, sig;
	char hex[HEX_TEXT_SIZE(KEY_SIGNATURE_MAX)];
	buf_init(&message, TUF_TIMESTAMP_MAX);
	buf_init(&sig, KEY_SIGNATURE_MAX);
	rc r = json_codec_canonical(body, &message, e);
	if (rc_ok(r))
		r = signer_sign(s, buf_view(&message), &sig, e);
	if (rc_failed(r))
		return r;
	hex_encode(buf_view(&sig), hex);
	JSON_AUTO json_t *doc =
		json_pack("{s:O, s:[{s:s, s:s}]}", "signed", body, "signatures", "keyid", keyid, "sig", hex);
	return doc ? json_codec_compact(doc, out, e) : err_set(e, ERR_MEMORY, WHAT ": out of memory");
}

rc stamp_next(const struct stamp_case *c, const struct signer *s, struct buf *out, struct stamp_next *ret,
	      struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta root = {0}, old = {0};
	const char *keyid = NULL;
	char time[RFC3339_TIME_SIZE];
	rc r = open_both(c, &root, &old, e);
	if (rc_ok(r))
		r = find_key(&root, s, &keyid, e);
	if (rc_failed(r))
		return r;
	struct stamp_next next = {.version = old.version, .expires = old.expires};
	next.due = old.expires.s - c->now.s < STAMP_RENEW_DAYS * SECONDS_PER_DAY;
	if (next.due) {
		JSON_AUTO json_t *body = json_deep_copy(old.body);
		next.version++;
		next.expires.s = c->now.s + STAMP_DAYS * SECONDS_PER_DAY;
		rfc3339_time(next.expires, time);
		if (!body || json_object_set_new(body, "version", json_integer(next.version)) != 0 ||
		    json_object_set_new(body, "expires", json_string(time)) != 0)
			return err_set(e, ERR_MEMORY, WHAT ": out of memory");
		r = sign(body, keyid, s, out, e);
	}
	if (rc_ok(r))
		*ret = next;
	return r;
}

rc stamp_status_encode(const struct stamp_status *s, struct buf *out, struct err *e)
{
	char looked[RFC3339_TIME_SIZE], expires[RFC3339_TIME_SIZE];
	rfc3339_time(s->looked, looked);
	rfc3339_time(s->expires, expires);
	JSON_AUTO json_t *doc =
		json_pack("{s:i, s:s, s:s, s:I, s:o}", "v", 1, "looked", looked, "expires", expires, "version",
			  (json_int_t)s->version, "failure", json_codec_printable(s->failure));
	return doc ? json_codec_canonical(doc, out, e) : err_set(e, ERR_MEMORY, WHAT ": out of memory");
}

rc stamp_status_decode(struct bytes text, struct stamp_status *ret, struct err *e)
{
	static const char *const keys[] = {"v", "looked", "expires", "version", "failure", NULL};
	JSON_AUTO json_t *doc = NULL;
	struct stamp_status s = {0};
	rc r = json_codec_parse(text, STAMP_STATUS_MAX, WHAT, &doc, e);
	if (rc_ok(r))
		r = json_codec_only(doc, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_time(doc, WHAT, "looked", &s.looked, e);
	if (rc_ok(r))
		r = json_codec_time(doc, WHAT, "expires", &s.expires, e);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "version", 0, INT64_MAX, &s.version, e);
	if (rc_ok(r))
		r = json_codec_copy_any(doc, WHAT, "failure", s.failure, sizeof s.failure, e);
	if (rc_ok(r))
		*ret = s;
	return r;
}
