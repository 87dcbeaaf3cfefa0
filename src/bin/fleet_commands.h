/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of `hallmark-fleet`. */
#ifndef HALLMARK_BIN_FLEET_COMMANDS_H
#define HALLMARK_BIN_FLEET_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_command *const fleet_commands[]; /* ends with NULL */

#endif
