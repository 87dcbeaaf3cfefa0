/* SPDX-License-Identifier: Apache-2.0 */
/* The ICS: one row for each of the 78 provisions, "Y" only where it is promised, and what is open is said. */
#include "declared.h"
#include "tables.h"

#include "product/ics.h"
#include "product/judge.h"

#define TODAY ((struct wall_time){1790812800}) /* 2026-10-01 */
#define FILE_MAX (1024 * 1024)

enum column { REFERENCE, OLD, TITLE, STATUS, CONDITION, SUPPORT, OPEN, DETAIL, IXIT, COLUMNS };

static const struct tables_csv *csv_of(const char *yaml)
{
	static struct tables_csv csv;
	CLEANUP(buf_done) struct buf out;
	struct err e = {0};
	buf_init(&out, FILE_MAX);
	struct declaration *d = declared_parse(yaml);
	ics_csv(d, TODAY, &out);
	check_ok(buf_check(&out, "ics.csv", &e));
	tables_read(buf_text(&out), &csv);
	declaration_free(d);
	assert_int_equal(csv.columns, COLUMNS);
	assert_int_equal(csv.rows, 1 + CATALOGUE_PROVISIONS);
	return &csv;
}

static const char *const *row_of(const struct tables_csv *csv, const char *id)
{
	for (size_t r = 1; r < csv->rows; r++)
		if (strcmp(csv->at[r][REFERENCE] + strlen("Provision "), id) == 0)
			return csv->at[r];
	fail_msg("no row %s", id);
	return NULL;
}

static struct judge_result *judged(const struct declaration *d)
{
	struct judge_result *r = NULL;
	struct err e = {0};
	check_ok(judge_declaration(d, TODAY, &r, &e));
	return r;
}

/* Whatever is declared: the form says of each provision what the judgement says, and never more. */
static void check_against_judgement(const char *yaml)
{
	const struct tables_csv *csv = csv_of(yaml);
	struct declaration *d = declared_parse(yaml);
	struct judge_result *r = judged(d);
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		const char *const *row = csv->at[i + 1];
		bool open = a->word != JUDGE_PROMISED && a->word != JUDGE_NOT_APPLICABLE && !a->excused;
		const char *want = a->word == JUDGE_PROMISED ? "Y" : a->word == JUDGE_NOT_APPLICABLE ? "N/A" : "N";
		assert_string_equal(row[REFERENCE] + strlen("Provision "), a->provision->id);
		assert_string_equal(row[STATUS], a->provision->status);
		if (strcmp(row[SUPPORT], want) != 0)
			fail_msg("%s is %s, and judged %s", a->provision->id, row[SUPPORT], judge_word_name(a->word));
		assert_string_equal(row[OPEN], open ? "yes" : "no");
		assert_non_null(strstr(row[DETAIL], a->reason));
		for (size_t c = 0; c < COLUMNS; c++)
			assert_true(row[c][0]);
	}
	judge_free(r);
	declaration_free(d);
}

