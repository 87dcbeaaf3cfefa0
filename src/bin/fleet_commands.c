/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments in, one call into the fleet, words out. Each command: its options, its run, its row. */
#include "bin/fleet_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "fleet/disclosure/case_db.h"
#include "fleet/registry/registry_db.h"
#include "fleet/roles/admin.h"
#include "fleet/roles/data.h"
#include "fleet/roles/service.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define LIST_MAX 1000
#define PERSON "the command line"

static int run_init(const struct cli_args *a)
{
	struct err e = {0};
	char password[ADMIN_PASSWORD_SIZE];
	const struct admin_init i = {.dir = cli_at(a, 0),
				     .company = cli_value(a, "company", "Our company"),
				     .contact = cli_value(a, "contact", ""),
				     .url = cli_value(a, "url", "https://localhost")};
	if (rc_failed(admin_init(&i, clock_now().wall, password, &e)))
		return cli_fail(&e);
	(void)printf("made %s\noperator password (shown only now): %s\nedit %s/site.json: company, contact, products\n",
		     i.dir, password, i.dir);
	return CLI_OK;
}

static const struct cli_option init_options[] = {
	{"company", "NAME", "who the public pages speak for", false},
	{"contact", "URL", "mailto: or https: contact beside the form", false},
	{"url", "URL", "public address of the pages, without a final slash", false},
	{0},
};

static const struct cli_command cmd_init = {
	.name = "init",
	.summary = "make the service's data folder and the operator password",
	.positional = "DATA",
	.positional_min = 1,
	.positional_max = 1,
	.details = "The password is printed once and kept only as an Argon2id hash.",
	.options = init_options,
	.run = run_init,
};

static int run_import(const struct cli_args *a)
{
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	struct admin_imported got = {0};
	const char *pub = cli_value(a, "factory-pub", NULL);
	if (!pub) {
		(void)fprintf(stderr, "hallmark-fleet: import needs --factory-pub KEY\n");
		return CLI_USAGE;
	}
	if (rc_failed(data_open(cli_at(a, 0), &st, &e)) ||
	    rc_failed(admin_import(st, cli_at(a, 1), pub, clock_now().wall, &got, &e)))
		return cli_fail(&e);
	(void)printf("%zu devices added, %zu were known\n", got.added, got.known);
	return CLI_OK;
}

static const struct cli_option import_options[] = {
	{"factory-pub", "KEY", "public key of the factory (PEM): every record must be signed with it", false},
	{0},
};

static const struct cli_command cmd_import = {
	.name = "import",
	.summary = "bring in the factory's signed device records",
	.positional = "DATA RECORDS",
	.positional_min = 2,
	.positional_max = 2,
	.details = "RECORDS is the factory's records.jsonl. All lines are taken, or none.",
	.options = import_options,
	.run = run_import,
};

static int run_serve(const struct cli_args *a)
{
	static const char *const needed[] = {"repo", "tls-cert", "tls-key", "factory-ca"};
	struct err e = {0};
	long checkin_s = 0;
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!cli_value(a, needed[i], NULL)) {
			(void)fprintf(stderr, "hallmark-fleet: serve needs --%s\n", needed[i]);
			return CLI_USAGE;
		}
	if (!cli_number(a, "checkin-s", 1, 604800, 300, &checkin_s))
		return CLI_USAGE;
	const struct service_config c = {.data = cli_at(a, 0),
					 .repo = cli_value(a, "repo", ""),
					 .timestamp_key = cli_value(a, "timestamp-key", ""),
					 .tls_cert = cli_value(a, "tls-cert", ""),
					 .tls_key = cli_value(a, "tls-key", ""),
					 .factory_ca = cli_value(a, "factory-ca", ""),
					 .page_cert = cli_value(a, "page-tls-cert", ""),
					 .page_key = cli_value(a, "page-tls-key", ""),
					 .compiled = cli_value(a, "compiled", ""),
					 .device_listen = cli_value(a, "device-listen", "0.0.0.0:8443"),
					 .public_listen = cli_value(a, "public-listen", "127.0.0.1:8080"),
					 .operator_listen = cli_value(a, "operator-listen", "127.0.0.1:8081"),
					 .checkin_s = (uint32_t)checkin_s};
	return rc_failed(service_run(&c, &e)) ? cli_fail(&e) : CLI_OK;
}

