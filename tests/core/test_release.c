/* SPDX-License-Identifier: Apache-2.0 */
/* REQ: EN303645-5.3-9 EN303645-5.3-10 (what a device may install). */
#include "check.h"

#include "core/model/release.h"

#define SHA "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

#define HEADER "\"memory\":2000000,\"header_bytes\":20924,\"header_sha256\":\"" SHA "\""
#define PATCH                                                                                                          \
	"\"target\":\"cam1-os-1.2.0.from.hmp\",\"sha256\":\"" SHA "\",\"bytes\":1446000,\"base_sha256\":\"" SHA        \
	"\"," HEADER

static const char good[] = "{\"hallmark\":{\"kind\":\"image\",\"model\":\"cam1\",\"version\":\"1.2.0\",\"counter\":3,"
			   "\"component\":\"os\",\"image_sha256\":\"" SHA "\",\"declaration\":\"cam1-d.json\","
			   "\"image_bytes\":419430400,\"full\":{" HEADER "},\"patches\":[{" PATCH "}]}}";

static void decodes_and_encodes(void **state)
{
	(void)state;
	struct err e = {0};
	struct release_info info, again;
	JSON_AUTO json_t *doc = NULL;
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, 8192);
	check_ok(release_decode(bytes_of_text(good), &info, &e));
	assert_string_equal(info.model, "cam1");
	assert_int_equal(info.counter, 3);
	assert_int_equal(info.image_sha256[1], 0x11);
	assert_string_equal(info.declaration, "cam1-d.json");
	assert_int_equal(info.image_bytes, 419430400);
	assert_int_equal(info.full.header_bytes, 20924);
	assert_int_equal(info.patches_n, 1);
	assert_int_equal(info.patches[0].bytes, 1446000);
	assert_int_equal(info.patches[0].base_sha256[2], 0x22);
	check_ok(release_encode(&info, &doc, &e));
	check_ok(json_codec_canonical(doc, &text, &e));
	check_ok(release_decode(buf_view(&text), &again, &e));
	assert_memory_equal(&info, &again, sizeof info);
	assert_false(info.security);
	JSON_AUTO json_t *security = NULL;
	info.security = true;
	buf_reset(&text);
	check_ok(release_encode(&info, &security, &e));
	check_ok(json_codec_canonical(security, &text, &e));
	check_ok(release_decode(buf_view(&text), &again, &e));
	assert_true(again.security);
}

static void refuses_malformed(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value;
	} cases[] = {
		{"kind", "\"firmware\""},
		{"kind", "1"},
		{"model", "\"../x\""},
		{"model", "\"\""},
		{"version", "\"1.2\""},
		{"version", "\"v1.2.0\""},
		{"counter", "-1"},
		{"counter", "4294967296"},
		{"counter", "\"3\""},
		{"component", "\"a/b\""},
		{"image_sha256", "\"00\""},
		{"declaration", "\"../d.json\""},
		{"declaration", "\"/d\""},
		{"more", "1"},
		{"image_bytes", "0"},
		{"image_bytes", "68719476737"},
		{"full", "{}"},
		{"full", "{" HEADER ",\"x\":1}"},
		{"patches", "{}"},
		{"blocks", "{}"},
		{"blocks", "[]"},
		{"patches", "[{}]"},
		{"patches", "[{" PATCH ",\"x\":1}]"},
		{"patches", "[{},{},{},{},{},{},{},{},{}]"},
		{"security", "1"},
		{"security", "\"true\""},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		struct release_info info;
		JSON_AUTO json_t *doc = json_loads(good, 0, NULL);
		json_t *obj = json_object_get(doc, "hallmark");
		(void)json_object_set_new(obj, cases[i].key, json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
		CLEANUP(buf_done) struct buf text;
		buf_init(&text, 8192);
		check_ok(json_codec_canonical(doc, &text, &e));
		if (rc_ok(release_decode(buf_view(&text), &info, &e)))
			fail_msg("accepted %s = %s", cases[i].key, cases[i].value);
		(void)json_object_del(obj, cases[i].key);
		buf_reset(&text);
		check_ok(json_codec_canonical(doc, &text, &e));
		if (strcmp(cases[i].key, "more") != 0 && strcmp(cases[i].key, "blocks") != 0 &&
		    strcmp(cases[i].key, "security") != 0 && strcmp(cases[i].key, "blocks") != 0 &&
		    rc_ok(release_decode(buf_view(&text), &info, &e)))
			fail_msg("accepted without %s", cases[i].key);
	}
}

static void decides(void **state)
{
	(void)state;
	static const char *const blocked[] = {"1.3.0", "2.0.0"};
	static const struct {
		enum release_kind kind;
		const char *model, *version;
		int64_t counter;
		const char *reason;
	} cases[] = {
		{RELEASE_IMAGE, "cam1", "1.2.0", 5, "no-offer"},
		{RELEASE_IMAGE, "cam1", "1.2.1", 5, "none"},
		{RELEASE_IMAGE, "cam1", "1.2.1", 6, "none"},
		{RELEASE_IMAGE, "cam1", "1.2.1", 4, "counter"},
		{RELEASE_IMAGE, "cam1", "9.0.0", 0, "counter"},
		{RELEASE_IMAGE, "cam1", "1.1.9", 5, "rollback"},
		{RELEASE_IMAGE, "cam1", "1.2.0-rc.1", 5, "rollback"},
		{RELEASE_IMAGE, "cam1", "1.1.9", 6, "none"}, /* the maker raised the counter: meant */
		{RELEASE_IMAGE, "cam1", "1.3.0", 6, "blocked-version"},
		{RELEASE_IMAGE, "cam1", "2.0.0", 9, "blocked-version"},
		{RELEASE_IMAGE, "cam2", "1.3.1", 6, "wrong-model"},
		{RELEASE_IMAGE, "cam", "1.3.1", 6, "wrong-model"},
		{RELEASE_DECLARATION, "cam1", "1.3.1", 6, "wrong-model"},
	};
	const struct release_running running = {"cam1", "1.2.0", 5, blocked, 2};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct release_info offered = {.kind = cases[i].kind, .counter = cases[i].counter};
		const char *reason = NULL;
		memcpy(offered.model, cases[i].model, strlen(cases[i].model) + 1);
		memcpy(offered.version, cases[i].version, strlen(cases[i].version) + 1);
		bool allowed = release_decide(&running, &offered, &reason);
		assert_string_equal(reason, cases[i].reason);
		assert_int_equal(allowed, strcmp(cases[i].reason, "none") == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_and_encodes),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(decides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
