/* SPDX-License-Identifier: Apache-2.0 */
/* assess/label, report, genuine: refused on failures, hostile texts escaped, tampering found. */
#include <stdio.h>

#include "assess/genuine.h"
#include "core/codec/markup.h"
#include "assess/label.h"
#include "assess/report.h"
#include "assess_world.h"
#include "core/base/mem.h"
#include "core/model/statement.h"

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

static void issue(const struct verdict_set *v, struct privkey *key, struct issued *out)
{
	struct err e = {0};
	struct claim c;
	struct signer s = privkey_signer(key);
	buf_init(&out->verdicts, VERDICT_JSON_MAX);
	buf_init(&out->claim, CLAIM_TEXT_MAX);
	buf_init(&out->svg, LABEL_SVG_MAX);
	buf_init(&out->html, 2 * LABEL_SVG_MAX);
	check_ok(verdict_set_encode(v, &out->verdicts, &e));
	check_ok(label_claim(v, buf_view(&out->verdicts), today, &c, &e));
	check_ok(claim_sign(&c, &s, &out->claim, &e));
	check_ok(label_svg(v, &c, buf_text(&out->claim), &out->svg, &e));
	check_ok(label_html(v, &c, buf_text(&out->claim), buf_view(&out->svg), &out->html, &e));
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

static void test_open_is_printed(void **state)
{
	(void)state;
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_INCONCLUSIVE);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued i;
	issue(v, &key, &i);
	assert_non_null(strstr(buf_text(&i.svg), ">1 passed<"));
	assert_non_null(strstr(buf_text(&i.svg), ">0 failed<"));
	assert_non_null(strstr(buf_text(&i.svg), ">1 open<"));
	assert_non_null(strstr(buf_text(&i.svg), "mandatory ones: 0 failed, 1 open"));
}

static void test_hostile_texts_are_escaped(void **state)
{
	(void)state;
	static const char evil[] = "<script>alert('x')</script>\"&--><svg onload=x>";
	struct err e = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_INCONCLUSIVE);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued i;
	CLEANUP(fact_set_done) struct fact_set facts = {0};
	CLEANUP(buf_done) struct buf html;
	char *const fields[] = {v->subject.maker,   v->subject.product, v->subject.model,
				v->subject.version, v->subject.updates, v->subject.password,
				v->subject.data,    v->subject.sensors, v->subject.contact,
				v->subject.url,	    v->edition,		v->list[0].title,
				v->list[0].reason,  v->list[0].section, v->list[0].cases[0].reason};
	for (size_t k = 0; k < ARRAY_LEN(fields); k++)
		(void)snprintf(fields[k], 100, "%s", evil);
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
	const struct genuine_keys keys = {key, record, verdicts};
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
	CLEANUP(issued_done) struct issued i;
	issue(v, &key, &i);
	const struct bytes carriers[] = {buf_view(&i.svg), buf_view(&i.html), buf_view(&i.claim)};
	for (size_t k = 0; k < ARRAY_LEN(carriers); k++) {
		assert_int_equal(check(carriers[k], &other.pub, none, none, NULL).code, ERR_TRUST);
		assert_true(rc_ok(check(carriers[k], &key.pub, none, none, kind)));
		assert_string_equal(kind, "label");
	}
	buf_put_u8(&i.claim, '\n'); /* as a file ends */
	assert_true(rc_ok(check(buf_view(&i.claim), &key.pub, none, none, NULL)));
}

static void test_changed_label_is_found(void **state)
{
	(void)state;
	const struct bytes none = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = some_verdicts(VERDICT_PASS);
	CLEANUP(privkey_done) struct privkey key = assess_world_key(KEY_ED25519);
	CLEANUP(issued_done) struct issued i;
	issue(v, &key, &i);
	assert_true(rc_ok(check(buf_view(&i.svg), &key.pub, none, buf_view(&i.verdicts), NULL)));
	/* The picture says another year: the claim alone cannot show that, the verdicts can. */
	char *year = strstr((char *)i.svg.data, "31 December 2099");
	assert_non_null(year);
	year[15] = '8';
	assert_true(rc_ok(check(buf_view(&i.svg), &key.pub, none, none, NULL)));
	assert_int_equal(check(buf_view(&i.svg), &key.pub, none, buf_view(&i.verdicts), NULL).code, ERR_TRUST);
	year[15] = '9';
	/* Other verdicts. */
	char *pass = strstr((char *)i.verdicts.data, "\"pass\"");
	memcpy(pass, "\"fail\"", 6);
	assert_int_equal(check(buf_view(&i.svg), &key.pub, none, buf_view(&i.verdicts), NULL).code, ERR_TRUST);
	/* One character of the claim. */
	char *claim = strstr((char *)i.svg.data, CLAIM_PREFIX);
	claim[60] = claim[60] == 'A' ? 'B' : 'A';
	assert_true(rc_failed(check(buf_view(&i.svg), &key.pub, none, none, NULL)));
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
		cmocka_unit_test(test_open_is_printed),
		cmocka_unit_test(test_hostile_texts_are_escaped),
		cmocka_unit_test(test_label_is_verified_from_any_carrier),
		cmocka_unit_test(test_changed_label_is_found),
		cmocka_unit_test(test_receipt_through_the_factory_record),
		cmocka_unit_test(test_formats_escape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
