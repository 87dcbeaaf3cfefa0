/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.3-13 (a published support period is extended, never shortened; what was published stays provable). */
#include "check.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/model/publication.h"

#define DAY SECONDS_PER_DAY

static struct wall_time day(const char *text)
{
	struct wall_time t = {0};
	assert_true(rfc3339_parse_date(text, &t));
	return t;
}

static void make(struct privkey *k)
{
	struct err e = {0};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	check_ok(privkey_of_pkey(key, k, &e));
	EVP_PKEY_free(key);
}

/* Field by field: what lies between fields is nobody's. */
static void check_same(const struct publication *a, const struct publication *b)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf one, two;
	buf_init(&one, PUBLICATION_LINE_MAX);
	buf_init(&two, PUBLICATION_LINE_MAX);
	check_ok(publication_encode(a, &one, &e));
	check_ok(publication_encode(b, &two, &e));
	assert_string_equal(buf_text(&one), buf_text(&two));
}

/* A record, each line a text of its own so that a test may put them together in another way. */
#define LINES 3
struct book {
	struct privkey key;
	struct publication at[LINES];
	struct buf line[LINES];
};

static void hash_line(struct bytes line, char ret[PUBLICATION_HASH_SIZE])
{
	uint8_t raw[SHA256_SIZE];
	struct err e = {0};
	check_ok(hash_sha256(line, raw, &e));
	hex_encode(bytes_of(raw, sizeof raw), ret);
}

static void sign(const struct publication *p, struct privkey *key, struct buf *out)
{
	struct err e = {0};
	struct signer s = privkey_signer(key);
	buf_init(out, PUBLICATION_LINE_MAX);
	check_ok(publication_sign(p, &s, out, &e));
}

static void book_make(struct book *b, const char *model)
{
	static const char *const until[LINES] = {"2031-12-31", "2031-12-31", "2033-12-31"};
	static const char *const published[LINES] = {"2026-10-01", "2027-02-01", "2027-02-01"};
	*b = (struct book){0};
	make(&b->key);
	for (size_t i = 0; i < LINES; i++) {
		struct publication *p = &b->at[i];
		*p = (struct publication){.seq = (int64_t)i + 1,
					  .maker = "Lumen \"Works\" Ltd",
					  .product = "Lumen Doorbell Camera",
					  .version = "1.0.0",
					  .policy_url = "https://lumen.example/disclosure",
					  .support_until = day(until[i]),
					  .published = day(published[i])};
		(void)snprintf(p->model, sizeof p->model, "%s", model);
		memset(p->statement_sha256, 'a', 64);
		if (i)
			hash_line(buf_view(&b->line[i - 1]), p->previous);
		sign(p, &b->key, &b->line[i]);
	}
}

static void book_done(struct book *b)
{
	for (size_t i = 0; i < LINES; i++)
		buf_done(&b->line[i]);
	privkey_done(&b->key);
}

static void put_line(struct buf *text, const struct buf *line)
{
	buf_put(text, buf_view(line));
	buf_put_u8(text, '\n');
}

/* The lines in the order of `order`, which ends with -1. */
static void put_lines(struct buf *text, const struct book *b, const int *order)
{
	buf_init(text, PUBLICATION_RECORD_MAX);
	for (; *order >= 0; order++)
		put_line(text, &b->line[*order]);
}

static const int whole[] = {0, 1, 2, -1};

static void a_whole_record_is_read(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(book_done) struct book b;
	CLEANUP(buf_done) struct buf text;
	CLEANUP(publication_record_done) struct publication_record r = {0};
	char head[PUBLICATION_HASH_SIZE];
	book_make(&b, "cam1");
	put_lines(&text, &b, whole);
	check_ok(publication_record_check(buf_view(&text), &b.key.pub, &r, &e));
	assert_int_equal(r.n, LINES);
	assert_true(r.checked);
	hash_line(buf_view(&b.line[2]), head);
	assert_string_equal(r.head, head);
	for (size_t i = 0; i < LINES; i++)
		check_same(&r.entries[i], &b.at[i]);
	assert_ptr_equal(publication_newest(&r), &r.entries[2]);
	publication_record_done(&r);
	assert_null(publication_newest(&r));
	check_ok(publication_record_check(buf_view(&text), NULL, &r, &e));
	assert_false(r.checked);
	assert_int_equal(r.n, LINES);
}

