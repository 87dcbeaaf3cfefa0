/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Information and instructions to the user after Annex II of Regulation (EU) 2024/2847: its nine items in its order,
 * each from the declaration. An item that is not declared is open, also where the Annex asks for it only where
 * applicable: whether it is, the maker knows.
 */
#include "product/documents_papers.h"
#include "core/base/banned.h"

static void text_or_open(struct paper *p, const char *label, const char *text, const char *missing)
{
	paper_row(p, label);
	if (text)
		paper_putf(p, "%s", text);
	else
		paper_blank(p, "%s", missing);
}

static void link_or_open(struct paper *p, const char *label, const char *url, const char *missing)
{
	paper_row(p, label);
	if (url)
		paper_link(p, url, NULL);
	else
		paper_blank(p, "%s", missing);
}

static void put_maker(struct paper *p, const struct declaration *d)
{
	paper_section(p, "maker", "1. Manufacturer");
	text_or_open(p, "Name", d->maker.name, "");
	text_or_open(p, "Postal address", d->maker.address, "");
	link_or_open(p, "Contact", d->maker.email, "1: a mail address or other digital contact of the manufacturer");
	link_or_open(p, "Website", d->maker.website, "1: website of the manufacturer, if there is one");
	paper_section(p, "vulnerabilities", "2. Reporting vulnerabilities");
	paper_row(p, "Contact");
	documents_common_contact(p, d);
	link_or_open(p, "Disclosure policy", d->disclosure.policy_url,
		     "2: where the policy on coordinated vulnerability disclosure is");
	paper_section(p, "identification", "3. Identification");
	text_or_open(p, "Product", d->product, "");
	text_or_open(p, "Type (model)", d->model, "");
	text_or_open(p, "Software version", d->version, "");
	text_or_open(p, "Batch", d->statement.batch, "3: batch, or what else identifies the product");
}

static void put_functions(struct paper *p, const struct declaration *d)
{
	paper_row(p, "Essential functions");
	for (size_t i = 0; i < d->services_n; i++)
		paper_putf(p, i ? "; %s" : "%s", d->services[i].why);
}

/* From where it can be reached: says nothing when a listener leaves that open. */
static const char *reach(const struct declaration *d)
{
	bool stated = true;
	for (size_t i = 0; i < d->listeners_n; i++) {
		if (d->listeners[i].interface == INTERFACE_ANY)
			return "; the product answers on all its networks";
		stated = stated && d->listeners[i].interface;
	}
	return stated ? "; the product is not meant to be reached from the internet" : "";
}

/* What the maker provides around the product: its services, and where the product may be reached from. */
static void put_environment(struct paper *p, const struct declaration *d)
{
	paper_row(p, "Security environment");
	paper_putf(p, d->kind == KIND_ROUTER ? "A home network, and the internet behind it"
					     : "A home network behind a router");
	paper_putf(p, "%s", reach(d));
	if (d->update.network == DECL_YES)
		paper_putf(p, "; the manufacturer's update service");
	for (size_t i = 0; i < d->flows_n; i++) {
		paper_putf(p, "; %s", d->flows[i].host);
		if (d->flows[i].why)
			paper_putf(p, " (%s)", d->flows[i].why);
	}
}

static bool all_unique(const struct declaration *d)
{
	bool any = false;
	for (size_t i = 0; i < d->credentials_n; i++) {
		const struct decl_credential *c = &d->credentials[i];
		if (c->kind > CREDENTIAL_PIN)
			continue;
		if (c->made != MADE_PER_UNIT_RANDOM && c->made != MADE_USER_SET)
			return false;
		any = true;
	}
	return any;
}

static bool all_encrypted(const struct declaration *d)
{
	for (size_t i = 0; i < d->listeners_n; i++)
		if (d->listeners[i].protection >= PROTECTION_PUBLIC)
			return false;
	return d->listeners_n > 0;
}

static void put_property(struct paper *p, bool holds, const char *words)
{
	if (!holds)
		return;
	paper_block(p, PAPER_ITEM);
	paper_putf(p, "%s", words);
}

static void put_properties(struct paper *p, const struct declaration *d)
{
	paper_block(p, PAPER_CARD);
	paper_putf(p, "Security properties");
	put_property(p, all_unique(d), "Every password is different on each unit, or chosen by the owner.");
	put_property(p, all_encrypted(d), "Everything that answers in the network is encrypted.");
	put_property(p, d->update.signature && d->update.signature != SIGNATURE_NONE, "Updates are signed.");
	put_property(p, d->update.rollback_protection == DECL_YES, "Older software with known weaknesses is refused.");
	put_property(
		p, d->update.mechanism == MECHANISM_HALLMARK,
		"Connections that are not declared are blocked. When the product finds a change of its software that "
		"nobody authorised, it tells the owner and the manufacturer and cuts itself off.");
	if (d->secure_boot.what) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "Check of the software: %s.", d->secure_boot.what);
	}
	for (size_t i = 0; i < d->channels_n; i++) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "Communication: %s.", d->channels[i].what);
	}
	paper_block(p, PAPER_ITEM);
	if (d->outage.works_without_network.n) {
		paper_putf(p, "Goes on without a network: ");
		documents_common_texts(p, &d->outage.works_without_network);
		paper_putf(p, ".");
	} else {
		paper_blank(p, "4: what goes on without a network");
	}
}

