/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark completion`: a shell function that asks the programs themselves for their words, so it never goes stale. */
#include "cli/cli.h"

#include <string.h>

#include "core/base/banned.h"

static const char bash_script[] = "_hallmark() {\n"
				  "    local program=\"${COMP_WORDS[0]}\" word=\"${COMP_WORDS[COMP_CWORD]}\" words\n"
				  "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
				  "        words=$(\"$program\" --words 2>/dev/null)\n"
				  "    elif [ \"${word#-}\" != \"$word\" ]; then\n"
				  "        words=$(\"$program\" --words \"${COMP_WORDS[1]}\" 2>/dev/null)\n"
				  "    fi\n"
				  "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
				  "}\n"
				  "complete -o default -F _hallmark hallmark hallmark-fleet hallmarkctl\n";

static int run(const struct cli_args *a)
{
	if (strcmp(cli_at(a, 0), "bash") != 0)
		return cli_wrong("completion is offered for bash, not for \"%s\"", cli_at(a, 0));
	(void)fputs(bash_script, stdout);
	return CLI_OK;
}

const struct cli_command cmd_completion = {
	.name = "completion",
	.summary = "print a completion script for the shell",
	.positional = "bash",
	.positional_min = 1,
	.positional_max = 1,
	.details = "Try it at once:  source <(hallmark completion bash)",
	.run = run,
};
