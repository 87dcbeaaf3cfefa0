/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64 code: distances of calls and jumps, and operands relative to the instruction pointer. Instructions are walked
 * by their length, because an operand's distance counts from the instruction's end, and so that bytes which only look
 * like a call are left alone. A piece may begin inside an instruction: a walk falls into step after a few.
 */
#include <string.h>

#include "delta/predict_kinds.h"

#include "core/base/banned.h"

/*
 * What follows an opcode:  . nothing   m ModRM   b 1 byte   w 2 bytes   z 2 or 4 bytes   j 4 bytes, a distance
 * B ModRM, 1 byte   Z ModRM, 2 or 4 bytes   v 4 or 8 bytes   o an address   e 3 bytes   t ModRM, perhaps 1 byte
 * T ModRM, perhaps 4   p prefix   r REX   2 two-byte opcode   5 4 6 VEX, EVEX   x no instruction
 */
static const char one_byte[257] = "mmmmbzxxmmmmbzx2"  /* 00 */
				  "mmmmbzxxmmmmbzxx"  /* 10 */
				  "mmmmbzpxmmmmbzpx"  /* 20 */
				  "mmmmbzpxmmmmbzpx"  /* 30 */
				  "rrrrrrrrrrrrrrrr"  /* 40 */
				  "................"  /* 50 */
				  "xx6mppppzZbB...."  /* 60 */
				  "bbbbbbbbbbbbbbbb"  /* 70 */
				  "BZxBmmmmmmmmmmmm"  /* 80 */
				  "..........x....."  /* 90 */
				  "oooo....bz......"  /* A0 */
				  "bbbbbbbbvvvvvvvv"  /* B0 */
				  "BBw.45BZe.w..bx."  /* C0 */
				  "mmmmxxx.mmmmmmmm"  /* D0 */
				  "bbbbbbbbjjxb...."  /* E0 */
				  "p.pp..tT......mm"; /* F0 */

static const char two_byte[257] = "mmmmx.....x.xm.B"  /* 00 */
				  "mmmmmmmmmmmmmmmm"  /* 10 */
				  "mmmmxxxxmmmmmmmm"  /* 20 */
				  "......x.3x3xxxxx"  /* 30; 38 and 3A: three bytes */
				  "mmmmmmmmmmmmmmmm"  /* 40 */
				  "mmmmmmmmmmmmmmmm"  /* 50 */
				  "mmmmmmmmmmmmmmmm"  /* 60 */
				  "BBBBmmm.mmmmmmmm"  /* 70 */
				  "jjjjjjjjjjjjjjjj"  /* 80 */
				  "mmmmmmmmmmmmmmmm"  /* 90 */
				  "...mBmxx...mBmmm"  /* A0 */
				  "mmmmmmmmmmBmmmmm"  /* B0 */
				  "mmBmBBBm........"  /* C0 */
				  "mmmmmmmmmmmmmmmm"  /* D0 */
				  "mmmmmmmmmmmmmmmm"  /* E0 */
				  "mmmmmmmmmmmmmmmm"; /* F0 */

#define WINDOW 32 /* more than any walk of one instruction looks at */
#define PREFIXES_MAX 8

struct insn {
	size_t length;	    /* 0: no instruction */
	size_t distance;    /* place of a 4-byte distance; 0: none */
	size_t absolute[2]; /* of 4 bytes that may be an address: displacement, operand */
};

struct walk {
	const uint8_t *p; /* WINDOW bytes */
	size_t i;
	size_t distance, absolute[2];
	uint8_t reg; /* of ModRM */
	bool w, short_operand, short_address;
};

static char prefixes(struct walk *k)
{
	for (; k->i < PREFIXES_MAX; k->i++) {
		uint8_t b = k->p[k->i];
		char kind = one_byte[b];
		if (kind == 'r')
			k->w = b & 8;
		else if (kind != 'p')
			break;
		k->short_operand |= b == 0x66;
		k->short_address |= b == 0x67;
	}
	return one_byte[k->p[k->i++]];
}

