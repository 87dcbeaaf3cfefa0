/* SPDX-License-Identifier: Apache-2.0 */
/* Each planted bug is a few lines at a seam between two files of the agent. */
#include "mutants.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/roles/outbox.h"
#include "agent/update/update.h"
#include "core/trust/tuf.h"
#include "host/os/file.h"
#include "sim.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): the names are the linker's */

static enum mutant planted;

static const struct {
	const char *name, *scenario;
} table[MUTANT_COUNT] = {
	[MUTANT_NONE] = {"none", ""},
	[MUTANT_SWITCH_BEFORE_FSYNC] = {"the slot is switched to and was never fsynced", "good update"},
	[MUTANT_PERSIST_BEFORE_SYNC] = {"a segment is recorded before it is fsynced", "good update"},
	[MUTANT_COUNTER_BEFORE_HEALTH] = {"the counter is raised before the health checks", "unhealthy release"},
	[MUTANT_CONFIRM_BEFORE_PREPARE] = {"the record is confirmed before the statement is prepared", "good update"},
	[MUTANT_CONFIRM_AT_START] = {"the trial is confirmed before the health checks", "good update"},
	[MUTANT_INSTALL_AFTER_PERSIST] = {"the end is recorded before the release is the device's", "good update"},
	[MUTANT_TELL_AFTER_PERSIST] = {"the end is recorded before the statement is in the outbox", "good update"},
	[MUTANT_BLOCK_AFTER_PERSIST] = {"the end is recorded before the version is blocked", "unhealthy release"},
	[MUTANT_TELL_BEFORE_CONFIRM] = {"\"confirmed\" is told before the record says so", "good update"},
	[MUTANT_ROOT_BEFORE_DELETIONS] = {"the new root is stored before the old timestamp is deleted", "key rotation"},
	[MUTANT_NO_FSYNC_OF_FILE] = {"a file is renamed and was never fsynced", "good update"},
	[MUTANT_NO_FSYNC_OF_FOLDER] = {"a folder is not fsynced after a rename in it", "good update"},
	[MUTANT_NO_FSYNC_OF_NEW_FOLDER] = {"a folder is made, and the one it is in not fsynced", "first boot"},
	[MUTANT_WRITE_IN_PLACE] = {"state files are overwritten where they are", "good update"},
	[MUTANT_NO_FSYNC_OF_UBOOT] = {"U-Boot's environment is not fsynced", "u-boot, good"},
	[MUTANT_NO_FSYNC_OF_ENTRIES] = {"the folder of the boot entries is not fsynced", "systemd-boot, good"},
	[MUTANT_SWITCH_BEFORE_GRANT] = {"the slot is switched to before the grant is used up", "granted downgrade"},
	[MUTANT_LOWER_BEFORE_HEALTH] = {"the counter is lowered before the health checks", "granted downgrade"},
	[MUTANT_FORGET_BEFORE_ACKNOWLEDGED] = {"an envelope leaves the outbox before the service has it",
					       "slow service"},
};

const char *mutants_name(enum mutant m)
{
	return table[m].name;
}

const char *mutants_scenario(enum mutant m)
{
	return table[m].scenario;
}

void mutants_plant(enum mutant m)
{
	planted = m;
}

/* ---- syncs that are left out ---- */

static bool is_named(const struct disk *d, int node, const char *name)
{
	for (size_t i = 0; i < d->now.n; i++)
		if (d->now.list[i].node == node && strcmp(d->now.list[i].name, name) == 0)
			return true;
	return false;
}

static bool is_temporary(const struct disk *d, int node)
{
	for (size_t i = 0; i < d->now.n; i++)
		if (d->now.list[i].node == node && strstr(d->now.list[i].name, ".tmp"))
			return true;
	return false;
}

bool mutants_skip_sync(const struct disk *d, int node)
{
	static const char *const left_out[MUTANT_COUNT] = {
		[MUTANT_SWITCH_BEFORE_FSYNC] = "disk.img", [MUTANT_PERSIST_BEFORE_SYNC] = "disk.img",
		[MUTANT_NO_FSYNC_OF_FOLDER] = "state",	   [MUTANT_NO_FSYNC_OF_UBOOT] = "uboot.env",
		[MUTANT_NO_FSYNC_OF_ENTRIES] = "entries",
	};
	return (left_out[planted] && is_named(d, node, left_out[planted])) ||
	       (planted == MUTANT_NO_FSYNC_OF_FILE && is_temporary(d, node)) ||
	       (planted == MUTANT_NO_FSYNC_OF_NEW_FOLDER && node == DISK_ROOT);
}

/* The segment is recorded first, and fsynced when that is done. */
static rc persist_then_sync(rc r)
{
	int node = disk_find(sim_current->disk, "disk.img");
	if (node != DISK_NONE)
		disk_sync(sim_current->disk, node);
	return r;
}

/* ---- files ---- */

rc __real_file_write_atomic(const char *path, struct bytes content, mode_t mode, struct err *e);
rc __wrap_file_write_atomic(const char *path, struct bytes content, mode_t mode, struct err *e);

/* The list of used grants is written with the next file, and that is after the switch. */
static rc use_late(const char *path, struct bytes content, mode_t mode, struct err *e)
{
	static struct buf late;
	if (strcmp(path, "state/grants-used.json") == 0) {
		buf_done(&late);
		buf_init(&late, 32768);
		buf_put(&late, content);
		return RC_OK;
	}
	rc r = late.len ? __real_file_write_atomic("state/grants-used.json", buf_view(&late), 0600, e) : RC_OK;
	buf_done(&late);
	return rc_ok(r) ? __real_file_write_atomic(path, content, mode, e) : r;
}

