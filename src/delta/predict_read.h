/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A description of pairs of files, checked and unfolded. Its bytes, all integers of varint.h:
 *
 *   version (one byte, 1), then how many pairs, spans, sections and fixes there are in all; for each pair, in order:
 *     image: gap to the end of the one before, length · base: the same with a sign, length less the image's
 *     flags (one byte: 1 = 64 bits, 2 = most significant byte first)
 *     spans of the image, counted: gap, length, address less place less the same of the span before
 *     spans of the base, counted: each less its fellow of the image: place, length, address less place
 *     addresses beyond the last span that have no bytes in the file
 *     sections, counted: kind (one byte), gap, length; for each reference of the kind: new one, old one less it
 *     fixes, counted: gap to the end of the one before, length, shift less the shift before
 */
#ifndef HALLMARK_DELTA_PREDICT_READ_H
#define HALLMARK_DELTA_PREDICT_READ_H

#include "core/base/bytes.h"
#include "core/base/err.h"
#include "delta/predict_kinds.h"

#define PREDICT_READ_VERSION 1
#define PREDICT_READ_WIDE 1
#define PREDICT_READ_BIG 2

struct predict_read {
	struct predict_pair *pairs;
	struct predict_span *spans;
	struct predict_section *sections;
	struct predict_map_entry *fixes;
	size_t pairs_n, spans_n, sections_n, fixes_n;
	size_t memory; /* of these arrays */
};

/* Fills `ret` (zeroed before), also on failure: predict_read_done. */
rc predict_read_init(struct predict_read *ret, struct bytes description, size_t memory, struct err *e) MUST_CHECK;
void predict_read_done(struct predict_read *r);

#endif
