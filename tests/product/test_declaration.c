/* SPDX-License-Identifier: Apache-2.0 */
/* The strict parser: every wrong file is refused with its place, and nothing of a right one is lost. */
#include "declared.h"

#include <time.h>

#include "core/base/mem.h"
#include "core/codec/json.h"
#include "product/scalar.h"
#include "product/schema.h"
#include "product/suggest.h"

static void reads_the_example(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(declared_text());
	assert_string_equal(d->product, "Lumen Doorbell Camera");
	assert_string_equal(d->maker.name, "Lumen Works Ltd");
	assert_int_equal(d->support.until.s, 1956441600);
	assert_int_equal(d->disclosure.acknowledge_days, 5);
	assert_int_equal(d->update.automatic, DECL_YES);
	assert_int_equal(d->update.signature, SIGNATURE_ED25519);
	assert_int_equal(d->services_n, 1);
	assert_string_equal(d->services[0].exec, "usr/bin/camera");
	assert_int_equal(d->services[0].user, 2001);
	assert_int_equal(d->services[0].safety, DECL_NO);
	assert_int_equal(d->services[0].args.n, 2);
	assert_int_equal(d->listeners_n, 2);
	assert_int_equal(d->listeners[1].port, 9443);
	assert_int_equal(d->listeners[0].proto, POLICY_TCP);
	assert_int_equal(d->flows[0].proto, POLICY_TCP);
	assert_string_equal(d->flows[0].host, "10.77.0.3");
	assert_int_equal(d->credentials[0].made, MADE_PER_UNIT_RANDOM);
	assert_int_equal(d->credentials[0].kind, CREDENTIAL_PASSWORD);
	assert_int_equal(d->debug[0].state, INTERFACE_OFF);
	assert_int_equal(d->debug[0].physical, DECL_YES);
	assert_int_equal(d->health[0].kind, POLICY_HEALTH_REPORT);
	assert_int_equal(d->personal_data[0].basis, BASIS_CONTRACT);
	assert_int_equal(d->outage.works_without_network.n, 3);
	assert_string_equal(d->outage.works_without_network.at[2], "owner page");
	assert_non_null(strstr(d->texts.isolated, "nobody authorised, and has"));
	assert_non_null(declaration_credential(d, "owner-password"));
	assert_null(declaration_service(d, "agent"));
	assert_true(declaration_protects(d, "etc/a/b"));
	assert_true(declaration_protects(d, "bin/busybox"));
	assert_false(declaration_protects(d, "etc/"));
	assert_false(declaration_protects(d, "etcetera"));
	assert_false(declaration_protects(d, "usr/bin/camera2"));
	declaration_free(d);
	declaration_free(NULL);
}

/* A debug interface that is no port has the columns of a logical one. */
static void debug_may_be_logical(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(
		declared_with("      physical: true\n", "      physical: false\n      access: local\n"
							"      discloses: nothing\n      resilience: one at a time\n"));
	assert_int_equal(d->debug[0].access, REACH_LOCAL);
	assert_string_equal(d->debug[0].discloses, "nothing");
	assert_string_equal(d->debug[0].resilience, "one at a time");
	declaration_free(d);
}

