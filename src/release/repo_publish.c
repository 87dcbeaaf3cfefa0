/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishing a release: what may be published, which targets it becomes, and the targets file that lists them. When the
 * targets role wants more signatures than there are keys at hand, that file becomes a proposal. Writing is
 * repo_commit's.
 */
#include <stdio.h>

#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "release/repo_commit.h"
#include "release/repo_state.h"
#include "release/repo_targets.h"
#include "core/base/banned.h"

struct rules {
	const struct release_info *wanted;
	bool published;
	int64_t counter; /* highest published, -1 if none */
};

static bool look_at(void *ctx, const char *name, uint64_t length, const struct release_info *info)
{
	struct rules *rules = ctx;
	(void)name, (void)length;
	if (strcmp(info->model, rules->wanted->model) != 0 || strcmp(info->component, rules->wanted->component) != 0)
		return true;
	if (semver_compare(info->version, rules->wanted->version) == 0)
		rules->published = true;
	if (info->counter > rules->counter)
		rules->counter = info->counter;
	return true;
}

static rc check_version(const struct repo *r, const struct release_info *wanted, struct err *e)
{
	struct rules rules = {.wanted = wanted, .counter = -1};
	if (!semver_ok(wanted->version)) {
		(void)err_set(e, ERR_INPUT, "\"%.64s\" is not a version", wanted->version);
		return err_hint(e, "versions are MAJOR.MINOR.PATCH, as in 1.4.2");
	}
	if (!name_ok(wanted->model) || !name_ok(wanted->component))
		return err_set(e, ERR_INPUT, "model and component must be plain names (a-z, 0-9, . _ -)");
	repo_each(r, look_at, &rules);
	if (rules.published) {
		(void)err_set(e, ERR_EXISTS, "version %s of %s is published already", wanted->version, wanted->model);
		return err_hint(e, "devices may hold it; publish the change under a new version");
	}
	if (wanted->counter < rules.counter) {
		(void)err_set(e, ERR_DENIED, "counter %lld is lower than the published %lld",
			      (long long)wanted->counter, (long long)rules.counter);
		return err_hint(e, "devices refuse it as a downgrade; use %lld or more", (long long)rules.counter);
	}
	return RC_OK;
}

static rc support_end_of(struct bytes policy, const char *what, struct wall_time *ret, struct err *e)
{
	JSON_AUTO json_t *doc = NULL;
	const char *text = NULL;
	rc r = json_codec_parse(policy, 1024 * 1024, what, &doc, e);
	if (rc_ok(r))
		r = json_codec_text(doc, what, "support_end", RFC3339_TIME_SIZE, &text, e);
	if (rc_ok(r) && !rfc3339_parse_date(text, ret))
		r = err_set(e, ERR_INPUT, "%s: \"support_end\" is not a date", what);
	return r;
}

struct promises {
	const struct repo *repo;
	const char *model;
	struct wall_time end; /* latest end of support promised to this model */
	rc result;
	struct err *e;
};

static rc read_promise(struct promises *p, const char *name, struct wall_time *ret)
{
	char path[FILE_PATH_MAX];
	uint8_t digest[SHA256_SIZE];
	struct tuf_target target = {0};
	CLEANUP(buf_done) struct buf content;
	buf_init(&content, 1024 * 1024);
	rc r = tuf_target_find(p->repo->tuf, name, &target, p->e);
	if (rc_failed(r))
		return r;
	r = repo_state_path(p->repo, "targets", target.fetch_name, path, p->e);
	if (rc_ok(r))
		r = file_read(path, 1024 * 1024, &content, p->e);
	if (rc_ok(r))
		r = hash_sha256(buf_view(&content), digest, p->e);
	if (rc_ok(r) && memcmp(digest, target.sha256, sizeof digest) != 0)
		r = err_set(p->e, ERR_TRUST, "%s was changed after it was signed", path);
	tuf_target_done(&target);
	return rc_ok(r) ? support_end_of(buf_view(&content), name, ret, p->e) : r;
}

static bool look_at_promise(void *ctx, const char *name, uint64_t length, const struct release_info *info)
{
	struct promises *p = ctx;
	struct wall_time end = {0};
	(void)length;
	if (info->kind != RELEASE_DECLARATION || strcmp(info->model, p->model) != 0)
		return true;
	p->result = read_promise(p, name, &end);
	if (rc_ok(p->result) && end.s > p->end.s)
		p->end = end;
	return rc_ok(p->result);
}

/* EN303645 5.3-13, and the PSTI regulations: a published support period may grow, never shrink. */
static rc check_support(const struct repo *r, const struct repo_release *rel, struct err *e)
{
	struct promises p = {.repo = r, .model = rel->image.model, .e = e};
	struct wall_time end = {0};
	char promised[RFC3339_DATE_SIZE];
	rc result = support_end_of(rel->policy, "compiled declaration", &end, e);
	if (rc_failed(result))
		return result;
	repo_each(r, look_at_promise, &p);
	if (rc_failed(p.result))
		return err_wrap(e, "looking up the published support period");
	if (end.s >= p.end.s)
		return RC_OK;
	rfc3339_date(p.end, promised);
	(void)err_set(e, ERR_DENIED, "the support period would end before %s, which is published", promised);
	return err_hint(e, "a published support period may only grow; set support.until to %s or later", promised);
}

