/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishing a release: what may be published, which targets it becomes, and the targets file that lists them. When the
 * targets role wants more signatures than there are keys at hand, that file becomes a proposal. Writing is
 * repo_commit's.
 */
#include <stdio.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "release/pack_io.h"
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

/* After the patches, if there is one: the file with a block index. */
enum { IMAGE, POLICY, PATCHES, ARTIFACTS_MAX = PATCHES + RELEASE_PATCHES_MAX + 1 };

struct plan {
	struct pack_io pack;
	struct repo_artifact artifacts[ARTIFACTS_MAX];
	struct release_info infos[ARTIFACTS_MAX];
	size_t n;
};

static void plan_free(struct plan **at)
{
	if (*at)
		pack_io_done(&(*at)->pack);
	mem_free(*at);
}

static rc name_artifact(struct repo_artifact *a, const char *name, struct err *e)
{
	if (strlen(name) > RELEASE_TARGET_MAX || !name_path_ok(name))
		return err_set(e, ERR_LIMIT, "model and version make a target name that is too long");
	memcpy(a->name, name, strlen(name) + 1);
	return RC_OK;
}

static rc name_release(struct plan *p, const struct release_info *info, struct err *e)
{
	char name[4 * RELEASE_TARGET_MAX];
	(void)snprintf(name, sizeof name, "%s-%s-%s.img", info->model, info->component, info->version);
	rc r = name_artifact(&p->artifacts[IMAGE], name, e);
	(void)snprintf(name, sizeof name, "%s-declaration-%s.json", info->model, info->version);
	return rc_ok(r) ? name_artifact(&p->artifacts[POLICY], name, e) : r;
}

/* What pack_io wrote was hashed as it was written; the copy into place is held against that. */
static void take_file(struct repo_artifact *a, const char *path, const struct release_transfer *t)
{
	a->path = path;
	a->length = t->bytes;
	memcpy(a->sha256, t->sha256, SHA256_SIZE);
}

/* A file beside the full one; its name goes into what the image says of it. */
static rc plan_file(struct plan *p, size_t i, struct release_transfer *t, const char *path, const char *tag,
		    struct err *e)
{
	char name[4 * RELEASE_TARGET_MAX];
	struct release_info *info = &p->infos[i];
	struct repo_artifact *a = &p->artifacts[i];
	(void)snprintf(name, sizeof name, "%s-%s-%s-%s", info->model, info->component, info->version, tag);
	rc r = name_artifact(a, name, e);
	if (rc_failed(r))
		return r;
	info->kind = RELEASE_PATCH;
	take_file(a, path, t);
	memcpy(t->target, a->name, strlen(a->name) + 1);
	return RC_OK;
}

/* "cam1-os-1.1.0-from-0123456789abcdef.hmp": by what it starts from; "cam1-os-1.1.0-blocks.hmi". */
static rc plan_files(struct plan *p, struct err *e)
{
	struct release_info *image = &p->infos[IMAGE];
	rc r = RC_OK;
	for (size_t i = 0; i < image->patches_n && rc_ok(r); i++) {
		char base[HEX_TEXT_SIZE(SHA256_SIZE)], tag[64];
		hex_encode(bytes_of(image->patches[i].base_sha256, SHA256_SIZE), base);
		(void)snprintf(tag, sizeof tag, "from-%.16s.hmp", base);
		r = plan_file(p, PATCHES + i, &image->patches[i], p->pack.patches[i], tag, e);
	}
	if (rc_ok(r) && image->blocks.bytes)
		r = plan_file(p, p->n - 1, &image->blocks, p->pack.blocks, "blocks.hmi", e);
	return r;
}

/* In the repository's folder: on the disk where the files belong, which may be all there is room on. */
static rc pack(const struct repo *r, const struct repo_release *rel, struct pack_io *ret, struct err *e)
{
	const struct pack_io_job job = {.image = rel->image_path,
					.bases = rel->bases,
					.bases_n = rel->bases_n,
					.blocks = rel->blocks,
					.dir = rel->terms.dry_run ? NULL : r->dir,
					.progress = rel->progress};
	return pack_io_make(ret, &job, e);
}

