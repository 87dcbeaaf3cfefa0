/* SPDX-License-Identifier: Apache-2.0 */
/*
 * security.txt (RFC 9116), disclosure policy (EN303645 5.2-1), privacy notice (EN303645 6-1), and the statement of
 * compliance with the fields of Schedule 4 of the UK regulations SI 2023/1007. Says only what the declaration says.
 */
#include "product/documents.h"

#include <stdio.h>

#include "core/codec/celltext.h"
#include "core/codec/json.h"
#include "core/codec/markup.h"
#include "core/codec/rfc3339.h"
#include "product/documents_rows.h"
#include "product/ics.h"
#include "product/ixit_write.h"
#include "core/base/banned.h"

/* RFC 9116 section 2.5.5 recommends less than a year. */
#define SECURITY_TXT_DAYS 360
#define NAME_BYTES_MAX 256 /* a name of the table with an id in it, twice at most */

static void md_line(struct buf *out, const char *before, const char *text, const char *after)
{
	buf_put_text(out, before);
	celltext_markdown(out, text);
	buf_put_text(out, after);
}

static void write_security_txt(const struct declaration *d, struct wall_time today, struct buf *out)
{
	char expires[RFC3339_TIME_SIZE];
	int64_t midnight = today.s - today.s % SECONDS_PER_DAY;
	rfc3339_time((struct wall_time){midnight + (int64_t)SECURITY_TXT_DAYS * SECONDS_PER_DAY}, expires);
	buf_putf(out, "# %s, %s\n", d->maker.name, d->product);
	buf_putf(out, "Contact: %s\nExpires: %s\nPreferred-Languages: en\n", d->disclosure.contact, expires);
	if (d->disclosure.policy_url)
		buf_putf(out, "Policy: %s\n", d->disclosure.policy_url);
}

/* Paragraphs of the policy, shared by its two forms. */
static void policy_times(const struct declaration *d, struct buf *out)
{
	if (d->disclosure.acknowledge_days)
		buf_putf(out, "You get an answer within %u day%s. ", d->disclosure.acknowledge_days,
			 d->disclosure.acknowledge_days == 1 ? "" : "s");
	if (d->disclosure.update_days)
		buf_putf(out, "After that we tell you how it stands at least every %u day%s until it is solved. ",
			 d->disclosure.update_days, d->disclosure.update_days == 1 ? "" : "s");
	if (d->update.fix_days)
		buf_putf(out, "For a serious problem we aim to ship a fix within %u days.", d->update.fix_days);
}

/* SI 2023/1007 Schedule 1 paragraph 2: free of charge, and no personal data asked for. */
static const char report_rules[] =
	"Reporting is free of charge and needs no account, and you need not tell us who you are. Please give us time "
	"to "
	"mend a problem before you publish it, and do not disturb other people's products or look at their data.";

static void write_policy_md(const struct declaration *d, struct wall_time today, struct buf *out)
{
	char until[RFC3339_DATE_SIZE];
	(void)today;
	rfc3339_date(d->support.until, until);
	md_line(out, "# Reporting a security problem in ", d->product, "\n\n");
	md_line(out, "Have you found a weakness in ", d->product, " (model ");
	md_line(out, "", d->model, ")? Please tell ");
	md_line(out, "", d->maker.name, ":\n\n");
	buf_putf(out, "- Contact: <%s>\n\n", d->disclosure.contact);
	policy_times(d, out);
	buf_putf(out, "\n\n%s\n\nSecurity updates are provided at least until %s.\n", report_rules, until);
}

