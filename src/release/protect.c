/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the maker's root tree and hashes what the declaration protects. Symbolic links are not followed: what they
 * point to is protected by its own path.
 */
#include "release/protect.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define READ_STEP 65536

void protect_done(struct protect *p)
{
	for (size_t i = 0; i < p->n; i++) {
		void *path;
		memcpy(&path, &p->files[i].path, sizeof path);
		mem_free(path);
	}
	mem_free(p->files);
	*p = (struct protect){0};
}

static rc hash_file(const char *path, uint8_t ret[SHA256_SIZE], struct err *e)
{
	uint8_t step[READ_STEP];
	CLEANUP(hash_done) struct hash h = {0};
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	rc r = hash_start(&h, e);
	while (rc_ok(r)) {
		ssize_t n = read(fd, step, sizeof step);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "read %s", path);
		if (n == 0)
			return hash_end(&h, ret, e);
		r = hash_add(&h, bytes_of(step, (size_t)n), e);
	}
	return r;
}

static rc add(struct protect *p, const char *path, const char *relative, mode_t mode, struct err *e)
{
	if (p->n == POLICY_PROTECTED_MAX)
		return err_set(e, ERR_LIMIT, "more than %d protected files", POLICY_PROTECTED_MAX);
	struct protected_file *f = &p->files[p->n];
	rc r = hash_file(path, f->sha256, e);
	if (rc_failed(r))
		return r;
	f->path = mem_dup_text(relative);
	f->mode = (uint32_t)mode & 07777;
	if (!f->path)
		return err_set(e, ERR_MEMORY, "protected files: out of memory");
	p->n++;
	return RC_OK;
}

/* A link that a pattern meets is passed by; one that is named is a mistake. */
static rc check_link(const struct declaration *d, const char *relative, struct err *e)
{
	for (size_t i = 0; i < d->protect.n; i++) {
		if (strcmp(d->protect.at[i], relative) != 0)
			continue;
		(void)err_set(e, ERR_INPUT, "%s is declared as protected and is a symbolic link", relative);
		return err_hint(e, "protect the file that it points to");
	}
	return RC_OK;
}

static rc walk(FTS *fts, size_t skip, const struct declaration *d, struct protect *p, struct err *e)
{
	for (const FTSENT *f; (f = fts_read(fts));) {
		if (f->fts_info == FTS_DNR || f->fts_info == FTS_ERR || f->fts_info == FTS_NS)
			return err_errno(e, f->fts_errno, "read %s", f->fts_path);
		if (strlen(f->fts_path) <= skip)
			continue;
		const char *relative = f->fts_path + skip;
		if (f->fts_info == FTS_SL || f->fts_info == FTS_SLNONE) {
			rc r = check_link(d, relative, e);
			if (rc_failed(r))
				return r;
		}
		if (f->fts_info != FTS_F)
			continue;
		if (!declaration_protects(d, relative))
			continue;
		if (!name_path_ok(relative))
			return err_set(e, ERR_INPUT, "protected file with an unusable name: %.80s", relative);
		rc r = add(p, f->fts_accpath, relative, f->fts_statp->st_mode, e);
		if (rc_failed(r))
			return r;
	}
	return RC_OK;
}

rc protect_tree(const char *tree, const struct declaration *d, struct protect *ret, struct err *e)
{
	char root[FILE_PATH_MAX];
	size_t n = strlen(tree);
	while (n > 1 && tree[n - 1] == '/')
		n--;
	if (n == 0 || n >= sizeof root)
		return err_set(e, ERR_LIMIT, "not a usable folder name: %.80s", tree);
	memcpy(root, tree, n);
	root[n] = 0;
	struct stat st;
	if (stat(root, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_MISSING, "root tree %s is not a folder", root);
	CLEANUP(protect_done) struct protect p = {.files = mem_array(POLICY_PROTECTED_MAX, sizeof *p.files)};
	char *roots[] = {root, NULL};
	FTS *fts = p.files ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	if (!fts)
		return err_set(e, ERR_MEMORY, "root tree %s: out of memory", root);
	rc r = walk(fts, n + 1, d, &p, e);
	(void)fts_close(fts);
	if (rc_failed(r))
		return r;
	*ret = p;
	p = (struct protect){0};
	return RC_OK;
}
