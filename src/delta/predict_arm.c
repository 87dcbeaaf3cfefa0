/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 32-bit ARM code, little-endian, in both instruction sets: distances of branches; literals that are added to the
 * program counter or to the global offset table's address (position-independent code's way to name data); entries of
 * the procedure linkage table; the index of unwind tables.
 */
#include "delta/predict_kinds.h"

#include "core/base/banned.h"

/* Words of the code that are known to be literals, so that they are not taken for instructions: a ring of bits. */
#define RING 2048 /* words: more than a load's reach */

struct literals {
	uint8_t ring[RING / 8];
	size_t of[16]; /* place in the piece of the literal that a register holds, plus one; 0: none */
	struct predict_piece *piece;
};

static bool ring_bit(struct literals *l, size_t at, bool set)
{
	uint8_t *byte = &l->ring[at / 4 % RING / 8], bit = (uint8_t)(1 << (at / 4 % 8));
	bool was = *byte & bit;
	*byte = (uint8_t)(set ? *byte | bit : *byte & ~bit);
	return was;
}

static void load(struct literals *l, unsigned reg, uint64_t at)
{
	l->of[reg] = 0;
	if (at >= l->piece->n || l->piece->n - at < 4 || (l->piece->old_at + at) & 3)
		return;
	l->of[reg] = (size_t)at + 1;
	(void)ring_bit(l, (size_t)at, true);
}

/* The register's literal is a distance from `ref_old`: it becomes the one from `ref_new`. */
static void use(struct literals *l, unsigned reg, uint64_t ref_old, uint64_t ref_new)
{
	struct predict_piece *piece = l->piece;
	uint64_t new;
	if (!l->of[reg])
		return;
	size_t at = l->of[reg] - 1;
	l->of[reg] = 0;
	uint64_t old = ref_old + predict_kinds_extend(predict_kinds_le32(piece->p + at), 32);
	if (predict_kinds_target(piece, at, old & UINT32_MAX, &new))
		predict_kinds_put_le32(piece->p + at, (uint32_t)predict_kinds_distance(piece, new, ref_new));
}

/* Its literal is the distance from the program counter, `ahead` of the instruction at `at`. */
static void use_pc(struct literals *l, unsigned reg, size_t at, unsigned ahead)
{
	use(l, reg, l->piece->old_at + at + ahead, l->piece->new_at + at + ahead);
}

static void use_got(struct literals *l, unsigned reg)
{
	use(l, reg, l->piece->section->ref[0].old, l->piece->section->ref[0].new);
}

/* New distance for a branch; false: leave it. */
static bool branch(struct predict_piece *piece, size_t at, uint64_t ahead, uint64_t *distance, unsigned bits)
{
	uint64_t new;
	if (!predict_kinds_target(piece, at, piece->old_at + ahead + *distance, &new))
		return false;
	*distance = predict_kinds_distance(piece, new, piece->new_at + ahead);
	return predict_kinds_fits(*distance, bits);
}

static uint16_t half(const struct predict_piece *piece, size_t at)
{
	return predict_kinds_le16(piece->p + at);
}

static void put_halves(uint8_t *p, uint32_t first, uint32_t second)
{
	predict_kinds_put_le32(p, (first & 0xffff) | second << 16);
}

/* BL, BLX and B.W: 25 bits, two of them written as their agreement with the sign. */
static void thumb_branch(struct predict_piece *piece, size_t at, uint32_t first, uint32_t second)
{
	uint32_t s = first >> 10 & 1, j1 = second >> 13 & 1, j2 = second >> 11 & 1;
	uint64_t d = s << 24 | (j1 ^ s ^ 1) << 23 | (j2 ^ s ^ 1) << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
	bool exchange = (second & 0xd000) == 0xc000; /* to 32-bit instructions, from a rounded place */
	uint64_t ahead = at + 4;
	if (exchange)
		ahead -= (piece->old_at + ahead) & 2;
	if (exchange && ((piece->old_at ^ piece->new_at) & 2) && !piece->absolute)
		return;
	d = predict_kinds_extend(d, 25);
	if (!branch(piece, at, ahead, &d, 25) || d & 1 || (exchange && d & 2))
		return;
	s = d >> 24 & 1;
	j1 = (d >> 23 & 1) ^ s ^ 1;
	j2 = (d >> 22 & 1) ^ s ^ 1;
	put_halves(piece->p + at, (first & 0xf800) | s << 10 | (d >> 12 & 0x3ff),
		   (second & 0xd000) | j1 << 13 | j2 << 11 | (d >> 1 & 0x7ff));
}

/* B.W with a condition: 21 bits. */
static void thumb_condition(struct predict_piece *piece, size_t at, uint32_t first, uint32_t second)
{
	uint32_t s = first >> 10 & 1, j1 = second >> 13 & 1, j2 = second >> 11 & 1;
	uint64_t d = s << 20 | j2 << 19 | j1 << 18 | (first & 0x3f) << 12 | (second & 0x7ff) << 1;
	d = predict_kinds_extend(d, 21);
	if (!branch(piece, at, at + 4, &d, 21) || d & 1)
		return;
	put_halves(piece->p + at, (first & 0xfbc0) | (d >> 20 & 1) << 10 | (d >> 12 & 0x3f),
		   (second & 0xd000) | (d >> 18 & 1) << 13 | (d >> 19 & 1) << 11 | (d >> 1 & 0x7ff));
}

