/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 section 5.3 up to 5.3-12: the update mechanisms. */
#include <stdio.h>

#include "product/judge_check.h"
#include "core/base/banned.h"

#define CHECK_HOURS_SOON (14 * 24)

static const char *const genuine[] = {"authenticity", "integrity", NULL};

/* REQ: EN303645-5.3-1 TS103701-5.3-1-1 */
static void all_updatable(struct judge_case *c)
{
	const struct declaration *d = c->d;
	for (size_t i = 0; i < d->components_n; i++) {
		const struct decl_component *p = &d->components[i];
		if (p->update == COMPONENT_NEVER)
			judge_contradict(c, p->line, "update it, or keep it immutable for security and say why",
					 "component %.40s is never updated", p->id);
		if (p->update == COMPONENT_IMMUTABLE && !judge_check_says_something(p->why))
			judge_miss(c, p->line, "add \"why\" to it", "component %.40s is immutable without a reason",
				   p->id);
		if (p->update == COMPONENT_UPDATED && !p->by && d->update.mechanism == MECHANISM_NONE)
			judge_contradict(c, p->line, "name one of update.others under `by`",
					 "component %.40s is updated, and by no mechanism", p->id);
	}
	judge_promise(c, "each of %zu components is updated, or immutable with a reason", d->components_n);
}

static bool signed_updates(struct judge_case *c)
{
	if (c->d->update.mechanism == MECHANISM_NONE)
		return false; /* others may exist; 5.3-2 tells of the main one */
	if (c->d->update.signature == SIGNATURE_NONE)
		judge_contradict(c, 0, "declare update.signature: ed25519", "updates are not signed");
	else if (!c->d->update.signature)
		judge_miss(c, 0, "declare update.signature", "how updates are signed is not stated");
	return c->d->update.signature && c->d->update.signature != SIGNATURE_NONE;
}

/* What protects updates of parts that have a mechanism of their own. */
static void other_mechanisms(struct judge_case *c, bool only_network)
{
	for (size_t i = 0; i < c->d->other_updates_n; i++) {
		const struct decl_other_update *o = &c->d->other_updates[i];
		if (only_network && o->network != DECL_YES)
			continue;
		if (o->guarantees.n == 0)
			judge_miss(c, o->line, "declare its guarantees", "what the mechanism %.40s gives is not stated",
				   o->id);
		judge_check_guarantees(c, &o->guarantees, o->line, o->id, genuine);
	}
}

/* REQ: EN303645-5.3-2 TS103701-5.3-2-1 */
static void secure_mechanism(struct judge_case *c)
{
	if (c->d->update.mechanism == MECHANISM_NONE)
		judge_contradict(c, 0, "declare update.mechanism: hallmark", "there is no update mechanism");
	other_mechanisms(c, false);
	judge_check_guarantees(c, &c->d->update.guarantees, 0, "the update mechanism", genuine);
	if (signed_updates(c))
		judge_answer(c, c->d->update.rollback_protection, "update.rollback_protection",
			     "updates are signed and older versions refused",
			     "an older version with known holes can be put back");
}

/* REQ: EN303645-5.3-3 TS103701-5.3-3-1 */
static void simple_for_user(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->other_updates_n; i++)
		if (!judge_check_says_something(c->d->other_updates[i].initiation))
			judge_miss(c, c->d->other_updates[i].line, "declare its initiation",
				   "who starts updates of %.40s is not stated", c->d->other_updates[i].id);
	switch (c->d->update.user_action) {
	case ACTION_MANUAL:
		judge_contradict(c, 0, "declare update.user_action: none, or one-step", "an update takes manual work");
		return;
	case ACTION_NONE:
		judge_promise(c, "the owner has nothing to do for an update");
		return;
	case ACTION_ONE_STEP:
		judge_promise(c, "an update takes one step");
		return;
	}
	if (c->d->update.automatic == DECL_YES)
		judge_promise(c, "updates install by themselves");
	else if (c->d->update.mechanism != MECHANISM_NONE)
		judge_miss(c, 0, "declare update.user_action", "what the owner has to do for an update is not stated");
	else
		judge_promise(c, "who starts the updates is stated");
}

