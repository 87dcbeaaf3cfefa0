/* SPDX-License-Identifier: Apache-2.0 */
/* The boot record: whatever is in the file, a choice is one that encodes to the same bytes, and booting ends. */
#include <stdlib.h>

#include "host/os/bootctl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t file[BOOTCTL_FILE_SIZE] = {0}, again[BOOTCTL_RECORD_SIZE];
	struct bootctl b;
	int at, slot;
	bool write;
	if (n)
		memcpy(file, data, n < sizeof file ? n : sizeof file);
	if (rc_failed(bootctl_choose(file, &b, &at, NULL)))
		return 0;
	bootctl_encode(&b, again);
	if (memcmp(again, file + at * BOOTCTL_RECORD_SIZE, sizeof again) != 0)
		abort();
	for (int boots = 0; b.trying && boots <= UINT8_MAX; boots++)
		if (rc_failed(bootctl_boot(&b, &slot, &write, NULL)))
			return 0;
	if (b.trying)
		abort(); /* a trial that never ends is a brick */
	return 0;
}
