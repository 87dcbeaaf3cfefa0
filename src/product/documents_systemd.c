/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For devices whose services are started by systemd: a unit that starts what is declared, and a drop-in that allows it
 * only what the declaration says it needs (EN303645 5.6-7). The drop-in also fits a unit of the maker's own. Default is
 * "not allowed"; each allowance follows from a flow, a listener or a sensor. What systemd cannot express (a flow to a
 * name, which port of an address) is left to the firewall.
 *
 * Texts of the declaration have no line breaks, so a directive can only be added by one that ends its line with '\' or
 * leaves its quotes: no line here ends with a text, and quoted texts are escaped.
 */
#include "core/model/lockdown.h"
#include "product/documents_rows.h"
#include "core/base/banned.h"

static const char head[] = "# Made by \"hallmark compile\" from the product declaration. Do not edit: a change belongs "
			   "into the declaration.\n";

/* What one service was declared to do on networks. */
struct needs {
	bool calls, names, answers, lan, anywhere, loopback;
	bool ipv4, ipv6;
};

static struct needs find_needs(const struct declaration *d, const struct decl_service *s)
{
	struct needs n = {0};
	for (size_t i = 0; i < d->flows_n; i++) {
		struct lockdown_addr a = {0};
		if (strcmp(d->flows[i].service, s->id) != 0)
			continue;
		n.calls = true;
		n.names = n.names || !lockdown_host(d->flows[i].host, &a) || a.family == 0;
		n.ipv4 = n.ipv4 || a.family != 6;
		n.ipv6 = n.ipv6 || a.family != 4;
	}
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		if (strcmp(l->service, s->id) != 0)
			continue;
		n.answers = n.ipv4 = n.ipv6 = true;
		n.lan = n.lan || l->interface == INTERFACE_LAN;
		n.loopback = n.loopback || l->interface == INTERFACE_LOOPBACK;
		n.anywhere = n.anywhere || l->interface == INTERFACE_ANY;
	}
	return n;
}

/* '%' begins a specifier everywhere in a unit. */
static void put_plain(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '%')
			buf_put_u8(out, '%');
		buf_put_u8(out, (uint8_t)*text);
	}
}

/* A word of a command line in double quotes. */
static void put_word(struct buf *out, const char *before, const char *text)
{
	buf_putf(out, " \"%s", before);
	for (; *text; text++) {
		if (strchr("\\\"", *text))
			buf_put_u8(out, '\\');
		if (*text == '%')
			buf_put_u8(out, '%');
		buf_put_u8(out, (uint8_t)*text);
	}
	buf_put_u8(out, '"');
}

void documents_systemd_unit(const struct declaration *d, const struct decl_service *s, struct buf *out)
{
	struct needs n = find_needs(d, s);
	buf_put_text(out, head);
	buf_put_text(out, "[Unit]\nDescription=");
	put_plain(out, d->product);
	buf_putf(out, ": %s (", s->id);
	put_plain(out, s->why);
	buf_put_text(out, ")\n");
	if (n.calls || n.answers)
		buf_put_text(out, "Wants=network.target\nAfter=network.target\n");
	/* ':' before the program: '$' in a word is no variable. */
	buf_put_text(out, "\n[Service]\nType=exec\nExecStart=:");
	CLEANUP(buf_done) struct buf line;
	buf_init(&line, DOCUMENTS_MAX);
	put_word(&line, "/", s->exec);
	for (size_t i = 0; i < s->args.n; i++)
		put_word(&line, "", s->args.at[i]);
	documents_break(out, (rc){line.broken});
	buf_put_text(out, buf_text(&line) + (line.len > 0)); /* without the first blank */
	buf_put_text(out, "\n\n[Install]\nWantedBy=multi-user.target\n");
}

static void put_families(const struct needs *n, struct buf *out)
{
	buf_putf(out, "RestrictAddressFamilies=AF_UNIX%s%s\n", n->ipv4 ? " AF_INET" : "", n->ipv6 ? " AF_INET6" : "");
	if (!n->ipv4 && !n->ipv6)
		buf_put_text(out, "PrivateNetwork=yes\n");
}

