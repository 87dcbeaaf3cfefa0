/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one command of a table: finds it, parses its options strictly, prints help from the same rows. Leaves what a
 * command does to cmd_NAME.c.
 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/banned.h"

#define ARGS_MAX 256

struct given {
	const struct cli_option *option;
	const char *value; /* NULL for a flag */
};

struct cli_args {
	const char *program;
	const struct cli_command *command;
	struct given options[ARGS_MAX];
	size_t options_n;
	const char *positional[ARGS_MAX];
	size_t positional_n;
};

bool cli_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR");
	return isatty(fileno(out)) && !(no && *no);
}

int cli_fail(const struct err *e)
{
	const char *red = cli_colour(stderr) ? "\033[31m" : "";
	const char *plain = *red ? "\033[0m" : "";
	/* The name of the program that was started: three of ours use this file. */
	(void)fprintf(stderr, "%s%s: %s%s\n", red, program_invocation_short_name,
		      e->text[0] ? e->text : err_code_name(e->code), plain);
	if (e->hint[0])
		(void)fprintf(stderr, "  hint: %s\n", e->hint);
	return CLI_FAILED;
}

int cli_wrong(const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	struct err e = {0};
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)err_set(&e, ERR_INPUT, "%s", text); /* what was typed may hold line breaks and terminal escapes */
	(void)cli_fail(&e);
	return CLI_USAGE;
}

bool cli_flag(const struct cli_args *a, const char *name)
{
	for (size_t i = 0; i < a->options_n; i++)
		if (!strcmp(a->options[i].option->name, name))
			return true;
	return false;
}

const char *cli_value(const struct cli_args *a, const char *name, const char *fallback)
{
	for (size_t i = a->options_n; i > 0; i--)
		if (!strcmp(a->options[i - 1].option->name, name) && a->options[i - 1].value)
			return a->options[i - 1].value;
	return fallback;
}

size_t cli_values(const struct cli_args *a, const char *name, const char **ret, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < a->options_n && n < max; i++)
		if (!strcmp(a->options[i].option->name, name) && a->options[i].value)
			ret[n++] = a->options[i].value;
	return n;
}

bool cli_number(const struct cli_args *a, const char *name, long min, long max, long fallback, long *ret)
{
	const char *text = cli_value(a, name, NULL);
	if (!text) {
		*ret = fallback;
		return true;
	}
	char *end = NULL;
	errno = 0;
	long v = strtol(text, &end, 10);
	if (errno || end == text || *end || v < min || v > max) {
		(void)cli_wrong("--%s wants a whole number from %ld to %ld, not \"%s\"", name, min, max, text);
		return false;
	}
	*ret = v;
	return true;
}

size_t cli_count(const struct cli_args *a)
{
	return a->positional_n;
}

const char *cli_at(const struct cli_args *a, size_t i)
{
	return i < a->positional_n ? a->positional[i] : NULL;
}

static void print_usage(FILE *out, const char *program, const struct cli_command *c)
{
	bool options = c->options && c->options[0].name;
	(void)fprintf(out, "usage: %s %s%s%s%s\n", program, c->name, options ? " [OPTION...]" : "",
		      c->positional[0] ? " " : "", c->positional);
}

static void print_help(const char *program, const struct cli_command *c)
{
	print_usage(stdout, program, c);
	(void)printf("\n%s.\n", c->summary);
	if (c->options && c->options[0].name)
		(void)printf("\nOptions:\n");
	for (const struct cli_option *o = c->options; o && o->name; o++) {
		char left[64];
		(void)snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
			       o->argument ? o->argument : "");
		(void)printf("  %-28s %s%s\n", left, o->help, o->many ? " (may be repeated)" : "");
	}
	if (c->details && c->details[0])
		(void)printf("\n%s\n", c->details);
	(void)printf("\nExit status: 0 good, 1 the answer is no, 2 wrong call, 3 could not be done.\n");
}

static void print_commands(FILE *out, const char *program, const struct cli_command *const *commands)
{
	(void)fprintf(out, "usage: %s COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n", program);
	for (; *commands; commands++)
		(void)fprintf(out, "  %-14s %s\n", (*commands)->name, (*commands)->summary);
	(void)fprintf(out, "\n\"%s COMMAND --help\" explains one. \"%s --version\" prints the version.\n", program,
		      program);
}

