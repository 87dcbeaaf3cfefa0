/* SPDX-License-Identifier: Apache-2.0 */
/* Reading targets metadata of a repository just far enough to find an image that a device would have to install. */
#include "assess/repo_image.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/names.h"
#include "core/codec/hex.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define TARGETS_MAX (4 * 1024 * 1024)
#define WHAT "targets metadata"

static rc read_custom(const json_t *target, struct release_info *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	json_t *custom;
	buf_init(&text, RELEASE_CUSTOM_MAX);
	rc r = json_codec_object(target, WHAT, "custom", &custom, e);
	if (rc_failed(r) || rc_failed(r = json_codec_canonical(custom, &text, e)))
		return r;
	return release_decode(buf_view(&text), ret, e);
}

static rc read_target(const char *name, const json_t *target, const struct release_info *info, struct repo_image *ret,
		      struct err *e)
{
	uint8_t sha[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	json_t *hashes;
	int64_t length;
	if (!name_ok(name) || strlen(name) > RELEASE_TARGET_MAX)
		return err_set(e, ERR_INPUT, "a target of the repository has a malformed name");
	rc r = json_codec_object(target, WHAT, "hashes", &hashes, e);
	if (rc_failed(r) || rc_failed(r = json_codec_hex(hashes, WHAT, "sha256", sha, sizeof sha, e)) ||
	    rc_failed(r = json_codec_int(target, WHAT, "length", 1, INT64_MAX, &length, e)))
		return r;
	hex_encode(bytes_of(sha, sizeof sha), hex);
	*ret = (struct repo_image){.counter = (uint64_t)info->counter, .length = (off_t)length};
	(void)snprintf(ret->target, sizeof ret->target, "%s", name);
	(void)snprintf(ret->file, sizeof ret->file, "targets/%s.%s", hex, name);
	(void)snprintf(ret->version, sizeof ret->version, "%s", info->version);
	return RC_OK;
}

rc repo_image_decode(struct bytes metadata, const char *model, uint64_t above, struct repo_image *ret, struct err *e)
{
	JSON_AUTO json_t *root = NULL;
	struct repo_image best = {.counter = above};
	json_t *body, *targets, *target;
	const char *name;
	rc r = json_codec_parse(metadata, TARGETS_MAX, WHAT, &root, e);
	if (rc_failed(r) || rc_failed(r = json_codec_object(root, WHAT, "signed", &body, e)) ||
	    rc_failed(r = json_codec_object(body, WHAT, "targets", &targets, e)))
		return r;
	json_object_foreach(targets, name, target)
	{
		struct release_info info = {0};
		/* Targets of other kinds and other makers may lie here too. */
		if (rc_failed(read_custom(target, &info, NULL)) || info.kind != RELEASE_IMAGE ||
		    strcmp(info.model, model) != 0 || (uint64_t)info.counter <= best.counter)
			continue;
		if (rc_failed(r = read_target(name, target, &info, &best, e)))
			return r;
	}
	if (!best.target[0])
		return err_set(e, ERR_MISSING, "the repository holds no image of %s with a counter above %llu", model,
			       (unsigned long long)above);
	*ret = best;
	return RC_OK;
}

/* "12.targets.json": the one with the highest number. */
static rc newest_targets(const char *dir, char ret[FILE_PATH_MAX], struct err *e)
{
	unsigned long best = 0;
	char name[64];
	DIR *d = opendir(dir);
	if (!d)
		return err_set(e, ERR_MISSING, "%s cannot be read", dir);
	for (const struct dirent *x; (x = readdir(d));) {
		char *end = NULL;
		unsigned long n = strtoul(x->d_name, &end, 10);
		if (end != x->d_name && strcmp(end, ".targets.json") == 0 && n > best)
			best = n;
	}
	(void)closedir(d);
	if (!best)
		return err_set(e, ERR_MISSING, "%s holds no targets metadata", dir);
	(void)snprintf(name, sizeof name, "%lu.targets.json", best);
	return file_path(ret, e, dir, name);
}

rc repo_image_find(const char *repo, const char *model, uint64_t above, struct repo_image *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	buf_init(&text, TARGETS_MAX + 1);
	rc r = file_path(dir, e, repo, "metadata");
	if (rc_failed(r) || rc_failed(r = newest_targets(dir, path, e)) ||
	    rc_failed(r = file_read(path, TARGETS_MAX, &text, e)))
		return r;
	return repo_image_decode(buf_view(&text), model, above, ret, e);
}
