/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An update that a component supplier signs: the maker's targets role delegates to the supplier's, and the device finds
 * image and policy there. EN303645 5.3-9, 5.3-10.
 */
#include "world.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "host/keys/keyfile.h"
#include "host/os/file.h"
#include "release/keyring.h"

#define IMAGE_BYTES (600 * 1024)

static struct world world;
static const char *program;

static int set_up(void **state)
{
	(void)state;
	world_make(&world, program, IMAGE_BYTES);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}

/* ---- the repository, signed anew ---- */

static json_t *read_json(const char *name)
{
	struct err e = {0};
	CLEANUP(buf_done) struct buf text;
	json_t *doc = NULL;
	buf_init(&text, MIB);
	check_ok(file_read(scratch_path(&world.scratch, name), MIB, &text, &e));
	check_ok(json_codec_parse(buf_view(&text), MIB, name, &doc, &e));
	return doc;
}

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void hash_of(struct bytes content, char ret[HEX_TEXT_SIZE(SHA256_SIZE)])
{
	struct err e = {0};
	uint8_t digest[SHA256_SIZE];
	check_ok(hash_sha256(content, digest, &e));
	hex_encode(bytes_of(digest, sizeof digest), ret);
}

/* The key object; its id in `ret_id`. */
static json_t *key_object(const struct privkey *k, char ret_id[HEX_TEXT_SIZE(SHA256_SIZE)])
{
	struct err e = {0};
	uint8_t raw[KEY_ED25519_SIZE];
	char hex[HEX_TEXT_SIZE(KEY_ED25519_SIZE)];
	CLEANUP(buf_done) struct buf canonical;
	buf_init(&canonical, KIB);
	check_ok(pubkey_ed25519(&k->pub, raw, &e));
	hex_encode(bytes_of(raw, sizeof raw), hex);
	json_t *key =
		json_pack("{s:s, s:s, s:{s:s}}", "keytype", "ed25519", "scheme", "ed25519", "keyval", "public", hex);
	check_ok(json_codec_canonical(key, &canonical, &e));
	hash_of(buf_view(&canonical), ret_id);
	return key;
}

/* {"signatures","signed"} into repo/metadata/NAME. The key id is that of the file signed before, or the key's own. */
static void sign(const char *name, json_t *body, struct privkey *k, const char *id)
{
	struct err e = {0};
	char path[100], hex[2 * KEY_SIGNATURE_MAX + 1];
	CLEANUP(buf_done) struct buf message, sig;
	struct signer s = privkey_signer(k);
	buf_init(&message, MIB);
	buf_init(&sig, KEY_SIGNATURE_MAX);
	check_ok(json_codec_canonical(body, &message, &e));
	check_ok(signer_sign(&s, buf_view(&message), &sig, &e));
	hex_encode(buf_view(&sig), hex);
	JSON_AUTO json_t *doc =
		json_pack("{s:[{s:s, s:s}], s:O}", "signatures", "keyid", id, "sig", hex, "signed", body);
	char *text = json_dumps(doc, JSON_COMPACT);
	(void)snprintf(path, sizeof path, "repo/metadata/%s", name);
	check_ok(file_write_atomic(scratch_path(&world.scratch, path), bytes_of_text(text), 0644, &e));
	free(text);
}

static void sign_as(const char *role, const char *name, const json_t *before, json_t *body)
{
	struct err e = {0};
	struct privkey k = {0};
	const json_t *first = json_array_get(json_object_get(before, "signatures"), 0);
	check_ok(keyring_load(scratch_path(&world.scratch, "keys"), role, (struct bytes){0}, &k, &e));
	sign(name, body, &k, json_string_value(json_object_get(first, "keyid")));
	privkey_done(&k);
}

static json_t *newer(const json_t *doc)
{
	json_t *body = json_deep_copy(json_object_get(doc, "signed"));
	(void)json_object_set_new(body, "version", json_integer(number(body, "version") + 1));
	return body;
}

static void move_target(json_t *from, json_t *to, const char *name)
{
	json_t *entry = json_object_get(json_object_get(from, "targets"), name);
	assert_non_null(entry);
	(void)json_object_set(json_object_get(to, "targets"), name, entry);
	(void)json_object_del(json_object_get(from, "targets"), name);
}

