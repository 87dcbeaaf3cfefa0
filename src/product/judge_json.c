/* SPDX-License-Identifier: Apache-2.0 */
/* Writes judgement and problems as JSON. Every NULL of jansson ends in a NULL result. */
#include "product/judge_json.h"

#include <string.h>

#include "core/base/attr.h"
#include "core/base/banned.h"

size_t judge_json_means(uint32_t bits, const char *ret[JUDGE_JSON_MEANS])
{
	static const char *const words[JUDGE_JSON_MEANS] = {"doc", "process", "ixit", "net", "fw", "device", "lib"};
	size_t n = 0;
	for (size_t i = 0; i < JUDGE_JSON_MEANS; i++)
		if (bits & 1u << i)
			ret[n++] = words[i];
	return n;
}

static json_t *means_list(uint32_t bits)
{
	const char *words[JUDGE_JSON_MEANS];
	size_t n = judge_json_means(bits, words);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(words[i]));
	return list;
}

/* The cases of a provision; `word` for the one that a declaration is judged by. */
static json_t *cases(const struct judge_answer *a)
{
	size_t n = 0;
	const struct catalogue_case *list = catalogue_cases_of(a->provision, &n);
	json_t *out = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:o, s:s?, s:s?}", "id", list[i].id, "kind",
							   catalogue_kind_name(list[i].kind), "looks_at",
							   list[i].looks_at, "evidence", means_list(list[i].evidence),
							   "beyond", list[i].beyond, "word",
							   &list[i] == a->tested ? judge_word_name(a->word) : NULL));
	return out;
}

static json_t *answer(const struct judge_answer *a)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:b, s:s?, s:o, s:o}", "id", a->provision->id, "status",
			 a->provision->status, "title", a->provision->title, "word", judge_word_name(a->word), "reason",
			 a->reason, "hint", a->hint, "line", (json_int_t)a->line, "excused", a->excused, "excuse",
			 a->excused ? a->excuse : NULL, "evidence_needed", means_list(a->needs), "cases", cases(a));
}

static json_t *findings(const struct judge_result *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->findings_n; i++) {
		const struct judge_finding *f = &r->findings[i];
		(void)json_array_append_new(list, json_pack("{s:s, s:s?, s:s, s:I, s:s, s:s}", "provision",
							    f->answer->provision->id, "case",
							    f->answer->tested ? f->answer->tested->id : NULL, "word",
							    judge_word_name(f->word), "line", (json_int_t)f->line,
							    "text", f->text, "hint", f->hint));
	}
	return list;
}

static json_t *facts(const struct judge_facts *f)
{
	json_t *list = json_object();
	for (unsigned i = 0; i < FACT_COUNT; i++)
		(void)json_object_set_new(list, catalogue_fact_slug(i),
					  json_pack("{s:b, s:s, s:I}", "holds", f->at[i].holds, "why", f->at[i].why,
						    "line", (json_int_t)f->at[i].line));
	return list;
}

json_t *judge_json_result(const struct declaration *d, const struct judge_result *r)
{
	json_t *answers = json_array(), *conflicts = json_array(), *counts = json_object();
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		(void)json_array_append_new(answers, answer(&r->answers[i]));
	for (size_t i = 0; i < r->conflicts_n; i++)
		(void)json_array_append_new(conflicts,
					    json_pack("{s:s, s:I, s:s, s:s}", "provision", r->conflicts[i].provision,
						      "line", (json_int_t)r->conflicts[i].line, "text",
						      r->conflicts[i].text, "hint", r->conflicts[i].hint));
	for (unsigned w = 0; w < JUDGE_WORDS; w++)
		(void)json_object_set_new(counts, judge_word_name(w), json_integer((json_int_t)r->counts[w]));
	/* What jansson could not take for want of memory is missing from its list. */
	bool whole = json_array_size(answers) == CATALOGUE_PROVISIONS && json_array_size(conflicts) == r->conflicts_n &&
		     json_object_size(counts) == JUDGE_WORDS;
	json_t *all = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:I, s:o, s:o}", "v", 1, "edition",
				catalogue_edition, "cases_edition", catalogue_cases_edition, "product", d->product,
				"model", d->model, "version", d->version, "clean", r->clean, "counts", counts,
				"conflicts", conflicts, "findings", findings(r), "findings_more",
				(json_int_t)r->findings_more, "provisions", answers, "facts", facts(&r->facts));
	if (!whole) {
		json_decref(all);
		return NULL;
	}
	return all;
}

json_t *judge_json_problems(const struct declaration_problems *list)
{
	json_t *problems = json_array();
	for (size_t i = 0; i < list->n; i++)
		(void)json_array_append_new(
			problems, json_pack("{s:I, s:I, s:s, s:s, s:s}", "line", (json_int_t)list->at[i].line, "column",
					    (json_int_t)list->at[i].column, "path", list->at[i].path, "text",
					    list->at[i].text, "hint", list->at[i].hint));
	if (json_array_size(problems) != list->n) {
		json_decref(problems);
		return NULL;
	}
	return json_pack("{s:i, s:b, s:o, s:I}", "v", 1, "clean", 0, "problems", problems, "more",
			 (json_int_t)list->more);
}
