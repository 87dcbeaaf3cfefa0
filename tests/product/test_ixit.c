/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IXIT tables: all 29 with every column, nothing blank, nothing invented, references that lead somewhere, and texts
 * of a supplier that stay in their cell.
 */
#include "declared.h"
#include "tables.h"

#include <ctype.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "product/catalogue.h"
#include "product/ixit_write.h"

#define TODAY ((struct wall_time){1790812800}) /* 2026-10-01 */
#define FILE_MAX (2 * 1024 * 1024)
#define NEVER (-1)

static long countdown = NEVER; /* allocations that still succeed */

void *__real_calloc(size_t count, size_t size); // NOLINT(bugprone-reserved-identifier): the linker's --wrap names it
void *__wrap_calloc(size_t count, size_t size); // NOLINT(bugprone-reserved-identifier)

void *__wrap_calloc(size_t count, size_t size) // NOLINT(bugprone-reserved-identifier)
{
	if (countdown == 0)
		return NULL;
	if (countdown > 0)
		countdown--;
	return __real_calloc(count, size);
}

static struct ixit *filled(const struct declaration *d)
{
	struct ixit *x = NULL;
	struct err e = {0};
	check_ok(ixit_new(d, &x, &e));
	return x;
}

static size_t table_index(const char *name)
{
	for (size_t i = 0; i < IXIT_TABLES; i++)
		if (strcmp(ixit_tables[i].name, name) == 0)
			return i;
	fail_msg("no table %s", name);
	return 0;
}

static const struct ixit_cell *cell_of(const struct ixit *x, const char *table, size_t row, const char *column)
{
	size_t t = table_index(table);
	if (row >= x->tables[t].n)
		fail_msg("%s has only %zu rows", table, x->tables[t].n);
	for (size_t c = 0; ixit_tables[t].columns[c]; c++)
		if (strcmp(ixit_tables[t].columns[c], column) == 0)
			return &x->tables[t].at[row].cells[c];
	fail_msg("%s has no column %s", table, column);
	return NULL;
}

/* Public column names of TS 103 701 V2.1.1: how many each table has, beside the id. */
static void all_tables_and_columns(void **state)
{
	static const size_t columns[IXIT_TABLES] = {7, 14, 3, 5, 1, 3,	7, 2, 2, 7, 4, 3, 5, 1, 5,
						    1, 1,  1, 1, 5, 12, 1, 3, 4, 4, 3, 2, 6, 2};
	(void)state;
	for (size_t i = 0; i < IXIT_TABLES; i++) {
		const struct ixit_table *t = &ixit_tables[i];
		assert_int_equal(t->number, i + 1);
		assert_int_equal(ixit_columns(t), columns[i]);
		for (size_t c = 0; t->columns[c]; c++)
			for (size_t k = 0; k < c; k++)
				assert_string_not_equal(t->columns[c], t->columns[k]);
	}
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++)
		for (const char *const *name = catalogue_table[i].ixit; *name; name++) {
			char want[64];
			unsigned number = (unsigned)strtoul(*name, NULL, 10);
			assert_in_range(number, 1, IXIT_TABLES);
			(void)snprintf(want, sizeof want, "%u-%s", number, ixit_tables[number - 1].name);
			assert_string_equal(*name, want);
		}
}

/* A cell has words of the supplier, words that were derived, or the reason why it has none. */
static void check_no_blank(const struct ixit *x)
{
	for (size_t t = 0; t < IXIT_TABLES; t++) {
		const struct ixit_rows *rows = &x->tables[t];
		if (!rows->n) {
			assert_true(rows->none.state == IXIT_NOT_STATED || rows->none.state == IXIT_NOT_NEEDED);
			assert_true(ixit_text(x, rows->none.why)[0]);
		}
		for (size_t i = 0; i < rows->n; i++) {
			assert_true(ixit_text(x, rows->at[i].from)[0]);
			for (size_t c = 0; ixit_tables[t].columns[c]; c++) {
				const struct ixit_cell *cell = &rows->at[i].cells[c];
				bool has_text = ixit_text(x, cell->text)[0], has_why = ixit_text(x, cell->why)[0];
				bool right = cell->state == IXIT_STATED	   ? has_text && !has_why
					     : cell->state == IXIT_DERIVED ? has_text && has_why
									   : has_why;
				if (!right)
					fail_msg("%s-%zu, %s says nothing", ixit_tables[t].name, i + 1,
						 ixit_tables[t].columns[c]);
			}
		}
	}
}

