/* SPDX-License-Identifier: Apache-2.0 */
/* The documents for the law and for the owner: what must stand in them, what must not, and that texts stay texts. */
#include "declared.h"

#include "assess/security_txt.h"
#include "core/codec/rfc3339.h"
#include "product/documents.h"

#define TODAY ((struct wall_time){1790812800}) /* 2026-10-01 */
#define DOCUMENT_MAX (1024 * 1024)

/* The documents that this file is about; the others have tests of their own. */
static const char *const papers[] = {
	"security.txt",
	"disclosure-policy.md",
	"disclosure-policy.html",
	"privacy-notice.md",
	"privacy-notice.html",
	"setup-guide.md",
	"setup-guide.html",
	"user-information.md",
	"user-information.html",
	"statement-of-compliance.md",
	"statement-of-compliance.html",
};

static const struct documents_row *row_of(const char *name)
{
	for (const struct documents_row *row = documents_table; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	fail_msg("no document %s", name);
	return NULL;
}

static const char *made_for(const struct declaration *d, const char *name, struct wall_time day, struct buf *out)
{
	struct err e = {0};
	buf_reset(out);
	row_of(name)->write(d, day, out);
	check_ok(buf_check(out, name, &e));
	return buf_text(out);
}

/* One document of a text of YAML. */
static const char *made(const char *yaml, const char *name, struct buf *out)
{
	struct declaration *d = declared_parse(yaml);
	const char *text = made_for(d, name, TODAY, out);
	declaration_free(d);
	return text;
}

static void holds(const char *text, const char *piece)
{
	if (!strstr(text, piece))
		fail_msg("'%s' is not in:\n%s", piece, text);
}

static void lacks(const char *text, const char *piece)
{
	if (strstr(text, piece))
		fail_msg("'%s' is in:\n%s", piece, text);
}

static size_t count(const char *text, const char *piece)
{
	size_t n = 0;
	for (; (text = strstr(text, piece)); text += strlen(piece))
		n++;
	return n;
}

static struct wall_time day_of(const char *text)
{
	struct wall_time t = {0};
	assert_true(rfc3339_parse_date(text, &t));
	return t;
}

/* The example with a whole block, from the line of `key` to the next outermost key, replaced. */
static const char *without_block(const char *key, const char *instead)
{
	static char out[DECLARATION_MAX];
	char start[64];
	(void)snprintf(start, sizeof start, "\n%s:", key);
	const char *text = declared_text(), *from = strstr(text, start);
	assert_non_null(from);
	const char *to = from + 1;
	do
		to = strchr(to, '\n') + 1;
	while (*to == ' ' || *to == '\n' || *to == '#');
	int n = snprintf(out, sizeof out, "%.*s\n%s%s", (int)(from - text), text, instead, to);
	assert_true(n > 0 && (size_t)n < sizeof out);
	return out;
}

/* ---- statement of compliance ---- */

/* REQ: SI 2023/1007 Schedule 4: each field, in both forms. */
static void statement_has_every_field(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	static const char *const both[] = {"Lumen Doorbell Camera",
					   "lumen-cam1",
					   "all units of model lumen-cam1",
					   "1 Example Street, Cambridge CB1 1AA, United Kingdom",
					   "Authorised representative",
					   "prepared by or on behalf of the manufacturer",
					   "In the opinion of the manufacturer",
					   "Schedule 1",
					   "Schedule 2",
					   "Provision 5.1-1 and provision 5.1-2",
					   "Provision 5.2-1",
					   "Provision 5.3-13",
					   "ETSI EN 303 645, V2.1.1, June 2020",
					   "correct when the manufacturer first supplied",
					   "1 October 2026",
					   "31 December 2031",
					   "5 years and 3 months",
					   "Signature",
					   "Name of the signatory",
					   "Function of the signatory",
					   "Place of issue",
					   "Cambridge",
					   "Date of issue",
					   "10 years",
					   "SI 2023/1007",
					   "SI 2025/211",
					   "SI 2025/1267"};
	buf_init(&out, DOCUMENT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		holds(made(declared_text(), "statement-of-compliance.md", &out), both[i]);
		holds(made(declared_text(), "statement-of-compliance.html", &out), both[i]);
	}
	const char *md = made(declared_text(), "statement-of-compliance.md", &out);
	assert_int_equal(count(md, "ETSI EN 303 645, V2.1.1"), 3);
	lacks(md, "V3");
	holds(md, "| Manufacturer | Lumen Works Ltd |\n");
	holds(md, "| Authorised representative | none named |\n");
}

static void statement_names_representatives(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	const char *yaml = declared_with("\nsupport:\n", "\nrepresentatives:\n  - {name: Rep One, address: Road 1}\n"
							 "  - {name: Rep Two, address: Road 2}\nsupport:\n");
	const char *md = made(yaml, "statement-of-compliance.md", &out);
	holds(md, "| Authorised representative | Rep One |\n| Address of the representative | Road 1 |\n");
	holds(md, "| Authorised representative | Rep Two |\n| Address of the representative | Road 2 |\n");
	lacks(md, "none named");
}

/* Signature and date are never in a declaration; the rest is open when it is not stated. */
static void statement_leaves_open_what_is_missing(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	const char *md = made(declared_text(), "statement-of-compliance.md", &out);
	holds(md, "## Open: to be filled in before signing (4)\n\n- Signature\n- Name of the signatory\n"
		  "- Function of the signatory\n- Date of issue\n\n");
	md = made(without_block("statement", ""), "statement-of-compliance.md", &out);
	holds(md, "before signing (6)\n\n- Batch of the product\n- Signature\n- Name of the signatory\n"
		  "- Function of the signatory\n- Place of issue\n- Date of issue\n\n");
	assert_int_equal(count(md, "(to be filled in)"), 6);
	md = made(declared_with("released: 2026-10-01\n", ""), "statement-of-compliance.md", &out);
	holds(md, "- Day of first supply");
	lacks(md, "months");
	const char *html = made(without_block("statement", ""), "statement-of-compliance.html", &out);
	assert_int_equal(count(html, "class=\"blank\""), 6);
	for (int i = 1; i <= 6; i++) {
		char link[32], id[32];
		(void)snprintf(link, sizeof link, "href=\"#open-%d\"", i);
		(void)snprintf(id, sizeof id, "id=\"open-%d\"", i);
		assert_int_equal(count(html, link), 1);
		assert_int_equal(count(html, id), 1);
	}
	const char *full = without_block("statement", "statement: {batch: B 7, signatory: A. Person, function: Head, "
						      "place: York}\n");
	md = made(full, "statement-of-compliance.md", &out);
	holds(md, "| Name of the signatory | A. Person |\n| Function of the signatory | Head |\n"
		  "| Place of issue | York |\n");
	assert_int_equal(count(md, "(to be filled in)"), 2);
}

static void claims_nothing(const char *yaml, const char *requirement, struct wall_time day)
{
	static const char *const names[] = {"statement-of-compliance.md", "statement-of-compliance.html"};
	CLEANUP(buf_done) struct buf out;
	struct declaration *d = declared_parse(yaml);
	buf_init(&out, DOCUMENT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *text = made_for(d, names[i], day, &out);
		lacks(text, "In the opinion");
		lacks(text, "Met by");
		holds(text, "Compliance cannot be stated");
		assert_true(count(text, requirement) >= 2); /* in its place and in the list at the top */
	}
	declaration_free(d);
}

static void statement_claims_only_what_is_promised(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	static const char random_one[] = "    used_by: user\n    made: per-unit-random\n";
	claims_nothing(declared_with(random_one, "    used_by: user\n    made: universal\n"), "paragraph 1", TODAY);
	claims_nothing(declared_with(random_one, "    used_by: user\n    made: derived\n"), "paragraph 1", TODAY);
	claims_nothing(declared_with("    bits: 60\n", ""), "paragraph 1", TODAY);
	claims_nothing(declared_with("  policy_url: https://lumen.example/disclosure\n", ""), "paragraph 2", TODAY);
	claims_nothing(declared_with("  acknowledge_days: 5\n", ""), "paragraph 2", TODAY);
	claims_nothing(declared_with("  published: https://lumen.example/support\n", ""), "paragraph 3", TODAY);
	claims_nothing(declared_with("  until: 2031-12-31\n", "  until: 2026-09-30\n"), "paragraph 3", TODAY);
	claims_nothing(declared_text(), "paragraph 3", day_of("2032-01-01"));
	/* Chosen by the owner: 5.1-2 has nothing to say. */
	const char *md = made(declared_with(random_one, "    used_by: user\n    made: user-set\n"),
			      "statement-of-compliance.md", &out);
	holds(md, "| Provision 5.1-1 | ETSI");
	lacks(md, "5.1-2");
	/* No password at all. */
	md = made(declared_with("    kind: password\n", "    kind: token\n"), "statement-of-compliance.md", &out);
	holds(md, "| Passwords (paragraph 1) | Does not apply: no password is declared |  |\n");
	holds(md, "| Provision 5.2-1 | ETSI");
}

static void period(const char *from, const char *until, const char *length)
{
	CLEANUP(buf_done) struct buf out;
	char expected[96], supply[RFC3339_DATE_SIZE];
	struct declaration *d = declared_parse(declared_text());
	buf_init(&out, DOCUMENT_MAX);
	d->released = day_of(from);
	d->support.until = day_of(until);
	rfc3339_date(d->released, supply);
	(void)snprintf(expected, sizeof expected, " (%s) |\n", length);
	holds(made_for(d, "statement-of-compliance.md", d->released, &out), expected);
	declaration_free(d);
}

static void periods_are_counted_to_the_day(void **state)
{
	(void)state;
	period("2027-01-01", "2027-12-31", "1 year");
	period("2026-12-31", "2027-12-31", "1 year and 1 day");
	period("2026-12-31", "2026-12-31", "1 day");
	period("2026-12-31", "2027-01-01", "2 days");
	period("2027-01-01", "2027-01-31", "1 month");
	period("2024-02-29", "2025-02-27", "1 year");
	period("2024-02-28", "2025-02-27", "1 year");
	period("2027-01-31", "2027-02-28", "1 month and 1 day");
	period("2026-03-15", "2031-08-20", "5 years, 5 months and 6 days");
	period("2026-10-01", "9999-12-30", "7973 years, 2 months and 30 days");
}

/* After the first supply the maker may have extended the period: the statement wants the first one. */
static void extended_periods_are_asked_about(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	struct declaration *d = declared_parse(declared_text());
	buf_init(&out, DOCUMENT_MAX);
	lacks(made_for(d, "statement-of-compliance.md", TODAY, &out), "extended");
	holds(made_for(d, "statement-of-compliance.md", day_of("2026-10-02"), &out),
	      "(5)\n\n- Confirm that the support "
	      "period has not been extended");
	declaration_free(d);
}

/* ---- security.txt ---- */

static void reads_back(const char *text, const struct declaration *d, struct wall_time day, size_t lines)
{
	struct err e = {0};
	struct security_txt back;
	struct wall_time expires;
	check_ok(security_txt_decode(bytes_of_text(text), &back, &e));
	assert_int_equal(back.contacts, 1);
	assert_int_equal(back.expiries, 1);
	assert_string_equal(back.contact, d->disclosure.contact);
	assert_true(rfc3339_parse_time(back.expires, &expires));
	assert_true(expires.s > day.s);
	assert_true(expires.s < day.s + 365 * (int64_t)SECONDS_PER_DAY);
	assert_int_equal(count(text, "\n"), lines);
	assert_int_equal(count(text, "\r"), 0);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void security_txt_is_complete(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	struct declaration *d = declared_parse(declared_text());
	const char *text = made_for(d, "security.txt", TODAY, &out);
	assert_string_equal(text, "# Lumen Works Ltd, Lumen Doorbell Camera\nContact: mailto:security@lumen.example\n"
				  "Expires: 2027-09-26T00:00:00Z\nPreferred-Languages: en\n"
				  "Canonical: https://lumen.example/.well-known/security.txt\n"
				  "Policy: https://lumen.example/disclosure\n");
	reads_back(text, d, TODAY, 6);
	declaration_free(d);
	d = declared_parse(declared_with("  acknowledge_days: 5\n",
					 "  acknowledge_days: 5\n  encryption_url: https://lumen.example/key.asc\n"
					 "  acknowledgments_url: https://lumen.example/thanks\n"));
	text = made_for(d, "security.txt", TODAY, &out);
	holds(text, "\nEncryption: https://lumen.example/key.asc\nAcknowledgments: https://lumen.example/thanks\n");
	reads_back(text, d, TODAY, 8);
	declaration_free(d);
}

static void security_txt_expires_within_the_year(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	struct declaration *d = declared_parse(declared_text());
	static const char *const days[] = {"2026-12-31", "2027-01-01", "2027-02-28",
					   "2028-02-29", "2028-12-31", "1970-01-01"};
	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		for (int64_t s = 0; s < SECONDS_PER_DAY; s += SECONDS_PER_DAY - 1) {
			struct wall_time now = {day_of(days[i]).s + s};
			reads_back(made_for(d, "security.txt", now, &out), d, now, 6);
		}
	holds(made_for(d, "security.txt", day_of("2027-12-31"), &out), "\nExpires: 2028-12-25T00:00:00Z\n");
	holds(made_for(d, "security.txt", day_of("2028-02-29"), &out), "\nExpires: 2029-02-23T00:00:00Z\n");
	declaration_free(d);
}

/* What a reader could take for the end of a line, in the only free texts of the file. */
static void security_txt_gets_no_line_more(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	struct err e = {0};
	struct declaration *d = NULL;
	static const char *const ends[] = {"\n",   "\r",       "\r\n",	       "\v",	      "\f",
					   "\x1c", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[64];
		d = declared_parse(declared_text());
		(void)snprintf(name, sizeof name, "Lumen%sContact: mailto:evil@evil.example", ends[i]);
		d->maker.name = d->product = name;
		const char *text = made_for(d, "security.txt", TODAY, &out);
		reads_back(text, d, TODAY, 6);
		for (size_t k = 1; k < ARRAY_LEN(ends); k++)
			lacks(text, ends[k]);
		declaration_free(d);
	}
	static const char *const contacts[] = {"\"mailto:a@b.example\\nContact: mailto:c@d.example\"",
					       "mailto:a b@c.example", "\"https://x.example/\\r\\nExpires: 2099\"",
					       "javascript:alert(1)", "\"https://x.example/\\u2028Policy: y\""};
	for (size_t i = 0; i < ARRAY_LEN(contacts); i++) {
		d = NULL;
		check_fails(ERR_INPUT, declaration_parse(bytes_of_text(declared_with("mailto:security@lumen.example",
										     contacts[i])),
							 &d, NULL, &e));
		assert_null(d);
	}
}

/* ---- privacy notice, set-up guide, user information ---- */

static void privacy_tells_all_of_each_kind(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	static const char *const pieces[] = {"Clips of who was at the door, with sound",
					     "to show the owner who rang",
					     "on the product",
					     "14 days, then it is deleted",
					     "nobody",
					     "our contract with you",
					     "a clip only when the bell rings",
					     "Sound near the door",
					     "to stop a bad update",
					     "judged before the next group",
					     "a signed receipt",
					     "hello@lumen.example"};
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		holds(made(declared_text(), "privacy-notice.md", &out), pieces[i]);
		holds(made(declared_text(), "privacy-notice.html", &out), pieces[i]);
	}
	lacks(made(declared_text(), "privacy-notice.md", &out), "Open:");
	const char *yaml = without_block(
		"personal_data",
		"personal_data:\n  - id: recordings\n    what: clips\n    why: to show\n    where: both\n"
		"    keep_days: 0\n    sensitive: true\n    basis: consent\n    shared_with: [Cloud Ltd, Parcel Ltd]\n"
		"    withdrawal: switch on the page\n");
	const char *md = made(yaml, "privacy-notice.md", &out);
	holds(md, "| Who else gets it | Cloud Ltd and Parcel Ltd |");
	holds(md, "not kept after use");
	holds(md, "your consent");
	holds(md, "| How you take it back | switch on the page |");
	holds(md, "- Clips: how the owner agrees\n");
	holds(md, "- Clips: how the consent is recorded\n");
	holds(md, "- How the owner deletes data kept by services\n");
	md = made(without_block("personal_data", "personal_data: []\n"), "privacy-notice.md", &out);
	holds(md, "keeps no personal data");
	holds(made(without_block("telemetry", ""), "privacy-notice.md", &out),
	      "## What it reports about itself\n\nNothing.\n");
}

static void privacy_tells_where_data_goes(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	const char *yaml = declared_with(
		"    why: relay for the clip backup chosen by the owner\n",
		"    why: backup\n  - {service: camera, host: clips.lumen.example, proto: tcp, port: 443, "
		"protection: tls, why: clip store, data: [recordings, update-state]}\n");
	const char *md = made(yaml, "privacy-notice.md", &out);
	holds(md, "| Sent to | clips.lumen.example (clip store), encrypted (TLS) |");
	holds(md, "| Who gets it | Lumen Works Ltd, over clips.lumen.example (clip store), encrypted (TLS) |");
}

static void setup_guides(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	static const char *const pieces[] = {":9443",
					     "set-up password on the label",
					     "password of your own",
					     "whether updates install by themselves",
					     "The secure choice",
					     "8443 TCP",
					     "every 6 hours",
					     "has cut itself off from the network",
					     "31 December 2031",
					     "security@lumen.example",
					     "Delete my data",
					     "doorbell, recording and owner page"};
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		holds(made(declared_text(), "setup-guide.md", &out), pieces[i]);
	lacks(made(declared_text(), "setup-guide.md", &out), "Open:");
	/* Without the agent's page nothing is said of it. */
	const char *md = made(declared_with("page_port: 9443", "page_port: 0"), "setup-guide.md", &out);
	lacks(md, "ends in :");
	lacks(md, "password on the label");
	holds(md, "Open web page of the agent in the home network.");
	/* EN303645 5.3-14 */
	holds(made(declared_text(), "setup-guide.md", &out),
	      "- First boot stage is not updated: it anchors trust in everything that starts after it.\n");
	holds(made(declared_with("    why: it anchors trust in everything that starts after it\n", ""),
		   "setup-guide.md", &out),
	      "- Why this part is not updated: First boot stage\n");
	lacks(made(declared_with("model_shown_on: both", "model_shown_on: page"), "setup-guide.md", &out),
	      "must name the model");
	md = made(declared_with("    changeable: true\n", ""), "setup-guide.md", &out);
	holds(md, "- Whether the owner can change what opens this");
}

/* REQ: Regulation (EU) 2024/2847 Annex II */
static void user_information_has_nine_items(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	static const char *const items[] = {"## 1. Man",
					    "## 2. Rep",
					    "## 3. Ide",
					    "## 4. Int",
					    "## 5. Cir",
					    "## 6. EU ",
					    "## 7. Sec",
					    "## 8. Ins",
					    "### a) ",
					    "### b) ",
					    "### c) ",
					    "### d) ",
					    "### e) ",
					    "### f) ",
					    "## 9. Sof",
					    "https://lumen.example/sbom/lumen-cam1.cdx.json",
					    "https://lumen.example/doc/lumen-cam1"};
	const char *md = made(declared_text(), "user-information.md", &out), *at = md;
	for (size_t i = 0; i < 15; i++) {
		at = strstr(at, items[i]);
		if (!at)
			fail_msg("no %s, or not in its place", items[i]);
	}
	holds(md, items[15]);
	holds(md, items[16]);
	lacks(md, "Open:");
	static const struct {
		const char *key, *open;
	} missing[] = {
		{"  email: mailto:hello@lumen.example\n", "- 1: a mail"},
		{"  website: https://lumen.example\n", "- 1: website"},
		{"  policy_url: https://lumen.example/disclosure\n", "- 2: "},
		{"  batch: all units of model lumen-cam1\n", "- 3: "},
		{"intended_use: shows and records who is at the front door of a home\n", "- 4: what the product is"},
		{"  works_without_network: [doorbell, recording, owner page]\n", "- 4: what goes on"},
		{"  declaration_url: https://lumen.example/doc/lumen-cam1\n", "- 6: "},
		{"  setup_url: https://lumen.example/setup/lumen-cam1\n", "- 8a: "},
		{"  can_turn_off: true\n", "- 8e: "},
		{"  sbom_url: https://lumen.example/sbom/lumen-cam1.cdx.json\n", "- 9: "},
	};
	holds(md, "not meant to be reached from the internet");
	lacks(made(declared_with("    interface: lan\n", ""), "user-information.md", &out),
	      "reached from the internet");
	holds(made(declared_with("    interface: lan\n", "    interface: any\n"), "user-information.md", &out),
	      "answers on all its networks");
	for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
		md = made(declared_with(missing[i].key, ""), "user-information.md", &out);
		holds(md, missing[i].open);
		assert_int_equal(count(md, "(to be filled in)"), 1);
	}
}

