/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing a repository. Until the timestamp is replaced, nobody can see what was written before it; files of an
 * interrupted run are simply written again. What may be published is decided by the callers; that devices will follow
 * is proved here, before the first byte is written.
 */
#include "release/repo_commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/trust/tuf_meta.h"
#include "release/repo_state.h"
#include "release/staging.h"
#include "release/tufmake.h"
#include "release/tufrole.h"
#include "core/base/banned.h"

#define COPY_STEP ((size_t)256 * 1024)
#define PUT_MAX 64
#define METADATA_FILES_MAX 65536

struct work {
	struct repo *repo;
	const struct repo_commit *c;
	json_t *root; /* document of the root that will be in force */
	struct buf snapshot, timestamp;
	struct repo_committed made;
	struct repo_overlay files; /* metadata in the order in which it is written; the timestamp last */
	bool new_root;
	char put[PUT_MAX][FILE_PATH_MAX]; /* files that this run brought */
	size_t put_n;
};

static void work_done(struct work *w)
{
	json_decref(w->root);
	buf_done(&w->snapshot);
	buf_done(&w->timestamp);
}

/* --- what will stand there --- */

static rc add_file(struct work *w, const char *name, struct bytes content, struct err *e)
{
	if (w->files.n >= REPO_OVERLAY_MAX)
		return err_set(e, ERR_INTERNAL, "too many metadata files in one change");
	struct repo_overlay_file *f = &w->files.files[w->files.n++];
	(void)snprintf(f->name, sizeof f->name, "%s", name);
	f->content = content;
	return RC_OK;
}

rc repo_commit_check_signers(const struct repo *r, const json_t *root, const char *role, const struct repo_signers *s,
			     struct err *e)
{
	struct tufrole by;
	size_t at;
	if (!tufrole_of(root, role, &by))
		return err_set(e, ERR_INPUT, "the root names no role %s", role);
	for (size_t i = 0; i < s->n; i++) {
		if (tufrole_find(&by, s->list[i].pub, &at))
			continue;
		(void)err_set(e, ERR_TRUST, "the %s key is not one that the root of %s names", role, r->dir);
		return err_hint(e,
				"the key file was changed or belongs to another repository; bring back the right one");
	}
	if (s->n >= by.threshold)
		return RC_OK;
	(void)err_set(e, ERR_TRUST, "role %s wants %zu signatures; %zu of its keys are at hand", role, by.threshold,
		      s->n);
	if (strcmp(role, "targets") == 0 && by.threshold > 1)
		return err_hint(e,
				"ask the other holders: --propose FILE, then `hallmark keys sign` and `keys finish`");
	return err_hint(e,
			"bring its key file to the keys folder; `hallmark repo status --keys DIR` lists whose it is");
}

/* Of the root that will be in force. */
static rc check_signers(const struct work *w, const char *role, const struct repo_signers *s, struct err *e)
{
	return repo_commit_check_signers(w->repo, json_object_get(w->root, "signed"), role, s, e);
}

static rc open_root(struct work *w, struct err *e)
{
	w->root = json_incref(w->repo->doc[REPO_ROOT]);
	for (size_t i = 0; i < w->c->files_n; i++) {
		if (strcmp(w->c->files[i].role, "root") != 0)
			continue;
		json_decref(w->root);
		w->root = NULL;
		w->new_root = true;
		return json_codec_parse(w->c->files[i].content, TUF_ROOT_MAX, "root", &w->root, e);
	}
	return RC_OK;
}