/* The example is what a maker copies: nothing in it is left open. */
static void the_example_leaves_nothing_open(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(declared_text());
	struct ixit *x = filled(d);
	check_no_blank(x);
	for (size_t t = 0; t < IXIT_TABLES; t++)
		for (size_t i = 0; i < x->tables[t].n; i++)
			for (size_t c = 0; ixit_tables[t].columns[c]; c++)
				if (x->tables[t].at[i].cells[c].state == IXIT_NOT_STATED)
					fail_msg("%s-%zu, %s: declare %s", ixit_tables[t].name, i + 1,
						 ixit_tables[t].columns[c],
						 ixit_text(x, x->tables[t].at[i].cells[c].why));
	for (size_t t = 0; t < IXIT_TABLES; t++)
		assert_true(x->tables[t].n > 0);
	ixit_free(x);
	declaration_free(d);
}

/* Only what the schema insists on. */
static const char minimal[] = "product: P\nmodel: m\nversion: 1.0.0\n"
			      "maker: {name: M, address: A, country: GB}\nsupport: {until: 2031-12-31}\n"
			      "disclosure: {contact: 'mailto:a@b.example'}\n"
			      "components:\n  - {id: os, name: OS, version: '1', update: updated}\n"
			      "update: {mechanism: hallmark}\n"
			      "services:\n  - {id: s, exec: usr/bin/s, user: 2001, why: w}\n"
			      "scan_period_s: 300\npage_port: 0\ntexts: {isolated: t}\n";

static const char *minimal_with(const char *more)
{
	static char out[DECLARATION_MAX];
	int n = snprintf(out, sizeof out, "%s%s", minimal, more);
	assert_true(n > 0 && (size_t)n < sizeof out);
	return out;
}

static void silence_is_shown(void **state)
{
	static const struct {
		const char *table;
		enum ixit_state state;
	} empty[] = {
		{"AuthMech", IXIT_NOT_NEEDED},	 {"VulnTypes", IXIT_NOT_STATED}, {"VulnMon", IXIT_NOT_STATED},
		{"UpdProc", IXIT_NOT_STATED},	 {"SecParam", IXIT_NOT_NEEDED},	 {"SecComMech", IXIT_NOT_NEEDED},
		{"NetSecImpl", IXIT_NOT_STATED}, {"SecMgmt", IXIT_NOT_NEEDED},	 {"PhyIntf", IXIT_NOT_STATED},
		{"CodeMin", IXIT_NOT_STATED},	 {"SecBoot", IXIT_NOT_STATED},	 {"PersData", IXIT_NOT_NEEDED},
		{"ExtSens", IXIT_NOT_NEEDED},	 {"ResMech", IXIT_NOT_STATED},	 {"TelData", IXIT_NOT_NEEDED},
		{"DelFunc", IXIT_NOT_STATED},	 {"UserDec", IXIT_NOT_STATED},	 {"UserIntf", IXIT_NOT_STATED},
		{"LogIntf", IXIT_NOT_STATED},	 {"InpVal", IXIT_NOT_STATED},
	};
	CLEANUP(buf_done) struct buf out;
	static struct tables_csv csv;
	(void)state;
	buf_init(&out, FILE_MAX);
	struct declaration *d = declared_parse(minimal);
	struct ixit *x = filled(d);
	check_no_blank(x);
	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		const struct ixit_rows *rows = &x->tables[table_index(empty[i].table)];
		if (rows->n || rows->none.state != empty[i].state)
			fail_msg("%s: %zu rows, state %d", empty[i].table, rows->n, rows->none.state);
	}
	for (size_t c = 0; c < 5; c++)
		assert_int_equal(x->tables[table_index("Conf")].at[0].cells[c].state, IXIT_NOT_STATED);
	/* What is not stated is not blank in any file either. */
	for (size_t t = 0; t < IXIT_TABLES; t++) {
		buf_reset(&out);
		ixit_write_csv(x, t, &out);
		tables_read(buf_text(&out), &csv);
		assert_int_equal(csv.columns, ixit_columns(&ixit_tables[t]) + 2);
		assert_true(csv.rows >= 2);
		for (size_t r = 0; r < csv.rows; r++)
			for (size_t c = 0; c < csv.columns; c++)
				assert_true(csv.at[r][c][0]);
	}
	buf_reset(&out);
	ixit_write_markdown(d, x, TODAY, &out);
	assert_null(strstr(buf_text(&out), "|  |"));
	assert_non_null(strstr(buf_text(&out), "- [29-InpVal](#29-inpval) has no entries: declare inputs\n"));
	assert_non_null(strstr(buf_text(&out), "- [UpdMech-1](#updmech-1), Update Checking: declare update.check"));
	ixit_free(x);
	declaration_free(d);
}

