/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of the documents. What each says is in documents_*.c; how those for people become Markdown or a page, in
 * paper.c. They say only what the declaration says: what it leaves out is an open line.
 */
#include "product/documents.h"

#include <stdio.h>

#include "core/codec/json.h"
#include "product/documents_papers.h"
#include "product/documents_rows.h"
#include "product/ics.h"
#include "product/ixit_write.h"
#include "core/base/banned.h"

#define NAME_BYTES_MAX 256 /* a name of the table with an id in it, twice at most */

static void write_paper(enum paper_form form, documents_writer *writer, const struct declaration *d,
			struct wall_time today, struct buf *out)
{
	struct paper p;
	struct paper_head head = {.product = d->product, .model = d->model, .maker = d->maker.name, .day = today};
	paper_init(&p, form);
	writer(&p, d, &head);
	paper_done(&p, &head, out);
}

#define TWO_FORMS(name)                                                                                                \
	static void name##_md(const struct declaration *d, struct wall_time today, struct buf *out)                    \
	{                                                                                                              \
		write_paper(PAPER_MARKDOWN, documents_##name, d, today, out);                                          \
	}                                                                                                              \
	static void name##_html(const struct declaration *d, struct wall_time today, struct buf *out)                  \
	{                                                                                                              \
		write_paper(PAPER_HTML, documents_##name, d, today, out);                                              \
	}

TWO_FORMS(policy)
TWO_FORMS(privacy)
TWO_FORMS(setup)
TWO_FORMS(statement)
TWO_FORMS(user_info)

const struct documents_row documents_table[] = {
	{.name = "security.txt", .what = "to be served at /.well-known/security.txt", .write = documents_security_txt},
	{.name = "disclosure-policy.md", .what = "how people report security problems", .write = policy_md},
	{.name = "disclosure-policy.html", .what = "the same as a page", .write = policy_html},
	{.name = "privacy-notice.md", .what = "what the product knows about its owner", .write = privacy_md},
	{.name = "privacy-notice.html", .what = "the same as a page", .write = privacy_html},
	{.name = "setup-guide.md",
	 .what = "how the owner sets it up, checks it and keeps it secure",
	 .write = setup_md},
	{.name = "setup-guide.html", .what = "the same as a page", .write = setup_html},
	{.name = "user-information.md", .what = "EU CRA Annex II, information to the user", .write = user_info_md},
	{.name = "user-information.html", .what = "the same as a page", .write = user_info_html},
	{.name = "statement-of-compliance.md", .what = "UK PSTI statement, to be signed", .write = statement_md},
	{.name = "statement-of-compliance.html", .what = "the same as a page to print", .write = statement_html},
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