static const struct cli_option serve_options[] = {
	{"repo", "DIR", "TUF repository that `hallmark release` makes", false},
	{"timestamp-key", "FILE",
	 "a timestamp key of the repository, unsealed, mode 0600: the timestamp is signed anew before it expires",
	 false},
	{"tls-cert", "FILE", "certificate of the device API, from the service CA", false},
	{"tls-key", "FILE", "its key", false},
	{"factory-ca", "FILE", "CA of the devices' certificates", false},
	{"device-listen", "IP:PORT", "device API (default 0.0.0.0:8443)", false},
	{"public-listen", "IP:PORT", "public pages (default 127.0.0.1:8080)", false},
	{"operator-listen", "IP:PORT", "operator pages (default 127.0.0.1:8081)", false},
	{"page-tls-cert", "FILE", "certificate of public and operator pages; without it plain HTTP, behind a proxy",
	 false},
	{"page-tls-key", "FILE", "its key", false},
	{"compiled", "DIR", "folder of `hallmark compile`: its security.txt and support period are shown", false},
	{"checkin-s", "N", "how often devices check in, about (default 300)", false},
	{0},
};

static const struct cli_command cmd_serve = {
	.name = "serve",
	.summary = "run the service: device API, public pages, operator pages",
	.positional = "DATA",
	.positional_min = 1,
	.positional_max = 1,
	.details = "Three processes, each in its own sandbox: the device API holds its TLS key and the repository, the "
		   "public\n"
		   "pages hold nothing, the operator pages hold the key of the vulnerability reports. Port 0 picks a "
		   "free one;\n"
		   "the addresses are printed. SIGTERM finishes what runs and ends.",
	.options = serve_options,
	.run = run_serve,
};

static int say_rollout(struct store *st, const struct rollout_row *row)
{
	struct err e = {0};
	MEM_AUTO struct rollout_record *list = NULL;
	size_t n = 0;
	const struct rollout_view *v = &row->view;
	if (rc_failed(rollout_db_decisions(st, row->id, LIST_MAX, &list, &n, &e)))
		return cli_fail(&e);
	(void)printf("rollout %lld: %s to %s, %s, wave %zu of %zu\n", (long long)row->id, v->version, row->model,
		     rollout_state_name(v->state), v->wave + 1, v->rule.waves_n);
	for (size_t w = 0; w < v->rule.waves_n; w++)
		(void)printf("  wave %zu: %u devices, %u confirmed, %u failed, %u on their way, %u to come\n", w + 1,
			     v->waves[w].members, v->waves[w].confirmed, v->waves[w].failed, v->waves[w].in_flight,
			     v->waves[w].waiting);
	for (size_t i = 0; i < n; i++) {
		char time[RFC3339_TIME_SIZE];
		rfc3339_time(list[i].at, time);
		(void)printf("  %s  %s\n", time, list[i].decision.text);
	}
	return CLI_OK;
}

static json_t *waves_json(const struct rollout_view *v)
{
	json_t *waves = json_array();
	for (size_t w = 0; w < v->rule.waves_n; w++)
		(void)json_array_append_new(
			waves, json_pack("{s:i,s:i,s:i,s:i,s:i}", "devices", (int)v->waves[w].members, "confirmed",
					 (int)v->waves[w].confirmed, "failed", (int)v->waves[w].failed, "in_flight",
					 (int)v->waves[w].in_flight, "waiting", (int)v->waves[w].waiting));
	return waves;
}