static rc add_given(struct work *w, json_t *snapshot, const struct repo_commit_file *f, struct err *e)
{
	char name[TUF_FILE_NAME_MAX];
	bool root = strcmp(f->role, "root") == 0;
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	rc r = tuf_meta_parse(f->content, root ? TUF_ROLE_ROOT : TUF_ROLE_TARGETS, &m, e);
	if (rc_ok(r))
		r = tuf_meta_decode(&m, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(name, sizeof name, "%lld.%.200s.json", (long long)m.version, f->role);
	r = add_file(w, name, f->content, e);
	if (rc_failed(r) || root)
		return r;
	if (strcmp(f->role, "targets") == 0)
		w->made.targets = m.version;
	(void)snprintf(name, sizeof name, "%.200s.json", f->role);
	const json_t *old = json_object_get(json_object_get(snapshot, "meta"), name);
	if (m.version <= json_integer_value(json_object_get(old, "version")))
		return err_set(e, ERR_EXISTS, "version %lld of %s is published already", (long long)m.version, f->role);
	return tufmake_refer(snapshot, name, m.version, f->content, e);
}

/* The snapshot lists what it listed and what is new. Nothing ever leaves it: devices take that for an attack. */
static rc make_snapshot(struct work *w, struct err *e)
{
	const struct repo_terms *terms = &w->c->terms;
	const json_t *meta = json_object_get(repo_state_body(w->repo, REPO_SNAPSHOT), "meta");
	JSON_AUTO json_t *body = NULL;
	char name[TUF_FILE_NAME_MAX];
	rc r = tufmake_body("snapshot", w->made.snapshot,
			    (struct wall_time){terms->now.s + terms->expires_days * SECONDS_PER_DAY}, &body, e);
	if (rc_ok(r) && meta && json_object_set_new(body, "meta", json_deep_copy(meta)) != 0)
		r = err_set(e, ERR_MEMORY, "snapshot: out of memory");
	for (size_t i = 0; i < w->c->files_n && rc_ok(r); i++)
		r = add_given(w, body, &w->c->files[i], e);
	if (rc_ok(r))
		r = tufmake_sign(body, w->c->keys->snapshot.list, w->c->keys->snapshot.n, &w->snapshot, e);
	(void)snprintf(name, sizeof name, "%lld.snapshot.json", (long long)w->made.snapshot);
	return rc_ok(r) ? add_file(w, name, buf_view(&w->snapshot), e) : r;
}

static rc make_timestamp(struct work *w, struct err *e)
{
	const struct repo_terms *terms = &w->c->terms;
	struct wall_time until = {terms->now.s + terms->timestamp_days * SECONDS_PER_DAY};
	JSON_AUTO json_t *body = NULL;
	rc r = w->c->timestamp_only ? tufmake_next(repo_state_body(w->repo, REPO_TIMESTAMP), until, &body, e)
				    : tufmake_body("timestamp", w->made.timestamp, until, &body, e);
	if (rc_ok(r) && !w->c->timestamp_only)
		r = tufmake_refer(body, "snapshot.json", w->made.snapshot, buf_view(&w->snapshot), e);
	if (rc_ok(r))
		r = tufmake_sign(body, w->c->keys->timestamp.list, w->c->keys->timestamp.n, &w->timestamp, e);
	return rc_ok(r) ? add_file(w, "timestamp.json", buf_view(&w->timestamp), e) : r;
}

static rc make_metadata(struct work *w, struct err *e)
{
	buf_init(&w->snapshot, TUF_SNAPSHOT_MAX);
	buf_init(&w->timestamp, TUF_TIMESTAMP_MAX);
	w->made = (struct repo_committed){
		.targets = repo_state_version(w->repo, REPO_TARGETS),
		.snapshot = repo_state_version(w->repo, REPO_SNAPSHOT) + !w->c->timestamp_only,
		.timestamp = repo_state_version(w->repo, REPO_TIMESTAMP) + 1,
	};
	rc r = open_root(w, e);
	if (rc_ok(r) && !w->c->timestamp_only)
		r = check_signers(w, "snapshot", &w->c->keys->snapshot, e);
	if (rc_ok(r))
		r = check_signers(w, "timestamp", &w->c->keys->timestamp, e);
	if (rc_ok(r) && !w->c->timestamp_only)
		r = make_snapshot(w, e);
	return rc_ok(r) ? make_timestamp(w, e) : r;
}

/* A new document of this role, else the one that stands there. New reference; NULL if there is none. */
static json_t *document(const struct work *w, const char *role)
{
	json_t *doc = NULL;
	for (size_t i = 0; i < w->c->files_n; i++)
		if (strcmp(w->c->files[i].role, role) == 0 &&
		    rc_ok(json_codec_parse(w->c->files[i].content, TUF_TARGETS_MAX, role, &doc, NULL)))
			return doc;
	return json_incref(repo_document(w->repo, role));
}

/* A supplier's targets must be found by devices, and be the supplier's: inside its names, not hidden by another. */
static rc find_all(struct repo_rehearsal *h, const char *role, const json_t *doc, struct err *e)
{
	const char *name;
	json_t *entry;
	json_object_foreach(json_object_get(json_object_get(doc, "signed"), "targets"), name, entry)
	{
		CLEANUP(tuf_target_done) struct tuf_target found = {0};
		rc r = repo_state_find(h->repo, h->overlay, h->tuf, name, &found, e);
		if (r.code == ERR_MISSING || (rc_ok(r) && strcmp(found.role, role) != 0)) {
			(void)err_set(e, ERR_TRUST, "target %.100s is outside what %s may publish", name, role);
			return err_hint(e, "its names stand in the delegation; `hallmark repo status` shows them");
		}
		if (rc_failed(r))
			return err_wrap(e, "%s: target %.100s", role, name);
	}
	return RC_OK;
}

/* Who is delegated to must have a file that is signed by whom the delegation names: devices stop where it is not. */
static rc check_supplier(const struct work *w, struct repo_rehearsal *h, const json_t *targets, const char *role,
			 struct err *e)
{
	struct tufrole by;
	struct tufrole_votes votes = {0};
	JSON_AUTO json_t *doc = document(w, role);
	if (!tufrole_of(json_object_get(targets, "signed"), role, &by))
		return err_set(e, ERR_INPUT, "supplier %s: malformed", role);
	rc r = doc ? tufrole_votes(&by, doc, &votes, e) : RC_OK;
	if (rc_failed(r))
		return err_wrap(e, "supplier %s", role);
	if (votes.n < by.threshold) {
		(void)err_set(e, ERR_TRUST, "supplier %s: its targets have %zu of %zu signatures", role, votes.n,
			      by.threshold);
		return err_hint(e, "--from PACKAGE brings targets that the supplier's keys have signed");
	}
	return find_all(h, role, doc, e);
}

static rc rehearse(const struct work *w, struct err *e)
{
	CLEANUP(repo_rehearsal_done) struct repo_rehearsal h = {.repo = w->repo, .overlay = &w->files};
	JSON_AUTO json_t *targets = document(w, "targets");
	const json_t *delegations = json_object_get(json_object_get(targets, "signed"), "delegations");
	size_t i;
	const json_t *entry;
	rc r = repo_rehearse(&h, w->c->terms.now, e);
	json_array_foreach(json_object_get(delegations, "roles"), i, entry)
	{
		const char *role = json_string_value(json_object_get(entry, "name"));
		if (rc_ok(r) && role && !w->c->timestamp_only)
			r = check_supplier(w, &h, targets, role, e);
	}
	return r;
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

rc repo_artifact_measure(struct repo_artifact *a, struct err *e)
{
	if (!a->path) {
		a->length = a->content.n;
		return hash_sha256(a->content, a->sha256, e);
	}
	rc r = stream_file(a->path, -1, &a->length, a->sha256, e);
	if (rc_ok(r) && a->length == 0)
		return err_set(e, ERR_INPUT, "%s is empty", a->path);
	return r;
}

/* Copy a file into place; it must still be what was measured. */
static rc put_file(const struct repo_artifact *a, const char *path, struct err *e)
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
		r = err_set(e, ERR_WRONG_STATE, "%s changed while it was published", a->path);
	if (rc_ok(r) && (fchmod(fd, 0644) != 0 || fsync(fd) != 0))
		r = err_errno(e, errno, "fsync %s", tmp);
	if (rc_ok(r) && rename(tmp, path) != 0)
		r = err_errno(e, errno, "rename %s", tmp);
	if (rc_failed(r))
		(void)unlink(tmp);
	return r; /* the folder is synced with the next file */
}

/* DIR/targets/FOLDER/HASH.FILE, as devices ask for it. */
static rc artifact_path(const char *dir, const struct repo_artifact *a, char ret[FILE_PATH_MAX], struct err *e)
{
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)], name[TUF_NAME_MAX + sizeof hex + 1], folder[FILE_PATH_MAX];
	const char *slash = strrchr(a->name, '/');
	int before = slash ? (int)(slash - a->name) + 1 : 0;
	hex_encode(bytes_of(a->sha256, SHA256_SIZE), hex);
	(void)snprintf(name, sizeof name, "%.*s%s.%s", before, a->name, hex, a->name + before);
	rc r = file_path(folder, e, dir, "targets");
	return rc_ok(r) ? file_path(ret, e, folder, name) : r;
}

