/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml events to a bounded tree. Size, depth, node and text limits hold before anything is built, so a hostile file
 * costs no more than an honest one of the same size.
 */
#include "product/yamltree.h"

#include <yaml.h>

#include "core/base/mem.h"
#include "core/base/names.h"
#include "core/base/banned.h"

#define TEXTS_MAX (2 * DECLARATION_MAX) /* an escape may make three bytes of two */
#define NODES_FIRST 256

struct builder {
	yaml_parser_t parser;
	struct yamltree *tree;
	struct declaration_problems *problems;
	struct err *e;
};

struct key {
	uint32_t text;
	struct problems_mark at;
};

void yamltree_init(struct yamltree *t)
{
	*t = (struct yamltree){0};
	buf_init(&t->texts, TEXTS_MAX);
}

void yamltree_done(struct yamltree *t)
{
	mem_free(t->nodes);
	buf_done(&t->texts);
}

const char *yamltree_text(const struct yamltree *t, const struct yamltree_node *n)
{
	return buf_text(&t->texts) + n->text;
}

const char *yamltree_key(const struct yamltree *t, const struct yamltree_node *n)
{
	return buf_text(&t->texts) + n->key;
}

static struct problems_mark mark_of(yaml_mark_t m)
{
	return (struct problems_mark){(uint32_t)m.line + 1, (uint32_t)m.column + 1};
}

/* Stops the parse with one problem. */
static rc refuse(struct builder *b, enum err_code code, struct problems_mark at, const char *text, const char *hint)
{
	problems_hint(problems_add(b->problems, at, "", "%s", text), "%s", hint);
	return err_set(b->e, code, "line %u column %u: %s", at.line, at.column, text);
}

static rc next_event(struct builder *b, yaml_event_t *ret)
{
	if (yaml_parser_parse(&b->parser, ret))
		return RC_OK;
	if (b->parser.error == YAML_MEMORY_ERROR)
		return err_set(b->e, ERR_MEMORY, "out of memory");
	const char *text = b->parser.problem ? b->parser.problem : "not YAML";
	return refuse(b, ERR_INPUT, mark_of(b->parser.problem_mark), text,
		      "check indentation (blanks, never tabs), colons and quotes");
}

static rc add_node(struct builder *b, struct yamltree_node node, uint32_t *ret)
{
	struct yamltree *t = b->tree;
	if (t->n == YAMLTREE_NODES_MAX)
		return refuse(b, ERR_LIMIT, node.at, "too many entries in one file", "");
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : NODES_FIRST;
		struct yamltree_node *grown = mem_regrow(t->nodes, t->n, cap, sizeof *grown);
		if (!grown)
			return err_set(b->e, ERR_MEMORY, "out of memory");
		t->nodes = grown;
		t->cap = cap;
	}
	t->nodes[t->n] = node;
	*ret = (uint32_t)t->n++;
	return RC_OK;
}

/* Folded and literal blocks end in a line break, which is layout, not content. */
static rc keep_text(struct builder *b, const yaml_event_t *ev, uint32_t *ret)
{
	struct problems_mark at = mark_of(ev->start_mark);
	struct buf *texts = &b->tree->texts;
	size_t start = texts->len, n = ev->data.scalar.length;
	while (n && ev->data.scalar.value[n - 1] == '\n')
		n--;
	buf_put(texts, bytes_of(ev->data.scalar.value, n));
	buf_put_u8(texts, 0);
	rc r = buf_check(texts, "the declaration", b->e);
	if (rc_failed(r))
		return r;
	char *text = (char *)texts->data + start;
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	if (!name_utf8_ok(text, n))
		return refuse(b, ERR_INPUT, at, "a text has control characters or is not UTF-8",
			      "write plain text, without tabs and escapes");
	*ret = (uint32_t)start;
	return RC_OK;
}

