/* SPDX-License-Identifier: Apache-2.0 */
/* hallmarkctl: each command is one request to the agent and its answer in words or JSON. */
#include "ctl/ctl_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/ctl_call.h"
#include "ctl/ctl_text.h"
#include "core/model/policy.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define HOUR_S 3600
#define HOURS_MAX (CONTROL_POSTPONE_MAX_S / HOUR_S)

#define SOCKET                                                                                                         \
	{                                                                                                              \
		"socket", "PATH", "socket of the agent, if it is not where it was installed", false                    \
	}
#define JSON                                                                                                           \
	{                                                                                                              \
		"json", NULL, "print JSON", false                                                                      \
	}

/* ---- asking ---- */

/* Connect, ask, hang up. */
static rc ask(const struct cli_args *a, enum control_kind kind, struct bytes fields, struct ctl_answer *ret,
	      struct err *e)
{
	CLEANUP(ctl_call_close) struct ctl_call c = {.fd = -1};
	rc r = ctl_call_open(&c, cli_value(a, "socket", NULL), e);
	return rc_ok(r) ? ctl_call_ask(&c, kind, fields, ret, e) : r;
}

/* A request that is granted or not. */
static int demand(const struct cli_args *a, enum control_kind kind, const struct buf *fields, const char *done)
{
	CLEANUP(ctl_answer_done) struct ctl_answer ans = {0};
	struct err e = {0};
	rc r = fields ? buf_check(fields, "request", &e) : RC_OK;
	if (rc_ok(r))
		r = ask(a, kind, fields ? buf_view(fields) : (struct bytes){0}, &ans, &e);
	if (rc_failed(r))
		return cli_fail(&e);
	bool granted = ans.result == CONTROL_DONE;
	const char *reason = granted ? "none" : ans.reason;
	const char *text = granted ? done : reason_sentence(reason);
	if (cli_flag(a, "json"))
		(void)printf("{\"done\":%s,\"reason\":\"%s\",\"sentence\":\"%s\"}\n", granted ? "true" : "false",
			     reason_known(reason) ? reason : "io", text);
	else
		(void)fprintf(granted ? stdout : stderr, granted ? "%s\n" : "hallmarkctl: not done: %s\n", text);
	return granted ? CLI_OK : CLI_NEGATIVE;
}

static rc report(const struct cli_args *a, struct ctl_answer *ans, json_t **ret, struct err *e)
{
	rc r = ask(a, CONTROL_STATUS, (struct bytes){0}, ans, e);
	return rc_ok(r) ? json_codec_parse(buf_view(&ans->json), 65536, "the agent's report", ret, e) : r;
}

static int put(const struct buf *text, int status)
{
	struct err e = {0};
	if (rc_failed(buf_check(text, "text", &e)))
		return cli_fail(&e);
	(void)fwrite(text->data, 1, text->len, stdout);
	return status;
}

/* ---- status, plan ---- */

static int show(const struct cli_args *a, bool plan_only)
{
	CLEANUP(ctl_answer_done) struct ctl_answer ans = {0};
	CLEANUP(buf_done) struct buf text;
	JSON_AUTO json_t *j = NULL;
	struct err e = {0};
	bool now = true;
	buf_init(&text, 65536);
	rc r = report(a, &ans, &j, &e);
	if (rc_ok(r))
		r = ctl_text_plan(j, &text, &now, &e);
	buf_reset(&text);
	if (rc_ok(r) && cli_flag(a, "json")) {
		json_t *what = plan_only ? json_object_get(j, "plan") : j;
		r = json_is_null(what) ? (buf_put_text(&text, "null\n"), RC_OK) : json_codec_pretty(what, &text, &e);
	} else if (rc_ok(r)) {
		r = plan_only ? ctl_text_plan(j, &text, &now, &e) : ctl_text_status(j, &text, &e);
	}
	if (rc_failed(r))
		return cli_fail(&e);
	return put(&text, plan_only && !now ? CLI_NEGATIVE : CLI_OK);
}

static int run_status(const struct cli_args *a)
{
	return show(a, false);
}

static int run_plan(const struct cli_args *a)
{
	return show(a, true);
}

static const struct cli_option plain_options[] = {JSON, SOCKET, {0}};

static const struct cli_command cmd_status = {
	.name = "status",
	.summary = "show what runs, what is under way, and what was chosen",
	.positional = "",
	.details = "The JSON is described in docs/update.md.",
	.options = plain_options,
	.run = run_status,
};

static const struct cli_command cmd_plan = {
	.name = "plan",
	.summary = "say what would happen with the waiting update, and why or why not",
	.positional = "",
	.details = "Exit status 1: there is an update, and it would not go on now. The reason is a stable word\n"
		   "(docs/wire.md section 2.1) with one sentence, and the time when it is tried again.",
	.options = plain_options,
	.run = run_plan,
};

/* ---- check, cancel, postpone, install ---- */

static int run_check(const struct cli_args *a)
{
	return demand(a, CONTROL_CHECK, NULL, "The device asks its maker for updates now.");
}

