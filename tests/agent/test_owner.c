/* SPDX-License-Identifier: Apache-2.0 */
/* The owner's password, its throttle, and the personal data under the agent's key. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#include "agent/identity/owner_io.h"
#include "agent/privacy/vault_io.h"
#include "agent/setup/page.h"
#include "agent/setup/session.h"
#include "core/crypto/password.h"

#define FACTORY "8K3DX7QW92MN"

static char dir[64];

static const char *at(const char *name)
{
	static char path[2][256];
	static unsigned turn;
	char *p = path[turn++ % 2];
	(void)snprintf(p, sizeof path[0], "%s/%s", dir, name);
	return p;
}

static struct mono_time s(int64_t seconds)
{
	return (struct mono_time){seconds * 1000};
}

static struct now now_s(int64_t seconds)
{
	return (struct now){{1000000 + seconds}, {seconds * 1000}};
}

static int set_up(void **state)
{
	struct err e = {0};
	char phc[PASSWORD_PHC_SIZE];
	static const uint8_t salt[PASSWORD_SALT_SIZE] = {9};
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/owner.XXXXXX");
	assert_non_null(mkdtemp(dir));
	check_ok(file_make_dir(at("factory"), 0700, &e));
	check_ok(file_make_dir(at("state"), 0700, &e));
	check_ok(password_hash(PASSWORD_COST_DEVICE, bytes_of_text(FACTORY), salt, phc, &e));
	check_ok(file_write_atomic(at("factory/password.phc"), bytes_of_text(phc), 0600, &e));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	char command[128];
	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static enum owner_answer ask_at(struct owner *o, const char *service, const char *from, const char *password,
				int64_t when_s)
{
	struct err e = {0};
	struct owner_result r = {0};
	check_ok(owner_check(o, &(struct owner_try){service, from, password}, now_s(when_s), &r, &e));
	return r.answer;
}

static enum owner_answer ask(struct owner *o, const char *from, const char *password, int64_t when_s)
{
	return ask_at(o, NULL, from, password, when_s);
}

static void test_throttle_pure(void **state)
{
	(void)state;
	struct throttle t = {0};
	for (int i = 0; i < THROTTLE_FREE; i++) {
		assert_int_equal(throttle_wait_s(&t, "a", s(0)), 0);
		throttle_failed(&t, "a", s(0));
	}
	assert_int_equal(throttle_wait_s(&t, "a", s(0)), THROTTLE_FIRST_S);
	assert_int_equal(throttle_wait_s(&t, "b", s(0)), 0); /* others are not locked out */
	assert_int_equal(throttle_wait_s(&t, "a", s(THROTTLE_FIRST_S)), 0);
	throttle_failed(&t, "a", s(5));
	assert_int_equal(throttle_wait_s(&t, "a", s(5)), 2 * THROTTLE_FIRST_S);
	for (int i = 0; i < 100; i++)
		throttle_failed(&t, "a", s(5));
	assert_int_equal(throttle_wait_s(&t, "a", s(5)), THROTTLE_MAX_S);
	assert_int_equal(throttle_wait_s(&t, "b", s(5)), THROTTLE_ALL_MAX_S); /* over all: at most a minute */
	throttle_succeeded(&t, "a");
	assert_int_equal(throttle_wait_s(&t, "a", s(5)), 0);
	assert_int_equal(throttle_wait_s(&t, "b", s(5)), 0);
}

/* A flood of sources neither grows the table nor frees the one that waits long, and is slowed as a whole. */
static void test_throttle_flood(void **state)
{
	(void)state;
	struct throttle t = {0};
	char source[16];
	for (int i = 0; i < 50; i++)
		throttle_failed(&t, "bad", s(0));
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(source, sizeof source, "s%d", i);
		throttle_failed(&t, source, s(1));
	}
	assert_int_equal(t.sources_n, THROTTLE_SOURCES_MAX);
	assert_true(throttle_wait_s(&t, "bad", s(1)) > 800);
	assert_int_equal(throttle_wait_s(&t, "fresh", s(1)), THROTTLE_ALL_MAX_S);
}

/* The most guesses that get through in a day from one source, by waiting exactly as long as told. */
static void test_throttle_rate(void **state)
{
	(void)state;
	struct throttle t = {0};
	int guesses = 0;
	for (int64_t when = 0; when < SECONDS_PER_DAY;) {
		uint32_t wait = throttle_wait_s(&t, "a", s(when));
		if (wait) {
			when += wait;
			continue;
		}
		throttle_failed(&t, "a", s(when));
		guesses++;
	}
	assert_true(guesses < 250);
}