static void broken_chains_are_refused(void **state)
{
	(void)state;
	static const struct {
		int order[5];
		const char *why;
	} cases[] = {
		{{0, 2, -1}, "entry 2: is numbered 3"},	      /* the middle is gone */
		{{1, 2, -1}, "entry 1: is numbered 2"},	      /* the first is gone */
		{{1, 0, 2, -1}, "entry 1: is numbered 2"},    /* swapped */
		{{0, 2, 1, -1}, "entry 2: is numbered 3"},    /* swapped */
		{{0, 1, 1, -1}, "entry 3: is numbered 2"},    /* twice */
		{{0, 1, 2, 0, -1}, "entry 4: is numbered 1"}, /* begun anew */
	};
	CLEANUP(book_done) struct book b;
	book_make(&b, "cam1");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct pubkey *keys[] = {&b.key.pub, NULL};
		for (size_t k = 0; k < 2; k++) {
			struct err e = {0};
			CLEANUP(buf_done) struct buf text;
			CLEANUP(publication_record_done) struct publication_record r = {0};
			put_lines(&text, &b, cases[i].order);
			check_fails(ERR_TRUST, publication_record_check(buf_view(&text), keys[k], &r, &e));
			assert_non_null(strstr(e.text, cases[i].why));
			assert_null(r.entries);
		}
	}
}

/* The same numbers, signed by the right key, over another history: the hash tells. */
static void an_exchanged_entry_is_found(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(book_done) struct book b;
	CLEANUP(buf_done) struct buf text, other;
	struct publication_record r = {0};
	book_make(&b, "cam1");
	struct publication p = b.at[0];
	p.support_until = day("2030-01-01");
	sign(&p, &b.key, &other);
	buf_init(&text, PUBLICATION_RECORD_MAX);
	put_line(&text, &other);
	put_line(&text, &b.line[1]);
	check_fails(ERR_TRUST, publication_record_check(buf_view(&text), &b.key.pub, &r, &e));
	assert_non_null(strstr(e.text, "entry 2: does not follow"));
	check_fails(ERR_TRUST, publication_record_check(buf_view(&text), NULL, &r, &e));
}

static void every_byte_counts(void **state)
{
	(void)state;
	CLEANUP(book_done) struct book b;
	CLEANUP(buf_done) struct buf text;
	book_make(&b, "cam1");
	put_lines(&text, &b, whole);
	for (size_t i = 0; i < text.len; i++) {
		CLEANUP(publication_record_done) struct publication_record r = {0};
		text.data[i] ^= 1;
		if (rc_ok(publication_record_check(buf_view(&text), &b.key.pub, &r, NULL)))
			fail_msg("byte %zu may be changed", i);
		text.data[i] ^= 1;
	}
}

static void without_a_key_all_but_the_newest_is_held(void **state)
{
	(void)state;
	CLEANUP(book_done) struct book b;
	CLEANUP(buf_done) struct buf text;
	book_make(&b, "cam1");
	put_lines(&text, &b, whole);
	size_t last = text.len - b.line[2].len - 1;
	for (size_t i = 0; i < last; i++) {
		CLEANUP(publication_record_done) struct publication_record r = {0};
		text.data[i] ^= 1;
		if (rc_ok(publication_record_check(buf_view(&text), NULL, &r, NULL)))
			fail_msg("byte %zu may be changed", i);
		text.data[i] ^= 1;
	}
}

/* The same content, the same signature, other bytes: its hash would be another. */
static void one_spelling_only(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(book_done) struct book b;
	CLEANUP(buf_done) struct buf text;
	struct publication_record r = {0};
	book_make(&b, "cam1");
	put_lines(&text, &b, (const int[]){0, 1, -1});
	buf_put_text(&text, "{ ");
	buf_put(&text, bytes_of(b.line[2].data + 1, b.line[2].len - 1));
	buf_put_u8(&text, '\n');
	check_fails(ERR_TRUST, publication_record_check(buf_view(&text), &b.key.pub, &r, &e));
	assert_non_null(strstr(e.text, "entry 3: written in another way"));
}