rc __wrap_file_write_atomic(const char *path, struct bytes content, mode_t mode, struct err *e)
{
	if (planted == MUTANT_PERSIST_BEFORE_SYNC && strcmp(path, "state/update.json") == 0)
		return persist_then_sync(__real_file_write_atomic(path, content, mode, e));
	if (planted == MUTANT_SWITCH_BEFORE_GRANT)
		return use_late(path, content, mode, e);
	if (planted != MUTANT_WRITE_IN_PLACE)
		return __real_file_write_atomic(path, content, mode, e);
	FD_AUTO int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	rc r = fd < 0 ? err_set(e, ERR_IO, "open %s", path) : file_write_all(fd, content, path, e);
	return rc_failed(r) || fsync(fd) == 0 ? r : err_set(e, ERR_IO, "fsync %s", path);
}

/* ---- the order of actions ---- */

static size_t place(const struct update_actions *a, enum update_action_kind kind)
{
	size_t i = 0;
	while (i < a->n && a->list[i] != kind)
		i++;
	return i;
}

static void swap(struct update_actions *a, enum update_action_kind first, enum update_action_kind second)
{
	size_t i = place(a, first), k = place(a, second);
	if (i == a->n || k == a->n || i > k)
		return;
	enum update_action_kind keep = a->list[i];
	a->list[i] = a->list[k];
	a->list[k] = keep;
}

static void insert_before(struct update_actions *a, enum update_action_kind before, enum update_action_kind what)
{
	size_t i = place(a, before);
	if (i == a->n || a->n == UPDATE_ACTIONS_MAX)
		return;
	memmove(&a->list[i + 1], &a->list[i], (a->n++ - i) * sizeof a->list[0]);
	a->list[i] = what;
}

void __real_update_step(struct update *u, const struct update_event *ev, struct update_actions *ret);
void __wrap_update_step(struct update *u, const struct update_event *ev, struct update_actions *ret);
void __wrap_update_step(struct update *u, const struct update_event *ev, struct update_actions *ret)
{
	static const struct {
		enum mutant when;
		bool swap; /* else: `second` also before `first` */
		enum update_action_kind first, second;
	} seams[] = {
		{MUTANT_COUNTER_BEFORE_HEALTH, false, UPDATE_DO_HEALTH, UPDATE_DO_INSTALL},
		{MUTANT_LOWER_BEFORE_HEALTH, false, UPDATE_DO_HEALTH, UPDATE_DO_INSTALL},
		{MUTANT_CONFIRM_AT_START, false, UPDATE_DO_HEALTH, UPDATE_DO_CONFIRM},
		{MUTANT_CONFIRM_BEFORE_PREPARE, true, UPDATE_DO_PREPARE, UPDATE_DO_CONFIRM},
		{MUTANT_INSTALL_AFTER_PERSIST, true, UPDATE_DO_INSTALL, UPDATE_DO_PERSIST},
		{MUTANT_TELL_AFTER_PERSIST, true, UPDATE_DO_TELL, UPDATE_DO_PERSIST},
		{MUTANT_BLOCK_AFTER_PERSIST, true, UPDATE_DO_BLOCK, UPDATE_DO_PERSIST},
		{MUTANT_TELL_BEFORE_CONFIRM, true, UPDATE_DO_CONFIRM, UPDATE_DO_TELL},
	};
	__real_update_step(u, ev, ret);
	for (size_t i = 0; i < sizeof seams / sizeof *seams; i++) {
		if (seams[i].when != planted)
			continue;
		if (seams[i].swap)
			swap(ret, seams[i].first, seams[i].second);
		else
			insert_before(ret, seams[i].first, seams[i].second);
	}
}

/* ---- metadata ---- */

rc __real_tuf_feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, const char **ret_reason,
		   struct err *e);
rc __wrap_tuf_feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, const char **ret_reason,
		   struct err *e);
rc __wrap_tuf_feed(struct tuf *t, struct bytes content, struct tuf_actions *ret, const char **ret_reason, struct err *e)
{
	rc r = __real_tuf_feed(t, content, ret, ret_reason, e);
	if (rc_ok(r) && planted == MUTANT_ROOT_BEFORE_DELETIONS && ret->n > 1) {
		struct tuf_action last = ret->list[ret->n - 1];
		memmove(&ret->list[1], &ret->list[0], (ret->n - 1) * sizeof last);
		ret->list[0] = last;
	}
	return r;
}

/* ---- the outbox ---- */

rc __real_outbox_load(const struct outbox *o, size_t i, struct buf *ret, struct err *e);
rc __wrap_outbox_load(const struct outbox *o, size_t i, struct buf *ret, struct err *e);
rc __wrap_outbox_load(const struct outbox *o, size_t i, struct buf *ret, struct err *e)
{
	rc r = __real_outbox_load(o, i, ret, e);
	if (rc_ok(r) && planted == MUTANT_FORGET_BEFORE_ACKNOWLEDGED) {
		struct outbox copy = *o;
		r = outbox_remove(&copy, o->entries[i].seq, e);
	}
	return r;
}

/* NOLINTEND(bugprone-reserved-identifier) */