rc repo_artifact_put(const char *dir, const struct repo_artifact *a, struct err *e)
{
	char path[FILE_PATH_MAX], folder[FILE_PATH_MAX];
	rc r = artifact_path(dir, a, path, e);
	if (rc_failed(r))
		return r;
	(void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	r = file_make_dir(folder, 0755, e);
	if (rc_failed(r))
		return r;
	return a->path ? put_file(a, path, e) : file_write_atomic(path, a->content, 0644, e);
}

/* --- writing --- */

static rc announce(const struct work *w, const char *name, struct err *e)
{
	return w->c->terms.before ? w->c->terms.before(w->c->terms.ctx, name, e) : RC_OK;
}

static void remember(struct work *w, const char *path)
{
	if (w->put_n < PUT_MAX && !file_exists(path))
		(void)snprintf(w->put[w->put_n++], FILE_PATH_MAX, "%s", path);
}

static rc put_artifact(struct work *w, const struct repo_artifact *a, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = announce(w, a->name, e);
	if (rc_ok(r))
		r = artifact_path(w->repo->dir, a, path, e);
	if (rc_failed(r))
		return r;
	remember(w, path);
	return repo_artifact_put(w->repo->dir, a, e);
}

static rc put_artifacts(struct work *w, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; i < w->c->artifacts_n && rc_ok(r); i++)
		r = put_artifact(w, &w->c->artifacts[i], e);
	return r;
}

