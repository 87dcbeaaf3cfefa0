/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "update": does the device refuse a release that was changed on its way (EN303645 5.3-2, 5.3-9, 5.3-10)? Only in
 * a test rig, with leave. Twice one byte is changed: in the signed timestamp metadata, and in the image of a release
 * that is newer than what runs. Each time the device's own fresh evidence is read until it reports the refusal, and the
 * original is put back, also on a signal. Then the device must come back, and install: otherwise the refusal could have
 * had any cause.
 */
#include <signal.h>
#include <stdio.h>

#include "assess/probe_all.h"
#include "assess/repo_image.h"
#include "assess/tamper.h"
#include "assess/update_watch.h"
#include "core/base/mem.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define METADATA "metadata/timestamp.json"
#define METADATA_MAX (64 * 1024)

/* What is changed, and the facts that come of it. */
struct change {
	const char *id, *what, *bytes; /* of the refusal; what was changed, in words */
	const char *back_id, *back_what;
	const char *file; /* path inside the repository */
	off_t at;
	const char *reason;	    /* the one refusal that counts; NULL: any */
	const char *version;	    /* of the release that the device must come to run; NULL: only be at rest again */
	uint64_t counter;	    /* of that release */
	const char *progress, *ask; /* for people */
};

static bool refused_so(const struct update_view *v, const void *ctx)
{
	const struct change *c = ctx;
	return update_watch_refused(v) && (!c->reason || strcmp(v->reason, c->reason) == 0);
}

/* Back to normal also means: what it went on to install is installed. */
static bool is_back(const struct update_view *v, const void *ctx)
{
	const struct change *c = ctx;
	return !update_watch_refused(v) && v->at_rest && (!c->version || v->counter == c->counter);
}

static void note_refusal(struct probe_run *r, const struct change *c, const struct update_view *before,
			 const struct update_view *after, bool seen, const struct err *e)
{
	if (strcmp(before->version, after->version) != 0 || before->counter != after->counter) {
		probe_note(r, &(struct probe_note){c->id, c->what, NULL, "installed", FACT_ABSENT},
			   "the device went from version %s to %s meanwhile", before->version, after->version);
		return;
	}
	if (seen) {
		probe_note(r, &(struct probe_note){c->id, c->what, NULL, after->reason, FACT_SEEN},
			   "%s; the device reported '%s' (before: '%s') and stayed at version %s", c->bytes,
			   after->reason, before->reason, after->version);
		return;
	}
	probe_note(r, &(struct probe_note){c->id, c->what, NULL, "", FACT_UNREACHABLE}, "%s within %lld s%s%s%s",
		   update_watch_interrupted() ? "interrupted: no refusal seen" : "the device reported no refusal",
		   (long long)r->scope->tamper_wait_s, c->ask, e->text[0] ? "; last failure to ask it: " : "", e->text);
}

static void note_back(struct probe_run *r, const struct change *c, const struct update_view *v, bool back)
{
	const char *value = c->version ? v->version : v->reason;
	probe_note(r, &(struct probe_note){c->back_id, c->back_what, NULL, value, back ? FACT_SEEN : FACT_UNREACHABLE},
		   back ? "it runs version %s, and its reason is '%s'"
			: "at the end of the wait it ran version %s, and its reason was '%s'",
		   v->version, v->reason);
}

/* Change, watch, restore, watch. The repository is restored on every way out. */
static void run_changed(struct probe_run *r, const struct device_link *l, const struct change *c,
			const struct update_view *before)
{
	struct update_view after = *before;
	struct err e = {0}, restoring = {0};
	bool restored = false;
	if (rc_failed(tamper_begin(r->scope->repo, c->file, c->at, &e))) {
		probe_note(r, &(struct probe_note){c->id, c->what, r->scope->repo, "", FACT_ERROR}, "%s", e.text);
		return;
	}
	probe_progress(r, c->progress);
	bool seen = update_watch_wait(l, refused_so, c, &after, &e);
	if (rc_failed(tamper_restore(r->scope->repo, &restored, &restoring)) && r->failed.code == ERR_NONE)
		r->failed = restoring;
	note_refusal(r, c, before, &after, seen, &e);
	if (!seen || update_watch_interrupted())
		return;
	probe_progress(r, "the original is back; waiting for the device to accept it");
	bool back = update_watch_wait(l, is_back, c, &after, &e);
	note_back(r, c, &after, back);
}

