/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of fields a section has: by its type, flags and name. */
#include "delta/make/predict_plan.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "delta/make/predict_tables.h"
#include "delta/predict_parts.h"
#include "delta/varint.h"
#include "core/base/banned.h"

#define JOIN_BYTES 64 /* sections of the same kind that are so near each other are described as one */

static uint64_t image_address(const struct predict_plan *p, uint64_t at)
{
	uint64_t left;
	return predict_kinds_address(p->image_spans, p->pair.image_spans_n, at, &left);
}

static uint64_t base_address(const struct predict_plan *p, uint64_t at)
{
	uint64_t left;
	return predict_kinds_address(p->base_spans, p->pair.base_spans_n, at, &left);
}

static void add(struct predict_plan *p, struct predict_section s)
{
	if (s.length && p->sections_n < p->sections_max)
		p->sections[p->sections_n++] = s;
}

/* The two files that the plan is about. */
struct making {
	struct predict_plan *p;
	const struct predict_elf_file *image, *base;
};

/* Code of ARM's two sets in a section of its own; linkage tables are of the older one. */
static void add_arm(const struct making *k, const struct predict_elf_section *s)
{
	static const char *const tables[] = {".got.plt", ".got"};
	struct predict_section out = {.at = s->at, .length = s->length, .kind = PREDICT_KIND_THUMB};
	if (strncmp(s->name, ".plt", 4) == 0)
		out.kind = PREDICT_KIND_ARM;
	for (size_t i = 0; i < ARRAY_LEN(tables) && !out.ref[0].new; i++) {
		const struct predict_elf_section *new = predict_elf_named(k->image, tables[i]);
		const struct predict_elf_section *old = predict_elf_named(k->base, tables[i]);
		if (!new || !old)
			continue;
		out.ref[0].new = new->address;
		out.ref[0].old = old->address;
	}
	add(k->p, out);
}

/* The kind of a section that needs no reference; PREDICT_KIND_COUNT: none. */
static enum predict_kind plain(const struct predict_elf_file *f, const struct predict_elf_section *s)
{
	if (strcmp(s->name, ".eh_frame") == 0)
		return PREDICT_KIND_EH_FRAME;
	if (strcmp(s->name, ".ARM.exidx") == 0)
		return PREDICT_KIND_ARM_INDEX;
	if (s->flags & PREDICT_ELF_EXECUTE && f->machine == PREDICT_ELF_X86_64)
		return f->type == PREDICT_ELF_EXEC ? PREDICT_KIND_X86_FIXED : PREDICT_KIND_X86;
	if (s->flags & PREDICT_ELF_EXECUTE && f->machine == PREDICT_ELF_AARCH64)
		return PREDICT_KIND_ARM64;
	/* Without relocations, tables of addresses need not be writable. */
	bool tables = f->type == PREDICT_ELF_EXEC && strcmp(s->name, ".rodata") == 0;
	bool data = s->type == PREDICT_ELF_PROGBITS && ((s->flags & PREDICT_ELF_WRITE) || tables);
	if (data || s->type == PREDICT_ELF_INIT_ARRAY || s->type == PREDICT_ELF_FINI_ARRAY ||
	    s->type == PREDICT_ELF_DYNAMIC)
		return PREDICT_KIND_POINTERS;
	return PREDICT_KIND_COUNT;
}

/* .eh_frame_hdr: four bytes that say how, a distance from itself, a count, then the table. */
static void add_eh_table(const struct making *k, const struct predict_elf_section *s,
			 const struct predict_elf_section *old)
{
	if (s->length <= 12)
		return;
	add(k->p, (struct predict_section){.at = s->at + 4, .length = 4, .kind = PREDICT_KIND_TABLE});
	add(k->p, (struct predict_section){.at = s->at + 12,
					   .length = s->length - 12,
					   .ref = {{base_address(k->p, old->at), image_address(k->p, s->at)}},
					   .kind = PREDICT_KIND_EH_TABLE});
}