static rc put_metadata(struct work *w, const char *name, struct bytes content, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = announce(w, name, e);
	if (rc_ok(r))
		r = repo_state_path(w->repo, "metadata", name, path, e);
	if (rc_failed(r))
		return r;
	remember(w, path);
	return file_write_atomic(path, content, 0644, e);
}

static rc put_first_root(struct work *w, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = repo_state_path(w->repo, "metadata", "1.root.json", path, e);
	if (rc_failed(r) || file_exists(path))
		return r;
	if (repo_state_version(w->repo, REPO_ROOT) != 1)
		return err_set(e, ERR_WRONG_STATE, "the first root of %s is missing", w->repo->dir);
	return put_metadata(w, "1.root.json", buf_view(&w->repo->raw[REPO_ROOT]), e);
}

/* One file after the other; devices see the last. */
static rc write_in_order(struct work *w, struct err *e)
{
	rc r = put_first_root(w, e);
	for (size_t i = 0; i < w->files.n && rc_ok(r); i++)
		r = put_metadata(w, w->files.files[i].name, w->files.files[i].content, e);
	return r;
}

static bool is_new(const struct work *w, const char *name)
{
	for (size_t i = 0; i < w->files.n; i++)
		if (strcmp(w->files.files[i].name, name) == 0)
			return true;
	return false;
}

static rc stage_old(const struct work *w, const struct staging *s, struct err *e)
{
	char folder[FILE_PATH_MAX], from[FILE_PATH_MAX], to[TUF_FILE_NAME_MAX + 16];
	char **names = NULL;
	size_t n = 0;
	rc r = file_path(folder, e, w->repo->dir, "metadata");
	if (rc_ok(r))
		r = file_list_dir(folder, METADATA_FILES_MAX, &names, &n, e);
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		if (is_new(w, names[i]) || strlen(names[i]) >= TUF_FILE_NAME_MAX)
			continue;
		(void)snprintf(to, sizeof to, "metadata/%s", names[i]);
		r = file_path(from, e, folder, names[i]);
		if (rc_ok(r))
			r = staging_link(s, to, from, TUF_TARGETS_MAX, e);
	}
	file_list_free(names);
	return r;
}

