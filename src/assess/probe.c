/* SPDX-License-Identifier: Apache-2.0 */
/* The table of probes and what they share: how a fact is noted. */
#include "assess/probe.h"

#include <stdio.h>

#include "assess/probe_all.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

const struct probe *const probe_table[] = {
	&probe_declaration, &probe_batch,  &probe_ports, &probe_tls,	   &probe_documents,
	&probe_evidence,    &probe_update, &probe_input, &probe_passwords, NULL,
};

const struct probe *probe_find(const char *name)
{
	for (size_t i = 0; probe_table[i]; i++)
		if (strcmp(probe_table[i]->name, name) == 0)
			return probe_table[i];
	return NULL;
}

void probe_note(struct probe_run *r, const struct probe_note *n, const char *evidence, ...)
{
	struct fact f = {.state = n->state, .time = clock_now().wall};
	va_list ap;
	(void)snprintf(f.id, sizeof f.id, "%s", n->id);
	(void)snprintf(f.what, sizeof f.what, "%s", n->what);
	(void)snprintf(f.target, sizeof f.target, "%s", n->target ? n->target : r->scope->target);
	(void)snprintf(f.probe, sizeof f.probe, "%s", r->probe);
	(void)snprintf(f.value, sizeof f.value, "%s", n->value ? n->value : "");
	va_start(ap, evidence);
	(void)vsnprintf(f.evidence, sizeof f.evidence, evidence, ap);
	va_end(ap);
	struct err e = {0};
	if (rc_failed(fact_set_add(r->facts, &f, &e)) && r->failed.code == ERR_NONE)
		r->failed = e;
}

enum fact_state probe_state_of(rc failure)
{
	switch (failure.code) {
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_BUSY:
		return FACT_UNREACHABLE;
	case ERR_DENIED:
	case ERR_TRUST:
		return FACT_REFUSED;
	case ERR_NONE:
	case ERR_INPUT:
	case ERR_LIMIT:
	case ERR_MISSING:
	case ERR_EXISTS:
	case ERR_WRONG_STATE:
	case ERR_SPACE:
	case ERR_IO:
	case ERR_MEMORY:
	case ERR_UNSUPPORTED:
	case ERR_INTERNAL:
	case ERR_CODE_COUNT:
		break;
	}
	return FACT_ERROR;
}

void probe_progress(struct probe_run *r, const char *text)
{
	if (r->progress)
		r->progress(r->progress_ctx, r->probe, text);
}
