/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transfer file: how an image travels, whole or as a patch (docs/transfer.md). A header names every frame that
 * follows, with its length and a check, and every segment of the image with its node of the Merkle tree; the header's
 * SHA-256 stands in signed metadata, so that no byte is interpreted before it is known to be the maker's, in whatever
 * order frames come. Here: the header's codec, pure.
 *
 *   full   each segment on its own (zstd)
 *   patch  each segment from ranges of the base image and what is new; groups of segments share a table of operations
 */
#ifndef HALLMARK_DELTA_TRANSFER_H
#define HALLMARK_DELTA_TRANSFER_H

#include "core/base/buf.h"
#include "core/base/units.h"
#include "delta/tree.h"

#define TRANSFER_MAGIC "HMTRANS1"
#define TRANSFER_FIXED_BYTES 124 /* the header's part of constant length */
#define TRANSFER_HEADER_MAX (4 * MIB)
#define TRANSFER_IMAGE_MAX (64 * GIB)
#define TRANSFER_SEGMENTS_MAX 65536
#define TRANSFER_GROUPS_MAX 4096
#define TRANSFER_SEGMENT_LOG2_MIN TREE_LEAF_LOG2 /* 64 KiB */
#define TRANSFER_SEGMENT_LOG2_MAX 22		 /* 4 MiB */
#define TRANSFER_FRAME_MAX (5 * MIB)		 /* of a segment or a group, as it is in the file */
#define TRANSFER_MEMORY_MAX (8 * MIB)		 /* that a decoder may need, everything counted */
#define TRANSFER_BLOCK_BYTES 4096		 /* of the block index */
#define TRANSFER_INDEX_ENTRY 4			 /* first bytes of a block's SHA-256; whole blocks only */
#define TRANSFER_CHECK_BYTES 16			 /* SHA-256, cut: second preimages are what counts here */

enum transfer_kind { TRANSFER_FULL = 1, TRANSFER_PATCH = 2 };

struct transfer_image {
	uint64_t length;
	uint8_t root[SHA256_SIZE];
};

struct transfer_frame {
	uint64_t at; /* in the file */
	uint32_t length;
	uint8_t check[TRANSFER_CHECK_BYTES];
};

struct transfer_segment {
	struct transfer_frame frame;
	uint8_t node[SHA256_SIZE];
};

struct transfer_group {
	uint32_t first; /* segment; it ends where the next one begins */
	struct transfer_frame frame;
};

struct transfer {
	enum transfer_kind kind;
	uint8_t segment_log2;
	uint32_t memory;		   /* bytes a decoder needs at most */
	struct transfer_image image, base; /* base.length 0: full */
	struct transfer_segment *segments;
	uint32_t segments_n;
	struct transfer_group *groups; /* patch: the first begins at segment 0. full: none */
	uint32_t groups_n;
	struct transfer_frame index; /* block index; length 0: none */
	uint32_t header_bytes;
	uint64_t file_bytes;
};

/* Length of the header that transfer_encode will make. */
uint32_t transfer_header_size(const struct transfer *t);

/* Length of the whole header, from its first TRANSFER_FIXED_BYTES bytes. */
rc transfer_header_bytes(struct bytes start, uint32_t *ret, struct err *e) MUST_CHECK;

/*
 * `header`: exactly the header. Everything in it is checked, also that the nodes make the root. The caller has compared
 * its hash with what it trusts. Free it with transfer_free.
 */
rc transfer_decode(struct bytes header, struct transfer **ret, struct err *e) MUST_CHECK;
void transfer_free(struct transfer *t); /* accepts NULL */

/* The header of `t`; frames' places follow from their order and need not be filled in. */
rc transfer_encode(const struct transfer *t, struct buf *out, struct err *e) MUST_CHECK;

/* Bytes of the image in this segment, and where it begins. */
size_t transfer_segment_bytes(const struct transfer *t, uint32_t segment);
uint64_t transfer_segment_at(const struct transfer *t, uint32_t segment);
/* The group of a segment; -1 in a full file. */
int32_t transfer_group_of(const struct transfer *t, uint32_t segment);

/* Are these the bytes that the header announced? ERR_TRUST if not. */
rc transfer_frame_check(const struct transfer_frame *f, struct bytes content, struct err *e) MUST_CHECK;

#endif