static void test_throttle_kept(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	struct throttle t = {0}, back;
	buf_init(&b, THROTTLE_JSON_MAX);
	for (int i = 0; i < 20; i++)
		throttle_failed(&t, "page 192.0.2.1", s(100000));
	check_ok(throttle_encode(&t, &b, &e));
	/* After a restart the monotonic clock begins anew: the delay too, in full. */
	check_ok(throttle_decode(buf_view(&b), s(3), &back, &e));
	assert_int_equal(throttle_wait_s(&back, "page 192.0.2.1", s(3)), THROTTLE_MAX_S);
	for (size_t n = 0; n < b.len; n++)
		check_fails(ERR_INPUT, throttle_decode(bytes_of(b.data, n), s(0), &back, &e));
}

static void test_password(void **state)
{
	(void)state;
	struct err e = {0};
	struct owner o;
	check_ok(owner_init(&o, dir, now_s(0), &e));
	assert_true(owner_is_factory(&o));
	assert_int_equal(ask(&o, "a", "", 0), OWNER_WRONG);
	assert_int_equal(ask(&o, "a", "8K3DX7QW92MM", 0), OWNER_WRONG);
	assert_int_equal(ask(&o, "a", FACTORY, 0), OWNER_RIGHT);
	assert_int_equal(ask(&o, "a", "8k3d-x7qw-92mn", 0), OWNER_RIGHT); /* as people type labels */
	assert_non_null(owner_objection(&o, "short"));
	assert_non_null(owner_objection(&o, "aaaaaaaaaaaaaa"));
	assert_non_null(owner_objection(&o, "8k3d-x7qw-92mn"));
	check_fails(ERR_INPUT, owner_change(&o, FACTORY, &e));
	check_ok(owner_change(&o, "a quiet evening", &e));
	assert_false(owner_is_factory(&o));
	assert_int_equal(ask(&o, "a", FACTORY, 0), OWNER_WRONG);
	assert_int_equal(ask(&o, "a", "a quiet evening", 0), OWNER_RIGHT);
	check_ok(owner_reset(&o, &e));
	assert_int_equal(ask(&o, "a", "a quiet evening", 0), OWNER_WRONG);
	assert_int_equal(ask(&o, "a", FACTORY, 0), OWNER_RIGHT); /* this unit's own value again */
	check_ok(file_remove(at("factory/password.phc"), &e));
	struct owner_result r = {0};
	assert_true(rc_failed(owner_check(&o, &(struct owner_try){NULL, "a", FACTORY}, now_s(0), &r, &e)));
	assert_int_equal(r.answer, OWNER_WRONG); /* untouched: no way in through a missing file */
}

static void test_password_throttle(void **state)
{
	(void)state;
	struct err e = {0};
	struct owner o;
	check_ok(owner_init(&o, dir, now_s(0), &e));
	for (int i = 0; i < THROTTLE_FREE; i++)
		assert_int_equal(ask(&o, "a", "no", 0), OWNER_WRONG);
	assert_int_equal(ask(&o, "a", FACTORY, 1), OWNER_WAIT); /* not even the right one */
	assert_int_equal(ask(&o, "a", FACTORY, THROTTLE_FIRST_S), OWNER_RIGHT);
	for (int i = 0; i < THROTTLE_FREE; i++)
		assert_int_equal(ask(&o, "a", "no", 10), OWNER_WRONG);
	check_ok(owner_init(&o, dir, now_s(20), &e));
	assert_int_equal(ask(&o, "a", FACTORY, 20), OWNER_WAIT);
	/* A damaged count is no way to more tries. */
	check_ok(file_write_atomic(at("state/throttle.json"), bytes_of_text("{"), 0600, &e));
	check_ok(owner_init(&o, dir, now_s(30), &e));
	assert_int_equal(ask(&o, "a", FACTORY, 30), OWNER_WAIT);
	assert_int_equal(ask(&o, "a", FACTORY, 30 + THROTTLE_ALL_MAX_S), OWNER_RIGHT);
}

/* A captured program guesses from ever new sources: its own users wait, the owner at the page and other programs do
 * not. */
static void test_doors(void **state)
{
	(void)state;
	struct err e = {0};
	struct owner o;
	char name[32];
	check_ok(owner_init(&o, dir, now_s(0), &e));
	for (int i = 0; i < THROTTLE_ALL_FREE + 3; i++) {
		(void)snprintf(name, sizeof name, "s%d", i);
		(void)ask_at(&o, "camera", name, "no", 0);
	}
	assert_int_equal(ask_at(&o, "camera", "fresh", FACTORY, 1), OWNER_WAIT);
	assert_int_equal(ask(&o, "a", FACTORY, 1), OWNER_RIGHT);
	assert_int_equal(ask_at(&o, "speaker", "fresh", FACTORY, 1), OWNER_RIGHT);
	assert_int_equal(ask_at(&o, "page", "fresh", FACTORY, 1), OWNER_RIGHT); /* a program of that name */
	/* Neither a restart nor many other programs make it forget. */
	for (int i = 0; i < OWNER_DOORS_MAX + 2; i++) {
		(void)snprintf(name, sizeof name, "other%d", i);
		assert_int_equal(ask_at(&o, name, "a", FACTORY, 2), OWNER_RIGHT);
	}
	assert_int_equal(ask_at(&o, "camera", "fresh", FACTORY, 3), OWNER_WAIT);
	check_ok(owner_init(&o, dir, now_s(5), &e));
	assert_int_equal(ask_at(&o, "camera", "fresh", FACTORY, 5), OWNER_WAIT);
	assert_int_equal(ask(&o, "a", FACTORY, 5), OWNER_RIGHT);
	struct owner_result r = {0};
	check_fails(ERR_INPUT, owner_check(&o, &(struct owner_try){"../x", "a", FACTORY}, now_s(5), &r, &e));
}

