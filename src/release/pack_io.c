/* SPDX-License-Identifier: Apache-2.0 */
/* The encoder of src/delta/make, and the facts about what it made. */
#include "release/pack_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "delta/make/made_io.h"
#include "delta/make/parallel_io.h"
#include "delta/make/patch_make.h"
#include "core/base/banned.h"

#define SEGMENT_LOG2 20 /* 1 MiB: what a small device can hold beside everything else */

/* Write what was made and fill in what a device must know about it. */
static rc put(const struct made *m, const char *path, struct release_transfer *ret, struct err *e)
{
	struct made_io_file file = {0};
	rc r = made_io_write(m, path, &file, e);
	ret->bytes = file.bytes;
	memcpy(ret->sha256, file.sha256, SHA256_SIZE);
	memcpy(ret->header_sha256, file.header_sha256, SHA256_SIZE);
	ret->memory = m->t.memory;
	ret->header_bytes = transfer_header_size(&m->t);
	return r;
}

static struct made_job job_for(const struct pack_io_job *job, struct bytes image)
{
	return (struct made_job){.image = image,
				 .segment_log2 = SEGMENT_LOG2,
				 .threads = parallel_io_threads(),
				 .level = MADE_LEVEL_DEFAULT,
				 .memory_max = MADE_MEMORY_DEFAULT,
				 .progress = job->progress,
				 .ctx = job->ctx};
}

static rc make_full(struct pack_io *p, const struct pack_io_job *job, struct bytes image, struct err *e)
{
	CLEANUP(made_done) struct made m = {0};
	const struct made_job made = job_for(job, image);
	rc r = made_full(&m, &made, e);
	return rc_ok(r) ? put(&m, p->full, &p->info.full, e) : r;
}

/* The smallest segments whose header and index leave the worst case, nothing found, within 1 % of the full file. */
static uint8_t blocks_log2(const struct pack_io *p)
{
	for (uint8_t log2 = TRANSFER_SEGMENT_LOG2_MIN; log2 < SEGMENT_LOG2; log2++) {
		struct transfer t = {.segments_n = (uint32_t)((p->info.image_bytes - 1) >> log2) + 1};
		uint64_t index = p->info.image_bytes / TRANSFER_BLOCK_BYTES * TRANSFER_INDEX_ENTRY;
		if (t.segments_n <= TRANSFER_SEGMENTS_MAX &&
		    (transfer_header_size(&t) + index) * 100 <= p->info.full.bytes)
			return log2;
	}
	return 0;
}

static rc make_blocks(struct pack_io *p, const struct pack_io_job *job, struct bytes image, struct err *e)
{
	CLEANUP(made_done) struct made m = {0};
	struct made_job made = job_for(job, image);
	made.segment_log2 = blocks_log2(p);
	if (made.segment_log2 == 0)
		return RC_OK;
	rc r = made_index(&m, &made, e);
	if (rc_ok(r))
		r = made_full(&m, &made, e);
	return rc_ok(r) ? put(&m, p->blocks, &p->info.blocks, e) : r;
}

/* One that is no smaller than the whole is made and dropped. */
static rc make_patch(struct pack_io *p, const struct pack_io_job *job, const char *base_path, struct bytes image,
		     struct err *e)
{
	CLEANUP(made_io_unmap) struct made_io_map base = {0};
	CLEANUP(made_done) struct made m = {0};
	struct release_transfer *t = &p->info.patches[p->info.patches_n];
	struct made_job made = job_for(job, image);
	rc r = made_io_map(base_path, &base, e);
	made.base = base.content;
	if (rc_ok(r))
		r = hash_sha256(base.content, t->base_sha256, e);
	if (rc_ok(r))
		r = patch_make(&m, &made, e);
	if (rc_ok(r))
		r = put(&m, p->patches[p->info.patches_n], t, e);
	if (rc_ok(r) && t->bytes < p->info.full.bytes)
		p->info.patches_n++;
	return rc_failed(r) ? err_wrap(e, "patch from %s", base_path) : RC_OK;
}

/* Names in it are fixed, so that what an interrupted run left is found. */
static rc name_files(struct pack_io *p, struct err *e)
{
	rc r = file_path(p->full, e, p->dir, "full");
	if (rc_ok(r))
		r = file_path(p->blocks, e, p->dir, "blocks");
	for (size_t i = 0; rc_ok(r) && i < RELEASE_PATCHES_MAX; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "patch-%zu", i);
		r = file_path(p->patches[i], e, p->dir, name);
	}
	return r;
}

static void remove_files(const struct pack_io *p)
{
	if (p->full[0])
		(void)unlink(p->full);
	if (p->blocks[0])
		(void)unlink(p->blocks);
	for (size_t i = 0; i < RELEASE_PATCHES_MAX; i++)
		if (p->patches[i][0])
			(void)unlink(p->patches[i]);
}

static rc make_dir(struct pack_io *p, const char *in, struct err *e)
{
	char dir[FILE_PATH_MAX] = "/tmp/hallmark-pack-XXXXXX";
	rc r = in ? file_path(dir, e, in, ".pack") : RC_OK;
	if (rc_failed(r))
		return r;
	if (in ? mkdir(dir, 0755) != 0 && errno != EEXIST : !mkdtemp(dir))
		return err_errno(e, errno, "make %s", dir);
	memcpy(p->dir, dir, sizeof dir);
	r = name_files(p, e);
	remove_files(p);
	return r;
}

rc pack_io_make(struct pack_io *p, const struct pack_io_job *job, struct err *e)
{
	CLEANUP(made_io_unmap) struct made_io_map image = {0};
	if (job->bases_n > RELEASE_PATCHES_MAX)
		return err_set(e, ERR_LIMIT, "patches from %zu images; at most %d", job->bases_n, RELEASE_PATCHES_MAX);
	rc r = made_io_map(job->image, &image, e);
	if (rc_ok(r))
		r = hash_sha256(image.content, p->info.image_sha256, e);
	if (rc_failed(r))
		return r;
	p->info.image_bytes = image.content.n;
	r = make_dir(p, job->dir, e);
	if (rc_ok(r))
		r = make_full(p, job, image.content, e);
	if (rc_ok(r) && job->blocks)
		r = make_blocks(p, job, image.content, e);
	for (size_t i = 0; rc_ok(r) && i < job->bases_n; i++)
		r = make_patch(p, job, job->bases[i], image.content, e);
	return r;
}

void pack_io_done(struct pack_io *p)
{
	remove_files(p);
	if (p->dir[0])
		(void)rmdir(p->dir);
	*p = (struct pack_io){0};
}
