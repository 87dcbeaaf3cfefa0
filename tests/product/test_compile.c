/* SPDX-License-Identifier: Apache-2.0 */
/* What a declaration compiles to: the device's policy and the documents; and the first declaration of `new`. */
#include "declared.h"

#include "core/codec/rfc3339.h"
#include "product/documents.h"
#include "product/judge.h"
#include "product/policy_compile.h"
#include "product/template.h"

#define TODAY ((struct wall_time){1790812800}) /* 2026-10-01 */

static const struct protected_file files[] = {
	{.path = "usr/bin/hallmarkd", .sha256 = {1}, .mode = 0755},
	{.path = "usr/bin/camera", .sha256 = {2}, .mode = 0755},
	{.path = "usr/bin/other", .sha256 = {3}, .mode = 0755},
	{.path = "etc/deep/below/x.conf", .sha256 = {4}, .mode = 0644},
	{.path = "bin/busybox", .sha256 = {5}, .mode = 04755},
	{.path = "usr/bin/hallmarkd-engine", .sha256 = {6}, .mode = 0755},
	{.path = "usr/bin/hallmarkd-firewall", .sha256 = {7}, .mode = 0755},
	{.path = "usr/bin/hallmarkd-tls", .sha256 = {8}, .mode = 0755},
};

static void policy_decodes(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf json;
	struct declaration *d = declared_parse(declared_text());
	struct policy *p = NULL;
	struct err e = {0};
	buf_init(&json, POLICY_MAX);
	check_ok(policy_compile(d, files, sizeof files / sizeof *files, &json, &e));
	check_ok(policy_decode(buf_view(&json), &p, &e));
	assert_int_equal(p->protect_n, 7);
	assert_string_equal(p->protect[0].path, "bin/busybox");
	assert_int_equal(p->protect[0].mode, 04755);
	assert_string_equal(p->protect[1].path, "etc/deep/below/x.conf");
	assert_string_equal(p->protect[2].path, "usr/bin/camera");
	assert_int_equal(p->protect[2].sha256[0], 2);
	/* The agent's page is no listener of a service. */
	assert_int_equal(p->listeners_n, 1);
	assert_int_equal(p->listeners[0].port, 8443);
	assert_int_equal(p->page_port, 9443);
	assert_int_equal(p->support_end.s, d->support.until.s);
	assert_string_equal(p->isolated_text, d->texts.isolated);
	assert_int_equal(p->update.automatic, POLICY_AUTO_ALL);
	assert_true(p->update.can_turn_off && p->update.can_postpone);
	assert_int_equal(p->update.memory_mib, d->update.memory_mib);
	assert_int_equal(p->update.postpone_days, POLICY_POSTPONE_DAYS);
	policy_free(p);
	d->update.automatic = d->update.can_turn_off = d->update.can_postpone = DECL_NO;
	d->update.window_from_hour = 2;
	d->update.window_to_hour = 5;
	d->update.postpone_days = 1; /* shorter than what is usual for security */
	d->update.metered = DECL_YES;
	buf_reset(&json);
	check_ok(policy_compile(d, NULL, 0, &json, &e));
	check_ok(policy_decode(buf_view(&json), &p, &e));
	assert_int_equal(p->update.automatic, POLICY_AUTO_OFF);
	assert_false(p->update.can_turn_off || p->update.can_postpone);
	assert_int_equal(p->update.window_from, 2);
	assert_int_equal(p->update.window_to, 5);
	assert_int_equal(p->update.postpone_days, 1);
	assert_int_equal(p->update.postpone_security_days, 1);
	assert_true(p->update.metered);
	policy_free(p);
	d->update.postpone_security_days = 2;
	buf_reset(&json);
	check_fails(ERR_INPUT, policy_compile(d, NULL, 0, &json, &e));
	declaration_free(d);
}

static void policy_is_deterministic(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf a, b;
	struct protected_file turned[sizeof files / sizeof *files];
	struct declaration *d = declared_parse(declared_text());
	struct err e = {0};
	size_t n = sizeof files / sizeof *files;
	for (size_t i = 0; i < n; i++)
		turned[i] = files[n - 1 - i];
	buf_init(&a, POLICY_MAX);
	buf_init(&b, POLICY_MAX);
	check_ok(policy_compile(d, files, n, &a, &e));
	check_ok(policy_compile(d, turned, n, &b, &e));
	assert_string_equal(buf_text(&a), buf_text(&b));
	declaration_free(d);
}

