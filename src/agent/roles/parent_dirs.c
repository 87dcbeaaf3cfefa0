/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership of state/, run/ and factory/. Runs as root, before any role does. What the factory gave (keys, trust
 * anchors, first policy) stays root's: the engine reads it by its group, and could not change it without Landlock
 * either.
 */
#include "agent/roles/parent_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/file.h"
#include "core/base/banned.h"

#define FACTORY_DIR_MODE 0750
#define FACTORY_FILE_MODE 0640
#define DEPTH_MAX 4
#define ENTRIES_MAX 20000

static void free_names(char ***names)
{
	file_list_free(*names);
}

static rc give_tree(const char *path, uid_t uid, int depth, struct err *e)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? RC_OK : err_errno(e, errno, "stat %s", path);
	if (st.st_uid != uid && lchown(path, uid, (gid_t)uid) != 0)
		return err_errno(e, errno, "give %s to user %u", path, (unsigned)uid);
	if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX)
		return RC_OK;
	CLEANUP(free_names) char **names = NULL;
	size_t n = 0;
	rc r = file_list_dir(path, ENTRIES_MAX, &names, &n, e);
	for (size_t i = 0; rc_ok(r) && i < n; i++) {
		char below[FILE_PATH_MAX];
		if (rc_ok(r = file_path(below, e, path, names[i])))
			r = give_tree(below, uid, depth + 1, e);
	}
	return r;
}

/* Through a descriptor: what is looked at is what is changed. Links and devices have no business here. */
static rc keep_one(const char *path, bool dir, gid_t engine, struct err *e)
{
	struct stat st;
	mode_t mode = dir ? FACTORY_DIR_MODE : FACTORY_FILE_MODE;
	FD_AUTO int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (dir ? O_DIRECTORY : 0));
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, errno, "%s", path);
	if (!dir && (!S_ISREG(st.st_mode) || st.st_nlink != 1))
		return err_set(e, ERR_DENIED, "%s is not a plain file of its own", path);
	if ((st.st_uid != 0 || st.st_gid != engine) && fchown(fd, 0, engine) != 0)
		return err_errno(e, errno, "give %s to root", path);
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) != 0)
		return err_errno(e, errno, "mode of %s", path);
	return RC_OK;
}

/* The folder first: from then on only root can put anything into it. It has no folders in it. */
static rc keep_factory(const char *path, gid_t engine, struct err *e)
{
	CLEANUP(free_names) char **names = NULL;
	size_t n = 0;
	rc r = keep_one(path, true, engine, e);
	if (rc_ok(r))
		r = file_list_dir(path, ENTRIES_MAX, &names, &n, e);
	for (size_t i = 0; rc_ok(r) && i < n; i++) {
		char below[FILE_PATH_MAX];
		if (rc_ok(r = file_path(below, e, path, names[i])))
			r = keep_one(below, false, engine, e);
	}
	return r;
}

rc parent_dirs_prepare(uid_t engine, struct err *e)
{
	static const struct {
		const char *path;
		mode_t mode;
	} dirs[] = {{"state", 0700}, {"state/tuf", 0700}, {"state/outbox", 0700}, {"run", 0755}};
	struct stat st;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		rc r = file_make_dir(dirs[i].path, dirs[i].mode, e);
		if (rc_ok(r) && engine)
			r = give_tree(dirs[i].path, engine, 0, e);
		if (rc_failed(r))
			return err_wrap(e, "device folder");
	}
	rc r = file_make_dir("factory", 0700, e);
	if (rc_ok(r) && engine)
		r = keep_factory("factory", (gid_t)engine, e);
	if (rc_failed(r))
		return err_wrap(e, "device folder");
	/* The roles' users must be able to step into it; what is in it has modes of its own. */
	if (engine && stat(".", &st) == 0 && (st.st_mode & 0111) != 0111 && chmod(".", st.st_mode | 0111) != 0)
		return err_errno(e, errno, "device folder: chmod");
	return RC_OK;
}
