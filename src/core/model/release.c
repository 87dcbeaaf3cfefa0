/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Release description and the install decision. Pure; the caller has verified the target metadata it comes from, and
 * the image's own hash is checked by whoever writes it.
 */
#include "core/model/release.h"

#include "core/base/names.h"
#include "core/codec/hex.h"
#include "core/base/banned.h"

#define WHAT "custom.hallmark"

static const char *const kinds[] = {
	[RELEASE_IMAGE] = "image", [RELEASE_DECLARATION] = "declaration", [RELEASE_PATCH] = "patch"};

const char *release_kind_name(enum release_kind kind)
{
	return kinds[kind];
}

static rc get_name(const json_t *obj, const char *key, char *ret, size_t size, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(obj, WHAT, key, size - 1, &text, e);
	if (rc_failed(r))
		return r;
	if (!name_ok(text))
		return err_set(e, ERR_INPUT, "%s: \"%s\" is not a plain name", WHAT, key);
	memcpy(ret, text, strlen(text) + 1);
	return RC_OK;
}

static rc get_kind(const json_t *obj, enum release_kind *ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(obj, WHAT, "kind", RELEASE_WORD_MAX, &text, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i], text) == 0) {
			*ret = (enum release_kind)i;
			return RC_OK;
		}
	}
	return err_set(e, ERR_INPUT, "%s: unknown kind \"%s\"", WHAT, text);
}

static rc get_version(const json_t *obj, struct release_info *ret, struct err *e)
{
	const char *text = NULL;
	rc r = json_codec_text(obj, WHAT, "version", SEMVER_MAX, &text, e);
	if (rc_failed(r))
		return r;
	if (!semver_ok(text))
		return err_set(e, ERR_INPUT, "%s: \"version\" is not a semantic version", WHAT);
	memcpy(ret->version, text, strlen(text) + 1);
	return json_codec_int(obj, WHAT, "counter", 0, RELEASE_COUNTER_MAX, &ret->counter, e);
}

static rc get_declaration(const json_t *obj, struct release_info *ret, struct err *e)
{
	if (ret->kind != RELEASE_IMAGE)
		return RC_OK;
	const char *text = NULL;
	rc r = json_codec_text(obj, WHAT, "declaration", RELEASE_TARGET_MAX, &text, e);
	if (rc_failed(r))
		return r;
	if (!name_path_ok(text))
		return err_set(e, ERR_INPUT, "%s: \"declaration\" is not a target name", WHAT);
	memcpy(ret->declaration, text, strlen(text) + 1);
	return RC_OK;
}

/* ---- how the image travels ---- */

static rc get_header(const json_t *obj, const char *what, struct release_transfer *ret, struct err *e)
{
	int64_t memory = 0, bytes = 0;
	rc r = json_codec_int(obj, what, "memory", 1, RELEASE_MEMORY_MAX, &memory, e);
	if (rc_ok(r))
		r = json_codec_int(obj, what, "header_bytes", 1, RELEASE_HEADER_MAX, &bytes, e);
	if (rc_ok(r))
		r = json_codec_hex(obj, what, "header_sha256", ret->header_sha256, SHA256_SIZE, e);
	ret->memory = (uint32_t)memory;
	ret->header_bytes = (uint32_t)bytes;
	return r;
}

static rc get_full(const json_t *obj, struct release_info *ret, struct err *e)
{
	static const char *const keys[] = {"memory", "header_bytes", "header_sha256", NULL};
	json_t *full = NULL;
	int64_t bytes = 0;
	rc r = json_codec_int(obj, WHAT, "image_bytes", 1, RELEASE_BYTES_MAX, &bytes, e);
	if (rc_ok(r))
		r = json_codec_object(obj, WHAT, "full", &full, e);
	if (rc_ok(r))
		r = json_codec_only(full, WHAT ".full", keys, e);
	if (rc_ok(r))
		r = get_header(full, WHAT ".full", &ret->full, e);
	ret->image_bytes = (uint64_t)bytes;
	return r;
}

