/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark assess`: one product, looked at, judged and reported; the label if asked for. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "assess/report.h"
#include "assess/stage.h"
#include "cli/cli.h"
#include "cli/cli_keys.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define ONLY_MAX 16

struct screen {
	bool live, quiet; /* live: a terminal, lines may be replaced */
};

static void on_begin(void *ctx, const struct probe *p)
{
	const struct screen *s = ctx;
	if (s->live)
		(void)fprintf(stderr, "  %-12s ...", p->name);
}

static void on_text(void *ctx, const char *probe, const char *text)
{
	const struct screen *s = ctx;
	if (s->live)
		(void)fprintf(stderr, "\r\033[K  %-12s %s", probe, text);
}

static void on_end(void *ctx, const struct probe *p, size_t facts, size_t not_looked, int64_t took_ms)
{
	const struct screen *s = ctx;
	if (s->quiet)
		return;
	(void)fprintf(stderr, "%s  %-12s %6.1f s  %3zu facts", s->live ? "\r\033[K" : "", p->name,
		      (double)took_ms / 1000.0, facts);
	if (not_looked)
		(void)fprintf(stderr, ", %zu could not be looked at", not_looked);
	(void)fputc('\n', stderr);
}

static void on_skipped(void *ctx, const struct probe *p)
{
	const struct screen *s = ctx;
	if (!s->quiet)
		(void)fprintf(stderr, "  %-12s  not run: needs %s\n", p->name, p->needs);
}

/* "8000-9000" or "443" */
static bool read_ports(const char *text, struct scope *s)
{
	unsigned from = 0, to = 0;
	char rest = 0;
	int n = sscanf(text, "%5u-%5u%c", &from, &to, &rest);
	if (n == 1 && !strchr(text, '-'))
		to = from;
	if ((n != 1 && n != 2) || from < 1 || to > 65535 || from > to) {
		(void)cli_wrong("--ports must be FROM-TO within 1-65535, not \"%s\"", text);
		return false;
	}
	s->port_from = (uint16_t)from;
	s->port_to = (uint16_t)to;
	return true;
}

static bool read_scope(const struct cli_args *a, struct scope *s)
{
	long page = 0, rate = 0, wait = 0;
	*s = (struct scope){
		.target = cli_value(a, "target", ""),
		.password_file = cli_value(a, "password-file", NULL),
		.records = cli_value(a, "records", NULL),
		.factory_pub = cli_value(a, "factory-pub", NULL),
		.repo = cli_value(a, "repo", NULL),
		.tamper = cli_flag(a, "tamper"),
		.service = cli_value(a, "service", NULL),
		.service_ca = cli_value(a, "service-ca", NULL),
	};
	if (!cli_number(a, "page-port", 1, 65535, 0, &page) ||
	    !cli_number(a, "rate", 10, PROBE_RATE_MAX, PROBE_RATE_DEFAULT, &rate) ||
	    !cli_number(a, "tamper-wait", 1, 3600, PROBE_TAMPER_WAIT_S, &wait) ||
	    !read_ports(cli_value(a, "ports", "1-65535"), s))
		return false;
	s->page_port = (uint16_t)page;
	s->rate = (uint32_t)rate;
	s->tamper_wait_s = wait;
	if (s->tamper && !s->repo) {
		(void)cli_wrong("--tamper needs --repo, the repository of the test rig");
		return false;
	}
	return true;
}

static bool read_only(const struct cli_args *a, const char **only, size_t *ret_n)
{
	size_t n = cli_values(a, "only", only, ONLY_MAX);
	for (size_t i = 0; i < n && i < ONLY_MAX; i++)
		if (!probe_find(only[i])) {
			(void)cli_wrong("there is no probe \"%.64s\"; `hallmark assess --help` lists them", only[i]);
			return false;
		}
	*ret_n = n < ONLY_MAX ? n : ONLY_MAX;
	return true;
}

static void print_list(const struct verdict_set *v, enum verdict_result r, bool mandatory_only, const char *head)
{
	bool first = true;
	for (size_t i = 0; i < v->n; i++) {
		const struct verdict *x = &v->list[i];
		if (x->result != r || (mandatory_only && !x->mandatory))
			continue;
		if (first)
			(void)printf("\n%s\n", head);
		first = false;
		(void)printf("  %-7s %s\n          %s\n", x->provision, x->title, x->reason);
	}
}

/* A recommendation that is not followed, for a reason that the maker gives, is a failed verdict and no failed
 * assessment. */
static int status_of(const struct verdict_set *v, const struct subject *s)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct subject_provision *p = subject_provision(s, v->list[i].provision);
		if (v->list[i].result == VERDICT_FAIL && (v->list[i].mandatory || !p || !p->excused))
			return CLI_NEGATIVE;
	}
	return CLI_OK;
}

static int print_summary(const char *out_dir, const struct subject *subject, bool json)
{
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	CLEANUP(buf_done) struct buf data;
	char path[FILE_PATH_MAX], conclusion[256];
	struct err e = {0};
	buf_init(&data, REPORT_MAX);
	rc r = file_path(path, &e, out_dir, "verdicts.json");
	if (rc_failed(r) || rc_failed(r = stage_load_verdicts(path, &v, NULL, &e)))
		return cli_fail(&e);
	struct verdict_count c = verdict_set_count(v);
	if (json) {
		if (rc_failed(report_json(&(struct report_input){.verdicts = v}, &data, &e)))
			return cli_fail(&e);
		(void)fputs(buf_text(&data), stdout);
		return status_of(v, subject);
	}
	report_conclusion(v, conclusion, sizeof conclusion);
	print_list(v, VERDICT_FAIL, false, "Failed");
	print_list(v, VERDICT_INCONCLUSIVE, true, "Mandatory, and open");
	print_list(v, VERDICT_NOT_JUDGED, true, "Mandatory, and not judged");
	(void)printf("\n%s %s: %u passed, %u failed, %u open, %u not judged, %u do not apply\n%s\n", v->subject.product,
		     v->subject.version, c.by[VERDICT_PASS], c.by[VERDICT_FAIL], c.by[VERDICT_INCONCLUSIVE],
		     c.by[VERDICT_NOT_JUDGED], c.by[VERDICT_NOT_APPLICABLE], conclusion);
	(void)printf("Report: %s/report.html\n", out_dir);
	return status_of(v, subject);
}

static rc issue_label(const struct cli_args *a, const char *out_dir, struct err *ret_no_png, struct err *e)
{
	CLEANUP(privkey_done) struct privkey key = {0};
	char path[FILE_PATH_MAX];
	rc r = cli_keys_label(a, cli_value(a, "label-key", NULL), &key, e);
	if (rc_failed(r) || rc_failed(r = file_path(path, e, out_dir, "verdicts.json")))
		return r;
	const struct signer signer = privkey_signer(&key);
	return stage_label(path, out_dir, &signer, clock_now().wall, ret_no_png, e);
}

static int assess(const struct cli_args *a, struct scope *s, const char *declaration, const char *out_dir)
{
	CLEANUP(subject_free) struct subject *subject = NULL;
	const char *only[ONLY_MAX];
	size_t only_n = 0;
	struct err e = {0};
	bool json = cli_flag(a, "json");
	struct screen screen = {.live = isatty(STDERR_FILENO) && !json, .quiet = json};
	const struct stage_progress progress = {&screen, on_begin, on_text, on_end, on_skipped};
	if (!read_only(a, only, &only_n))
		return CLI_USAGE;
	rc r = subject_load(declaration, clock_now().wall, &subject, &e);
	s->subject = subject;
	if (rc_ok(r) && !cli_flag(a, "judge-only")) {
		if (!json)
			(void)fprintf(stderr, "Looking at %s\n", s->target);
		r = stage_probe(s, only, only_n, out_dir, &progress, &e);
	}
	if (rc_failed(r) || rc_failed(r = stage_judge(subject, out_dir, &e)) ||
	    rc_failed(r = stage_report(out_dir, &e)))
		return cli_fail(&e);
	int status = print_summary(out_dir, subject, json);
	if (!cli_value(a, "label-key", NULL))
		return status;
	struct err no_png = {0};
	r = issue_label(a, out_dir, &no_png, &e);
	if (rc_failed(r)) {
		(void)cli_fail(&e);
		return r.code == ERR_DENIED ? CLI_NEGATIVE : CLI_FAILED;
	}
	if (!json)
		(void)printf("Label:  %s/label.svg\n", out_dir);
	if (no_png.code != ERR_NONE)
		(void)cli_fail(&no_png);
	return status;
}

static int run(const struct cli_args *a)
{
	struct scope s;
	const char *declaration = cli_value(a, "declaration", NULL);
	const char *out_dir = cli_value(a, "out", NULL);
	if (!declaration || !out_dir || (!cli_value(a, "target", NULL) && !cli_flag(a, "judge-only")))
		return cli_wrong("assess needs --declaration, --target and --out");
	return read_scope(a, &s) ? assess(a, &s, declaration, out_dir) : CLI_USAGE;
}

static const struct cli_option options[] = {
	{"declaration", "FILE", "the product's declaration (product.yaml)", false},
	{"target", "HOST", "the one device to look at; nothing else is touched", false},
	{"page-port", "PORT", "port of the owner's page on it", false},
	{"password-file", "FILE", "the owner's password, first line: for the device's signed evidence", false},
	{"records", "FILE", "factory records of the batch: records.jsonl, or a folder of *.json", false},
	{"factory-pub", "FILE", "the factory's public key (PEM), which signed the records", false},
	{"service", "URL", "where the maker's public pages are served, https://HOST[:PORT]", false},
	{"service-ca", "FILE", "CA of that service (PEM); without it its certificate is not checked", false},
	{"repo", "DIR", "update repository of a test rig", false},
	{"tamper", NULL,
	 "leave to change one byte of the metadata, then of the newest image, in --repo for a while; they are put back",
	 false},
	{"tamper-wait", "S", "how long to wait for the device to refuse it (default 90)", false},
	{"ports", "FROM-TO", "TCP ports to try (default 1-65535)", false},
	{"rate", "N", "connections per second at most (default 5000, limit 20000)", false},
	{"only", "PROBE", "run only this probe", true},
	{"judge-only", NULL, "look at nothing: judge OUT/facts.json again", false},
	{"label-key", "FILE", "issue the label with this key, when no mandatory provision failed", false},
	{"passphrase-file", "FILE", "file with the passphrase of the label key", false},
	{"out", "DIR",
	 "folder for facts.json, verdicts.json, the report (HTML, JSON, SARIF, JUnit, OSCAL) and the label", false},
	{"json", NULL, "print the summary for programs", false},
	{0},
};

const struct cli_command cmd_assess = {
	.name = "assess",
	.summary = "look at a product, judge it against EN 303 645, and report",
	.positional = "",
	.details =
		"Probes look and write facts.json; judges read the facts and the declaration and write verdicts.json; "
		"the\n"
		"report and the label are made of these files alone. What could not be looked at is never a pass.\n\n"
		"Limits that are built in: only --target is touched (and --service, --repo, if given); at most --rate\n"
		"connections per second; at most 12 wrong passwords, none after the device has asked to wait; the\n"
		"password probe runs last, because afterwards the device may make the owner wait for some minutes.\n\n"
		"Probes: declaration batch ports tls documents evidence update input passwords\n"
		"Exit: 0 nothing failed but recommendations with a reason, 1 something failed (or no label may be "
		"issued), 3 could not be done\n\n"
		"  hallmark assess --declaration product.yaml --target 192.0.2.7 --page-port 8443 \\\n"
		"      --password-file owner.txt --records keys/batch/records.jsonl --factory-pub keys/factory.pub \\\n"
		"      --out assessment",
	.options = options,
	.run = run,
};
