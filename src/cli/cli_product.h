/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands around a declaration share: loading it with all its problems shown, and the day that counts. */
#ifndef HALLMARK_CLI_CLI_PRODUCT_H
#define HALLMARK_CLI_CLI_PRODUCT_H

#include <jansson.h>

#include "cli/cli.h"
#include "product/declaration.h"

/* CLI_OK, or CLI_FAILED after showing every problem (as JSON on standard output with `json`). */
int cli_product_load(const char *path, bool json, struct declaration **ret);

/* Value of --date, or today; false after printing what is wrong. */
bool cli_product_day(const struct cli_args *a, struct wall_time *ret);

/* Prints a JSON value for programs and releases it; `value` may be NULL (out of memory). Returns `status` or
 * CLI_FAILED. */
int cli_product_json(json_t *value, int status);

#endif
