/* SPDX-License-Identifier: Apache-2.0 */
/* The stages: reading and writing their files, and running the probes in order. What they mean is in the other files.
 */
#include "assess/stage.h"

#include <stdio.h>

#include "assess/judging.h"
#include "assess/label.h"
#include "assess/label_png_io.h"
#include "assess/report.h"
#include "assess/tamper.h"
#include "core/codec/hex.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define FACTS "facts.json"
#define VERDICTS "verdicts.json"
#define FILE_MODE 0644

static rc save(const char *dir, const char *name, const struct buf *content, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = file_path(path, e, dir, name);
	return rc_ok(r) ? file_write_atomic(path, buf_view(content), FILE_MODE, e) : r;
}

static rc load(const char *dir, const char *name, size_t max, struct buf *out, struct err *e)
{
	char path[FILE_PATH_MAX];
	rc r = file_path(path, e, dir, name);
	return rc_ok(r) ? file_read(path, max, out, e) : r;
}

static bool is_wanted(const struct probe *p, const char *const *only, size_t only_n)
{
	for (size_t i = 0; i < only_n; i++)
		if (strcmp(p->name, only[i]) == 0)
			return true;
	return only_n == 0;
}

static rc run_probe(const struct probe *p, const struct scope *s, struct fact_set *facts,
		    const struct stage_progress *progress, struct err *e)
{
	struct probe_run run = {.scope = s,
				.facts = facts,
				.probe = p->name,
				.progress = progress->text,
				.progress_ctx = progress->ctx};
	size_t before = facts->n, not_looked = 0;
	int64_t began = clock_now().mono.ms;
	progress->begin(progress->ctx, p);
	p->run(&run);
	for (size_t i = before; i < facts->n; i++)
		not_looked += !fact_looked(facts->list[i].state);
	progress->end(progress->ctx, p, facts->n - before, not_looked, clock_now().mono.ms - began);
	if (run.failed.code == ERR_NONE)
		return RC_OK;
	*e = run.failed;
	return err_wrap(e, "probe %s", p->name);
}

static rc run_all(const struct scope *s, const char *const *only, size_t only_n, struct fact_set *facts,
		  const struct stage_progress *progress, struct err *e)
{
	for (size_t i = 0; probe_table[i]; i++) {
		const struct probe *p = probe_table[i];
		if (!is_wanted(p, only, only_n))
			continue;
		if (p->ready && !p->ready(s)) {
			progress->skipped(progress->ctx, p);
			continue;
		}
		rc r = run_probe(p, s, facts, progress, e);
		if (rc_failed(r))
			return r;
	}
	return RC_OK;
}

rc stage_probe(const struct scope *s, const char *const *only, size_t only_n, const char *out_dir,
	       const struct stage_progress *progress, struct err *e)
{
	CLEANUP(fact_set_done) struct fact_set facts = {0};
	CLEANUP(buf_done) struct buf text;
	struct fact_head head = {.started = clock_now().wall};
	bool restored = false;
	buf_init(&text, FACT_JSON_MAX);
	(void)snprintf(head.target, sizeof head.target, "%s", s->target);
	rc r = file_make_dir(out_dir, 0755, e);
	if (rc_ok(r) && s->repo)
		r = tamper_restore(s->repo, &restored, e);
	if (rc_failed(r) || rc_failed(r = run_all(s, only, only_n, &facts, progress, e)))
		return r;
	head.ended = clock_now().wall;
	if (rc_failed(r = fact_set_encode(&facts, &head, &text, e)))
		return r;
	return save(out_dir, FACTS, &text, e);
}

/* What was looked at, from the facts themselves: a later judge knows no more. */
static void count_probes(const struct fact_set *facts, struct verdict_set *v)
{
	for (size_t i = 0; probe_table[i] && v->probes_n < VERDICT_PROBES_MAX; i++) {
		struct verdict_probe p = {0};
		for (size_t k = 0; k < facts->n; k++) {
			if (strcmp(facts->list[k].probe, probe_table[i]->name) != 0)
				continue;
			p.facts++;
			p.not_looked += !fact_looked(facts->list[k].state);
		}
		(void)snprintf(p.name, sizeof p.name, "%s", probe_table[i]->name);
		(void)snprintf(p.what, sizeof p.what, "%s", probe_table[i]->what);
		if (p.facts)
			v->probes[v->probes_n++] = p;
	}
}

rc stage_judge(const struct subject *s, const char *out_dir, struct err *e)
{
	CLEANUP(fact_set_done) struct fact_set facts = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	CLEANUP(buf_done) struct buf text, out;
	struct fact_head head = {0};
	uint8_t hash[SHA256_SIZE];
	buf_init(&text, FACT_JSON_MAX);
	buf_init(&out, VERDICT_JSON_MAX);
	rc r = load(out_dir, FACTS, FACT_JSON_MAX, &text, e);
	if (rc_failed(r) || rc_failed(r = fact_set_decode(buf_view(&text), &facts, &head, e)) ||
	    rc_failed(r = hash_sha256(buf_view(&text), hash, e)))
		return err_wrap(e, "reading the facts");
	const struct judging_input in = {&facts, s};
	if (rc_failed(r = judging_run(&in, &v, e)))
		return err_wrap(e, "judging");
	v->assessed = head.ended;
	(void)snprintf(v->target, sizeof v->target, "%s", head.target);
	hex_encode(bytes_of(hash, sizeof hash), v->facts_sha256);
	count_probes(&facts, v);
	if (rc_failed(r = verdict_set_encode(v, &out, e)))
		return r;
	return save(out_dir, VERDICTS, &out, e);
}