/* ---- all of them ---- */

static void put_everywhere(struct declaration *d, const char **text)
{
	const char **const single[] = {&d->product,
				       &d->intended_use,
				       &d->maker.name,
				       &d->maker.address,
				       &d->statement.batch,
				       &d->statement.signatory,
				       &d->statement.function,
				       &d->statement.place,
				       &d->update.what,
				       &d->replacement.isolation,
				       &d->replacement.hardware,
				       &d->secure_boot.what,
				       &d->secure_boot.notification,
				       &d->erasure.device,
				       &d->erasure.service,
				       &d->erasure.confirmation,
				       &d->outage.after_power_loss,
				       &d->texts.isolated,
				       &d->personal_data[0].what,
				       &d->personal_data[0].why,
				       &d->personal_data[0].processing,
				       &d->personal_data[0].minimised,
				       &d->personal_data[0].consent,
				       &d->personal_data[0].withdrawal,
				       &d->personal_data[0].anonymised,
				       &d->sensors[0].what,
				       &d->sensors[0].why,
				       &d->telemetry[0].what,
				       &d->telemetry[0].why,
				       &d->telemetry[0].examined,
				       &d->decisions[0].what,
				       &d->decisions[0].usual,
				       &d->handling[0].what,
				       &d->handling[0].action,
				       &d->services[0].why,
				       &d->listeners[0].why,
				       &d->flows[0].why,
				       &d->channels[0].what,
				       &d->credentials[0].purpose,
				       &d->physical[0].what,
				       &d->user_interfaces[0].what};
	struct decl_texts *const lists[] = {&d->foreseeable_risks, &d->decisions[0].options,
					    &d->outage.works_without_network, &d->secure_boot.remaining,
					    &d->personal_data[0].shared_with};
	for (size_t i = 0; i < ARRAY_LEN(single); i++)
		*single[i] = *text;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		*lists[i] = (struct decl_texts){text, 1};
	d->personal_data[0].basis = BASIS_CONSENT;
}

