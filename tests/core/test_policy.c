/* SPDX-License-Identifier: Apache-2.0 */
/* The device policy decoder: what a hostile or careless maker could sign must not reach firewall or guard. */
#include "check.h"

#include <stdio.h>

#include "core/codec/json.h"
#include "core/codec/semver.h"
#include "core/model/policy.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char good[] =
	"{\"v\":1,\"product\":\"Lumen Doorbell Camera\",\"model\":\"lumen-cam1\",\"maker\":\"Lumen Works Ltd\","
	"\"version\":\"1.2.0\",\"support_end\":\"2031-12-31\",\"contact\":\"mailto:security@lumen.example\","
	"\"services\":[{\"id\":\"camera\",\"exec\":\"usr/bin/camera\",\"user\":2001,\"args\":[\"--quiet\"]},"
	"{\"id\":\"chime\",\"exec\":\"usr/bin/chime\",\"user\":2002,\"args\":[]}],"
	"\"listeners\":[{\"service\":\"camera\",\"proto\":\"tcp\",\"port\":8443,\"why\":\"snapshot page\"}],"
	"\"flows\":[{\"service\":\"camera\",\"host\":\"10.77.0.3\",\"proto\":\"tcp\",\"port\":7000,\"why\":\"backup\"}]"
	","
	"\"safety\":[\"chime\"],"
	"\"protected\":[{\"path\":\"usr/bin/camera\",\"sha256\":\"" HASH "\",\"mode\":493},"
	"{\"path\":\"etc/camera.conf\",\"sha256\":\"" HASH "\",\"mode\":420}],"
	"\"scan_period_s\":2,\"health\":[{\"id\":\"alive\",\"kind\":\"report\",\"service\":\"camera\",\"within_s\":20},"
	"{\"id\":\"page\",\"kind\":\"listener\",\"service\":\"camera\",\"port\":8443,\"within_s\":30}],"
	"\"personal_data\":[{\"id\":\"clips\",\"what\":\"recordings\",\"why\":\"seeing visitors\",\"keep_days\":14}],"
	"\"page_port\":9443,\"texts\":{\"isolated\":\"Your camera has been cut off.\"}}";