static void put_addresses(const struct declaration *d, const struct decl_service *s, const struct needs *n,
			  struct buf *out)
{
	struct lockdown_addr a;
	if (n->names || n->anywhere) {
		buf_put_text(out, "# Its peers are names, or anybody: which they are is left to the firewall.\n");
		return;
	}
	buf_put_text(out, "IPAddressDeny=any\n");
	for (size_t i = 0; i < d->flows_n; i++)
		if (strcmp(d->flows[i].service, s->id) == 0 && lockdown_host(d->flows[i].host, &a) && a.family != 0)
			buf_putf(out, "IPAddressAllow=%s\n", d->flows[i].host);
	if (n->loopback)
		buf_put_text(out, "IPAddressAllow=localhost\n");
	/* Addresses that home networks use among themselves (RFC 1918, RFC 3927, RFC 4193, RFC 4291). */
	if (n->lan)
		buf_put_text(out, "IPAddressAllow=10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 fc00::/7 "
				  "fe80::/10\n");
}

static void put_network(const struct declaration *d, const struct decl_service *s, struct buf *out)
{
	struct needs n = find_needs(d, s);
	buf_put_text(out, "\n# Network: the declared flows and listeners.\n");
	put_families(&n, out);
	put_addresses(d, s, &n, out);
	buf_put_text(out, "SocketBindDeny=any\n");
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		if (strcmp(l->service, s->id) == 0)
			buf_putf(out, "SocketBindAllow=%s:%u\n", l->proto == POLICY_TCP ? "tcp" : "udp", l->port);
	}
}

/* ProtectClock= brings a list of devices of its own, and with it the end of all others. */
static void put_devices(const struct declaration *d, struct buf *out)
{
	if (!d->sensors_n) {
		buf_put_text(out, "\n# Devices: the product has no sensor.\nPrivateDevices=yes\nDevicePolicy=closed\n"
				  "PrivateUsers=yes\nProtectClock=yes\n");
		return;
	}
	buf_put_text(out,
		     "\n# Devices: the product has sensors. Which of them this service reads is not declared; name "
		     "it in a drop-in\n# of your own: DevicePolicy=closed, DeviceAllow=/dev/... rw\n");
}

void documents_systemd_limits(const struct declaration *d, const struct decl_service *s, struct buf *out)
{
	buf_put_text(out, head);
	buf_putf(out,
		 "# The user must be in /etc/passwd. The service writes to its own /tmp only; add ReadWritePaths= or\n"
		 "# StateDirectory= in a drop-in of your own where it keeps files beside the agent.\n"
		 "[Service]\nUser=%u\nUMask=0077\nRestart=%s\nRestartSec=1\n",
		 s->user, s->safety == DECL_YES ? "always" : "on-failure");
	buf_put_text(out,
		     "\n# Privileges: none.\nNoNewPrivileges=yes\nCapabilityBoundingSet=\nAmbientCapabilities=\n"
		     "RestrictSUIDSGID=yes\nRestrictNamespaces=yes\nRestrictRealtime=yes\nLockPersonality=yes\n"
		     "MemoryDenyWriteExecute=yes\nKeyringMode=private\nRemoveIPC=yes\n"
		     "SystemCallArchitectures=native\nSystemCallErrorNumber=EPERM\nSystemCallFilter=@system-service\n"
		     "SystemCallFilter=~@privileged @resources @keyring @memlock @setuid @chown\n");
	buf_put_text(out,
		     "\n# Files and the rest of the machine: to read.\nProtectSystem=strict\nProtectHome=yes\n"
		     "PrivateTmp=yes\nPrivateMounts=yes\nProtectProc=invisible\nProcSubset=pid\nProtectHostname=yes\n"
		     "ProtectKernelLogs=yes\nProtectKernelModules=yes\nProtectKernelTunables=yes\n"
		     "ProtectControlGroups=yes\n");
	put_network(d, s, out);
	put_devices(d, out);
}
