/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding to a TUF repository: what may be published, and in which order the files appear. Until the timestamp is
 * replaced, nobody can see what was written before it; files of an interrupted run are simply written again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "release/pack_io.h"
#include "release/repo.h"
#include "release/repo_state.h"
#include "release/tufmake.h"
#include "core/base/banned.h"

#define COPY_STEP ((size_t)256 * 1024)

#define PUT_MAX (8 + RELEASE_PATCHES_MAX)

/* One artifact to become a target: from a file or from memory. */
struct artifact {
	char name[TUF_NAME_MAX];
	struct release_info info;
	const char *path;
	struct bytes content;
	uint64_t length;
	const uint8_t *sha256; /* of the file at `path` */
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
};

struct plan {
	const struct repo_release *rel;
	const struct repo_keys *keys;
	struct pack_io pack;
	struct artifact image, policy, patches[RELEASE_PATCHES_MAX];
	struct buf targets, snapshot, timestamp;
	int64_t targets_v, snapshot_v, timestamp_v;
	char made[PUT_MAX][FILE_PATH_MAX]; /* files that this run brought */
	size_t made_n;
};

static void plan_done(struct plan *p)
{
	pack_io_done(&p->pack);
	buf_done(&p->targets);
	buf_done(&p->snapshot);
	buf_done(&p->timestamp);
}

/* --- what may be published --- */

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

/* --- artifacts --- */

/* Hash a file; with fd >= 0 copy it there too. */
static rc stream_file(const char *path, int to, uint64_t *ret_length, uint8_t ret_hash[SHA256_SIZE], struct err *e)
{
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP(hash_done) struct hash h = {0};
	MEM_AUTO uint8_t *step = mem_alloc(COPY_STEP);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, errno, "open %s", path);
	if (!S_ISREG(st.st_mode) || !step)
		return err_set(e, ERR_INPUT, "%s is not a regular file", path);
	*ret_length = 0;
	rc r = hash_start(&h, e);
	while (rc_ok(r)) {
		ssize_t n = read(fd, step, COPY_STEP);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "read %s", path);
		if (n == 0)
			return hash_end(&h, ret_hash, e);
		*ret_length += (uint64_t)n;
		if (*ret_length > REPO_IMAGE_MAX)
			return err_set(e, ERR_LIMIT, "%s is larger than 4 GiB", path);
		r = hash_add(&h, bytes_of(step, (size_t)n), e);
		if (rc_ok(r) && to >= 0)
			r = file_write_all(to, bytes_of(step, (size_t)n), path, e);
	}
	return r;
}

static rc name_artifact(struct artifact *a, const char *word, const char *ending, struct err *e)
{
	int n = snprintf(a->name, sizeof a->name, "%s-%s-%s.%s", a->info.model, word, a->info.version, ending);
	if (n < 0 || (size_t)n >= sizeof a->name || !name_path_ok(a->name))
		return err_set(e, ERR_LIMIT, "model and version make a target name that is too long");
	return RC_OK;
}

/* "cam1-os-1.1.0-from-0123456789abcdef.hmp": by what it starts from. */
static rc plan_patch(struct plan *p, size_t i, struct err *e)
{
	struct artifact *a = &p->patches[i];
	struct release_transfer *t = &p->image.info.patches[i];
	char base[HEX_TEXT_SIZE(SHA256_SIZE)];
	*t = p->pack.info.patches[i];
	*a = (struct artifact){
		.info = p->rel->image, .path = p->pack.patches[i], .length = t->bytes, .sha256 = t->sha256};
	a->info.kind = RELEASE_PATCH;
	memcpy(a->info.image_sha256, p->pack.info.image_sha256, SHA256_SIZE);
	hex_encode(bytes_of(t->base_sha256, SHA256_SIZE), base);
	hex_encode(bytes_of(t->sha256, SHA256_SIZE), a->hex);
	int n = snprintf(a->name, sizeof a->name, "%s-%s-%s-from-%.16s.hmp", a->info.model, a->info.component,
			 a->info.version, base);
	if (n < 0 || (size_t)n >= sizeof a->name || !name_path_ok(a->name))
		return err_set(e, ERR_LIMIT, "model and version make a target name that is too long");
	memcpy(t->target, a->name, (size_t)n + 1);
	return RC_OK;
}

