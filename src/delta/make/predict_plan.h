/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What could be predicted in one file of the image that is made from one of the base: its spans, and every section
 * whose kind we know. Whether it pays is predict_trial.c's to say.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_PLAN_H
#define HALLMARK_DELTA_MAKE_PREDICT_PLAN_H

#include "core/base/buf.h"
#include "delta/make/predict_elf.h"
#include "delta/patch.h"
#include "delta/predict_read.h"

struct predict_plan {
	struct predict_pair pair; /* map empty; spans, sections and fixes are the plan's own */
	struct predict_span image_spans[PREDICT_SPANS_MAX], base_spans[PREDICT_SPANS_MAX];
	struct predict_section *sections;
	size_t sections_n, sections_max;
	uint64_t linkage_from, linkage_to; /* addresses of the base's .plt */
	uint64_t beyond, image_beyond;	   /* the base's: see predict_read.h */
};

/* Places in their images are `image_at` and `base_at`. */
rc predict_plan_init(struct predict_plan *ret, const struct predict_elf_file *image,
		     const struct predict_elf_file *base, struct err *e) MUST_CHECK;
void predict_plan_done(struct predict_plan *p); /* accepts a zeroed one */

/* The pair as the decoder would have it, without its map: borrows from the plan. */
struct predict_pair predict_plan_old(const struct predict_plan *p);
/* The new file taken for its own earlier self. */
struct predict_pair predict_plan_new(const struct predict_plan *p);
/* The map that the operations give. `*ret_entries` by mem_free, also on failure. */
rc predict_plan_map(const struct predict_pair *pair, const struct patch_op *ops, size_t ops_n,
		    struct predict_map_entry **ret_entries, struct predict_map *ret, struct err *e) MUST_CHECK;

/* The description of these, by place in the image. Nothing for none. */
void predict_plan_encode(const struct predict_plan *plans, size_t n, struct buf *out);

#endif
