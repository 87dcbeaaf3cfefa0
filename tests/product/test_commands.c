/* SPDX-License-Identifier: Apache-2.0 */
/* new, check, explain and compile as a person calls them: exit status and what is on the disk afterwards. */
#include "declared.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli_table.h"
#include "core/codec/json.h"
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

static void strict_takes_no_excuse(void **state)
{
	(void)state;
	char text[DECLARATION_MAX];
	(void)snprintf(text, sizeof text, "%s",
		       declared_with("  setup_url: https://lumen.example/setup/lumen-cam1\n", ""));
	assert_int_equal(CALL("check", saved("d.yaml", text), "--date", "2026-10-01"), 1);
	char *reasons = strstr(text, "reasons: []");
	assert_non_null(reasons);
	char whole[DECLARATION_MAX];
	(void)snprintf(whole, sizeof whole, "%.*sreasons: [{provision: 5.12-2, why: our staff does it}]%s",
		       (int)(reasons - text), text, reasons + strlen("reasons: []"));
	assert_int_equal(CALL("check", saved("d.yaml", whole), "--date", "2026-10-01"), 0);
	assert_non_null(strstr(said, "(with a reason)"));
	assert_int_equal(CALL("check", "--strict", in_dir("d.yaml"), "--date", "2026-10-01"), 1);
	assert_int_equal(CALL("check", "--strict", PRODUCT_YAML, "--date", "2026-10-01"), 0);
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
		cmocka_unit_test(strict_takes_no_excuse),
		cmocka_unit_test(compile_writes_the_same_twice),
		cmocka_unit_test(compile_refuses_contradictions),
		cmocka_unit_test(new_writes_what_check_accepts),
		cmocka_unit_test(explain_tells),
	};
	return cmocka_run_group_tests_name("commands", tests, make_dir, remove_dir);
}
