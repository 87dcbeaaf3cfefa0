/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement: one change of a good declaration, one provision that must answer. */
#include "declared.h"

#include "core/codec/rfc3339.h"
#include "product/judge.h"
#include "product/judge_json.h"

static struct wall_time day(const char *text)
{
	struct wall_time t = {0};
	assert_true(rfc3339_parse_date(text, &t));
	return t;
}

static struct judge_result *judged(const char *yaml, const char *today)
{
	struct declaration *d = declared_parse(yaml);
	struct judge_result *r = NULL;
	struct err e = {0};
	check_ok(judge_declaration(d, day(today), &r, &e));
	declaration_free(d);
	return r;
}

static const struct judge_answer *answer(const struct judge_result *r, const char *id)
{
	const struct catalogue_provision *p = catalogue_find(id);
	assert_non_null(p);
	return &r->answers[p - catalogue_table];
}

static void catalogue_is_whole(void **state)
{
	(void)state;
	size_t mandatory = 0, unconditional = 0;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct catalogue_provision *p = &catalogue_table[i];
		mandatory += catalogue_mandatory(p);
		unconditional += catalogue_mandatory(p) && p->status[1] == 0;
		assert_ptr_equal(catalogue_find(p->id), p);
		assert_int_equal(p->applies_if == 0, p->condition == NULL);
		assert_true(p->tests != 0 && p->means != 0);
	}
	assert_int_equal(mandatory, 36);
	assert_int_equal(unconditional, 11);
	assert_null(catalogue_find("5.1-9"));
	assert_string_equal(catalogue_find("5.0-1")->v211_id, "4-1");
	assert_null(catalogue_find("5.1-2A")->v211_id);
	assert_int_equal(catalogue_find("5.1-5")->applies_if,
			 1u << FACT_NO_CONSTRAINT_BRUTEFORCE | 1u << FACT_NET_AUTH);
	assert_string_equal(catalogue_fact_slug(FACT_AGGREGATE_ONLY), "aggregate_only");
}

static void example_is_clean(void **state)
{
	(void)state;
	struct judge_result *r = judged(declared_text(), "2026-10-01");
	assert_true(r->clean);
	assert_int_equal(r->conflicts_n, 0);
	assert_int_equal(r->counts[JUDGE_CONTRADICTED], 0);
	assert_int_equal(r->counts[JUDGE_MISSING], 0);
	size_t sum = 0;
	for (unsigned w = 0; w < JUDGE_WORDS; w++)
		sum += r->counts[w];
	assert_int_equal(sum, CATALOGUE_PROVISIONS);
	/* REQ: CLS level 1, each of the thirteen has an answer. */
	static const char *const level1[] = {"5.1-1", "5.1-2", "5.1-3", "5.1-4",  "5.1-5",  "5.2-1", "5.3-2",
					     "5.3-3", "5.3-7", "5.3-8", "5.3-10", "5.3-13", "5.3-16"};
	for (size_t i = 0; i < sizeof level1 / sizeof *level1; i++)
		if (answer(r, level1[i])->word != JUDGE_PROMISED)
			fail_msg("%s: %s", level1[i], judge_word_name(answer(r, level1[i])->word));
	judge_free(r);
	judge_free(NULL);
}

/* The firewall cannot hold a name to its addresses: promised, and said. */
static void a_name_is_noted(void **state)
{
	(void)state;
	struct judge_result *r = judged(declared_text(), "2026-10-01");
	assert_string_equal(answer(r, "5.6-5")->hint, "");
	judge_free(r);
	r = judged(declared_with("host: 10.77.0.3", "host: relay.lumen.example"), "2026-10-01");
	assert_int_equal(answer(r, "5.6-5")->word, JUDGE_PROMISED);
	assert_non_null(strstr(answer(r, "5.6-5")->hint, "relay.lumen.example"));
	assert_true(answer(r, "5.6-5")->line > 0);
	assert_true(r->clean);
	judge_free(r);
	r = judged(declared_with("host: 10.77.0.3", "host: \"2001:db8::1\""), "2026-10-01");
	assert_string_equal(answer(r, "5.6-5")->hint, "");
	judge_free(r);
}

