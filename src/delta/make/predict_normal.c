/* SPDX-License-Identifier: Apache-2.0 */
/* Each file is taken for its own earlier self, section by section; addresses of the base's go through the map. */
#include "delta/make/predict_normal.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

static void rewrite(const struct predict_pair *pair, uint8_t *bytes)
{
	for (size_t i = 0; i < pair->sections_n; i++) {
		const struct predict_section *s = &pair->sections[i];
		uint64_t left, address = predict_kinds_address(pair->base_spans, pair->base_spans_n, s->at, &left);
		struct predict_piece piece = {.pair = pair,
					      .section = s,
					      .p = bytes + s->at,
					      .n = s->length < left ? s->length : left,
					      .old_at = address,
					      .absolute = true};
		predict_kinds_table[s->kind].piece(&piece);
	}
}

/* A file as its own earlier self, its addresses taken through the map. */
static rc normal(const struct predict_elf_file *file, const struct predict_map *map, const struct predict_map *fixes,
		 uint8_t *bytes, struct err *e)
{
	struct predict_plan CLEANUP(predict_plan_done) plan = {0};
	rc r = predict_plan_init(&plan, file, file, e);
	if (rc_failed(r))
		return r;
	struct predict_pair pair = predict_plan_old(&plan);
	pair.map = *map;
	pair.fixes = *fixes;
	rewrite(&pair, bytes);
	return RC_OK;
}

rc predict_normal_image(const struct predict_elf_file *file, uint8_t *bytes, struct err *e)
{
	struct predict_map_entry all = {0, 0, UINT64_MAX};
	struct predict_map itself = {&all, 1}, none = {0};
	return normal(file, &itself, &none, bytes, e);
}

rc predict_normal_base(const struct predict_plan *plan, const struct predict_elf_file *file,
		       const struct predict_group *group, uint8_t *bytes, struct err *e)
{
	struct predict_map_entry *MEM_AUTO entries = NULL;
	struct predict_map map;
	struct predict_pair pair = predict_plan_old(plan);
	rc r = predict_plan_map(&pair, group->ops, group->ops_n, &entries, &map, e);
	return rc_ok(r) ? normal(file, &map, &plan->pair.fixes, bytes, e) : r;
}
