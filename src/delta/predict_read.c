/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads descriptions. What they claim is checked before it is believed: counts against what the bytes can hold and
 * against the memory allowed, every range against the file it is in and the end of numbers.
 */
#include "delta/predict_read.h"

#include "core/base/mem.h"
#include "delta/varint.h"
#include "core/base/banned.h"

/* Files and addresses of files end below this; addresses of programs may be anywhere. */
#define PLACE_MAX ((uint64_t)1 << 48)

struct reading {
	struct predict_read *r;
	struct cur c;
	size_t pairs, spans, sections, fixes; /* used up */
	uint64_t image_end, base_end;
};

/* A number below PLACE_MAX; else the cursor goes bad. */
static uint64_t place(struct cur *c)
{
	uint64_t v = varint_read(c);
	if (v >= PLACE_MAX)
		c->bad = true;
	return c->bad ? 0 : v;
}

/* `base` plus a signed number, below PLACE_MAX. */
static uint64_t place_from(struct cur *c, uint64_t base)
{
	uint64_t v = base + varint_read_signed(c);
	if (v >= PLACE_MAX)
		c->bad = true;
	return c->bad ? 0 : v;
}

/* A count of things, of which `left` are still there. */
static uint32_t count(struct cur *c, size_t left, size_t max)
{
	uint64_t v = varint_read(c);
	if (v > left || v > max)
		c->bad = true;
	return c->bad ? 0 : (uint32_t)v;
}

/* Has the span a place in the file, behind the one before, and addresses that do not run over? */
static bool span_fits(const struct predict_span *s, uint64_t end_before, uint64_t file_length)
{
	return s->at >= end_before && s->at <= file_length && s->length <= file_length - s->at &&
	       s->length <= UINT64_MAX - s->address;
}

static struct predict_span *read_image_spans(struct reading *k, struct predict_pair *pair)
{
	struct predict_span *spans = k->r->spans + k->spans;
	uint64_t end = 0, bias = 0;
	pair->image_spans_n = count(&k->c, k->r->spans_n - k->spans, PREDICT_SPANS_MAX);
	for (uint32_t i = 0; i < pair->image_spans_n; i++) {
		uint64_t at = end + place(&k->c), length = place(&k->c);
		bias += varint_read_signed(&k->c);
		spans[i] = (struct predict_span){at, length, at + bias};
		if (!span_fits(&spans[i], end, pair->image_length))
			k->c.bad = true;
		end = at + length;
	}
	k->spans += pair->image_spans_n;
	return spans;
}

static struct predict_span *read_base_spans(struct reading *k, struct predict_pair *pair)
{
	struct predict_span *spans = k->r->spans + k->spans;
	uint64_t end = 0;
	pair->base_spans_n = count(&k->c, k->r->spans_n - k->spans, PREDICT_SPANS_MAX);
	for (uint32_t i = 0; i < pair->base_spans_n; i++) {
		struct predict_span fellow = i < pair->image_spans_n ? pair->image_spans[i] : (struct predict_span){0};
		uint64_t at = place_from(&k->c, fellow.at), length = place_from(&k->c, fellow.length);
		uint64_t address = at + (fellow.address - fellow.at) + varint_read_signed(&k->c);
		spans[i] = (struct predict_span){at, length, address};
		if (!span_fits(&spans[i], end, pair->base_length))
			k->c.bad = true;
		end = at + length;
	}
	k->spans += pair->base_spans_n;
	return spans;
}

/* What the old file's addresses are: from its lowest span to beyond its highest. */
static void read_extent(struct reading *k, struct predict_pair *pair)
{
	uint64_t beyond = place(&k->c), from = UINT64_MAX, to = 0;
	for (uint32_t i = 0; i < pair->base_spans_n; i++) {
		const struct predict_span *s = &pair->base_spans[i];
		from = s->address < from ? s->address : from;
		to = s->address + s->length > to ? s->address + s->length : to;
	}
	if (from > to)
		return;
	pair->old_from = from;
	pair->old_length = to - from;
	pair->old_length += beyond <= UINT64_MAX - to ? beyond : UINT64_MAX - to;
}

static void read_sections(struct reading *k, struct predict_pair *pair)
{
	struct predict_section *sections = k->r->sections + k->sections;
	uint64_t end = 0;
	pair->sections = sections;
	pair->sections_n = count(&k->c, k->r->sections_n - k->sections, UINT32_MAX);
	for (uint32_t i = 0; i < pair->sections_n; i++) {
		uint8_t kind = cur_u8(&k->c);
		if (kind >= PREDICT_KIND_COUNT || !predict_kinds_table[kind].piece) {
			k->c.bad = true;
			return;
		}
		struct predict_section *s = &sections[i];
		s->kind = (enum predict_kind)kind;
		s->at = end + place(&k->c);
		s->length = place(&k->c);
		for (unsigned r = 0; r < predict_kinds_table[kind].refs; r++) {
			s->ref[r].new = varint_read(&k->c);
			s->ref[r].old = s->ref[r].new + varint_read_signed(&k->c);
		}
		end = s->at + s->length;
		if (end > pair->image_length)
			k->c.bad = true;
	}
	k->sections += pair->sections_n;
}

