/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Merkle tree over an image: leaves of 64 KiB (the last may be shorter), SHA-256 with a prefix that keeps leaves,
 * nodes and the root apart, an odd node moves up unchanged. An aligned part of 2^k leaves is a node of the tree, so
 * that files with larger segments name the same root with fewer hashes. Pure.
 */
#ifndef HALLMARK_DELTA_TREE_H
#define HALLMARK_DELTA_TREE_H

#include "core/crypto/hash.h"

#define TREE_LEAF_LOG2 16
#define TREE_LEAF_BYTES ((size_t)1 << TREE_LEAF_LOG2)

/* The node over `part`: it begins at a multiple of its size rounded up to a power of two. ERR_INPUT if empty. */
rc tree_node(struct bytes part, uint8_t ret[SHA256_SIZE], struct err *e) MUST_CHECK;

/* The root from the nodes over equal parts in order (the last may be shorter). `nodes` is overwritten. */
rc tree_root(uint8_t (*nodes)[SHA256_SIZE], size_t n, uint64_t length, uint8_t ret[SHA256_SIZE], struct err *e)
	MUST_CHECK;

#endif