static rc plan_artifacts(struct plan *p, struct err *e)
{
	uint8_t digest[SHA256_SIZE];
	const struct release_info *packed = &p->pack.info;
	p->image = (struct artifact){.info = p->rel->image,
				     .path = p->pack.full,
				     .length = packed->full.bytes,
				     .sha256 = packed->full.sha256};
	p->policy = (struct artifact){.info = p->rel->image, .content = p->rel->policy, .length = p->rel->policy.n};
	p->image.info.kind = RELEASE_IMAGE;
	p->policy.info.kind = RELEASE_DECLARATION;
	memcpy(p->image.info.image_sha256, packed->image_sha256, SHA256_SIZE);
	p->image.info.image_bytes = packed->image_bytes;
	p->image.info.full = packed->full;
	rc r = hash_sha256(p->policy.content, digest, e);
	if (rc_ok(r))
		r = name_artifact(&p->image, p->image.info.component, "img", e);
	if (rc_ok(r))
		r = name_artifact(&p->policy, "declaration", "json", e);
	if (rc_failed(r))
		return r;
	memcpy(p->policy.info.image_sha256, p->image.info.image_sha256, SHA256_SIZE);
	memcpy(p->image.info.declaration, p->policy.name, strlen(p->policy.name) + 1);
	p->policy.info.declaration[0] = 0;
	p->image.info.patches_n = packed->patches_n;
	for (size_t i = 0; rc_ok(r) && i < packed->patches_n; i++)
		r = plan_patch(p, i, e);
	hex_encode(bytes_of(packed->full.sha256, SHA256_SIZE), p->image.hex);
	hex_encode(bytes_of(digest, sizeof digest), p->policy.hex);
	return r;
}

static rc add_target(json_t *targets, const struct artifact *a, struct err *e)
{
	JSON_AUTO json_t *custom = NULL;
	rc r = release_encode(&a->info, &custom, e);
	if (rc_failed(r))
		return r;
	json_t *entry = json_pack("{s:I, s:{s:s}, s:O}", "length", (json_int_t)a->length, "hashes", "sha256", a->hex,
				  "custom", custom);
	return json_object_set_new(targets, a->name, entry) == 0 ? RC_OK
								 : err_set(e, ERR_MEMORY, "targets: out of memory");
}

/* --- metadata --- */

static int64_t version_of(const struct repo *r, enum repo_role role)
{
	return json_integer_value(json_object_get(r->body[role], "version"));
}

static rc make_targets(const struct repo *r, struct plan *p, struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	json_t *old = json_object_get(r->body[REPO_TARGETS], "targets");
	JSON_AUTO json_t *targets = old ? json_copy(old) : json_object();
	struct wall_time until = {p->rel->now.s + p->rel->expires_days * SECONDS_PER_DAY};
	rc result = tufmake_body("targets", p->targets_v, until, &body, e);
	if (rc_ok(result))
		result = add_target(targets, &p->image, e);
	if (rc_ok(result))
		result = add_target(targets, &p->policy, e);
	for (size_t i = 0; rc_ok(result) && i < p->image.info.patches_n; i++)
		result = add_target(targets, &p->patches[i], e);
	if (rc_ok(result) && json_object_set(body, "targets", targets) != 0)
		result = err_set(e, ERR_MEMORY, "targets: out of memory");
	return rc_ok(result) ? tufmake_sign(body, p->keys->targets, 1, &p->targets, e) : result;
}

static rc make_snapshot(struct plan *p, struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	struct wall_time until = {p->rel->now.s + p->rel->expires_days * SECONDS_PER_DAY};
	rc r = tufmake_body("snapshot", p->snapshot_v, until, &body, e);
	if (rc_ok(r))
		r = tufmake_refer(body, "targets.json", p->targets_v, buf_view(&p->targets), e);
	return rc_ok(r) ? tufmake_sign(body, p->keys->snapshot, 1, &p->snapshot, e) : r;
}

