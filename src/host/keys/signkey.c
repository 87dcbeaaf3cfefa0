/* SPDX-License-Identifier: Apache-2.0 */
/* Key files of both kinds. The file that names a token's key holds no secret, but what it names is code (the module):
 * it must be as private as a key. */
#include "host/keys/signkey.h"

#include "core/codec/json.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define FORMAT "hallmark-token-key-1"
#define WHAT "token key file"
#define FILE_MAX 4096

/* The URI if the file names one; "" if it is another kind of key file. */
static rc read_uri(const char *path, char ret[TOKEN_URI_MAX + 1], struct err *e)
{
	static const char *const keys[] = {"format", "uri", NULL};
	JSON_AUTO json_t *doc = NULL;
	const char *format = NULL, *uri = NULL;
	CLEANUP(buf_done_wiped) struct buf text;
	buf_init(&text, KEYFILE_MAX);
	ret[0] = 0;
	rc r = keyfile_bytes(path, &text, e);
	if (rc_failed(r) || text.len == 0 || text.data[0] != '{' || text.len > FILE_MAX ||
	    rc_failed(json_codec_parse(buf_view(&text), FILE_MAX, WHAT, &doc, NULL)) || !json_object_get(doc, "uri"))
		return r;
	r = json_codec_only(doc, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_text(doc, WHAT, "format", 64, &format, e);
	if (rc_ok(r) && strcmp(format, FORMAT) != 0)
		r = err_set(e, ERR_UNSUPPORTED, WHAT " of format %s", format);
	if (rc_ok(r))
		r = json_codec_text(doc, WHAT, "uri", TOKEN_URI_MAX, &uri, e);
	if (rc_ok(r))
		r = token_uri_check(uri, e);
	if (rc_ok(r))
		memcpy(ret, uri, strlen(uri) + 1);
	return rc_ok(r) ? r : err_wrap(e, "%s", path);
}

rc signkey_wants(const char *path, enum signkey_secret *ret, struct err *e)
{
	char uri[TOKEN_URI_MAX + 1];
	bool sealed = false;
	rc r = read_uri(path, uri, e);
	if (rc_ok(r) && !uri[0])
		r = keyfile_is_sealed(path, &sealed, e);
	if (rc_ok(r))
		*ret = uri[0] ? SIGNKEY_PIN : sealed ? SIGNKEY_PASSPHRASE : SIGNKEY_NOTHING;
	return r;
}

rc signkey_open(const char *path, struct bytes secret, struct signkey *ret, struct err *e)
{
	char uri[TOKEN_URI_MAX + 1];
	rc r = read_uri(path, uri, e);
	if (rc_failed(r))
		return r;
	if (uri[0])
		r = token_open(uri, secret, &ret->token, e);
	else
		r = keyfile_load(path, secret, &ret->file, e);
	if (rc_ok(r))
		ret->signer = uri[0] ? token_signer(ret->token) : privkey_signer(&ret->file);
	return r;
}

void signkey_done(struct signkey *k)
{
	token_free(k->token);
	privkey_done(&k->file);
	*k = (struct signkey){0};
}

rc signkey_refer(const char *path, const char *uri, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, FILE_MAX);
	rc r = token_uri_check(uri, e);
	if (rc_failed(r))
		return r;
	JSON_AUTO json_t *doc = json_pack("{s:s, s:s}", "format", FORMAT, "uri", uri);
	if (!doc)
		return err_set(e, ERR_INPUT, "the URI is not UTF-8");
	r = json_codec_pretty(doc, &text, e);
	if (rc_ok(r))
		r = file_create(path, buf_view(&text), 0600, e);
	if (r.code == ERR_EXISTS)
		return err_hint(e, "a key is never overwritten; move the old file away first");
	return r;
}
