/* SPDX-License-Identifier: Apache-2.0 */
/* The owner's page as a row of a program's table: on which socket it accepts and as whom. */
#include "agent/roles/hallmarkd.h"
#include "agent/roles/ward_roles.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

int local_start(const struct hallmarkd_options *o)
{
	const struct local_role role = {.channel_fd = SPAWN_FIRST_FD,
					.listen_fd = SPAWN_FIRST_FD + 1,
					.uid = hallmarkd_uid(o, HALLMARKD_UID_LOCAL)};
	return local_main(&role);
}
