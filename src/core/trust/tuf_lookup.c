/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for a target through delegations (specification 1.0.34 section 5.6.7): pre-order, depth first, in order of
 * appearance, each role once, a bounded number of them. Every role is verified against the keys of the delegator
 * through which the search has come to it, whether its bytes were fetched now or kept from before: what one delegator
 * allowed says nothing about another. What cannot be had or verified ends the search.
 */
#include "core/trust/tuf_lookup.h"

#include <stdio.h>

#include "core/trust/tuf_delegation.h"
#include "core/trust/tuf_target.h"
#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

static void leave(struct tuf_branch *b)
{
	json_decref(b->keys);
	json_decref(b->roles);
	*b = (struct tuf_branch){0};
}

static void leave_all(struct tuf_search *s)
{
	while (s->path_n)
		leave(&s->path[--s->path_n]);
}

static void clear_due(struct tuf_search *s)
{
	json_decref(s->due_keys);
	json_decref(s->due_role);
	s->due_keys = s->due_role = NULL;
}

void tuf_lookup_reset(struct tuf *t)
{
	struct tuf_search *s = &t->search;
	leave_all(s);
	clear_due(s);
	json_decref(s->entry);
	s->entry = NULL;
	buf_done(&s->raw);
	s->name[0] = s->vouched[0] = 0;
	s->visited_n = s->bytes = 0;
}

static const char *due_name(const struct tuf_search *s)
{
	return json_string_value(json_object_get(s->due_role, "name"));
}

/* Look into a verified targets file: it has the target, or its delegations come next. */
static rc enter(struct tuf *t, const struct tuf_meta *m, const char *role, struct err *e)
{
	struct tuf_search *s = &t->search;
	json_t *delegations = json_object_get(m->body, "delegations");
	json_t *entry = json_object_get(json_object_get(m->body, "targets"), s->name);
	if (entry) {
		s->entry = json_incref(entry);
		(void)snprintf(s->vouched, sizeof s->vouched, "%s", role);
		leave_all(s);
		return RC_OK;
	}
	json_t *roles = json_object_get(delegations, "roles");
	if (delegations && !roles)
		return err_set(e, ERR_UNSUPPORTED,
			       "role %s delegates through \"succinct_roles\", which TUF 1.0.34 does not know", role);
	if (json_array_size(roles) == 0)
		return RC_OK;
	s->path[s->path_n++] = (struct tuf_branch){.keys = json_incref(json_object_get(delegations, "keys")),
						   .roles = json_incref(roles)};
	return RC_OK;
}

rc tuf_lookup_begin(struct tuf *t, const char *name, struct err *e)
{
	struct tuf_search *s = &t->search;
	uint8_t digest[SHA256_SIZE];
	if (!t->refreshed)
		return err_set(e, ERR_WRONG_STATE, "no completed refresh to look for targets in");
	rc r = tuf_target_name_check(name, e);
	if (rc_ok(r))
		r = hash_sha256(bytes_of_text(name), digest, e);
	if (rc_failed(r))
		return r;
	tuf_lookup_reset(t);
	(void)snprintf(s->name, sizeof s->name, "%s", name);
	hex_encode(bytes_of(digest, sizeof digest), s->digest);
	t->reason = "none";
	r = enter(t, &t->held[TUF_ROLE_TARGETS].meta, tuf_meta_role_name(TUF_ROLE_TARGETS), e);
	t->step = rc_ok(r) ? STEP_LOOKUP : STEP_FAILED;
	return rc_failed(r) ? tuf_state_because(t, "signature", r) : r;
}

static bool visited(const struct tuf_search *s, const char *role)
{
	for (size_t i = 0; i < s->visited_n; i++)
		if (strcmp(s->visited[i], role) == 0)
			return true;
	return false;
}

/*
 * The next delegation that covers the target and leads to a role not visited yet. One that terminates takes every other
 * branch with it, even if its own role was visited before.
 */
static void choose(struct tuf_search *s)
{
	while (s->path_n && !s->due_role) {
		struct tuf_branch *b = &s->path[s->path_n - 1];
		json_t *role = json_array_get(b->roles, b->next++);
		if (!role) {
			leave(b);
			s->path_n--;
		} else if (tuf_delegation_covers(role, s->name, s->digest)) {
			if (!visited(s, json_string_value(json_object_get(role, "name")))) {
				s->due_keys = json_incref(b->keys);
				s->due_role = json_incref(role);
			}
			if (json_is_true(json_object_get(role, "terminating")))
				leave_all(s);
		}
	}
}

