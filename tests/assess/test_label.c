/* SPDX-License-Identifier: Apache-2.0 */
/* assess/label, genuine: refused on failures, levels only for what passed, hostile texts escaped, tampering found. */
#include <stdio.h>
#include <stdlib.h>

#include "assess/genuine.h"
#include "core/codec/markup.h"
#include "assess/label.h"
#include "assess/label_text.h"
#include "assess/report.h"
#include "assess_world.h"
#include "core/base/mem.h"
#include "core/codec/qr.h"
#include "core/model/statement.h"
#include "product/catalogue.h"

static const struct wall_time today = {1795305600}; /* 2026-11-22 */

static struct verdict_set *some_verdicts(enum verdict_result first)
{
	struct err e = {0};
	struct verdict_set *v = NULL;
	check_ok(verdict_set_new(&v, &e));
	const char *const ids[] = {"5.1-1", "5.1-5", NULL};
	CLEANUP(subject_free) struct subject *s = assess_world_subject(ids);
	v->subject = s->words;
	(void)snprintf(v->edition, sizeof v->edition, "%s", s->edition);
	memset(v->facts_sha256, 'a', 2 * SHA256_SIZE);
	v->assessed = today;
	for (size_t i = 0; ids[i]; i++) {
		struct verdict *x = &v->list[v->n++];
		(void)snprintf(x->provision, sizeof x->provision, "%s", ids[i]);
		(void)snprintf(x->title, sizeof x->title, "title");
		(void)snprintf(x->reason, sizeof x->reason, "reason");
		x->mandatory = true;
		x->result = i ? VERDICT_PASS : first;
	}
	return v;
}

struct issued {
	struct buf verdicts, claim, svg, html;
};

static void issued_done(struct issued *i)
{
	buf_done(&i->verdicts);
	buf_done(&i->claim);
	buf_done(&i->svg);
	buf_done(&i->html);
}

/* Signs this claim, whatever it says, over these words: also what an honest program would not. */
static void issue_claim(const struct verdict_set *v, struct claim *c, struct privkey *key, struct issued *out)
{
	struct err e = {0};
	struct label_face f;
	struct signer s = privkey_signer(key);
	buf_init(&out->claim, CLAIM_TEXT_MAX);
	buf_init(&out->svg, LABEL_SVG_MAX);
	buf_init(&out->html, LABEL_HTML_MAX);
	label_face(v, &f);
	check_ok(label_sign(c, &s, &out->claim, &e));
	check_ok(label_svg(&f, c, buf_text(&out->claim), &out->svg, &e));
	check_ok(label_html(&f, c, buf_text(&out->claim), buf_view(&out->svg), &out->html, &e));
}

static void claim_of(const struct verdict_set *v, struct issued *out, struct claim *ret)
{
	struct err e = {0};
	buf_init(&out->verdicts, VERDICT_JSON_MAX);
	check_ok(verdict_set_encode(v, &out->verdicts, &e));
	check_ok(label_claim(v, buf_view(&out->verdicts), today, ret, &e));
}

static void issue(const struct verdict_set *v, struct privkey *key, struct issued *out)
{
	struct claim c;
	claim_of(v, out, &c);
	issue_claim(v, &c, key, out);
}

/* Every provision of the catalogue, passed. */
static struct verdict_set *all_passed(void)
{
	struct verdict_set *v = some_verdicts(VERDICT_PASS);
	v->n = 0;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		struct verdict *x = &v->list[v->n++];
		*x = (struct verdict){.mandatory = catalogue_mandatory(&catalogue_table[i]), .result = VERDICT_PASS};
		(void)snprintf(x->provision, sizeof x->provision, "%s", catalogue_table[i].id);
	}
	return v;
}

