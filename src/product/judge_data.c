/* SPDX-License-Identifier: Apache-2.0 */
/* Judges of EN 303 645 sections 5.7 to 5.12 and 6: integrity, personal data, outages, telemetry, deletion, guidance. */
#include "product/judge_rows.h"
#include "core/base/banned.h"

/* REQ: EN303645-5.7-2 */
static void alert_and_isolate(struct judge_case *c)
{
	if (c->d->update.mechanism == MECHANISM_HALLMARK)
		judge_promise(c, "the agent looks at all protected files every %u s, alerts and isolates",
			      c->d->scan_period_s);
}

static bool carries_clear(struct judge_case *c, bool only_sensitive)
{
	for (size_t i = 0; i < c->d->flows_n; i++) {
		const struct decl_flow *f = &c->d->flows[i];
		for (size_t k = 0; k < f->data.n && f->protection >= PROTECTION_PUBLIC; k++) {
			const struct decl_data *p = declaration_data(c->d, f->data.at[k]);
			if (!p || (only_sensitive && p->sensitive == DECL_NO))
				continue;
			judge_contradict(c, f->line, "protect it with tls", "%.40s goes to %.80s in clear", p->id,
					 f->host);
			return true;
		}
	}
	return false;
}

/* REQ: EN303645-5.8-1 */
static void personal_confidential(struct judge_case *c)
{
	if (!carries_clear(c, false))
		judge_promise(c, "flows with personal data are protected");
}

/* REQ: EN303645-5.8-2 */
static void sensitive_confidential(struct judge_case *c)
{
	if (!carries_clear(c, true))
		judge_promise(c, "flows with sensitive personal data are protected");
}

/* REQ: EN303645-5.8-3 */
static void sensors_told(struct judge_case *c)
{
	judge_stated(c, c->d->documents.sensors_url, "documents.sensors_url", "a page tells what the product senses");
}

/* REQ: EN303645-5.9-1 EN303645-5.9-2 */
static void rides_out(struct judge_case *c)
{
	judge_stated(c, c->d->outage.works_without_network.n && c->d->outage.after_power_loss,
		     "outage.works_without_network and outage.after_power_loss",
		     "what works without a network and after power loss is stated");
}

/* REQ: EN303645-5.9-3 */
static void orderly(struct judge_case *c)
{
	judge_answer(c, c->d->outage.spreads_reconnects, "outage.spreads_reconnects",
		     "units return at random times after an outage", "all units return at the same time");
}

/* REQ: EN303645-5.10-1 */
static void telemetry_examined(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->telemetry_n; i++)
		if (!c->d->telemetry[i].examined) {
			judge_miss(c, c->d->telemetry[i].line, "add \"examined\" to it", "nobody examines %.40s",
				   c->d->telemetry[i].id);
			return;
		}
	judge_promise(c, "how each of %zu items is examined is stated", c->d->telemetry_n);
}

/* REQ: EN303645-5.11-1 */
static void erase_device(struct judge_case *c)
{
	judge_stated(c, c->d->erasure.device, "erasure.device", "how the owner deletes all data is stated");
}

/* REQ: EN303645-5.11-2 */
static void erase_service(struct judge_case *c)
{
	judge_stated(c, c->d->erasure.service, "erasure.service", "how the owner deletes data of services is stated");
}

/* REQ: EN303645-5.11-3 */
static void erase_told(struct judge_case *c)
{
	judge_stated(c, c->d->documents.deletion_url, "documents.deletion_url", "a page tells how to delete data");
}

/* REQ: EN303645-5.11-4 */
static void erase_confirmed(struct judge_case *c)
{
	judge_stated(c, c->d->erasure.confirmation, "erasure.confirmation", "the owner sees that data is deleted");
}

/* REQ: EN303645-5.12-2 */
static void setup_told(struct judge_case *c)
{
	judge_stated(c, c->d->documents.setup_url, "documents.setup_url", "a page tells how to set it up securely");
}

/* REQ: EN303645-5.12-3 */
static void setup_check_told(struct judge_case *c)
{
	judge_stated(c, c->d->documents.setup_check_url, "documents.setup_check_url",
		     "a page tells how to check the set-up");
}

/* REQ: EN303645-6-1 EN303645-6-5: what, why, where and how long are required keys of each entry. */
static void data_told(struct judge_case *c)
{
	judge_stated(c, c->d->documents.privacy_url, "documents.privacy_url",
		     "a privacy notice tells what is processed, why, by whom and how long");
}

/* REQ: EN303645-6-4 */
static void telemetry_minimal(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->telemetry_n; i++)
		for (size_t k = 0; k < c->d->telemetry[i].data.n; k++) {
			const struct decl_data *p = declaration_data(c->d, c->d->telemetry[i].data.at[k]);
			if (p && !p->minimised) {
				judge_miss(c, p->line, "add \"minimised\" to it",
					   "how %.40s is kept small in telemetry is not stated", p->id);
				return;
			}
		}
	judge_promise(c, "telemetry holds no personal data, or says how little");
}

/* REQ: EN303645-6-6 */
static void data_minimal(struct judge_case *c)
{
	for (size_t i = 0; i < c->d->personal_data_n; i++)
		if (!c->d->personal_data[i].minimised) {
			judge_miss(c, c->d->personal_data[i].line, "add \"minimised\" to it",
				   "how %.40s is kept small is not stated", c->d->personal_data[i].id);
			return;
		}
	judge_promise(c, "each kind of personal data has an end and is kept small");
}

const struct judge_row judge_data_rows[] = {
	{"5.7-2", alert_and_isolate},
	{"5.8-1", personal_confidential},
	{"5.8-2", sensitive_confidential},
	{"5.8-3", sensors_told},
	{"5.9-1", rides_out},
	{"5.9-2", rides_out},
	{"5.9-3", orderly},
	{"5.10-1", telemetry_examined},
	{"5.11-1", erase_device},
	{"5.11-2", erase_service},
	{"5.11-3", erase_told},
	{"5.11-4", erase_confirmed},
	{"5.12-2", setup_told},
	{"5.12-3", setup_check_told},
	{"6-1", data_told},
	{"6-4", telemetry_minimal},
	{"6-5", data_told},
	{"6-6", data_minimal},
	{NULL, NULL},
};
