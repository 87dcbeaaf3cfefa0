/* SPDX-License-Identifier: Apache-2.0 */
/* GRUB's environment block: a good one can be changed, stays good, and reads as what was asked for. */
#include <stdlib.h>

#include "host/os/boot_grub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A shorter input is filled up as GRUB does, so that samples may be short. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t block[BOOT_GRUB_SIZE], next[BOOT_GRUB_SIZE];
	memset(block, '#', sizeof block);
	if (n)
		memcpy(block, data, n < sizeof block ? n : sizeof block);
	if (rc_failed(boot_grub_check(block, NULL)))
		return 0;
	const struct boot_vars_env env = {boot_grub_get, bytes_of(block, sizeof block)};
	for (int booted = 0; booted < 2; booted++) {
		struct boot_loader l, want = {.active = (uint8_t)booted, .trial = true, .tries = 1};
		struct boot_vars_set set;
		if (rc_failed(boot_vars_read(BOOT_VARS_OK_TRY, &env, booted, &l, NULL)) ||
		    rc_failed(boot_vars_write(BOOT_VARS_OK_TRY, &env, &want, &set, NULL)) ||
		    rc_failed(boot_grub_encode(block, &set, next, NULL)))
			continue;
		const struct boot_vars_env after = {boot_grub_get, bytes_of(next, sizeof next)};
		if (rc_failed(boot_grub_check(next, NULL)) ||
		    rc_failed(boot_vars_read(BOOT_VARS_OK_TRY, &after, booted, &l, NULL)) || !l.trial || l.tries != 1 ||
		    l.active != booted)
			abort();
	}
	return 0;
}
