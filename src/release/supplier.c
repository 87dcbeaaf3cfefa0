/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both desks of a delegation. Whether a package may be published is not decided here: repo_commit lets the devices'
 * own client look for every target of it, so a name outside the delegation is found where it counts.
 */
#include "release/supplier.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/trust/tuf_delegation.h"
#include "core/trust/tuf_meta.h"
#include "core/trust/tuf_target.h"
#include "release/repo_state.h"
#include "release/tufmake.h"
#include "core/base/banned.h"

static rc check_role(const char *role, struct err *e)
{
	static const char *const taken[] = {"root", "targets", "snapshot", "timestamp", "grant"};
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (strcmp(taken[i], role) == 0)
			return err_set(e, ERR_INPUT, "\"%s\" is a role of the maker, not a supplier's", role);
	if (name_ok(role))
		return RC_OK;
	return err_set(e, ERR_INPUT, "a supplier's role is a plain name (a-z, 0-9, . _ -), not \"%.64s\"", role);
}

/* Names that are the same in a URL and on every file system. */
static rc check_target(const char *name, struct err *e)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	if (name_path_ok(name) && strlen(name) < TUF_NAME_MAX && strspn(name, plain) == strlen(name))
		return RC_OK;
	return err_set(e, ERR_INPUT, "not a usable target name: \"%.100s\" (letters, digits, - . _ ~ and /)", name);
}

/* --- the supplier's desk --- */

static rc package_path(const struct supplier_order *o, char ret[FILE_PATH_MAX], struct err *e)
{
	char file[80];
	(void)snprintf(file, sizeof file, "%.64s.json", o->role);
	return file_path(ret, e, o->package, file);
}

/* Did one of our keys sign it? Who else must have is the maker's delegation's business. */
static rc check_ours(const struct supplier_order *o, const json_t *doc, struct err *e)
{
	CLEANUP(buf_done) struct buf message;
	buf_init(&message, TUF_TARGETS_MAX);
	rc r = json_codec_canonical(json_object_get(doc, "signed"), &message, e);
	for (size_t i = 0; i < o->signers_n && rc_ok(r); i++) {
		char id[TUFMAKE_KEYID_SIZE];
		JSON_AUTO json_t *key = NULL, *role = NULL, *keys = NULL;
		r = tufmake_key(o->signers[i].pub, &key, id, e);
		if (rc_failed(r))
			return r;
		role = json_pack("{s:[s], s:i}", "keyids", id, "threshold", 1);
		keys = json_pack("{s:O}", id, key);
		const struct tufrole by = {.keys = keys, .role = role, .n = 1, .threshold = 1};
		struct tufrole_votes votes;
		r = tufrole_votes(&by, doc, &votes, e);
		if (rc_ok(r) && votes.n)
			return RC_OK;
	}
	if (rc_ok(r) && o->cosign)
		return r; /* a second holder of the supplier */
	return rc_ok(r) ? err_set(e, ERR_TRUST, "the package in %s was not signed by this key", o->package) : r;
}

static rc open_package(const struct supplier_order *o, const char *path, json_t **ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	buf_init(&text, TUF_TARGETS_MAX);
	rc r = file_read(path, TUF_TARGETS_MAX, &text, e);
	if (r.code == ERR_MISSING && !o->cosign) {
		err_clear(e);
		return RC_OK;
	}
	if (rc_ok(r))
		r = tuf_meta_parse(buf_view(&text), TUF_ROLE_TARGETS, &m, e);
	if (rc_ok(r))
		r = tuf_meta_decode(&m, e);
	if (rc_ok(r))
		r = check_ours(o, m.doc, e);
	if (rc_ok(r))
		*ret = json_incref(m.doc);
	return r;
}