/* The section that a number in a section header names: its addresses here and there. False: one has none. */
static bool linked(const struct making *k, uint32_t in_image, uint32_t in_base, struct predict_section *ret,
		   unsigned ref)
{
	if (!in_image || !in_base || in_image >= k->image->sections_n || in_base >= k->base->sections_n)
		return false;
	ret->ref[ref].new = image_address(k->p, k->image->sections[in_image].at);
	ret->ref[ref].old = base_address(k->p, k->base->sections[in_base].at);
	return true;
}

static void add_symbols(const struct making *k, const struct predict_elf_section *s,
			const struct predict_elf_section *old)
{
	struct predict_section out = {.at = s->at, .length = s->length, .kind = PREDICT_KIND_SYMBOLS};
	if (linked(k, s->link, old->link, &out, 0))
		add(k->p, out);
}

/* .gnu.hash: four counts, a filter, then buckets that name their first symbol. */
static void add_hash(const struct making *k, const struct predict_elf_section *s, const struct predict_elf_section *old)
{
	struct predict_section out = {.kind = PREDICT_KIND_NUMBERS};
	uint64_t filter = 16 + (k->image->wide ? 8 : 4) * (uint64_t)s->hash_filter;
	if (filter > s->length || s->hash_buckets > (s->length - filter) / 4)
		return;
	out.at = s->at + filter;
	out.length = 4 * (uint64_t)s->hash_buckets;
	if (linked(k, s->link, old->link, &out, 0))
		add(k->p, out);
}

static void add_relocations(const struct making *k, const struct predict_elf_section *s,
			    const struct predict_elf_section *old)
{
	struct predict_section out = {.at = s->at, .length = s->length, .kind = PREDICT_KIND_REL};
	if (s->type == PREDICT_ELF_RELA)
		out.kind = PREDICT_KIND_RELA;
	/* What is loaded has addresses in its relocations, what is still to be linked distances from a section. */
	if (k->image->type == PREDICT_ELF_REL && !linked(k, s->info, old->info, &out, 0))
		return;
	(void)linked(k, s->link, old->link, &out, 1);
	add(k->p, out);
}

static void add_section(const struct making *k, const struct predict_elf_section *s)
{
	const struct predict_elf_section *old = predict_elf_named(k->base, s->name);
	enum predict_kind kind = plain(k->image, s);
	if (kind != PREDICT_KIND_COUNT)
		add(k->p, (struct predict_section){.at = s->at, .length = s->length, .kind = kind});
	else if (s->flags & PREDICT_ELF_EXECUTE && k->image->machine == PREDICT_ELF_ARM)
		add_arm(k, s);
	else if (old && strcmp(s->name, ".eh_frame_hdr") == 0)
		add_eh_table(k, s, old);
	else if (old && (s->type == PREDICT_ELF_DYNSYM || s->type == PREDICT_ELF_SYMTAB))
		add_symbols(k, s, old);
	else if (old && s->type == PREDICT_ELF_GNU_HASH)
		add_hash(k, s, old);
	else if (old && (s->type == PREDICT_ELF_RELA || s->type == PREDICT_ELF_RELOCATIONS))
		add_relocations(k, s, old);
}

static int by_place(const void *a, const void *b)
{
	const struct predict_section *x = a, *y = b;
	return x->at < y->at ? -1 : x->at > y->at;
}

static bool joins(const struct predict_section *a, const struct predict_section *b)
{
	return a->kind == b->kind && !predict_kinds_table[a->kind].refs && a->kind != PREDICT_KIND_TABLE &&
	       b->at - (a->at + a->length) < JOIN_BYTES;
}

/* In order, apart, and neighbours of the same kind joined. */
static void settle(struct predict_plan *p)
{
	size_t kept = 0;
	qsort(p->sections, p->sections_n, sizeof *p->sections, by_place);
	for (size_t i = 0; i < p->sections_n; i++) {
		struct predict_section s = p->sections[i], *last = kept ? &p->sections[kept - 1] : NULL;
		if (last && s.at < last->at + last->length)
			continue;
		if (last && joins(last, &s))
			last->length = s.at + s.length - last->at;
		else
			p->sections[kept++] = s;
	}
	p->sections_n = kept;
}

