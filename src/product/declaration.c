/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a declaration: from bytes or a file to the value, and its canonical form. Leaves YAML to yamltree.c and
 * the meaning of keys to declaration_fill.c.
 */
#include "product/declaration.h"

#include "core/base/mem.h"
#include "host/os/file.h"
#include "product/declaration_fill.h"
#include "core/base/banned.h"

static void free_at(struct declaration **d)
{
	declaration_free(*d);
}

void declaration_free(struct declaration *d)
{
	if (!d)
		return;
	if (d->owner) {
		json_decref(d->owner->document);
		declaration_fill_undo(d);
		mem_free(d->owner);
	}
	mem_free(d);
}

static struct declaration *declaration_new(void)
{
	struct declaration *d = mem_alloc(sizeof *d);
	if (!d)
		return NULL;
	d->owner = mem_alloc(sizeof *d->owner);
	if (d->owner)
		d->owner->document = json_object();
	if (!d->owner || !d->owner->document) {
		declaration_free(d);
		return NULL;
	}
	return d;
}

/* The first problem in the order of the file becomes the error. */
static rc first_problem(struct declaration_problems *list, struct err *e)
{
	const struct declaration_problem *first = &list->at[0];
	for (size_t i = 1; i < list->n; i++)
		if (list->at[i].line < first->line ||
		    (list->at[i].line == first->line && list->at[i].column < first->column))
			first = &list->at[i];
	size_t others = list->n - 1 + list->more;
	rc r;
	if (others)
		r = err_set(e, ERR_INPUT, "%u:%u: %s%s%s (and %zu more)", first->line, first->column, first->path,
			    first->path[0] ? ": " : "", first->text, others);
	else
		r = err_set(e, ERR_INPUT, "%u:%u: %s%s%s", first->line, first->column, first->path,
			    first->path[0] ? ": " : "", first->text);
	if (first->hint[0])
		(void)err_hint(e, "%s", first->hint);
	return r;
}

static rc parse(struct bytes yaml, struct declaration **ret, struct declaration_problems *problems, struct err *e)
{
	CLEANUP(yamltree_done) struct yamltree tree;
	CLEANUP(free_at) struct declaration *d = declaration_new();
	yamltree_init(&tree);
	if (!d)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc r = yamltree_parse(&tree, yaml, problems, e);
	if (rc_failed(r))
		return r;
	if (rc_failed(r = declaration_fill(d, &tree, problems, e)))
		return r;
	if (problems->n)
		return first_problem(problems, e);
	*ret = d;
	d = NULL;
	return RC_OK;
}

rc declaration_parse(struct bytes yaml, struct declaration **ret, struct declaration_problems *ret_problems,
		     struct err *e)
{
	MEM_AUTO struct declaration_problems *own_list = mem_alloc(sizeof *own_list);
	if (!own_list)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc r = parse(yaml, ret, own_list, e);
	if (ret_problems)
		memcpy(ret_problems, own_list, sizeof *own_list);
	return r;
}

rc declaration_load(const char *path, struct declaration **ret, struct declaration_problems *ret_problems,
		    struct err *e)
{
	CLEANUP(buf_done) struct buf text;
	buf_init(&text, DECLARATION_MAX);
	if (ret_problems)
		memset(ret_problems, 0, sizeof *ret_problems);
	rc r = file_read(path, DECLARATION_MAX, &text, e);
	if (rc_failed(r))
		return err_wrap(e, "reading the declaration");
	r = declaration_parse(buf_view(&text), ret, ret_problems, e);
	if (rc_failed(r))
		return err_wrap(e, "%s", path);
	return RC_OK;
}

rc declaration_canonical(const struct declaration *d, struct buf *out, struct err *e)
{
	return json_codec_canonical(d->owner->document, out, e);
}
