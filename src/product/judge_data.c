/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.8 (personal data), 5.11 (deletion) and 6 (data protection). */
#include <stdio.h>

#include "product/judge_check.h"
#include "core/base/banned.h"

#define KEEP_DAYS_SOON 3650

/* Over which ways personal data leaves, and whether those keep it confidential. */
static void kept_confidential(struct judge_case *c, bool only_sensitive)
{
	const struct declaration *d = c->d;
	for (size_t i = 0; i < d->flows_n; i++) {
		const struct decl_flow *f = &d->flows[i];
		const struct decl_data *p = judge_check_carried(d, &f->data, only_sensitive);
		if (!p)
			continue;
		if (f->protection >= PROTECTION_PUBLIC)
			judge_contradict(c, f->line, "protect it with tls", "%.40s goes to %.80s in clear", p->id,
					 f->host);
		else if (!f->channel)
			judge_miss(c, f->line, "describe it under channels, and name it here as `channel`",
				   "%.40s goes to %.80s, and which cryptography keeps it secret is not stated", p->id,
				   f->host);
		judge_check_confidential(c, f->channel, f->line, p->id);
	}
	for (size_t i = 0; i < d->personal_data_n; i++) {
		const struct decl_data *p = &d->personal_data[i];
		for (size_t k = 0; k < p->channels.n && !(only_sensitive && p->sensitive == DECL_NO); k++)
			judge_check_confidential(c, p->channels.at[k], p->line, p->id);
	}
}

/* REQ: EN303645-5.8-1 TS103701-5.8-1-1 */
static void personal_confidential(struct judge_case *c)
{
	kept_confidential(c, false);
	judge_promise(c, "personal data leaves over channels that keep it confidential");
}

/* REQ: EN303645-5.8-2 TS103701-5.8-2-1 */
static void sensitive_confidential(struct judge_case *c)
{
	kept_confidential(c, true);
	judge_promise(c, "sensitive personal data leaves over channels that keep it confidential");
}

/* REQ: EN303645-5.8-3 (its case is functional) */
static void sensors_told(struct judge_case *c)
{
	judge_check_page(c, c->d->documents.sensors_url, "documents.sensors_url",
			 "a page tells what the product senses");
}

/* REQ: EN303645-5.11-1 TS103701-5.11-1-1 */
static void erase_device(struct judge_case *c)
{
	judge_stated(c, judge_check_says_something(c->d->erasure.device), "erasure.device",
		     "how the owner deletes all data is stated");
}

/* REQ: EN303645-5.11-2 TS103701-5.11-2-1 */
static void erase_service(struct judge_case *c)
{
	bool stated = judge_check_says_something(c->d->erasure.service);
	for (size_t i = 0; i < c->d->deletions_n; i++)
		stated = stated || c->d->deletions[i].target != PLACE_DEVICE;
	judge_stated(c, stated, "erasure.service", "how the owner deletes data of services is stated");
}

/* REQ: EN303645-5.11-3 (its case is functional) */
static void erase_told(struct judge_case *c)
{
	judge_check_page(c, c->d->documents.deletion_url, "documents.deletion_url", "a page tells how to delete data");
}

/* REQ: EN303645-5.11-4 (its case is functional) */
static void erase_confirmed(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->deletions_n; i++)
		if (!judge_check_says_something(c->d->deletions[i].confirmation))
			judge_miss(c, c->d->deletions[i].line, "declare its confirmation",
				   "how %.40s is confirmed is not stated", c->d->deletions[i].id);
	judge_stated(c, judge_check_says_something(c->d->erasure.confirmation), "erasure.confirmation",
		     "the owner sees that data is deleted");
}

/* REQ: EN303645-6-1 TS103701-6-1-1: what, why, where and how long are required keys of each entry. */
static void data_told(struct judge_case *c)
{
	judge_check_page(c, c->d->documents.privacy_url, "documents.privacy_url",
			 "a privacy notice tells what is processed, why, by whom and how long");
}

/* Something that must be said of all data that is processed on consent. */
static void for_consent(struct judge_case *c, const char *(*text)(const struct decl_data *), const char *key,
			const char *promise)
{
	char hint[JUDGE_REASON_MAX];
	(void)snprintf(hint, sizeof hint, "add \"%s\" to it", key);
	for (size_t i = 0; i < c->d->personal_data_n; i++) {
		const struct decl_data *p = &c->d->personal_data[i];
		if (p->basis == BASIS_CONSENT && !judge_check_says_something(text(p)))
			judge_miss(c, p->line, hint, "%.40s is processed on consent, and its \"%s\" is not stated",
				   p->id, key);
	}
	judge_promise(c, "%s", promise);
}

static const char *consent_of(const struct decl_data *p)
{
	return p->consent;
}

static const char *withdrawal_of(const struct decl_data *p)
{
	return p->withdrawal;
}

