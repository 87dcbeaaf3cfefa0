/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guide to secure set-up (EN303645 5.12-1 to 5.12-3; CRA Annex II 8a): set up, check, keep secure, delete. Of the
 * agent's owner page it says what that page does; of everything else what the declaration says.
 */
#include "product/documents_papers.h"
#include "core/base/banned.h"

static void put_decision(struct paper *p, const struct decl_decision *x)
{
	paper_putf(p, "Decide: %s. Choices: ", x->what);
	documents_common_choices(p, &x->options);
	paper_putf(p, ". ");
	if (x->usual)
		paper_putf(p, "The secure choice, and the one that holds if you choose nothing: %s.", x->usual);
	else
		paper_blank(p, "Which choice is the secure one: %s", x->what);
}

/* The label of the factory carries address, QR code and password of the agent's page. */
static void page_steps(struct paper *p, const struct declaration *d)
{
	paper_block(p, PAPER_STEP);
	paper_putf(
		p,
		"Open the owner page: scan the code on the label, or type the address beside it into a browser in the "
		"same network. It begins with https:// and ends in :%u. The browser may say that it does not know the "
		"page's certificate; go on only if the address is the one on the label.",
		d->page_port);
	paper_block(p, PAPER_STEP);
	paper_putf(p, "Sign in with the set-up password on the label. No other unit has the same one.");
	paper_block(p, PAPER_STEP);
	paper_putf(
		p,
		"Choose a password of your own when the page asks for it: at least 10 characters that you use nowhere "
		"else. A short sentence is easy to remember and hard to guess.");
}

static void interface_step(struct paper *p, const struct declaration *d)
{
	paper_block(p, PAPER_STEP);
	paper_putf(p, "Open ");
	for (size_t i = 0; i < d->user_interfaces_n; i++)
		paper_putf(p, i ? ", or %s" : "%s", d->user_interfaces[i].what);
	if (!d->user_interfaces_n)
		paper_blank(p, "Through what the owner sets the product up");
	paper_putf(p, ".");
}

static void put_network(struct paper *p, const struct declaration *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->physical_n; i++)
		if (d->physical[i].state == INTERFACE_USED &&
		    (d->physical[i].type == PORT_NETWORK || d->physical[i].type == PORT_RADIO))
			paper_putf(p, n++ ? ", %s" : " (%s", d->physical[i].what);
	if (n)
		paper_putf(p, ")");
}

static void put_steps(struct paper *p, const struct declaration *d)
{
	paper_section(p, "set-up", "Set it up");
	paper_block(p, PAPER_STEP);
	if (d->model_shown_on == SHOWN_LABEL || d->model_shown_on == SHOWN_BOTH)
		paper_putf(p, "Look at the label: it must name the model %s. ", d->model);
	paper_putf(p, "If somebody has tampered with the product or its label, do not use it, and tell its maker.");
	paper_block(p, PAPER_STEP);
	paper_putf(p, "Connect the product to power and to your network");
	put_network(p, d);
	paper_putf(p, ".");
	if (d->page_port)
		page_steps(p, d);
	else
		interface_step(p, d);
	for (size_t i = 0; i < d->decisions_n; i++) {
		if (d->decisions[i].when != WHEN_SETUP)
			continue;
		paper_block(p, PAPER_STEP);
		put_decision(p, &d->decisions[i]);
	}
	if (d->page_port) {
		paper_block(p, PAPER_STEP);
		paper_putf(p, "Done: the page says that everything is normal. It keeps looking for updates by itself.");
	}
}

static void put_password(struct paper *p, const struct decl_credential *x)
{
	static const char *const made[] = {
		"",	"random, different on each unit", "chosen by you before the first use",
		"none", "derived from the unit",	  "the same on every unit"};
	paper_cell(p);
	paper_putf(p, "%s", x->purpose);
	paper_cell(p);
	paper_putf(p, "%s", made[x->made]);
	paper_cell(p);
	if (x->changeable == DECL_NOT_STATED)
		paper_blank(p, "Whether the owner can change what opens this: %s", x->purpose);
	else
		paper_putf(p, x->changeable == DECL_YES ? "Yes" : "No");
}

static void put_passwords(struct paper *p, const struct declaration *d)
{
	static const char *const titles[] = {"It opens", "As delivered", "You can change it", NULL};
	bool any = false;
	for (size_t i = 0; i < d->credentials_n; i++) {
		if (d->credentials[i].used_by != USED_BY_USER)
			continue;
		if (!any) {
			paper_section(p, "passwords", "Passwords and keys of yours");
			paper_table(p, titles);
		}
		any = true;
		put_password(p, &d->credentials[i]);
	}
	if (any && d->page_port) {
		paper_block(p, PAPER_PARA);
		paper_putf(p, "To change the password of the owner page, sign in, go to \"Password\", and give the "
			      "present one "
			      "and the new one. Every other browser is signed out.");
	}
	if (any)
		documents_common_see(p, d->documents.password_url);
}

