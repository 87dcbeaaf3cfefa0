/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TUF client workflow (specification 1.0.34 section 5.2-5.6) as a step machine: what to fetch next, and what the
 * fetched bytes change. Every file goes length, hashes, shape, signatures, content, version, expiry, in this order, and
 * replaces the trusted one only after the last. The search through delegations is in tuf_lookup.c.
 */
#include "core/trust/tuf.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "core/trust/tuf_lookup.h"
#include "core/trust/tuf_state.h"
#include "core/trust/tuf_target.h"
#include "core/trust/tuf_verify.h"
#include "core/base/banned.h"

static void drop(struct tuf_held *h)
{
	tuf_meta_done(&h->meta);
	buf_done(&h->raw);
	h->present = false;
}

/* Make `m` (taken over) with these bytes the trusted file of its role. */
static rc hold(struct tuf *t, struct tuf_meta *m, struct bytes content, struct err *e)
{
	CLEANUP(buf_done) struct buf raw;
	buf_init(&raw, tuf_meta_max(m->role));
	buf_put(&raw, content);
	rc r = buf_check(&raw, tuf_meta_role_name(m->role), e);
	if (rc_failed(r))
		return r;
	struct tuf_held *h = &t->held[m->role];
	drop(h);
	*h = (struct tuf_held){.present = true, .meta = *m, .raw = raw};
	*m = (struct tuf_meta){0};
	raw = (struct buf){0};
	return RC_OK;
}

static rc verify_by_root(const struct tuf_meta *root, const struct tuf_meta *m, struct err *e)
{
	return tuf_verify(tuf_meta_keys(root), tuf_meta_role(root, m->role), m, e);
}

/* Shape, signatures under the trusted root, content. */
static rc open_signed(const struct tuf *t, struct bytes content, enum tuf_role role, struct tuf_meta *ret,
		      struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	rc r = tuf_meta_parse(content, role, &m, e);
	if (rc_ok(r))
		r = verify_by_root(tuf_state_root(t), &m, e);
	if (rc_ok(r))
		r = tuf_meta_decode(&m, e);
	if (rc_failed(r))
		return r;
	*ret = m;
	m = (struct tuf_meta){0};
	return RC_OK;
}

rc tuf_new(struct bytes root, struct tuf **ret, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	rc r = tuf_meta_parse(root, TUF_ROLE_ROOT, &m, e);
	if (rc_ok(r))
		r = tuf_meta_decode(&m, e);
	if (rc_ok(r))
		r = verify_by_root(&m, &m, e);
	if (rc_failed(r))
		return err_wrap(e, "trusted root");
	struct tuf *t = mem_alloc(sizeof *t);
	if (!t)
		return err_set(e, ERR_MEMORY, "trusted root: out of memory");
	t->reason = "none";
	r = hold(t, &m, root, e);
	if (rc_failed(r))
		mem_free(t);
	else
		*ret = t;
	return r;
}

void tuf_free(struct tuf *t)
{
	if (!t)
		return;
	tuf_lookup_reset(t);
	for (int i = 0; i < TUF_ROLE_COUNT; i++)
		drop(&t->held[i]);
	mem_free(t);
}

void tuf_offer_stored(struct tuf *t, const char *name, struct bytes content)
{
	static const struct {
		const char *name;
		enum tuf_role role;
	} files[] = {{"timestamp.json", TUF_ROLE_TIMESTAMP},
		     {"snapshot.json", TUF_ROLE_SNAPSHOT},
		     {"targets.json", TUF_ROLE_TARGETS}};
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
		if (strcmp(files[i].name, name) != 0)
			continue;
		if (rc_ok(open_signed(t, content, files[i].role, &m, NULL)) && rc_failed(hold(t, &m, content, NULL)))
			drop(&t->held[files[i].role]);
	}
}

void tuf_refresh_begin(struct tuf *t, struct wall_time start)
{
	tuf_lookup_reset(t);
	t->step = STEP_ROOT;
	t->start = start;
	t->rotations = 0;
	t->refreshed = false;
	t->reason = "none";
}

