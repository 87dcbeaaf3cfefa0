/* SPDX-License-Identifier: Apache-2.0 */
/* Schemes as data: what the file may not say, what it does say, and what a product is in their eyes. */
#include "declared.h"

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "product/schemes_json.h"

/* SCHEMES_SMALL is given by the build: two schemes, one of them with levels; also the seed of the fuzz corpus. */
static const char *small_text(void)
{
	static struct buf text;
	struct err e = {0};
	if (text.len == 0) {
		buf_init(&text, SCHEMES_FILE_MAX);
		check_ok(file_read(SCHEMES_SMALL, SCHEMES_FILE_MAX, &text, &e));
	}
	return buf_text(&text);
}

/* The small file with the first `from` replaced. */
static const char *small_with(const char *from, const char *to)
{
	static char out[8192];
	const char *text = small_text(), *at = strstr(text, from);
	if (!at)
		fail_msg("the file does not hold '%s'", from);
	int n = snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	assert_true(n > 0 && (size_t)n < sizeof out);
	return out;
}

static struct schemes_data *decoded(const char *text)
{
	struct schemes_data *d = NULL;
	struct err e = {0};
	check_ok(schemes_decode(bytes_of_text(text), &d, &e));
	return d;
}

static struct schemes_data *builtin(void)
{
	struct schemes_data *d = NULL;
	struct err e = {0};
	check_ok(schemes_builtin(&d, &e));
	return d;
}

