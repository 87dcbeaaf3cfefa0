/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation and secrets. Owns the right to call malloc; everyone else goes through here. */
#include "core/base/mem.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/banned.h"

#define LARGE_BYTES (32 * 1024) /* a block of this size has pages of its own, and those not touched cost nothing */

void *mem_alloc(size_t n)
{
	return n ? calloc(1, n) : NULL;
}

void *mem_array(size_t count, size_t size)
{
	return count && size ? calloc(count, size) : NULL;
}

void *mem_regrow(void *old, size_t old_count, size_t count, size_t size)
{
	void *grown = mem_array(count, size);
	if (!grown)
		return NULL;
	if (old)
		memcpy(grown, old, old_count * size);
	free(old);
	return grown;
}

char *mem_dup_text(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = mem_alloc(n);
	if (copy)
		memcpy(copy, text, n);
	return copy;
}

void mem_free(void *p)
{
	free(p);
}

void mem_free_at(void *pp)
{
	void *p;
	memcpy(&p, pp, sizeof p);
	free(p);
}

void mem_lean(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
#endif
}

void mem_trim(void)
{
#ifdef __GLIBC__ /* others give it back by themselves */
	(void)malloc_trim(0);
#endif
}

void mem_wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}

rc secret_init(struct secret *s, size_t n, struct err *e)
{
	uint8_t *p = mem_alloc(n);
	if (!p)
		return err_set(e, ERR_MEMORY, "a secret of %zu bytes: out of memory", n);
	*s = (struct secret){p, n};
	return RC_OK;
}

rc secret_copy(struct secret *ret, struct bytes from, struct err *e)
{
	struct secret s = {0};
	rc r = secret_init(&s, from.n, e);
	if (rc_failed(r))
		return r;
	memcpy(s.p, from.p, from.n);
	*ret = s;
	return RC_OK;
}

void secret_done(struct secret *s)
{
	if (s->p)
		mem_wipe(s->p, s->n);
	free(s->p);
	*s = (struct secret){0};
}

bool secret_equal(struct bytes a, struct bytes b)
{
	if (a.n != b.n)
		return false;
	volatile uint8_t diff = 0;
	for (size_t i = 0; i < a.n; i++)
		diff = (uint8_t)(diff | (a.p[i] ^ b.p[i]));
	return diff == 0;
}