static int run_cancel(const struct cli_args *a)
{
	return demand(a, CONTROL_CANCEL, NULL, "Cancelled. It is not tried again unless you ask for it.");
}

static int run_postpone(const struct cli_args *a)
{
	CLEANUP(buf_done) struct buf fields;
	long hours;
	buf_init(&fields, 16);
	if (!cli_number(a, "hours", 1, HOURS_MAX, 24, &hours))
		return CLI_USAGE;
	buf_put_u32(&fields, (uint32_t)hours * HOUR_S);
	return demand(a, CONTROL_POSTPONE, &fields,
		      "Put off, as far as the maker allows: `hallmarkctl plan` says until when.");
}

/* The part of a path below the agent's media folder; it opens nothing else. */
static rc below_media(const struct cli_args *a, const char *path, char out[CONTROL_FOLDER_MAX + 1], struct err *e)
{
	CLEANUP(ctl_answer_done) struct ctl_answer ans = {0};
	JSON_AUTO json_t *j = NULL;
	const char *media = NULL;
	char real[4096], root[4096];
	rc r = report(a, &ans, &j, e);
	if (rc_ok(r))
		r = json_codec_text_any(j, "report", "media", 255, &media, e);
	if (rc_failed(r))
		return r;
	if (!*media) {
		(void)err_set(e, ERR_UNSUPPORTED, "this agent installs from no folder");
		return err_hint(e, "start hallmarkd with --media DIR, where sticks are mounted");
	}
	if (!realpath(path, real))
		return err_errno(e, errno, "%s", path);
	if (!realpath(media, root))
		return err_errno(e, errno, "the agent's media folder %s", media);
	size_t n = strlen(root);
	if (strncmp(real, root, n) != 0 || (real[n] && real[n] != '/')) {
		(void)err_set(e, ERR_DENIED, "%s is not in %s", path, media);
		return err_hint(e, "mount or copy it there: the agent opens nothing else");
	}
	int len = snprintf(out, CONTROL_FOLDER_MAX + 1, "%s", real[n] ? real + n + 1 : ".");
	return len <= CONTROL_FOLDER_MAX ? RC_OK : err_set(e, ERR_LIMIT, "%s: too long a path", path);
}

static int run_install(const struct cli_args *a)
{
	CLEANUP(buf_done) struct buf fields;
	char folder[CONTROL_FOLDER_MAX + 1] = "";
	struct err e = {0};
	buf_init(&fields, CONTROL_FOLDER_MAX + 8);
	if (cli_at(a, 0) && rc_failed(below_media(a, cli_at(a, 0), folder, &e)))
		return cli_fail(&e);
	buf_put_u16(&fields, (uint16_t)strlen(folder));
	buf_put_text(&fields, folder);
	return demand(a, CONTROL_INSTALL, &fields,
		      folder[0] ? "The device reads the folder now: `hallmarkctl status` says what becomes of it."
				: "It is installed now, as soon as nothing else stands against it.");
}

static const struct cli_command cmd_check = {
	.name = "check",
	.summary = "ask the maker's service for updates now",
	.positional = "",
	.options = plain_options,
	.run = run_check,
};

static const struct cli_command cmd_cancel = {
	.name = "cancel",
	.summary = "do not install the waiting update, whatever came of it so far",
	.positional = "",
	.details =
		"Possible until the switch; afterwards the release is tried, and only its health decides\n"
		"(exit status 1, reason \"switched\"). That version is not tried again unless `install` asks for it.",
	.options = plain_options,
	.run = run_cancel,
};

static const struct cli_option postpone_options[] = {{"hours", "N", "for how long (24)", false}, JSON, SOCKET, {0}};

static const struct cli_command cmd_postpone = {
	.name = "postpone",
	.summary = "put the waiting update off",
	.positional = "",
	.details = "The maker says how often and for how many days; less for a release that mends a security\n"
		   "problem. Past that it is refused: exit status 1, reason \"postpone-limit\".",
	.options = postpone_options,
	.run = run_postpone,
};

static const struct cli_command cmd_install = {
	.name = "install",
	.summary = "install the waiting update now, or one from a folder",
	.positional = "[DIR]",
	.positional_max = 1,
	.details =
		"Goes past consent, postponement, hours and metered links; not past battery, memory, space and a\n"
		"program that asked for quiet. DIR is a copy of the maker's repository (metadata and targets) in the\n"
		"agent's media folder, and is verified exactly as what comes over the network.",
	.options = plain_options,
	.run = run_install,
};

/* ---- grant ---- */

static int run_grant(const struct cli_args *a)
{
	CLEANUP(buf_done) struct buf envelope;
	struct err e = {0};
	buf_init(&envelope, CONTROL_GRANT_MAX + 1);
	if (rc_failed(file_read(cli_at(a, 0), CONTROL_GRANT_MAX, &envelope, &e)))
		return cli_fail(&e);
	if (envelope.len == 0)
		return cli_wrong("%s is empty", cli_at(a, 0));
	return demand(a, CONTROL_GRANT, &envelope,
		      "Kept: the device takes that older release, once, when it is offered or brought in a folder.");
}

