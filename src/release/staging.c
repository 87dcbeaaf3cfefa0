/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged folders: used by the keys ceremony and by provisioning, so that an interrupted run leaves no half set of keys
 * and no half device. Files are synced by host/os/file; this adds the folders and the rename.
 */
#include "release/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/chance.h"
#include "core/base/banned.h"

#define OVER_MAX 64

static rc taken(const char *target, struct err *e)
{
	(void)err_set(e, ERR_EXISTS, "%s is there already", target);
	return err_hint(e, "nothing is overwritten; choose another place or move it away");
}

static rc check_free(const char *target, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	struct stat st;
	if (lstat(target, &st) != 0)
		return errno == ENOENT ? RC_OK : err_errno(e, errno, "%s", target);
	if (!S_ISDIR(st.st_mode))
		return taken(target, e);
	rc r = file_list_dir(target, 1, &names, &n, NULL);
	file_list_free(names);
	return rc_ok(r) && n == 0 ? RC_OK : taken(target, e);
}

static void parent_of(const char *path, char ret[FILE_PATH_MAX])
{
	(void)snprintf(ret, FILE_PATH_MAX, "%s", path);
	char *slash = strrchr(ret, '/');
	if (!slash)
		(void)snprintf(ret, FILE_PATH_MAX, ".");
	else if (slash == ret)
		slash[1] = 0;
	else
		*slash = 0;
}

static rc sync_dir(const char *path, struct err *e)
{
	FD_AUTO int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return err_errno(e, errno, "sync folder %s", path);
	return RC_OK;
}

/* `target` without final slashes, and its parents. */
static rc place(struct staging *s, const char *target, struct err *e)
{
	char parent[FILE_PATH_MAX];
	size_t n = strlen(target);
	while (n > 1 && target[n - 1] == '/')
		n--;
	if (n == 0 || n + 24 >= sizeof s->target)
		return err_set(e, ERR_LIMIT, "not a usable folder name: %.80s", target);
	(void)snprintf(s->target, sizeof s->target, "%.*s", (int)n, target);
	parent_of(s->target, parent);
	return file_make_dir(parent, 0755, e);
}

static rc make_folder(struct staging *s, const char *between, mode_t mode, struct err *e)
{
	char random[9], path[FILE_PATH_MAX];
	rc r = chance_hex(4, random, e);
	if (rc_failed(r))
		return r;
	int put = snprintf(path, sizeof path, "%s%s%s", s->target, between, random);
	if (put < 0 || (size_t)put >= sizeof path)
		return err_set(e, ERR_LIMIT, "path too long: %.80s...", s->target);
	if (mkdir(path, 0700) != 0)
		return err_errno(e, errno, "make folder %s", path);
	memcpy(s->path, path, sizeof path);
	return chmod(path, mode) == 0 ? RC_OK : err_errno(e, errno, "chmod %s", path);
}

rc staging_begin(struct staging *s, const char *target, struct err *e)
{
	rc r = place(s, target, e);
	if (rc_ok(r))
		r = check_free(s->target, e);
	return rc_ok(r) ? make_folder(s, ".making-", 0700, e) : r;
}

/* Inside a folder that is there: it may be a mount point, over whose edge nothing can be renamed. */
rc staging_begin_over(struct staging *s, const char *target, mode_t mode, struct err *e)
{
	struct stat st;
	rc r = place(s, target, e);
	if (rc_failed(r))
		return r;
	s->over = stat(s->target, &st) == 0;
	if (s->over && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_EXISTS, "%s exists and is not a folder", s->target);
	return make_folder(s, s->over ? "/.making-" : ".making-", mode, e);
}

rc staging_put(const struct staging *s, const char *name, struct bytes content, mode_t mode, struct err *e)
{
	char path[FILE_PATH_MAX], parent[FILE_PATH_MAX];
	rc r = file_path(path, e, s->path, name);
	if (rc_failed(r))
		return r;
	parent_of(path, parent);
	r = file_make_dir(parent, 0755, e);
	return rc_ok(r) ? file_create(path, content, mode, e) : r;
}

rc staging_link(const struct staging *s, const char *name, const char *from, size_t max, struct err *e)
{
	char path[FILE_PATH_MAX], parent[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf content;
	buf_init(&content, max);
	rc r = file_path(path, e, s->path, name);
	if (rc_failed(r))
		return r;
	parent_of(path, parent);
	r = file_make_dir(parent, 0755, e);
	if (rc_ok(r) && link(from, path) == 0)
		return RC_OK;
	if (rc_ok(r)) /* FAT, or another file system */
		r = file_read(from, max, &content, e);
	return rc_ok(r) ? file_create(path, buf_view(&content), 0644, e) : r;
}

rc staging_commit(struct staging *s, struct err *e)
{
	char parent[FILE_PATH_MAX];
	rc r = sync_dir(s->path, e);
	if (rc_failed(r))
		return r;
	if (rename(s->path, s->target) != 0)
		return errno == ENOTEMPTY || errno == EEXIST ? taken(s->target, e)
							     : err_errno(e, errno, "rename to %s", s->target);
	s->path[0] = 0;
	parent_of(s->target, parent);
	return sync_dir(parent, e);
}

/* A folder changes places with the old one as a whole: what is no longer made does not stay in it. */
static rc swap_folders(const char *from, const char *to, struct err *e)
{
	char aside[FILE_PATH_MAX];
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
		return RC_OK;
	/* Not every file system can do it in one step. */
	int put = snprintf(aside, sizeof aside, "%s~", from);
	if (put < 0 || (size_t)put >= sizeof aside)
		return err_set(e, ERR_LIMIT, "path too long: %.80s...", from);
	if (rename(to, aside) != 0)
		return err_errno(e, errno, "rename %s", to);
	if (rename(from, to) == 0)
		return RC_OK;
	rc r = err_errno(e, errno, "rename to %s", to);
	(void)rename(aside, to);
	return r;
}

static rc take_place(const char *from, const char *to, struct err *e)
{
	struct stat old, new;
	if (lstat(from, &new) == 0 && S_ISDIR(new.st_mode) && lstat(to, &old) == 0)
		return swap_folders(from, to, e);
	return rename(from, to) == 0 ? RC_OK : err_errno(e, errno, "rename to %s", to);
}

static rc move_all(const struct staging *s, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	rc r = file_list_dir(s->path, OVER_MAX, &names, &n, e);
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
		r = file_path(from, e, s->path, names[i]);
		if (rc_ok(r))
			r = file_path(to, e, s->target, names[i]);
		if (rc_ok(r))
			r = take_place(from, to, e);
	}
	file_list_free(names);
	return rc_ok(r) ? sync_dir(s->target, e) : r;
}

rc staging_commit_over(struct staging *s, struct err *e)
{
	if (!s->over)
		return staging_commit(s, e);
	rc r = move_all(s, e);
	if (rc_ok(r))
		staging_done(s);
	return r;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	(void)remove(path);
	return 0;
}

void staging_sweep(const char *target)
{
	DIR *dir = opendir(target);
	const struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		struct staging left = {0};
		if (strncmp(entry->d_name, ".making-", 8) != 0 ||
		    rc_failed(file_path(left.path, NULL, target, entry->d_name)))
			continue;
		staging_done(&left);
	}
	if (dir)
		(void)closedir(dir);
}

void staging_done(struct staging *s)
{
	if (s->path[0])
		(void)nftw(s->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	s->path[0] = 0;
}