/* Each has one thing wrong, and the error must name the place. */
static const struct {
	const char *from, *to, *place;
} wrongs[] = {
	{"\"v\":1", "\"v\":2", "\"v\""},
	{"\"v\":1", "\"v\":1,\"v\":1", "duplicate"},
	{"\"note\":\"n\"", "\"note\":\"n\",\"extra\":1", "unknown key \"extra\""},
	{"{\"id\":\"sbom\"", "{\"id\":\"sbom\",\"x\":1", "ask sbom: unknown key"},
	{"{\"id\":\"sbom\",\"what\":\"w\",\"how\":\"h\"}", "7", "ask number 1"},
	{"\"how\":\"h\"}", "\"how\":\"h\"},{\"id\":\"sbom\",\"what\":\"w\",\"how\":\"h\"}", "ask sbom stands twice"},
	{"\"id\":\"a\"", "\"id\":\"A\"", "small letters"},
	{"\"id\":\"b\"", "\"id\":\"a\"", "a: the id \"a-1\" is taken"},
	{"\"id\":\"a\"", "\"id\":\"b-1\"", "b: the id \"b-1\" is taken"},
	{"\"id\":\"2\",\"name\":\"two\"", "\"id\":\"1\",\"name\":\"two\"", "the id \"b-1\" is taken"},
	{"\"kind\":\"law\"", "\"kind\":\"lore\"", "scheme a: \"kind\" cannot be \"lore\""},
	{"\"kind\":\"law\"", "\"kind\":3", "scheme a: \"kind\" must be a text"},
	{"\"kind\":\"law\"", "\"kind\":\"law\",\"colour\":\"red\"", "scheme a: unknown key \"colour\""},
	{"\"state\":\"in-force\"", "\"state\":\"sleeping\"", "scheme a: \"state\""},
	{"\"confidence\":\"read\"", "\"confidence\":\"sure\"", "scheme a: \"confidence\""},
	{"\"decides\":[\"self\"]", "\"decides\":[]", "scheme a: nobody decides"},
	{"\"decides\":[\"self\"]", "\"decides\":[\"king\"]", "scheme a: \"decides\" cannot be \"king\""},
	{"\"decides\":[\"self\"]", "\"decides\":[\"\"]", "scheme a: \"decides\""},
	{"\"from\":\"2024\"", "\"from\":\"24\"", "scheme a: \"from\" must be a date"},
	{"\"from\":\"2024\"", "\"from\":\"2024-13\"", "scheme a: \"from\" must be a date"},
	{"\"until\":\"2027-12-11\"", "\"until\":\"2027-12-32\"", "scheme a: \"until\" must be a date"},
	{"\"until\":\"2027-12-11\"", "\"until\":\"2027/12/11\"", "scheme a: \"until\" must be a date"},
	{"\"dated\":\"2024-01\"", "\"dated\":\"soon\"", "scheme a: \"dated\" must be a date"},
	{"\"cites\":\"V2.1.1\"", "\"cites\":\"V2\"", "scheme a: \"cites\""},
	{"\"5.1-1\",\"5.1-2\"", "\"5.1-1\",\"9.9-9\"", "a, requirement 1: there is no provision \"9.9-9\""},
	{"\"5.1-1\",\"5.1-2\"", "\"5.1-1\",\"5.1-1\"", "a, requirement 1: provision 5.1-1 stands twice"},
	{"\"5.1-1\",\"5.1-2\"", "\"5.1-1\",5", "a, requirement 1: \"provisions\" must be a list of texts"},
	{"\"5.1-1\",\"5.1-2\"", "\"5.1-1\",\"6-3B\"", "a, requirement 1: 6-3B is not in V2.1.1"},
	{"[\"5.1-1\",\"5.1-2\"]", "\"5.1-1\"", "a, requirement 1: \"provisions\" must be a list"},
	{"\"clause\":\"2\"", "\"clause\":\"1\"", "a, requirement 1 stands twice"},
	{"\"clause\":\"2\",\"title\":\"t\"", "\"clause\":\"2\",\"titel\":\"t\"", "a, requirement 2: unknown key"},
	{"\"confirmed\":true", "\"confirmed\":\"yes\"", "a, requirement 1: \"confirmed\" must be true or false"},
	{",\"confirmed\":true", "", "a, requirement 1: \"confirmed\""},
	{"\"mapping\":\"full\"", "\"mapping\":\"fully\"", "a, requirement 1: \"mapping\" cannot be"},
	{"\"mapping\":\"full\"", "\"mapping\":\"none\"", "a, requirement 1: mapping \"none\" with 2 provisions"},
	{"\"mapping\":\"full\"", "\"mapping\":\"partial\"", "a, requirement 1: neither"},
	{"\"mapping\":\"partial\"", "\"mapping\":\"full\"", "a, requirement 2: mapping \"full\", and something beyond"},
	{"\"beyond\":[\"sbom\"]", "\"beyond\":[\"moon\"]", "a, requirement 2: there is no ask \"moon\""},
	{"\"beyond\":[\"sbom\"]", "\"beyond\":[\"sbom\",\"sbom\"]", "a, requirement 2: ask sbom stands twice"},
	{"\"levels\":[\"2\"]", "\"levels\":[\"3\"]", "b, requirement x: the scheme has no level \"3\""},
	{"\"levels\":[\"2\"]", "\"levels\":[]", "b, requirement x: asked at no level"},
	{"\"mapping\":\"unknown\",\"confirmed\":false", "\"mapping\":\"unknown\",\"confirmed\":true",
	 "b, requirement y: an unknown mapping cannot be confirmed"},
	{"\"clause\":\"y\",\"title\":\"t\"", "\"clause\":\"y\"", "b, requirement y: no \"title\""},
	{"\"name\":\"one\"", "\"nam\":\"one\"", "b, level 1: unknown key"},
	{"\"from\":[\"b-1\"]", "\"from\":[\"c\"]", "recognition number 1: \"from\": there is no scheme \"c\""},
	{"\"from\":[\"b-1\"]", "\"from\":[]", "recognition number 1: from nothing"},
	{"\"from\":[\"b-1\"]", "\"from\":[\"a\"]", "recognition number 1: from nothing, or to itself"},
	{"\"to\":\"a\"", "\"to\":\"b-3\"", "recognition number 1: \"to\": there is no scheme \"b-3\""},
	{"\"clauses\":[\"1\"]", "\"clauses\":[\"7\"]", "recognition number 1: a has no clause \"7\""},
	{"\"effect\":\"deemed\"", "\"effect\":\"magic\"", "recognition number 1: \"effect\""},
	{"\"both_ways\":false", "\"both_ways\":0", "recognition number 1: \"both_ways\""},
	{"\"recognition\":[{", "\"recognition\":[1,{", "recognition number 1"},
	{"\"note\":\"n\"", "\"note\":\"\\u0007\"", "control characters"},
	{"\"asks\":[", "\"asks\":{\"a\":[", "line 1"},
};

static void refuses_with_the_place(void **state)
{
	(void)state;
	struct schemes_data *d = decoded(small_text());
	assert_int_equal(d->n, 2);
	schemes_free(&d);
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		struct err e = {0};
		rc r = schemes_decode(bytes_of_text(small_with(wrongs[i].from, wrongs[i].to)), &d, &e);
		if (rc_ok(r) || d)
			fail_msg("accepted: %s", wrongs[i].to);
		if (!strstr(e.text, wrongs[i].place))
			fail_msg("%s: '%s' does not name '%s'", wrongs[i].to, e.text, wrongs[i].place);
	}
}

static void refuses_too_much(void **state)
{
	(void)state;
	struct schemes_data *d = NULL;
	struct err e = {0};
	MEM_AUTO char *big = mem_alloc(SCHEMES_FILE_MAX + 1);
	assert_non_null(big);
	memset(big, ' ', SCHEMES_FILE_MAX + 1);
	check_fails(ERR_LIMIT, schemes_decode(bytes_of(big, SCHEMES_FILE_MAX + 1), &d, &e));
	memset(big, '[', SCHEMES_FILE_MAX);
	check_fails(ERR_LIMIT, schemes_decode(bytes_of(big, SCHEMES_FILE_MAX), &d, &e));
	check_fails(ERR_INPUT, schemes_decode(bytes_of("", 0), &d, &e));
	assert_null(d);
}

