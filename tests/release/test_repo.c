/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.3-13 (a published support period). Publishing is safe at every moment. */
#include "workplace.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

static void check_sees(struct workplace *w, int64_t version, const char *target, bool has)
{
	struct err e = {0};
	struct tuf_versions v;
	bool found = false;
	check_ok(workplace_device_sees(w, target, &v, &found, &e));
	assert_int_equal(v.timestamp, version);
	assert_int_equal(v.snapshot, version);
	assert_int_equal(v.targets, version);
	assert_int_equal(found, has);
}

static void publishes_for_devices(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	check_sees(w, 1, "cam1-os-1.0.0.img", true);
	check_ok(workplace_publish(w, "1.1.0", 2, "2030-01-01", NULL, &e));
	check_sees(w, 2, "cam1-os-1.1.0.img", true);
	check_sees(w, 2, "cam1-os-1.0.0.img", true); /* earlier targets stay */
	check_sees(w, 2, "cam1-declaration-1.1.0.json", true);
}

static void refuses_what_must_not_be_published(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	check_ok(workplace_publish(w, "1.0.0", 5, "2030-01-01", NULL, &e));
	check_fails(ERR_EXISTS, workplace_publish(w, "1.0.0", 6, "2030-01-01", NULL, &e));
	check_fails(ERR_EXISTS, workplace_publish(w, "1.0.0+build7", 6, "2030-01-01", NULL, &e));
	check_fails(ERR_DENIED, workplace_publish(w, "1.1.0", 4, "2030-01-01", NULL, &e));
	check_fails(ERR_DENIED, workplace_publish(w, "1.1.0", 6, "2029-12-31", NULL, &e));
	assert_non_null(strstr(e.text, "2030-01-01"));
	check_fails(ERR_INPUT, workplace_publish(w, "1.1", 6, "2030-01-01", NULL, &e));
	check_fails(ERR_INPUT, workplace_publish(w, "1.1.0", 6, "soon", NULL, &e));
	check_sees(w, 1, "cam1-os-1.1.0.img", false);
	check_ok(workplace_publish(w, "1.1.0", 5, "2031-01-01", NULL, &e));
	check_fails(ERR_DENIED, workplace_publish(w, "1.2.0", 5, "2030-06-01", NULL, &e));
	assert_int_equal(unlink(w->image), 0);
	check_fails(ERR_MISSING, workplace_publish(w, "1.3.0", 5, "2031-01-01", NULL, &e));
}

static bool publish_killed_at(struct workplace *w, int step)
{
	struct workplace_cut cut = {.left = step, .murder = true};
	pid_t child = fork();
	if (child == 0) {
		rc r = workplace_publish(w, "1.1.0", 2, "2030-01-01", &cut, NULL);
		_exit(rc_ok(r) ? 0 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 0);
	return WEXITSTATUS(status) == 77;
}

/* Power cut before each file in turn: the devices see the old release until the last one is there. */
static void survives_a_cut_before_every_file(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	int step = 0;
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	for (; publish_killed_at(w, step); step++) {
		check_sees(w, 1, "cam1-os-1.0.0.img", true);
		check_sees(w, 1, "cam1-os-1.1.0.img", false);
	}
	assert_int_equal(step, 5); /* image, policy, targets, snapshot, timestamp */
	check_sees(w, 2, "cam1-os-1.1.0.img", true);
}

static void survives_an_error_before_every_file(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	for (int step = 0; step < 5; step++) { /* the first try leaves nothing, the second the root */
		struct workplace_cut cut = {.left = step};
		check_fails(ERR_SPACE, workplace_publish(w, "1.0.0", 1, "2030-01-01", &cut, &e));
	}
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	check_sees(w, 1, "cam1-os-1.0.0.img", true);
}

static rc spoil_the_packed_file(void *ctx, const char *name, struct err *e)
{
	struct workplace *w = ctx;
	char path[512];
	(void)name;
	(void)snprintf(path, sizeof path, "%s/.pack/full", w->repo);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "X", 1, 0), 1);
	(void)close(fd);
	(void)e;
	return RC_OK;
}

