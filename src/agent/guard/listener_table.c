/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's socket tables for the evidence; which of the listeners are declared is the ward's question. */
#include "agent/guard/listener_table.h"

#include <stdio.h>

#include "core/base/attr.h"
#include "core/base/banned.h"

#define STATE_LISTEN 0x0A /* TCP */
#define STATE_CLOSE 0x07  /* UDP without a peer */
#define LINE_SIZE 256

/* 127.0.0.0/8, ::1 and the mapped form, in the kernel's notation (words in host order, little-endian machines). */
static bool is_loopback(const char *hex)
{
	size_t n = strlen(hex);
	if (n == 8)
		return strcmp(hex + 6, "7F") == 0;
	return strcmp(hex, "00000000000000000000000001000000") == 0 ||
	       (strncmp(hex, "0000000000000000FFFF0000", 24) == 0 && strcmp(hex + 30, "7F") == 0);
}

static void add(struct listener_table *t, struct listener_entry e)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].udp == e.udp && t->at[i].port == e.port && t->at[i].loopback == e.loopback)
			return;
	if (t->n == ARRAY_LEN(t->at)) {
		t->more = true;
		return;
	}
	t->at[t->n++] = e;
}

static bool read_line(struct listener_table *t, bool udp, const char *line)
{
	char address[33];
	unsigned port, state;
	if (sscanf(line, " %*u: %32[0-9A-F]:%4X %*32[0-9A-F]:%*4X %2X", address, &port, &state) != 3)
		return false;
	if (port && state == (udp ? STATE_CLOSE : STATE_LISTEN))
		add(t, (struct listener_entry){udp, is_loopback(address), (uint16_t)port});
	return true;
}

bool listener_table_add(struct listener_table *t, bool udp, struct bytes text)
{
	struct listener_table next = *t;
	size_t at = 0;
	for (unsigned number = 0; at < text.n; number++) {
		char line[LINE_SIZE];
		const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
		size_t n = end ? (size_t)(end - (text.p + at)) : text.n - at;
		(void)snprintf(line, sizeof line, "%.*s", (int)n, (const char *)text.p + at);
		if (number == 0 ? !strstr(line, "local_address") : !read_line(&next, udp, line))
			return false;
		at += n + (end != NULL);
	}
	if (text.n == 0)
		return false;
	*t = next;
	return true;
}
