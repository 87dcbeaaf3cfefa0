/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firewall role: takes one ruleset from the parent, loads it, tells how that went, ends. A process of its own, so
 * that the library and the memory that it takes are there for a moment only and never in the process that stays root.
 * Of root it keeps the right to change the network of its namespace; it reads one list of names and opens no socket but
 * netlink.
 */
#include "agent/roles/hallmarkd.h"
#include "agent/roles/messages.h"
#include "host/os/channel.h"
#include "host/os/nft.h"
#include "host/os/sandbox.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

static rc take_and_load(struct buf *rules, struct err *e)
{
	/* The library knows tcp and udp from there. */
	static const char *const names[] = {"/etc/protocols", "/etc/nsswitch.conf", NULL};
	const struct sandbox box = {.read_paths = names, .keep = SANDBOX_NETFILTER};
	struct sandbox_state state;
	uint16_t type = 0;
	rc r = sandbox_enter(&box, &state, e);
	if (rc_ok(r))
		r = channel_receive(SPAWN_FIRST_FD, MESSAGES_FIREWALL_MS, &type, rules, e);
	if (rc_ok(r) && type != FIREWALL_RULES)
		r = err_set(e, ERR_INPUT, "loading the firewall: no ruleset came");
	return rc_ok(r) ? nft_apply(buf_view(rules), e) : r;
}

int firewall_main(const struct hallmarkd_options *o)
{
	CLEANUP(buf_done) struct buf rules, result;
	struct err e = {0};
	(void)o;
	buf_init(&rules, CHANNEL_PAYLOAD_MAX);
	buf_init(&result, CHANNEL_PAYLOAD_MAX);
	rc r = take_and_load(&rules, &e);
	buf_put_u8(&result, (uint8_t)r.code);
	channel_put_text(&result, rc_failed(r) ? e.text : "");
	channel_put_text(&result, rc_failed(r) ? e.hint : "");
	r = channel_post(SPAWN_FIRST_FD, FIREWALL_RESULT, buf_view(&result), &e);
	if (rc_ok(r))
		return HALLMARKD_OK;
	hallmarkd_log("firewall", "%s", e.text);
	return HALLMARKD_FAILED;
}