static void read_fixes(struct reading *k, struct predict_pair *pair)
{
	struct predict_map_entry *fixes = k->r->fixes + k->fixes;
	uint64_t end = 0, shift = 0;
	pair->fixes = (struct predict_map){fixes, count(&k->c, k->r->fixes_n - k->fixes, UINT32_MAX)};
	for (size_t i = 0; i < pair->fixes.n; i++) {
		uint64_t gap = varint_read(&k->c), length = varint_read(&k->c);
		if (gap > UINT64_MAX - end || length > UINT64_MAX - end - gap)
			k->c.bad = true;
		shift += varint_read_signed(&k->c);
		fixes[i] = (struct predict_map_entry){end + gap, end + gap + shift, length};
		end += gap + length;
	}
	k->fixes += pair->fixes.n;
}

static void read_pair(struct reading *k, struct predict_pair *pair)
{
	struct cur *c = &k->c;
	pair->image_at = k->image_end + place(c);
	pair->image_length = place(c);
	pair->base_at = place_from(c, k->base_end);
	pair->base_length = place_from(c, pair->image_length);
	k->image_end = pair->image_at + pair->image_length;
	k->base_end = pair->base_at + pair->base_length;
	if (k->image_end >= PLACE_MAX || k->base_end >= PLACE_MAX)
		c->bad = true;
	uint8_t flags = cur_u8(c);
	if (flags & ~(PREDICT_READ_WIDE | PREDICT_READ_BIG))
		c->bad = true;
	pair->wide = flags & PREDICT_READ_WIDE;
	pair->big = flags & PREDICT_READ_BIG;
	pair->image_spans = read_image_spans(k, pair);
	pair->base_spans = read_base_spans(k, pair);
	read_extent(k, pair);
	read_sections(k, pair);
	read_fixes(k, pair);
}

/* Counts that the bytes can hold (what each takes at least), in memory that we may take. */
static rc read_counts(struct reading *k, size_t memory, struct err *e)
{
	struct predict_read *r = k->r;
	if (cur_u8(&k->c) != PREDICT_READ_VERSION)
		return err_set(e, ERR_UNSUPPORTED, "prediction: unknown version");
	uint64_t pairs = varint_read(&k->c), spans = varint_read(&k->c), sections = varint_read(&k->c);
	uint64_t fixes = varint_read(&k->c);
	size_t left = cur_left(&k->c);
	if (k->c.bad || pairs > left / 10 || spans > left / 3 || sections > left / 3 || fixes > left / 3)
		return err_set(e, ERR_INPUT, "prediction: counts that do not fit into its bytes");
	r->memory = pairs * sizeof *r->pairs + spans * sizeof *r->spans + sections * sizeof *r->sections +
		    fixes * sizeof *r->fixes;
	if (r->memory > memory)
		return err_set(e, ERR_LIMIT, "prediction: needs %zu bytes of memory, %zu are allowed", r->memory,
			       memory);
	r->pairs_n = pairs;
	r->spans_n = spans;
	r->sections_n = sections;
	r->fixes_n = fixes;
	r->pairs = mem_array(pairs, sizeof *r->pairs);
	r->spans = mem_array(spans, sizeof *r->spans);
	r->sections = mem_array(sections, sizeof *r->sections);
	r->fixes = mem_array(fixes, sizeof *r->fixes);
	if ((pairs && !r->pairs) || (spans && !r->spans) || (sections && !r->sections) || (fixes && !r->fixes))
		return err_set(e, ERR_MEMORY, "prediction: out of memory");
	return RC_OK;
}

rc predict_read_init(struct predict_read *ret, struct bytes description, size_t memory, struct err *e)
{
	struct reading k = {.r = ret, .c = cur_of(description)};
	rc r = read_counts(&k, memory, e);
	if (rc_failed(r))
		return r;
	for (size_t i = 0; i < ret->pairs_n && !k.c.bad; i++) {
		read_pair(&k, &ret->pairs[i]);
		if (k.c.bad)
			return err_set(e, ERR_INPUT, "prediction: pair %zu of %zu is malformed", i, ret->pairs_n);
	}
	if (!cur_ok(&k.c) || k.spans != ret->spans_n || k.sections != ret->sections_n || k.fixes != ret->fixes_n)
		return err_set(e, ERR_INPUT, "prediction: its counts and its content differ");
	return RC_OK;
}

void predict_read_done(struct predict_read *r)
{
	mem_free(r->pairs);
	mem_free(r->spans);
	mem_free(r->sections);
	mem_free(r->fixes);
	*r = (struct predict_read){0};
}
