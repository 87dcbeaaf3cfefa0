/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.4 (secrets on the device) and 5.5-6 to 8 (secrets on their way and over their life).
 */
#include <stdio.h>

#include "product/judge_check.h"
#include "core/base/banned.h"

static bool in_hardware(const struct decl_parameter_row *p)
{
	return p->where == STORE_TPM || p->where == STORE_TEE || p->where == STORE_SECURE_ELEMENT;
}

/* Typed rightly, given what it needs, kept by a means that gives it. */
static void one_parameter(struct judge_case *c, const struct decl_parameter_row *p)
{
	static const char *const secret[] = {"confidentiality", "integrity", NULL};
	static const char *const open[] = {"integrity", NULL};
	bool critical = p->type == PARAMETER_CRITICAL;
	judge_check_guarantees(c, &p->guarantees, p->line, p->id, critical ? secret : open);
	if (!critical && judge_check_gives(&p->guarantees, "confidentiality"))
		judge_contradict(c, p->line, "type: critical, or take confidentiality off it",
				 "%.40s is public, and must be kept confidential", p->id);
	if (critical && p->where == STORE_ROM)
		judge_contradict(c, p->line, "keep it where it can be replaced and erased",
				 "the secret %.40s lies in read-only memory", p->id);
	if (!in_hardware(p) && !judge_check_says_something(p->protection))
		judge_miss(c, p->line, "declare its protection", "how %.40s is protected where it lies is not stated",
			   p->id);
}

static bool kept_for(const struct declaration *d, enum decl_use use, bool only_critical)
{
	for (size_t i = 0; i < d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &d->security_parameters[i];
		if (p->use == use && (!only_critical || p->type == PARAMETER_CRITICAL))
			return true;
	}
	return false;
}

/* The list against logins and updates: each of them keeps something. */
static void complete_list(struct judge_case *c)
{
	const struct declaration *d = c->d;
	for (size_t i = 0; i < d->credentials_n; i++) {
		const struct decl_credential *p = &d->credentials[i];
		bool there = judge_is_password(p) || p->kind == CREDENTIAL_TOKEN
				     ? kept_for(d, USE_LOGIN, false)
				     : kept_for(d, USE_SERVICE, true) || kept_for(d, USE_IDENTITY, true) ||
					       kept_for(d, USE_LOGIN, false);
		if (!there)
			judge_miss(c, p->line, "list what is kept of it under security_parameters",
				   "nothing is listed that is kept of the login %.40s", p->id);
	}
	if (d->update.signature && d->update.signature != SIGNATURE_NONE && !kept_for(d, USE_UPDATE, false))
		judge_miss(c, 0, "list it under security_parameters, with use: update",
			   "the key that updates are checked with is not listed");
}

/* REQ: EN303645-5.4-1 TS103701-5.4-1-1 */
static void stored_safely(struct judge_case *c)
{
	size_t n = c->d->security_parameters_n, in_files = 0;
	for (size_t i = 0; i < n; i++) {
		in_files += c->d->security_parameters[i].where == STORE_FILE;
		one_parameter(c, &c->d->security_parameters[i]);
	}
	if (n == 0)
		judge_miss(c, 0, "list keys, password hashes and trust anchors under security_parameters",
			   "credentials are declared, and nothing about what is kept of them");
	else
		complete_list(c);
	judge_promise(c, "where each of %zu parameters is kept, and how, is stated; %zu of them in files", n, in_files);
}

/* REQ: EN303645-5.4-2 TS103701-5.4-2-1 */
static void identity_resists(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &c->d->security_parameters[i];
		if (p->use != USE_IDENTITY)
			continue;
		if (p->where == STORE_FILE)
			judge_contradict(c, p->line, "keep it in a TPM, TEE or secure element",
					 "the built-in identity %.40s lies in a file", p->id);
		else if (!judge_check_says_something(p->protection))
			judge_miss(c, p->line,
				   "declare its protection: what keeps it against physical, electrical and software "
				   "attack",
				   "how the built-in identity %.40s resists tampering is not stated", p->id);
	}
	judge_promise(c, "the built-in identity is in hardware, and how it resists is stated");
}

