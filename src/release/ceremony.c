/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composing the next root. The changes are applied in the order additions, removals, thresholds, so that a holder can
 * be replaced in one ceremony; what results is checked as a whole by proposal.c.
 */
#include "release/ceremony.h"

#include <string.h>

#include "core/trust/tuf_verify.h"
#include "release/tufmake.h"
#include "core/base/banned.h"

#define KEYID_DIGITS_MIN 8

static const char *const roles[] = {"root", "targets", "snapshot", "timestamp", "grant"};

/* The grant role is ours, not TUF's: it stands in the extension, and only in roots that allow grants at all. */
static rc make_grant_role(json_t *body, struct err *e)
{
	struct tufrole role;
	if (tufrole_of(body, "grant", &role))
		return RC_OK;
	json_t *ext = json_object_get(body, TUFROLE_EXTENSION);
	JSON_AUTO json_t *fresh = json_pack("{s:{s:[], s:i}}", "grant", "keyids", "threshold", 1);
	if (!fresh || (!ext && json_object_set_new(body, TUFROLE_EXTENSION, json_object()) != 0) ||
	    json_object_set(json_object_get(body, TUFROLE_EXTENSION), "roles", fresh) != 0)
		return err_set(e, ERR_MEMORY, "root: out of memory");
	return RC_OK;
}

static rc add(json_t *body, const struct ceremony_change *c, struct err *e)
{
	rc r = strcmp(c->role, "grant") == 0 ? make_grant_role(body, e) : RC_OK;
	return rc_ok(r) ? tufmake_add_key(body, c->role, &c->card->key, c->card->name, e) : r;
}

/* Without its last key the grant role is gone: nothing can be granted any more. */
static void drop_empty_grant(json_t *body)
{
	struct tufrole grant;
	if (tufrole_of(body, "grant", &grant) && grant.n == 0)
		(void)json_object_del(json_object_get(body, TUFROLE_EXTENSION), "roles");
}

static rc remove_holder(json_t *body, const struct ceremony_change *c, struct err *e)
{
	struct tufrole role;
	size_t found = 0, at = 0, digits = strlen(c->who);
	if (!tufrole_of(body, c->role, &role))
		return err_set(e, ERR_MISSING, "there is no role %.32s", c->role);
	for (size_t i = 0; i < role.n; i++) {
		bool named = strcmp(tufrole_holder(&role, i), c->who) == 0;
		if (!named && (digits < KEYID_DIGITS_MIN || strncmp(tufrole_keyid(&role, i), c->who, digits) != 0))
			continue;
		found++;
		at = i;
	}
	if (found == 1)
		return tufmake_remove_key(body, c->role, tufrole_keyid(&role, at), e);
	(void)err_set(e, found ? ERR_INPUT : ERR_MISSING,
		      found ? "role %s has %zu holders called \"%.64s\""
			    : "role %s has none of its %zu holders called \"%.64s\"",
		      c->role, found ? found : role.n, c->who);
	return err_hint(e, "name the key id instead (its first %d digits or more); `hallmark repo status` lists them",
			KEYID_DIGITS_MIN);
}

static rc apply(json_t *body, const struct ceremony_change *c, struct err *e)
{
	switch (c->kind) {
	case CEREMONY_ADD:
		return add(body, c, e);
	case CEREMONY_REMOVE:
		return remove_holder(body, c, e);
	case CEREMONY_THRESHOLD:
		return tufmake_threshold(body, c->role, c->threshold, e);
	}
	return err_set(e, ERR_INTERNAL, "a change of no kind");
}

static rc known_role(const struct ceremony_change *c, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (strcmp(roles[i], c->role) == 0)
			return RC_OK;
	(void)err_set(e, ERR_INPUT, "there is no role \"%.32s\"", c->role);
	return err_hint(e, "roles are root, targets, snapshot, timestamp and grant");
}

static rc apply_all(json_t *body, const struct ceremony *c, struct err *e)
{
	static const enum ceremony_kind order[] = {CEREMONY_ADD, CEREMONY_REMOVE, CEREMONY_THRESHOLD};
	rc r = RC_OK;
	for (size_t i = 0; i < c->changes_n && rc_ok(r); i++)
		r = known_role(&c->changes[i], e);
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < c->changes_n && rc_ok(r); i++)
			if (c->changes[i].kind == order[k])
				r = apply(body, &c->changes[i], e);
	drop_empty_grant(body);
	return r;
}

