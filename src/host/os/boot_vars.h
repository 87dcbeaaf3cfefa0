/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variables by which boot loader scripts choose a slot, as RAUC's documentation defined them and as fleets have
 * them: BOOT_ORDER and BOOT_x_LEFT (U-Boot), ORDER, x_OK and x_TRY (GRUB). Beside them one variable of ours that no
 * script reads tells a trial from everyday counting. SWUpdate's state is read, never written. Pure.
 */
#ifndef HALLMARK_HOST_OS_BOOT_VARS_H
#define HALLMARK_HOST_OS_BOOT_VARS_H

#include "host/os/boot.h"

#define BOOT_VARS_TRIES BOOTCTL_TRIES /* BOOT_x_LEFT of a slot that is well, or new */
#define BOOT_VARS_NAME_SIZE 20
#define BOOT_VARS_VALUE_SIZE 128
#define BOOT_VARS_MAX 6

/* What to set; value "" removes the variable. */
struct boot_vars_set {
	size_t n;
	struct {
		char name[BOOT_VARS_NAME_SIZE], value[BOOT_VARS_VALUE_SIZE];
	} list[BOOT_VARS_MAX];
};

/* A variable's value in an environment of some form. False: not set. */
struct boot_vars_env {
	bool (*get)(struct bytes env, const char *name, struct bytes *ret);
	struct bytes env;
};

enum boot_vars_kind { BOOT_VARS_LEFT, BOOT_VARS_OK_TRY };

rc boot_vars_read(enum boot_vars_kind kind, const struct boot_vars_env *env, int booted, struct boot_loader *ret,
		  struct err *e) MUST_CHECK;
/* The change that makes the environment say `want`. */
rc boot_vars_write(enum boot_vars_kind kind, const struct boot_vars_env *env, const struct boot_loader *want,
		   struct boot_vars_set *ret, struct err *e) MUST_CHECK;

#endif
