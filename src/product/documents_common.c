/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces that several documents have, so that they say the same. */
#include "product/documents_papers.h"
#include "core/base/banned.h"

void documents_common_days(struct paper *p, unsigned days)
{
	paper_putf(p, days == 1 ? "%u day" : "%u days", days);
}

static void put_list(struct paper *p, const struct decl_texts *texts, const char *last)
{
	for (size_t i = 0; i < texts->n; i++)
		paper_putf(p, "%s%s", i == 0 ? "" : i + 1 == texts->n ? last : ", ", texts->at[i]);
}

void documents_common_texts(struct paper *p, const struct decl_texts *texts)
{
	put_list(p, texts, " and ");
}

void documents_common_choices(struct paper *p, const struct decl_texts *texts)
{
	put_list(p, texts, " or ");
}

void documents_common_contact(struct paper *p, const struct declaration *d)
{
	paper_link(p, d->disclosure.contact, NULL);
}

void documents_common_report_times(struct paper *p, const struct declaration *d)
{
	if (d->disclosure.acknowledge_days) {
		paper_putf(p, "You get a first answer within ");
		documents_common_days(p, d->disclosure.acknowledge_days);
		paper_putf(p, ". ");
	} else {
		paper_putf(p, "Days until you get a first answer: ");
		paper_blank(p, "How soon somebody who reports a problem gets a first answer");
		paper_putf(p, ". ");
	}
	if (d->disclosure.update_days) {
		paper_putf(p, "After that we tell you how it stands at least every ");
		documents_common_days(p, d->disclosure.update_days);
		paper_putf(p, " until it is solved.");
	} else {
		paper_putf(p, "Days between news until it is solved: ");
		paper_blank(p, "How often somebody who reported a problem hears how it stands");
		paper_putf(p, ".");
	}
	if (d->update.fix_days) {
		paper_putf(p, " For a serious problem we aim to ship a fix within ");
		documents_common_days(p, d->update.fix_days);
		paper_putf(p, ".");
	}
}

static void item(struct paper *p, bool says, const char *constant)
{
	if (!says)
		return;
	paper_block(p, PAPER_ITEM);
	paper_putf(p, "%s", constant);
}

static void automatic_update(struct paper *p, const struct declaration *d)
{
	paper_block(p, PAPER_ITEM);
	if (d->update.automatic == DECL_YES)
		paper_putf(p, "Updates install by themselves: you need to do nothing.");
	else if (d->update.user_action == ACTION_ONE_STEP)
		paper_putf(p, "An update takes one step of yours; take it as soon as one is offered.");
	else if (d->update.user_action == ACTION_MANUAL)
		paper_putf(p, "Updates are installed by hand; look for them regularly.");
	else
		paper_blank(p, "What the owner has to do for an update");
	if (d->update.check_hours)
		paper_putf(p,
			   d->update.check_hours == 1 ? " The product looks for them every hour."
						      : " The product looks for them every %u hours.",
			   d->update.check_hours);
}

void documents_common_updates(struct paper *p, const struct declaration *d)
{
	if (d->update.mechanism == MECHANISM_NONE) {
		item(p, true, "The software of this product is never updated.");
		return;
	}
	automatic_update(p, d);
	if (d->update.what) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "How they arrive: %s.", d->update.what);
	}
	item(p, d->update.verified_on_device == DECL_YES,
	     "The product installs only what its maker has signed, and checks that itself.");
	item(p, d->update.rollback_protection == DECL_YES, "It refuses an older version with known weaknesses.");
	item(p, d->update.notifies == DECL_YES, "It tells you when a security update is there, and what it mends.");
	item(p, d->update.warns_of_interruption == DECL_YES, "It tells you when an update interrupts it.");
	item(p, d->update.can_postpone == DECL_YES, "You can put an update off.");
	item(p, d->update.can_turn_off == DECL_YES,
	     "You can turn automatic updates off and on. Leave them on: without updates weaknesses stay open.");
	for (size_t i = 0; i < d->other_updates_n; i++) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "Some parts are updated in another way: %s.", d->other_updates[i].what);
	}
}