static void write_policy_html(const struct declaration *d, struct wall_time today, struct buf *out)
{
	char until[RFC3339_DATE_SIZE];
	(void)today;
	rfc3339_date(d->support.until, until);
	buf_put_text(out,
		     "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		     "<meta name=\"viewport\" content=\"width=device-width\">\n<style>"
		     "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.0625rem/1.6 system-ui,sans-serif;"
		     "overflow-wrap:anywhere}h1{font-size:1.6rem;line-height:1.25}</style>\n"
		     "<title>Reporting a security problem: ");
	markup_text(out, d->product);
	buf_put_text(out, "</title>\n<main>\n<h1>Reporting a security problem in ");
	markup_text(out, d->product);
	buf_put_text(out, "</h1>\n<p>Have you found a weakness in this product (model ");
	markup_text(out, d->model);
	buf_put_text(out, ")? Please tell ");
	markup_text(out, d->maker.name);
	buf_put_text(out, ": <a href=\"");
	markup_text(out, d->disclosure.contact);
	buf_put_text(out, "\">");
	markup_text(out, d->disclosure.contact + (strncmp(d->disclosure.contact, "mailto:", 7) == 0 ? 7 : 0));
	buf_put_text(out, "</a></p>\n<p>");
	policy_times(d, out);
	buf_putf(out,
		 "</p>\n<p>%s</p>\n<p>Security updates are provided at least until "
		 "<time>%s</time>.</p>\n</main>\n</html>\n",
		 report_rules, until);
}

static void field(struct buf *out, const char *name, const char *value)
{
	buf_putf(out, "| %s | ", name);
	if (value)
		celltext_markdown(out, value);
	else
		buf_put_text(out, "**to be filled in before signing**");
	buf_put_text(out, " |\n");
}

static void put_parties(const struct declaration *d, struct buf *out)
{
	buf_put_text(out, "| Manufacturer | ");
	md_line(out, "", d->maker.name, ", ");
	md_line(out, "", d->maker.address, " |\n");
	for (size_t i = 0; i < d->representatives_n; i++) {
		md_line(out, "| Authorised representative | ", d->representatives[i].name, ", ");
		md_line(out, "", d->representatives[i].address, " |\n");
	}
}

static bool preset_password(const struct declaration *d)
{
	for (size_t i = 0; i < d->credentials_n; i++)
		if (d->credentials[i].kind <= CREDENTIAL_PIN && d->credentials[i].made == MADE_PER_UNIT_RANDOM)
			return true;
	return false;
}

static void write_statement(const struct declaration *d, struct wall_time today, struct buf *out)
{
	char until[RFC3339_DATE_SIZE], released[RFC3339_DATE_SIZE], day[RFC3339_DATE_SIZE];
	rfc3339_date(d->support.until, until);
	rfc3339_date(d->released, released);
	rfc3339_date(today, day);
	buf_put_text(out, "# Statement of compliance\n\n"
			  "Product Security and Telecommunications Infrastructure (Security Requirements for Relevant "
			  "Connectable Products) Regulations 2023, Schedule 4.\n\n| | |\n|---|---|\n");
	field(out, "Product", d->product);
	field(out, "Type (model)", d->model);
	field(out, "Batch", d->statement.batch);
	put_parties(d, out);
	buf_putf(out, "| Support period when first supplied | from %s to %s |\n",
		 d->released.s ? released : "the day of first supply", until);
	buf_put_text(out,
		     "\nThis statement is prepared by or on behalf of the manufacturer of the product.\n\n"
		     "In the opinion of the manufacturer, it has complied with the security requirements of Schedule "
		     "1 by meeting these provisions of ETSI EN 303 645 V2.1.1 (2020-06), as Schedule 2 allows:\n\n"
		     "- passwords: provision 5.1-1");
	buf_put_text(out, preset_password(d) ? " and provision 5.1-2\n" : "\n");
	buf_put_text(out,
		     "- reporting of security issues: provision 5.2-1\n- minimum support period: provision 5.3-13\n\n"
		     "| | |\n|---|---|\n");
	field(out, "Name of signatory", d->statement.signatory);
	field(out, "Function", d->statement.function);
	field(out, "Place of issue", d->statement.place);
	field(out, "Date of issue", NULL);
	field(out, "Signature", NULL);
	buf_putf(
		out,
		"\nDraft of %s, made from the product declaration. It is a statement only when signed: the declaration "
		"is a promise, the evidence comes from an assessment. Keep it for 10 years or the support period, "
		"whichever is longer.\n",
		day);
}

