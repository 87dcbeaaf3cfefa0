/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One changed byte, journalled. Order: link the original aside, write the changed copy aside, write the journal (with
 * the identity of the copy), rename the copy into place. Undoing: rename the original back, then drop the journal.
 * Every step may be the last one before a crash.
 */
#include "assess/tamper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/names.h"
#include "core/codec/json.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define JOURNAL_MAX 4096
#define COPY_CHUNK 65536

struct places {
	char folder[FILE_PATH_MAX], journal[FILE_PATH_MAX], original[FILE_PATH_MAX], changed[FILE_PATH_MAX],
		target[FILE_PATH_MAX];
};

static rc find_places(const char *repo, const char *name, struct places *p, struct err *e)
{
	rc r = file_path(p->folder, e, repo, TAMPER_FOLDER);
	if (rc_failed(r) || rc_failed(r = file_path(p->journal, e, p->folder, "journal.json")) ||
	    rc_failed(r = file_path(p->original, e, p->folder, "original")) ||
	    rc_failed(r = file_path(p->changed, e, p->folder, "changed")))
		return r;
	if (!name)
		return RC_OK;
	if (!name_path_ok(name))
		return err_set(e, ERR_INPUT, "'%s' is not a path inside a repository", name);
	return file_path(p->target, e, repo, name);
}

bool tamper_find_digit(struct bytes metadata, off_t *ret)
{
	static const char key[] = "\"expires\"";
	const uint8_t *at = memmem(metadata.p, metadata.n, key, sizeof key - 1);
	if (!at)
		return false;
	const uint8_t *end = metadata.p + metadata.n;
	for (at += sizeof key - 1; at < end && !(*at >= '0' && *at <= '9'); at++)
		;
	if (end - at < 4)
		return false;
	*ret = at + 3 - metadata.p;
	return true;
}

/* Copy with one bit flipped at `at`. */
static rc copy_changed(int from, int to, off_t at, struct err *e)
{
	uint8_t chunk[COPY_CHUNK];
	off_t pos = 0;
	for (;;) {
		ssize_t n = read(from, chunk, sizeof chunk);
		if (n < 0)
			return err_errno(e, errno, "reading the original");
		if (n == 0)
			return at < pos ? RC_OK : err_set(e, ERR_INPUT, "the file is shorter than expected");
		if (at >= pos && at < pos + n)
			chunk[at - pos] ^= 1;
		rc r = file_write_all(to, bytes_of(chunk, (size_t)n), "changed copy", e);
		if (rc_failed(r))
			return r;
		pos += n;
	}
}

static rc make_changed(const struct places *p, off_t at, struct stat *ret, struct err *e)
{
	FD_AUTO int from = open(p->target, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (from < 0)
		return err_errno(e, errno, "opening %s", p->target);
	struct stat st;
	if (fstat(from, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "%s is not a file", p->target);
	FD_AUTO int to = open(p->changed, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, st.st_mode & 0777);
	if (to < 0)
		return err_errno(e, errno, "making %s", p->changed);
	rc r = copy_changed(from, to, at, e);
	if (rc_failed(r))
		return r;
	/* The server may be another user: what it could read before, it must read now. */
	if (fchmod(to, st.st_mode & 0777) != 0 || fsync(to) != 0 || fstat(to, ret) != 0)
		return err_errno(e, errno, "finishing %s", p->changed);
	return RC_OK;
}

static rc write_journal(const struct places *p, const char *name, const struct stat *changed, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, JOURNAL_MAX);
	JSON_AUTO json_t *j =
		json_pack("{s:i, s:s, s:I}", "v", 1, "name", name, "changed_inode", (json_int_t)changed->st_ino);
	if (!j)
		return err_set(e, ERR_MEMORY, "no memory for the journal");
	rc r = json_codec_canonical(j, &text, e);
	return rc_ok(r) ? file_write_atomic(p->journal, buf_view(&text), 0600, e) : r;
}

rc tamper_begin(const char *repo, const char *name, off_t at, struct err *e)
{
	struct places p = {0};
	struct stat changed = {0};
	rc r = find_places(repo, name, &p, e);
	if (rc_failed(r) || rc_failed(r = file_make_dir(p.folder, 0700, e)))
		return r;
	if (file_exists(p.journal))
		return err_set(e, ERR_WRONG_STATE, "%s: a change of an earlier run is still in place", repo);
	/* Left from a crash before the journal was written: nothing was changed then. */
	(void)unlink(p.original);
	if (link(p.target, p.original) != 0)
		return err_errno(e, errno, "keeping the original of %s", name);
	if (rc_failed(r = make_changed(&p, at, &changed, e)) || rc_failed(r = write_journal(&p, name, &changed, e)))
		return r;
	if (rename(p.changed, p.target) != 0) {
		r = err_errno(e, errno, "putting the changed copy of %s in place", name);
		bool restored = false;
		(void)!rc_ok(tamper_restore(repo, &restored, NULL));
		return r;
	}
	return RC_OK;
}

static rc read_journal(const char *path, char *name, size_t size, int64_t *ret_inode, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	JSON_AUTO json_t *j = NULL;
	const char *value = NULL;
	int64_t v = 0;
	buf_init(&text, JOURNAL_MAX);
	rc r = file_read(path, JOURNAL_MAX, &text, e);
	if (rc_failed(r) || rc_failed(r = json_codec_parse(buf_view(&text), JOURNAL_MAX, "journal", &j, e)) ||
	    rc_failed(r = json_codec_int(j, "journal", "v", 1, 1, &v, e)) ||
	    rc_failed(r = json_codec_text(j, "journal", "name", size - 1, &value, e)) ||
	    rc_failed(r = json_codec_int(j, "journal", "changed_inode", 0, INT64_MAX, ret_inode, e)))
		return r;
	(void)snprintf(name, size, "%s", value);
	return RC_OK;
}

static rc put_back(const struct places *p, int64_t changed_inode, struct err *e)
{
	struct stat now = {0};
	bool there = stat(p->target, &now) == 0;
	if (!there && errno != ENOENT) /* not being able to look is not "somebody else's" */
		return err_errno(e, errno, "looking at %s", p->target);
	bool ours = !there || (int64_t)now.st_ino == changed_inode;
	if (ours && rename(p->original, p->target) != 0)
		return err_errno(e, errno, "putting back %s", p->target);
	FD_AUTO int dir = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0)
		(void)fsync(dir);
	return RC_OK;
}

rc tamper_restore(const char *repo, bool *ret_restored, struct err *e)
{
	struct places p = {0};
	char name[256];
	int64_t inode = 0;
	rc r = find_places(repo, NULL, &p, e);
	if (rc_failed(r))
		return r;
	if (!file_exists(p.journal)) {
		*ret_restored = false;
		return RC_OK;
	}
	if (rc_failed(r = read_journal(p.journal, name, sizeof name, &inode, e)) ||
	    rc_failed(r = find_places(repo, name, &p, e)) || rc_failed(r = put_back(&p, inode, e)) ||
	    rc_failed(r = file_remove(p.journal, e))) {
		(void)err_hint(e, "put %s back by hand and remove %s", p.original, p.journal);
		return err_wrap(e, "restoring %s", repo);
	}
	(void)unlink(p.original);
	(void)unlink(p.changed);
	(void)rmdir(p.folder);
	*ret_restored = true;
	return RC_OK;
}