static void policy_refuses(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf json;
	struct err e = {0};
	struct declaration *d = declared_parse(declared_text());
	buf_init(&json, POLICY_MAX);
	/* A protected file that the image does not have. */
	check_fails(ERR_MISSING, policy_compile(d, files, 1, &json, &e));
	assert_non_null(strstr(e.text, "usr/bin/camera"));
	/* A path that only the device's decoder would stumble over. */
	struct protected_file bad[sizeof files / sizeof *files];
	memcpy(bad, files, sizeof files);
	bad[3].path = "etc/../etc/passwd";
	check_fails(ERR_INPUT, policy_compile(d, bad, sizeof bad / sizeof *bad, &json, &e));
	bad[3].path = "bin/busybox";
	check_fails(ERR_INPUT, policy_compile(d, bad, sizeof bad / sizeof *bad, &json, &e));
	declaration_free(d);
	d = declared_parse(declared_with("    why: relay for the clip backup chosen by the owner\n", ""));
	check_fails(ERR_INPUT, policy_compile(d, NULL, 0, &json, &e));
	assert_non_null(strstr(e.text, "no purpose"));
	declaration_free(d);
	assert_int_equal(json.len, 0);
}

static rc count_files(void *to, const struct documents_file *file, struct err *e)
{
	(void)file, (void)e;
	++*(size_t *)to;
	return RC_OK;
}

static rc refuse_third(void *to, const struct documents_file *file, struct err *e)
{
	size_t *n = to;
	return ++*n == 3 ? err_set(e, ERR_SPACE, "%s: full", file->name) : RC_OK;
}

/* What a writer cannot say is no shorter document: it is not handed over. */
static void documents_end_at_the_first_failure(void **state)
{
	(void)state;
	struct err e = {0};
	size_t n = 0, all = 0;
	struct declaration *d = declared_parse(declared_text());
	check_ok(documents_each(d, TODAY, count_files, &all, &e));
	check_fails(ERR_SPACE, documents_each(d, TODAY, refuse_third, &n, &e));
	assert_int_equal(n, 3);
	/* No page of the maker: no address for a MUD file. */
	d->maker.website = d->support.published = d->disclosure.policy_url = d->documents.setup_url =
		d->documents.privacy_url = NULL;
	d->documents.setup_check_url = d->documents.deletion_url = d->documents.sensors_url = NULL;
	n = 0;
	check_fails(ERR_INPUT, documents_each(d, TODAY, count_files, &n, &e));
	assert_non_null(strstr(e.text, "mud.json"));
	assert_true(n < all);
	/* A host that is neither name nor address is in no rule. */
	d->support.published = "https://lumen.example/support";
	d->flows[0].host = "10.0.0.1::zz";
	check_fails(ERR_INPUT, documents_each(d, TODAY, count_files, &n, &e));
	declaration_free(d);
}

static void first_declaration_passes(void **state)
{
	(void)state;
	struct err e = {0};
	for (size_t i = 0; template_kind(i); i++) {
		CLEANUP(buf_done) struct buf text;
		struct judge_result *r = NULL;
		struct template_answers a = {template_kind(i),
					     "A \"B\" \\ & Co @until@: #1",
					     "x",
					     "GB",
					     "- y",
					     "model-1",
					     "maker.example",
					     "",
					     true};
		buf_init(&text, DECLARATION_MAX);
		check_ok(template_write(&a, TODAY, &text, &e));
		struct declaration *d = declared_parse(buf_text(&text));
		assert_string_equal(d->maker.name, a.maker);
		assert_string_equal(d->product, "- y");
		check_ok(judge_declaration(d, TODAY, &r, &e));
		/* What a new declaration does without, it says why. */
		if (!r->clean || r->counts[JUDGE_OPEN])
			fail_msg("%s: not clean", template_kind(i));
		size_t documents = 0;
		check_ok(documents_each(d, TODAY, count_files, &documents, &e));
		judge_free(r);
		declaration_free(d);
	}
}

static void first_declaration_refuses(void **state)
{
	(void)state;
	static const struct template_answers wrong[] = {
		{"toaster", "M", "x", "GB", "P", "m", "a.example", "", false},
		{"camera", "", "x", "GB", "P", "m", "a.example", "", false},
		{"camera", "M\n  evil: 1", "x", "GB", "P", "m", "a.example", "", false},
		{"camera", "M", "x", "Britain", "P", "m", "a.example", "", false},
		{"camera", "M", "x", "GB", "P", "Big Model", "a.example", "", false},
		{"camera", "M", "x", "GB", "P", "m", "a.example/x y", "", false},
		{"camera", "M", "x", "GB", "P", "m", "a.example", "2031-02-30", false},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CLEANUP(buf_done) struct buf text;
		struct err e = {0};
		buf_init(&text, DECLARATION_MAX);
		check_fails(ERR_INPUT, template_write(&wrong[i], TODAY, &text, &e));
		assert_int_equal(text.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_decodes),	    cmocka_unit_test(policy_is_deterministic),
		cmocka_unit_test(policy_refuses),	    cmocka_unit_test(documents_end_at_the_first_failure),
		cmocka_unit_test(first_declaration_passes), cmocka_unit_test(first_declaration_refuses),
	};
	return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
