/* SPDX-License-Identifier: Apache-2.0 */
/* The pure halves of the probes (TLS hello, security.txt, evidence) and the tampering with its journal. */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assess/device_link.h"
#include "assess/security_txt.h"
#include "assess/tamper.h"
#include "assess/tls_hello.h"
#include "assess_world.h"
#include "core/base/mem.h"
#include "host/os/file.h"

/* ---- TLS ---- */

static void test_tls_answers(void **state)
{
	(void)state;
	static const uint8_t alert[] = {21, 3, 1, 0, 2, 2, 70};
	static const uint8_t http[] = "HTTP/1.1 400 Bad Request\r\n";
	static const uint8_t ssl2[] = {21, 2, 0, 0, 2, 2, 70};
	assert_int_equal(tls_hello_decode(bytes_of(alert, sizeof alert)).kind, TLS_HELLO_ALERT);
	assert_int_equal(tls_hello_decode(bytes_of(alert, sizeof alert)).alert, 70);
	assert_int_equal(tls_hello_decode(bytes_of(alert, 6)).kind, TLS_HELLO_NOTHING);
	assert_int_equal(tls_hello_decode(bytes_of(http, sizeof http)).kind, TLS_HELLO_FOREIGN);
	assert_int_equal(tls_hello_decode(bytes_of(ssl2, sizeof ssl2)).kind, TLS_HELLO_FOREIGN);
	assert_int_equal(tls_hello_decode(bytes_of(NULL, 0)).kind, TLS_HELLO_NOTHING);
}

/* A ServerHello that says 1.2 in the old field and 1.3 in the extension. */
static void test_tls_server_hello(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	uint8_t random[32] = {7};
	buf_init(&b, 512);
	buf_put(&b, bytes_of("\x16\x03\x03\x00\x32\x02\x00\x00\x2e\x03\x03", 11));
	buf_put(&b, bytes_of(random, 32));
	buf_put(&b, bytes_of("\x00\x13\x01\x00\x00\x06\x00\x2b\x00\x02\x03\x04", 12));
	struct tls_hello_answer a = tls_hello_decode(buf_view(&b));
	assert_int_equal(a.kind, TLS_HELLO_ACCEPTED);
	assert_int_equal(a.version, TLS_HELLO_1_3);
	assert_true(tls_hello_cipher_sound(a.cipher));
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(tls_hello_decode(bytes_of(b.data, n)).kind, TLS_HELLO_NOTHING);
	assert_false(tls_hello_cipher_sound(0x0005));
	assert_false(tls_hello_cipher_sound(0xffff));
}

/* ---- documents ---- */

static void test_security_txt(void **state)
{
	(void)state;
	struct err e = {0};
	struct security_txt t;
	static const char good[] = "# hello: world\r\nCONTACT: mailto:a@b.example\r\nContact: tel:1\r\n"
				   "Expires: 2031-01-01T00:00:00Z\r\nPolicy:https://b.example/policy\n";
	check_ok(security_txt_decode(bytes_of_text(good), &t, &e));
	assert_string_equal(t.contact, "mailto:a@b.example");
	assert_string_equal(t.expires, "2031-01-01T00:00:00Z");
	assert_string_equal(t.policy, "https://b.example/policy");
	assert_int_equal(t.contacts, 2);
	check_fails(ERR_INPUT, security_txt_decode(bytes_of_text("# Contact: nobody\n"), &t, &e));
	check_fails(ERR_INPUT, security_txt_decode(bytes_of_text(""), &t, &e));
	check_ok(security_txt_decode(bytes_of_text("Contact: \x1b[31m\n"), &t, &e));
	assert_string_equal(t.contact, "");
}

static void test_time_frames(void **state)
{
	(void)state;
	static const struct {
		const char *page, *word;
		bool found;
	} table[] = {
		{"We <b>acknowledge</b> reports within 5 working days.", "acknowledg", true},
		{"within 72 hours we Acknowledge", "acknowledg", true},
		{"We acknowledge reports soon.", "acknowledg", false},
		{"We acknowledge 5 reports.", "acknowledg", false},
		{"<p title=\"acknowledge in 5 days\">hello</p>", "acknowledg", false},
		{"", "acknowledg", false},
		{"a status update every 30\n days", "status update", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char out[320] = "";
		assert_int_equal(security_txt_time_near(bytes_of_text(table[i].page), table[i].word, out, sizeof out),
				 table[i].found);
		assert_int_equal(out[0] != 0, table[i].found);
	}
}

/* ---- evidence ---- */

static void sign_evidence(const struct statement_evidence *ev, struct privkey *key, const char *type, struct buf *out)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf payload;
	struct signer s = privkey_signer(key);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	buf_init(out, ENVELOPE_MAX);
	check_ok(statement_evidence_encode(ev, &payload, &e));
	check_ok(envelope_sign(&s, type, buf_view(&payload), out, &e));
}

static void refused(const struct buf *envelope, const struct record *unit, const char *nonce)
{
	struct statement_evidence *got = NULL;
	struct err e = {0};
	check_fails(ERR_TRUST, device_link_check(buf_view(envelope), unit, nonce, &got, &e));
	assert_null(got);
}