static void test_levels(void **state)
{
	(void)state;
	static const struct {
		const char *provision;
		unsigned level; /* when this one has not passed */
	} cases[] = {{"5.1-1", 0},  {"5.1-2", 0},  {"5.2-1", 0}, {"5.3-13", 0}, {"5.1-3", 1},
		     {"5.3-10", 1}, {"5.3-16", 1}, {"5.0-1", 2}, {"5.4-1", 2},	{"5.13-1A", 2},
		     {"6-1", 2},    {"5.1-2A", 3}, {"5.3-1", 3}, {"6-8", 3}};
	static const enum verdict_result not_passed[] = {VERDICT_NOT_JUDGED, VERDICT_FAIL, VERDICT_INCONCLUSIVE};
	CLEANUP(verdict_set_free) struct verdict_set *v = all_passed();
	assert_int_equal(label_level(v), 4);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct verdict *x = verdict_set_find(v, cases[i].provision);
		assert_non_null(x);
		for (size_t k = 0; k < ARRAY_LEN(not_passed); k++) {
			x->result = not_passed[k];
			assert_int_equal(label_level(v), cases[i].level);
			x->mandatory = !x->mandatory; /* what the file says of it lowers nothing */
			assert_true(label_level(v) <= cases[i].level);
			x->mandatory = !x->mandatory;
		}
		x->result = VERDICT_NOT_APPLICABLE;
		assert_int_equal(label_level(v), 4);
		x->provision[0] = 'x'; /* not there at all */
		assert_int_equal(label_level(v), cases[i].level);
		(void)snprintf(x->provision, sizeof x->provision, "%s", cases[i].provision);
		x->result = VERDICT_PASS;
	}
	v->n = 0;
	assert_int_equal(label_level(v), 0);
}

static void test_refused(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_FAIL);
	check_fails(ERR_DENIED, label_check(v, today, &e));
	assert_non_null(strstr(e.text, "5.1-1"));
	v->list[0].mandatory = false; /* a recommendation that is not followed does not stand against it */
	check_ok(label_check(v, today, &e));
	v->list[0].result = VERDICT_INCONCLUSIVE;
	check_ok(label_check(v, today, &e));
	(void)snprintf(v->subject.support_end, sizeof v->subject.support_end, "2026-11-21");
	check_fails(ERR_DENIED, label_check(v, today, &e));
	(void)snprintf(v->subject.support_end, sizeof v->subject.support_end, "2026-11-22");
	check_ok(label_check(v, today, &e));
	v->subject.support_end[0] = 0;
	check_fails(ERR_DENIED, label_check(v, today, &e));
	(void)snprintf(v->subject.support_end, sizeof v->subject.support_end, "2031-11-22");
	v->list[1].result = VERDICT_NOT_JUDGED;
	check_fails(ERR_DENIED, label_check(v, today, &e));
	v->n = 0;
	check_fails(ERR_DENIED, label_check(v, today, &e));
}

static bool has(const struct buf *b, const char *text)
{
	return strstr(buf_text(b), text) != NULL;
}

static void test_open_is_printed(void **state)
{
	(void)state;
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_INCONCLUSIVE);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued open = {0}, none = {0};
	issue(v, &key, &open);
	assert_true(has(&open.svg, ">1 mandatory requirement is open:<") && has(&open.svg, ">not shown to be met<"));
	assert_true(has(&open.svg, ">Level 0 of 4<") && has(&open.svg, ">No level reached<"));
	assert_true(has(&open.html, "Mandatory requirements that are open: 1."));
	v->list[0].result = VERDICT_PASS;
	issue(v, &key, &none);
	assert_false(has(&none.svg, "shown to be met"));
	assert_false(has(&none.html, "that are open: "));
}

