/* SPDX-License-Identifier: Apache-2.0 */
/* U-Boot's environment: any two copies. What is chosen can be written anew, and reads as what was asked for. */
#include <stdlib.h>

#include "host/os/boot_uboot.h"
#include "core/codec/crc32.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The first byte says how many copies there are, and whether their sums are mended so that what follows is reached. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t room[2 * 4096];
	struct bytes copy[2];
	size_t at;
	if (n < 1 + 2 * BOOT_UBOOT_SIZE_MIN || n > 1 + sizeof room)
		return 0;
	size_t copies = 1 + (data[0] & 1), size = (n - 1) / copies, head = copies > 1 ? 5 : 4;
	memcpy(room, data + 1, n - 1);
	for (size_t i = 0; i < copies; i++) {
		uint32_t crc = crc32_of(bytes_of(room + i * size + head, size - head));
		if (data[0] & 2)
			memcpy(room + i * size, &crc, sizeof crc);
		copy[i] = bytes_of(room + i * size, size);
	}
	if (rc_failed(boot_uboot_choose(copy, copies, &at, NULL)))
		return 0;
	const struct boot_vars_env env = {boot_uboot_get, boot_uboot_texts(copy[at], copies)};
	for (int booted = 0; booted < 2; booted++) {
		struct boot_loader l, want = {.active = (uint8_t)booted, .trial = true, .tries = 3};
		struct boot_vars_set set;
		CLEANUP(buf_done) struct buf out;
		buf_init(&out, size);
		if (rc_failed(boot_vars_read(BOOT_VARS_LEFT, &env, booted, &l, NULL)) ||
		    rc_failed(boot_vars_write(BOOT_VARS_LEFT, &env, &want, &set, NULL)) ||
		    rc_failed(boot_uboot_encode(copy[at], copies, &set, &out, NULL)))
			continue;
		struct bytes next = buf_view(&out), pair[2] = {copies > 1 ? copy[at] : next, next};
		size_t which;
		if (next.n != size || rc_failed(boot_uboot_choose(pair, copies, &which, NULL)) || which != copies - 1)
			abort();
		const struct boot_vars_env after = {boot_uboot_get, boot_uboot_texts(next, copies)};
		if (rc_failed(boot_vars_read(BOOT_VARS_LEFT, &after, booted, &l, NULL)) || !l.trial || l.tries != 3 ||
		    l.active != booted)
			abort();
	}
	return 0;
}