/* One scheme with as many levels as there may be, times more schemes than there is room for. */
static void refuses_too_many_targets(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf text;
	struct schemes_data *d = NULL;
	struct err e = {0};
	buf_init(&text, SCHEMES_FILE_MAX);
	buf_put_text(&text, "{\"v\":1,\"edition\":\"t\",\"note\":\"n\",\"asks\":[],\"recognition\":[],\"schemes\":[");
	for (unsigned i = 0; i < 9; i++) {
		buf_putf(&text,
			 "%s{\"id\":\"s%u\",\"name\":\"S\",\"title\":\"t\",\"jurisdiction\":\"j\",\"edition\":\"e\","
			 "\"source\":\"s\",\"confidence\":\"read\",\"kind\":\"law\",\"state\":\"closed\",\"decides\":["
			 "\"lab\"],"
			 "\"requirements\":[{\"clause\":\"1\",\"provisions\":[\"5.1-1\"],\"mapping\":\"full\","
			 "\"confirmed\":true}],\"levels\":[",
			 i ? "," : "", i);
		for (unsigned k = 0; k < SCHEMES_LEVELS_MAX; k++)
			buf_putf(&text, "%s{\"id\":\"%u\",\"name\":\"l\"}", k ? "," : "", k);
		buf_put_text(&text, "]}");
		if (i != 7)
			continue;
		/* Room for exactly these. */
		CLEANUP(buf_done) struct buf whole;
		buf_init(&whole, SCHEMES_FILE_MAX);
		buf_put(&whole, buf_view(&text));
		buf_put_text(&whole, "]}");
		check_ok(schemes_decode(buf_view(&whole), &d, &e));
		assert_int_equal(d->targets_n, SCHEMES_TARGETS_MAX);
		assert_true(schemes_find(d, "s7-7") == (uint64_t)1 << 63);
		schemes_free(&d);
	}
	buf_put_text(&text, "]}");
	check_fails(ERR_LIMIT, schemes_decode(buf_view(&text), &d, &e));
}

static size_t asked_at(const struct schemes_data *d, const char *target)
{
	uint64_t bit = schemes_find(d, target);
	size_t n = 0;
	assert_true(bit && !(bit & (bit - 1)));
	for (size_t t = 0; t < d->targets_n; t++)
		if (bit >> t & 1)
			for (size_t i = 0; i < d->schemes[d->targets[t].scheme].requirements_n; i++)
				n += d->schemes[d->targets[t].scheme].requirements[i].levels >> d->targets[t].level & 1;
	return n;
}

static const struct schemes_scheme *scheme(const struct schemes_data *d, const char *id)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->schemes[i].id, id) == 0)
			return &d->schemes[i];
	fail_msg("no scheme %s", id);
	return NULL;
}

static const struct schemes_requirement *clause(const struct schemes_data *d, const char *id, const char *name)
{
	const struct schemes_scheme *s = scheme(d, id);
	for (size_t i = 0; i < s->requirements_n; i++)
		if (strcmp(s->requirements[i].clause, name) == 0)
			return &s->requirements[i];
	fail_msg("%s has no clause %s", id, name);
	return NULL;
}

static bool rests_on(const struct schemes_requirement *q, const char *provision)
{
	const struct catalogue_provision *p = catalogue_find(provision);
	assert_non_null(p);
	return memchr(q->provisions, (int)(p - catalogue_table), q->provisions_n) != NULL;
}

/* Numbers and rules that the sources state, against the data. */
static void what_is_built_in(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = builtin();
	assert_int_equal(asked_at(d, "en18031-1"), 33);
	assert_int_equal(asked_at(d, "en18031-2"), 43);
	assert_int_equal(asked_at(d, "jcstar-1"), 16);
	assert_int_equal(asked_at(d, "cls-1"), 13);
	assert_string_equal(scheme(d, "psti")->cites, "V2.1.1");
	assert_true(rests_on(clause(d, "psti", "Sch1.1"), "5.1-1") && rests_on(clause(d, "psti", "Sch1.1"), "5.1-2"));
	assert_true(clause(d, "psti", "Sch1.3")->confirmed && rests_on(clause(d, "psti", "Sch1.3"), "5.3-13"));
	assert_false(clause(d, "jcstar", "S1.1-11")->confirmed);
	assert_true(clause(d, "jcstar", "S1.1-05")->confirmed);
	assert_int_equal(clause(d, "cra", "Art14.1")->mapping, SCHEMES_NONE);
	assert_int_equal(clause(d, "cra", "II.1")->mapping, SCHEMES_PARTIAL);
	assert_int_equal(clause(d, "cic", "items")->mapping, SCHEMES_UNKNOWN);
	assert_int_equal(scheme(d, "fi")->standing, SCHEMES_CLOSED);
	assert_int_equal(scheme(d, "us-ctm")->standing, SCHEMES_UNSETTLED);
}