/* REQ: EN303645-5.3-4A TS103701-5.3-4A-1 */
static void automatic(struct judge_case *c)
{
	judge_answer(c, c->d->update.automatic, "update.automatic", "updates install by themselves",
		     "updates do not install by themselves");
}

/* Is the decision, by id or words, about one of these? */
static bool is_about(const struct decl_decision *p, const char *const *words)
{
	char id[64];
	(void)snprintf(id, sizeof id, "%s", p->id);
	for (char *at = id; *at; at++)
		if (*at == '-' || *at == '_' || *at == '.')
			*at = ' ';
	return judge_check_word(id, words) || judge_check_word(p->what, words);
}

static const char *const about_updates[] = {"update", "updates", "updating", NULL};
static const char *const about_notices[] = {"notice", "notices", "notification", "notifications", NULL};

/* Table 7 against table 26: who is asked at set-up decides something at set-up. */
static void decided_at_setup(struct judge_case *c)
{
	const struct decl_decision *later = NULL;
	for (size_t i = 0; i < c->d->decisions_n; i++) {
		const struct decl_decision *p = &c->d->decisions[i];
		if (!is_about(p, about_updates) || is_about(p, about_notices))
			continue;
		if (p->when == WHEN_SETUP)
			return;
		later = p;
	}
	if (later)
		judge_contradict(c, later->line, "when: setup, or asks_at_setup: false",
				 "the owner is said to be asked at set-up, and %.40s is asked at another time",
				 later->id);
	else if (c->d->decisions_n)
		judge_contradict(c, 0, "add it to decisions, with when: setup",
				 "the owner is said to be asked, and no decision is about updates");
}

/* REQ: EN303645-5.3-4B TS103701-5.3-4B-1 */
static void asked_at_setup(struct judge_case *c)
{
	if (c->d->update.asks_at_setup == DECL_YES)
		decided_at_setup(c);
	judge_answer(c, c->d->update.asks_at_setup, "update.asks_at_setup",
		     "the owner is asked during set-up, and the answer decides",
		     "the owner is not asked during set-up");
}

/* REQ: EN303645-5.3-5 TS103701-5.3-5-1 */
static void looks_for_updates(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->other_updates_n; i++)
		if (!judge_check_says_something(c->d->other_updates[i].checking))
			judge_miss(c, c->d->other_updates[i].line, "declare its checking",
				   "when %.40s looks for updates is not stated", c->d->other_updates[i].id);
	if (c->d->update.mechanism == MECHANISM_NONE)
		judge_promise(c, "when each mechanism looks for updates is stated");
	else if (!c->d->update.check_hours)
		judge_miss(c, 0, "declare update.check_hours", "how often it looks for updates is not stated");
	else if (c->d->update.check_hours > CHECK_HOURS_SOON)
		judge_open(c, 0, "look once a day, or be ready to defend it",
			   "it looks for updates only every %u hours", c->d->update.check_hours);
	judge_promise(c, "looks for updates every %u hours", c->d->update.check_hours);
}

/* REQ: EN303645-5.3-6A TS103701-5.3-6A-1 */
static void user_control(struct judge_case *c)
{
	enum decl_answer off = c->d->update.can_turn_off, later = c->d->update.can_postpone;
	judge_answer(c, off == DECL_YES || later == DECL_YES ? DECL_YES : off, "update.can_turn_off",
		     "the owner can turn updates off or put them off", "the owner has no say in automatic updates");
}

/* REQ: EN303645-5.3-6B TS103701-5.3-6B-1 */
static void notice_control(struct judge_case *c)
{
	bool decides = false;
	for (size_t i = 0; i < c->d->decisions_n; i++)
		decides = decides || is_about(&c->d->decisions[i], about_notices);
	if (decides)
		judge_promise(c, "the owner decides about notices of updates");
	else
		judge_miss(c, 0, "add a decision about update notices to decisions",
			   "whether the owner can turn notices of updates on and off is not stated");
}

