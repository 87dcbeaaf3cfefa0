/* SPDX-License-Identifier: Apache-2.0 */
/* One row per command, in the order in which a maker meets them. To add one: write cmd_NAME.c, declare it, add it. */
#include "cli/cli_table.h"

#include <stddef.h>

#include "core/base/banned.h"

extern const struct cli_command cmd_apply;
extern const struct cli_command cmd_assess;
extern const struct cli_command cmd_check;
extern const struct cli_command cmd_compile;
extern const struct cli_command cmd_completion;
extern const struct cli_command cmd_explain;
extern const struct cli_command cmd_grant;
extern const struct cli_command cmd_image;
extern const struct cli_command cmd_keys;
extern const struct cli_command cmd_label;
extern const struct cli_command cmd_new;
extern const struct cli_command cmd_patch;
extern const struct cli_command cmd_provision;
extern const struct cli_command cmd_publish;
extern const struct cli_command cmd_release;
extern const struct cli_command cmd_repo;
extern const struct cli_command cmd_schema;
extern const struct cli_command cmd_schemes;
extern const struct cli_command cmd_tuf;
extern const struct cli_command cmd_verify;

const struct cli_command *const cli_table[] = {
	&cmd_new,	&cmd_check,  &cmd_explain, &cmd_schemes, &cmd_compile, &cmd_schema,	&cmd_image,
	&cmd_patch,	&cmd_apply,  &cmd_keys,	   &cmd_publish, &cmd_release, &cmd_repo,	&cmd_grant,
	&cmd_provision, &cmd_assess, &cmd_label,   &cmd_verify,	 &cmd_tuf,     &cmd_completion, NULL,
};
