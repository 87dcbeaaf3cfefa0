/* SPDX-License-Identifier: Apache-2.0 */
/* assess/report in all its forms: no evidence is no pass, hostile texts stay texts, the same input gives the same
 * bytes. */
#include <stdio.h>

#include "assess/report.h"
#include "assess/report_tree.h"
#include "assess_world.h"
#include "core/base/names.h"
#include "core/codec/json.h"

static const struct wall_time today = {1795305600}; /* 2026-11-22 */
static const char evil[] = "<b a=\"'&\">]]>\x01\x1b\n\xff\xed\xa0\x80 [x](y) {0} \\ \xe2\x82";

struct world {
	struct verdict_set *v;
	struct fact_set facts;
	struct fact_head head;
	struct report_input in;
};

static void world_done(struct world *w)
{
	verdict_set_free(&w->v);
	fact_set_done(&w->facts);
}

static struct verdict *add(struct world *w, const char *id, bool mandatory, enum verdict_result r)
{
	struct verdict *x = &w->v->list[w->v->n++];
	(void)snprintf(x->provision, sizeof x->provision, "%s", id);
	(void)snprintf(x->title, sizeof x->title, "title of %s", id);
	(void)snprintf(x->section, sizeof x->section, "%.3s section", id);
	(void)snprintf(x->reason, sizeof x->reason, "reason of %s", id);
	x->mandatory = mandatory;
	x->result = r;
	if (r == VERDICT_NOT_APPLICABLE)
		return x;
	struct verdict_case *c = &x->cases[x->cases_n++];
	(void)snprintf(c->id, sizeof c->id, "%.12s-1", id);
	(void)snprintf(c->reason, sizeof c->reason, "case of %s", id);
	(void)snprintf(c->facts[c->facts_n++], FACT_ID_SIZE, "declaration.%s", id);
	c->result = r;
	return x;
}

static void world_init(struct world *w)
{
	struct err e = {0};
	*w = (struct world){.head = {.started = {today.s - 60}, .ended = today}};
	check_ok(verdict_set_new(&w->v, &e));
	(void)snprintf(w->v->edition, sizeof w->v->edition, "ETSI EN 303 645 V3.1.3 (2024-09)");
	(void)snprintf(w->v->subject.product, sizeof w->v->subject.product, "Doorbell");
	(void)snprintf(w->v->target, sizeof w->v->target, "192.0.2.7");
	memset(w->v->facts_sha256, 'a', 2 * SHA256_SIZE);
	w->v->assessed = today;
	w->in = (struct report_input){w->v, &w->facts, &w->head};
}

/* One of each result, mandatory and not. */
static void world_of_all(struct world *w)
{
	static const char *const ids[] = {"5.1-1", "5.1-2", "5.2-1", "5.2-2", "5.3-1"};
	world_init(w);
	for (size_t i = 0; i < VERDICT_RESULT_COUNT; i++)
		(void)add(w, ids[i], i % 2, (enum verdict_result)i);
	assess_world_fact(&w->facts, "declaration.5.1-1", FACT_SEEN, "promised");
}

static rc (*const writers[])(const struct report_input *, struct buf *,
			     struct err *) = {report_html, report_json, report_sarif, report_junit, report_oscal};

static void write_one(const struct world *w, size_t writer, struct buf *out)
{
	struct err e = {0};
	buf_init(out, REPORT_MAX);
	check_ok(writers[writer](&w->in, out, &e));
}

/* Every writer is in the table, so none is forgotten when a report is written or checked. */
static void test_table(void **state)
{
	(void)state;
	size_t n = 0;
	for (; report_files[n].name; n++) {
		bool known = false;
		for (size_t i = 0; i < ARRAY_LEN(writers); i++)
			known |= writers[i] == report_files[n].write;
		assert_true(known);
	}
	assert_int_equal(n, ARRAY_LEN(writers));
}

