/* SPDX-License-Identifier: Apache-2.0 */
/* The repository half of tufsim.h: bodies that tests change, and files that are signed from them. */
#include "tufsim.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/codec/rfc3339.h"
#include "core/trust/tuf_delegation.h"

#define SAFE_DAYS 30

static const char *const top_roles[] = {"root", "timestamp", "snapshot", "targets"};

struct sim_role *sim_role(struct tufsim *s, const char *name)
{
	for (size_t i = 0; i < s->roles_n; i++)
		if (strcmp(s->roles[i].name, name) == 0)
			return &s->roles[i];
	return NULL;
}

json_t *sim_body(struct tufsim *s, const char *name)
{
	struct sim_role *r = sim_role(s, name);
	assert_non_null(r);
	return r->body;
}

json_t *sim_trusted(struct tufsim *s, const char *name)
{
	json_t *role = json_object_get(json_object_get(sim_body(s, "root"), "roles"), name);
	assert_non_null(role);
	return role;
}

static struct sim_role *new_role(struct tufsim *s, const char *name, json_t *take_body)
{
	assert_true(s->roles_n < SIM_ROLES_MAX);
	struct sim_role *r = &s->roles[s->roles_n++];
	*r = (struct sim_role){.body = take_body, .signers = {-1}};
	(void)snprintf(r->name, sizeof r->name, "%s", name);
	return r;
}

void sim_expires(struct tufsim *s, const char *role, int64_t after_s)
{
	char text[RFC3339_TIME_SIZE];
	rfc3339_time((struct wall_time){s->now + after_s}, text);
	(void)json_object_set_new(sim_body(s, role), "expires", json_string(text));
}

int sim_new_key(struct tufsim *s)
{
	assert_true(s->next_key <= P_LAST);
	return s->next_key++;
}

void sim_add_signer(struct tufsim *s, const char *role, int who)
{
	struct sim_role *r = sim_role(s, role);
	int n = 0;
	while (r->signers[n] >= 0)
		n++;
	assert_true(n < SIM_SIGNERS_MAX);
	r->signers[n] = who;
	r->signers[n + 1] = -1;
}

void sim_list_key(struct tufsim *s, const char *role, int who)
{
	json_t *key = NULL;
	MEM_AUTO char *id = tufrepo_keyid(&s->repo, who, &key);
	(void)json_object_set_new(json_object_get(sim_body(s, "root"), "keys"), id, key);
	(void)json_array_append_new(json_object_get(sim_trusted(s, role), "keyids"), json_string(id));
}

void sim_add_key(struct tufsim *s, const char *role, int who)
{
	sim_list_key(s, role, who);
	sim_add_signer(s, role, who);
}

void sim_clear_keys(struct tufsim *s, const char *role)
{
	(void)json_array_clear(json_object_get(sim_trusted(s, role), "keyids"));
	sim_role(s, role)->signers[0] = -1;
}

void sim_rotate(struct tufsim *s, const char *role)
{
	sim_clear_keys(s, role);
	sim_add_key(s, role, sim_new_key(s));
}

void sim_threshold(struct tufsim *s, const char *role, int threshold)
{
	(void)json_object_set_new(sim_trusted(s, role), "threshold", json_integer(threshold));
}

static json_t *new_targets(struct tufsim *s)
{
	char text[RFC3339_TIME_SIZE];
	rfc3339_time((struct wall_time){s->now + (int64_t)SAFE_DAYS * SIM_DAY}, text);
	json_t *body = tufrepo_body("targets", 1, text);
	(void)json_object_set_new(body, "targets", json_object());
	return body;
}

void sim_delegate(struct tufsim *s, const struct sim_delegation *d)
{
	int who = sim_new_key(s);
	struct delegation_spec spec = {
		.name = d->name, .role = {{who}, 1, 1}, .terminating = d->terminating, .take_paths = json_array()};
	for (size_t i = 0; i < ARRAY_LEN(d->paths) && d->paths[i]; i++)
		(void)json_array_append_new(spec.take_paths, json_string(d->paths[i]));
	tufrepo_delegate(&s->repo, sim_body(s, d->from), &spec);
	if (!sim_role(s, d->name))
		(void)new_role(s, d->name, new_targets(s));
	sim_add_signer(s, d->name, who);
}

