/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark patch`: what turns one image into the next. */
#include "cli/cli_transfer.h"
#include "delta/make/made_io.h"
#include "delta/make/patch_make.h"
#include "core/base/banned.h"

#define MEMORY_GIB_MAX 1024

static int run(const struct cli_args *a)
{
	struct err e = {0};
	struct made_job job = {0};
	long memory = 0;
	CLEANUP(made_done) struct made m = {0};
	CLEANUP(made_io_unmap) struct made_io_map base = {0}, image = {0};
	if (!cli_value(a, "out", NULL))
		return cli_wrong("patch needs --out");
	if (!cli_transfer_job(a, "1M", &job) ||
	    !cli_number(a, "memory-gib", 1, MEMORY_GIB_MAX, MADE_MEMORY_DEFAULT / GIB, &memory))
		return CLI_USAGE;
	rc r = made_io_map(cli_at(a, 0), &base, &e);
	if (rc_ok(r))
		r = made_io_map(cli_at(a, 1), &image, &e);
	job.base = base.content;
	job.image = image.content;
	job.memory_max = (uint64_t)memory * GIB;
	if (rc_ok(r))
		r = patch_make(&m, &job, &e);
	if (rc_failed(r)) {
		cli_transfer_progress_end();
		return cli_fail(&e);
	}
	return cli_transfer_write(a, &m);
}

static const struct cli_option options[] = {
	CLI_TRANSFER_OPTIONS,
	{"memory-gib", "N", "memory the encoder may take beside the two images (default 8)", false},
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_patch = {
	.name = "patch",
	.summary = "make a patch from one image to the next",
	.positional = "OLD-IMAGE NEW-IMAGE",
	.positional_min = 2,
	.positional_max = 2,
	.details =
		"For images whose files lie in them as they are: ext4, erofs without compression, a raw kernel. "
		"Programs that were\n"
		"linked anew are recognised (x86-64, AArch64, ARM), and only what does not follow from what moved is "
		"sent. In a\n"
		"compressed file system one changed byte changes a whole block, and no patch can help much; build it "
		"uncompressed on\n"
		"dm-verity where flash allows. The same two images make the same patch.\n\n"
		"  hallmark patch v1.img v2.img --out v1-v2.hmp\n"
		"  hallmark apply v1.img v1-v2.hmp --out v2.img",
	.options = options,
	.run = run,
};
