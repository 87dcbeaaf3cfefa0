/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that calls malloc, and the type for secrets. A secret is wiped when it ends, compared in constant
 * time, and has no way to be printed.
 */
#ifndef HALLMARK_CORE_BASE_MEM_H
#define HALLMARK_CORE_BASE_MEM_H

#include "core/base/bytes.h"
#include "core/base/err.h"

void *mem_alloc(size_t n) MUST_CHECK;		       /* zeroed; NULL when out of memory or n is 0 */
void *mem_array(size_t count, size_t size) MUST_CHECK; /* zeroed, overflow-checked */
/* Grow an array to `count` elements, the new ones zeroed. On failure returns NULL and `old` stays valid. */
void *mem_regrow(void *old, size_t old_count, size_t count, size_t size) MUST_CHECK;
char *mem_dup_text(const char *text) MUST_CHECK;
void mem_free(void *p);	    /* accepts NULL */
void mem_free_at(void *pp); /* for CLEANUP: pp is the address of any pointer */
/* Once, first in a process that lives long and small: large blocks go back to the system as soon as they are freed. */
void mem_lean(void);
void mem_trim(void);		  /* give what was freed back to the system, after work that took much */
void mem_wipe(void *p, size_t n); /* cannot be optimised away */

#define MEM_AUTO CLEANUP(mem_free_at)

struct secret {
	uint8_t *p;
	size_t n;
};

rc secret_init(struct secret *s, size_t n, struct err *e) MUST_CHECK; /* zero-filled */
rc secret_copy(struct secret *ret, struct bytes from, struct err *e) MUST_CHECK;
void secret_done(struct secret *s); /* wipes and frees; accepts a zeroed secret */
/* Time depends on the lengths only. */
bool secret_equal(struct bytes a, struct bytes b);

static inline struct bytes secret_view(const struct secret *s)
{
	return (struct bytes){s->p, s->n};
}

#endif
