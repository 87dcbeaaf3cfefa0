/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declaration as the assessor needs it: what the maker promises, read-only, flat. Only subject_product.c knows the
 * product room; probes and judges see this.
 */
#ifndef HALLMARK_ASSESS_SUBJECT_H
#define HALLMARK_ASSESS_SUBJECT_H

#include "core/model/verdict.h"

#define SUBJECT_LISTENERS_MAX 64
#define SUBJECT_FILE_SIZE 96
#define SUBJECT_PROVISIONS_MAX VERDICT_SET_MAX

struct subject_listener {
	bool udp;
	bool tls; /* the declaration says that it speaks TLS */
	uint16_t port;
	char why[VERDICT_TEXT_SIZE];
};

enum subject_applies { SUBJECT_APPLIES_UNKNOWN, SUBJECT_APPLIES, SUBJECT_APPLIES_NOT };
enum subject_promise {
	SUBJECT_PROMISE_UNKNOWN, /* the declaration check does not decide it */
	SUBJECT_PROMISED,	 /* declared, complete, without contradiction */
	SUBJECT_PROMISE_MISSING, /* the declaration leaves out what it must say */
	SUBJECT_PROMISE_BROKEN,	 /* what is declared cannot meet it */
	SUBJECT_PROMISE_OPEN,	 /* from what is declared nobody can tell */
};

/* One provision of the catalogue, with what the declaration says to it. */
struct subject_provision {
	char id[VERDICT_ID_SIZE];
	char title[VERDICT_TEXT_SIZE], section[VERDICT_TEXT_SIZE];
	bool mandatory, conceptual, functional; /* which kinds of test case exist */
	bool mixed;				/* both kinds in one case */
	bool excused;				/* a recommendation not followed, with a reason (EN303645 5.0-1) */
	enum subject_applies applies;
	enum subject_promise promise;
	char why[VERDICT_TEXT_SIZE];  /* the declaration check in one sentence */
	char hint[VERDICT_TEXT_SIZE]; /* what to declare; "" if nothing */
	uint32_t line;		      /* of the declaration; 0: none in particular */
};

struct subject {
	struct verdict_subject words;
	char file[SUBJECT_FILE_SIZE]; /* name of the declaration's file, without its folder */
	char edition[VERDICT_TEXT_SIZE];
	uint16_t page_port; /* declared; 0: none */
	size_t conflicts;   /* contradictions that the declaration check found beside the provisions */
	struct subject_listener listeners[SUBJECT_LISTENERS_MAX];
	size_t listeners_n;
	struct subject_provision provisions[SUBJECT_PROVISIONS_MAX];
	size_t provisions_n;
};

/*
 * Reads and checks a declaration file (subject_product.c). `today` decides whether the support period has ended. Large:
 * on the heap; subject_free frees.
 */
rc subject_load(const char *path, struct wall_time today, struct subject **ret, struct err *e) MUST_CHECK;
void subject_free(struct subject **s); /* for CLEANUP */

bool subject_declares(const struct subject *s, bool udp, uint16_t port);
const struct subject_provision *subject_provision(const struct subject *s, const char *id);

#endif
