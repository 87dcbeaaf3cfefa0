/* SPDX-License-Identifier: Apache-2.0 */
/* The model of a disk: two views of each file and of all names, and the operations that lie between them. */
#include "disk.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH_SIZE 512

static void *more(void *old, size_t size)
{
	void *p = realloc(old, size);
	if (!p)
		abort();
	return p;
}

/* Zeros behind what was there. */
static void *grow(void *old, size_t *room, size_t want, size_t size)
{
	if (want <= *room)
		return old;
	size_t next = want < 8 ? 8 : want * 2;
	uint8_t *p = more(old, next * size);
	memset(p + *room * size, 0, (next - *room) * size);
	*room = next;
	return p;
}

static int node_new(struct disk *d, bool dir, unsigned mode)
{
	d->nodes = grow(d->nodes, &d->nodes_room, d->nodes_n + 1, sizeof *d->nodes);
	d->nodes[d->nodes_n] = (struct disk_node){.dir = dir, .mode = mode};
	return (int)d->nodes_n++;
}

struct disk *disk_new(void)
{
	struct disk *d = more(NULL, sizeof *d);
	*d = (struct disk){.fat = DISK_NONE};
	(void)node_new(d, true, 0755);
	return d;
}

void disk_free(struct disk *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->nodes_n; i++) {
		free(d->nodes[i].now.p);
		free(d->nodes[i].kept.p);
		free(d->nodes[i].have);
	}
	free(d->nodes);
	free(d->now.list);
	free(d->kept.list);
	free(d->ops);
	free(d);
}

/* ---- names ---- */

static struct disk_entry *entry_of(const struct disk_names *names, int dir, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->list[i].dir == dir && strcmp(names->list[i].name, name) == 0)
			return &names->list[i];
	return NULL;
}

static void names_set(struct disk_names *names, int dir, const char *name, int node)
{
	struct disk_entry *at = entry_of(names, dir, name);
	if (!at) {
		names->list = grow(names->list, &names->room, names->n + 1, sizeof *names->list);
		at = &names->list[names->n++];
		at->dir = dir;
		(void)snprintf(at->name, sizeof at->name, "%s", name);
	}
	at->node = node;
}

static void names_remove(struct disk_names *names, int dir, const char *name)
{
	struct disk_entry *at = entry_of(names, dir, name);
	if (at)
		*at = names->list[--names->n];
}

static void names_copy(struct disk_names *to, const struct disk_names *from)
{
	to->list = grow(to->list, &to->room, from->n, sizeof *to->list);
	if (from->n)
		memcpy(to->list, from->list, from->n * sizeof *to->list);
	to->n = from->n;
}

static int above(const struct disk *d, int dir)
{
	for (size_t i = 0; i < d->now.n; i++)
		if (d->now.list[i].node == dir)
			return d->now.list[i].dir;
	return DISK_ROOT;
}

int disk_parent(const struct disk *d, const char *path, char ret_name[DISK_NAME_SIZE])
{
	int dir = DISK_ROOT;
	for (;;) {
		while (*path == '/')
			path++;
		size_t n = strcspn(path, "/");
		if (n >= DISK_NAME_SIZE)
			return DISK_NONE;
		memcpy(ret_name, path, n);
		ret_name[n] = 0;
		path += n;
		if (!*path)
			return dir;
		if (strcmp(ret_name, ".") == 0)
			continue;
		if (strcmp(ret_name, "..") == 0) {
			dir = above(d, dir);
			continue;
		}
		const struct disk_entry *e = entry_of(&d->now, dir, ret_name);
		if (!e || !d->nodes[e->node].dir)
			return DISK_NONE;
		dir = e->node;
	}
}

int disk_find(const struct disk *d, const char *path)
{
	char name[DISK_NAME_SIZE];
	int dir = disk_parent(d, path, name);
	if (dir == DISK_NONE || !*name || strcmp(name, ".") == 0)
		return dir;
	const struct disk_entry *e = entry_of(&d->now, dir, name);
	return e ? e->node : DISK_NONE;
}

struct bytes disk_content(const struct disk *d, int node)
{
	return bytes_of(d->nodes[node].now.p, d->nodes[node].now.n);
}

/* ---- changes ---- */

