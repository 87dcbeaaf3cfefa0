/* SPDX-License-Identifier: Apache-2.0 */
/* Every address in read-only data that code names; then what stands at each, up to the next. */
#include "delta/make/predict_tables.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

#define ENTRIES_MIN 4 /* fewer are as likely something else, and win little */

struct named {
	uint64_t from, to; /* addresses that are looked for */
	uint64_t *all;
	size_t n, room;
	bool broken; /* out of memory */
};

static void note(struct predict_piece *piece, uint64_t at, uint64_t address)
{
	struct named *named = piece->ctx;
	(void)at;
	if (address < named->from || address >= named->to || address % 4 || named->broken)
		return;
	if (named->n == named->room) {
		uint64_t *more = mem_regrow(named->all, named->room, 2 * named->room + 256, sizeof *more);
		named->broken = !more;
		if (!more)
			return;
		named->all = more;
		named->room = 2 * named->room + 256;
	}
	named->all[named->n++] = address;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Sorted, each once. */
static void settle(struct named *named)
{
	size_t kept = 0;
	if (named->n)
		qsort(named->all, named->n, sizeof *named->all, by_address);
	for (size_t i = 0; i < named->n; i++)
		if (!kept || named->all[kept - 1] != named->all[i])
			named->all[kept++] = named->all[i];
	named->n = kept;
}

/* Walks the code for what it names; it is changed by that, so on a copy. */
static void walk(const struct predict_elf_file *f, const struct predict_section *code, struct named *named)
{
	uint64_t left;
	uint8_t *MEM_AUTO copy = mem_alloc(code->length);
	struct predict_pair pair = {.old_length = UINT64_MAX};
	if (!copy) {
		named->broken = true;
		return;
	}
	memcpy(copy, f->bytes + code->at, code->length);
	struct predict_piece piece = {.pair = &pair,
				      .section = code,
				      .p = copy,
				      .n = code->length,
				      .old_at = predict_kinds_address(f->spans, f->spans_n, code->at, &left),
				      .seen = note,
				      .ctx = named};
	predict_kinds_table[code->kind].piece(&piece);
}

static bool leads_to_code(const struct predict_elf_file *f, uint64_t address)
{
	for (uint32_t i = 0; i < f->sections_n; i++) {
		const struct predict_elf_section *s = &f->sections[i];
		if (s->flags & PREDICT_ELF_EXECUTE && address - s->address < s->memory)
			return true;
	}
	return false;
}

/* Bytes of the table at `at` of the file, `address`, of which `room` bytes are its own; 0: it is none. */
static uint64_t table_bytes(const struct predict_elf_file *f, uint64_t at, uint64_t address, uint64_t room)
{
	uint64_t n = 0;
	while (room - n >= 4 &&
	       leads_to_code(f, address + predict_kinds_extend(predict_kinds_le32(f->bytes + at + n), 32)))
		n += 4;
	return n >= ENTRIES_MIN * 4 ? n : 0;
}

static rc list(const struct predict_elf_file *f, const struct predict_elf_section *data, const struct named *named,
	       struct predict_section **ret, size_t *ret_n, struct err *e)
{
	struct predict_section *tables = mem_array(named->n + 1, sizeof *tables);
	size_t n = 0;
	if (!tables)
		return err_set(e, ERR_MEMORY, "jump tables: out of memory");
	for (size_t i = 0; i < named->n; i++) {
		uint64_t into = named->all[i] - data->address;
		uint64_t end = i + 1 < named->n ? named->all[i + 1] - data->address : data->length;
		uint64_t bytes = table_bytes(f, data->at + into, named->all[i], end - into);
		if (bytes)
			tables[n++] = (struct predict_section){
				.at = data->at + into, .length = bytes, .kind = PREDICT_KIND_TABLE};
	}
	*ret = tables;
	*ret_n = n;
	return RC_OK;
}

rc predict_tables_find(const struct predict_elf_file *f, const struct predict_section *code, size_t code_n,
		       struct predict_section **ret, size_t *ret_n, struct err *e)
{
	const struct predict_elf_section *data = predict_elf_named(f, ".rodata");
	struct named named = {0};
	if (data && data->address <= UINT64_MAX - data->length) {
		named.from = data->address;
		named.to = data->address + data->length;
	}
	for (size_t i = 0; named.to && f->machine == PREDICT_ELF_X86_64 && i < code_n; i++)
		if (code[i].kind == PREDICT_KIND_X86)
			walk(f, &code[i], &named);
	settle(&named);
	rc r = named.broken ? err_set(e, ERR_MEMORY, "jump tables: out of memory")
			    : list(f, data, &named, ret, ret_n, e);
	mem_free(named.all);
	return r;
}
