/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The review of a proposal. A holder decides by this text, so it says every difference to what is in force, line by
 * line with + - and ~, and never a number alone: who, which key, from what to what.
 */
#include "release/review.h"

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

void review_keyid(const char *keyid, char ret[REVIEW_KEYID_SIZE])
{
	(void)snprintf(ret, REVIEW_KEYID_SIZE, "%.4s %.4s %.4s %.4s", keyid, strnlen(keyid, 16) > 4 ? keyid + 4 : "",
		       strnlen(keyid, 16) > 8 ? keyid + 8 : "", strnlen(keyid, 16) > 12 ? keyid + 12 : "");
	name_utf8_clean(ret);
}

/* Text from the file: whatever is not printable becomes '?'. */
static void put_foreign(struct buf *out, const char *text)
{
	MEM_AUTO char *clean = mem_dup_text(text);
	if (!clean) {
		buf_put_text(out, "?");
		return;
	}
	name_utf8_clean(clean);
	buf_put_text(out, clean);
}

static const json_t *body_of(const json_t *doc)
{
	return json_object_get(doc, "signed");
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "?";
}

static const char *key_kind(const struct tufrole *r, size_t i)
{
	CLEANUP(pubkey_done) struct pubkey key = {0};
	return tuf_verify_key(r->keys, tufrole_keyid(r, i), &key) ? key_type_name(key.type) : "unusable";
}

static void put_holder(struct buf *out, char mark, const struct tufrole *r, size_t i)
{
	char id[REVIEW_KEYID_SIZE];
	review_keyid(tufrole_keyid(r, i), id);
	buf_putf(out, "    %c key %s  %-10s  ", mark, id, key_kind(r, i));
	put_foreign(out, tufrole_holder(r, i)[0] ? tufrole_holder(r, i) : "(no name)");
	buf_put_u8(out, '\n');
}

static bool has(const struct tufrole *r, const char *keyid)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(tufrole_keyid(r, i), keyid) == 0)
			return true;
	return false;
}

static void put_role(struct buf *out, const char *name, const struct tufrole *was, const struct tufrole *now)
{
	buf_putf(out, "  %s: %zu of %zu must sign", name, now->threshold, now->n);
	if (was->n && (was->threshold != now->threshold || was->n != now->n))
		buf_putf(out, "  (until now %zu of %zu)", was->threshold, was->n);
	buf_put_u8(out, '\n');
	for (size_t i = 0; i < now->n; i++)
		put_holder(out, has(was, tufrole_keyid(now, i)) ? ' ' : '+', now, i);
	for (size_t i = 0; i < was->n; i++)
		if (!has(now, tufrole_keyid(was, i)))
			put_holder(out, '-', was, i);
}

static void put_root(struct buf *out, const json_t *was, const json_t *now)
{
	static const char *const names[] = {"root", "targets", "snapshot", "timestamp", "grant"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct tufrole before = {0}, after = {0};
		bool is = tufrole_of(now, names[i], &after);
		if (is | tufrole_of(was, names[i], &before))
			put_role(out, names[i], &before, &after);
	}
}

static bool as_always(const char *field, const json_t *value)
{
	return strcmp(field, "spec_version") == 0 || (strcmp(field, "consistent_snapshot") == 0 && json_is_true(value));
}

/* Other signed fields that changed: nothing may slip past the reader. */
static void put_other_fields(struct buf *out, const json_t *was, const json_t *now, const char *const *said)
{
	const char *field;
	json_t *value, *all = (json_t *)(uintptr_t)now;
	json_object_foreach(all, field, value)
	{
		bool known = false;
		for (size_t i = 0; said[i]; i++)
			known = known || strcmp(said[i], field) == 0;
		if (known || json_equal(json_object_get(was, field), value) || (!was && as_always(field, value)))
			continue;
		buf_put_text(out, "  ~ field \"");
		put_foreign(out, field);
		buf_put_text(out, "\" is new or changed\n");
	}
	all = (json_t *)(uintptr_t)was;
	json_object_foreach(all, field, value)
	{
		if (json_object_get(now, field))
			continue;
		buf_put_text(out, "  - field \"");
		put_foreign(out, field);
		buf_put_text(out, "\" is gone\n");
	}
}

static void put_target(struct buf *out, char mark, const char *name, const json_t *entry)
{
	buf_putf(out, "  %c ", mark);
	put_foreign(out, name);
	buf_putf(out, "  %lld bytes, sha256 ", (long long)json_integer_value(json_object_get(entry, "length")));
	put_foreign(out, text_of(json_object_get(entry, "hashes"), "sha256"));
	buf_put_u8(out, '\n');
}

static void put_targets(struct buf *out, const json_t *was, const json_t *now)
{
	json_t *before = json_object_get(was, "targets"), *after = json_object_get(now, "targets"), *entry;
	const char *name;
	size_t same = 0;
	json_object_foreach(after, name, entry)
	{
		const json_t *old = json_object_get(before, name);
		if (old && json_equal(old, entry))
			same++;
		else
			put_target(out, old ? '~' : '+', name, entry);
	}
	json_object_foreach(before, name, entry)
	{
		if (!json_object_get(after, name))
			put_target(out, '-', name, entry);
	}
	buf_putf(out, "    %zu other targets stay as they are\n", same);
}

