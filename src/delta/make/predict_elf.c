/* SPDX-License-Identifier: Apache-2.0 */
/* ELF headers, program headers, section headers: read by offset, width and byte order, from bytes that may be anything.
 */
#include "delta/make/predict_elf.h"

#include "core/base/mem.h"
#include "delta/make/predict_holes.h"
#include "core/base/banned.h"

struct view {
	struct bytes in;
	bool wide, big;
	struct predict_holes holes; /* offsets in the file's tables go through them */
};

/* 0 beyond the end: callers check ranges first where it matters. */
static uint64_t number(const struct view *v, uint64_t at, size_t width)
{
	uint64_t n = 0;
	if (at > v->in.n || v->in.n - at < width)
		return 0;
	for (size_t i = 0; i < width; i++)
		n |= (uint64_t)v->in.p[at + i] << 8 * (v->big ? width - 1 - i : i);
	return n;
}

static uint64_t word(const struct view *v, uint64_t at)
{
	return number(v, at, v->wide ? 8 : 4);
}

static bool inside(const struct view *v, uint64_t at, uint64_t length)
{
	return at <= v->in.n && length <= v->in.n - at;
}

struct header {
	uint64_t programs_at, sections_at;
	uint32_t programs_n, sections_n, names;
	size_t program_size, section_size;
};

static bool view_of(struct bytes in, struct view *ret)
{
	static const uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
	if (in.n < 64 || memcmp(in.p, magic, sizeof magic) != 0 || in.p[6] != 1)
		return false;
	if ((in.p[4] != 1 && in.p[4] != 2) || (in.p[5] != 1 && in.p[5] != 2))
		return false;
	*ret = (struct view){.in = in, .wide = in.p[4] == 2, .big = in.p[5] == 2};
	return true;
}

/* False: not a file with tables of the usual form. Where the section headers are is not looked at. */
static bool header_of(const struct view *v, struct header *ret)
{
	uint64_t tail = v->wide ? 52 : 40; /* of e_ehsize and what follows */
	struct header h = {.programs_at = word(v, v->wide ? 32 : 28), .sections_at = word(v, v->wide ? 40 : 32)};
	h.program_size = v->wide ? 56 : 32;
	h.section_size = v->wide ? 64 : 40;
	h.programs_n = (uint32_t)number(v, tail + 4, 2);
	h.sections_n = (uint32_t)number(v, tail + 8, 2);
	h.names = (uint32_t)number(v, tail + 10, 2);
	if (!h.sections_n || h.sections_n > PREDICT_ELF_SECTIONS_MAX || h.names >= h.sections_n)
		return false;
	if (number(v, tail + 6, 2) != h.section_size || (h.programs_n && number(v, tail + 2, 2) != h.program_size))
		return false;
	if (!inside(v, h.programs_at, (uint64_t)h.programs_n * h.program_size))
		return false;
	*ret = h;
	return true;
}

static struct predict_elf_section section_of(const struct view *v, const struct header *h, uint32_t i)
{
	uint64_t at = h->sections_at + (uint64_t)i * h->section_size;
	size_t w = v->wide ? 8 : 4;
	struct predict_elf_section s = {.type = (uint32_t)number(v, at + 4, 4),
					.flags = word(v, at + 8),
					.address = word(v, at + 8 + w),
					.at = word(v, at + 8 + 2 * w),
					.length = word(v, at + 8 + 3 * w),
					.link = (uint32_t)number(v, at + 8 + 4 * w, 4),
					.info = (uint32_t)number(v, at + 12 + 4 * w, 4)};
	s.memory = s.length;
	if (s.type == PREDICT_ELF_NOBITS || s.type == 0)
		s.length = 0;
	s.at = predict_holes_squeeze(&v->holes, s.at, &s.length);
	return s;
}

/* The end of the file if all its parts are there; 0: they are not, or these are another file's blocks. */
static uint64_t end_of(const struct view *v, const struct header *h)
{
	if (!inside(v, h->sections_at, (uint64_t)h->sections_n * h->section_size))
		return 0;
	uint64_t end = h->sections_at + (uint64_t)h->sections_n * h->section_size;
	uint64_t programs_end = h->programs_at + (uint64_t)h->programs_n * h->program_size;
	end = programs_end > end ? programs_end : end;
	for (uint32_t i = 0; i < h->sections_n; i++) {
		struct predict_elf_section s = section_of(v, h, i);
		/* The first is empty in every file. */
		if ((i == 0 && (s.type || s.address || s.at)) || (s.length && !inside(v, s.at, s.length)))
			return 0;
		if (i == h->names && s.type != PREDICT_ELF_STRTAB)
			return 0;
		if (s.length && s.at + s.length > end)
			end = s.at + s.length;
	}
	return end;
}