static rc plan_artifacts(struct plan *p, const struct repo_release *rel, struct err *e)
{
	const struct release_info *packed = &p->pack.info;
	p->n = PATCHES + packed->patches_n + (packed->blocks.bytes != 0);
	for (size_t i = 0; i < p->n; i++) {
		p->infos[i] = rel->image;
		p->infos[i].patches_n = 0;
		memcpy(p->infos[i].image_sha256, packed->image_sha256, SHA256_SIZE);
	}
	struct release_info *image = &p->infos[IMAGE];
	image->kind = RELEASE_IMAGE;
	image->image_bytes = packed->image_bytes;
	image->full = packed->full;
	image->blocks = packed->blocks;
	image->patches_n = packed->patches_n;
	memcpy(image->patches, packed->patches, sizeof image->patches);
	p->infos[POLICY].kind = RELEASE_DECLARATION;
	take_file(&p->artifacts[IMAGE], p->pack.full, &packed->full);
	p->artifacts[POLICY].content = rel->policy;
	rc r = name_release(p, &rel->image, e);
	if (rc_ok(r))
		r = plan_files(p, e);
	if (rc_ok(r))
		r = repo_artifact_measure(&p->artifacts[POLICY], e);
	if (rc_ok(r))
		memcpy(image->declaration, p->artifacts[POLICY].name, strlen(p->artifacts[POLICY].name) + 1);
	p->infos[POLICY].declaration[0] = 0;
	return r;
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
	for (size_t i = 0; i < p->n && rc_ok(result); i++)
		result = add_target(body, &p->artifacts[i], &p->infos[i], e);
	if (rc_ok(result))
		*ret = json_incref(body);
	return result;
}

static void tell(const struct plan *p, const struct repo_committed *done, struct repo_published *ret)
{
	*ret = (struct repo_published){.image = p->infos[IMAGE],
				       .policy = p->infos[POLICY],
				       .image_length = p->infos[IMAGE].image_bytes,
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

/* Everything but the signatures. The lock is held from here on: packing takes long, and others would do it in vain. */
static rc prepare(struct repo *r, const struct repo_release *rel, struct plan *p, json_t **ret_body, int *ret_lock,
		  struct err *e)
{
	rc result = check_all(r, rel, e);
	if (rc_ok(result) && !rel->terms.dry_run)
		result = repo_commit_lock(r, ret_lock, e);
	if (rc_ok(result))
		result = pack(r, rel, &p->pack, e);
	if (rc_ok(result))
		result = plan_artifacts(p, rel, e);
	return rc_ok(result) ? make_targets(r, p, rel, ret_body, e) : result;
}

/* Before the long work, and before anything is made. */
static rc check_keys(const struct repo *r, const struct repo_keys *keys, struct err *e)
{
	const json_t *root = repo_state_body(r, REPO_ROOT);
	rc result = repo_commit_check_signers(r, root, "targets", &keys->targets, e);
	if (rc_ok(result))
		result = repo_commit_check_signers(r, root, "snapshot", &keys->snapshot, e);
	return rc_ok(result) ? repo_commit_check_signers(r, root, "timestamp", &keys->timestamp, e) : result;
}

static struct repo_change change_of(const struct plan *p, const struct repo_release *rel, const struct repo_keys *keys)
{
	return (struct repo_change){
		.artifacts = p->artifacts, .artifacts_n = p->n, .keys = keys, .terms = rel->terms, .locked = true};
}

rc repo_publish(struct repo *r, const struct repo_release *rel, const struct repo_keys *keys,
		struct repo_published *ret, struct err *e)
{
	CLEANUP(plan_free) struct plan *p = mem_alloc(sizeof *p);
	FD_AUTO int held = -1;
	struct repo_committed done = {0};
	JSON_AUTO json_t *body = NULL;
	if (!p)
		return err_set(e, ERR_MEMORY, "release: out of memory");
	rc result = check_keys(r, keys, e);
	if (rc_ok(result))
		result = prepare(r, rel, p, &body, &held, e);
	const struct repo_change change = change_of(p, rel, keys);
	if (rc_ok(result))
		result = repo_targets_publish(r, body, &change, &done, e);
	if (rc_ok(result))
		tell(p, &done, ret);
	return result;
}

rc repo_publish_propose(struct repo *r, const struct repo_release *rel, const char *note, struct proposal *ret,
			struct repo_published *ret_plan, struct err *e)
{
	CLEANUP(plan_free) struct plan *p = mem_alloc(sizeof *p);
	FD_AUTO int held = -1;
	JSON_AUTO json_t *body = NULL;
	if (!p)
		return err_set(e, ERR_MEMORY, "release: out of memory");
	rc result = prepare(r, rel, p, &body, &held, e);
	const struct repo_change change = change_of(p, rel, NULL);
	if (rc_ok(result))
		result = repo_targets_propose(r, body, &change, note, ret, e);
	const struct repo_committed none = {.targets = repo_state_version(r, REPO_TARGETS) + 1};
	if (rc_ok(result))
		tell(p, &none, ret_plan);
	return result;
}
