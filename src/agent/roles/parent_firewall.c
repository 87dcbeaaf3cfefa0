/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the firewall role, gives it the ruleset, waits with a deadline. Runs in the parent; believes one code and
 * text. */
#include "agent/roles/parent_firewall.h"

#include <stdio.h>

#include "agent/roles/hallmarkd.h"
#include "agent/roles/messages.h"
#include "core/base/cur.h"
#include "host/os/channel.h"
#include "host/os/file.h"
#include "host/os/spawn.h"
#include "core/base/banned.h"

/* After its end: what it said waits in the channel. */
static rc result_of(int fd, int status, struct err *e)
{
	CLEANUP(buf_done) struct buf said;
	struct err why = {0};
	uint16_t type = 0;
	buf_init(&said, CHANNEL_PAYLOAD_MAX);
	if (status != HALLMARKD_OK || rc_failed(channel_receive(fd, 0, &type, &said, &why))) {
		(void)err_set(e, ERR_UNSUPPORTED, "loading the firewall: its helper ended with status %d", status);
		return err_hint(e, "is libnftables installed?");
	}
	struct cur c = cur_of(buf_view(&said));
	uint8_t code = cur_u8(&c);
	channel_get_text(&c, why.text, sizeof why.text);
	channel_get_text(&c, why.hint, sizeof why.hint);
	if (type != FIREWALL_RESULT || !cur_ok(&c) || cur_left(&c) || code >= ERR_CODE_COUNT)
		return err_set(e, ERR_INPUT, "loading the firewall: its helper gave no usable answer");
	if (code == ERR_NONE)
		return RC_OK;
	rc r = err_set(e, (enum err_code)code, "%s", why.text);
	return *why.hint ? err_hint(e, "%s", why.hint) : r;
}

rc parent_firewall_load(struct bytes ruleset, struct err *e)
{
	static const char *const argv[] = {"hallmarkd-firewall", "--device", ".", "--role", "firewall", NULL};
	char path[FILE_PATH_MAX + sizeof HALLMARKD_FIREWALL_SUFFIX];
	int ends[2], status = -1;
	rc r = spawn_self(path, FILE_PATH_MAX, e);
	if (rc_ok(r))
		r = channel_pair(ends, e);
	if (rc_failed(r))
		return r;
	FD_AUTO int ours = ends[0];
	FD_AUTO int theirs = ends[1];
	(void)snprintf(path + strlen(path), sizeof HALLMARKD_FIREWALL_SUFFIX, "%s", HALLMARKD_FIREWALL_SUFFIX);
	if (rc_failed(r = channel_post(ours, FIREWALL_RULES, ruleset, e)))
		return err_wrap(e, "loading the firewall");
	const struct spawn helper = {
		.path = path, .argv = argv, .fds = &theirs, .fds_n = 1, .stdout_fd = -1, .die_with_parent = true};
	if (rc_failed(r = spawn_wait(&helper, MESSAGES_FIREWALL_MS, &status, e)))
		return err_wrap(e, "loading the firewall");
	return result_of(ours, status, e);
}