static json_t *rollout_json(struct store *st, const struct rollout_row *row)
{
	MEM_AUTO struct rollout_record *list = NULL;
	MEM_AUTO struct rollout_member *members = NULL;
	size_t n = 0, members_n = 0;
	struct err e = {0};
	json_t *decisions = json_array(), *devices = json_array();
	if (rc_ok(rollout_db_decisions(st, row->id, LIST_MAX, &list, &n, &e)))
		for (size_t i = 0; i < n; i++) {
			char time[RFC3339_TIME_SIZE];
			const struct rollout_decision *d = &list[i].decision;
			rfc3339_time(list[i].at, time);
			(void)json_array_append_new(
				decisions, json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:f,s:s,s:s}", "at", time, "kind",
						     rollout_decision_name(d->kind), "state",
						     rollout_state_name(d->state), "reports", (int)d->reports, "failed",
						     (int)d->failed, "needed", (int)d->needed, "log_e", d->log_e,
						     "text", d->text, "evidence", list[i].evidence));
		}
	if (rc_ok(rollout_db_members(st, row->id, LIST_MAX, &members, &members_n, &e)))
		for (size_t i = 0; i < members_n; i++)
			(void)json_array_append_new(devices,
						    json_pack("{s:s,s:i,s:s,s:s,s:s}", "device", members[i].device,
							      "wave", (int)members[i].wave + 1, "outcome",
							      rollout_outcome_name(members[i].outcome), "boot",
							      members[i].boot, "detail", members[i].detail));
	return json_pack("{s:I,s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:o}", "id", (json_int_t)row->id, "target", row->target,
			 "version", row->view.version, "model", row->model, "state",
			 rollout_state_name(row->view.state), "wave", (int)row->view.wave + 1, "waves",
			 waves_json(&row->view), "devices", devices, "decisions", decisions);
}

static int print_json(json_t *take)
{
	JSON_AUTO json_t *j = take;
	CLEANUP(buf_done) struct buf out;
	struct err e = {0};
	buf_init(&out, 64 * MIB);
	if (!j)
		(void)err_set(&e, ERR_MEMORY, "out of memory");
	if (!j || rc_failed(json_codec_pretty(j, &out, &e)))
		return cli_fail(&e);
	(void)fputs(buf_text(&out), stdout);
	return CLI_OK;
}

static int rollout_status(const struct cli_args *a, struct store *st, int64_t id)
{
	struct err e = {0};
	int64_t ids[64] = {id};
	size_t n = 1;
	int result = CLI_OK;
	json_t *all = cli_flag(a, "json") ? json_array() : NULL;
	if (id == 0 && rc_failed(rollout_db_list(st, ids, ARRAY_LEN(ids), &n, &e)))
		return cli_fail(&e);
	for (size_t i = 0; i < n && result == CLI_OK; i++) {
		struct rollout_row row;
		if (rc_failed(rollout_db_get(st, ids[i], &row, &e)))
			result = cli_fail(&e);
		else if (all)
			(void)json_array_append_new(all, rollout_json(st, &row));
		else
			result = say_rollout(st, &row);
	}
	if (!all)
		return n ? result : (printf("no rollout yet\n"), CLI_OK);
	if (result == CLI_OK)
		return print_json(all);
	json_decref(all);
	return result;
}

/* "0.5" percent: digits with one point, above 0 and below 50. */
static bool read_percent(const struct cli_args *a, const char *name, double fallback, double *ret)
{
	char *end = NULL;
	const char *text = cli_value(a, name, NULL);
	if (!text) {
		*ret = fallback;
		return true;
	}
	double v = strtod(text, &end);
	if (end == text || *end || !(v > 0 && v < 50)) {
		(void)fprintf(stderr, "hallmark-fleet: --%s must lie between 0 and 50 (percent)\n", name);
		return false;
	}
	*ret = v / 100;
	return true;
}

