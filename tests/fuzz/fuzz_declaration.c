/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declaration parser: a refusal names a place, an accepted file survives judging, and its canonical form is a
 * declaration with the same canonical form. No text of it adds a line to a unit, a row to a table or markup to a page,
 * and what should be JSON is.
 */
#include <stdlib.h>

#include "core/codec/json.h"
#include "product/documents.h"
#include "product/judge_json.h"
#include "product/policy_compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void try_again(const struct declaration *d)
{
	CLEANUP(buf_done) struct buf once, twice;
	struct declaration *again = NULL;
	buf_init(&once, 1 << 22);
	buf_init(&twice, 1 << 22);
	if (rc_failed(declaration_canonical(d, &once, NULL)) || once.len > DECLARATION_MAX)
		return;
	if (rc_failed(declaration_parse(buf_view(&once), &again, NULL, NULL)))
		abort();
	if (rc_failed(declaration_canonical(again, &twice, NULL)) || !bytes_equal(buf_view(&once), buf_view(&twice)))
		abort();
	declaration_free(again);
}

/* Only lines of ours, none of which goes on in the next. */
static void check_unit(const char *line)
{
	static const char *const others[] = {"#", "[Unit]\n", "[Service]\n", "[Install]\n", "\n", NULL};
	for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		bool known = line[0] >= 'A' && line[0] <= 'Z' && (size_t)(strchr(line, '=') - line) < 32;
		for (size_t i = 0; others[i]; i++)
			known = known || strncmp(line, others[i], strlen(others[i])) == 0;
		if (!known || (end > line && end[-1] == '\\'))
			abort();
	}
}

/* Every line ends outside of a field, with CRLF, and has as many fields as the first. */
static void check_csv(const char *text)
{
	size_t fields = 1, first = 0;
	bool quoted = false;
	for (; *text; text++) {
		quoted ^= *text == '"';
		fields += !quoted && *text == ',';
		if (*text == '\n' || (*text == '\r' && (quoted || text[1] != '\n')))
			abort();
		if (*text != '\r')
			continue;
		if (first && fields != first)
			abort();
		first = fields;
		fields = 1;
		text++;
	}
}

static rc take_document(void *to, const struct documents_file *file, struct err *e)
{
	json_t *value = NULL;
	(void)to, (void)e;
	if (strncmp(file->name, "systemd/", 8) == 0)
		check_unit(buf_text(file->text));
	if (strstr(file->name, ".csv"))
		check_csv(buf_text(file->text));
	if ((strstr(file->name, ".md") || strstr(file->name, ".html")) && strstr(buf_text(file->text), "<script"))
		abort();
	if (strstr(file->name, ".json")) {
		if (rc_failed(json_codec_parse(buf_view(file->text), DOCUMENTS_MAX, file->name, &value, NULL)))
			abort();
		json_decref(value);
	}
	return RC_OK;
}

/* Whatever is declared: each provision has an answer with a reason, and the JSON holds it. */
static void judge(const struct declaration *d)
{
	struct judge_result *r = NULL;
	if (rc_failed(judge_declaration(d, (struct wall_time){0}, &r, NULL)))
		abort();
	for (size_t i = 0; i < CATALOGUE_PROVISIONS; i++) {
		const struct judge_answer *a = &r->answers[i];
		bool settled = a->word == JUDGE_PROMISED || a->word == JUDGE_NOT_APPLICABLE;
		if (!a->reason[0] || settled != (a->findings == 0))
			abort();
	}
	json_t *all = judge_json_result(d, r);
	if (!all)
		abort();
	json_decref(all);
	judge_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct declaration_problems problems = {0};
	struct declaration *d = NULL;
	CLEANUP(buf_done) struct buf json;
	buf_init(&json, POLICY_MAX);
	if (rc_failed(declaration_parse(bytes_of(data, n), &d, &problems, NULL))) {
		if (d || problems.n == 0)
			abort();
		return 0;
	}
	try_again(d);
	judge(d);
	(void)!rc_failed(policy_compile(d, NULL, 0, &json, NULL));
	(void)!rc_failed(documents_each(d, (struct wall_time){0}, take_document, NULL, NULL));
	declaration_free(d);
	return 0;
}
