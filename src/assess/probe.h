/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes look and write facts; they never judge. Each is a row of one const table and a file of its own. A probe looks
 * only at what the scope names, at the rate and with the number of attempts stated here.
 */
#ifndef HALLMARK_ASSESS_PROBE_H
#define HALLMARK_ASSESS_PROBE_H

#include "assess/subject.h"
#include "core/model/fact.h"

/* Built-in limits, told in `hallmark assess --help`. */
#define PROBE_RATE_DEFAULT 5000 /* new TCP connections per second */
#define PROBE_RATE_MAX 20000
#define PROBE_PORT_ANSWER_MS 400    /* how long a port may stay silent */
#define PROBE_PASSWORD_TRIES_MAX 12 /* wrong passwords given to one device, in all */
#define PROBE_CALL_MS 10000	    /* one HTTP exchange */
#define PROBE_TAMPER_WAIT_S 90	    /* how long to wait for the device to refuse a changed release */

/* What may be looked at. Texts are borrowed. Not given = NULL or 0: the probe that needs it does not run. */
struct scope {
	const char *target; /* the one host that is touched */
	uint16_t page_port;
	uint16_t port_from, port_to; /* TCP range to scan */
	uint32_t rate;		     /* connections per second */
	const char *password_file;   /* owner's password, first line */
	const char *records;	     /* factory records: a file (one envelope per line) or a folder of *.json */
	const char *factory_pub;     /* PEM */
	const char *repo;	     /* folder of the update repository of the test rig */
	bool tamper;		     /* explicit leave to change files in it for a while */
	int64_t tamper_wait_s;
	const char *service;	/* base URL of the maker's public pages */
	const char *service_ca; /* PEM of the CA of the service; NULL: its certificate is recorded, not checked */
	const struct subject *subject;
};

struct probe_run {
	const struct scope *scope;
	struct fact_set *facts;
	const char *probe;
	void (*progress)(void *ctx, const char *probe, const char *text); /* may be NULL */
	void *progress_ctx;
	struct err failed; /* first failure to keep a fact: the run is then void */
};

struct probe {
	const char *name;
	const char *what;		      /* for the report: what it looks at */
	const char *needs;		      /* options it needs, for people */
	bool (*ready)(const struct scope *s); /* NULL: always */
	void (*run)(struct probe_run *r);
};

/* In the order they run: the one that makes the device slow down comes last. Ends with NULL. */
extern const struct probe *const probe_table[];
const struct probe *probe_find(const char *name); /* NULL if unknown */

/* What is noted. `target` NULL: the scope's target. */
struct probe_note {
	const char *id, *what, *target, *value;
	enum fact_state state;
};

/* Keep one fact, with the evidence as a sentence. Long texts are cut. */
void probe_note(struct probe_run *r, const struct probe_note *n, const char *evidence, ...) PRINTF_LIKE(3, 4);

/* The state that a failed attempt stands for: no answer, said no, or broken. */
enum fact_state probe_state_of(rc failure);

void probe_progress(struct probe_run *r, const char *text);

#endif
