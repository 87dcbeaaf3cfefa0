/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of an ELF file: relocations, symbols, unwind records, headers, pointers. Entries are counted from the
 * section's start, so that a piece may begin anywhere; a field that is not whole within the piece stays.
 */
#include "delta/predict_kinds.h"

#include "core/base/banned.h"

/* A field of the piece; `at` modulo 2^64, so that it may be before the piece. NULL: not whole. */
static uint8_t *field(const struct predict_piece *piece, uint64_t at, size_t width)
{
	return at < piece->n && piece->n - at >= width ? piece->p + at : NULL;
}

static uint64_t get(const struct predict_piece *piece, const uint8_t *p, size_t width)
{
	uint64_t v = 0;
	for (size_t i = 0; i < width; i++)
		v |= (uint64_t)p[i] << 8 * (piece->pair->big ? width - 1 - i : i);
	return v;
}

static void put(const struct predict_piece *piece, uint8_t *p, size_t width, uint64_t v)
{
	for (size_t i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> 8 * (piece->pair->big ? width - 1 - i : i));
}

static size_t word(const struct predict_piece *piece)
{
	return piece->pair->wide ? 8 : 4;
}

/* The field holds an address less `ref_old`; it becomes the new address less `ref_new`. Both modulo the field's width.
 */
static void move(struct predict_piece *piece, uint64_t at, size_t width, uint64_t ref_old, uint64_t ref_new)
{
	uint8_t *p = field(piece, at, width);
	uint64_t new;
	if (!p)
		return;
	uint64_t v = get(piece, p, width);
	if (!v || !predict_kinds_target(piece, at, ref_old + v, &new))
		return;
	new = predict_kinds_distance(piece, new, ref_new);
	if (width == 8 || new <= UINT32_MAX)
		put(piece, p, width, new);
}

/* A signed 32-bit distance from `ref_old`. */
static bool move_distance(struct predict_piece *piece, uint64_t at, uint64_t ref_old, uint64_t ref_new)
{
	uint8_t *p = field(piece, at, 4);
	uint64_t new;
	if (!p || !predict_kinds_target(piece, at, ref_old + predict_kinds_extend(get(piece, p, 4), 32), &new))
		return false;
	new = predict_kinds_distance(piece, new, ref_new);
	if (predict_kinds_fits(new, 32))
		put(piece, p, 4, new);
	return true;
}

/* Place in the piece of the entry that holds its first byte: not above 0, modulo 2^64. */
static uint64_t first_entry(const struct predict_piece *piece, size_t entry)
{
	return 0 - piece->phase % entry;
}

/* Places run from first_entry, below or at zero, to n. */
static bool inside(const struct predict_piece *piece, uint64_t at)
{
	return (int64_t)at < (int64_t)piece->n;
}

void predict_data_pointers(struct predict_piece *piece)
{
	size_t w = word(piece);
	for (uint64_t at = first_entry(piece, w); inside(piece, at); at += w)
		move(piece, at, w, 0, 0);
}

/* The new number of a symbol, by the place of its entry; false: nothing is known. `ref`: which is the symbols'. */
static bool number(struct predict_piece *piece, uint64_t at, uint64_t old, unsigned ref, uint64_t *ret)
{
	size_t entry = piece->pair->wide ? 24 : 16;
	uint64_t new;
	if (!predict_kinds_target(piece, at, piece->section->ref[ref].old + old * entry, &new))
		return false;
	new -= piece->section->ref[ref].new;
	*ret = new / entry;
	return new % entry == 0 && *ret <= UINT32_MAX;
}

/*
 * A relocation's symbol. In the maker's normal form a slot that only waits for a symbol's address loses its own: slots
 * stand in the symbols' order, and the symbol says more.
 */
static void move_symbol(struct predict_piece *piece, uint64_t at, bool bare)
{
	size_t w = word(piece), shift = w == 8 ? 32 : 8;
	uint8_t *p = field(piece, at + w, w), *offset = field(piece, at, w);
	uint64_t new, v = p ? get(piece, p, w) : 0, type = v &(((uint64_t)1 << shift) - 1);
	if (!(v >> shift))
		return;
	if (number(piece, at + w, v >> shift, 1, &new) && (w == 8 || new <= UINT32_MAX >> 8))
		put(piece, p, w, new << shift | type);
	if (piece->absolute && bare && offset)
		put(piece, offset, w, 0);
}

void predict_data_numbers(struct predict_piece *piece)
{
	for (uint64_t at = first_entry(piece, 4), new; inside(piece, at); at += 4) {
		uint8_t *p = field(piece, at, 4);
		uint64_t old = p ? get(piece, p, 4) : 0;
		if (old && number(piece, at, old, 0, &new))
			put(piece, p, 4, new);
	}
}