/* What of a page is markup: its tags, without those that only keep a direction of writing. */
static void put_tags(const char *html, struct buf *out)
{
	for (const char *at = html; (at = strchr(at, '<'));) {
		size_t n = strcspn(at, ">") + 1;
		if (strncmp(at, "<bdi>", 5) != 0 && strncmp(at, "</bdi>", 6) != 0)
			buf_put(out, bytes_of(at, n));
		at += n;
	}
}

/* What of Markdown is markup: special characters that are not escaped, and what means something where a block begins.
 */
static void put_marks(const char *md, struct buf *out)
{
	bool start = true, digits = false;
	for (; *md; md++) {
		if (*md == '\\' && md[1] && md[1] != '\n') {
			md++;
			start = digits = false;
			continue;
		}
		bool opens = start && strchr("-+=#> \t[]", *md),
		     ends_number = digits && strchr(".)", *md) && md[1] == ' ';
		if (*md == '\n' || opens || ends_number || strchr("\\`*_[]{}#|~$^<>", *md))
			buf_put_u8(out, (uint8_t)*md);
		digits = (start || digits) && *md >= '0' && *md <= '9';
		start = *md == '\n' || opens || ends_number;
	}
}

static const char *const hostile[] = {
	"<script>alert(1)</script>",
	"</title><img src=x onerror=alert(1)>",
	"\" onmouseover=\"alert(1)",
	"' onfocus='x",
	"-->]]><svg/onload=x>",
	"&lt;b&gt; &amp; &#60;i&#62;",
	"[click](https://evil.example)",
	"![x](https://evil.example/p.png)",
	"<https://evil.example>",
	"**bold** _it_ `code` ~~gone~~",
	"| a | b |",
	"x | y",
	"# Title",
	"- item",
	"+ item",
	"* item",
	"= x",
	"1. item",
	"2) item",
	"> quote",
	"    program",
	"--- ",
	"\\",
	"\\*x\\*",
	"x\\",
	"{{x}} $x$ ^x^ [^1]",
	"[x]: https://evil.example",
	"%s%n%u",
	"@@ ## ``",
	"\xe2\x80\xaegpj.exe",
	"\xe2\x81\xa6x",
	"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d 14",
	"a\xc2\x85z",
	"a\xe2\x80\xa8z",
	"caf\xc3\xa9 \"quoted\" \xe2\x80\x9cso\xe2\x80\x9d",
	"x\n\n# y",
	"x\ry",
	"\tx",
};

