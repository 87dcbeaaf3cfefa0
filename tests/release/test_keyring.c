/* SPDX-License-Identifier: Apache-2.0 */
/* The keys ceremony: whole or not at all, nothing overwritten, modes, certificates. */
#include "workplace.h"

#include <stdio.h>
#include <sys/stat.h>

#include "core/crypto/cert.h"

static void read_file(const char *dir, const char *name, struct buf *out)
{
	struct err e = {0};
	buf_init(out, 65536);
	check_ok(keyring_read(dir, name, out, &e));
}

static void private_files_are_private(void **state)
{
	struct workplace *w = *state;
	static const char *const names[] = {"root-1", "root-2",	 "targets",    "snapshot",  "timestamp",
					    "label",  "factory", "factory-ca", "service-ca"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[256];
		struct stat st;
		(void)snprintf(path, sizeof path, "%s/%s.key", w->keys, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
}

static void never_overwrites(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf before, after;
	read_file(w->keys, "root.json", &before);
	size_t entries = workplace_count(w->keys), beside = workplace_count(w->dir);
	struct keyring_plan plan = {
		.dir = w->keys, .maker = "Other", .holders = 1, .threshold = 1, .now = WORKPLACE_NOW, .root_days = 1};
	check_fails(ERR_EXISTS, keyring_make(&plan, &e));
	read_file(w->keys, "root.json", &after);
	assert_true(bytes_equal(buf_view(&before), buf_view(&after)));
	assert_int_equal(workplace_count(w->keys), entries);
	assert_int_equal(workplace_count(w->dir), beside); /* no staging folder left */
}

static void refuses_impossible_thresholds(void **state)
{
	struct workplace *w = *state;
	static const size_t cases[][2] = {{0, 1}, {2, 0}, {2, 3}, {KEYRING_HOLDERS_MAX + 1, 1}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		char dir[96];
		(void)snprintf(dir, sizeof dir, "%s/new", w->dir);
		struct keyring_plan plan = {.dir = dir,
					    .maker = "m",
					    .holders = cases[i][0],
					    .threshold = cases[i][1],
					    .now = WORKPLACE_NOW,
					    .root_days = 1};
		check_fails(ERR_INPUT, keyring_make(&plan, &e));
		assert_false(file_exists(dir));
	}
}

static void seals_with_a_passphrase(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dir[96];
	bool sealed = true;
	CLEANUP(privkey_done) struct privkey k = {0};
	check_ok(keyring_is_sealed(w->keys, &sealed, &e));
	assert_false(sealed);
	(void)snprintf(dir, sizeof dir, "%s/sealed", w->dir);
	struct keyring_plan plan = {.dir = dir,
				    .maker = "m",
				    .holders = 1,
				    .threshold = 1,
				    .now = WORKPLACE_NOW,
				    .root_days = 1,
				    .passphrase = bytes_of_text("open sesame")};
	check_ok(keyring_make(&plan, &e));
	check_ok(keyring_is_sealed(dir, &sealed, &e));
	assert_true(sealed);
	check_fails(ERR_TRUST, keyring_load(dir, "targets", bytes_of_text("open barley"), &k, &e));
	check_ok(keyring_load(dir, "targets", bytes_of_text("open sesame"), &k, &e));
	check_fails(ERR_MISSING, keyring_is_sealed(w->dir, &sealed, &e));
	assert_true(e.hint[0] != 0);
}

static void issues_the_service_certificate(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dir[96];
	const char *const hosts[] = {"fleet.example", "10.0.0.1", NULL};
	CLEANUP(buf_done) struct buf pem, ca, factory_ca;
	(void)snprintf(dir, sizeof dir, "%s/tls", w->dir);
	struct keyring_server server = {
		.keys_dir = w->keys, .out_dir = dir, .hosts = hosts, .now = WORKPLACE_NOW, .days = 30};
	check_ok(keyring_server_cert(&server, &e));
	check_fails(ERR_EXISTS, keyring_server_cert(&server, &e));
	read_file(dir, "server.pem", &pem);
	read_file(dir, "service-ca.pem", &ca);
	read_file(w->keys, "factory-ca.pem", &factory_ca);
	struct wall_time end = {WORKPLACE_NOW.s + 31 * SECONDS_PER_DAY};
	check_ok(cert_check(buf_view(&pem), buf_view(&ca), CERT_SERVER, WORKPLACE_NOW, &e));
	check_fails(ERR_TRUST, cert_check(buf_view(&pem), buf_view(&ca), CERT_SERVER, end, &e));
	check_fails(ERR_TRUST, cert_check(buf_view(&pem), buf_view(&ca), CERT_CLIENT, WORKPLACE_NOW, &e));
	check_fails(ERR_TRUST, cert_check(buf_view(&pem), buf_view(&factory_ca), CERT_SERVER, WORKPLACE_NOW, &e));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, workplace_setup, workplace_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(private_files_are_private),      CASE(never_overwrites),
		CASE(refuses_impossible_thresholds),  CASE(seals_with_a_passphrase),
		CASE(issues_the_service_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