static rc make_timestamp(struct plan *p, struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	struct wall_time until = {p->rel->now.s + p->rel->timestamp_days * SECONDS_PER_DAY};
	rc r = tufmake_body("timestamp", p->timestamp_v, until, &body, e);
	if (rc_ok(r))
		r = tufmake_refer(body, "snapshot.json", p->snapshot_v, buf_view(&p->snapshot), e);
	return rc_ok(r) ? tufmake_sign(body, p->keys->timestamp, 1, &p->timestamp, e) : r;
}

static rc plan_metadata(const struct repo *r, struct plan *p, struct err *e)
{
	buf_init(&p->targets, TUF_TARGETS_MAX);
	buf_init(&p->snapshot, TUF_SNAPSHOT_MAX);
	buf_init(&p->timestamp, TUF_TIMESTAMP_MAX);
	p->targets_v = version_of(r, REPO_TARGETS) + 1;
	p->snapshot_v = version_of(r, REPO_SNAPSHOT) + 1;
	p->timestamp_v = version_of(r, REPO_TIMESTAMP) + 1;
	rc result = make_targets(r, p, e);
	if (rc_ok(result))
		result = make_snapshot(p, e);
	return rc_ok(result) ? make_timestamp(p, e) : result;
}

/* A changed key file still signs, and every device would refuse what it signed. */
static rc check_signer(const struct repo *r, const char *role, const struct signer *s, struct err *e)
{
	char id[TUFMAKE_KEYID_SIZE];
	JSON_AUTO json_t *key = NULL;
	size_t i;
	const json_t *known;
	rc result = tufmake_key(s->pub, &key, id, e);
	if (rc_failed(result))
		return result;
	const json_t *roles = json_object_get(r->body[REPO_ROOT], "roles");
	json_array_foreach(json_object_get(json_object_get(roles, role), "keyids"), i, known)
	{
		if (json_is_string(known) && strcmp(json_string_value(known), id) == 0)
			return RC_OK;
	}
	(void)err_set(e, ERR_TRUST, "the %s key is not the one that the root of %s names", role, r->dir);
	return err_hint(e, "the key file was changed or belongs to another repository; bring back %s.key", role);
}

static rc check_signers(const struct repo *r, const struct repo_keys *keys, struct err *e)
{
	rc result = check_signer(r, "targets", keys->targets, e);
	if (rc_ok(result))
		result = check_signer(r, "snapshot", keys->snapshot, e);
	return rc_ok(result) ? check_signer(r, "timestamp", keys->timestamp, e) : result;
}

/* --- writing --- */

static void remember(struct plan *p, const char *path)
{
	if (p->made_n < PUT_MAX && !file_exists(path))
		(void)snprintf(p->made[p->made_n++], FILE_PATH_MAX, "%s", path);
}

/* After a failure nothing points to the files of this run, unless the new timestamp is in its place. */
static void take_back(const struct repo *r, const struct plan *p)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf now;
	buf_init(&now, TUF_TIMESTAMP_MAX);
	if (rc_failed(repo_state_path(r, "metadata", "timestamp.json", path, NULL)))
		return;
	if (file_exists(path) && (rc_failed(file_read(path, TUF_TIMESTAMP_MAX, &now, NULL)) ||
				  bytes_equal(buf_view(&now), buf_view(&p->timestamp))))
		return;
	for (size_t i = p->made_n; i > 0; i--)
		(void)unlink(p->made[i - 1]);
}

static rc announce(const struct plan *p, const char *name, struct err *e)
{
	return p->rel->before ? p->rel->before(p->rel->ctx, name, e) : RC_OK;
}