static void texts_stay_texts(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf good, bad, good_marks, bad_marks;
	buf_init(&good, DOCUMENT_MAX);
	buf_init(&bad, DOCUMENT_MAX);
	buf_init(&good_marks, DOCUMENT_MAX);
	buf_init(&bad_marks, DOCUMENT_MAX);
	const char *harmless = "Zqx";
	struct declaration *plain = declared_parse(declared_text()), *d = declared_parse(declared_text());
	put_everywhere(plain, &harmless);
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		const char *text = hostile[i];
		put_everywhere(d, &text);
		for (size_t k = 0; k < ARRAY_LEN(papers); k++) {
			bool html = strstr(papers[k], ".html");
			if (!html && !strstr(papers[k], ".md"))
				continue;
			buf_reset(&good_marks);
			buf_reset(&bad_marks);
			(html ? put_tags : put_marks)(made_for(plain, papers[k], TODAY, &good), &good_marks);
			(html ? put_tags : put_marks)(made_for(d, papers[k], TODAY, &bad), &bad_marks);
			if (strcmp(buf_text(&good_marks), buf_text(&bad_marks)) != 0)
				fail_msg("%s: '%s' became markup:\n%s", papers[k], text, buf_text(&bad));
			lacks(buf_text(&bad), "\xe2\x80\xae");
			lacks(buf_text(&bad), "\xe2\x81\xa6");
			lacks(buf_text(&bad), "\xe2\x80\xa8");
			lacks(buf_text(&bad), "\xc2\x85");
		}
	}
	declaration_free(plain);
	declaration_free(d);
}

