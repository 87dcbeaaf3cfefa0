/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a role in a keys folder. What the root says decides, not a file's name: any NAME.pub of the role with its
 * NAME.key beside it is one, wherever it was made. So a key that was replaced in a ceremony is used without a further
 * act.
 */
#include <stdio.h>
#include <string.h>

#include "release/keyring.h"
#include "core/base/banned.h"

#define FOLDER_MAX 4096

static bool read_public(const char *dir, const char *file, struct pubkey *ret)
{
	CLEANUP(buf_done) struct buf pem;
	buf_init(&pem, KEY_PEM_MAX);
	return rc_ok(keyring_read(dir, file, &pem, NULL)) && rc_ok(pubkey_from_pem(buf_view(&pem), ret, NULL));
}

/* What is done with each key of the role that has its file: it is opened into `into`, or only noted in `at_hand`. */
struct visit {
	const struct tufrole *role;
	const struct keyring_ask *ask;
	struct keyring_role *into;
	bool *at_hand;
};

/* A changed key file still signs, and every device would refuse what it signed. */
static rc check_same(const struct visit *v, size_t i, const struct signkey *k, const char *path, struct err *e)
{
	size_t at = 0;
	if (tufrole_find(v->role, k->signer.pub, &at) && at == i)
		return RC_OK;
	(void)err_set(e, ERR_TRUST, "key file %s is not the key that its .pub names", path);
	return err_hint(e, "it was changed or replaced; bring it back from a copy");
}

static rc open_one(const struct visit *v, size_t i, const char *path, struct err *e)
{
	struct keyring_role *into = v->into;
	enum signkey_secret wants = SIGNKEY_NOTHING;
	CLEANUP(secret_done) struct secret secret = {0};
	if (into->n >= KEYRING_ROLE_MAX)
		return err_set(e, ERR_LIMIT, "more than %d keys of one role in one folder", KEYRING_ROLE_MAX);
	struct signkey *k = &into->keys[into->n];
	rc r = signkey_wants(path, &wants, e);
	if (rc_ok(r) && wants != SIGNKEY_NOTHING && v->ask)
		r = v->ask->ask(v->ask->ctx, path, wants, &secret, e);
	if (rc_ok(r))
		r = signkey_open(path, secret_view(&secret), k, e);
	if (rc_failed(r))
		return r;
	into->list[into->n++] = k->signer;
	return check_same(v, i, k, path, e);
}

/* Every NAME.pub of the role that has its NAME.key. */
static rc visit_all(const char *dir, const struct visit *v, struct err *e)
{
	char **names = NULL;
	size_t n = 0, at = 0;
	bool seen[TUFROLE_KEYS_MAX] = {false};
	rc r = file_list_dir(dir, FOLDER_MAX, &names, &n, e);
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		CLEANUP(pubkey_done) struct pubkey key = {0};
		char file[FILE_PATH_MAX], path[FILE_PATH_MAX];
		size_t length = strlen(names[i]);
		if (length < 5 || length > 200 || strcmp(names[i] + length - 4, ".pub") != 0 ||
		    !read_public(dir, names[i], &key) || !tufrole_find(v->role, &key, &at) || seen[at])
			continue;
		(void)snprintf(file, sizeof file, "%.*s.key", (int)length - 4, names[i]);
		r = file_path(path, e, dir, file);
		if (rc_failed(r) || !file_exists(path))
			continue;
		seen[at] = true;
		if (v->at_hand)
			v->at_hand[at] = true;
		else
			r = open_one(v, at, path, e);
	}
	file_list_free(names);
	return r;
}

rc keyring_role_open(const char *dir, const struct tufrole *role, const struct keyring_ask *ask,
		     struct keyring_role *ret, struct err *e)
{
	const struct visit v = {.role = role, .ask = ask, .into = ret};
	return visit_all(dir, &v, e);
}

void keyring_role_done(struct keyring_role *r)
{
	for (size_t i = 0; i < r->n; i++)
		signkey_done(&r->keys[i]);
	r->n = 0;
}

rc keyring_role_at_hand(const char *dir, const struct tufrole *role, bool ret[TUFROLE_KEYS_MAX], struct err *e)
{
	const struct visit v = {.role = role, .at_hand = ret};
	memset(ret, 0, TUFROLE_KEYS_MAX * sizeof *ret);
	return visit_all(dir, &v, e);
}