static void test_conclusion(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	char text[256];
	world_init(&w);
	/* Nothing judged is not "all passed". */
	report_conclusion(w.v, text, sizeof text);
	assert_int_equal(report_outcome(w.v), VERDICT_NOT_JUDGED);
	assert_null(strstr(text, "passed"));
	(void)add(&w, "5.1-1", true, VERDICT_NOT_APPLICABLE);
	(void)add(&w, "5.1-2", false, VERDICT_PASS);
	assert_int_equal(report_outcome(w.v), VERDICT_NOT_JUDGED);
	(void)add(&w, "5.2-1", true, VERDICT_PASS);
	assert_int_equal(report_outcome(w.v), VERDICT_PASS);
	(void)add(&w, "5.2-2", false, VERDICT_FAIL); /* a recommendation */
	assert_int_equal(report_outcome(w.v), VERDICT_PASS);
	struct verdict *x = add(&w, "5.3-1", true, VERDICT_NOT_JUDGED);
	assert_int_equal(report_outcome(w.v), VERDICT_INCONCLUSIVE);
	report_conclusion(w.v, text, sizeof text);
	assert_non_null(strstr(text, "1 mandatory provision is open"));
	x->result = VERDICT_FAIL;
	assert_int_equal(report_outcome(w.v), VERDICT_FAIL);
	report_conclusion(w.v, text, sizeof text);
	assert_non_null(strstr(text, "1 mandatory provision failed"));
}