#define LISTENER "listeners:\n  - {service: s, proto: tcp, port: 443, auth: none, protection: tls, why: w"
#define FLOW "flows:\n  - {service: s, host: h.example, proto: udp, port: 5, protection: dtls, why: w"

static const struct {
	const char *more, *table;
	size_t row;
	const char *column;
	enum ixit_state state;
	const char *text, *why; /* in it; NULL: not looked at */
} follows[] = {
	/* Negative first: what does not follow is not filled in. */
	{"", "UpdMech", 0, "Security Guarantees", IXIT_NOT_STATED, NULL, "update.guarantees"},
	{"", "UpdMech", 0, "Cryptographic Details", IXIT_NOT_STATED, NULL, "update.signature"},
	{"", "UserInfo", 0, "Model Designation", IXIT_NOT_STATED, "m", "model_shown_on"},
	{"", "UserInfo", 0, "Documentation of Secure Setup", IXIT_NOT_STATED, "", "documents.setup_url"},
	{LISTENER "}\n", "SecComMech", 0, "Cryptographic Details", IXIT_NOT_STATED, "TLS", "crypto"},
	{LISTENER "}\n", "LogIntf", 0, "Disclosed Information", IXIT_NOT_STATED, "", "listeners[].discloses"},
	{LISTENER "}\n", "LogIntf", 0, "Access", IXIT_NOT_STATED, "", "listeners[].interface"},
	{LISTENER "}\n", "SoftServ", 0, "Allows Configuration", IXIT_NOT_STATED, "", "listeners[].configures"},
	{FLOW "}\n", "SecComMech", 0, "Interface", IXIT_NOT_STATED, "", "interface"},
	{FLOW "}\ninterfaces:\n  physical:\n    - {id: a, what: a, state: used, type: radio}\n"
	      "    - {id: b, what: b, state: used}\n",
	 "SecComMech", 0, "Interface", IXIT_NOT_STATED, "", "interface"},
	{"telemetry:\n  - {id: t, why: w}\n", "TelData", 0, "Description", IXIT_NOT_STATED, "t", "telemetry[].what"},
	{"security_parameters:\n  - {id: p, what: w, type: critical, use: service, where: file}\n", "SecParam", 0,
	 "Protection Scheme", IXIT_NOT_STATED, "in a file", "protection"},
	{"security_parameters:\n  - {id: p, what: w, type: critical, use: service, where: file, leaves_device: true}\n",
	 "SecParam", 0, "Secure Communication Mechanisms", IXIT_NOT_STATED, "", "security_parameters[].channels"},
	{"credentials:\n  - {id: c, for: f, kind: password, used_by: user, made: per-unit-random, bits: 200}\n",
	 "AuthMech", 0, "Brute Force Prevention", IXIT_NOT_STATED, "", "brute_force"},
	{"credentials:\n  - {id: c, for: f, kind: key, used_by: machine, made: per-unit-random, bits: 80}\n",
	 "AuthMech", 0, "Brute Force Prevention", IXIT_NOT_STATED, "", "brute_force"},
	{"credentials:\n  - {id: c, for: f, kind: pin, used_by: user, made: per-unit-random, bits: 20}\n", "AuthMech",
	 0, "Password Generation Mechanism", IXIT_NOT_STATED, "20 random bits", "generation"},
	{"credentials:\n  - {id: c, for: f, kind: pin, used_by: user, made: universal}\n", "SecMgmt", 5, "Description",
	 IXIT_NOT_STATED, "compromise", "parameter_care.compromise"},
	{"user_interfaces:\n  - {id: u, what: w, type: app}\n", "InpVal", 0, "Description", IXIT_NOT_STATED, "",
	 "inputs"},
	/* What follows says from what. */
	{LISTENER "}\n", "SecComMech", 0, "Interface", IXIT_DERIVED, "LogIntf-1", "listener"},
	{LISTENER "}\n", "SecComMech", 0, "Security Guarantees", IXIT_DERIVED, "confidentiality", "protection"},
	{LISTENER "}\n", "LogIntf", 0, "Status", IXIT_DERIVED, "enabled", "as_delivered"},
	{LISTENER "}\n", "InpVal", 0, "Source", IXIT_DERIVED, "LogIntf-1", "services"},
	{FLOW "}\ninterfaces:\n  physical:\n    - {id: a, what: a, state: used, type: radio}\n"
	      "    - {id: b, what: b, state: used, type: usb}\n",
	 "SecComMech", 0, "Interface", IXIT_DERIVED, "PhyIntf-1", "only network interface"},
	{"credentials:\n  - {id: c, for: f, kind: key, used_by: machine, made: per-unit-random, bits: 128}\n",
	 "AuthMech", 0, "Brute Force Prevention", IXIT_DERIVED, "128 random bits", "bits"},
	{"interfaces:\n  debug:\n    - {id: j, what: JTAG, state: \"off\"}\n", "PhyIntf", 0, "Protection", IXIT_DERIVED,
	 "disabled", "state"},
	{"protected: [usr/bin/s]\n", "SecBoot", 0, "Detection Mechanisms", IXIT_DERIVED, "within 300 s", "protected"},
	{"protected: [usr/bin/s]\n", "SecBoot", 0, "Description", IXIT_NOT_STATED, "compares", "secure_boot.what"},
	{"outage: {spreads_reconnects: true}\n", "ResMech", 0, "Type", IXIT_DERIVED, "network", "spreads_reconnects"},
	{"outage: {works_without_network: [a, b]}\n", "ResMech", 0, "Description", IXIT_STATED, "go on: a, b", ""},
	{"erasure: {device: button}\n", "DelFunc", 0, "Target Type", IXIT_DERIVED, "on the product", "erasure.device"},
	{"erasure: {device: button}\n", "DelFunc", 0, "Confirmation", IXIT_NOT_STATED, "", "erasure.confirmation"},
	{"documents: {manual_url: 'https://x.example/m'}\n", "UserInfo", 0, "Documentation of Deletion", IXIT_DERIVED,
	 "https://x.example/m", "manual_url"},
	{"documents: {manual_url: 'https://x.example/m'}\n", "UserInfo", 0, "Documentation of Sensors", IXIT_NOT_NEEDED,
	 "", "no sensor"},
	{"interfaces:\n  debug:\n    - {id: sh, what: shell, state: protected, physical: false, access: network}\n",
	 "LogIntf", 0, "Debug Interface", IXIT_DERIVED, "yes", "interfaces.debug"},
	{"interfaces:\n  debug:\n    - {id: sh, what: shell, state: protected, physical: false, access: network}\n",
	 "LogIntf", 0, "Resilience Measures", IXIT_NOT_STATED, "", "interfaces.debug[].resilience"},
};

