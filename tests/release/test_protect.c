/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.7-1 (reference values come from the tree that was released). */
#include "workplace.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "release/protect.h"

static void plant(const struct workplace *w, const char *name, const char *content, mode_t mode)
{
	struct err e = {0};
	char path[512], dir[512];
	(void)snprintf(path, sizeof path, "%s/%s", w->tree, name);
	(void)snprintf(dir, sizeof dir, "%s", path);
	*strrchr(dir, '/') = 0;
	check_ok(file_make_dir(dir, 0755, &e));
	check_ok(file_write_atomic(path, bytes_of_text(content), mode, &e));
}

static const struct protected_file *find(const struct protect *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->files[i].path, path) == 0)
			return &p->files[i];
	return NULL;
}

static void hashes_what_is_declared(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	uint8_t digest[SHA256_SIZE];
	char path[512];
	const char *paths[] = {"usr/bin/camera", "etc/**"};
	struct declaration d = {.protect = {paths, 2}};
	CLEANUP(protect_done) struct protect p = {0};
	plant(w, "usr/bin/camera", "program", 0755);
	plant(w, "usr/bin/other", "x", 0755);
	plant(w, "etc/camera.conf", "conf", 0640);
	plant(w, "etc/deep/er", "deep", 0600);
	(void)snprintf(path, sizeof path, "%s/etc/link", w->tree);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	check_ok(protect_tree(w->tree, &d, &p, &e));
	assert_int_equal(p.n, 3);
	const struct protected_file *f = find(&p, "usr/bin/camera");
	assert_non_null(f);
	assert_int_equal(f->mode, 0755);
	check_ok(hash_sha256(bytes_of_text("program"), digest, &e));
	assert_memory_equal(f->sha256, digest, sizeof digest);
	assert_int_equal(find(&p, "etc/camera.conf")->mode, 0640);
	assert_non_null(find(&p, "etc/deep/er"));
}

static void refuses_what_it_cannot_read(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	const char *paths[] = {"etc/**"};
	struct declaration d = {.protect = {paths, 1}};
	struct protect p = {0};
	check_fails(ERR_MISSING, protect_tree(w->tree, &d, &p, &e)); /* no such tree */
	check_fails(ERR_MISSING, protect_tree(w->image, &d, &p, &e));
	plant(w, "etc/with blank", "x", 0644);
	check_fails(ERR_INPUT, protect_tree(w->tree, &d, &p, &e));
	assert_int_equal(p.n, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, workplace_setup, workplace_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {CASE(hashes_what_is_declared), CASE(refuses_what_it_cannot_read)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
