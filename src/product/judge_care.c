/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.2 (reports of vulnerabilities) and 5.3 (updates). */
#include "core/codec/rfc3339.h"
#include "product/judge_rows.h"
#include "core/base/banned.h"

/* REQ: EN303645-5.2-1 */
static void disclosure_policy(struct judge_case *c)
{
	const struct declaration *d = c->d;
	if (!d->disclosure.policy_url)
		judge_miss(c, 0, "declare disclosure.policy_url",
			   "no page is named where the disclosure policy is published");
	else if (!d->disclosure.acknowledge_days || !d->disclosure.update_days)
		judge_miss(c, 0, "declare disclosure.acknowledge_days and disclosure.update_days",
			   "the time to a first answer or between news is not stated");
	else
		judge_promise(c, "policy published; answer within %u days, news every %u days",
			      d->disclosure.acknowledge_days, d->disclosure.update_days);
}

/* REQ: EN303645-5.2-2 EN303645-5.3-8 */
static void prompt_fixes(struct judge_case *c)
{
	if (c->d->update.fix_days)
		judge_promise(c, "a fix for a serious problem is aimed at within %u days", c->d->update.fix_days);
	else
		judge_miss(c, 0, "declare update.fix_days", "no time is stated in which fixes are shipped");
}

/* REQ: EN303645-5.2-3 */
static void monitoring(struct judge_case *c)
{
	judge_stated(c, c->d->disclosure.monitoring, "disclosure.monitoring", "how problems are watched for is stated");
}

/* REQ: EN303645-5.3-1 */
static void all_updatable(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->components_n; i++) {
		const struct decl_component *p = &c->d->components[i];
		if (p->update == COMPONENT_NEVER) {
			judge_contradict(c, p->line, "update it, or keep it immutable for security and say why",
					 "component %.40s is never updated", p->id);
			return;
		}
		if (p->update == COMPONENT_IMMUTABLE && !p->why) {
			judge_miss(c, p->line, "add \"why\" to it", "component %.40s is immutable without a reason",
				   p->id);
			return;
		}
	}
	judge_promise(c, "each of %zu components is updated, or immutable with a reason", c->d->components_n);
}

static bool signed_updates(struct judge_case *c)
{
	if (c->d->update.signature == SIGNATURE_NONE)
		judge_contradict(c, 0, "declare update.signature: ed25519", "updates are not signed");
	else if (!c->d->update.signature)
		judge_miss(c, 0, "declare update.signature", "how updates are signed is not stated");
	else
		return true;
	return false;
}

/* REQ: EN303645-5.3-2 */
static void secure_mechanism(struct judge_case *c)
{
	if (c->d->update.mechanism == MECHANISM_NONE)
		judge_contradict(c, 0, "declare update.mechanism: hallmark", "there is no update mechanism");
	else if (signed_updates(c))
		judge_answer(c, c->d->update.rollback_protection, "update.rollback_protection",
			     "updates are signed and older versions refused",
			     "an older version with known holes can be put back");
}

/* REQ: EN303645-5.3-3 */
static void simple_for_user(struct judge_case *c)
{
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
	else
		judge_miss(c, 0, "declare update.user_action", "what the owner has to do for an update is not stated");
}

/* REQ: EN303645-5.3-4A */
static void automatic(struct judge_case *c)
{
	judge_answer(c, c->d->update.automatic, "update.automatic", "updates install by themselves",
		     "updates do not install by themselves");
}

/* REQ: EN303645-5.3-4B */
static void asked_at_setup(struct judge_case *c)
{
	judge_answer(c, c->d->update.asks_at_setup, "update.asks_at_setup", "the owner is asked during set-up",
		     "the owner is not asked during set-up");
}

/* REQ: EN303645-5.3-5 */
static void looks_for_updates(struct judge_case *c)
{
	if (c->d->update.check_hours)
		judge_promise(c, "looks for updates every %u hours", c->d->update.check_hours);
	else
		judge_miss(c, 0, "declare update.check_hours", "how often it looks for updates is not stated");
}

