/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a declaration promises for each provision, and where it contradicts itself. Pure: the time is an argument. Says
 * what the declaration alone can decide (the conceptual side of TS 103 701); never "pass": that is for an assessment.
 */
#ifndef HALLMARK_PRODUCT_JUDGE_H
#define HALLMARK_PRODUCT_JUDGE_H

#include "product/catalogue.h"
#include "product/declaration.h"

#define JUDGE_REASON_MAX 256

enum judge_word {
	JUDGE_NOT_YET_JUDGED,
	JUDGE_PROMISED,	      /* the declaration satisfies the conceptual side; evidence is still needed */
	JUDGE_CONTRADICTED,   /* what is declared cannot meet it */
	JUDGE_MISSING,	      /* the declaration does not say what is needed */
	JUDGE_NOT_APPLICABLE, /* with the reason */
	JUDGE_WORDS
};

struct judge_fact {
	bool holds;
	char why[JUDGE_REASON_MAX];
};

struct judge_facts {
	struct judge_fact at[FACT_COUNT];
};

struct judge_answer {
	const struct catalogue_provision *provision;
	enum judge_word word;
	char reason[JUDGE_REASON_MAX]; /* one sentence */
	char hint[JUDGE_REASON_MAX];   /* what to declare; "" if nothing */
	uint32_t line;		       /* of the declaration, 0 if none in particular */
	bool excused;		       /* a recommendation not followed, and `reasons` says why */
	uint32_t needs;		       /* catalogue_means bits: evidence an assessment still has to bring */
};

/* A contradiction that no single provision owns; `provision` is the nearest one. */
struct judge_conflict {
	const char *provision;
	uint32_t line;
	char text[JUDGE_REASON_MAX];
	char hint[JUDGE_REASON_MAX];
};

#define JUDGE_CONFLICTS_MAX 64

struct judge_result {
	struct judge_facts facts;
	struct judge_answer answers[CATALOGUE_PROVISIONS]; /* in catalogue order */
	struct judge_conflict conflicts[JUDGE_CONFLICTS_MAX];
	size_t conflicts_n;
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

void judge_facts(const struct declaration *d, struct judge_facts *ret);
const char *judge_word_name(enum judge_word w); /* "promised", "contradicted", ... */

#endif
