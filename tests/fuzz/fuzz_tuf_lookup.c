/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole repository of somebody who holds every key: refresh and search in files that are all signed, because here
 * every signature under a known key id is good (pubkey_verify is replaced by the linker). What may never happen: a
 * search without end, a name that leaves its folder or takes the place of the root, and a kept copy that leads
 * elsewhere than the fetched one.
 *
 * Input: the target's name in the first line, then files, each "NAME\n", its bytes, and "\n%%\n". In it $S stands for
 * the signatures, $H for what every file has, $D for the keys of delegations, $K for the key's id, so that a sample is
 * short and its changes meet what matters. A timestamp, and a snapshot that lists every file, are added at the end: the
 * first of a name counts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/codec/hex.h"
#include "core/codec/json.h"
#include "core/crypto/key.h"
#include "core/trust/tuf.h"

#define FETCHES_MAX (4 + TUF_LOOKUP_ROLES_MAX)
#define KEPT_MAX (FETCHES_MAX + 4)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
bool __wrap_pubkey_verify(const struct pubkey *k, struct bytes message, struct bytes signature);

bool __wrap_pubkey_verify(const struct pubkey *k, struct bytes message, struct bytes signature)
{
	(void)k, (void)message;
	return signature.n > 0;
}

struct kept {
	char name[TUF_FILE_NAME_MAX];
	struct bytes content; /* inside the input */
};

struct store {
	struct bytes input; /* after the first line */
	struct kept kept[KEPT_MAX];
	size_t kept_n, fetches;
};

/* The file of this name in the input. */
static bool find(struct bytes input, const char *name, struct bytes *ret)
{
	static const char end[] = "\n%%\n";
	size_t k = strlen(name);
	while (input.n) {
		const uint8_t *stop = memmem(input.p, input.n, end, sizeof end - 1);
		size_t block = stop ? (size_t)(stop - input.p) : input.n;
		if (block > k && memcmp(input.p, name, k) == 0 && input.p[k] == '\n') {
			*ret = bytes_of(input.p + k + 1, block - k - 1);
			return true;
		}
		size_t used = stop ? block + sizeof end - 1 : block;
		input = bytes_of(input.p + used, input.n - used);
	}
	return false;
}

static void keep(struct store *s, const struct tuf_actions *actions, struct bytes content, bool searching)
{
	for (size_t i = 0; i < actions->n; i++) {
		const struct tuf_action *a = &actions->list[i];
		if (strchr(a->name, '/') || !a->name[0] || (searching && strcmp(a->name, "root.json") == 0))
			abort();
		if (a->kind == TUF_DELETE)
			continue;
		if (s->kept_n == KEPT_MAX || !bytes_equal(a->content, content))
			abort();
		(void)snprintf(s->kept[s->kept_n].name, sizeof s->kept[0].name, "%s", a->name);
		s->kept[s->kept_n++].content = content;
	}
}

static bool offer_kept(const struct store *s, struct tuf *t, const char *name)
{
	bool used = false;
	for (size_t i = 0; i < s->kept_n && !used; i++)
		if (strcmp(s->kept[i].name, name) == 0 &&
		    rc_failed(tuf_lookup_stored(t, s->kept[i].content, &used, NULL)))
			return true;
	return used;
}

static bool run(struct store *s, struct tuf *t, bool searching)
{
	for (;;) {
		struct tuf_fetch due;
		struct tuf_actions actions = {0};
		struct bytes content;
		const char *reason = NULL;
		bool done = false;
		if (rc_failed(tuf_next(t, &due, &done, NULL)) || done)
			return done;
		if (due.stored[0] && offer_kept(s, t, due.stored))
			continue;
		if (++s->fetches > FETCHES_MAX)
			abort();
		rc r = find(s->input, due.name, &content) ? tuf_feed(t, content, &actions, &reason, NULL)
							  : tuf_feed_absent(t, &actions, NULL);
		if (rc_failed(r))
			return false;
		keep(s, &actions, content, searching);
	}
}

