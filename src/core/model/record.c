/* SPDX-License-Identifier: Apache-2.0 */
/* Factory record encoding. Pure: keys and times come in as values. */
#include "core/model/record.h"

#include <stdio.h>

#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/model/envelope.h"
#include "core/base/banned.h"

#define WHAT "factory record"
#define TYPE ENVELOPE_TYPE("factory-record")

static int put_chunk(const char *chunk, size_t n, void *out)
{
	buf_put(out, bytes_of(chunk, n));
	return 0;
}

rc record_encode(const struct record *rec, struct buf *out, struct err *e)
{
	char made[RFC3339_TIME_SIZE];
	rfc3339_time(rec->made, made);
	JSON_AUTO json_t *doc = json_pack(
		"{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "v", 1, "device", rec->device, "model",
		rec->model, "maker", rec->maker, "made", made, "cert", rec->cert, "cert_fingerprint",
		rec->cert_fingerprint, "statement_key", rec->statement_key, "page_cert", rec->page_cert, "key_grade",
		rec->key_grade, "password_bits", (json_int_t)rec->password_bits, "password_id", rec->password_id);
	if (!doc)
		return err_set(e, ERR_INPUT, "%s: a text is not UTF-8, or out of memory", WHAT);
	/* Not our canonical form: it leaves the line breaks of PEM as they are, which no parser accepts. The envelope
	 * signs bytes, so any form will do. */
	if (json_dump_callback(doc, put_chunk, out, JSON_COMPACT | JSON_SORT_KEYS) != 0)
		return err_set(e, ERR_INTERNAL, "%s cannot be written", WHAT);
	return buf_check(out, WHAT, e);
}

static rc get_text(const json_t *doc, const char *key, char *ret, size_t size, struct err *e)
{
	return json_codec_copy(doc, WHAT, key, ret, size, e);
}

static rc get_name(const json_t *doc, const char *key, char ret[NAME_MAX_CHARS + 1], struct err *e)
{
	rc r = get_text(doc, key, ret, NAME_MAX_CHARS + 1, e);
	if (rc_ok(r) && !name_ok(ret))
		return err_set(e, ERR_INPUT, "%s: \"%s\" is not a plain name", WHAT, key);
	return r;
}

/* PEM has line breaks, so it is not a "text" in the sense of json_codec_text. */
static rc get_pem(const json_t *doc, const char *key, char ret[RECORD_PEM_MAX + 1], struct err *e)
{
	const json_t *v = json_object_get(doc, key);
	size_t n = json_is_string(v) ? json_string_length(v) : 0;
	if (n == 0 || n > RECORD_PEM_MAX)
		return err_set(e, ERR_INPUT, "%s: \"%s\" must be PEM of at most %d bytes", WHAT, key, RECORD_PEM_MAX);
	memcpy(ret, json_string_value(v), n + 1);
	return RC_OK;
}

static rc get_hash(const json_t *doc, const char *key, char ret[2 * SHA256_SIZE + 1], struct err *e)
{
	uint8_t raw[SHA256_SIZE];
	rc r = json_codec_hex(doc, WHAT, key, raw, sizeof raw, e);
	return rc_ok(r) ? get_text(doc, key, ret, 2 * SHA256_SIZE + 1, e) : r;
}

static rc get_keys(const json_t *doc, struct record *rec, struct err *e)
{
	rc r = get_pem(doc, "cert", rec->cert, e);
	if (rc_ok(r))
		r = get_hash(doc, "cert_fingerprint", rec->cert_fingerprint, e);
	if (rc_ok(r))
		r = get_pem(doc, "statement_key", rec->statement_key, e);
	if (rc_ok(r))
		r = get_pem(doc, "page_cert", rec->page_cert, e);
	if (rc_ok(r))
		r = get_text(doc, "key_grade", rec->key_grade, sizeof rec->key_grade, e);
	if (rc_ok(r) && strcmp(rec->key_grade, "file") != 0 && strcmp(rec->key_grade, "tpm") != 0)
		r = err_set(e, ERR_INPUT, "%s: unknown key grade \"%s\"", WHAT, rec->key_grade);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "password_bits", 0, 1024, &rec->password_bits, e);
	return rc_ok(r) ? get_hash(doc, "password_id", rec->password_id, e) : r;
}

/* A record whose parts contradict one another is refused, whoever signed it. */
static rc check_keys(const struct record *rec, struct err *e)
{
	CLEANUP(cert_info_done) struct cert_info cert = {0};
	CLEANUP(pubkey_done) struct pubkey key = {0};
	rc r = cert_read(bytes_of_text(rec->cert), &cert, e);
	if (rc_ok(r))
		r = pubkey_from_pem(bytes_of_text(rec->statement_key), &key, e);
	if (rc_failed(r))
		return err_wrap(e, WHAT);
	if (strcmp(cert.common_name, rec->device) != 0)
		return err_set(e, ERR_INPUT, "%s: the certificate names another device", WHAT);
	if (strcmp(cert.fingerprint, rec->cert_fingerprint) != 0)
		return err_set(e, ERR_INPUT, "%s: the fingerprint is of another certificate", WHAT);
	if (key.type != KEY_ED25519)
		return err_set(e, ERR_INPUT, "%s: the statement key is not Ed25519", WHAT);
	return RC_OK;
}

static rc decode(struct bytes payload, struct record *rec, struct err *e)
{
	static const char *const keys[] = {"v",
					   "device",
					   "model",
					   "maker",
					   "made",
					   "cert",
					   "cert_fingerprint",
					   "statement_key",
					   "page_cert",
					   "key_grade",
					   "password_bits",
					   "password_id",
					   NULL};
	JSON_AUTO json_t *doc = NULL;
	int64_t v = 0;
	rc r = json_codec_parse(payload, RECORD_MAX, WHAT, &doc, e);
	if (rc_ok(r))
		r = json_codec_only(doc, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_int(doc, WHAT, "v", 1, 1, &v, e);
	if (rc_ok(r))
		r = get_name(doc, "device", rec->device, e);
	if (rc_ok(r))
		r = get_name(doc, "model", rec->model, e);
	if (rc_ok(r))
		r = get_text(doc, "maker", rec->maker, sizeof rec->maker, e);
	if (rc_ok(r))
		r = json_codec_time(doc, WHAT, "made", &rec->made, e);
	if (rc_ok(r))
		r = get_keys(doc, rec, e);
	return rc_ok(r) ? check_keys(rec, e) : r;
}

rc record_decode(struct bytes payload, struct record *ret, struct err *e)
{
	MEM_AUTO struct record *rec = mem_alloc(sizeof *rec);
	if (!rec)
		return err_set(e, ERR_MEMORY, "%s: out of memory", WHAT);
	rc r = decode(payload, rec, e);
	if (rc_ok(r))
		*ret = *rec;
	return r;
}

rc record_sign(const struct record *rec, const struct signer *factory, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, RECORD_MAX);
	rc r = record_encode(rec, &payload, e);
	return rc_ok(r) ? envelope_sign(factory, TYPE, buf_view(&payload), out, e) : r;
}

rc record_open(struct bytes envelope, const struct pubkey *factory, struct record *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf payload;
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc r = envelope_open(envelope, TYPE, factory, &payload, e);
	return rc_ok(r) ? record_decode(buf_view(&payload), ret, e) : r;
}
