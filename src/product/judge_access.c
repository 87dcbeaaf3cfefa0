/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.1 (passwords), 5.4 (secrets), 5.5 (communication) and 5.6 (attack surface). */
#include "product/judge_rows.h"

#include <arpa/inet.h>

#include "core/base/banned.h"

#define PASSWORD_BITS_MIN 60

/* REQ: EN303645-5.1-1 */
static void unique_passwords(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		if (!judge_is_password(p))
			continue;
		if (p->made == MADE_UNIVERSAL) {
			judge_contradict(c, p->line,
					 "make it per-unit-random, or have the owner set it before first use",
					 "%.40s is the same on every unit", p->id);
			return;
		}
		if (p->made == MADE_NONE) {
			judge_miss(c, p->line, "say per-unit-random or user-set", "nobody sets %.40s before first use",
				   p->id);
			return;
		}
	}
	judge_promise(c, "every password is different on each unit or chosen by the owner");
}

/* REQ: EN303645-5.1-2 */
static void good_generator(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		if (!judge_is_password(p) || p->made == MADE_USER_SET || p->made == MADE_NONE)
			continue;
		if (p->made != MADE_PER_UNIT_RANDOM) {
			judge_contradict(c, p->line, "take it from a good random source for each unit",
					 "%.40s can be derived from something public", p->id);
			return;
		}
		if (p->kind == CREDENTIAL_PASSWORD && p->bits == 0) {
			judge_miss(c, p->line, "declare bits", "how many random bits %.40s has is not stated", p->id);
			return;
		}
		if (p->kind == CREDENTIAL_PASSWORD && p->bits < PASSWORD_BITS_MIN) {
			judge_contradict(c, p->line, "use 60 bits or more", "%.40s has only %u random bits", p->id,
					 p->bits);
			return;
		}
	}
	judge_promise(c, "factory passwords are random per unit, %d bits or more", PASSWORD_BITS_MIN);
}

/* REQ: EN303645-5.1-2A */
static void no_machine_passwords(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		if (judge_is_password(p) && p->used_by == USED_BY_MACHINE) {
			judge_contradict(c, p->line, "use a key or certificate",
					 "machines log in with the password %.40s", p->id);
			return;
		}
	}
	judge_promise(c, "no machine logs in with a password");
}

static bool asks(const struct decl_listener *l)
{
	return strcmp(l->auth, DECLARATION_NONE) != 0;
}

static bool on_network(const struct decl_listener *l)
{
	return l->interface != INTERFACE_LOOPBACK;
}

/* REQ: EN303645-5.1-3 */
static void login_crypto(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_listener *l = &c->d->listeners[i];
		if (asks(l) && on_network(l) && l->protection >= PROTECTION_PUBLIC) {
			judge_contradict(c, l->line, "protect it with tls", "%.40s goes over port %u in clear", l->auth,
					 l->port);
			return;
		}
	}
	judge_promise(c, "no login travels unprotected");
}

/* REQ: EN303645-5.1-4 */
static void changeable(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		if (p->used_by != USED_BY_USER || p->changeable == DECL_YES)
			continue;
		if (p->changeable == DECL_NO)
			judge_contradict(c, p->line, "let the owner change it", "%.40s cannot be changed", p->id);
		else
			judge_miss(c, p->line, "declare changeable: true", "whether %.40s can be changed is not stated",
				   p->id);
		return;
	}
	judge_promise(c, "the owner can change every login secret");
}

static bool guessable(const struct decl_credential *p)
{
	return p && (judge_is_password(p) || p->kind == CREDENTIAL_TOKEN);
}

/* REQ: EN303645-5.1-5 */
static void no_brute_force(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_credential *p = declaration_credential(c->d, c->d->listeners[i].auth);
		if (!guessable(p) || p->brute_force == BRUTE_FORCE_THROTTLED || p->brute_force == BRUTE_FORCE_LOCKOUT)
			continue;
		if (p->brute_force == BRUTE_FORCE_NONE)
			judge_contradict(c, p->line, "throttle attempts", "%.40s may be guessed without limit", p->id);
		else
			judge_miss(c, p->line, "declare brute_force: throttled",
				   "what stops guessing %.40s is not stated", p->id);
		return;
	}
	judge_promise(c, "guessing over the network is throttled or locked");
}

