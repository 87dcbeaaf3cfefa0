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

static void example_is_clean(void **state)
{
	(void)state;
	struct judge_result *r = judged(declared_text(), "2026-10-01");
	assert_true(r->clean);
	assert_int_equal(r->conflicts_n, 0);
	/* Whether a boot ROM may keep its algorithms is for people to say. */
	assert_int_equal(r->counts[JUDGE_OPEN], 1);
	assert_int_equal(answer(r, "5.5-3")->word, JUDGE_OPEN);
	assert_int_equal(r->findings_more, 0);
	/* What is not followed carries the maker's reason. */
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		if (r->answers[i].word == JUDGE_CONTRADICTED || r->answers[i].word == JUDGE_MISSING)
			assert_true(r->answers[i].excused && r->answers[i].excuse[0]);
	assert_int_equal(r->counts[JUDGE_CONTRADICTED] + r->counts[JUDGE_MISSING], 2);
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
	{"reasons:\n", "reasons:\n  - {provision: 5.1-1, why: we would rather not}\n", "5.1-1", "cannot be excused"},
	{"    channel: page-tls\n    as_delivered: \"on\"\n    discloses: nothing",
	 "    discloses: nothing\n    channel: own", "5.5-1", "names none"},
	{"protection: public #", "protection: public\n    channel: service-tls #", "5.5-1",
	 "is said to be unprotected"},
	{"leaves_device: false", "leaves_device: false\n    channels: [page-tls]", "5.5-7", "not to leave"},
	{"basis: contract\n", "basis: contract\n    channels: [page-tls]\n", "6-1", "stay on the device"},
	{"basis: contract\n", "basis: contract\n    consent: a question that starts at no\n", "6-2", "something else"},
	{"channels:\n", "constraints: {updates: no memory for it}\nchannels:\n", "5.3-2", "and there is one"},
	{"channels:\n", "constraints: {brute_force: it has no clock}\nchannels:\n", "5.1-5",
	 "and it is for owner-password"},
	{"  slot_mib: 256\n", "  slot_mib: 256\n  others: [{id: radio, what: its loader}]\n", "5.3-1",
	 "updates no component"},
	{"update: immutable\n", "update: immutable\n    by: radio\n", "5.3-1", "is not updated"},
};

static void finds_each_conflict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++) {
		/* A channel and a mechanism that are there to be named wrongly. */
		const struct declared_edit edits[] = {
			{conflicts[i].from, conflicts[i].to},
			{"channels:\n",
			 "channels:\n  - {id: own, what: ours, guarantees: [integrity], crypto: [WireGuard]}\n"},
			{strstr(conflicts[i].to, "by: radio") ? "  slot_mib: 256\n" : NULL,
			 "  slot_mib: 256\n  others: [{id: radio, what: its loader}]\n"},
			{NULL, NULL}};
		struct judge_result *r = judged(declared_edited(edits), "2026-10-01");
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
	/* The same with a reason, and with some that say nothing. */
	static const struct {
		const char *why;
		bool excused;
	} whys[] = {{"set up by our staff", true}, {"n/a", false}, {"...", false}, {"unneeded", false}};
	for (size_t i = 0; i < sizeof whys / sizeof *whys; i++) {
		char reason[128];
		(void)snprintf(reason, sizeof reason, "reasons:\n  - {provision: 5.12-2, why: \"%s\"}\n", whys[i].why);
		const struct declared_edit edits[] = {{url, ""}, {"reasons:\n", reason}, {NULL, NULL}};
		r = judged(declared_edited(edits), "2026-10-01");
		assert_int_equal(answer(r, "5.12-2")->word, JUDGE_MISSING);
		assert_int_equal(answer(r, "5.12-2")->excused, whys[i].excused);
		assert_int_equal(answer(r, "5.0-1")->word, whys[i].excused ? JUDGE_PROMISED : JUDGE_MISSING);
		assert_int_equal(r->clean, whys[i].excused);
		judge_free(r);
	}
}

/* Each finding is told, not the first alone, and the answer shows the worst. */
static void all_findings_are_told(void **state)
{
	(void)state;
	static const struct declared_edit edits[] = {{"bits: 60", "bits: 59"},
						     {"    generation: 12 characters of Crockford base32 from the "
						      "kernel's random source, drawn in the factory\n",
						      ""},
						     {NULL, NULL}};
	struct judge_result *r = judged(declared_edited(edits), "2026-10-01");
	const struct judge_answer *a = answer(r, "5.1-2");
	assert_int_equal(a->findings, 2);
	assert_int_equal(a->word, JUDGE_CONTRADICTED);
	assert_non_null(strstr(a->reason, "59 random bits"));
	size_t own = 0;
	for (size_t i = 0; i < r->findings_n; i++)
		own += r->findings[i].answer == a;
	assert_int_equal(own, 2);
	judge_free(r);
}

