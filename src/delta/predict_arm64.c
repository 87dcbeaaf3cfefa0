/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64 code: distances of branches and literals, and addresses made of a page (ADRP) and the low twelve bits in an
 * instruction or several that follow it. Instructions are little-endian on every AArch64.
 */
#include "delta/predict_kinds.h"

#include "core/base/banned.h"

#define PAGE 4096
#define REACH 64     /* instructions after an ADRP that may still add to its page */
#define CLOBBERED 18 /* registers that a call does not preserve: x0 to x17 */

/* What an ADRP left in a register. */
struct page {
	uint64_t old;	/* address */
	size_t at;	/* of the ADRP in the piece */
	bool live, set; /* set: its own page has been predicted */
};

struct pages {
	struct page of[32];
	struct predict_piece *piece;
};

/* A distance of `bits` bits in units of 2^shift, at bit `low` of the instruction. */
static void move(struct predict_piece *piece, size_t at, unsigned low, unsigned bits, unsigned shift)
{
	uint32_t w = predict_kinds_le32(piece->p + at), mask = (((uint32_t)1 << bits) - 1) << low;
	uint64_t old = piece->old_at + at + (predict_kinds_extend((w & mask) >> low, bits) << shift), new;
	if (!predict_kinds_target(piece, at, old, &new))
		return;
	new = predict_kinds_distance(piece, new, piece->new_at + at);
	uint64_t unit = ((uint64_t)1 << shift) - 1;
	if (new &unit || !predict_kinds_fits(new, bits + shift))
		return;
	predict_kinds_put_le32(piece->p + at, (w & ~mask) | ((uint32_t)(new >> shift) << low & mask));
}

static uint32_t adr_value(uint32_t w)
{
	return (w >> 3 & 0x1ffffc) | (w >> 29 & 3);
}

static uint32_t adr_with(uint32_t w, uint32_t v)
{
	return (w & 0x9f00001f) | (v & 0x1ffffc) << 3 | (v & 3) << 29;
}

static void move_adr(struct predict_piece *piece, size_t at, uint32_t w)
{
	uint64_t old = piece->old_at + at + predict_kinds_extend(adr_value(w), 21), new;
	if (!predict_kinds_target(piece, at, old, &new))
		return;
	new = predict_kinds_distance(piece, new, piece->new_at + at);
	if (predict_kinds_fits(new, 21))
		predict_kinds_put_le32(piece->p + at, adr_with(w, (uint32_t) new));
}

/* The ADRP gets the page of `new`. */
static void set_page(struct predict_piece *piece, struct page *page, uint64_t new)
{
	uint8_t *p = piece->p + page->at;
	uint64_t here = (piece->new_at + page->at) & ~(uint64_t)(PAGE - 1);
	uint64_t pages = predict_kinds_distance(piece, new & ~(uint64_t)(PAGE - 1), here) / PAGE;
	pages = predict_kinds_extend(pages, 52); /* the division of a negative distance */
	page->set = true;
	if (predict_kinds_fits(pages, 21))
		predict_kinds_put_le32(p, adr_with(predict_kinds_le32(p), (uint32_t)pages));
}

/* An ADRP that nothing was seen to add to: its page moves as its first byte does. */
static void give_up(struct predict_piece *piece, struct page *page)
{
	uint64_t new;
	if (page->live && !page->set && predict_kinds_target(piece, page->at, page->old, &new))
		set_page(piece, page, new);
	page->live = false;
}

static void begin_page(struct pages *pages, size_t at, uint32_t w)
{
	struct page *page = &pages->of[w & 31];
	uint64_t here = (pages->piece->old_at + at) & ~(uint64_t)(PAGE - 1);
	give_up(pages->piece, page);
	*page = (struct page){here + predict_kinds_extend(adr_value(w), 21) * PAGE, at, true, false};
}

/* An instruction that adds twelve bits, in units of 2^shift, to what an ADRP left. */
static void end_page(struct pages *pages, size_t at, uint32_t w, unsigned shift)
{
	struct predict_piece *piece = pages->piece;
	struct page *page = &pages->of[w >> 5 & 31];
	uint64_t new;
	if (!page->live)
		return;
	if (at - page->at > (size_t)REACH * 4) {
		give_up(piece, page);
		return;
	}
	if (!predict_kinds_target(piece, at, page->old + ((uint64_t)(w >> 10 & 0xfff) << shift), &new))
		return;
	uint32_t low = (uint32_t)(new &(PAGE - 1));
	if (!page->set)
		set_page(piece, page, new);
	if (low & ((1U << shift) - 1))
		return;
	predict_kinds_put_le32(piece->p + at, (w & ~((uint32_t)0xfff << 10)) | (low >> shift) << 10);
}

/* The unit of a load's or store's offset: its size; `w` is one with an unsigned offset. */
static unsigned unit(uint32_t w)
{
	bool vector = w & (1U << 26), sixteen = w & (1U << 23);
	return vector && sixteen ? 4 : w >> 30;
}

/* Registers that hold no page any more. */
static void forget(struct pages *pages, unsigned from, unsigned to)
{
	for (unsigned r = from; r < to; r++)
		give_up(pages->piece, &pages->of[r]);
}

static void addressing(struct pages *pages, size_t at, uint32_t w)
{
	unsigned rn = w >> 5 & 31, rd = w & 31;
	if ((w & 0x9f000000) == 0x90000000) { /* ADRP */
		begin_page(pages, at, w);
	} else if ((w & 0x9f000000) == 0x10000000) { /* ADR */
		move_adr(pages->piece, at, w);
	} else if ((w & 0xffc00000) == 0x91000000) { /* ADD, 64 bits, no shift */
		end_page(pages, at, w, 0);
		if (rd == rn)
			forget(pages, rd, rd + 1);
	} else if ((w & 0x3b000000) == 0x39000000) { /* loads and stores */
		end_page(pages, at, w, unit(w));
		bool load = (w >> 22 & 3) && !(w & (1U << 26));
		if (load && rd == rn)
			forget(pages, rd, rd + 1);
	}
}

static void instruction(struct pages *pages, size_t at)
{
	struct predict_piece *piece = pages->piece;
	uint32_t w = predict_kinds_le32(piece->p + at);
	if ((w & 0x7c000000) == 0x14000000) { /* B, BL */
		move(piece, at, 0, 26, 2);
		if (w >> 31)
			forget(pages, 0, CLOBBERED);
	} else if ((w & 0xfffffc1f) == 0xd63f0000) { /* BLR */
		forget(pages, 0, CLOBBERED);
	} else if ((w & 0xff000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000) { /* B.cond, CBZ, CBNZ */
		move(piece, at, 5, 19, 2);
	} else if ((w & 0x7e000000) == 0x36000000) { /* TBZ, TBNZ */
		move(piece, at, 5, 14, 2);
	} else if ((w & 0x3b000000) == 0x18000000) { /* LDR of a literal */
		move(piece, at, 5, 19, 2);
	} else {
		addressing(pages, at, w);
	}
}

void predict_arm64_piece(struct predict_piece *piece)
{
	struct pages pages = {.piece = piece};
	size_t at = (size_t)((0 - piece->old_at) & 3);
	if ((piece->old_at - piece->new_at) & 3)
		return;
	for (; at < piece->n && piece->n - at >= 4; at += 4)
		instruction(&pages, at);
	forget(&pages, 0, 32);
}
