/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark keys make`: one holder's key, in a sealed file or in a token, and the card that goes to the leader. */
#include <string.h>

#include "cli/cmd_keys.h"
#include "host/os/clock.h"
#include "release/review.h"
#include "core/base/banned.h"

struct job {
	const struct cli_args *a;
	const char *key_path, *name, *token;
	char pub_path[FILE_PATH_MAX], card_path[FILE_PATH_MAX];
	enum key_type type;
	struct privkey file;
	struct token_key *in_token;
	struct signer signer;
};

static void job_done(struct job *j)
{
	privkey_done(&j->file);
	token_free(j->in_token);
}

/* NAME.key, NAME.pub, NAME.holder.json */
static int name_files(struct job *j)
{
	size_t n = strlen(j->key_path);
	if (n < 5 || strcmp(j->key_path + n - 4, ".key") != 0 || n + 16 > FILE_PATH_MAX)
		return cli_wrong("keys make wants a file name that ends in .key, as in ada.key");
	(void)snprintf(j->pub_path, sizeof j->pub_path, "%.*s.pub", (int)n - 4, j->key_path);
	(void)snprintf(j->card_path, sizeof j->card_path, "%.*s.holder.json", (int)n - 4, j->key_path);
	return CLI_OK;
}

static bool read_type(const char *text, enum key_type *ret)
{
	for (int t = 0; t < KEY_TYPE_COUNT; t++) {
		if (strcmp(key_type_name((enum key_type)t), text) != 0)
			continue;
		*ret = (enum key_type)t;
		return true;
	}
	return false;
}

static rc check_free(const struct job *j, struct err *e)
{
	const char *const paths[] = {j->key_path, j->pub_path, j->card_path};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!file_exists(paths[i]))
			continue;
		(void)err_set(e, ERR_EXISTS, "%s is there already", paths[i]);
		return err_hint(e, "a key is never overwritten; choose another name or move it away");
	}
	return RC_OK;
}

static rc make_in_token(struct job *j, struct err *e)
{
	CLEANUP(secret_done) struct secret pin = {0};
	rc r = token_uri_check(j->token, e);
	if (rc_ok(r))
		r = cli_pin(cli_value(j->a, "pin-file", NULL), "PIN of the token", &pin, e);
	if (rc_failed(r))
		return r;
	r = cli_flag(j->a, "existing") ? token_open(j->token, secret_view(&pin), &j->in_token, e)
				       : token_generate(j->token, secret_view(&pin), j->type, &j->in_token, e);
	if (r.code == ERR_EXISTS)
		return err_hint(e, "--existing uses the key that is there");
	if (rc_ok(r))
		j->signer = token_signer(j->in_token);
	return rc_ok(r) ? signkey_refer(j->key_path, j->token, e) : r;
}

static rc make_in_file(struct job *j, struct err *e)
{
	CLEANUP(secret_done) struct secret passphrase = {0};
	rc r = cmd_keys_new_passphrase(j->a, &passphrase, e);
	if (rc_ok(r))
		r = keyfile_generate(j->type, &j->file, e);
	if (rc_ok(r))
		r = keyfile_save(j->key_path, &j->file, secret_view(&passphrase), e);
	if (rc_ok(r))
		j->signer = privkey_signer(&j->file);
	return r;
}

static rc put_public(const struct job *j, struct err *e)
{
	CLEANUP(buf_done) struct buf pem, card;
	buf_init(&pem, KEY_PEM_MAX);
	buf_init(&card, HOLDER_CARD_MAX);
	struct holder_card about = {.made = clock_now().wall};
	(void)snprintf(about.name, sizeof about.name, "%s", j->name);
	(void)snprintf(about.grade, sizeof about.grade, "%s", j->token ? "pkcs11" : "file");
	rc r = pubkey_pem(j->signer.pub, &pem, e);
	if (rc_ok(r))
		r = holder_card_make(&j->signer, &about, &card, e);
	if (rc_ok(r))
		r = file_create(j->pub_path, buf_view(&pem), 0644, e);
	buf_put_u8(&card, '\n');
	return rc_ok(r) ? file_create(j->card_path, buf_view(&card), 0644, e) : r;
}

static int report(const struct job *j)
{
	struct err e = {0};
	char id[TUFMAKE_KEYID_SIZE], spoken[REVIEW_KEYID_SIZE];
	JSON_AUTO json_t *key = NULL;
	rc r = tufmake_key(j->signer.pub, &key, id, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	const char *type = key_type_name(j->signer.pub->type);
	if (cli_flag(j->a, "json"))
		return cli_keys_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", j->name, "keyid", id, "type",
					       type, "grade", j->token ? "pkcs11" : "file", "key", j->key_path, "card",
					       j->card_path));
	review_keyid(id, spoken);
	(void)printf(
		"%s  %s  key %s\n  %s  keep it; it signs%s\n  %s  send it to the leader, and read the key id out on "
		"the telephone\n",
		j->name, type, spoken, j->key_path, j->token ? " through the token" : "", j->card_path);
	return CLI_OK;
}

int cmd_keys_make(const struct cli_args *a, const char *path)
{
	struct err e = {0};
	CLEANUP(job_done)
	struct job j = {
		.a = a, .key_path = path, .name = cli_value(a, "name", NULL), .token = cli_value(a, "token", NULL)};
	const char *type = cli_value(a, "type", "ed25519");
	int status = name_files(&j);
	if (status != CLI_OK)
		return status;
	if (!j.name || !*j.name || strlen(j.name) > TUFROLE_NAME_MAX)
		return cli_wrong("keys make needs --name, the holder's name, of 1 to %d bytes", TUFROLE_NAME_MAX);
	if (!read_type(type, &j.type))
		return cli_wrong("--type is ed25519, ecdsa-p256 or rsa-pss, not \"%s\"", type);
	if (j.token && cli_flag(a, "unsealed"))
		return cli_wrong("--unsealed is for key files; a token always has its PIN");
	rc r = check_free(&j, &e);
	if (rc_ok(r))
		r = j.token ? make_in_token(&j, &e) : make_in_file(&j, &e);
	if (rc_ok(r))
		r = put_public(&j, &e);
	return rc_failed(r) ? cli_fail(&e) : report(&j);
}
