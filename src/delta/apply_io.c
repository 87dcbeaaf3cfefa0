/* SPDX-License-Identifier: Apache-2.0 */
/* Reads with pread, never maps: memory stays what the header promises. */
#include "delta/apply_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "delta/reuse.h"
#include "host/os/file.h"
#include "core/base/banned.h"

struct apply {
	const struct apply_io_job *job;
	struct apply_io_result *result;
	struct transfer *t;
	struct decode *decode;
	struct reuse *reuse; /* NULL: a patch, or nothing to look for */
	struct delta_base base;
	int transfer_fd, base_fd, out_fd;
	bool in_place; /* onto a block device */
	char draft[FILE_PATH_MAX];
	struct buf frame;
	uint8_t *segment;
};

static rc read_base(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	const struct apply *a = ctx;
	return file_pread_all(a->base_fd, to, n, (off_t)at, a->job->base, e);
}

static rc size_of(int fd, const char *path, uint64_t *ret, struct err *e)
{
	off_t size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return err_errno(e, errno, "size of %s", path);
	*ret = (uint64_t)size;
	return RC_OK;
}

static rc read_header(int fd, const char *path, struct transfer **ret, struct err *e)
{
	uint8_t start[TRANSFER_FIXED_BYTES];
	uint32_t n = 0;
	rc r = file_pread_all(fd, start, sizeof start, 0, path, e);
	if (rc_ok(r))
		r = transfer_header_bytes(bytes_of(start, sizeof start), &n, e);
	if (rc_failed(r))
		return r;
	MEM_AUTO uint8_t *header = mem_alloc(n);
	if (!header)
		return err_set(e, ERR_MEMORY, "%s: out of memory", path);
	r = file_pread_all(fd, header, n, 0, path, e);
	return rc_ok(r) ? transfer_decode(bytes_of(header, n), ret, e) : r;
}

static rc open_transfer(const char *path, int *ret_fd, struct transfer **ret, struct err *e)
{
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct transfer *t = NULL;
	uint64_t size = 0;
	if (fd < 0)
		return err_errno(e, errno, "open %s", path);
	rc r = size_of(fd, path, &size, e);
	if (rc_ok(r))
		r = read_header(fd, path, &t, e);
	if (rc_ok(r) && size != t->file_bytes)
		r = err_set(e, ERR_INPUT, "%llu bytes where its header announces %llu", (unsigned long long)size,
			    (unsigned long long)t->file_bytes);
	if (rc_failed(r)) {
		transfer_free(t);
		return err_wrap(e, "%s", path);
	}
	*ret = t;
	*ret_fd = fd;
	fd = -1;
	return RC_OK;
}

static void tell(const struct apply *a, const char *what, uint64_t done, uint64_t total)
{
	if (a->job->progress)
		a->job->progress(a->job->ctx, what, done, total);
}

/* ---- the base ---- */

/* Node by node: a base of another length or content is found before anything is written. */
static rc check_base(struct apply *a, struct err *e)
{
	const struct transfer *t = a->t;
	uint64_t step = (uint64_t)1 << t->segment_log2;
	size_t n = (size_t)((t->base.length - 1) / step + 1);
	uint8_t root[SHA256_SIZE];
	MEM_AUTO uint8_t(*nodes)[SHA256_SIZE] = mem_array(n, SHA256_SIZE);
	if (!nodes)
		return err_set(e, ERR_MEMORY, "base: out of memory");
	rc r = RC_OK;
	for (size_t i = 0; rc_ok(r) && i < n; i++) {
		uint64_t at = i * step, left = t->base.length - at;
		size_t part = (size_t)(left < step ? left : step);
		r = read_base(a, at, a->segment, part, e);
		if (rc_ok(r))
			r = tree_node(bytes_of(a->segment, part), nodes[i], e);
		tell(a, "compare the base", i + 1, n);
	}
	if (rc_ok(r))
		r = tree_root(nodes, n, t->base.length, root, e);
	if (rc_ok(r) && memcmp(root, t->base.root, sizeof root) != 0)
		r = err_set(e, ERR_TRUST, "%s is not the image that this patch was made from, or was changed",
			    a->job->base);
	return r;
}

