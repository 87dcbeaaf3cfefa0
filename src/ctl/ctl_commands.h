/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of hallmarkctl. */
#ifndef HALLMARK_CTL_CTL_COMMANDS_H
#define HALLMARK_CTL_CTL_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_command *const ctl_commands[]; /* ends with NULL */

#endif