static void test_hostile_texts_are_escaped(void **state)
{
	(void)state;
	static const char evil[] = "<script>alert('x')</script>\"&--><svg onload=x>";
	struct err e = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_INCONCLUSIVE);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued i = {0};
	CLEANUP(fact_set_done) struct fact_set facts = {0};
	CLEANUP(buf_done) struct buf html;
	char *const fields[] = {v->subject.maker,   v->subject.product, v->subject.model,
				v->subject.version, v->subject.updates, v->subject.password,
				v->subject.data,    v->subject.sensors, v->subject.contact,
				v->subject.url,	    v->edition,		v->list[0].title,
				v->list[0].reason,  v->list[0].section, v->list[0].cases[0].reason};
	for (size_t k = 0; k < ARRAY_LEN(fields); k++)
		(void)snprintf(fields[k], 100, "%s", evil); /* 47 bytes: also a model name may be so long */
	(void)snprintf(v->target, sizeof v->target, "%s", evil);
	v->list[0].cases_n = 1;
	(void)snprintf(v->list[0].cases[0].facts[0], FACT_ID_SIZE, "a.b");
	v->list[0].cases[0].facts_n = 1;
	assess_world_fact(&facts, "a.b", FACT_SEEN, evil);
	(void)snprintf(facts.list[0].evidence, FACT_EVIDENCE_SIZE, "%s", evil);
	buf_init(&html, REPORT_MAX);
	const struct fact_head head = {0};
	const struct report_input in = {v, &facts, &head};
	check_ok(report_html(&in, &html, &e));
	issue(v, &key, &i);
	const char *const outs[] = {buf_text(&html), buf_text(&i.svg), buf_text(&i.html)};
	for (size_t k = 0; k < ARRAY_LEN(outs); k++) {
		assert_null(strstr(outs[k], "<script"));
		assert_null(strstr(outs[k], "onload=x>"));
		assert_non_null(strstr(outs[k], "&lt;script&gt;"));
	}
}

static rc check(struct bytes input, const struct pubkey *key, struct bytes record, struct bytes verdicts,
		char *ret_kind)
{
	CLEANUP(genuine_answer_done) struct genuine_answer a;
	const struct genuine_keys keys = {key, record, verdicts, {0}};
	struct err e = {0};
	genuine_answer_init(&a);
	rc r = genuine_check(input, &keys, &a, &e);
	assert_int_equal(a.lines.len > 0, rc_ok(r));
	if (ret_kind)
		(void)snprintf(ret_kind, 32, "%s", a.kind);
	return r;
}

static void test_label_is_verified_from_any_carrier(void **state)
{
	(void)state;
	char kind[32];
	const struct bytes none = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_PASS);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(privkey_done) struct privkey other = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued i = {0};
	issue(v, &key, &i);
	const struct bytes carriers[] = {buf_view(&i.svg), buf_view(&i.html), buf_view(&i.claim)};
	assert_int_equal(check(bytes_of("\x89PNG\r\n\x1a\n", 8), &key.pub, none, none, NULL).code, ERR_UNSUPPORTED);
	for (size_t k = 0; k < ARRAY_LEN(carriers); k++) {
		assert_int_equal(check(carriers[k], &other.pub, none, none, NULL).code, ERR_TRUST);
		assert_true(rc_ok(check(carriers[k], &key.pub, none, none, kind)));
		assert_string_equal(kind, "label");
	}
	buf_put_u8(&i.claim, '\n'); /* as a file ends */
	assert_true(rc_ok(check(buf_view(&i.claim), &key.pub, none, none, NULL)));
}

/* Text for text of the same length in a copy: refused, with and without the verdicts. */
static void check_change(const struct issued *i, bool page, const struct pubkey *key, const char *from, const char *to)
{
	const struct bytes none = {0};
	CLEANUP(buf_done) struct buf copy;
	buf_init(&copy, LABEL_HTML_MAX);
	buf_put(&copy, buf_view(page ? &i->html : &i->svg));
	assert_int_equal(strlen(from), strlen(to));
	char *at = strstr((char *)copy.data, from);
	if (!at)
		fail_msg("not on the label: %s", from);
	memcpy(at, to, strlen(to));
	assert_int_equal(check(buf_view(&copy), key, none, none, NULL).code, ERR_TRUST);
	assert_int_equal(check(buf_view(&copy), key, none, buf_view(&i->verdicts), NULL).code, ERR_TRUST);
}