/* Renderers make links of bare addresses; the words stay, the link does not come about. */
static void bare_addresses_are_no_links(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	const char *md = made(
		declared_with("why: to talk with who rang", "why: \"see https://evil.example or WWW.evil.example\""),
		"privacy-notice.md", &out);
	holds(md, "See https\\://evil.example or WWW\\.evil.example");
}

/* A text is never cut, changed or dropped but for what cannot be shown. */
static void texts_are_whole(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	struct declaration *d = declared_parse(declared_text());
	d->texts.isolated = "iLock & <Caf\xc3\xa9> \"5\" * \xd7\xa9\xe2\x80\xae!";
	holds(made_for(d, "setup-guide.html", TODAY, &out),
	      "<blockquote><p><bdi>iLock &amp; &lt;Caf\xc3\xa9&gt; &quot;5&quot; * "
	      "\xd7\xa9U+202E!</bdi></p></blockquote>");
	holds(made_for(d, "setup-guide.md", TODAY, &out),
	      "\n> iLock &amp; &lt;Caf\xc3\xa9&gt; \"5\" \\* \xd7\xa9U+202E!\n");
	d->foreseeable_risks.at[0] = "iLock pairs with eCall";
	holds(made_for(d, "setup-guide.md", TODAY, &out), "\n- iLock pairs with eCall\n");
	declaration_free(d);
}

