/* SPDX-License-Identifier: Apache-2.0 */
/* One segment after the other: check, method, node. */
#include "delta/decode.h"

#include <zstd.h>

#include "core/base/mem.h"
#include "delta/patch.h"
#include "core/base/banned.h"

struct decode {
	const struct transfer *t;
	const struct delta_base *base;
	enum decode_nodes nodes;
	ZSTD_DCtx *zstd;
	struct patch_group *group;
	int32_t group_no; /* -1: none */
};

rc decode_new(const struct transfer *t, const struct delta_base *base, enum decode_nodes nodes, struct decode **ret,
	      struct err *e)
{
	if (t->kind == TRANSFER_PATCH && !base)
		return err_set(e, ERR_WRONG_STATE, "a patch needs the image it was made from");
	struct decode *d = mem_alloc(sizeof *d);
	if (!d)
		return err_set(e, ERR_MEMORY, "decoder: out of memory");
	*d = (struct decode){.t = t, .base = base, .nodes = nodes, .zstd = ZSTD_createDCtx(), .group_no = -1};
	if (!d->zstd) {
		mem_free(d);
		return err_set(e, ERR_MEMORY, "decoder: out of memory");
	}
	*ret = d;
	return RC_OK;
}

void decode_free(struct decode *d)
{
	if (!d)
		return;
	(void)ZSTD_freeDCtx(d->zstd);
	patch_group_free(d->group);
	mem_free(d);
}

int32_t decode_wants_group(const struct decode *d, uint32_t segment)
{
	int32_t group = transfer_group_of(d->t, segment);
	return group == d->group_no ? -1 : group;
}

rc decode_group(struct decode *d, uint32_t group, struct bytes frame, struct err *e)
{
	const struct transfer *t = d->t;
	if (group >= t->groups_n)
		return err_set(e, ERR_INTERNAL, "group %u of %u", group, t->groups_n);
	rc r = transfer_frame_check(&t->groups[group].frame, frame, e);
	if (rc_failed(r))
		return err_wrap(e, "group %u", group);
	uint64_t to = group + 1 < t->groups_n ? transfer_segment_at(t, t->groups[group + 1].first) : t->image.length;
	struct patch_limits limits = {.image_from = transfer_segment_at(t, t->groups[group].first),
				      .image_to = to,
				      .base_length = t->base.length,
				      .memory = TRANSFER_MEMORY_MAX};
	patch_group_free(d->group); /* first: never two at once */
	d->group = NULL;
	d->group_no = -1;
	r = patch_group_decode(frame, &limits, &d->group, e);
	if (rc_failed(r))
		return err_wrap(e, "group %u", group);
	d->group_no = (int32_t)group;
	return RC_OK;
}

static rc unpack_zstd(struct decode *d, struct bytes in, uint8_t *out, size_t n, struct err *e)
{
	if (ZSTD_getFrameContentSize(in.p, in.n) != n)
		return err_set(e, ERR_INPUT, "a zstd frame of another size than its segment");
	size_t got = ZSTD_decompressDCtx(d->zstd, out, n, in.p, in.n);
	if (ZSTD_isError(got))
		return err_set(e, ERR_INPUT, "zstd: %s", ZSTD_getErrorName(got));
	return got == n ? RC_OK : err_set(e, ERR_INPUT, "zstd: %zu bytes where %zu were due", got, n);
}

static rc unpack(struct decode *d, uint32_t segment, struct bytes frame, uint8_t *out, struct err *e)
{
	size_t n = transfer_segment_bytes(d->t, segment);
	struct bytes rest = {frame.p + 1, frame.n - 1};
	switch ((enum decode_method)frame.p[0]) {
	case DECODE_STORED:
		if (rest.n != n)
			return err_set(e, ERR_INPUT, "%zu bytes stored where %zu were due", rest.n, n);
		memcpy(out, rest.p, n);
		return RC_OK;
	case DECODE_ZSTD:
		return unpack_zstd(d, rest, out, n, e);
	case DECODE_PATCH:
		if (!d->group || transfer_group_of(d->t, segment) != d->group_no)
			return err_set(e, ERR_WRONG_STATE, "its group was not given");
		return patch_segment_decode(d->group, &(struct patch_out){transfer_segment_at(d->t, segment), n, out},
					    rest, d->base, e);
	}
	return err_set(e, ERR_UNSUPPORTED, "unknown method %u", frame.p[0]);
}

static rc check_node(const struct transfer *t, uint32_t segment, const uint8_t *out, struct err *e)
{
	uint8_t node[SHA256_SIZE];
	rc r = tree_node(bytes_of(out, transfer_segment_bytes(t, segment)), node, e);
	if (rc_failed(r) || memcmp(node, t->segments[segment].node, sizeof node) == 0)
		return r;
	(void)err_set(e, t->kind == TRANSFER_PATCH ? ERR_WRONG_STATE : ERR_TRUST,
		      "the result is not what the maker made");
	return err_hint(e, "the image it is applied to is another one than the patch was made from, or was changed");
}

rc decode_segment(struct decode *d, uint32_t segment, struct bytes frame, uint8_t *out, struct err *e)
{
	const struct transfer *t = d->t;
	if (segment >= t->segments_n)
		return err_set(e, ERR_INTERNAL, "segment %u of %u", segment, t->segments_n);
	rc r = transfer_frame_check(&t->segments[segment].frame, frame, e);
	if (rc_ok(r))
		r = unpack(d, segment, frame, out, e);
	if (rc_ok(r) && (d->nodes == DECODE_EVERY_NODE || frame.p[0] == DECODE_PATCH))
		r = check_node(t, segment, out, e);
	return rc_failed(r) ? err_wrap(e, "segment %u", segment) : RC_OK;
}