static const char *record_of(const struct decl_data *p)
{
	return p->consent_kept;
}

/* REQ: EN303645-6-2 TS103701-6-2-1 */
static void consent_given(struct judge_case *c)
{
	static const char *const forced[] = {"pre-ticked", "preticked", "pre-selected", "preselected",	 "opt-out",
					     "opt out",	   "implied",	"by using",	"starts at yes", NULL};
	for (size_t i = 0; i < c->d->personal_data_n; i++) {
		const struct decl_data *p = &c->d->personal_data[i];
		const char *word = p->basis == BASIS_CONSENT ? judge_check_word(p->consent, forced) : NULL;
		if (word)
			judge_contradict(c, p->line, "ask, and start at no",
					 "consent to %.40s is not a free act: \"%s\"", p->id, word);
	}
	for_consent(c, consent_of, "consent", "how consent is asked is stated for each kind of data that needs it");
}

/* REQ: EN303645-6-3A TS103701-6-3A-1 */
static void consent_withdrawn(struct judge_case *c)
{
	for_consent(c, withdrawal_of, "withdrawal", "how consent is withdrawn is stated");
}

/* REQ: EN303645-6-3B TS103701-6-3B-1 */
static void consent_recorded(struct judge_case *c)
{
	for_consent(c, record_of, "consent_kept", "how consent is recorded is stated");
}

/* REQ: EN303645-6-4 TS103701-6-4-1 */
static void telemetry_minimal(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->telemetry_n; i++)
		for (size_t k = 0; k < c->d->telemetry[i].data.n; k++) {
			const struct decl_data *p = declaration_data(c->d, c->d->telemetry[i].data.at[k]);
			if (p && !judge_check_says_something(p->minimised))
				judge_miss(c, p->line, "add \"minimised\" to it",
					   "how %.40s is kept small in telemetry is not stated", p->id);
		}
	judge_promise(c, "telemetry holds no personal data, or says how little");
}

/* REQ: EN303645-6-5 TS103701-6-5-1 */
static void telemetry_told(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->telemetry_n; i++)
		if (!judge_check_says_something(c->d->telemetry[i].what))
			judge_miss(c, c->d->telemetry[i].line, "add \"what\" to it, for the owner",
				   "what %.40s tells is not stated", c->d->telemetry[i].id);
	judge_check_page(c, c->d->documents.telemetry_url ? c->d->documents.telemetry_url : c->d->documents.privacy_url,
			 "documents.telemetry_url", "a page tells which telemetry is collected, and why");
}

/* REQ: EN303645-6-6 TS103701-6-6-1 */
static void data_minimal(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->personal_data_n; i++) {
		const struct decl_data *p = &c->d->personal_data[i];
		if (!judge_check_says_something(p->minimised))
			judge_miss(c, p->line, "add \"minimised\" to it", "how %.40s is kept small is not stated",
				   p->id);
		if (p->keep_days > KEEP_DAYS_SOON)
			judge_open(c, p->line, "keep it shorter, or be ready to defend it", "%.40s is kept for %u days",
				   p->id, p->keep_days);
	}
	judge_promise(c, "each kind of personal data has an end and is kept small");
}

/* REQ: EN303645-6-7 TS103701-6-7-1 */
static void aggregated_early(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->personal_data_n; i++) {
		const struct decl_data *p = &c->d->personal_data[i];
		if (p->only_aggregate == DECL_YES && !judge_check_says_something(p->aggregated))
			judge_miss(c, p->line, "add \"aggregated\" to it: where and how soon",
				   "how early %.40s is aggregated is not stated", p->id);
	}
	judge_promise(c, "how early data is aggregated is stated");
}

/* REQ: EN303645-6-8 TS103701-6-8-1 */
static void made_anonymous(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->personal_data_n; i++)
		if (!judge_check_says_something(c->d->personal_data[i].anonymised))
			judge_miss(
				c, c->d->personal_data[i].line,
				"add \"anonymised\" to it, or say under `reasons` why persons must stay recognisable",
				"how %.40s is made anonymous is not stated", c->d->personal_data[i].id);
	judge_promise(c, "how personal data is made anonymous is stated");
}

const struct judge_row judge_data_rows[] = {
	{"5.8-1", personal_confidential},
	{"5.8-2", sensitive_confidential},
	{"5.8-3", sensors_told},
	{"5.11-1", erase_device},
	{"5.11-2", erase_service},
	{"5.11-3", erase_told},
	{"5.11-4", erase_confirmed},
	{"6-1", data_told},
	{"6-2", consent_given},
	{"6-3A", consent_withdrawn},
	{"6-3B", consent_recorded},
	{"6-4", telemetry_minimal},
	{"6-5", telemetry_told},
	{"6-6", data_minimal},
	{"6-7", aggregated_early},
	{"6-8", made_anonymous},
	{NULL, NULL},
};
