/* SPDX-License-Identifier: Apache-2.0 */
/* new, check, explain and compile as a person calls them: exit status and what is on the disk afterwards. */
#include "declared.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli_table.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/model/verdict.h"
#include "product/catalogue.h"
#include "product/template.h"

static char dir[64];
static char said[262144]; /* standard output of the last call */

static const char *in_dir(const char *name)
{
	static char path[4][FILE_PATH_MAX];
	static unsigned turn;
	char *out = path[turn++ % 4];
	(void)snprintf(out, FILE_PATH_MAX, "%s/%s", dir, name);
	return out;
}

/* Runs a command with standard output in `said` and standard error thrown away. The list of words ends with NULL. */
static int call(const char *const *words)
{
	char *argv[16] = {(char *)(uintptr_t) "hallmark"};
	int argc = 1;
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	(void)fflush(stdout);
	int out = dup(1), err = dup(2);
	FILE *to = tmpfile();
	FILE *null = fopen("/dev/null", "w");
	assert_true(out >= 0 && err >= 0 && to && null);
	assert_true(dup2(fileno(to), 1) == 1 && dup2(fileno(null), 2) == 2);
	int status = cli_main("hallmark", cli_table, argc, argv);
	(void)fflush(stdout);
	assert_true(dup2(out, 1) == 1 && dup2(err, 2) == 2);
	rewind(to);
	said[fread(said, 1, sizeof said - 1, to)] = 0;
	(void)fclose(to);
	(void)fclose(null);
	(void)close(out);
	(void)close(err);
	return status;
}

#define CALL(...) call((const char *const[]){__VA_ARGS__, NULL})

static const char *saved(const char *name, const char *text)
{
	struct err e = {0};
	const char *path = in_dir(name);
	check_ok(file_write_atomic(path, bytes_of_text(text), 0644, &e));
	return path;
}

static void check_answers_by_status(void **state)
{
	(void)state;
	assert_int_equal(CALL("check", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "78 provisions: "));
	assert_non_null(strstr(said, "Nothing is contradicted"));
	assert_null(strstr(said, "5.1-1   MC  promised"));
	assert_int_equal(CALL("check", "--all", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "5.1-1   MC  promised"));
	assert_null(strstr(said, "5.1-1   MC  pass"));
	assert_int_equal(CALL("check", saved("a.yaml", declared_with("made: per-unit-random", "made: universal"))), 1);
	assert_non_null(strstr(said, "a.yaml:"));
	assert_non_null(strstr(said, "is the same on every unit"));
	assert_int_equal(CALL("check", saved("b.yaml", declared_with("maker:", "makr:"))), 3);
	assert_int_equal(CALL("check", in_dir("nothing.yaml")), 3);
	assert_int_equal(CALL("check", PRODUCT_YAML, "--date", "2032-01-01"), 1);
	assert_int_equal(CALL("check", PRODUCT_YAML, "--date", "tomorrow"), 2);
	assert_int_equal(CALL("check"), 2);
}

static json_t *said_json(void)
{
	struct err e = {0};
	json_t *j = NULL;
	check_ok(json_codec_parse(bytes_of_text(said), sizeof said, "output", &j, &e));
	return j;
}

