/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots as entries of a boot loader that counts in file names (systemd-boot; the Boot Loader Specification): in
 * `loader/entries`, hallmark-SEQ-SLOT.conf is a slot that is well and hallmark-SEQ-SLOT+LEFT-DONE.conf one on trial;
 * the highest SEQ comes first, one with no tries left comes last. hallmark-SLOT.off is what an entry of the slot is
 * made from, and is not seen by the boot loader. Pure: names in, steps out.
 */
#ifndef HALLMARK_HOST_OS_BOOT_ENTRIES_H
#define HALLMARK_HOST_OS_BOOT_ENTRIES_H

#include "host/os/boot.h"

#define BOOT_ENTRIES_MAX 16 /* of ours */
#define BOOT_ENTRIES_NAME_SIZE 40
#define BOOT_ENTRIES_SEQ_MAX 999999999
#define BOOT_ENTRIES_TRIES BOOTCTL_TRIES

struct boot_entries_one {
	uint32_t seq;
	int slot;
	bool counted; /* on trial */
	uint32_t left, done;
	bool done_named; /* the name carries -DONE */
};

struct boot_entries {
	size_t n;
	struct boot_entries_one list[BOOT_ENTRIES_MAX];
};

/* An entry of ours by its file name. False: somebody else's. */
bool boot_entries_parse(const char *name, struct boot_entries_one *ret);
void boot_entries_name(const struct boot_entries_one *one, char ret[BOOT_ENTRIES_NAME_SIZE]);

/* Keep `name` in the list if it is ours. ERR_LIMIT if there are too many. */
rc boot_entries_add(struct boot_entries *b, const char *name, struct err *e) MUST_CHECK;

void boot_entries_read(const struct boot_entries *b, int booted, struct boot_loader *ret);

enum boot_entries_deed { BOOT_ENTRIES_CREATE, BOOT_ENTRIES_REMOVE };

/* In this order, each durable before the next. */
struct boot_entries_plan {
	size_t n;
	struct boot_entries_step {
		enum boot_entries_deed deed;
		int slot;			   /* CREATE: from its .off file */
		char from[BOOT_ENTRIES_NAME_SIZE]; /* REMOVE */
		char to[BOOT_ENTRIES_NAME_SIZE];   /* CREATE */
	} list[BOOT_ENTRIES_MAX + 1];
};

rc boot_entries_write(const struct boot_entries *b, const struct boot_loader *want, struct boot_entries_plan *ret,
		      struct err *e) MUST_CHECK;

/*
 * Does this loader.conf leave the choice to us? Its `default`, if it has one, must be the pattern "hallmark-*":
 * anything else would be started whatever we say.
 */
rc boot_entries_check_conf(struct bytes conf, struct err *e) MUST_CHECK;

#endif