static void torn_lines_are_told(void **state)
{
	(void)state;
	CLEANUP(book_done) struct book b;
	CLEANUP(buf_done) struct buf text;
	book_make(&b, "cam1");
	put_lines(&text, &b, whole);
	size_t first = b.line[0].len + 1, second = first + b.line[1].len + 1;
	for (size_t n = 0; n < text.len; n++) {
		struct err e = {0};
		CLEANUP(publication_record_done) struct publication_record r = {0};
		rc got = publication_record_check(bytes_of(text.data, n), &b.key.pub, &r, &e);
		if (n == first || n == second) { /* cannot be seen from the text alone: the head is kept elsewhere */
			check_ok(got);
			continue;
		}
		assert_int_equal(got.code, ERR_INPUT);
		assert_non_null(strstr(e.text, n ? "torn" : "no publication"));
		assert_null(r.entries);
	}
}

static void another_key_is_refused(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(book_done) struct book b;
	CLEANUP(privkey_done) struct privkey other = {0};
	CLEANUP(buf_done) struct buf text, line;
	struct publication_record r = {0};
	book_make(&b, "cam1");
	make(&other);
	put_lines(&text, &b, whole);
	check_fails(ERR_TRUST, publication_record_check(buf_view(&text), &other.pub, &r, &e));
	buf_reset(&text);
	sign(&b.at[1], &other, &line);
	put_line(&text, &b.line[0]);
	put_line(&text, &line);
	check_fails(ERR_TRUST, publication_record_check(buf_view(&text), &b.key.pub, &r, &e));
	/* Without any key: at least they must all name the same. */
	check_fails(ERR_TRUST, publication_record_check(buf_view(&text), NULL, &r, &e));
	assert_non_null(strstr(e.text, "another key"));
}

/* Signed by the right key and chained, and still against the rules: a maker who went around `publish`. */
static void signed_breaches_are_refused(void **state)
{
	(void)state;
	CLEANUP(book_done) struct book b;
	book_make(&b, "cam1");
	for (int i = 0; i < 5; i++) {
		struct err e = {0};
		CLEANUP(buf_done) struct buf text, line;
		struct publication_record r = {0};
		struct publication p = b.at[1];
		if (i == 0)
			p.support_until.s -= DAY; /* shorter by a day */
		else if (i == 1)
			(void)snprintf(p.model, sizeof p.model, "cam2");
		else if (i == 2)
			(void)snprintf(p.maker, sizeof p.maker, "Lumen");
		else if (i == 3)
			p.published = day("2026-09-30");
		sign(&p, &b.key, &line);
		put_lines(&text, &b, (const int[]){0, -1});
		put_line(&text, &line);
		if (i == 4) {
			check_ok(publication_record_check(buf_view(&text), &b.key.pub, &r, &e));
			publication_record_done(&r);
			continue;
		}
		check_fails(ERR_TRUST, publication_record_check(buf_view(&text), &b.key.pub, &r, &e));
		check_fails(ERR_TRUST, publication_record_check(buf_view(&text), NULL, &r, &e));
	}
}

static void only_extensions_follow(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(book_done) struct book b;
	book_make(&b, "cam1");
	struct publication p = b.at[2];
	check_ok(publication_follows(NULL, &p, &e));
	check_ok(publication_follows(&b.at[2], &p, &e));
	p.support_until.s -= DAY;
	check_fails(ERR_WRONG_STATE, publication_follows(&b.at[2], &p, &e));
	assert_string_equal(e.text, "support would end on 2033-12-30; published until 2033-12-31 on 2027-02-01");
	assert_non_null(strstr(e.hint, "2033-12-31 or later"));
	p.support_until.s += 2 * DAY;
	check_ok(publication_follows(&b.at[2], &p, &e));
	p.published.s -= DAY;
	check_fails(ERR_WRONG_STATE, publication_follows(&b.at[2], &p, &e));
	check_fails(ERR_TRUST, publication_same(&b.at[2], b.at[2].maker, "cam2", &e));
	check_fails(ERR_TRUST, publication_same(&b.at[2], "Lumen", "cam1", &e));
}

