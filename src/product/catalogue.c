/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up provisions, test cases and facts. The tables are generated from data/en303645.json and data/ts103701.json.
 */
#include "product/catalogue.h"

#include <string.h>

#include "core/base/banned.h"

static const char *const slugs[FACT_COUNT] = {
	[FACT_NOT_UPDATEABLE] = "not_updateable",
	[FACT_HAS_UPDATE] = "has_update",
	[FACT_NO_CONSTRAINT_BRUTEFORCE] = "no_constraint_bruteforce",
	[FACT_NO_CONSTRAINT_UPDATE] = "no_constraint_update",
	[FACT_HAS_CSP] = "has_csp",
	[FACT_PASSWORD_AUTH] = "password_auth",
	[FACT_PRESET_PASSWORD] = "preset_password",
	[FACT_CRYPTO_AUTH] = "crypto_auth",
	[FACT_USER_AUTH] = "user_auth",
	[FACT_NET_AUTH] = "net_auth",
	[FACT_MUTABLE_SOFTWARE] = "mutable_software",
	[FACT_SOFTWARE_UPDATEABLE] = "software_updateable",
	[FACT_AUTO_UPDATE] = "auto_update",
	[FACT_UPDATE_NOTICE] = "update_notice",
	[FACT_NET_UPDATE] = "net_update",
	[FACT_STORED_SSP] = "stored_ssp",
	[FACT_HARDCODED_ID] = "hardcoded_id",
	[FACT_CSP_UPDATE_OR_CLOUD] = "csp_update_or_cloud",
	[FACT_NET_CONFIG] = "net_config",
	[FACT_CSP_LEAVES_DEVICE] = "csp_leaves_device",
	[FACT_UNUSED_INTERFACES] = "unused_interfaces",
	[FACT_DEBUG_IF] = "debug_if",
	[FACT_DEBUG_PORT] = "debug_port",
	[FACT_INTEGRITY_CHECK] = "integrity_check",
	[FACT_PERSONAL_TO_CLOUD] = "personal_to_cloud",
	[FACT_SENSITIVE_TO_CLOUD] = "sensitive_to_cloud",
	[FACT_SENSORS] = "sensors",
	[FACT_TELEMETRY] = "telemetry",
	[FACT_CLOUD_PERSONAL] = "cloud_personal",
	[FACT_CONSENT] = "consent",
	[FACT_PERSONAL_DATA] = "personal_data",
	[FACT_AGGREGATE_ONLY] = "aggregate_only",
};

const struct catalogue_provision *catalogue_find(const char *id)
{
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		if (strcmp(catalogue_table[i].id, id) == 0)
			return &catalogue_table[i];
	return NULL;
}

const struct catalogue_case *catalogue_case_find(const char *id)
{
	for (size_t i = 0; i < CATALOGUE_CASES; i++)
		if (strcmp(catalogue_cases[i].id, id) == 0)
			return &catalogue_cases[i];
	return NULL;
}

const struct catalogue_case *catalogue_cases_of(const struct catalogue_provision *p, size_t *ret_n)
{
	size_t i = 0, n = 0;
	while (i < CATALOGUE_CASES && strcmp(catalogue_cases[i].provision, p->id) != 0)
		i++;
	while (i + n < CATALOGUE_CASES && strcmp(catalogue_cases[i + n].provision, p->id) == 0)
		n++;
	*ret_n = n;
	return &catalogue_cases[i];
}

const struct catalogue_case *catalogue_conceptual(const struct catalogue_provision *p)
{
	size_t n = 0;
	const struct catalogue_case *list = catalogue_cases_of(p, &n);
	for (size_t i = 0; i < n; i++)
		if (list[i].kind & (TESTS_CONCEPTUAL | TESTS_MIXED))
			return &list[i];
	return NULL;
}

const char *catalogue_kind_name(uint32_t kind)
{
	return kind == TESTS_CONCEPTUAL ? "conceptual" : kind == TESTS_FUNCTIONAL ? "functional" : "mixed";
}

bool catalogue_mandatory(const struct catalogue_provision *p)
{
	return p->status[0] == 'M';
}

const char *catalogue_fact_slug(enum catalogue_fact f)
{
	return (unsigned)f < FACT_COUNT ? slugs[f] : "";
}
