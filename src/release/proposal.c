/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals: what is asked of the holders, and whether enough of them agreed. Every reading goes the same way: the root
 * in force by its own signatures, each part by shape, version and the signatures it has. Files are the callers'.
 */
#include "release/proposal.h"

#include "core/base/names.h"
#include "core/codec/rfc3339.h"
#include "core/trust/tuf.h"
#include "core/trust/tuf_verify.h"
#include "release/tufmake.h"
#include "core/base/banned.h"

#define FORMAT "hallmark-proposal-1"
#define WHAT "proposal"

static rc no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, WHAT ": out of memory");
}

static const json_t *body_of(const json_t *doc)
{
	return json_object_get(doc, "signed");
}

void proposal_done(struct proposal *p)
{
	json_decref(p->doc);
	*p = (struct proposal){0};
}

/* A document through the devices' own decoder. */
static rc decode(const json_t *doc, enum tuf_role role, struct tuf_meta *ret, struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, tuf_meta_max(role));
	rc r = json_codec_compact(doc, &text, e);
	if (rc_ok(r))
		r = tuf_meta_parse(buf_view(&text), role, ret, e);
	return rc_ok(r) ? tuf_meta_decode(ret, e) : r;
}

/* A role that nobody could ever sign for would lock every device out; a key under two ids would count once there. */
static rc check_role(const json_t *root, const char *name, struct err *e)
{
	struct tufrole role;
	size_t usable = 0, at = 0;
	if (!tufrole_of(root, name, &role))
		return err_set(e, ERR_INPUT, "role %s: malformed", name);
	for (size_t i = 0; i < role.n; i++) {
		CLEANUP(pubkey_done) struct pubkey key = {0};
		if (!tuf_verify_key(role.keys, tufrole_keyid(&role, i), &key))
			continue;
		if (tufrole_find(&role, &key, &at) && at != i)
			return err_set(e, ERR_TRUST, "role %s has one key under two ids: %.16s and %.16s", name,
				       tufrole_keyid(&role, at), tufrole_keyid(&role, i));
		usable++;
	}
	if (usable < role.threshold)
		return err_set(e, ERR_INPUT, "role %s wants %zu signatures and has %zu usable keys", name,
			       role.threshold, usable);
	return RC_OK;
}

static rc check_roles(const json_t *root, struct err *e)
{
	static const char *const names[] = {"root", "targets", "snapshot", "timestamp"};
	rc r = RC_OK;
	for (size_t i = 0; i < ARRAY_LEN(names) && rc_ok(r); i++)
		r = check_role(root, names[i], e);
	if (rc_ok(r) && json_object_get(json_object_get(json_object_get(root, TUFROLE_EXTENSION), "roles"), "grant"))
		r = check_role(root, "grant", e);
	return r;
}

static rc check_root_in_force(const struct proposal *p, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta m = {0};
	if (!p->root)
		return RC_OK;
	rc r = decode(p->root, TUF_ROLE_ROOT, &m, e);
	if (rc_ok(r))
		r = tuf_verify(tuf_meta_keys(&m), tuf_meta_role(&m, TUF_ROLE_ROOT), &m, e);
	return rc_ok(r) ? r : err_wrap(e, "the root in force");
}

static rc check_part(const struct proposal *p, const struct proposal_part *part, struct err *e)
{
	CLEANUP(tuf_meta_done) struct tuf_meta now = {0}, next = {0};
	enum tuf_role role = strcmp(part->role, "root") == 0 ? TUF_ROLE_ROOT : TUF_ROLE_TARGETS;
	rc r = RC_OK;
	if (part->current)
		r = decode(part->current, role, &now, e);
	if (rc_ok(r) && part->current && role == TUF_ROLE_TARGETS) /* the root in force is checked by itself */
		r = tuf_verify(json_object_get(body_of(p->root), "keys"),
			       json_object_get(json_object_get(body_of(p->root), "roles"), "targets"), &now, e);
	if (rc_ok(r))
		r = decode(part->proposed, role, &next, e);
	if (rc_ok(r) && next.version != now.version + 1) /* of none: 0 */
		r = err_set(e, ERR_TRUST, "version %lld is proposed, %lld is due", (long long)next.version,
			    (long long)now.version + 1);
	return rc_ok(r) && role == TUF_ROLE_ROOT ? check_roles(next.body, e) : r;
}

