/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent role: starts the others, does the root verbs for the engine, and ends them all together. It has no
 * connection to any network and reads nothing that came from one. A role that dies takes the others with it; the parent
 * starts them anew, ever more slowly, and at last gives up with a failure that the machine's init sees.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/roles/device.h"
#include "agent/roles/hallmarkd.h"
#include "agent/roles/messages.h"
#include "agent/roles/parent_dirs.h"
#include "agent/roles/parent_firewall.h"
#include "agent/roles/parent_page.h"
#include "agent/roles/parent_worker.h"
#include "agent/roles/verbs.h"
#include "core/base/mem.h"
#include "host/os/chance.h"
#include "host/os/channel.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "host/os/loop.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

#define STOP_MS 2000 /* for a role to end by itself */
#define STOP_POLL_US 5000
#define QUICK_MS 60000 /* a session shorter than this counts as a quick failure */
#define QUICK_MAX 5
#define ARG_SIZE 16

enum child { CHILD_ENGINE, CHILD_NET, CHILD_GUARD, CHILD_LOCAL, CHILD_COUNT };

static const char *const child_names[CHILD_COUNT] = {"engine", "net", "guard", "local"};
static const char *const child_suffixes[CHILD_COUNT] = {HALLMARKD_ENGINE_SUFFIX, HALLMARKD_TLS_SUFFIX, "",
							HALLMARKD_TLS_SUFFIX};

struct session {
	const struct hallmarkd_options *options;
	struct loop *loop;
	struct verbs verbs;
	pid_t pids[CHILD_COUNT]; /* 0: not running */
	int engine_fd;
	int ends[CHILD_COUNT][2];    /* channels engine - other; [CHILD_ENGINE]: parent - engine; given away at start */
	struct parent_worker worker; /* runs only while something is installed */
	int worker_end;		     /* the engine's end of its channel; given away at start */
	struct parent_page page;
	struct buf message, reply;
	int exit_code;
};

static void end_session(struct session *s, int code)
{
	s->exit_code = code;
	loop_stop(s->loop);
}

static void on_engine(void *ctx, uint32_t events, struct now now)
{
	struct session *s = ctx;
	struct err e = {0};
	uint16_t type = 0;
	(void)events, (void)now;
	rc r = channel_receive(s->engine_fd, 0, &type, &s->message, &e);
	if (r.code == ERR_TIMEOUT)
		return;
	buf_reset(&s->reply);
	if (rc_ok(r))
		r = verbs_handle(&s->verbs, type, buf_view(&s->message), &s->reply, &e);
	if (rc_ok(r))
		r = channel_post(s->engine_fd, VERB_ANSWER, buf_view(&s->reply), &e);
	if (rc_failed(r)) {
		hallmarkd_log("parent", "%s", e.text);
		end_session(s, HALLMARKD_FAILED);
	} else if (s->verbs.reboot) {
		hallmarkd_log("parent", "reboot: %s", s->verbs.why);
		end_session(s, HALLMARKD_REBOOT);
	}
}

static const char *how_it_ended(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(out, size, "killed by signal %d", WTERMSIG(status));
	else
		(void)snprintf(out, size, "exit status %d", WEXITSTATUS(status));
	return out;
}

/* Without its page the device is not what it should be: all anew. */
static void check_page(struct session *s, rc r, const struct err *e)
{
	if (rc_ok(r))
		return;
	hallmarkd_log("parent", "owner's page: %s", e->text);
	end_session(s, HALLMARKD_FAILED);
}

static void await_owner(struct session *s)
{
	struct err e = {0};
	check_page(s, parent_page_wait(&s->page, &e), &e);
}

static void reap(struct session *s, bool expected)
{
	int status;
	pid_t pid;
	char how[48];
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->worker.pid) { /* the engine finds out, and does without it */
			parent_worker_ended(&s->worker);
			hallmarkd_log("parent", "worker ended: %s", how_it_ended(status, how, sizeof how));
		}
		for (int i = 0; i < CHILD_COUNT; i++) {
			if (s->pids[i] != pid)
				continue;
			s->pids[i] = 0;
			if (i == CHILD_LOCAL && WIFEXITED(status) && WEXITSTATUS(status) == HALLMARKD_IDLE)
				await_owner(s);
			else if (!expected) {
				hallmarkd_log("parent", "%s ended: %s", child_names[i],
					      how_it_ended(status, how, sizeof how));
				end_session(s, HALLMARKD_FAILED);
			}
		}
	}
}

static void on_signal(void *ctx, int signo, struct now now)
{
	struct session *s = ctx;
	(void)now;
	if (signo == SIGCHLD)
		reap(s, false);
	else
		end_session(s, HALLMARKD_OK);
}

static bool any_left(const struct session *s)
{
	for (int i = 0; i < CHILD_COUNT; i++)
		if (s->pids[i])
			return true;
	return false;
}

static void signal_all(const struct session *s, int signo)
{
	for (int i = 0; i < CHILD_COUNT; i++)
		if (s->pids[i])
			(void)kill(s->pids[i], signo);
}