/* Its threshold must still be within reach; the last key of a role is replaced, not removed. */
static rc check_reach(const json_t *body, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		struct tufrole role;
		if (!tufrole_of(body, roles[i], &role) || role.n >= role.threshold)
			continue;
		(void)err_set(e, ERR_INPUT, "role %s would want %zu signatures and have %zu holders", roles[i],
			      role.threshold, role.n);
		return err_hint(e,
				role.n ? "add a holder, or lower the threshold with --threshold %s=%zu"
				       : "add a holder with --add %s=CARD (%zu or more)",
				roles[i], role.n ? role.n : role.threshold);
	}
	return RC_OK;
}

/* A grant is one envelope with one signature (core/trust/tuf_grant.h). */
static rc check_grant(const json_t *body, struct err *e)
{
	struct tufrole grant;
	if (!tufrole_of(body, "grant", &grant) || grant.threshold == 1)
		return RC_OK;
	return err_set(e, ERR_UNSUPPORTED, "role grant: a grant has one signature, so its threshold is 1");
}

/* Who signs every day stands on a machine that is reached every day; the root must not be there. */
static rc check_apart(const json_t *body, struct err *e)
{
	struct tufrole root, other;
	size_t at;
	if (!tufrole_of(body, "root", &root))
		return err_set(e, ERR_INPUT, "root without a root role");
	for (size_t k = 2; k < ARRAY_LEN(roles); k++) {
		if (!tufrole_of(body, roles[k], &other))
			continue;
		for (size_t i = 0; i < other.n; i++) {
			CLEANUP(pubkey_done) struct pubkey key = {0};
			if (!tuf_verify_key(other.keys, tufrole_keyid(&other, i), &key) ||
			    !tufrole_find(&root, &key, &at))
				continue;
			return err_set(e, ERR_DENIED,
				       "key %.16s would be a root key and the %s key; it must not be both",
				       tufrole_keyid(&other, i), roles[k]);
		}
	}
	return RC_OK;
}

static rc next_root(const struct ceremony *c, json_t **ret, struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	const json_t *now = json_object_get(c->root, "signed");
	rc r = c->root ? tufmake_next(now, c->root_expires, &body, e) : tufmake_root(1, c->root_expires, &body, e);
	if (rc_ok(r))
		r = apply_all(body, c, e);
	if (rc_ok(r))
		r = check_reach(body, e);
	if (rc_ok(r))
		r = check_apart(body, e);
	if (rc_ok(r))
		r = check_grant(body, e);
	if (rc_failed(r))
		return r;
	tufmake_tidy(body);
	return tufmake_unsigned(body, ret, e);
}

/* Are the targets in force still good under the next root? */
static rc still_signed(const json_t *root_body, const json_t *targets, bool *ret, struct err *e)
{
	struct tufrole role;
	struct tufrole_votes votes;
	if (!tufrole_of(root_body, "targets", &role))
		return err_set(e, ERR_INPUT, "root without a targets role");
	rc r = tufrole_votes(&role, targets, &votes, e);
	if (rc_ok(r))
		*ret = votes.n >= role.threshold;
	return r;
}

rc ceremony_propose(const struct ceremony *c, struct proposal *ret, struct err *e)
{
	JSON_AUTO json_t *root = NULL;
	JSON_AUTO json_t *targets = NULL;
	JSON_AUTO json_t *body = NULL;
	bool good = true;
	rc r = next_root(c, &root, e);
	if (rc_ok(r) && c->targets)
		r = still_signed(json_object_get(root, "signed"), c->targets, &good, e);
	if (rc_ok(r) && !good)
		r = tufmake_next(json_object_get(c->targets, "signed"), c->targets_expires, &body, e);
	if (rc_ok(r) && !good)
		r = tufmake_unsigned(body, &targets, e);
	const struct proposal_start start = {.root = c->root,
					     .new_root = root,
					     .targets = good ? NULL : c->targets,
					     .new_targets = targets,
					     .note = c->note,
					     .now = c->now};
	return rc_ok(r) ? proposal_make(&start, ret, e) : r;
}