static struct disk_op *op_new(struct disk *d, enum disk_op_kind kind, int node)
{
	d->ops = grow(d->ops, &d->ops_room, d->ops_n + 1, sizeof *d->ops);
	struct disk_op *op = &d->ops[d->ops_n++];
	*op = (struct disk_op){.kind = kind, .node = node, .target = DISK_NONE};
	return op;
}

static void tell(struct disk *d, const char *verb, const char *what)
{
	char text[PATH_SIZE + 32];
	d->changes++;
	if (!d->changed)
		return;
	(void)snprintf(text, sizeof text, "%s %s", verb, what);
	d->changed(d->ctx, text);
}

/* Name of a node, for people. */
static const char *called(const struct disk *d, int node)
{
	for (size_t i = 0; i < d->now.n; i++)
		if (d->now.list[i].node == node)
			return d->now.list[i].name;
	return node == DISK_ROOT ? "." : "?";
}

int disk_make(struct disk *d, const char *path, bool dir, unsigned mode)
{
	char name[DISK_NAME_SIZE];
	int in = disk_parent(d, path, name);
	if (in == DISK_NONE)
		return DISK_NONE;
	int node = node_new(d, dir, mode);
	names_set(&d->now, in, name, node);
	struct disk_op *op = op_new(d, DISK_LINK, in);
	op->target = node;
	memcpy(op->name, name, sizeof name);
	tell(d, dir ? "mkdir" : "create", path);
	return node;
}

static void set_size(struct disk_bytes *b, size_t n)
{
	b->p = grow(b->p, &b->room, n, 1);
	if (n < b->n)
		memset(b->p + n, 0, b->n - n);
	b->n = n;
}

void disk_write(struct disk *d, int node, uint64_t at, struct bytes content)
{
	struct disk_bytes *b = &d->nodes[node].now;
	size_t end = (size_t)at + content.n, was = b->n;
	if (end > b->n)
		set_size(b, end);
	memcpy(b->p + at, content.p, content.n);
	for (uint64_t s = at / DISK_SECTOR * DISK_SECTOR; s < end; s += DISK_SECTOR) {
		struct disk_op *op = op_new(d, DISK_DATA, node);
		op->at = s;
		memcpy(op->sector, b->p + s, b->n - s < DISK_SECTOR ? (size_t)(b->n - s) : DISK_SECTOR);
	}
	if (b->n != was)
		op_new(d, DISK_SIZE, node)->at = b->n;
	tell(d, "write", called(d, node));
}

void disk_resize(struct disk *d, int node, uint64_t size)
{
	set_size(&d->nodes[node].now, (size_t)size);
	op_new(d, DISK_SIZE, node)->at = size;
	tell(d, "resize", called(d, node));
}

bool disk_rename(struct disk *d, const char *from, const char *to)
{
	char name[DISK_NAME_SIZE], next[DISK_NAME_SIZE];
	int dir = disk_parent(d, from, name), other = disk_parent(d, to, next);
	const struct disk_entry *e = dir == DISK_NONE ? NULL : entry_of(&d->now, dir, name);
	if (!e || dir != other) /* between folders there would be two of them to sync: nobody does that here */
		return false;
	int node = e->node;
	names_remove(&d->now, dir, name);
	names_set(&d->now, dir, next, node);
	struct disk_op *op = op_new(d, DISK_RENAME, dir);
	op->target = node;
	memcpy(op->name, name, sizeof name);
	memcpy(op->to, next, sizeof next);
	tell(d, "rename to", to);
	return true;
}

bool disk_link(struct disk *d, const char *from, const char *to)
{
	char name[DISK_NAME_SIZE];
	int node = disk_find(d, from), dir = disk_parent(d, to, name);
	if (node == DISK_NONE || dir == DISK_NONE || entry_of(&d->now, dir, name))
		return false;
	names_set(&d->now, dir, name, node);
	struct disk_op *op = op_new(d, DISK_LINK, dir);
	op->target = node;
	memcpy(op->name, name, sizeof name);
	tell(d, "link", to);
	return true;
}

bool disk_unlink(struct disk *d, const char *path)
{
	char name[DISK_NAME_SIZE];
	int dir = disk_parent(d, path, name);
	if (dir == DISK_NONE || !entry_of(&d->now, dir, name))
		return false;
	names_remove(&d->now, dir, name);
	memcpy(op_new(d, DISK_UNLINK, dir)->name, name, sizeof name);
	tell(d, "unlink", path);
	return true;
}

/* ---- the medium ---- */

