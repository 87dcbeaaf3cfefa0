/* SPDX-License-Identifier: Apache-2.0 */
/* `hallmark apply`: an image from a transfer file, and the older image if it is a patch. */
#include <string.h>

#include "cli/cli_keys.h"
#include "cli/cli_transfer.h"
#include "core/codec/hex.h"
#include "delta/apply_io.h"
#include "core/base/banned.h"

static int report(const struct cli_args *a, const struct apply_io_job *job, const struct apply_io_result *done)
{
	char root[HEX_TEXT_SIZE(SHA256_SIZE)];
	const char *kind = done->kind == TRANSFER_PATCH ? "patch" : "full";
	hex_encode(bytes_of(done->image.root, SHA256_SIZE), root);
	if (cli_flag(a, "json"))
		return cli_keys_json(json_pack(
			"{s:i, s:b, s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I}", "v", 1, "dry_run",
			job->dry_run, "kind", kind, "bytes", (json_int_t)done->file_bytes, "fetched_bytes",
			(json_int_t)done->fetched, "image_bytes", (json_int_t)done->image.length, "base_bytes",
			(json_int_t)done->base.length, "root", root, "segments", (json_int_t)done->segments, "written",
			(json_int_t)done->written, "reused", (json_int_t)done->reused, "kept", (json_int_t)done->kept,
			"decoder_memory_bytes", (json_int_t)done->memory));
	(void)printf("%s%s: %llu bytes, %u segments", job->dry_run ? "would make " : "", job->out,
		     (unsigned long long)done->image.length, done->segments);
	if (done->kept)
		(void)printf(", %u of them from an interrupted run", done->kept);
	if (done->reused)
		(void)printf("\n  %u of them of blocks that the older image has, %llu bytes of the file needed",
			     done->reused, (unsigned long long)done->fetched);
	(void)printf("\n  %s of %llu bytes, %u KiB of memory\n  root %s\n", kind, (unsigned long long)done->file_bytes,
		     (done->memory + 1023) / 1024, root);
	return CLI_OK;
}

static int run(const struct cli_args *a)
{
	struct err e = {0};
	struct apply_io_result done = {0};
	bool patch = cli_count(a) == 2;
	struct apply_io_job job = {.base = patch ? cli_at(a, 0) : NULL,
				   .transfer = cli_at(a, patch ? 1 : 0),
				   .out = cli_value(a, "out", NULL),
				   .dry_run = cli_flag(a, "dry-run"),
				   .progress = cli_transfer_progress};
	if (!job.out && !job.dry_run)
		return cli_wrong("apply needs --out, or --dry-run");
	if (!job.out)
		job.out = "an image";
	rc r = apply_io_run(&job, &done, &e);
	cli_transfer_progress_end();
	if (rc_failed(r)) {
		(void)cli_fail(&e);
		return r.code == ERR_TRUST || r.code == ERR_WRONG_STATE ? CLI_NEGATIVE : CLI_FAILED;
	}
	return report(a, &job, &done);
}

static const struct cli_option options[] = {
	{"out", "FILE", "the image to make; a block device is written in place", false},
	{"dry-run", NULL, "compare everything, write nothing", false},
	{"json", NULL, "what was done, as JSON", false},
	{"help", NULL, "show this", false},
	{0},
};

const struct cli_command cmd_apply = {
	.name = "apply",
	.summary = "make an image from a transfer file, and the older image if that is a patch",
	.positional = "[OLD-IMAGE] FILE",
	.positional_min = 1,
	.positional_max = 2,
	.details = "The older image is compared with what the patch names before anything is written, each segment "
		   "before it is\n"
		   "written. An interrupted run leaves FILE.part; the same command goes on from there. Exit status 1: "
		   "the older image\n"
		   "or the file is not the right one, or was changed.\n\n"
		   "  hallmark apply v1.img v1-v2.hmp --out v2.img",
	.options = options,
	.run = run,
};