static char three_bytes(unsigned map)
{
	return map == 3 ? 'B' : map == 2 ? 'm' : 'x';
}

/* VEX and EVEX name the opcode's map; their distances are never jumps. */
static char vector(struct walk *k, char kind)
{
	unsigned map = kind == '5' ? 1 : k->p[k->i] & (kind == '4' ? 0x1f : 7);
	k->i += kind == '5' ? 1 : kind == '4' ? 2 : 3;
	uint8_t op = k->p[k->i++];
	if (map == 1)
		return two_byte[op] == 'j' ? 'x' : two_byte[op];
	return map == 5 || map == 6 ? 'm' : three_bytes(map);
}

static char opcode(struct walk *k)
{
	char kind = prefixes(k);
	if (kind == '4' || kind == '5' || kind == '6')
		return vector(k, kind);
	if (kind != '2')
		return kind;
	kind = two_byte[k->p[k->i++]];
	if (kind != '3')
		return kind;
	k->i++;
	return three_bytes(k->p[k->i - 2] == 0x3a ? 3 : 2);
}

static void modrm(struct walk *k)
{
	uint8_t b = k->p[k->i++];
	unsigned mod = b >> 6, rm = b & 7;
	k->reg = (b >> 3) & 7;
	if (mod == 3)
		return;
	bool sib = rm == 4;
	unsigned base = sib ? k->p[k->i++] & 7 : rm;
	if (mod == 0 && !sib && rm == 5)
		k->distance = k->i;
	else if (mod == 2 || (mod == 0 && base == 5))
		k->absolute[0] = k->i;
	if (mod == 2 || (mod == 0 && base == 5))
		k->i += 4;
	else if (mod == 1)
		k->i++;
}

static void operand(struct walk *k)
{
	if (!k->short_operand)
		k->absolute[1] = k->i;
	k->i += k->short_operand ? 2 : 4;
}

/* False: no instruction. */
static bool operands(struct walk *k, char kind)
{
	if (kind == 'm' || kind == 'B' || kind == 'Z' || kind == 't' || kind == 'T')
		modrm(k);
	switch (kind) {
	case 'b':
	case 'B':
		k->i += 1;
		return true;
	case 'w':
		k->i += 2;
		return true;
	case 'e':
		k->i += 3;
		return true;
	case 'z':
	case 'Z':
		operand(k);
		return true;
	case 'j':
		k->distance = k->i;
		k->i += 4;
		return true;
	case 'v':
		if (k->w)
			k->i += 8;
		else
			operand(k);
		return true;
	case 'o':
		k->i += k->short_address ? 4 : 8;
		return true;
	case 't':
	case 'T':
		if (k->reg < 2 && kind == 't')
			k->i++;
		else if (k->reg < 2)
			operand(k);
		return true;
	default:
		return kind == '.' || kind == 'm';
	}
}

static struct insn instruction(const uint8_t *p, size_t n)
{
	uint8_t padded[WINDOW] = {0};
	struct walk k = {.p = p};
	if (n < WINDOW) {
		memcpy(padded, p, n);
		k.p = padded;
	}
	if (!operands(&k, opcode(&k)) || k.i > n)
		return (struct insn){0};
	return (struct insn){k.i, k.distance, {k.absolute[0], k.absolute[1]}};
}

/* False: it means no address of the old file. */
static bool move(struct predict_piece *piece, size_t at, const struct insn *insn)
{
	uint8_t *field = piece->p + at + insn->distance;
	uint64_t end = at + insn->length, old = predict_kinds_extend(predict_kinds_le32(field), 32), new;
	if (!predict_kinds_target(piece, at + insn->distance, piece->old_at + end + old, &new))
		return false;
	new = predict_kinds_distance(piece, new, piece->new_at + end);
	if (predict_kinds_fits(new, 32))
		predict_kinds_put_le32(field, (uint32_t) new);
	return true;
}