static void relocations(struct predict_piece *piece, bool addend)
{
	size_t w = word(piece), entry = (addend ? 3 : 2) * w;
	const struct predict_section *s = piece->section;
	for (uint64_t at = first_entry(piece, entry); inside(piece, at); at += entry) {
		const uint8_t *added = addend ? field(piece, at + 2 * w, w) : NULL;
		bool bare = !addend || (added && !get(piece, added, w));
		move(piece, at, w, s->ref[0].old, s->ref[0].new);
		if (addend)
			move(piece, at + 2 * w, w, 0, 0);
		move_symbol(piece, at, bare);
	}
}

void predict_data_rel(struct predict_piece *piece)
{
	relocations(piece, false);
}

void predict_data_rela(struct predict_piece *piece)
{
	relocations(piece, true);
}

void predict_data_symbols(struct predict_piece *piece)
{
	size_t w = word(piece), entry = w == 8 ? 24 : 16, value = w == 8 ? 8 : 4;
	for (uint64_t at = first_entry(piece, entry); inside(piece, at); at += entry) {
		move(piece, at, 4, piece->section->ref[0].old, piece->section->ref[0].new);
		move(piece, at + value, w, 0, 0);
	}
}

void predict_data_table(struct predict_piece *piece)
{
	uint64_t start_new = piece->new_at - piece->phase, start_old = piece->old_at - piece->phase;
	for (uint64_t at = first_entry(piece, 4); inside(piece, at); at += 4)
		(void)move_distance(piece, at, start_old, start_new);
}

void predict_data_eh_table(struct predict_piece *piece)
{
	for (uint64_t at = first_entry(piece, 4); inside(piece, at); at += 4)
		(void)move_distance(piece, at, piece->section->ref[0].old, piece->section->ref[0].new);
}

/*
 * A record that describes a function: length, distance back to its common record, distance to the function, the
 * function's size, then perhaps a distance to its exception table. Records are not marked: what has a plausible length
 * and common record, and means a function, is one.
 */
static bool eh_record(struct predict_piece *piece, uint64_t at)
{
	uint8_t *p = field(piece, at, 16);
	uint64_t new, new_begin;
	if (!p)
		return false;
	uint64_t length = get(piece, p, 4), back = get(piece, p + 4, 4), size = get(piece, p + 12, 4);
	uint64_t old_at = piece->old_at + at, new_at = piece->new_at + at;
	uint64_t begin = old_at + 8 + predict_kinds_extend(get(piece, p + 8, 4), 32);
	if (length < 12 || length % 4 || length > 4096 || back < 16 || back % 4)
		return false;
	if (!size || back > old_at + 4 - piece->pair->old_from ||
	    !predict_kinds_target(piece, at + 8, begin, &new_begin))
		return false;
	(void)move_distance(piece, at + 8, old_at + 8, new_at + 8);
	if (predict_kinds_target(piece, at + 12, begin + size - 1, &new) && new - new_begin < UINT32_MAX)
		put(piece, p + 12, 4, new - new_begin + 1);
	if (predict_kinds_target(piece, at + 4, old_at + 4 - back, &new)) {
		new = piece->absolute ? predict_kinds_distance(piece, new, 0) : new_at + 4 - new;
		if (new <= UINT32_MAX)
			put(piece, p + 4, 4, new);
	}
	if (length >= 17 && piece->n - at >= 21 && p[16] == 4)
		(void)move_distance(piece, at + 17, old_at + 17, new_at + 17);
	return true;
}

void predict_data_eh_frame(struct predict_piece *piece)
{
	for (uint64_t at = first_entry(piece, 4); inside(piece, at);)
		at += eh_record(piece, at) ? 16 : 4;
}

/* The new place in the file for an old one: by its address. */
static bool place(struct predict_piece *piece, uint64_t at, uint64_t old, uint64_t *ret)
{
	const struct predict_pair *pair = piece->pair;
	uint64_t left, new;
	if (!predict_kinds_target(piece, at, predict_kinds_address(pair->base_spans, pair->base_spans_n, old, &left),
				  &new))
		return false;
	*ret = predict_kinds_place(pair->image_spans, pair->image_spans_n, new);
	return *ret <= pair->image_length;
}

/* Section headers: name, type, flags, address, place, length, ... */
void predict_data_sections(struct predict_piece *piece)
{
	size_t w = word(piece), entry = 16 + 6 * w;
	for (uint64_t at = first_entry(piece, entry); inside(piece, at); at += entry) {
		uint64_t at_place = at + 8 + 2 * w, at_length = at_place + w, begin, end;
		const uint8_t *type = field(piece, at + 4, 4);
		uint8_t *p = field(piece, at_place, w), *n = field(piece, at_length, w);
		move(piece, at + 8 + w, w, 0, 0);
		if (!type || !p || !n)
			continue;
		uint64_t old = get(piece, p, w), length = get(piece, n, w);
		bool bytes = length && get(piece, type, 4) != 8; /* SHT_NOBITS has none */
		if (!old || !place(piece, at_place, old, &begin))
			continue;
		put(piece, p, w, begin);
		if (bytes && place(piece, at_length, old + length - 1, &end) && end >= begin)
			put(piece, n, w, end + 1 - begin);
	}
}