static void test_changed_label_is_found(void **state)
{
	(void)state;
	const struct bytes none = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = all_passed();
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued i = {0};
	verdict_set_find(v, "5.4-1")->result = VERDICT_INCONCLUSIVE;
	issue(v, &key, &i);
	assert_true(rc_ok(check(buf_view(&i.svg), &key.pub, none, buf_view(&i.verdicts), NULL)));
	assert_true(rc_ok(check(buf_view(&i.html), &key.pub, none, buf_view(&i.verdicts), NULL)));
	check_change(&i, false, &key.pub, "31 Dec 2099", "31 Dec 2199");
	check_change(&i, false, &key.pub, "Level 2 of 4", "Level 4 of 4");
	check_change(&i, false, &key.pub, ">1 mandatory", ">0 mandatory");
	check_change(&i, false, &key.pub, ">Doorbell<", ">Doorlock<");
	check_change(&i, false, &key.pub, "None declared", "Nothing known");
	check_change(&i, false, &key.pub, "fill=\"#fff\" stroke", "fill=\"#000\" stroke"); /* a stair */
	check_change(&i, false, &key.pub, "M4 4h7", "M4 4h6");				   /* the code itself */
	check_change(&i, true, &key.pub, "<li class=\"now\">", "<li class=\"not\">");
	check_change(&i, true, &key.pub, "31 December 2099", "31 December 2199");
	/* Something before or behind it. */
	buf_put_text(&i.svg, "<!-- -->");
	assert_int_equal(check(buf_view(&i.svg), &key.pub, none, none, NULL).code, ERR_TRUST);
	/* One character of the claim, anywhere in it. */
	for (size_t at = 0; at < i.claim.len; at++) {
		uint8_t before = i.claim.data[at];
		i.claim.data[at] = before == 'A' ? 'B' : 'A';
		assert_true(rc_failed(check(buf_view(&i.claim), &key.pub, none, none, NULL)));
		i.claim.data[at] = before;
	}
}

/* A genuine claim beside words that belong to another label of the same maker, and the other way round. */
static void test_swapped_labels_are_found(void **state)
{
	(void)state;
	const struct bytes none = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_PASS);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued good = {0}, other = {0}, older = {0};
	CLEANUP(buf_done) struct buf mixed;
	struct err e = {0};
	struct claim c;
	struct label_face f;
	issue(v, &key, &good);
	v->list[0].result = VERDICT_INCONCLUSIVE; /* the same product, assessed again */
	issue(v, &key, &older);
	(void)snprintf(v->subject.product, sizeof v->subject.product, "Doorbell Pro");
	issue(v, &key, &other);
	assert_int_equal(check(buf_view(&good.svg), &key.pub, none, buf_view(&other.verdicts), NULL).code, ERR_TRUST);
	assert_int_equal(check(buf_view(&older.claim), &key.pub, none, buf_view(&good.verdicts), NULL).code, ERR_TRUST);
	/* Drawn well, from the words of one and the claim of the other. */
	buf_init(&mixed, LABEL_SVG_MAX);
	label_face(v, &f);
	check_ok(claim_verify(buf_view(&good.claim), &key.pub, &c, &e));
	check_ok(label_svg(&f, &c, buf_text(&good.claim), &mixed, &e));
	assert_int_equal(check(buf_view(&mixed), &key.pub, none, none, NULL).code, ERR_TRUST);
	/* The words of one, the picture and claim of the other. */
	buf_reset(&mixed);
	const char *words = strstr(buf_text(&other.svg), "\neyJ"), *theirs = strstr(buf_text(&good.svg), "\neyJ");
	buf_put(&mixed, bytes_of(good.svg.data, (size_t)(theirs - buf_text(&good.svg))));
	buf_put(&mixed, bytes_of((const uint8_t *)words, strcspn(words, "<")));
	buf_put_text(&mixed, theirs + strcspn(theirs, "<"));
	assert_int_equal(check(buf_view(&mixed), &key.pub, none, none, NULL).code, ERR_TRUST);
	/* No words at all. */
	buf_reset(&mixed);
	buf_put_text(&mixed, "<svg ");
	buf_put(&mixed, buf_view(&good.claim));
	assert_int_equal(check(buf_view(&mixed), &key.pub, none, none, NULL).code, ERR_TRUST);
}