/* REQ: EN303645-5.4-3 TS103701-5.4-3-1 */
static void no_fixed_secrets(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &c->d->security_parameters[i];
		if (p->type != PARAMETER_CRITICAL)
			continue;
		if (p->made == MADE_UNIVERSAL)
			judge_contradict(c, p->line, "make it per-unit-random", "%.40s is the same on every unit",
					 p->id);
		if (!p->made)
			judge_miss(c, p->line, "declare made", "how %.40s is made is not stated", p->id);
		if (p->provisioned == PROVISIONED_UPDATE)
			judge_contradict(c, p->line, "make it on the unit",
					 "the secret %.40s comes with an update, and so to every unit", p->id);
	}
	judge_promise(c, "no secret is the same on every unit");
}

/* REQ: EN303645-5.4-4 TS103701-5.4-4-1 */
static void unique_parameters(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &c->d->security_parameters[i];
		if (p->type != PARAMETER_CRITICAL || (p->use != USE_UPDATE && p->use != USE_SERVICE))
			continue;
		if (p->made == MADE_UNIVERSAL || p->made == MADE_DERIVED)
			judge_contradict(c, p->line, "make it per-unit-random", "%.40s is not unique or can be guessed",
					 p->id);
		if (!p->made)
			judge_miss(c, p->line, "declare made", "how %.40s is made is not stated", p->id);
		judge_check_generation(c, p->generation, p->line, p->id, "security_parameters[].generation");
	}
	judge_promise(c, "parameters of update and service links are unique per unit, by a generator that is stated");
}

static bool leaves(const struct decl_parameter_row *p)
{
	return p->type == PARAMETER_CRITICAL &&
	       (p->leaves_device == DECL_YES || (p->channels.n && p->leaves_device != DECL_NO));
}

/* REQ: EN303645-5.5-6 EN303645-5.5-7 TS103701-5.5-6-1 TS103701-5.5-7-1: a Linux-class product is remotely reachable. */
static void secrets_encrypted(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->flows_n; i++) {
		const struct decl_flow *f = &c->d->flows[i];
		if (f->protection == PROTECTION_NONE)
			judge_contradict(c, f->line, "protect it with tls",
					 "a secret leaves the device, and the flow to %.80s is in clear", f->host);
	}
	for (size_t i = 0; i < c->d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &c->d->security_parameters[i];
		if (!leaves(p))
			continue;
		if (!p->channels.n)
			judge_miss(c, p->line, "name its channels", "over which channel %.40s leaves is not stated",
				   p->id);
		for (size_t k = 0; k < p->channels.n; k++)
			judge_check_confidential(c, p->channels.at[k], p->line, p->id);
	}
	judge_promise(c, "each secret that leaves goes over channels that keep it confidential");
}

/* REQ: EN303645-5.5-8 TS103701-5.5-8-1 */
static void life_cycle(struct judge_case *c)
{
	const struct declaration *d = c->d;
	const struct {
		const char *key, *text;
	} stages[] = {
		{"generation", d->parameter_care.generation}, {"distribution", d->parameter_care.distribution},
		{"storage", d->parameter_care.storage},	      {"renewal", d->parameter_care.renewal},
		{"retirement", d->parameter_care.retirement}, {"compromise", d->parameter_care.compromise},
	};
	char hint[JUDGE_REASON_MAX];
	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		(void)snprintf(hint, sizeof hint, "declare parameter_care.%s", stages[i].key);
		if (!judge_check_says_something(stages[i].text))
			judge_miss(c, 0, hint, "parameter_care.%s is not stated", stages[i].key);
	}
	if (d->confirmations.secure_management == DECL_NO)
		judge_contradict(c, 0, "confirm it once it is so", "confirmations.secure_management is denied");
	else if (!d->confirmations.secure_management)
		judge_miss(c, 0, "declare confirmations.secure_management: true once it is so",
			   "confirmations.secure_management is not stated");
	judge_promise(c, "all six stages in the life of secrets are stated, and confirmed");
}

const struct judge_row judge_secret_rows[] = {
	{"5.4-1", stored_safely},     {"5.4-2", identity_resists},
	{"5.4-3", no_fixed_secrets},  {"5.4-4", unique_parameters},
	{"5.5-6", secrets_encrypted}, {"5.5-7", secrets_encrypted},
	{"5.5-8", life_cycle},	      {NULL, NULL},
};
