/* SPDX-License-Identifier: Apache-2.0 */
/* The table of backends, and the order in which the loader's store and the side record are written. */
#include "host/os/boot_io.h"

#include "host/os/boot_entries.h"
#include "host/os/boot_entries_io.h"
#include "host/os/boot_grub.h"
#include "host/os/boot_grub_io.h"
#include "host/os/boot_uboot_io.h"
#include "host/os/boot_vars.h"
#include "host/os/bootctl_io.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define CMDLINE_MAX 16384

/* What a backend can do. `file` has no row: its record is the loader's store and the side record in one. */
static const struct backend {
	uint8_t tries;
	rc (*load)(const struct boot_config *c, int booted, struct boot_loader *ret, struct err *e);
	rc (*store)(const struct boot_config *c, const struct boot_loader *want, struct err *e);
} backends[BOOT_CONFIG_COUNT] = {
	[BOOT_CONFIG_UBOOT] = {BOOT_VARS_TRIES, boot_uboot_io_load, boot_uboot_io_store},
	[BOOT_CONFIG_GRUB] = {BOOT_GRUB_TRIES, boot_grub_io_load, boot_grub_io_store},
	[BOOT_CONFIG_ENTRIES] = {BOOT_ENTRIES_TRIES, boot_entries_io_load, boot_entries_io_store},
};

static const struct backend *backend_of(const struct boot *b)
{
	return &backends[b->config.kind];
}

/* ---- opening ---- */

static rc load_config(const char *dir, struct boot_config *ret, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, BOOT_CONFIG_MAX);
	boot_config_default(ret);
	rc r = file_path(path, e, dir, BOOT_IO_CONFIG);
	if (rc_failed(r) || !file_exists(path))
		return r;
	r = file_read(path, BOOT_CONFIG_MAX, &text, e);
	return rc_ok(r) ? boot_config_decode(buf_view(&text), ret, e) : r;
}

static rc find_booted(struct boot *b, struct err *e)
{
	CLEANUP(buf_done) struct buf line;
	const struct boot_config *c = &b->config;
	buf_init(&line, CMDLINE_MAX);
	rc r = file_read(c->cmdline, CMDLINE_MAX, &line, e);
	if (rc_failed(r))
		return err_wrap(e, "which slot runs");
	b->booted = boot_cmdline_slot(buf_view(&line), c->slot[0], c->slot[1]);
	if (b->booted >= 0)
		return RC_OK;
	(void)err_set(e, ERR_INPUT, "the kernel's command line does not say which slot runs");
	return err_hint(e, "let the boot loader add hallmark.slot=a or hallmark.slot=b");
}

rc boot_io_open(const char *dir, struct boot *ret, struct err *e)
{
	struct boot b = {0};
	char path[FILE_PATH_MAX];
	rc r = load_config(dir, &b.config, e);
	if (rc_ok(r))
		r = file_path(path, e, dir, BOOT_IO_RECORD);
	if (rc_failed(r))
		return r;
	size_t n = strlen(path);
	if (n >= sizeof b.record)
		return err_set(e, ERR_LIMIT, "device folder: its path is too long");
	memcpy(b.record, path, n + 1);
	if (b.config.kind != BOOT_CONFIG_FILE)
		r = find_booted(&b, e);
	if (rc_ok(r))
		*ret = b;
	return r;
}

/* ---- reading ---- */

struct view {
	struct boot_loader loader; /* not for `file` */
	struct bootctl side, record;
	bool has_side, broken_side;
};

/* A side record that is lost is no reason not to update: then it is not known what is in the slots. */
static rc load_side(const struct boot *b, struct view *v, struct err *e)
{
	struct err why = {0};
	rc r = bootctl_io_read(b->record, &v->side, &why);
	v->has_side = rc_ok(r);
	v->broken_side = r.code == ERR_INPUT;
	if (rc_ok(r) || r.code == ERR_MISSING || r.code == ERR_INPUT)
		return RC_OK;
	return err_set(e, r.code, "%s", why.text);
}

static rc load(const struct boot *b, struct view *v, struct err *e)
{
	*v = (struct view){0};
	if (b->config.kind == BOOT_CONFIG_FILE)
		return bootctl_io_read(b->record, &v->record, e);
	rc r = backend_of(b)->load(&b->config, b->booted, &v->loader, e);
	if (rc_ok(r))
		r = load_side(b, v, e);
	if (rc_ok(r))
		boot_merge(v->has_side ? &v->side : NULL, &v->loader, b->booted, &v->record);
	return r;
}