/* REQ: EN303645-5.4-1 */
static void stored_safely(struct judge_case *c)
{
	size_t n = c->d->security_parameters_n, in_files = 0;
	for (size_t i = 0; i < n; i++)
		in_files += c->d->security_parameters[i].where == STORE_FILE;
	if (n == 0)
		judge_miss(c, 0, "list keys, password hashes and trust anchors under security_parameters",
			   "credentials are declared, and nothing about what is kept of them");
	else
		judge_promise(c, "where each of %zu parameters is kept is stated; %zu of them in files", n, in_files);
}

/* REQ: EN303645-5.4-2 */
static void identity_resists(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &c->d->security_parameters[i];
		if (p->use == USE_IDENTITY && p->where == STORE_FILE) {
			judge_contradict(c, p->line, "keep it in a TPM, TEE or secure element",
					 "the built-in identity %.40s lies in a file", p->id);
			return;
		}
	}
	judge_promise(c, "the built-in identity is in hardware");
}

/* How critical parameters are made; `only` may restrict to those of update and service links. */
static void made_well(struct judge_case *c, bool only_links, const char *promise)
{
	for (size_t i = 0; i < c->d->security_parameters_n; i++) {
		const struct decl_parameter_row *p = &c->d->security_parameters[i];
		bool link = p->use == USE_UPDATE || p->use == USE_SERVICE;
		if (p->type != PARAMETER_CRITICAL || (only_links && !link))
			continue;
		if (p->made == MADE_UNIVERSAL || (only_links && p->made == MADE_DERIVED)) {
			judge_contradict(c, p->line, "make it per-unit-random", "%.40s is not unique or can be guessed",
					 p->id);
			return;
		}
		if (!p->made) {
			judge_miss(c, p->line, "declare made", "how %.40s is made is not stated", p->id);
			return;
		}
	}
	judge_promise(c, "%s", promise);
}

/* REQ: EN303645-5.4-3 */
static void no_fixed_secrets(struct judge_case *c)
{
	made_well(c, false, "no secret is the same on every unit");
}

/* REQ: EN303645-5.4-4 */
static void unique_parameters(struct judge_case *c)
{
	made_well(c, true, "parameters of update and service links are unique per unit");
}

/* REQ: EN303645-5.5-8 */
static void life_cycle(struct judge_case *c)
{
	made_well(c, false, "making and keeping of every critical parameter is stated");
}

/* REQ: EN303645-5.5-1 */
static void protected_traffic(struct judge_case *c)
{
	size_t public = 0;
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_listener *l = &c->d->listeners[i];
		if (on_network(l) && l->protection == PROTECTION_NONE) {
			judge_contradict(c, l->line, "protect it with tls", "port %u answers in clear", l->port);
			return;
		}
		public += l->protection == PROTECTION_PUBLIC;
	}
	for (size_t i = 0; i < c->d->flows_n; i++) {
		const struct decl_flow *f = &c->d->flows[i];
		if (f->protection == PROTECTION_NONE) {
			judge_contradict(c, f->line, "protect it with tls", "the flow to %.80s is in clear", f->host);
			return;
		}
		public += f->protection == PROTECTION_PUBLIC;
	}
	if (public)
		judge_promise(c, "all traffic is protected, but for %zu that is said to carry nothing to protect",
			      public);
	else
		judge_promise(c, "all traffic is declared as protected");
}

/* REQ: EN303645-5.5-3 */
static void replaceable_crypto(struct judge_case *c)
{
	if (c->facts->at[FACT_SOFTWARE_UPDATEABLE].holds)
		judge_promise(c, "cryptography comes with the components that are updated");
	else
		judge_contradict(c, 0, "declare an update mechanism", "nothing can be updated, cryptography neither");
}

/* `only_settings`: listeners through which security settings can be changed. */
static void login_required(struct judge_case *c, bool only_settings)
{
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_listener *l = &c->d->listeners[i];
		if (on_network(l) && !asks(l) && (!only_settings || l->configures == DECL_YES)) {
			judge_contradict(c, l->line, "name a credential as auth", "port %u asks nobody who they are",
					 l->port);
			return;
		}
	}
	judge_promise(c, "every such port asks for a credential");
}

/* REQ: EN303645-5.5-4 */
static void functions_behind_login(struct judge_case *c)
{
	login_required(c, false);
}

/* REQ: EN303645-5.5-5 */
static void settings_behind_login(struct judge_case *c)
{
	login_required(c, true);
}

