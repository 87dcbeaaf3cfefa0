/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verdict: what follows from facts for one test case, and for one provision from its test cases. Starts at
 * not-judged; only a judge moves it. verdicts.json is all a report or a label is ever made of, so it also carries the
 * product's own words (the subject).
 */
#ifndef HALLMARK_CORE_MODEL_VERDICT_H
#define HALLMARK_CORE_MODEL_VERDICT_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "core/crypto/hash.h"
#include "core/model/fact.h"

#define VERDICT_ID_SIZE 16
#define VERDICT_TEXT_SIZE 320
#define VERDICT_REASON_SIZE 512
#define VERDICT_FACTS_MAX 24 /* per test case; a judge names the ones that decide */
#define VERDICT_CASES_MAX 2
#define VERDICT_SET_MAX 128
#define VERDICT_PROBES_MAX 16
#define VERDICT_JSON_MAX (4 * 1024 * 1024)

enum verdict_result {
	VERDICT_NOT_JUDGED, /* nobody looked into it: says nothing */
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_INCONCLUSIVE, /* looked into, and the evidence does not decide it: the reason names what is missing */
	VERDICT_NOT_APPLICABLE,
	VERDICT_RESULT_COUNT
};

const char *verdict_result_name(enum verdict_result r);
bool verdict_result_parse(const char *name, enum verdict_result *ret);

struct verdict_case {
	char id[VERDICT_ID_SIZE]; /* TS 103 701: "5.1-1-1" */
	bool functional;	  /* exercises the product; otherwise conceptual: judges what was declared */
	enum verdict_result result;
	char reason[VERDICT_REASON_SIZE];
	char facts[VERDICT_FACTS_MAX][FACT_ID_SIZE];
	size_t facts_n;
};

struct verdict {
	char provision[VERDICT_ID_SIZE]; /* "5.1-1" */
	char title[VERDICT_TEXT_SIZE];
	char section[VERDICT_TEXT_SIZE]; /* "No universal default passwords" */
	bool mandatory;			 /* M or MC: a product to which it applies may not do without */
	enum verdict_result result;
	char reason[VERDICT_REASON_SIZE];
	struct verdict_case cases[VERDICT_CASES_MAX];
	size_t cases_n;
};

/* The product in its maker's words, copied from the declaration. Texts "" when nothing is declared. */
struct verdict_subject {
	char maker[VERDICT_TEXT_SIZE], product[VERDICT_TEXT_SIZE], model[VERDICT_TEXT_SIZE], version[VERDICT_TEXT_SIZE];
	char support_end[12]; /* date */
	char updates[VERDICT_TEXT_SIZE];
	char password[VERDICT_TEXT_SIZE];
	char data[VERDICT_TEXT_SIZE];
	char sensors[VERDICT_TEXT_SIZE];
	char contact[VERDICT_TEXT_SIZE];
	char url[VERDICT_TEXT_SIZE];
};

/* One probe's run: what was assessed. */
struct verdict_probe {
	char name[FACT_PROBE_SIZE];
	char what[VERDICT_TEXT_SIZE];
	int64_t facts, not_looked; /* number of facts, and of those that say "could not look" */
};

struct verdict_set {
	struct verdict_subject subject;
	char edition[VERDICT_TEXT_SIZE]; /* "EN 303 645 V3.1.3" */
	char target[FACT_TARGET_SIZE];
	struct wall_time assessed;
	char facts_sha256[2 * SHA256_SIZE + 1]; /* of facts.json */
	struct verdict_probe probes[VERDICT_PROBES_MAX];
	size_t probes_n;
	struct verdict list[VERDICT_SET_MAX];
	size_t n;
};

/* Large: always on the heap. */
rc verdict_set_new(struct verdict_set **ret, struct err *e) MUST_CHECK;
void verdict_set_free(struct verdict_set **s); /* for CLEANUP */

struct verdict *verdict_set_find(struct verdict_set *s, const char *provision);

/*
 * The provision's result from its cases: any fail -> fail; all pass -> pass; a mixture with anything open ->
 * inconclusive; nothing judged -> not-judged. Writes the reason too. Leaves not-applicable alone.
 */
void verdict_conclude(struct verdict *v);

struct verdict_count {
	uint32_t by[VERDICT_RESULT_COUNT];
	uint32_t mandatory_failed;
	uint32_t mandatory_open; /* inconclusive or not judged */
};
struct verdict_count verdict_set_count(const struct verdict_set *s);

/* verdicts.json, canonical: the label claim carries its hash. */
rc verdict_set_encode(const struct verdict_set *s, struct buf *out, struct err *e) MUST_CHECK;
rc verdict_set_decode(struct bytes text, struct verdict_set **ret, struct err *e) MUST_CHECK;

#endif