/* REQ: EN303645-5.3-7 TS103701-5.3-7-1 */
static void update_crypto(struct judge_case *c)
{
	static const char *const sizes[] = {"3072", "4096", NULL};
	bool sized = false;
	if (signed_updates(c) && c->d->update.signature == SIGNATURE_RSA_PSS) {
		for (size_t i = 0; i < c->d->update.crypto.n; i++)
			sized = sized || judge_check_word(c->d->update.crypto.at[i], sizes);
		if (!sized)
			judge_open(c, 0, "add RSA-PSS-3072 or RSA-PSS-4096 to update.crypto",
				   "updates are signed with rsa-pss, and its size is not stated");
	}
	if (c->d->update.mechanism != MECHANISM_NONE)
		judge_check_crypto(c, &c->d->update.crypto, 0, "the update mechanism", "update.crypto");
	for (size_t i = 0; i < c->d->other_updates_n; i++)
		judge_check_crypto(c, &c->d->other_updates[i].crypto, c->d->other_updates[i].line,
				   c->d->other_updates[i].id, "update.others[].crypto");
	other_mechanisms(c, false);
	judge_promise(c, "updates carry a signature, and cryptography of current practice");
}

/* REQ: EN303645-5.3-9 TS103701-5.3-9-1 */
static void checked_on_device(struct judge_case *c)
{
	other_mechanisms(c, false);
	if (c->d->update.mechanism == MECHANISM_NONE)
		judge_promise(c, "each mechanism gives authenticity and integrity");
	else if (signed_updates(c))
		judge_answer(c, c->d->update.verified_on_device, "update.verified_on_device",
			     "the device itself checks before installing", "the device does not check updates itself");
}

static bool has_anchor(const struct declaration *d)
{
	for (size_t i = 0; i < d->security_parameters_n; i++)
		if (d->security_parameters[i].use == USE_UPDATE)
			return true;
	return false;
}

/* REQ: EN303645-5.3-10 TS103701-5.3-10-1 */
static void network_trust(struct judge_case *c)
{
	const struct declaration *d = c->d;
	other_mechanisms(c, true);
	if (d->update.mechanism == MECHANISM_NONE || d->update.network == DECL_NO) {
		judge_promise(c, "each mechanism over a network gives authenticity and integrity");
		return;
	}
	if (signed_updates(c) && !has_anchor(d))
		judge_miss(c, 0, "list it under security_parameters, with use: update",
			   "the key that updates are checked with is in no security parameter");
	if (d->update.verified_on_device == DECL_NO)
		judge_contradict(c, 0, "declare update.verified_on_device: true",
				 "the device does not check updates itself");
	else if (!d->update.verified_on_device)
		judge_miss(c, 0, "declare update.verified_on_device: true", "update.verified_on_device is not stated");
	judge_promise(c, "what arrives over a network is checked on the device against a key that it keeps");
}

/* REQ: EN303645-5.3-11 TS103701-5.3-11-1 */
static void told_of_updates(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->other_updates_n; i++)
		if (!judge_check_says_something(c->d->other_updates[i].notification))
			judge_miss(c, c->d->other_updates[i].line, "declare its notification",
				   "how the owner is told of updates of %.40s is not stated",
				   c->d->other_updates[i].id);
	judge_answer(c, c->d->update.notifies, "update.notifies", "the owner is told what an update mends",
		     "the owner is not told of security updates");
}

/* REQ: EN303645-5.3-12 TS103701-5.3-12-1 */
static void told_of_interruption(struct judge_case *c)
{
	judge_answer(c, c->d->update.warns_of_interruption, "update.warns_of_interruption",
		     "the owner is told of interruptions", "the owner is not told of interruptions");
}

const struct judge_row judge_update_rows[] = {
	{"5.3-1", all_updatable},	  {"5.3-2", secure_mechanism},
	{"5.3-3", simple_for_user},	  {"5.3-4A", automatic},
	{"5.3-4B", asked_at_setup},	  {"5.3-5", looks_for_updates},
	{"5.3-6A", user_control},	  {"5.3-6B", notice_control},
	{"5.3-7", update_crypto},	  {"5.3-9", checked_on_device},
	{"5.3-10", network_trust},	  {"5.3-11", told_of_updates},
	{"5.3-12", told_of_interruption}, {NULL, NULL},
};
