/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A round at the repository folder. It is read like a device reads it, from the root that was pinned at the first round
 * and with what was seen last: whoever can write into the folder can put back no older state, and no root of their own,
 * and have it signed. Run by the timestamp role alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/trust/tuf.h"
#include "fleet/stamp/stamp.h"
#include "host/os/file.h"
#include "core/base/banned.h"

struct round {
	const struct stamp_desk *d;
	struct tuf *tuf;
	struct buf root, timestamp; /* in force */
};

static void round_done(struct round *r)
{
	tuf_free(r->tuf);
	buf_done(&r->root);
	buf_done(&r->timestamp);
}

static rc in_metadata(const struct round *r, const char *name, char ret[FILE_PATH_MAX], struct err *e)
{
	char folder[FILE_PATH_MAX];
	rc result = file_path(folder, e, r->d->repo, "metadata");
	return rc_ok(result) ? file_path(ret, e, folder, name) : result;
}

static rc read_from(const char *path, size_t max, struct buf *out, struct err *e)
{
	buf_reset(out);
	return file_read(path, max, out, e);
}

/* The root that was pinned; at the very first round the repository's first one. */
static rc open_root(struct round *r, struct err *e)
{
	char pinned[FILE_PATH_MAX], first[FILE_PATH_MAX];
	rc result = file_path(pinned, e, r->d->state, "root.json");
	if (rc_ok(result))
		result = in_metadata(r, "1.root.json", first, e);
	if (rc_failed(result))
		return result;
	bool is_pinned = file_exists(pinned);
	result = read_from(is_pinned ? pinned : first, TUF_ROOT_MAX, &r->root, e);
	if (rc_ok(result))
		result = tuf_new(buf_view(&r->root), &r->tuf, e);
	return rc_ok(result) && !is_pinned ? file_write_atomic(pinned, buf_view(&r->root), 0600, e) : result;
}

static void offer_seen(struct round *r)
{
	static const char *const names[] = {"timestamp.json", "snapshot.json", "targets.json"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[FILE_PATH_MAX];
		CLEANUP(buf_done) struct buf content;
		buf_init(&content, TUF_TARGETS_MAX);
		if (rc_failed(file_path(path, NULL, r->d->state, names[i])) ||
		    rc_failed(file_read(path, TUF_TARGETS_MAX, &content, NULL)))
			continue;
		if (i == 0) {
			buf_reset(&r->timestamp);
			buf_put(&r->timestamp, buf_view(&content));
		}
		tuf_offer_stored(r->tuf, names[i], buf_view(&content));
	}
}

static rc store(struct round *r, const struct tuf_action *a, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc result = file_path(path, e, r->d->state, a->name);
	if (rc_failed(result))
		return result;
	if (a->kind == TUF_DELETE)
		return file_remove(path, e);
	struct buf *keep = strcmp(a->name, "root.json") == 0	    ? &r->root
			   : strcmp(a->name, "timestamp.json") == 0 ? &r->timestamp
								    : NULL;
	if (keep) {
		buf_reset(keep);
		buf_put(keep, a->content);
		result = buf_check(keep, a->name, e);
	}
	return rc_ok(result) ? file_write_atomic(path, a->content, 0600, e) : result;
}

static rc step(struct round *r, const struct tuf_fetch *due, struct err *e)
{
	char path[FILE_PATH_MAX];
	const char *reason = NULL;
	struct tuf_actions actions = {0};
	CLEANUP(buf_done) struct buf content;
	buf_init(&content, due->max);
	rc result = in_metadata(r, due->name, path, e);
	if (rc_failed(result))
		return result;
	result = file_exists(path) ? file_read(path, due->max, &content, e) : tuf_feed_absent(r->tuf, &actions, e);
	if (rc_ok(result) && file_exists(path))
		result = tuf_feed(r->tuf, buf_view(&content), &actions, &reason, e);
	for (size_t i = 0; i < actions.n && rc_ok(result); i++)
		result = store(r, &actions.list[i], e);
	return rc_ok(result) ? result : err_wrap(e, "metadata/%s", due->name);
}

/* Genuine and not older than what was seen. What has expired is still genuine: renewing it is the point. */
static rc look(struct round *r, struct err *e)
{
	bool done = false;
	rc result = open_root(r, e);
	if (rc_failed(result))
		return result;
	offer_seen(r);
	tuf_refresh_begin(r->tuf, (struct wall_time){0});
	while (rc_ok(result) && !done) {
		struct tuf_fetch due;
		result = tuf_next(r->tuf, &due, &done, e);
		if (rc_ok(result) && !done)
			result = step(r, &due, e);
	}
	return result;
}

static rc renew(struct round *r, struct wall_time now, struct stamp_status *ret, struct err *e)
{
	char published[FILE_PATH_MAX], seen[FILE_PATH_MAX];
	struct stamp_next next = {0};
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, TUF_TIMESTAMP_MAX);
	const struct stamp_case c = {buf_view(&r->root), buf_view(&r->timestamp), now};
	rc result = stamp_next(&c, r->d->signer, &file, &next, e);
	if (rc_ok(result) && next.due) {
		result = in_metadata(r, "timestamp.json", published, e);
		if (rc_ok(result))
			result = file_path(seen, e, r->d->state, "timestamp.json");
		if (rc_ok(result))
			result = file_write_atomic(published, buf_view(&file), 0644, e);
		if (rc_ok(result))
			result = file_write_atomic(seen, buf_view(&file), 0600, e);
	}
	if (rc_ok(result)) {
		ret->version = next.version;
		ret->expires = next.expires;
	}
	return result;
}

/* The maker's tools hold the same lock while they write. */
static rc lock(const struct stamp_desk *d, int *ret_fd, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = file_path(path, e, d->repo, ".lock");
	if (rc_failed(r))
		return r;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return err_set(e, ERR_BUSY, "a change of %s is under way", d->repo);
	}
	*ret_fd = fd;
	return RC_OK;
}

rc stamp_round(const struct stamp_desk *d, struct wall_time now, struct stamp_status *ret, struct err *e)
{
	FD_AUTO int held = -1;
	CLEANUP(round_done) struct round r = {.d = d};
	struct err own = {0};
	struct err *why = e ? e : &own;
	buf_init(&r.root, TUF_ROOT_MAX);
	buf_init(&r.timestamp, TUF_TIMESTAMP_MAX);
	rc result = lock(d, &held, why);
	if (rc_ok(result))
		result = look(&r, why);
	if (rc_ok(result))
		result = renew(&r, now, ret, why);
	ret->looked = now;
	(void)snprintf(ret->failure, sizeof ret->failure, "%s", rc_failed(result) ? why->text : "");
	return result;
}