/* Everything of 2.0.0 moves into the role "supplier", signed by `signs`; the maker's targets name `trusted`. */
static void delegate(struct privkey *trusted, struct privkey *signs)
{
	char name[64], id[HEX_TEXT_SIZE(SHA256_SIZE)], other[HEX_TEXT_SIZE(SHA256_SIZE)];
	JSON_AUTO json_t *timestamp = read_json("repo/metadata/timestamp.json");
	const json_t *meta = json_object_get(json_object_get(timestamp, "signed"), "meta");
	(void)snprintf(name, sizeof name, "repo/metadata/%lld.snapshot.json",
		       (long long)number(json_object_get(meta, "snapshot.json"), "version"));
	JSON_AUTO json_t *snapshot = read_json(name);
	meta = json_object_get(json_object_get(snapshot, "signed"), "meta");
	(void)snprintf(name, sizeof name, "repo/metadata/%lld.targets.json",
		       (long long)number(json_object_get(meta, "targets.json"), "version"));
	JSON_AUTO json_t *targets = read_json(name);
	JSON_AUTO json_t *top = newer(targets), *list = newer(snapshot), *stamp = newer(timestamp);
	JSON_AUTO json_t *own = json_deep_copy(top);
	(void)json_object_clear(json_object_get(own, "targets"));
	(void)json_object_set_new(own, "version", json_integer(1));
	move_target(top, own, WORLD_MODEL "-os-2.0.0.img");
	move_target(top, own, WORLD_MODEL "-declaration-2.0.0.json");
	json_t *key = key_object(trusted, id);
	json_decref(key_object(signs, other));
	(void)json_object_set_new(top, "delegations",
				  json_pack("{s:{s:o}, s:[{s:s, s:[s], s:i, s:b, s:[s]}]}", "keys", id, key, "roles",
					    "name", "supplier", "keyids", id, "threshold", 1, "terminating", 1, "paths",
					    WORLD_MODEL "-*-2.0.0.*"));
	sign("1.supplier.json", own, signs, other);
	(void)snprintf(name, sizeof name, "%lld.targets.json", (long long)number(top, "version"));
	sign_as("targets", name, targets, top);
	(void)json_object_set_new(list, "meta",
				  json_pack("{s:{s:I}, s:{s:i}}", "targets.json", "version", number(top, "version"),
					    "supplier.json", "version", 1));
	(void)snprintf(name, sizeof name, "%lld.snapshot.json", (long long)number(list, "version"));
	sign_as("snapshot", name, snapshot, list);
	(void)json_object_set_new(stamp, "meta",
				  json_pack("{s:{s:I}}", "snapshot.json", "version", number(list, "version")));
	sign_as("timestamp", "timestamp.json", timestamp, stamp);
}

static void make_key(struct privkey *k)
{
	struct err e = {0};
	check_ok(keyfile_generate(KEY_ED25519, k, &e));
}

/* ---- the device ---- */

static void offer(const char *version)
{
	world_reset(&world);
	world_offer(&world, version);
}

static void stop(pid_t pid)
{
	assert_int_equal(kill(pid, SIGTERM), 0);
	int status = world_wait(pid, WORLD_LONG_MS);
	assert_true(status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void installs_what_a_supplier_signed(void **state)
{
	(void)state;
	struct privkey supplier = {0};
	make_key(&supplier);
	delegate(&supplier, &supplier);
	offer("2.0.0");
	int status = world_wait(world_boot(&world, NULL), WORLD_LONG_MS);
	assert_true(status >= 0 && WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 85); /* installed, and asks for a reboot */
	pid_t pid = world_boot(&world, NULL);
	assert_true(world_until(&world.service->confirmed, 1, WORLD_LONG_MS));
	stop(pid);
	assert_int_equal(world_bootable(&world), 2);
	assert_string_equal(world.service->statement.version, "2.0.0");
	assert_non_null(strstr(world_read(&world, "state/tuf/supplier.json"), WORLD_MODEL "-os-2.0.0.img"));
	assert_non_null(strstr(world_read(&world, "state/policy.json"), "\"version\":\"2.0.0\""));
	privkey_done(&supplier);
}

static void refuses_what_a_stranger_signed(void **state)
{
	(void)state;
	struct privkey supplier = {0}, stranger = {0};
	make_key(&supplier);
	make_key(&stranger);
	delegate(&supplier, &stranger);
	offer("2.0.0");
	pid_t pid = world_boot(&world, NULL);
	assert_true(world_until(&world.service->checkins, 3, WORLD_LONG_MS));
	stop(pid);
	assert_string_equal(world.service->last_reason, "signature");
	assert_int_equal(world.service->image_requests, 0);
	assert_int_equal(world_bootable(&world), 1);
	assert_string_equal(world_read(&world, "state/tuf/supplier.json"), "");
	privkey_done(&supplier);
	privkey_done(&stranger);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	program = argv[1];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(installs_what_a_supplier_signed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_a_stranger_signed, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
