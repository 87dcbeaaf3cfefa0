/* SPDX-License-Identifier: Apache-2.0 */
/* The guard as a row of a program's table: which tree it reads and as whom. */
#include "agent/roles/hallmarkd.h"
#include "agent/roles/ward_roles.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

int guard_start(const struct hallmarkd_options *o)
{
	const struct guard_role role = {
		.channel_fd = SPAWN_FIRST_FD, .root_dir = "root", .uid = hallmarkd_uid(o, HALLMARKD_UID_GUARD)};
	return guard_main(&role);
}
