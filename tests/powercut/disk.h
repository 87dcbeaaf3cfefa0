/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk with a volatile cache, and what may be left of it when power fails. What programs see changes at once; what is
 * on the medium changes by fsync alone. Everything since is a list of pending operations, each of which may or may not
 * have happened when power fails: one 512-byte sector, one file size, one name. docs/power-cuts.md states the model.
 */
#ifndef HALLMARK_TESTS_POWERCUT_DISK_H
#define HALLMARK_TESTS_POWERCUT_DISK_H

#include <stdbool.h>

#include "core/base/bytes.h"

#define DISK_SECTOR 512
#define DISK_NAME_SIZE 64
#define DISK_ROOT 0
#define DISK_NONE (-1)

enum disk_op_kind {
	DISK_DATA,   /* a sector of a file */
	DISK_SIZE,   /* its size */
	DISK_LINK,   /* a name appears */
	DISK_UNLINK, /* a name goes */
	DISK_RENAME, /* one name goes, another appears or leads elsewhere */
};

struct disk_op {
	enum disk_op_kind kind;
	int node;   /* DATA, SIZE: the file; else: the folder */
	int target; /* LINK, RENAME: what the name leads to */
	char name[DISK_NAME_SIZE], to[DISK_NAME_SIZE];
	uint64_t at; /* DATA: of the sector; SIZE: the new one */
	uint8_t sector[DISK_SECTOR];
};

struct disk_node {
	bool dir;
	unsigned mode;
	struct disk_bytes {
		uint8_t *p;
		size_t n, room;
	} now, kept;   /* as programs see it; on the medium */
	uint8_t *have; /* of each sector of `kept`: was it ever written? */
};

struct disk_entry {
	int dir, node;
	char name[DISK_NAME_SIZE];
};

struct disk_names {
	struct disk_entry *list;
	size_t n, room;
};

struct disk {
	struct disk_node *nodes;
	size_t nodes_n, nodes_room;
	struct disk_names now, kept;
	struct disk_op *ops;
	size_t ops_n, ops_room;
	int fat; /* the folder whose renames are not one step; DISK_NONE: there is none */
	void (*changed)(void *ctx, const char *what); /* after every change and every sync; NULL: nobody looks */
	void *ctx;
	uint64_t changes;
};

struct disk *disk_new(void); /* an empty root folder */
void disk_free(struct disk *d);

/* ---- as programs see it ---- */

/* Node of a path below the root ("." is the root itself); DISK_NONE if there is none. */
int disk_find(const struct disk *d, const char *path);
/* The folder that a path's last name is in (DISK_NONE if there is none), and that name. */
int disk_parent(const struct disk *d, const char *path, char ret_name[DISK_NAME_SIZE]);
struct bytes disk_content(const struct disk *d, int node);

int disk_make(struct disk *d, const char *path, bool dir, unsigned mode); /* DISK_NONE: its folder is missing */
void disk_write(struct disk *d, int node, uint64_t at, struct bytes content);
void disk_resize(struct disk *d, int node, uint64_t size);
bool disk_rename(struct disk *d, const char *from, const char *to); /* within one folder */
bool disk_link(struct disk *d, const char *from, const char *to);
bool disk_unlink(struct disk *d, const char *path);
void disk_sync(struct disk *d, int node); /* a file: its sectors and size; a folder: its names */

/* Everything, at once: for the state before a test. */
void disk_put(struct disk *d, const char *path, struct bytes content);
void disk_sync_all(struct disk *d);

/* ---- when power fails ---- */

enum disk_fate {
	DISK_LOST,
	DISK_DONE,
	DISK_NEITHER, /* of a rename in a folder of FAT: the old name is gone, and the new one not there yet */
	DISK_HALF,    /* of a rename: the new name is there, and the old one still too; of a sector: its first half */
};

/* What the medium holds if each pending operation had this fate. Sectors never written read as `fill`. */
struct disk *disk_crash(const struct disk *d, const uint8_t *fate, uint8_t fill);

/* Equal for equal names, modes and contents. */
uint64_t disk_hash(const struct disk *d);

/* Calls `each` for every file, with its path. */
void disk_each(const struct disk *d, void (*each)(void *ctx, const char *path, struct bytes content), void *ctx);

#endif