/* All at once: the folder of metadata changes places with one that is ready. */
static rc write_at_once(struct work *w, struct err *e)
{
	CLEANUP(staging_done) struct staging s = {0};
	rc r = put_first_root(w, e);
	if (rc_ok(r))
		r = staging_begin_over(&s, w->repo->dir, 0755, e);
	if (rc_ok(r))
		r = stage_old(w, &s, e);
	for (size_t i = 0; i < w->files.n && rc_ok(r); i++) {
		char to[TUF_FILE_NAME_MAX + 16];
		(void)snprintf(to, sizeof to, "metadata/%s", w->files.files[i].name);
		r = announce(w, w->files.files[i].name, e);
		if (rc_ok(r))
			r = staging_put(&s, to, w->files.files[i].content, 0644, e);
	}
	if (rc_ok(r))
		r = announce(w, "metadata", e);
	return rc_ok(r) ? staging_commit_over(&s, e) : r;
}

/* After a failure nothing points to the files of this run, unless the new timestamp is in its place. */
static void take_back(const struct work *w)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf now;
	buf_init(&now, TUF_TIMESTAMP_MAX);
	if (rc_failed(repo_state_path(w->repo, "metadata", "timestamp.json", path, NULL)))
		return;
	if (file_exists(path) && (rc_failed(file_read(path, TUF_TIMESTAMP_MAX, &now, NULL)) ||
				  bytes_equal(buf_view(&now), buf_view(&w->timestamp))))
		return;
	for (size_t i = w->put_n; i > 0; i--)
		(void)unlink(w->put[i - 1]);
}

/* What was planned stands on this timestamp; if another run replaced it since, the plan is void. */
static rc check_unchanged(const struct repo *r, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, TUF_TIMESTAMP_MAX);
	rc result = repo_state_path(r, "metadata", "timestamp.json", path, e);
	if (rc_ok(result) && file_exists(path))
		result = file_read(path, TUF_TIMESTAMP_MAX, &file, e);
	if (rc_ok(result) && !bytes_equal(buf_view(&file), buf_view(&r->raw[REPO_TIMESTAMP])))
		return err_set(e, ERR_BUSY, "%s was changed by another run meanwhile; run it again", r->dir);
	return result;
}

/* One writer at a time; the lock ends with the process. */
rc repo_commit_lock(const struct repo *r, int *ret_fd, struct err *e)
{
	static const char *const folders[] = {"metadata", "targets"};
	char path[FILE_PATH_MAX];
	rc result = RC_OK;
	for (size_t i = 0; i < ARRAY_LEN(folders) && rc_ok(result); i++) {
		result = repo_state_path(r, folders[i], ".", path, e);
		if (rc_ok(result))
			result = file_make_dir(path, 0755, e);
	}
	if (rc_ok(result))
		result = file_path(path, e, r->dir, ".lock");
	if (rc_failed(result))
		return result;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return err_set(e, ERR_BUSY, "another change of %s is under way", r->dir);
	}
	*ret_fd = fd;
	staging_sweep(r->dir);
	return check_unchanged(r, e);
}

rc repo_commit_artifacts(struct repo *r, const struct repo_commit *c, struct err *e)
{
	MEM_AUTO struct work *w = mem_alloc(sizeof *w);
	FD_AUTO int held = -1;
	if (!w)
		return err_set(e, ERR_MEMORY, "repository: out of memory");
	if (c->terms.dry_run)
		return RC_OK;
	w->repo = r;
	w->c = c;
	rc result = c->locked ? RC_OK : repo_commit_lock(r, &held, e);
	return rc_ok(result) ? put_artifacts(w, e) : result;
}

rc repo_commit(struct repo *r, const struct repo_commit *c, struct repo_committed *ret, struct err *e)
{
	FD_AUTO int held = -1;
	MEM_AUTO struct work *w = mem_alloc(sizeof *w);
	if (!w)
		return err_set(e, ERR_MEMORY, "repository: out of memory");
	w->repo = r;
	w->c = c;
	rc result = make_metadata(w, e);
	if (rc_ok(result))
		result = rehearse(w, e);
	if (rc_ok(result) && !c->terms.dry_run && !c->locked)
		result = repo_commit_lock(r, &held, e);
	if (rc_ok(result) && !c->terms.dry_run) {
		result = put_artifacts(w, e);
		if (rc_ok(result))
			result = w->new_root ? write_at_once(w, e) : write_in_order(w, e);
		if (rc_failed(result))
			take_back(w);
	}
	if (rc_ok(result))
		*ret = w->made;
	work_done(w);
	return result;
}