static rc read_frame(struct apply *a, const struct transfer_frame *f, struct err *e);

#define SCAN_BLOCKS 4096

static rc look_for_blocks(struct apply *a, uint64_t base_bytes, struct err *e)
{
	uint64_t n = base_bytes / TRANSFER_BLOCK_BYTES;
	rc r = read_frame(a, &a->t->index, e);
	if (rc_ok(r))
		r = reuse_new(a->t, buf_view(&a->frame), &a->reuse, e);
	for (uint64_t at = 0; rc_ok(r) && at < n; at += SCAN_BLOCKS) {
		uint64_t to = n - at < SCAN_BLOCKS ? n : at + SCAN_BLOCKS;
		r = reuse_scan(a->reuse, &a->base, at, to, e);
		tell(a, "look for blocks", to, n);
	}
	return r;
}

static rc open_base(struct apply *a, struct err *e)
{
	const char *path = a->job->base;
	uint64_t size = 0;
	if (a->t->kind == TRANSFER_FULL && !path)
		return RC_OK;
	if (a->t->kind == TRANSFER_FULL && a->t->index.length == 0)
		return err_set(e, ERR_INPUT, "%s is a full image without a block index: it needs no older one",
			       a->job->transfer);
	if (!path)
		return err_set(e, ERR_INPUT, "%s is a patch: name the image that it was made from", a->job->transfer);
	a->base_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (a->base_fd < 0)
		return err_errno(e, errno, "open %s", path);
	rc r = size_of(a->base_fd, path, &size, e);
	if (rc_ok(r) && size < a->t->base.length) /* a slot may be larger than its image */
		r = err_set(e, ERR_TRUST, "%s has %llu bytes, the image this patch was made from %llu", path,
			    (unsigned long long)size, (unsigned long long)a->t->base.length);
	a->base = (struct delta_base){.read = read_base, .ctx = a};
	if (rc_failed(r))
		return r;
	return a->t->kind == TRANSFER_PATCH ? check_base(a, e) : look_for_blocks(a, size, e);
}

/* ---- the result ---- */

static rc open_out(struct apply *a, struct err *e)
{
	const char *out = a->job->out;
	struct stat st;
	uint64_t size = 0;
	a->in_place = stat(out, &st) == 0 && S_ISBLK(st.st_mode);
	if (snprintf(a->draft, sizeof a->draft, "%s%s", out, a->in_place ? "" : ".part") >= (int)sizeof a->draft)
		return err_set(e, ERR_LIMIT, "%s: its path is too long", out);
	a->out_fd = open(a->draft, O_RDWR | O_CLOEXEC | (a->in_place ? O_EXCL : O_CREAT), 0644);
	if (a->out_fd < 0)
		return err_errno(e, errno, "open %s", a->draft);
	rc r = size_of(a->out_fd, a->draft, &size, e);
	if (rc_ok(r) && a->in_place && size < a->t->image.length)
		r = err_set(e, ERR_SPACE, "%s has %llu bytes, the image needs %llu", out, (unsigned long long)size,
			    (unsigned long long)a->t->image.length);
	if (rc_ok(r) && !a->in_place && size > a->t->image.length && ftruncate(a->out_fd, (off_t)a->t->image.length))
		r = err_errno(e, errno, "shorten %s", a->draft);
	return r;
}

/* Is the segment there already, from a run that was interrupted? */
static bool is_there(struct apply *a, uint32_t i)
{
	size_t n = transfer_segment_bytes(a->t, i);
	uint8_t node[SHA256_SIZE];
	return rc_ok(file_pread_all(a->out_fd, a->segment, n, (off_t)transfer_segment_at(a->t, i), a->draft, NULL)) &&
	       rc_ok(tree_node(bytes_of(a->segment, n), node, NULL)) &&
	       memcmp(node, a->t->segments[i].node, sizeof node) == 0;
}

static rc read_frame(struct apply *a, const struct transfer_frame *f, struct err *e)
{
	buf_reset(&a->frame);
	uint8_t *room = buf_room(&a->frame, f->length);
	if (!room)
		return err_set(e, ERR_MEMORY, "a frame of %u bytes: out of memory", f->length);
	rc r = file_pread_all(a->transfer_fd, room, f->length, (off_t)f->at, a->job->transfer, e);
	if (rc_ok(r)) {
		buf_grew(&a->frame, f->length);
		a->result->fetched += f->length;
	}
	return r;
}