/* The maker signs what it likes; beside the verdicts it does not stand. */
static void test_claim_that_says_more_than_its_verdicts(void **state)
{
	(void)state;
	const struct bytes none = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_INCONCLUSIVE);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	for (size_t k = 0; k < 6; k++) {
		CLEANUP(issued_done) struct issued i = {0};
		struct claim c;
		claim_of(v, &i, &c);
		if (k == 1)
			c.level = 4;
		if (k == 2)
			c.mandatory_open = 0;
		if (k == 3)
			c.counts.pass = 78;
		if (k == 4)
			(void)snprintf(c.support_end, sizeof c.support_end, "2199-12-31");
		if (k == 5)
			(void)snprintf(c.model, sizeof c.model, "lumen-2");
		issue_claim(v, &c, &key, &i);
		assert_true(rc_ok(check(buf_view(&i.svg), &key.pub, none, none, NULL)));
		assert_int_equal(rc_ok(check(buf_view(&i.svg), &key.pub, none, buf_view(&i.verdicts), NULL)), k == 0);
	}
}

static void test_support_that_is_over_is_said(void **state)
{
	(void)state;
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_PASS);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued i = {0};
	issue(v, &key, &i);
	for (int64_t late = 0; late < 2; late++) { /* 2099-12-31 is the last day */
		CLEANUP(genuine_answer_done) struct genuine_answer a;
		const struct genuine_keys keys = {.key = &key.pub, .today = {4102358400 + late * SECONDS_PER_DAY}};
		struct err e = {0};
		genuine_answer_init(&a);
		check_ok(genuine_check(buf_view(&i.claim), &keys, &a, &e));
		assert_int_equal(strstr(buf_text(&a.caveat), "is over") != NULL, late);
	}
}

static void fill(char *out, size_t size, size_t n, const char *piece)
{
	size_t len = 0;
	while (len + strlen(piece) <= n && len + strlen(piece) < size) {
		memcpy(out + len, piece, strlen(piece));
		len += strlen(piece);
	}
	out[len] = 0;
}

/* Of whatever length the texts are, the code is never finer than 0.33 mm at the least width. */
static void test_every_claim_fits_its_code(void **state)
{
	(void)state;
	static const char *const pieces[] = {"a", "Wide Name ", "\xe9\x9b\xbb\xe7\x90\xb4", "\xf0\x9f\x94\x92"};
	struct err e = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_INCONCLUSIVE);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	assert_true(LABEL_QR_LEAST_MM * 1000 / LABEL_QR_MODULES_MAX >= 330);
	for (size_t n = 1; n < 4 * 16; n += 3) {
		CLEANUP(issued_done) struct issued i = {0};
		CLEANUP(buf_done) struct buf path;
		const char *piece = pieces[n % 4];
		size_t length = n / 4 * 20 + strlen(piece);
		struct claim c, back;
		unsigned side = 0;
		buf_init(&path, LABEL_SVG_MAX);
		fill(v->subject.product, sizeof v->subject.product, length, piece);
		fill(v->subject.maker, sizeof v->subject.maker, length, piece);
		fill(v->subject.model, CLAIM_FIELD_SIZE, length, piece);
		fill(v->edition, sizeof v->edition, length, piece);
		(void)snprintf(v->subject.url, sizeof v->subject.url, "https://lumen.example/%.*s", (int)(n % 43),
			       "0123456789012345678901234567890123456789012");
		claim_of(v, &i, &c);
		issue_claim(v, &c, &key, &i);
		check_ok(qr_svg_path_within(buf_text(&i.claim), LABEL_QR_MODULES_MAX, &path, &side, &e));
		assert_true(side <= LABEL_QR_MODULES_MAX);
		check_ok(claim_verify(buf_view(&i.claim), &key.pub, &back, &e));
		assert_string_equal(back.model, v->subject.model);
		assert_true(strlen(v->subject.product) < 17 || strlen(back.product) >= 16);
		assert_true(back.url[0] || length > 40); /* the address goes last */
	}
	memset(v->subject.model, 'm', CLAIM_FIELD_SIZE);
	v->subject.model[CLAIM_FIELD_SIZE] = 0;
	struct claim c;
	check_fails(ERR_LIMIT, label_claim(v, bytes_of("x", 1), today, &c, &e));
}