/* What the snapshot announces of the due role. */
static rc announced(const struct tuf *t, struct tuf_meta_ref *ret, struct err *e)
{
	char file[TUF_ROLE_NAME_MAX + sizeof ".json"];
	(void)snprintf(file, sizeof file, "%s.json", due_name(&t->search));
	return tuf_meta_ref(&t->held[TUF_ROLE_SNAPSHOT].meta, file, ret, e);
}

static size_t bytes_left(const struct tuf_search *s)
{
	size_t left = TUF_LOOKUP_BYTES_MAX - s->bytes;
	return left < TUF_TARGETS_MAX ? left : TUF_TARGETS_MAX;
}

rc tuf_lookup_next(struct tuf *t, struct tuf_fetch *ret, bool *ret_done, struct err *e)
{
	struct tuf_search *s = &t->search;
	struct tuf_meta_ref ref;
	char encoded[TUF_ROLE_NAME_MAX];
	choose(s);
	*ret_done = !s->due_role;
	if (*ret_done) {
		t->step = STEP_DONE;
		return RC_OK;
	}
	if (s->visited_n == TUF_LOOKUP_ROLES_MAX)
		return err_set(e, ERR_LIMIT, "%s: not found in %d delegated roles, and no more are visited", s->name,
			       TUF_LOOKUP_ROLES_MAX);
	rc r = announced(t, &ref, e);
	if (rc_ok(r))
		r = tuf_delegation_encode(due_name(s), encoded, sizeof encoded, e);
	if (rc_failed(r))
		return err_wrap(e, "looking for %s", s->name);
	tuf_state_fetch(t, encoded, &ref, bytes_left(s), ret);
	(void)snprintf(ret->stored, sizeof ret->stored, "%s.json", encoded);
	return RC_OK;
}

/* The same checks, wherever the bytes come from. */
static rc open_due(struct tuf *t, struct bytes content, struct tuf_meta *ret, struct err *e)
{
	const struct tuf_search *s = &t->search;
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	struct tuf_meta_ref ref;
	const char *name = due_name(s);
	if (content.n > bytes_left(s))
		return tuf_state_because(t, "target-length",
					 err_set(e, ERR_LIMIT, "role %s: larger than what is accepted", name));
	rc r = announced(t, &ref, e);
	if (rc_ok(r))
		r = tuf_state_fits(t, &ref, name, content, e);
	if (rc_ok(r))
		r = tuf_meta_parse(content, TUF_ROLE_TARGETS, &m, e);
	if (rc_ok(r))
		r = tuf_verify(s->due_keys, s->due_role, &m, e);
	if (rc_ok(r))
		r = tuf_meta_decode(&m, e);
	if (rc_ok(r))
		r = tuf_state_version(t, &ref, &m, name, e);
	if (rc_ok(r))
		r = tuf_state_fresh(t, &m, name, e);
	if (rc_failed(r))
		return err_wrap(e, "role %s", name);
	*ret = m;
	m = (struct tuf_meta){0};
	return RC_OK;
}

/* The due role is verified: it counts as visited, and the search goes on in it. */
static rc visit(struct tuf *t, const struct tuf_meta *m, size_t bytes, struct err *e)
{
	struct tuf_search *s = &t->search;
	char *name = s->visited[s->visited_n++];
	(void)snprintf(name, sizeof s->visited[0], "%s", due_name(s));
	s->bytes += bytes;
	clear_due(s);
	return enter(t, m, name, e);
}

rc tuf_lookup_feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, struct err *e)
{
	struct tuf_search *s = &t->search;
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	char encoded[TUF_ROLE_NAME_MAX];
	rc r = open_due(t, content, &m, e);
	if (rc_ok(r))
		r = tuf_delegation_encode(due_name(s), encoded, sizeof encoded, e);
	if (rc_failed(r))
		return r;
	buf_done(&s->raw);
	buf_init(&s->raw, TUF_TARGETS_MAX);
	buf_put(&s->raw, content);
	r = buf_check(&s->raw, encoded, e);
	if (rc_failed(r))
		return r;
	tuf_state_act(ret, encoded, buf_view(&s->raw));
	return visit(t, &m, content.n, e);
}

rc tuf_lookup_stored(struct tuf *t, struct bytes content, bool *ret_used, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	const char *keep = t->reason;
	*ret_used = t->step == STEP_LOOKUP && t->search.due_role && rc_ok(open_due(t, content, &m, NULL));
	t->reason = keep;
	rc r = *ret_used ? visit(t, &m, content.n, e) : RC_OK;
	if (rc_ok(r))
		return r;
	t->step = STEP_FAILED;
	return tuf_state_because(t, "signature", r);
}

const json_t *tuf_lookup_found(const struct tuf *t, const char *name)
{
	return strcmp(t->search.name, name) == 0 ? t->search.entry : NULL;
}