static json_t *delegation(const json_t *body, const char *name)
{
	size_t i;
	json_t *role;
	json_array_foreach(json_object_get(json_object_get(body, "delegations"), "roles"), i, role)
	{
		if (strcmp(text_of(role, "name"), name) == 0)
			return role;
	}
	return NULL;
}

static void put_paths(struct buf *out, const json_t *role)
{
	static const char *const kinds[][2] = {{"paths", "paths"}, {"path_hash_prefixes", "names whose hash begins"}};
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		size_t i;
		const json_t *text;
		if (!json_object_get(role, kinds[k][0]))
			continue;
		buf_putf(out, "    %s", kinds[k][1]);
		json_array_foreach(json_object_get(role, kinds[k][0]), i, text)
		{
			buf_put_u8(out, ' ');
			put_foreign(out, json_string_value(text) ? json_string_value(text) : "?");
		}
		buf_putf(out, "%s\n", json_is_true(json_object_get(role, "terminating")) ? "  (terminating)" : "");
	}
}

static void put_delegations(struct buf *out, const json_t *was, const json_t *now)
{
	size_t i;
	const json_t *role;
	json_array_foreach(json_object_get(json_object_get(now, "delegations"), "roles"), i, role)
	{
		struct tufrole before = {0}, after = {0};
		const char *name = text_of(role, "name");
		if (json_equal(delegation(was, name), role) || !tufrole_of(now, name, &after))
			continue;
		bool old = tufrole_of(was, name, &before);
		buf_put_text(out, old ? "  ~ supplier\n" : "  + supplier\n");
		char clean[TUFROLE_NAME_MAX + 1];
		(void)snprintf(clean, sizeof clean, "%s", name);
		name_utf8_clean(clean);
		put_role(out, clean, &before, &after);
		put_paths(out, role);
	}
	json_array_foreach(json_object_get(json_object_get(was, "delegations"), "roles"), i, role)
	{
		if (delegation(now, text_of(role, "name")))
			continue;
		buf_put_text(out, "  - supplier ");
		put_foreign(out, text_of(role, "name"));
		buf_put_u8(out, '\n');
	}
}

static void put_part(struct buf *out, const struct proposal_part *part)
{
	static const char *const root_said[] = {"_type", "version",	    "expires", "keys",
						"roles", TUFROLE_EXTENSION, NULL};
	static const char *const targets_said[] = {"_type",	  "version",	     "expires", "targets",
						   "delegations", TUFROLE_EXTENSION, NULL};
	const json_t *was = body_of(part->current), *now = body_of(part->proposed);
	long long version = (long long)json_integer_value(json_object_get(now, "version"));
	bool root = strcmp(part->role, "root") == 0;
	if (part->current)
		buf_putf(out, "\n%s version %lld, after version %lld\n", part->role, version, version - 1);
	else
		buf_putf(out, "\n%s version %lld, the first\n", part->role, version);
	buf_put_text(out, "  valid until ");
	put_foreign(out, text_of(now, "expires"));
	if (part->current) {
		buf_put_text(out, "  (until now ");
		put_foreign(out, text_of(was, "expires"));
		buf_put_u8(out, ')');
	}
	buf_put_u8(out, '\n');
	if (root) {
		put_root(out, was, now);
	} else {
		put_targets(out, was, now);
		put_delegations(out, was, now);
	}
	put_other_fields(out, was, now, root ? root_said : targets_said);
}

static rc put_votes(struct buf *out, const struct proposal *p, const struct proposal_part *part, struct err *e)
{
	struct proposal_need needs[PROPOSAL_NEEDS_MAX];
	size_t n = 0;
	rc r = proposal_needs(p, part, needs, &n, e);
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		buf_putf(out, "  %s, by the %s: %zu of %zu signatures\n", part->role, needs[i].whose, needs[i].votes.n,
			 needs[i].role.threshold);
		for (size_t k = 0; k < needs[i].role.n; k++) {
			char id[REVIEW_KEYID_SIZE];
			review_keyid(tufrole_keyid(&needs[i].role, k), id);
			buf_putf(out, "    %-7s key %s  ", needs[i].votes.signed_by[k] ? "signed" : "-", id);
			put_foreign(out, tufrole_holder(&needs[i].role, k));
			buf_put_u8(out, '\n');
		}
	}
	return r;
}

rc review_text(const struct proposal *p, struct wall_time now, struct buf *out, struct err *e)
{
	char made[RFC3339_TIME_SIZE];
	rfc3339_time(p->made, made);
	buf_putf(out, "Proposal of %s", made);
	if (p->made.s > now.s + SECONDS_PER_DAY)
		buf_put_text(out, " (in the future: is this machine's clock right?)");
	buf_put_u8(out, '\n');
	if (p->note[0])
		buf_putf(out, "Why: %s\n", p->note);
	for (size_t i = 0; i < p->parts_n; i++)
		put_part(out, &p->parts[i]);
	buf_put_text(out, "\nSignatures\n");
	rc r = RC_OK;
	for (size_t i = 0; i < p->parts_n && rc_ok(r); i++)
		r = put_votes(out, p, &p->parts[i], e);
	return rc_ok(r) ? buf_check(out, "review", e) : r;
}
