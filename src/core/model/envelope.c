/* SPDX-License-Identifier: Apache-2.0 */
/* DSSE envelopes with one signature. */
#include "core/model/envelope.h"

#include <stdio.h>

#include "core/codec/base64.h"
#include "core/codec/json.h"
#include "core/base/banned.h"

/* DSSE v1 pre-authentication encoding: what is signed is the type and the payload, with their lengths. */
static void put_pae(struct buf *out, const char *type, struct bytes payload)
{
	buf_putf(out, "DSSEv1 %zu %s %zu ", strlen(type), type, payload.n);
	buf_put(out, payload);
}

static rc put_signature(const struct signer *s, const char *type, struct bytes payload, struct buf *ret_sig64,
			struct err *e)
{
	CLEANUP(buf_done) struct buf pae, sig;
	buf_init(&pae, ENVELOPE_MAX);
	buf_init(&sig, KEY_SIGNATURE_MAX);
	put_pae(&pae, type, payload);
	rc r = buf_check(&pae, "payload to sign", e);
	if (rc_ok(r))
		r = signer_sign(s, buf_view(&pae), &sig, e);
	if (rc_ok(r))
		base64_encode(buf_view(&sig), ret_sig64);
	return r;
}

rc envelope_sign(const struct signer *s, const char *type, struct bytes payload, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf sig64, body64;
	buf_init(&sig64, 2 * KEY_SIGNATURE_MAX);
	buf_init(&body64, ENVELOPE_MAX);
	if (payload.n > ENVELOPE_PAYLOAD_MAX)
		return err_set(e, ERR_LIMIT, "a payload of %zu bytes; at most %d are signed", payload.n,
			       ENVELOPE_PAYLOAD_MAX);
	char keyid[2 * SHA256_SIZE + 1];
	rc r = pubkey_id(s->pub, keyid, e);
	if (rc_ok(r))
		r = put_signature(s, type, payload, &sig64, e);
	if (rc_failed(r))
		return err_wrap(e, "signing %s", type);
	base64_encode(payload, &body64);
	/* Written in canonical order by hand: none of the parts needs escaping. */
	buf_putf(out, "{\"payload\":\"%s\",\"payloadType\":\"%s\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"%s\"}]}",
		 buf_text(&body64), type, keyid, buf_text(&sig64));
	return buf_check(out, "envelope", e);
}

struct outer {
	json_t *root; /* owns the texts below */
	const char *type, *payload64, *keyid, *sig64;
};

static void outer_done(struct outer *o)
{
	json_decref(o->root);
}

static rc read_outer(struct bytes text, struct outer *ret, struct err *e)
{
	static const char *const top[] = {"payload", "payloadType", "signatures", NULL};
	static const char *const inner[] = {"keyid", "sig", NULL};
	rc r = json_codec_parse(text, ENVELOPE_MAX, "envelope", &ret->root, e);
	if (rc_failed(r))
		return r;
	json_t *sigs = NULL;
	if (rc_failed(r = json_codec_only(ret->root, "envelope", top, e)) ||
	    rc_failed(r = json_codec_text(ret->root, "envelope", "payloadType", ENVELOPE_TYPE_MAX, &ret->type, e)) ||
	    rc_failed(r = json_codec_text_any(ret->root, "envelope", "payload", ENVELOPE_MAX, &ret->payload64, e)) ||
	    rc_failed(r = json_codec_array(ret->root, "envelope", "signatures", 1, &sigs, e)))
		return r;
	const json_t *sig = json_array_get(sigs, 0);
	if (!sig)
		return err_set(e, ERR_TRUST, "envelope: not signed");
	if (rc_failed(r = json_codec_only(sig, "envelope signature", inner, e)) ||
	    rc_failed(r = json_codec_text(sig, "envelope", "keyid", 2 * SHA256_SIZE, &ret->keyid, e)))
		return r;
	return json_codec_text(sig, "envelope", "sig", 2 * KEY_SIGNATURE_MAX, &ret->sig64, e);
}

rc envelope_claims(struct bytes text, char keyid[2 * SHA256_SIZE + 1], char type[ENVELOPE_TYPE_MAX + 1], struct err *e)
{
	CLEANUP(outer_done) struct outer o = {0};
	rc r = read_outer(text, &o, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(keyid, 2 * SHA256_SIZE + 1, "%s", o.keyid);
	if (type)
		(void)snprintf(type, ENVELOPE_TYPE_MAX + 1, "%s", o.type);
	return RC_OK;
}

static rc check_type(const struct outer *o, const char *type, struct err *e)
{
	if (strcmp(o->type, type) == 0)
		return RC_OK;
	return err_set(e, ERR_TRUST, "envelope holds %.96s, expected %s", o->type, type);
}

rc envelope_unchecked(struct bytes text, const char *type, struct buf *ret_payload, struct err *e)
{
	CLEANUP(outer_done) struct outer o = {0};
	rc r = read_outer(text, &o, e);
	if (rc_ok(r))
		r = check_type(&o, type, e);
	if (rc_ok(r) && rc_failed(r = base64_decode(bytes_of_text(o.payload64), ret_payload, e)))
		return err_wrap(e, "envelope");
	return rc_ok(r) ? buf_check(ret_payload, "payload", e) : r;
}

rc envelope_open(struct bytes text, const char *type, const struct pubkey *key, struct buf *ret_payload, struct err *e)
{
	CLEANUP(outer_done) struct outer o = {0};
	CLEANUP(buf_done) struct buf payload, sig, pae;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	buf_init(&sig, KEY_SIGNATURE_MAX);
	buf_init(&pae, ENVELOPE_MAX);
	rc r = read_outer(text, &o, e);
	if (rc_failed(r) || rc_failed(r = check_type(&o, type, e)))
		return r;
	char keyid[2 * SHA256_SIZE + 1];
	if (rc_failed(r = pubkey_id(key, keyid, e)))
		return r;
	if (strcmp(o.keyid, keyid) != 0) /* outside what is signed: without this it could be re-spelt */
		return err_set(e, ERR_TRUST, "envelope: names the key %.64s, expected %s", o.keyid, keyid);
	if (rc_failed(r = base64_decode(bytes_of_text(o.payload64), &payload, e)) ||
	    rc_failed(r = base64_decode(bytes_of_text(o.sig64), &sig, e)))
		return err_wrap(e, "envelope");
	put_pae(&pae, o.type, buf_view(&payload));
	if (rc_failed(r = buf_check(&pae, "signed payload", e)))
		return r;
	if (!pubkey_verify(key, buf_view(&pae), buf_view(&sig)))
		return err_set(e, ERR_TRUST, "envelope: the signature does not belong to this content and key");
	buf_put(ret_payload, buf_view(&payload));
	return buf_check(ret_payload, "payload", e);
}