static void test_evidence_must_be_this_units_and_fresh(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(privkey_done) struct privkey other = assess_world_key(KEY_ED25519);
	CLEANUP(buf_done) struct buf good, forged, wrong_type, elsewhere;
	MEM_AUTO struct record *unit = mem_alloc(sizeof *unit);
	MEM_AUTO struct statement_evidence *ev = mem_alloc(sizeof *ev);
	MEM_AUTO struct statement_evidence *got = NULL;
	assess_world_record("cam-1", &key.pub, "a", NULL, unit);
	*ev = (struct statement_evidence){.device = "cam-1",
					  .model = "lumen-1",
					  .time = {1790000000},
					  .nonce = "aa01",
					  .version = "1.0.0",
					  .slot = 'a',
					  .mode = "normal"};
	sign_evidence(ev, &key, STATEMENT_TYPE_EVIDENCE, &good);
	sign_evidence(ev, &other, STATEMENT_TYPE_EVIDENCE, &forged);
	sign_evidence(ev, &key, STATEMENT_TYPE_BOOT, &wrong_type);
	(void)snprintf(ev->device, sizeof ev->device, "cam-2");
	sign_evidence(ev, &key, STATEMENT_TYPE_EVIDENCE, &elsewhere);
	refused(&forged, unit, "aa01");
	refused(&wrong_type, unit, "aa01");
	refused(&elsewhere, unit, "aa01");
	refused(&good, unit, "aa02"); /* an answer to an older question */
	refused(&good, unit, "");
	for (size_t i = 0; i < good.len; i++) {
		struct statement_evidence *none = NULL;
		good.data[i] ^= 1;
		assert_true(rc_failed(device_link_check(buf_view(&good), unit, "aa01", &none, &e)));
		good.data[i] ^= 1;
	}
	err_clear(&e);
	check_ok(device_link_check(buf_view(&good), unit, "aa01", &got, &e));
	assert_string_equal(got->version, "1.0.0");
}

/* ---- batch ---- */

static void put_record(struct buf *out, const char *device, const char *password, struct privkey *factory)
{
	struct err e = {0};
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	MEM_AUTO struct record *unit = mem_alloc(sizeof *unit);
	struct signer s = privkey_signer(factory);
	assess_world_record(device, &key.pub, password, NULL, unit);
	check_ok(record_sign(unit, &s, out, &e));
	buf_put_u8(out, '\n');
}

static void test_records_of_other_factories_are_counted_not_used(void **state)
{
	(void)state;
	struct err e = {0};
	char dir[256], file[300], pub[300];
	CLEANUP(privkey_done) struct privkey factory = assess_world_key(KEY_ED25519);
	CLEANUP(privkey_done) struct privkey other = assess_world_key(KEY_ED25519);
	CLEANUP(buf_done) struct buf text, pem;
	CLEANUP(records_done) struct records all = {0}, none = {0};
	buf_init(&text, 1 << 20);
	buf_init(&pem, KEY_PEM_MAX);
	assess_world_dir(dir);
	(void)snprintf(file, sizeof file, "%s/records.jsonl", dir);
	(void)snprintf(pub, sizeof pub, "%s/factory.pub", dir);
	check_ok(pubkey_pem(&factory.pub, &pem, &e));
	check_ok(file_create(pub, buf_view(&pem), 0644, &e));
	put_record(&text, "cam-1", "a", &factory);
	put_record(&text, "cam-2", "b", &other);
	put_record(&text, "cam-3", "c", &factory);
	buf_put_text(&text, "{}\n\nnonsense");
	check_ok(file_create(file, buf_view(&text), 0644, &e));
	check_ok(records_load(file, pub, &all, &e));
	assert_int_equal(all.n, 2);
	assert_int_equal(all.refused, 3);
	assert_null(records_of_page(&all, "00"));
	buf_reset(&text);
	put_record(&text, "cam-2", "b", &other);
	check_ok(file_write_atomic(file, buf_view(&text), 0644, &e));
	check_fails(ERR_TRUST, records_load(file, pub, &none, &e));
	check_ok(file_write_atomic(file, bytes_of_text("\n"), 0644, &e));
	check_fails(ERR_MISSING, records_load(file, pub, &none, &e));
	assess_world_drop(dir);
}

/* ---- tampering ---- */

#define METADATA "{\"signatures\":[],\"signed\":{\"_type\":\"timestamp\",\"expires\":\"2031-05-06T07:08:09Z\"}}"
#define CHANGED "{\"signatures\":[],\"signed\":{\"_type\":\"timestamp\",\"expires\":\"2030-05-06T07:08:09Z\"}}"

static void expect_file(const char *repo, const char *content)
{
	struct err e = {0};
	char path[300];
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, 4096);
	(void)snprintf(path, sizeof path, "%s/metadata/timestamp.json", repo);
	check_ok(file_read(path, 4096, &text, &e));
	assert_string_equal(buf_text(&text), content);
}