/* A device that reports a refusal already would tell nothing: it must come to rest first. */
static rc be_ready(const struct device_link *l, struct update_view *ret, struct err *e)
{
	const struct change any = {0};
	rc r = update_watch_look(l, ret, e);
	if (rc_failed(r))
		return r;
	if (!ret->has_reason)
		return err_set(e, ERR_MISSING, "the device's evidence does not tell update-reason");
	if (update_watch_refused(ret) && !update_watch_wait(l, is_back, &any, ret, e))
		return err_set(e, ERR_BUSY, "the device already reports a refusal ('%s')", ret->reason);
	return RC_OK;
}

static rc find_digit(const struct scope *s, off_t *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	char path[FILE_PATH_MAX];
	buf_init(&text, METADATA_MAX);
	rc r = file_path(path, e, s->repo, METADATA);
	if (rc_failed(r) || rc_failed(r = file_read(path, METADATA_MAX, &text, e)))
		return r;
	return tamper_find_digit(buf_view(&text), ret) ? RC_OK
						       : err_set(e, ERR_INPUT, "%s has no expiry date to change", path);
}

static void change_metadata(struct probe_run *r, const struct device_link *l)
{
	struct change c = {.id = "update.changed-metadata",
			   .what = "a release with changed metadata is refused",
			   .bytes = "one digit of the signed timestamp metadata was changed",
			   .back_id = "update.recovers",
			   .back_what = "with the original back, the device checks for updates again",
			   .file = METADATA,
			   .progress = "one byte of the metadata is changed; waiting for the device to refuse it",
			   .ask = ""};
	struct update_view before = {0};
	struct err e = {0};
	rc done = be_ready(l, &before, &e);
	if (rc_ok(done))
		done = find_digit(r->scope, &c.at, &e);
	if (rc_failed(done))
		probe_note(r, &(struct probe_note){c.id, c.what, NULL, "", probe_state_of(done)}, "%s", e.text);
	else
		run_changed(r, l, &c, &before);
}

static void change_image(struct probe_run *r, const struct device_link *l)
{
	struct repo_image image = {0};
	struct change c = {.id = "update.changed-image",
			   .what = "an image with one flipped byte is refused",
			   .back_id = "update.installs",
			   .back_what = "with the original back, the device installs the release",
			   .reason = "target-hash",
			   .progress = "one byte of an image is changed; waiting for the device to refuse it",
			   .ask = "; does the service offer that release to it?"};
	char words[256];
	struct update_view before = {0};
	struct err e = {0};
	rc done = be_ready(l, &before, &e);
	if (rc_ok(done))
		done = repo_image_find(r->scope->repo, l->record->model, before.counter, &image, &e);
	if (rc_failed(done)) {
		probe_note(r, &(struct probe_note){c.id, c.what, NULL, "", probe_state_of(done)}, "%s", e.text);
		return;
	}
	(void)snprintf(words, sizeof words, "one byte of the image of version %s was changed", image.version);
	c.bytes = words;
	c.file = image.file;
	c.at = image.length / 2;
	c.version = image.version;
	c.counter = image.counter;
	run_changed(r, l, &c, &before);
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
	if (rc_ok(done) && !l.record)
		done = err_set(&e, ERR_TRUST, "no genuine factory record describes the unit that answers");
	if (rc_failed(done)) {
		probe_note(r,
			   &(struct probe_note){.id = "update.changed-metadata",
						.what = "a release with changed metadata is refused",
						.state = probe_state_of(done)},
			   "%s", e.text);
		return;
	}
	/* A signal waits until the original is back; then it is delivered as usual. */
	(void)sigprocmask(SIG_BLOCK, &hold, &old);
	change_metadata(r, &l);
	if (!update_watch_interrupted())
		change_image(r, &l);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
}

static bool ready(const struct scope *s)
{
	return s->repo && s->tamper && s->records && s->factory_pub && s->password_file && s->page_port;
}

const struct probe probe_update = {
	.name = "update",
	.what = "whether the device refuses a release with one changed byte, in its signed metadata or in its image",
	.needs = "--repo --tamper --records --factory-pub --password-file --page-port",
	.ready = ready,
	.run = run,
};
