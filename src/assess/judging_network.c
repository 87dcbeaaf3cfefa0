/* SPDX-License-Identifier: Apache-2.0 */
/* Judging open ports against the declaration (EN303645 5.6-1, 5.5-5) and TLS on each (5.5-1, 5.1-3, 5.5-7). Pure. */
#include "assess/judging_network.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/banned.h"

#define PORT_PREFIX "ports.tcp."

static bool port_of(const char *text, uint16_t *ret)
{
	char *end = NULL;
	unsigned long v = strtoul(text, &end, 10);
	if (end == text || v < 1 || v > 65535)
		return false;
	*ret = (uint16_t)v;
	return true;
}

/* "tcp/8443 lo:tcp/53 udp/5353", lo: = loopback only: the device's own list against the declaration. */
static void judge_own_list(const struct judging_input *in, struct verdict_case *c)
{
	const struct fact *f = fact_set_find(in->facts, "evidence.listeners");
	if (!f || f->state != FACT_SEEN)
		return;
	judging_cite(c, f);
	for (const char *at = f->value; at && *at;) {
		uint16_t port = 0;
		bool udp = strncmp(at, "udp/", 4) == 0;
		bool tcp = strncmp(at, "tcp/", 4) == 0;
		if ((udp || tcp) && (!port_of(at + 4, &port) || !subject_declares(in->subject, udp, port)))
			judging_fail(c, "the device itself lists a listening socket that nobody declared: %.*s",
				     (int)strcspn(at, " "), at);
		at = strchr(at, ' ');
		at += at != NULL;
	}
}

void judging_network_ports(const struct judging_input *in, struct verdict_case *c)
{
	const struct fact *scan = fact_set_find(in->facts, "ports.scan");
	const struct fact *f;
	size_t at = 0;
	if (!scan) {
		judging_open(c, "evidence missing: a scan of the TCP ports");
		return;
	}
	judging_cite(c, scan);
	while ((f = fact_set_next(in->facts, PORT_PREFIX, &at))) {
		uint16_t port = 0;
		if (f->state != FACT_SEEN || !port_of(f->id + sizeof PORT_PREFIX - 1, &port))
			continue;
		judging_cite(c, f);
		if (!subject_declares(in->subject, false, port))
			judging_fail(c, "TCP port %u is open, and nobody declared it", port);
	}
	judge_own_list(in, c);
	if (!fact_looked(scan->state))
		judging_open(c, "could not look (%s): %s", fact_state_name(scan->state), scan->evidence);
}

static const struct fact *tls_fact(const struct judging_input *in, uint16_t port, const char *slug)
{
	char id[FACT_ID_SIZE];
	(void)snprintf(id, sizeof id, "tls.%u.%s", port, slug);
	return fact_set_find(in->facts, id);
}

/* An old version must have been offered and refused. */
static void judge_old(const struct judging_input *in, uint16_t port, const char *slug, struct verdict_case *c)
{
	const struct fact *f = tls_fact(in, port, slug);
	if (!f) {
		judging_open(c, "evidence missing: an attempt with %s on port %u", slug, port);
		return;
	}
	judging_cite(c, f);
	/* Closing the connection without a word is how some servers refuse: it is no proof, and no failure. */
	if (f->state == FACT_SEEN)
		judging_fail(c, "port %u accepts %s", port, f->value);
	else if (f->state != FACT_ABSENT)
		judging_open(c, "could not look (%s): %s: %s", fact_state_name(f->state), f->what, f->evidence);
}

static void judge_port(const struct judging_input *in, uint16_t port, struct verdict_case *c)
{
	static const char *const current[] = {"tls13", "tls12"};
	static const char *const old[] = {"tls11", "tls10", "ssl3"};
	bool spoken = false, looked = true;
	for (size_t i = 0; i < ARRAY_LEN(current); i++) {
		const struct fact *f = tls_fact(in, port, current[i]);
		if (!f) {
			judging_open(c, "evidence missing: a TLS handshake with port %u", port);
			return;
		}
		judging_cite(c, f);
		if (f->state == FACT_SEEN && strstr(f->value, "weak "))
			judging_fail(c, "port %u: %s", port, f->value);
		spoken |= f->state == FACT_SEEN;
		looked &= fact_looked(f->state);
		if (!fact_looked(f->state))
			judging_open(c, "could not look (%s): %s: %s", fact_state_name(f->state), f->what, f->evidence);
	}
	if (!spoken && looked)
		judging_fail(c, "port %u speaks neither TLS 1.3 nor TLS 1.2", port);
	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		judge_old(in, port, old[i], c);
}

void judging_network_tls(const struct judging_input *in, struct verdict_case *c)
{
	const struct fact *f;
	size_t at = 0, ports = 0;
	while ((f = fact_set_next(in->facts, "tls.", &at))) {
		uint16_t port = 0;
		/* Each port once: by the fact that every look at a port writes first. */
		if (!port_of(f->id + 4, &port) || !strstr(f->id, ".tls13"))
			continue;
		judge_port(in, port, c);
		ports++;
	}
	if (!ports)
		judging_open(c, "evidence missing: a TLS handshake (--page-port)");
}

void judging_network_all_tls(const struct judging_input *in, struct verdict_case *c)
{
	const struct fact *f;
	size_t at = 0, open = 0;
	judging_network_ports(in, c);
	while ((f = fact_set_next(in->facts, PORT_PREFIX, &at))) {
		uint16_t port = 0;
		if (f->state != FACT_SEEN || !port_of(f->id + sizeof PORT_PREFIX - 1, &port))
			continue;
		open++;
		if (tls_fact(in, port, "tls13"))
			judge_port(in, port, c);
		else
			judging_open(c, "port %u is open, and nobody looked whether it speaks TLS", port);
	}
	if (!open) /* "every open port" must not mean none */
		judging_open(c, "evidence missing: an open port to look at");
	if (!fact_set_next(in->facts, "tls.", &(size_t){0}))
		judging_open(c, "evidence missing: a TLS handshake (--page-port)");
}