/* The keys of a role, as a set. */
static bool same_keys(const json_t *a, const json_t *b)
{
	const json_t *ka = json_object_get(a, "keyids"), *kb = json_object_get(b, "keyids");
	if (json_array_size(ka) != json_array_size(kb))
		return false;
	for (size_t i = 0; i < json_array_size(ka); i++) {
		size_t k = 0;
		while (k < json_array_size(kb) && !json_equal(json_array_get(ka, i), json_array_get(kb, k)))
			k++;
		if (k == json_array_size(kb))
			return false;
	}
	return true;
}

/*
 * Fast-forward recovery (5.3.11): after a change of their keys the old timestamp and snapshot say nothing. They are
 * deleted before the new root is stored, so that a power cut between leaves no new root with old versions.
 */
static void forget_rotated(struct tuf *t, const struct tuf_meta *next, struct tuf_actions *actions)
{
	const enum tuf_role online[] = {TUF_ROLE_TIMESTAMP, TUF_ROLE_SNAPSHOT};
	bool same = true;
	for (size_t i = 0; i < ARRAY_LEN(online); i++)
		same = same && same_keys(tuf_meta_role(tuf_state_root(t), online[i]), tuf_meta_role(next, online[i]));
	for (size_t i = 0; i < ARRAY_LEN(online) && !same; i++) {
		drop(&t->held[online[i]]);
		tuf_state_act(actions, tuf_meta_role_name(online[i]), (struct bytes){0});
	}
}

static void store(const struct tuf *t, enum tuf_role role, struct tuf_actions *actions)
{
	tuf_state_act(actions, tuf_meta_role_name(role), buf_view(&t->held[role].raw));
}

static rc feed_root(struct tuf *t, struct bytes content, struct tuf_actions *ret, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	rc r = open_signed(t, content, TUF_ROLE_ROOT, &m, e); /* the old root's keys */
	if (rc_ok(r))
		r = verify_by_root(&m, &m, e); /* and its own */
	if (rc_failed(r))
		return r;
	int64_t expected = tuf_state_root(t)->version + 1;
	if (m.version != expected)
		return tuf_state_because(t, "rollback",
					 err_set(e, ERR_TRUST, "root: version %lld where %lld was due",
						 (long long)m.version, (long long)expected));
	forget_rotated(t, &m, ret);
	r = hold(t, &m, content, e);
	if (rc_failed(r))
		return r;
	store(t, TUF_ROLE_ROOT, ret);
	t->rotations++;
	return RC_OK;
}

/* End of the chain: the last root must be fresh, and what is held must still be signed under it. */
static rc finish_root(struct tuf *t, struct err *e)
{
	rc r = tuf_state_fresh(t, tuf_state_root(t), "root", e);
	if (rc_failed(r))
		return r;
	for (int i = TUF_ROLE_TIMESTAMP; i < TUF_ROLE_COUNT; i++) {
		struct tuf_held *h = &t->held[i];
		if (h->present && rc_failed(verify_by_root(tuf_state_root(t), &h->meta, NULL)))
			drop(h);
	}
	t->step = STEP_TIMESTAMP;
	return RC_OK;
}

/* What the file above says about this one. */
static rc ref_of(const struct tuf *t, enum tuf_role role, struct tuf_meta_ref *ret, struct err *e)
{
	if (role == TUF_ROLE_SNAPSHOT)
		return tuf_meta_ref(&t->held[TUF_ROLE_TIMESTAMP].meta, "snapshot.json", ret, e);
	return tuf_meta_ref(&t->held[TUF_ROLE_SNAPSHOT].meta, "targets.json", ret, e);
}