static rc add_one(const struct supplier_order *o, json_t *body, struct repo_artifact *a, struct err *e)
{
	JSON_AUTO json_t *fresh = json_pack("{s:{}}", "targets");
	const json_t *old = json_object_get(json_object_get(body, "targets"), a->name);
	rc r = check_target(a->name, e);
	if (rc_ok(r))
		r = repo_artifact_measure(a, e);
	if (rc_ok(r))
		r = repo_targets_add(fresh, a, NULL, e);
	if (rc_failed(r))
		return r;
	if (old && !json_equal(old, json_object_get(json_object_get(fresh, "targets"), a->name))) {
		(void)err_set(e, ERR_EXISTS, "%s is listed already, with other content", a->name);
		return err_hint(e, "devices may hold it; publish the change under a new name");
	}
	(void)o;
	return repo_targets_add(body, a, NULL, e);
}

static rc change_list(const struct supplier_order *o, json_t *body, struct repo_artifact *added, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; i < o->remove_n; i++)
		if (json_object_del(json_object_get(body, "targets"), o->remove[i]) != 0)
			return err_set(e, ERR_MISSING, "the package lists no %.100s", o->remove[i]);
	for (size_t i = 0; i < o->add_n && rc_ok(r); i++) {
		added[i].path = o->add[i].path;
		int n = snprintf(added[i].name, sizeof added[i].name, "%s", o->add[i].target);
		if (n < 0 || (size_t)n >= sizeof added[i].name)
			return err_set(e, ERR_LIMIT, "target name too long: %.60s...", o->add[i].target);
		r = add_one(o, body, &added[i], e);
	}
	return r;
}

static rc next_document(const struct supplier_order *o, const json_t *old, struct repo_artifact *added, json_t **ret,
			struct err *e)
{
	JSON_AUTO json_t *body = NULL;
	const struct wall_time until = {o->now.s + o->days * SECONDS_PER_DAY};
	const json_t *was = json_object_get(old, "signed");
	rc r = was ? tufmake_next(was, until, &body, e) : tufmake_body("targets", 1, until, &body, e);
	if (rc_ok(r) && !was && json_object_set_new(body, "targets", json_object()) != 0)
		r = err_set(e, ERR_MEMORY, "package: out of memory");
	if (rc_ok(r))
		r = change_list(o, body, added, e);
	return rc_ok(r) ? tufmake_unsigned(body, ret, e) : r;
}

/* Into the package under the name that the repository will give it. */
static rc put_added(const struct supplier_order *o, const struct repo_artifact *added, struct err *e)
{
	rc r = RC_OK;
	for (size_t i = 0; i < o->add_n && rc_ok(r); i++)
		r = repo_artifact_put(o->package, &added[i], e);
	return r;
}

rc supplier_make(const struct supplier_order *o, int64_t *ret_version, struct err *e)
{
	char path[FILE_PATH_MAX];
	JSON_AUTO json_t *old = NULL, *doc = NULL;
	MEM_AUTO struct repo_artifact *added = mem_array(SUPPLIER_FILES_MAX, sizeof *added);
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, TUF_TARGETS_MAX);
	if (!added)
		return err_set(e, ERR_MEMORY, "package: out of memory");
	rc r = check_role(o->role, e);
	if (rc_ok(r))
		r = package_path(o, path, e);
	if (rc_ok(r))
		r = open_package(o, path, &old, e);
	if (rc_ok(r) && o->cosign)
		doc = json_incref(old);
	else if (rc_ok(r))
		r = next_document(o, old, added, &doc, e);
	for (size_t i = 0; i < o->signers_n && rc_ok(r); i++)
		r = tufmake_add_signature(doc, &o->signers[i], e);
	if (rc_ok(r))
		r = json_codec_compact(doc, &text, e);
	if (rc_ok(r) && !o->dry_run)
		r = put_added(o, added, e);
	if (rc_ok(r) && !o->dry_run)
		r = file_make_dir(o->package, 0755, e);
	if (rc_ok(r) && !o->dry_run)
		r = file_write_atomic(path, buf_view(&text), 0644, e);
	if (rc_ok(r))
		*ret_version = json_integer_value(json_object_get(json_object_get(doc, "signed"), "version"));
	return r;
}

/* --- the maker's desk --- */

