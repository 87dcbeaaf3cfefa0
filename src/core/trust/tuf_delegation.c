/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is trusted with which target paths: decoding of a delegations object, matching of path patterns and hash
 * prefixes. Leaves signatures to tuf_verify.c and the order of the search to tuf_lookup.c.
 */
#include "core/trust/tuf_delegation.h"

#include <stdint.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/trust/tuf.h"
#include "core/trust/tuf_target.h"
#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

#define DIGEST_CHARS 64

/* How many patterns and prefixes the roles seen so far have. */
struct seen {
	json_t *names;
	size_t patterns, prefixes;
};

/* ---- path patterns ---- */

/* One UTF-8 character as its bytes; a lone byte when it is none. */
static struct bytes letter(struct bytes text)
{
	size_t n = text.p[0] < 0x80 ? 1 : name_utf8_len((const char *)text.p, text.n);
	return bytes_of(text.p, n ? n : 1);
}

static struct bytes after(struct bytes text, size_t n)
{
	return bytes_of(text.p + n, text.n - n);
}

/* UTF-8 keeps the order of the characters. */
static int order(struct bytes a, struct bytes b)
{
	int first = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return first ? first : (a.n > b.n) - (a.n < b.n);
}

/* "[...]" at the start of `pattern` against a letter; *ret_n is its length, 0 if it is not closed. */
static bool in_brackets(struct bytes pattern, struct bytes c, size_t *ret_n)
{
	struct bytes at = after(pattern, 1);
	bool found = false, negated = at.n && (at.p[0] == '!' || at.p[0] == '^');
	if (negated)
		at = after(at, 1);
	*ret_n = 0;
	for (bool first = true; at.n; first = false) {
		struct bytes low = letter(at), high = low;
		at = after(at, low.n);
		if (low.p[0] == ']' && !first) {
			*ret_n = pattern.n - at.n;
			return found != negated;
		}
		if (at.n > 1 && at.p[0] == '-' && at.p[1] != ']') {
			high = letter(after(at, 1));
			at = after(at, 1 + high.n);
		}
		found = found || (order(low, c) <= 0 && order(c, high) <= 0);
	}
	return false;
}

/* Does the pattern's first element (not '*') take the letter? *ret_n is the element's length. */
static bool takes(struct bytes pattern, struct bytes c, size_t *ret_n)
{
	if (pattern.p[0] == '[') {
		bool in = in_brackets(pattern, c, ret_n);
		if (*ret_n)
			return in;
	}
	struct bytes own = letter(pattern);
	*ret_n = own.n;
	return pattern.p[0] == '?' || bytes_equal(own, c);
}

/* One part of a path. The last '*' alone is tried again, so the work is at most the product of both lengths. */
static bool part_matches(struct bytes pattern, struct bytes part)
{
	struct bytes star = {0}, retry = {0};
	while (part.n) {
		struct bytes c = letter(part);
		size_t n = 0;
		if (pattern.n && pattern.p[0] == '*') {
			pattern = star = after(pattern, 1);
			retry = part;
		} else if (pattern.n && takes(pattern, c, &n)) {
			pattern = after(pattern, n);
			part = after(part, c.n);
		} else if (retry.n) {
			retry = after(retry, letter(retry).n);
			pattern = star;
			part = retry;
		} else {
			return false;
		}
	}
	while (pattern.n && pattern.p[0] == '*')
		pattern = after(pattern, 1);
	return pattern.n == 0;
}

bool tuf_delegation_glob(const char *pattern, const char *path)
{
	for (;;) {
		size_t p = strcspn(pattern, "/"), n = strcspn(path, "/");
		if (!part_matches(bytes_of(pattern, p), bytes_of(path, n)) || pattern[p] != path[n])
			return false;
		if (!path[n])
			return true;
		pattern += p + 1;
		path += n + 1;
	}
}

bool tuf_delegation_covers(const json_t *role, const char *name, const char *digest)
{
	const json_t *paths = json_object_get(role, "paths"), *one;
	const json_t *prefixes = json_object_get(role, "path_hash_prefixes");
	size_t i;
	json_array_foreach(paths, i, one)
	{
		if (tuf_delegation_glob(json_string_value(one), name))
			return true;
	}
	json_array_foreach(prefixes, i, one)
	{
		if (strncmp(json_string_value(one), digest, json_string_length(one)) == 0)
			return true;
	}
	return false;
}

/* ---- decoding ---- */

static rc texts_check(const json_t *list, const char *what, size_t min, size_t max, struct err *e)
{
	size_t i;
	const json_t *one;
	if (!json_is_array(list))
		return err_set(e, ERR_INPUT, "\"%s\" must be a list", what);
	json_array_foreach(list, i, one)
	{
		size_t n = json_string_length(one);
		if (!json_is_string(one) || n < min || n > max)
			return err_set(e, ERR_INPUT, "\"%s\" must hold texts of %zu to %zu bytes", what, min, max);
	}
	return RC_OK;
}

