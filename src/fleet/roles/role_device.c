/* SPDX-License-Identifier: Apache-2.0 */
/* The device role: the only process with the TLS key that devices trust. Reads the repository, writes the database. */
#include <stdlib.h>

#include "fleet/api/api.h"
#include "fleet/roles/data.h"
#include "fleet/roles/role.h"
#include "fleet/rollout/rollout_db.h"
#include "core/base/banned.h"

#define NAME "device"
#define TICK_MS 1000

static void report(void *ctx, const char *text)
{
	(void)ctx;
	role_log(NAME, "%s", text);
}

/* Silence is an event too: nobody else would notice it. */
static void tick(void *ctx, struct now now)
{
	struct api *a = ctx;
	struct err e = {0};
	if (rc_failed(rollout_db_run_all(a->store, now.wall, &e)))
		role_log(NAME, "rollouts: %s", e.text);
}

rc role_device(const char *const args[ROLE_ARG_COUNT], struct err *e)
{
	CLEANUP(role_tls_done) struct role_tls tls = {0};
	STORE_AUTO struct store *st = NULL;
	struct data_paths p;
	rc r = data_paths(args[ROLE_DATA], &p, e);
	if (rc_failed(r) || rc_failed(r = data_open(args[ROLE_DATA], &st, e)) ||
	    rc_failed(r = role_tls_init(&tls, args[ROLE_TLS_CERT], args[ROLE_TLS_KEY], args[ROLE_FACTORY_CA], e)))
		return r;
	if (!tls.context)
		return err_set(e, ERR_INPUT, "the device API is never served without TLS");
	struct api a = {.store = st,
			.repo = args[ROLE_REPO],
			.checkin_s = (uint32_t)strtoul(args[ROLE_CHECKIN_S], NULL, 10),
			.report = report};
	const char *const read_paths[] = {args[ROLE_REPO], NULL}, *const write_paths[] = {p.db_dir, NULL};
	const struct role_serve s = {.name = NAME,
				     .tls = tls.context,
				     .handler = api_handle,
				     .settle = api_settle,
				     .ctx = &a,
				     .body_max = API_BODY_MAX,
				     .sandbox = {.read_paths = read_paths,
						 .write_paths = write_paths,
						 .keep = SANDBOX_FILES | SANDBOX_ACCEPT},
				     .every_ms = TICK_MS,
				     .tick = tick,
				     .channel_fd = -1};
	return role_serve(&s, e);
}