static unsigned height_of(const struct issued *i)
{
	unsigned height = 0;
	assert_int_equal(
		sscanf(buf_text(&i->svg), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 %u\"", &height),
		1);
	return height;
}

/*
 * At the least width one unit is a tenth of a millimetre, so 6 pt are 21.2; nothing is drawn smaller, or outside, and
 * no text makes the card taller than twice its width.
 */
static void test_no_letter_is_too_small(void **state)
{
	(void)state;
	static const char *const pieces[] = {"W", "Quite long, ", "\xe9\x9b\xbb", "mmmmm mmmm "};
	CLEANUP(verdict_set_free) struct verdict_set *v = all_passed();
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	char *const fields[] = {v->subject.product,  v->subject.maker, v->subject.version, v->subject.updates,
				v->subject.password, v->subject.data,  v->subject.sensors, v->subject.url};
	assert_int_equal(LABEL_WIDTH_LEAST_MM, 70);
	verdict_set_find(v, "5.4-1")->result = VERDICT_INCONCLUSIVE; /* level 2 has the most words */
	for (size_t n = 0; n < 16 * ARRAY_LEN(pieces); n++) {
		CLEANUP(issued_done) struct issued i = {0};
		unsigned texts = 0;
		for (size_t k = 0; k < ARRAY_LEN(fields); k++)
			fill(fields[k], VERDICT_TEXT_SIZE, n < 32 ? n / 4 * 42 + 12 : 319, pieces[n % 4]);
		fill(v->subject.product, VERDICT_TEXT_SIZE, n / 4 % 8 * 9 + 12, "Name ");
		fill(v->subject.model, CLAIM_FIELD_SIZE, n < 32 ? 12 : 64, pieces[n % 4]);
		fill(v->edition, CLAIM_FIELD_SIZE, n < 32 ? 12 : 64, pieces[n % 4]);
		issue(v, &key, &i);
		unsigned height = height_of(&i);
		for (const char *t = buf_text(&i.svg); (t = strstr(t, "<text ")); t++, texts++) {
			unsigned x = 0, y = 0, size = 0;
			assert_int_equal(sscanf(t, "<text x=\"%u\" y=\"%u\" font-size=\"%u\"", &x, &y, &size), 3);
			assert_true(size >= 22 && x < 678 && y > size / 2 && y < height - 8);
		}
		assert_true(texts > 20 && height > 700 && height <= 2 * 700);
	}
}

/* What the drawing's texts say, one after the other, with a blank between lines or without. */
static void texts_of(const struct issued *i, const char *between, struct buf *out)
{
	for (const char *t = buf_text(&i->svg); (t = strstr(t, "<text ")); t++) {
		const char *from = strchr(t, '>') + 1;
		buf_put(out, bytes_of((const uint8_t *)from, strcspn(from, "<")));
		buf_put_text(out, between);
	}
}

