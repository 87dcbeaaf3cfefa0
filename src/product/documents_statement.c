/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statement of compliance of the UK regulations SI 2023/1007, with every field of Schedule 4. Claims only what the
 * judge found promised, with the edition that the regulations cite: EN 303 645 V2.1.1, whatever edition the rest of the
 * declaration is judged by. What is not declared is left open; signature and date always are.
 */
#include <stdio.h>

#include "core/codec/rfc3339.h"
#include "product/documents_papers.h"
#include "product/judge.h"
#include "core/base/banned.h"

#define CITED_STANDARD "ETSI EN 303 645, V2.1.1, June 2020"

/* Schedule 1 paragraph by paragraph, and by which provisions Schedule 2 deems it complied with. */
static const struct requirement {
	const char *name, *provision, *also;
} requirements[] = {
	{"Passwords (paragraph 1)", "5.1-1", "5.1-2"},
	{"Reporting of security issues (paragraph 2)", "5.2-1", NULL},
	{"Minimum security update periods (paragraph 3)", "5.3-13", NULL},
};

static const struct judge_answer *find_answer(const struct judge_result *r, const char *id)
{
	for (size_t i = 0; id && i < CATALOGUE_PROVISIONS; i++)
		if (strcmp(r->answers[i].provision->id, id) == 0)
			return &r->answers[i];
	return NULL;
}

static bool stands_against(const struct judge_answer *a)
{
	return a && a->word != JUDGE_PROMISED && a->word != JUDGE_NOT_APPLICABLE;
}

/* What keeps the requirement from being claimed; NULL if nothing does. */
static const struct judge_answer *objection(const struct judge_result *r, const struct requirement *q)
{
	const struct judge_answer *a = find_answer(r, q->provision), *also = find_answer(r, q->also);
	return stands_against(a) ? a : stands_against(also) ? also : NULL;
}

static void put_party(struct paper *p, const char *role, const char *address_label, const struct decl_party *party)
{
	paper_row(p, role);
	paper_putf(p, "%s", party->name);
	paper_row(p, address_label);
	paper_putf(p, "%s", party->address);
}

static void put_product(struct paper *p, const struct declaration *d)
{
	paper_section(p, "product", "Product and manufacturer");
	paper_row(p, "Product");
	paper_putf(p, "%s", d->product);
	paper_row(p, "Type (model)");
	paper_putf(p, "%s", d->model);
	paper_row(p, "Batch");
	if (d->statement.batch)
		paper_putf(p, "%s", d->statement.batch);
	else
		paper_blank(p, "Batch of the product");
	put_party(p, "Manufacturer", "Address of the manufacturer",
		  &(struct decl_party){.name = d->maker.name, .address = d->maker.address});
	for (size_t i = 0; i < d->representatives_n; i++)
		put_party(p, "Authorised representative", "Address of the representative", &d->representatives[i]);
	if (!d->representatives_n) {
		paper_row(p, "Authorised representative");
		paper_putf(p, "none named");
	}
	paper_block(p, PAPER_PARA);
	paper_putf(p, "This statement of compliance is prepared by or on behalf of the manufacturer of the product.");
}

static void put_claim(struct paper *p, const struct judge_result *r, const struct requirement *q)
{
	const struct judge_answer *a = find_answer(r, q->provision), *also = find_answer(r, q->also);
	paper_cell(p);
	paper_putf(p, "%s", q->name);
	paper_cell(p);
	if (a->word == JUDGE_NOT_APPLICABLE) {
		paper_putf(p, "Does not apply: %s", a->reason);
		paper_cell(p);
		return;
	}
	paper_putf(p, "Provision %s", a->provision->v211_id);
	if (also && also->word == JUDGE_PROMISED)
		paper_putf(p, " and provision %s", also->provision->v211_id);
	paper_cell(p);
	paper_putf(p, "%s", CITED_STANDARD);
}

/* A statement that one requirement spoils says so, and states nothing. */
static bool put_objections(struct paper *p, const struct judge_result *r)
{
	bool any = false;
	for (size_t i = 0; i < ARRAY_LEN(requirements); i++) {
		const struct judge_answer *a = objection(r, &requirements[i]);
		if (!a)
			continue;
		if (!any) {
			paper_block(p, PAPER_PARA);
			paper_putf(p, "Compliance cannot be stated: the declaration does not bear it.");
		}
		any = true;
		paper_block(p, PAPER_ITEM);
		paper_putf(p, "%s, provision %s: %s", requirements[i].name, a->provision->v211_id, a->reason);
		paper_open(p, "%s: %s", requirements[i].name, a->reason);
	}
	return any;
}

static void put_claims(struct paper *p, const struct judge_result *r)
{
	static const char *const titles[] = {"Requirement (Schedule 1)", "Met by (Schedule 2)",
					     "Standard, version, date", NULL};
	paper_section(p, "claims", "Compliance with the security requirements");
	if (put_objections(p, r))
		return;
	paper_block(p, PAPER_PARA);
	paper_putf(p,
		   "In the opinion of the manufacturer, it has complied with the security requirements of Schedule 1 "
		   "that apply to the product, by meeting the conditions of Schedule 2 for deemed compliance:");
	paper_table(p, titles);
	for (size_t i = 0; i < ARRAY_LEN(requirements); i++)
		put_claim(p, r, &requirements[i]);
}

