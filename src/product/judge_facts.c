/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 32 applicability facts of EN 303 645 Annex B, each derived from the declaration with the sentence that says why.
 * A fact that decides whether a duty applies leans towards "applies" where the declaration is silent.
 */
#include <stdio.h>

#include "product/judge_rows.h"
#include "core/base/banned.h"

static void set(struct judge_fact *f, bool holds, const char *yes, const char *no)
{
	f->holds = holds;
	(void)snprintf(f->why, sizeof f->why, "%s", holds ? yes : no);
}

#define ANY(list, n, condition)                                                                                        \
	({                                                                                                             \
		bool any_ = false;                                                                                     \
		for (size_t i_ = 0; i_ < (n) && !any_; i_++) {                                                         \
			const __typeof__(*(list)) *x = &(list)[i_];                                                    \
			any_ = (condition);                                                                            \
		}                                                                                                      \
		any_;                                                                                                  \
	})

static bool flow_carries(const struct declaration *d, bool only_sensitive)
{
	for (size_t i = 0; i < d->flows_n; i++)
		for (size_t k = 0; k < d->flows[i].data.n; k++) {
			const struct decl_data *p = declaration_data(d, d->flows[i].data.at[k]);
			if (p && (!only_sensitive || p->sensitive != DECL_NO))
				return true;
		}
	return false;
}

static void update_facts(const struct declaration *d, struct judge_fact *f)
{
	bool mechanism = d->update.mechanism != MECHANISM_NONE;
	bool never = ANY(d->components, d->components_n, x->update == COMPONENT_NEVER);
	bool updated = ANY(d->components, d->components_n, x->update == COMPONENT_UPDATED);
	set(&f[FACT_NOT_UPDATEABLE], never || !mechanism, "a component is never updated",
	    "no component is declared as never updated");
	set(&f[FACT_HAS_UPDATE], mechanism, "an update mechanism is declared", "no update mechanism is declared");
	set(&f[FACT_NO_CONSTRAINT_BRUTEFORCE], !d->constraints.brute_force, "no limit of the intended use is declared",
	    "constraints.brute_force says why guessing cannot be slowed down");
	set(&f[FACT_NO_CONSTRAINT_UPDATE], !d->constraints.updates, "no limit of the intended use is declared",
	    "constraints.updates says why there can be no update mechanism");
	set(&f[FACT_MUTABLE_SOFTWARE], ANY(d->components, d->components_n, x->update != COMPONENT_IMMUTABLE),
	    "there is software that is not kept immutable", "all components are immutable");
	set(&f[FACT_SOFTWARE_UPDATEABLE], updated && mechanism, "a component is updated", "no component is updated");
	set(&f[FACT_AUTO_UPDATE], d->update.automatic == DECL_YES, "updates install by themselves",
	    "automatic updates are not declared");
	set(&f[FACT_UPDATE_NOTICE], d->update.notifies == DECL_YES, "the owner is told of updates",
	    "update notices are not declared");
	set(&f[FACT_NET_UPDATE],
	    (mechanism && d->update.network != DECL_NO) ||
		    ANY(d->other_updates, d->other_updates_n, x->network == DECL_YES),
	    "updates arrive over a network", "updates do not arrive over a network");
}

static void login_facts(const struct declaration *d, struct judge_fact *f)
{
	bool any = d->credentials_n > 0;
	set(&f[FACT_PASSWORD_AUTH], ANY(d->credentials, d->credentials_n, judge_is_password(x)),
	    "a password is declared", "no password is declared");
	set(&f[FACT_PRESET_PASSWORD],
	    ANY(d->credentials, d->credentials_n,
		judge_is_password(x) && x->made != MADE_USER_SET && x->made != MADE_NONE),
	    "a password is set at the factory", "no password is set at the factory");
	set(&f[FACT_CRYPTO_AUTH], any, "a credential is declared", "no credential is declared");
	set(&f[FACT_USER_AUTH], ANY(d->credentials, d->credentials_n, x->used_by == USED_BY_USER), "a user can log in",
	    "no user logs in");
	set(&f[FACT_NET_AUTH],
	    ANY(d->listeners, d->listeners_n,
		strcmp(x->auth, DECLARATION_NONE) != 0 && x->interface != INTERFACE_LOOPBACK),
	    "a listener asks for a credential", "no network listener asks for a credential");
	set(&f[FACT_NET_CONFIG], ANY(d->listeners, d->listeners_n, x->configures == DECL_YES),
	    "security settings can be changed through a listener", "no listener changes security settings");
}

