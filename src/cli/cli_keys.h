/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that use the maker's keys share. */
#ifndef HALLMARK_CLI_CLI_KEYS_H
#define HALLMARK_CLI_CLI_KEYS_H

#include "cli/cli.h"
#include "core/base/mem.h"
#include "core/codec/json.h"
#include "host/keys/keyfile.h"

#define CLI_KEYS_PASSPHRASE_OPTION                                                                                     \
	{                                                                                                              \
		"passphrase-file", "FILE",                                                                             \
			"file with the passphrase of the keys (else asked, or $HALLMARK_PASSPHRASE_FILE)", false       \
	}

/* Ask for the passphrase if the keys folder wants one; *ret stays empty otherwise. */
rc cli_keys_passphrase(const struct cli_args *a, const char *keys_dir, struct secret *ret, struct err *e) MUST_CHECK;

/* The label key, --key: asks for its passphrase if it is sealed. */
rc cli_keys_label(const struct cli_args *a, const char *path, struct privkey *ret, struct err *e) MUST_CHECK;

/* A public key from a PEM file. */
rc cli_keys_public(const char *path, struct pubkey *ret, struct err *e) MUST_CHECK;

/* Print a result for programs; takes the reference. */
int cli_keys_json(json_t *take_doc);

#endif