/* Words for a shell's completion: the commands, or the options of one command. */
static int print_words(const struct cli_command *const *commands, const char *name)
{
	for (; *commands; commands++) {
		if (!name)
			(void)printf("%s\n", (*commands)->name);
		else if (!strcmp((*commands)->name, name))
			for (const struct cli_option *o = (*commands)->options; o && o->name; o++)
				(void)printf("--%s\n", o->name);
	}
	return CLI_OK;
}

static const struct cli_option *find_option(const struct cli_command *c, const char *name, size_t n)
{
	for (const struct cli_option *o = c->options; o && o->name; o++)
		if (strlen(o->name) == n && !strncmp(o->name, name, n))
			return o;
	return NULL;
}

static int wrong(const struct cli_args *a, const char *text, const char *what)
{
	(void)cli_wrong("%s %s", text, what);
	print_usage(stderr, a->program, a->command);
	(void)fprintf(stderr, "See \"%s %s --help\".\n", a->program, a->command->name);
	return CLI_USAGE;
}

/* "--name", "--name VALUE" or "--name=VALUE" at argv[*at]. */
static int take_option(struct cli_args *a, int argc, char **argv, int *at)
{
	const char *word = argv[*at] + 2;
	const char *equals = strchr(word, '=');
	const struct cli_option *o = find_option(a->command, word, equals ? (size_t)(equals - word) : strlen(word));
	if (!o)
		return wrong(a, "unknown option", argv[*at]);
	const char *value = equals ? equals + 1 : NULL;
	if (value && !o->argument)
		return wrong(a, "this option takes no value:", argv[*at]);
	if (o->argument && !value) {
		if (*at + 1 >= argc)
			return wrong(a, "a value is missing after", argv[*at]);
		value = argv[++*at];
	}
	if (!o->many && cli_flag(a, o->name))
		return wrong(a, "given twice:", argv[*at]);
	a->options[a->options_n++] = (struct given){o, value};
	return CLI_OK;
}

static int parse(struct cli_args *a, int argc, char **argv)
{
	bool only_positional = false;
	if (argc > ARGS_MAX)
		return wrong(a, "too many arguments for", a->command->name);
	for (int i = 0; i < argc; i++) {
		if (!only_positional && !strcmp(argv[i], "--")) {
			only_positional = true;
		} else if (!only_positional && !strncmp(argv[i], "--", 2)) {
			int status = take_option(a, argc, argv, &i);
			if (status != CLI_OK)
				return status;
		} else if (!only_positional && argv[i][0] == '-' && argv[i][1]) {
			return wrong(a, "options are written with two dashes:", argv[i]);
		} else {
			a->positional[a->positional_n++] = argv[i];
		}
	}
	if (a->positional_n < a->command->positional_min)
		return wrong(a, "something is missing:", a->command->positional);
	if (a->positional_n > a->command->positional_max)
		return wrong(a, "not expected:", a->positional[a->command->positional_max]);
	return CLI_OK;
}

/* Full disk or closed pipe: what was to be said was not. */
static int said(int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	struct err e = {0};
	if (errno)
		(void)err_errno(&e, errno, "the output could not be written");
	else
		(void)err_set(&e, ERR_IO, "not all of the output could be written");
	return cli_fail(&e);
}

static int run(const char *program, const struct cli_command *c, int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], "--help")) {
			print_help(program, c);
			return CLI_OK;
		}
	}
	struct cli_args a = {.program = program, .command = c};
	int status = parse(&a, argc, argv);
	if (status != CLI_OK)
		return status;
	return c->run(&a);
}

static int dispatch(const char *program, const struct cli_command *const *commands, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	if (!name) {
		print_commands(stderr, program, commands);
		return CLI_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "help")) {
		print_commands(stdout, program, commands);
		return CLI_OK;
	}
	if (!strcmp(name, "--version")) {
		(void)printf("%s %s\n", program, HALLMARK_VERSION);
		return CLI_OK;
	}
	if (!strcmp(name, "--words"))
		return print_words(commands, argc > 2 ? argv[2] : NULL);
	for (const struct cli_command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return run(program, *c, argc - 2, argv + 2);
	return cli_wrong("there is no command \"%s\"; \"%s --help\" lists them", name, program);
}

int cli_main(const char *program, const struct cli_command *const *commands, int argc, char **argv)
{
	/* A reader that went away must not end us in the middle of work; said() reports it. */
	(void)signal(SIGPIPE, SIG_IGN);
	return said(dispatch(program, commands, argc, argv));
}
