/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.7 (integrity), 5.9 (outages), 5.10 (telemetry) and 5.12 (set-up and upkeep). */
#include "product/judge_check.h"
#include "core/base/banned.h"

/* REQ: EN303645-5.7-1 TS103701-5.7-1-1 */
static void verified_boot(struct judge_case *c)
{
	static const char *const needed[] = {"authenticity", "integrity", NULL};
	const struct declaration *d = c->d;
	if (!judge_check_says_something(d->secure_boot.what)) {
		judge_miss(c, 0, "declare secure_boot.what", "how software is checked before it runs is not stated");
		return;
	}
	if (!d->secure_boot.guarantees.n)
		judge_miss(c, 0, "declare secure_boot.guarantees", "what the check before running gives is not stated");
	judge_check_guarantees(c, &d->secure_boot.guarantees, 0, "the check before running", needed);
	judge_promise(c, "software is checked for authenticity and integrity before it runs");
}

/* REQ: EN303645-5.7-2 TS103701-5.7-2-1: what is not said is what the agent does, where it is the agent that does it. */
static void alert_and_isolate(struct judge_case *c)
{
	const struct declaration *d = c->d;
	if (d->update.mechanism == MECHANISM_HALLMARK) {
		judge_promise(c, "the agent looks at all protected files every %u s, alerts and isolates",
			      d->scan_period_s);
		return;
	}
	if (!judge_check_says_something(d->secure_boot.detection))
		judge_miss(c, 0, "declare secure_boot.detection", "how a change is noticed is not stated");
	if (!judge_check_says_something(d->secure_boot.notification))
		judge_miss(c, 0, "declare secure_boot.notification",
			   "how owner or administrator are told is not stated");
	if (!d->secure_boot.remaining.n)
		judge_miss(c, 0, "declare secure_boot.remaining",
			   "which network functions remain after a detection is not stated");
	judge_promise(c, "how a change is noticed and told, and what the network is still used for, is stated");
}

static bool against(const struct declaration *d, enum decl_against what)
{
	for (size_t i = 0; i < d->resilience_n; i++)
		if ((d->resilience[i].against == what || d->resilience[i].against == AGAINST_BOTH) &&
		    judge_check_says_something(d->resilience[i].what))
			return true;
	return false;
}

/* REQ: EN303645-5.9-1 TS103701-5.9-1-1 */
static void built_to_ride_out(struct judge_case *c)
{
	static const char *const needed[] = {"availability", NULL};
	const struct declaration *d = c->d;
	if (!d->outage.works_without_network.n && !against(d, AGAINST_NETWORK))
		judge_miss(c, 0, "declare outage.works_without_network, or a mechanism against it",
			   "what stands against the loss of network is not stated");
	if (!judge_check_says_something(d->outage.after_power_loss) && !against(d, AGAINST_POWER))
		judge_miss(c, 0, "declare outage.after_power_loss, or a mechanism against it",
			   "what stands against the loss of power is not stated");
	for (size_t i = 0; i < d->resilience_n; i++)
		judge_check_guarantees(c, &d->resilience[i].guarantees, d->resilience[i].line, d->resilience[i].id,
				       needed);
	judge_promise(c, "measures against loss of network and of power are stated");
}

/* REQ: EN303645-5.9-2 TS103701-5.9-2-1 */
static void works_on(struct judge_case *c)
{
	if (!c->d->outage.works_without_network.n)
		judge_miss(c, 0, "declare outage.works_without_network", "outage.works_without_network is not stated");
	if (!judge_check_says_something(c->d->outage.after_power_loss))
		judge_miss(c, 0, "declare outage.after_power_loss", "outage.after_power_loss is not stated");
	judge_promise(c, "what works without a network and after power loss is stated");
}

/* REQ: EN303645-5.9-3 TS103701-5.9-3-1 */
static void orderly(struct judge_case *c)
{
	judge_answer(c, c->d->outage.spreads_reconnects, "outage.spreads_reconnects",
		     "units return at random times after an outage", "all units return at the same time");
}

/* REQ: EN303645-5.10-1 TS103701-5.10-1-1: at least one examination; the rest is a note. */
static void telemetry_examined(struct judge_case *c)
{
	const struct declaration *d = c->d;
	size_t examined = 0, first = 0;
	for (size_t i = d->telemetry_n; i-- > 0;) {
		examined += judge_check_says_something(d->telemetry[i].examined);
		if (!judge_check_says_something(d->telemetry[i].examined))
			first = i;
	}
	if (!examined && d->telemetry_n)
		judge_miss(c, d->telemetry[0].line, "add \"examined\" to what can show an attack",
			   "nobody examines any telemetry for anomalies");
	judge_promise(c, "how %zu of %zu items are examined is stated", examined, d->telemetry_n);
	if (examined < d->telemetry_n)
		judge_note(c, d->telemetry[first].line, "nobody examines %.40s", d->telemetry[first].id);
}

static bool among(const struct decl_texts *options, const char *text)
{
	for (size_t i = 0; i < options->n; i++)
		if (strcmp(options->at[i], text) == 0)
			return true;
	return false;
}

/* REQ: EN303645-5.12-1 TS103701-5.12-1-1 */
static void few_decisions(struct judge_case *c)
{
	const struct declaration *d = c->d;
	if (!d->decisions_n)
		judge_miss(c, 0, "list them under decisions", "what the owner has to decide is not stated");
	for (size_t i = 0; i < d->decisions_n; i++) {
		const struct decl_decision *p = &d->decisions[i];
		if (!p->usual)
			judge_miss(c, p->line, "declare usual: the secure choice",
				   "what happens when %.40s is not decided is not stated", p->id);
		else if (!among(&p->options, p->usual))
			judge_contradict(c, p->line, "take it from the options",
					 "what is usual for %.40s is none of its options", p->id);
	}
	judge_promise(c, "%zu decisions, each with what happens without one", d->decisions_n);
}

/* REQ: EN303645-5.12-2 (its case is functional) */
static void setup_told(struct judge_case *c)
{
	judge_check_page(c, c->d->documents.setup_url, "documents.setup_url", "a page tells how to set it up securely");
}

/* REQ: EN303645-5.12-3 (its case is functional) */
static void setup_check_told(struct judge_case *c)
{
	judge_check_page(c, c->d->documents.setup_check_url, "documents.setup_check_url",
			 "a page tells how to check the set-up");
}

const struct judge_row judge_function_rows[] = {
	{"5.7-1", verified_boot},     {"5.7-2", alert_and_isolate},
	{"5.9-1", built_to_ride_out}, {"5.9-2", works_on},
	{"5.9-3", orderly},	      {"5.10-1", telemetry_examined},
	{"5.12-1", few_decisions},    {"5.12-2", setup_told},
	{"5.12-3", setup_check_told}, {NULL, NULL},
};
