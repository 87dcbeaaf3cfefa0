/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maker's reader of ELF files, on an image that is one: paired with itself, shifted a little in its second half.
 * What it describes the device's side must accept.
 */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/units.h"
#include "delta/make/predict_make.h"
#include "delta/predict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void normal(const struct predict_maker *m, const struct predict_group *group)
{
	struct predict_match *pairs = NULL;
	size_t pairs_n = 0;
	if (rc_failed(predict_make_pairs(m, group, &pairs, &pairs_n, NULL)))
		return;
	for (size_t i = 0; i < pairs_n; i++) {
		uint8_t *image = mem_alloc(pairs[i].image.length), *base = mem_alloc(pairs[i].base.length);
		if (image && base && rc_failed(predict_make_normal(m, &pairs[i], group, image, base, NULL)))
			image[0] = 0;
		mem_free(image);
		mem_free(base);
	}
	mem_free(pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct predict_images images = {{data, size}, {data, size}};
	struct predict_maker *m = NULL;
	struct predict *p = NULL;
	struct buf CLEANUP(buf_done) description = {0};
	uint64_t half = size / 2;
	if (half < 16 || rc_failed(predict_make_new(&images, &m, NULL)))
		return 0;
	const struct patch_op ops[] = {{0, 0, (uint32_t)half}, {half, half + 8, (uint32_t)(half - 8)}};
	buf_init(&description, MIB);
	const struct predict_group group = {0, size, ops, 2};
	normal(m, &group);
	if (rc_ok(predict_make(m, &group, &description, NULL))) {
		if (rc_failed(predict_new(buf_view(&description), ops, 2, MIB, &p, NULL)))
			abort();
		predict_free(p);
	}
	predict_make_free(m);
	return 0;
}
