/* SPDX-License-Identifier: Apache-2.0 */
/* assess/judging: absence never passes, "could not look" never passes or fails, and each rule fails when it must. */
#include <stdio.h>

#include "assess/scheme.h"
#include "assess_world.h"

/* The functional result of one provision for these facts. */
static enum verdict_result judge(const char *provision, const struct fact_set *facts, char *ret_reason, size_t size)
{
	struct err e = {0};
	const char *const ids[] = {provision, NULL};
	CLEANUP(subject_free) struct subject *subject = assess_world_subject(ids);
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	const struct judging_input in = {facts, subject};
	check_ok(judging_run(&in, &v, &e));
	assert_int_equal(v->n, 1);
	if (ret_reason)
		(void)snprintf(ret_reason, size, "%s", v->list[0].reason);
	return v->list[0].result;
}

/* Each row of the table by itself: nothing given -> inconclusive; every needed fact good -> never fail; each one that
 * could not be looked at -> inconclusive; each hard one turned around -> fail. */
static void test_every_rule(void **state)
{
	(void)state;
	static const enum fact_state blind[] = {FACT_UNREACHABLE, FACT_REFUSED, FACT_ERROR};
	size_t rows = 0;
	for (const struct judging_case *row = judging_table; row->provision; row++) {
		if (!row->functional)
			continue;
		rows++;
		struct fact_set none = {0};
		assert_int_equal(judge(row->provision, &none, NULL, 0), VERDICT_INCONCLUSIVE);
		for (size_t turned = 0; turned < JUDGING_NEEDS_MAX && row->needs[turned].fact; turned++)
			for (size_t b = 0; b <= ARRAY_LEN(blind); b++) {
				CLEANUP(fact_set_done) struct fact_set facts = {0};
				for (size_t i = 0; i < JUDGING_NEEDS_MAX && row->needs[i].fact; i++) {
					const struct judging_need *n = &row->needs[i];
					enum fact_state s = n->good;
					if (i == turned)
						s = b < ARRAY_LEN(blind)   ? blind[b]
						    : n->good == FACT_SEEN ? FACT_ABSENT
									   : FACT_SEEN;
					assess_world_fact(&facts, n->fact, s,
							  n->at_least ? "999"
							  : n->value  ? n->value
								      : "x");
				}
				bool fails = b == ARRAY_LEN(blind) && !row->needs[turned].soft;
				assert_int_equal(judge(row->provision, &facts, NULL, 0),
						 fails ? VERDICT_FAIL : VERDICT_INCONCLUSIVE);
			}
	}
	assert_true(rows >= 15);
}

static void good_tls(struct fact_set *s, const char *port)
{
	static const char *const old[] = {"tls12", "tls11", "tls10", "ssl3"};
	char id[64];
	(void)snprintf(id, sizeof id, "tls.%s.tls13", port);
	assess_world_fact(s, id, FACT_SEEN, "TLS 1.3 TLS_AES_128_GCM_SHA256");
	for (size_t i = 0; i < ARRAY_LEN(old); i++) {
		(void)snprintf(id, sizeof id, "tls.%s.%s", port, old[i]);
		assess_world_fact(s, id, FACT_ABSENT, "refused");
	}
}

/* REQ: EN303645-5.5-1 */
static void test_tls(void **state)
{
	(void)state;
	static const struct {
		const char *id;
		enum fact_state state;
		const char *value;
		enum verdict_result expected;
	} table[] = {
		{"tls.8443.tls12", FACT_ABSENT, "refused", VERDICT_PASS},
		{"tls.8443.tls12", FACT_SEEN, "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", VERDICT_PASS},
		{"tls.8443.tls12", FACT_SEEN, "TLS 1.2 weak TLS_RSA_WITH_AES_128_CBC_SHA", VERDICT_FAIL},
		{"tls.8443.tls10", FACT_SEEN, "TLS 1.0 weak TLS_RSA_WITH_AES_128_CBC_SHA", VERDICT_FAIL},
		{"tls.8443.tls10", FACT_UNREACHABLE, "no answer", VERDICT_INCONCLUSIVE},
		{"tls.8443.ssl3", FACT_ERROR, "", VERDICT_INCONCLUSIVE},
		{"tls.8443.tls13", FACT_UNREACHABLE, "", VERDICT_INCONCLUSIVE},
		{"tls.8443.tls13", FACT_ABSENT, "not TLS", VERDICT_FAIL},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(fact_set_done) struct fact_set facts = {0};
		good_tls(&facts, "8443");
		for (size_t k = 0; k < facts.n; k++)
			if (strcmp(facts.list[k].id, table[i].id) == 0) {
				facts.list[k].state = table[i].state;
				(void)snprintf(facts.list[k].value, FACT_VALUE_SIZE, "%s", table[i].value);
			}
		assert_int_equal(judge("5.5-1", &facts, NULL, 0), table[i].expected);
	}
}

