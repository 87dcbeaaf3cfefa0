/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of instructions, one by one: bytes as an assembler wrote them for the old place, bytes for the new one.
 * Targets are at 0x1010 of the old file unless a name says otherwise, which is 0x1810 of the new one.
 */
#include "../check.h"

#include "predict_world.h"

#define WRITTEN_MAX 32

struct written {
	const char *name;
	const char *old, *new; /* new NULL: nothing may change */
};

static const struct written x86[] = {
	{"CALL", "e8 0b0f0000", "e8 0b170000"},
	{"JMP", "e9 0b0f0000", "e9 0b170000"},
	{"JE", "0f84 0a0f0000", "0f84 0a170000"},
	{"CALL within what moved alike", "e8 00010000", NULL},
	{"CALL before the file", "e8 00000080", NULL},
	{"CALL far behind the file", "e8 00000070", NULL},
	{"MOV from memory", "488b05 090f0000", "488b05 09170000"},
	{"LEA", "4c8d2d 090f0000", "4c8d2d 09170000"},
	{"JMP through memory", "ff25 0a0f0000", "ff25 0a170000"},
	/* The target is the first byte that moved: who forgets the operand behind the distance misses it. */
	{"MOV of 4 bytes", "c705 f60e0000 01020304", "c705 f6160000 01020304"},
	{"MOV of 2 bytes", "66c705 f70e0000 0102", "66c705 f7160000 0102"},
	{"MOV of 8 bytes from 4", "48c705 f50e0000 01020304", "48c705 f5160000 01020304"},
	{"MOV of 1 byte", "c605 f90e0000 01", "c605 f9160000 01"},
	{"CMP with 1 byte", "833d f90e0000 01", "833d f9160000 01"},
	{"TEST with 1 byte", "f605 f90e0000 01", "f605 f9160000 01"},
	{"TEST with 4 bytes", "f705 f60e0000 01020304", "f705 f6160000 01020304"},
	{"NOT", "f715 fa0e0000", "f715 fa160000"},
	{"IMUL with 4 bytes", "4869 05 f50e0000 01020304", "4869 05 f5160000 01020304"},
	{"SHL by 1 byte", "c125 f90e0000 04", "c125 f9160000 04"},
	{"BT with 1 byte", "0fba25 f80e0000 04", "0fba25 f8160000 04"},
	{"MOVZX", "0fb605 f90e0000", "0fb605 f9160000"},
	{"PALIGNR", "660f3a0f05 f60e0000 08", "660f3a0f05 f6160000 08"},
	{"PSHUFB", "660f380005 f70e0000", "660f380005 f7160000"},
	{"VMOVSD, two-byte VEX", "c5fb1005 f80e0000", "c5fb1005 f8160000"},
	{"VPSHUFD, two-byte VEX, 1 byte", "c5f97005 f70e0000 01", "c5f97005 f7160000 01"},
	{"VINSERTF128, three-byte VEX", "c4e3751805 f60e0000 01", "c4e3751805 f6160000 01"},
	{"VMOVUPS, EVEX", "62f17c481005 f60e0000", "62f17c481005 f6160000"},
	{"VPTERNLOGD, EVEX, 1 byte", "62f36d48250d f50e0000 ff", "62f36d48250d f5160000 ff"},
	{"CALL bytes in a constant", "48b8 e80b0f0000 909090", NULL},
	{"CALL bytes in an absolute address", "48a1 e80b0f0000 909090", NULL},
	{"base register, not the program counter", "488b85 090f0000", NULL},
	{"no base, with an index", "488b0425 090f0000", NULL},
	{"ENTER", "c8e80b0f 000000", NULL},
};

