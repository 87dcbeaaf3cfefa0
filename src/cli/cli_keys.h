/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that use the maker's keys share. */
#ifndef HALLMARK_CLI_CLI_KEYS_H
#define HALLMARK_CLI_CLI_KEYS_H

#include "cli/cli.h"
#include "core/base/mem.h"
#include "core/codec/json.h"
#include "host/keys/signkey.h"
#include "host/os/file.h"
#include "release/keyring.h"
#include "release/proposal.h"
#include "release/repo.h"

#define CLI_KEYS_PASSPHRASE_OPTION                                                                                     \
	{                                                                                                              \
		"passphrase-file", "FILE",                                                                             \
			"file with the passphrase of the keys (else asked, or $HALLMARK_PASSPHRASE_FILE)", false       \
	}

#define CLI_KEYS_PIN_OPTION                                                                                            \
	{                                                                                                              \
		"pin-file", "FILE", "file with the PIN of the token (else asked, or $HALLMARK_PIN_FILE)", false        \
	}

/* One passphrase for all key files of a call, asked once; a PIN for each token. */
struct cli_secrets {
	const struct cli_args *a;
	struct secret passphrase;
};
void cli_keys_secrets_done(struct cli_secrets *s);
struct keyring_ask cli_keys_ask(struct cli_secrets *s);

/* Open a key file of any kind. */
rc cli_keys_open(struct cli_secrets *s, const char *path, struct signkey *ret, struct err *e) MUST_CHECK;

/* A repository and those keys of a folder that its root in force names. Zero it before use, do not move it. */
struct cli_desk {
	struct cli_secrets secrets;
	struct repo *repo;
	struct keyring_role targets, snapshot, timestamp;
	struct repo_keys keys;
};
/* The repository, believed from the keys folder's first root on. */
rc cli_keys_repo(const char *repo_dir, const char *keys_dir, struct repo **ret, struct err *e) MUST_CHECK;
/* Open `repo` and the keys; the roles are those of `root`, or of the root in force if it is NULL. */
rc cli_keys_desk(struct cli_desk *d, const char *repo_dir, const char *keys_dir, const json_t *root_body, struct err *e)
	MUST_CHECK;
void cli_keys_desk_done(struct cli_desk *d);

rc cli_keys_read_proposal(const char *path, struct proposal *ret, struct err *e) MUST_CHECK;
rc cli_keys_read_card(const char *path, struct holder_card *ret, struct err *e) MUST_CHECK;
rc cli_keys_write_proposal(const char *path, const struct proposal *p, struct err *e) MUST_CHECK; /* ERR_EXISTS */
/* `path` NULL: standard output gets only the review. Writes a new proposal, and says what it changes. */
rc cli_keys_tell_proposal(const char *path, const struct proposal *p, struct err *e) MUST_CHECK;

/* Ask for the passphrase if the keys folder wants one; *ret stays empty otherwise. */
rc cli_keys_passphrase(const struct cli_args *a, const char *keys_dir, struct secret *ret, struct err *e) MUST_CHECK;

/* The label key, --key: asks for its passphrase if it is sealed. */
rc cli_keys_label(const struct cli_args *a, const char *path, struct privkey *ret, struct err *e) MUST_CHECK;

/* A public key from a PEM file. */
rc cli_keys_public(const char *path, struct pubkey *ret, struct err *e) MUST_CHECK;

/* Print a result for programs; takes the reference. */
int cli_keys_json(json_t *take_doc);

#endif
