/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words on a label and the way back: out of the verdicts, into the drawing, and out of a drawing again. They are
 * decoded only when their hash is the one in the signed claim.
 */
#include <stdio.h>

#include "assess/label.h"
#include "core/codec/base64.h"
#include "core/codec/json.h"
#include "core/base/banned.h"

static const struct {
	const char *key;
	size_t offset;
} fields[] = {
#define FIELD(name)                                                                                                    \
	{                                                                                                              \
#name, offsetof(struct label_face, name)                                                               \
	}
	FIELD(product),	 FIELD(maker), FIELD(model),   FIELD(version), FIELD(updates),
	FIELD(password), FIELD(data),  FIELD(sensors), FIELD(url),
#undef FIELD
};

#define COPY(to, from) ((void)snprintf(to, sizeof(to), "%s", from))

void label_face(const struct verdict_set *v, struct label_face *ret)
{
	const struct verdict_subject *s = &v->subject;
	COPY(ret->product, s->product);
	COPY(ret->maker, s->maker);
	COPY(ret->model, s->model);
	COPY(ret->version, s->version);
	COPY(ret->updates, s->updates);
	COPY(ret->password, s->password);
	COPY(ret->data, s->data);
	COPY(ret->sensors, s->sensors);
	COPY(ret->url, s->url);
}

rc label_face_encode(const struct label_face *f, struct buf *out, struct err *e)
{
	JSON_AUTO json_t *root = json_pack("{s:i}", "v", LABEL_EDITION);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		(void)json_object_set_new(root, fields[i].key, json_string((const char *)f + fields[i].offset));
	if (json_object_size(root) != ARRAY_LEN(fields) + 1)
		return err_set(e, ERR_MEMORY, "label: no memory, or a text that is not UTF-8");
	return json_codec_canonical(root, out, e);
}

static rc decode(const json_t *root, struct label_face *ret, struct err *e)
{
	struct label_face f = {0};
	rc r = RC_OK;
	for (size_t i = 0; rc_ok(r) && i < ARRAY_LEN(fields); i++) {
		const char *text = NULL;
		r = json_codec_text_any(root, "label", fields[i].key, VERDICT_TEXT_SIZE - 1, &text, e);
		if (rc_ok(r))
			(void)snprintf((char *)&f + fields[i].offset, VERDICT_TEXT_SIZE, "%s", text);
	}
	if (rc_ok(r))
		*ret = f;
	return r;
}

/* What stands between two marks; false if there is no such place. */
static bool between(struct bytes in, const char *from, const char *to, struct bytes *ret)
{
	const size_t from_n = strlen(from);
	const uint8_t *begin = memmem(in.p, in.n, from, from_n);
	if (!begin)
		return false;
	begin += from_n;
	const uint8_t *end = memmem(begin, in.n - (size_t)(begin - in.p), to, strlen(to));
	if (!end)
		return false;
	*ret = bytes_of(begin, (size_t)(end - begin));
	return true;
}

/* "<metadata>CLAIM LF BASE64</metadata>": the words, when their hash is the claim's. */
static rc read_words(struct bytes file, const struct claim *c, struct buf *words, struct err *e)
{
	struct bytes meta;
	uint8_t hash[SHA256_SIZE];
	const uint8_t *end;
	if (!between(file, "<metadata>", "</metadata>", &meta) || meta.n > LABEL_FACE_MAX * 2 ||
	    !(end = memchr(meta.p, '\n', meta.n)))
		return err_set(e, ERR_TRUST, "the claim is genuine, but the picture does not hold its own words");
	size_t claim_n = (size_t)(end + 1 - meta.p);
	rc r = base64_decode(bytes_of(end + 1, meta.n - claim_n), words, e);
	if (rc_failed(r) || rc_failed(r = hash_sha256(buf_view(words), hash, e)))
		return err_wrap(e, "the words in the picture");
	if (memcmp(hash, c->face, sizeof c->face) != 0)
		return err_set(e, ERR_TRUST, "the claim is genuine, but it belongs to a label with other words");
	return RC_OK;
}

/* The file as it must be: the page when it is one, otherwise the drawing alone. */
static rc draw_again(struct bytes file, const struct label_face *f, const struct claim *c, const char *claim_text,
		     struct buf *out, struct err *e)
{
	static const char page[] = "<!DOCTYPE html";
	CLEANUP(buf_done) struct buf svg;
	buf_init(&svg, LABEL_SVG_MAX);
	rc r = label_svg(f, c, claim_text, &svg, e);
	if (rc_failed(r))
		return r;
	if (file.n >= sizeof page && memcmp(file.p, page, sizeof page - 1) == 0)
		return label_html(f, c, claim_text, buf_view(&svg), out, e);
	buf_put(out, buf_view(&svg));
	return buf_check(out, "label", e);
}

rc label_compare(struct bytes file, const struct claim *c, const char *claim_text, const char **ret_picture,
		 struct err *e)
{
	CLEANUP(buf_done) struct buf words, again;
	JSON_AUTO json_t *root = NULL;
	struct label_face f;
	int64_t edition = 0;
	buf_init(&words, LABEL_FACE_MAX);
	buf_init(&again, LABEL_HTML_MAX);
	*ret_picture = "";
	if (!file.n || file.p[0] != '<')
		return RC_OK;
	rc r = read_words(file, c, &words, e);
	if (rc_failed(r) || rc_failed(r = json_codec_parse(buf_view(&words), LABEL_FACE_MAX, "label", &root, e)) ||
	    rc_failed(r = json_codec_int(root, "label", "v", 1, INT32_MAX, &edition, e)))
		return r;
	if (edition != LABEL_EDITION) {
		*ret_picture = "not compared: drawn by another edition of this program";
		return RC_OK;
	}
	if (rc_failed(r = decode(root, &f, e)) || rc_failed(r = draw_again(file, &f, c, claim_text, &again, e)))
		return r;
	if (!bytes_equal(buf_view(&again), file))
		return err_set(e, ERR_TRUST, "the claim is genuine, but what stands around it was changed");
	*ret_picture = "exactly what was signed";
	return RC_OK;
}
