/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of `hallmark keys` that have a file of their own. Each returns the exit status. */
#ifndef HALLMARK_CLI_CMD_KEYS_H
#define HALLMARK_CLI_CMD_KEYS_H

#include "cli/cli_keys.h"

#define CMD_KEYS_COPIES_MAX 16 /* of one proposal, for finish */

/* A new passphrase, typed twice, or from a file; empty with --unsealed. */
rc cmd_keys_new_passphrase(const struct cli_args *a, struct secret *ret, struct err *e) MUST_CHECK;

int cmd_keys_make(const struct cli_args *a, const char *path);
int cmd_keys_propose(const struct cli_args *a, const char *path);
int cmd_keys_review(const struct cli_args *a, const char *path);
int cmd_keys_sign(const struct cli_args *a, const char *path);
int cmd_keys_finish(const struct cli_args *a, const char *path);

#endif