/* Of a program that is not relocated: addresses as they are, too. */
static const struct written x86_fixed[] = {
	{"CALL", "e8 0b0f0000", "e8 0b170000"},
	{"MOV of an address", "bf 10104000", "bf 10184100"},
	{"MOV from an address", "8b0425 10104000", "8b0425 10184100"},
	{"MOV from a table", "8b0485 10104000", "8b0485 10184100"},
	{"MOV from a field of a table", "8b87 10104000", "8b87 10184100"},
	{"MOV of an address to an address", "48c70425 10104000 20104000", "48c70425 10184100 20184100"},
	{"CMP with an address", "4881fa 10104000", "4881fa 10184100"},
	{"PUSH of an address", "68 10104000", "68 10184100"},
	{"TEST with an address", "f7c0 10104000", "f7c0 10184100"},
	{"MOV of a number", "bf 10104100", NULL},
	{"MOV of 8 bytes", "48bf 10104000 00000000", NULL},
	{"MOV of 2 bytes", "66bf 1010 9090", NULL},
};

static const struct written arm64[] = {
	{"BL", "c4030094", "c4050094"},
	{"B", "c4030014", "c4050014"},
	{"B.EQ", "80780054", "80b80054"},
	{"CBZ", "837800b4", "83b800b4"},
	{"TBNZ", "83782837", "83b82837"},
	{"LDR of a literal", "87780058", "87b80058"},
	{"ADR", "81780070", "81b80070"},
	/* These mean 0x1f10 and what lies about it: 0x2710, a page further. */
	{"ADRP, ADD", "020000b0 1f2003d5 42403c91", "020000d0 1f2003d5 42401c91"},
	{"ADRP, LDR", "090000b0 208d47f9", "090000d0 208d43f9"},
	{"ADRP, STRB", "090000b0 204d3c39", "090000d0 204d1c39"},
	{"ADRP, LDR of 16 bytes, LDR", "090000b0 20c9c33d 218547f9", "090000d0 20c9c13d 218543f9"},
	{"ADRP, of a register that the call does not keep", "020000b0 00000094 42403c91", "020000b0 00000094 42403c91"},
	{"ADD without ADRP", "42403c91", NULL},
	{"ADD of another register", "020000b0 63403c91", "020000b0 63403c91"},
	{"BLR", "20003fd6", NULL},
};

static const struct written arm[] = {
	{"BL", "c20300eb", "c20500eb"},
	{"BEQ", "c203000a", "c205000a"},
	{"LDR of a literal, ADD pc", "04309fe5 03308fe0 0000a0e1 040f0000", "04309fe5 03308fe0 0000a0e1 04170000"},
	{"LDR of a literal, LDR [pc]", "04309fe5 03309fe7 0000a0e1 040f0000", "04309fe5 03309fe7 0000a0e1 04170000"},
	{"LDR of a literal, LDR from the GOT", "04209fe5 022093e7 0000a0e1 10010000",
	 "04209fe5 022093e7 0000a0e1 10090000"},
	{"PLT entry", "00c68fe2 00ca8ce2 08ffbce5", "00c68fe2 01ca8ce2 08f7bce5"},
	{"literal that is not used", "04309fe5 0000a0e1 0000a0e1 040f0000", NULL},
};

static const struct written thumb[] = {
	{"BL", "00f086ff", "01f086fb"},
	{"B.W", "00f086bf", "01f086bb"},
	{"BLX", "00f086ef", "01f086eb"},
	{"BNE.W", "40f08687", "41f08683"},
	{"LDR of a literal, ADD pc", "014b7b44 00bf00bf 0a0f0000", "014b7b44 00bf00bf 0a170000"},
	{"LDR.W of a literal, ADD pc", "dff80880 f84400bf 00bf00bf 080f0000", "dff80880 f84400bf 00bf00bf 08170000"},
	{"LDR of a literal, LDR from the GOT", "014a9a58 00bf00bf 10010000", "014a9a58 00bf00bf 10090000"},
	{"literal that looks like BL", "014b00bf 00bf00bf 00f082ff", NULL},
};

