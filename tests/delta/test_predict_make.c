/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maker's side, with a program made for it and the same program with a function more: what is found, what is
 * described, and that the device's side then makes the new program of the old one to the byte.
 */
#include "../check.h"

#include "core/base/mem.h"
#include "delta/make/predict_make.h"
#include "delta/make/predict_elf.h"
#include "delta/predict.h"
#include "delta/predict_read.h"

enum {
	FUNCTIONS = 32,
	FUNCTION_BYTES = 64,
	NEW_ONE = 11, /* the function that only the new program has comes before this one */
	TEXT_AT = 0x200,
	TABLE_ENTRIES = 8,
	SHORT_TABLE = 40, /* in .rodata */
	RODATA_BYTES = 0x200,
	DATA_BYTES = 16 * 8,
	BSS_MORE = 32, /* what .bss moved further than everything else */
	FILE_MAX = 0x2000,
	IMAGE_BYTES = 0x8000,
	ADDRESS = 0x10000,
};

struct program {
	uint8_t bytes[FILE_MAX];
	size_t text_bytes, rodata_at, data_at, names_at, sections_at, length;
	bool more;
};

static void put(uint8_t *p, size_t width, uint64_t v)
{
	for (size_t i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t function_at(const struct program *p, unsigned i)
{
	return TEXT_AT + (uint64_t)FUNCTION_BYTES * (i + (p->more && i >= NEW_ONE));
}

static uint64_t bss_at(const struct program *p)
{
	return p->data_at + DATA_BYTES + (p->more ? BSS_MORE : 0);
}

/* A distance from the end of its own four bytes. */
static void put_distance(struct program *p, uint64_t at, uint64_t target)
{
	put(p->bytes + at, 4, target - (at + 4));
}

static void put_function(struct program *p, unsigned i)
{
	uint64_t at = function_at(p, i);
	memset(p->bytes + at, 0x90, FUNCTION_BYTES);
	p->bytes[at] = 0xe8; /* calls another */
	put_distance(p, at + 1, function_at(p, i * 7 % FUNCTIONS));
	memcpy(p->bytes + at + 5, (const uint8_t[]){0x48, 0x8d, 0x05}, 3); /* takes the address of constants */
	put_distance(p, at + 8, p->rodata_at + 8 * (uint64_t)(i % 24));
	memcpy(p->bytes + at + 12, (const uint8_t[]){0x8b, 0x05},
	       2); /* reads a variable that has no bytes in the file */
	put_distance(p, at + 14, bss_at(p) + 4 * (uint64_t)(i % 4));
	p->bytes[at + 18] = 0xb8; /* a number of its own */
	put(p->bytes + at + 19, 4, 0x11110000 + i);
	p->bytes[at + 23] = 0xc3;
}

struct section {
	const char *name;
	uint32_t type;
	uint64_t flags, at, length;
};

static void put_section(struct program *p, unsigned i, const struct section *s, uint32_t name)
{
	uint8_t *h = p->bytes + p->sections_at + 64 * (size_t)i;
	put(h, 4, name);
	put(h + 4, 4, s->type);
	put(h + 8, 8, s->flags);
	put(h + 16, 8, s->flags ? ADDRESS + s->at : 0);
	put(h + 24, 8, s->at);
	put(h + 32, 8, s->length);
}

static void put_sections(struct program *p)
{
	const struct section list[] = {
		{"", 0, 0, 0, 0},
		{".text", 1, 6, TEXT_AT, p->text_bytes},
		{".rodata", 1, 2, p->rodata_at, RODATA_BYTES},
		{".data", 1, 3, p->data_at, DATA_BYTES},
		{".bss", 8, 3, bss_at(p), 64},
		{".shstrtab", 3, 0, p->names_at, 64},
	};
	uint32_t name = 0;
	p->sections_at = p->names_at + 64;
	for (unsigned i = 0; i < ARRAY_LEN(list); i++) {
		put_section(p, i, &list[i], name);
		memcpy(p->bytes + p->names_at + name, list[i].name, strlen(list[i].name));
		name += (uint32_t)strlen(list[i].name) + 1;
	}
	p->length = p->sections_at + 64 * ARRAY_LEN(list);
	put(p->bytes + 40, 8, p->sections_at);
	put(p->bytes + 58, 2, 64);
	put(p->bytes + 60, 2, ARRAY_LEN(list));
	put(p->bytes + 62, 2, ARRAY_LEN(list) - 1);
}

static void put_headers(struct program *p)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	memcpy(p->bytes, ident, sizeof ident);
	put(p->bytes + 16, 2, 3);  /* a shared object */
	put(p->bytes + 18, 2, 62); /* x86-64 */
	put(p->bytes + 32, 8, 64); /* program headers */
	put(p->bytes + 54, 2, 56);
	put(p->bytes + 56, 2, 1);
	put(p->bytes + 64, 4, 1); /* PT_LOAD: all of it */
	put(p->bytes + 80, 8, ADDRESS);
	put(p->bytes + 96, 8, p->names_at);
	put(p->bytes + 104, 8, bss_at(p) + 64);
}

static void make_program(struct program *p, bool more)
{
	*p = (struct program){.more = more, .text_bytes = (FUNCTIONS + more) * (size_t)FUNCTION_BYTES};
	p->rodata_at = TEXT_AT + p->text_bytes;
	p->data_at = p->rodata_at + RODATA_BYTES;
	p->names_at = p->data_at + DATA_BYTES;
	for (unsigned i = 0; i < FUNCTIONS; i++)
		put_function(p, i);
	if (more)
		memset(p->bytes + TEXT_AT + NEW_ONE * FUNCTION_BYTES, 0xcc, FUNCTION_BYTES);
	for (unsigned i = 0; i < RODATA_BYTES; i++)
		p->bytes[p->rodata_at + i] = (uint8_t)(0x41 + i % 26);
	/* Where function 5 takes an address, what looks like a jump table of two entries: too short to be one. */
	uint64_t table = p->rodata_at + SHORT_TABLE;
	for (unsigned i = 0; i < 2; i++)
		put(p->bytes + table + 4 * i, 4, function_at(p, 2 * i + 9) - table);
	table = p->rodata_at + 8 * 23; /* the last address that is taken */
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		put(p->bytes + table + 4 * i, 4, function_at(p, 3 * i + 2) + 7 - table);
	for (unsigned i = 0; i < DATA_BYTES / 8; i++)
		put(p->bytes + p->data_at + 8 * i, 8, ADDRESS + function_at(p, 2 * i));
	put_headers(p);
	put_sections(p);
}

/* The programs, at 0x1000 of the base and 0x2000 of the image, and the operations that a matcher would find. */
struct pair {
	struct program old, new;
	uint8_t base[IMAGE_BYTES], image[IMAGE_BYTES];
	struct patch_op ops[2];
	struct predict_group group;
	struct predict_maker *maker;
	struct buf description;
};

static void make_pair(struct pair *t)
{
	struct err e = {0};
	uint64_t cut = TEXT_AT + NEW_ONE * FUNCTION_BYTES;
	memset(t, 0, sizeof *t);
	make_program(&t->old, false);
	make_program(&t->new, true);
	memcpy(t->base + 0x1000, t->old.bytes, t->old.length);
	memcpy(t->image + 0x2000, t->new.bytes, t->new.length);
	t->ops[0] = (struct patch_op){0x2000, 0x1000, (uint32_t)cut};
	t->ops[1] = (struct patch_op){0x2000 + cut + FUNCTION_BYTES, 0x1000 + cut, (uint32_t)(t->old.length - cut)};
	t->group = (struct predict_group){0, IMAGE_BYTES, t->ops, 2};
	const struct predict_images images = {{t->base, IMAGE_BYTES}, {t->image, IMAGE_BYTES}};
	buf_init(&t->description, 1 << 16);
	check_ok(predict_make_new(&images, &t->maker, &e));
	check_ok(predict_make(t->maker, &t->group, &t->description, &e));
}

static void pair_done(struct pair *t)
{
	predict_make_free(t->maker);
	buf_done(&t->description);
}

static void the_new_program_is_predicted_to_the_byte(void **state)
{
	(void)state;
	static struct pair t;
	static uint8_t out[IMAGE_BYTES];
	struct err e = {0};
	struct predict *p = NULL;
	make_pair(&t);
	for (unsigned i = 0; i < 2; i++)
		memcpy(out + t.ops[i].image, t.base + t.ops[i].base, t.ops[i].length);
	assert_memory_not_equal(out + 0x2000 + TEXT_AT, t.new.bytes + TEXT_AT, NEW_ONE * FUNCTION_BYTES);
	check_ok(predict_new(buf_view(&t.description), t.ops, 2, 1 << 20, &p, &e));
	predict_range(p, 0, out, sizeof out);
	predict_free(p);
	memset(out + 0x2000 + TEXT_AT + NEW_ONE * FUNCTION_BYTES, 0xcc, FUNCTION_BYTES); /* inserted */
	for (size_t i = TEXT_AT; i < t.new.names_at; i++)
		if (out[0x2000 + i] != t.new.bytes[i] && i - t.new.rodata_at - SHORT_TABLE >= 8)
			fail_msg("byte %zx is %02x, not %02x", i, out[0x2000 + i], t.new.bytes[i]);
	pair_done(&t);
}

static void what_is_described(void **state)
{
	(void)state;
	static struct pair t;
	struct err e = {0};
	struct predict_read r = {0};
	unsigned kinds[PREDICT_KIND_COUNT] = {0};
	make_pair(&t);
	check_ok(predict_read_init(&r, buf_view(&t.description), SIZE_MAX, &e));
	assert_int_equal(r.pairs_n, 1);
	assert_true(r.pairs[0].image_at == 0x2000 && r.pairs[0].base_at == 0x1000);
	assert_true(r.pairs[0].image_length == t.new.length &&r.pairs[0].base_length == t.old.length);
	for (uint32_t i = 0; i < r.pairs[0].sections_n; i++)
		kinds[r.pairs[0].sections[i].kind]++;
	assert_int_equal(kinds[PREDICT_KIND_X86], 1);
	assert_int_equal(kinds[PREDICT_KIND_POINTERS], 1);
	assert_int_equal(kinds[PREDICT_KIND_TABLE], 1); /* two entries are not a table */
	/* The variables, which no operation carries: their fields voted. */
	assert_int_equal(r.fixes_n, 1);
	assert_true(r.fixes[0].from == ADDRESS + bss_at(&t.old));
	assert_true(r.fixes[0].to == ADDRESS + bss_at(&t.new));
	assert_in_range(t.description.len, 20, 100);
	predict_read_done(&r);
	pair_done(&t);
}

static void what_moved_is_equal_in_normal_form(void **state)
{
	(void)state;
	static struct pair t;
	struct err e = {0};
	struct predict_match *pairs = NULL;
	size_t n = 0;
	make_pair(&t);
	check_ok(predict_make_pairs(t.maker, &t.group, &pairs, &n, &e));
	assert_int_equal(n, 1);
	uint8_t *image = mem_alloc(pairs[0].image.length), *base = mem_alloc(pairs[0].base.length);
	assert_true(image && base);
	check_ok(predict_make_normal(t.maker, &pairs[0], &t.group, image, base, &e));
	size_t cut = TEXT_AT + NEW_ONE * FUNCTION_BYTES;
	assert_memory_equal(image + TEXT_AT, base + TEXT_AT, NEW_ONE * FUNCTION_BYTES);
	size_t to = t.old.rodata_at + SHORT_TABLE, from = to + 8;
	assert_memory_equal(image + cut + FUNCTION_BYTES, base + cut, to - cut);
	assert_memory_equal(image + from + FUNCTION_BYTES, base + from, t.old.names_at - from);
	assert_memory_not_equal(t.new.bytes + cut + FUNCTION_BYTES, t.old.bytes + cut, t.old.names_at - cut);
	mem_free(image);
	mem_free(base);
	mem_free(pairs);
	pair_done(&t);
}

static void what_did_not_change_is_not_described(void **state)
{
	(void)state;
	static struct program p;
	static uint8_t image[IMAGE_BYTES];
	struct err e = {0};
	struct predict_maker *m = NULL;
	struct predict_match *pairs = NULL;
	struct buf out;
	size_t n = 1;
	make_program(&p, false);
	memcpy(image + 0x1000, p.bytes, p.length);
	const struct patch_op op = {0, 0, IMAGE_BYTES};
	const struct predict_images images = {{image, IMAGE_BYTES}, {image, IMAGE_BYTES}};
	const struct predict_group group = {0, IMAGE_BYTES, &op, 1};
	buf_init(&out, 1 << 16);
	check_ok(predict_make_new(&images, &m, &e));
	check_ok(predict_make_pairs(m, &group, &pairs, &n, &e));
	check_ok(predict_make(m, &group, &out, &e));
	assert_int_equal(n, 0);
	assert_int_equal(out.len, 0);
	mem_free(pairs);
	predict_make_free(m);
	buf_done(&out);
}

static void files_are_found_at_blocks(void **state)
{
	(void)state;
	static struct program p;
	static uint8_t image[IMAGE_BYTES];
	struct err e = {0};
	struct predict_elf *found = NULL;
	size_t n = 0;
	make_program(&p, false);
	memcpy(image + 0x1000, p.bytes, p.length);
	memcpy(image + 0x3200, p.bytes, p.length);
	memcpy(image + 0x5010, p.bytes, p.length);	     /* at no block */
	memcpy(image + IMAGE_BYTES - 0x200, p.bytes, 0x200); /* not whole */
	check_ok(predict_make_find((struct bytes){image, IMAGE_BYTES}, &found, &n, &e));
	assert_int_equal(n, 2);
	assert_true(found[0].at == 0x1000 && found[0].length == p.length);
	assert_true(found[1].at == 0x3200 && found[1].length == p.length);
	mem_free(found);
	check_ok(predict_make_find((struct bytes){0}, &found, &n, &e));
	assert_int_equal(n, 0);
	mem_free(found);
}

/* One field of the headers is wrong: there is no file, and nothing is read outside. */
static void spoilt_headers_are_no_file(void **state)
{
	(void)state;
	static struct program p;
	make_program(&p, false);
	const struct {
		const char *what;
		size_t at, width;
		uint64_t value;
	} wrong[] = {
		{"magic", 0, 1, 0},
		{"width", 4, 1, 3},
		{"byte order", 5, 1, 0},
		{"version", 6, 1, 2},
		{"section headers outside", 40, 8, FILE_MAX},
		{"section headers at the end of numbers", 40, 8, UINT64_MAX - 63},
		{"program headers outside", 32, 8, UINT64_MAX},
		{"size of a section header", 58, 2, 40},
		{"size of a program header", 54, 2, 55},
		{"no sections", 60, 2, 0},
		{"many sections", 60, 2, 65535},
		{"no names", 62, 2, 6},
		{"names of another type", 62, 2, 1},
		{"first section is one", p.sections_at + 4, 4, 1},
		{"a section outside", p.sections_at + 64 + 24, 8, FILE_MAX},
		{"a section longer than numbers", p.sections_at + 64 + 32, 8, UINT64_MAX - 8},
	};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct program spoilt = p;
		put(spoilt.bytes + wrong[i].at, wrong[i].width, wrong[i].value);
		uint8_t *exact = test_malloc(p.length);
		memcpy(exact, spoilt.bytes, p.length);
		if (predict_elf_length(bytes_of(exact, p.length)))
			fail_msg("%s: taken for a file", wrong[i].what);
		test_free(exact);
	}
	for (size_t n = 0; n < p.length; n += 7)
		assert_true(predict_elf_length(bytes_of(p.bytes, n)) == 0);
	assert_true(predict_elf_length(bytes_of(p.bytes, p.length)) == p.length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_new_program_is_predicted_to_the_byte),
		cmocka_unit_test(what_is_described),
		cmocka_unit_test(what_moved_is_equal_in_normal_form),
		cmocka_unit_test(what_did_not_change_is_not_described),
		cmocka_unit_test(files_are_found_at_blocks),
		cmocka_unit_test(spoilt_headers_are_no_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