/* Every provision that V2.1.1 makes mandatory is asked by CLS level 2, and by no other way than as such. */
static void level_two_is_all_that_is_mandatory(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = builtin();
	const struct schemes_scheme *cls = scheme(d, "cls");
	for (size_t p = 0; p < CATALOGUE_PROVISIONS; p++) {
		const struct catalogue_provision *c = &catalogue_table[p];
		bool asked = false;
		for (size_t i = 0; i < cls->requirements_n; i++)
			if (cls->requirements[i].levels & 1u << 1)
				asked = asked || memchr(cls->requirements[i].provisions, (int)p,
							cls->requirements[i].provisions_n);
		bool mandatory = catalogue_mandatory(c) && c->v211_status && c->v211_status[0] == 'M';
		if (asked != mandatory)
			fail_msg("%s: asked %d, mandatory in V2.1.1 %d", c->id, asked, mandatory);
	}
}

static const struct schemes_recognition *edge(const struct schemes_data *d, const char *from, const char *to)
{
	for (size_t i = 0; i < d->recognition_n; i++)
		if (d->recognition[i].from == schemes_find(d, from) && d->recognition[i].to == schemes_find(d, to))
			return &d->recognition[i];
	fail_msg("nothing from %s to %s", from, to);
	return NULL;
}

static void who_accepts_whom(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = builtin();
	const struct schemes_recognition *g = edge(d, "cls", "psti");
	assert_string_equal(g->since, "2025-12-04");
	assert_int_equal(g->effect, SCHEMES_DEEMED);
	g = edge(d, "psti", "jcstar-1");
	assert_int_equal(g->effect, SCHEMES_EXEMPTS);
	assert_int_equal(g->clauses_n, 3);
	assert_string_equal(g->clauses[0], "S1.1-02");
	assert_string_equal(g->clauses[1], "S1.1-05");
	assert_string_equal(g->clauses[2], "S1.1-16");
	assert_true(edge(d, "jcstar-1", "cls-1")->both_ways);
	assert_string_equal(edge(d, "psti", "cls")->since, "");
}

static void standing_on_a_day(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = builtin();
	static const struct {
		const char *target, *day, *text;
	} table[] = {
		{"psti", "2024-04-28", "from 2024-04-29"},
		{"psti", "2024-04-29", "in force since 2024-04-29"},
		{"cra-reporting", "2026-09-10", "from 2026-09-11"},
		{"cra-reporting", "2026-09-11", "in force since 2026-09-11"},
		{"cra-product", "2026-09-11", "from 2027-12-11"},
		{"en18031-2", "2027-12-10", "in force since 2025-08-01, until 2027-12-11"},
		{"en18031-2", "2027-12-11", "ended on 2027-12-11"},
		{"iso27402", "2023-01-01", "in force since 2023"},
		{"bsi", "2022-04-30", "from 2022-05"},
		{"bsi", "2022-05-01", "in force since 2022-05"},
		{"fi", "2026-01-01", "closed"},
		{"us-ctm", "2026-01-01", "unsettled"},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct wall_time day;
		char text[SCHEMES_STATE_SIZE];
		uint64_t bit = schemes_find(d, table[i].target);
		size_t t = 0;
		assert_true(bit && rfc3339_parse_date(table[i].day, &day));
		while (!(bit >> t & 1))
			t++;
		schemes_state_text(&d->schemes[d->targets[t].scheme], schemes_target(d, t), day, text);
		assert_string_equal(text, table[i].text);
	}
}

/* ---- results ---- */

static size_t place(const char *provision)
{
	const struct catalogue_provision *p = catalogue_find(provision);
	assert_non_null(p);
	return (size_t)(p - catalogue_table);
}

static void worst_speaks_for_all(void **state)
{
	(void)state;
	static const struct {
		enum schemes_result a, b, expected;
	} table[] = {
		{SCHEMES_MET, SCHEMES_MET, SCHEMES_MET},
		{SCHEMES_MET, SCHEMES_PROMISED, SCHEMES_PROMISED},
		{SCHEMES_MET, SCHEMES_NOT_APPLICABLE, SCHEMES_MET},
		{SCHEMES_PROMISED, SCHEMES_NOT_APPLICABLE, SCHEMES_PROMISED},
		{SCHEMES_MET, SCHEMES_OPEN, SCHEMES_OPEN},
		{SCHEMES_PROMISED, SCHEMES_OPEN, SCHEMES_OPEN},
		{SCHEMES_OPEN, SCHEMES_NOT_MET, SCHEMES_NOT_MET},
		{SCHEMES_MET, SCHEMES_NOT_MET, SCHEMES_NOT_MET},
		{SCHEMES_NOT_APPLICABLE, SCHEMES_NOT_APPLICABLE, SCHEMES_NOT_APPLICABLE},
	};
	CLEANUP(schemes_free) struct schemes_data *d = decoded(small_text());
	for (size_t i = 0; i < 2 * ARRAY_LEN(table); i++) {
		CLEANUP(schemes_eval_free) struct schemes_report *r = NULL;
		struct schemes_input in = {.assessed = true};
		struct err e = {0};
		in.at[place("5.1-1")] = i % 2 ? table[i / 2].b : table[i / 2].a;
		in.at[place("5.1-2")] = i % 2 ? table[i / 2].a : table[i / 2].b;
		check_ok(schemes_eval(d, &in, &r, &e));
		assert_int_equal(r->views[0].rows[0].result, table[i / 2].expected);
	}
}