static const struct cli_command cmd_grant = {
	.name = "grant",
	.summary = "let this device go back to one older release, once",
	.positional = "FILE",
	.positional_min = 1,
	.positional_max = 1,
	.details =
		"FILE is what the maker's service made with `hallmark grant` for this device, from the release that\n"
		"runs here now. Exit status 1: it is not for this device now; the reason says why. Nothing installs\n"
		"by it alone: the release comes from the service or from a folder, and is checked as any other.",
	.options = plain_options,
	.run = run_grant,
};

/* ---- choose ---- */

static bool parse_window(const char *text, uint8_t *ret_from, uint8_t *ret_to)
{
	char *end;
	if (strcmp(text, "any") == 0) {
		*ret_from = *ret_to = 0;
		return true;
	}
	unsigned long from = strtoul(text, &end, 10);
	if (end == text || end > text + 2 || *end != '-' || from > 23 || text[0] < '0' || text[0] > '9')
		return false;
	const char *second = end + 1;
	unsigned long to = strtoul(second, &end, 10);
	if (end == second || end > second + 2 || *end || to > 23 || *second < '0' || *second > '9' || from == to)
		return false;
	*ret_from = (uint8_t)from;
	*ret_to = (uint8_t)to;
	return true;
}

static int run_choose(const struct cli_args *a)
{
	CLEANUP(buf_done) struct buf fields;
	const char *automatic = cli_value(a, "automatic", NULL), *window = cli_value(a, "window", NULL);
	enum policy_automatic which = POLICY_AUTO_ALL;
	uint8_t from = CONTROL_KEEP, to = CONTROL_KEEP;
	buf_init(&fields, 8);
	if (!automatic && !window)
		return cli_wrong("nothing to choose: --automatic or --window is missing");
	if (automatic && !policy_automatic_parse(automatic, &which))
		return cli_wrong("--automatic wants all, security or off, not \"%s\"", automatic);
	if (window && !parse_window(window, &from, &to))
		return cli_wrong("--window wants two hours like 2-5, or any, not \"%s\"", window);
	buf_put_u8(&fields, automatic ? (uint8_t)which : CONTROL_KEEP);
	buf_put_u8(&fields, from);
	buf_put_u8(&fields, to);
	return demand(a, CONTROL_CHOOSE, &fields, "Chosen.");
}

static const struct cli_option choose_options[] = {
	{"automatic", "WHICH", "what installs by itself: all, security or off", false},
	{"window", "FROM-TO", "local hours in which the device may restart, like 2-5; any", false},
	JSON,
	SOCKET,
	{0}};

static const struct cli_command cmd_choose = {
	.name = "choose",
	.summary = "choose what installs by itself, and at which hours",
	.positional = "",
	.details = "Fetching happens at any hour: only the restart waits for the window.",
	.options = choose_options,
	.run = run_choose,
};

/* ---- inhibit ---- */

static int run_quietly(const struct cli_args *a)
{
	const char *argv[64] = {0};
	struct err e = {0};
	int status = 0;
	for (size_t i = 0; i < cli_count(a) && i + 1 < ARRAY_LEN(argv); i++)
		argv[i] = cli_at(a, i);
	if (!argv[0])
		return cli_wrong("inhibit needs a command");
	pid_t pid = fork();
	if (pid == 0) {
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CLI_FAILED;
	if (pid < 0) {
		(void)err_errno(&e, errno, "start %s", argv[0]);
		return cli_fail(&e);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_inhibit(const struct cli_args *a)
{
	CLEANUP(ctl_call_close) struct ctl_call c = {.fd = -1};
	struct err e = {0};
	long hours;
	if (!cli_number(a, "hours", 1, 24, 24, &hours))
		return CLI_USAGE;
	rc r = ctl_call_open(&c, cli_value(a, "socket", NULL), &e);
	if (rc_ok(r))
		r = ctl_call_inhibit(&c, cli_value(a, "why", ""), (uint32_t)hours * HOUR_S, &e);
	return rc_ok(r) ? run_quietly(a) : cli_fail(&e);
}

static const struct cli_option inhibit_options[] = {
	{"why", "TEXT", "what the owner reads", false}, {"hours", "N", "at most so long (24)", false}, SOCKET, {0}};

static const struct cli_command cmd_inhibit = {
	.name = "inhibit",
	.summary = "run a command during which no update is installed",
	.positional = "-- COMMAND [ARGUMENT...]",
	.positional_min = 1,
	.positional_max = 63,
	.details = "Ends with the command, whose exit status it takes over. All who ask for quiet together hold an\n"
		   "update back for at most 24 hours.\n\n"
		   "  hallmarkctl inhibit --why \"calibration\" -- calibrate --all",
	.options = inhibit_options,
	.run = run_inhibit,
};

const struct cli_command *const ctl_commands[] = {&cmd_status,	&cmd_plan,  &cmd_check,	 &cmd_cancel,  &cmd_postpone,
						  &cmd_install, &cmd_grant, &cmd_choose, &cmd_inhibit, NULL};