static void check_speaks_json(void **state)
{
	(void)state;
	assert_int_equal(CALL("check", "--json", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	json_t *j = said_json();
	assert_true(json_is_true(json_object_get(j, "clean")));
	json_decref(j);
	assert_int_equal(CALL("check", "--json", saved("c.yaml", declared_with("maker:", "makr:"))), 3);
	j = said_json();
	assert_true(json_is_false(json_object_get(j, "clean")));
	assert_true(json_array_size(json_object_get(j, "problems")) == 1);
	json_decref(j);
}

/* What must be mended comes first, the worst before the rest. */
static void check_tells_the_worst_first(void **state)
{
	(void)state;
	static const struct declared_edit edits[] = {
		{"bits: 60", "bits: 20"},
		{"  password_url: https://lumen.example/manual/lumen-cam1#password\n", ""},
		{"  check_hours: 6\n", ""},
		{"discloses: nothing", "discloses: model and firmware"},
		{"page_port: 9443", "page_port: 9444"},
		{NULL, NULL}};
	assert_int_equal(CALL("check", saved("g.yaml", declared_edited(edits)), "--date", "2026-10-01"), 1);
	static const char *const order[] = {
		"78 provisions: ",
		"Contradicted\n",
		"contradicted 5.6-1: the owner page answers",
		"only 20 random bits",
		"Missing, and mandatory\n",
		"missing 5.1-4",
		"Missing, and recommended\n",
		"missing 5.3-5",
		"Open: ",
		"g.yaml:",
		"open 5.6-2",
		"Not followed, with a reason\n",
		"5.1  No universal",
		"2 promised",
	};
	const char *at = said;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		at = strstr(at, order[i]);
		if (!at)
			fail_msg("'%s' is not there, or comes too early:\n%s", order[i], said);
	}
}

/* The full example, in processor time, so that a busy machine does not matter. */
static void check_is_quick(void **state)
{
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	const double limit_ms = 500;
#else
	const double limit_ms = 50;
#endif
	clock_t before = clock();
	assert_int_equal(CALL("check", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	double ms = (double)(clock() - before) * 1000 / CLOCKS_PER_SEC;
	if (ms > limit_ms)
		fail_msg("check took %.1f ms", ms);
}

static void strict_takes_no_excuse(void **state)
{
	(void)state;
	/* The example does without two recommendations, for reasons, and leaves one thing open. */
	assert_int_equal(CALL("check", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "Not followed, with a reason"));
	assert_int_equal(CALL("check", "--strict", PRODUCT_YAML, "--date", "2026-10-01"), 1);
	static const struct declared_edit all[] = {
		{"decisions:\n",
		 "decisions:\n  - {id: update-notices, what: notices, options: [a, b], usual: a, when: wish}\n"},
		{"crypto: fixed", "crypto: none"},
		{"basis: contract\n", "basis: contract\n    anonymised: faces are blurred\n"},
		{NULL, NULL}};
	assert_int_equal(CALL("check", "--strict", saved("d.yaml", declared_edited(all)), "--date", "2026-10-01"), 0);
	/* What nobody can tell is good enough for a day's work, and not for --strict. */
	const struct declared_edit open[] = {
		all[0], all[1], all[2], {"discloses: nothing", "discloses: the firmware"}, {NULL, NULL}};
	assert_int_equal(CALL("check", saved("d.yaml", declared_edited(open)), "--date", "2026-10-01"), 0);
	assert_int_equal(CALL("check", "--strict", in_dir("d.yaml"), "--date", "2026-10-01"), 1);
}

static void compile_writes_the_same_twice(void **state)
{
	(void)state;
	static const char *const names[] = {"device-policy.json",
					    "security.txt",
					    "disclosure-policy.md",
					    "disclosure-policy.html",
					    "privacy-notice.md",
					    "statement-of-compliance.md",
					    "mud.json",
					    "sbom.cdx.json",
					    "nftables/normal.nft",
					    "nftables/isolated.nft",
					    "systemd/camera.service"};
	struct err e = {0};
	assert_int_equal(CALL("compile", PRODUCT_YAML, "--out", in_dir("x/one"), "--date", "2026-10-01"), 0);
	assert_int_equal(CALL("compile", PRODUCT_YAML, "--out", in_dir("two"), "--date", "2026-10-01", "--json"), 0);
	json_decref(said_json());
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CLEANUP(buf_done) struct buf a, b;
		char path[FILE_PATH_MAX];
		buf_init(&a, 1 << 20);
		buf_init(&b, 1 << 20);
		check_ok(file_path(path, &e, in_dir("x/one"), names[i]));
		check_ok(file_read(path, 1 << 20, &a, &e));
		check_ok(file_path(path, &e, in_dir("two"), names[i]));
		check_ok(file_read(path, 1 << 20, &b, &e));
		assert_true(a.len > 0);
		assert_string_equal(buf_text(&a), buf_text(&b));
	}
}

static void compile_refuses_contradictions(void **state)
{
	(void)state;
	const char *path = saved("e.yaml", declared_with("bits: 60", "bits: 20"));
	const char *out = in_dir("refused");
	assert_int_equal(CALL("compile", path, "--out", out, "--date", "2026-10-01"), 1);
	assert_false(file_exists(out));
	assert_int_equal(CALL("compile", saved("f.yaml", "{"), "--out", out), 3);
	assert_int_equal(CALL("compile", PRODUCT_YAML), 2);
	assert_int_equal(CALL("compile", PRODUCT_YAML, "--dry-run", "--date", "2026-10-01", "--json"), 0);
	json_decref(said_json());
	/* A file stands where the folder should be. */
	assert_int_equal(CALL("compile", PRODUCT_YAML, "--date", "2026-10-01", "--out", path), 3);
}

static void new_writes_what_check_accepts(void **state)
{
	(void)state;
	char path[FILE_PATH_MAX];
	(void)snprintf(path, sizeof path, "%s", in_dir("new.yaml"));
	for (size_t i = 0; template_kind(i); i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "%s.yaml", template_kind(i));
		assert_int_equal(CALL("new", "--kind", template_kind(i), "--maker", "M", "--model", "m1", "--until",
				      "2040-12-31", "--confirm", "--out", in_dir(name)),
				 0);
		if (CALL("check", in_dir(name)) != 0)
			fail_msg("a new %s: %s", template_kind(i), said);
		assert_int_equal(CALL("compile", in_dir(name), "--out", in_dir("x/one")), 0);
		struct declaration *d = NULL;
		struct err e = {0};
		check_ok(declaration_load(in_dir(name), &d, NULL, &e));
		assert_int_equal(d->kind, i == 0   ? KIND_CAMERA
					  : i == 1 ? KIND_HUB
					  : i == 2 ? KIND_SPEAKER
						   : (int)i + 1);
		assert_int_equal(d->confirmations.secure_management, DECL_YES);
		declaration_free(d);
	}
	assert_int_equal(CALL("new", "--kind", "kettle", "--maker", "M", "--model", "m1", "--out", path), 3);
	assert_int_equal(CALL("new", "--until", "soon", "--maker", "M", "--model", "m1", "--out", path), 3);
	assert_false(file_exists(path));
	assert_int_equal(CALL("new", "--kind", "hub", "--maker", "M", "--model", "m1", "--out", path), 0);
	/* Nobody confirmed anything: nothing is confirmed. */
	struct declaration *d = NULL;
	struct err e = {0};
	check_ok(declaration_load(path, &d, NULL, &e));
	assert_int_equal(d->confirmations.secure_management, DECL_NOT_STATED);
	declaration_free(d);
	/* Nobody's work is overwritten. */
	assert_int_equal(CALL("new", "--maker", "M", "--model", "m1", "--out", path), 3);
	assert_int_equal(CALL("new", "--maker", "M", "--model", "M 1", "--out", in_dir("n2.yaml")), 3);
	assert_false(file_exists(in_dir("n2.yaml")));
	assert_int_equal(CALL("new", "--maker", "M", "--model", "m1", "--out", "-"), 0);
	assert_non_null(strstr(said, "product: \"m1\""));
}

static void explain_tells(void **state)
{
	(void)state;
	assert_int_equal(CALL("explain", "5.3-13", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "published support until 2031-12-31"));
	assert_int_equal(CALL("explain", "5.1-2A"), 0);
	assert_non_null(strstr(said, "In V2.1.1: not there"));
	assert_int_equal(CALL("explain", "9.9-9"), 3);
	assert_int_equal(CALL("explain", "5.3-10", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	static const char *const parts[] = {"Test cases (ETSI TS 103 701 V2.1.1",
					    "5.3-10-1, mixed: ",
					    "IXIT 7-UpdMech",
					    "only evidence shows",
					    "Why it applies here",
					    "net_update",
					    "promised",
					    "What to do next",
					    "Exercise 5.3-10-1"};
	const char *at = said;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("'%s' is not there, or comes too early:\n%s", parts[i], said);
	}
	/* Which entry makes it apply, and why it does not. */
	assert_int_equal(CALL("explain", "5.1-1", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "password_auth), " PRODUCT_YAML ":"));
	assert_int_equal(CALL("explain", "6-2", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "Why it does not apply here"));
	assert_non_null(strstr(said, "no personal data is processed on consent (consent)"));
	assert_int_equal(CALL("explain", "6-8", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "reason given: "));
	assert_int_equal(CALL("explain", "5.2-1"), 0);
	assert_non_null(strstr(said, "  psti       Sch1.2        How to report security issues"));
	assert_null(strstr(strstr(said, "  psti "), "time frames [unconfirmed]"));
	assert_non_null(strstr(said, "II.5          A policy of coordinated disclosure is in force [unconfirmed]"));
	assert_non_null(strstr(said, "[in part] [unconfirmed], at product"));
	/* Nobody asks it. */
	assert_int_equal(CALL("explain", "5.3-15A"), 0);
	assert_null(strstr(said, "Asked by"));
}

/* An assessment of the example whose only verdict is that a password failed. */
static const char *saved_verdicts(const char *name, const char *model, enum verdict_result result)
{
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	check_ok(verdict_set_new(&v, &e));
	(void)snprintf(v->edition, sizeof v->edition, "%s", catalogue_edition);
	(void)snprintf(v->subject.model, sizeof v->subject.model, "%s", model);
	(void)snprintf(v->subject.version, sizeof v->subject.version, "1.0.0");
	memset(v->facts_sha256, '0', sizeof v->facts_sha256 - 1);
	(void)snprintf(v->list[0].provision, sizeof v->list[0].provision, "5.2-1");
	v->list[0].result = result;
	v->n = 1;
	buf_init(&text, VERDICT_JSON_MAX);
	check_ok(verdict_set_encode(v, &text, &e));
	return saved(name, buf_text(&text));
}

static void schemes_answer_by_status(void **state)
{
	(void)state;
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "a promise is not met"));
	assert_non_null(strstr(said, "psti            open            0        3        0     1    0"));
	assert_int_equal(CALL("schemes", saved("s.yaml", declared_with("made: per-unit-random", "made: universal"))),
			 1);
	assert_non_null(strstr(said, "2. then 1 item opens psti, au, cls-1?"));
	assert_non_null(strstr(said, "5.1-1   not-met"));
	/* The provision is not met in schemes that rest on it, and only in them. */
	assert_int_equal(CALL("schemes", in_dir("s.yaml"), "--scheme", "cic"), 0);
	assert_int_equal(CALL("schemes", in_dir("s.yaml"), "--scheme", "cls-1"), 1);
	/* A label that nobody issues any more is no reason to fail. */
	assert_int_equal(CALL("schemes", in_dir("s.yaml"), "--scheme", "fi"), 0);
	assert_int_equal(CALL("schemes", in_dir("s.yaml"), "--scheme", "en18031-1", "--date", "2028-01-01"), 0);
	assert_non_null(strstr(said, "ended on 2027-12-11"));
	assert_int_equal(CALL("schemes", saved("t.yaml", declared_with("maker:", "makr:"))), 3);
	assert_int_equal(CALL("schemes", in_dir("nothing.yaml")), 3);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--scheme", "cls-9"), 2);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--date", "soon"), 2);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, PRODUCT_YAML), 2);
	assert_int_equal(CALL("schemes"), 0);
	assert_non_null(strstr(said, "SI 2023/1007"));
	assert_non_null(strstr(said, "mapping of 1 unconfirmed, of 1 unknown"));
	assert_non_null(strstr(said, "Singapore CLS of any level is accepted by UK PSTI, since 2025-12-04"));
}

