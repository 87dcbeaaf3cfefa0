/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.4-1 (private keys at rest). */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/keys/keyfile.h"
#include "host/os/file.h"

static int setup(void **state)
{
	char *dir = malloc(64);
	(void)snprintf(dir, 64, "/tmp/hallmark-keyfile-XXXXXX");
	assert_non_null(mkdtemp(dir));
	*state = dir;
	return 0;
}

static int teardown(void **state)
{
	char path[128];
	static const char *const names[] = {"k", "k2", "copy"};
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", (char *)*state, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

static void at(void **state, const char *name, char ret[128])
{
	(void)snprintf(ret, 128, "%s/%s", (char *)*state, name);
}

static void keeps_each_type(void **state)
{
	static const enum key_type types[] = {KEY_ED25519, KEY_ECDSA_P256, KEY_RSA_PSS};
	for (size_t i = 0; i < 3; i++) {
		struct err e = {0};
		char path[128];
		CLEANUP(privkey_done) struct privkey made = {0}, read = {0};
		CLEANUP(buf_done) struct buf sig;
		bool sealed = true;
		struct stat st;
		at(state, "k", path);
		buf_init(&sig, KEY_SIGNATURE_MAX);
		check_ok(keyfile_generate(types[i], &made, &e));
		check_ok(keyfile_save(path, &made, (struct bytes){0}, &e));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		check_ok(keyfile_is_sealed(path, &sealed, &e));
		assert_false(sealed);
		check_ok(keyfile_load(path, (struct bytes){0}, &read, &e));
		struct signer s = privkey_signer(&read);
		check_ok(signer_sign(&s, bytes_of_text("m"), &sig, &e));
		assert_true(pubkey_verify(&made.pub, bytes_of_text("m"), buf_view(&sig)));
		assert_int_equal(unlink(path), 0);
	}
}

static void makes_a_new_key_each_time(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(privkey_done) struct privkey a = {0}, b = {0};
	char ia[65], ib[65];
	check_ok(keyfile_generate(KEY_ED25519, &a, &e));
	check_ok(keyfile_generate(KEY_ED25519, &b, &e));
	check_ok(pubkey_id(&a.pub, ia, &e));
	check_ok(pubkey_id(&b.pub, ib, &e));
	assert_string_not_equal(ia, ib);
}

static void never_overwrites(void **state)
{
	struct err e = {0};
	char path[128];
	CLEANUP(privkey_done) struct privkey a = {0}, b = {0}, read = {0};
	char ia[65], ir[65];
	at(state, "k", path);
	check_ok(keyfile_generate(KEY_ED25519, &a, &e));
	check_ok(keyfile_generate(KEY_ED25519, &b, &e));
	check_ok(keyfile_save(path, &a, (struct bytes){0}, &e));
	check_fails(ERR_EXISTS, keyfile_save(path, &b, (struct bytes){0}, &e));
	assert_true(e.hint[0] != 0);
	check_ok(keyfile_load(path, (struct bytes){0}, &read, &e));
	check_ok(pubkey_id(&a.pub, ia, &e));
	check_ok(pubkey_id(&read.pub, ir, &e));
	assert_string_equal(ia, ir);
}

static void seals(void **state)
{
	struct err e = {0};
	char path[128];
	bool sealed = false;
	CLEANUP(privkey_done) struct privkey a = {0}, read = {0};
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, 65536);
	at(state, "k", path);
	check_ok(keyfile_generate(KEY_ED25519, &a, &e));
	check_ok(keyfile_save(path, &a, bytes_of_text("correct horse"), &e));
	check_ok(keyfile_is_sealed(path, &sealed, &e));
	assert_true(sealed);
	check_ok(file_read(path, 65536, &file, &e));
	assert_null(strstr(buf_text(&file), "PRIVATE"));
	check_fails(ERR_TRUST, keyfile_load(path, bytes_of_text("correct house"), &read, &e));
	check_fails(ERR_TRUST, keyfile_load(path, (struct bytes){0}, &read, &e));
	check_ok(keyfile_load(path, bytes_of_text("correct horse"), &read, &e));
}

/* A sample of the places; each try costs a whole Argon2id. */
static void refuses_changed_files(void **state)
{
	struct err e = {0};
	char path[128], copy[128];
	CLEANUP(privkey_done) struct privkey a = {0};
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, 65536);
	at(state, "k", path);
	at(state, "copy", copy);
	check_ok(keyfile_generate(KEY_ED25519, &a, &e));
	check_ok(keyfile_save(path, &a, bytes_of_text("p"), &e));
	check_ok(file_read(path, 65536, &file, &e));
	size_t body = file.len - 4; /* the line break, the brace and the quote are form, not content */
	for (size_t i = 0; i < body; i += 23) {
		CLEANUP(privkey_done) struct privkey read = {0};
		file.data[i] ^= 1;
		check_ok(file_write_atomic(copy, buf_view(&file), 0600, &e));
		if (rc_ok(keyfile_load(copy, bytes_of_text("p"), &read, &e)))
			fail_msg("byte %zu changed and accepted", i);
		file.data[i] ^= 1;
	}
}

static void refuses_files_others_may_read(void **state)
{
	struct err e = {0};
	char path[128], link[128];
	CLEANUP(privkey_done) struct privkey a = {0}, read = {0};
	bool sealed;
	at(state, "k", path);
	at(state, "k2", link);
	check_ok(keyfile_generate(KEY_ED25519, &a, &e));
	check_ok(keyfile_save(path, &a, (struct bytes){0}, &e));
	assert_int_equal(chmod(path, 0640), 0);
	check_fails(ERR_DENIED, keyfile_load(path, (struct bytes){0}, &read, &e));
	check_fails(ERR_DENIED, keyfile_is_sealed(path, &sealed, &e));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(symlink(path, link), 0);
	assert_true(rc_failed(keyfile_load(link, (struct bytes){0}, &read, &e)));
	check_fails(ERR_MISSING, keyfile_load("/tmp/hallmark-no-such-key", (struct bytes){0}, &read, &e));
}

/* In another process, as that user; exit status: the error's code. */
static int load_as(const char *path, uid_t uid, gid_t gid)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		struct privkey read = {0};
		struct err e = {0};
		if (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
			_exit(100);
		_exit((int)keyfile_load(path, (struct bytes){0}, &read, &e).code);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

static void a_group_reads_only_what_root_gave_it(void **state)
{
	struct err e = {0};
	char path[128];
	CLEANUP(privkey_done) struct privkey a = {0};
	if (geteuid() != 0)
		check_skip("needs root to give files away");
	at(state, "k", path);
	check_ok(keyfile_generate(KEY_ED25519, &a, &e));
	check_ok(keyfile_save(path, &a, (struct bytes){0}, &e));
	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(chown(path, 0, 4001), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(load_as(path, 4001, 4001), ERR_NONE);
	assert_int_equal(load_as(path, 4001, 4002), ERR_DENIED); /* the kernel says so, or we do */
	assert_int_equal(load_as(path, 0, 4001), ERR_DENIED);
	static const mode_t bad[] = {0660, 0644, 0650, 0642};
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		assert_int_equal(load_as(path, 4001, 4001), ERR_DENIED);
	}
	assert_int_equal(chown(path, 4001, 4001), 0); /* its own file, which its whole group reads */
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(load_as(path, 4001, 4001), ERR_DENIED);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(keeps_each_type),
		CASE(makes_a_new_key_each_time),
		CASE(never_overwrites),
		CASE(seals),
		CASE(refuses_changed_files),
		CASE(refuses_files_others_may_read),
		CASE(a_group_reads_only_what_root_gave_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
