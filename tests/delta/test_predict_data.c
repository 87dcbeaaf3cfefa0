/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of tables, one by one: as in the old file, as in the new one. The second 4 KiB of the old file moved by 0x800.
 */
#include "../check.h"

#include "predict_world.h"

#define ENTRY_MAX 64

struct entry {
	const char *name;
	enum predict_kind kind;
	const char *old, *new;
	bool narrow, big;
	uint64_t at; /* 0: WORLD_AT */
	uint64_t ref_old[2], ref_new[2];
};

#define O WORLD_OLD
#define N WORLD_NEW

static const struct entry entries[] = {
	{.name = "pointer to what moved",
	 .kind = PREDICT_KIND_POINTERS,
	 .old = "1010400000000000",
	 .new = "1018410000000000"},
	{.name = "pointer to what stayed",
	 .kind = PREDICT_KIND_POINTERS,
	 .old = "100f400000000000",
	 .new = "100f410000000000"},
	{.name = "zero is no pointer",
	 .kind = PREDICT_KIND_POINTERS,
	 .old = "0000000000000000",
	 .new = "0000000000000000"},
	{.name = "a number, not an address",
	 .kind = PREDICT_KIND_POINTERS,
	 .old = "1010410000000000",
	 .new = "1010410000000000"},
	{.name = "the last address, without bytes in the file",
	 .kind = PREDICT_KIND_POINTERS,
	 .old = "ff20400000000000",
	 .new = "ff28410000000000"},
	{.name = "the one after it",
	 .kind = PREDICT_KIND_POINTERS,
	 .old = "0021400000000000",
	 .new = "0021400000000000"},
	{.name = "half a pointer apart",
	 .kind = PREDICT_KIND_POINTERS,
	 .old = "0000000010104000 0000000000000000",
	 .new = "0000000010104000 0000000000000000"},
	{.name = "32 bits", .kind = PREDICT_KIND_POINTERS, .narrow = true, .old = "10104000", .new = "10184100"},
	{.name = "32 bits, big",
	 .kind = PREDICT_KIND_POINTERS,
	 .narrow = true,
	 .big = true,
	 .old = "00401010",
	 .new = "00411810"},
	{.name = "64 bits, big",
	 .kind = PREDICT_KIND_POINTERS,
	 .big = true,
	 .old = "0000000000401010",
	 .new = "0000000000411810"},
	{.name = "RELA: offset and addend",
	 .kind = PREDICT_KIND_RELA,
	 .at = 240,
	 .old = "1010400000000000 0800000000000000 2010400000000000",
	 .new = "1018410000000000 0800000000000000 2018410000000000"},
	{.name = "RELA: a symbol's number",
	 .kind = PREDICT_KIND_RELA,
	 .at = 240,
	 .ref_old = {0, O + 0xff0},
	 .ref_new = {0, N + 0xff0},
	 .old = "1010400000000000 0600000003000000 0000000000000000",
	 /* The third symbol is at 0xff0 + 72 = 0x1038: 0x800 further, which is no whole number of symbols. */
	 .new = "1018410000000000 0600000003000000 0000000000000000"},
	{.name = "RELA: a symbol's number, one table further",
	 .kind = PREDICT_KIND_RELA,
	 .at = 240,
	 .ref_old = {0, O + 0xff0},
	 .ref_new = {0, N + 0xff0 + 0x800 - 48},
	 .old = "1010400000000000 0600000003000000 0000000000000000",
	 .new = "1018410000000000 0600000005000000 0000000000000000"},
	{.name = "RELA of an object: offsets from a section",
	 .kind = PREDICT_KIND_RELA,
	 .at = 240,
	 .ref_old = {O + 0xf00},
	 .ref_new = {N + 0xf00},
	 .old = "1001000000000000 0200000000000000 0000000000000000",
	 .new = "1009000000000000 0200000000000000 0000000000000000"},
	{.name = "REL, 32 bits",
	 .kind = PREDICT_KIND_REL,
	 .narrow = true,
	 .ref_old = {0, O + 0xff0},
	 .ref_new = {0, N + 0xff0 + 0x800 - 32},
	 .old = "10104000 15030000",
	 .new = "10184100 15050000"},
	{.name = "symbol: name and value",
	 .kind = PREDICT_KIND_SYMBOLS,
	 .at = 240,
	 .ref_old = {O + 0xff0},
	 .ref_new = {N + 0xff0},
	 .old = "30000000 12000d00 1010400000000000 4000000000000000",
	 .new = "30080000 12000d00 1018410000000000 4000000000000000"},
	{.name = "symbol, 32 bits",
	 .kind = PREDICT_KIND_SYMBOLS,
	 .narrow = true,
	 .ref_old = {O + 0xff0},
	 .ref_new = {N + 0xff0},
	 .old = "30000000 10104000 40000000 12000d00",
	 .new = "30080000 10184100 40000000 12000d00"},
	{.name = "unwind table, sorted pairs",
	 .kind = PREDICT_KIND_EH_TABLE,
	 .ref_old = {O + 0x800},
	 .ref_new = {N + 0x800},
	 .old = "10080000 00000000 10f8ffff 00000000",
	 .new = "10100000 00000000 10f8ffff 00000000"},
	{.name = "distances from the section's start",
	 .kind = PREDICT_KIND_TABLE,
	 .old = "10100000 100f0000 10fdffff",
	 .new = "10180000 100f0000 10fdffff"},
	/* Its common record is 0x100 before, at the start; a function from 0x1010, 0x20 long. */
	{.name = "unwind record",
	 .kind = PREDICT_KIND_EH_FRAME,
	 .old = "14000000 04010000 080f0000 20000000 00410e10 00000000",
	 .new = "14000000 04010000 08170000 20000000 00410e10 00000000"},
	/* From 0xff0, which stayed, to 0x1010, which moved: the function grew by as much. */
	{.name = "unwind record of a function that grew",
	 .kind = PREDICT_KIND_EH_FRAME,
	 .old = "14000000 04010000 e80e0000 20000000 00410e10 00000000",
	 .new = "14000000 04010000 e80e0000 20080000 00410e10 00000000"},
	{.name = "unwind record with an exception table",
	 .kind = PREDICT_KIND_EH_FRAME,
	 .old = "1c000000 04010000 080f0000 20000000 04ff0e0000 410e10",
	 .new = "1c000000 04010000 08170000 20000000 04ff160000 410e10"},
	{.name = "section header: address and place",
	 .kind = PREDICT_KIND_SECTIONS,
	 .at = 256,
	 .old = "01000000 01000000 0200000000000000 0010400000000000 0010000000000000 2000000000000000",
	 .new = "01000000 01000000 0200000000000000 0018410000000000 0018000000000000 2000000000000000"},
	/* From 0xff0, which stayed, to 0x100f, which moved. */
	{.name = "section header: a section that grew",
	 .kind = PREDICT_KIND_SECTIONS,
	 .at = 256,
	 .old = "01000000 01000000 0200000000000000 f00f400000000000 f00f000000000000 2000000000000000",
	 .new = "01000000 01000000 0200000000000000 f00f410000000000 f00f000000000000 2008000000000000"},
	{.name = "section header: no bytes in the file, no new length",
	 .kind = PREDICT_KIND_SECTIONS,
	 .at = 256,
	 .old = "01000000 08000000 0200000000000000 f00f400000000000 f00f000000000000 2000000000000000",
	 .new = "01000000 08000000 0200000000000000 f00f410000000000 f00f000000000000 2000000000000000"},
	{.name = "section header: 32 bits",
	 .kind = PREDICT_KIND_SECTIONS,
	 .narrow = true,
	 .at = 280,
	 .old = "01000000 01000000 02000000 00104000 00100000 20000000",
	 .new = "01000000 01000000 02000000 00184100 00180000 20000000"},
	{.name = "numbers of symbols",
	 .kind = PREDICT_KIND_NUMBERS,
	 .ref_old = {O + 0xff0},
	 .ref_new = {N + 0xff0 + 0x800 - 48},
	 .old = "00000000 03000000 00010000 ffffffff",
	 .new = "00000000 05000000 00010000 ffffffff"},
	{.name = "not a record: no length",
	 .kind = PREDICT_KIND_EH_FRAME,
	 .old = "00000000 04010000 080f0000 20000000",
	 .new = "00000000 04010000 080f0000 20000000"},
	{.name = "unwind index of ARM: function, place",
	 .kind = PREDICT_KIND_ARM_INDEX,
	 .narrow = true,
	 .old = "100f0000 0c0f0000",
	 .new = "10170000 0c170000"},
	{.name = "unwind index of ARM: in place, not at all",
	 .kind = PREDICT_KIND_ARM_INDEX,
	 .narrow = true,
	 .old = "100f0000 b0b0b080 080f0000 01000000",
	 .new = "10170000 b0b0b080 08170000 01000000"},
};

