/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark image`: an image packed to travel whole, or block by block. */
#include "cli/cli_transfer.h"
#include "delta/make/made_io.h"
#include "core/base/banned.h"

static rc make(const struct cli_args *a, const struct made_job *job, struct made *m, struct err *e)
{
	rc r = cli_flag(a, "blocks") ? made_index(m, job, e) : RC_OK;
	return rc_ok(r) ? made_full(m, job, e) : r;
}

static int run(const struct cli_args *a)
{
	struct err e = {0};
	struct made_job job = {0};
	CLEANUP(made_done) struct made m = {0};
	CLEANUP(made_io_unmap) struct made_io_map image = {0};
	if (!cli_value(a, "out", NULL))
		return cli_wrong("image needs --out");
	if (!cli_transfer_job(a, cli_flag(a, "blocks") ? "64K" : "2M", &job))
		return CLI_USAGE;
	rc r = made_io_map(cli_at(a, 0), &image, &e);
	job.image = image.content;
	if (rc_ok(r))
		r = make(a, &job, &m, &e);
	if (rc_failed(r)) {
		cli_transfer_progress_end();
		return cli_fail(&e);
	}
	return cli_transfer_write(a, &m);
}

static const struct cli_option options[] = {
	{"blocks", NULL, "small segments and an index, for devices that look for blocks in what they run", false},
	CLI_TRANSFER_OPTIONS,
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_image = {
	.name = "image",
	.summary = "pack an image to travel whole",
	.positional = "IMAGE",
	.positional_min = 1,
	.positional_max = 1,
	.details = "Any bytes: a raw partition, ext4, erofs, squashfs. Segments are packed each on its own, so that a "
		   "device fetches\n"
		   "them in any order, checks each before use and goes on after a power cut. The root of the Merkle "
		   "tree and the hash\n"
		   "of the header are what a release signs. docs/transfer.md has the format.\n\n"
		   "  hallmark image v2.img --out v2.hmi\n"
		   "  hallmark apply v2.hmi --out v2.again.img",
	.options = options,
	.run = run,
};