/* Copy the image into place; it must still be what was hashed and signed. */
static rc put_image(const struct artifact *a, const char *path, struct err *e)
{
	char tmp[FILE_PATH_MAX];
	uint8_t digest[SHA256_SIZE];
	uint64_t length = 0;
	int n = snprintf(tmp, sizeof tmp, "%s.tmp", path);
	if (n < 0 || (size_t)n >= sizeof tmp)
		return err_set(e, ERR_LIMIT, "path too long: %.80s...", path);
	FD_AUTO int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_errno(e, errno, "create %s", tmp);
	rc r = stream_file(a->path, fd, &length, digest, e);
	if (rc_ok(r) && memcmp(digest, a->sha256, sizeof digest) != 0)
		r = err_set(e, ERR_IO, "%s was not kept as it was written", a->path);
	if (rc_ok(r) && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
		r = err_errno(e, errno, "fsync %s", tmp);
	if (rc_ok(r) && rename(tmp, path) != 0)
		r = err_errno(e, errno, "rename %s", tmp);
	if (rc_failed(r))
		(void)unlink(tmp);
	return r; /* the folder is synced with the next file */
}

static rc put_artifact(const struct repo *r, struct plan *p, const struct artifact *a, struct err *e)
{
	char name[TUF_NAME_MAX + sizeof a->hex + 1], path[FILE_PATH_MAX];
	(void)snprintf(name, sizeof name, "%s.%s", a->hex, a->name);
	rc result = announce(p, name, e);
	if (rc_ok(result))
		result = repo_state_path(r, "targets", name, path, e);
	if (rc_failed(result))
		return result;
	remember(p, path);
	return a->path ? put_image(a, path, e) : file_write_atomic(path, a->content, 0644, e);
}

static rc put_metadata(const struct repo *r, struct plan *p, const char *name, struct bytes content, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc result = announce(p, name, e);
	if (rc_ok(result))
		result = repo_state_path(r, "metadata", name, path, e);
	if (rc_failed(result))
		return result;
	remember(p, path);
	return file_write_atomic(path, content, 0644, e);
}

static rc put_first_root(const struct repo *r, struct plan *p, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc result = repo_state_path(r, "metadata", "1.root.json", path, e);
	if (rc_failed(result) || file_exists(path))
		return result;
	if (version_of(r, REPO_ROOT) != 1)
		return err_set(e, ERR_WRONG_STATE, "the first root of %s is missing", r->dir);
	return put_metadata(r, p, "1.root.json", buf_view(&r->root), e);
}

static rc write_all(const struct repo *r, struct plan *p, struct err *e)
{
	char targets[64], snapshot[64];
	(void)snprintf(targets, sizeof targets, "%lld.targets.json", (long long)p->targets_v);
	(void)snprintf(snapshot, sizeof snapshot, "%lld.snapshot.json", (long long)p->snapshot_v);
	rc result = put_first_root(r, p, e);
	if (rc_ok(result))
		result = put_artifact(r, p, &p->image, e);
	if (rc_ok(result))
		result = put_artifact(r, p, &p->policy, e);
	for (size_t i = 0; rc_ok(result) && i < p->image.info.patches_n; i++)
		result = put_artifact(r, p, &p->patches[i], e);
	if (rc_ok(result))
		result = put_metadata(r, p, targets, buf_view(&p->targets), e);
	if (rc_ok(result))
		result = put_metadata(r, p, snapshot, buf_view(&p->snapshot), e);
	return rc_ok(result) ? put_metadata(r, p, "timestamp.json", buf_view(&p->timestamp), e) : result;
}

/* What was planned stands on this timestamp; if another run replaced it since, the plan is void. */
static rc check_unchanged(const struct repo *r, struct err *e)
{
	char path[FILE_PATH_MAX];
	JSON_AUTO json_t *doc = NULL;
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, TUF_TIMESTAMP_MAX);
	rc result = repo_state_path(r, "metadata", "timestamp.json", path, e);
	if (rc_ok(result) && file_exists(path)) {
		result = file_read(path, TUF_TIMESTAMP_MAX, &file, e);
		if (rc_ok(result))
			result = json_codec_parse(buf_view(&file), TUF_TIMESTAMP_MAX, "timestamp", &doc, e);
	}
	if (rc_failed(result))
		return result;
	if (json_integer_value(json_object_get(json_object_get(doc, "signed"), "version")) !=
	    version_of(r, REPO_TIMESTAMP))
		return err_set(e, ERR_BUSY, "another release into %s was made meanwhile; run it again", r->dir);
	return RC_OK;
}