static void what_follows_and_what_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(follows); i++) {
		struct declaration *d = declared_parse(minimal_with(follows[i].more));
		struct ixit *x = filled(d);
		const struct ixit_cell *cell = cell_of(x, follows[i].table, follows[i].row, follows[i].column);
		const char *text = ixit_text(x, cell->text), *why = ixit_text(x, cell->why);
		check_no_blank(x);
		if (cell->state != follows[i].state ||
		    (follows[i].text && (!strstr(text, follows[i].text) || (!follows[i].text[0] && text[0]))) ||
		    (follows[i].why && !strstr(why, follows[i].why)))
			fail_msg("%zu: %s %s: state %d, \"%s\", \"%s\"", i, follows[i].table, follows[i].column,
				 cell->state, text, why);
		ixit_free(x);
		declaration_free(d);
	}
}

/* One row for all where only the number of days is declared. */
static void fix_days_gives_one_row(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(declared_with("  procedures:\n", "  others: []\n  procedures:\n"));
	struct ixit *x = filled(d);
	assert_int_equal(x->tables[table_index("UpdProc")].n, 2);
	ixit_free(x);
	d->procedures_n = 0;
	d->handling_n = 0;
	x = filled(d);
	assert_int_equal(x->tables[table_index("UpdProc")].n, 1);
	assert_int_equal(x->tables[table_index("VulnTypes")].n, 1);
	assert_int_equal(cell_of(x, "UpdProc", 0, "Description")->state, IXIT_NOT_STATED);
	assert_string_equal(ixit_text(x, cell_of(x, "UpdProc", 0, "Time Frame")->text), "30 days");
	assert_int_equal(cell_of(x, "VulnTypes", 0, "Action")->state, IXIT_DERIVED);
	ixit_free(x);
	declaration_free(d);
}

/* Small and repeatable; the tests need variety, not quality. */
static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % below;
}

static void put_list(struct buf *y, const char *key, const char *prefix, uint32_t n, uint32_t *seed)
{
	buf_putf(y, ", %s: [", key);
	for (uint32_t i = 0, k = draw(seed, n + 1); i < k; i++)
		buf_putf(y, "%s%s%u", i ? ", " : "", prefix, i);
	buf_put_u8(y, ']');
}

