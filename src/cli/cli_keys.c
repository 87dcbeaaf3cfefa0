/* SPDX-License-Identifier: Apache-2.0 */
/* Passphrase and JSON output for the commands of the release room. */
#include "cli/cli_keys.h"

#include "host/os/file.h"
#include "release/keyring.h"
#include "core/base/banned.h"

rc cli_keys_passphrase(const struct cli_args *a, const char *keys_dir, struct secret *ret, struct err *e)
{
	bool sealed = false;
	rc r = keyring_is_sealed(keys_dir, &sealed, e);
	if (rc_failed(r) || !sealed)
		return r;
	return cli_passphrase(cli_value(a, "passphrase-file", NULL), "Passphrase of the keys: ", ret, e);
}

rc cli_keys_label(const struct cli_args *a, const char *path, struct privkey *ret, struct err *e)
{
	CLEANUP(secret_done) struct secret passphrase = {0};
	bool sealed = false;
	rc r = keyfile_is_sealed(path, &sealed, e);
	if (rc_ok(r) && sealed)
		r = cli_passphrase(cli_value(a, "passphrase-file", NULL), "Passphrase of the label key: ", &passphrase,
				   e);
	return rc_ok(r) ? keyfile_load(path, secret_view(&passphrase), ret, e) : r;
}

rc cli_keys_public(const char *path, struct pubkey *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf pem;
	buf_init(&pem, KEY_PEM_MAX);
	rc r = file_read(path, KEY_PEM_MAX, &pem, e);
	if (rc_failed(r))
		return r;
	r = pubkey_from_pem(buf_view(&pem), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "%s", path);
}

int cli_keys_json(json_t *take_doc)
{
	JSON_AUTO json_t *doc = take_doc;
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	buf_init(&text, 16 * 1024 * 1024);
	rc r = doc ? json_codec_pretty(doc, &text, &e) : err_set(&e, ERR_MEMORY, "output: out of memory");
	if (rc_failed(r))
		return cli_fail(&e);
	(void)fputs(buf_text(&text), stdout);
	return CLI_OK;
}
