/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 78 provisions of EN 303 645 V3.1.3 and the test cases of TS 103 701 V2.1.1 as data, compiled in from
 * data/en303645.json and data/ts103701.json (all words are paraphrases).
 */
#ifndef HALLMARK_PRODUCT_CATALOGUE_H
#define HALLMARK_PRODUCT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CATALOGUE_PROVISIONS 78
#define CATALOGUE_CASES 131

/* Applicability facts: one bit each, in the order of Annex B. `catalogue_fact_slug` gives the word. */
enum catalogue_fact {
	FACT_NOT_UPDATEABLE,
	FACT_HAS_UPDATE,
	FACT_NO_CONSTRAINT_BRUTEFORCE,
	FACT_NO_CONSTRAINT_UPDATE,
	FACT_HAS_CSP,
	FACT_PASSWORD_AUTH,
	FACT_PRESET_PASSWORD,
	FACT_CRYPTO_AUTH,
	FACT_USER_AUTH,
	FACT_NET_AUTH,
	FACT_MUTABLE_SOFTWARE,
	FACT_SOFTWARE_UPDATEABLE,
	FACT_AUTO_UPDATE,
	FACT_UPDATE_NOTICE,
	FACT_NET_UPDATE,
	FACT_STORED_SSP,
	FACT_HARDCODED_ID,
	FACT_CSP_UPDATE_OR_CLOUD,
	FACT_NET_CONFIG,
	FACT_CSP_LEAVES_DEVICE,
	FACT_UNUSED_INTERFACES,
	FACT_DEBUG_IF,
	FACT_DEBUG_PORT,
	FACT_INTEGRITY_CHECK,
	FACT_PERSONAL_TO_CLOUD,
	FACT_SENSITIVE_TO_CLOUD,
	FACT_SENSORS,
	FACT_TELEMETRY,
	FACT_CLOUD_PERSONAL,
	FACT_CONSENT,
	FACT_PERSONAL_DATA,
	FACT_AGGREGATE_ONLY,
	FACT_COUNT
};

/* How a thing can be verified: bits. */
enum catalogue_means {
	MEANS_DOC = 1,	   /* published documents */
	MEANS_PROCESS = 2, /* how the maker works */
	MEANS_IXIT = 4,	   /* the declaration itself */
	MEANS_NET = 8,	   /* network probe */
	MEANS_FW = 16,	   /* image or build */
	MEANS_DEVICE = 32, /* hands on the device, or its user interface */
	MEANS_LIB = 64,	   /* evidence of the device agent */
};

enum catalogue_tests { TESTS_CONCEPTUAL = 1, TESTS_FUNCTIONAL = 2, TESTS_MIXED = 4 };

struct catalogue_provision {
	const char *id, *section, *section_title, *title;
	const char *status;		   /* M, MC, R, RC: mandatory or recommended, C = on a condition */
	const char *condition;		   /* words, NULL if unconditional */
	uint32_t applies_if;		   /* bits 1u << enum catalogue_fact: all must hold */
	const char *v211_id, *v211_status; /* in edition V2.1.1, which the UK law cites; NULL if new since */
	const char *const *ixit;	   /* IXIT tables, ends with NULL */
	uint32_t tests, means;
};

/* One test case. Kind is one bit of enum catalogue_tests; a mixed case has units of both kinds. */
struct catalogue_case {
	const char *id;		 /* "5.3-9-2" */
	const char *provision;	 /* "5.3-9" */
	const char *looks_at;	 /* in our own words */
	const char *beyond;	 /* what a declaration cannot show of it, and what would; NULL for a functional case */
	const char *const *ixit; /* tables it reads, ends with NULL */
	const char *confidence, *source;
	const char *note;	 /* or NULL */
	uint32_t kind, evidence; /* evidence: catalogue_means bits */
	bool inferred;		 /* the kind was carried over from V1.1.1 */
};

extern const struct catalogue_case catalogue_cases[CATALOGUE_CASES]; /* in the order of the provisions */
extern const char catalogue_cases_edition[];
extern const struct catalogue_provision catalogue_table[CATALOGUE_PROVISIONS];
extern const char catalogue_edition[];

const struct catalogue_provision *catalogue_find(const char *id); /* NULL if none */
const struct catalogue_case *catalogue_case_find(const char *id); /* NULL if none */
/* The cases of a provision: a run of `*ret_n` from here; never none. */
const struct catalogue_case *catalogue_cases_of(const struct catalogue_provision *p, size_t *ret_n);
/* The case that a declaration is judged by (conceptual or mixed); NULL for a provision with functional cases only. */
const struct catalogue_case *catalogue_conceptual(const struct catalogue_provision *p);
const char *catalogue_kind_name(uint32_t kind); /* "conceptual", ... */
bool catalogue_mandatory(const struct catalogue_provision *p);
const char *catalogue_fact_slug(enum catalogue_fact f);

#endif