static int rollout_start(const struct cli_args *a, struct store *st)
{
	struct err e = {0};
	struct rollout_rule rule;
	int64_t id = 0;
	long gate = 0, silence = 0, join = 0, flight = 0;
	rollout_rule_init(&rule);
	if (!cli_value(a, "target", NULL) || !cli_value(a, "version", NULL)) {
		(void)fprintf(stderr, "hallmark-fleet: rollout start needs --target NAME and --version V\n");
		return CLI_USAGE;
	}
	if (!cli_number(a, "gate", 50, 100, rule.gate_percent, &gate) ||
	    !cli_number(a, "silence-s", 1, 30 * 86400, rule.silence_s, &silence) ||
	    !cli_number(a, "join-s", 1, 365 * 86400, rule.join_s, &join) ||
	    !cli_number(a, "in-flight", 1, 1000000, rule.in_flight_max, &flight) ||
	    !read_percent(a, "tolerated", rule.tolerated, &rule.tolerated) ||
	    !read_percent(a, "false-halt", rule.false_halt, &rule.false_halt))
		return CLI_USAGE;
	rule.gate_percent = (uint32_t)gate;
	rule.silence_s = (uint32_t)silence;
	rule.join_s = (uint32_t)join;
	rule.in_flight_max = (uint32_t)flight;
	const struct admin_rollout start = {.target = cli_value(a, "target", NULL),
					    .version = cli_value(a, "version", NULL),
					    .model = cli_value(a, "model", NULL),
					    .rule = &rule};
	if (rc_failed(rollout_waves_parse(cli_value(a, "waves", "100%"), &rule, &e)) ||
	    rc_failed(admin_rollout_start(st, &start, clock_now().wall, &id, &e)))
		return cli_fail(&e);
	(void)printf("rollout %lld started\n", (long long)id);
	return CLI_OK;
}

static int run_rollout(const struct cli_args *a)
{
	static const struct {
		const char *word, *done;
		enum rollout_verb verb;
	} verbs[] = {{"pause", "paused", ROLLOUT_PAUSE},
		     {"resume", "resumed", ROLLOUT_RESUME},
		     {"abort", "aborted", ROLLOUT_ABORT}};
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	const char *action = cli_at(a, 0);
	long id = 0;
	if (!cli_number(a, "id", 1, 1000000000, 0, &id))
		return CLI_USAGE;
	if (rc_failed(data_open(cli_at(a, 1), &st, &e)))
		return cli_fail(&e);
	if (strcmp(action, "start") == 0)
		return rollout_start(a, st);
	if (strcmp(action, "status") == 0)
		return rollout_status(a, st, id);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		const struct rollout_order o = {id, verbs[i].verb, PERSON, cli_value(a, "note", "")};
		if (strcmp(action, verbs[i].word) != 0)
			continue;
		if (rc_failed(admin_rollout_person(st, &o, clock_now().wall, &e)))
			return cli_fail(&e);
		(void)printf("%s\n", verbs[i].done);
		return CLI_OK;
	}
	return cli_wrong("rollout start, status, pause, resume or abort; not \"%s\"", action);
}

static const struct cli_option rollout_options[] = {
	{"target", "NAME", "start: TUF target of the image, MODEL-os-VERSION.img", false},
	{"version", "V", "start: its version", false},
	{"model", "M", "start: which model (default: from the target's name)", false},
	{"waves", "LIST", "start: how far each wave reaches, as 1,10%,100% (default 100%)", false},
	{"gate", "N", "start: percent of a wave that must confirm before the next (default 90)", false},
	{"tolerated", "P", "start: percent of failures that is still healthy (default 2)", false},
	{"false-halt", "P", "start: percent chance of ever halting a healthy release (default 1)", false},
	{"silence-s", "N", "start: offered and silent for so long is a failure (default 3600)", false},
	{"join-s", "N", "start: a device that never asks holds up nobody after this (default 86400)", false},
	{"in-flight", "N", "start: at most so many devices at once (default 100)", false},
	{"id", "N", "which rollout (default: the one that is not over)", false},
	{"note", "TEXT", "pause, resume, abort: the reason, kept on record; needed to resume a halted one", false},
	{"json", NULL, "status: as JSON", false},
	{0},
};

static const struct cli_command cmd_rollout = {
	.name = "rollout",
	.summary = "start, watch and stop rollouts",
	.positional = "start|status|pause|resume|abort DATA",
	.positional_min = 2,
	.positional_max = 2,
	.details =
		"A wave goes only when enough devices of the one before have booted the release and report every "
		"health\n"
		"check good. Going back, bad health and silence are failures; the rollout stops itself on evidence.\n\n"
		"  hallmark-fleet rollout start DATA --target cam1-os-1.1.0.img --version 1.1.0 --waves 1,100%",
	.options = rollout_options,
	.run = run_rollout,
};