static const char public[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"; /* RFC 8032 7.1 */

struct maker {
	json_t *key;
	char id[HEX_TEXT_SIZE(SHA256_SIZE)];
};

static void make_key(struct maker *m)
{
	CLEANUP(buf_done) struct buf canonical;
	uint8_t digest[SHA256_SIZE];
	buf_init(&canonical, KIB);
	m->key =
		json_pack("{s:s, s:s, s:{s:s}}", "keytype", "ed25519", "scheme", "ed25519", "keyval", "public", public);
	if (rc_failed(json_codec_canonical(m->key, &canonical, NULL)) ||
	    rc_failed(hash_sha256(buf_view(&canonical), digest, NULL)))
		abort();
	hex_encode(bytes_of(digest, sizeof digest), m->id);
}

/* One key for everything, no consistent snapshots: names without versions. */
static struct tuf *trust(const struct maker *m)
{
	JSON_AUTO json_t *role = json_pack("{s:[s], s:i}", "keyids", m->id, "threshold", 1);
	JSON_AUTO json_t *root =
		json_pack("{s:[{s:s, s:s}], s:{s:s, s:s, s:i, s:s, s:b, s:{s:O}, s:{s:O, s:O, s:O, s:O}}}",
			  "signatures", "keyid", m->id, "sig", "00", "signed", "_type", "root", "spec_version",
			  "1.0.34", "version", 1, "expires", "2030-01-01T00:00:00Z", "consistent_snapshot", 0, "keys",
			  m->id, m->key, "roles", "root", role, "timestamp", role, "snapshot", role, "targets", role);
	char *text = json_dumps(root, JSON_COMPACT);
	struct tuf *t = NULL;
	if (!text || rc_failed(tuf_new(bytes_of_text(text), &t, NULL)))
		abort();
	free(text);
	return t;
}

/* What "$c" stands for; false: for itself. */
static bool put_word(struct buf *out, const struct maker *m, uint8_t c)
{
	if (c == 'S')
		buf_putf(out, "\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"00\"}]", m->id);
	else if (c == 'H')
		buf_put_text(out, "\"spec_version\":\"1.0.34\",\"version\":1,\"expires\":\"2030-01-01T00:00:00Z\"");
	else if (c == 'D')
		buf_putf(out,
			 "\"keys\":{\"%s\":{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
			 "{\"public\":\"%s\"}}}",
			 m->id, public);
	else if (c == 'K')
		buf_put_text(out, m->id);
	else
		return false;
	return true;
}

static void put_expanded(struct buf *out, const struct maker *m, struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '$' && i + 1 < text.n && put_word(out, m, text.p[i + 1]))
			i++;
		else
			buf_put_u8(out, text.p[i]);
	}
}

/* "%2F" as "/": the snapshot lists roles by their names, the input has files. */
static void put_decoded(struct buf *out, struct bytes name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t byte;
		char hex[3] = "";
		if (i + 2 < name.n)
			memcpy(hex, name.p + i + 1, 2);
		if (name.p[i] == '%' && strlen(hex) == 2 && hex_decode(hex, &byte, 1)) {
			buf_put_u8(out, byte);
			i += 2;
		} else {
			buf_put_u8(out, name.p[i]);
		}
	}
}

static void put_defaults(struct buf *out, const struct maker *m, struct bytes files)
{
	static const char end[] = "\n%%\n";
	const char *between = "";
	put_expanded(out, m,
		     bytes_of_text("\n%%\ntimestamp.json\n{$S,\"signed\":{\"_type\":\"timestamp\",$H,\"meta\":{"
				   "\"snapshot.json\":{\"version\":1}}}}\n%%\n"));
	put_expanded(out, m, bytes_of_text("snapshot.json\n{$S,\"signed\":{\"_type\":\"snapshot\",$H,\"meta\":{"));
	while (files.n) {
		const uint8_t *line = memchr(files.p, '\n', files.n);
		const uint8_t *stop = memmem(files.p, files.n, end, sizeof end - 1);
		if (line) {
			buf_putf(out, "%s\"", between);
			put_decoded(out, bytes_of(files.p, (size_t)(line - files.p)));
			buf_put_text(out, "\":{\"version\":1}");
			between = ",";
		}
		size_t used = stop ? (size_t)(stop - files.p) + sizeof end - 1 : files.n;
		files = bytes_of(files.p + used, files.n - used);
	}
	buf_put_text(out, "}}}");
}

static bool search(struct store *s, struct tuf *t, const char *name, struct tuf_target *ret)
{
	s->fetches = 0;
	return rc_ok(tuf_lookup_begin(t, name, NULL)) && run(s, t, true) && rc_ok(tuf_target_find(t, name, ret, NULL));
}

static void session(struct store *s, const struct maker *m, const char *name)
{
	CLEANUP(tuf_target_done) struct tuf_target first = {0};
	CLEANUP(tuf_target_done) struct tuf_target again = {0};
	struct tuf *t = trust(m);
	tuf_refresh_begin(t, (struct wall_time){1800000000});
	if (run(s, t, false)) {
		bool found = search(s, t, name, &first);
		if (found &&
		    (strcmp(first.name, name) != 0 || !first.custom || (!first.has_sha256 && !first.has_sha512)))
			abort();
		/* Everything that was accepted is kept now: the same answer, and nothing accepted is fetched again. */
		size_t kept = s->kept_n;
		if (search(s, t, name, &again) != found || s->kept_n != kept || strcmp(first.role, again.role) != 0)
			abort();
	}
	tuf_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char name[TUF_NAME_MAX + 8];
	const uint8_t *line = n ? memchr(data, '\n', n) : NULL;
	if (!line || (size_t)(line - data) >= sizeof name)
		return 0;
	size_t used = (size_t)(line - data);
	memcpy(name, data, used);
	name[used] = 0;
	static struct maker maker;
	if (!maker.key)
		make_key(&maker);
	CLEANUP(buf_done) struct buf files;
	buf_init(&files, 32 * MIB);
	struct bytes own = bytes_of(line + 1, n - used - 1);
	put_expanded(&files, &maker, own);
	put_defaults(&files, &maker, own);
	struct store s = {.input = buf_view(&files)};
	session(&s, &maker, name);
	return 0;
}
