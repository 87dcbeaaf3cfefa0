/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 section 5.1: passwords, their making, their change, and guessing. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "product/judge_check.h"
#include "core/base/banned.h"

#define PASSWORD_BITS_MIN 60
#define KEY_BITS_MIN 100 /* BSI TR-02102-1 */
#define PIN_BITS_MIN 20	 /* six digits, and only behind a brake */

/* REQ: EN303645-5.1-1 TS103701-5.1-1-1 */
static void unique_passwords(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		if (!judge_is_password(p))
			continue;
		if (p->made == MADE_UNIVERSAL)
			judge_contradict(c, p->line,
					 "make it per-unit-random, or have the owner set it before first use",
					 "%.40s is the same on every unit", p->id);
		if (p->made == MADE_NONE)
			judge_miss(c, p->line, "say per-unit-random or user-set", "nobody sets %.40s before first use",
				   p->id);
		if (p->made == MADE_USER_SET && p->as_delivered == SWITCH_ON)
			judge_contradict(c, p->line, "as_delivered: setup, or off",
					 "%.40s works as delivered, before the owner has set it", p->id);
	}
	judge_promise(c, "every password is different on each unit or chosen by the owner");
}

/* Bits per character of alphabets, in hundredths. */
static const struct {
	const char *name;
	unsigned centibits;
} alphabets[] = {{"base32", 500},	{"hex", 400},	 {"hexadecimal", 400}, {"base64", 600},	 {"base58", 586},
		 {"alphanumeric", 596}, {"digits", 333}, {"decimal", 333},     {"letters", 571}, {"lowercase", 471},
		 {"uppercase", 471},	{"words", 1293}, {"bits", 100},	       {"bytes", 800}};

/* Does one of the next three words say what is counted? */
static bool counts_characters(const char *after)
{
	static const char *const units[] = {"characters", "character", "chars", "symbols", "digits",
					    "letters",	  "words",     "bytes", "bits",	   NULL};
	char near[48];
	size_t n = 0, words = 0;
	for (; after[n] && n + 1 < sizeof near && words <= 3; n++) {
		near[n] = after[n];
		words += after[n] == ' ';
	}
	near[n] = 0;
	return judge_check_word(near, units) != NULL;
}

/* "12 characters of Crockford base32": 60 bits. 0 when the text does not say it in such words. */
static unsigned bits_of_text(const char *text)
{
	unsigned long n = 0;
	for (const char *at = text; at && *at && !n; at++) {
		char *end = NULL;
		if (!isdigit((unsigned char)*at) || (at != text && isalnum((unsigned char)at[-1])))
			continue;
		unsigned long number = strtoul(at, &end, 10);
		if (counts_characters(end))
			n = number;
	}
	if (n == 0 || n > 4096)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(alphabets); i++) {
		const char *const word[] = {alphabets[i].name, NULL};
		if (judge_check_word(text, word))
			return (unsigned)(n * alphabets[i].centibits / 100);
	}
	return 0;
}

static void enough_bits(struct judge_case *c, const struct decl_credential *p)
{
	unsigned told = bits_of_text(p->generation);
	bool braked = p->brute_force == BRUTE_FORCE_THROTTLED || p->brute_force == BRUTE_FORCE_LOCKOUT;
	if (p->bits == 0)
		judge_miss(c, p->line, "declare bits", "how many random bits %.40s has is not stated", p->id);
	else if (p->kind == CREDENTIAL_PASSWORD && p->bits < PASSWORD_BITS_MIN)
		judge_contradict(c, p->line, "use 60 bits or more", "%.40s has only %u random bits", p->id, p->bits);
	else if (p->kind == CREDENTIAL_PIN && (p->bits < PIN_BITS_MIN || !braked))
		judge_contradict(c, p->line, "use 20 bits or more, behind a throttle or lockout",
				 "%.40s can be tried through: %u random bits%s", p->id, p->bits,
				 braked ? "" : ", and nothing that slows guessing down");
	else if (told && told < p->bits)
		judge_contradict(c, p->line, "correct bits, or the generation",
				 "%.40s is said to have %u random bits, and its generation gives %u", p->id, p->bits,
				 told);
}