/* REQ: EN303645-5.3-13: what was published is extended or kept. */
static void published_support_is_kept(void **state)
{
	(void)state;
	static const struct {
		const char *until;
		enum judge_word word;
	} cases[] = {
		{"2032-01-01", JUDGE_CONTRADICTED},
		{"2031-12-31", JUDGE_PROMISED},
		{"2031-12-30", JUDGE_PROMISED},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct declaration *d = declared_parse(declared_text());
		struct judge_result *r = NULL;
		struct err e = {0};
		check_ok(judge_declaration(d, day("2026-10-01"), &r, &e));
		size_t broken = r->counts[JUDGE_CONTRADICTED], promised = r->counts[JUDGE_PROMISED];
		judge_published(d, day(cases[i].until), day("2026-09-01"), r);
		const struct judge_answer *a = answer(r, "5.3-13");
		bool kept = cases[i].word == JUDGE_PROMISED;
		assert_int_equal(a->word, cases[i].word);
		assert_int_equal(r->clean, kept);
		assert_int_equal(r->counts[JUDGE_CONTRADICTED], broken + !kept);
		assert_int_equal(r->counts[JUDGE_PROMISED], promised - !kept);
		if (!kept) {
			assert_string_equal(a->reason,
					    "support ends on 2031-12-31; published until 2032-01-01 on 2026-09-01");
			assert_int_equal(a->line, d->support.line);
		}
		/* The line is that of the date itself. */
		const char *at = declared_text();
		for (uint32_t line = 1; line < d->support.line; line++)
			at = strchr(at, '\n') + 1;
		assert_memory_equal(at, "  until: 2031", 13);
		judge_free(r);
		declaration_free(d);
	}
}

static void promise_still_needs_evidence(void **state)
{
	(void)state;
	struct judge_result *r = judged(declared_text(), "2026-10-01");
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		if (a->word == JUDGE_PROMISED && strcmp(a->provision->id, "5.0-1") != 0 && a->needs == 0)
			fail_msg("%s needs no evidence", a->provision->id);
		if (a->needs & MEANS_IXIT)
			fail_msg("%s wants the declaration as evidence", a->provision->id);
		if (!a->reason[0])
			fail_msg("%s gives no reason", a->provision->id);
	}
	judge_free(r);
}