static const struct {
	const char *from, *to;

	const char *path, *text, *hint;
} wrong[] = {
	{"listeners:", "listners:", "listners", "no key", "did you mean \"listeners\"?"},
	{"until: 2031-12-31", "untill: 2031-12-31", "support.untill", "no key", "\"until\""},
	{"until: 2031-12-31", "until: 2031-02-31", "support.until", "a date", "2031-12-31"},
	{"until: 2031-12-31", "until: soon", "support.until", "a date", ""},
	{"port: 8443", "port: 0", "listeners[0].port", "accepted are 1 to 65535", ""},
	{"port: 8443", "port: 65536", "listeners[0].port", "accepted are", ""},
	{"port: 8443", "port: \"8443\"", "listeners[0].port", "whole number", ""},
	{"port: 8443", "port: 0x20fb", "listeners[0].port", "whole number", ""},
	{"port: 8443", "port: 08443", "listeners[0].port", "whole number", ""},
	{"port: 8443", "port: 99999999999999999999", "listeners[0].port", "whole number", ""},
	{"port: 8443", "port: [8443]", "listeners[0].port", "whole number", ""},
	{"port: 8443", "port: 8443\n    port: 8444", "port", "twice", "keep one"},
	{"automatic: true", "automatic: yes", "update.automatic", "true or false", ""},
	{"automatic: true", "automatic: \"true\"", "update.automatic", "true or false", "without quotes"},
	{"proto: tcp", "proto: tpc", "listeners[0].proto", "tcp, udp", "did you mean \"tcp\"?"},
	{"user: 2001", "user: 0", "services[0].user", "accepted are 1", ""},
	{"exec: usr/bin/camera", "exec: /usr/bin/camera", "services[0].exec", "inside the root tree", ""},
	{"exec: usr/bin/camera", "exec: usr/../camera", "services[0].exec", "inside the root tree", ""},
	{"id: camera\n    exec", "id: agent\n    exec", "services[0].id", "meaning of its own", ""},
	{"id: boot-rom", "id: os-image", "components[1]", "twice", ""},
	{"auth: owner-password", "auth: owner-pasword", "listeners[0].auth", "owner-pasword", "\"owner-password\""},
	{"- service: camera\n    host", "- service: agent\n    host", "flows[0].service", "agent", ""},
	{"    why: relay for", "    data: [nothing]\n    why: relay for", "flows[0].data[0]", "nothing", ""},
	{"host: 10.77.0.3", "host: 10.77.0.3 accept", "flows[0].host", "host name", ""},
	{"contact: mailto:security@lumen.example", "contact: security@lumen.example", "disclosure.contact",
	 "mailto:", ""},
	{"policy_url: https", "policy_url: http", "disclosure.policy_url", "https://", ""},
	{"country: GB", "country: gb", "maker.country", "two capital", ""},
	{"  name: Lumen Works Ltd\n", "", "maker", "\"name\" is missing", "add: name:"},
	{"product: Lumen Doorbell Camera", "product: \"\"", "product", "not empty", ""},
	{"- etc/**", "- ../etc/**", "protected[7]", "inside the root tree", ""},
	{"- etc/**", "- etc/*.conf", "protected[7]", "inside the root tree", ""},
	{"- etc/**", "- /etc/**", "protected[7]", "inside the root tree", ""},
	{"- etc/**", "- \"**\"", "protected[7]", "inside the root tree", ""},
	{"reasons:\n", "reasons: {}\nx:\n", "reasons", "a list", ""},
	{"provision: 5.3-6B", "provision: 5.99-1", "reasons[0].provision", "provision id", ""},
	{"version: 1.0.0", "version: 1.0", "version", "version like", ""},
	{"model: lumen-cam1", "model: Lumen Cam", "model", "short name", ""},
	{"maker:\n", "maker: Lumen\nx:\n", "maker", "map of keys", ""},
	{"maker:\n", "maker: !!map\n", "", "tags", ""},
	{"maker:\n", "maker: &m\n", "", "anchors", ""},
	{"country: GB", "country: *m", "", "alias", ""},
	{"country: GB", "country: \"G\\0B\"", "", "control characters", ""},
	{"country: GB", "country: \"\\e[31m\"", "", "control characters", ""},
	{"country: GB", "? [a]\n  : b", "", "key must be", ""},
	{"maker:\n", "---\nmaker:\n", "", "second document", ""},
	{"maker:\n", "\tmaker:\n", "", "", "tabs"},
	{"product: Lumen Doorbell Camera", "product: 4711", "product", "without quotes", "in quotes: \"4711\""},
	{"product: Lumen Doorbell Camera", "product: null", "product", "without quotes", "in quotes: \"null\""},
	{"version: \"1\"", "version: 1.10", "components[1].version", "without quotes", "in quotes: \"1.10\""},
	{"[doorbell, recording", "[1e3, recording", "outage.works_without_network[0]", "without quotes", ""},
	{"kind: camera", "kind: camra", "kind", "must be one of", "did you mean \"camera\"?"},
	{"guarantees: [authenticity, integrity]", "guarantees: [authenticity, integrety]", "secure_boot.guarantees[1]",
	 "must be one of", "did you mean \"integrity\"?"},
	{"guarantees: [authenticity, integrity]", "guarantees: [[authenticity]]", "secure_boot.guarantees[0]",
	 "must be one of", ""},
	{"interface: ethernet", "interface: ethernot", "channels[0].interface", "interfaces.physical", "\"ethernet\""},
	{"channel: page-tls", "channel: page-tsl", "listeners[0].channel", "nothing under channels", "\"page-tls\""},
	{"from: owner-page", "from: bell", "inputs[0].from", "user_interfaces", ""},
	{"component: os-image", "component: os", "implementations[0].component", "nothing under components", ""},
	{"purl: pkg:deb", "purl: deb", "components[2].purl", "package URL", ""},
	{"cpe:2.3:a:busybox", "cpe:/a:busybox", "components[2].cpe", "CPE 2.3", ""},
	{"cpe:2.3:a:busybox", "cpe:2.3:x:busybox", "components[2].cpe", "CPE 2.3", ""},
	{":1.35.0:*", ":1.35.0", "components[2].cpe", "CPE 2.3", ""},
	{":1.35.0:*", ":1.35.0:*:*", "components[2].cpe", "CPE 2.3", ""},
	{":1.35.0:*", ":1.3*.0:*", "components[2].cpe", "CPE 2.3", ""},
	{":1.35.0:*", ":1$35:*", "components[2].cpe", "CPE 2.3", ""},
	{":1.35.0:*:*:*", ":1.35.0:*:*:english", "components[2].cpe", "CPE 2.3", ""},
	{":1.35.0:*", "::*", "components[2].cpe", "CPE 2.3", ""},
	{"crypto: none\n", "crypto: none\n    sha256: 00AB\n", "components[2].sha256", "64 hex digits", ""},
	{"crypto: none\n", "crypto: none\n    by: main\n", "components[2].by", "nothing under update.others", ""},
	{"args: [--relay, \"10.77.0.3:7000\"]", "args: [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]",
	 "services[0].args", "9 entries", ""},
};