/* REQ: EN303645-5.1-2 TS103701-5.1-2-1 */
static void good_generator(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		if (!judge_is_password(p) || p->made == MADE_USER_SET || p->made == MADE_NONE)
			continue;
		if (p->made != MADE_PER_UNIT_RANDOM)
			judge_contradict(c, p->line, "take it from a good random source for each unit",
					 p->made == MADE_UNIVERSAL ? "%.40s is known from any other unit"
								   : "%.40s can be derived from something public",
					 p->id);
		enough_bits(c, p);
		judge_check_generation(c, p->generation, p->line, p->id, "credentials[].generation");
	}
	judge_promise(c, "factory passwords are random per unit, from nothing public, %d bits or more",
		      PASSWORD_BITS_MIN);
}

/* REQ: EN303645-5.1-2A TS103701-5.1-2A-1 */
static void no_machine_passwords(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		if (judge_is_password(p) && p->used_by == USED_BY_MACHINE)
			judge_contradict(c, p->line, "use a key or certificate",
					 "machines log in with the password %.40s", p->id);
	}
	judge_promise(c, "no machine logs in with a password");
}

/* REQ: EN303645-5.1-3 TS103701-5.1-3-1 */
static void login_crypto(struct judge_case *c)
{
	static const char *const needed[] = {"authenticity", NULL};
	for (size_t i = 0; i < c->d->listeners_n; i++) {
		const struct decl_listener *l = &c->d->listeners[i];
		if (judge_asks(l) && judge_on_network(l) && l->protection >= PROTECTION_PUBLIC)
			judge_contradict(c, l->line, "protect it with tls", "%.40s goes over port %u in clear", l->auth,
					 l->port);
	}
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		char of[64];
		(void)snprintf(of, sizeof of, "the login %.40s", p->id);
		judge_check_crypto(c, &p->crypto, p->line, of, "credentials[].crypto");
		judge_check_guarantees(c, &p->guarantees, p->line, of, needed);
	}
	judge_promise(c, "no login travels unprotected, and each rests on cryptography of current practice");
}

/* REQ: EN303645-5.1-4 TS103701-5.1-4-1 */
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
	}
	judge_check_page(c, c->d->documents.password_url, "documents.password_url",
			 "the owner can change every login secret, and a page tells how");
}

static bool names_figures(const char *text)
{
	for (; text && *text; text++)
		if (isdigit((unsigned char)*text))
			return true;
	return false;
}

static void against_guessing(struct judge_case *c, const struct decl_credential *p)
{
	bool braked = p->brute_force == BRUTE_FORCE_THROTTLED || p->brute_force == BRUTE_FORCE_LOCKOUT;
	if (!judge_guessable(p)) {
		if (p->bits && p->bits < KEY_BITS_MIN)
			judge_contradict(c, p->line, "use a key of 128 bits or more",
					 "%.40s has %u bits: it can be searched", p->id, p->bits);
		return;
	}
	if (p->kind == CREDENTIAL_TOKEN && p->bits >= KEY_BITS_MIN)
		return; /* size alone makes guessing hopeless */
	if (p->brute_force == BRUTE_FORCE_NONE)
		judge_contradict(c, p->line, "throttle attempts", "%.40s may be guessed without limit", p->id);
	else if (!braked)
		judge_miss(c, p->line, "declare brute_force: throttled", "what stops guessing %.40s is not stated",
			   p->id);
	else if (!judge_check_says_something(p->guessing) || !names_figures(p->guessing))
		judge_miss(c, p->line,
			   "declare guessing: after how many tries which pause, and whether a restart ends it",
			   "how guessing %.40s is stopped is not stated in figures", p->id);
}

/* REQ: EN303645-5.1-5 TS103701-5.1-5-1 */
static void no_brute_force(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->credentials_n; i++) {
		const struct decl_credential *p = &c->d->credentials[i];
		bool reachable = false;
		for (size_t k = 0; k < c->d->listeners_n; k++)
			reachable = reachable || (judge_on_network(&c->d->listeners[k]) &&
						  strcmp(c->d->listeners[k].auth, p->id) == 0);
		if (reachable)
			against_guessing(c, p);
	}
	judge_promise(c, "guessing over the network is throttled, locked or hopeless");
}

const struct judge_row judge_login_rows[] = {
	{"5.1-1", unique_passwords},
	{"5.1-2", good_generator},
	{"5.1-2A", no_machine_passwords},
	{"5.1-3", login_crypto},
	{"5.1-4", changeable},
	{"5.1-5", no_brute_force},
	{NULL, NULL},
};
