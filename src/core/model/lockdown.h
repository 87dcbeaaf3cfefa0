/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets may pass: from the policy and the mode to nftables rules, default deny (EN303645 5.6-1, 5.6-2, 5.7-2).
 * Pure. The engine decides and sends the typed input; the root parent re-checks and renders it itself, so that a
 * captured engine can at most ask for other declared-looking flows, never for free rule text:
 *
 *   engine:  lockdown_from_policy(policy, mode, &agent, &in) -> lockdown_encode(&in, &buf) -> channel
 *   parent:  lockdown_decode(bytes, &in)  (checks every value) -> lockdown_render(&in, &text) -> nft_apply(text)
 *
 * The ruleset replaces table `inet hallmark` in one transaction. There is no blanket "established": each connection
 * passes because its flow is allowed now, so a flow that is cut stops at once, with a TCP reset to the local program.
 * Loopback is open in NORMAL, where the product's programs talk to one another as the maker made them. In ISOLATED only
 * the agent's net role (health checks) and safety services may begin to talk on it; others may answer them.
 * A flow whose host is a name is allowed to its port at any address (plus DNS for that user); see lockdown_flow.
 *
 * `hallmark compile` renders the same rules for the maker (src/product/documents_nft.c): one mechanism, two readers.
 */
#ifndef HALLMARK_CORE_MODEL_LOCKDOWN_H
#define HALLMARK_CORE_MODEL_LOCKDOWN_H

#include "core/base/buf.h"
#include "core/model/policy.h"

#define LOCKDOWN_TEXT_MAX (64 * 1024)  /* bytes of a rendered ruleset */
#define LOCKDOWN_BYTES_MAX (16 * 1024) /* bytes of an encoded input */
#define LOCKDOWN_HOST_MAX 256

enum lockdown_mode { LOCKDOWN_NORMAL, LOCKDOWN_ISOLATED, LOCKDOWN_MODE_COUNT };

/* family 4 or 6, address in network order; family 0: any address (the host was a name). */
struct lockdown_addr {
	uint8_t family;
	uint8_t octets[16];
};

struct lockdown_flow {
	uint32_t uid; /* of the program that may connect */
	enum policy_proto proto;
	uint16_t port;
	struct lockdown_addr to;
};

struct lockdown_listener {
	uint32_t uid;
	enum policy_proto proto;
	uint16_t port;
};

/* Only what is allowed in the mode; the mode itself is told for the comment in the ruleset and for evidence. */
struct lockdown_input {
	enum lockdown_mode mode;
	struct lockdown_flow flows[POLICY_FLOWS_MAX + 1]; /* the agent's own flow to its service is one of them */
	size_t flows_n;
	struct lockdown_listener listeners[POLICY_LISTENERS_MAX + 1]; /* the owner's page is one of them */
	size_t listeners_n;
	uint32_t dns_uids[POLICY_SERVICES_MAX + 1]; /* users whose flows need names */
	size_t dns_n;
	uint32_t loop_uids[POLICY_SERVICES_MAX + 1]; /* ISOLATED: users who may begin to talk on loopback */
	size_t loop_n;
	bool log; /* rate-limited kernel log of what was refused */
};

/* The agent's own processes, always allowed. */
struct lockdown_agent {
	uint32_t net_uid;	  /* user of the net role */
	const char *service_host; /* numeric or name */
	uint16_t service_port;
	uint32_t local_uid; /* user of the local role */
	uint16_t page_port;
};

/*
 * ISOLATED keeps only the agent's own flows and those of services with `safety`. `p` may be NULL: agent only. `a` may
 * be NULL: services only, for a reader who does not know the unit.
 */
rc lockdown_from_policy(const struct policy *p, enum lockdown_mode mode, const struct lockdown_agent *a,
			struct lockdown_input *ret, struct err *e) MUST_CHECK;

/* Counts, enums, ports and users within bounds; ERR_INPUT says which is not. */
rc lockdown_check(const struct lockdown_input *in, struct err *e) MUST_CHECK;

/* Appends the ruleset text; calls lockdown_check itself. Init `out` with LOCKDOWN_TEXT_MAX. */
rc lockdown_render(const struct lockdown_input *in, struct buf *out, struct err *e) MUST_CHECK;

/* The input on a channel. Decoding checks everything. */
void lockdown_encode(const struct lockdown_input *in, struct buf *out);
rc lockdown_decode(struct bytes bytes, struct lockdown_input *ret, struct err *e) MUST_CHECK;

/* A numeric IPv4 or IPv6 address gives family 4 or 6, a plausible name family 0; false for anything else. */
bool lockdown_host(const char *host, struct lockdown_addr *ret);

#endif