static struct sim_artifact *find_artifact(struct tufsim *s, const char *path)
{
	for (size_t i = 0; i < s->artifacts_n; i++)
		if (strcmp(s->artifacts[i].path, path) == 0)
			return &s->artifacts[i];
	return NULL;
}

void sim_substitute(struct tufsim *s, const char *path, const char *content)
{
	struct sim_artifact *a = find_artifact(s, path);
	if (!a) {
		assert_true(s->artifacts_n < SIM_ARTIFACTS_MAX);
		a = &s->artifacts[s->artifacts_n++];
		(void)snprintf(a->path, sizeof a->path, "%s", path);
	}
	(void)snprintf(a->content, sizeof a->content, "%s", content);
}

void sim_artifact(struct tufsim *s, const char *role, const char *path, const char *content)
{
	sim_substitute(s, path, content);
	if (role)
		tufrepo_add_target(sim_body(s, role), path, content);
}

/* ---- signing ---- */

static void file_name(const struct sim_role *r, int version, char *ret, size_t size)
{
	char encoded[TUF_ROLE_NAME_MAX];
	struct err e = {0};
	check_ok(tuf_delegation_encode(r->name, encoded, sizeof encoded, &e));
	if (strcmp(r->name, "timestamp") == 0)
		(void)snprintf(ret, size, "timestamp.json");
	else
		(void)snprintf(ret, size, "%d.%s.json", version, encoded);
}

struct buf *sim_last(struct tufsim *s, const char *role)
{
	char name[TUF_FILE_NAME_MAX + 16];
	struct sim_role *r = sim_role(s, role);
	file_name(r, r->served, name, sizeof name);
	struct buf *file = tufrepo_file(&s->repo, name);
	assert_non_null(file);
	return file;
}

/* What the file above says of this one. */
static void list(struct tufsim *s, const struct sim_role *r)
{
	const char *above = strcmp(r->name, "snapshot") == 0 ? "timestamp" : "snapshot";
	char file[96];
	if (strcmp(r->name, "root") == 0 || strcmp(r->name, "timestamp") == 0)
		return;
	(void)snprintf(file, sizeof file, "%s.json", r->name);
	json_int_t version = json_integer_value(json_object_get(r->body, "version"));
	struct buf none = {0};
	json_t *body = tufrepo_list("", 1, LATER, file, version, buf_view(s->hashes ? sim_last(s, r->name) : &none));
	json_t *entry = json_object_get(json_object_get(body, "meta"), file);
	(void)json_object_set(json_object_get(sim_body(s, above), "meta"), file, entry);
	json_decref(body);
}

static void publish_one(struct tufsim *s, const char *role)
{
	char name[TUF_FILE_NAME_MAX + 16];
	struct sim_role *r = sim_role(s, role);
	assert_non_null(r);
	if (r->served > 0) {
		json_int_t v = json_integer_value(json_object_get(r->body, "version"));
		(void)json_object_set_new(r->body, "version", json_integer(v + 1));
	}
	file_name(r, ++r->served, name, sizeof name);
	tufrepo_serve(&s->repo, name, json_deep_copy(r->body), r->signers);
	list(s, r);
}

void sim_publish(struct tufsim *s, const char *first, ...)
{
	va_list ap;
	va_start(ap, first);
	for (const char *role = first; role; role = va_arg(ap, const char *))
		publish_one(s, role);
	va_end(ap);
}

void sim_restart(struct tufsim *s, const char *role)
{
	char name[TUF_FILE_NAME_MAX + 16];
	struct sim_role *r = sim_role(s, role);
	for (; r->served > 0; r->served--) {
		file_name(r, r->served, name, sizeof name);
		tufrepo_withdraw(&s->repo, name);
	}
	(void)json_object_set_new(r->body, "version", json_integer(1));
}

