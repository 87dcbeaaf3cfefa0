/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder and the states that it can make of what it recorded. */
#include "host/boot_cut.h"

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPS_MAX 64
#define FILES_MAX 64
#define OPEN_MAX 8 /* operations that are not durable at one time */
#define SECTOR 512
#define ODD 37 /* bytes of a write torn within a sector */

enum kind { WRITE, FSYNC, RENAME, UNLINK, LINK };

struct op {
	enum kind kind;
	char path[300], to[300];
	size_t at, n;
	uint8_t *data;
};

struct file {
	char path[300];
	uint8_t *data;
	size_t n;
	bool gone;
};

struct disk {
	struct file list[FILES_MAX];
	size_t n;
};

static struct {
	char dir[200];
	bool on;
	struct op ops[OPS_MAX];
	size_t n;
	struct disk before;
	bool complete;
} rec;

/* ---- recording ---- */

static struct op *note(enum kind kind, const char *path)
{
	size_t n = strlen(rec.dir);
	if (!rec.on || strncmp(path, rec.dir, n) != 0 || (path[n] != '/' && path[n] != 0))
		return NULL;
	assert_true(rec.n < OPS_MAX);
	struct op *o = &rec.ops[rec.n++];
	*o = (struct op){.kind = kind};
	(void)snprintf(o->path, sizeof o->path, "%s", path);
	return o;
}

static void note_write(int fd, const void *p, size_t n, size_t at)
{
	char link[64], path[300] = "";
	if (!rec.on)
		return;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof path - 1);
	path[len > 0 ? len : 0] = 0;
	struct op *o = note(p ? WRITE : FSYNC, path);
	if (!o || !p)
		return;
	o->data = malloc(n);
	assert_non_null(o->data);
	memcpy(o->data, p, n);
	o->n = n;
	o->at = at;
}

#define REAL(name) __asm__(name)

ssize_t cut_write(int fd, const void *p, size_t n) REAL("write");
ssize_t cut_write(int fd, const void *p, size_t n)
{
	if (rec.on)
		note_write(fd, p, n, (size_t)lseek(fd, 0, SEEK_CUR));
	return syscall(SYS_write, fd, p, n);
}

ssize_t cut_pwrite(int fd, const void *p, size_t n, off_t at) REAL("pwrite64");
ssize_t cut_pwrite(int fd, const void *p, size_t n, off_t at)
{
	note_write(fd, p, n, (size_t)at);
	return syscall(SYS_pwrite64, fd, p, n, at);
}

int cut_fsync(int fd) REAL("fsync");
int cut_fsync(int fd)
{
	note_write(fd, NULL, 0, 0);
	return 0; /* the power that fails here is a played one */
}