/* One change, one provision, one word. */
static const struct {
	const char *from, *to, *provision;
	enum judge_word word;
} changes[] = {
	{"made: per-unit-random", "made: universal", "5.1-1", JUDGE_CONTRADICTED},
	{"made: per-unit-random", "made: none", "5.1-1", JUDGE_MISSING},
	{"made: per-unit-random", "made: derived", "5.1-2", JUDGE_CONTRADICTED},
	{"made: per-unit-random", "made: user-set", "5.1-2", JUDGE_NOT_APPLICABLE},
	{"bits: 60", "bits: 59", "5.1-2", JUDGE_CONTRADICTED},
	{"    bits: 60\n", "", "5.1-2", JUDGE_MISSING},
	{"used_by: user", "used_by: machine", "5.1-2A", JUDGE_CONTRADICTED},
	{"used_by: user", "used_by: machine", "5.1-4", JUDGE_NOT_APPLICABLE},
	{"protection: tls", "protection: none", "5.1-3", JUDGE_CONTRADICTED},
	{"protection: tls", "protection: none", "5.5-1", JUDGE_CONTRADICTED},
	{"protection: tls", "protection: public", "5.1-3", JUDGE_CONTRADICTED},
	{"protection: public", "protection: none", "5.5-1", JUDGE_CONTRADICTED},
	{"changeable: true", "changeable: false", "5.1-4", JUDGE_CONTRADICTED},
	{"    changeable: true\n", "", "5.1-4", JUDGE_MISSING},
	{"brute_force: throttled", "brute_force: none", "5.1-5", JUDGE_CONTRADICTED},
	{"    brute_force: throttled\n", "", "5.1-5", JUDGE_MISSING},
	{"  policy_url: https://lumen.example/disclosure\n", "", "5.2-1", JUDGE_MISSING},
	{"  acknowledge_days: 5\n", "", "5.2-1", JUDGE_MISSING},
	{"  update_days: 14\n", "", "5.2-1", JUDGE_MISSING},
	{"mechanism: hallmark", "mechanism: none", "5.3-2", JUDGE_CONTRADICTED},
	{"mechanism: hallmark", "mechanism: none", "5.3-3", JUDGE_NOT_APPLICABLE},
	{"signature: ed25519", "signature: none", "5.3-2", JUDGE_CONTRADICTED},
	{"signature: ed25519", "signature: none", "5.3-7", JUDGE_CONTRADICTED},
	{"signature: ed25519", "signature: none", "5.3-10", JUDGE_CONTRADICTED},
	{"  signature: ed25519\n", "", "5.3-7", JUDGE_MISSING},
	{"rollback_protection: true", "rollback_protection: false", "5.3-2", JUDGE_CONTRADICTED},
	{"  rollback_protection: true\n", "", "5.3-2", JUDGE_MISSING},
	{"user_action: none", "user_action: manual", "5.3-3", JUDGE_CONTRADICTED},
	{"  automatic: true\n  user_action: none\n", "", "5.3-3", JUDGE_MISSING},
	{"verified_on_device: true", "verified_on_device: false", "5.3-10", JUDGE_CONTRADICTED},
	{"network: true", "network: false", "5.3-10", JUDGE_NOT_APPLICABLE},
	{"  network: true\n", "", "5.3-10", JUDGE_PROMISED},
	{"  fix_days: 30\n", "", "5.3-8", JUDGE_MISSING},
	{"  published: https://lumen.example/support\n", "", "5.3-13", JUDGE_MISSING},
	{"until: 2031-12-31", "until: 2026-09-01", "5.3-13", JUDGE_CONTRADICTED},
	{"model_shown_on: both\n", "", "5.3-16", JUDGE_MISSING},
	{"update: updated", "update: never", "5.3-1", JUDGE_CONTRADICTED},
	{"update: updated", "update: never", "5.3-14", JUDGE_MISSING},
	{"    why: it anchors trust in everything that starts after it\n", "", "5.3-1", JUDGE_MISSING},
	{"type: critical\n    use: service\n    where: file\n    made: per-unit-random",
	 "type: critical\n    use: service\n    where: file\n    made: universal", "5.4-3", JUDGE_CONTRADICTED},
	{"type: critical\n    use: service\n    where: file\n    made: per-unit-random",
	 "type: critical\n    use: service\n    where: file\n    made: derived", "5.4-4", JUDGE_CONTRADICTED},
	{"type: critical\n    use: service", "type: critical\n    use: identity", "5.4-2", JUDGE_CONTRADICTED},
	{"auth: owner-password", "auth: none", "5.5-4", JUDGE_CONTRADICTED},
	{"auth: owner-password", "auth: none", "5.6-2", JUDGE_NOT_YET_JUDGED},
	{"auth: owner-password\n    protection: tls\n    configures: true",
	 "auth: none\n    protection: tls\n    configures: true", "5.5-5", JUDGE_CONTRADICTED},
	{"state: \"off\"", "state: open", "5.6-4A", JUDGE_CONTRADICTED},
	{"state: used", "state: open", "5.6-1", JUDGE_CONTRADICTED},
	{"    examined: every alert opens a case for a person\n", "", "5.10-1", JUDGE_MISSING},
	{"  sensors_url: https://lumen.example/privacy/lumen-cam1#sensors\n", "", "5.8-3", JUDGE_MISSING},
	{"  privacy_url: https://lumen.example/privacy/lumen-cam1\n", "", "6-1", JUDGE_MISSING},
	{"    minimised: a clip only when the bell rings; deleted after 14 days\n", "", "6-6", JUDGE_MISSING},
};

static void judges_each_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct judge_result *r = judged(declared_with(changes[i].from, changes[i].to), "2026-10-01");
		const struct judge_answer *a = answer(r, changes[i].provision);
		if (a->word != changes[i].word)
			fail_msg("%s -> %s: %s is %s (%s)", changes[i].from, changes[i].to, changes[i].provision,
				 judge_word_name(a->word), a->reason);
		bool bad = a->word == JUDGE_CONTRADICTED ||
			   (a->word == JUDGE_MISSING && catalogue_mandatory(a->provision));
		if (bad && r->clean)
			fail_msg("%s -> %s: called clean", changes[i].from, changes[i].to);
		if (bad && !a->hint[0])
			fail_msg("%s -> %s: no hint", changes[i].from, changes[i].to);
		judge_free(r);
	}
}

static const struct {
	const char *from, *to, *provision, *text;
} conflicts[] = {
	{"    why: relay for the clip backup chosen by the owner\n", "", "5.6-5", "no purpose"},
	{"page_port: 9443", "page_port: 9444", "5.6-1", "no listener declares"},
	{"page_port: 9443", "page_port: 0", "5.6-1", "port 9443 of the agent"},
	{"kind: report", "kind: listener", "5.3-2", "which port"},
	{"kind: report", "kind: listener\n    port: 8080", "5.6-1", "no listener declares"},
	{"port: 8443", "port: 9443", "5.6-1", "declared twice"},
	{"proto: tcp", "proto: udp", "5.5-1", "do not fit"},
	{"where: device", "where: both", "6-1", "no flow carries"},
	{"protection: public", "protection: tls\n    data: [recordings]", "6-1", "stay on the device"},
	{"protection: public", "protection: public\n    data: [update-state]", "5.5-1", "nothing to protect"},
	{"  - usr/bin/camera\n", "", "5.7-2", "not among the protected"},
	{"mechanism: hallmark", "mechanism: none", "5.3-2", "no update mechanism"},
	{"reasons: []", "reasons: [{provision: 5.1-1, why: we would rather not}]", "5.1-1", "cannot be excused"},
};

