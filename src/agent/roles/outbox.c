/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox folder and its two decisions (what to send next, what to drop). Run by the engine. */
#include "agent/roles/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/model/statement.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define NAME_DIGITS 16
#define NAME_SIZE (NAME_DIGITS + sizeof ".json")
#define FILES_MAX (4 * OUTBOX_MAX)

static const struct {
	const char *name, *type;
} kinds[OUTBOX_KIND_COUNT] = {
	[OUTBOX_STATEMENT] = {"statements", STATEMENT_TYPE_BOOT},
	[OUTBOX_ALERT] = {"alerts", STATEMENT_TYPE_ALERT},
	[OUTBOX_EVIDENCE] = {"evidence", STATEMENT_TYPE_EVIDENCE},
	[OUTBOX_RECEIPT] = {"receipts", STATEMENT_TYPE_RECEIPT},
};

const char *outbox_kind_name(enum outbox_kind kind)
{
	return kind < OUTBOX_KIND_COUNT ? kinds[kind].name : "";
}

enum outbox_kind outbox_kind_of(const char *name)
{
	int i = 0;
	while (i < OUTBOX_KIND_COUNT && strcmp(name, kinds[i].name) != 0)
		i++;
	return (enum outbox_kind)i;
}

size_t outbox_victim(const struct outbox_entry *entries, size_t n)
{
	static const enum outbox_kind order[] = {OUTBOX_EVIDENCE, OUTBOX_ALERT, OUTBOX_STATEMENT};
	size_t newest_statement = n;
	for (size_t i = 0; i < n; i++)
		if (entries[i].kind == OUTBOX_STATEMENT)
			newest_statement = i;
	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < n; i++)
			if (entries[i].kind == order[k] && i != newest_statement)
				return i;
	return n;
}

size_t outbox_next(const struct outbox_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (entries[i].kind == OUTBOX_ALERT)
			return i;
	return 0;
}

static rc entry_path(const struct outbox *o, uint64_t seq, char ret[FILE_PATH_MAX], struct err *e)
{
	char name[NAME_SIZE + 8];
	(void)snprintf(name, sizeof name, "%016" PRIu64 ".json", seq);
	return file_path(ret, e, o->dir, name);
}

static bool seq_of(const char *name, uint64_t *ret)
{
	if (strlen(name) != NAME_SIZE - 1 || strspn(name, "0123456789") != NAME_DIGITS ||
	    strcmp(name + NAME_DIGITS, ".json") != 0)
		return false;
	*ret = strtoull(name, NULL, 10);
	return true;
}

static enum outbox_kind kind_in(const char *path)
{
	CLEANUP(buf_done) struct buf text;
	char keyid[2 * SHA256_SIZE + 1], type[ENVELOPE_TYPE_MAX + 1];
	int i = 0;
	buf_init(&text, ENVELOPE_MAX + 1);
	if (rc_failed(file_read(path, ENVELOPE_MAX, &text, NULL)) ||
	    rc_failed(envelope_claims(buf_view(&text), keyid, type, NULL)))
		return OUTBOX_KIND_COUNT;
	while (i < OUTBOX_KIND_COUNT && strcmp(type, kinds[i].type) != 0)
		i++;
	return (enum outbox_kind)i;
}

/* One file of the folder: ours, or to be cleared away (a half-written one after a power cut, for example). */
static rc take_file(struct outbox *o, const char *name, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct outbox_entry entry = {0};
	rc r = file_path(path, e, o->dir, name);
	if (rc_failed(r))
		return r;
	bool ours = seq_of(name, &entry.seq) && (entry.kind = kind_in(path)) < OUTBOX_KIND_COUNT;
	if (!ours || o->n == OUTBOX_MAX)
		return file_remove(path, e);
	o->entries[o->n++] = entry;
	o->last = entry.seq;
	return RC_OK;
}

rc outbox_open(struct outbox *ret, const char *dir, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	*ret = (struct outbox){0};
	if (snprintf(ret->dir, sizeof ret->dir, "%s", dir) >= (int)sizeof ret->dir)
		return err_set(e, ERR_LIMIT, "outbox: its path is too long");
	rc r = file_make_dir(dir, 0700, e);
	if (rc_ok(r))
		r = file_list_dir(dir, FILES_MAX, &names, &n, e);
	for (size_t i = 0; rc_ok(r) && i < n; i++)
		r = take_file(ret, names[i], e);
	file_list_free(names);
	return r;
}

static void forget(struct outbox *o, size_t i)
{
	memmove(&o->entries[i], &o->entries[i + 1], (--o->n - i) * sizeof o->entries[0]);
}

rc outbox_remove(struct outbox *o, uint64_t seq, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = entry_path(o, seq, path, e);
	if (rc_ok(r))
		r = file_remove(path, e);
	for (size_t i = 0; rc_ok(r) && i < o->n; i++) {
		if (o->entries[i].seq == seq) {
			forget(o, i);
			break;
		}
	}
	return r;
}

rc outbox_add(struct outbox *o, enum outbox_kind kind, struct bytes envelope, struct err *e)
{
	char path[FILE_PATH_MAX];
	if (o->n == OUTBOX_MAX) {
		size_t victim = outbox_victim(o->entries, o->n);
		if (victim == o->n)
			return err_set(e, ERR_SPACE, "outbox: full, and nothing in it may be dropped");
		rc r = outbox_remove(o, o->entries[victim].seq, e);
		if (rc_failed(r))
			return r;
		o->dropped++;
	}
	rc r = entry_path(o, o->last + 1, path, e);
	if (rc_ok(r))
		r = file_write_atomic(path, envelope, 0600, e);
	if (rc_failed(r))
		return err_wrap(e, "outbox");
	o->last++;
	o->entries[o->n++] = (struct outbox_entry){.seq = o->last, .kind = kind};
	return RC_OK;
}

rc outbox_load(const struct outbox *o, size_t i, struct buf *ret, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = entry_path(o, o->entries[i].seq, path, e);
	return rc_ok(r) ? file_read(path, ENVELOPE_MAX, ret, e) : r;
}