/* Everything is met that can be; what is beyond, or unknown, stays open and says why. */
static void beyond_stays_open(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = builtin();
	CLEANUP(schemes_eval_free) struct schemes_report *r = NULL;
	struct schemes_input in = {.assessed = true};
	struct err e = {0};
	size_t met = 0, open = 0;
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		in.at[i] = SCHEMES_MET;
	check_ok(schemes_eval(d, &in, &r, &e));
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->views[i].rows_n; k++) {
			const struct schemes_row *row = &r->views[i].rows[k];
			bool full = row->requirement->mapping == SCHEMES_FULL;
			assert_int_equal(row->result, full ? SCHEMES_MET : SCHEMES_OPEN);
			assert_true(full || row->why[0]);
			met += full;
			open += !full;
		}
	assert_true(met > 100 && open > 40);
	/* A part that is not met is enough, though. */
	schemes_eval_free(&r);
	in.at[place("5.10-1")] = SCHEMES_NOT_MET; /* CRA I.2.l: a part of logging */
	check_ok(schemes_eval(d, &in, &r, &e));
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->views[i].rows_n; k++)
			if (rests_on(r->views[i].rows[k].requirement, "5.10-1")) {
				assert_int_equal(r->views[i].rows[k].result, SCHEMES_NOT_MET);
				assert_non_null(strstr(r->views[i].rows[k].why, "not met: 5.10-1"));
			}
}

/* What is too long for one sentence is cut, and is a text still. */
static void long_asks_stay_texts(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		char what[480], asks[1200];
		static char text[8192];
		size_t n = 0;
		if (shift)
			what[n++] = 'x';
		for (; n + 2 < 470; n += 2)
			memcpy(what + n, "\xc3\xa9", 2);
		what[n] = 0;
		(void)snprintf(asks, sizeof asks,
			       "[{\"id\":\"more\",\"what\":\"%s\",\"how\":\"h\"},{\"id\":\"sbom\",\"what\":\"%s\"",
			       what, what);
		(void)snprintf(text, sizeof text, "%s", small_with("[{\"id\":\"sbom\",\"what\":\"w\"", asks));
		char *at = strstr(text, "\"beyond\":[");
		assert_non_null(at);
		at += strlen("\"beyond\":[");
		memmove(at + 7, at, strlen(at) + 1);
		memcpy(at, "\"more\",", 7);
		CLEANUP(schemes_free) struct schemes_data *d = decoded(text);
		CLEANUP(schemes_eval_free) struct schemes_report *r = NULL;
		struct schemes_input in = {0};
		struct err e = {0};
		check_ok(schemes_eval(d, &in, &r, &e));
		const char *why = r->views[0].rows[1].why;
		assert_int_equal(strlen(why), SCHEMES_WHY_SIZE - 1);
		assert_true(name_utf8_ok(why, strlen(why)));
	}
}

static void sums_count_each_level(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = decoded(small_text());
	CLEANUP(schemes_eval_free) struct schemes_report *r = NULL;
	struct schemes_input in = {.assessed = true};
	struct err e = {0};
	in.at[place("5.3-13")] = SCHEMES_MET;
	check_ok(schemes_eval(d, &in, &r, &e));
	const struct schemes_sum *one = &r->views[1].sums[0], *two = &r->views[1].sums[1];
	assert_int_equal(one->by[SCHEMES_MET], 1);
	assert_int_equal(one->by[SCHEMES_OPEN], 1);
	assert_int_equal(two->by[SCHEMES_OPEN], 2);
	assert_int_equal(one->unconfirmed, 2);
	assert_int_equal(one->result, SCHEMES_OPEN);
	schemes_eval_free(&r);
	in.at[place("5.3-13")] = SCHEMES_NOT_MET;
	check_ok(schemes_eval(d, &in, &r, &e));
	assert_int_equal(r->views[1].sums[0].result, SCHEMES_NOT_MET);
}

static struct schemes_input declared_input(const char *yaml)
{
	struct declaration *d = declared_parse(yaml);
	struct judge_result *r = NULL;
	struct schemes_input in = {0};
	struct wall_time day;
	struct err e = {0};
	assert_true(rfc3339_parse_date("2026-10-01", &day));
	check_ok(judge_declaration(d, day, &r, &e));
	schemes_eval_declared(r, &in);
	judge_free(r);
	declaration_free(d);
	return in;
}

