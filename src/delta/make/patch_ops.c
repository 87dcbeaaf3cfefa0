/* SPDX-License-Identifier: Apache-2.0 */
/* Growth by doubling, merging, cutting at the longest length. */
#include "delta/make/patch_ops.h"

#include "core/base/mem.h"
#include "core/base/banned.h"

#define FIRST_CAP 256u

static void add_one(struct patch_ops *ops, struct patch_op op)
{
	if (ops->n == ops->cap) {
		size_t cap = ops->cap ? 2 * ops->cap : FIRST_CAP;
		struct patch_op *v = mem_regrow(ops->v, ops->cap, cap, sizeof *v);
		if (!v) {
			ops->broken = true;
			return;
		}
		ops->v = v;
		ops->cap = cap;
	}
	ops->v[ops->n++] = op;
}

void patch_ops_add(struct patch_ops *ops, uint64_t image, uint64_t base, uint64_t length)
{
	if (ops->n > 0) {
		struct patch_op *last = &ops->v[ops->n - 1];
		if (last->image + last->length == image && last->base + last->length == base) {
			uint64_t room = PATCH_OPS_LENGTH_MAX - last->length;
			uint64_t more = length < room ? length : room;
			last->length += (uint32_t)more;
			image += more;
			base += more;
			length -= more;
		}
	}
	while (length > 0 && !ops->broken) {
		uint64_t part = length < PATCH_OPS_LENGTH_MAX ? length : PATCH_OPS_LENGTH_MAX;
		add_one(ops, (struct patch_op){.image = image, .base = base, .length = (uint32_t)part});
		image += part;
		base += part;
		length -= part;
	}
}

void patch_ops_append(struct patch_ops *ops, const struct patch_ops *more)
{
	ops->broken |= more->broken;
	for (size_t i = 0; i < more->n; i++)
		patch_ops_add(ops, more->v[i].image, more->v[i].base, more->v[i].length);
}

rc patch_ops_check(const struct patch_ops *ops, struct err *e)
{
	return ops->broken ? err_set(e, ERR_MEMORY, "list of operations: out of memory") : RC_OK;
}

void patch_ops_done(struct patch_ops *ops)
{
	mem_free(ops->v);
	*ops = (struct patch_ops){0};
}