/* Data and sensors may end with an ellipsis, beside a page that has them whole; what must be known may not. */
static void test_nothing_needed_is_cut(void **state)
{
	(void)state;
	static const char *const units[] = {"a random one for each unit, can be changed, ",
					    "chosen by the owner, derived from other data, can be changed, "};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_INCONCLUSIVE);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	fill(v->subject.data, VERDICT_TEXT_SIZE, 319, "clips, names, ");
	(void)snprintf(v->subject.data + 300, 10, "voices");
	for (size_t n = 1; n < VERDICT_TEXT_SIZE; n += 3) {
		CLEANUP(issued_done) struct issued i = {0};
		CLEANUP(buf_done) struct buf spaced, joined;
		char *password = v->subject.password;
		buf_init(&spaced, LABEL_SVG_MAX);
		buf_init(&joined, LABEL_SVG_MAX);
		const char *unit = units[n / 3 % ARRAY_LEN(units)];
		for (size_t k = 0; k <= n; k++)
			password[k] = k < n ? unit[k % strlen(unit)] : '\0';
		while (password[strlen(password) - 1] == ' ')
			password[strlen(password) - 1] = '\0';
		fill(v->subject.model, CLAIM_FIELD_SIZE, n < 64 ? n : 64, "m");
		issue(v, &key, &i);
		texts_of(&i, " ", &spaced);
		texts_of(&i, "", &joined);
		char whole[VERDICT_TEXT_SIZE + 32];
		(void)snprintf(whole, sizeof whole, "Default password %c%s ", password[0] - 'a' + 'A', password + 1);
		assert_true(has(&spaced, whole));
		(void)snprintf(whole, sizeof whole, "Model\xc2\xa0%s", v->subject.model);
		assert_true(has(&joined, whole));
		assert_true(has(&spaced, " 31 Dec 2099 ") && has(&spaced, " Level 0 of 4 "));
		assert_true(has(&spaced, " 1 mandatory requirement is open: "));
		assert_true(has(&joined, "clips, names\xe2\x80\xa6") || has(&joined, "names, clips\xe2\x80\xa6"));
		assert_true(!has(&joined, "voices") && has(&i.html, "voices"));
	}
}

static void test_texts_wrap(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned width, lines, n;
		bool cut;
		const char *first;
	} cases[] = {
		{"", 100, 2, 0, false, ""},
		{"   ", 100, 2, 0, false, ""},
		{"two words", 1000, 2, 1, false, "two words"},
		{"two words", 80, 2, 2, false, "two"},
		{"two words", 60, 1, 1, true, "tw\xe2\x80\xa6"},
		{"two, words, more", 100, 1, 1, true, "two\xe2\x80\xa6"},
		{"unbreakable", 60, 6, 3, false, "unbr"},
		{"WWWW", 5, 2, 2, true, "W"},
		{"\xe9\x9b\xbb\xe7\x90\xb4\xe9\x88\xb4", 50, 2, 2, false, "\xe9\x9b\xbb\xe7\x90\xb4"},
		{"e\xcc\x81\xcc\x81\xcc\x81x", 17, 2, 2, false, "e\xcc\x81\xcc\x81\xcc\x81"},
		{"safe\xe2\x80\xaetxt.exe", 1000, 2, 1, false, "safetxt.exe"}, /* right-to-left override */
		{"a\xff\xc3", 1000, 2, 1, false, "a\xff\xc3"},
		{"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", 1000, 1, 1, false, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct label_text t;
		const struct label_text_room room = {cases[i].width, 22, true, cases[i].lines};
		label_text_wrap(cases[i].text, &room, &t);
		if (t.n != cases[i].n || t.cut != cases[i].cut || strcmp(t.line[0], cases[i].first) != 0)
			fail_msg("%s: %u lines, cut %d, first \"%s\"", cases[i].text, t.n, t.cut, t.line[0]);
	}
}