static void same_bytes_twice(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf one, two;
	buf_init(&one, DOCUMENT_MAX);
	buf_init(&two, DOCUMENT_MAX);
	struct declaration *a = declared_parse(declared_text()), *b = declared_parse(declared_text());
	for (size_t k = 0; k < ARRAY_LEN(papers); k++)
		assert_string_equal(made_for(a, papers[k], TODAY, &one), made_for(b, papers[k], TODAY, &two));
	declaration_free(a);
	declaration_free(b);
}

/* A document that does not fit is no document. */
static void too_small_a_buffer_breaks(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(declared_text());
	for (size_t k = 0; k < ARRAY_LEN(papers); k++) {
		CLEANUP(buf_done) struct buf out;
		struct err e = {0};
		buf_init(&out, 100);
		row_of(papers[k])->write(d, TODAY, &out);
		check_fails(ERR_LIMIT, buf_check(&out, papers[k], &e));
	}
	/* Neither is one whose middle did not fit. */
	CLEANUP(buf_done) struct buf out, huge;
	struct err e = {0};
	buf_init(&out, 16 * DOCUMENT_MAX);
	buf_init(&huge, 4 * DOCUMENT_MAX);
	while (huge.len < 2 * DOCUMENT_MAX)
		buf_put_text(&huge, "all of it ");
	d->texts.isolated = buf_text(&huge);
	for (size_t k = 0; k < ARRAY_LEN(papers); k++)
		if (strncmp(papers[k], "setup", 5) == 0) {
			buf_reset(&out);
			row_of(papers[k])->write(d, TODAY, &out);
			check_fails(ERR_LIMIT, buf_check(&out, papers[k], &e));
		}
	declaration_free(d);
}

