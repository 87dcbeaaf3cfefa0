/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of `hallmark`. */
#ifndef HALLMARK_CLI_CLI_TABLE_H
#define HALLMARK_CLI_CLI_TABLE_H

#include "cli/cli.h"

extern const struct cli_command *const cli_table[]; /* ends with NULL */

#endif
