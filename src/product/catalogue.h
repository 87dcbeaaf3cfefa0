/* SPDX-License-Identifier: Apache-2.0 */
/* The 78 provisions of EN 303 645 V3.1.3 as data, compiled in from data/en303645.json (titles are paraphrases). */
#ifndef HALLMARK_PRODUCT_CATALOGUE_H
#define HALLMARK_PRODUCT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CATALOGUE_PROVISIONS 78

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

extern const struct catalogue_provision catalogue_table[CATALOGUE_PROVISIONS];
extern const char catalogue_edition[];

const struct catalogue_provision *catalogue_find(const char *id); /* NULL if none */
bool catalogue_mandatory(const struct catalogue_provision *p);
const char *catalogue_fact_slug(enum catalogue_fact f);

#endif