static void finds_each_conflict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++) {
		struct judge_result *r = judged(declared_with(conflicts[i].from, conflicts[i].to), "2026-10-01");
		bool found = false;
		for (size_t k = 0; k < r->conflicts_n; k++)
			found = found || (strcmp(r->conflicts[k].provision, conflicts[i].provision) == 0 &&
					  strstr(r->conflicts[k].text, conflicts[i].text));
		if (!found || r->clean)
			fail_msg("%s -> %s: no conflict '%s'", conflicts[i].from, conflicts[i].to, conflicts[i].text);
		judge_free(r);
	}
}

static void time_is_an_argument(void **state)
{
	(void)state;
	static const struct {
		const char *today;
		enum judge_word word;
	} days[] = {{"2026-01-01", JUDGE_PROMISED},
		    {"2031-12-31", JUDGE_PROMISED}, /* the last day counts */
		    {"2032-01-01", JUDGE_CONTRADICTED}};
	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		struct judge_result *r = judged(declared_text(), days[i].today);
		assert_int_equal(answer(r, "5.3-13")->word, days[i].word);
		judge_free(r);
	}
}

static void recommendation_needs_a_reason(void **state)
{
	(void)state;
	static const char url[] = "  setup_url: https://lumen.example/setup/lumen-cam1\n";
	struct judge_result *r = judged(declared_with(url, ""), "2026-10-01");
	assert_int_equal(answer(r, "5.12-2")->word, JUDGE_MISSING);
	assert_int_equal(answer(r, "5.0-1")->word, JUDGE_MISSING);
	assert_non_null(strstr(answer(r, "5.0-1")->reason, "5.12-2"));
	assert_false(r->clean);
	judge_free(r);
	/* The same with a reason. */
	char without[DECLARATION_MAX];
	(void)snprintf(without, sizeof without, "%s", declared_with(url, ""));
	char *at = strstr(without, "reasons: []");
	assert_non_null(at);
	char whole[DECLARATION_MAX];
	(void)snprintf(whole, sizeof whole, "%.*sreasons: [{provision: 5.12-2, why: set up by our staff}]%s",
		       (int)(at - without), without, at + strlen("reasons: []"));
	r = judged(whole, "2026-10-01");
	assert_int_equal(answer(r, "5.12-2")->word, JUDGE_MISSING);
	assert_true(answer(r, "5.12-2")->excused);
	assert_int_equal(answer(r, "5.0-1")->word, JUDGE_PROMISED);
	assert_true(r->clean);
	judge_free(r);
}

static void speaks_json(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(declared_text());
	struct judge_result *r = judged(declared_text(), "2026-10-01");
	json_t *all = judge_json_result(d, r);
	assert_non_null(all);
	assert_int_equal(json_array_size(json_object_get(all, "provisions")), CATALOGUE_PROVISIONS);
	assert_int_equal(json_object_size(json_object_get(all, "facts")), FACT_COUNT);
	assert_true(json_is_true(json_object_get(all, "clean")));
	json_decref(all);
	judge_free(r);
	declaration_free(d);
	struct declaration_problems list = {0};
	/* A problem that quotes a cut letter must not break the JSON. */
	assert_true(rc_failed(declaration_parse(
		bytes_of_text("a23456789012345678901234567890123456789012345678901234567890123\xc3\xa9: 1\n"), &d,
		&list, NULL)));
	all = judge_json_problems(&list);
	assert_non_null(all);
	assert_int_equal(json_array_size(json_object_get(all, "problems")), list.n);
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(catalogue_is_whole),
		cmocka_unit_test(example_is_clean),
		cmocka_unit_test(published_support_is_kept),
		cmocka_unit_test(promise_still_needs_evidence),
		cmocka_unit_test(a_name_is_noted),
		cmocka_unit_test(judges_each_change),
		cmocka_unit_test(finds_each_conflict),
		cmocka_unit_test(time_is_an_argument),
		cmocka_unit_test(recommendation_needs_a_reason),
		cmocka_unit_test(speaks_json),
	};
	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
