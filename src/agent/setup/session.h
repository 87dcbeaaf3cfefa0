/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is signed in to the owner's page. Pure: chance and time are arguments. Kept by the ward, not by the process that
 * reads forms: a captured page process has no authority without an owner's session.
 */
#ifndef HALLMARK_AGENT_SETUP_SESSION_H
#define HALLMARK_AGENT_SETUP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/units.h"

#define SESSION_TOKEN_SIZE 16 /* bytes: 128 bits */
#define SESSIONS_MAX 8
#define SESSION_IDLE_S 900
#define SESSION_LIFE_S 28800

struct session {
	bool open;
	uint8_t token[SESSION_TOKEN_SIZE];
	uint8_t csrf[SESSION_TOKEN_SIZE];
	struct mono_time began, used;
};

struct session_table {
	struct session at[SESSIONS_MAX];
};

/* Both values from the kernel's randomness. The longest unused session gives way when the table is full. */
void session_open(struct session_table *t, const uint8_t token[SESSION_TOKEN_SIZE],
		  const uint8_t csrf[SESSION_TOKEN_SIZE], struct mono_time now);

/* The live session of this token (its idle time begins anew), or NULL. Compared in constant time. */
const struct session *session_find(struct session_table *t, const uint8_t token[SESSION_TOKEN_SIZE],
				   struct mono_time now);

bool session_csrf_ok(const struct session *s, const uint8_t csrf[SESSION_TOKEN_SIZE]);

void session_close(struct session_table *t, const uint8_t token[SESSION_TOKEN_SIZE]);
void session_close_all(struct session_table *t); /* the password changed */

#endif