static void a_declaration_meets_nothing(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = builtin();
	CLEANUP(schemes_eval_free) struct schemes_report *r = NULL;
	struct err e = {0};
	struct schemes_input in = declared_input(declared_text());
	assert_false(in.assessed);
	check_ok(schemes_eval(d, &in, &r, &e));
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->views[i].scheme->levels_n; k++)
			assert_int_equal(r->views[i].sums[k].by[SCHEMES_MET], 0);
	assert_int_equal(in.at[place("5.1-1")], SCHEMES_PROMISED);
	in = declared_input(declared_with("made: per-unit-random", "made: universal"));
	assert_int_equal(in.at[place("5.1-1")], SCHEMES_NOT_MET);
}

static struct verdict_set *verdict_on(const char *provision, enum verdict_result result)
{
	struct verdict_set *v = NULL;
	struct err e = {0};
	check_ok(verdict_set_new(&v, &e));
	(void)snprintf(v->edition, sizeof v->edition, "%s", catalogue_edition);
	(void)snprintf(v->list[0].provision, sizeof v->list[0].provision, "%s", provision);
	v->list[0].result = result;
	v->n = 1;
	return v;
}

static void verdicts_over_promises(void **state)
{
	(void)state;
	enum {
		OPEN = SCHEMES_OPEN,
		MET = SCHEMES_MET,
		PROMISED = SCHEMES_PROMISED,
		NOT = SCHEMES_NOT_MET,
		NA = SCHEMES_NOT_APPLICABLE
	};
	static const struct {
		enum verdict_result verdict;
		int declared[SCHEMES_RESULTS]; /* result when declared open, met (never), promised, not met, n/a */
		int alone;
	} table[] = {
		{VERDICT_PASS, {MET, MET, MET, NOT, MET}, MET},
		{VERDICT_FAIL, {NOT, NOT, NOT, NOT, NOT}, NOT},
		{VERDICT_INCONCLUSIVE, {OPEN, OPEN, OPEN, NOT, OPEN}, OPEN},
		{VERDICT_NOT_JUDGED, {OPEN, MET, PROMISED, NOT, NA}, OPEN},
		{VERDICT_NOT_APPLICABLE, {OPEN, MET, PROMISED, NOT, NA}, NA},
	};
	size_t at = place("5.1-1");
	struct err e = {0};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(verdict_set_free) struct verdict_set *v = verdict_on("5.1-1", table[i].verdict);
		struct schemes_input in = {0};
		check_ok(schemes_eval_judged(v, false, &in, &e));
		assert_true(in.assessed);
		assert_int_equal(in.at[at], table[i].alone);
		assert_int_equal(in.at[place("5.1-2")], SCHEMES_OPEN);
		for (int before = 0; before < SCHEMES_RESULTS; before++) {
			in.at[at] = (enum schemes_result)before;
			check_ok(schemes_eval_judged(v, true, &in, &e));
			assert_int_equal(in.at[at], table[i].declared[before]);
		}
	}
	CLEANUP(verdict_set_free) struct verdict_set *v = verdict_on("9.9-9", VERDICT_PASS);
	struct schemes_input in = {0};
	check_fails(ERR_INPUT, schemes_eval_judged(v, false, &in, &e));
	assert_false(in.assessed);
	(void)snprintf(v->list[0].provision, sizeof v->list[0].provision, "5.1-1");
	(void)snprintf(v->edition, sizeof v->edition, "ETSI EN 303 645 V2.1.1 (2020-06)");
	check_fails(ERR_INPUT, schemes_eval_judged(v, false, &in, &e));
	assert_false(in.assessed);
}

/* Only the declaration was looked into: that is a promise, and no more. Whoever looked at the product decides. */
static void half_judged_is_promised(void **state)
{
	(void)state;
	static const struct {
		enum verdict_result conceptual, functional;
		enum schemes_result is;
	} table[] = {
		{VERDICT_PASS, VERDICT_NOT_JUDGED, SCHEMES_PROMISED},
		{VERDICT_PASS, VERDICT_INCONCLUSIVE, SCHEMES_OPEN},
		{VERDICT_NOT_JUDGED, VERDICT_PASS, SCHEMES_OPEN},
		{VERDICT_INCONCLUSIVE, VERDICT_NOT_JUDGED, SCHEMES_OPEN},
		{VERDICT_INCONCLUSIVE, VERDICT_PASS, SCHEMES_OPEN},
	};
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(verdict_set_free) struct verdict_set *v = verdict_on("5.1-1", VERDICT_INCONCLUSIVE);
		struct schemes_input in = {0};
		struct err e = {0};
		v->list[0].cases[0].result = table[i].conceptual;
		v->list[0].cases[1].result = table[i].functional;
		v->list[0].cases[1].functional = true;
		v->list[0].cases_n = 2;
		check_ok(schemes_eval_judged(v, false, &in, &e));
		assert_int_equal(in.at[place("5.1-1")], table[i].is);
		in.at[place("5.1-1")] = SCHEMES_NOT_MET; /* a contradiction in the declaration stays one */
		check_ok(schemes_eval_judged(v, true, &in, &e));
		assert_int_equal(in.at[place("5.1-1")], SCHEMES_NOT_MET);
	}
}

