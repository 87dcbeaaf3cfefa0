/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the published files still what was signed? The metadata is checked when the repository is opened; this reads
 * every target and names the first that is missing, cut or changed.
 */
#include "release/repo_check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/trust/tuf_target.h"
#include "release/repo_state.h"
#include "core/base/banned.h"

#define READ_STEP ((size_t)256 * 1024)

static rc hash_file(int fd, const char *path, uint8_t ret[SHA256_SIZE], struct err *e)
{
	CLEANUP(hash_done) struct hash h = {0};
	MEM_AUTO uint8_t *step = mem_alloc(READ_STEP);
	if (!step)
		return err_set(e, ERR_MEMORY, "read %s: out of memory", path);
	rc r = hash_start(&h, e);
	while (rc_ok(r)) {
		ssize_t n = read(fd, step, READ_STEP);
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

static rc check_file(const char *path, const struct tuf_target *target, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	struct stat st;
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, errno, "open %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "%s is not a regular file", path);
	if ((uint64_t)st.st_size != target->length)
		return err_set(e, ERR_TRUST, "%s has %lld bytes; %llu were signed", path, (long long)st.st_size,
			       (unsigned long long)target->length);
	rc r = hash_file(fd, path, digest, e);
	if (rc_ok(r) && memcmp(digest, target->sha256, sizeof digest) != 0)
		r = err_set(e, ERR_TRUST, "%s was changed after it was signed", path);
	return r;
}

static rc check_target(const struct repo *r, const struct tuf_target *target, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc result = repo_state_path(r, "targets", target->fetch_name, path, e);
	if (rc_ok(result))
		result = check_file(path, target, e);
	return rc_ok(result) ? result : err_hint(e, "devices refuse it; put the file back from a copy");
}

/* As a device finds it, by its name. */
static rc check_named(const struct repo *r, const char *name, struct err *e)
{
	CLEANUP(tuf_target_done) struct tuf_target target = {0};
	rc result = repo_state_find(r, NULL, r->tuf, name, &target, e);
	return rc_ok(result) ? check_target(r, &target, e) : result;
}

static rc check_all(const struct repo *r, const json_t *doc, struct err *e)
{
	const char *name;
	json_t *entry;
	json_object_foreach(json_object_get(json_object_get(doc, "signed"), "targets"), name, entry)
	{
		rc result = check_named(r, name, e);
		if (rc_failed(result))
			return err_wrap(e, "repository %s", r->dir);
	}
	return RC_OK;
}

rc repo_check_targets(const struct repo *r, struct err *e)
{
	const char *role;
	json_t *doc;
	rc result = check_all(r, r->doc[REPO_TARGETS], e);
	json_object_foreach(r->suppliers, role, doc)
	{
		if (rc_ok(result))
			result = check_all(r, doc, e);
	}
	return result;
}

rc repo_check_listed(const struct repo *r, const json_t *doc, struct err *e)
{
	const char *name;
	json_t *entry;
	json_object_foreach(json_object_get(json_object_get(doc, "signed"), "targets"), name, entry)
	{
		CLEANUP(tuf_target_done) struct tuf_target target = {0};
		rc result = tuf_target_decode(entry, name, true, &target, e);
		if (rc_ok(result))
			result = check_target(r, &target, e);
		if (rc_failed(result))
			return err_wrap(e, "repository %s", r->dir);
	}
	return RC_OK;
}
