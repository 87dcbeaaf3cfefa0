/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a declaration promises for each provision, and where it contradicts itself: the conceptual cases of TS 103 701,
 * one row each. Pure: the time is an argument. Never "pass": that is for an assessment.
 */
#ifndef HALLMARK_PRODUCT_JUDGE_H
#define HALLMARK_PRODUCT_JUDGE_H

#include "product/catalogue.h"
#include "product/declaration.h"

#define JUDGE_REASON_MAX 256

enum judge_word {
	JUDGE_OPEN,	      /* something is declared, and nobody can tell from it whether it will do */
	JUDGE_PROMISED,	      /* the declaration satisfies the conceptual side; evidence is still needed */
	JUDGE_CONTRADICTED,   /* what is declared cannot meet it */
	JUDGE_MISSING,	      /* the declaration does not say what is needed */
	JUDGE_NOT_APPLICABLE, /* with the reason */
	JUDGE_WORDS
};

struct judge_fact {
	bool holds;
	uint32_t line; /* of the first entry that makes it hold, 0 if none in particular */
	char why[JUDGE_REASON_MAX];
};

struct judge_facts {
	struct judge_fact at[FACT_COUNT];
};

/* The word is that of the worst finding, or promised, and so are reason, hint and line. */
struct judge_answer {
	const struct catalogue_provision *provision;
	const struct catalogue_case *tested; /* its conceptual or mixed case; NULL if all its cases are functional */
	enum judge_word word;
	char reason[JUDGE_REASON_MAX]; /* one sentence */
	char hint[JUDGE_REASON_MAX];   /* what to declare; "" if nothing */
	uint32_t line;		       /* of the declaration, 0 if none in particular */
	bool excused;		       /* a recommendation not followed, and `reasons` says why: */
	char excuse[JUDGE_REASON_MAX];
	uint32_t needs;	 /* catalogue_means bits: evidence an assessment still has to bring */
	size_t findings; /* how many of the findings are its own */
};

/* One thing that keeps a provision from being promised: contradicted, missing or open. */
struct judge_finding {
	const struct judge_answer *answer; /* in the same result */
	enum judge_word word;
	uint32_t line;
	char text[JUDGE_REASON_MAX];
	char hint[JUDGE_REASON_MAX];
};

/* A contradiction that no single provision owns; `provision` is the nearest one. */
struct judge_conflict {
	const char *provision;
	uint32_t line;
	char text[JUDGE_REASON_MAX];
	char hint[JUDGE_REASON_MAX];
};

#define JUDGE_CONFLICTS_MAX 64
#define JUDGE_FINDINGS_MAX 256

struct judge_result {
	struct judge_facts facts;
	struct judge_answer answers[CATALOGUE_PROVISIONS]; /* in catalogue order */
	struct judge_conflict conflicts[JUDGE_CONFLICTS_MAX];
	size_t conflicts_n;
	struct judge_finding findings[JUDGE_FINDINGS_MAX]; /* in catalogue order */
	size_t findings_n, findings_more;		   /* kept, and found after that */
	size_t counts[JUDGE_WORDS];
	bool clean; /* no contradiction, and nothing missing for a mandatory provision */
};

/* judge_free frees. `today` decides whether the support period has ended. */
rc judge_declaration(const struct declaration *d, struct wall_time today, struct judge_result **ret, struct err *e)
	MUST_CHECK;
/*
 * What only the record of publications knows: support was published until `until`, on the day `on`. A declaration that
 * ends earlier contradicts 5.3-13.
 */
void judge_published(const struct declaration *d, struct wall_time until, struct wall_time on, struct judge_result *r);
void judge_free(struct judge_result *r); /* accepts NULL */

void judge_facts(const struct declaration *d, struct judge_facts *ret); /* judge_facts.c */
const char *judge_word_name(enum judge_word w);				/* "promised", "contradicted", ... */

/* Is there a judge for this provision? All 78 have one; a test holds it against the catalogue. */
bool judge_has_row(const char *provision);

#endif
