/* SPDX-License-Identifier: Apache-2.0 */
/* Each file is taken for its own earlier self, section by section; addresses of the base's go through the map. */
#include "delta/make/predict_normal.h"

#include "core/base/mem.h"
#include "delta/predict_parts.h"
#include "core/base/banned.h"

static void rewrite(const struct predict_plan *plan, struct predict_pair *pair, uint8_t *bytes)
{
	for (size_t i = 0; i < plan->sections_n; i++) {
		const struct predict_section *s = &plan->sections[i];
		uint64_t left, address = predict_kinds_address(plan->base_spans, pair->base_spans_n, s->at, &left);
		struct predict_piece piece = {.pair = pair,
					      .section = s,
					      .p = bytes + s->at,
					      .n = s->length < left ? s->length : left,
					      .old_at = address,
					      .absolute = true};
		predict_kinds_table[s->kind].piece(&piece);
	}
}

static rc normal(const struct predict_elf_file *file, const struct predict_map *map, uint8_t *bytes, struct err *e)
{
	struct predict_plan CLEANUP(predict_plan_done) plan = {0};
	rc r = predict_plan_init(&plan, file, file, e);
	if (rc_failed(r))
		return r;
	struct predict_pair pair = plan.pair;
	pair.map = *map;
	pair.old_length = UINT64_MAX;
	pair.image_spans = plan.image_spans;
	pair.base_spans = plan.base_spans;
	predict_plan_extent(&plan, &pair);
	rewrite(&plan, &pair, bytes);
	return RC_OK;
}

rc predict_normal_pair(const struct predict_elf_file *image_file, const struct predict_elf_file *base_file,
		       const struct patch_op *ops, size_t ops_n, uint8_t *image, uint8_t *base, struct err *e)
{
	struct predict_pair pair = {.image_at = image_file->at,
				    .image_length = image_file->length,
				    .base_at = base_file->at,
				    .base_length = base_file->length,
				    .image_spans = image_file->spans,
				    .image_spans_n = image_file->spans_n,
				    .base_spans = base_file->spans,
				    .base_spans_n = base_file->spans_n};
	struct predict_map_entry all = {0, 0, UINT64_MAX};
	struct predict_map itself = {&all, 1}, map = {.n = predict_parts_map(&pair, ops, ops_n, NULL)};
	struct predict_map_entry *MEM_AUTO entries = mem_array(map.n + 1, sizeof *entries);
	if (!entries)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	map.entries = entries;
	(void)predict_parts_map(&pair, ops, ops_n, entries);
	predict_map_settle(&map);
	rc r = normal(image_file, &itself, image, e);
	return rc_ok(r) ? normal(base_file, &map, base, e) : r;
}
