/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a ruleset through the firewall role, a program of its own that lives for one ruleset. */
#ifndef HALLMARK_AGENT_ROLES_PARENT_FIREWALL_H
#define HALLMARK_AGENT_ROLES_PARENT_FIREWALL_H

#include "core/base/bytes.h"
#include "core/base/err.h"

/*
 * As nft_apply: all or nothing. Waits MESSAGES_FIREWALL_MS at most, then the role is ended: ERR_TIMEOUT. ERR_MISSING
 * or ERR_UNSUPPORTED: its program is not there or does not start (a library is missing).
 */
rc parent_firewall_load(struct bytes ruleset, struct err *e) MUST_CHECK;

#endif