/* The engine first: the others end when it closes their channels, and it does not take that for a failure of theirs. */
static void stop_children(struct session *s)
{
	int64_t start = clock_now().mono.ms;
	bool all = false;
	if (s->pids[CHILD_ENGINE])
		(void)kill(s->pids[CHILD_ENGINE], SIGTERM);
	while (any_left(s) && clock_now().mono.ms < start + 2 * STOP_MS) {
		reap(s, true);
		if (!all && (!s->pids[CHILD_ENGINE] || clock_now().mono.ms > start + STOP_MS)) {
			signal_all(s, SIGTERM);
			all = true;
		}
		if (any_left(s))
			(void)usleep(STOP_POLL_US);
	}
	signal_all(s, SIGKILL);
	for (int i = 0; i < CHILD_COUNT; i++)
		if (s->pids[i])
			(void)waitpid(s->pids[i], NULL, 0);
}

static void close_ends(struct session *s)
{
	for (int i = 0; i < CHILD_COUNT; i++)
		for (int k = 0; k < 2; k++)
			file_close(&s->ends[i][k]);
	file_close(&s->worker_end);
}

static rc start_one(struct session *s, enum child which, const int *fds, size_t fds_n, struct err *e)
{
	char self[FILE_PATH_MAX], program[FILE_PATH_MAX + ARG_SIZE], base[ARG_SIZE], gid[ARG_SIZE];
	const struct hallmarkd_options *o = s->options;
	rc r = spawn_self(self, sizeof self, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(base, sizeof base, "%u", o->uid_base);
	(void)snprintf(gid, sizeof gid, "%u", o->update_gid);
	(void)snprintf(program, sizeof program, "%s%s", self, child_suffixes[which]);
	const char *argv[] = {"hallmarkd",
			      "--device",
			      ".",
			      "--role",
			      child_names[which],
			      "--uid-base",
			      base,
			      "--boot-id",
			      o->boot_id,
			      "--update-gid",
			      gid,
			      o->media_dir ? "--media" : NULL,
			      o->media_dir,
			      NULL};
	struct spawn sp = {
		.path = program, .argv = argv, .fds = fds, .fds_n = fds_n, .stdout_fd = -1, .die_with_parent = true};
	return spawn_exec(&sp, &s->pids[which], e);
}

static rc start_page(struct session *s, struct err *e)
{
	const int fds[] = {s->page.channel, s->page.listen_fd};
	return start_one(s, CHILD_LOCAL, fds, ARRAY_LEN(fds), e);
}

static void on_knock(void *ctx)
{
	struct session *s = ctx;
	struct err e = {0};
	check_page(s, start_page(s, &e), &e);
}

/* The owner's page and the scanner run where there is something for them; the engine is told by a missing channel. */
static rc open_ends(struct session *s, struct err *e)
{
	struct device d;
	rc r = device_load(".", &d, e);
	if (rc_failed(r))
		return r;
	uid_t local = hallmarkd_uid(s->options, HALLMARKD_UID_LOCAL);
	if (d.page_port && rc_failed(parent_page_listen(&s->page, local, d.page_port, e)))
		hallmarkd_log("parent", "no owner's page: %s", e->text);
	for (int i = 0; i < CHILD_COUNT; i++) {
		if ((i == CHILD_GUARD && !file_exists("root")) || (i == CHILD_LOCAL && s->page.listen_fd < 0))
			continue;
		if (rc_failed(r = channel_pair(s->ends[i], e)))
			return r;
	}
	return RC_OK;
}

static rc open_worker_channel(struct session *s, struct err *e)
{
	int pair[2];
	rc r = channel_pair(pair, e);
	if (rc_failed(r))
		return r;
	s->worker = (struct parent_worker){.options = s->options, .channel = pair[0]};
	s->worker_end = pair[1];
	s->verbs.worker = (struct verbs_worker){parent_worker_start, parent_worker_stop, &s->worker};
	return RC_OK;
}

static rc start_children(struct session *s, struct err *e)
{
	FD_AUTO int none = open("/dev/null", O_RDONLY | O_CLOEXEC); /* in the place of a role that does not run */
	rc r = open_ends(s, e);
	if (rc_ok(r))
		r = open_worker_channel(s, e);
	if (rc_failed(r))
		return r;
	int engine[CHILD_COUNT + 1];
	for (int i = 0; i < CHILD_COUNT; i++)
		engine[i] = s->ends[i][1] >= 0 ? s->ends[i][1] : none;
	engine[CHILD_COUNT] = s->worker_end;
	r = start_one(s, CHILD_ENGINE, engine, CHILD_COUNT + 1, e);
	for (int i = CHILD_NET; rc_ok(r) && i < CHILD_LOCAL; i++)
		if (s->ends[i][0] >= 0)
			r = start_one(s, (enum child)i, &s->ends[i][0], 1, e);
	s->page.channel = s->ends[CHILD_LOCAL][0];
	s->ends[CHILD_LOCAL][0] = -1;
	if (rc_ok(r) && s->page.listen_fd >= 0)
		r = start_page(s, e);
	s->engine_fd = s->ends[CHILD_ENGINE][0];
	s->ends[CHILD_ENGINE][0] = -1;
	close_ends(s);
	return r;
}

/* Flows are told apart by the user they belong to. Roles that share one user also share the machine's network. */
static rc no_firewall(struct bytes ruleset, struct err *e)
{
	(void)ruleset;
	return err_set(e, ERR_UNSUPPORTED, "not loaded: the roles have no users of their own (--uid-base 0)");
}

static rc set_up(struct session *s, struct err *e)
{
	static const int signals[] = {SIGCHLD, SIGTERM, SIGINT};
	struct loop_watch *w;
	rc r = verbs_init(&s->verbs, ".", s->options->uid_base ? parent_firewall_load : no_firewall, e);
	s->verbs.media_dir = s->options->media_dir;
	/* A boot loader that cannot be written to now is no reason to leave the device without its agent. */
	if (rc_ok(r) && rc_failed(boot_io_settle(&s->verbs.boot, e))) {
		hallmarkd_log("parent", "boot loader: %s%s%s", e->text, *e->hint ? "; " : "", e->hint);
		err_clear(e);
	}
	if (rc_ok(r))
		r = loop_new(&s->loop, e);
	s->page.loop = s->loop;
	for (size_t i = 0; rc_ok(r) && i < ARRAY_LEN(signals); i++)
		r = loop_signal(s->loop, signals[i], on_signal, s, e);
	if (rc_ok(r))
		r = start_children(s, e);
	if (rc_ok(r))
		r = loop_watch_fd(s->loop, s->engine_fd, EPOLLIN, on_engine, s, &w, e);
	return r;
}

static int run_session(const struct hallmarkd_options *o)
{
	struct session s = {.options = o,
			    .engine_fd = -1,
			    .worker = {.channel = -1},
			    .worker_end = -1,
			    .page = {.listen_fd = -1, .channel = -1, .knocked = on_knock, .ctx = &s},
			    .exit_code = HALLMARKD_FAILED};
	struct err e = {0};
	memset(s.ends, 0xff, sizeof s.ends); /* -1 */
	buf_init(&s.message, CHANNEL_PAYLOAD_MAX);
	buf_init(&s.reply, CHANNEL_PAYLOAD_MAX);
	rc r = set_up(&s, &e);
	mem_trim();
	if (rc_ok(r))
		r = loop_run(s.loop, &e);
	if (rc_failed(r))
		hallmarkd_log("parent", "%s%s%s", e.text, *e.hint ? "; " : "", e.hint);
	stop_children(&s);
	close_ends(&s);
	parent_page_done(&s.page);
	file_close(&s.engine_fd);
	verbs_done(&s.verbs);
	file_close(&s.worker.channel);
	loop_free(s.loop);
	buf_done(&s.message);
	buf_done(&s.reply);
	return s.exit_code;
}

/* True if a signal asked us to end in the meantime. The signals are blocked since the first session. */
static bool ended_while_waiting(int64_t seconds)
{
	sigset_t set;
	struct timespec t = {.tv_sec = (time_t)seconds};
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	return sigtimedwait(&set, NULL, &t) > 0;
}

static int run(const struct hallmarkd_options *o)
{
	for (int quick = 0;;) {
		int64_t began = clock_now().mono.ms;
		int code = run_session(o);
		if (code != HALLMARKD_FAILED)
			return code;
		quick = clock_now().mono.ms - began < QUICK_MS ? quick + 1 : 1;
		if (quick >= QUICK_MAX) {
			hallmarkd_log("parent", "giving up after %d failures in a row", quick);
			return HALLMARKD_FAILED;
		}
		hallmarkd_log("parent", "starting again in %d s", 1 << (quick - 1));
		if (ended_while_waiting(INT64_C(1) << (quick - 1)))
			return HALLMARKD_OK;
	}
}

int parent_main(const struct hallmarkd_options *given)
{
	struct hallmarkd_options o = *given;
	char boot_id[HALLMARKD_BOOT_ID_SIZE];
	struct err e = {0};
	if (!o.boot_id) {
		if (rc_failed(chance_hex((sizeof boot_id - 1) / 2, boot_id, &e))) {
			hallmarkd_log("parent", "%s", e.text);
			return HALLMARKD_FAILED;
		}
		o.boot_id = boot_id;
	}
	/* Roles live on paths relative to the device folder: no user of theirs needs a way through what is above it. */
	if (chdir(o.device_dir) != 0) {
		hallmarkd_log("parent", "device folder %s: %s", o.device_dir, strerror(errno));
		return HALLMARKD_FAILED;
	}
	if (rc_failed(parent_dirs_prepare(hallmarkd_uid(&o, HALLMARKD_UID_ENGINE), &e))) {
		hallmarkd_log("parent", "%s", e.text);
		return HALLMARKD_FAILED;
	}
	return run(&o);
}