/* Is the file we hold the one that is due, and fresh? Then it need not be fetched. */
static bool holds_due(struct tuf *t, enum tuf_role role)
{
	const struct tuf_held *h = &t->held[role];
	const char *keep = t->reason;
	struct tuf_meta_ref ref;
	bool due = h->present && rc_ok(ref_of(t, role, &ref, NULL)) && ref.version == h->meta.version &&
		   rc_ok(tuf_state_fits(t, &ref, "", buf_view(&h->raw), NULL)) &&
		   rc_ok(tuf_state_fresh(t, &h->meta, "", NULL));
	t->reason = keep;
	return due;
}

static void complete(struct tuf *t)
{
	t->step = STEP_DONE;
	t->refreshed = true;
}

static void after_snapshot(struct tuf *t)
{
	t->step = STEP_TARGETS;
	if (holds_due(t, TUF_ROLE_TARGETS))
		complete(t);
}

static void after_timestamp(struct tuf *t)
{
	t->step = STEP_SNAPSHOT;
	if (holds_due(t, TUF_ROLE_SNAPSHOT))
		after_snapshot(t);
}

/* Neither the timestamp nor the snapshot it names may go back (5.4.3). */
static rc timestamp_forward(struct tuf *t, const struct tuf_meta *m, struct err *e)
{
	const struct tuf_meta *old = &t->held[TUF_ROLE_TIMESTAMP].meta;
	struct tuf_meta_ref now, before;
	if (!t->held[TUF_ROLE_TIMESTAMP].present)
		return RC_OK;
	if (m->version < old->version)
		return tuf_state_because(t, "rollback",
					 err_set(e, ERR_TRUST, "timestamp: version %lld after %lld",
						 (long long)m->version, (long long)old->version));
	rc r = tuf_meta_ref(m, "snapshot.json", &now, e);
	if (rc_ok(r))
		r = tuf_meta_ref(old, "snapshot.json", &before, e);
	if (rc_ok(r) && m->version > old->version && now.version < before.version)
		r = tuf_state_because(t, "rollback",
				      err_set(e, ERR_TRUST, "timestamp: snapshot version %lld after %lld",
					      (long long)now.version, (long long)before.version));
	return r;
}

static rc feed_timestamp(struct tuf *t, struct bytes content, struct tuf_actions *ret, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	const struct tuf_held *h = &t->held[TUF_ROLE_TIMESTAMP];
	rc r = open_signed(t, content, TUF_ROLE_TIMESTAMP, &m, e);
	if (rc_ok(r))
		r = timestamp_forward(t, &m, e);
	if (rc_failed(r))
		return r;
	if (h->present && m.version == h->meta.version) {
		r = tuf_state_fresh(t, &h->meta, "timestamp", e); /* same version: the old one stands, if it is fresh */
		if (rc_ok(r))
			after_timestamp(t);
		return r;
	}
	r = tuf_state_fresh(t, &m, "timestamp", e);
	if (rc_ok(r))
		r = hold(t, &m, content, e);
	if (rc_failed(r))
		return r;
	store(t, TUF_ROLE_TIMESTAMP, ret);
	after_timestamp(t);
	return RC_OK;
}

/* No file may disappear from the snapshot or go back (5.5.5). */
static rc snapshot_forward(struct tuf *t, const struct tuf_meta *m, struct err *e)
{
	if (!t->held[TUF_ROLE_SNAPSHOT].present)
		return RC_OK;
	const char *file;
	json_t *entry;
	json_object_foreach(json_object_get(t->held[TUF_ROLE_SNAPSHOT].meta.body, "meta"), file, entry)
	{
		struct tuf_meta_ref now, before;
		rc r = tuf_meta_ref(&t->held[TUF_ROLE_SNAPSHOT].meta, file, &before, e);
		if (rc_ok(r))
			r = tuf_meta_ref(m, file, &now, e);
		if (rc_failed(r))
			return tuf_state_because(t, "rollback", r);
		if (now.version < before.version)
			return tuf_state_because(t, "rollback",
						 err_set(e, ERR_TRUST, "snapshot: %s version %lld after %lld", file,
							 (long long)now.version, (long long)before.version));
	}
	return RC_OK;
}

