/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of a targets file: its length, hashes, custom part, and the name it is fetched under. Entries are decoded
 * when asked for; the file they come from was verified before.
 */
#include "core/trust/tuf_target.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/base/banned.h"

/* Everything but RFC 3986's unreserved characters becomes %XX. */
static void put_encoded(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (; *text; text++) {
		if (strchr(plain, *text))
			buf_put_u8(out, (uint8_t)*text);
		else
			buf_putf(out, "%%%02X", (unsigned)(uint8_t)*text);
	}
}

/* DIR/HASH.FILE below the targets URL; the slashes of the name stay. */
static rc name_target(const char *name, const char *hash, char *ret, size_t size, struct err *e)
{
	CLEANUP(buf_done) struct buf out;
	char part[TUF_NAME_MAX];
	buf_init(&out, size - 1);
	for (const char *at = name; at;) {
		const char *slash = strchr(at, '/');
		(void)snprintf(part, sizeof part, "%.*s", slash ? (int)(slash - at) : (int)strlen(at), at);
		if (!slash && hash)
			buf_putf(&out, "%s.", hash);
		put_encoded(&out, part);
		if (slash)
			buf_put_u8(&out, '/');
		at = slash ? slash + 1 : NULL;
	}
	rc r = buf_check(&out, "target name", e);
	if (rc_ok(r))
		memcpy(ret, buf_text(&out), out.len + 1);
	return r;
}

static rc hashes_known(const json_t *hashes, const char *name, struct err *e)
{
	static const char *const known[] = {"sha256", "sha512", NULL};
	return json_codec_only(hashes, name, known, e);
}

static rc fill(const json_t *entry, bool consistent, struct tuf_target *ret, struct err *e)
{
	json_t *hashes = NULL;
	int64_t length = 0;
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	rc r = json_codec_int(entry, ret->name, "length", 0, INT64_MAX, &length, e);
	if (rc_ok(r))
		r = json_codec_object(entry, ret->name, "hashes", &hashes, e);
	if (rc_ok(r))
		r = hashes_known(hashes, ret->name, e);
	if (rc_ok(r))
		r = json_codec_hex(hashes, ret->name, "sha256", ret->sha256, sizeof ret->sha256, e);
	if (rc_failed(r))
		return r;
	ret->length = (uint64_t)length;
	hex_encode(bytes_of(ret->sha256, sizeof ret->sha256), hex);
	r = name_target(ret->name, consistent ? hex : NULL, ret->fetch_name, sizeof ret->fetch_name, e);
	if (rc_failed(r))
		return r;
	CLEANUP(buf_done) struct buf custom;
	buf_init(&custom, 64 * KIB);
	if (json_object_get(entry, "custom"))
		r = json_codec_canonical(json_object_get(entry, "custom"), &custom, e);
	if (rc_ok(r))
		ret->custom = buf_take_text(&custom);
	return rc_failed(r) || ret->custom ? r : err_set(e, ERR_MEMORY, "%s: out of memory", ret->name);
}

rc tuf_target_decode(const json_t *entry, const char *name, bool consistent, struct tuf_target *ret, struct err *e)
{
	struct tuf_target found = {0};
	if (strnlen(name, TUF_NAME_MAX) >= TUF_NAME_MAX)
		return err_set(e, ERR_LIMIT, "target name longer than %d bytes: %.64s...", TUF_NAME_MAX - 1, name);
	memcpy(found.name, name, strlen(name) + 1);
	rc r = fill(entry, consistent, &found, e);
	if (rc_ok(r))
		*ret = found;
	return r;
}

void tuf_target_done(struct tuf_target *t)
{
	mem_free(t->custom);
	*t = (struct tuf_target){0};
}