static void schemes_take_verdicts(void **state)
{
	(void)state;
	const char *passed = saved_verdicts("pass.json", "lumen-cam1", VERDICT_PASS);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--verdicts", passed, "--scheme", "psti"), 0);
	assert_non_null(strstr(said, "Sch1.2        met "));
	assert_non_null(strstr(said, "Sch1.1        promised "));
	assert_int_equal(CALL("schemes", "--verdicts", passed, "--scheme", "psti"), 0);
	assert_non_null(strstr(said, "Sch1.2        met "));
	assert_non_null(strstr(said, "Sch1.1        open "));
	assert_non_null(strstr(said, "not assessed"));
	const char *failed = saved_verdicts("fail.json", "lumen-cam1", VERDICT_FAIL);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--verdicts", failed), 1);
	/* Another product's evidence, and what is no evidence. */
	const char *other = saved_verdicts("other.json", "lumen-cam2", VERDICT_PASS);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--verdicts", other), 3);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--verdicts", PRODUCT_YAML), 3);
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--verdicts", in_dir("nothing.json")), 3);
}

static void schemes_speak_json(void **state)
{
	(void)state;
	assert_int_equal(CALL("schemes", "--json"), 0);
	json_t *j = said_json();
	size_t all = json_array_size(json_object_get(j, "schemes"));
	assert_true(all >= 12);
	assert_null(json_object_get(j, "steps"));
	json_decref(j);
	assert_int_equal(CALL("schemes", "--json", PRODUCT_YAML, "--scheme", "psti", "--scheme", "cic-lite"), 0);
	j = said_json();
	assert_int_equal(json_array_size(json_object_get(j, "schemes")), 2);
	const json_t *cic = json_array_get(json_object_get(j, "schemes"), 1);
	assert_int_equal(json_array_size(json_object_get(cic, "levels")), 1);
	const json_t *item = json_array_get(json_object_get(cic, "requirements"), 0);
	assert_string_equal(json_string_value(json_object_get(item, "mapping")), "unknown");
	assert_true(json_is_false(json_object_get(item, "confirmed")));
	assert_string_equal(json_string_value(json_object_get(item, "result")), "open");
	json_decref(j);
}