static void try_one(const struct written *t, enum predict_kind kind, uint8_t filler)
{
	struct err e = {0};
	/* The GOT stands before what moved. */
	struct world w = {.kind = kind, .ref_old = {WORLD_OLD + 0xf00}, .ref_new = {WORLD_NEW + 0xf00}};
	uint8_t old[WRITTEN_MAX], new[WRITTEN_MAX], have[WORLD_IMAGE_BYTES], want[WORLD_IMAGE_BYTES];
	size_t n = world_hex(t->old, old, sizeof old);
	w.narrow = kind == PREDICT_KIND_ARM || kind == PREDICT_KIND_THUMB;
	assert_int_equal(world_hex(t->new ? t->new : t->old, new, sizeof new), n);
	check_ok(world_init(&w, &e));
	world_copied(have, filler, WORLD_AT, old, n);
	world_copied(want, filler, WORLD_AT, new, n);
	predict_range(w.p, WORLD_IMAGE_AT, have, sizeof have);
	world_done(&w);
	if (memcmp(have + WORLD_AT, new, n) != 0)
		fail_msg("%s: %02x%02x%02x%02x %02x%02x%02x%02x", t->name, have[0x100], have[0x101], have[0x102],
			 have[0x103], have[0x104], have[0x105], have[0x106], have[0x107]);
	if (memcmp(have, want, sizeof have) != 0)
		fail_msg("%s: changed something else", t->name);
}

static void x86_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(x86); i++)
		try_one(&x86[i], PREDICT_KIND_X86, 0x90);
}

/* The last instruction that an operation carries is cut off behind its distance; the first one before its ModRM. */
static void x86_instructions_across_operations(void **state)
{
	(void)state;
	struct err e = {0};
	struct world w = {.kind = PREDICT_KIND_X86};
	static const uint8_t cut[] = {0xc7, 0x05, 0x0c, 0x00, 0x00, 0x00},
			     want_cut[] = {0xc7, 0x05, 0x0c, 0x08, 0x00, 0x00};
	/* The tail of "MOV to memory", 48 c7 05, and a CALL that a walk from here takes for a part of something else.
	 */
	static const uint8_t tail[] = {0xb8, 0xe8, 0x0a, 0x10, 0x00, 0x00},
			     want_tail[] = {0xb8, 0xe8, 0x0a, 0x18, 0x00, 0x00};
	uint8_t have[WORLD_IMAGE_BYTES];
	check_ok(world_init(&w, &e));
	world_copied(have, 0x90, WORLD_MOVED_FROM - sizeof cut, cut, sizeof cut);
	memcpy(have, tail, sizeof tail);
	predict_range(w.p, WORLD_IMAGE_AT, have, sizeof have);
	world_done(&w);
	assert_memory_equal(have + WORLD_MOVED_FROM - sizeof cut, want_cut, sizeof cut);
	assert_memory_equal(have, want_tail, sizeof tail);
}

static void x86_fixed_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(x86_fixed); i++)
		try_one(&x86_fixed[i], PREDICT_KIND_X86_FIXED, 0x90);
}

static void arm64_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(arm64); i++)
		try_one(&arm64[i], PREDICT_KIND_ARM64, 0);
}

static void arm_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(arm); i++)
		try_one(&arm[i], PREDICT_KIND_ARM, 0);
}

static void thumb_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(thumb); i++)
		try_one(&thumb[i], PREDICT_KIND_THUMB, 0);
}

/* Every two bytes of every kind of code, at the end of the section and of the range: never outside. */
static void code_at_the_end(void **state)
{
	(void)state;
	static const enum predict_kind kinds[] = {PREDICT_KIND_X86, PREDICT_KIND_X86_FIXED, PREDICT_KIND_ARM64,
						  PREDICT_KIND_ARM, PREDICT_KIND_THUMB,	    PREDICT_KIND_ARM_INDEX};
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct err e = {0};
		struct world w = {.kind = kinds[k]};
		check_ok(world_init(&w, &e));
		for (unsigned two = 0; two < 0x10000; two++) {
			/* Of exact size, for the sanitizer. */
			size_t n = 1 + two % 12;
			uint8_t *exact = test_malloc(n);
			memset(exact, (int)(two >> 8), n);
			exact[n - 1] = (uint8_t)two;
			predict_range(w.p, WORLD_IMAGE_AT + two % 16, exact, n);
			test_free(exact);
		}
		world_done(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_fields),
		cmocka_unit_test(x86_fixed_fields),
		cmocka_unit_test(x86_instructions_across_operations),
		cmocka_unit_test(arm64_fields),
		cmocka_unit_test(arm_fields),
		cmocka_unit_test(thumb_fields),
		cmocka_unit_test(code_at_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