static rc prefixes_check(const json_t *list, struct err *e)
{
	size_t i;
	const json_t *one;
	rc r = texts_check(list, "path_hash_prefixes", 1, DIGEST_CHARS, e);
	if (rc_failed(r))
		return r;
	json_array_foreach(list, i, one)
	{
		if (strspn(json_string_value(one), "0123456789abcdef") != json_string_length(one))
			return err_set(e, ERR_INPUT, "\"path_hash_prefixes\" must be lower-case hex");
	}
	return RC_OK;
}

static rc covered_check(const json_t *role, struct seen *seen, struct err *e)
{
	const json_t *paths = json_object_get(role, "paths");
	const json_t *prefixes = json_object_get(role, "path_hash_prefixes");
	if (paths && prefixes)
		return err_set(e, ERR_INPUT, "\"paths\" and \"path_hash_prefixes\" exclude each other");
	rc r = RC_OK;
	if (paths)
		r = texts_check(paths, "paths", 0, TUF_NAME_MAX - 1, e);
	else if (prefixes)
		r = prefixes_check(prefixes, e);
	if (rc_failed(r))
		return r;
	seen->patterns += json_array_size(paths);
	seen->prefixes += json_array_size(prefixes);
	if (seen->patterns > TUF_DELEGATION_PATTERNS_MAX || seen->prefixes > TUF_DELEGATION_PREFIXES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d path patterns or %d hash prefixes",
			       TUF_DELEGATION_PATTERNS_MAX, TUF_DELEGATION_PREFIXES_MAX);
	return RC_OK;
}

/* A delegated role of this name would take the place of a file that the root role vouches for. */
static bool reserved(const char *name)
{
	for (int i = 0; i < TUF_ROLE_COUNT; i++)
		if (strcmp(name, tuf_meta_role_name((enum tuf_role)i)) == 0)
			return true;
	return false;
}

static rc name_check(const json_t *role, struct seen *seen, const char **ret, struct err *e)
{
	const char *name = NULL;
	char encoded[TUF_ROLE_NAME_MAX];
	rc r = json_codec_text(role, "role", "name", TUF_ROLE_NAME_MAX - 1, &name, e);
	if (rc_ok(r))
		r = tuf_delegation_encode(name, encoded, sizeof encoded, e);
	if (rc_failed(r))
		return r;
	if (reserved(name))
		return err_set(e, ERR_TRUST, "a delegated role cannot be called \"%s\"", name);
	if (json_object_get(seen->names, name))
		return err_set(e, ERR_TRUST, "two roles \"%s\"", name);
	if (json_object_set_new(seen->names, name, json_true()) != 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	*ret = name;
	return RC_OK;
}

static rc role_check(const json_t *role, struct seen *seen, struct err *e)
{
	const char *name = NULL;
	bool terminating;
	rc r = name_check(role, seen, &name, e);
	if (rc_failed(r))
		return r;
	r = tuf_verify_role_check(role, e);
	if (rc_ok(r))
		r = json_codec_bool(role, "role", "terminating", &terminating, e);
	if (rc_ok(r))
		r = covered_check(role, seen, e);
	return rc_failed(r) ? err_wrap(e, "role %s", name) : r;
}

rc tuf_delegation_check(const json_t *delegations, struct err *e)
{
	json_t *keys = NULL, *roles = NULL;
	size_t i;
	const json_t *role;
	rc r = json_is_object(delegations) ? RC_OK : err_set(e, ERR_INPUT, "must be an object");
	if (rc_ok(r))
		r = json_codec_object(delegations, "delegations", "keys", &keys, e);
	if (rc_ok(r) && json_object_size(keys) > TUF_META_KEYS_MAX)
		r = err_set(e, ERR_LIMIT, "more than %d keys", TUF_META_KEYS_MAX);
	if (rc_ok(r) && json_object_get(delegations, "succinct_roles") && !json_object_get(delegations, "roles"))
		return RC_OK;
	if (rc_ok(r))
		r = json_codec_array(delegations, "delegations", "roles", TUF_DELEGATION_ROLES_MAX, &roles, e);
	if (rc_failed(r))
		return r;
	JSON_AUTO json_t *names = json_object();
	struct seen seen = {.names = names};
	if (!names)
		return err_set(e, ERR_MEMORY, "out of memory");
	json_array_foreach(roles, i, role)
	{
		r = role_check(role, &seen, e);
		if (rc_failed(r))
			return r;
	}
	return RC_OK;
}

rc tuf_delegation_encode(const char *role, char *ret, size_t size, struct err *e)
{
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, size - 1);
	tuf_target_put_encoded(&out, role);
	rc r = buf_check(&out, "role name", e);
	if (rc_ok(r))
		memcpy(ret, buf_text(&out), out.len + 1);
	return r;
}
