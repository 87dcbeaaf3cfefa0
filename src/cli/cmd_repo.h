/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of `hallmark repo` that have a file of their own. Each returns the exit status. */
#ifndef HALLMARK_CLI_CMD_REPO_H
#define HALLMARK_CLI_CMD_REPO_H

#include "cli/cli_keys.h"
#include "release/repo_targets.h"

#define CMD_REPO_EXPIRES_DAYS 365
#define CMD_REPO_TIMESTAMP_DAYS 30

int cmd_repo_status(const struct cli_args *a, const char *dir);
int cmd_repo_supply(const struct cli_args *a, const char *package);
int cmd_repo_delegate(const struct cli_args *a, const char *dir);
int cmd_repo_revoke(const struct cli_args *a, const char *dir);
int cmd_repo_accept(const struct cli_args *a, const char *dir);

/* --expires-days, --timestamp-days, --dry-run; false after printing what is wrong. */
bool cmd_repo_terms(const struct cli_args *a, struct repo_terms *ret);

int cmd_repo_say(const struct cli_args *a, const struct repo_committed *done);

/*
 * Publish the next targets body with the keys at hand, or write it as a proposal (--propose). Prints the result.
 */
int cmd_repo_change_targets(const struct cli_args *a, struct cli_desk *d, json_t *body, struct repo_change *c);

#endif
