/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual device (docs/adr/0004): what a board's loader and init do, over real files. */
#ifndef HALLMARK_TOOLS_VDEV_H
#define HALLMARK_TOOLS_VDEV_H

#include "core/model/policy.h"
#include "host/os/bootctl.h"
#include "host/os/file.h"

#define VDEV_EXIT_REBOOT 85 /* hallmarkd's way of asking for a reboot */

/* Factory step: an empty disk with `image` in slot A, and the seeds that the agent reads at its first start. */
struct vdev_make {
	const char *device, *image, *policy, *version;
	long counter;
	uint64_t slot_bytes;
};
rc vdev_make(const struct vdev_make *m, struct err *e) MUST_CHECK;

/* Boot loader: choose a slot, spend a try, unpack its file system into DEV/root. */
rc vdev_boot(const char *device, int *ret_slot, struct err *e) MUST_CHECK;

/* Init: run the product's services and the agent until SIGTERM; boots again whenever the agent asks for it. */
rc vdev_run(const char *device, long uid_base, struct err *e) MUST_CHECK;

#endif