static void put_texts(struct buf *out, const struct decl_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		md_line(out, i ? ", " : "", texts->at[i], "");
}

static void put_data(const struct decl_data *p, struct buf *out)
{
	static const char *const places[] = {"", "on the device", "at a service", "on the device and at a service"};
	static const char *const bases[] = {"", "your consent", "our contract with you", "a legal duty",
					    "a legitimate interest"};
	md_line(out, "## ", p->what, "\n\n");
	md_line(out, "- What for: ", p->why, "\n");
	buf_putf(out, "- Kept: %s\n", places[p->where]);
	if (p->keep_days)
		buf_putf(out, "- For how long: %u day%s, then deleted\n", p->keep_days, p->keep_days == 1 ? "" : "s");
	else
		buf_put_text(out, "- For how long: not kept after use\n");
	buf_putf(out, "- On the basis of: %s\n- Who else gets it: ", bases[p->basis]);
	if (p->shared_with.n)
		put_texts(out, &p->shared_with);
	else
		buf_put_text(out, "nobody");
	if (p->minimised)
		md_line(out, "\n- How it is kept small: ", p->minimised, "");
	buf_put_text(out, "\n\n");
}

static void put_rights(const struct declaration *d, struct buf *out)
{
	buf_put_text(out, "## Deleting it\n\n");
	if (d->erasure.device)
		md_line(out, "- On the device: ", d->erasure.device, "\n");
	if (d->erasure.service)
		md_line(out, "- At services: ", d->erasure.service, "\n");
	if (d->erasure.confirmation)
		md_line(out, "- How you see that it is done: ", d->erasure.confirmation, "\n");
	if (!d->erasure.device && !d->erasure.service)
		buf_put_text(out, "Ask the manufacturer.\n");
}

static void write_privacy(const struct declaration *d, struct wall_time today, struct buf *out)
{
	(void)today;
	md_line(out, "# What ", d->product, " knows about you\n\n");
	md_line(out, "Responsible: ", d->maker.name, ", ");
	md_line(out, "", d->maker.address, "\n\n");
	if (!d->personal_data_n)
		buf_put_text(out, "The product keeps no personal data.\n\n");
	for (size_t i = 0; i < d->personal_data_n; i++)
		put_data(&d->personal_data[i], out);
	buf_put_text(out, "## What it senses\n\n");
	for (size_t i = 0; i < d->sensors_n; i++) {
		md_line(out, "- ", d->sensors[i].what, ": ");
		md_line(out, "", d->sensors[i].why, "\n");
	}
	buf_put_text(out, d->sensors_n ? "\n" : "Nothing.\n\n");
	buf_put_text(out, "## What it reports about itself\n\n");
	for (size_t i = 0; i < d->telemetry_n; i++) {
		md_line(out, "- ", d->telemetry[i].id, ": ");
		md_line(out, "", d->telemetry[i].why, "\n");
	}
	buf_put_text(out, d->telemetry_n ? "\n" : "Nothing.\n\n");
	put_rights(d, out);
}

const struct documents_row documents_table[] = {
	{.name = "security.txt", .what = "to be served at /.well-known/security.txt", .write = write_security_txt},
	{.name = "disclosure-policy.md", .what = "how people report security problems", .write = write_policy_md},
	{.name = "disclosure-policy.html", .what = "the same as a page", .write = write_policy_html},
	{.name = "privacy-notice.md", .what = "what the product knows about its owner", .write = write_privacy},
	{.name = "statement-of-compliance.md", .what = "UK PSTI statement, to be signed", .write = write_statement},
	{.name = "mud.json",
	 .what = "MUD file (RFC 8520), to be served at the address in its mud-url",
	 .write = documents_mud_write},
	{.name = "sbom.cdx.json",
	 .what = "software parts as a CycloneDX 1.6 document, to be completed by the build",
	 .write = documents_sbom_write},
	{.name = "nftables/normal.nft", .what = "firewall of the services", .write = documents_nft_normal},
	{.name = "nftables/isolated.nft", .what = "the same after tampering", .write = documents_nft_isolated},
	{.name = "systemd/@.service", .what = "starts the service", .write_service = documents_systemd_unit},
	{.name = "systemd/@.service.d/50-hallmark.conf",
	 .what = "what the service may do, also for a unit of your own",
	 .write_service = documents_systemd_limits},
	{.name = "ics.md", .what = "which provisions are supported (ICS), to read", .write = ics_markdown},
	{.name = "ics.csv", .what = "the same as a table", .write = ics_csv},
	{.name = "ixit.md", .what = "the 29 IXIT tables for a test lab, to read", .write = ixit_write_document},
	{.name = "ixit/@.csv", .write_table = ixit_write_table},
	{0},
};

