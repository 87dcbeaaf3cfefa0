/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of a targets file: its length, hashes, custom part, and the name it is fetched under. Entries are decoded
 * when asked for; the file they come from was verified before.
 */
#include "core/trust/tuf_target.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/hex.h"
#include "core/base/banned.h"

#define CUSTOM_MAX (64 * KIB)

static bool part_ok(const char *part, size_t n)
{
	return n > 0 && !(n == 1 && part[0] == '.') && !(n == 2 && part[0] == '.' && part[1] == '.');
}

rc tuf_target_name_check(const char *name, struct err *e)
{
	size_t n = strnlen(name, TUF_NAME_MAX);
	bool good = n > 0 && n < TUF_NAME_MAX && name_utf8_ok(name, n) && !memchr(name, '\\', n);
	for (size_t start = 0; good && start <= n;) {
		size_t part = strcspn(name + start, "/");
		good = part_ok(name + start, part);
		start += part + 1;
	}
	return good ? RC_OK : err_set(e, ERR_INPUT, "not a usable target name: %.64s", name);
}

void tuf_target_put_encoded(struct buf *out, const char *text)
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
		tuf_target_put_encoded(&out, part);
		if (slash)
			buf_put_u8(&out, '/');
		at = slash ? slash + 1 : NULL;
	}
	rc r = buf_check(&out, "target name", e);
	if (rc_ok(r))
		memcpy(ret, buf_text(&out), out.len + 1);
	return r;
}

static rc fill_hashes(const json_t *hashes, struct tuf_target *ret, struct err *e)
{
	static const char *const known[] = {"sha256", "sha512", NULL};
	rc r = json_codec_only(hashes, ret->name, known, e);
	ret->has_sha256 = json_object_get(hashes, "sha256") != NULL;
	ret->has_sha512 = json_object_get(hashes, "sha512") != NULL;
	if (rc_ok(r) && !ret->has_sha256 && !ret->has_sha512)
		r = err_set(e, ERR_INPUT, "%s: no hash", ret->name);
	if (rc_ok(r) && ret->has_sha256)
		r = json_codec_hex(hashes, ret->name, "sha256", ret->sha256, sizeof ret->sha256, e);
	if (rc_ok(r) && ret->has_sha512)
		r = json_codec_hex(hashes, ret->name, "sha512", ret->sha512, sizeof ret->sha512, e);
	return r;
}

static rc fill_custom(const json_t *custom, struct tuf_target *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, CUSTOM_MAX);
	rc r = custom ? json_codec_canonical(custom, &text, e) : RC_OK;
	if (rc_ok(r))
		ret->custom = buf_take_text(&text);
	return rc_failed(r) || ret->custom ? r : err_set(e, ERR_MEMORY, "%s: out of memory", ret->name);
}

static rc fill(const json_t *entry, bool consistent, struct tuf_target *ret, struct err *e)
{
	json_t *hashes = NULL;
	int64_t length = 0;
	char hex[HEX_TEXT_SIZE(SHA512_SIZE)];
	rc r = json_codec_int(entry, ret->name, "length", 0, INT64_MAX, &length, e);
	if (rc_ok(r))
		r = json_codec_object(entry, ret->name, "hashes", &hashes, e);
	if (rc_ok(r))
		r = fill_hashes(hashes, ret, e);
	if (rc_failed(r))
		return r;
	ret->length = (uint64_t)length;
	hex_encode(ret->has_sha256 ? bytes_of(ret->sha256, sizeof ret->sha256)
				   : bytes_of(ret->sha512, sizeof ret->sha512),
		   hex);
	r = name_target(ret->name, consistent ? hex : NULL, ret->fetch_name, sizeof ret->fetch_name, e);
	return rc_ok(r) ? fill_custom(json_object_get(entry, "custom"), ret, e) : r;
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

rc tuf_target_file_name(const struct tuf_target *t, char ret[TUF_FILE_NAME_MAX], struct err *e)
{
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, TUF_FILE_NAME_MAX - 1);
	tuf_target_put_encoded(&out, t->name);
	rc r = buf_check(&out, "file name of the target", e);
	if (rc_ok(r))
		memcpy(ret, buf_text(&out), out.len + 1);
	return r;
}

rc tuf_target_check(const struct tuf_target *t, struct bytes content, struct err *e)
{
	uint8_t digest[SHA512_SIZE];
	bool same = t->has_sha256 || t->has_sha512;
	rc r = RC_OK;
	if (content.n != t->length)
		return err_set(e, ERR_TRUST, "%s: %zu bytes where %llu are due", t->name, content.n,
			       (unsigned long long)t->length);
	if (t->has_sha256) {
		r = hash_sha256(content, digest, e);
		same = same && rc_ok(r) && memcmp(digest, t->sha256, sizeof t->sha256) == 0;
	}
	if (rc_ok(r) && t->has_sha512) {
		r = hash_sha512(content, digest, e);
		same = same && rc_ok(r) && memcmp(digest, t->sha512, sizeof t->sha512) == 0;
	}
	if (rc_failed(r))
		return r;
	return same ? RC_OK : err_set(e, ERR_TRUST, "%s: the hash does not match", t->name);
}

void tuf_target_done(struct tuf_target *t)
{
	mem_free(t->custom);
	*t = (struct tuf_target){0};
}
