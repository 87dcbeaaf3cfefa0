/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command table and what every command shares: options (one table = parser, --help, completion, man check), output
 * and exit status. One file per command, `cmd_NAME.c`, exporting `const struct cli_command cmd_NAME`.
 */
#ifndef HALLMARK_CLI_CLI_H
#define HALLMARK_CLI_CLI_H

#include <stdio.h>

#include "core/base/err.h"

enum cli_status {
	CLI_OK = 0,	  /* done, and the answer is good */
	CLI_NEGATIVE = 1, /* done, and the answer is no: a check failed, a label is not genuine */
	CLI_USAGE = 2,	  /* wrong call */
	CLI_FAILED = 3,	  /* could not be done */
};

struct cli_option {
	const char *name;     /* long name without "--" */
	const char *argument; /* "DIR", "N"; NULL for a flag */
	const char *help;     /* one line */
	bool many;	      /* may be given more than once */
};

struct cli_args;

struct cli_command {
	const char *name;
	const char *summary;	/* one line, for the list */
	const char *positional; /* "PRODUCT.YAML [DIR]", "" if none */
	size_t positional_min, positional_max;
	const char *details;		  /* paragraphs and examples for --help */
	const struct cli_option *options; /* ends with a zero row; --help and --json... must be listed if offered */
	int (*run)(const struct cli_args *a);
};

bool cli_flag(const struct cli_args *a, const char *name);
/* The (last) value of an option, or `fallback`. */
const char *cli_value(const struct cli_args *a, const char *name, const char *fallback);
size_t cli_values(const struct cli_args *a, const char *name, const char **ret, size_t max);
/* Value as a whole number within bounds; false after printing what is wrong. */
bool cli_number(const struct cli_args *a, const char *name, long min, long max, long fallback, long *ret);
size_t cli_count(const struct cli_args *a);		/* positional arguments */
const char *cli_at(const struct cli_args *a, size_t i); /* NULL if fewer */

/* "PROGRAM: TEXT" and, if there is one, "  hint: HINT" on standard error; returns CLI_FAILED. */
int cli_fail(const struct err *e);

/* A wrong call: "hallmark: TEXT" in one line; returns CLI_USAGE. */
int cli_wrong(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Parse and run. `commands` ends with NULL. */
int cli_main(const char *program, const struct cli_command *const *commands, int argc, char **argv);

/*
 * A passphrase: from file `path` (first line) if given, else from $HALLMARK_PASSPHRASE_FILE, else asked on the terminal
 * without echo. Never from an argument.
 */
struct secret;
rc cli_passphrase(const char *path, const char *prompt, struct secret *ret, struct err *e) MUST_CHECK;
/* The same for a token's PIN, with $HALLMARK_PIN_FILE: a token counts wrong ones, so the two are never mixed up. */
rc cli_pin(const char *path, const char *prompt, struct secret *ret, struct err *e) MUST_CHECK;
/* A question on the terminal; only "yes" is yes. ERR_IO if there is no terminal. */
rc cli_confirm(const char *question, bool *ret_yes, struct err *e) MUST_CHECK;

/* Colours only for a terminal and without NO_COLOR. */
bool cli_colour(FILE *out);

#endif