json_t *sim_parse(const struct buf *file)
{
	json_t *doc = json_loadb((const char *)file->data, file->len, 0, NULL);
	assert_non_null(doc);
	return doc;
}

void sim_replace(struct tufsim *s, const char *role, const json_t *doc)
{
	char name[TUF_FILE_NAME_MAX + 16];
	struct sim_role *r = sim_role(s, role);
	char *text = json_dumps(doc, JSON_COMPACT);
	assert_non_null(text);
	file_name(r, r->served, name, sizeof name);
	tufrepo_serve_bytes(&s->repo, name, bytes_of_text(text));
	free(text);
}

/* ---- serving ---- */

static const struct buf *serve_artifact(struct tufsim *s, const char *path, struct buf *scratch)
{
	char plain[200];
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	size_t hash = strspn(file, "0123456789abcdef");
	s->artifact_requests++;
	if ((hash != 64 && hash != 128) || file[hash] != '.')
		return NULL;
	(void)snprintf(plain, sizeof plain, "%.*s%s", (int)(file - path), path, file + hash + 1);
	const struct sim_artifact *a = find_artifact(s, plain);
	if (!a)
		return NULL;
	buf_reset(scratch);
	buf_put_text(scratch, a->content);
	return scratch;
}

const struct buf *sim_serve(struct tufsim *s, const char *path, struct buf *scratch)
{
	if (strncmp(path, "/targets/", 9) == 0)
		return serve_artifact(s, path + 9, scratch);
	size_t n = strlen(path), used = strlen(s->asked);
	if (strncmp(path, "/metadata/", 10) != 0 || n < 15)
		return NULL;
	(void)snprintf(s->asked + used, sizeof s->asked - used, "%s%.*s", used ? " " : "", (int)(n - 15), path + 10);
	return tufrepo_file(&s->repo, path + 10);
}

/* ---- the whole ---- */

static void make_top_roles(struct tufsim *s)
{
	for (size_t i = 0; i < ARRAY_LEN(top_roles); i++) {
		json_t *body = tufrepo_body(top_roles[i], 1, LATER);
		(void)new_role(s, top_roles[i], body);
		sim_expires(s, top_roles[i], (int64_t)SAFE_DAYS * SIM_DAY);
	}
	json_t *root = sim_body(s, "root");
	(void)json_object_set_new(root, "consistent_snapshot", json_true());
	(void)json_object_set_new(root, "keys", json_object());
	(void)json_object_set_new(root, "roles", json_object());
	(void)json_object_set_new(sim_body(s, "targets"), "targets", json_object());
	(void)json_object_set_new(sim_body(s, "snapshot"), "meta", json_object());
	(void)json_object_set_new(sim_body(s, "timestamp"), "meta", json_object());
	for (size_t i = 0; i < ARRAY_LEN(top_roles); i++) {
		(void)json_object_set_new(json_object_get(root, "roles"), top_roles[i],
					  json_pack("{s:[], s:i}", "keyids", "threshold", 1));
		sim_add_key(s, top_roles[i], sim_new_key(s));
	}
}

void sim_init(struct tufsim *s, const char *program)
{
	memset(s, 0, sizeof *s);
	tufrepo_init(&s->repo);
	s->program = program;
	s->next_key = P0;
	s->now = program ? (int64_t)time(NULL) : NOW.s;
	s->listener = -1;
	if (program)
		s->scratch = scratch_new();
	make_top_roles(s);
	sim_publish(s, "targets", "snapshot", "timestamp", "root", NULL);
}

void sim_done(struct tufsim *s)
{
	for (size_t i = 0; i < s->roles_n; i++)
		json_decref(s->roles[i].body);
	tufrepo_done(&s->repo);
	if (s->program)
		scratch_done(&s->scratch);
	if (s->listener >= 0)
		(void)close(s->listener);
}