static void schemes_from_a_newer_file(void **state)
{
	(void)state;
	assert_int_equal(CALL("schemes", "--schemes", SCHEMES_SMALL), 0);
	assert_null(strstr(said, "PSTI"));
	assert_int_equal(CALL("schemes", PRODUCT_YAML, "--schemes", SCHEMES_SMALL, "--scheme", "b-2"), 0);
	assert_non_null(strstr(said, "from 2030-01-01"));
	assert_int_equal(CALL("schemes", "--schemes", SCHEMES_SMALL, "--scheme", "psti"), 2);
	assert_int_equal(CALL("schemes", "--schemes", saved("w.json", "{\"v\":1}")), 3);
	assert_int_equal(CALL("schemes", "--schemes", in_dir("nothing.json")), 3);
}

/* Verdicts that somebody made, with the facts they rest on, and with facts of another run. */
static void explain_tells_what_decided(void **state)
{
	(void)state;
	struct err e = {0};
	struct fact_set facts = {0};
	struct fact f = {.id = "tls.page.version",
			 .what = "version",
			 .target = "127.0.0.1:8443",
			 .probe = "tls",
			 .state = FACT_SEEN,
			 .value = "TLSv1.3",
			 .evidence = "handshake done"};
	const struct fact_head head = {.target = "127.0.0.1"};
	CLEANUP(buf_done) struct buf text, hex, verdicts;
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	uint8_t hash[SHA256_SIZE];
	buf_init(&text, FACT_JSON_MAX);
	buf_init(&hex, 256);
	buf_init(&verdicts, VERDICT_JSON_MAX);
	check_ok(fact_set_add(&facts, &f, &e));
	check_ok(fact_set_encode(&facts, &head, &text, &e));
	check_ok(hash_sha256(buf_view(&text), hash, &e));
	check_ok(verdict_set_new(&v, &e));
	hex_encode(bytes_of(hash, sizeof hash), v->facts_sha256);
	(void)snprintf(v->edition, sizeof v->edition, "%s", catalogue_edition);
	(void)snprintf(v->target, sizeof v->target, "127.0.0.1");
	v->n = 1;
	struct verdict *one = &v->list[0];
	(void)snprintf(one->provision, sizeof one->provision, "5.5-1");
	(void)snprintf(one->title, sizeof one->title, "t");
	(void)snprintf(one->section, sizeof one->section, "s");
	(void)snprintf(one->reason, sizeof one->reason, "all cases passed");
	one->mandatory = true;
	one->result = VERDICT_PASS;
	one->cases_n = 1;
	(void)snprintf(one->cases[0].id, sizeof one->cases[0].id, "5.5-1-2");
	(void)snprintf(one->cases[0].reason, sizeof one->cases[0].reason, "sound versions only");
	one->cases[0].functional = true;
	one->cases[0].result = VERDICT_PASS;
	one->cases[0].facts_n = 1;
	(void)snprintf(one->cases[0].facts[0], FACT_ID_SIZE, "tls.page.version");
	check_ok(verdict_set_encode(v, &verdicts, &e));
	check_ok(file_make_dir(in_dir("two"), 0755, &e));
	check_ok(file_write_atomic(in_dir("two/verdicts.json"), buf_view(&verdicts), 0644, &e));
	check_ok(file_write_atomic(in_dir("two/facts.json"), buf_view(&text), 0644, &e));
	assert_int_equal(CALL("explain", "5.5-1", PRODUCT_YAML, "--verdicts", in_dir("two"), "--date", "2026-10-01"),
			 0);
	assert_non_null(strstr(said, "Assessed: pass"));
	assert_non_null(strstr(said, "tls.page.version: seen TLSv1.3, at 127.0.0.1:8443: handshake done"));
	assert_non_null(strstr(said, "it is promised, and shown"));
	/* Facts of another run say nothing about these verdicts: only their names are shown. */
	check_ok(file_write_atomic(in_dir("two/facts.json"), bytes_of_text("{}"), 0644, &e));
	assert_int_equal(CALL("explain", "5.5-1", PRODUCT_YAML, "--verdicts", in_dir("two/verdicts.json"), "--date",
			      "2026-10-01"),
			 0);
	assert_non_null(strstr(said, "    tls.page.version\n"));
	assert_null(strstr(said, "handshake done"));
	/* A provision that the assessment did not look at, no verdicts, and verdicts without a product. */
	assert_int_equal(CALL("explain", "5.1-1", PRODUCT_YAML, "--verdicts", in_dir("two"), "--date", "2026-10-01"),
			 0);
	assert_null(strstr(said, "Assessed:"));
	assert_int_equal(CALL("explain", "5.1-1", PRODUCT_YAML, "--verdicts", in_dir("none")), 3);
	assert_int_equal(CALL("explain", "5.1-1", "--verdicts", in_dir("two")), 2);
	fact_set_done(&facts);
}

static int make_dir(void **state)
{
	const char *base = getenv("TMPDIR");
	(void)state;
	(void)snprintf(dir, sizeof dir, "%.40s/product-XXXXXX", base ? base : "/tmp");
	/* `new` asks nobody here. */
	return mkdtemp(dir) && freopen("/dev/null", "r", stdin) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_answers_by_status),
		cmocka_unit_test(check_speaks_json),
		cmocka_unit_test(check_is_quick),
		cmocka_unit_test(check_tells_the_worst_first),
		cmocka_unit_test(strict_takes_no_excuse),
		cmocka_unit_test(compile_writes_the_same_twice),
		cmocka_unit_test(compile_refuses_contradictions),
		cmocka_unit_test(new_writes_what_check_accepts),
		cmocka_unit_test(explain_tells),
		cmocka_unit_test(schemes_answer_by_status),
		cmocka_unit_test(schemes_take_verdicts),
		cmocka_unit_test(schemes_speak_json),
		cmocka_unit_test(schemes_from_a_newer_file),
		cmocka_unit_test(explain_tells_what_decided),
	};
	return cmocka_run_group_tests_name("commands", tests, make_dir, remove_dir);
}
