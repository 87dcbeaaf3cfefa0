/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark schema`: what may stand in a declaration, for editors and for people. */
#include <stdio.h>

#include "cli/cli.h"
#include "product/schema_export.h"
#include "core/base/banned.h"

static int run(const struct cli_args *a)
{
	CLEANUP(buf_done) struct buf out;
	struct err e = {0};
	buf_init(&out, SCHEMA_EXPORT_MAX);
	rc r = cli_flag(a, "page") ? schema_export_page(&out, &e) : schema_export_json(&out, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	(void)fputs(buf_text(&out), stdout);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"page", NULL, "the reference page (Markdown) instead of JSON Schema", false},
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_schema = {
	.name = "schema",
	.summary = "print what may stand in a product declaration, as JSON Schema",
	.positional = "",
	.details =
		"Gives an editor completion and errors while you type: with the YAML language server, save it and put\n"
		"this line first in product.yaml:\n\n"
		"  # yaml-language-server: $schema=declaration.schema.json\n\n"
		"Example:  hallmark schema > declaration.schema.json",
	.options = options,
	.run = run,
};
