/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A label's file as it comes from anybody, and the words in it. The words pass their hash here, so that decoder, line
 * breaking and drawing see them; what is drawn must then be found to be what was signed.
 */
#include <stdlib.h>

#include "assess/label.h"
#include "assess/label_text.h"
#include "core/codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct claim sample = {
	.maker = "M",
	.model = "m",
	.product = "P",
	.edition = "EN 303 645 V3.1.3",
	.support_end = "2031-12-31",
	.assessed = "2026-11-20",
	.issued = "2026-11-22",
	.counts = {1, 2, 3, 4, 5},
	.level = 1,
	.mandatory_open = 3,
};

static void try_words(struct bytes words)
{
	struct claim c = sample;
	const char *picture = NULL;
	uint8_t hash[SHA256_SIZE];
	CLEANUP(buf_done) struct buf file;
	buf_init(&file, LABEL_HTML_MAX);
	if (rc_failed(hash_sha256(words, hash, NULL)))
		abort();
	memcpy(c.face, hash, sizeof c.face);
	buf_put_text(&file, "<svg <metadata>HMK1:X\n");
	base64_encode(words, &file);
	buf_put_text(&file, "</metadata>");
	if (rc_ok(label_compare(buf_view(&file), &c, "HMK1:X", &picture, NULL)) &&
	    strncmp(picture, "not compared", 12) != 0)
		abort(); /* such a file was never drawn */
}

/* Any text at all, on a label. */
static void try_text(const char *text)
{
	struct label_face f = {0};
	struct label_text t;
	struct claim c = sample;
	const char *picture = NULL;
	const struct label_text_room room = {100, 22, true, 4};
	uint8_t hash[SHA256_SIZE];
	CLEANUP(buf_done) struct buf words, svg;
	buf_init(&words, LABEL_FACE_MAX);
	buf_init(&svg, LABEL_SVG_MAX);
	label_text_wrap(text, &room, &t);
	if (t.n > 4)
		abort();
	memcpy(f.product, text, strnlen(text, sizeof f.product - 1));
	memcpy(f.sensors, text, strnlen(text, sizeof f.sensors - 1));
	memcpy(f.url, text, strnlen(text, sizeof f.url - 1));
	if (rc_failed(label_face_encode(&f, &words, NULL)) || rc_failed(hash_sha256(buf_view(&words), hash, NULL)))
		return; /* not UTF-8 */
	memcpy(c.face, hash, sizeof c.face);
	if (rc_failed(label_svg(&f, &c, "HMK1:X", &svg, NULL)))
		abort();
	/* A text with control characters is drawn, and refused when it is read back. */
	(void)!rc_ok(label_compare(buf_view(&svg), &c, "HMK1:X", &picture, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *picture = NULL;
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, 4096);
	(void)!rc_ok(label_compare(bytes_of(data, n), &sample, "HMK1:X", &picture, NULL));
	if (n > 3000)
		return 0;
	try_words(bytes_of(data, n));
	buf_put(&text, bytes_of(data, n));
	try_text(buf_text(&text));
	return 0;
}
