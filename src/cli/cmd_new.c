/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark new`: a first declaration, from options or a few questions. */
#include <string.h>
#include <unistd.h>

#include "cli/cli_product.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "product/template.h"
#include "core/base/banned.h"

#define ANSWER_MAX 200

static const struct question {
	const char *option, *text, *usual; /* usual: NULL if there must be an answer */
	size_t at;
} questions[] = {
	{"kind", "Kind of product (camera, hub, speaker, lock, router, tv, toy)", "camera",
	 offsetof(struct template_answers, kind)},
	{"maker", "Name of the manufacturer", NULL, offsetof(struct template_answers, maker)},
	{"address", "Postal address", "CHANGE: postal address", offsetof(struct template_answers, address)},
	{"country", "Country, two letters", "GB", offsetof(struct template_answers, country)},
	{"product", "What the shopper calls the product", "", offsetof(struct template_answers, product)},
	{"model", "Model designation (a-z, 0-9, -)", NULL, offsetof(struct template_answers, model)},
	{"site", "Domain of your web pages and mail", "maker.example", offsetof(struct template_answers, site)},
	{"until", "Security updates at least until (YYYY-MM-DD; empty: five years)", "",
	 offsetof(struct template_answers, until)},
};

#define QUESTIONS (sizeof questions / sizeof *questions)

/* One line from the terminal into `out`; false at end of input. */
static bool ask(const struct question *q, char out[ANSWER_MAX])
{
	(void)printf("%s%s%s%s: ", q->text, q->usual && *q->usual ? " [" : "", q->usual ? q->usual : "",
		     q->usual && *q->usual ? "]" : "");
	(void)fflush(stdout);
	if (!fgets(out, ANSWER_MAX, stdin))
		return false;
	out[strcspn(out, "\r\n")] = 0;
	return true;
}

/* What only a person can say: never taken for granted. */
static bool confirms(void)
{
	static const struct question question = {
		.text = "Are people, means and processes in place for vulnerabilities, updates, keys and secure "
			"development (yes, no)",
		.usual = "no",
	};
	char typed[ANSWER_MAX] = "";
	return ask(&question, typed) && strcmp(typed, "yes") == 0;
}

static int missing(const struct question *q)
{
	return cli_wrong("new wants --%s (%s)", q->option, q->text);
}

/* Options first, then questions if somebody is there to answer them, then what is usual. */
static int collect(const struct cli_args *a, char typed[QUESTIONS][ANSWER_MAX], struct template_answers *ret)
{
	bool somebody = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	for (size_t i = 0; i < QUESTIONS; i++) {
		const struct question *q = &questions[i];
		const char *value = cli_value(a, q->option, NULL);
		if (!value && somebody && ask(q, typed[i]) && typed[i][0])
			value = typed[i];
		if (!value)
			value = q->usual;
		if (!value)
			return missing(q);
		memcpy((char *)ret + q->at, &value, sizeof value);
	}
	if (!ret->product[0])
		ret->product = ret->model;
	ret->confirmed = cli_flag(a, "confirm") || (somebody && confirms());
	return CLI_OK;
}

static int run(const struct cli_args *a)
{
	CLEANUP(buf_done) struct buf text;
	struct template_answers answers = {0};
	char typed[QUESTIONS][ANSWER_MAX] = {{0}};
	const char *path = cli_value(a, "out", "product.yaml");
	struct err e = {0};
	buf_init(&text, DECLARATION_MAX);
	int status = collect(a, typed, &answers);
	if (status != CLI_OK)
		return status;
	rc r = template_write(&answers, clock_now().wall, &text, &e);
	if (rc_ok(r) && strcmp(path, "-") == 0) {
		(void)fputs(buf_text(&text), stdout);
		return CLI_OK;
	}
	if (rc_ok(r))
		r = file_create(path, buf_view(&text), 0644, &e);
	if (rc_failed(r)) {
		if (r.code == ERR_EXISTS)
			(void)err_hint(&e, "choose another name with --out");
		return cli_fail(&e);
	}
	(void)printf("%s written. Look for CHANGE in it, then run: hallmark check %s\n", path, path);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"kind", "WORD", "camera, hub, speaker, lock, router, tv or toy", false},
	{"maker", "NAME", "name of the manufacturer", false},
	{"address", "TEXT", "its postal address", false},
	{"country", "CC", "its country, two letters", false},
	{"product", "NAME", "what the shopper calls the product", false},
	{"model", "NAME", "model designation", false},
	{"site", "DOMAIN", "domain of your web pages and mail", false},
	{"until", "YYYY-MM-DD", "last day of the support period (default: five years)", false},
	{"confirm", NULL, "confirm that what `confirmations` names is in place", false},
	{"out", "FILE", "file to write (default product.yaml; - for standard output)", false},
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_new = {
	.name = "new",
	.summary = "write a first product declaration",
	.positional = "",
	.details =
		"Asks on a terminal for what is not given. The file passes `hallmark check`; make it true before you "
		"publish it.\n\n"
		"Example:  hallmark new --kind camera --maker \"Lumen Works Ltd\" --model lumen-cam1",
	.options = options,
	.run = run,
};