static void random_access(struct buf *y, uint32_t channels, uint32_t data, uint32_t *seed)
{
	static const char *const protections[] = {"tls", "sealed", "public", "none"};
	buf_put_text(y, "listeners:\n");
	for (uint32_t i = 0, n = 1 + draw(seed, 5); i < n; i++) {
		buf_putf(y, "  - {service: %s, proto: tcp, port: %u, auth: %s, protection: %s, why: w",
			 draw(seed, 3) ? "s" : "agent", 100 + i, draw(seed, 2) ? "c1" : "none",
			 protections[draw(seed, 4)]);
		if (channels && draw(seed, 2))
			buf_putf(y, ", channel: ch%u", draw(seed, channels));
		buf_put_text(y, "}\n");
	}
	buf_put_text(y, "flows:\n");
	for (uint32_t i = 0, n = 1 + draw(seed, 5); i < n; i++) {
		buf_putf(y, "  - {service: s, host: h%u.example, proto: tcp, port: 9, protection: %s", i,
			 protections[draw(seed, 4)]);
		if (channels && draw(seed, 2))
			buf_putf(y, ", channel: ch%u", draw(seed, channels));
		put_list(y, "data", "d", data, seed);
		buf_put_text(y, "}\n");
	}
	buf_put_text(y, "credentials:\n  - {id: c0, for: f, kind: key, used_by: user, made: none}\n"
			"  - {id: c1, for: f, kind: password, used_by: user, made: user-set}\n");
}

/* Lists of other lengths each time; ids say which entry of which list they are. */
static const char *random_declaration(struct buf *y, uint32_t seed)
{
	uint32_t channels = draw(&seed, 4), data = draw(&seed, 4), others = draw(&seed, 3), logical = draw(&seed, 3);
	buf_reset(y);
	buf_put_text(y, "product: P\nmodel: m\nversion: 1.0.0\nmaker: {name: M, address: A, country: GB}\n"
			"support: {until: 2031-12-31}\ndisclosure: {contact: 'mailto:a@b.example'}\n"
			"services:\n  - {id: s, exec: usr/bin/s, user: 2001, why: w}\n"
			"scan_period_s: 300\npage_port: 0\ntexts: {isolated: t}\n");
	buf_putf(y, "update:\n  mechanism: %s\n  others:%s\n", draw(&seed, 2) ? "hallmark" : "none",
		 others ? "" : " []");
	for (uint32_t i = 0; i < others; i++)
		buf_putf(y, "    - {id: u%u, what: w}\n", i);
	buf_put_text(y, "components:\n  - {id: os, name: OS, version: '1', update: updated}\n");
	if (others)
		buf_putf(y, "  - {id: fw, name: F, version: '1', update: updated, by: u%u}\n", draw(&seed, others));
	buf_putf(y, "channels:%s\n", channels ? "" : " []");
	for (uint32_t i = 0; i < channels; i++)
		buf_putf(y, "  - {id: ch%u, what: w%s}\n", i, draw(&seed, 2) ? ", interface: p1" : "");
	random_access(y, channels, data, &seed);
	buf_putf(y, "personal_data:%s\n", data ? "" : " []");
	for (uint32_t i = 0; i < data; i++) {
		buf_putf(y, "  - {id: d%u, what: w, why: y, where: both, keep_days: 1, sensitive: true, basis: consent",
			 i);
		put_list(y, "channels", "ch", channels, &seed);
		buf_put_text(y, "}\n");
	}
	buf_put_text(y, "telemetry:\n  - {id: t0, why: y");
	put_list(y, "data", "d", data, &seed);
	buf_putf(y, "}\nsecurity_parameters:\n  - {id: k0, what: w, type: critical, use: login, where: tpm");
	put_list(y, "channels", "ch", channels, &seed);
	buf_putf(y,
		 "}\ninterfaces:\n  physical:\n    - {id: p0, what: w, state: used}\n"
		 "    - {id: p1, what: w, state: used, type: radio}\n  logical:%s\n",
		 logical ? "" : " []");
	for (uint32_t i = 0; i < logical; i++)
		buf_putf(y, "    - {id: l%u, what: w, state: used}\n", i);
	buf_putf(y,
		 "  debug:\n    - {id: g0, what: w, state: \"off\", physical: %s}\n    - {id: g1, what: w, state: "
		 "open}\n",
		 draw(&seed, 2) ? "true" : "false");
	buf_put_text(y, "user_interfaces:\n  - {id: u0, what: w, type: app}\ninputs:\n"
			"  - {id: i0, from: s, what: w}\n  - {id: i1, from: p1, what: w}\n"
			"  - {id: i2, from: u0, what: w}\n  - {id: i3, from: agent, what: w}\n");
	return buf_text(y);
}

