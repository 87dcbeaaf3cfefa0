/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmarkctl`: what people say to the agent about updates. */
#include "ctl/ctl_commands.h"
#include "core/base/banned.h"

int main(int argc, char **argv)
{
	return cli_main("hallmarkctl", ctl_commands, argc, argv);
}