/* REQ: EN303645-5.6-1 */
static void test_ports(void **state)
{
	(void)state;
	static const struct {
		const char *scan;
		enum fact_state scan_state;
		const char *open, *listed;
		enum verdict_result expected;
	} table[] = {
		{"tcp 1-65535: 1 open", FACT_SEEN, "8443", "tcp/8443 lo:tcp/53", VERDICT_PASS},
		{"tcp 1-65535: 1 open", FACT_SEEN, "8554", "tcp/8443", VERDICT_PASS},
		{"tcp 1-65535: 1 open", FACT_SEEN, "23", "tcp/8443", VERDICT_FAIL},
		{"tcp 1-1024: 0 open", FACT_SEEN, NULL, "tcp/8443", VERDICT_INCONCLUSIVE},
		{"tcp 1-1024: 1 open", FACT_SEEN, "23", "tcp/8443", VERDICT_FAIL},
		{"tcp 1-65535: 0 open", FACT_UNREACHABLE, NULL, "tcp/8443", VERDICT_INCONCLUSIVE},
		{"tcp 1-65535: 1 open", FACT_SEEN, "8443", "tcp/8443 udp/5353", VERDICT_FAIL},
		{"tcp 1-65535: 1 open", FACT_SEEN, "8443", NULL, VERDICT_INCONCLUSIVE},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(fact_set_done) struct fact_set facts = {0};
		char id[64];
		assess_world_fact(&facts, "ports.scan", table[i].scan_state, table[i].scan);
		if (table[i].open) {
			(void)snprintf(id, sizeof id, "ports.tcp.%s", table[i].open);
			assess_world_fact(&facts, id, FACT_SEEN, "open");
		}
		if (table[i].listed) {
			assess_world_fact(&facts, "evidence.listeners", FACT_SEEN, table[i].listed);
			assess_world_fact(&facts, "evidence.undeclared-listeners", FACT_ABSENT, "");
		}
		assert_int_equal(judge("5.6-1", &facts, NULL, 0), table[i].expected);
	}
}

static void test_numbers_are_compared_as_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *bits;
		enum verdict_result expected;
	} table[] = {{"60", VERDICT_PASS},	 {"59", VERDICT_INCONCLUSIVE},	{"60x", VERDICT_INCONCLUSIVE},
		     {"", VERDICT_INCONCLUSIVE}, {"-60", VERDICT_INCONCLUSIVE}, {"128", VERDICT_PASS}};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(fact_set_done) struct fact_set facts = {0};
		assess_world_fact(&facts, "passwords.guess", FACT_ABSENT, "");
		assess_world_fact(&facts, "batch.unique.password", FACT_SEEN, "");
		assess_world_fact(&facts, "batch.size", FACT_SEEN, "2");
		assess_world_fact(&facts, "batch.password-bits", FACT_SEEN, table[i].bits);
		assert_int_equal(judge("5.1-2", &facts, NULL, 0), table[i].expected);
	}
}

static void test_reason_names_the_missing_evidence(void **state)
{
	(void)state;
	char reason[VERDICT_REASON_SIZE];
	struct fact_set none = {0};
	(void)judge("5.3-10", &none, reason, sizeof reason);
	assert_non_null(strstr(reason, "--tamper"));
	CLEANUP(fact_set_done) struct fact_set blind = {0};
	assess_world_fact(&blind, "update.changed-metadata", FACT_UNREACHABLE, "");
	(void)judge("5.3-10", &blind, reason, sizeof reason);
	assert_non_null(strstr(reason, "could not look (unreachable)"));
}

static void test_declared_side(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum verdict_result expected;
	} table[] = {{"promised", VERDICT_PASS},	{"contradicted", VERDICT_FAIL},
		     {"missing", VERDICT_INCONCLUSIVE}, {"excused", VERDICT_FAIL},
		     {"open", VERDICT_INCONCLUSIVE},	{"not-decided", VERDICT_NOT_JUDGED},
		     {"anything", VERDICT_NOT_JUDGED},	{NULL, VERDICT_INCONCLUSIVE}};
	const char *const ids[] = {"5.2-2", NULL};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct err e = {0};
		CLEANUP(subject_free) struct subject *subject = assess_world_subject(ids);
		CLEANUP(fact_set_done) struct fact_set facts = {0};
		CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
		subject->provisions[0].functional = false;
		subject->provisions[0].conceptual = true;
		if (table[i].word)
			assess_world_fact(&facts, "declaration.5.2-2", FACT_SEEN, table[i].word);
		const struct judging_input in = {&facts, subject};
		check_ok(judging_run(&in, &v, &e));
		assert_int_equal(v->list[0].result, table[i].expected);
	}
}

