/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label (docs/label.md): what a shopper sees, and the signed claim in its QR code. Made of verdicts.json alone;
 * refused when a mandatory provision failed. What is open is printed as open. Pure.
 */
#ifndef HALLMARK_ASSESS_LABEL_H
#define HALLMARK_ASSESS_LABEL_H

#include "core/model/claim.h"
#include "core/model/verdict.h"

#define LABEL_SVG_MAX (512 * 1024)
#define LABEL_HTML_MAX (1024 * 1024)
#define LABEL_FACE_MAX 4096
#define LABEL_EDITION 2 /* of the drawing: a later one cannot be compared with what this program draws */

/* Printed size: never narrower than 70 mm, where the smallest letters have 6 pt and the QR code 29 mm. */
#define LABEL_WIDTH_MM 80
#define LABEL_WIDTH_LEAST_MM 70
#define LABEL_QR_LEAST_MM 29
#define LABEL_QR_MODULES_MAX 73 /* version 12 and its border: 0.397 mm a module at the least width */
#define LABEL_DPI 600

/* The words on the label that its claim has no room for. The claim carries their hash. */
struct label_face {
	char product[VERDICT_TEXT_SIZE], maker[VERDICT_TEXT_SIZE], model[VERDICT_TEXT_SIZE], version[VERDICT_TEXT_SIZE];
	char updates[VERDICT_TEXT_SIZE], password[VERDICT_TEXT_SIZE], data[VERDICT_TEXT_SIZE],
		sensors[VERDICT_TEXT_SIZE];
	char url[VERDICT_TEXT_SIZE];
};

/* May a label be issued? ERR_DENIED with the provisions that stand against it. */
rc label_check(const struct verdict_set *v, struct wall_time issued, struct err *e) MUST_CHECK;

/*
 * The level that these verdicts reach, 0 to 4, each step on top of the one before. Only what passed or does not apply
 * counts, and every provision of the catalogue must be there.
 */
unsigned label_level(const struct verdict_set *v);
const char *label_level_words(unsigned level);

void label_face(const struct verdict_set *v, struct label_face *ret);

/* What the claim says. `verdicts_json`: the bytes of the file that `v` was decoded from. */
rc label_claim(const struct verdict_set *v, struct bytes verdicts_json, struct wall_time issued, struct claim *ret,
	       struct err *e) MUST_CHECK;

/*
 * Sign it. What would not fit into the printed code is shortened by rule, and `c` is then what was signed: product and
 * maker to 20 bytes, the longer first; then the address is left out. ERR_LIMIT when even that is too long.
 */
rc label_sign(struct claim *c, const struct signer *s, struct buf *out, struct err *e) MUST_CHECK;

/*
 * The label as it must look for these words and this claim: the same input gives the same bytes, so a verifier can draw
 * it again and compare.
 */
rc label_svg(const struct label_face *f, const struct claim *c, const char *claim_text, struct buf *out, struct err *e)
	MUST_CHECK;

/* A page with the label, its content as text, and how to verify it. */
rc label_html(const struct label_face *f, const struct claim *c, const char *claim_text, struct bytes svg,
	      struct buf *out, struct err *e) MUST_CHECK;

/* The words as canonical JSON, as they stand in the drawing and are hashed into the claim. */
rc label_face_encode(const struct label_face *f, struct buf *out, struct err *e) MUST_CHECK;

/*
 * An SVG or HTML file against the claim that was found in it and is genuine. *ret_picture is "" when the file is
 * neither, otherwise what to say of it. ERR_TRUST: it is not what was signed.
 */
rc label_compare(struct bytes file, const struct claim *c, const char *claim_text, const char **ret_picture,
		 struct err *e) MUST_CHECK;

#endif
