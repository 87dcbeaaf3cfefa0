/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IXIT tables about documents, vulnerabilities, updates and integrity: 2-UserInfo to 9-ReplSup, and 20-SecBoot.
 */
#include "core/codec/rfc3339.h"
#include "product/ixit_refs.h"
#include "product/ixit_tables.h"
#include "core/base/banned.h"

/* A page of its own, or the manual, which stands for pages that are not named: the parser puts its address there. */
static void page(struct ixit_fill *f, const char *url, const char *key, enum catalogue_fact fact)
{
	bool own = url && url != f->d->documents.manual_url;
	if (own)
		ixit_fill_stated(f, "%s", url);
	else if (fact != FACT_COUNT && ixit_fill_unless(f, fact))
		return;
	else if (url)
		ixit_fill_derived(f, "documents.manual_url", "%s", url);
	else
		ixit_fill_missing(f, key);
}

static void model(struct ixit_fill *f)
{
	static const char *const shown[] = {"", "on a label of the product", "on a page of the product",
					    "on a label and on a page of the product"};
	ixit_fill_put(f, "%s", f->d->model);
	if (!f->d->model_shown_on) {
		ixit_fill_missing(f, "model_shown_on");
		return;
	}
	ixit_fill_stated(f, ", shown %s", shown[f->d->model_shown_on]);
}

static void support_period(struct ixit_fill *f)
{
	char from[RFC3339_DATE_SIZE], until[RFC3339_DATE_SIZE];
	rfc3339_date(f->d->support.until, until);
	rfc3339_date(f->d->released, from);
	if (f->d->released.s)
		ixit_fill_stated(f, "from %s until %s", from, until);
	else
		ixit_fill_stated(f, "until %s", until);
}