/* ---- the plan ---- */

/* A file of schemes s0, s1, ... each with one requirement on these provisions (places, ended by -1). */
static struct schemes_data *schemes_on(const int (*rests)[8], size_t n)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, SCHEMES_FILE_MAX);
	buf_put_text(&text, "{\"v\":1,\"edition\":\"t\",\"note\":\"n\",\"asks\":[],\"recognition\":[],\"schemes\":[");
	for (size_t i = 0; i < n; i++) {
		buf_putf(&text,
			 "%s{\"id\":\"s%zu\",\"name\":\"S\",\"title\":\"t\",\"jurisdiction\":\"j\",\"edition\":\"e\","
			 "\"source\":\"s\",\"confidence\":\"read\",\"kind\":\"law\",\"state\":\"in-force\",\"decides\":"
			 "[\"lab\"],"
			 "\"requirements\":[{\"clause\":\"1\",\"title\":\"t\",\"mapping\":\"full\",\"confirmed\":true,"
			 "\"provisions\":[",
			 i ? "," : "", i);
		for (size_t k = 0; rests[i][k] >= 0; k++)
			buf_putf(&text, "%s\"%s\"", k ? "," : "", catalogue_table[rests[i][k]].id);
		buf_put_text(&text, "]}]}");
	}
	buf_put_text(&text, "]}");
	return decoded(buf_text(&text));
}

static struct schemes_plan *planned(const struct schemes_data *d, const struct schemes_input *in)
{
	struct schemes_plan *plan = NULL;
	struct err e = {0};
	check_ok(schemes_plan(d, in, UINT64_MAX, &plan, &e));
	return plan;
}

static void single_items_first(void **state)
{
	(void)state;
	/* Two for three schemes has the better ratio; item 9 alone is still first, and 4 before it opens nothing alone.
	 */
	static const int rests[][8] = {{1, 2, -1}, {1, 2, -1}, {1, 2, -1}, {9, -1}, {4, 5, 6, -1}, {1, 2, 4, 5, -1}};
	CLEANUP(schemes_free) struct schemes_data *d = schemes_on(rests, ARRAY_LEN(rests));
	struct schemes_input in = {0};
	CLEANUP(schemes_plan_free) struct schemes_plan *plan = planned(d, &in);
	assert_int_equal(plan->steps[0].n, 1);
	assert_int_equal(plan->steps[0].provisions[0], 9);
	assert_true(plan->steps[0].opens == schemes_find(d, "s3"));
	assert_int_equal(plan->steps[1].n, 2);
	assert_true(plan->steps[1].opens == (schemes_find(d, "s0") | schemes_find(d, "s1") | schemes_find(d, "s2")));
	/* Then 4 and 5 for s5, and only 6 is left for s4. */
	assert_true(plan->steps[2].opens == schemes_find(d, "s5"));
	assert_int_equal(plan->steps[2].n, 2);
	assert_true(plan->steps[3].opens == schemes_find(d, "s4"));
	assert_int_equal(plan->steps[3].n, 1);
	assert_int_equal(plan->steps[3].provisions[0], 6);
	assert_int_equal(plan->n, 4);
}

static void looks_two_schemes_ahead(void **state)
{
	(void)state;
	/* Three items open one scheme, whichever way; but after 1, 2 and 3 one more opens the next. */
	static const int rests[][8] = {{5, 6, 7, -1}, {1, 2, 3, -1}, {1, 2, 4, -1}};
	CLEANUP(schemes_free) struct schemes_data *d = schemes_on(rests, ARRAY_LEN(rests));
	struct schemes_input in = {0};
	CLEANUP(schemes_plan_free) struct schemes_plan *plan = planned(d, &in);
	assert_int_equal(plan->n, 3);
	assert_true(plan->steps[0].opens == schemes_find(d, "s1"));
	assert_true(plan->steps[1].opens == schemes_find(d, "s2"));
	assert_int_equal(plan->steps[1].n, 1);
	assert_true(plan->steps[2].opens == schemes_find(d, "s0"));
}