rc stage_load_verdicts(const char *path, struct verdict_set **ret, struct buf *ret_text, struct err *e)
{
	CLEANUP(buf_done) struct buf own;
	struct buf *text = ret_text ? ret_text : &own;
	buf_init(&own, VERDICT_JSON_MAX);
	rc r = file_read(path, VERDICT_JSON_MAX, text, e);
	if (rc_ok(r))
		r = verdict_set_decode(buf_view(text), ret, e);
	return rc_ok(r) ? r : err_wrap(e, "reading verdicts from %s", path);
}

rc stage_load_facts(const char *out_dir, const struct verdict_set *v, struct fact_set *ret, struct fact_head *ret_head,
		    struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	uint8_t hash[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
	buf_init(&text, FACT_JSON_MAX);
	rc r = load(out_dir, FACTS, FACT_JSON_MAX, &text, e);
	if (rc_failed(r) || rc_failed(r = hash_sha256(buf_view(&text), hash, e)))
		return r;
	hex_encode(bytes_of(hash, sizeof hash), hex);
	if (strcmp(hex, v->facts_sha256) != 0) {
		(void)err_set(e, ERR_TRUST, "%s/" FACTS " is not the file that the verdicts rest on", out_dir);
		return err_hint(e, "judge again");
	}
	return fact_set_decode(buf_view(&text), ret, ret_head, e);
}

rc stage_report(const char *out_dir, struct err *e)
{
	CLEANUP(fact_set_done) struct fact_set facts = {0};
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	char path[FILE_PATH_MAX];
	struct fact_head head = {0};
	rc r = file_path(path, e, out_dir, VERDICTS);
	if (rc_failed(r) || rc_failed(r = stage_load_verdicts(path, &v, NULL, e)) ||
	    rc_failed(r = stage_load_facts(out_dir, v, &facts, &head, e)))
		return err_wrap(e, "the report");
	const struct report_input in = {v, &facts, &head};
	for (const struct report_file *f = report_files; f->name && rc_ok(r); f++) {
		CLEANUP(buf_done) struct buf text;
		buf_init(&text, REPORT_MAX);
		if (rc_ok(r = f->write(&in, &text, e)))
			r = save(out_dir, f->name, &text, e);
	}
	return rc_ok(r) ? r : err_wrap(e, "the report");
}

/* A picture of an earlier label must not stay beside this one. */
static rc draw_png(const struct buf *svg, const char *out_dir, struct err *ret_no_png, struct err *e)
{
	CLEANUP(buf_done) struct buf png;
	char path[FILE_PATH_MAX];
	buf_init(&png, LABEL_PNG_IO_MAX);
	*ret_no_png = (struct err){0};
	if (rc_ok(label_png_io_draw(buf_view(svg), &png, ret_no_png)))
		return save(out_dir, "label.png", &png, e);
	(void)err_wrap(ret_no_png, "no label.png");
	rc r = file_path(path, e, out_dir, "label.png");
	return rc_ok(r) ? file_remove(path, e) : r;
}

static rc draw(const struct label_face *f, const struct claim *c, const struct buf *claim_text, const char *out_dir,
	       struct err *ret_no_png, struct err *e)
{
	CLEANUP(buf_done) struct buf svg, html, line;
	buf_init(&svg, LABEL_SVG_MAX);
	buf_init(&html, LABEL_HTML_MAX);
	buf_init(&line, CLAIM_TEXT_MAX + 1);
	buf_putf(&line, "%s\n", buf_text(claim_text));
	rc r = label_svg(f, c, buf_text(claim_text), &svg, e);
	if (rc_failed(r) || rc_failed(r = label_html(f, c, buf_text(claim_text), buf_view(&svg), &html, e)) ||
	    rc_failed(r = save(out_dir, "label.html", &html, e)) ||
	    rc_failed(r = save(out_dir, "label.txt", &line, e)) || rc_failed(r = save(out_dir, "label.svg", &svg, e)))
		return r;
	return draw_png(&svg, out_dir, ret_no_png, e);
}

rc stage_label(const char *verdicts_path, const char *out_dir, const struct signer *key, struct wall_time issued,
	       struct err *ret_no_png, struct err *e)
{
	CLEANUP(verdict_set_free) struct verdict_set *v = NULL;
	CLEANUP(buf_done) struct buf text, claim_text;
	struct label_face face;
	struct claim c;
	buf_init(&text, VERDICT_JSON_MAX);
	buf_init(&claim_text, CLAIM_TEXT_MAX);
	rc r = stage_load_verdicts(verdicts_path, &v, &text, e);
	if (rc_failed(r) || rc_failed(r = label_check(v, issued, e)) ||
	    rc_failed(r = label_claim(v, buf_view(&text), issued, &c, e)) ||
	    rc_failed(r = label_sign(&c, key, &claim_text, e)) || rc_failed(r = file_make_dir(out_dir, 0755, e)))
		return r;
	label_face(v, &face);
	return draw(&face, &c, &claim_text, out_dir, ret_no_png, e);
}
