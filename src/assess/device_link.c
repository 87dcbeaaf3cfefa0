/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to the device under assessment: TLS to its page, sign-in by HTTP Basic, evidence with our nonce. */
#include "assess/device_link.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/base64.h"
#include "core/codec/hex.h"
#include "host/os/chance.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define PASSWORD_FILE_MAX 1024
#define OWNER "owner"

static void drop_client(struct http_client **c)
{
	http_client_free(*c);
}

void device_link_close(struct device_link *l)
{
	tls_context_free(l->tls);
	records_done(&l->records);
	*l = (struct device_link){0};
}

/* Connect, and remember or insist on the certificate. */
static rc dial(const struct device_link *l, struct http_client **ret, char fingerprint[2 * SHA256_SIZE + 1],
	       struct err *e)
{
	CLEANUP(drop_client) struct http_client *c = NULL;
	CLEANUP(buf_done) struct buf pem;
	CLEANUP(cert_info_done) struct cert_info cert = {0};
	buf_init(&pem, CERT_PEM_MAX);
	const struct http_client_config to = {
		.host = l->scope->target, .port = l->scope->page_port, .tls = l->tls, .connect_ms = PROBE_CALL_MS};
	rc r = http_client_open(&to, &c, e);
	if (rc_failed(r) || rc_failed(r = http_client_peer_cert(c, &pem, e)) ||
	    rc_failed(r = cert_read(buf_view(&pem), &cert, e)))
		return err_wrap(e, "the owner page");
	/* A password is given only to the unit that the factory record describes. */
	if (l->record && strcmp(cert.fingerprint, l->fingerprint) != 0)
		return err_set(e, ERR_TRUST, "the owner page shows another certificate than before");
	memcpy(fingerprint, cert.fingerprint, sizeof cert.fingerprint);
	*ret = c;
	c = NULL;
	return RC_OK;
}

rc device_link_open(const struct scope *s, struct device_link *ret, struct err *e)
{
	CLEANUP(device_link_close) struct device_link l = {.scope = s};
	CLEANUP(drop_client) struct http_client *c = NULL;
	const struct tls_config config = {.insecure_any_peer = true};
	rc r = RC_OK;
	if (s->records && s->factory_pub)
		r = records_load(s->records, s->factory_pub, &l.records, e);
	if (rc_failed(r) || rc_failed(r = tls_client_context(&config, &l.tls, e)) ||
	    rc_failed(r = dial(&l, &c, l.fingerprint, e)))
		return r;
	l.record = records_of_page(&l.records, l.fingerprint);
	*ret = l;
	l = (struct device_link){0};
	return RC_OK;
}

static rc put_basic(struct buf *out, const char *password, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf plain;
	buf_init(&plain, 1024);
	buf_putf(&plain, OWNER ":%s", password);
	rc r = buf_check(&plain, "password", e);
	if (rc_failed(r))
		return r;
	buf_put_text(out, "Authorization: Basic ");
	base64_encode(buf_view(&plain), out);
	buf_put_text(out, "\r\n");
	return buf_check(out, "sign-in", e);
}

rc device_link_password(const struct scope *s, struct buf *out, struct err *e)
{
	const char *path = s->password_file;
	if (!path)
		return err_set(e, ERR_MISSING, "no password of the owner is given");
	rc r = file_read(path, PASSWORD_FILE_MAX, out, e);
	if (rc_failed(r))
		return err_wrap(e, "the owner's password");
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] == '\n' || out->data[i] == '\r') {
			out->data[i] = 0;
			out->len = i;
		}
	return out->len ? RC_OK : err_set(e, ERR_INPUT, "%s: the first line is empty", path);
}

rc device_link_call(const struct device_link *l, const struct http_call *call, struct http_answer *ret, struct err *e)
{
	CLEANUP(drop_client) struct http_client *c = NULL;
	char fingerprint[2 * SHA256_SIZE + 1];
	rc r = dial(l, &c, fingerprint, e);
	return rc_ok(r) ? http_client_call(c, call, ret, e) : r;
}