/* Jump tables, in what has no kind yet. */
static rc add_tables(struct predict_plan *p, const struct predict_elf_file *image, struct err *e)
{
	struct predict_section *MEM_AUTO tables = NULL;
	size_t n = 0;
	rc r = predict_tables_find(image, p->sections, p->sections_n, &tables, &n, e);
	if (rc_failed(r) || !n)
		return r;
	struct predict_section *more = mem_regrow(p->sections, p->sections_max, p->sections_max + n, sizeof *more);
	if (!more)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	p->sections = more;
	p->sections_max += n;
	for (size_t i = 0; i < n; i++)
		add(p, tables[i]);
	settle(p);
	return RC_OK;
}

/* How far a file's addresses go beyond its spans. */
static uint64_t beyond(const struct predict_elf_file *f)
{
	uint64_t end = 0;
	for (uint32_t i = 0; i < f->spans_n; i++) {
		const struct predict_span *s = &f->spans[i];
		end = s->address + s->length > end ? s->address + s->length : end;
	}
	return f->old_end > end ? f->old_end - end : 0;
}

static void take_spans(struct predict_plan *p, const struct predict_elf_file *image,
		       const struct predict_elf_file *base)
{
	p->pair.image_spans_n = image->spans_n;
	p->pair.base_spans_n = base->spans_n;
	memcpy(p->image_spans, image->spans, sizeof p->image_spans);
	memcpy(p->base_spans, base->spans, sizeof p->base_spans);
	p->beyond = beyond(base);
	p->image_beyond = beyond(image);
}

/* From the lowest address of the spans to beyond the highest. */
static void extent(struct predict_pair *pair, uint64_t beyond)
{
	uint64_t from = UINT64_MAX, to = 0;
	for (uint32_t i = 0; i < pair->base_spans_n; i++) {
		const struct predict_span *s = &pair->base_spans[i];
		from = s->address < from ? s->address : from;
		to = s->address + s->length > to ? s->address + s->length : to;
	}
	pair->old_from = from < to ? from : 0;
	pair->old_length = from < to ? to - from + beyond : 0;
}

struct predict_pair predict_plan_old(const struct predict_plan *p)
{
	struct predict_pair pair = p->pair;
	pair.image_spans = p->image_spans;
	pair.base_spans = p->base_spans;
	pair.sections = p->sections;
	pair.sections_n = (uint32_t)p->sections_n;
	extent(&pair, p->beyond);
	return pair;
}

struct predict_pair predict_plan_new(const struct predict_plan *p)
{
	struct predict_pair pair = predict_plan_old(p);
	pair.base_at = pair.image_at;
	pair.base_length = pair.image_length;
	pair.base_spans = p->image_spans;
	pair.base_spans_n = pair.image_spans_n;
	pair.fixes = (struct predict_map){0};
	extent(&pair, p->image_beyond);
	return pair;
}

rc predict_plan_map(const struct predict_pair *pair, const struct patch_op *ops, size_t ops_n,
		    struct predict_map_entry **ret_entries, struct predict_map *ret, struct err *e)
{
	size_t n = predict_parts_map(pair, ops, ops_n, NULL);
	*ret_entries = mem_array(n + 1, sizeof **ret_entries);
	if (!*ret_entries)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	*ret = (struct predict_map){*ret_entries, predict_parts_map(pair, ops, ops_n, *ret_entries)};
	predict_map_settle(ret);
	return RC_OK;
}

rc predict_plan_init(struct predict_plan *ret, const struct predict_elf_file *image,
		     const struct predict_elf_file *base, struct err *e)
{
	struct predict_plan p = {.sections_max = 2 * (size_t)image->sections_n + 2};
	p.sections = mem_array(p.sections_max, sizeof *p.sections);
	if (!p.sections)
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	p.pair.image_at = image->at;
	p.pair.image_length = image->length;
	p.pair.base_at = base->at;
	p.pair.base_length = base->length;
	p.pair.wide = image->wide;
	p.pair.big = image->big;
	take_spans(&p, image, base);
	const struct predict_elf_section *plt = predict_elf_named(base, ".plt");
	if (plt && plt->length <= UINT64_MAX - plt->address) {
		p.linkage_from = plt->address;
		p.linkage_to = plt->address + plt->length;
	}
	const struct making k = {&p, image, base};
	for (uint32_t i = 0; i < image->sections_n; i++)
		if (image->sections[i].length)
			add_section(&k, &image->sections[i]);
	/* The table of sections is in none. */
	add(&p, (struct predict_section){
			.at = image->table_at, .length = image->table_bytes, .kind = PREDICT_KIND_SECTIONS});
	settle(&p);
	rc r = add_tables(&p, image, e);
	if (rc_failed(r)) {
		predict_plan_done(&p);
		return r;
	}
	*ret = p;
	return RC_OK;
}

