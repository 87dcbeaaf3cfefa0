/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.3-13 (what is published is kept, and is never shortened). The files are cli_errors.sh's to attack. */
#include "workplace.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../product/declared.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "release/publish.h"

static struct wall_time day(const char *text)
{
	struct wall_time t = {0};
	assert_true(rfc3339_parse_date(text, &t));
	return t;
}

struct bench {
	struct privkey key;
	struct signer maker;
	char yaml[96], record[128];
};

static void bench_make(struct bench *b, const struct workplace *w)
{
	struct err e = {0};
	*b = (struct bench){0};
	check_ok(keyring_load(w->keys, "label", (struct bytes){0}, &b->key, &e));
	b->maker = privkey_signer(&b->key);
	(void)snprintf(b->yaml, sizeof b->yaml, "%s/cam.yaml", w->dir);
	(void)snprintf(b->record, sizeof b->record, "%s/cam.published.jsonl", w->dir);
}

static void bench_done(struct bench *b)
{
	privkey_done(&b->key);
}

static rc publish(const struct bench *b, const char *yaml, const char *on, struct publish_result *ret, struct err *e)
{
	struct declaration *d = declared_parse(yaml);
	const struct publish_order o = {.declaration = b->yaml, .maker = &b->maker, .day = day(on)};
	rc r = publish_add(&o, d, ret, e);
	declaration_free(d);
	return r;
}

static void load(const struct bench *b, struct publication_record *ret)
{
	struct err e = {0};
	const struct published_source source = {b->yaml, NULL, b->maker.pub};
	check_ok(published_load(&source, ret, &e));
}

static void refusals_leave_the_record_as_it_was(void **state)
{
	struct err e = {0};
	CLEANUP(bench_done) struct bench b;
	CLEANUP(buf_done) struct buf before, after;
	struct publish_result done = {0};
	bench_make(&b, *state);
	buf_init(&before, 1 << 20);
	buf_init(&after, 1 << 20);
	check_ok(publish(&b, declared_text(), "2026-10-01", &done, &e));
	check_ok(file_read(b.record, 1 << 20, &before, &e));
	memset(&done, 0xa5, sizeof done);
	struct publish_result untouched;
	memcpy(&untouched, &done, sizeof done);
	static const struct {
		const char *from, *to, *on, *why;
		enum err_code code;
	} cases[] = {
		{"until: 2031-12-31", "until: 2031-12-30", "2026-10-02", "until 2031-12-31 on 2026-10-01",
		 ERR_WRONG_STATE},
		{"until: 2031-12-31", "until: 2032-12-31", "2026-09-30", "before 2026-10-01", ERR_WRONG_STATE},
		{"bits: 60", "bits: 20", "2026-10-02", "contradicts itself", ERR_WRONG_STATE},
		{"model: lumen-cam1", "model: lumen-cam2", "2026-10-02", "lumen-cam2", ERR_TRUST},
		{"name: Lumen Works Ltd", "name: Lumen", "2026-10-02", "by Lumen", ERR_TRUST},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		check_fails(cases[i].code,
			    publish(&b, declared_with(cases[i].from, cases[i].to), cases[i].on, &done, &e));
		assert_non_null(strstr(e.text, cases[i].why));
		assert_memory_equal(&done, &untouched, sizeof done);
	}
	check_ok(file_read(b.record, 1 << 20, &after, &e));
	assert_string_equal(buf_text(&before), buf_text(&after));
}

static void another_writer_is_waited_for(void **state)
{
	struct err e = {0};
	struct workplace *w = *state;
	CLEANUP(bench_done) struct bench b;
	struct publish_result done;
	bench_make(&b, w);
	FD_AUTO int lock = open(w->dir, O_RDONLY | O_DIRECTORY);
	assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0);
	check_fails(ERR_BUSY, publish(&b, declared_text(), "2026-10-01", &done, &e));
	assert_false(file_exists(b.record));
	file_close(&lock);
	check_ok(publish(&b, declared_text(), "2026-10-01", &done, &e));
}