/* A text is cut inside a letter: the JSON must hold all the same. */
static void cuts_no_letter(void **state)
{
	(void)state;
	char crypto[512] = "crypto: [\"x";
	for (size_t i = 0; i < 80; i++)
		(void)snprintf(crypto + strlen(crypto), sizeof crypto - strlen(crypto), "%s", "\xc3\xa9");
	(void)snprintf(crypto + strlen(crypto), sizeof crypto - strlen(crypto), "%s", "\", TLS 1.3]");
	const char *yaml = declared_with("crypto: [Argon2id, TLS 1.3]", crypto);
	struct declaration *d = declared_parse(yaml);
	struct judge_result *r = judged(yaml, "2026-10-01");
	assert_int_equal(answer(r, "5.1-3")->word, JUDGE_OPEN);
	json_t *all = judge_json_result(d, r);
	assert_non_null(all);
	json_decref(all);
	judge_free(r);
	declaration_free(d);
}

/* A declaration that is wrong everywhere: what does not fit is counted. */
static void findings_are_bounded(void **state)
{
	(void)state;
	static char text[DECLARATION_MAX];
	int n = snprintf(text, sizeof text,
			 "product: P\nmodel: p\nversion: 1.0.0\nmaker: {name: M, address: A, country: GB}\n"
			 "support: {until: 2031-12-31}\ndisclosure: {contact: \"mailto:a@b.example\"}\n"
			 "update: {mechanism: none}\nservices: [{id: s, exec: bin/s, user: 2, why: does the work}]\n"
			 "scan_period_s: 9\npage_port: 0\ntexts: {isolated: Changed}\ncomponents:\n");
	for (size_t i = 0; i < 200; i++)
		n += snprintf(text + n, sizeof text - (size_t)n,
			      "  - {id: c%zu, name: C, version: \"1\", update: never, crypto: fixed}\n", i);
	struct judge_result *r = judged(text, "2026-10-01");
	assert_int_equal(r->findings_n, JUDGE_FINDINGS_MAX);
	assert_true(r->findings_more > 100);
	assert_int_equal(answer(r, "5.3-1")->findings, 200);
	assert_int_equal(answer(r, "5.3-1")->word, JUDGE_CONTRADICTED);
	judge_free(r);
}

/* A fact says from which entry it comes. */
static void facts_have_lines(void **state)
{
	(void)state;
	struct judge_result *r = judged(declared_text(), "2026-10-01");
	for (unsigned f = 0; f < FACT_COUNT; f++) {
		assert_true(r->facts.at[f].why[0]);
		assert_true(r->facts.at[f].holds || r->facts.at[f].line == 0);
	}
	assert_true(r->facts.at[FACT_PASSWORD_AUTH].line > 100);
	assert_false(r->facts.at[FACT_CONSENT].holds);
	judge_free(r);
	/* Inside telemetry counts. */
	static const struct declared_edit edits[] = {
		{"protection: public # only", "protection: public\n    data: [update-state] # only"},
		{"    what: version, slot", "    data: [recordings]\n    what: version, slot"},
		{NULL, NULL}};
	r = judged(declared_edited(edits), "2026-10-01");
	assert_true(r->facts.at[FACT_SENSITIVE_TO_CLOUD].holds);
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
	assert_int_equal(json_array_size(json_object_get(all, "findings")), 3);
	json_t *update =
		json_array_get(json_object_get(all, "provisions"), (size_t)(catalogue_find("5.3-9") - catalogue_table));
	json_t *tests = json_object_get(update, "cases");
	assert_int_equal(json_array_size(tests), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(tests, 0), "id")), "5.3-9-1");
	assert_string_equal(json_string_value(json_object_get(json_array_get(tests, 0), "word")), "promised");
	assert_true(json_is_null(json_object_get(json_array_get(tests, 1), "word")));
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
		cmocka_unit_test(published_support_is_kept),
		cmocka_unit_test(example_is_clean),
		cmocka_unit_test(promise_still_needs_evidence),
		cmocka_unit_test(a_name_is_noted),
		cmocka_unit_test(finds_each_conflict),
		cmocka_unit_test(time_is_an_argument),
		cmocka_unit_test(recommendation_needs_a_reason),
		cmocka_unit_test(all_findings_are_told),
		cmocka_unit_test(findings_are_bounded),
		cmocka_unit_test(cuts_no_letter),
		cmocka_unit_test(facts_have_lines),
		cmocka_unit_test(speaks_json),
	};
	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
