/* SPDX-License-Identifier: Apache-2.0 */
#include "workplace.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void workplace_write(const char *path, const char *content)
{
	struct err e = {0};
	check_ok(file_write_atomic(path, bytes_of_text(content), 0644, &e));
}

size_t workplace_count(const char *dir)
{
	size_t n = 0;
	DIR *d = opendir(dir);
	if (!d)
		return 0;
	while (readdir(d))
		n++;
	(void)closedir(d);
	return n - 2;
}

int workplace_setup(void **state)
{
	struct err e = {0};
	struct workplace *w = calloc(1, sizeof *w);
	(void)snprintf(w->dir, sizeof w->dir, "/tmp/hallmark-release-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->keys, sizeof w->keys, "%s/keys", w->dir);
	(void)snprintf(w->repo, sizeof w->repo, "%s/repo", w->dir);
	(void)snprintf(w->image, sizeof w->image, "%s/v.img", w->dir);
	(void)snprintf(w->tree, sizeof w->tree, "%s/tree", w->dir);
	workplace_write(w->image, "the image");
	struct keyring_plan plan = {.dir = w->keys,
				    .maker = "Lumen Ltd",
				    .holders = 2,
				    .threshold = 2,
				    .now = WORKPLACE_NOW,
				    .root_days = 1000};
	check_ok(keyring_make(&plan, &e));
	check_ok(keyring_load(w->keys, "targets", (struct bytes){0}, &w->targets, &e));
	check_ok(keyring_load(w->keys, "snapshot", (struct bytes){0}, &w->snapshot, &e));
	check_ok(keyring_load(w->keys, "timestamp", (struct bytes){0}, &w->timestamp, &e));
	w->signers[0] = privkey_signer(&w->targets);
	w->signers[1] = privkey_signer(&w->snapshot);
	w->signers[2] = privkey_signer(&w->timestamp);
	w->roles = (struct repo_keys){&w->signers[0], &w->signers[1], &w->signers[2]};
	buf_init(&w->root, TUF_ROOT_MAX);
	check_ok(keyring_read(w->keys, "root.json", &w->root, &e));
	*state = w;
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

int workplace_teardown(void **state)
{
	struct workplace *w = *state;
	privkey_done(&w->targets);
	privkey_done(&w->snapshot);
	privkey_done(&w->timestamp);
	buf_done(&w->root);
	assert_int_equal(nftw(w->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(w);
	return 0;
}

static rc cut_here(void *ctx, const char *name, struct err *e)
{
	struct workplace_cut *cut = ctx;
	if (cut->left-- > 0)
		return RC_OK;
	if (cut->murder)
		_exit(77);
	return err_set(e, ERR_SPACE, "no room for %s", name);
}

rc workplace_publish(struct workplace *w, const char *version, int64_t counter, const char *support_end,
		     struct workplace_cut *cut, struct err *e)
{
	char policy[128];
	struct repo *repo = NULL;
	struct repo_published done;
	(void)snprintf(policy, sizeof policy, "{\"support_end\":\"%s\",\"version\":\"%s\"}", support_end, version);
	struct repo_release rel = {.image = {.model = "cam1", .component = "os", .counter = counter},
				   .image_path = w->image,
				   .policy = bytes_of_text(policy),
				   .now = WORKPLACE_NOW,
				   .expires_days = 100,
				   .timestamp_days = 10,
				   .before = cut ? cut_here : NULL,
				   .ctx = cut};
	(void)snprintf(rel.image.version, sizeof rel.image.version, "%s", version);
	rc r = repo_open(w->repo, buf_view(&w->root), &repo, e);
	if (rc_ok(r))
		r = repo_publish(repo, &rel, &w->roles, &done, e);
	repo_free(repo);
	return r;
}

static rc serve(struct workplace *w, struct tuf *t, const struct tuf_fetch *due, struct err *e)
{
	char path[512];
	const char *reason = NULL;
	struct tuf_actions actions;
	CLEANUP(buf_done) struct buf content;
	buf_init(&content, due->max);
	(void)snprintf(path, sizeof path, "%s/metadata/%s", w->repo, due->name);
	if (!file_exists(path))
		return tuf_feed_absent(t, &actions, e);
	rc r = file_read(path, due->max, &content, e);
	return rc_ok(r) ? tuf_feed(t, buf_view(&content), &actions, &reason, e) : r;
}

static void check_target(struct workplace *w, const struct tuf_target *target)
{
	char path[1536];
	uint8_t digest[SHA256_SIZE];
	struct err e = {0};
	CLEANUP(buf_done) struct buf content;
	buf_init(&content, 1 << 20);
	(void)snprintf(path, sizeof path, "%s/targets/%s", w->repo, target->fetch_name);
	check_ok(file_read(path, 1 << 20, &content, &e));
	assert_int_equal(content.len, target->length);
	check_ok(hash_sha256(buf_view(&content), digest, &e));
	assert_memory_equal(digest, target->sha256, sizeof digest);
}

rc workplace_device_sees(struct workplace *w, const char *target, struct tuf_versions *ret, bool *ret_has,
			 struct err *e)
{
	struct tuf *t = NULL;
	bool done = false;
	rc r = tuf_new(buf_view(&w->root), &t, e);
	if (rc_failed(r))
		return r;
	tuf_refresh_begin(t, WORKPLACE_NOW);
	while (rc_ok(r) && !done) {
		struct tuf_fetch due;
		r = tuf_next(t, &due, &done, e);
		if (rc_ok(r) && !done)
			r = serve(w, t, &due, e);
	}
	*ret = tuf_versions(t);
	*ret_has = false;
	if (rc_ok(r)) {
		CLEANUP(tuf_target_done) struct tuf_target found = {0};
		*ret_has = rc_ok(tuf_target_find(t, target, &found, NULL));
		if (*ret_has)
			check_target(w, &found);
	}
	tuf_free(t);
	return r;
}