static void more_deletions(struct paper *p, const struct declaration *d)
{
	static const char *const places[] = {"", "on the product", "at services", "on the product and at services"};
	static const char *const titles[] = {"You can also delete", "Where", "How", NULL};
	if (!d->deletions_n)
		return;
	paper_table(p, titles);
	for (size_t i = 0; i < d->deletions_n; i++) {
		const struct decl_deletion *x = &d->deletions[i];
		paper_cell(p);
		paper_putf(p, "%s", x->what);
		paper_cell(p);
		paper_putf(p, "%s", places[x->target]);
		paper_cell(p);
		paper_putf(p, "%s", x->how);
		if (x->confirmation)
			paper_putf(p, "; you see it by this: %s", x->confirmation);
	}
}

static bool kept_at_service(const struct declaration *d)
{
	for (size_t i = 0; i < d->personal_data_n; i++)
		if (d->personal_data[i].where != PLACE_DEVICE)
			return true;
	return false;
}

void documents_common_see(struct paper *p, const char *url)
{
	if (!url)
		return;
	paper_block(p, PAPER_PARA);
	paper_putf(p, "More about it: ");
	paper_link(p, url, NULL);
}

static void stated_or_open(struct paper *p, const char *text, const char *missing)
{
	if (text)
		paper_putf(p, "%s", text);
	else
		paper_blank(p, "%s", missing);
}

void documents_common_erasure(struct paper *p, const struct declaration *d)
{
	paper_row(p, "On the product");
	stated_or_open(p, d->erasure.device, "How the owner deletes all data on the product");
	if (d->erasure.service || kept_at_service(d)) {
		paper_row(p, "At services");
		stated_or_open(p, d->erasure.service, "How the owner deletes data kept by services");
	}
	paper_row(p, "How you see that it is done");
	stated_or_open(p, d->erasure.confirmation, "How the owner sees that the data is deleted");
	more_deletions(p, d);
	documents_common_see(p, d->documents.deletion_url);
}

/* EN303645 5.3-14: which parts, and why. */
static void put_not_updated(struct paper *p, const struct declaration *d)
{
	bool any = false;
	for (size_t i = 0; i < d->components_n; i++) {
		const struct decl_component *c = &d->components[i];
		if (c->update == COMPONENT_UPDATED)
			continue;
		any = true;
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "%s is not updated: ", c->name);
		if (c->why)
			paper_putf(p, "%s.", c->why);
		else
			paper_blank(p, "Why this part is not updated: %s", c->name);
	}
	if (any)
		documents_common_see(p, d->documents.non_updatable_url);
}

void documents_common_support_end(struct paper *p, const struct declaration *d)
{
	paper_block(p, PAPER_PARA);
	paper_putf(p, "Security updates come at least until ");
	paper_date(p, d->support.until);
	paper_putf(
		p,
		". The maker may extend that day, and does not bring it forward. After it, weaknesses that are found "
		"may no longer be mended: replace the product then, or take it off the network.");
	if (d->support.published) {
		paper_putf(p, " The day that holds now stands at ");
		paper_link(p, d->support.published, NULL);
		paper_putf(p, ".");
	}
	if (d->replacement.isolation) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "Without a way to the internet: %s.", d->replacement.isolation);
	}
	if (d->replacement.hardware) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "Replacing the hardware: %s.", d->replacement.hardware);
	}
	if (d->replacement.isolation || d->replacement.hardware)
		documents_common_see(p, d->documents.replacement_url);
	put_not_updated(p, d);
}

const char *documents_common_protection(enum decl_protection protection)
{
	switch (protection) {
	case PROTECTION_TLS:
		return "encrypted (TLS)";
	case PROTECTION_DTLS:
		return "encrypted (DTLS)";
	case PROTECTION_SEALED:
		return "encrypted before it is sent";
	case PROTECTION_PUBLIC:
		return "not encrypted, carries nothing that must be kept secret";
	case PROTECTION_NONE:
		break;
	}
	return "not encrypted";
}
