/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 32 applicability facts of EN 303 645 Annex B, each derived from the declaration with the sentence that says why.
 * A fact that decides whether a duty applies leans towards "applies" where the declaration is silent.
 */
#include <stdio.h>

#include "product/judge_check.h"
#include "core/base/banned.h"

static void set(struct judge_fact *f, uint32_t line, bool holds, const char *yes, const char *no)
{
	f->holds = holds;
	f->line = holds ? line : 0;
	(void)snprintf(f->why, sizeof f->why, "%s", holds ? yes : no);
}

/* The line of the first entry for which it is so; 0 if there is none. Every entry has a line. */
#define FIRST(list, n, condition)                                                                                      \
	({                                                                                                             \
		uint32_t line_ = 0;                                                                                    \
		for (size_t i_ = 0; i_ < (n) && !line_; i_++) {                                                        \
			const __typeof__(*(list)) *x = &(list)[i_];                                                    \
			line_ = (condition) ? x->line : 0;                                                             \
		}                                                                                                      \
		line_;                                                                                                 \
	})

/* A fact that holds when one entry of a list says so. */
#define SET_FIRST(fact, list, n, condition, yes, no)                                                                   \
	do {                                                                                                           \
		uint32_t at_ = FIRST(list, n, condition);                                                              \
		set(fact, at_, at_ != 0, yes, no);                                                                     \
	} while (0)

static void update_facts(const struct declaration *d, struct judge_fact *f)
{
	bool mechanism = d->update.mechanism != MECHANISM_NONE;
	uint32_t never = FIRST(d->components, d->components_n, x->update == COMPONENT_NEVER);
	uint32_t other = FIRST(d->other_updates, d->other_updates_n, x->network == DECL_YES);
	uint32_t updated =
		FIRST(d->components, d->components_n, x->update == COMPONENT_UPDATED && (mechanism || x->by));
	set(&f[FACT_NOT_UPDATEABLE], never, never || !mechanism, "a component is never updated",
	    "no component is declared as never updated");
	set(&f[FACT_HAS_UPDATE], 0, mechanism, "an update mechanism is declared", "no update mechanism is declared");
	set(&f[FACT_NO_CONSTRAINT_BRUTEFORCE], 0, !judge_check_says_something(d->constraints.brute_force),
	    "no limit of the intended use is declared",
	    "constraints.brute_force says why guessing cannot be slowed down");
	set(&f[FACT_NO_CONSTRAINT_UPDATE], 0, !judge_check_says_something(d->constraints.updates),
	    "no limit of the intended use is declared",
	    "constraints.updates says why there can be no update mechanism");
	SET_FIRST(&f[FACT_MUTABLE_SOFTWARE], d->components, d->components_n, x->update != COMPONENT_IMMUTABLE,
		  "there is software that is not kept immutable", "all components are immutable");
	set(&f[FACT_SOFTWARE_UPDATEABLE], updated, updated != 0, "a component is updated", "no component is updated");
	set(&f[FACT_AUTO_UPDATE], 0, d->update.automatic == DECL_YES, "updates install by themselves",
	    "automatic updates are not declared");
	set(&f[FACT_UPDATE_NOTICE], 0, d->update.notifies == DECL_YES, "the owner is told of updates",
	    "update notices are not declared");
	set(&f[FACT_NET_UPDATE], other, (mechanism && d->update.network != DECL_NO) || other,
	    "updates arrive over a network", "updates do not arrive over a network");
}

static void login_facts(const struct declaration *d, struct judge_fact *f)
{
	const struct decl_credential *list = d->credentials;
	size_t n = d->credentials_n;
	SET_FIRST(&f[FACT_PASSWORD_AUTH], list, n, judge_is_password(x), "a password is declared",
		  "no password is declared");
	SET_FIRST(&f[FACT_PRESET_PASSWORD], list, n,
		  judge_is_password(x) && x->made != MADE_USER_SET && x->made != MADE_NONE,
		  "a password is set at the factory", "no password is set at the factory");
	SET_FIRST(&f[FACT_CRYPTO_AUTH], list, n, true, "a credential is declared", "no credential is declared");
	SET_FIRST(&f[FACT_USER_AUTH], list, n, x->used_by == USED_BY_USER, "a user logs in", "no user logs in");
	SET_FIRST(&f[FACT_NET_AUTH], d->listeners, d->listeners_n, judge_asks(x) && judge_on_network(x),
		  "a listener asks for a credential", "no network listener asks for a credential");
	SET_FIRST(&f[FACT_NET_CONFIG], d->listeners, d->listeners_n, x->configures == DECL_YES,
		  "security settings can be changed through a listener", "no listener changes security settings");
}