/* What is signed is the digest taken when the file was made; other bytes must not be put under its name. */
static void refuses_a_file_that_changed_after_packing(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	struct repo *repo = NULL;
	struct repo_published done;
	char targets[512];
	struct repo_release rel = {.image = {.model = "cam1", .component = "os", .version = "1.1.0", .counter = 2},
				   .image_path = w->image,
				   .policy = bytes_of_text("{\"support_end\":\"2030-01-01\",\"version\":\"1.1.0\"}"),
				   .terms = {.now = WORKPLACE_NOW,
					     .expires_days = 100,
					     .timestamp_days = 10,
					     .before = spoil_the_packed_file,
					     .ctx = w}};
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	(void)snprintf(targets, sizeof targets, "%s/targets", w->repo);
	size_t files = workplace_count(targets);
	check_ok(repo_open(w->repo, buf_view(&w->root), &repo, &e));
	check_fails(ERR_WRONG_STATE, repo_publish(repo, &rel, &w->roles, &done, &e));
	repo_free(repo);
	assert_non_null(strstr(e.text, "changed while it was published"));
	assert_int_equal(workplace_count(targets), files);
	check_sees(w, 1, "cam1-os-1.1.0.img", false);
	check_sees(w, 1, "cam1-os-1.0.0.img", true);
}

static void refuses_a_tampered_repository(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char path[512];
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	(void)snprintf(path, sizeof path, "%s/metadata/1.targets.json", w->repo);
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, 65536);
	check_ok(file_read(path, 65536, &file, &e));
	file.data[file.len / 2] ^= 1;
	check_ok(file_write_atomic(path, buf_view(&file), 0644, &e));
	check_fails(ERR_TRUST, workplace_publish(w, "1.1.0", 2, "2030-01-01", NULL, &e));
}

static void refuses_a_foreign_root(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	struct repo *repo = NULL;
	CLEANUP(buf_done) struct buf root;
	char keys[96];
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	(void)snprintf(keys, sizeof keys, "%s/other", w->dir);
	struct keyring_plan plan = {
		.dir = keys, .maker = "Other", .holders = 1, .threshold = 1, .now = WORKPLACE_NOW, .root_days = 10};
	check_ok(keyring_make(&plan, &e));
	buf_init(&root, TUF_ROOT_MAX);
	check_ok(keyring_read(keys, "root.json", &root, &e));
	check_fails(ERR_TRUST, repo_open(w->repo, buf_view(&root), &repo, &e));
	assert_null(repo);
}

static void one_writer_at_a_time(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char path[512];
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	(void)snprintf(path, sizeof path, "%s/.lock", w->repo);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	check_fails(ERR_BUSY, workplace_publish(w, "1.1.0", 2, "2030-01-01", NULL, &e));
	(void)close(fd);
	const struct repo_terms terms = {.now = WORKPLACE_NOW, .timestamp_days = 10};
	struct repo *late = NULL; /* opened before, written after another release */
	check_ok(repo_open(w->repo, buf_view(&w->root), &late, &e));
	check_ok(workplace_publish(w, "1.1.0", 2, "2030-01-01", NULL, &e));
	check_fails(ERR_BUSY, repo_refresh(late, &w->roles, &terms, &e));
	repo_free(late);
	check_sees(w, 2, "cam1-os-1.1.0.img", true);
}

static void refreshes_the_timestamp(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	struct repo *repo = NULL;
	struct repo_file files[REPO_FILES];
	const struct repo_terms terms = {.now = WORKPLACE_NOW, .timestamp_days = 50};
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	check_ok(repo_open(w->repo, (struct bytes){0}, &repo, &e));
	check_ok(repo_refresh(repo, &w->roles, &terms, &e));
	repo_free(repo);
	check_ok(repo_open(w->repo, (struct bytes){0}, &repo, &e));
	repo_files(repo, files);
	assert_string_equal(files[1].role, "timestamp");
	assert_int_equal(files[1].version, 2);
	assert_int_equal(files[1].expires.s, WORKPLACE_NOW.s + 50 * SECONDS_PER_DAY);
	assert_int_equal(files[3].version, 1);
	repo_free(repo);
}

static void dry_run_writes_nothing(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	struct repo *repo = NULL;
	struct repo_published done;
	struct repo_release rel = {
		.image = {.model = "cam1", .component = "os", .version = "1.0.0"},
		.image_path = w->image,
		.policy = bytes_of_text("{\"support_end\":\"2030-01-01\"}"),
		.terms = {.now = WORKPLACE_NOW, .expires_days = 1, .timestamp_days = 1, .dry_run = true}};
	check_ok(repo_open(w->repo, buf_view(&w->root), &repo, &e));
	check_ok(repo_publish(repo, &rel, &w->roles, &done, &e));
	repo_free(repo);
	assert_int_equal(done.image_length, 9);
	assert_false(file_exists(w->repo));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, workplace_setup, workplace_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(publishes_for_devices),
		CASE(refuses_what_must_not_be_published),
		CASE(survives_a_cut_before_every_file),
		CASE(survives_an_error_before_every_file),
		CASE(refuses_a_file_that_changed_after_packing),
		CASE(refuses_a_tampered_repository),
		CASE(refuses_a_foreign_root),
		CASE(one_writer_at_a_time),
		CASE(refreshes_the_timestamp),
		CASE(dry_run_writes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