static const struct declaration_problem *find(const struct declaration_problems *list, const char *path,
					      const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i].path, path) == 0 && strstr(list->at[i].text, text))
			return &list->at[i];
	return NULL;
}

static void refuses_with_place_and_hint(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct declaration *d = NULL;
		struct declaration_problems list = {0};
		struct err e = {0};
		rc r = declaration_parse(bytes_of_text(declared_with(wrong[i].from, wrong[i].to)), &d, &list, &e);
		if (r.code != ERR_INPUT || d)
			fail_msg("%s -> %s: got %s", wrong[i].from, wrong[i].to, err_code_name(r.code));
		const struct declaration_problem *p = find(&list, wrong[i].path, wrong[i].text);
		if (!p)
			fail_msg("%s -> %s: no '%s' at '%s'; first: %s: %s", wrong[i].from, wrong[i].to, wrong[i].text,
				 wrong[i].path, list.at[0].path, list.at[0].text);
		if (!strstr(p->hint, wrong[i].hint))
			fail_msg("%s -> %s: hint is '%s'", wrong[i].from, wrong[i].to, p->hint);
		if (!p->line || !p->column || !e.text[0])
			fail_msg("%s -> %s: no place", wrong[i].from, wrong[i].to);
	}
}

static void says_the_line(void **state)
{
	(void)state;
	struct declaration *d = NULL;
	struct declaration_problems list = {0};
	static const char text[] = "product: x\nmaker:\n  name: y\n  colour: red\n";
	assert_true(rc_failed(declaration_parse(bytes_of_text(text), &d, &list, NULL)));
	const struct declaration_problem *p = find(&list, "maker.colour", "no key");
	assert_non_null(p);
	assert_int_equal(p->line, 4);
	assert_int_equal(p->column, 3);
	p = find(&list, "maker", "\"address\" is missing");
	assert_non_null(p);
	assert_int_equal(p->line, 3);
	assert_non_null(find(&list, "", "\"services\" is missing"));
}

static void tells_a_misspelt_key_once(void **state)
{
	(void)state;
	struct declaration *d = NULL;
	struct declaration_problems list = {0};
	struct err e = {0};
	check_fails(ERR_INPUT,
		    declaration_parse(bytes_of_text(declared_with("disclosure:", "disclosre:")), &d, &list, &e));
	assert_int_equal(list.n, 1);
	assert_non_null(strstr(e.text, "disclosre"));
	assert_string_equal(e.hint, "did you mean \"disclosure\"?");
}

