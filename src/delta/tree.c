/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of leaves, nodes and the root. The prefixes are RFC 6962's, and one more for the root, which counts the bytes.
 */
#include "delta/tree.h"

#include "core/base/banned.h"

enum prefix { PREFIX_LEAF = 0, PREFIX_NODE = 1, PREFIX_ROOT = 2 };

/* Nodes of parts of up to 64 leaves at once; a larger part is cut in two. */
#define LEAVES_AT_ONCE 64

static rc hash_with(struct hash *h, uint8_t prefix, struct bytes a, struct bytes b, uint8_t ret[SHA256_SIZE],
		    struct err *e)
{
	rc r = hash_start(h, e);
	if (rc_ok(r))
		r = hash_add(h, bytes_of(&prefix, 1), e);
	if (rc_ok(r))
		r = hash_add(h, a, e);
	if (rc_ok(r) && b.n)
		r = hash_add(h, b, e);
	return rc_ok(r) ? hash_end(h, ret, e) : r;
}

/* Pairs become nodes until one is left; an odd one moves up as it is. */
static rc fold(struct hash *h, uint8_t (*nodes)[SHA256_SIZE], size_t n, struct err *e)
{
	while (n > 1) {
		size_t up = 0;
		for (size_t i = 0; i < n; i += 2, up++) {
			rc r = RC_OK;
			if (i + 1 < n)
				r = hash_with(h, PREFIX_NODE, bytes_of(nodes[i], SHA256_SIZE),
					      bytes_of(nodes[i + 1], SHA256_SIZE), nodes[up], e);
			else if (up != i)
				memcpy(nodes[up], nodes[i], SHA256_SIZE);
			if (rc_failed(r))
				return r;
		}
		n = up;
	}
	return RC_OK;
}

static rc node_of_few(struct hash *h, struct bytes part, uint8_t ret[SHA256_SIZE], struct err *e)
{
	uint8_t nodes[LEAVES_AT_ONCE][SHA256_SIZE];
	size_t n = 0;
	rc r = RC_OK;
	for (size_t at = 0; rc_ok(r) && at < part.n; at += TREE_LEAF_BYTES, n++) {
		size_t left = part.n - at;
		struct bytes leaf = {part.p + at, left < TREE_LEAF_BYTES ? left : TREE_LEAF_BYTES};
		r = hash_with(h, PREFIX_LEAF, leaf, (struct bytes){0}, nodes[n], e);
	}
	if (rc_ok(r))
		r = fold(h, nodes, n, e);
	if (rc_ok(r))
		memcpy(ret, nodes[0], SHA256_SIZE);
	return r;
}

rc tree_node(struct bytes part, uint8_t ret[SHA256_SIZE], struct err *e)
{
	uint8_t nodes[LEAVES_AT_ONCE][SHA256_SIZE];
	const size_t step = LEAVES_AT_ONCE * TREE_LEAF_BYTES;
	CLEANUP(hash_done) struct hash h = {0};
	size_t n = 0;
	rc r = RC_OK;
	if (part.n == 0)
		return err_set(e, ERR_INPUT, "an empty part of an image has no node");
	if (part.n > LEAVES_AT_ONCE * step)
		return err_set(e, ERR_LIMIT, "a part of %zu bytes is too large for one node", part.n);
	for (size_t at = 0; rc_ok(r) && at < part.n; at += step, n++) {
		size_t left = part.n - at;
		r = node_of_few(&h, (struct bytes){part.p + at, left < step ? left : step}, nodes[n], e);
	}
	if (rc_ok(r))
		r = fold(&h, nodes, n, e);
	if (rc_ok(r))
		memcpy(ret, nodes[0], SHA256_SIZE);
	return r;
}

rc tree_root(uint8_t (*nodes)[SHA256_SIZE], size_t n, uint64_t length, uint8_t ret[SHA256_SIZE], struct err *e)
{
	CLEANUP(hash_done) struct hash h = {0};
	uint8_t count[8];
	if (n == 0)
		return err_set(e, ERR_INPUT, "an empty image has no root");
	for (size_t i = 0; i < sizeof count; i++)
		count[i] = (uint8_t)(length >> (56 - 8 * i));
	rc r = fold(&h, nodes, n, e);
	if (rc_ok(r))
		r = hash_with(&h, PREFIX_ROOT, bytes_of(count, sizeof count), bytes_of(nodes[0], SHA256_SIZE), ret, e);
	return r;
}
