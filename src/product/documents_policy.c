/* SPDX-License-Identifier: Apache-2.0 */
/* The disclosure policy (EN303645 5.2-1; SI 2023/1007 Schedule 1 paragraph 2). */
#include "product/documents_papers.h"
#include "core/base/banned.h"

/* Schedule 1 paragraph 2: in English, free of charge, and without asking for personal data. */
static void put_rules(struct paper *p, const struct declaration *d)
{
	paper_section(p, "how", "How to report");
	paper_block(p, PAPER_ITEM);
	paper_putf(p, "Reporting is free of charge and needs no account, and you need not tell us who you are.");
	paper_block(p, PAPER_ITEM);
	paper_putf(p, "We read English. Say which version you looked at, what you did, and what happened.");
	if (d->disclosure.encryption_url) {
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "If you want to encrypt your report, use ");
		paper_link(p, d->disclosure.encryption_url, "our key");
		paper_putf(p, ".");
	}
	paper_block(p, PAPER_ITEM);
	paper_putf(p, "Please give us time to mend a problem before you publish it, and do not disturb other people's "
		      "products or look at their data.");
}

static void put_handling(struct paper *p, const struct declaration *d)
{
	static const char *const titles[] = {"Problems", "What we do", "Within", NULL};
	if (!d->handling_n)
		return;
	paper_table(p, titles);
	for (size_t i = 0; i < d->handling_n; i++) {
		paper_cell(p);
		paper_putf(p, "%s", d->handling[i].what);
		paper_cell(p);
		paper_putf(p, "%s", d->handling[i].action);
		paper_cell(p);
		documents_common_days(p, d->handling[i].days);
	}
}

void documents_policy(struct paper *p, const struct declaration *d, struct paper_head *head)
{
	head->title = "Reporting a security problem";
	head->open = "Open: to be stated before this is published";
	paper_block(p, PAPER_PARA);
	paper_putf(p, "Have you found a weakness in this product? Please tell %s: ", d->maker.name);
	documents_common_contact(p, d);
	paper_putf(p, ".");
	put_rules(p, d);
	paper_section(p, "next", "What happens next");
	paper_block(p, PAPER_PARA);
	documents_common_report_times(p, d);
	put_handling(p, d);
	if (d->disclosure.acknowledgments_url) {
		paper_block(p, PAPER_PARA);
		paper_putf(p, "We thank those who helped us on ");
		paper_link(p, d->disclosure.acknowledgments_url, "this page");
		paper_putf(p, ".");
	}
	paper_section(p, "support", "How long");
	paper_block(p, PAPER_PARA);
	paper_putf(p, "Security updates are provided at least until ");
	paper_date(p, d->support.until);
	paper_putf(p, ".");
}