static void secret_facts(const struct declaration *d, struct judge_fact *f)
{
	const struct decl_parameter_row *list = d->security_parameters;
	size_t n = d->security_parameters_n;
	uint32_t credential = FIRST(d->credentials, d->credentials_n, true);
	uint32_t critical = FIRST(list, n, x->type == PARAMETER_CRITICAL), any = FIRST(list, n, true);
	set(&f[FACT_HAS_CSP], critical ? critical : credential, critical || credential,
	    "critical security parameters are declared", "no critical security parameter is declared");
	set(&f[FACT_STORED_SSP], any ? any : credential, any || credential,
	    "security parameters are kept on the device", "no security parameter is declared");
	SET_FIRST(&f[FACT_HARDCODED_ID], list, n, x->use == USE_IDENTITY, "a built-in identity is declared",
		  "no built-in identity that cannot be replaced is declared");
	SET_FIRST(&f[FACT_CSP_UPDATE_OR_CLOUD], list, n,
		  x->type == PARAMETER_CRITICAL && (x->use == USE_UPDATE || x->use == USE_SERVICE),
		  "a critical parameter protects updates or service links",
		  "no critical parameter protects updates or service links");
	SET_FIRST(&f[FACT_CSP_LEAVES_DEVICE], list, n,
		  x->leaves_device == DECL_YES ||
			  (x->type == PARAMETER_CRITICAL && x->channels.n && x->leaves_device != DECL_NO),
		  "a critical parameter leaves the device", "no critical parameter leaves the device");
}

static void interface_facts(const struct declaration *d, struct judge_fact *f)
{
	uint32_t physical = FIRST(d->physical, d->physical_n, x->state == INTERFACE_OFF || x->state == INTERFACE_OPEN);
	uint32_t logical = FIRST(d->logical, d->logical_n, x->state == INTERFACE_OFF || x->state == INTERFACE_OPEN);
	set(&f[FACT_UNUSED_INTERFACES], physical ? physical : logical, physical || logical,
	    "an interface is declared that is not needed", "no unused interface is declared");
	SET_FIRST(&f[FACT_DEBUG_IF], d->debug, d->debug_n, true, "a debug interface is declared",
		  "no debug interface is declared");
	SET_FIRST(&f[FACT_DEBUG_PORT], d->debug, d->debug_n, x->physical != DECL_NO,
		  "a debug interface is a physical port", "no physical debug port is declared");
	set(&f[FACT_INTEGRITY_CHECK], 0, d->protect.n > 0 || d->secure_boot.what,
	    "protected files or a check before running are declared", "no file is declared as protected");
	SET_FIRST(&f[FACT_SENSORS], d->sensors, d->sensors_n, true, "a sensor is declared", "no sensor is declared");
	SET_FIRST(&f[FACT_TELEMETRY], d->telemetry, d->telemetry_n, true, "telemetry is declared",
		  "no telemetry is declared");
}

static void data_facts(const struct declaration *d, struct judge_fact *f)
{
	const struct decl_data *list = d->personal_data;
	size_t n = d->personal_data_n;
	SET_FIRST(&f[FACT_PERSONAL_DATA], list, n, true, "personal data is declared", "no personal data is declared");
	SET_FIRST(&f[FACT_PERSONAL_TO_CLOUD], d->flows, d->flows_n, judge_check_carried(d, &x->data, false) != NULL,
		  "a flow carries personal data", "no flow carries personal data");
	SET_FIRST(&f[FACT_SENSITIVE_TO_CLOUD], d->flows, d->flows_n, judge_check_carried(d, &x->data, true) != NULL,
		  "a flow carries sensitive personal data", "no flow carries sensitive personal data");
	SET_FIRST(&f[FACT_CLOUD_PERSONAL], list, n, x->where != PLACE_DEVICE, "a service keeps personal data",
		  "no service keeps personal data");
	SET_FIRST(&f[FACT_CONSENT], list, n, x->basis == BASIS_CONSENT, "personal data is processed on consent",
		  "no personal data is processed on consent");
	SET_FIRST(&f[FACT_AGGREGATE_ONLY], list, n, x->only_aggregate == DECL_YES,
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
