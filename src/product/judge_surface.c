/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.6 (attack surface) and 5.13 (input). */
#include <stdio.h>

#include <arpa/inet.h>

#include "product/judge_check.h"
#include "core/base/banned.h"

static bool reachable(const struct decl_port *p)
{
	return p->access != REACH_LOCAL && p->state != INTERFACE_OFF;
}

/* REQ: EN303645-5.6-1 TS103701-5.6-1-1 */
static void unused_off(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->logical_n + c->d->physical_n; i++) {
		bool logical = i < c->d->logical_n;
		const struct decl_port *p = logical ? &c->d->logical[i] : &c->d->physical[i - c->d->logical_n];
		bool network = logical ? p->access != REACH_LOCAL
				       : !p->type || p->type == PORT_NETWORK || p->type == PORT_RADIO;
		if (p->state == INTERFACE_OPEN)
			judge_contradict(c, p->line, "turn it off", "%.40s is open and not needed", p->id);
		else if (network && p->state != INTERFACE_OFF && !judge_check_says_something(p->why))
			judge_miss(c, p->line, "add \"why\", or turn it off", "what %.40s is enabled for is not stated",
				   p->id);
	}
	judge_promise(c, "unused interfaces are off, and each of the others has a purpose");
}

/* Words for what helps an attacker to choose the weapon. */
static const char *const telling[] = {"version",  "versions", "build", "firmware",    "patch level", "kernel", "serial",
				      "password", "key",      "token", "stack trace", "banner",	     NULL};

static void told(struct judge_case *c, const char *text, uint32_t line, const char *of)
{
	const char *word = judge_check_word(text, telling);
	if (!text || !*text)
		judge_miss(c, line, "declare discloses; \"nothing\" if so",
			   "what %.60s tells without a login is not stated", of);
	else if (word)
		judge_open(c, line, "tell it after the login only, or be ready to defend it",
			   "%.60s tells strangers something that helps an attacker: \"%s\"", of, word);
}

/* REQ: EN303645-5.6-2 TS103701-5.6-2-1 */
static void reveals_little(struct judge_case *c)
{
	char of[80];
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_listener *l = &c->d->listeners[i];
		(void)snprintf(of, sizeof of, "port %u", l->port);
		if (judge_on_network(l))
			told(c, l->discloses, l->line, of);
	}
	for (size_t i = 0; i < c->d->logical_n; i++)
		if (reachable(&c->d->logical[i]))
			told(c, c->d->logical[i].discloses, c->d->logical[i].line, c->d->logical[i].id);
	judge_promise(c, "what each port tells without a login is stated, and nothing that helps an attacker");
}

/* REQ: EN303645-5.6-3 TS103701-5.6-3-1 */
static void physical_needed(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->physical_n; i++) {
		const struct decl_port *p = &c->d->physical[i];
		if (p->state == INTERFACE_OPEN || (p->state == INTERFACE_USED && !p->why))
			judge_miss(c, p->line, "add \"why\", or turn it off", "why %.40s is exposed is not stated",
				   p->id);
		else if (p->state != INTERFACE_USED && !judge_check_says_something(p->protection))
			judge_miss(c, p->line, "declare its protection: casing, seal, switch",
				   "what covers %.40s, which is not needed, is not stated", p->id);
	}
	judge_stated(c, c->d->physical_n > 0, "interfaces.physical",
		     "every physical interface has a purpose or a cover");
}

/* REQ: EN303645-5.6-4A TS103701-5.6-4A-1 */
static void debug_closed(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->debug_n; i++) {
		const struct decl_port *p = &c->d->debug[i];
		if (p->state == INTERFACE_OPEN || p->state == INTERFACE_USED)
			judge_contradict(c, p->line, "turn it off or protect it", "the debug interface %.40s is open",
					 p->id);
		else if (!judge_check_says_something(p->protection))
			judge_miss(c, p->line, "declare its protection: by which software means it is off or guarded",
				   "how the debug interface %.40s is kept closed is not stated", p->id);
	}
	judge_promise(c, "debug interfaces are off or protected, and it is stated how");
}

/* REQ: EN303645-5.6-4B TS103701-5.6-4B-1 */
static void debug_covered(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->debug_n; i++)
		if (c->d->debug[i].physical != DECL_NO && !judge_check_says_something(c->d->debug[i].protection))
			judge_miss(c, c->d->debug[i].line, "declare its protection: casing, seal, no connector",
				   "how the debug port %.40s is guarded physically is not stated", c->d->debug[i].id);
	judge_promise(c, "how debug ports are guarded is stated");
}

static bool is_numeric(const char *host)
{
	struct in6_addr a; /* large enough for both */
	return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
}

/* REQ: EN303645-5.6-5 TS103701-5.6-5-1 */
static void only_needed(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->services_n; i++)
		if (!judge_check_says_something(c->d->services[i].why))
			judge_miss(c, c->d->services[i].line, "say what it is for", "what %.40s is for is not stated",
				   c->d->services[i].id);
	for (size_t i = 0; i < c->d->listeners_n; i++)
		if (c->d->listeners[i].as_delivered != SWITCH_OFF &&
		    !judge_check_says_something(c->d->listeners[i].why))
			judge_miss(c, c->d->listeners[i].line, "say what it is for, or as_delivered: \"off\"",
				   "what port %u is on for is not stated", c->d->listeners[i].port);
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