/* --- its targets --- */

enum { IMAGE, POLICY, ARTIFACTS };

struct plan {
	struct repo_artifact artifacts[ARTIFACTS];
	struct release_info infos[ARTIFACTS];
};

static rc name_artifact(struct repo_artifact *a, const struct release_info *info, const char *word, const char *ending,
			struct err *e)
{
	int n = snprintf(a->name, sizeof a->name, "%s-%s-%s.%s", info->model, word, info->version, ending);
	if (n < 0 || n > RELEASE_TARGET_MAX || !name_path_ok(a->name))
		return err_set(e, ERR_LIMIT, "model and version make a target name that is too long");
	return RC_OK;
}

static rc plan_artifacts(struct plan *p, const struct repo_release *rel, struct err *e)
{
	p->artifacts[IMAGE].path = rel->image_path;
	p->artifacts[POLICY].content = rel->policy;
	p->infos[IMAGE] = p->infos[POLICY] = rel->image;
	p->infos[IMAGE].kind = RELEASE_IMAGE;
	p->infos[POLICY].kind = RELEASE_DECLARATION;
	rc r = RC_OK;
	for (size_t i = 0; i < ARTIFACTS && rc_ok(r); i++)
		r = repo_artifact_measure(&p->artifacts[i], e);
	if (rc_ok(r))
		r = name_artifact(&p->artifacts[IMAGE], &rel->image, rel->image.component, "img", e);
	if (rc_ok(r))
		r = name_artifact(&p->artifacts[POLICY], &rel->image, "declaration", "json", e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < ARTIFACTS; i++)
		memcpy(p->infos[i].image_sha256, p->artifacts[IMAGE].sha256, SHA256_SIZE);
	memcpy(p->infos[IMAGE].declaration, p->artifacts[POLICY].name, strlen(p->artifacts[POLICY].name) + 1);
	p->infos[POLICY].declaration[0] = 0;
	return RC_OK;
}

static rc add_target(json_t *body, const struct repo_artifact *a, const struct release_info *info, struct err *e)
{
	JSON_AUTO json_t *custom = NULL;
	rc r = release_encode(info, &custom, e);
	return rc_ok(r) ? repo_targets_add(body, a, custom, e) : r;
}

static rc make_targets(const struct repo *r, const struct plan *p, const struct repo_release *rel, json_t **ret,
		       struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	rc result = repo_targets_next(r, &rel->terms, &body, e);
	for (size_t i = 0; i < ARTIFACTS && rc_ok(result); i++)
		result = add_target(body, &p->artifacts[i], &p->infos[i], e);
	if (rc_ok(result))
		*ret = json_incref(body);
	return result;
}

static void tell(const struct plan *p, const struct repo_committed *done, struct repo_published *ret)
{
	*ret = (struct repo_published){.image = p->infos[IMAGE],
				       .policy = p->infos[POLICY],
				       .image_length = p->artifacts[IMAGE].length,
				       .targets_version = done->targets,
				       .snapshot_version = done->snapshot,
				       .timestamp_version = done->timestamp};
	memcpy(ret->image_target, p->artifacts[IMAGE].name, sizeof ret->image_target);
	memcpy(ret->policy_target, p->artifacts[POLICY].name, sizeof ret->policy_target);
}

static rc check_all(const struct repo *r, const struct repo_release *rel, struct err *e)
{
	rc result = check_version(r, &rel->image, e);
	return rc_ok(result) ? check_support(r, rel, e) : result;
}

rc repo_publish(struct repo *r, const struct repo_release *rel, const struct repo_keys *keys,
		struct repo_published *ret, struct err *e)
{
	struct plan p = {0};
	struct repo_committed done = {0};
	JSON_AUTO json_t *body = NULL;
	struct repo_change change = {
		.artifacts = p.artifacts, .artifacts_n = ARTIFACTS, .keys = keys, .terms = rel->terms};
	rc result = check_all(r, rel, e);
	if (rc_ok(result))
		result = plan_artifacts(&p, rel, e);
	if (rc_ok(result))
		result = make_targets(r, &p, rel, &body, e);
	if (rc_ok(result))
		result = repo_targets_publish(r, body, &change, &done, e);
	if (rc_ok(result))
		tell(&p, &done, ret);
	return result;
}

rc repo_publish_propose(struct repo *r, const struct repo_release *rel, const char *note, struct proposal *ret,
			struct repo_published *ret_plan, struct err *e)
{
	struct plan p = {0};
	JSON_AUTO json_t *body = NULL;
	struct repo_change change = {.artifacts = p.artifacts, .artifacts_n = ARTIFACTS, .terms = rel->terms};
	rc result = check_all(r, rel, e);
	if (rc_ok(result))
		result = plan_artifacts(&p, rel, e);
	if (rc_ok(result))
		result = make_targets(r, &p, rel, &body, e);
	if (rc_ok(result))
		result = repo_targets_propose(r, body, &change, note, ret, e);
	const struct repo_committed none = {.targets = repo_state_version(r, REPO_TARGETS) + 1};
	if (rc_ok(result))
		tell(&p, &none, ret_plan);
	return result;
}