/* A file that is a target of its own. */
static rc get_file(const json_t *obj, const char *what, struct release_transfer *ret, struct err *e)
{
	const char *target = NULL;
	int64_t bytes = 0;
	rc r = json_codec_text(obj, what, "target", RELEASE_TARGET_MAX, &target, e);
	if (rc_ok(r) && !name_path_ok(target))
		r = err_set(e, ERR_INPUT, "%s: \"target\" is not a target name", what);
	if (rc_ok(r))
		r = json_codec_hex(obj, what, "sha256", ret->sha256, SHA256_SIZE, e);
	if (rc_ok(r))
		r = json_codec_int(obj, what, "bytes", 1, RELEASE_BYTES_MAX, &bytes, e);
	if (rc_ok(r))
		r = get_header(obj, what, ret, e);
	if (rc_failed(r))
		return r;
	ret->bytes = (uint64_t)bytes;
	memcpy(ret->target, target, strlen(target) + 1);
	return RC_OK;
}

static rc get_patch(const json_t *obj, struct release_transfer *ret, struct err *e)
{
	static const char *const keys[] = {"target",	   "sha256",	    "bytes",	   "memory",
					   "header_bytes", "header_sha256", "base_sha256", NULL};
	static const char what[] = WHAT ".patches";
	rc r = json_codec_only(obj, what, keys, e);
	if (rc_ok(r))
		r = get_file(obj, what, ret, e);
	return rc_ok(r) ? json_codec_hex(obj, what, "base_sha256", ret->base_sha256, SHA256_SIZE, e) : r;
}

static rc get_blocks(const json_t *obj, struct release_info *ret, struct err *e)
{
	static const char *const keys[] = {"target",	   "sha256",	    "bytes", "memory",
					   "header_bytes", "header_sha256", NULL};
	json_t *blocks = NULL;
	if (!json_object_get(obj, "blocks"))
		return RC_OK;
	rc r = json_codec_object(obj, WHAT, "blocks", &blocks, e);
	if (rc_ok(r))
		r = json_codec_only(blocks, WHAT ".blocks", keys, e);
	return rc_ok(r) ? get_file(blocks, WHAT ".blocks", &ret->blocks, e) : r;
}

static rc get_transfers(const json_t *obj, struct release_info *ret, struct err *e)
{
	json_t *patches = NULL;
	if (ret->kind != RELEASE_IMAGE)
		return RC_OK;
	rc r = get_full(obj, ret, e);
	if (rc_ok(r))
		r = get_blocks(obj, ret, e);
	if (rc_ok(r))
		r = json_codec_array(obj, WHAT, "patches", RELEASE_PATCHES_MAX, &patches, e);
	for (size_t i = 0; rc_ok(r) && i < json_array_size(patches); i++)
		r = get_patch(json_array_get(patches, i), &ret->patches[ret->patches_n++], e);
	return r;
}

rc release_decode(struct bytes custom, struct release_info *ret, struct err *e)
{
	static const char *const keys[] = {"kind",	   "model",	  "version",	 "counter", "component",
					   "image_sha256", "declaration", "image_bytes", "blocks",  "full",
					   "patches",	   "security",	  NULL};
	JSON_AUTO json_t *doc = NULL;
	json_t *obj = NULL;
	struct release_info info = {0};
	rc r = json_codec_parse(custom, RELEASE_CUSTOM_MAX, "custom", &doc, e);
	if (rc_ok(r))
		r = json_codec_object(doc, "custom", "hallmark", &obj, e);
	if (rc_ok(r))
		r = json_codec_only(obj, WHAT, keys, e);
	if (rc_ok(r))
		r = get_kind(obj, &info.kind, e);
	if (rc_ok(r))
		r = get_name(obj, "model", info.model, sizeof info.model, e);
	if (rc_ok(r))
		r = get_name(obj, "component", info.component, sizeof info.component, e);
	if (rc_ok(r))
		r = get_version(obj, &info, e);
	if (rc_ok(r))
		r = json_codec_hex(obj, WHAT, "image_sha256", info.image_sha256, sizeof info.image_sha256, e);
	if (rc_ok(r))
		r = get_declaration(obj, &info, e);
	if (rc_ok(r) && json_object_get(obj, "security"))
		r = json_codec_bool(obj, WHAT, "security", &info.security, e);
	if (rc_ok(r))
		r = get_transfers(obj, &info, e);
	if (rc_ok(r))
		*ret = info;
	return r;
}

