/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the reports of made-up verdicts, each into a folder of its own below the one given: every result there is, and
 * texts as a hostile device or a careless maker would send them. For check_formats.mjs.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "assess/report.h"
#include "check.h"
#include "core/base/mem.h"
#include "product/catalogue.h"

#define MADE 1790000000

/* Quotes, markup, links, placeholders, control bytes, broken UTF-8, blanks at the ends, characters that XML forbids. */
static const char *const evil[] = {
	"<script>alert('x')</script>\"&-->]]><svg onload=x>",
	"[click](javascript:alert(1)) {0} {} `code` *bold* \\",
	"\x01\x02 bell\a tab\t line\nbreak\r\x1b[31m\x7f",
	"broken \xff\xfe \xc3 \xed\xa0\x80 \xf5 end\xe2\x82",
	"\xc2\xa0 blanks \xe2\x80\xa8\xe3\x80\x80",
	"nonchar \xef\xbf\xbe \xef\xbf\xbf, rtl \xe2\x80\xae, emoji \xf0\x9f\x94\x92",
	"",
	" ",
};

static void fill(char *out, size_t size, size_t which)
{
	(void)snprintf(out, size, "%s", evil[which % ARRAY_LEN(evil)]);
}

static void fill_long(char *out, size_t size)
{
	for (size_t i = 0; i + 4 < size; i += 3)
		memcpy(out + i, "\xe2\x98\x83", 4);
}

static void add_fact(struct fact_set *facts, const char *id, enum fact_state state, size_t which)
{
	struct err e = {0};
	struct fact f = {.state = state, .time = {MADE + (int64_t)which}};
	(void)snprintf(f.id, sizeof f.id, "%s", id);
	(void)snprintf(f.probe, sizeof f.probe, "ports");
	fill(f.what, sizeof f.what, which);
	fill(f.target, sizeof f.target, which + 1);
	fill(f.value, sizeof f.value, which + 2);
	fill_long(f.evidence, sizeof f.evidence);
	check_ok(fact_set_add(facts, &f, &e));
}

static void add_verdict(struct verdict_set *v, enum verdict_result r, size_t which)
{
	struct verdict *x = &v->list[v->n++];
	unsigned n = (unsigned)which % 256;
	(void)snprintf(x->provision, sizeof x->provision, "5.%u-%u", 1 + n / 8, 1 + n % 8);
	(void)snprintf(x->section, sizeof x->section, "5.%u %.200s", 1 + n / 8, evil[which / 8 % ARRAY_LEN(evil)]);
	x->mandatory = which % 2;
	fill(x->title, sizeof x->title, which);
	fill(x->reason, sizeof x->reason, which + 3);
	x->result = r;
	if (r == VERDICT_NOT_APPLICABLE || which % 5 == 4)
		return; /* a provision without a case */
	for (size_t i = 0; i < VERDICT_CASES_MAX; i++) {
		struct verdict_case *c = &x->cases[x->cases_n++];
		(void)snprintf(c->id, sizeof c->id, "5.%u-%u-%u", 1 + n / 8, 1 + n % 8, 1U + (unsigned)i % 2);
		c->functional = i;
		c->result = i ? r : VERDICT_PASS;
		fill_long(c->reason, sizeof c->reason);
		for (size_t k = 0; k < VERDICT_FACTS_MAX; k++)
			(void)snprintf(c->facts[c->facts_n++], FACT_ID_SIZE, "fact.%zu", k);
	}
}

static void write_all(const char *dir, const struct report_input *in)
{
	for (const struct report_file *f = report_files; f->name; f++) {
		CLEANUP(buf_done) struct buf text;
		struct err e = {0};
		char path[4200];
		buf_init(&text, REPORT_MAX);
		check_ok(f->write(in, &text, &e));
		(void)snprintf(path, sizeof path, "%.4000s/%s", dir, f->name);
		FILE *out = fopen(path, "w");
		assert_non_null(out);
		assert_int_equal(fwrite(text.data, 1, text.len, out), text.len);
		assert_int_equal(fclose(out), 0);
	}
}

/* Every provision of the catalogue, so that the schemes speak too. */
static void use_catalogue(struct verdict_set *v)
{
	(void)snprintf(v->edition, sizeof v->edition, "%s", catalogue_edition);
	for (size_t i = 0; i < v->n; i++) {
		const struct catalogue_provision *p = &catalogue_table[i % CATALOGUE_PROVISIONS];
		struct verdict *x = &v->list[i];
		(void)snprintf(x->provision, sizeof x->provision, "%s", p->id);
		(void)snprintf(x->section, sizeof x->section, "%s %s", p->section, p->section_title);
		(void)snprintf(x->title, sizeof x->title, "%s", p->title);
		x->mandatory = catalogue_mandatory(p);
		for (size_t k = 0; k < x->cases_n; k++)
			(void)snprintf(x->cases[k].id, sizeof x->cases[k].id, "%.12s-%c", p->id, k ? '2' : '1');
	}
}

/* `only` VERDICT_RESULT_COUNT: all results in turn. */
static void render(const char *dir, size_t verdicts, size_t facts_n, enum verdict_result only)
{
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	CLEANUP(fact_set_done) struct fact_set facts = {0};
	const struct fact_head head = {.started = {MADE}, .ended = {MADE + 60}};
	struct err e = {0};
	check_ok(verdict_set_new(&v, &e));
	char *const texts[] = {v->subject.maker,   v->subject.product, v->subject.model, v->subject.version,
			       v->subject.updates, v->subject.data,    v->edition,	 v->target};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		fill(texts[i], FACT_TARGET_SIZE, verdicts + i);
	memset(v->facts_sha256, 'a', 2 * SHA256_SIZE);
	v->assessed = head.ended;
	v->probes[v->probes_n++] = (struct verdict_probe){"ports", "<what>", (int64_t)facts_n, 1};
	for (size_t i = 0; i < facts_n; i++) {
		char id[FACT_ID_SIZE];
		(void)snprintf(id, sizeof id, "fact.%zu", i);
		add_fact(&facts, id, (enum fact_state)(i % FACT_STATE_COUNT), i);
	}
	for (size_t i = 0; i < verdicts; i++)
		add_verdict(v, only == VERDICT_RESULT_COUNT ? (enum verdict_result)(i % VERDICT_RESULT_COUNT) : only,
			    i);
	if (verdicts == CATALOGUE_PROVISIONS)
		use_catalogue(v);
	assert_int_equal(mkdir(dir, 0755), 0);
	write_all(dir, &(const struct report_input){v, &facts, &head});
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		size_t verdicts, facts;
		enum verdict_result only;
	} rows[] = {
		{"hostile", VERDICT_SET_MAX, 20, VERDICT_RESULT_COUNT}, /* fewer facts than are cited */
		{"mixed", CATALOGUE_PROVISIONS, 24, VERDICT_RESULT_COUNT},
		{"all-passed", CATALOGUE_PROVISIONS, 24, VERDICT_PASS},
		{"none-applies", 3, 1, VERDICT_NOT_APPLICABLE},
		{"one-open", 1, 0, VERDICT_INCONCLUSIVE},
	};
	if (argc != 2)
		return 2;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char dir[4096];
		(void)snprintf(dir, sizeof dir, "%s/%s", argv[1], rows[i].name);
		render(dir, rows[i].verdicts, rows[i].facts, rows[i].only);
	}
	return 0;
}