static void the_goal_depends_on_evidence(void **state)
{
	(void)state;
	static const int rests[][8] = {{1, -1}, {2, 3, -1}};
	CLEANUP(schemes_free) struct schemes_data *d = schemes_on(rests, ARRAY_LEN(rests));
	struct schemes_input in = {0};
	in.at[1] = SCHEMES_PROMISED;
	in.at[2] = SCHEMES_NOT_APPLICABLE;
	in.at[3] = SCHEMES_NOT_MET;
	CLEANUP(schemes_plan_free) struct schemes_plan *plan = planned(d, &in);
	assert_true(plan->free_before == schemes_find(d, "s0"));
	assert_false(plan->blocks[1] || plan->blocks[2]);
	assert_true(plan->blocks[3]);
	schemes_plan_free(&plan);
	in.assessed = true; /* now a promise is not enough */
	plan = planned(d, &in);
	assert_true(plan->free_before == 0);
	assert_true(plan->blocks[1]);
	assert_int_equal(plan->n, 2);
	/* Nothing to do: no steps; nothing asked for: no steps either. */
	in.at[1] = in.at[3] = SCHEMES_MET;
	schemes_plan_free(&plan);
	plan = planned(d, &in);
	assert_int_equal(plan->n, 0);
	assert_true(plan->free_before == 3);
}

/* Random small worlds: the first step against every set of items there is. */
static void greedy_holds_its_word(void **state)
{
	(void)state;
	uint32_t dice = 1;
	for (unsigned round = 0; round < 300; round++) {
		int rests[5][8];
		unsigned needs[5];
		for (size_t i = 0; i < 5; i++) {
			size_t n = 0;
			dice = dice * 1103515245u + 12345u;
			needs[i] = dice >> 16 & 63 ? dice >> 16 & 63 : 1;
			for (int k = 0; k < 6; k++)
				if (needs[i] >> k & 1)
					rests[i][n++] = k;
			rests[i][n] = -1;
		}
		CLEANUP(schemes_free) struct schemes_data *d = schemes_on((const int(*)[8])rests, 5);
		struct schemes_input in = {0};
		CLEANUP(schemes_plan_free) struct schemes_plan *plan = planned(d, &in);
		size_t single = 0, opens = 0;
		for (unsigned item = 0; item < 6; item++) {
			size_t n = 0;
			for (size_t i = 0; i < 5; i++)
				n += needs[i] == 1u << item;
			single = n > single ? n : single;
		}
		for (size_t i = 0; i < 5; i++)
			opens += plan->steps[0].opens >> i & 1;
		if (single) {
			assert_int_equal(plan->steps[0].n, 1);
			assert_int_equal(opens, single);
		} else {
			/* Nothing smaller within it opens anything. */
			unsigned items = 0;
			for (size_t k = 0; k < plan->steps[0].n; k++)
				items |= 1u << plan->steps[0].provisions[k];
			for (size_t i = 0; i < 5; i++)
				assert_true(needs[i] == items || needs[i] & ~items);
		}
	}
}

static void the_example_and_its_plan(void **state)
{
	(void)state;
	CLEANUP(schemes_free) struct schemes_data *d = builtin();
	struct schemes_input in = declared_input(declared_with("made: per-unit-random", "made: universal"));
	CLEANUP(schemes_plan_free) struct schemes_plan *plan = planned(d, &in);
	/* One password opens the UK, Australia, Singapore's first level and Japan. */
	uint64_t four = schemes_find(d, "psti") | schemes_find(d, "au") | schemes_find(d, "cls-1") |
			schemes_find(d, "jcstar-1");
	assert_true((plan->free_before & four) == 0);
	assert_true(plan->n > 1 && plan->steps[0].n + plan->steps[1].n <= 2);
	assert_true(((plan->steps[0].opens | plan->steps[1].opens) & four) == four);
	assert_int_equal(plan->steps[0].provisions[0], place("5.1-1"));
	assert_int_equal(plan->steps[1].provisions[0], place("5.1-2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_with_the_place),
		cmocka_unit_test(refuses_too_much),
		cmocka_unit_test(refuses_too_many_targets),
		cmocka_unit_test(what_is_built_in),
		cmocka_unit_test(level_two_is_all_that_is_mandatory),
		cmocka_unit_test(who_accepts_whom),
		cmocka_unit_test(standing_on_a_day),
		cmocka_unit_test(worst_speaks_for_all),
		cmocka_unit_test(beyond_stays_open),
		cmocka_unit_test(long_asks_stay_texts),
		cmocka_unit_test(sums_count_each_level),
		cmocka_unit_test(a_declaration_meets_nothing),
		cmocka_unit_test(verdicts_over_promises),
		cmocka_unit_test(half_judged_is_promised),
		cmocka_unit_test(single_items_first),
		cmocka_unit_test(looks_two_schemes_ahead),
		cmocka_unit_test(the_goal_depends_on_evidence),
		cmocka_unit_test(greedy_holds_its_word),
		cmocka_unit_test(the_example_and_its_plan),
	};
	return cmocka_run_group_tests_name("schemes", tests, NULL, NULL);
}