/* "AuthMech-2" in a text must be the second row of AuthMech; counts what it saw. */
static size_t check_references(const struct ixit *x, const char *text)
{
	size_t seen = 0;
	for (size_t t = 0; t < IXIT_TABLES; t++) {
		size_t n = strlen(ixit_tables[t].name);
		for (const char *at = text; (at = strstr(at, ixit_tables[t].name)); at += n) {
			if (at[n] != '-' || !isdigit((unsigned char)at[n + 1]))
				continue;
			unsigned long number = strtoul(at + n + 1, NULL, 10);
			if (number < 1 || number > x->tables[t].n)
				fail_msg("%.*s-%lu leads nowhere: %s", (int)n, at, number, text);
			seen++;
		}
	}
	return seen;
}

static size_t check_all_references(const struct ixit *x)
{
	size_t seen = 0;
	for (size_t t = 0; t < IXIT_TABLES; t++)
		for (size_t i = 0; i < x->tables[t].n; i++)
			for (size_t c = 0; ixit_tables[t].columns[c]; c++)
				seen += check_references(x, ixit_text(x, x->tables[t].at[i].cells[c].text));
	return seen;
}

/* The first reference in the cell leads to a row that comes from this place of the declaration. */
static void check_leads(const struct ixit *x, const char *table, size_t row, const char *column, const char *to,
			const char *from)
{
	const char *text = ixit_text(x, cell_of(x, table, row, column)->text);
	const char *at = strstr(text, to);
	size_t n = strlen(to);
	if (!at || at[n] != '-')
		fail_msg("%s-%zu, %s: no %s in \"%s\"", table, row + 1, column, to, text);
	size_t number = strtoul(at + n + 1, NULL, 10);
	assert_in_range(number, 1, x->tables[table_index(to)].n);
	const char *is = ixit_text(x, x->tables[table_index(to)].at[number - 1].from);
	if (strcmp(is, from) != 0)
		fail_msg("%s-%zu, %s: leads to %s, not to %s", table, row + 1, column, is, from);
}

static void check_right_targets(const struct declaration *d, const struct ixit *x)
{
	char from[128];
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		(void)snprintf(from, sizeof from, "listeners: tcp port %u of %s", l->port, l->service);
		check_leads(x, "SoftServ", i, "Description", "LogIntf", from);
		if (l->protection <= PROTECTION_SEALED && !l->channel)
			check_leads(x, "LogIntf", d->logical_n + i, "Description", "SecComMech", from);
		if (strcmp(l->auth, "c1") == 0)
			check_leads(x, "SoftServ", i, "Authentication Mechanism", "AuthMech", "credentials: c1");
		(void)snprintf(from, sizeof from, "channels: %s", l->channel ? l->channel : "");
		if (l->channel)
			check_leads(x, "LogIntf", d->logical_n + i, "Description", "SecComMech", from);
	}
	for (size_t i = 0; i < d->channels_n; i++)
		if (d->channels[i].interface)
			check_leads(x, "SecComMech", i, "Interface", "PhyIntf", "interfaces.physical: p1");
	for (size_t i = 0; i < d->components_n; i++) {
		(void)snprintf(from, sizeof from, "update.others: %s", d->components[i].by ? d->components[i].by : "");
		if (d->components[i].by)
			check_leads(x, "SoftComp", i, "Update Mechanism", "UpdMech", from);
	}
	if (d->telemetry[0].data.n)
		check_leads(x, "TelData", 0, "Personal Data", "PersData", "personal_data: d0");
	if (d->security_parameters[0].channels.n)
		check_leads(x, "SecParam", 0, "Secure Communication Mechanisms", "SecComMech", "channels: ch0");
	check_leads(x, "InpVal", 1, "Source", "PhyIntf", "interfaces.physical: p1");
	check_leads(x, "InpVal", 2, "Source", "UserIntf", "user_interfaces: u0");
	for (size_t i = 0; i < d->personal_data_n; i++)
		for (size_t k = 0; k < d->flows_n && !d->personal_data[i].channels.n; k++) {
			const struct decl_flow *f = &d->flows[k];
			bool carried = f->data.n > i; /* its data are d0 to dN */
			if (!carried)
				continue;
			if (f->channel)
				(void)snprintf(from, sizeof from, "channels: %s", f->channel);
			else
				(void)snprintf(from, sizeof from, "flows: tcp port 9 at %s", f->host);
			if (f->channel || f->protection <= PROTECTION_SEALED)
				check_leads(x, "PersData", i, "Secure Communication Mechanisms", "SecComMech", from);
			break;
		}
}

