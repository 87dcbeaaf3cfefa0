/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmark tuf`: the TUF client alone, against any TUF repository, with the command line that the public conformance
 * suite calls. Every failure is exit status 1 here, because that suite knows no other.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/cli_tuf_download.h"
#include "cli/cli_tuf_io.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define TARGETS_MAX 256 /* as many as cli.c takes arguments */

static int failed(const struct err *e)
{
	(void)cli_fail(e);
	return CLI_NEGATIVE;
}

static int run_init(const struct cli_args *a)
{
	struct err e = {0};
	if (!cli_at(a, 1))
		return cli_wrong("init needs the root to trust: hallmark tuf --metadata-dir DIR init ROOT");
	return rc_ok(cli_tuf_io_init(cli_value(a, "metadata-dir", ""), cli_at(a, 1), &e)) ? CLI_OK : failed(&e);
}

static rc open_and_refresh(const struct cli_args *a, struct cli_tuf_io *u, struct err *e)
{
	const struct wall_time start = clock_now().wall; /* once: every expiry is judged at this time */
	rc r = cli_tuf_io_open(cli_value(a, "metadata-dir", ""), cli_value(a, "metadata-url", ""), u, e);
	return rc_ok(r) ? cli_tuf_io_refresh(u, start, e) : r;
}

static int run_refresh(const struct cli_args *a)
{
	CLEANUP(cli_tuf_io_done) struct cli_tuf_io u = {0};
	struct err e = {0};
	if (!cli_value(a, "metadata-url", NULL))
		return cli_wrong("refresh needs --metadata-url");
	if (rc_failed(open_and_refresh(a, &u, &e)))
		return failed(&e);
	const struct tuf_versions v = tuf_versions(u.tuf);
	(void)printf("root %lld, timestamp %lld, snapshot %lld, targets %lld\n", (long long)v.root,
		     (long long)v.timestamp, (long long)v.snapshot, (long long)v.targets);
	return CLI_OK;
}

static rc download_one(struct cli_tuf_io *u, struct cli_tuf_http *server, const char *name, const char *dir,
		       struct err *e)
{
	CLEANUP(tuf_target_done) struct tuf_target t = {0};
	char path[FILE_PATH_MAX];
	bool kept = false;
	rc r = cli_tuf_io_lookup(u, name, &t, e);
	if (rc_ok(r))
		r = cli_tuf_download(server, &t, dir, path, &kept, e);
	if (rc_ok(r))
		(void)printf("%s: %s, listed by %s, %s\n", name, path, t.role, kept ? "there already" : "fetched");
	return rc_failed(r) ? err_wrap(e, "target %s", name) : r;
}

static int run_download(const struct cli_args *a)
{
	CLEANUP(cli_tuf_io_done) struct cli_tuf_io u = {0};
	CLEANUP(cli_tuf_http_done) struct cli_tuf_http server = {0};
	struct err e = {0};
	const char *names[TARGETS_MAX], *dir = cli_value(a, "target-dir", NULL);
	const char *base = cli_value(a, "target-base-url", NULL);
	size_t n = cli_values(a, "target-name", names, ARRAY_LEN(names));
	if (!cli_value(a, "metadata-url", NULL) || !n || !base || !dir)
		return cli_wrong("download needs --metadata-url, --target-name, --target-base-url and --target-dir");
	rc r = cli_tuf_http_parse(base, &server, &e);
	if (rc_ok(r))
		r = open_and_refresh(a, &u, &e);
	for (size_t i = 0; rc_ok(r) && i < n; i++)
		r = download_one(&u, &server, names[i], dir, &e);
	return rc_ok(r) ? CLI_OK : failed(&e);
}

static int run(const struct cli_args *a)
{
	static const struct {
		const char *name;
		size_t arguments;
		int (*run)(const struct cli_args *a);
	} verbs[] = {{"init", 2, run_init}, {"refresh", 1, run_refresh}, {"download", 1, run_download}};
	if (!cli_value(a, "metadata-dir", NULL))
		return cli_wrong("tuf needs --metadata-dir, the folder with what is trusted");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, cli_at(a, 0)) != 0)
			continue;
		if (cli_count(a) > verbs[i].arguments)
			return cli_wrong("tuf %s: not expected: %s", verbs[i].name, cli_at(a, verbs[i].arguments));
		return verbs[i].run(a);
	}
	return cli_wrong("tuf knows init, refresh and download, not \"%s\"", cli_at(a, 0));
}

static const struct cli_option options[] = {
	{"metadata-dir", "DIR", "trusted metadata, kept from run to run", false},
	{"metadata-url", "URL", "where the repository's metadata is: http://HOST[:PORT]/PATH", false},
	{"target-name", "NAME", "a target to download", true},
	{"target-base-url", "URL", "where the repository's targets are", false},
	{"target-dir", "DIR", "where to put them: NAME, percent-encoded", false},
	{0},
};

const struct cli_command cmd_tuf = {
	.name = "tuf",
	.summary = "a TUF client for any repository: trust a root, refresh, download targets",
	.positional = "init ROOT | refresh | download",
	.positional_min = 1,
	.positional_max = 2,
	.details = "The client that devices have, on the command line that the TUF project's conformance suite calls\n"
		   "(specification 1.0.34). init trusts a root, refresh brings the metadata up to date, download "
		   "refreshes,\n"
		   "finds each target, through delegations too, and fetches it unless the target folder has it. The "
		   "first\n"
		   "target that cannot be had ends it. What was trusted before a failure still is.\n\n"
		   "  hallmark tuf --metadata-dir tuf init root.json\n"
		   "  hallmark tuf --metadata-dir tuf --metadata-url http://127.0.0.1:8000/metadata refresh\n"
		   "  hallmark tuf --metadata-dir tuf --metadata-url http://127.0.0.1:8000/metadata --target-name "
		   "cam.img \\\n"
		   "      --target-base-url http://127.0.0.1:8000/targets --target-dir . download\n\n"
		   "Exit status of this command: 0 good, 1 any failure, 2 wrong call.",
	.options = options,
	.run = run,
};
