/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark provision`: the factory step for one unit or a batch. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli_keys.h"
#include "host/os/clock.h"
#include "release/factory.h"
#include "core/base/banned.h"

#define PAGE_PORT 8443

/* HOST:PORT or [V6]:PORT */
static bool split_service(const char *text, char host[FACTORY_HOST_MAX + 1], uint16_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	if (!colon || colon == text)
		return false;
	long port = strtol(colon + 1, &end, 10);
	size_t n = (size_t)(colon - text);
	if (text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (!colon[1] || *end || port < 1 || port > 65535 || n == 0 || n > FACTORY_HOST_MAX)
		return false;
	memcpy(host, text, n);
	host[n] = 0;
	*ret_port = (uint16_t)port;
	return true;
}

static int report(const struct cli_args *a, const struct factory_unit *units, size_t n)
{
	if (!cli_flag(a, "json")) {
		for (size_t i = 0; i < n; i++)
			(void)printf("%s  %s  label %s\n", units[i].id, units[i].dir, units[i].label);
		return CLI_OK;
	}
	JSON_AUTO json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "device", units[i].id, "dir",
							    units[i].dir, "label", units[i].label));
	return cli_keys_json(json_pack("{s:O}", "units", list));
}

static int provision(const struct cli_args *a, struct factory_run *f)
{
	struct err e = {0};
	CLEANUP(secret_done) struct secret passphrase = {0};
	MEM_AUTO struct factory_unit *units = NULL;
	size_t n = 0;
	rc r = cli_keys_passphrase(a, f->keys_dir, &passphrase, &e);
	f->passphrase = secret_view(&passphrase);
	f->now = clock_now().wall;
	if (rc_ok(r))
		r = factory_provision(f, &units, &n, &e);
	return rc_failed(r) ? cli_fail(&e) : report(a, units, n);
}

static int run(const struct cli_args *a)
{
	char host[FACTORY_HOST_MAX + 1];
	long count = 0, page_port = 0;
	const char *service = cli_value(a, "service", NULL);
	struct factory_run f = {
		.keys_dir = cli_value(a, "keys", NULL),
		.repo_dir = cli_value(a, "repo", NULL),
		.batch_dir = cli_value(a, "batch", NULL),
		.out_dir = cli_value(a, "out", NULL),
		.model = cli_value(a, "model", NULL),
		.maker = cli_value(a, "maker", NULL),
		.page_host = cli_value(a, "page-host", NULL),
		.id = cli_value(a, "id", NULL),
		.service_host = host,
	};
	if (!f.keys_dir || !f.out_dir || !f.model || !f.maker || !service)
		return cli_wrong("provision needs --keys, --service, --model, --maker and --out");
	if (!split_service(service, host, &f.service_port))
		return cli_wrong("--service must be HOST:PORT, not \"%s\"", service);
	if (!cli_number(a, "count", 1, FACTORY_UNITS_MAX, 0, &count) ||
	    !cli_number(a, "page-port", 1, 65535, PAGE_PORT, &page_port))
		return CLI_USAGE;
	f.count = (size_t)count;
	f.page_port = (uint16_t)page_port;
	return provision(a, &f);
}

static const struct cli_option options[] = {
	{"keys", "DIR", "the keys folder", false},
	{"repo", "DIR", "the repository whose newest root the unit trusts first (default: the first root of the keys)",
	 false},
	{"service", "HOST:PORT", "where the unit finds the fleet service", false},
	{"model", "NAME", "model, a plain name", false},
	{"maker", "TEXT", "the maker's name", false},
	{"out", "DIR", "the new device folder; with --count the folder of the device folders", false},
	{"id", "ID", "id of the one unit (default: made up)", false},
	{"count", "N", "make a batch of N units", false},
	{"page-host", "IP", "address of the owner's page, for its certificate and the label (default: ID.local)",
	 false},
	{"page-port", "PORT", "port of the owner's page (default 8443)", false},
	{"batch", "DIR", "where records.jsonl and labels/ grow (default: KEYS/batch)", false},
	CLI_KEYS_PASSPHRASE_OPTION,
	{"json", NULL, "print for programs", false},
	{0},
};

const struct cli_command cmd_provision = {
	.name = "provision",
	.summary = "give units their identity, keys and set-up password",
	.positional = "",
	.details = "Makes the factory folder of each unit, its signed record (for hallmark-fleet import) and the label "
		   "with the\n"
		   "QR code and the set-up password. The password is on the label and nowhere else. A batch is checked "
		   "for\n"
		   "duplicates and for an even spread before any unit of it appears.\n\n"
		   "  hallmark provision --keys keys --repo repo --service fleet.example.com:443 --model lumen-cam \\\n"
		   "      --maker 'Lumen Ltd' --out unit1 --id lumen-cam-0001",
	.options = options,
	.run = run,
};
