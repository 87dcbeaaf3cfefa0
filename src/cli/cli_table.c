/* SPDX-License-Identifier: Apache-2.0 */
/* One row per command, in the order in which a maker meets them. To add one: write cmd_NAME.c, declare it, add it. */
#include "cli/cli_table.h"

#include <stddef.h>

#include "core/base/banned.h"

extern const struct cli_command cmd_completion;

const struct cli_command *const cli_table[] = {
	&cmd_completion,
	NULL,
};
