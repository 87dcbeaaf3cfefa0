/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages of an assessment. Each reads files and writes files, so that each can be run again and compared alone:
 * probes > facts.json > judges > verdicts.json > the report in its forms, the label.
 */
#ifndef HALLMARK_ASSESS_STAGE_H
#define HALLMARK_ASSESS_STAGE_H

#include "assess/probe.h"
#include "core/crypto/key.h"

struct stage_progress {
	void *ctx;
	void (*begin)(void *ctx, const struct probe *p);
	void (*text)(void *ctx, const char *probe, const char *text);
	void (*end)(void *ctx, const struct probe *p, size_t facts, size_t not_looked, int64_t took_ms);
	void (*skipped)(void *ctx, const struct probe *p); /* what it needs was not given */
};

/* Run the probes named in `only` (none: all) and write OUT/facts.json. A change left in a repository is undone first.
 */
rc stage_probe(const struct scope *s, const char *const *only, size_t only_n, const char *out_dir,
	       const struct stage_progress *progress, struct err *e) MUST_CHECK;

/* OUT/facts.json and the declaration to OUT/verdicts.json. */
rc stage_judge(const struct subject *s, const char *out_dir, struct err *e) MUST_CHECK;

/* OUT/verdicts.json and OUT/facts.json to the files of report_files, in OUT. */
rc stage_report(const char *out_dir, struct err *e) MUST_CHECK;

/*
 * VERDICTS to OUT/label.svg, label.html, label.txt (the text of the code) and label.png. ERR_DENIED when no label may
 * be issued. A PNG that cannot be made stops nothing: *ret_no_png says why (code ERR_NONE: it was made).
 */
rc stage_label(const char *verdicts_path, const char *out_dir, const struct signer *key, struct wall_time issued,
	       struct err *ret_no_png, struct err *e) MUST_CHECK;

/* Read a verdicts file; `ret_text` receives its bytes (init it with VERDICT_JSON_MAX), may be NULL. */
rc stage_load_verdicts(const char *path, struct verdict_set **ret, struct buf *ret_text, struct err *e) MUST_CHECK;

/* OUT/facts.json, if it holds the facts that these verdicts were made of, and no others. `ret` is a zeroed set. */
rc stage_load_facts(const char *out_dir, const struct verdict_set *v, struct fact_set *ret, struct fact_head *ret_head,
		    struct err *e) MUST_CHECK;

#endif