void documents_break(struct buf *out, rc r)
{
	if (rc_failed(r) && out->broken == ERR_NONE)
		out->broken = r.code;
}

void documents_json(struct buf *out, json_t *take_value)
{
	JSON_AUTO json_t *owned = take_value;
	documents_break(out, owned ? json_codec_pretty(owned, out, NULL) : (rc){ERR_MEMORY});
}

static rc put_one(const char *what, const char *name, const struct buf *text,
		  rc (*put)(void *to, const struct documents_file *file, struct err *e), void *to, struct err *e)
{
	const struct documents_file file = {name, what, text};
	rc r = buf_check(text, name, e);
	return rc_ok(r) ? put(to, &file, e) : r;
}

static void fill_name(const char *pattern, const char *id, struct buf *out)
{
	for (; *pattern; pattern++) {
		if (*pattern == '@')
			buf_put_text(out, id);
		else
			buf_put_u8(out, (uint8_t)*pattern);
	}
}

static rc put_services(const struct declaration *d, const struct documents_row *row,
		       rc (*put)(void *to, const struct documents_file *file, struct err *e), void *to, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; i < d->services_n && rc_ok(r); i++) {
		CLEANUP(buf_done) struct buf name, text;
		buf_init(&name, NAME_BYTES_MAX);
		buf_init(&text, DOCUMENTS_MAX);
		fill_name(row->name, d->services[i].id, &name);
		r = buf_check(&name, "file name", e);
		row->write_service(d, &d->services[i], &text);
		if (rc_ok(r))
			r = put_one(row->what, buf_text(&name), &text, put, to, e);
	}
	return r;
}

static rc put_tables(const struct declaration *d, const struct documents_row *row,
		     rc (*put)(void *to, const struct documents_file *file, struct err *e), void *to, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; i < IXIT_TABLES && rc_ok(r); i++) {
		char table[NAME_BYTES_MAX];
		CLEANUP(buf_done) struct buf name, text;
		buf_init(&name, NAME_BYTES_MAX);
		buf_init(&text, DOCUMENTS_MAX);
		(void)snprintf(table, sizeof table, "%02u-%s", ixit_tables[i].number, ixit_tables[i].name);
		fill_name(row->name, table, &name);
		r = buf_check(&name, "file name", e);
		row->write_table(d, i, &text);
		if (rc_ok(r))
			r = put_one(ixit_tables[i].what, buf_text(&name), &text, put, to, e);
	}
	return r;
}

rc documents_each(const struct declaration *d, struct wall_time today,
		  rc (*put)(void *to, const struct documents_file *file, struct err *e), void *to, struct err *e)
{
	rc r = RC_OK;
	for (const struct documents_row *row = documents_table; row->name && rc_ok(r); row++) {
		CLEANUP(buf_done) struct buf text;
		buf_init(&text, DOCUMENTS_MAX);
		if (row->write_service) {
			r = put_services(d, row, put, to, e);
			continue;
		}
		if (row->write_table) {
			r = put_tables(d, row, put, to, e);
			continue;
		}
		row->write(d, today, &text);
		r = put_one(row->what, row->name, &text, put, to, e);
	}
	return r;
}