static void put_purpose(struct paper *p, const struct declaration *d)
{
	paper_section(p, "purpose", "4. Intended purpose");
	text_or_open(p, "Purpose", d->intended_use, "4: what the product is intended for");
	put_functions(p, d);
	put_environment(p, d);
	put_properties(p, d);
	paper_section(p, "risks", "5. Circumstances that can lead to risks");
	for (size_t i = 0; i < d->foreseeable_risks.n; i++) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "%s", d->foreseeable_risks.at[i]);
	}
	if (!d->foreseeable_risks.n) {
		paper_block(p, PAPER_PARA);
		paper_blank(p, "5: known or foreseeable circumstances that can lead to significant risks");
	}
	paper_section(p, "conformity", "6. EU declaration of conformity");
	paper_block(p, PAPER_PARA);
	if (d->documents.declaration_url)
		paper_link(p, d->documents.declaration_url, NULL);
	else
		paper_blank(p, "6: internet address of the EU declaration of conformity, where applicable");
}

static void put_support(struct paper *p, const struct declaration *d)
{
	paper_section(p, "support", "7. Security support");
	paper_row(p, "End of the support period");
	paper_date(p, d->support.until);
	paper_row(p, "Kind of support");
	if (d->update.mechanism == MECHANISM_NONE)
		paper_blank(p, "7: which technical security support there is");
	else
		paper_putf(p, "Security updates%s", d->update.automatic == DECL_YES ? ", installed automatically" : "");
	if (d->update.fix_days) {
		paper_row(p, "Time to a fix");
		paper_putf(p, "for a serious problem, aimed at: within ");
		documents_common_days(p, d->update.fix_days);
	}
	documents_common_support_end(p, d);
}

static void put_commissioning(struct paper *p, const struct declaration *d)
{
	paper_block(p, PAPER_CARD);
	paper_putf(p, "a) Set-up and secure use over its life");
	paper_block(p, PAPER_PARA);
	paper_putf(
		p,
		"Follow the secure set-up guide, and check the result with it. Watch for the product's own notices.");
	for (size_t i = 0; i < d->decisions_n; i++) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "%s: ", d->decisions[i].what);
		documents_common_choices(p, &d->decisions[i].options);
		if (d->decisions[i].usual)
			paper_putf(p, "; the secure choice: %s", d->decisions[i].usual);
	}
	documents_common_see(p, d->documents.setup_url);
	documents_common_see(p, d->documents.maintenance_url);
	if (!d->documents.setup_url) {
		paper_block(p, PAPER_PARA);
		paper_blank(p, "8a: where the instructions for secure set-up and use are");
	}
}

static void put_changes(struct paper *p, const struct declaration *d)
{
	paper_block(p, PAPER_CARD);
	paper_putf(p, "b) How changes to the product affect the security of data");
	put_property(p, d->update.mechanism == MECHANISM_HALLMARK,
		     "A change of the product's software that its manufacturer did not sign makes it cut itself off "
		     "from the "
		     "network.");
	put_property(p, d->update.can_turn_off == DECL_YES,
		     "With updates turned off, known weaknesses stay open, and data can be reached through them.");
	if (d->update.mechanism != MECHANISM_HALLMARK && d->update.can_turn_off != DECL_YES) {
		paper_block(p, PAPER_PARA);
		paper_blank(p, "8b: how changes to the product can affect the security of data");
	}
}

static void put_turning_off(struct paper *p, const struct declaration *d)
{
	const char *where = d->documents.manual_url ? d->documents.manual_url : d->documents.maintenance_url;
	paper_block(p, PAPER_CARD);
	paper_putf(p, "e) Turning automatic updates off");
	paper_block(p, PAPER_PARA);
	if (d->update.automatic == DECL_NO) {
		paper_putf(p, "Updates do not install by themselves.");
	} else if (d->update.can_turn_off == DECL_NO) {
		paper_putf(p, "Automatic updates cannot be turned off.");
	} else if (d->update.can_turn_off == DECL_YES && where) {
		if (d->update.asks_at_setup == DECL_YES)
			paper_putf(p, "The product asks during set-up, and no is an answer. ");
		paper_putf(p, "They can be turned off and on at any time. This page says how: ");
		paper_link(p, where, NULL);
	} else {
		paper_blank(p, "8e: how automatic updates are turned off");
	}
}

static void put_instructions(struct paper *p, const struct declaration *d)
{
	paper_section(p, "instructions", "8. Instructions");
	put_commissioning(p, d);
	put_changes(p, d);
	paper_block(p, PAPER_CARD);
	paper_putf(p, "c) Installing security updates");
	documents_common_updates(p, d);
	paper_block(p, PAPER_CARD);
	paper_putf(p, "d) Taking it out of use, and removing data");
	documents_common_erasure(p, d);
	put_turning_off(p, d);
	paper_block(p, PAPER_CARD);
	paper_putf(p, "f) Building it into other products");
	paper_block(p, PAPER_PARA);
	paper_putf(p, "The declaration describes a product of its own, for owners at home. It names no use as a part "
		      "of another "
		      "product.");
	paper_section(p, "sbom", "9. Software bill of materials");
	paper_block(p, PAPER_PARA);
	if (d->documents.sbom_url)
		paper_link(p, d->documents.sbom_url, NULL);
	else
		paper_blank(p, "9: where the software bill of materials is, if users may have it");
}

void documents_user_info(struct paper *p, const struct declaration *d, struct paper_head *head)
{
	head->title = "Information and instructions to the user";
	head->version = d->version;
	head->open = "Open: to be stated before this is published";
	paper_block(p, PAPER_PARA);
	paper_putf(p, "After Annex II of Regulation (EU) 2024/2847, the Cyber Resilience Act.");
	put_maker(p, d);
	put_purpose(p, d);
	put_support(p, d);
	put_instructions(p, d);
}
