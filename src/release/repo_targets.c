/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a list of targets to a repository that lists them, by one of two ways: signed with the keys at hand, or
 * proposed, signed by others elsewhere, and finished here.
 */
#include "release/repo_targets.h"

#include "release/repo_check.h"
#include "release/repo_state.h"
#include "release/tufmake.h"
#include "core/base/banned.h"

rc repo_targets_next(const struct repo *r, const struct repo_terms *terms, json_t **ret_body, struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	const json_t *now = repo_state_body(r, REPO_TARGETS);
	struct wall_time until = {terms->now.s + terms->expires_days * SECONDS_PER_DAY};
	rc result = now ? tufmake_next(now, until, &body, e) : tufmake_body("targets", 1, until, &body, e);
	if (rc_ok(result) && !now && json_object_set_new(body, "targets", json_object()) != 0)
		result = err_set(e, ERR_MEMORY, "targets: out of memory");
	if (rc_ok(result))
		*ret_body = json_incref(body);
	return result;
}

rc repo_targets_add(json_t *body, const struct repo_artifact *a, json_t *custom, struct err *e)
{
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	hex_encode(bytes_of(a->sha256, SHA256_SIZE), hex);
	json_t *entry = json_pack("{s:I, s:{s:s}, s:O*}", "length", (json_int_t)a->length, "hashes", "sha256", hex,
				  "custom", custom);
	return json_object_set_new(json_object_get(body, "targets"), a->name, entry) == 0
		       ? RC_OK
		       : err_set(e, ERR_MEMORY, "targets: out of memory");
}

static rc commit(struct repo *r, struct repo_commit *c, const struct repo_change *change, struct repo_committed *ret,
		 struct err *e)
{
	c->artifacts = change->artifacts;
	c->artifacts_n = change->artifacts_n;
	c->keys = change->keys;
	c->terms = change->terms;
	c->locked = change->locked;
	if (change->supplier.role)
		c->files[c->files_n++] = change->supplier;
	return repo_commit(r, c, ret, e);
}

rc repo_targets_publish(struct repo *r, json_t *body, const struct repo_change *c, struct repo_committed *ret,
			struct err *e)
{
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, TUF_TARGETS_MAX);
	rc result = repo_commit_check_signers(r, repo_state_body(r, REPO_ROOT), "targets", &c->keys->targets, e);
	if (rc_ok(result))
		result = tufmake_sign(body, c->keys->targets.list, c->keys->targets.n, &file, e);
	if (rc_failed(result))
		return result;
	struct repo_commit all = {.files = {{"targets", buf_view(&file)}}, .files_n = 1};
	return commit(r, &all, c, ret, e);
}

rc repo_targets_propose(struct repo *r, json_t *body, const struct repo_change *c, const char *note,
			struct proposal *ret, struct err *e)
{
	JSON_AUTO json_t *doc = NULL;
	const struct repo_commit artifacts = {
		.artifacts = c->artifacts, .artifacts_n = c->artifacts_n, .terms = c->terms, .locked = c->locked};
	rc result = tufmake_unsigned(body, &doc, e);
	const struct proposal_start start = {.root = r->doc[REPO_ROOT],
					     .targets = r->doc[REPO_TARGETS],
					     .new_targets = doc,
					     .note = note,
					     .now = c->terms.now};
	if (rc_ok(result))
		result = proposal_make(&start, ret, e);
	if (rc_ok(result))
		result = repo_commit_artifacts(r, &artifacts, e);
	if (rc_failed(result))
		proposal_done(ret);
	return result;
}

/* The proposal was made over what is in force still. */
static rc check_base(const struct repo *r, const struct proposal *p, struct err *e)
{
	bool same = p->root && json_equal(json_object_get(p->root, "signed"), repo_state_body(r, REPO_ROOT));
	const struct proposal_part *targets = proposal_find(p, "targets");
	if (same && targets) {
		const json_t *now = repo_state_body(r, REPO_TARGETS);
		same = targets->current ? json_equal(json_object_get(targets->current, "signed"), now) : !now;
	}
	if (same)
		return RC_OK;
	(void)err_set(e, ERR_WRONG_STATE, "%s is not what the proposal was made over", r->dir);
	return err_hint(e, "something was published since; propose it again");
}

rc repo_targets_finish(struct repo *r, const struct proposal *p, const struct repo_change *c,
		       struct repo_committed *ret, struct err *e)
{
	struct buf files[PROPOSAL_PARTS_MAX];
	struct repo_commit all = {0};
	rc result = check_base(r, p, e);
	if (rc_ok(result))
		result = proposal_complete(p, c->terms.now, e);
	for (size_t i = 0; i < PROPOSAL_PARTS_MAX; i++)
		buf_init(&files[i], TUF_TARGETS_MAX);
	for (size_t i = 0; i < p->parts_n && rc_ok(result); i++) {
		result = proposal_file(&p->parts[i], &files[i], e);
		all.files[all.files_n++] = (struct repo_commit_file){p->parts[i].role, buf_view(&files[i])};
		if (rc_ok(result) && strcmp(p->parts[i].role, "targets") == 0)
			result = repo_check_listed(r, p->parts[i].proposed, e);
	}
	if (rc_ok(result))
		result = commit(r, &all, c, ret, e);
	for (size_t i = 0; i < PROPOSAL_PARTS_MAX; i++)
		buf_done(&files[i]);
	return result;
}

rc repo_refresh(struct repo *r, const struct repo_keys *keys, const struct repo_terms *terms, struct err *e)
{
	struct repo_committed done;
	const struct repo_commit c = {.timestamp_only = true, .keys = keys, .terms = *terms};
	if (!repo_state_body(r, REPO_TIMESTAMP))
		return err_set(e, ERR_MISSING, "%s: nothing is published yet", r->dir);
	return repo_commit(r, &c, &done, e);
}