/* Snapshot and targets: bytes as announced, signed, of the announced version. */
static rc open_announced(struct tuf *t, struct bytes content, enum tuf_role role, struct tuf_meta *ret, struct err *e)
{
	struct tuf_meta_ref ref;
	rc r = ref_of(t, role, &ref, e);
	if (rc_ok(r))
		r = tuf_state_fits(t, &ref, tuf_meta_role_name(role), content, e);
	if (rc_ok(r))
		r = open_signed(t, content, role, ret, e);
	return rc_ok(r) ? tuf_state_version(t, &ref, ret, tuf_meta_role_name(role), e) : r;
}

static rc feed_announced(struct tuf *t, struct bytes content, enum tuf_role role, struct tuf_actions *ret,
			 struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	rc r = open_announced(t, content, role, &m, e);
	if (rc_ok(r) && role == TUF_ROLE_SNAPSHOT)
		r = snapshot_forward(t, &m, e);
	if (rc_ok(r))
		r = tuf_state_fresh(t, &m, tuf_meta_role_name(role), e);
	if (rc_ok(r))
		r = hold(t, &m, content, e);
	if (rc_failed(r))
		return r;
	store(t, role, ret);
	if (role == TUF_ROLE_SNAPSHOT)
		after_snapshot(t);
	else
		complete(t);
	return RC_OK;
}

static void name_announced(const struct tuf *t, enum tuf_role role, struct tuf_fetch *ret)
{
	struct tuf_meta_ref ref = {0};
	/* Cannot fail: the file above was decoded with this entry in it. */
	if (rc_ok(ref_of(t, role, &ref, NULL)))
		tuf_state_fetch(t, tuf_meta_role_name(role), &ref, tuf_meta_max(role), ret);
}

static void name_fetch(const struct tuf *t, struct tuf_fetch *ret)
{
	switch (t->step) {
	case STEP_ROOT:
		ret->max = TUF_ROOT_MAX;
		(void)snprintf(ret->name, sizeof ret->name, "%lld.root.json",
			       (long long)tuf_state_root(t)->version + 1);
		break;
	case STEP_TIMESTAMP:
		ret->max = TUF_TIMESTAMP_MAX;
		(void)snprintf(ret->name, sizeof ret->name, "timestamp.json");
		break;
	case STEP_SNAPSHOT:
		name_announced(t, TUF_ROLE_SNAPSHOT, ret);
		break;
	case STEP_TARGETS:
		name_announced(t, TUF_ROLE_TARGETS, ret);
		break;
	case STEP_LOOKUP: /* named by tuf_lookup_next */
	case STEP_IDLE:
	case STEP_DONE:
	case STEP_FAILED:
		break;
	}
}

static bool running(const struct tuf *t)
{
	return t->step != STEP_IDLE && t->step != STEP_DONE && t->step != STEP_FAILED;
}

static rc fail(struct tuf *t, rc r)
{
	t->step = STEP_FAILED;
	if (strcmp(t->reason, "none") == 0)
		t->reason = "signature";
	return r;
}

rc tuf_next(struct tuf *t, struct tuf_fetch *ret, bool *ret_done, struct err *e)
{
	rc r = RC_OK;
	*ret = (struct tuf_fetch){0};
	if (t->step == STEP_ROOT && t->rotations >= TUF_ROOT_ROTATIONS_MAX)
		r = finish_root(t, e);
	else if (t->step == STEP_LOOKUP)
		r = tuf_lookup_next(t, ret, ret_done, e);
	if (rc_failed(r))
		return fail(t, r);
	*ret_done = t->step == STEP_DONE;
	if (!*ret_done && !running(t))
		return err_set(e, ERR_WRONG_STATE, "no refresh is under way");
	if (t->step != STEP_LOOKUP)
		name_fetch(t, ret);
	return RC_OK;
}