static void test_vault(void **state)
{
	(void)state;
	CLEANUP(vault_done) struct vault v = {0};
	CLEANUP(buf_done) struct buf b, sealed;
	struct err e = {0};
	struct stat st;
	buf_init(&b, VAULT_RECORD_MAX);
	buf_init(&sealed, 2 * VAULT_RECORD_MAX);
	check_ok(vault_init(&v, dir, &e));
	check_fails(ERR_MISSING, vault_read(&v, "camera", "clip", &b, &e));
	check_fails(ERR_INPUT, vault_store(&v, "camera", "../clip", bytes_of_text("x"), &e));
	check_fails(ERR_INPUT, vault_store(&v, "camera", "a~b", bytes_of_text("x"), &e));
	check_ok(vault_store(&v, "camera", "clip", bytes_of_text("somebody"), &e));
	check_ok(vault_read(&v, "camera", "clip", &b, &e));
	assert_string_equal(buf_text(&b), "somebody");
	assert_int_equal(stat(at("state/personal.key"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* Another program cannot read it, and one file cannot stand in for another. */
	check_fails(ERR_MISSING, vault_read(&v, "speaker", "clip", &b, &e));
	check_ok(file_read(at("state/personal/camera~clip"), 100000, &sealed, &e));
	check_ok(file_write_atomic(at("state/personal/camera~other"), buf_view(&sealed), 0600, &e));
	check_fails(ERR_TRUST, vault_read(&v, "camera", "other", &b, &e));
	sealed.data[sealed.len - 1] ^= 1;
	check_ok(file_write_atomic(at("state/personal/camera~clip"), buf_view(&sealed), 0600, &e));
	buf_reset(&b);
	check_fails(ERR_TRUST, vault_read(&v, "camera", "clip", &b, &e));
	assert_int_equal(b.len, 0);
}

static void test_vault_limits(void **state)
{
	(void)state;
	CLEANUP(vault_done) struct vault v = {0};
	struct err e = {0};
	static uint8_t big[VAULT_RECORD_MAX + 1];
	char name[32];
	check_ok(vault_init(&v, dir, &e));
	check_fails(ERR_LIMIT, vault_store(&v, "camera", "big", bytes_of(big, sizeof big), &e));
	/* Filled from outside, because 512 synced writes take long. */
	for (int i = 0; i < VAULT_RECORDS_MAX; i++) {
		(void)snprintf(name, sizeof name, "state/personal/x~%d", i);
		int fd = open(at(name), O_CREAT | O_WRONLY, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
	}
	check_fails(ERR_SPACE, vault_store(&v, "camera", "one-more", bytes_of_text("x"), &e));
}

/* One program that fills its room leaves room for the others, and may still replace what it has. */
static void test_vault_quota(void **state)
{
	(void)state;
	CLEANUP(vault_done) struct vault v = {0};
	struct err e = {0};
	struct vault_count own;
	char name[48];
	check_ok(vault_init(&v, dir, &e));
	for (int i = 0; i < VAULT_SERVICE_RECORDS_MAX; i++) {
		(void)snprintf(name, sizeof name, "state/personal/cam~%d", i);
		int fd = open(at(name), O_CREAT | O_WRONLY, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
	}
	check_fails(ERR_SPACE, vault_store(&v, "cam", "one-more", bytes_of_text("x"), &e));
	check_ok(vault_store(&v, "cam", "7", bytes_of_text("x"), &e));
	check_ok(vault_store(&v, "camera", "clip", bytes_of_text("x"), &e)); /* begins alike, is another */
	check_ok(vault_count(&v, "camera", &own, &e));
	assert_int_equal(own.records, 1);
	int fd = open(at("state/personal/mic~big"), O_CREAT | O_WRONLY, 0600);
	assert_int_equal(ftruncate(fd, VAULT_SERVICE_BYTES_MAX - 10), 0);
	(void)close(fd);
	check_fails(ERR_SPACE, vault_store(&v, "mic", "more", bytes_of_text("x"), &e));
	check_ok(vault_store(&v, "camera", "clip2", bytes_of_text("x"), &e));
}

static void test_erase(void **state)
{
	(void)state;
	CLEANUP(vault_done) struct vault v = {0}, after = {0};
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	struct statement_receipt r = {0};
	buf_init(&b, VAULT_RECORD_MAX);
	check_ok(vault_init(&v, dir, &e));
	check_ok(vault_store(&v, "camera", "one", bytes_of_text("1"), &e));
	check_ok(vault_store(&v, "camera", "two", bytes_of_text("22"), &e));
	/* Something that cannot be removed is in the receipt, not left out. */
	check_ok(file_make_dir(at("state/personal/stuck/inside"), 0700, &e));
	check_ok(vault_erase(&v, true, &r, &e));
	assert_true(r.key_destroyed);
	assert_true(r.by_service);
	assert_int_equal(r.files, 2);
	assert_true(r.bytes > 3);
	assert_int_equal(r.not_erased_n, 2);
	assert_string_equal(r.not_erased[1].what, "stuck");
	assert_false(file_exists(at("state/personal.key")));
	assert_false(file_exists(at("state/personal/camera~one")));
	check_fails(ERR_BUSY, vault_store(&v, "camera", "one", bytes_of_text("1"), &e));
	/* Power cut before the receipt was kept: the next start knows. */
	check_ok(vault_init(&after, dir, &e));
	assert_true(after.erasing);
	assert_true(after.by_service);
	check_ok(vault_erase_finished(&after, &e));
	check_fails(ERR_MISSING, vault_read(&after, "camera", "one", &b, &e));
	check_ok(vault_store(&after, "camera", "one", bytes_of_text("new"), &e)); /* under a new key */
}

static void test_sessions(void **state)
{
	(void)state;
	struct session_table t = {0};
	uint8_t zero[SESSION_TOKEN_SIZE] = {0}, token[SESSION_TOKEN_SIZE] = {1}, csrf[SESSION_TOKEN_SIZE] = {2};
	assert_null(session_find(&t, zero, s(0))); /* an empty place is no session */
	session_open(&t, token, csrf, s(0));
	assert_null(session_find(&t, zero, s(0)));
	const struct session *found = session_find(&t, token, s(0));
	assert_non_null(found);
	assert_true(session_csrf_ok(found, csrf));
	assert_false(session_csrf_ok(found, token));
	assert_non_null(session_find(&t, token, s(SESSION_IDLE_S - 1)));
	assert_null(session_find(&t, token, s(3 * SESSION_IDLE_S)));
	session_open(&t, token, csrf, s(0));
	for (int64_t i = 0; i < SESSION_LIFE_S; i += SESSION_IDLE_S / 2)
		assert_non_null(session_find(&t, token, s(i)));
	assert_null(session_find(&t, token, s(SESSION_LIFE_S))); /* however busy */
	for (uint8_t i = 1; i < 40; i++) {
		uint8_t other[SESSION_TOKEN_SIZE] = {i, 7};
		session_open(&t, other, csrf, s(i));
	}
	uint8_t last[SESSION_TOKEN_SIZE] = {39, 7}, first[SESSION_TOKEN_SIZE] = {1, 7};
	assert_non_null(session_find(&t, last, s(40)));
	assert_null(session_find(&t, first, s(40)));
	session_close(&t, last);
	assert_null(session_find(&t, last, s(40)));
}

static void test_page(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	struct page_view v = {.front = {.mode = PAGE_ISOLATED, .product = "<script>alert(1)</script>"},
			      .model = "m\"'&",
			      .finding = "usr/bin/<x>",
			      .csrf = "00"};
	buf_init(&b, PAGE_MAX);
	page_home(&v, "done & \"dusted\"", &b);
	assert_null(strstr(buf_text(&b), "<script"));
	assert_null(strstr(buf_text(&b), "m\"'&"));
	assert_non_null(strstr(buf_text(&b), "m&quot;&#39;&amp;"));
	assert_non_null(strstr(buf_text(&b), "<html lang=\"en\">"));
	buf_reset(&b);
	page_sign_in(&v.front, NULL, &b);
	assert_non_null(strstr(buf_text(&b), "cut itself off"));
	assert_null(strstr(buf_text(&b), "usr/bin"));
	assert_non_null(strstr(buf_text(&b), "<label for=\"password\">"));
	assert_null(page_done_text("<b>"));
}

#define with_dir(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_throttle_pure),
		cmocka_unit_test(test_throttle_flood),
		cmocka_unit_test(test_throttle_rate),
		cmocka_unit_test(test_throttle_kept),
		with_dir(test_password),
		with_dir(test_password_throttle),
		with_dir(test_doors),
		with_dir(test_vault),
		with_dir(test_vault_limits),
		with_dir(test_vault_quota),
		with_dir(test_erase),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
