/* SPDX-License-Identifier: Apache-2.0 */
/* A counter under a lock, and threads that draw from it. */
#include "delta/make/parallel_io.h"

#include <pthread.h>
#include <sched.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

struct crew {
	pthread_mutex_t lock;
	uint32_t next, n, finished, failed; /* failed: lowest index, n if none */
	rc (*job)(void *ctx, uint32_t i, struct err *e);
	void (*done)(void *ctx, uint32_t finished);
	void *ctx;
	rc result;
	struct err err;
};

/* The next index; false when there is nothing left to begin. */
static bool draw(struct crew *c, uint32_t *ret)
{
	(void)pthread_mutex_lock(&c->lock);
	bool any = c->next < c->n && c->failed == c->n;
	if (any)
		*ret = c->next++;
	(void)pthread_mutex_unlock(&c->lock);
	return any;
}

static void report(struct crew *c, uint32_t i, rc r, const struct err *e)
{
	(void)pthread_mutex_lock(&c->lock);
	c->finished++;
	if (rc_failed(r) && i < c->failed) {
		c->failed = i;
		c->result = r;
		c->err = *e;
	}
	if (c->done && rc_ok(r))
		c->done(c->ctx, c->finished);
	(void)pthread_mutex_unlock(&c->lock);
}

static void *work(void *arg)
{
	struct crew *c = arg;
	uint32_t i;
	while (draw(c, &i)) {
		struct err e = {0};
		report(c, i, c->job(c->ctx, i, &e), &e);
	}
	return NULL;
}

rc parallel_io_each(unsigned threads, uint32_t n, rc (*job)(void *ctx, uint32_t i, struct err *e),
		    void (*done)(void *ctx, uint32_t finished), void *ctx, struct err *e)
{
	struct crew c = {.lock = PTHREAD_MUTEX_INITIALIZER,
			 .n = n,
			 .failed = n,
			 .job = job,
			 .done = done,
			 .ctx = ctx,
			 .result = RC_OK};
	unsigned extra = threads > 1 ? threads - 1 : 0, began = 0;
	MEM_AUTO pthread_t *ids = extra ? mem_array(extra, sizeof *ids) : NULL;
	while (ids && began < extra && pthread_create(&ids[began], NULL, work, &c) == 0)
		began++;
	(void)work(&c); /* fewer threads than asked for only take longer */
	for (unsigned i = 0; i < began; i++)
		(void)pthread_join(ids[i], NULL);
	(void)pthread_mutex_destroy(&c.lock);
	if (rc_failed(c.result) && e)
		*e = c.err;
	return c.result;
}

unsigned parallel_io_threads(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n > 0 ? (unsigned)n : 1;
}