/* Are the section headers at h->sections_at if `out` bytes before them are left out? The names must be there too. */
static bool table_fits(const struct view *v, const struct header *h, uint64_t out)
{
	static const char own[] = ".shstrtab";
	if (!inside(v, h->sections_at, (uint64_t)h->sections_n * h->section_size))
		return false;
	struct predict_elf_section first = section_of(v, h, 0), names = section_of(v, h, h->names);
	if (first.type || first.address || first.at || names.type != PREDICT_ELF_STRTAB || names.at < out)
		return false;
	names.at -= out;
	return inside(v, names.at, names.length) && v->in.p[names.at] == 0 &&
	       memmem(v->in.p + names.at, names.length, own, sizeof own) != NULL;
}

/* Does the section look like what it says it is, `out` bytes before where it should be? */
static bool section_fits(const struct view *v, const struct predict_elf_section *s, uint64_t out)
{
	static const uint8_t unwind[] = {1, 0x1b, 3, 0x3b}; /* .eh_frame_hdr: forms of its fields */
	if (s->at < out || !inside(v, s->at - out, s->length))
		return false;
	const uint8_t *p = v->in.p + (s->at - out);
	size_t entry = v->wide ? 16 : 8;
	if (s->type != PREDICT_ELF_DYNAMIC || s->length < 8 * entry)
		return s->type == PREDICT_ELF_PROGBITS && s->length > 64 && memcmp(p, unwind, sizeof unwind) == 0;
	for (size_t i = 0; i < 8; i++) {
		uint64_t tag = word(v, s->at - out + i * entry);
		if (tag == 0 || tag > 0x6fffffff)
			return false;
	}
	return true;
}

/* Between places that can be recognised, one hole each time that more is left out. */
static void place_holes(struct view *v, const struct header *h, uint64_t left_out)
{
	struct predict_holes holes = {0};
	uint64_t out = 0, behind = 0;
	for (uint32_t i = 1; i < h->sections_n; i++) {
		struct predict_elf_section s = section_of(v, h, i);
		for (uint64_t try = out; s.length && try <= left_out; try += PREDICT_HOLES_BLOCK) {
			if (!section_fits(v, &s, try))
				continue;
			if (try > out)
				predict_holes_add(&holes, v->in, behind, s.at - try, try - out);
			out = try;
			behind = s.at - try + s.length;
			break;
		}
	}
	if (left_out > out)
		predict_holes_add(&holes, v->in, behind, h->sections_at, left_out - out);
	v->holes = holes;
}

/* Opens a file that is whole but for blocks of zeroes; returns its length in the image. */
static uint64_t open_file(struct bytes bytes, struct view *v, struct header *h)
{
	if (!view_of(bytes, v) || !header_of(v, h))
		return 0;
	uint64_t end = end_of(v, h), table = h->sections_at;
	if (end)
		return end;
	for (uint64_t out = PREDICT_HOLES_BLOCK; out <= PREDICT_HOLES_BYTES_MAX && out <= table;
	     out += PREDICT_HOLES_BLOCK) {
		h->sections_at = table - out;
		if (!table_fits(v, h, out))
			continue;
		place_holes(v, h, out);
		return end_of(v, h);
	}
	return 0;
}

uint64_t predict_elf_length(struct bytes bytes)
{
	struct view v;
	struct header h;
	return open_file(bytes, &v, &h);
}

static void name_of(const struct view *v, const struct predict_elf_section *names, uint64_t at,
		    char ret[PREDICT_ELF_NAME_MAX])
{
	size_t n = 0;
	for (; n + 1 < PREDICT_ELF_NAME_MAX && at < names->length && v->in.p[names->at + at]; n++, at++)
		ret[n] = (char)v->in.p[names->at + at];
	ret[n] = '\0';
}

/* Another loadable part; parts that lie alike in file and memory become one span. */
static void add_span(struct predict_elf_file *f, struct predict_span s)
{
	struct predict_span *last = f->spans_n ? &f->spans[f->spans_n - 1] : NULL;
	if (last && (s.at < last->at + last->length || s.length > UINT64_MAX - s.address))
		return;
	if (last && s.address - last->address == s.at - last->at)
		last->length = s.at + s.length - last->at;
	else if (f->spans_n < PREDICT_SPANS_MAX)
		f->spans[f->spans_n++] = s;
}