static void references_lead_to_the_right_row(void **state)
{
	CLEANUP(buf_done) struct buf yaml;
	size_t seen = 0;
	(void)state;
	buf_init(&yaml, DECLARATION_MAX);
	struct declaration *d = declared_parse(declared_text());
	struct ixit *x = filled(d);
	assert_true(check_all_references(x) >= 10);
	check_leads(x, "SoftServ", 0, "Authentication Mechanism", "AuthMech", "credentials: owner-password");
	check_leads(x, "LogIntf", 2, "Description", "SecComMech", "channels: page-tls");
	ixit_free(x);
	declaration_free(d);
	for (uint32_t seed = 0; seed < 300; seed++) {
		d = declared_parse(random_declaration(&yaml, seed));
		x = filled(d);
		check_no_blank(x);
		seen += check_all_references(x);
		check_right_targets(d, x);
		ixit_free(x);
		declaration_free(d);
	}
	assert_true(seen > 3000);
}

static const char *const hostile[] = {
	"a | b || c",
	"`code` *b* _i_ [x](javascript:alert) <script>x</script> &lt; # ~~s~~ $x$",
	"say \"x\", 'y' and \\\"z\\",
	"=cmd|' /C calc'!A0",
	"+1+2",
	"-2+3",
	"@SUM(A1)",
	"'=1",
	"[not stated: declare nothing]",
	"[derived from the moon] yes",
	"\xe2\x80\xae drawkcab \xe2\x81\xa9 \xd7\xa9\xd7\x9c",
	" AuthMech-1 AuthMech-999 xAuthMech-1 AuthMech-01 AuthMech-1x",
	"|",
	"\\",
	"\"",
	",",
	"https://x.example/|<b>",
};

/* As YAML in single quotes. */
static const char *quoted(const char *text)
{
	static char out[4096];
	size_t n = 0;
	out[n++] = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			out[n++] = '\'';
		out[n++] = *text;
	}
	out[n++] = '\'';
	out[n] = 0;
	return out;
}

static const char *hostile_declaration(struct buf *y, const char *text)
{
	const char *q = quoted(text);
	buf_reset(y);
	buf_putf(y,
		 "product: %s\nmodel: m\nversion: 1.0.0\nmaker: {name: %s, address: %s, country: GB}\n"
		 "support: {until: 2031-12-31}\ndisclosure:\n  contact: 'mailto:a@b.example'\n  monitoring: %s\n"
		 "services:\n  - {id: s, exec: usr/bin/s, user: 2001, why: %s}\n"
		 "scan_period_s: 300\npage_port: 0\ntexts: {isolated: t}\nupdate: {mechanism: other, what: %s}\n"
		 "components:\n  - {id: os, name: %s, version: '1', update: never, why: %s}\n",
		 q, q, q, q, q, q, q, q);
	buf_putf(
		y,
		"listeners:\n  - {service: s, proto: tcp, port: 1, auth: c, protection: tls, why: %s, discloses: %s}\n",
		q, q);
	buf_putf(y, "credentials:\n  - {id: c, for: %s, kind: pin, used_by: user, made: derived, crypto: [%s, x]}\n", q,
		 q);
	buf_putf(y, "practices: {code_minimisation: [%s]}\nsensors:\n  - {id: n, what: %s, why: %s}\n", q, q, q);
	buf_putf(y, "decisions:\n  - {id: n, what: %s, options: [%s, %s], usual: %s, when: event}\n", q, q, q, q);
	buf_putf(y, "reasons:\n  - {provision: 5.6-9, why: %s}\n", q);
	return buf_text(y);
}

/* The text comes back from the field that holds it and nothing else. */
static void check_field(const char *field, const char *text)
{
	if (strstr(text, "\xe2\x80\xae")) {
		assert_null(strstr(field, "\xe2\x80\xae"));
		assert_non_null(strstr(field, "U+202E"));
		return;
	}
	if (strchr("=+-@['", text[0])) {
		assert_int_equal(field[0], '\'');
		field++;
	}
	assert_string_equal(field, text);
}

static void check_csv_files(const struct ixit *x, const char *text, struct buf *out)
{
	static struct tables_csv csv;
	for (size_t t = 0; t < IXIT_TABLES; t++) {
		buf_reset(out);
		ixit_write_csv(x, t, out);
		tables_read(buf_text(out), &csv);
		assert_int_equal(csv.columns, ixit_columns(&ixit_tables[t]) + 2);
		assert_int_equal(csv.rows, 1 + (x->tables[t].n ? x->tables[t].n : 1));
		for (size_t r = 0; r < csv.rows; r++)
			for (size_t c = 0; c < csv.columns; c++) {
				assert_non_null(csv.at[r][c]);
				if (strchr("=+-@\t", csv.at[r][c][0]))
					fail_msg("a formula: %s", csv.at[r][c]);
			}
		if (t == table_index("VulnMon") || t == table_index("CodeMin"))
			check_field(csv.at[1][1], text);
	}
}