static rc refuse_decorated(struct builder *b, const yaml_event_t *ev, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct problems_mark at = mark_of(ev->start_mark);
	if (anchor)
		return refuse(b, ERR_INPUT, at, "anchors are not accepted", "write the value out where it is needed");
	if (tag)
		return refuse(b, ERR_INPUT, at, "tags are not accepted", "remove the word that begins with \"!\"");
	return RC_OK;
}

static rc read_node(struct builder *b, yaml_event_t *ev, struct key key, unsigned depth, uint32_t *ret);

static bool has_key(const struct yamltree *t, uint32_t parent, const char *key)
{
	for (uint32_t i = t->nodes[parent].first; i; i = t->nodes[i].next)
		if (strcmp(yamltree_key(t, &t->nodes[i]), key) == 0)
			return true;
	return false;
}

/* A key whose node is already there is read like any other, and then not linked. */
static void link_child(struct builder *b, uint32_t parent, uint32_t *last, uint32_t child)
{
	struct yamltree_node *nodes = b->tree->nodes;
	struct yamltree_node *p = &nodes[parent];
	const char *key = yamltree_key(b->tree, &nodes[child]);
	if (p->kind == YAMLTREE_MAP && has_key(b->tree, parent, key)) {
		problems_hint(
			problems_add(b->problems, nodes[child].key_at, key, "the key \"%.64s\" is there twice", key),
			"keep one of them");
		return;
	}
	if (*last)
		nodes[*last].next = child;
	else
		p->first = child;
	*last = child;
	p->children++;
}

static rc read_child(struct builder *b, yaml_event_t *ev, uint32_t parent, unsigned depth, uint32_t *last)
{
	struct key key = {0};
	rc r = RC_OK;
	CLEANUP(yaml_event_delete) yaml_event_t value = {0};
	yaml_event_t *content = ev;
	if (b->tree->nodes[parent].children == YAMLTREE_CHILDREN_MAX)
		return refuse(b, ERR_LIMIT, mark_of(ev->start_mark), "too many entries in one list or map", "");
	if (b->tree->nodes[parent].kind == YAMLTREE_MAP) {
		key.at = mark_of(ev->start_mark);
		if (ev->type != YAML_SCALAR_EVENT)
			return refuse(b, ERR_INPUT, key.at, "a key must be a plain word", "write it as \"key: value\"");
		if (rc_failed(r = refuse_decorated(b, ev, ev->data.scalar.anchor, ev->data.scalar.tag)) ||
		    rc_failed(r = keep_text(b, ev, &key.text)) || rc_failed(r = next_event(b, &value)))
			return r;
		content = &value;
	}
	uint32_t child = 0;
	if (rc_failed(r = read_node(b, content, key, depth + 1, &child)))
		return r;
	link_child(b, parent, last, child);
	return RC_OK;
}

static rc read_children(struct builder *b, uint32_t parent, unsigned depth)
{
	uint32_t last = 0;
	for (;;) {
		CLEANUP(yaml_event_delete) yaml_event_t ev = {0};
		rc r = next_event(b, &ev);
		if (rc_failed(r))
			return r;
		if (ev.type == YAML_MAPPING_END_EVENT || ev.type == YAML_SEQUENCE_END_EVENT)
			return RC_OK;
		if (rc_failed(r = read_child(b, &ev, parent, depth, &last)))
			return r;
	}
}

static rc read_scalar(struct builder *b, yaml_event_t *ev, struct yamltree_node node, uint32_t *ret)
{
	node.kind = YAMLTREE_SCALAR;
	node.plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	rc r = refuse_decorated(b, ev, ev->data.scalar.anchor, ev->data.scalar.tag);
	if (rc_ok(r))
		r = keep_text(b, ev, &node.text);
	return rc_ok(r) ? add_node(b, node, ret) : r;
}