/* `months` after `from`, on the last day of a month that is too short. False past the year 9999. */
static bool months_after(struct wall_time from, unsigned months, struct wall_time *ret)
{
	char text[RFC3339_DATE_SIZE];
	unsigned y = 0, m = 0, day = 0;
	rfc3339_date(from, text);
	if (sscanf(text, "%4u-%2u-%2u", &y, &m, &day) != 3)
		return false;
	months += y * 12 + m - 1;
	for (; day > 0; day--) {
		(void)snprintf(text, sizeof text, "%04u-%02u-%02u", months / 12 % 10000, months % 12 + 1, day % 100);
		if (months / 12 <= 9999 && rfc3339_parse_date(text, ret))
			return true;
	}
	return false;
}

static void put_count(struct paper *p, unsigned n, const char *unit, const char *before)
{
	if (n)
		paper_putf(p, "%s%u %s%s", before, n, unit, n == 1 ? "" : "s");
}

/* Both days belong to the period: a support from 1 January to 31 December is a year. */
static void put_length(struct paper *p, struct wall_time from, struct wall_time until)
{
	struct wall_time end = {until.s + SECONDS_PER_DAY}, whole = from, next;
	unsigned months = 0;
	while (months_after(from, months + 1, &next) && next.s <= end.s) {
		whole = next;
		months++;
	}
	unsigned days = (unsigned)((end.s - whole.s) / SECONDS_PER_DAY), years = months / 12;
	months %= 12;
	put_count(p, years, "year", "");
	put_count(p, months, "month", !years ? "" : days ? ", " : " and ");
	put_count(p, days, "day", years || months ? " and " : "");
}

static void put_support(struct paper *p, const struct declaration *d, struct wall_time today)
{
	paper_section(p, "support", "Defined support period");
	paper_block(p, PAPER_PARA);
	paper_putf(p, "This period was correct when the manufacturer first supplied the product:");
	paper_row(p, "Security updates");
	paper_putf(p, "from ");
	if (d->released.s)
		paper_date(p, d->released);
	else
		paper_blank(p, "Day of first supply, with which the support period begins");
	paper_putf(p, " until ");
	paper_date(p, d->support.until);
	if (d->released.s && d->released.s <= d->support.until.s) {
		paper_putf(p, " (");
		put_length(p, d->released, d->support.until);
		paper_putf(p, ")");
	}
	if (d->released.s && d->released.s < today.s)
		paper_open(p, "Confirm that the support period has not been extended since the first supply; if it "
			      "has, state "
			      "the first one");
}

static void put_field(struct paper *p, const char *label, const char *value)
{
	paper_row(p, label);
	if (value)
		paper_putf(p, "%s", value);
	else
		paper_blank(p, "%s", label);
}

static void put_signature(struct paper *p, const struct declaration *d)
{
	paper_section(p, "signature", "Signature");
	put_field(p, "Signature", NULL);
	put_field(p, "Name of the signatory", d->statement.signatory);
	put_field(p, "Function of the signatory", d->statement.function);
	put_field(p, "Place of issue", d->statement.place);
	put_field(p, "Date of issue", NULL);
}

static void put_care(struct paper *p)
{
	paper_section(p, "care", "For those who keep this statement");
	paper_block(p, PAPER_NOTE);
	paper_putf(
		p,
		"It states compliance only when it is signed: the declaration is a promise, the evidence comes from an "
		"assessment. It accompanies the product, on paper or digitally. Keep it for 10 years from its issue, "
		"or "
		"for the support period, whichever is longer.");
	paper_block(p, PAPER_NOTE);
	paper_putf(p, "A valid label of JC-STAR (STAR-1) or of Singapore's Cybersecurity Labelling Scheme on the "
		      "product stands "
		      "in for this statement (Schedule 2A, since 4 December 2025).");
}

void documents_statement(struct paper *p, const struct declaration *d, struct paper_head *head)
{
	struct judge_result *r = NULL;
	struct err e = {0};
	head->title = "Statement of compliance";
	head->open = "Open: to be filled in before signing";
	head->by_hand = true;
	if (rc_failed(judge_declaration(d, head->day, &r, &e))) {
		p->body.broken = e.code;
		return;
	}
	paper_block(p, PAPER_PARA);
	paper_putf(
		p,
		"Under the Product Security and Telecommunications Infrastructure (Security Requirements for Relevant "
		"Connectable Products) Regulations 2023 (SI 2023/1007), Schedule 4, as amended by SI 2025/211 and "
		"SI 2025/1267.");
	put_product(p, d);
	put_claims(p, r);
	put_support(p, d, head->day);
	put_signature(p, d);
	put_care(p);
	judge_free(r);
}
