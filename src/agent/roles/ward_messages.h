/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ward says to the guard and to the local role, and what they may say to it. Every message is decoded into a
 * checked struct or refused; a peer that sends one that is refused is cut off by the ward.
 */
#ifndef HALLMARK_AGENT_ROLES_WARD_MESSAGES_H
#define HALLMARK_AGENT_ROLES_WARD_MESSAGES_H

#include "agent/guard/scan_io.h"
#include "agent/roles/control_request.h"
#include "agent/setup/page.h"
#include "agent/setup/session.h"
#include "core/base/buf.h"
#include "core/crypto/password.h"
#include "host/os/sandbox.h"

/* ---- guard ---- */

enum ward_guard_kind {
	WARD_GUARD_HELLO = 1,	  /* guard: its sandbox */
	WARD_GUARD_POLICY = 2,	  /* ward: reference values changed; generation, period, total */
	WARD_GUARD_NEED = 3,	  /* guard: send the files from `index` on */
	WARD_GUARD_REFERENCE = 4, /* ward: some of them */
	WARD_GUARD_FINDING = 5,	  /* guard: first look differs */
	WARD_GUARD_LOOK = 6,	  /* ward: look at `index` again, now */
	WARD_GUARD_REREAD = 7,	  /* guard: the answer */
	WARD_GUARD_PASS = 8,	  /* guard: a whole pass ended */
};

#define WARD_REFERENCE_BATCH 64

/* The fields that a kind does not use are zero. Decoders of these large structs write *ret even when they fail. */
struct ward_guard_message {
	enum ward_guard_kind kind;
	uint32_t generation, index;
	struct sandbox_state sandbox;		      /* HELLO */
	uint32_t period_s, total;		      /* POLICY */
	enum guard_what what;			      /* FINDING, REREAD */
	uint32_t checked, wrong, unreadable, ms;      /* PASS */
	struct scan_file files[WARD_REFERENCE_BATCH]; /* REFERENCE, from `index` on */
	size_t files_n;
};

void ward_messages_put_guard(const struct ward_guard_message *m, struct buf *out);
rc ward_messages_get_guard(uint16_t kind, struct bytes payload, struct ward_guard_message *ret, struct err *e)
	MUST_CHECK;

/* ---- local: one request, one answer of the same kind ---- */

enum ward_local_kind {
	WARD_LOCAL_HELLO = 1,	  /* sandbox -> certificate (PEM) as data */
	WARD_LOCAL_SIGN = 2,	  /* digest -> DER signature as data */
	WARD_LOCAL_FRONT = 3,	  /* -> front */
	WARD_LOCAL_SIGN_IN = 4,	  /* source, password -> token */
	WARD_LOCAL_SIGN_OUT = 5,  /* token, csrf -> */
	WARD_LOCAL_VIEW = 6,	  /* token -> view */
	WARD_LOCAL_CHECK = 7,	  /* token, csrf -> */
	WARD_LOCAL_REPAIR = 8,	  /* token, csrf -> */
	WARD_LOCAL_ERASE = 9,	  /* token, csrf -> */
	WARD_LOCAL_PASSWORD = 10, /* token, csrf, source, password, fresh -> token, or text with WARD_OBJECTION */
	WARD_LOCAL_RECEIPT = 11,  /* token -> envelope as data */
	WARD_LOCAL_EVIDENCE = 12, /* token, nonce -> envelope as data */
	WARD_LOCAL_CONTROL = 13,  /* token, csrf, control -> text with WARD_OBJECTION */
	WARD_LOCAL_KIND_END
};

enum ward_result {
	WARD_DONE,
	WARD_WRONG,	 /* password */
	WARD_WAIT,	 /* wait_s */
	WARD_NO_SESSION, /* token unknown or too old, or the form is not of this session */
	WARD_OBJECTION,	 /* text says why, in the owner's words */
	WARD_NOTHING,	 /* there is none */
	WARD_PARTLY,	 /* erased, but not everything */
	WARD_FAILED,
	WARD_RESULT_COUNT
};

#define WARD_SOURCE_SIZE 64
#define WARD_NONCE_SIZE 65

struct ward_local_request {
	enum ward_local_kind kind;
	struct sandbox_state sandbox;
	uint8_t digest[SHA256_SIZE];
	uint8_t token[SESSION_TOKEN_SIZE], csrf[SESSION_TOKEN_SIZE];
	char source[WARD_SOURCE_SIZE];
	char password[PASSWORD_MAX + 1], fresh[PASSWORD_MAX + 1];
	char nonce[WARD_NONCE_SIZE]; /* lower-case hex */
	struct control_request control;
};

struct ward_local_answer {
	enum ward_local_kind kind;
	enum ward_result result;
	uint32_t wait_s;
	uint8_t token[SESSION_TOKEN_SIZE];
	char text[256];
	struct page_front front;
	struct page_view view;
	struct bytes data; /* borrowed from whoever encodes, from the payload after decoding */
};

void ward_messages_put_request(const struct ward_local_request *m, struct buf *out);
rc ward_messages_get_request(uint16_t kind, struct bytes payload, struct ward_local_request *ret, struct err *e)
	MUST_CHECK;
void ward_messages_put_answer(const struct ward_local_answer *m, struct buf *out);
rc ward_messages_get_answer(uint16_t kind, struct bytes payload, struct ward_local_answer *ret, struct err *e)
	MUST_CHECK;

#endif