static rc check_all(const struct proposal *p, struct err *e)
{
	rc r = check_root_in_force(p, e);
	for (size_t i = 0; i < p->parts_n && rc_ok(r); i++) {
		struct proposal_need needs[PROPOSAL_NEEDS_MAX];
		size_t n = 0;
		r = check_part(p, &p->parts[i], e);
		if (rc_ok(r))
			r = proposal_needs(p, &p->parts[i], needs, &n, e);
		if (rc_failed(r))
			return err_wrap(e, WHAT ": %s", p->parts[i].role);
	}
	return r;
}

/* An object, or null for none. */
static rc get_document(const json_t *from, const char *key, json_t **ret, struct err *e)
{
	json_t *doc = json_object_get(from, key);
	if (!json_is_object(doc) && !json_is_null(doc))
		return err_set(e, ERR_INPUT, WHAT ": \"%s\" must be a metadata file or null", key);
	*ret = json_is_object(doc) ? doc : NULL;
	return RC_OK;
}

static rc read_part(struct proposal *p, const json_t *from, struct err *e)
{
	static const char *const keys[] = {"role", "current", "proposed", NULL};
	struct proposal_part part = {0};
	rc r = json_codec_only(from, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_text(from, WHAT, "role", 16, &part.role, e);
	if (rc_ok(r))
		r = get_document(from, "current", &part.current, e);
	if (rc_ok(r))
		r = json_codec_object(from, WHAT, "proposed", &part.proposed, e);
	if (rc_failed(r))
		return r;
	bool root = strcmp(part.role, "root") == 0;
	if (!root && strcmp(part.role, "targets") != 0)
		return err_set(e, ERR_INPUT, WHAT ": a part of role \"%s\"", part.role);
	if (p->parts_n >= PROPOSAL_PARTS_MAX || (root ? p->parts_n : proposal_find(p, "targets") != NULL))
		return err_set(e, ERR_INPUT, WHAT ": parts are a root, then targets, once each");
	if (root && part.current != NULL)
		return err_set(e, ERR_INPUT, WHAT ": a root replaces the one in force, no other");
	part.current = root ? p->root : part.current;
	p->parts[p->parts_n++] = part;
	return RC_OK;
}

static rc read_head(struct proposal *p, struct err *e)
{
	static const char *const keys[] = {"format", "note", "made", "root", "parts", NULL};
	const char *format = NULL;
	rc r = json_codec_only(p->doc, WHAT, keys, e);
	if (rc_ok(r))
		r = json_codec_text(p->doc, WHAT, "format", 64, &format, e);
	if (rc_ok(r) && strcmp(format, FORMAT) != 0)
		r = err_set(e, ERR_UNSUPPORTED, WHAT " of format %s; %s is understood", format, FORMAT);
	if (rc_ok(r))
		r = json_codec_text_any(p->doc, WHAT, "note", PROPOSAL_NOTE_MAX, &p->note, e);
	if (rc_ok(r))
		r = json_codec_time(p->doc, WHAT, "made", &p->made, e);
	return rc_ok(r) ? get_document(p->doc, "root", &p->root, e) : r;
}

/* Takes the document over, also on failure. */
static rc open_document(json_t *take_doc, struct proposal *ret, struct err *e)
{
	CLEANUP(proposal_done) struct proposal p = {.doc = take_doc};
	json_t *parts = NULL;
	rc r = read_head(&p, e);
	if (rc_ok(r))
		r = json_codec_array(p.doc, WHAT, "parts", PROPOSAL_PARTS_MAX, &parts, e);
	for (size_t i = 0; i < json_array_size(parts) && rc_ok(r); i++)
		r = read_part(&p, json_array_get(parts, i), e);
	if (rc_ok(r) && p.parts_n == 0)
		r = err_set(e, ERR_INPUT, WHAT ": nothing is proposed");
	if (rc_ok(r) && !p.root && !proposal_find(&p, "root"))
		r = err_set(e, ERR_INPUT, WHAT ": targets without a root");
	if (rc_ok(r))
		r = check_all(&p, e);
	if (rc_failed(r))
		return r;
	*ret = p;
	p = (struct proposal){0};
	return RC_OK;
}

rc proposal_read(struct bytes text, struct proposal *ret, struct err *e)
{
	json_t *doc = NULL;
	rc r = json_codec_parse(text, PROPOSAL_MAX, WHAT, &doc, e);
	return rc_ok(r) ? open_document(doc, ret, e) : r;
}

static bool add_part(json_t *parts, const char *role, json_t *current, json_t *proposed)
{
	if (!proposed)
		return true;
	json_t *part = json_pack("{s:s, s:O?, s:O}", "role", role, "current", current, "proposed", proposed);
	return json_array_append_new(parts, part) == 0;
}

rc proposal_make(const struct proposal_start *s, struct proposal *ret, struct err *e)
{
	char made[RFC3339_TIME_SIZE];
	JSON_AUTO json_t *parts = json_array();
	rfc3339_time(s->now, made);
	if (!parts || !add_part(parts, "root", NULL, s->new_root) ||
	    !add_part(parts, "targets", s->targets, s->new_targets))
		return no_memory(e);
	json_t *doc =
		json_pack("{s:s, s:s, s:s, s:O}", "format", FORMAT, "note", s->note, "made", made, "parts", parts);
	if (!doc)
		return err_set(e, ERR_INPUT, WHAT ": the note is not UTF-8");
	if (json_object_set(doc, "root", s->root ? s->root : json_null()) != 0) {
		json_decref(doc);
		return no_memory(e);
	}
	return open_document(doc, ret, e);
}

rc proposal_write(const struct proposal *p, struct buf *out, struct err *e)
{
	rc r = json_codec_compact(p->doc, out, e);
	buf_put_u8(out, '\n');
	return rc_ok(r) ? buf_check(out, WHAT, e) : r;
}

const struct proposal_part *proposal_find(const struct proposal *p, const char *role)
{
	for (size_t i = 0; i < p->parts_n; i++)
		if (strcmp(p->parts[i].role, role) == 0)
			return &p->parts[i];
	return NULL;
}

static rc add_need(const json_t *root, const char *role, const char *whose, struct proposal_need *ret, struct err *e)
{
	*ret = (struct proposal_need){.whose = whose};
	return tufrole_of(root, role, &ret->role) ? RC_OK : err_set(e, ERR_INPUT, "%s: no role %s", whose, role);
}

rc proposal_needs(const struct proposal *p, const struct proposal_part *part,
		  struct proposal_need ret[PROPOSAL_NEEDS_MAX], size_t *ret_n, struct err *e)
{
	const struct proposal_part *root = proposal_find(p, "root");
	size_t n = 0;
	rc r = RC_OK;
	if (part != root)
		r = add_need(body_of(root ? root->proposed : p->root), "targets", "targets role", &ret[n++], e);
	if (part == root && p->root)
		r = add_need(body_of(p->root), "root", "root in force", &ret[n++], e);
	if (rc_ok(r) && part == root)
		r = add_need(body_of(root->proposed), "root", "new root", &ret[n++], e);
	for (size_t i = 0; i < n && rc_ok(r); i++)
		r = tufrole_votes(&ret[i].role, part->proposed, &ret[i].votes, e);
	*ret_n = n;
	return r;
}

static rc check_fresh(const struct proposal *p, struct wall_time now, struct err *e)
{
	for (size_t i = 0; i < p->parts_n; i++) {
		struct wall_time until = {0};
		const char *text = json_string_value(json_object_get(body_of(p->parts[i].proposed), "expires"));
		if (!text || !rfc3339_parse_time(text, &until) || until.s <= now.s)
			return err_set(e, ERR_TRUST, "what is proposed for %s expires at %.32s, which is past",
				       p->parts[i].role, text ? text : "?");
	}
	return RC_OK;
}

/* Does this key have a vote in the part, and is it cast? */
static rc vote_of(const struct proposal *p, const struct proposal_part *part, const struct pubkey *k, bool *ret_may,
		  bool *ret_cast, struct err *e)
{
	struct proposal_need needs[PROPOSAL_NEEDS_MAX];
	size_t n = 0, at;
	rc r = proposal_needs(p, part, needs, &n, e);
	for (size_t i = 0; i < n && rc_ok(r); i++) {
		if (!tufrole_find(&needs[i].role, k, &at))
			continue;
		*ret_may = true;
		*ret_cast = *ret_cast || needs[i].votes.signed_by[at];
	}
	return r;
}

rc proposal_sign(struct proposal *p, const struct signer *s, struct wall_time now, struct err *e)
{
	size_t votes = 0, signed_n = 0;
	rc r = check_fresh(p, now, e);
	for (size_t i = 0; i < p->parts_n && rc_ok(r); i++) {
		bool may = false, cast = false;
		r = vote_of(p, &p->parts[i], s->pub, &may, &cast, e);
		votes += may;
		if (rc_failed(r) || !may || cast)
			continue;
		r = tufmake_add_signature(p->parts[i].proposed, s, e);
		signed_n++;
	}
	if (rc_failed(r))
		return r;
	if (!votes) {
		(void)err_set(e, ERR_DENIED, "this key has no vote in the proposal");
		return err_hint(e, "`hallmark keys review` lists the holders; is it the right key file?");
	}
	if (!signed_n) {
		(void)err_set(e, ERR_EXISTS, "this key has signed the proposal already");
		return err_hint(e, "one holder is one signature; hand it to the next");
	}
	return RC_OK;
}

static rc merge_part(struct proposal_part *into, const struct proposal_part *from, struct err *e)
{
	json_t *have = json_object_get(into->proposed, "signatures"), *sig;
	size_t i, k;
	json_array_foreach(json_object_get(from->proposed, "signatures"), i, sig)
	{
		const char *by = json_string_value(json_object_get(sig, "keyid"));
		for (k = 0; k < json_array_size(have); k++) {
			const char *id = json_string_value(json_object_get(json_array_get(have, k), "keyid"));
			if (by && id && strcmp(by, id) == 0)
				break;
		}
		if (k == json_array_size(have) && json_array_append(have, sig) != 0)
			return no_memory(e);
	}
	return RC_OK;
}

rc proposal_merge(struct proposal *p, const struct proposal *other, struct err *e)
{
	bool same = p->parts_n == other->parts_n && (p->root ? json_equal(p->root, other->root) : !other->root);
	for (size_t i = 0; i < p->parts_n && same; i++)
		same = strcmp(p->parts[i].role, other->parts[i].role) == 0 &&
		       json_equal(body_of(p->parts[i].proposed), body_of(other->parts[i].proposed));
	if (!same)
		return err_set(e, ERR_TRUST, "the copies propose different things");
	rc r = RC_OK;
	for (size_t i = 0; i < p->parts_n && rc_ok(r); i++)
		r = merge_part(&p->parts[i], &other->parts[i], e);
	return r;
}

/* Names of those who have not signed, as many as fit. */
static void missing(const struct proposal_need *n, char *ret, size_t size)
{
	size_t at = 0;
	ret[0] = 0;
	for (size_t i = 0; i < n->role.n && at < size; i++) {
		if (n->votes.signed_by[i])
			continue;
		const char *name = tufrole_holder(&n->role, i);
		int put = snprintf(ret + at, size - at, "%s%.40s", at ? ", " : "",
				   name[0] ? name : tufrole_keyid(&n->role, i));
		at += put > 0 ? (size_t)put : 0;
	}
	name_utf8_clean(ret);
}

rc proposal_complete(const struct proposal *p, struct wall_time now, struct err *e)
{
	rc r = check_fresh(p, now, e);
	for (size_t i = 0; i < p->parts_n && rc_ok(r); i++) {
		struct proposal_need needs[PROPOSAL_NEEDS_MAX];
		size_t n = 0;
		r = proposal_needs(p, &p->parts[i], needs, &n, e);
		for (size_t k = 0; k < n && rc_ok(r); k++) {
			char names[200];
			if (needs[k].votes.n >= needs[k].role.threshold)
				continue;
			missing(&needs[k], names, sizeof names);
			(void)err_set(e, ERR_WRONG_STATE, "%s: %zu of %zu signatures of the %s", p->parts[i].role,
				      needs[k].votes.n, needs[k].role.threshold, needs[k].whose);
			return err_hint(e, "still to sign, any %zu of: %s", needs[k].role.threshold - needs[k].votes.n,
					names);
		}
	}
	return r;
}

rc proposal_file(const struct proposal_part *part, struct buf *out, struct err *e)
{
	return json_codec_compact(part->proposed, out, e);
}