static void practice(struct judge_case *c, const struct decl_texts *list, const char *key, const char *promise)
{
	size_t said = 0;
	for (size_t i = 0; i < list->n; i++)
		said += judge_check_says_something(list->at[i]);
	judge_stated(c, said > 0, key, promise);
}

/* REQ: EN303645-5.6-6 TS103701-5.6-6-1 */
static void code_minimised(struct judge_case *c)
{
	practice(c, &c->d->practices.code_minimisation, "practices.code_minimisation",
		 "how code is kept small is stated");
}

/* REQ: EN303645-5.6-7 TS103701-5.6-7-1: users are required keys; further means may be told. */
static void own_users(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->services_n; i++)
		for (size_t k = 0; k < i; k++)
			if (c->d->services[i].user == c->d->services[k].user)
				judge_contradict(c, c->d->services[i].line, "give each service a user of its own",
						 "%.40s and %.40s run as the same user", c->d->services[k].id,
						 c->d->services[i].id);
	judge_promise(c, "each service runs as a user of its own, none as root");
}

/* REQ: EN303645-5.6-8 TS103701-5.6-8-1 */
static void memory_policed(struct judge_case *c)
{
	practice(c, &c->d->practices.memory_control, "practices.memory_control",
		 "how hardware polices access to memory is stated");
}

/* REQ: EN303645-5.6-9 TS103701-5.6-9-1 */
static void developed_securely(struct judge_case *c)
{
	if (c->d->confirmations.secure_development == DECL_NO)
		judge_contradict(c, 0, "confirm it once it is so", "confirmations.secure_development is denied");
	else if (!c->d->confirmations.secure_development)
		judge_miss(c, 0, "declare confirmations.secure_development: true once it is so",
			   "confirmations.secure_development is not stated");
	practice(c, &c->d->practices.secure_development, "practices.secure_development",
		 "how it is developed securely is stated, and confirmed");
}

static bool checked(const struct declaration *d, const char *from)
{
	for (size_t i = 0; i < d->inputs_n; i++)
		if (strcmp(d->inputs[i].from, from) == 0 && judge_check_says_something(d->inputs[i].what))
			return true;
	return false;
}

/* REQ: EN303645-5.13-1A TS103701-5.13-1A-1 */
static void user_input(struct judge_case *c)
{
	const struct declaration *d = c->d;
	bool page = false;
	for (size_t i = 0; i < d->user_interfaces_n; i++) {
		const struct decl_user_interface *p = &d->user_interfaces[i];
		page = page || p->type == UI_PAGE;
		if (p->type != UI_DISPLAY && !checked(d, p->id))
			judge_miss(c, p->line, "add an entry of inputs with this id as `from`",
				   "how input at %.40s is checked is not stated", p->id);
	}
	if (!d->user_interfaces_n)
		judge_miss(c, 0, "list them under user_interfaces",
			   "through what people use the product is not stated");
	else if (d->page_port && !page)
		judge_contradict(c, 0, "add it to user_interfaces, with type: page",
				 "there is an owner page on port %u, and no user interface is a page", d->page_port);
	judge_promise(c, "how input is checked is stated for each of %zu user interfaces", d->user_interfaces_n);
}

/* REQ: EN303645-5.13-1B TS103701-5.13-1B-1 */
static void network_input(struct judge_case *c)
{
	const struct declaration *d = c->d;
	for (size_t i = 0; i < d->listeners_n; i++)
		if (judge_on_network(&d->listeners[i]) && !checked(d, d->listeners[i].service))
			judge_miss(c, d->listeners[i].line, "add an entry of inputs with the service as `from`",
				   "how what comes in on port %u is checked is not stated", d->listeners[i].port);
	for (size_t i = 0; i < d->flows_n; i++)
		if (!checked(d, d->flows[i].service))
			judge_miss(c, d->flows[i].line, "add an entry of inputs with the service as `from`",
				   "how answers from %.80s are checked is not stated", d->flows[i].host);
	for (size_t i = 0; i < d->logical_n; i++)
		if (reachable(&d->logical[i]) && !checked(d, d->logical[i].id))
			judge_miss(c, d->logical[i].line, "add an entry of inputs with this id as `from`",
				   "how input at %.40s is checked is not stated", d->logical[i].id);
	judge_promise(c, "how input is checked is stated for each network interface");
}

const struct judge_row judge_surface_rows[] = {
	{"5.6-1", unused_off},
	{"5.6-2", reveals_little},
	{"5.6-3", physical_needed},
	{"5.6-4A", debug_closed},
	{"5.6-4B", debug_covered},
	{"5.6-5", only_needed},
	{"5.6-6", code_minimised},
	{"5.6-7", own_users},
	{"5.6-8", memory_policed},
	{"5.6-9", developed_securely},
	{"5.13-1A", user_input},
	{"5.13-1B", network_input},
	{NULL, NULL},
};
