/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label: what a shopper sees, and the signed claim in its QR code. Made of verdicts.json alone; refused when a
 * mandatory provision failed. What is open is printed as open. Pure.
 */
#ifndef HALLMARK_ASSESS_LABEL_H
#define HALLMARK_ASSESS_LABEL_H

#include "core/model/claim.h"
#include "core/model/verdict.h"

#define LABEL_SVG_MAX (512 * 1024)

/* May a label be issued? ERR_DENIED with the provisions that stand against it. */
rc label_check(const struct verdict_set *v, struct wall_time issued, struct err *e) MUST_CHECK;

/* What the claim says. `verdicts_json`: the bytes of the file that `v` was decoded from. */
rc label_claim(const struct verdict_set *v, struct bytes verdicts_json, struct wall_time issued, struct claim *ret,
	       struct err *e) MUST_CHECK;

/*
 * The label as it must look for these verdicts and this claim text: the same input gives the same bytes, so a verifier
 * can draw it again and compare.
 */
rc label_svg(const struct verdict_set *v, const struct claim *c, const char *claim_text, struct buf *out, struct err *e)
	MUST_CHECK;

/* A page with the label, its content as text, and how to verify it. */
rc label_html(const struct verdict_set *v, const struct claim *c, const char *claim_text, struct bytes svg,
	      struct buf *out, struct err *e) MUST_CHECK;

/* The claim text inside a label.svg or any text: from "HMK1:" on, as far as it is Base45. False if there is none. */
bool label_find_claim(struct bytes text, struct bytes *ret);

#endif