/* REQ: EN303645-5.5-6 EN303645-5.5-7 */
static void secrets_encrypted(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->flows_n; i++) {
		const struct decl_flow *f = &c->d->flows[i];
		if (f->protection == PROTECTION_NONE) {
			judge_contradict(c, f->line, "protect it with tls",
					 "a secret leaves the device, and the flow to %.80s is in clear", f->host);
			return;
		}
	}
	judge_promise(c, "no flow is in clear");
}

/* REQ: EN303645-5.6-1 */
static void unused_off(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->logical_n + c->d->physical_n; i++) {
		const struct decl_port *p =
			i < c->d->logical_n ? &c->d->logical[i] : &c->d->physical[i - c->d->logical_n];
		if (p->state == INTERFACE_OPEN) {
			judge_contradict(c, p->line, "turn it off", "%.40s is open and not needed", p->id);
			return;
		}
	}
	judge_promise(c, "unused interfaces are off");
}

/* REQ: EN303645-5.6-2 */
static void reveals_little(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->listeners_n; i++)
		if (on_network(&c->d->listeners[i]) && !asks(&c->d->listeners[i]))
			return; /* What it tells to strangers must be looked at. */
	judge_promise(c, "no port tells anything without a login");
}

/* REQ: EN303645-5.6-3 */
static void physical_needed(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->physical_n; i++) {
		const struct decl_port *p = &c->d->physical[i];
		if (p->state == INTERFACE_OPEN || (p->state == INTERFACE_USED && !p->why)) {
			judge_miss(c, p->line, "add \"why\", or turn it off", "why %.40s is exposed is not stated",
				   p->id);
			return;
		}
	}
	judge_stated(c, c->d->physical_n > 0, "interfaces.physical", "every physical interface has a purpose");
}

/* REQ: EN303645-5.6-4A */
static void debug_closed(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->debug_n; i++) {
		const struct decl_port *p = &c->d->debug[i];
		if (p->state == INTERFACE_OPEN || p->state == INTERFACE_USED) {
			judge_contradict(c, p->line, "turn it off or protect it", "the debug interface %.40s is open",
					 p->id);
			return;
		}
	}
	judge_promise(c, "debug interfaces are off or protected");
}

static bool is_numeric(const char *host)
{
	struct in6_addr a; /* large enough for both */
	return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
}

/* REQ: EN303645-5.6-5 */
static void only_needed(struct judge_case *c)
{
	judge_promise(c, "each of %zu services and %zu listeners has a purpose", c->d->services_n, c->d->listeners_n);
	for (size_t i = 0; i < c->d->flows_n; i++) {
		const struct decl_flow *f = &c->d->flows[i];
		if (is_numeric(f->host))
			continue;
		judge_note(c, f->line,
			   "%.80s is a name: the firewall holds port %u only, to any address, and lets its program ask "
			   "any "
			   "name server; an address would be held to",
			   f->host, f->port);
		return;
	}
}

/* REQ: EN303645-5.6-7 */
static void own_users(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->services_n; i++)
		for (size_t k = 0; k < i; k++)
			if (c->d->services[i].user == c->d->services[k].user) {
				judge_contradict(c, c->d->services[i].line, "give each service a user of its own",
						 "%.40s and %.40s run as the same user", c->d->services[k].id,
						 c->d->services[i].id);
				return;
			}
	judge_promise(c, "each service runs as a user of its own, none as root");
}

const struct judge_row judge_access_rows[] = {
	{"5.1-1", unique_passwords},
	{"5.1-2", good_generator},
	{"5.1-2A", no_machine_passwords},
	{"5.1-3", login_crypto},
	{"5.1-4", changeable},
	{"5.1-5", no_brute_force},
	{"5.4-1", stored_safely},
	{"5.4-2", identity_resists},
	{"5.4-3", no_fixed_secrets},
	{"5.4-4", unique_parameters},
	{"5.5-1", protected_traffic},
	{"5.5-3", replaceable_crypto},
	{"5.5-4", functions_behind_login},
	{"5.5-5", settings_behind_login},
	{"5.5-6", secrets_encrypted},
	{"5.5-7", secrets_encrypted},
	{"5.5-8", life_cycle},
	{"5.6-1", unused_off},
	{"5.6-2", reveals_little},
	{"5.6-3", physical_needed},
	{"5.6-4A", debug_closed},
	{"5.6-5", only_needed},
	{"5.6-7", own_users},
	{NULL, NULL},
};
