/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark-vdev`: a virtual device for tests and the demo. */
#include "cli/cli.h"
#include "vdev.h"

#include "core/base/banned.h"

static int run_make(const struct cli_args *a)
{
	struct err e = {0};
	long counter, slot_mib;
	if (!cli_number(a, "counter", 1, 1000000, 1, &counter) || !cli_number(a, "slot-mib", 1, 4096, 16, &slot_mib))
		return CLI_USAGE;
	struct vdev_make m = {
		.device = cli_at(a, 0),
		.image = cli_value(a, "image", NULL),
		.policy = cli_value(a, "policy", NULL),
		.version = cli_value(a, "version", NULL),
		.counter = counter,
		.slot_bytes = (uint64_t)slot_mib * MIB,
	};
	if (!m.image || !m.policy || !m.version) {
		(void)err_set(&e, ERR_INPUT, "--image, --policy and --version are needed");
		(void)cli_fail(&e);
		return CLI_USAGE;
	}
	return rc_failed(vdev_make(&m, &e)) ? cli_fail(&e) : CLI_OK;
}

static int run_boot(const struct cli_args *a)
{
	struct err e = {0};
	int slot = 0;
	if (rc_failed(vdev_boot(cli_at(a, 0), &slot, &e)))
		return cli_fail(&e);
	(void)printf("%c\n", 'a' + slot);
	return CLI_OK;
}

static int run_run(const struct cli_args *a)
{
	struct err e = {0};
	long uid_base;
	if (!cli_number(a, "uid-base", 0, 60000, 970, &uid_base))
		return CLI_USAGE;
	return rc_failed(vdev_run(cli_at(a, 0), uid_base, &e)) ? cli_fail(&e) : CLI_OK;
}

static const struct cli_option make_options[] = {
	{"image", "FILE", "first version's image, written to slot A", false},
	{"policy", "FILE", "its device policy", false},
	{"version", "V", "its version", false},
	{"counter", "N", "its release counter (default 1)", false},
	{"slot-mib", "N", "size of each slot (default 16)", false},
	{0},
};

static const struct cli_option run_options[] = {
	{"uid-base", "N", "first user id of the agent's processes (default 970; 0: all share ours, no firewall)",
	 false},
	{0},
};

static const struct cli_command cmd_make = {
	.name = "make",
	.summary = "fill the disk of a provisioned device, as the factory does",
	.positional = "DEVICE-DIR",
	.positional_min = 1,
	.positional_max = 1,
	.options = make_options,
	.run = run_make,
};

static const struct cli_command cmd_boot = {
	.name = "boot",
	.summary = "boot loader only: choose a slot and unpack it; prints the slot",
	.positional = "DEVICE-DIR",
	.positional_min = 1,
	.positional_max = 1,
	.run = run_boot,
};

static const struct cli_command cmd_run = {
	.name = "run",
	.summary = "boot and run the device until SIGTERM",
	.positional = "DEVICE-DIR",
	.positional_min = 1,
	.positional_max = 1,
	.options = run_options,
	.run = run_run,
};

int main(int argc, char **argv)
{
	static const struct cli_command *const table[] = {&cmd_make, &cmd_boot, &cmd_run, NULL};
	return cli_main("hallmark-vdev", table, argc, argv);
}