/* One writer at a time; the lock ends with the process. */
static rc lock(const struct repo *r, int *ret_fd, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc result = repo_state_path(r, "metadata", ".", path, e);
	if (rc_ok(result))
		result = file_make_dir(path, 0755, e);
	if (rc_ok(result))
		result = repo_state_path(r, "targets", ".", path, e);
	if (rc_ok(result))
		result = file_make_dir(path, 0755, e);
	if (rc_ok(result))
		result = file_path(path, e, r->dir, ".lock");
	if (rc_failed(result))
		return result;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return err_set(e, ERR_BUSY, "another release into %s is under way", r->dir);
	}
	*ret_fd = fd;
	return check_unchanged(r, e);
}

static void tell(const struct plan *p, struct repo_published *ret)
{
	*ret = (struct repo_published){.image = p->image.info,
				       .policy = p->policy.info,
				       .image_length = p->image.info.image_bytes,
				       .targets_version = p->targets_v,
				       .snapshot_version = p->snapshot_v,
				       .timestamp_version = p->timestamp_v};
	memcpy(ret->image_target, p->image.name, sizeof ret->image_target);
	memcpy(ret->policy_target, p->policy.name, sizeof ret->policy_target);
}

/* In the repository's folder: on the disk where the files belong, which may be all there is room on. */
static rc pack(const struct repo *r, const struct repo_release *rel, struct pack_io *ret, struct err *e)
{
	const struct pack_io_job job = {.image = rel->image_path,
					.bases = rel->bases,
					.bases_n = rel->bases_n,
					.dir = rel->dry_run ? NULL : r->dir,
					.progress = rel->progress};
	return pack_io_make(ret, &job, e);
}

rc repo_publish(struct repo *r, const struct repo_release *rel, const struct repo_keys *keys,
		struct repo_published *ret, struct err *e)
{
	CLEANUP(plan_done) struct plan p = {.rel = rel, .keys = keys};
	FD_AUTO int held = -1;
	rc result = check_signers(r, keys, e);
	if (rc_ok(result))
		result = check_version(r, &rel->image, e);
	if (rc_ok(result))
		result = check_support(r, rel, e);
	if (rc_ok(result) && !rel->dry_run)
		result = lock(r, &held, e);
	if (rc_ok(result))
		result = pack(r, rel, &p.pack, e);
	if (rc_ok(result))
		result = plan_artifacts(&p, e);
	if (rc_ok(result))
		result = plan_metadata(r, &p, e);
	if (rc_ok(result) && !rel->dry_run)
		result = write_all(r, &p, e);
	if (rc_failed(result) && p.made_n)
		take_back(r, &p);
	if (rc_ok(result))
		tell(&p, ret);
	return result;
}

static rc sign_refreshed(const struct repo *r, const struct signer *timestamp, struct wall_time until, struct buf *out,
			 struct err *e)
{
	char time[RFC3339_TIME_SIZE];
	JSON_AUTO json_t *body = json_copy(r->body[REPO_TIMESTAMP]);
	rfc3339_time(until, time);
	if (json_object_set_new(body, "expires", json_string(time)) != 0 ||
	    json_object_set_new(body, "version", json_integer(version_of(r, REPO_TIMESTAMP) + 1)) != 0)
		return err_set(e, ERR_MEMORY, "timestamp: out of memory");
	return tufmake_sign(body, timestamp, 1, out, e);
}

rc repo_refresh(struct repo *r, const struct signer *timestamp, struct wall_time now, int64_t days, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf file;
	FD_AUTO int held = -1;
	buf_init(&file, TUF_TIMESTAMP_MAX);
	if (!r->body[REPO_TIMESTAMP])
		return err_set(e, ERR_MISSING, "%s: nothing is published yet", r->dir);
	rc result = check_signer(r, "timestamp", timestamp, e);
	if (rc_ok(result))
		result = sign_refreshed(r, timestamp, (struct wall_time){now.s + days * SECONDS_PER_DAY}, &file, e);
	if (rc_ok(result))
		result = lock(r, &held, e);
	if (rc_ok(result))
		result = repo_state_path(r, "metadata", "timestamp.json", path, e);
	return rc_ok(result) ? file_write_atomic(path, buf_view(&file), 0644, e) : result;
}
