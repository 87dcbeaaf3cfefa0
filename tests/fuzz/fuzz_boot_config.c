/* SPDX-License-Identifier: Apache-2.0 */
/* boot.json and the kernel's command line. */
#include <stdlib.h>

#include "host/os/boot.h"
#include "host/os/boot_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct boot_config c;
	int slot = boot_cmdline_slot(bytes_of(data, n), "/dev/p2", "/dev/p3");
	if (slot < -1 || slot > 1)
		abort();
	if (rc_failed(boot_config_decode(bytes_of(data, n), &c, NULL)))
		return 0;
	if (c.kind >= BOOT_CONFIG_COUNT || c.cmdline[0] != '/' || (c.kind == BOOT_CONFIG_UBOOT) != (c.copies > 0))
		abort();
	return 0;
}