static void make_repo(char dir[256])
{
	struct err e = {0};
	char path[300];
	assess_world_dir(dir);
	(void)snprintf(path, sizeof path, "%s/metadata", dir);
	check_ok(file_make_dir(path, 0755, &e));
	(void)snprintf(path, sizeof path, "%s/metadata/timestamp.json", dir);
	check_ok(file_create(path, bytes_of_text(METADATA), 0644, &e));
}

static off_t digit_of(const char *text)
{
	off_t at = 0;
	assert_true(tamper_find_digit(bytes_of_text(text), &at));
	return at;
}

static void test_tamper_and_restore(void **state)
{
	(void)state;
	struct err e = {0};
	char dir[256], journal[300];
	bool restored = true;
	off_t at = 0;
	make_repo(dir);
	assert_false(tamper_find_digit(bytes_of_text("{\"signed\":{}}"), &at));
	assert_false(tamper_find_digit(bytes_of_text("\"expires\":\"20"), &at));
	check_ok(tamper_restore(dir, &restored, &e)); /* nothing to do */
	assert_false(restored);
	check_fails(ERR_INPUT, tamper_begin(dir, "../outside", 0, &e));
	check_ok(tamper_begin(dir, "metadata/timestamp.json", digit_of(METADATA), &e));
	expect_file(dir, CHANGED);
	check_fails(ERR_WRONG_STATE, tamper_begin(dir, "metadata/timestamp.json", 3, &e));
	expect_file(dir, CHANGED);
	check_ok(tamper_restore(dir, &restored, &e));
	assert_true(restored);
	expect_file(dir, METADATA);
	(void)snprintf(journal, sizeof journal, "%s/" TAMPER_FOLDER, dir);
	assert_false(access(journal, F_OK) == 0);
	/* A byte beyond the end: refused, and nothing changed. */
	check_fails(ERR_INPUT, tamper_begin(dir, "metadata/timestamp.json", 100000, &e));
	expect_file(dir, METADATA);
	assess_world_drop(dir);
}

/* A run that was killed while the change was in place is undone by the next one. */
static void test_killed_run_is_undone(void **state)
{
	(void)state;
	struct err e = {0};
	char dir[256];
	bool restored = false;
	int status = 0;
	make_repo(dir);
	pid_t child = fork();
	if (child == 0) {
		(void)!rc_ok(tamper_begin(dir, "metadata/timestamp.json", digit_of(METADATA), NULL));
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	expect_file(dir, CHANGED);
	check_ok(tamper_restore(dir, &restored, &e));
	assert_true(restored);
	expect_file(dir, METADATA);
	assess_world_drop(dir);
}

/* A release that the maker published meanwhile is not rolled back. */
static void test_newer_file_is_left_alone(void **state)
{
	(void)state;
	struct err e = {0};
	char dir[256], path[300];
	bool restored = false;
	make_repo(dir);
	(void)snprintf(path, sizeof path, "%s/metadata/timestamp.json", dir);
	check_ok(tamper_begin(dir, "metadata/timestamp.json", digit_of(METADATA), &e));
	check_ok(file_write_atomic(path, bytes_of_text("newer"), 0644, &e));
	check_ok(tamper_restore(dir, &restored, &e));
	expect_file(dir, "newer");
	assess_world_drop(dir);
}

/* The changed file is gone: the original must not go with it. And what cannot be looked at is not "changed by others".
 */
static void test_original_is_never_lost(void **state)
{
	(void)state;
	struct err e = {0};
	char dir[256], path[300], folder[300], away[300];
	bool restored = false;
	make_repo(dir);
	(void)snprintf(path, sizeof path, "%s/metadata/timestamp.json", dir);
	(void)snprintf(folder, sizeof folder, "%s/metadata", dir);
	(void)snprintf(away, sizeof away, "%s/away", dir);
	check_ok(tamper_begin(dir, "metadata/timestamp.json", digit_of(METADATA), &e));
	assert_int_equal(unlink(path), 0);
	check_ok(tamper_restore(dir, &restored, &e));
	assert_true(restored);
	expect_file(dir, METADATA);
	check_ok(tamper_begin(dir, "metadata/timestamp.json", digit_of(METADATA), &e));
	assert_int_equal(rename(folder, away), 0);
	check_ok(file_create(folder, bytes_of_text("no folder"), 0644, &e)); /* ENOTDIR */
	assert_true(rc_failed(tamper_restore(dir, &restored, &e)));
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(rename(away, folder), 0);
	check_ok(tamper_restore(dir, &restored, &e));
	expect_file(dir, METADATA);
	assess_world_drop(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls_answers),
		cmocka_unit_test(test_tls_server_hello),
		cmocka_unit_test(test_security_txt),
		cmocka_unit_test(test_time_frames),
		cmocka_unit_test(test_evidence_must_be_this_units_and_fresh),
		cmocka_unit_test(test_records_of_other_factories_are_counted_not_used),
		cmocka_unit_test(test_tamper_and_restore),
		cmocka_unit_test(test_killed_run_is_undone),
		cmocka_unit_test(test_newer_file_is_left_alone),
		cmocka_unit_test(test_original_is_never_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
