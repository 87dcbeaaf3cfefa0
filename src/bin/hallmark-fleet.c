/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark-fleet`: the service, and the administrator's commands. `role` is how the service starts its processes. */
#include <string.h>

#include "bin/fleet_commands.h"
#include "fleet/roles/role.h"
#include "core/base/banned.h"

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "role") == 0)
		return role_main(argc - 1, argv + 1);
	return cli_main("hallmark-fleet", fleet_commands, argc, argv);
}