static void collects_at_most_fifty(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf text;
	struct declaration *d = NULL;
	struct declaration_problems list = {0};
	buf_init(&text, DECLARATION_MAX);
	for (int i = 0; i < 200; i++)
		buf_putf(&text, "wrong_%d: 1\n", i);
	struct err e = {0};
	check_fails(ERR_INPUT, declaration_parse(buf_view(&text), &d, &list, &e));
	assert_int_equal(list.n, DECLARATION_PROBLEMS_MAX);
	assert_true(list.more >= 150);
	assert_non_null(strstr(e.text, "more)"));
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	/* Cut before the last key, something mandatory is always missing. */
	size_t n = (size_t)(strstr(declared_text(), "texts:") - declared_text());
	for (size_t cut = 0; cut < n; cut += 7) {
		struct declaration *d = NULL;
		if (rc_ok(declaration_parse(bytes_of(declared_text(), cut), &d, NULL, NULL)))
			fail_msg("accepted the first %zu bytes", cut);
		assert_null(d);
	}
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Fills up to `n` bytes with a repeated piece. */
static void hostile(struct buf *out, const char *head, const char *piece, size_t n)
{
	buf_init(out, n);
	buf_put_text(out, head);
	while (out->len + strlen(piece) <= n)
		buf_put_text(out, piece);
}

static void refuses_hostile_files_quickly(void **state)
{
	(void)state;
	static const struct {
		const char *head, *piece;
		size_t n;
	} files[] = {
		{"", "a: [", 10 * 1024 * 1024},
		{"", "[", DECLARATION_MAX},
		{"", "{", DECLARATION_MAX},
		{"", "- ", DECLARATION_MAX},
		{"", "? ", DECLARATION_MAX},
		{"", "a: ", DECLARATION_MAX},
		{"services: [", "{},", DECLARATION_MAX},
		{"services: [", "1,", DECLARATION_MAX},
		{"", "x: 1\n", DECLARATION_MAX},
		{"a: \"", "\\L", DECLARATION_MAX},
		{"", "\n", DECLARATION_MAX},
		{"# ", "#", DECLARATION_MAX},
		{"", "%TAG ! x\n", DECLARATION_MAX},
		{"a: &x [", "*x,", DECLARATION_MAX},
		{"product: ", "x", DECLARATION_MAX},
		{"", "\xff", DECLARATION_MAX},
		{"a: |\n", " x\n", DECLARATION_MAX},
		{"services: [", "[[[[[[[[[[[[[]]]]]]]]]]]]],", DECLARATION_MAX},
		{"", "'", DECLARATION_MAX},

	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		CLEANUP(buf_done) struct buf text;
		struct declaration *d = NULL;
		struct timespec start;
		hostile(&text, files[i].head, files[i].piece, files[i].n);
		assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
		rc r = declaration_parse(buf_view(&text), &d, NULL, NULL);
		double took = seconds_since(&start);
		if (rc_ok(r) || d)
			fail_msg("accepted '%s%s...'", files[i].head, files[i].piece);
		if (r.code != ERR_INPUT && r.code != ERR_LIMIT)
			fail_msg("'%s%s...': %s", files[i].head, files[i].piece, err_code_name(r.code));
		if (took > 1.0)
			fail_msg("'%s%s...' took %.2f s", files[i].head, files[i].piece, took);
	}
}

static void bounds_depth_and_entries(void **state)
{
	(void)state;
	static const struct {
		const char *head, *open;
		int n;
		enum err_code code;
	} files[] = {
		{"x: ", "[", 15, ERR_INPUT}, /* with the outermost map 16 levels: only the key is unknown */
		{"x: ", "[", 16, ERR_LIMIT},
		{"x: [", "1, ", 1000, ERR_INPUT},
		{"x: [", "1, ", 1100, ERR_LIMIT},
		{"x: [", "[[[[[[1]]]]]], ", 1000, ERR_INPUT},
		{"x: [", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], ", 1000, ERR_LIMIT},
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		CLEANUP(buf_done) struct buf text;
		struct declaration *d = NULL;
		struct err e = {0};
		buf_init(&text, DECLARATION_MAX);
		buf_put_text(&text, files[i].head);
		for (int k = 0; k < files[i].n; k++)
			buf_put_text(&text, files[i].open);
		for (int k = 0; k < files[i].n && files[i].open[1] == 0; k++)
			buf_put_u8(&text, ']');
		if (files[i].open[1])
			buf_put_u8(&text, ']');
		rc r = declaration_parse(buf_view(&text), &d, NULL, &e);
		if (r.code != files[i].code)
			fail_msg("%s%s x %d: %s (%s)", files[i].head, files[i].open, files[i].n, err_code_name(r.code),
				 e.text);
	}
}

static void is_the_same_as_json(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf once, twice;
	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	struct declaration *d = declared_parse(declared_text());
	check_ok(declaration_canonical(d, &once, &e));
	declaration_free(d);
	/* JSON is YAML: the canonical form is a declaration, and its own canonical form. */
	d = declared_parse(buf_text(&once));
	check_ok(declaration_canonical(d, &twice, &e));
	assert_string_equal(buf_text(&once), buf_text(&twice));
	assert_non_null(strstr(buf_text(&once), "\"scan_period_s\":2"));
	declaration_free(d);
}

static void one_manual_stands_for_its_pages(void **state)
{
	(void)state;
	struct declaration *d = declared_parse(declared_with("  setup_url: https://lumen.example/setup/lumen-cam1\n",
							     "  manual_url: https://lumen.example/manual\n"));
	struct err e = {0};
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, DECLARATION_MAX);
	assert_string_equal(d->documents.setup_url, "https://lumen.example/manual");
	assert_string_equal(d->documents.privacy_url, "https://lumen.example/privacy/lumen-cam1");
	/* Only what was written is signed. */
	check_ok(declaration_canonical(d, &text, &e));
	assert_null(strstr(buf_text(&text), "setup_url"));
	declaration_free(d);
}