/* A part of the file, in as many spans as holes make of it. */
static void add_spans(const struct view *v, struct predict_elf_file *f, uint64_t offset, uint64_t length,
		      uint64_t address)
{
	for (uint64_t done = 0; done < length;) {
		uint64_t n = length - done, left = n, at = predict_holes_squeeze(&v->holes, offset + done, &n);
		if (n == 0 || !inside(v, at, n))
			return;
		/* In a hole: on to its end. */
		uint64_t end = 0;
		for (uint32_t i = 0; i < v->holes.n && v->holes.v[i].at <= at; i++)
			end += v->holes.v[i].length;
		if (at + end > offset + done) {
			done = at + end - offset;
			n = n < left ? n : left;
			if (done >= length)
				return;
			n = n < length - done ? n : length - done;
		}
		add_span(f, (struct predict_span){at, n, address + done});
		done += n;
	}
}

static void read_programs(const struct view *v, const struct header *h, struct predict_elf_file *f)
{
	for (uint32_t i = 0; i < h->programs_n; i++) {
		uint64_t at = h->programs_at + (uint64_t)i * h->program_size;
		size_t w = v->wide ? 8 : 4, first = v->wide ? 8 : 4;
		uint64_t offset = word(v, at + first), length = word(v, at + first + 3 * w);
		uint64_t memory = word(v, at + first + 4 * w), address = word(v, at + first + w);
		if (number(v, at, 4) != 1) /* PT_LOAD */
			continue;
		if (memory <= UINT64_MAX - address && address + memory > f->old_end)
			f->old_end = address + memory;
		add_spans(v, f, offset, length, address);
	}
}

/* What of the sections lies behind holes in them, as further sections of the same name. */
static void add_rests(const struct view *v, const struct header *h, struct predict_elf_file *f)
{
	for (uint32_t i = 0; v->holes.n && i < h->sections_n; i++) {
		struct predict_elf_section *s = &f->sections[i];
		if (s->length == 0 || s->length >= s->memory)
			continue;
		struct view whole = *v;
		whole.holes.n = 0;
		uint64_t offset = section_of(&whole, h, i).at;
		for (uint64_t done = s->length;
		     done < s->memory && f->sections_n < h->sections_n + PREDICT_HOLES_MAX;) {
			struct predict_elf_section rest = *s;
			rest.length = s->memory - done;
			rest.at = predict_holes_squeeze(&v->holes, offset + done, &rest.length);
			uint64_t skipped = 0; /* in front of the rest */
			for (uint32_t k = 0; k < v->holes.n && v->holes.v[k].at <= rest.at; k++)
				skipped += v->holes.v[k].length;
			done = rest.at + skipped - offset;
			rest.address = s->address ? s->address + done : 0;
			if (rest.length == 0 || !inside(v, rest.at, rest.length))
				break;
			f->sections[f->sections_n++] = rest;
			done += rest.length;
		}
	}
}

rc predict_elf_read(struct bytes file, struct predict_elf_file *ret, struct err *e)
{
	struct view v;
	struct header h;
	if (!open_file(file, &v, &h))
		return err_set(e, ERR_INPUT, "not an ELF file of the usual form");
	struct predict_elf_file f = {
		.length = file.n, .bytes = file.p, .wide = v.wide, .big = v.big, .sections_n = h.sections_n};
	f.type = (uint16_t)number(&v, 16, 2);
	f.machine = (uint16_t)number(&v, 18, 2);
	f.table_at = h.sections_at;
	f.table_bytes = (uint64_t)h.sections_n * h.section_size;
	f.sections = mem_array(h.sections_n + PREDICT_HOLES_MAX, sizeof *f.sections);
	if (!f.sections)
		return err_set(e, ERR_MEMORY, "ELF sections: out of memory");
	struct predict_elf_section names = section_of(&v, &h, h.names);
	for (uint32_t i = 0; i < h.sections_n; i++) {
		f.sections[i] = section_of(&v, &h, i);
		if (f.sections[i].type == PREDICT_ELF_GNU_HASH) {
			f.sections[i].hash_buckets = (uint32_t)number(&v, f.sections[i].at, 4);
			f.sections[i].hash_filter = (uint32_t)number(&v, f.sections[i].at + 8, 4);
		}
		name_of(&v, &names, number(&v, h.sections_at + (uint64_t)i * h.section_size, 4), f.sections[i].name);
	}
	add_rests(&v, &h, &f);
	read_programs(&v, &h, &f);
	*ret = f;
	return RC_OK;
}

void predict_elf_done(struct predict_elf_file *f)
{
	mem_free(f->sections);
	*f = (struct predict_elf_file){0};
}

const struct predict_elf_section *predict_elf_named(const struct predict_elf_file *f, const char *name)
{
	for (uint32_t i = 0; i < f->sections_n; i++)
		if (strcmp(f->sections[i].name, name) == 0)
			return &f->sections[i];
	return NULL;
}
