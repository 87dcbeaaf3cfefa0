/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first product.yaml: the text of data/new with its @marks@ filled from the kind's blocks and the answers, then
 * parsed with our own parser, so that nobody gets a file that the next command refuses.
 */
#include "product/template.h"

#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "product/declaration.h"
#include "product/template_table.h"
#include "core/base/banned.h"

#define SUPPORT_YEARS 5
#define DEPTH_MAX 2 /* a block in the body, a block in that block */

static const char confirmed[] = "confirmations: # people, means and processes that are really in place\n"
				"  vulnerability_actions: true\n"
				"  vulnerability_monitoring: true\n"
				"  update_procedures: true\n"
				"  secure_management: true\n"
				"  secure_development: true";
static const char unconfirmed[] =
	"# confirmations: # say true to each when people, means and processes are really in place\n"
	"#  vulnerability_actions: true # as disclosure.handling says\n"
	"#  vulnerability_monitoring: true # as disclosure.monitoring says\n"
	"#  update_procedures: true # as update.procedures says\n"
	"#  secure_management: true # of keys, as parameter_care says\n"
	"#  secure_development: true # as practices.secure_development says";

/* In double quotes, so that no answer can become YAML of its own. */
static void put_quoted(struct buf *out, const char *text)
{
	buf_put_u8(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*text);
	}
	buf_put_u8(out, '"');
}

struct mark {
	const char *name, *value;
	bool quoted;
};

struct filling {
	const struct mark *marks; /* answers; ends with a row without name */
	const struct template_block *blocks;
};

static void put_filled(struct buf *out, const char *text, const struct filling *f, unsigned depth);

static void put_mark(struct buf *out, const char *name, size_t n, const struct filling *f, unsigned depth)
{
	for (const struct mark *m = f->marks; m->name; m++) {
		if (strlen(m->name) != n || strncmp(m->name, name, n) != 0)
			continue;
		if (m->quoted)
			put_quoted(out, m->value);
		else
			buf_put_text(out, m->value);
		return;
	}
	/* Answers are never looked through for marks, blocks are. A block that the kind does not have is empty. */
	for (const struct template_block *b = f->blocks; b->name && depth < DEPTH_MAX; b++)
		if (strlen(b->name) == n && strncmp(b->name, name, n) == 0)
			put_filled(out, b->text, f, depth + 1);
}

/* "@name@" is replaced, "@@" is one "@". */
static void put_filled(struct buf *out, const char *text, const struct filling *f, unsigned depth)
{
	while (*text) {
		size_t n = strcspn(text, "@");
		buf_put(out, bytes_of(text, n));
		text += n;
		if (!*text)
			return;
		n = strcspn(text + 1, "@");
		if (n == 0)
			buf_put_u8(out, '@');
		else
			put_mark(out, text + 1, n, f, depth);
		text += n + 2;
	}
}

const char *template_kind(size_t i)
{
	size_t n = 0;
	while (template_table[n].word)
		n++;
	return i < n ? template_table[i].word : NULL;
}

static const struct template_kind *find_kind(const char *word)
{
	for (const struct template_kind *k = template_table; k->word; k++)
		if (strcmp(k->word, word) == 0)
			return k;
	return NULL;
}

static void put_all(const struct template_answers *a, const struct template_kind *k, const char *until, struct buf *out)
{
	const struct mark marks[] = {
		{"product", a->product, true},
		{"model", a->model, true},
		{"plain_model", a->model, false},
		{"kind", k->word, false},
		{"maker", a->maker, true},
		{"address", a->address, true},
		{"country", a->country, true},
		{"site", a->site, false},
		{"until", until, false},
		{"confirmations", a->confirmed ? confirmed : unconfirmed, false},
		{NULL, NULL, false},
	};
	put_filled(out, template_body, &(const struct filling){marks, k->blocks}, 0);
}

/* A line break would be folded away by YAML: better to say so than to change what was given. */
static bool plain(const struct template_answers *a)
{
	const char *const all[] = {a->maker, a->address, a->country, a->product, a->model, a->site};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!name_utf8_ok(all[i], strlen(all[i])))
			return false;
	return true;
}

/* What goes into the text as it is, without quotes. */
static rc check_plain(const struct template_answers *a, struct err *e)
{
	struct wall_time day;
	if (!plain(a))
		return err_set(e, ERR_INPUT, "an answer has line breaks or other control characters");
	if (!policy_host_ok(a->site))
		return err_set(e, ERR_INPUT, "not a domain name: %.64s", a->site);
	if (!name_ok(a->model)) {
		(void)err_set(e, ERR_INPUT, "not a model name: %.64s", a->model);
		return err_hint(e, "use a-z, 0-9, \".\", \"_\" and \"-\"");
	}
	if (*a->until && !rfc3339_parse_date(a->until, &day))
		return err_set(e, ERR_INPUT, "not a date like 2031-12-31: %.64s", a->until);
	return RC_OK;
}

static rc no_such_kind(const char *word, struct err *e)
{
	CLEANUP(buf_done) struct buf all;
	buf_init(&all, 256);
	for (size_t i = 0; template_kind(i); i++)
		buf_putf(&all, "%s%s", i ? ", " : "", template_kind(i));
	(void)err_set(e, ERR_INPUT, "there is no kind \"%.32s\"", word);
	return err_hint(e, "kinds are %s", buf_text(&all));
}

rc template_write(const struct template_answers *a, struct wall_time today, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	const struct template_kind *k = find_kind(a->kind);
	char until[RFC3339_DATE_SIZE];
	struct declaration *d = NULL;
	buf_init(&text, DECLARATION_MAX);
	if (!k)
		return no_such_kind(a->kind, e);
	rc r = check_plain(a, e);
	if (rc_failed(r))
		return r;
	rfc3339_date((struct wall_time){today.s + (int64_t)SUPPORT_YEARS * 365 * SECONDS_PER_DAY}, until);
	memcpy(until + strlen("YYYY"), "-12-31", sizeof "-12-31");
	put_all(a, k, *a->until ? a->until : until, &text);
	r = buf_check(&text, "the declaration", e);
	if (rc_ok(r))
		r = declaration_parse(buf_view(&text), &d, NULL, e);
	declaration_free(d);
	if (rc_failed(r))
		return err_wrap(e, "an answer cannot stand in a declaration");
	buf_put(out, buf_view(&text));
	return buf_check(out, "the declaration", e);
}