void predict_plan_done(struct predict_plan *p)
{
	mem_free(p->sections);
	mem_free(p->pair.fixes.entries);
	*p = (struct predict_plan){0};
}

static void encode_spans(const struct predict_plan *p, struct buf *out)
{
	uint64_t end = 0, bias = 0;
	varint_put(out, p->pair.image_spans_n);
	for (uint32_t i = 0; i < p->pair.image_spans_n; i++) {
		const struct predict_span *s = &p->image_spans[i];
		varint_put(out, s->at - end);
		varint_put(out, s->length);
		varint_put_signed(out, s->address - s->at - bias);
		bias = s->address - s->at;
		end = s->at + s->length;
	}
	varint_put(out, p->pair.base_spans_n);
	for (uint32_t i = 0; i < p->pair.base_spans_n; i++) {
		const struct predict_span *s = &p->base_spans[i];
		struct predict_span fellow = i < p->pair.image_spans_n ? p->image_spans[i] : (struct predict_span){0};
		varint_put_signed(out, s->at - fellow.at);
		varint_put_signed(out, s->length - fellow.length);
		varint_put_signed(out, (s->address - s->at) - (fellow.address - fellow.at));
	}
	varint_put(out, p->beyond);
}

static void encode_sections(const struct predict_plan *p, struct buf *out)
{
	uint64_t end = 0;
	varint_put(out, p->sections_n);
	for (size_t i = 0; i < p->sections_n; i++) {
		const struct predict_section *s = &p->sections[i];
		buf_put_u8(out, (uint8_t)s->kind);
		varint_put(out, s->at - end);
		varint_put(out, s->length);
		for (unsigned r = 0; r < predict_kinds_table[s->kind].refs; r++) {
			varint_put(out, s->ref[r].new);
			varint_put_signed(out, s->ref[r].old - s->ref[r].new);
		}
		end = s->at + s->length;
	}
}

static void encode_fixes(const struct predict_plan *p, struct buf *out)
{
	uint64_t end = 0, shift = 0;
	varint_put(out, p->pair.fixes.n);
	for (size_t i = 0; i < p->pair.fixes.n; i++) {
		const struct predict_map_entry *f = &p->pair.fixes.entries[i];
		varint_put(out, f->from - end);
		varint_put(out, f->length);
		varint_put_signed(out, f->to - f->from - shift);
		shift = f->to - f->from;
		end = f->from + f->length;
	}
}

void predict_plan_encode(const struct predict_plan *plans, size_t n, struct buf *out)
{
	size_t spans = 0, sections = 0, fixes = 0;
	uint64_t image_end = 0, base_end = 0;
	for (size_t i = 0; i < n; i++) {
		spans += plans[i].pair.image_spans_n + plans[i].pair.base_spans_n;
		sections += plans[i].sections_n;
		fixes += plans[i].pair.fixes.n;
	}
	if (!n)
		return;
	buf_put_u8(out, PREDICT_READ_VERSION);
	varint_put(out, n);
	varint_put(out, spans);
	varint_put(out, sections);
	varint_put(out, fixes);
	for (size_t i = 0; i < n; i++) {
		const struct predict_pair *pair = &plans[i].pair;
		varint_put(out, pair->image_at - image_end);
		varint_put(out, pair->image_length);
		varint_put_signed(out, pair->base_at - base_end);
		varint_put_signed(out, pair->base_length - pair->image_length);
		image_end = pair->image_at + pair->image_length;
		base_end = pair->base_at + pair->base_length;
		buf_put_u8(out, (uint8_t)((pair->wide ? PREDICT_READ_WIDE : 0) | (pair->big ? PREDICT_READ_BIG : 0)));
		encode_spans(&plans[i], out);
		encode_sections(&plans[i], out);
		encode_fixes(&plans[i], out);
	}
}