static void test_steps(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	world_init(&w);
	static const char same[] = "records of two units";
	static const struct {
		const char *id;
		bool mandatory;
		enum verdict_result r;
		bool leads;
	} rows[] = {
		{"5.1-1", true, VERDICT_INCONCLUSIVE, true},  {"5.1-2", true, VERDICT_NOT_JUDGED, false},
		{"5.1-3", false, VERDICT_INCONCLUSIVE, true}, {"5.1-4", true, VERDICT_FAIL, true},
		{"5.1-5", true, VERDICT_PASS, false},	      {"5.2-1", true, VERDICT_NOT_APPLICABLE, false},
		{"5.2-2", false, VERDICT_NOT_JUDGED, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct verdict *x = add(&w, rows[i].id, rows[i].mandatory, rows[i].r);
		(void)snprintf(x->reason, sizeof x->reason, "%s", same);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(report_step_leads(w.v, i), rows[i].leads);
	assert_true(report_step_same(w.v, 0, 1));
	assert_false(report_step_same(w.v, 0, 2)); /* recommended */
	assert_false(report_step_same(w.v, 0, 3)); /* failed */
	assert_true(report_step_same(w.v, 2, 6));
	(void)snprintf(w.v->list[1].reason, 20, "another");
	assert_true(report_step_leads(w.v, 1));
}

static void test_place(void **state)
{
	(void)state;
	static const struct {
		const char *target, *file;
		uint32_t line;
	} rows[] = {
		{"product.yaml:37", "product.yaml", 37},
		{"product.yaml", "product.yaml", 0},
		{"a:b", "a:b", 0},
		{"a:1:2", "a:1", 2},
		{":7", ":7", 0},
		{"a:", "a:", 0},
		{"a:7x", "a:7x", 0},
		{"a:99999999999", "a:99999999999", 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(world_done) struct world w;
		struct report_place p = {0};
		world_of_all(&w);
		(void)snprintf(w.facts.list[0].target, FACT_TARGET_SIZE, "%s", rows[i].target);
		assert_true(report_place(&w.facts, "5.1-1", &p));
		assert_string_equal(p.file, rows[i].file);
		assert_int_equal(p.line, rows[i].line);
		assert_false(report_place(&w.facts, "5.1-2", &p));
	}
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

/* Of one of each result, one is a pass in every form: the other four must not look like it. */
static void test_only_a_pass_is_a_pass(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	CLEANUP(buf_done) struct buf sarif, junit, oscal, html;
	world_of_all(&w);
	write_one(&w, 0, &html);
	write_one(&w, 2, &sarif);
	write_one(&w, 3, &junit);
	write_one(&w, 4, &oscal);
	assert_int_equal(count_of(buf_text(&junit), "<testcase "), 5);
	assert_int_equal(count_of(buf_text(&junit), "<failure "), 1);
	assert_int_equal(count_of(buf_text(&junit), "<skipped "), 3);
	assert_int_equal(count_of(buf_text(&junit), "<error "), 0);
	assert_int_equal(count_of(buf_text(&sarif), "\"kind\": \"fail\""), 1);
	assert_int_equal(count_of(buf_text(&sarif), "\"kind\": \"open\""), 1);
	assert_int_equal(count_of(buf_text(&sarif), "\"kind\": \"review\""), 1);
	assert_int_equal(count_of(buf_text(&sarif), "\"ruleIndex\""), 3);
	assert_int_equal(count_of(buf_text(&oscal), "\"state\": \"satisfied\""), 1);
	assert_int_equal(count_of(buf_text(&oscal), "\"state\": \"not-satisfied\""), 3);
	assert_int_equal(count_of(buf_text(&html), "<article id=\"p5.1-2\" class=\"pass"), 1);
	assert_int_equal(count_of(buf_text(&html), "<article id=\"p"), 5);
	assert_int_equal(count_of(buf_text(&html), "class=\"pass must\"") +
				 count_of(buf_text(&html), "class=\"pass should\""),
			 1);
}

/* A probe that could not look is a disturbed assessment, not a case to be skipped over. */
static void test_could_not_look_is_an_error(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	CLEANUP(buf_done) struct buf junit, sarif;
	world_init(&w);
	(void)add(&w, "5.1-1", true, VERDICT_INCONCLUSIVE);
	assess_world_fact(&w.facts, "declaration.5.1-1", FACT_UNREACHABLE, "");
	write_one(&w, 3, &junit);
	write_one(&w, 2, &sarif);
	assert_non_null(strstr(buf_text(&junit), "<error type=\"mandatory\""));
	assert_null(strstr(buf_text(&junit), "<skipped"));
	assert_non_null(strstr(buf_text(&sarif), "Could not look (unreachable)"));
	w.facts.list[0].state = FACT_ABSENT;
	buf_done(&junit);
	write_one(&w, 3, &junit);
	assert_null(strstr(buf_text(&junit), "<error"));
	assert_non_null(strstr(buf_text(&junit), "<skipped"));
}

static void test_sarif_points_at_the_declaration(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	CLEANUP(buf_done) struct buf b;
	world_init(&w);
	(void)add(&w, "5.1-1", true, VERDICT_FAIL);
	assess_world_fact(&w.facts, "declaration.5.1-1", FACT_SEEN, "contradicted");
	(void)snprintf(w.facts.list[0].target, FACT_TARGET_SIZE, "my product%%.yaml:12");
	write_one(&w, 2, &b);
	assert_non_null(strstr(buf_text(&b), "\"uri\": \"my%20product%25.yaml\""));
	assert_non_null(strstr(buf_text(&b), "\"startLine\": 12"));
	assert_non_null(strstr(buf_text(&b), "\"name\": \"192.0.2.7\""));
}

static void make_hostile(struct world *w)
{
	world_of_all(w);
	char *const texts[] = {w->v->subject.product,
			       w->v->subject.maker,
			       w->v->subject.model,
			       w->v->subject.version,
			       w->v->edition,
			       w->v->target,
			       w->v->list[0].title,
			       w->v->list[1].title,
			       w->v->list[0].reason,
			       w->v->list[2].reason,
			       w->v->list[0].section,
			       w->v->list[4].reason,
			       w->v->list[0].cases[0].reason,
			       w->v->list[2].cases[0].reason};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		(void)snprintf(texts[i], 100, "%s", evil);
	memset(w->v->list[3].title, 'W', sizeof w->v->list[3].title - 1);
	memset(w->v->list[3].reason, '\xff', sizeof w->v->list[3].reason - 1);
	(void)snprintf(w->facts.list[0].evidence, FACT_EVIDENCE_SIZE, "%s", evil);
	(void)snprintf(w->facts.list[0].what, FACT_WHAT_SIZE, "%s", evil);
}

static void test_hostile_texts(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	make_hostile(&w);
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		CLEANUP(buf_done) struct buf b;
		write_one(&w, i, &b);
		/* Whole UTF-8, and no control byte but line breaks. */
		for (size_t at = 0; at < b.len;) {
			size_t n = name_utf8_len((const char *)b.data + at, b.len - at);
			assert_true(n || b.data[at] == '\n');
			at += n ? n : 1;
		}
		if (writers[i] == report_html || writers[i] == report_junit)
			assert_null(strstr(buf_text(&b), "<b a="));
	}
	CLEANUP(buf_done) struct buf sarif;
	CLEANUP(buf_done) struct buf oscal;
	write_one(&w, 2, &sarif);
	write_one(&w, 4, &oscal);
	size_t messages = 0;
	for (const char *at = buf_text(&sarif); (at = strstr(at, "\"text\": ")); messages++) {
		size_t n = strcspn(at, "\n");
		assert_null(memmem(at, n, " [x", 3)); /* in a message that would be a link */
		at += n;
	}
	assert_true(messages > 4);
	assert_null(strstr(buf_text(&oscal), "description\": \"<b"));
}

/* A judge cuts a long text at a byte: that may not cost the whole file of verdicts. */
static void test_cut_texts_are_written(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	CLEANUP(buf_done) struct buf b;
	CLEANUP(verdict_set_free) struct verdict_set *back = NULL;
	struct err e = {0};
	buf_init(&b, VERDICT_JSON_MAX);
	world_of_all(&w);
	(void)snprintf(w.v->subject.data, sizeof w.v->subject.data, "caf\xc3");
	(void)snprintf(w.v->list[0].reason, sizeof w.v->list[0].reason, "\xe2\x82");
	(void)snprintf(w.v->list[1].cases[0].reason, 20, "x\xf0\x9f\x94");
	check_ok(verdict_set_encode(w.v, &b, &e));
	check_ok(verdict_set_decode(buf_view(&b), &back, &e));
	assert_string_equal(back->subject.data, "caf?");
}

static void test_json_forms_are_json(void **state)
{
	(void)state;
	static const size_t json[] = {1, 2, 4};
	CLEANUP(world_done) struct world w;
	make_hostile(&w);
	for (size_t i = 0; i < ARRAY_LEN(json); i++) {
		CLEANUP(buf_done) struct buf b;
		JSON_AUTO json_t *j = NULL;
		struct err e = {0};
		write_one(&w, json[i], &b);
		check_ok(json_codec_parse(buf_view(&b), REPORT_MAX, "report", &j, &e));
	}
}

static void test_same_input_same_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		CLEANUP(world_done) struct world w, other;
		CLEANUP(buf_done) struct buf a, b, c;
		world_of_all(&w);
		world_of_all(&other);
		write_one(&w, i, &a);
		write_one(&other, i, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
		(void)snprintf(other.v->list[1].reason, 20, "another");
		write_one(&other, i, &c);
		/* JUnit and SARIF tell the reason of the case, which is the same. */
		assert_int_equal(a.len == c.len && memcmp(a.data, c.data, a.len) == 0,
				 writers[i] == report_junit || writers[i] == report_sarif || writers[i] == report_html);
	}
}

/* Other verdicts are another document; the product and the fact keep their identifiers. */
static void test_oscal_identifiers(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w, other;
	CLEANUP(buf_done) struct buf a, b;
	world_of_all(&w);
	world_of_all(&other);
	other.v->list[0].result = VERDICT_FAIL;
	write_one(&w, 4, &a);
	write_one(&other, 4, &b);
	const char *const ids[] = {"\"actor-uuid\": \"", "\"subject-uuid\": \"", "\"uuid\": \""};
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		const char *x = strstr(buf_text(&a), ids[i]), *y = strstr(buf_text(&b), ids[i]);
		assert_non_null(x);
		assert_non_null(y);
		x += strlen(ids[i]);
		y += strlen(ids[i]);
		assert_int_equal(x[14], '5');
		assert_non_null(strchr("89ab", x[19]));
		assert_int_equal(strncmp(x, y, 36) == 0, i < 2); /* the first "uuid" is the document's */
	}
}

static void test_a_full_buffer_is_told(void **state)
{
	(void)state;
	CLEANUP(world_done) struct world w;
	world_of_all(&w);
	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		CLEANUP(buf_done) struct buf b;
		struct err e = {0};
		buf_init(&b, 1000);
		assert_true(rc_failed(writers[i](&w.in, &b, &e)));
	}
}