rc device_link_get(const struct device_link *l, const char *path, const char *password, struct http_answer *ret,
		   struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf headers;
	buf_init(&headers, 2048);
	rc r = password ? put_basic(&headers, password, e) : RC_OK;
	if (rc_failed(r))
		return r;
	const struct http_call call = {.method = HTTP_GET,
				       .path = path,
				       .headers = password ? buf_text(&headers) : NULL,
				       .body_max = ENVELOPE_MAX,
				       .deadline_ms = PROBE_CALL_MS};
	return device_link_call(l, &call, ret, e);
}

static rc read_statement_key(const struct record *unit, struct pubkey *ret, struct err *e)
{
	rc r = pubkey_from_pem(bytes_of_text(unit->statement_key), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "the statement key in the factory record");
}

rc device_link_check(struct bytes envelope, const struct record *unit, const char *nonce,
		     struct statement_evidence **ret, struct err *e)
{
	CLEANUP(pubkey_done) struct pubkey key = {0};
	CLEANUP(buf_done) struct buf payload;
	MEM_AUTO struct statement_evidence *ev = mem_alloc(sizeof *ev);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	if (!ev)
		return err_set(e, ERR_MEMORY, "no memory for evidence");
	rc r = read_statement_key(unit, &key, e);
	if (rc_failed(r) || rc_failed(r = envelope_open(envelope, STATEMENT_TYPE_EVIDENCE, &key, &payload, e)) ||
	    rc_failed(r = statement_evidence_decode(buf_view(&payload), ev, e)))
		return r;
	if (strcmp(ev->device, unit->device) != 0)
		return err_set(e, ERR_TRUST, "evidence of %s, expected of %s", ev->device, unit->device);
	if (strcmp(ev->nonce, nonce) != 0)
		return err_set(e, ERR_TRUST, "evidence for another question: the nonce is not ours");
	*ret = ev;
	ev = NULL;
	return RC_OK;
}

static rc status_error(int status, struct err *e)
{
	if (status == 401 || status == 403)
		return err_set(e, ERR_DENIED, "the owner page refused the sign-in (HTTP %d)", status);
	if (status == 429 || status == 503)
		return err_set(e, ERR_BUSY, "the owner page asks to wait (HTTP %d)", status);
	return err_set(e, ERR_NETWORK, "the owner page answered HTTP %d", status);
}

rc device_link_evidence(const struct device_link *l, struct statement_evidence **ret, struct err *e)
{
	CLEANUP(buf_done_wiped) struct buf password;
	CLEANUP(http_answer_done) struct http_answer a;
	char nonce[HEX_TEXT_SIZE(DEVICE_LINK_NONCE_SIZE)], path[96];
	buf_init(&password, PASSWORD_FILE_MAX);
	http_answer_init(&a, ENVELOPE_MAX);
	if (!l->record)
		return err_set(e, ERR_TRUST, "no genuine factory record describes the unit that answers");
	rc r = device_link_password(l->scope, &password, e);
	if (rc_failed(r) || rc_failed(r = chance_hex(DEVICE_LINK_NONCE_SIZE, nonce, e)))
		return r;
	(void)snprintf(path, sizeof path, "/evidence?nonce=%s", nonce);
	if (rc_failed(r = device_link_get(l, path, buf_text(&password), &a, e)))
		return r;
	if (a.status != 200)
		return status_error(a.status, e);
	return device_link_check(buf_view(&a.body), l->record, nonce, ret, e);
}

const struct statement_fact *device_link_fact(const struct statement_evidence *ev, const char *id)
{
	for (size_t i = 0; i < ev->facts_n; i++)
		if (strcmp(ev->facts[i].id, id) == 0)
			return &ev->facts[i];
	return NULL;
}