/* The good policy with one piece replaced; the piece must be there. */
static const char *with(const char *from, const char *to)
{
	static char text[4096];
	const char *at = strstr(good, from);
	assert_non_null(at);
	(void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	return text;
}

static void decodes(void **state)
{
	(void)state;
	struct err e = {0};
	struct policy *p = NULL;
	check_ok(policy_decode(bytes_of_text(good), &p, &e));
	assert_string_equal(p->model, "lumen-cam1");
	assert_string_equal(p->isolated_text, "Your camera has been cut off.");
	assert_int_equal(p->services_n, 2);
	assert_int_equal(p->services[0].user, 2001);
	assert_string_equal(p->services[0].args[0], "--quiet");
	assert_false(p->services[0].safety);
	assert_true(policy_service(p, "chime")->safety);
	assert_null(policy_service(p, "nobody"));
	assert_int_equal(p->listeners[0].port, 8443);
	assert_int_equal(p->flows[0].proto, POLICY_TCP);
	assert_int_equal(p->protect_n, 2);
	assert_int_equal(p->protect[0].sha256[1], 0x11);
	assert_int_equal(p->protect[0].mode, 0755);
	assert_int_equal(p->health[1].kind, POLICY_HEALTH_LISTENER);
	assert_int_equal(p->health[0].port, 0);
	assert_int_equal(p->data[0].keep_days, 14);
	assert_int_equal(p->page_port, 9443);
	assert_int_equal(p->support_end.s, 1956441600);
	policy_free(p);
	policy_free(NULL);
}

static const struct {
	const char *from, *to;
	enum err_code code;
} bad[] = {
	{"\"v\":1", "\"v\":2", ERR_LIMIT},
	{"\"v\":1,", "\"v\":1,\"extra\":1,", ERR_INPUT},
	{"\"user\":2001", "\"user\":0", ERR_LIMIT},
	{"\"user\":2001", "\"user\":2001,\"root\":true", ERR_INPUT},
	{"\"user\":2001", "\"user\":4294967296", ERR_LIMIT},
	{"usr/bin/camera", "../bin/camera", ERR_INPUT},
	{"usr/bin/camera", "/usr/bin/camera", ERR_INPUT},
	{"{\"path\":\"usr/bin/camera\"", "{\"path\":\"usr/../camera\"", ERR_INPUT},
	{"{\"path\":\"usr/bin/camera\"", "{\"path\":\"etc/camera.conf\"", ERR_INPUT},
	{"\"id\":\"chime\"", "\"id\":\"camera\"", ERR_INPUT},
	{"\"id\":\"chime\"", "\"id\":\"Chime; reboot\"", ERR_INPUT},
	{"[{\"service\":\"camera\"", "[{\"service\":\"ghost\"", ERR_INPUT},
	{"\"host\":\"10.77.0.3\"", "\"host\":\"10.0.0.1 accept\"", ERR_INPUT},
	{"\"host\":\"10.77.0.3\"", "\"host\":\"-x\"", ERR_INPUT},
	{"\"host\":\"10.77.0.3\"", "\"host\":\"\"", ERR_INPUT},
	{"\"proto\":\"tcp\"", "\"proto\":\"tcpx\"", ERR_LIMIT},
	{"\"proto\":\"tcp\"", "\"proto\":\"icm\"", ERR_INPUT},
	{"\"port\":8443", "\"port\":0", ERR_LIMIT},
	{"\"port\":8443", "\"port\":65536", ERR_LIMIT},
	{"\"port\":8443", "\"port\":\"8443\"", ERR_INPUT},
	{"\"safety\":[\"chime\"]", "\"safety\":[\"ghost\"]", ERR_INPUT},
	{"\"safety\":[\"chime\"]", "\"safety\":[1]", ERR_INPUT},
	{"\"mode\":493", "\"mode\":65536", ERR_LIMIT},
	{"\"mode\":493", "\"mode\":-1", ERR_LIMIT},
	{HASH, "0011", ERR_INPUT},
	{"\"scan_period_s\":2", "\"scan_period_s\":0", ERR_LIMIT},
	{"\"kind\":\"report\"", "\"kind\":\"hope\"", ERR_INPUT},
	{"\"kind\":\"report\"", "\"kind\":\"listener\"", ERR_INPUT},
	{"\"id\":\"page\"", "\"id\":\"alive\"", ERR_INPUT},
	{"\"within_s\":20", "\"within_s\":0", ERR_LIMIT},
	{"\"keep_days\":14", "\"keep_days\":-1", ERR_LIMIT},
	{"1.2.0", "1.2", ERR_INPUT},
	{"2031-12-31", "2031-02-30", ERR_INPUT},
	{"\"why\":\"backup\"", "\"why\":\"\"", ERR_INPUT},
	{"lumen-cam1", "lumen cam1", ERR_INPUT},
	{"\"isolated\":\"Your camera has been cut off.\"", "", ERR_INPUT},
	{"\"--quiet\"", "7", ERR_INPUT},
	{"\"--quiet\"", "\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"", ERR_LIMIT},
	{"\"page_port\":9443,", "", ERR_INPUT},
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = {0};
		struct policy *p = NULL;
		rc r = policy_decode(bytes_of_text(with(bad[i].from, bad[i].to)), &p, &e);
		if (r.code != bad[i].code || p)
			fail_msg("%s -> %s: expected %s, got %s (%s)", bad[i].from, bad[i].to,
				 err_code_name(bad[i].code), err_code_name(r.code), e.text);
		if (!e.text[0])
			fail_msg("%s -> %s: refused without a word", bad[i].from, bad[i].to);
	}
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	for (size_t n = 0; n + 1 < sizeof good; n++) {
		struct policy *p = NULL;
		assert_true(rc_failed(policy_decode(bytes_of(good, n), &p, NULL)));
		assert_null(p);
	}
}

static void refuses_each_missing_key(void **state)
{
	(void)state;
	struct err e = {0};
	JSON_AUTO json_t *root = NULL;
	check_ok(json_codec_parse(bytes_of_text(good), 8192, "good", &root, &e));
	const char *key;
	json_t *value;
	size_t tried = 0;
	json_object_foreach(root, key, value)
	{
		CLEANUP(buf_done) struct buf text;
		buf_init(&text, 8192);
		json_t *less = json_copy(root);
		json_object_del(less, key);
		check_ok(json_codec_canonical(less, &text, &e));
		struct policy *p = NULL;
		if (rc_ok(policy_decode(buf_view(&text), &p, NULL)))
			fail_msg("accepted without %s", key);
		json_decref(less);
		tried++;
	}
	assert_int_equal(tried, 17);
}

#define UPDATE_LINE                                                                                                    \
	"\"update\":{\"automatic\":\"security\",\"can_turn_off\":false,\"can_postpone\":true,\"window_from\":22,"      \
	"\"window_to\":5,\"postpone_days\":10,\"postpone_security_days\":2,\"postpone_times\":4,"                      \
	"\"battery_percent\":40,\"memory_mib\":16,\"metered\":true,\"metered_mib\":3},\"page_port\""

static void same_limits(const struct policy_update *a, const struct policy_update *b)
{
	assert_int_equal(a->automatic, b->automatic);
	assert_int_equal(a->can_turn_off, b->can_turn_off);
	assert_int_equal(a->can_postpone, b->can_postpone);
	assert_int_equal(a->window_from, b->window_from);
	assert_int_equal(a->window_to, b->window_to);
	assert_int_equal(a->postpone_days, b->postpone_days);
	assert_int_equal(a->postpone_security_days, b->postpone_security_days);
	assert_int_equal(a->postpone_times, b->postpone_times);
	assert_int_equal(a->battery_percent, b->battery_percent);
	assert_int_equal(a->memory_mib, b->memory_mib);
	assert_int_equal(a->metered, b->metered);
	assert_int_equal(a->metered_mib, b->metered_mib);
}

/* What the owner may decide about updates: the maker's word, or the law's. */
static void limits_of_updates(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
	} wrong[] = {
		{"\"automatic\":\"security\"", "\"automatic\":\"never\""},
		{"\"window_from\":22", "\"window_from\":24"},
		{"\"window_from\":22", "\"window_from\":-1"},
		{"\"postpone_days\":10", "\"postpone_days\":91"},
		{"\"postpone_days\":10", "\"postpone_days\":1"}, /* less than for security */
		{"\"battery_percent\":40", "\"battery_percent\":101"},
		{"\"metered\":true", "\"metered\":1"},
		{"\"metered_mib\":3", "\"metered_mib\":3,\"more\":1"},
		{"\"metered_mib\":3", "\"other\":3"},
	};
	struct err e = {0};
	struct policy *p = NULL;
	check_ok(policy_decode(bytes_of_text(good), &p, &e)); /* of before: the defaults */
	const struct policy_update def = policy_update_default();
	same_limits(&p->update, &def);
	assert_int_equal(def.automatic, POLICY_AUTO_ALL);
	assert_true(def.can_turn_off && def.can_postpone);
	policy_free(p);
	check_ok(policy_decode(bytes_of_text(with("\"page_port\"", UPDATE_LINE)), &p, &e));
	const struct policy_update want = {POLICY_AUTO_SECURITY, false, true, 22, 5, 10, 2, 4, 40, 16, true, 3};
	same_limits(&p->update, &want);
	policy_free(p);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		char text[4096];
		const char *all = with("\"page_port\"", UPDATE_LINE), *at = strstr(all, wrong[i].from);
		assert_non_null(at);
		(void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - all), all, wrong[i].to,
			       at + strlen(wrong[i].from));
		if (rc_ok(policy_decode(bytes_of_text(text), &p, &e)))
			fail_msg("accepted %s", wrong[i].to);
	}
}