static void keep_size(struct disk_node *k, size_t size)
{
	size_t old = (k->kept.n + DISK_SECTOR - 1) / DISK_SECTOR, sectors = (size + DISK_SECTOR - 1) / DISK_SECTOR;
	for (size_t s = sectors; s < old; s++)
		k->have[s] = 0;
	k->kept.n = size;
}

/* Room for this many bytes, and a mark for each sector of them. */
static void keep_room(struct disk_node *k, size_t bytes)
{
	size_t was = k->kept.room / DISK_SECTOR;
	size_t sectors = (bytes + DISK_SECTOR - 1) / DISK_SECTOR;
	if (sectors <= was)
		return;
	k->kept.p = more(k->kept.p, sectors * DISK_SECTOR);
	k->have = more(k->have, sectors);
	memset(k->kept.p + was * DISK_SECTOR, 0, (sectors - was) * DISK_SECTOR);
	memset(k->have + was, 0, sectors - was);
	k->kept.room = sectors * DISK_SECTOR;
}

static void keep_content(struct disk_node *k, const struct disk_op *op, bool half)
{
	if (op->kind == DISK_DATA) {
		keep_room(k, (size_t)op->at + DISK_SECTOR);
		memcpy(k->kept.p + op->at, op->sector, half ? DISK_SECTOR / 2 : DISK_SECTOR);
		k->have[op->at / DISK_SECTOR] = 1;
	} else {
		keep_room(k, (size_t)op->at);
		keep_size(k, (size_t)op->at);
	}
}

static bool about_names(const struct disk_op *op)
{
	return op->kind == DISK_LINK || op->kind == DISK_UNLINK || op->kind == DISK_RENAME;
}

static void keep_name(struct disk_names *names, const struct disk_op *op, enum disk_fate fate)
{
	if (op->kind == DISK_LINK)
		names_set(names, op->node, op->name, op->target);
	else if (op->kind == DISK_UNLINK)
		names_remove(names, op->node, op->name);
	else if (fate == DISK_NEITHER) {
		names_remove(names, op->node, op->name);
		names_remove(names, op->node, op->to);
	} else {
		names_set(names, op->node, op->to, op->target);
		if (fate == DISK_HALF)
			names_set(names, op->node, op->name, op->target);
		else
			names_remove(names, op->node, op->name);
	}
}

void disk_sync(struct disk *d, int node)
{
	size_t left = 0;
	for (size_t i = 0; i < d->ops_n; i++) {
		struct disk_op *op = &d->ops[i];
		if (op->node != node) {
			if (left != i)
				d->ops[left] = *op;
			left++;
		} else if (about_names(op)) {
			keep_name(&d->kept, op, DISK_DONE);
		} else {
			keep_content(&d->nodes[node], op, false);
		}
	}
	d->ops_n = left;
	tell(d, "fsync", called(d, node));
}

void disk_sync_all(struct disk *d)
{
	for (size_t i = 0; i < d->nodes_n; i++)
		disk_sync(d, (int)i);
}

void disk_put(struct disk *d, const char *path, struct bytes content)
{
	int node = disk_find(d, path);
	if (node == DISK_NONE)
		node = disk_make(d, path, false, 0600);
	disk_resize(d, node, 0);
	disk_write(d, node, 0, content);
	disk_sync_all(d);
}

/* ---- when power fails ---- */

/* Marks what can be reached from the root; names of folders that cannot are gone with them. */
static void reach(const struct disk_names *names, uint8_t *reached)
{
	reached[DISK_ROOT] = 1;
	for (bool found = true; found;) {
		found = false;
		for (size_t i = 0; i < names->n; i++) {
			const struct disk_entry *e = &names->list[i];
			if (reached[e->dir] && !reached[e->node])
				reached[e->node] = found = true;
		}
	}
}

static void copy_kept(struct disk_node *to, const struct disk_node *from)
{
	*to = (struct disk_node){.dir = from->dir, .mode = from->mode};
	if (from->kept.room) {
		keep_room(to, from->kept.room);
		memcpy(to->kept.p, from->kept.p, from->kept.room);
		memcpy(to->have, from->have, from->kept.room / DISK_SECTOR);
	}
	to->kept.n = from->kept.n;
}

