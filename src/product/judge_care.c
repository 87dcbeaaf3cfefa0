/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.2 (reports) and 5.3-8, 5.3-13 to 16: what the maker does and says during support. */
#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "product/judge_check.h"
#include "core/base/banned.h"

/* Days after which "prompt" needs an explanation, and after which it is not prompt at all. */
#define ACKNOWLEDGE_DAYS_SOON 14
#define NEWS_DAYS_SOON 45
#define FIX_DAYS_SOON 90
#define FIX_DAYS_LATE 180

/* REQ: EN303645-5.2-1 TS103701-5.2-1-1 */
static void disclosure_policy(struct judge_case *c)
{
	const struct declaration *d = c->d;
	if (!d->disclosure.policy_url)
		judge_miss(c, 0, "declare disclosure.policy_url",
			   "no page is named where the disclosure policy is published");
	if (!d->disclosure.acknowledge_days)
		judge_miss(c, 0, "declare disclosure.acknowledge_days", "the time to a first answer is not stated");
	if (!d->disclosure.update_days)
		judge_miss(c, 0, "declare disclosure.update_days", "the time between news is not stated");
	if (d->disclosure.acknowledge_days > ACKNOWLEDGE_DAYS_SOON)
		judge_open(c, 0, "answer sooner, or be ready to defend it", "a first answer only after %u days",
			   d->disclosure.acknowledge_days);
	if (d->disclosure.update_days > NEWS_DAYS_SOON)
		judge_open(c, 0, "tell more often, or be ready to defend it", "news only every %u days",
			   d->disclosure.update_days);
	judge_promise(c, "policy published; answer within %u days, news every %u days", d->disclosure.acknowledge_days,
		      d->disclosure.update_days);
}

static void confirmed(struct judge_case *c, enum decl_answer a, const char *key)
{
	char hint[JUDGE_REASON_MAX];
	(void)snprintf(hint, sizeof hint, "declare confirmations.%s: true once it is so", key);
	if (a == DECL_NO)
		judge_contradict(c, 0, hint, "confirmations.%s is denied", key);
	else if (a != DECL_YES)
		judge_miss(c, 0, hint, "confirmations.%s is not stated", key);
}

static void timely(struct judge_case *c, uint32_t days, uint32_t line, const char *what)
{
	if (days > FIX_DAYS_LATE)
		judge_contradict(c, line, "aim at 90 days or less", "%.60s takes %u days", what, days);
	else if (days > FIX_DAYS_SOON)
		judge_open(c, line, "aim at 90 days or less, or be ready to defend it", "%.60s takes %u days", what,
			   days);
}

/* REQ: EN303645-5.2-2 TS103701-5.2-2-1 */
static void prompt_handling(struct judge_case *c)
{
	const struct declaration *d = c->d;
	if (!d->handling_n && !d->update.fix_days)
		judge_miss(c, 0, "declare disclosure.handling, or update.fix_days for all kinds",
			   "no steps and no time are stated in which vulnerabilities are handled");
	for (size_t i = 0; i < d->handling_n; i++) {
		const struct decl_handling *h = &d->handling[i];
		if (!judge_check_says_something(h->action))
			judge_miss(c, h->line, "say what is done, step by step", "%.40s names no steps", h->id);
		timely(c, h->days, h->line, h->id);
	}
	confirmed(c, d->confirmations.vulnerability_actions, "vulnerability_actions");
	judge_promise(c, "steps and time are stated for %zu kinds of vulnerabilities, and confirmed",
		      d->handling_n ? d->handling_n : 1);
}

/* REQ: EN303645-5.2-3 TS103701-5.2-3-1 */
static void monitoring(struct judge_case *c)
{
	if (!judge_check_says_something(c->d->disclosure.monitoring))
		judge_miss(c, 0, "declare disclosure.monitoring", "disclosure.monitoring is not stated");
	confirmed(c, c->d->confirmations.vulnerability_monitoring, "vulnerability_monitoring");
	judge_promise(c, "how problems are watched for is stated, and confirmed");
}