static void test_receipt_through_the_factory_record(void **state)
{
	(void)state;
	struct err e = {0};
	char kind[32];
	const struct bytes none = {0};
	CLEANUP(privkey_done) struct privkey factory = assess_world_key(KEY_ED25519);
	CLEANUP(privkey_done) struct privkey device = assess_world_key(KEY_ED25519);
	CLEANUP(privkey_done) struct privkey other = assess_world_key(KEY_ED25519);
	CLEANUP(buf_done) struct buf record, stranger, payload, receipt;
	MEM_AUTO struct record *unit = mem_alloc(sizeof *unit);
	struct statement_receipt said = {.device = "cam-1", .time = today, .key_destroyed = true, .files = 3};
	struct signer f = privkey_signer(&factory), d = privkey_signer(&device);
	buf_init(&record, ENVELOPE_MAX);
	buf_init(&stranger, ENVELOPE_MAX);
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	buf_init(&receipt, ENVELOPE_MAX);
	assess_world_record("cam-1", &device.pub, "a", NULL, unit);
	check_ok(record_sign(unit, &f, &record, &e));
	assess_world_record("cam-1", &other.pub, "a", NULL, unit);
	check_ok(record_sign(unit, &f, &stranger, &e));
	check_ok(statement_receipt_encode(&said, &payload, &e));
	check_ok(envelope_sign(&d, STATEMENT_TYPE_RECEIPT, buf_view(&payload), &receipt, &e));
	assert_int_equal(check(buf_view(&receipt), &factory.pub, buf_view(&stranger), none, NULL).code, ERR_TRUST);
	assert_int_equal(check(buf_view(&receipt), &other.pub, buf_view(&record), none, NULL).code, ERR_TRUST);
	assert_int_equal(check(buf_view(&receipt), &factory.pub, none, none, NULL).code, ERR_TRUST);
	for (size_t i = 0; i < receipt.len; i++) {
		receipt.data[i] ^= 1;
		assert_true(rc_failed(check(buf_view(&receipt), &factory.pub, buf_view(&record), none, NULL)));
		receipt.data[i] ^= 1;
	}
	assert_true(rc_ok(check(buf_view(&receipt), &factory.pub, buf_view(&record), none, kind)));
	assert_string_equal(kind, "receipt");
	assert_true(rc_ok(check(buf_view(&receipt), &device.pub, none, none, NULL)));
	assert_true(rc_ok(check(buf_view(&record), &factory.pub, none, none, kind)));
	assert_string_equal(kind, "factory-record");
}

static void test_formats_escape(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	char day[48];
	buf_init(&out, 256);
	markup_putf(&out, "<b>%s</b> %u %zu %d%%", "a<b>&\"'\x01", 7U, (size_t)9, -1);
	assert_string_equal(buf_text(&out), "<b>a&lt;b&gt;&amp;&quot;&#39; </b> 7 9 -1%");
	markup_date("2031-12-31", day, sizeof day);
	assert_string_equal(day, "31 December 2031");
	markup_date("soon", day, sizeof day);
	assert_string_equal(day, "soon");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_open_is_printed),
		cmocka_unit_test(test_hostile_texts_are_escaped),
		cmocka_unit_test(test_label_is_verified_from_any_carrier),
		cmocka_unit_test(test_changed_label_is_found),
		cmocka_unit_test(test_swapped_labels_are_found),
		cmocka_unit_test(test_claim_that_says_more_than_its_verdicts),
		cmocka_unit_test(test_support_that_is_over_is_said),
		cmocka_unit_test(test_every_claim_fits_its_code),
		cmocka_unit_test(test_no_letter_is_too_small),
		cmocka_unit_test(test_nothing_needed_is_cut),
		cmocka_unit_test(test_texts_wrap),
		cmocka_unit_test(test_receipt_through_the_factory_record),
		cmocka_unit_test(test_formats_escape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