/* 5.3-10-1 has units of both kinds: one case, that neither a promise alone nor a sight alone passes. */
static void test_mixed_case(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum fact_state refused;
		enum verdict_result expected;
	} table[] = {{"promised", FACT_SEEN, VERDICT_PASS},	     {"promised", FACT_ABSENT, VERDICT_FAIL},
		     {"promised", FACT_ERROR, VERDICT_INCONCLUSIVE}, {"missing", FACT_SEEN, VERDICT_INCONCLUSIVE},
		     {"open", FACT_SEEN, VERDICT_INCONCLUSIVE},	     {"contradicted", FACT_SEEN, VERDICT_FAIL}};
	const char *const ids[] = {"5.3-10", NULL};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct err e = {0};
		CLEANUP(subject_free) struct subject *subject = assess_world_subject(ids);
		CLEANUP(fact_set_done) struct fact_set facts = {0};
		CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
		subject->provisions[0].mixed = true;
		assess_world_fact(&facts, "declaration.5.3-10", FACT_SEEN, table[i].word);
		assess_world_fact(&facts, "update.changed-metadata", table[i].refused, "");
		assess_world_fact(&facts, "update.recovers", FACT_SEEN, "");
		assess_world_fact(&facts, "update.changed-image", FACT_SEEN, "");
		assess_world_fact(&facts, "update.installs", FACT_SEEN, "");
		const struct judging_input in = {&facts, subject};
		check_ok(judging_run(&in, &v, &e));
		assert_int_equal(v->list[0].cases_n, 1);
		assert_string_equal(v->list[0].cases[0].id, "5.3-10-1");
		assert_int_equal(v->list[0].result, table[i].expected);
	}
}

static void test_not_applicable_and_unjudged_are_listed(void **state)
{
	(void)state;
	struct err e = {0};
	const char *const ids[] = {"5.3-14", "5.9-2", NULL};
	CLEANUP(subject_free) struct subject *subject = assess_world_subject(ids);
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	struct fact_set none = {0};
	subject->provisions[0].applies = SUBJECT_APPLIES_NOT;
	const struct judging_input in = {&none, subject};
	check_ok(judging_run(&in, &v, &e));
	assert_int_equal(v->n, 2);
	assert_int_equal(v->list[0].result, VERDICT_NOT_APPLICABLE);
	assert_int_equal(v->list[1].result, VERDICT_NOT_JUDGED);
	assert_true(v->list[1].reason[0] != 0);
}

/* PSTI Schedule 1: a view that is never better than its provisions. */
static void test_scheme(void **state)
{
	(void)state;
	/* UK PSTI rests its first requirement on 5.1-1 and 5.1-2 together. */
	static const struct {
		enum verdict_result a, b, expected;
	} table[] = {
		{VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{VERDICT_PASS, VERDICT_NOT_APPLICABLE, VERDICT_PASS},
		{VERDICT_PASS, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
		{VERDICT_PASS, VERDICT_NOT_JUDGED, VERDICT_INCONCLUSIVE},
		{VERDICT_INCONCLUSIVE, VERDICT_FAIL, VERDICT_FAIL},
		{VERDICT_NOT_APPLICABLE, VERDICT_NOT_APPLICABLE, VERDICT_NOT_APPLICABLE},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct err e = {0};
		CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
		CLEANUP(scheme_done) struct scheme_list list = {0};
		check_ok(verdict_set_new(&v, &e));
		(void)snprintf(v->edition, sizeof v->edition, "%s", catalogue_edition);
		(void)snprintf(v->list[0].provision, VERDICT_ID_SIZE, "5.1-1");
		(void)snprintf(v->list[1].provision, VERDICT_ID_SIZE, "5.1-2");
		v->list[0].result = table[i].a;
		v->list[1].result = table[i].b;
		v->n = 2;
		check_ok(scheme_of_verdicts(v, &list, &e));
		const struct schemes_view *psti = scheme_find(&list, "psti");
		assert_non_null(psti);
		assert_int_equal(scheme_verdict(psti->rows[0].result), table[i].expected);
		/* Not judged at all, and what no verdict can ever meet. */
		assert_int_equal(scheme_verdict(psti->rows[1].result), VERDICT_INCONCLUSIVE);
		assert_string_equal(psti->rows[3].requirement->clause, "Sch4");
		assert_int_equal(scheme_verdict(psti->rows[3].result), VERDICT_INCONCLUSIVE);
		assert_null(scheme_find(&list, "nowhere"));
	}
}

static void test_scheme_of_another_edition(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	CLEANUP(scheme_done) struct scheme_list list = {0};
	check_ok(verdict_set_new(&v, &e));
	(void)snprintf(v->edition, sizeof v->edition, "ETSI EN 303 645 V2.1.1 (2020-06)");
	check_ok(scheme_of_verdicts(v, &list, &e));
	assert_null(list.report);
	assert_null(scheme_find(&list, "psti"));
	assert_non_null(strstr(list.why_not, "V2.1.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_numbers_are_compared_as_numbers),
		cmocka_unit_test(test_reason_names_the_missing_evidence),
		cmocka_unit_test(test_declared_side),
		cmocka_unit_test(test_mixed_case),
		cmocka_unit_test(test_not_applicable_and_unjudged_are_listed),
		cmocka_unit_test(test_scheme),
		cmocka_unit_test(test_scheme_of_another_edition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
