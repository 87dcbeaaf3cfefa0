/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "update": does the device refuse a release that was changed on its way (EN303645 5.3-2, 5.3-9, 5.3-10)? Only in
 * a test rig, with leave: one digit in the signed timestamp metadata is changed in the repository, the device's own
 * fresh evidence is read until it reports the refusal, and the original is put back, also on a signal. Then the device
 * must come back to normal: otherwise the refusal could have had any cause.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "assess/device_session.h"
#include "assess/probe_all.h"
#include "assess/tamper.h"
#include "core/base/mem.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define METADATA "metadata/timestamp.json"
#define METADATA_MAX (64 * 1024)
#define LOOK_EVERY_MS 1000

#define ID_REFUSED "update.changed-metadata"
#define WHAT_REFUSED "a release with changed metadata is refused"
#define ID_BACK "update.recovers"
#define WHAT_BACK "with the original back, the device checks for updates again"

struct view {
	char version[STATEMENT_VERSION_SIZE];
	uint64_t counter;
	char reason[STATEMENT_VALUE_SIZE];
	bool has_reason, at_rest; /* at_rest: no update under way */
};

static rc look(const struct device_link *l, struct view *ret, struct err *e)
{
	MEM_AUTO struct statement_evidence *ev = NULL;
	rc r = device_link_evidence(l, &ev, e);
	if (rc_failed(r))
		return r;
	const struct statement_fact *f = device_link_fact(ev, "update-reason");
	*ret = (struct view){.counter = ev->counter, .has_reason = f && f->state == STATEMENT_SEEN};
	(void)snprintf(ret->version, sizeof ret->version, "%s", ev->version);
	const struct statement_fact *step = device_link_fact(ev, "update-step");
	ret->at_rest = step && (strcmp(step->value, "idle") == 0 || strcmp(step->value, "confirmed") == 0 ||
				strcmp(step->value, "reverted") == 0);
	if (ret->has_reason)
		(void)snprintf(ret->reason, sizeof ret->reason, "%s", f->value);
	return RC_OK;
}

static bool is_refusal(const struct view *v)
{
	return v->has_reason && (strcmp(v->reason, "signature") == 0 || strcmp(v->reason, "target-hash") == 0);
}

static bool interrupted(void)
{
	sigset_t pending;
	return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 ||
					     sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGHUP) == 1);
}

/* Press the owner's button. If that fails, the device comes by itself, later. */
static void ask_to_check(const struct device_link *l)
{
	CLEANUP(device_session_close) struct device_session s = {0};
	if (rc_ok(device_session_open(l, &s, NULL)))
		(void)!rc_ok(device_session_check_now(&s, NULL));
}

/* Look again and again until the device's view is a refusal (or is none any more), or until the time is over. */
static bool wait_for(struct probe_run *r, const struct device_link *l, bool refusal, struct view *last, struct err *e)
{
	int64_t until = clock_now().mono.ms + r->scope->tamper_wait_s * 1000;
	ask_to_check(l);
	while (clock_now().mono.ms < until && !interrupted()) {
		struct view v;
		struct err why = {0};
		if (rc_ok(look(l, &v, &why))) {
			*last = v;
			/* Back to normal also means: what it went on to install is installed. */
			if (is_refusal(&v) == refusal && (refusal || v.at_rest))
				return true;
		} else {
			*e = why;
		}
		(void)poll(NULL, 0, LOOK_EVERY_MS);
	}
	return false;
}

static rc change(const struct scope *s, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	char path[FILE_PATH_MAX];
	off_t at = 0;
	buf_init(&text, METADATA_MAX);
	rc r = file_path(path, e, s->repo, METADATA);
	if (rc_failed(r) || rc_failed(r = file_read(path, METADATA_MAX, &text, e)))
		return r;
	if (!tamper_find_digit(buf_view(&text), &at))
		return err_set(e, ERR_INPUT, "%s has no expiry date to change", path);
	return tamper_begin(s->repo, METADATA, at, e);
}

