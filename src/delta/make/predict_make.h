/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maker's side of prediction: finds the ELF files in both images (at block boundaries; extents that are not
 * contiguous only lose the prediction), pairs those that operations connect, and writes the description that predict.h
 * reads. Input images are the maker's own, but are read as if they were not.
 */
#ifndef HALLMARK_DELTA_MAKE_PREDICT_MAKE_H
#define HALLMARK_DELTA_MAKE_PREDICT_MAKE_H

#include "core/base/buf.h"
#include "delta/patch.h"

struct predict_images {
	struct bytes base, image; /* mapped, whole; borrowed as long as the maker lives */
};

/* The image's range [from, to) and the operations that make it, in order. */
struct predict_group {
	uint64_t from, to;
	const struct patch_op *ops;
	size_t ops_n;
};

/*
 * The ELF files of an image, by offset: `length` covers their sections. For the matcher too: it may prefer to match a
 * file with its earlier self, and cuts groups between files. `*ret` by mem_free.
 */
struct predict_elf {
	uint64_t at, length;
};
rc predict_make_find(struct bytes image, struct predict_elf **ret, size_t *ret_n, struct err *e) MUST_CHECK;

/* Both images' ELF files, found once; then one description for each group, from any thread. */
struct predict_maker;
rc predict_make_new(const struct predict_images *images, struct predict_maker **ret, struct err *e) MUST_CHECK;
void predict_make_free(struct predict_maker *m); /* accepts NULL */

/*
 * A changed file of the image and the file of the base that the operations mostly make it from. Worth matching once
 * more, file against file, in normal form: there every predictable field holds the new address that it means, so that
 * what only moved is equal. One such round halves what differs in a large library. Operations found there are used for
 * the files themselves: places are the same. What it leaves as inserted may still be worth a copy from elsewhere.
 */
struct predict_match {
	struct predict_elf image, base;
};
/* Those in the group, by place; unchanged files are left out. `*ret` by mem_free. */
rc predict_make_pairs(const struct predict_maker *m, const struct predict_group *group, struct predict_match **ret,
		      size_t *ret_n, struct err *e) MUST_CHECK;
/* Both files in normal form; `image` and `base` have room for exactly these. The group says what is known so far. */
rc predict_make_normal(const struct predict_maker *m, const struct predict_match *pair,
		       const struct predict_group *group, uint8_t *image, uint8_t *base, struct err *e) MUST_CHECK;

/* The description for a group. Appends to `out`; nothing if there is nothing to predict. */
rc predict_make(const struct predict_maker *m, const struct predict_group *group, struct buf *out, struct err *e)
	MUST_CHECK;

#endif