static void judges_hosts(void **state)
{
	(void)state;
	static const char *const yes[] = {"10.0.0.1", "fd00::1", "a.example", "UPPER.example"};
	static const char *const no[] = {"", "a b", "a;b", "a/b", "-a", ".a", "a\n", "\xc3\xa9.example", "{1}"};
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(policy_host_ok(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(policy_host_ok(no[i]));
	char longest[POLICY_HOST_MAX + 2];
	memset(longest, 'a', sizeof longest);
	longest[POLICY_HOST_MAX + 1] = 0;
	assert_false(policy_host_ok(longest));
	longest[POLICY_HOST_MAX] = 0;
	assert_true(policy_host_ok(longest));
}

static void orders_versions(void **state)
{
	(void)state;
	static const char *const rising[] = {"0.0.1",	      "0.9.0",
					     "1.0.0-1",	      "1.0.0-alpha",
					     "1.0.0-alpha.1", "1.0.0-alpha.beta",
					     "1.0.0-beta.2",  "1.0.0-beta.11",
					     "1.0.0-rc.1",    "1.0.0",
					     "1.0.1+build-7", "1.10.0",
					     "2.0.0",	      "99999999999999999999.0.0"};
	static const char *const no[] = {"",	       "1",	 "1.2",	   "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01",
					 "1.2.3-a..b", "1.2.3+", "v1.2.3", "1.2.x",   " 1.2.3", "1.2.3 ", "1..3"};
	for (size_t i = 0; i < sizeof rising / sizeof *rising; i++) {
		assert_true(semver_ok(rising[i]));
		assert_int_equal(semver_compare(rising[i], rising[i]), 0);
		for (size_t k = i + 1; k < sizeof rising / sizeof *rising; k++) {
			if (semver_compare(rising[i], rising[k]) >= 0 || semver_compare(rising[k], rising[i]) <= 0)
				fail_msg("%s should come before %s", rising[i], rising[k]);
		}
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (semver_ok(no[i]))
			fail_msg("accepted as a version: '%s'", no[i]);
	assert_int_equal(semver_compare("1.0.0+a", "1.0.0+b"), 0);
	assert_true(semver_ok("1.0.0-0a.-+001"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(limits_of_updates),
		cmocka_unit_test(judges_hosts),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(orders_versions),
		cmocka_unit_test(refuses_each_missing_key),
	};
	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