/* What is read back is what is on the medium from now on, whatever was never written included. */
static void read_back(struct disk_node *k, uint8_t fill)
{
	for (size_t s = 0; s * DISK_SECTOR < k->kept.n; s++) {
		if (!k->have[s])
			memset(k->kept.p + s * DISK_SECTOR, fill, DISK_SECTOR);
		k->have[s] = 1;
	}
	for (size_t s = (k->kept.n + DISK_SECTOR - 1) / DISK_SECTOR; s * DISK_SECTOR < k->kept.room; s++)
		k->have[s] = 0;
	if (k->kept.n) {
		set_size(&k->now, k->kept.n);
		memcpy(k->now.p, k->kept.p, k->kept.n);
	}
}

struct disk *disk_crash(const struct disk *d, const uint8_t *fate, uint8_t fill)
{
	struct disk *c = disk_new();
	struct disk_names names = {0};
	uint8_t *reached = NULL;
	int *place = more(NULL, d->nodes_n * sizeof *place);
	size_t room = 0;
	names_copy(&names, &d->kept);
	for (size_t i = 0; i < d->ops_n; i++)
		if (fate[i] && about_names(&d->ops[i]))
			keep_name(&names, &d->ops[i], (enum disk_fate)fate[i]);
	reached = grow(NULL, &room, d->nodes_n, 1);
	reach(&names, reached);
	for (size_t i = 0; i < d->nodes_n; i++) {
		place[i] = DISK_NONE;
		if (!reached[i])
			continue;
		place[i] = i == DISK_ROOT ? DISK_ROOT : node_new(c, d->nodes[i].dir, 0);
		copy_kept(&c->nodes[place[i]], &d->nodes[i]);
	}
	for (size_t i = 0; i < d->ops_n; i++)
		if (fate[i] && !about_names(&d->ops[i]) && place[d->ops[i].node] != DISK_NONE)
			keep_content(&c->nodes[place[d->ops[i].node]], &d->ops[i], fate[i] == DISK_HALF);
	c->fat = d->fat == DISK_NONE ? DISK_NONE : place[d->fat];
	for (size_t i = 0; i < c->nodes_n; i++)
		read_back(&c->nodes[i], fill);
	for (size_t i = 0; i < names.n; i++)
		if (reached[names.list[i].dir])
			names_set(&c->now, place[names.list[i].dir], names.list[i].name, place[names.list[i].node]);
	names_copy(&c->kept, &c->now);
	free(names.list);
	free(reached);
	free(place);
	return c;
}

/* ---- looking at it ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t hash_bytes(uint64_t h, struct bytes b)
{
	uint64_t v;
	size_t i = 0;
	for (; i + sizeof v <= b.n; i += sizeof v) {
		memcpy(&v, b.p + i, sizeof v);
		h = mix(h, v);
	}
	v = 0;
	if (i < b.n)
		memcpy(&v, b.p + i, b.n - i);
	return mix(mix(h, v), b.n);
}

static void path_of(const struct disk *d, const struct disk_entry *e, char ret[PATH_SIZE])
{
	if (e->dir == DISK_ROOT) {
		(void)snprintf(ret, PATH_SIZE, "%s", e->name);
		return;
	}
	for (size_t i = 0; i < d->now.n; i++) {
		if (d->now.list[i].node != e->dir)
			continue;
		char dir[PATH_SIZE];
		path_of(d, &d->now.list[i], dir);
		(void)snprintf(ret, PATH_SIZE, "%.400s/%s", dir, e->name);
		return;
	}
	(void)snprintf(ret, PATH_SIZE, "?/%s", e->name);
}

uint64_t disk_hash(const struct disk *d)
{
	uint64_t sum = 0; /* of hashes: the order of names means nothing */
	for (size_t i = 0; i < d->now.n; i++) {
		char path[PATH_SIZE];
		const struct disk_node *k = &d->nodes[d->now.list[i].node];
		path_of(d, &d->now.list[i], path);
		uint64_t h = hash_bytes(k->dir ? 1 : 2, bytes_of_text(path));
		sum += mix(hash_bytes(h, bytes_of(k->now.p, k->now.n)), k->mode);
	}
	return sum;
}

void disk_each(const struct disk *d, void (*each)(void *ctx, const char *path, struct bytes content), void *ctx)
{
	for (size_t i = 0; i < d->now.n; i++) {
		char path[PATH_SIZE];
		if (d->nodes[d->now.list[i].node].dir)
			continue;
		path_of(d, &d->now.list[i], path);
		each(ctx, path, disk_content(d, d->now.list[i].node));
	}
}
