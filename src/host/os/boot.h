/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent asks of any boot loader, and how the answer is put together (docs/boot.md). The loader's own store
 * alone decides what boots; the side record `boot.env` remembers what was put into the slots and can only be wrong
 * about that. Pure: boot_io.h reads and writes, each backend (boot_vars.h, boot_uboot.h, boot_grub.h, boot_entries.h)
 * knows one store. EN303645 5.3-1, 5.3-2.
 */
#ifndef HALLMARK_HOST_OS_BOOT_H
#define HALLMARK_HOST_OS_BOOT_H

#include "host/os/bootctl.h"

/* Something that may be booted, and nobody here knows what: another updater's, or the side record was lost. */
#define BOOT_IMAGE_UNKNOWN UINT64_MAX

/* What a boot loader's store says of the two slots; also what it is asked to say. */
struct boot_loader {
	uint8_t active; /* started by default, or after the trial failed */
	bool trial;	/* the other slot was switched to, and neither confirmed nor given up */
	uint8_t tries;	/* boots that the trial has left */
	bool open;	/* the other slot could be started, be it as a fallback only */
	bool tidy;	/* as our own last write of it would look; only read */
	bool foreign;	/* another updater's work is not finished; only read */
};

/*
 * The record as the engine sees it. `side` is NULL when there is none to be trusted. `booted` comes from the kernel's
 * command line.
 */
void boot_merge(const struct bootctl *side, const struct boot_loader *l, int booted, struct bootctl *ret);

/*
 * The slot that runs, from the kernel's command line: hallmark.slot=a, rauc.slot=A, or root= one of the two paths
 * ("": none). The last of them counts, as for the kernel itself. -1: it does not say.
 */
int boot_cmdline_slot(struct bytes line, const char *root_a, const char *root_b);

#endif