static void entries_are_strict(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"\"v\":1", "\"v\":2"},
		{"\"seq\":2", "\"seq\":0"},
		{"\"seq\":2", "\"seq\":1"},
		{"\"seq\":2", "\"seq\":257"},
		{"\"seq\":2", "\"seq\":\"2\""},
		{"\"model\":\"cam1\"", "\"model\":\"../cam\""},
		{"\"version\":\"1.0.0\"", "\"version\":\"one\""},
		{"2031-12-31", "2031-02-30"},
		{"2027-02-01", "yesterday1"},
		{"aaaa\"", "aa\""},
		{"\"previous\":\"", "\"previous\":\"00"},
		{"\"v\":1", "\"v\":1,\"x\":1"},
		{"\"product\":\"Lumen", "\"product\":\"\\u001b[31m"},
	};
	CLEANUP(book_done) struct book b;
	book_make(&b, "cam1");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = {0};
		CLEANUP(buf_done) struct buf text, changed;
		struct publication got;
		buf_init(&text, PUBLICATION_LINE_MAX);
		buf_init(&changed, PUBLICATION_LINE_MAX);
		check_ok(publication_encode(&b.at[1], &text, &e));
		check_ok(publication_decode(buf_view(&text), &got, &e));
		check_same(&got, &b.at[1]);
		const char *all = buf_text(&text), *at = strstr(all, cases[i].from);
		assert_non_null(at);
		buf_put(&changed, bytes_of(all, (size_t)(at - all)));
		buf_put_text(&changed, cases[i].to);
		buf_put_text(&changed, at + strlen(cases[i].from));
		if (rc_ok(publication_decode(buf_view(&changed), &got, &e)))
			fail_msg("accepted %s", cases[i].to);
	}
}

static void the_statement_is_kept_long_enough(void **state)
{
	(void)state;
	static const struct {
		const char *published, *until, *keep;
	} cases[] = {
		{"2026-10-01", "2031-12-31", "2036-10-01"}, {"2026-10-01", "2036-10-01", "2036-10-01"},
		{"2026-10-01", "2040-12-31", "2040-12-31"}, {"2028-02-29", "2030-01-01", "2038-03-01"},
		{"9995-01-01", "9999-12-31", "9999-12-31"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char keep[RFC3339_DATE_SIZE];
		struct publication p = {.published = day(cases[i].published), .support_until = day(cases[i].until)};
		rfc3339_date(publication_keep_until(&p), keep);
		assert_string_equal(keep, cases[i].keep);
	}
}

static void it_is_told_in_words(void **state)
{
	(void)state;
	CLEANUP(book_done) struct book b;
	char words[PUBLICATION_WORDS_SIZE];
	book_make(&b, "cam1");
	publication_words(NULL, &b.at[0], words);
	assert_string_equal(words, "published 1 October 2026: security updates until 31 December 2031 (version 1.0.0)");
	publication_words(&b.at[0], &b.at[1], words);
	assert_non_null(strstr(words, "still, security updates until 31 December 2031"));
	publication_words(&b.at[1], &b.at[2], words);
	assert_non_null(strstr(words, "extended, security updates until 31 December 2033"));
}

static void limits_hold(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf text;
	struct publication_record r = {0};
	buf_init(&text, PUBLICATION_RECORD_MAX);
	for (int i = 0; i <= PUBLICATION_ENTRIES_MAX; i++)
		buf_put_text(&text, "{}\n");
	check_fails(ERR_LIMIT, publication_record_check(buf_view(&text), NULL, &r, &e));
	buf_reset(&text);
	for (int i = 0; i <= PUBLICATION_LINE_MAX; i++)
		buf_put_u8(&text, ' ');
	buf_put_u8(&text, '\n');
	check_fails(ERR_LIMIT, publication_record_check(buf_view(&text), NULL, &r, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_chains_are_refused),
		cmocka_unit_test(an_exchanged_entry_is_found),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(without_a_key_all_but_the_newest_is_held),
		cmocka_unit_test(one_spelling_only),
		cmocka_unit_test(torn_lines_are_told),
		cmocka_unit_test(another_key_is_refused),
		cmocka_unit_test(signed_breaches_are_refused),
		cmocka_unit_test(only_extensions_follow),
		cmocka_unit_test(entries_are_strict),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(a_whole_record_is_read),
		cmocka_unit_test(the_statement_is_kept_long_enough),
		cmocka_unit_test(it_is_told_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