static void never_more_than_is_promised(void **state)
{
	static const char *const pieces[][2] = {
		{"  policy_url: https://lumen.example/disclosure\n", ""},
		{"    made: per-unit-random\n", "    made: universal\n"},
		{"  notifies: true\n", ""},
		{"  automatic: true\n", "  automatic: false\n"},
		{"  published: https://lumen.example/support\n", ""},
		{"    sensitive: true\n    basis: contract\n", "    sensitive: true\n    basis: consent\n"},
		{"  fix_days: 30\n", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		check_against_judgement(declared_with(pieces[i][0], pieces[i][1]));
	check_against_judgement(declared_text());
}

static void says_what_is_open(void **state)
{
	const char *const *row;
	(void)state;
	row = row_of(csv_of(declared_with("  policy_url: https://lumen.example/disclosure\n", "")), "5.2-1");
	assert_string_equal(row[SUPPORT], "N");
	assert_string_equal(row[OPEN], "yes");
	assert_non_null(strstr(row[DETAIL], "Open, not declared: "));
	assert_non_null(strstr(row[DETAIL], "; to do: "));
	row = row_of(csv_of(declared_with("    made: per-unit-random\n", "    made: universal\n")), "5.1-1");
	assert_string_equal(row[SUPPORT], "N");
	assert_non_null(strstr(row[DETAIL], "Contradicted: "));
}

/* The example, whose updates do not install by themselves, with these reasons before its own. */
static const char *with_reasons(const char *reasons)
{
	static char out[DECLARATION_MAX];
	static const char key[] = "\nreasons:", none[] = " []\n";
	const char *text = declared_with("  automatic: true\n", "  automatic: false\n"), *at = strstr(text, key);
	assert_non_null(at);
	const char *rest = at + strlen(key);
	rest += strncmp(rest, none, strlen(none)) == 0 ? strlen(none) : 1;
	int n = snprintf(out, sizeof out, "%.*s%s\n%s%s", (int)(at - text), text, key, reasons, rest);
	assert_true(n > 0 && (size_t)n < sizeof out);
	return out;
}

/* A recommendation with a reason is "N" and not open; a mandatory provision cannot be excused. */
static void a_reason_excuses_recommendations(void **state)
{
	(void)state;
	const char *with_reason = with_reasons("  - {provision: 5.3-4A, why: an owner may be abroad}\n"
					       "  - {provision: 5.3-16, why: no}\n");
	check_against_judgement(with_reason);
	const char *const *row = row_of(csv_of(with_reason), "5.3-4A");
	assert_string_equal(row[SUPPORT], "N");
	assert_string_equal(row[OPEN], "no");
	assert_memory_equal(row[DETAIL], "Not followed: ", strlen("Not followed: "));
	assert_non_null(strstr(row[DETAIL], "; the manufacturer's reason: an owner may be abroad"));
	assert_null(strstr(row_of(csv_of(with_reason), "5.3-16")[DETAIL], "reason"));
}

static void conditions_are_shown(void **state)
{
	(void)state;
	const struct tables_csv *csv = csv_of(declared_text());
	assert_string_equal(row_of(csv, "5.2-1")[CONDITION], "none");
	assert_string_equal(row_of(csv, "5.4-2")[CONDITION], "a built-in unique identity is used for security: no");
	assert_string_equal(row_of(csv, "5.4-2")[SUPPORT], "N/A");
	assert_non_null(strstr(row_of(csv, "5.1-5")[CONDITION],
			       ": yes, no limit of the intended use is declared; a listener asks for a credential"));
	assert_string_equal(row_of(csv, "5.0-1")[OLD], "Provision 4-1");
	assert_string_equal(row_of(csv, "5.1-2A")[OLD], "none");
	assert_string_equal(row_of(csv, "5.1-4")[IXIT], "1-AuthMech, 2-UserInfo");
}

static void markdown_is_sound(void **state)
{
	CLEANUP(buf_done) struct buf out, again;
	struct err e = {0};
	(void)state;
	buf_init(&out, FILE_MAX);
	buf_init(&again, FILE_MAX);
	struct declaration *d =
		declared_parse(with_reasons("  - {provision: 5.3-4A, why: '=a | `b` <b>c</b> [d](javascript:e)'}\n"));
	ics_markdown(d, TODAY, &out);
	ics_markdown(d, TODAY, &again);
	check_ok(buf_check(&out, "ics.md", &e));
	assert_string_equal(buf_text(&out), buf_text(&again));
	tables_markdown_sound(buf_text(&out));
	assert_null(strstr(buf_text(&out), "|  |"));
	assert_non_null(strstr(buf_text(&out), "reason: =a \\| \\`b\\` &lt;b>c&lt;/b> \\[d\\](javascript:e)"));
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		char row[64];
		(void)snprintf(row, sizeof row, "\n| **%s** ", catalogue_table[i].id);
		if (!strstr(buf_text(&out), row))
			fail_msg("no row of %s", catalogue_table[i].id);
	}
	for (unsigned f = 0; f < FACT_COUNT; f++) {
		struct judge_result *r = judged(d);
		assert_non_null(strstr(buf_text(&out), r->facts.at[f].why));
		judge_free(r);
	}
	declaration_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_open),
		cmocka_unit_test(never_more_than_is_promised),
		cmocka_unit_test(a_reason_excuses_recommendations),
		cmocka_unit_test(conditions_are_shown),
		cmocka_unit_test(markdown_is_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