static void table_is_sound(void **state)
{
	(void)state;
	size_t n = 0;
	for (const struct schema_row *row = NULL; (row = schema_next(row)); n++) {
		const char *key = schema_key(row);
		char parent[96];
		(void)snprintf(parent, sizeof parent, "%.*s", key == row->path ? 0 : (int)(key - row->path - 1),
			       row->path);
		if (schema_find(parent, key, strlen(key)) != row)
			fail_msg("%s is there twice, or not found", row->path);
		if (!row->help || strlen(row->help) < 4)
			fail_msg("%s has no help", row->path);
		if ((row->type == SCHEMA_INT || row->type == SCHEMA_LIST || row->type == SCHEMA_TEXTS) && row->max <= 0)
			fail_msg("%s has no limit", row->path);
		if (row->type == SCHEMA_WORD && !row->words)
			fail_msg("%s has no words", row->path);
		if ((row->type == SCHEMA_REF || row->item == SCHEMA_REF) && !row->refers)
			fail_msg("%s refers to nothing", row->path);
		if (row->type == SCHEMA_LIST && row->size == 0)
			fail_msg("%s has no size", row->path);
		if (row->item == SCHEMA_WORD && !row->words)
			fail_msg("%s has no words", row->path);
		for (const char *list = row->refers; list && *list; list += strspn(list, " ")) {
			size_t len = strcspn(list, " ");
			const struct schema_row *to = schema_at(list, len);
			if (!to || to->type != SCHEMA_LIST)
				fail_msg("%s refers to %.*s, which is no list", row->path, (int)len, list);
			list += len;
		}
	}
	assert_true(n > 250);
}

static void knows_what_is_no_text(void **state)
{
	(void)state;
	static const char *const other[] = {"1",    "-1", "+0",	  "1.5",  ".5",	  "1.",	   "1e3",  "1.5E-3", "0x1F",
					    "0o17", "~",  "null", "NULL", "true", "False", ".inf", "-.INF",  ".nan"};
	static const char *const texts[] = {"",	  "a",	 "1a",	       "1.2.3", "-",   "+",    ".",
					    "e3", "1e",	 "1e+",	       "0x",	"0xg", "0o8",  "nul",
					    "NO", "yes", "2031-12-31", "1 2",	"--1", "-.in", "TrUe"};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (!scalar_other_type(other[i]))
			fail_msg("%s is taken for a text", other[i]);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (scalar_other_type(texts[i]))
			fail_msg("%s is taken for something else", texts[i]);
}

static void measures_distance(void **state)
{
	(void)state;
	assert_int_equal(suggest_distance("", ""), 0);
	assert_int_equal(suggest_distance("abc", ""), 3);
	assert_int_equal(suggest_distance("port", "prot"), 1);
	assert_int_equal(suggest_distance("kitten", "sitting"), 3);
	struct suggest s = {.given = "usr"};
	suggest_try(&s, "completely");
	assert_null(suggest_best(&s));
	suggest_try(&s, "user");
	assert_string_equal(suggest_best(&s), "user");
}

static void loads_from_a_file(void **state)
{
	(void)state;
	struct err e = {0};
	struct declaration *d = NULL;
	check_fails(ERR_MISSING, declaration_load("/nonexistent/product.yaml", &d, NULL, &e));
	assert_non_null(strstr(e.text, "/nonexistent/product.yaml"));
	check_ok(declaration_load(PRODUCT_YAML, &d, NULL, &e));
	declaration_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_example),
		cmocka_unit_test(debug_may_be_logical),
		cmocka_unit_test(refuses_with_place_and_hint),
		cmocka_unit_test(says_the_line),
		cmocka_unit_test(tells_a_misspelt_key_once),
		cmocka_unit_test(collects_at_most_fifty),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(refuses_hostile_files_quickly),
		cmocka_unit_test(is_the_same_as_json),
		cmocka_unit_test(bounds_depth_and_entries),
		cmocka_unit_test(one_manual_stands_for_its_pages),
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(knows_what_is_no_text),
		cmocka_unit_test(measures_distance),
		cmocka_unit_test(loads_from_a_file),
	};
	return cmocka_run_group_tests_name("declaration", tests, NULL, NULL);
}