void ixit_care_user_info(struct ixit_fill *f)
{
	const struct declaration *d = f->d;
	ixit_fill_row(f, "documents, support, disclosure, model");
	page(f, d->documents.password_url, "documents.password_url", FACT_USER_AUTH);
	page(f, d->documents.replacement_url, "documents.replacement_url", FACT_NOT_UPDATEABLE);
	page(f, d->documents.sensors_url, "documents.sensors_url", FACT_SENSORS);
	page(f, d->documents.setup_url, "documents.setup_url", FACT_COUNT);
	page(f, d->documents.setup_check_url, "documents.setup_check_url", FACT_COUNT);
	page(f, d->documents.maintenance_url, "documents.maintenance_url", FACT_COUNT);
	page(f, d->documents.privacy_url, "documents.privacy_url", FACT_COUNT);
	page(f, d->documents.telemetry_url, "documents.telemetry_url", FACT_TELEMETRY);
	page(f, d->documents.deletion_url, "documents.deletion_url", FACT_COUNT);
	model(f);
	support_period(f);
	ixit_fill_text(f, d->support.published, "support.published");
	ixit_fill_text(f, d->disclosure.policy_url, "disclosure.policy_url");
	page(f, d->documents.non_updatable_url, "documents.non_updatable_url", FACT_NOT_UPDATEABLE);
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

void ixit_care_vuln_types(struct ixit_fill *f)
{
	uint32_t days = f->d->update.fix_days;
	for (size_t i = 0; i < f->d->handling_n; i++) {
		const struct decl_handling *p = &f->d->handling[i];
		ixit_fill_row(f, "disclosure.handling: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_stated(f, "%s", p->action);
		ixit_fill_stated(f, "%u day%s", p->days, plural(p->days));
	}
	if (f->rows->n || !days)
		return;
	ixit_fill_row(f, "update.fix_days");
	ixit_fill_derived(f, "update.fix_days", "serious vulnerabilities of the product");
	ixit_fill_derived(f, "update.fix_days", "a fix is shipped");
	ixit_fill_stated(f, "%u day%s", days, plural(days));
}

static void confirm(struct ixit_fill *f, enum decl_answer a, const char *key)
{
	if (a == DECL_NOT_STATED)
		ixit_fill_missing(f, key);
	else
		ixit_fill_stated(f, "%s", a == DECL_YES ? "yes" : "no");
}

void ixit_care_conf(struct ixit_fill *f)
{
	const struct declaration *d = f->d;
	ixit_fill_row(f, "confirmations");
	confirm(f, d->confirmations.vulnerability_actions, "confirmations.vulnerability_actions");
	confirm(f, d->confirmations.vulnerability_monitoring, "confirmations.vulnerability_monitoring");
	confirm(f, d->confirmations.update_procedures, "confirmations.update_procedures");
	confirm(f, d->confirmations.secure_management, "confirmations.secure_management");
	confirm(f, d->confirmations.secure_development, "confirmations.secure_development");
}

void ixit_care_vuln_mon(struct ixit_fill *f)
{
	if (!f->d->disclosure.monitoring)
		return;
	ixit_fill_row(f, "disclosure.monitoring");
	ixit_fill_stated(f, "%s", f->d->disclosure.monitoring);
}

static void component_update(struct ixit_fill *f, const struct decl_component *c)
{
	if (c->update == COMPONENT_UPDATED) {
		if (ixit_refs_update(f, c->by))
			ixit_fill_end(f, IXIT_STATED, NULL);
		else
			ixit_fill_missing(f, "update.mechanism");
		return;
	}
	ixit_fill_put(f, "none: %s", c->update == COMPONENT_IMMUTABLE ? "kept immutable" : "never updated");
	if (c->why)
		ixit_fill_stated(f, ", because %s", c->why);
	else
		ixit_fill_missing(f, "components[].why");
}

void ixit_care_soft_comp(struct ixit_fill *f)
{
	static const char *const types[] = {"",		 "application", "library", "firmware", "operating system",
					    "container", "file",	"device"};
	static const char *const crypto[] = {
		"", "no", "yes; the algorithms can be replaced by an update, and what that affects was thought of",
		"yes; the algorithms cannot be replaced"};
	for (size_t i = 0; i < f->d->components_n; i++) {
		const struct decl_component *c = &f->d->components[i];
		ixit_fill_row(f, "components: %s", c->id);
		ixit_fill_put(f, "%s, version %s", c->name, c->version);
		if (c->type)
			ixit_fill_put(f, ", %s", types[c->type]);
		if (c->supplier)
			ixit_fill_put(f, ", supplied by %s", c->supplier);
		ixit_fill_end(f, IXIT_STATED, NULL);
		component_update(f, c);
		ixit_fill_text(f, c->crypto ? crypto[c->crypto] : NULL, "components[].crypto");
	}
}

static const char *const signatures[] = {"", "Ed25519", "ECDSA with P-256", "RSA-PSS", "none"};

static bool is_signed(const struct declaration *d)
{
	return d->update.signature && d->update.signature != SIGNATURE_NONE;
}

/* A signature gives something only where it is checked. */
static void update_guarantees(struct ixit_fill *f)
{
	static const char from[] = "update.signature, .verified_on_device and .rollback_protection";
	if (f->d->update.guarantees.n) {
		ixit_fill_texts(f, &f->d->update.guarantees, "update.guarantees", NULL);
		return;
	}
	if (is_signed(f->d) && f->d->update.verified_on_device == DECL_YES)
		ixit_fill_item(f, "authenticity, integrity");
	if (ixit_fill_started(f) && f->d->update.rollback_protection == DECL_YES)
		ixit_fill_item(f, "freshness");
	if (ixit_fill_started(f))
		ixit_fill_end(f, IXIT_DERIVED, from);
	else
		ixit_fill_missing(f, "update.guarantees");
}

static void update_crypto(struct ixit_fill *f)
{
	if (is_signed(f->d))
		ixit_fill_item(f, "signature: %s", signatures[f->d->update.signature]);
	else if (f->d->update.signature)
		ixit_fill_item(f, "no signature");
	for (size_t i = 0; i < f->d->update.crypto.n; i++)
		ixit_fill_item(f, "%s", f->d->update.crypto.at[i]);
	if (f->d->update.signature)
		ixit_fill_end(f, IXIT_STATED, NULL);
	else
		ixit_fill_missing(f, "update.signature");
}

/* One answer as words in a cell of several; false if it is not stated. */
static bool say(struct ixit_fill *f, enum decl_answer a, const char *yes, const char *no)
{
	if (a != DECL_NOT_STATED)
		ixit_fill_part(f, "%s", a == DECL_YES ? yes : no);
	return a != DECL_NOT_STATED;
}

static void end_if(struct ixit_fill *f, bool whole, const char *keys)
{
	if (whole)
		ixit_fill_end(f, IXIT_STATED, NULL);
	else
		ixit_fill_missing(f, keys);
}

static void main_mechanism(struct ixit_fill *f)
{
	static const char *const actions[] = {"", "the user has nothing to do", "the user does one step",
					      "the user does manual work"};
	const struct declaration *d = f->d;
	ixit_fill_row(f, "update");
	if (d->update.what)
		ixit_fill_stated(f, "%s", d->update.what);
	else if (d->update.mechanism == MECHANISM_HALLMARK)
		ixit_fill_derived(f, "update.mechanism",
				  "the device agent fetches images, writes them to the slot that does not run, tries "
				  "them and keeps them when the product is healthy");
	else
		ixit_fill_missing(f, "update.what");
	update_guarantees(f);
	update_crypto(f);
	bool whole = say(f, d->update.automatic, "installs by itself", "does not install by itself");
	if (d->update.user_action)
		ixit_fill_part(f, "%s", actions[d->update.user_action]);
	(void)say(f, d->update.network, "arrives over a network", "does not arrive over a network");
	end_if(f, whole && d->update.user_action, "update.automatic and .user_action");
	whole = say(f, d->update.can_turn_off, "automatic updates can be turned off and on",
		    "automatic updates cannot be turned off");
	whole = say(f, d->update.can_postpone, "an update can be put off", "an update cannot be put off") && whole;
	(void)say(f, d->update.asks_at_setup, "asked about during set-up", "not asked about during set-up");
	end_if(f, whole, "update.can_turn_off and .can_postpone");
	if (d->update.check_hours)
		ixit_fill_stated(f, "every %u hour%s", d->update.check_hours, plural(d->update.check_hours));
	else
		ixit_fill_missing(f, "update.check_hours");
	whole = say(f, d->update.notifies, "the user is told that an update is there and what it mends",
		    "the user is not told of updates");
	whole = say(f, d->update.warns_of_interruption, "the user is told of an interruption before",
		    "the user is not told of interruptions") &&
		whole;
	end_if(f, whole, "update.notifies and .warns_of_interruption");
}

void ixit_care_upd_mech(struct ixit_fill *f)
{
	if (f->d->update.mechanism != MECHANISM_NONE)
		main_mechanism(f);
	for (size_t i = 0; i < f->d->other_updates_n; i++) {
		const struct decl_other_update *p = &f->d->other_updates[i];
		ixit_fill_row(f, "update.others: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_texts(f, &p->guarantees, "update.others[].guarantees", NULL);
		ixit_fill_texts(f, &p->crypto, "update.others[].crypto", NULL);
		ixit_fill_text(f, p->initiation, "update.others[].initiation");
		ixit_fill_text(f, p->configuration, "update.others[].configuration");
		ixit_fill_text(f, p->checking, "update.others[].checking");
		ixit_fill_text(f, p->notification, "update.others[].notification");
	}
}

void ixit_care_upd_proc(struct ixit_fill *f)
{
	uint32_t days = f->d->update.fix_days;
	for (size_t i = 0; i < f->d->procedures_n; i++) {
		const struct decl_procedure *p = &f->d->procedures[i];
		ixit_fill_row(f, "update.procedures: %s", p->id);
		ixit_fill_stated(f, "%s", p->what);
		ixit_fill_stated(f, "%u day%s", p->days, plural(p->days));
	}
	if (f->rows->n || !days)
		return;
	/* The time frame is known; what is done in it is not. */
	ixit_fill_row(f, "update.fix_days");
	ixit_fill_put(f, "a fix for a serious vulnerability is shipped");
	ixit_fill_missing(f, "update.procedures");
	ixit_fill_stated(f, "%u day%s", days, plural(days));
}

void ixit_care_repl_sup(struct ixit_fill *f)
{
	const char *isolation = f->d->replacement.isolation, *hardware = f->d->replacement.hardware;
	ixit_fill_row(f, "replacement");
	if (isolation || !ixit_fill_unless(f, FACT_NOT_UPDATEABLE))
		ixit_fill_text(f, isolation, "replacement.isolation");
	if (hardware || !ixit_fill_unless(f, FACT_NOT_UPDATEABLE))
		ixit_fill_text(f, hardware, "replacement.hardware");
}

void ixit_care_sec_boot(struct ixit_fill *f)
{
	const struct declaration *d = f->d;
	const char *scan = "protected and scan_period_s";
	bool guarded = d->protect.n > 0;
	if (!d->secure_boot.what && !guarded)
		return;
	ixit_fill_row(f, "%s", d->secure_boot.what ? "secure_boot" : "protected");
	/* The agent looks while the product runs; what happens before is not its to say. */
	if (!d->secure_boot.what)
		ixit_fill_put(f, "while it runs, the device agent compares the protected files with the release");
	ixit_fill_text(f, d->secure_boot.what, "secure_boot.what");
	ixit_fill_texts(f, &d->secure_boot.guarantees, guarded ? scan : "secure_boot.guarantees",
			guarded ? "integrity" : NULL);
	if (d->secure_boot.detection)
		ixit_fill_stated(f, "%s", d->secure_boot.detection);
	else if (guarded)
		ixit_fill_derived(f, scan, "all protected files are compared with the signed release within %u s",
				  d->scan_period_s);
	else
		ixit_fill_missing(f, "secure_boot.detection");
	if (d->secure_boot.notification)
		ixit_fill_stated(f, "%s", d->secure_boot.notification);
	else if (guarded && d->page_port)
		ixit_fill_derived(f, "page_port and texts.isolated", "the owner page of the device agent says so");
	else
		ixit_fill_missing(f, "secure_boot.notification");
	ixit_fill_texts(f, &d->secure_boot.remaining, "secure_boot.remaining", NULL);
}