static rc feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, struct err *e)
{
	struct tuf_fetch due;
	bool done = false;
	rc r = tuf_next(t, &due, &done, e);
	if (rc_ok(r) && done)
		r = err_set(e, ERR_WRONG_STATE, "no file is due");
	if (rc_failed(r))
		return r;
	if (content.n > due.max)
		return tuf_state_because(
			t, "target-length",
			err_set(e, ERR_LIMIT, "%s: %zu bytes, at most %zu are accepted", due.name, content.n, due.max));
	switch (t->step) {
	case STEP_ROOT:
		return feed_root(t, content, ret, e);
	case STEP_TIMESTAMP:
		return feed_timestamp(t, content, ret, e);
	case STEP_SNAPSHOT:
		return feed_announced(t, content, TUF_ROLE_SNAPSHOT, ret, e);
	case STEP_TARGETS:
		return feed_announced(t, content, TUF_ROLE_TARGETS, ret, e);
	case STEP_LOOKUP:
		return tuf_lookup_feed(t, content, ret, e);
	case STEP_IDLE:
	case STEP_DONE:
	case STEP_FAILED:
		break;
	}
	return err_set(e, ERR_WRONG_STATE, "no file is due");
}

rc tuf_feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, const char **ret_reason, struct err *e)
{
	struct tuf_actions actions = {0};
	t->reason = "none";
	rc r = feed(t, content, &actions, e);
	if (rc_failed(r))
		r = fail(t, r);
	else
		*ret = actions;
	*ret_reason = t->reason;
	return r;
}

rc tuf_feed_absent(struct tuf *t, struct tuf_actions *ret, struct err *e)
{
	struct tuf_fetch due;
	bool done = false;
	*ret = (struct tuf_actions){0};
	if (running(t))
		t->reason = "none";
	rc r = tuf_next(t, &due, &done, e);
	if (rc_ok(r) && done)
		r = err_set(e, ERR_WRONG_STATE, "no file is due");
	if (rc_failed(r))
		return r;
	if (t->step == STEP_ROOT) {
		r = finish_root(t, e);
		return rc_failed(r) ? fail(t, r) : r;
	}
	return fail(t, tuf_state_because(t, "network", err_set(e, ERR_MISSING, "%s: not on the server", due.name)));
}

const char *tuf_reason(const struct tuf *t)
{
	return t->reason;
}

struct tuf_versions tuf_versions(const struct tuf *t)
{
	return (struct tuf_versions){
		.root = tuf_state_root(t)->version,
		.timestamp = t->held[TUF_ROLE_TIMESTAMP].meta.version,
		.snapshot = t->held[TUF_ROLE_SNAPSHOT].meta.version,
		.targets = t->held[TUF_ROLE_TARGETS].meta.version,
	};
}

/* The targets we hold are those of the snapshot we hold (when there is one). */
static bool targets_current(const struct tuf *t)
{
	struct tuf_meta_ref ref;
	if (!t->held[TUF_ROLE_TARGETS].present)
		return false;
	if (!t->held[TUF_ROLE_SNAPSHOT].present)
		return true;
	return rc_ok(ref_of(t, TUF_ROLE_TARGETS, &ref, NULL)) && ref.version == t->held[TUF_ROLE_TARGETS].meta.version;
}

rc tuf_target_find(const struct tuf *t, const char *name, struct tuf_target *ret, struct err *e)
{
	if (!targets_current(t))
		return err_set(e, ERR_WRONG_STATE, "no trusted targets; refresh first");
	rc r = tuf_target_name_check(name, e);
	if (rc_failed(r))
		return r;
	const char *role = tuf_meta_role_name(TUF_ROLE_TARGETS);
	const json_t *entry = json_object_get(json_object_get(t->held[TUF_ROLE_TARGETS].meta.body, "targets"), name);
	if (!entry) {
		entry = tuf_lookup_found(t, name);
		role = t->search.vouched;
	}
	if (!entry)
		return err_set(e, ERR_MISSING, "there is no target %s", name);
	struct tuf_target found = {0};
	r = tuf_target_decode(entry, name, tuf_meta_consistent(tuf_state_root(t)), &found, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(found.role, sizeof found.role, "%s", role);
	*ret = found;
	return RC_OK;
}
