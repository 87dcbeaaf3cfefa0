/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by check, compile and explain. */
#include "cli/cli_product.h"

#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "host/os/clock.h"
#include "product/judge_json.h"
#include "core/base/banned.h"

#define JSON_OUT_MAX (4 * 1024 * 1024)

int cli_product_json(json_t *value, int status)
{
	JSON_AUTO json_t *owned = value;
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	buf_init(&text, JSON_OUT_MAX);
	rc r = owned ? json_codec_pretty(owned, &text, &e) : err_set(&e, ERR_MEMORY, "out of memory");
	if (rc_failed(r))
		return cli_fail(&e);
	(void)fputs(buf_text(&text), stdout);
	return status;
}

static void print_problems(const char *path, const struct declaration_problems *list)
{
	const char *red = cli_colour(stderr) ? "\033[31m" : "", *plain = *red ? "\033[0m" : "";
	struct err e = {0};
	(void)err_set(&e, ERR_INPUT, "%s", path); /* printable: a name may hold line breaks and terminal escapes */
	path = e.text;
	for (size_t i = 0; i < list->n; i++) {
		const struct declaration_problem *p = &list->at[i];
		(void)fprintf(stderr, "%s:%u:%u: %s%s%s%s%s\n", path, p->line, p->column, red, p->path,
			      p->path[0] ? ": " : "", p->text, plain);
		if (p->hint[0])
			(void)fprintf(stderr, "  hint: %s\n", p->hint);
	}
	if (list->more)
		(void)fprintf(stderr, "... and %zu more\n", list->more);
	(void)fprintf(stderr, "hallmark: %s: %zu problem%s; nothing was judged\n", path, list->n + list->more,
		      list->n + list->more == 1 ? "" : "s");
}

int cli_product_load(const char *path, bool json, struct declaration **ret)
{
	struct declaration_problems problems = {0};
	struct err e = {0};
	if (rc_ok(declaration_load(path, ret, &problems, &e)))
		return CLI_OK;
	if (problems.n == 0)
		return cli_fail(&e);
	if (json)
		return cli_product_json(judge_json_problems(&problems), CLI_FAILED);
	print_problems(path, &problems);
	return CLI_FAILED;
}

bool cli_product_day(const struct cli_args *a, struct wall_time *ret)
{
	const char *day = cli_value(a, "date", NULL);
	if (!day) {
		*ret = clock_now().wall;
		return true;
	}
	if (rfc3339_parse_date(day, ret))
		return true;
	(void)cli_wrong("--date wants a day like 2026-10-01, not \"%s\"", day);
	return false;
}
