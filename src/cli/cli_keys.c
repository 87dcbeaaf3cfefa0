/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of the release room share: passphrases and PINs, keys folders, proposals, JSON output. */
#include "cli/cli_keys.h"

#include "host/os/clock.h"
#include "release/review.h"
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

void cli_keys_secrets_done(struct cli_secrets *s)
{
	secret_done(&s->passphrase);
}

static rc ask(void *ctx, const char *path, enum signkey_secret what, struct secret *ret, struct err *e)
{
	struct cli_secrets *s = ctx;
	char prompt[FILE_PATH_MAX + 32];
	if (what == SIGNKEY_NOTHING)
		return RC_OK;
	(void)snprintf(prompt, sizeof prompt, "%s of %s", what == SIGNKEY_PIN ? "PIN for the key" : "Passphrase", path);
	if (what == SIGNKEY_PIN)
		return cli_pin(cli_value(s->a, "pin-file", NULL), prompt, ret, e);
	rc r = s->passphrase.n ? RC_OK
			       : cli_passphrase(cli_value(s->a, "passphrase-file", NULL), prompt, &s->passphrase, e);
	return rc_ok(r) ? secret_copy(ret, secret_view(&s->passphrase), e) : r;
}

struct keyring_ask cli_keys_ask(struct cli_secrets *s)
{
	return (struct keyring_ask){ask, s};
}

rc cli_keys_open(struct cli_secrets *s, const char *path, struct signkey *ret, struct err *e)
{
	enum signkey_secret wants = SIGNKEY_NOTHING;
	CLEANUP(secret_done) struct secret secret = {0};
	rc r = signkey_wants(path, &wants, e);
	if (rc_ok(r))
		r = ask(s, path, wants, &secret, e);
	return rc_ok(r) ? signkey_open(path, secret_view(&secret), ret, e) : r;
}

rc cli_keys_repo(const char *repo_dir, const char *keys_dir, struct repo **ret, struct err *e)
{
	CLEANUP(buf_done) struct buf root;
	buf_init(&root, TUF_ROOT_MAX);
	rc r = keys_dir ? keyring_read(keys_dir, "root.json", &root, e) : RC_OK;
	if (r.code == ERR_MISSING)
		return err_hint(e, "finish the ceremony of the first root: `hallmark keys finish`");
	return rc_ok(r) ? repo_open(repo_dir, buf_view(&root), ret, e) : r;
}

static rc open_role(struct cli_desk *d, const char *keys_dir, const json_t *root, const char *name,
		    struct keyring_role *ret, struct err *e)
{
	struct tufrole role;
	const struct keyring_ask how = cli_keys_ask(&d->secrets);
	if (!tufrole_of(root, name, &role))
		return err_set(e, ERR_INPUT, "the root names no role %s", name);
	return keyring_role_open(keys_dir, &role, &how, ret, e);
}

rc cli_keys_desk(struct cli_desk *d, const char *repo_dir, const char *keys_dir, const json_t *root_body, struct err *e)
{
	const struct {
		const char *name;
		struct keyring_role *role;
		struct repo_signers *signers;
	} all[] = {{"targets", &d->targets, &d->keys.targets},
		   {"snapshot", &d->snapshot, &d->keys.snapshot},
		   {"timestamp", &d->timestamp, &d->keys.timestamp}};
	rc r = cli_keys_repo(repo_dir, keys_dir, &d->repo, e);
	if (rc_ok(r) && !root_body)
		root_body = repo_body(d->repo, "root");
	for (size_t i = 0; i < ARRAY_LEN(all) && rc_ok(r); i++) {
		r = open_role(d, keys_dir, root_body, all[i].name, all[i].role, e);
		*all[i].signers = (struct repo_signers){all[i].role->list, all[i].role->n};
	}
	return r;
}

void cli_keys_desk_done(struct cli_desk *d)
{
	keyring_role_done(&d->targets);
	keyring_role_done(&d->snapshot);
	keyring_role_done(&d->timestamp);
	repo_free(d->repo);
	cli_keys_secrets_done(&d->secrets);
}

rc cli_keys_read_proposal(const char *path, struct proposal *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, PROPOSAL_MAX);
	rc r = file_read(path, PROPOSAL_MAX, &text, e);
	if (rc_failed(r))
		return r;
	r = proposal_read(buf_view(&text), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "%s", path);
}

rc cli_keys_read_card(const char *path, struct holder_card *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, HOLDER_CARD_MAX);
	rc r = file_read(path, HOLDER_CARD_MAX, &text, e);
	if (rc_failed(r))
		return r;
	r = holder_card_read(buf_view(&text), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "%s", path);
}

rc cli_keys_write_proposal(const char *path, const struct proposal *p, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, PROPOSAL_MAX);
	rc r = proposal_write(p, &text, e);
	return rc_ok(r) ? file_create(path, buf_view(&text), 0644, e) : r;
}

rc cli_keys_tell_proposal(const char *path, const struct proposal *p, struct err *e)
{
	CLEANUP(buf_done) struct buf review;
	buf_init(&review, REVIEW_MAX);
	rc r = review_text(p, clock_now().wall, &review, e);
	if (rc_ok(r) && path)
		r = cli_keys_write_proposal(path, p, e);
	if (rc_ok(r))
		(void)fputs(buf_text(&review), stdout);
	return r;
}