/* REQ: EN303645-5.3-6A */
static void user_control(struct judge_case *c)
{
	enum decl_answer off = c->d->update.can_turn_off, later = c->d->update.can_postpone;
	judge_answer(c, off == DECL_YES || later == DECL_YES ? DECL_YES : off, "update.can_turn_off",
		     "the owner can turn updates off or put them off", "the owner has no say in automatic updates");
}

/* REQ: EN303645-5.3-7 */
static void update_crypto(struct judge_case *c)
{
	if (signed_updates(c))
		judge_promise(c, "updates carry a signature of current practice");
}

/* REQ: EN303645-5.3-9 */
static void checked_on_device(struct judge_case *c)
{
	judge_answer(c, c->d->update.verified_on_device, "update.verified_on_device",
		     "the device itself checks before installing", "the device does not check updates itself");
}

/* REQ: EN303645-5.3-10 */
static void network_trust(struct judge_case *c)
{
	if (signed_updates(c))
		checked_on_device(c);
}

/* REQ: EN303645-5.3-11 */
static void told_of_updates(struct judge_case *c)
{
	judge_answer(c, c->d->update.notifies, "update.notifies", "the owner is told what an update mends",
		     "the owner is not told of security updates");
}

/* REQ: EN303645-5.3-12 */
static void told_of_interruption(struct judge_case *c)
{
	judge_answer(c, c->d->update.warns_of_interruption, "update.warns_of_interruption",
		     "the owner is told of interruptions", "the owner is not told of interruptions");
}

/* REQ: EN303645-5.3-13 */
static void support_period(struct judge_case *c)
{
	char until[RFC3339_DATE_SIZE];
	const struct declaration *d = c->d;
	rfc3339_date(d->support.until, until);
	if (d->released.s && d->support.until.s < d->released.s)
		judge_contradict(c, 0, "extend support.until", "support ends on %s, before the product is released",
				 until);
	else if (d->support.until.s + SECONDS_PER_DAY <= c->today.s)
		judge_contradict(c, 0, "extend support.until, or take the product off sale", "support ended on %s",
				 until);
	else if (!d->support.published)
		judge_miss(c, 0, "declare support.published", "no page is named that tells the support period");
	else
		judge_promise(c, "published support until %s", until);
}

/* REQ: EN303645-5.3-14 */
static void reasons_for_never(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->components_n; i++) {
		const struct decl_component *p = &c->d->components[i];
		if (p->update == COMPONENT_NEVER && !p->why) {
			judge_miss(c, p->line, "add \"why\" to it",
				   "why component %.40s is never updated is not stated", p->id);
			return;
		}
	}
	judge_stated(c, c->d->support.published, "support.published",
		     "reasons and support period are stated for what is never updated");
}

/* REQ: EN303645-5.3-16 */
static void model_recognisable(struct judge_case *c)
{
	judge_stated(c, c->d->model_shown_on != 0, "model_shown_on", "the model can be read on a label or page");
}

const struct judge_row judge_care_rows[] = {
	{"5.2-1", disclosure_policy},	{"5.2-2", prompt_fixes},
	{"5.2-3", monitoring},		{"5.3-1", all_updatable},
	{"5.3-2", secure_mechanism},	{"5.3-3", simple_for_user},
	{"5.3-4A", automatic},		{"5.3-4B", asked_at_setup},
	{"5.3-5", looks_for_updates},	{"5.3-6A", user_control},
	{"5.3-7", update_crypto},	{"5.3-8", prompt_fixes},
	{"5.3-9", checked_on_device},	{"5.3-10", network_trust},
	{"5.3-11", told_of_updates},	{"5.3-12", told_of_interruption},
	{"5.3-13", support_period},	{"5.3-14", reasons_for_never},
	{"5.3-16", model_recognisable}, {NULL, NULL},
};