static json_t *find(json_t *roles, const char *name, size_t *ret_at)
{
	size_t i;
	json_t *role;
	json_array_foreach(roles, i, role)
	{
		const char *other = json_string_value(json_object_get(role, "name"));
		if (!other || strcmp(other, name) != 0)
			continue;
		*ret_at = i;
		return role;
	}
	return NULL;
}

static json_t *texts(const char *const *list, size_t n)
{
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(array, json_string(list[i])) != 0)
			break;
	return array;
}

static rc check_terms(const struct supplier_terms *t, struct err *e)
{
	rc r = check_role(t->role, e);
	if (rc_ok(r) && !t->paths_n == !t->prefixes_n)
		r = err_set(e, ERR_INPUT, "a delegation is by paths or by hash prefixes: one of the two");
	if (rc_ok(r) && t->cards_n == 0)
		r = err_set(e, ERR_INPUT, "a delegation needs the card of at least one key of the supplier");
	if (rc_ok(r) && (t->threshold < 1 || t->threshold > t->cards_n))
		r = err_set(e, ERR_INPUT, "%zu of %zu keys of the supplier cannot sign", t->threshold, t->cards_n);
	return r;
}

static rc place_role(json_t *delegations, const struct supplier_terms *t, struct err *e)
{
	json_t *roles = json_object_get(delegations, "roles");
	size_t at = 0;
	json_t *role = json_pack("{s:s, s:[], s:i, s:b}", "name", t->role, "keyids", "threshold", 1, "terminating",
				 t->terminating);
	if (!role ||
	    json_object_set_new(role, t->paths_n ? "paths" : "path_hash_prefixes",
				t->paths_n ? texts(t->paths, t->paths_n) : texts(t->prefixes, t->prefixes_n)) != 0) {
		json_decref(role);
		return err_set(e, ERR_MEMORY, "delegation: out of memory");
	}
	int put = find(roles, t->role, &at) ? json_array_set_new(roles, at, role) : json_array_append_new(roles, role);
	return put == 0 ? RC_OK : err_set(e, ERR_MEMORY, "delegation: out of memory");
}

rc supplier_delegate(json_t *body, const struct supplier_terms *t, struct err *e)
{
	rc r = check_terms(t, e);
	if (rc_ok(r) && !json_object_get(body, "delegations") &&
	    json_object_set_new(body, "delegations", json_pack("{s:{}, s:[]}", "keys", "roles")) != 0)
		r = err_set(e, ERR_MEMORY, "delegation: out of memory");
	json_t *delegations = json_object_get(body, "delegations");
	if (rc_ok(r))
		r = place_role(delegations, t, e);
	for (size_t i = 0; i < t->cards_n && rc_ok(r); i++)
		r = tufmake_add_key(body, t->role, &t->cards[i].key, t->cards[i].name, e);
	if (rc_ok(r))
		r = tufmake_threshold(body, t->role, t->threshold, e);
	if (rc_failed(r))
		return r;
	tufmake_tidy(body);
	return tuf_delegation_check(delegations, e);
}

rc supplier_revoke(json_t *body, const char *role, struct err *e)
{
	json_t *roles = json_object_get(json_object_get(body, "delegations"), "roles");
	size_t at = 0;
	if (!find(roles, role, &at))
		return err_set(e, ERR_MISSING, "nothing is delegated to \"%.64s\"", role);
	if (json_array_remove(roles, at) != 0)
		return err_set(e, ERR_MEMORY, "delegation: out of memory");
	if (json_array_size(roles) == 0)
		(void)json_object_del(body, "delegations");
	tufmake_tidy(body);
	return RC_OK;
}

