/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timestamp role: the only process of the service that holds a key of the repository, and all it does with it is to
 * make the same timestamp valid for longer. It has no network and talks to nobody; what it did or could not do stands
 * in a file that the operator's page shows.
 */
#include <signal.h>

#include "fleet/roles/data.h"
#include "fleet/roles/role.h"
#include "fleet/stamp/stamp.h"
#include "host/keys/keyfile.h"
#include "host/os/loop.h"
#include "core/base/banned.h"

#define NAME "timestamp"
#define LOOK_MS 60000

struct stamping {
	struct loop *loop;
	struct stamp_desk desk;
	struct data_paths paths;
	struct stamp_status status;
	char said[STAMP_TEXT_SIZE]; /* the failure that was logged last: once, not every minute */
	struct err failure;
};

static void tell(struct stamping *s)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, STAMP_STATUS_MAX);
	rc r = stamp_status_encode(&s->status, &text, &e);
	if (rc_ok(r))
		r = file_write_atomic(s->paths.stamp_status, buf_view(&text), 0644, &e);
	if (rc_failed(r))
		role_log(NAME, "status: %s", e.text);
}

static void look(void *ctx, struct now now)
{
	struct stamping *s = ctx;
	struct err e = {0};
	struct loop_watch *w = NULL;
	int64_t before = s->status.version;
	rc r = stamp_round(&s->desk, now.wall, &s->status, &e);
	if (r.code != ERR_BUSY) { /* the maker is at work; in a minute it is our turn */
		if (rc_failed(r) && strcmp(s->said, s->status.failure) != 0)
			role_log(NAME, "the timestamp cannot be renewed: %s", e.text);
		if (rc_ok(r) && before && s->status.version != before)
			role_log(NAME, "timestamp %lld is in force", (long long)s->status.version);
		memcpy(s->said, s->status.failure, sizeof s->said);
		tell(s);
	}
	if (rc_failed(loop_timer(s->loop, LOOK_MS, look, s, &w, &s->failure)))
		loop_stop(s->loop);
}

static void on_stop(void *ctx, int signo, struct now now)
{
	struct stamping *s = ctx;
	(void)signo, (void)now;
	loop_stop(s->loop);
}

static rc run(struct stamping *s, const struct sandbox *sandbox, struct err *e)
{
	struct sandbox_state state = {0};
	struct loop_watch *w = NULL;
	rc r = loop_signal(s->loop, SIGTERM, on_stop, s, e);
	if (rc_ok(r))
		r = loop_signal(s->loop, SIGINT, on_stop, s, e);
	if (rc_ok(r))
		r = loop_timer(s->loop, 0, look, s, &w, e);
	if (rc_ok(r))
		r = sandbox_enter(sandbox, &state, e);
	if (rc_failed(r))
		return r;
	role_log(NAME, "ready; sandbox: seccomp %s, landlock %s, no new privileges %s", state.seccomp ? "on" : "OFF",
		 state.landlock ? "on" : "not in this kernel", state.no_new_privs ? "on" : "OFF");
	r = loop_run(s->loop, e);
	if (rc_ok(r) && s->failure.code != ERR_NONE) {
		*e = s->failure;
		return (rc){s->failure.code};
	}
	return r;
}

rc role_timestamp(const char *const args[ROLE_ARG_COUNT], struct err *e)
{
	CLEANUP(privkey_done) struct privkey key = {0};
	struct stamping s = {0};
	rc r = data_paths(args[ROLE_DATA], &s.paths, e);
	if (rc_ok(r))
		r = keyfile_load(args[ROLE_TLS_KEY], bytes_of(NULL, 0), &key, e);
	if (rc_ok(r))
		r = file_make_dir(s.paths.stamp_dir, 0755, e);
	if (rc_ok(r))
		r = loop_new(&s.loop, e);
	if (rc_failed(r))
		return err_wrap(e, "timestamp key");
	struct signer signer = privkey_signer(&key);
	s.desk = (struct stamp_desk){.repo = args[ROLE_REPO], .state = s.paths.stamp_dir, .signer = &signer};
	/* The repository as a whole: its folder of metadata is another one after a new root. */
	const char *const write_paths[] = {args[ROLE_REPO], s.paths.stamp_dir, NULL};
	const struct sandbox sandbox = {.write_paths = write_paths, .keep = SANDBOX_FILES};
	r = run(&s, &sandbox, e);
	loop_free(s.loop);
	return r;
}