static void the_same_again_is_no_news(void **state)
{
	struct err e = {0};
	CLEANUP(bench_done) struct bench b;
	CLEANUP(publication_record_done) struct publication_record r = {0};
	struct publish_result done;
	bench_make(&b, *state);
	check_ok(publish(&b, declared_text(), "2026-10-01", &done, &e));
	assert_true(done.news);
	check_ok(publish(&b, declared_text(), "2026-12-01", &done, &e));
	assert_false(done.news);
	assert_int_equal(done.last.seq, 1);
	/* A new version of the software alone tells the public nothing new. */
	check_ok(publish(&b, declared_with("version: 1.0.0\n", "version: 1.0.1\n"), "2026-12-01", &done, &e));
	assert_false(done.news);
	/* The statement would read otherwise; so would the page of the policy; so does the end. */
	check_ok(publish(&b, declared_with("place: Cambridge", "place: Oxford"), "2026-12-01", &done, &e));
	assert_true(done.news);
	check_ok(publish(&b, declared_with("example/disclosure\n", "example/policy\n"), "2026-12-02", &done, &e));
	assert_true(done.news);
	check_ok(publish(&b, declared_with("until: 2031-12-31", "until: 2032-01-01"), "2026-12-03", &done, &e));
	assert_true(done.news);
	load(&b, &r);
	assert_int_equal(r.n, 4);
	assert_string_equal(r.head, done.head);
	assert_int_equal(done.before.seq, 3);
}

static void a_trial_writes_nothing(void **state)
{
	struct err e = {0};
	struct workplace *w = *state;
	CLEANUP(bench_done) struct bench b;
	struct publish_result trial, done;
	struct declaration *d = declared_parse(declared_text());
	bench_make(&b, w);
	size_t before = workplace_count(w->dir);
	const struct publish_order o = {
		.declaration = b.yaml, .maker = &b.maker, .day = day("2026-10-01"), .dry_run = true};
	check_ok(publish_add(&o, d, &trial, &e));
	assert_int_equal(workplace_count(w->dir), before);
	declaration_free(d);
	check_ok(publish(&b, declared_text(), "2026-10-01", &done, &e));
	assert_string_equal(trial.head, done.head); /* Ed25519: the same again */
	assert_int_equal(workplace_count(w->dir), before + 1);
}

static void a_full_record_takes_no_more(void **state)
{
	struct err e = {0};
	CLEANUP(bench_done) struct bench b;
	CLEANUP(buf_done) struct buf text;
	struct publication p = {.seq = 1,
				.maker = "Lumen Works Ltd",
				.product = "Lumen Doorbell Camera",
				.model = "lumen-cam1",
				.version = "1.0.0",
				.support_until = day("2031-12-31"),
				.published = day("2026-10-01")};
	struct publish_result done;
	bench_make(&b, *state);
	buf_init(&text, PUBLICATION_RECORD_MAX);
	memset(p.statement_sha256, '0', 64);
	for (; p.seq <= PUBLICATION_ENTRIES_MAX; p.seq++) {
		uint8_t hash[SHA256_SIZE];
		size_t from = text.len;
		check_ok(publication_sign(&p, &b.maker, &text, &e));
		check_ok(hash_sha256(bytes_of(text.data + from, text.len - from), hash, &e));
		hex_encode(bytes_of(hash, sizeof hash), p.previous);
		buf_put_u8(&text, '\n');
	}
	workplace_write(b.record, buf_text(&text));
	check_fails(ERR_LIMIT, publish(&b, declared_text(), "2026-10-02", &done, &e));
	check_fails(ERR_WRONG_STATE, publish(&b, declared_with("until: 2031", "until: 2030"), "2026-10-02", &done, &e));
}

static void the_usual_place_is_beside(void **state)
{
	static const char *const cases[][2] = {
		{"product.yaml", "product.published.jsonl"},
		{"a/b.yml", "a/b.published.jsonl"},
		{"a.yaml/b", "a.yaml/b.published.jsonl"},
		{".yaml", ".yaml.published.jsonl"},
	};
	char path[FILE_PATH_MAX], longest[FILE_PATH_MAX + 1];
	struct err e = {0};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		check_ok(published_path(cases[i][0], path, &e));
		assert_string_equal(path, cases[i][1]);
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	check_fails(ERR_LIMIT, published_path(longest, path, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refusals_leave_the_record_as_it_was, workplace_setup,
						workplace_teardown),
		cmocka_unit_test_setup_teardown(another_writer_is_waited_for, workplace_setup, workplace_teardown),
		cmocka_unit_test_setup_teardown(a_full_record_takes_no_more, workplace_setup, workplace_teardown),
		cmocka_unit_test_setup_teardown(the_same_again_is_no_news, workplace_setup, workplace_teardown),
		cmocka_unit_test_setup_teardown(a_trial_writes_nothing, workplace_setup, workplace_teardown),
		cmocka_unit_test(the_usual_place_is_beside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
