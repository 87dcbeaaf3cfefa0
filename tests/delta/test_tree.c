/* SPDX-License-Identifier: Apache-2.0 */
/* The tree over an image: against a plain second writing of its definition, and the same root for every segment size.
 */
#include "check.h"

#include <openssl/sha.h>

#include "core/base/mem.h"
#include "delta/tree.h"

#define LARGEST ((size_t)5 * 1024 * 1024 + 1)

static uint8_t *image;

static int set_up(void **state)
{
	(void)state;
	image = mem_alloc(LARGEST);
	assert_non_null(image);
	uint64_t x = 1;
	for (size_t i = 0; i < LARGEST; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		image[i] = (uint8_t)(x >> 56);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mem_free(image);
	return 0;
}

/* As docs/transfer.md has it, by recursion: the left part is the largest power of two of leaves. */
static void top_of(const uint8_t *p, size_t n, uint8_t ret[32])
{
	uint8_t both[65] = {1};
	if (n <= TREE_LEAF_BYTES) {
		uint8_t *leaf = mem_alloc(n + 1);
		assert_non_null(leaf);
		memcpy(leaf + 1, p, n);
		(void)SHA256(leaf, n + 1, ret);
		mem_free(leaf);
		return;
	}
	size_t left = TREE_LEAF_BYTES;
	while (left * 2 < n)
		left *= 2;
	top_of(p, left, both + 1);
	top_of(p + left, n - left, both + 33);
	(void)SHA256(both, sizeof both, ret);
}

static void plain_root(size_t n, uint8_t ret[32])
{
	uint8_t in[41] = {2};
	for (size_t i = 0; i < 8; i++)
		in[1 + i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
	top_of(image, n, in + 9);
	(void)SHA256(in, sizeof in, ret);
}

static void root_by(size_t n, unsigned log2, uint8_t ret[32])
{
	struct err e = {0};
	static uint8_t nodes[100][SHA256_SIZE];
	size_t step = (size_t)1 << log2, count = 0;
	for (size_t at = 0; at < n; at += step, count++)
		check_ok(tree_node(bytes_of(image + at, n - at < step ? n - at : step), nodes[count], &e));
	check_ok(tree_root(nodes, count, n, ret, &e));
}

static void every_size_of_segment_gives_the_root(void **state)
{
	(void)state;
	static const size_t sizes[] = {1,      2,      65535,	65536,	 65537,	  131072,  131073,  196608,
				       262143, 524289, 1048575, 1048576, 1048577, 4194304, 4194305, LARGEST};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint8_t want[32], got[32];
		plain_root(sizes[i], want);
		for (unsigned log2 = TREE_LEAF_LOG2; log2 <= 22; log2++) {
			root_by(sizes[i], log2, got);
			assert_memory_equal(got, want, sizeof want);
		}
	}
}

static void every_byte_and_the_length_count(void **state)
{
	(void)state;
	static const size_t places[] = {0, 1, 65535, 65536, 1000000, 1048575};
	uint8_t whole[32], other[32];
	root_by(1048576, 20, whole);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		image[places[i]] ^= 1;
		root_by(1048576, 20, other);
		image[places[i]] ^= 1;
		assert_memory_not_equal(whole, other, sizeof whole);
	}
	root_by(1048575, 20, other);
	assert_memory_not_equal(whole, other, sizeof whole);
}

static void nothing_has_no_node(void **state)
{
	(void)state;
	struct err e = {0};
	uint8_t node[SHA256_SIZE], none[1][SHA256_SIZE];
	check_fails(ERR_INPUT, tree_node((struct bytes){0}, node, &e));
	check_fails(ERR_INPUT, tree_root(none, 0, 0, node, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_of_segment_gives_the_root),
		cmocka_unit_test(every_byte_and_the_length_count),
		cmocka_unit_test(nothing_has_no_node),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