static void secret_facts(const struct declaration *d, struct judge_fact *f)
{
	const struct decl_parameter_row *list = d->security_parameters;
	size_t n = d->security_parameters_n;
	set(&f[FACT_HAS_CSP], d->credentials_n || ANY(list, n, x->type == PARAMETER_CRITICAL),
	    "critical security parameters are declared", "no critical security parameter is declared");
	set(&f[FACT_STORED_SSP], n || d->credentials_n, "security parameters are kept on the device",
	    "no security parameter is declared");
	set(&f[FACT_HARDCODED_ID], ANY(list, n, x->use == USE_IDENTITY), "a built-in identity is declared",
	    "no built-in identity that cannot be replaced is declared");
	set(&f[FACT_CSP_UPDATE_OR_CLOUD],
	    ANY(list, n, x->type == PARAMETER_CRITICAL && (x->use == USE_UPDATE || x->use == USE_SERVICE)),
	    "a critical parameter protects updates or service links",
	    "no critical parameter protects updates or service links");
	set(&f[FACT_CSP_LEAVES_DEVICE], ANY(list, n, x->leaves_device == DECL_YES),
	    "a critical parameter leaves the device", "no critical parameter leaves the device");
}

static void interface_facts(const struct declaration *d, struct judge_fact *f)
{
	bool unused = ANY(d->physical, d->physical_n, x->state == INTERFACE_OFF || x->state == INTERFACE_OPEN) ||
		      ANY(d->logical, d->logical_n, x->state == INTERFACE_OFF || x->state == INTERFACE_OPEN);
	set(&f[FACT_UNUSED_INTERFACES], unused, "an interface is declared that is not needed",
	    "no unused interface is declared");
	set(&f[FACT_DEBUG_IF], d->debug_n > 0, "a debug interface is declared", "no debug interface is declared");
	set(&f[FACT_DEBUG_PORT], ANY(d->debug, d->debug_n, x->physical != DECL_NO),
	    "a debug interface is a physical port", "no physical debug port is declared");
	set(&f[FACT_INTEGRITY_CHECK], d->protect.n > 0, "protected files are declared",
	    "no file is declared as protected");
	set(&f[FACT_SENSORS], d->sensors_n > 0, "a sensor is declared", "no sensor is declared");
	set(&f[FACT_TELEMETRY], d->telemetry_n > 0, "telemetry is declared", "no telemetry is declared");
}

static void data_facts(const struct declaration *d, struct judge_fact *f)
{
	set(&f[FACT_PERSONAL_DATA], d->personal_data_n > 0, "personal data is declared",
	    "no personal data is declared");
	set(&f[FACT_PERSONAL_TO_CLOUD], flow_carries(d, false), "a flow carries personal data",
	    "no flow carries personal data");
	set(&f[FACT_SENSITIVE_TO_CLOUD], flow_carries(d, true), "a flow carries sensitive personal data",
	    "no flow carries sensitive personal data");
	set(&f[FACT_CLOUD_PERSONAL], ANY(d->personal_data, d->personal_data_n, x->where != PLACE_DEVICE),
	    "a service keeps personal data", "no service keeps personal data");
	set(&f[FACT_CONSENT], ANY(d->personal_data, d->personal_data_n, x->basis == BASIS_CONSENT),
	    "personal data is processed on consent", "no personal data is processed on consent");
	set(&f[FACT_AGGREGATE_ONLY], ANY(d->personal_data, d->personal_data_n, x->only_aggregate == DECL_YES),
	    "personal data is collected only for an aggregate",
	    "no data is declared as collected only for an aggregate");
}

void judge_facts(const struct declaration *d, struct judge_facts *ret)
{
	memset(ret, 0, sizeof *ret);
	update_facts(d, ret->at);
	login_facts(d, ret->at);
	secret_facts(d, ret->at);
	interface_facts(d, ret->at);
	data_facts(d, ret->at);
}