static rc read_collection(struct builder *b, yaml_event_t *ev, struct yamltree_node node, unsigned depth, uint32_t *ret)
{
	bool map = ev->type == YAML_MAPPING_START_EVENT;
	node.kind = map ? YAMLTREE_MAP : YAMLTREE_LIST;
	rc r = refuse_decorated(b, ev, map ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor,
				map ? ev->data.mapping_start.tag : ev->data.sequence_start.tag);
	if (rc_failed(r))
		return r;
	if (depth >= YAMLTREE_DEPTH_MAX)
		return refuse(b, ERR_LIMIT, node.at, "nested too deeply", "a declaration needs four levels at most");
	uint32_t index = 0;
	if (rc_failed(r = add_node(b, node, &index)) || rc_failed(r = read_children(b, index, depth)))
		return r;
	*ret = index;
	return RC_OK;
}

static rc read_node(struct builder *b, yaml_event_t *ev, struct key key, unsigned depth, uint32_t *ret)
{
	struct yamltree_node node = {.at = mark_of(ev->start_mark), .key = key.text, .key_at = key.at};
	if (ev->type == YAML_SCALAR_EVENT)
		return read_scalar(b, ev, node, ret);
	if (ev->type == YAML_MAPPING_START_EVENT || ev->type == YAML_SEQUENCE_START_EVENT)
		return read_collection(b, ev, node, depth, ret);
	if (ev->type == YAML_ALIAS_EVENT)
		return refuse(b, ERR_INPUT, node.at, "aliases are not accepted",
			      "write the value out where it is needed");
	return refuse(b, ERR_INPUT, node.at, "not a declaration", "");
}

/* STREAM-START, DOCUMENT-START, content, DOCUMENT-END, STREAM-END: anything else is refused. */
static rc expect(struct builder *b, yaml_event_type_t type, const char *otherwise)
{
	CLEANUP(yaml_event_delete) yaml_event_t ev = {0};
	rc r = next_event(b, &ev);
	if (rc_failed(r))
		return r;
	if (ev.type != type)
		return refuse(b, ERR_INPUT, mark_of(ev.start_mark), otherwise, "one file holds one declaration");
	return RC_OK;
}

static rc read_document(struct builder *b)
{
	CLEANUP(yaml_event_delete) yaml_event_t ev = {0};
	uint32_t root = 0;
	rc r = expect(b, YAML_STREAM_START_EVENT, "not YAML");
	if (rc_ok(r))
		r = expect(b, YAML_DOCUMENT_START_EVENT, "the file is empty");
	if (rc_ok(r))
		r = next_event(b, &ev);
	if (rc_ok(r))
		r = read_node(b, &ev, (struct key){0}, 0, &root);
	if (rc_ok(r))
		r = expect(b, YAML_DOCUMENT_END_EVENT, "the document does not end");
	if (rc_ok(r))
		r = expect(b, YAML_STREAM_END_EVENT, "there is a second document");
	return r;
}

rc yamltree_parse(struct yamltree *t, struct bytes yaml, struct declaration_problems *problems, struct err *e)
{
	struct builder b = {.tree = t, .problems = problems, .e = e};
	struct problems_mark whole = {0};
	if (yaml.n > DECLARATION_MAX) {
		problems_hint(problems_add(problems, whole, "", "%zu bytes; at most %d are accepted", yaml.n,
					   DECLARATION_MAX),
			      "a declaration is a few kilobytes: is this the right file?");
		return err_set(e, ERR_LIMIT, "%zu bytes; at most %d are accepted", yaml.n, DECLARATION_MAX);
	}
	/* Offset 0 is the empty text, for nodes without key or text. */
	buf_put_u8(&t->texts, 0);
	if (!yaml_parser_initialize(&b.parser))
		return err_set(e, ERR_MEMORY, "out of memory");
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, yaml.p ? yaml.p : (const uint8_t *)"", yaml.n);
	rc r = read_document(&b);
	yaml_parser_delete(&b.parser);
	return r;
}