static void put_ports(struct paper *p, const struct declaration *d)
{
	static const char *const titles[] = {"What answers in your network", "Port", "Asks who you are", NULL};
	paper_block(p, PAPER_PARA);
	paper_putf(p, d->listeners_n
			      ? "The product answers in your network here, and nowhere else. If you find that it does, "
				"report it."
			      : "The product answers nowhere in your network. If you find that it does, report it.");
	if (d->listeners_n)
		paper_table(p, titles);
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		const struct decl_credential *c = declaration_credential(d, l->auth);
		paper_cell(p);
		paper_putf(p, "%s", l->why);
		paper_cell(p);
		paper_putf(p, "%u %s", l->port, l->proto == POLICY_TCP ? "TCP" : "UDP");
		paper_cell(p);
		paper_putf(p, c ? "Yes, %s" : "No, %s", documents_common_protection(l->protection));
	}
}

static void put_check(struct paper *p, const struct declaration *d)
{
	paper_section(p, "check", "Check that it is secure");
	if (d->page_port) {
		paper_block(p, PAPER_CHECK);
		paper_putf(
			p,
			"The owner page says \"Everything is normal\", names the model %s, and says that the network "
			"protection is on.",
			d->model);
		paper_block(p, PAPER_CHECK);
		paper_putf(p, "The password on the label no longer opens it.");
	}
	for (size_t i = 0; i < d->decisions_n; i++) {
		if (d->decisions[i].when != WHEN_SETUP || !d->decisions[i].usual)
			continue;
		paper_block(p, PAPER_CHECK);
		paper_putf(p, "Your choice, %s: %s.", d->decisions[i].what, d->decisions[i].usual);
	}
	paper_block(p, PAPER_CHECK);
	paper_putf(p, "The day until which security updates come has not passed: ");
	paper_date(p, d->support.until);
	paper_putf(p, ".");
	put_ports(p, d);
	documents_common_see(p, d->documents.setup_check_url);
}

static void put_later_decisions(struct paper *p, const struct declaration *d)
{
	for (size_t i = 0; i < d->decisions_n; i++) {
		if (d->decisions[i].when == WHEN_SETUP)
			continue;
		paper_block(p, PAPER_ITEM);
		paper_putf(p, d->decisions[i].when == WHEN_WISH ? "At any time. " : "When it comes up. ");
		put_decision(p, &d->decisions[i]);
	}
}

static void put_outage(struct paper *p, const struct declaration *d)
{
	if (d->outage.works_without_network.n) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "Without a network these go on: ");
		documents_common_texts(p, &d->outage.works_without_network);
		paper_putf(p, ".");
	}
	if (d->outage.after_power_loss) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "After a loss of power: %s.", d->outage.after_power_loss);
	}
}

static void put_keeping(struct paper *p, const struct declaration *d)
{
	paper_section(p, "keep", "Keep it secure");
	documents_common_updates(p, d);
	put_later_decisions(p, d);
	if (d->page_port) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "If something seems wrong, press \"Restart with a clean copy\" on the owner page: the "
			      "product starts "
			      "again with a checked copy of its software. Your data stays.");
	}
	put_outage(p, d);
	if (d->foreseeable_risks.n) {
		paper_block(p, PAPER_CARD);
		paper_putf(p, "Be aware");
	}
	for (size_t i = 0; i < d->foreseeable_risks.n; i++) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "%s", d->foreseeable_risks.at[i]);
	}
	documents_common_see(p, d->documents.maintenance_url);
}

static void put_isolated(struct paper *p, const struct declaration *d)
{
	paper_section(p, "isolated", "If it cuts itself off from the network");
	paper_block(p, PAPER_PARA);
	paper_putf(
		p,
		"The product watches its own software. When it finds a change that nobody authorised, it says this:");
	paper_block(p, PAPER_QUOTE);
	paper_putf(p, "%s", d->texts.isolated);
	if (d->secure_boot.notification) {
		paper_block(p, PAPER_PARA);
		paper_putf(p, "How you learn of it: %s.", d->secure_boot.notification);
	}
	if (d->secure_boot.remaining.n) {
		paper_block(p, PAPER_PARA);
		paper_putf(p, "What still works over the network: ");
		documents_common_texts(p, &d->secure_boot.remaining);
		paper_putf(p, ".");
	}
	if (d->page_port) {
		paper_block(p, PAPER_PARA);
		paper_putf(p, "Then change your password: whoever changed the product may know it.");
	}
}

static void put_report(struct paper *p, const struct declaration *d)
{
	paper_section(p, "report", "Report a security problem");
	paper_block(p, PAPER_PARA);
	paper_putf(p, "Tell %s: ", d->maker.name);
	documents_common_contact(p, d);
	paper_putf(p, ". It is free of charge, and you need not say who you are. ");
	documents_common_report_times(p, d);
}

void documents_setup(struct paper *p, const struct declaration *d, struct paper_head *head)
{
	head->title = "Secure set-up guide";
	head->version = d->version;
	head->open = "Open: to be stated before this is published";
	paper_row(p, "Security updates until");
	paper_date(p, d->support.until);
	if (d->documents.setup_url) {
		paper_row(p, "Newest version of this guide");
		paper_link(p, d->documents.setup_url, NULL);
	}
	put_steps(p, d);
	put_passwords(p, d);
	put_check(p, d);
	put_keeping(p, d);
	put_isolated(p, d);
	paper_section(p, "delete", "Delete your data, give it away, throw it away");
	paper_block(p, PAPER_PARA);
	paper_putf(p, "Do this before you sell, return or give away the product, or throw it away.");
	documents_common_erasure(p, d);
	paper_section(p, "support", "When support ends");
	documents_common_support_end(p, d);
	put_report(p, d);
}