static void hostile_texts_stay_in_their_cell(void **state)
{
	static char longest[POLICY_TEXT_MAX + 1];
	CLEANUP(buf_done) struct buf yaml, out;
	(void)state;
	memset(longest, '|', POLICY_TEXT_MAX);
	buf_init(&yaml, DECLARATION_MAX);
	buf_init(&out, FILE_MAX);
	for (size_t i = 0; i <= ARRAY_LEN(hostile); i++) {
		const char *text = i < ARRAY_LEN(hostile) ? hostile[i] : longest;
		struct declaration *d = declared_parse(hostile_declaration(&yaml, text));
		struct ixit *x = filled(d);
		struct err e = {0};
		check_no_blank(x);
		check_csv_files(x, text, &out);
		buf_reset(&out);
		ixit_write_markdown(d, x, TODAY, &out);
		check_ok(buf_check(&out, "ixit.md", &e));
		tables_markdown_sound(buf_text(&out));
		assert_null(strstr(buf_text(&out), "\xe2\x80\xae"));
		for (const char *at = buf_text(&out); (at = strstr(at, "](javascript")); at++)
			assert_int_equal(at[-1], '\\');
		ixit_free(x);
		declaration_free(d);
	}
}

/* Only an id of an entry that exists becomes a link. */
static void links_lead_somewhere(void **state)
{
	CLEANUP(buf_done) struct buf yaml, out;
	(void)state;
	buf_init(&yaml, DECLARATION_MAX);
	buf_init(&out, FILE_MAX);
	struct declaration *d = declared_parse(
		hostile_declaration(&yaml, "AuthMech-1, AuthMech-2 xAuthMech-1 AuthMech-01 AuthMech-1x"));
	struct ixit *x = filled(d);
	ixit_write_markdown(d, x, TODAY, &out);
	assert_non_null(strstr(buf_text(&out), "[AuthMech-1](#authmech-1), AuthMech-2 xAuthMech-1 AuthMech-01 "
					       "AuthMech-1x |"));
	for (const char *at = buf_text(&out); (at = strstr(at, "](#")); at++) {
		char anchor[64];
		(void)snprintf(anchor, sizeof anchor, "<a id=\"%.*s\">", (int)strcspn(at + 3, ")"), at + 3);
		if (!strstr(buf_text(&out), anchor))
			fail_msg("no %s", anchor);
	}
	ixit_free(x);
	declaration_free(d);
}

static void same_declaration_same_bytes(void **state)
{
	CLEANUP(buf_done) struct buf a, b;
	(void)state;
	buf_init(&a, FILE_MAX);
	buf_init(&b, FILE_MAX);
	for (int round = 0; round < 2; round++) {
		struct declaration *d = declared_parse(declared_text());
		struct ixit *x = filled(d);
		struct buf *out = round ? &b : &a;
		ixit_write_markdown(d, x, TODAY, out);
		for (size_t t = 0; t < IXIT_TABLES; t++)
			ixit_write_csv(x, t, out);
		ixit_free(x);
		declaration_free(d);
	}
	assert_true(a.len > 20000);
	assert_true(bytes_equal(buf_view(&a), buf_view(&b)));
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(declared_text());
	size_t failures = 0;
	for (long granted = 0;; granted++) {
		struct ixit *x = NULL;
		struct err e = {0};
		countdown = granted;
		rc r = ixit_new(d, &x, &e);
		bool used_up = countdown == 0;
		countdown = NEVER;
		if (rc_ok(r)) {
			ixit_free(x);
			break;
		}
		assert_true(used_up);
		assert_int_equal(r.code, ERR_MEMORY);
		assert_null(x);
		failures++;
	}
	assert_true(failures > 20);
	ixit_free(NULL);
	declaration_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_tables_and_columns),	    cmocka_unit_test(silence_is_shown),
		cmocka_unit_test(what_follows_and_what_does_not),   cmocka_unit_test(fix_days_gives_one_row),
		cmocka_unit_test(the_example_leaves_nothing_open),  cmocka_unit_test(references_lead_to_the_right_row),
		cmocka_unit_test(hostile_texts_stay_in_their_cell), cmocka_unit_test(links_lead_somewhere),
		cmocka_unit_test(same_declaration_same_bytes),	    cmocka_unit_test(every_allocation_may_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