/* REQ: EN303645-5.3-8 TS103701-5.3-8-1 */
static void prompt_fixes(struct judge_case *c)
{
	const struct declaration *d = c->d;
	uint32_t fix = d->update.fix_days;
	if (!fix && !d->procedures_n)
		judge_miss(c, 0, "declare update.fix_days", "no time is stated in which fixes are shipped");
	timely(c, fix, 0, "a fix");
	for (size_t i = 0; i < d->procedures_n; i++) {
		const struct decl_procedure *p = &d->procedures[i];
		if (!judge_check_says_something(p->what))
			judge_miss(c, p->line, "say who does what", "the procedure %.40s names no steps", p->id);
		timely(c, p->days, p->line, p->id);
		if (fix && p->days > fix)
			judge_contradict(c, p->line, "correct one of them",
					 "a fix is aimed at within %u days, and %.40s takes %u", fix, p->id, p->days);
	}
	confirmed(c, d->confirmations.update_procedures, "update_procedures");
	if (fix)
		judge_promise(c, "a fix for a serious problem is aimed at within %u days, and confirmed", fix);
	else
		judge_promise(c, "%zu procedures with their times are stated, and confirmed", d->procedures_n);
}

/* REQ: EN303645-5.3-13 TS103701-5.3-13-1 */
static void support_period(struct judge_case *c)
{
	char until[RFC3339_DATE_SIZE];
	const struct declaration *d = c->d;
	rfc3339_date(d->support.until, until);
	if (d->released.s && d->support.until.s < d->released.s)
		judge_contradict(c, d->support.line, "extend support.until",
				 "support ends on %s, before the product is released", until);
	if (d->support.until.s + SECONDS_PER_DAY <= c->today.s)
		judge_contradict(c, d->support.line, "extend support.until, or take the product off sale",
				 "support ended on %s", until);
	if (!d->support.published)
		judge_miss(c, d->support.line, "declare support.published",
			   "no page is named that tells the support period");
	judge_promise(c, "published support until %s", until);
}

/* REQ: EN303645-5.3-14 TS103701-5.3-14-1 */
static void reasons_for_never(struct judge_case *c)
{
	const struct declaration *d = c->d;
	for (size_t i = 0; i < d->components_n; i++) {
		const struct decl_component *p = &d->components[i];
		if (p->update == COMPONENT_NEVER && !judge_check_says_something(p->why))
			judge_miss(c, p->line, "add \"why\" to it",
				   "why component %.40s is never updated is not stated", p->id);
	}
	if (!d->support.published)
		judge_miss(c, 0, "declare support.published", "no page is named that tells the support period");
	if (!d->documents.non_updatable_url)
		judge_miss(c, 0, "declare documents.non_updatable_url",
			   "no page is named that tells why parts are not updated");
	if (!d->documents.replacement_url)
		judge_miss(c, 0, "declare documents.replacement_url",
			   "no page is named that tells how hardware is replaced");
	judge_promise(c, "reasons, replacement and support period are published for what is never updated");
}

/* REQ: EN303645-5.3-15A TS103701-5.3-15A-1 */
static void can_be_isolated(struct judge_case *c)
{
	judge_stated(c, judge_check_says_something(c->d->replacement.isolation), "replacement.isolation",
		     "how it is cut off from the network, and what still works, is stated");
}

/* REQ: EN303645-5.3-15B TS103701-5.3-15B-1 */
static void can_be_replaced(struct judge_case *c)
{
	judge_stated(c, judge_check_says_something(c->d->replacement.hardware), "replacement.hardware",
		     "how the hardware is replaced is stated");
}

/* REQ: EN303645-5.3-16 TS103701-5.3-16-1 */
static void model_recognisable(struct judge_case *c)
{
	judge_stated(c, c->d->model_shown_on != 0, "model_shown_on", "the model can be read on a label or page");
}

const struct judge_row judge_care_rows[] = {
	{"5.2-1", disclosure_policy},	{"5.2-2", prompt_handling},
	{"5.2-3", monitoring},		{"5.3-8", prompt_fixes},
	{"5.3-13", support_period},	{"5.3-14", reasons_for_never},
	{"5.3-15A", can_be_isolated},	{"5.3-15B", can_be_replaced},
	{"5.3-16", model_recognisable}, {NULL, NULL},
};