static void test_tree_breaks_once(void **state)
{
	(void)state;
	CLEANUP(report_tree_done) struct report_tree t;
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	buf_init(&b, 1000);
	report_tree_init(&t);
	json_t *list = report_tree_list(&t, t.root, "list");
	report_tree_item_text(&t, list, "\xff");
	assert_false(t.broken);
	/* A list is no object: the hole is remembered, and the document is never written. */
	report_tree_text(&t, list, "key", "value");
	assert_true(t.broken);
	report_tree_text(&t, report_tree_object(&t, NULL, "x"), "y", "z");
	check_fails(ERR_MEMORY, report_tree_write(&t, "test", &b, &e));
	assert_int_equal(b.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_conclusion),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_only_a_pass_is_a_pass),
		cmocka_unit_test(test_could_not_look_is_an_error),
		cmocka_unit_test(test_sarif_points_at_the_declaration),
		cmocka_unit_test(test_hostile_texts),
		cmocka_unit_test(test_cut_texts_are_written),
		cmocka_unit_test(test_json_forms_are_json),
		cmocka_unit_test(test_same_input_same_bytes),
		cmocka_unit_test(test_oscal_identifiers),
		cmocka_unit_test(test_a_full_buffer_is_told),
		cmocka_unit_test(test_tree_breaks_once),
	};
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
