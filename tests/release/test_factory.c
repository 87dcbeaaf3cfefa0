/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.1-1 EN303645-5.4-2 (each unit its own; all of a run or nothing). */
#include "workplace.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/codec/base32.h"
#include "core/crypto/password.h"
#include "core/model/record.h"
#include "release/factory.h"

static struct factory_run order(const struct workplace *w, const char *out)
{
	return (struct factory_run){.keys_dir = w->keys,
				    .out_dir = out,
				    .model = "cam1",
				    .maker = "Lumen & Co",
				    .service_host = "fleet.example",
				    .service_port = 443,
				    .page_host = "10.77.0.2",
				    .page_port = 9443,
				    .id = "cam1-0001",
				    .now = WORKPLACE_NOW};
}

static void read_at(const char *dir, const char *name, struct buf *out)
{
	struct err e = {0};
	char path[FILE_PATH_MAX];
	buf_init(out, 1 << 20);
	check_ok(file_path(path, &e, dir, name));
	check_ok(file_read(path, 1 << 20, out, &e));
}

static void check_identity(const char *dev, const struct record *rec)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf tls, ca, page, key_pem;
	CLEANUP(privkey_done) struct privkey key = {0};
	CLEANUP(cert_info_done) struct cert_info info = {0};
	char path[FILE_PATH_MAX], a[65], b[65];
	read_at(dev, "factory/tls.pem", &tls);
	read_at(dev, "factory/page.pem", &page);
	read_at(dev, "factory/factory-ca.pem", &ca);
	check_ok(cert_check(buf_view(&tls), buf_view(&ca), CERT_CLIENT, WORKPLACE_NOW, &e));
	check_ok(cert_check(buf_view(&page), buf_view(&ca), CERT_SERVER, WORKPLACE_NOW, &e));
	check_ok(cert_read(buf_view(&tls), &info, &e));
	assert_string_equal(info.common_name, "cam1-0001");
	check_ok(file_path(path, &e, dev, "factory/tls.key"));
	check_ok(keyfile_load(path, (struct bytes){0}, &key, &e));
	check_ok(pubkey_id(&key.pub, a, &e));
	check_ok(pubkey_id(&info.key, b, &e));
	assert_string_equal(a, b);
	privkey_done(&key);
	check_ok(file_path(path, &e, dev, "factory/statement.key"));
	check_ok(keyfile_load(path, (struct bytes){0}, &key, &e));
	buf_init(&key_pem, 4096);
	check_ok(pubkey_pem(&key.pub, &key_pem, &e));
	assert_string_equal(buf_text(&key_pem), rec->statement_key);
}