static void move_absolute(struct predict_piece *piece, size_t at)
{
	uint64_t new;
	if (predict_kinds_target(piece, at, predict_kinds_le32(piece->p + at), &new) && new <= UINT32_MAX)
		predict_kinds_put_le32(piece->p + at, (uint32_t) new);
}

/* What follows this opcode if `modrm` is its ModRM: m, B or Z; x if it has none. */
static char common(uint8_t op, uint8_t modrm)
{
	switch (op) {
	case 0xc7:
	case 0x81:
	case 0x69:
		return 'Z';
	case 0x80:
	case 0x83:
	case 0xc6:
	case 0xc0:
	case 0xc1:
	case 0x6b:
		return 'B';
	case 0xf6:
		return modrm & 0x30 ? 'm' : 'B';
	case 0xf7:
		return modrm & 0x30 ? 'm' : 'Z';
	default:
		return one_byte[op] == 'm' ? 'm' : 'x';
	}
}

/*
 * What looks like an instruction with a distance, or like its ModRM: for where the walk is not in step yet, at a
 * piece's beginning, and where an instruction's end is missing. Operations are short in code that was compiled anew,
 * and it pays.
 */
static struct insn guess(const struct predict_piece *piece, size_t at)
{
	const uint8_t *p = piece->p + at;
	size_t n = piece->n - at;
	if (n >= 5 && (p[0] == 0xe8 || p[0] == 0xe9))
		return (struct insn){.length = 5, .distance = 1};
	if (n >= 6 && p[0] == 0x0f && (p[1] & 0xf0) == 0x80)
		return (struct insn){.length = 6, .distance = 2};
	if (!at || n < 5 || (p[0] & 0xc7) != 5)
		return (struct insn){0};
	bool two = at > 1 && p[-2] == 0x0f, vex = (at > 2 && p[-3] == 0xc5) || (at > 3 && p[-4] == 0xc4);
	char kind = two || vex ? two_byte[p[-1]] : common(p[-1], p[0]);
	switch (kind) {
	case 'm':
		return (struct insn){.length = 5, .distance = 1};
	case 'B':
		return (struct insn){.length = 6, .distance = 1};
	case 'Z':
		return (struct insn){.length = at > 1 && p[-2] == 0x66 ? 7 : 9, .distance = 1};
	default:
		return (struct insn){0};
	}
}

/* Guesses what begins in [from, to); returns where the last one ends. */
static size_t guess_range(struct predict_piece *piece, size_t from, size_t to)
{
	while (from < to) {
		struct insn insn = guess(piece, from);
		bool hit = insn.distance && move(piece, from, &insn);
		from += hit ? insn.distance + 4 : 1;
	}
	return from;
}

/* The walk comes into step first, unheard. */
static void walk(struct predict_piece *piece, bool fixed)
{
	size_t at = 0, step = piece->n < WINDOW ? piece->n : WINDOW;
	while (at < step) {
		struct insn insn = instruction(piece->p + at, piece->n - at);
		at += insn.length ? insn.length : 1;
	}
	(void)guess_range(piece, 0, step);
	while (at < piece->n) {
		struct insn insn = instruction(piece->p + at, piece->n - at);
		if (!insn.length) {
			bool cut_off = piece->n - at < WINDOW; /* then nothing behind it is whole either */
			at = guess_range(piece, at, cut_off ? piece->n : at + 1);
			continue;
		}
		if (insn.distance)
			(void)move(piece, at, &insn);
		for (unsigned i = 0; fixed && i < 2; i++)
			if (insn.absolute[i])
				move_absolute(piece, at + insn.absolute[i]);
		at += insn.length;
	}
}

void predict_x86_piece(struct predict_piece *piece)
{
	walk(piece, false);
}

void predict_x86_fixed(struct predict_piece *piece)
{
	walk(piece, true);
}