static int run_order_erase(const struct cli_args *a)
{
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	if (rc_failed(data_open(cli_at(a, 0), &st, &e)) ||
	    rc_failed(admin_order_erase(st, cli_at(a, 1), clock_now().wall, &e)))
		return cli_fail(&e);
	(void)printf("ordered: %s erases its personal data at its next check-in and sends a receipt\n", cli_at(a, 1));
	return CLI_OK;
}

static const struct cli_command cmd_order_erase = {
	.name = "order-erase",
	.summary = "have a device erase its personal data",
	.positional = "DATA DEVICE",
	.positional_min = 2,
	.positional_max = 2,
	.details = "The order stands until the device's signed receipt says that the key is destroyed.",
	.run = run_order_erase,
};

static json_t *device_json(const struct registry_device *d)
{
	char seen[RFC3339_TIME_SIZE] = "";
	if (d->last_seen.s)
		rfc3339_time(d->last_seen, seen);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s}", "device", d->id, "model", d->model, "version",
			 d->version, "state", d->state, "mode", d->mode, "reason", d->reason, "failed_version",
			 d->failed_version, "last_seen", seen, "key_grade", d->key_grade, "erase_ordered",
			 (int)d->erase_ordered, "cause", d->cause);
}

static json_t *cases_json(struct store *st)
{
	MEM_AUTO struct case_row *list = NULL;
	struct err e = {0};
	size_t n = 0;
	json_t *cases = json_array();
	if (rc_ok(case_db_list(st, LIST_MAX, &list, &n, &e)))
		for (size_t i = 0; i < n; i++) {
			char received[RFC3339_TIME_SIZE];
			rfc3339_time(list[i].received, received);
			(void)json_array_append_new(cases, json_pack("{s:s,s:s,s:s}", "number", list[i].number, "state",
								     disclosure_state_name(list[i].state), "received",
								     received));
		}
	return cases;
}

static int run_status(const struct cli_args *a)
{
	struct err e = {0};
	STORE_AUTO struct store *st = NULL;
	MEM_AUTO struct registry_device *list = NULL;
	size_t n = 0;
	if (rc_failed(data_open(cli_at(a, 0), &st, &e)) ||
	    rc_failed(registry_db_list(st, NULL, LIST_MAX, &list, &n, &e)))
		return cli_fail(&e);
	if (cli_flag(a, "json")) {
		json_t *devices = json_array();
		for (size_t i = 0; i < n; i++)
			(void)json_array_append_new(devices, device_json(&list[i]));
		return print_json(json_pack("{s:i,s:o,s:o}", "v", 1, "devices", devices, "cases", cases_json(st)));
	}
	(void)printf("%-24s %-14s %-12s %-10s %-10s %s\n", "DEVICE", "MODEL", "VERSION", "MODE", "STATE", "LAST SEEN");
	for (size_t i = 0; i < n; i++) {
		char seen[RFC3339_TIME_SIZE] = "never";
		if (list[i].last_seen.s)
			rfc3339_time(list[i].last_seen, seen);
		(void)printf("%-24s %-14s %-12s %-10s %-10s %s\n", list[i].id, list[i].model, list[i].version,
			     list[i].mode, list[i].state, seen);
	}
	return CLI_OK;
}

static const struct cli_option status_options[] = {{"json", NULL, "as JSON, with the cases' numbers and states", false},
						   {0}};

static const struct cli_command cmd_status = {
	.name = "status",
	.summary = "show the devices, those in trouble first",
	.positional = "DATA",
	.positional_min = 1,
	.positional_max = 1,
	.details = "At most 1000 devices are listed.",
	.options = status_options,
	.run = run_status,
};

const struct cli_command *const fleet_commands[] = {
	&cmd_init, &cmd_import, &cmd_serve, &cmd_rollout, &cmd_order_erase, &cmd_status, NULL,
};
