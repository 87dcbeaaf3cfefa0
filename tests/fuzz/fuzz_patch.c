/* SPDX-License-Identifier: Apache-2.0 */
/* A group's frame and a segment's: two bytes of length, the group, the segment. Images of two leaves. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "delta/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define BASE 70000u
#define SEGMENT 65536u

static rc read_base(void *ctx, uint64_t at, uint8_t *to, size_t n, struct err *e)
{
	(void)ctx, (void)e;
	if (at > BASE || n > BASE - at)
		abort();
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)((at + i) / 3);
	return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t out[SEGMENT];
	const struct patch_limits limits = {SEGMENT, 2 * SEGMENT + 5, BASE, 4 << 20};
	const struct delta_base base = {read_base, NULL};
	struct patch_group *g = NULL;
	struct err e = {0};
	if (n < 2)
		return 0;
	size_t group = (size_t)data[0] << 8 | data[1];
	if (group > n - 2)
		group = n - 2;
	if (rc_failed(patch_group_decode((struct bytes){data + 2, group}, &limits, &g, &e)))
		return 0;
	const struct bytes frame = {data + 2 + group, n - 2 - group};
	(void)rc_ok(patch_segment_decode(g, &(struct patch_out){SEGMENT, SEGMENT, out}, frame, &base, &e));
	(void)rc_ok(patch_segment_decode(g, &(struct patch_out){2 * (uint64_t)SEGMENT, 5, out}, frame, &base, &e));
	patch_group_free(g);
	return 0;
}