static rc make_segment(struct apply *a, uint32_t i, struct err *e)
{
	int32_t group = decode_wants_group(a->decode, i);
	rc r = RC_OK;
	if (a->reuse && reuse_has(a->reuse, i) && rc_ok(reuse_segment(a->reuse, i, &a->base, a->segment, NULL))) {
		a->result->reused++;
		return RC_OK;
	}
	if (group >= 0) {
		r = read_frame(a, &a->t->groups[group].frame, e);
		if (rc_ok(r))
			r = decode_group(a->decode, (uint32_t)group, buf_view(&a->frame), e);
	}
	if (rc_ok(r))
		r = read_frame(a, &a->t->segments[i].frame, e);
	if (rc_ok(r))
		r = decode_segment(a->decode, i, buf_view(&a->frame), a->segment, e);
	return rc_failed(r) ? err_wrap(e, "%s", a->job->transfer) : RC_OK;
}

static rc write_segments(struct apply *a, bool resuming, struct err *e)
{
	rc r = RC_OK;
	for (uint32_t i = 0; rc_ok(r) && i < a->t->segments_n; i++) {
		struct bytes content = bytes_of(a->segment, transfer_segment_bytes(a->t, i));
		if (resuming && is_there(a, i)) {
			a->result->kept++;
			continue;
		}
		r = make_segment(a, i, e);
		if (rc_ok(r) && !a->job->dry_run)
			r = file_pwrite_all(a->out_fd, content, (off_t)transfer_segment_at(a->t, i), a->draft, e);
		a->result->written += rc_ok(r);
		tell(a, a->job->dry_run ? "compare" : "write", i + 1, a->t->segments_n);
	}
	return r;
}

static rc finish_out(struct apply *a, struct err *e)
{
	if (fsync(a->out_fd) != 0)
		return err_errno(e, errno, "fsync %s", a->draft);
	if (a->in_place)
		return RC_OK;
	return rename(a->draft, a->job->out) == 0 ? RC_OK : err_errno(e, errno, "rename to %s", a->job->out);
}

static void apply_done(struct apply *a)
{
	decode_free(a->decode);
	reuse_free(a->reuse);
	transfer_free(a->t);
	file_close(&a->transfer_fd);
	file_close(&a->base_fd);
	file_close(&a->out_fd);
	buf_done(&a->frame);
	mem_free(a->segment);
}

static rc open_all(struct apply *a, struct err *e)
{
	rc r = open_transfer(a->job->transfer, &a->transfer_fd, &a->t, e);
	if (rc_failed(r))
		return r;
	a->segment = mem_alloc((size_t)1 << a->t->segment_log2);
	if (!a->segment)
		return err_set(e, ERR_MEMORY, "a segment: out of memory");
	*a->result = (struct apply_io_result){.kind = a->t->kind,
					      .image = a->t->image,
					      .base = a->t->base,
					      .file_bytes = a->t->file_bytes,
					      .fetched = a->t->header_bytes,
					      .memory = a->t->memory,
					      .segments = a->t->segments_n};
	r = open_base(a, e);
	return rc_ok(r) ? decode_new(a->t, a->base.read ? &a->base : NULL, DECODE_EVERY_NODE, &a->decode, e) : r;
}

rc apply_io_run(const struct apply_io_job *job, struct apply_io_result *ret, struct err *e)
{
	struct apply_io_result result = {0};
	CLEANUP(apply_done)
	struct apply a = {.job = job, .result = &result, .transfer_fd = -1, .base_fd = -1, .out_fd = -1};
	buf_init(&a.frame, TRANSFER_FRAME_MAX);
	rc r = open_all(&a, e);
	if (rc_ok(r) && !job->dry_run)
		r = open_out(&a, e);
	if (rc_ok(r))
		r = write_segments(&a, !job->dry_run, e);
	if (rc_ok(r) && !job->dry_run)
		r = finish_out(&a, e);
	if (rc_ok(r))
		*ret = result;
	return r;
}