int cut_rename(const char *from, const char *to) REAL("rename");
int cut_rename(const char *from, const char *to)
{
	struct op *o = note(RENAME, from);
	if (o)
		(void)snprintf(o->to, sizeof o->to, "%s", to);
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int cut_unlink(const char *path) REAL("unlink");
int cut_unlink(const char *path)
{
	(void)note(UNLINK, path);
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int cut_link(const char *from, const char *to) REAL("link");
int cut_link(const char *from, const char *to)
{
	struct op *o = note(LINK, from);
	if (o)
		(void)snprintf(o->to, sizeof o->to, "%s", to);
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* ---- a disk in memory ---- */

static struct file *find(struct disk *d, const char *path, bool make)
{
	for (size_t i = 0; i < d->n; i++)
		if (!d->list[i].gone && strcmp(d->list[i].path, path) == 0)
			return &d->list[i];
	if (!make)
		return NULL;
	assert_true(d->n < FILES_MAX);
	struct file *f = &d->list[d->n++];
	*f = (struct file){0};
	(void)snprintf(f->path, sizeof f->path, "%s", path);
	return f;
}

static void put(struct file *f, size_t at, const uint8_t *p, size_t n)
{
	if (at + n > f->n) {
		f->data = realloc(f->data, at + n);
		assert_non_null(f->data);
		memset(f->data + f->n, 0, at + n - f->n);
		f->n = at + n;
	}
	if (n)
		memcpy(f->data + at, p, n);
}

static void disk_free(struct disk *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->list[i].data);
	*d = (struct disk){0};
}

static void disk_copy(struct disk *to, const struct disk *from)
{
	*to = (struct disk){0};
	for (size_t i = 0; i < from->n; i++)
		put(find(to, from->list[i].path, true), 0, from->list[i].data, from->list[i].n);
}

/* Reads (`d`) or empties (NULL) the folder. */
static void walk(const char *dir, struct disk *d)
{
	static uint8_t room[1 << 16];
	DIR *list = opendir(dir);
	assert_non_null(list);
	for (const struct dirent *e; (e = readdir(list));) {
		char path[300];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%.150s/%.100s", dir, e->d_name);
		struct stat st;
		assert_int_equal(lstat(path, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			walk(path, d);
		} else if (!d) {
			assert_int_equal(syscall(SYS_unlinkat, AT_FDCWD, path, 0), 0);
		} else {
			int fd = open(path, O_RDONLY);
			ssize_t n = read(fd, room, sizeof room);
			(void)close(fd);
			assert_true(n >= 0);
			put(find(d, path, true), 0, room, (size_t)n);
		}
	}
	(void)closedir(list);
}

static void disk_store(const struct disk *d)
{
	walk(rec.dir, NULL);
	for (size_t i = 0; i < d->n; i++) {
		const struct file *f = &d->list[i];
		if (f->gone)
			continue;
		int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		assert_true(fd >= 0);
		assert_int_equal(syscall(SYS_write, fd, f->data, f->n), f->n);
		(void)close(fd);
	}
}

void boot_cut_begin(const char *dir)
{
	boot_cut_end();
	for (size_t i = 0; i < rec.n; i++)
		free(rec.ops[i].data);
	disk_free(&rec.before);
	(void)snprintf(rec.dir, sizeof rec.dir, "%s", dir);
	walk(dir, &rec.before);
	rec.n = 0;
	rec.on = true;
}

void boot_cut_end(void)
{
	rec.on = false;
}

/* ---- what a cut leaves ---- */

enum tear { WHOLE, FIRST_SECTORS, LAST_SECTOR, ODD_BYTES, BOTH_NAMES, NO_NAME, TEARS };

static void apply_write(struct disk *d, const struct op *o, enum tear t)
{
	struct file *f = find(d, o->path, true);
	size_t sectors = (o->n + SECTOR - 1) / SECTOR, half = sectors / 2 * SECTOR;
	if (t == FIRST_SECTORS)
		put(f, o->at, o->data, half);
	else if (t == LAST_SECTOR && sectors > 1)
		put(f, o->at + (sectors - 1) * SECTOR, o->data + (sectors - 1) * SECTOR, o->n - (sectors - 1) * SECTOR);
	else if (t == ODD_BYTES)
		put(f, o->at, o->data, o->n < ODD ? o->n / 2 : ODD);
	else if (t != LAST_SECTOR)
		put(f, o->at, o->data, o->n);
}

static void apply_name(struct disk *d, const struct op *o, enum tear t)
{
	struct file *from = find(d, o->path, o->kind != UNLINK);
	if (o->kind == UNLINK) {
		if (from)
			from->gone = true;
		return;
	}
	struct file *old = find(d, o->to, false);
	if (old && o->kind == LINK)
		return;
	if (old)
		old->gone = true;
	if (t != NO_NAME) {
		struct file *to = find(d, o->to, true);
		from = find(d, o->path, true);
		put(to, 0, from->data, from->n);
	}
	if (o->kind == RENAME && t != BOTH_NAMES)
		from->gone = true;
}

static bool is_parent(const char *dir, const char *path)
{
	size_t n = strlen(dir);
	return strncmp(path, dir, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

static bool durable(size_t i, size_t k, bool no_fsync)
{
	const struct op *o = &rec.ops[i];
	for (size_t j = i + 1; j < k && !no_fsync; j++) {
		const struct op *s = &rec.ops[j];
		if (s->kind != FSYNC)
			continue;
		if (o->kind == WRITE ? strcmp(s->path, o->path) == 0 : is_parent(s->path, o->path))
			return true;
	}
	return false;
}

/* The first k operations were begun; of those not durable, `chosen` reached the disk, the last of them torn. */
static void make_state(struct disk *d, size_t k, const size_t *open_ops, size_t open_n, unsigned chosen, enum tear t)
{
	size_t next = 0;
	disk_copy(d, &rec.before);
	for (size_t i = 0; i < k; i++) {
		const struct op *o = &rec.ops[i];
		enum tear how = WHOLE;
		if (next < open_n && open_ops[next] == i) {
			if (!(chosen & 1u << next++))
				continue;
			if (!(chosen >> next)) /* the last one */
				how = t;
		}
		if (o->kind == WRITE)
			apply_write(d, o, how);
		else if (o->kind != FSYNC)
			apply_name(d, o, how);
	}
}

static bool tear_applies(const struct boot_cut_options *o, const struct op *last, enum tear t)
{
	if (t == WHOLE)
		return true;
	if (!last)
		return false;
	if (last->kind == WRITE)
		return t == FIRST_SECTORS || t == LAST_SECTOR || (t == ODD_BYTES && o->bytes);
	return last->kind == RENAME && o->fat && (t == BOTH_NAMES || t == NO_NAME);
}

static size_t collect_open(const struct boot_cut_options *o, size_t k, size_t open_ops[OPEN_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < k; i++) {
		if (rec.ops[i].kind == FSYNC || durable(i, k, o->no_fsync))
			continue;
		assert_true(n < OPEN_MAX);
		open_ops[n++] = i;
	}
	return n;
}

bool boot_cut_complete(void)
{
	return rec.complete;
}

size_t boot_cut_each(const struct boot_cut_options *o, const char *(*check)(void *ctx), void *ctx,
		     const char **ret_wrong)
{
	size_t states = 0;
	*ret_wrong = NULL;
	for (size_t k = 0; k <= rec.n; k++) {
		size_t open_ops[OPEN_MAX], n = collect_open(o, k, open_ops);
		for (unsigned chosen = 0; chosen < 1u << n; chosen++) {
			const struct op *last = NULL;
			for (size_t i = 0; i < n; i++)
				if (chosen & 1u << i)
					last = &rec.ops[open_ops[i]];
			for (enum tear t = WHOLE; t < TEARS; t++) {
				struct disk d;
				if (!tear_applies(o, last, t))
					continue;
				make_state(&d, k, open_ops, n, chosen, t);
				disk_store(&d);
				disk_free(&d);
				rec.complete = k == rec.n && chosen == 0;
				const char *wrong = check(ctx);
				states++;
				if (wrong && !*ret_wrong)
					*ret_wrong = wrong;
			}
		}
	}
	disk_store(&rec.before);
	return states;
}