rc boot_io_read(const struct boot *b, struct bootctl *ret, struct err *e)
{
	struct view v;
	rc r = load(b, &v, e);
	if (rc_ok(r))
		*ret = v.record;
	return r;
}

/* ---- writing ---- */

static rc write_side(const struct boot *b, const struct view *v, struct bootctl *next, struct err *e)
{
	rc r = RC_OK;
	if (v->has_side)
		return bootctl_io_write(b->record, next, e);
	if (v->broken_side)
		r = file_remove(b->record, e);
	return rc_ok(r) ? bootctl_io_create(b->record, next, e) : r;
}

static rc write_loader(const struct boot *b, const struct bootctl *next, bool open, struct err *e)
{
	const struct boot_loader want = {
		.active = next->active, .trial = next->trying, .tries = next->tries, .open = open};
	return backend_of(b)->store(&b->config, &want, e);
}

/* Which of the two is written first decides what a cut in between looks like: see docs/boot.md. */
enum first { LOADER_FIRST, SIDE_FIRST };

static rc write_both(const struct boot *b, const struct view *v, struct bootctl *next, enum first first, struct err *e)
{
	if (b->config.kind == BOOT_CONFIG_FILE)
		return bootctl_io_write(b->record, next, e);
	rc r = first == SIDE_FIRST ? write_side(b, v, next, e) : write_loader(b, next, false, e);
	if (rc_ok(r))
		r = first == SIDE_FIRST ? write_loader(b, next, false, e) : write_side(b, v, next, e);
	return r;
}

rc boot_io_settle(const struct boot *b, struct err *e)
{
	struct view v;
	rc r = b->config.kind == BOOT_CONFIG_FILE ? RC_OK : load(b, &v, e);
	if (rc_failed(r) || b->config.kind == BOOT_CONFIG_FILE)
		return r;
	if (v.record.trying || v.record.booted != v.record.active)
		return RC_OK;
	/* That the trial was, and failed, must be remembered before the loader forgets it. */
	if (!v.has_side || v.side.trying || v.side.active != v.record.active)
		r = write_side(b, &v, &v.record, e);
	/* Another slot that somebody left as a fallback stays one, until it is written to. */
	return rc_ok(r) && !v.loader.tidy ? write_loader(b, &v.record, v.loader.open && !v.loader.trial, e) : r;
}

static rc no_other_updater(const struct view *v, struct err *e)
{
	if (!v->loader.foreign)
		return RC_OK;
	(void)err_set(e, ERR_BUSY, "another updater's work is not finished (ustate, recovery_status)");
	return err_hint(e, "let it finish, or clear ustate and recovery_status");
}

rc boot_io_stage(const struct boot *b, struct err *e)
{
	struct view v;
	rc r = load(b, &v, e);
	struct bootctl next = v.record;
	if (rc_ok(r))
		r = no_other_updater(&v, e);
	if (rc_ok(r))
		r = bootctl_stage(&next, e);
	return rc_ok(r) ? write_both(b, &v, &next, LOADER_FIRST, e) : r;
}

rc boot_io_switch(const struct boot *b, const struct bootctl_image *image, struct err *e)
{
	struct view v;
	rc r = load(b, &v, e);
	struct bootctl next = v.record;
	if (rc_ok(r))
		r = no_other_updater(&v, e);
	if (rc_ok(r))
		r = bootctl_switch(&next, image, e);
	if (rc_ok(r) && b->config.kind != BOOT_CONFIG_FILE)
		next.tries = backend_of(b)->tries;
	return rc_ok(r) ? write_both(b, &v, &next, SIDE_FIRST, e) : r;
}

/* A transition that needs nothing but the record. */
static rc transit(const struct boot *b, rc (*change)(struct bootctl *record, struct err *e), enum first order,
		  struct err *e)
{
	struct view v;
	rc r = load(b, &v, e);
	struct bootctl next = v.record;
	if (rc_ok(r))
		r = change(&next, e);
	return rc_ok(r) ? write_both(b, &v, &next, order, e) : r;
}

rc boot_io_confirm(const struct boot *b, struct err *e)
{
	return transit(b, bootctl_confirm, LOADER_FIRST, e);
}

rc boot_io_revert(const struct boot *b, struct err *e)
{
	return transit(b, bootctl_revert, SIDE_FIRST, e);
}
