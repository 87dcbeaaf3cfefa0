/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and removes entries. The .off files that they are made from are never touched. */
#include "host/os/boot_entries_io.h"

#include <stdio.h>

#include "host/os/boot_entries.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define FOLDER_MAX 256
#define ENTRY_MAX 8192
#define ENTRY_MODE 0644
#define CONF_MAX 8192

static void free_names(char ***names)
{
	file_list_free(*names);
}

static rc list(const char *dir, struct boot_entries *ret, struct err *e)
{
	CLEANUP(free_names) char **names = NULL;
	size_t n = 0;
	*ret = (struct boot_entries){0};
	rc r = file_list_dir(dir, FOLDER_MAX, &names, &n, e);
	if (r.code == ERR_MISSING)
		return err_hint(e, "is the EFI system partition mounted there?");
	for (size_t i = 0; rc_ok(r) && i < n; i++)
		r = boot_entries_add(ret, names[i], e);
	return r;
}

/* loader/entries/../loader.conf; without it the boot loader sorts, and takes the first. */
static rc check_conf(const char *dir, struct err *e)
{
	char path[FILE_PATH_MAX];
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, CONF_MAX);
	rc r = file_path(path, e, dir, "../loader.conf");
	if (rc_failed(r) || !file_exists(path))
		return r;
	r = file_read(path, CONF_MAX, &text, e);
	return rc_ok(r) ? boot_entries_check_conf(buf_view(&text), e) : r;
}

rc boot_entries_io_load(const struct boot_config *c, int booted, struct boot_loader *ret, struct err *e)
{
	struct boot_entries all;
	rc r = list(c->path, &all, e);
	if (rc_ok(r))
		r = check_conf(c->path, e);
	if (rc_ok(r))
		boot_entries_read(&all, booted, ret);
	return r;
}

/* Its temporary name ends in .tmp: no boot loader takes it for an entry. */
static rc create(const char *dir, const struct boot_entries_step *s, struct err *e)
{
	char source[FILE_PATH_MAX], target[FILE_PATH_MAX], name[BOOT_ENTRIES_NAME_SIZE];
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, ENTRY_MAX);
	(void)snprintf(name, sizeof name, "hallmark-%c.off", bootctl_letter(s->slot));
	rc r = file_path(source, e, dir, name);
	if (rc_ok(r))
		r = file_path(target, e, dir, s->to);
	if (rc_ok(r))
		r = file_read(source, ENTRY_MAX, &text, e);
	return rc_ok(r) ? file_write_atomic(target, buf_view(&text), ENTRY_MODE, e) : r;
}

static rc do_step(const char *dir, const struct boot_entries_step *s, struct err *e)
{
	char path[FILE_PATH_MAX];
	if (s->deed == BOOT_ENTRIES_CREATE)
		return create(dir, s, e);
	rc r = file_path(path, e, dir, s->from);
	return rc_ok(r) ? file_remove(path, e) : r;
}

rc boot_entries_io_store(const struct boot_config *c, const struct boot_loader *want, struct err *e)
{
	struct boot_entries all;
	struct boot_entries_plan plan;
	rc r = list(c->path, &all, e);
	if (rc_ok(r))
		r = boot_entries_write(&all, want, &plan, e);
	for (size_t i = 0; rc_ok(r) && i < plan.n; i++)
		r = do_step(c->path, &plan.list[i], e);
	return rc_failed(r) ? err_wrap(e, "boot entries") : r;
}