static void one(const struct entry *t)
{
	struct err e = {0};
	struct world w = {.kind = t->kind,
			  .narrow = t->narrow,
			  .big = t->big,
			  .ref_old = {t->ref_old[0], t->ref_old[1]},
			  .ref_new = {t->ref_new[0], t->ref_new[1]}};
	uint8_t old[ENTRY_MAX], new[ENTRY_MAX], have[WORLD_IMAGE_BYTES];
	size_t n = world_hex(t->old, old, sizeof old), at = t->at ? t->at : WORLD_AT;
	assert_int_equal(world_hex(t->new, new, sizeof new), n);
	check_ok(world_init(&w, &e));
	world_copied(have, 0, at, old, n);
	predict_range(w.p, WORLD_IMAGE_AT, have, sizeof have);
	world_done(&w);
	for (size_t i = 0; i < n; i++)
		if (have[at + i] != new[i])
			fail_msg("%s: byte %zu is %02x, not %02x", t->name, i, have[at + i], new[i]);
}

static void fields_of_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(entries); i++)
		one(&entries[i]);
}

/* A field of which the range has only a part stays as it is, and what is beside it is predicted all the same. */
static void fields_across_the_end_stay(void **state)
{
	(void)state;
	struct err e = {0};
	struct world w = {.kind = PREDICT_KIND_POINTERS};
	static const uint8_t pointer[8] = {0x10, 0x10, 0x40}, moved[8] = {0x10, 0x18, 0x41};
	check_ok(world_init(&w, &e));
	for (size_t cut = 1; cut < 8; cut++) {
		uint8_t have[24];
		for (size_t i = 0; i < 3; i++)
			memcpy(have + 8 * i, pointer, 8);
		predict_range(w.p, WORLD_IMAGE_AT, have, 8 + cut);
		assert_memory_equal(have, moved, 8);
		assert_memory_equal(have + 8, pointer, 8);
		predict_range(w.p, WORLD_IMAGE_AT + 8 + cut, have + 8 + cut, 16 - cut);
		assert_memory_equal(have + 8, pointer, 8);
		assert_memory_equal(have + 16, moved, 8);
	}
	world_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_tables),
		cmocka_unit_test(fields_across_the_end_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