/* The password on the label opens the hash on the device, and is nowhere else. */
static void check_password(const char *dev, const char *label)
{
	CLEANUP(buf_done) struct buf svg, phc;
	char typed[64] = "", canonical[32];
	static const char *const names[] = {"device.json", "record.json", "password.phc"};
	read_at("/", label + 1, &svg);
	read_at(dev, "factory/password.phc", &phc);
	const char *at = strstr(buf_text(&svg), "id=\"password\"");
	assert_non_null(at);
	assert_int_equal(sscanf(strchr(at, '>'), ">%63[^<]", typed), 1);
	assert_int_equal(strlen(typed), 15);
	assert_true(base32_normalise(typed, canonical, 13));
	assert_true(password_verify(buf_text(&phc), bytes_of_text(canonical)));
	assert_non_null(strstr(buf_text(&svg), "Lumen &amp; Co"));
	assert_non_null(strstr(buf_text(&svg), "https://10.77.0.2:9443/"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char name[64];
		CLEANUP(buf_done) struct buf file;
		(void)snprintf(name, sizeof name, "factory/%s", names[i]);
		read_at(dev, name, &file);
		assert_null(strstr(buf_text(&file), canonical));
		assert_null(strstr(buf_text(&file), typed));
	}
}

static void makes_a_whole_unit(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dev[96], path[FILE_PATH_MAX];
	static struct record rec;
	MEM_AUTO struct factory_unit *units = NULL;
	size_t n = 0;
	struct stat st;
	CLEANUP(buf_done) struct buf env, factory_pem;
	CLEANUP(pubkey_done) struct pubkey factory = {0};
	(void)snprintf(dev, sizeof dev, "%s/dev", w->dir);
	struct factory_run run = order(w, dev);
	check_ok(factory_provision(&run, &units, &n, &e));
	assert_int_equal(n, 1);
	assert_int_equal(workplace_count(dev), 1);
	check_ok(file_path(path, &e, dev, "factory"));
	assert_int_equal(workplace_count(path), 11);
	check_ok(file_path(path, &e, dev, "factory/tls.key"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	read_at(dev, "factory/record.json", &env);
	read_at(w->keys, "factory.pub", &factory_pem);
	check_ok(pubkey_from_pem(buf_view(&factory_pem), &factory, &e));
	check_ok(record_open(buf_view(&env), &factory, &rec, &e));
	assert_string_equal(rec.device, "cam1-0001");
	assert_int_equal(rec.password_bits, 65);
	check_identity(dev, &rec);
	check_password(dev, units[0].label);
	assert_int_equal(stat(units[0].label, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void ids_are_for_ever(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dev[96], other[96];
	MEM_AUTO struct factory_unit *units = NULL;
	size_t n = 0;
	(void)snprintf(dev, sizeof dev, "%s/dev", w->dir);
	(void)snprintf(other, sizeof other, "%s/dev2", w->dir);
	struct factory_run run = order(w, dev), again = order(w, other), same_place = order(w, dev);
	check_ok(factory_provision(&run, &units, &n, &e));
	size_t beside = workplace_count(w->dir);
	struct factory_unit *none = NULL;
	check_fails(ERR_EXISTS, factory_provision(&again, &none, &n, &e));
	same_place.id = "cam1-0002";
	check_fails(ERR_EXISTS, factory_provision(&same_place, &none, &n, &e));
	assert_false(file_exists(other));
	assert_int_equal(workplace_count(w->dir), beside);
	assert_null(none);
}

static void batch_is_distinct(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dev[96], batch[96], labels[128];
	MEM_AUTO struct factory_unit *units = NULL;
	size_t n = 0;
	(void)snprintf(dev, sizeof dev, "%s/devices", w->dir);
	(void)snprintf(batch, sizeof batch, "%s/batch7", w->dir);
	(void)snprintf(labels, sizeof labels, "%s/labels", batch);
	struct factory_run run = order(w, dev);
	run.id = NULL;
	run.count = 6;
	run.batch_dir = batch;
	check_ok(factory_provision(&run, &units, &n, &e));
	assert_int_equal(n, 6);
	assert_int_equal(workplace_count(dev), 6);
	assert_int_equal(workplace_count(labels), 6);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_done) struct buf a;
		read_at(units[i].dir, "factory/password.phc", &a);
		for (size_t k = 0; k < i; k++) {
			CLEANUP(buf_done) struct buf b;
			read_at(units[k].dir, "factory/password.phc", &b);
			assert_string_not_equal(buf_text(&a), buf_text(&b));
			assert_string_not_equal(units[i].id, units[k].id);
		}
	}
	CLEANUP(buf_done) struct buf records;
	size_t lines = 0;
	read_at(batch, "records.jsonl", &records);
	for (size_t i = 0; i < records.len; i++)
		lines += records.data[i] == '\n';
	assert_int_equal(lines, 6);
}

/* The records cannot be written: no device, no label, nothing beside. */
static void failure_leaves_nothing(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dev[96], batch[96], labels[128], records[192];
	struct factory_unit *units = NULL;
	size_t n = 0;
	(void)snprintf(dev, sizeof dev, "%s/devices", w->dir);
	(void)snprintf(batch, sizeof batch, "%s/batch7", w->dir);
	(void)snprintf(labels, sizeof labels, "%s/labels", batch);
	(void)snprintf(records, sizeof records, "%s/records.jsonl", batch);
	check_ok(file_make_dir(batch, 0700, &e));
	assert_int_equal(symlink("/nonexistent/records", records), 0);
	struct factory_run run = order(w, dev);
	run.id = NULL;
	run.count = 3;
	run.batch_dir = batch;
	assert_true(rc_failed(factory_provision(&run, &units, &n, &e)));
	assert_int_equal(workplace_count(dev), 0);
	assert_int_equal(workplace_count(labels), 0);
	assert_int_equal(unlink(records), 0);
	/* A label that is in the way stops the run before the device appears. */
	struct factory_run one = order(w, dev);
	one.batch_dir = batch;
	(void)snprintf(records, sizeof records, "%s/cam1-0001.svg", labels);
	workplace_write(records, "taken");
	check_fails(ERR_EXISTS, factory_provision(&one, &units, &n, &e));
	assert_int_equal(workplace_count(dev), 0);
	assert_true(file_exists(records)); /* not ours to remove */
	assert_null(units);
}

/* The disk is full when the records are written, at the very end: everything is taken back, no half line stays. */
static void full_disk_takes_everything_back(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dev[96], batch[96], labels[128], records[128];
	MEM_AUTO struct factory_unit *units = NULL;
	size_t n = 0;
	CLEANUP(buf_done) struct buf before, after;
	(void)snprintf(dev, sizeof dev, "%s/devices", w->dir);
	(void)snprintf(batch, sizeof batch, "%s/batch7", w->dir);
	(void)snprintf(labels, sizeof labels, "%s/labels", batch);
	(void)snprintf(records, sizeof records, "%s/records.jsonl", batch);
	struct factory_run run = order(w, dev);
	run.id = NULL;
	run.count = 8;
	run.batch_dir = batch;
	check_ok(factory_provision(&run, &units, &n, &e));
	/* A torn line, as a power cut leaves it. */
	check_ok(file_append_synced(records, bytes_of_text("{\"payl"), 0644, &e));
	read_at(batch, "records.jsonl", &before);
	pid_t child = fork();
	if (child == 0) {
		struct rlimit limit = {before.len + 100, before.len + 100};
		struct factory_unit *none = NULL;
		(void)signal(SIGXFSZ, SIG_IGN);
		(void)setrlimit(RLIMIT_FSIZE, &limit);
		run.count = 4;
		rc r = factory_provision(&run, &none, &n, NULL);
		_exit(r.code == ERR_SPACE ? 42 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	assert_int_equal(workplace_count(dev), 8);
	assert_int_equal(workplace_count(labels), 8);
	read_at(batch, "records.jsonl", &after);
	assert_int_equal(after.len, before.len - 6);
	mem_free(units);
	units = NULL;
	check_ok(factory_provision(&run, &units, &n, &e)); /* and the next run works */
	assert_int_equal(workplace_count(dev), 16);
}

static void refuses_bad_orders(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dev[96];
	struct factory_unit *units = NULL;
	size_t n = 0;
	(void)snprintf(dev, sizeof dev, "%s/dev", w->dir);
	struct factory_run run = order(w, dev);
	run.id = "../../etc";
	check_fails(ERR_INPUT, factory_provision(&run, &units, &n, &e));
	run = order(w, dev);
	run.model = "Cam 1";
	check_fails(ERR_INPUT, factory_provision(&run, &units, &n, &e));
	run = order(w, dev);
	run.maker = "";
	check_fails(ERR_INPUT, factory_provision(&run, &units, &n, &e));
	run = order(w, dev);
	run.count = 2; /* one id for two */
	check_fails(ERR_INPUT, factory_provision(&run, &units, &n, &e));
	run = order(w, dev);
	run.keys_dir = w->dir;
	check_fails(ERR_MISSING, factory_provision(&run, &units, &n, &e));
	run = order(w, dev);
	run.page_host = "10.0.0.1,DNS:evil";
	assert_true(rc_failed(factory_provision(&run, &units, &n, &e)));
	assert_false(file_exists(dev));
	assert_null(units);
}

/* A repository whose root is of another maker must not become the trust of a device. */
static void takes_the_repositorys_root_only_if_it_follows(void **state)
{
	struct workplace *w = *state;
	struct err e = {0};
	char dev[96];
	MEM_AUTO struct factory_unit *units = NULL;
	size_t n = 0;
	CLEANUP(buf_done) struct buf root;
	(void)snprintf(dev, sizeof dev, "%s/dev", w->dir);
	check_ok(workplace_publish(w, "1.0.0", 1, "2030-01-01", NULL, &e));
	struct factory_run run = order(w, dev);
	run.repo_dir = w->repo;
	check_ok(factory_provision(&run, &units, &n, &e));
	read_at(dev, "factory/root.json", &root);
	assert_true(bytes_equal(buf_view(&root), buf_view(&w->root)));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, workplace_setup, workplace_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(makes_a_whole_unit),
		CASE(ids_are_for_ever),
		CASE(batch_is_distinct),
		CASE(failure_leaves_nothing),
		CASE(full_disk_takes_everything_back),
		CASE(refuses_bad_orders),
		CASE(takes_the_repositorys_root_only_if_it_follows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