static void policy_tells_times(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, DOCUMENT_MAX);
	const char *html = made(declared_text(), "disclosure-policy.html", &out);
	holds(html, "within 5 days");
	holds(html, "every 14 days");
	holds(html, "<a href=\"mailto:security@lumen.example\">security@lumen.example</a>");
	holds(html, "free of charge");
	holds(made(declared_with("  acknowledge_days: 5\n", "  acknowledge_days: 1\n"), "disclosure-policy.md", &out),
	      "within 1 day.");
	holds(made(declared_with("  update_days: 14\n", ""), "disclosure-policy.md", &out),
	      "- How often somebody who reported");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statement_has_every_field),
		cmocka_unit_test(statement_names_representatives),
		cmocka_unit_test(statement_leaves_open_what_is_missing),
		cmocka_unit_test(statement_claims_only_what_is_promised),
		cmocka_unit_test(periods_are_counted_to_the_day),
		cmocka_unit_test(extended_periods_are_asked_about),
		cmocka_unit_test(security_txt_is_complete),
		cmocka_unit_test(security_txt_expires_within_the_year),
		cmocka_unit_test(security_txt_gets_no_line_more),
		cmocka_unit_test(privacy_tells_all_of_each_kind),
		cmocka_unit_test(privacy_tells_where_data_goes),
		cmocka_unit_test(setup_guides),
		cmocka_unit_test(user_information_has_nine_items),
		cmocka_unit_test(texts_stay_texts),
		cmocka_unit_test(bare_addresses_are_no_links),
		cmocka_unit_test(texts_are_whole),
		cmocka_unit_test(same_bytes_twice),
		cmocka_unit_test(too_small_a_buffer_breaks),
		cmocka_unit_test(policy_tells_times),
	};
	return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