static void note_refusal(struct probe_run *r, const struct view *before, const struct view *after, bool seen,
			 const struct err *e)
{
	if (strcmp(before->version, after->version) != 0 || before->counter != after->counter) {
		probe_note(r, &(struct probe_note){ID_REFUSED, WHAT_REFUSED, NULL, "installed", FACT_ABSENT},
			   "the device went from version %s to %s meanwhile", before->version, after->version);
		return;
	}
	if (seen) {
		probe_note(r, &(struct probe_note){ID_REFUSED, WHAT_REFUSED, NULL, after->reason, FACT_SEEN},
			   "one digit of the signed timestamp metadata was changed; the device reported '%s' (before: "
			   "'%s') and stayed at version %s",
			   after->reason, before->reason, after->version);
		return;
	}
	probe_note(r, &(struct probe_note){ID_REFUSED, WHAT_REFUSED, NULL, "", FACT_UNREACHABLE},
		   "%s within %lld s%s%s",
		   interrupted() ? "interrupted: no refusal seen" : "the device reported no refusal",
		   (long long)r->scope->tamper_wait_s, e->text[0] ? "; last failure to ask it: " : "", e->text);
}

/* The part between changing and restoring, with the repository restored on every way out. */
static void run_changed(struct probe_run *r, const struct device_link *l, const struct view *before)
{
	struct view after = *before;
	struct err e = {0}, restoring = {0};
	bool restored = false;
	rc done = change(r->scope, &e);
	if (rc_failed(done)) {
		probe_note(r, &(struct probe_note){ID_REFUSED, WHAT_REFUSED, r->scope->repo, "", FACT_ERROR}, "%s",
			   e.text);
		return;
	}
	probe_progress(r, "one byte of the metadata is changed; waiting for the device to refuse it");
	bool seen = wait_for(r, l, true, &after, &e);
	if (rc_failed(tamper_restore(r->scope->repo, &restored, &restoring)) && r->failed.code == ERR_NONE)
		r->failed = restoring;
	note_refusal(r, before, &after, seen, &e);
	if (!seen || interrupted())
		return;
	probe_progress(r, "the original is back; waiting for the device to accept it");
	bool back = wait_for(r, l, false, &after, &e);
	probe_note(r, &(struct probe_note){ID_BACK, WHAT_BACK, NULL, after.reason, back ? FACT_SEEN : FACT_UNREACHABLE},
		   back ? "its reason is now '%s'" : "its reason was still '%s' at the end of the wait", after.reason);
}

static void run_with_link(struct probe_run *r, const struct device_link *l)
{
	struct view before = {0};
	struct err e = {0};
	rc done = look(l, &before, &e);
	if (rc_ok(done) && !before.has_reason)
		done = err_set(&e, ERR_MISSING, "the device's evidence does not tell update-reason");
	if (rc_ok(done) && is_refusal(&before) && !wait_for(r, l, false, &before, &e))
		done = err_set(&e, ERR_BUSY, "the device already reports a refusal ('%s')", before.reason);
	if (rc_failed(done))
		probe_note(r, &(struct probe_note){ID_REFUSED, WHAT_REFUSED, NULL, "", probe_state_of(done)}, "%s",
			   e.text);
	else
		run_changed(r, l, &before);
}

static void run(struct probe_run *r)
{
	CLEANUP(device_link_close) struct device_link l = {0};
	struct err e = {0};
	sigset_t hold, old;
	(void)sigemptyset(&hold);
	(void)sigaddset(&hold, SIGINT);
	(void)sigaddset(&hold, SIGTERM);
	(void)sigaddset(&hold, SIGHUP);
	rc done = device_link_open(r->scope, &l, &e);
	if (rc_failed(done)) {
		probe_note(r, &(struct probe_note){ID_REFUSED, WHAT_REFUSED, NULL, "", probe_state_of(done)}, "%s",
			   e.text);
		return;
	}
	/* A signal waits until the original is back; then it is delivered as usual. */
	(void)sigprocmask(SIG_BLOCK, &hold, &old);
	run_with_link(r, &l);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
}

static bool ready(const struct scope *s)
{
	return s->repo && s->tamper && s->records && s->factory_pub && s->password_file && s->page_port;
}

const struct probe probe_update = {
	.name = "update",
	.what = "whether the device refuses a release whose signed metadata was changed",
	.needs = "--repo --tamper --records --factory-pub --password-file --page-port",
	.ready = ready,
	.run = run,
};
