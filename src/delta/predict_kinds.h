/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What predict.c hands to the kinds of fields, one file per architecture: a piece of one section that one operation
 * carried over, with the addresses of both its places. Shared with the maker's side, which writes these kinds.
 *
 * Fields are read and written by bytes, never through wider pointers: any alignment, any machine.
 */
#ifndef HALLMARK_DELTA_PREDICT_KINDS_H
#define HALLMARK_DELTA_PREDICT_KINDS_H

#include "delta/predict_map.h"

/* Numbers of the description; never reused. */
enum predict_kind {
	PREDICT_KIND_X86 = 1,	     /* x86-64 code */
	PREDICT_KIND_ARM64 = 2,	     /* AArch64 code */
	PREDICT_KIND_ARM = 3,	     /* ARM code, 32-bit instructions; ref: global offset table */
	PREDICT_KIND_THUMB = 4,	     /* ARM code, Thumb-2; the same */
	PREDICT_KIND_POINTERS = 5,   /* words that may hold addresses */
	PREDICT_KIND_REL = 6,	     /* relocations: offset, info; refs: what offsets are relative to, symbols */
	PREDICT_KIND_RELA = 7,	     /* offset, info, addend; the same */
	PREDICT_KIND_SYMBOLS = 8,    /* symbol table; ref: its strings */
	PREDICT_KIND_EH_FRAME = 9,   /* unwind records */
	PREDICT_KIND_EH_TABLE = 10,  /* pairs of 32 bits, relative to its ref: .eh_frame_hdr's table */
	PREDICT_KIND_TABLE = 11,     /* 32 bits each, relative to the section's start: jump tables */
	PREDICT_KIND_SECTIONS = 12,  /* section headers */
	PREDICT_KIND_ARM_INDEX = 13, /* .ARM.exidx */
	PREDICT_KIND_X86_FIXED = 14, /* x86-64 code of a program that is not relocated: addresses in it too */
	PREDICT_KIND_NUMBERS = 15,   /* 32 bits each, numbers of symbols; ref: the symbols. Buckets of a hash table */
	PREDICT_KIND_COUNT
};

/* Bytes of a file that have addresses: [at, at + length) of it are at `address` onwards. */
struct predict_span {
	uint64_t at, length, address;
};

struct predict_section {
	uint64_t at, length; /* in the new file */
	struct {
		uint64_t old, new;
	} ref[2]; /* addresses that its fields are relative to */
	enum predict_kind kind;
};

#define PREDICT_SPANS_MAX 16

/* A file of the image and the file of the base that it is made from. */
struct predict_pair {
	uint64_t image_at, image_length, base_at, base_length;
	const struct predict_span *image_spans, *base_spans; /* by `at`, apart */
	uint32_t image_spans_n, base_spans_n;
	uint64_t old_from, old_length; /* addresses that the old file can mean; includes what is not in the file */
	const struct predict_section *sections; /* by `at`, apart */
	uint32_t sections_n;
	bool wide, big;		  /* 64 bits; most significant byte first */
	struct predict_map map;	  /* from the operations */
	struct predict_map fixes; /* from the maker, counts before `map` */
};

struct predict_piece {
	const struct predict_pair *pair;
	const struct predict_section *section;
	uint8_t *p;
	size_t n;
	uint64_t old_at, new_at; /* addresses of p[0] */
	uint64_t phase;		 /* of p[0] in the section */
	size_t map_hint, fixes_hint;
	/* For the maker: leave new addresses in the fields, not distances; be told of every field that means an
	 * address. */
	bool absolute;
	void (*seen)(struct predict_piece *piece, uint64_t at, uint64_t old);
	void *ctx;
};

/* Bytes of a file outside every span have an address too, which no loadable byte has. */
#define PREDICT_UNLOADED ((uint64_t)1 << 62)

/* Address of a file's byte; `*ret_left`: how far on this goes. */
uint64_t predict_kinds_address(const struct predict_span *spans, uint32_t n, uint64_t at, uint64_t *ret_left);

/* What a field at `place` holds to mean the address `new`. */
static inline uint64_t predict_kinds_distance(const struct predict_piece *piece, uint64_t new, uint64_t place)
{
	return piece->absolute ? new &(PREDICT_UNLOADED - 1) : new - place;
}

/* New address for an old one, meant by the field at `at`; false: no address of the old file, or nothing is known. */
bool predict_kinds_target(struct predict_piece *piece, uint64_t at, uint64_t old, uint64_t *ret_new);

/* The other way round; UINT64_MAX: no byte of the file has this address. */
uint64_t predict_kinds_place(const struct predict_span *spans, uint32_t n, uint64_t address);

typedef void predict_kinds_fn(struct predict_piece *piece);
predict_kinds_fn predict_x86_piece, predict_x86_fixed;
predict_kinds_fn predict_arm64_piece;
predict_kinds_fn predict_arm_piece, predict_arm_thumb_piece, predict_arm_index;
predict_kinds_fn predict_data_pointers, predict_data_rel, predict_data_rela, predict_data_symbols,
	predict_data_eh_frame, predict_data_eh_table, predict_data_table, predict_data_sections, predict_data_numbers;

/* For every kind, by number; NULL where there is none. */
struct predict_kinds_row {
	predict_kinds_fn *piece;
	uint8_t refs;
};
extern const struct predict_kinds_row predict_kinds_table[PREDICT_KIND_COUNT];

static inline uint16_t predict_kinds_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t predict_kinds_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void predict_kinds_put_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* 32 bits with a sign, as a difference modulo 2^64. */
static inline uint64_t predict_kinds_extend(uint64_t v, unsigned bits)
{
	uint64_t sign = (uint64_t)1 << (bits - 1);
	return ((v & ((sign << 1) - 1)) ^ sign) - sign;
}

static inline bool predict_kinds_fits(uint64_t difference, unsigned bits)
{
	return predict_kinds_extend(difference, bits) == difference;
}

#endif