/* An entry of the package whose file the repository does not have yet. */
static rc take_artifact(const struct repo *r, struct supplier_package *p, const char *package,
			const struct tuf_target *t, struct err *e)
{
	char there[FILE_PATH_MAX], folder[FILE_PATH_MAX];
	rc result = repo_state_path(r, "targets", t->fetch_name, there, e);
	if (rc_failed(result) || file_exists(there)) /* under its hash: repo_check reads it */
		return result;
	if (p->artifacts_n >= SUPPLIER_FILES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d new files in one package", SUPPLIER_FILES_MAX);
	struct repo_artifact *a = &p->artifacts[p->artifacts_n];
	a->path = p->paths[p->artifacts_n];
	(void)snprintf(a->name, sizeof a->name, "%s", t->name);
	result = file_path(folder, e, package, "targets");
	if (rc_ok(result))
		result = file_path(p->paths[p->artifacts_n], e, folder, t->fetch_name);
	if (rc_ok(result))
		result = repo_artifact_measure(a, e);
	if (rc_ok(result) && (a->length != t->length || memcmp(a->sha256, t->sha256, SHA256_SIZE) != 0))
		result = err_set(e, ERR_TRUST, "%s is not what the package lists", a->path);
	p->artifacts_n += rc_ok(result);
	return result;
}

static rc take_artifacts(const struct repo *r, struct supplier_package *p, const char *package, const json_t *body,
			 struct err *e)
{
	const char *name;
	json_t *entry;
	rc result = RC_OK;
	json_object_foreach(json_object_get(body, "targets"), name, entry)
	{
		CLEANUP(tuf_target_done) struct tuf_target t = {0};
		if (rc_failed(result = check_target(name, e)) ||
		    rc_failed(result = tuf_target_decode(entry, name, true, &t, e)))
			return result;
		if (!t.has_sha256)
			return err_set(e, ERR_INPUT, "%.100s: listed without a sha256", name);
		if (rc_failed(result = take_artifact(r, p, package, &t, e)))
			return result;
	}
	return result;
}

static rc read_package(const struct repo *r, struct supplier_package *p, const char *package, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	const struct supplier_order where = {.package = package, .role = p->role};
	rc result = package_path(&where, path, e);
	if (rc_ok(result))
		result = file_read(path, TUF_TARGETS_MAX, &p->file, e);
	if (rc_ok(result))
		result = tuf_meta_parse(buf_view(&p->file), TUF_ROLE_TARGETS, &m, e);
	if (rc_ok(result))
		result = tuf_meta_decode(&m, e);
	if (rc_ok(result) && json_object_get(m.body, "delegations"))
		result = err_set(e, ERR_DENIED, "the package delegates further; a supplier's supplier is not accepted");
	return rc_ok(result) ? take_artifacts(r, p, package, m.body, e) : result;
}

rc supplier_open(const struct repo *r, const char *package, const char *role, struct supplier_package **ret,
		 struct err *e)
{
	rc result = check_role(role, e);
	if (rc_failed(result))
		return result;
	struct supplier_package *p = mem_alloc(sizeof *p);
	if (!p)
		return err_set(e, ERR_MEMORY, "package: out of memory");
	buf_init(&p->file, TUF_TARGETS_MAX);
	(void)snprintf(p->role, sizeof p->role, "%s", role);
	result = read_package(r, p, package, e);
	if (rc_failed(result)) {
		supplier_free(p);
		return err_wrap(e, "package %s", package);
	}
	*ret = p;
	return RC_OK;
}

void supplier_free(struct supplier_package *p)
{
	if (!p)
		return;
	buf_done(&p->file);
	mem_free(p);
}

void supplier_join(struct supplier_package *p, struct repo_change *c)
{
	c->artifacts = p->artifacts;
	c->artifacts_n = p->artifacts_n;
	c->supplier = (struct repo_commit_file){p->role, buf_view(&p->file)};
}

rc supplier_accept(struct repo *r, struct supplier_package *p, const struct repo_keys *keys,
		   const struct repo_terms *terms, struct repo_committed *ret, struct err *e)
{
	struct tufrole by;
	if (!tufrole_of(repo_state_body(r, REPO_TARGETS), p->role, &by))
		return err_set(e, ERR_MISSING, "nothing is delegated to \"%.64s\"", p->role);
	const struct repo_commit c = {.artifacts = p->artifacts,
				      .artifacts_n = p->artifacts_n,
				      .files = {{p->role, buf_view(&p->file)}},
				      .files_n = 1,
				      .keys = keys,
				      .terms = *terms};
	return repo_commit(r, &c, ret, e);
}