static json_t *file_json(const struct release_transfer *t)
{
	char sha[HEX_TEXT_SIZE(SHA256_SIZE)], header[sizeof sha];
	hex_encode(bytes_of(t->sha256, SHA256_SIZE), sha);
	hex_encode(bytes_of(t->header_sha256, SHA256_SIZE), header);
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "target", t->target, "sha256", sha, "bytes",
			 (json_int_t)t->bytes, "memory", (json_int_t)t->memory, "header_bytes",
			 (json_int_t)t->header_bytes, "header_sha256", header);
}

static int put_patches(json_t *obj, const struct release_info *info)
{
	json_t *list = json_array();
	for (size_t i = 0; i < info->patches_n; i++) {
		char base[HEX_TEXT_SIZE(SHA256_SIZE)];
		json_t *one = file_json(&info->patches[i]);
		hex_encode(bytes_of(info->patches[i].base_sha256, SHA256_SIZE), base);
		if (one && json_object_set_new(one, "base_sha256", json_string(base)) == 0)
			(void)json_array_append(list, one);
		json_decref(one);
	}
	if (info->blocks.bytes && json_object_set_new(obj, "blocks", file_json(&info->blocks)) != 0)
		return -1;
	return json_array_size(list) == info->patches_n ? json_object_set_new(obj, "patches", list) : -1;
}

static int put_transfers(json_t *obj, const struct release_info *info)
{
	char header[HEX_TEXT_SIZE(SHA256_SIZE)];
	hex_encode(bytes_of(info->full.header_sha256, SHA256_SIZE), header);
	json_t *full = json_pack("{s:I, s:I, s:s}", "memory", (json_int_t)info->full.memory, "header_bytes",
				 (json_int_t)info->full.header_bytes, "header_sha256", header);
	if (json_object_set_new(obj, "full", full) != 0 ||
	    json_object_set_new(obj, "image_bytes", json_integer((json_int_t)info->image_bytes)) != 0)
		return -1;
	return put_patches(obj, info);
}

rc release_encode(const struct release_info *info, json_t **ret, struct err *e)
{
	char sha[HEX_TEXT_SIZE(SHA256_SIZE)];
	hex_encode(bytes_of(info->image_sha256, SHA256_SIZE), sha);
	JSON_AUTO json_t *obj = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "kind", kinds[info->kind], "model",
					  info->model, "version", info->version, "counter", (json_int_t)info->counter,
					  "component", info->component, "image_sha256", sha);
	if (!obj)
		return err_set(e, ERR_MEMORY, "%s: out of memory", WHAT);
	if (info->declaration[0] && json_object_set_new(obj, "declaration", json_string(info->declaration)) != 0)
		return err_set(e, ERR_MEMORY, "%s: out of memory", WHAT);
	if (info->kind == RELEASE_IMAGE && put_transfers(obj, info) != 0)
		return err_set(e, ERR_MEMORY, "%s: out of memory", WHAT);
	if (info->security && json_object_set_new(obj, "security", json_true()) != 0)
		return err_set(e, ERR_MEMORY, "%s: out of memory", WHAT);
	json_t *custom = json_pack("{s:O}", "hallmark", obj);
	if (!custom)
		return err_set(e, ERR_MEMORY, "%s: out of memory", WHAT);
	*ret = custom;
	return RC_OK;
}

static bool is_blocked(const struct release_running *running, const char *version)
{
	for (size_t i = 0; i < running->blocked_n; i++)
		if (strcmp(running->blocked[i], version) == 0)
			return true;
	return false;
}

bool release_decide(const struct release_running *running, const struct release_info *offered, const char **ret_reason)
{
	const char *reason = "none";
	if (offered->kind != RELEASE_IMAGE || strcmp(running->model, offered->model) != 0)
		reason = "wrong-model";
	else if (offered->counter < running->counter)
		reason = "counter";
	else if (strcmp(running->version, offered->version) == 0)
		reason = "no-offer";
	else if (is_blocked(running, offered->version))
		reason = "blocked-version";
	else if (offered->counter == running->counter && semver_compare(offered->version, running->version) < 0)
		reason = "rollback";
	*ret_reason = reason;
	return strcmp(reason, "none") == 0;
}