static void thumb_wide(struct literals *l, size_t at, uint32_t first, uint32_t second)
{
	struct predict_piece *piece = l->piece;
	if ((first & 0xf800) == 0xf000 && (second & 0x8000)) {
		if ((second & 0x5000) == 0) {
			if ((first & 0x380) != 0x380)
				thumb_condition(piece, at, first, second);
		} else {
			thumb_branch(piece, at, first, second);
		}
	} else if ((first & 0xff7f) == 0xf85f) { /* LDR of a literal, up or down */
		uint64_t from = at + 4 - ((piece->old_at + at) & 2), offset = second & 0xfff;
		load(l, second >> 12, first & 0x80 ? from + offset : from - offset);
	} else if ((first & 0xfff0) == 0xf850 && (second & 0xfc0) == 0) { /* LDR, register and register */
		use_got(l, second & 15);
		l->of[second >> 12] = 0;
	}
}

static void thumb_narrow(struct literals *l, size_t at, uint32_t w)
{
	struct predict_piece *piece = l->piece;
	if ((w & 0xf800) == 0x4800) { /* LDR of a literal */
		load(l, w >> 8 & 7, at + 4 - ((piece->old_at + at) & 2) + (w & 0xff) * 4);
	} else if ((w & 0xff78) == 0x4478) { /* ADD of the program counter */
		use_pc(l, (w & 7) | (w >> 4 & 8), at, 4);
	} else if ((w & 0xfe00) == 0x5800) { /* LDR, register and register */
		use_got(l, w >> 6 & 7);
		l->of[w & 7] = 0;
	}
}

void predict_arm_thumb_piece(struct predict_piece *piece)
{
	struct literals l = {.piece = piece};
	if ((piece->old_at - piece->new_at) & 1)
		return;
	for (size_t at = (size_t)(piece->old_at & 1); at < piece->n && piece->n - at >= 2;) {
		if (((piece->old_at + at) & 3) == 0 && ring_bit(&l, at, false)) {
			at += 4;
			continue;
		}
		uint32_t w = half(piece, at);
		bool wide = (w & 0xf800) >= 0xe800;
		if (wide && piece->n - at < 4)
			return;
		if (wide)
			thumb_wide(&l, at, w, half(piece, at + 2));
		else
			thumb_narrow(&l, at, w);
		at += wide ? 4 : 2;
	}
}

/* ADD ip, pc; ADD ip, ip; LDR pc, [ip]!: an entry's distance to its slot, in three parts. */
static bool linkage(struct predict_piece *piece, size_t at)
{
	uint8_t *p = piece->p + at;
	if (piece->n - at < 12)
		return false;
	uint32_t a = predict_kinds_le32(p), b = predict_kinds_le32(p + 4), c = predict_kinds_le32(p + 8);
	if ((a & 0xffffff00) != 0xe28fc600 || (b & 0xffffff00) != 0xe28cca00 || (c & 0xfffff000) != 0xe5bcf000)
		return false;
	uint64_t d = (a & 0xff) << 20 | (b & 0xff) << 12 | (c & 0xfff);
	if (branch(piece, at + 8, at + 8, &d, 29) && d < (1 << 28)) {
		predict_kinds_put_le32(p, (a & 0xffffff00) | (uint32_t)(d >> 20));
		predict_kinds_put_le32(p + 4, (b & 0xffffff00) | (d >> 12 & 0xff));
		predict_kinds_put_le32(p + 8, (c & 0xfffff000) | (d & 0xfff));
	}
	return true;
}

static void arm_instruction(struct literals *l, size_t at)
{
	struct predict_piece *piece = l->piece;
	uint32_t w = predict_kinds_le32(piece->p + at);
	if ((w & 0x0e000000) == 0x0a000000) { /* B, BL, BLX */
		uint64_t d = predict_kinds_extend(w & 0xffffff, 24) << 2;
		if (branch(piece, at, at + 8, &d, 26) && !(d & 3))
			predict_kinds_put_le32(piece->p + at, (w & 0xff000000) | (d >> 2 & 0xffffff));
	} else if ((w & 0x0f7f0000) == 0x051f0000) { /* LDR of a literal, up or down */
		load(l, w >> 12 & 15, w & 0x800000 ? at + 8 + (w & 0xfff) : at + 8 - (w & 0xfff));
	} else if ((w & 0x0fff0ff0) == 0x008f0000) { /* ADD of the program counter */
		use_pc(l, w & 15, at, 8);
	} else if ((w & 0x0ff00ff0) == 0x07900000) { /* LDR, register and register */
		if ((w >> 16 & 15) == 15)
			use_pc(l, w & 15, at, 8);
		else
			use_got(l, w & 15);
	}
}

void predict_arm_piece(struct predict_piece *piece)
{
	struct literals l = {.piece = piece};
	if ((piece->old_at - piece->new_at) & 3)
		return;
	for (size_t at = (size_t)((0 - piece->old_at) & 3); at < piece->n && piece->n - at >= 4;) {
		if (ring_bit(&l, at, false)) {
			at += 4;
		} else if (linkage(piece, at)) {
			at += 12;
		} else {
			arm_instruction(&l, at);
			at += 4;
		}
	}
}

/* A distance of 31 bits from where it stands, the top bit being something else. */
static void move_31(struct predict_piece *piece, uint64_t at)
{
	uint32_t w = predict_kinds_le32(piece->p + at);
	uint64_t d = predict_kinds_extend(w, 31);
	if (branch(piece, at, at, &d, 31))
		predict_kinds_put_le32(piece->p + at, (w & 0x80000000) | ((uint32_t)d & 0x7fffffff));
}

/* Pairs: where a function is; how it is unwound: in place (top bit set), not at all (1), or where that is written. */
void predict_arm_index(struct predict_piece *piece)
{
	for (size_t at = (size_t)((0 - piece->phase) & 3); at < piece->n && piece->n - at >= 4; at += 4) {
		uint32_t w = predict_kinds_le32(piece->p + at);
		bool second = (piece->phase + at) & 4;
		if (!second || (w != 1 && !(w & 0x80000000)))
			move_31(piece, at);
	}
}
