/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot loaders with a store of their own, as the boot room's tests play them. What a loader writes is one durable step
 * here: how it does that is its own business, and none of the agent's.
 */
#include <stdio.h>

#include "host/boot_loaders.h"
#include "host/os/boot_io.h"
#include "sim.h"

#define ROOT "" /* absolute paths begin at the root of the simulated disk */
#define RESETS_MAX 2

static enum boot_loaders_kind kind_of(const struct sim *s)
{
	return (enum boot_loaders_kind)(s->scenario->loader - 1);
}

/* Nobody looks at the single steps of the loader. */
struct quiet {
	struct sim *outer;
	void (*changed)(void *ctx, const char *what);
};

static struct quiet begin(struct sim *s)
{
	struct quiet q = {sim_current, s->disk->changed};
	sim_current = s;
	s->disk->changed = NULL;
	return q;
}

static void end(struct sim *s, struct quiet q)
{
	disk_sync_all(s->disk);
	s->disk->changed = q.changed;
	sim_current = q.outer;
}

void sim_loader_factory(struct sim *s)
{
	struct quiet q = begin(s);
	(void)disk_unlink(s->disk, "boot.env");
	boot_loaders_factory(ROOT, kind_of(s));
	(void)boot_loaders_boot(ROOT, kind_of(s)); /* for the kernel's command line; then with all tries again */
	boot_loaders_factory(ROOT, kind_of(s));
	s->disk->fat = disk_find(s->disk, "loader/entries"); /* the EFI system partition */
	end(s, q);
}

int sim_loader_boot(struct sim *s)
{
	struct quiet q = begin(s);
	int slot = boot_loaders_boot(ROOT, kind_of(s));
	for (int i = 0; i < RESETS_MAX && slot == BOOT_LOADERS_RESCUE; i++) /* the rescue entry restarts */
		slot = boot_loaders_boot(ROOT, kind_of(s));
	end(s, q);
	return slot == BOOT_LOADERS_RESCUE ? -1 : slot;
}

int sim_loader_peek(struct sim *s)
{
	struct disk *real = s->disk;
	uint8_t none = 0;
	s->disk = disk_crash(real, &none, 0); /* nothing is pending whenever this is asked */
	int slot = sim_loader_boot(s);
	disk_free(s->disk);
	s->disk = real;
	return slot;
}

bool sim_loader_record(struct sim *s, struct bootctl *ret)
{
	struct quiet q = begin(s);
	struct boot b;
	struct err e = {0};
	rc r = boot_io_open(".", &b, &e);
	if (rc_ok(r))
		r = boot_io_read(&b, ret, &e);
	s->disk->changed = q.changed;
	sim_current = q.outer;
	if (rc_failed(r))
		sim_break(s, "the boot control can be read", "%s", e.text);
	return rc_ok(r);
}
