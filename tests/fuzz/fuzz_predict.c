/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptions of predictions, and bytes under them: a byte of how long the description is, the description,
 * the rest is what operations copied. Whatever is accepted must work on any bytes, and in two halves as well as whole.
 */
#include <stdlib.h>

#include "core/base/mem.h"
#include "delta/predict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGE_AT 0x20000
#define BASE_AT 0x10000
#define MEMORY (1 << 20)

static const struct patch_op ops[] = {
	{IMAGE_AT, BASE_AT, 64},
	{IMAGE_AT + 64, BASE_AT + 96, 32},
	{IMAGE_AT + 120, BASE_AT + 128, 400},
	{IMAGE_AT + 520, BASE_AT + 0x1000, 0x1000},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct predict *p = NULL;
	if (!size)
		return 0;
	size_t n = data[0] < size - 1 ? data[0] : size - 1, rest = size - 1 - n;
	if (rc_failed(predict_new((struct bytes){data + 1, n}, ops, sizeof ops / sizeof *ops, MEMORY, &p, NULL)))
		return 0;
	if (predict_memory(p) > MEMORY)
		abort();
	/* Of exact size, so that a sanitizer sees what is written beside it. */
	uint8_t *bytes = mem_alloc(rest + 1), *half = rest > 1 ? mem_alloc(rest / 2) : NULL;
	if (bytes && half) {
		memcpy(bytes, data + 1 + n, rest);
		memcpy(half, bytes, rest / 2);
		predict_range(p, IMAGE_AT, half, rest / 2);
		predict_range(p, IMAGE_AT, bytes, rest);
		predict_range(p, 0, bytes, rest);
		predict_range(p, UINT64_MAX - rest, bytes, rest);
	}
	mem_free(bytes);
	mem_free(half);
	predict_free(p);
	return 0;
}
