/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an address of the old file is in the new one. Made of pieces that moved as a whole; what lies between pieces
 * moved, so we guess, with its nearest neighbour. Lookups are a binary search that first tries where the last one
 * ended.
 */
#ifndef HALLMARK_DELTA_PREDICT_MAP_H
#define HALLMARK_DELTA_PREDICT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct predict_map_entry {
	uint64_t from, to;
	uint64_t length; /* from + length does not overflow */
};

struct predict_map {
	struct predict_map_entry *entries;
	size_t n;
};

/* Sorts; where pieces overlap, the longer one counts. Takes no memory. */
void predict_map_settle(struct predict_map *m);

/* `hint`: of this map, any value to begin with. False if no piece holds `from`. */
bool predict_map_find(const struct predict_map *m, size_t *hint, uint64_t from, uint64_t *ret_to);
/* The same, guessing between pieces; false only for an empty map. */
bool predict_map_guess(const struct predict_map *m, size_t *hint, uint64_t from, uint64_t *ret_to);

#endif
