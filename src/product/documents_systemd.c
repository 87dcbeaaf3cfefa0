/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For devices whose services are started by systemd: a unit that starts what is declared, and a drop-in that allows it
 * only what the declaration says it needs (EN303645 5.6-7). The drop-in also fits a unit of the maker's own. Default is
 * "not allowed"; each allowance follows from a flow, a listener, or `needs`, `writes` and `devices` of the service.
 * What systemd cannot express (a flow to a name, which port of an address), or ignores in some builds
 * (SocketBindAllow=), is left to the firewall.
 *
 * Texts of the declaration have no line breaks, so a directive can only be added by one that ends its line with '\' or
 * leaves its quotes: no line here ends with a text, and quoted texts are escaped.
 */
#include "core/model/lockdown.h"
#include "product/documents_rows.h"
#include "core/base/banned.h"

static const char head[] = "# Made by \"hallmark compile\" from the product declaration. Do not edit: a change belongs "
			   "into the declaration.\n";

/* What one service was declared to need. */
struct needs {
	bool calls, names, answers, lan, anywhere, loopback;
	bool ipv4, ipv6, raw;
	bool devices, realtime, exec, jit;
};

static bool stated(const struct decl_service *s, const char *need)
{
	for (size_t i = 0; i < s->needs.n; i++)
		if (strcmp(s->needs.at[i], need) == 0)
			return true;
	return false;
}

static struct needs find_needs(const struct declaration *d, const struct decl_service *s)
{
	struct needs n = {.raw = stated(s, "raw-network"),
			  .devices = s->devices.n || stated(s, "devices"),
			  .realtime = stated(s, "realtime"),
			  .exec = stated(s, "exec"),
			  .jit = stated(s, "jit")};
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

/* A word in double quotes, as command lines and lists of paths have it. */
static void put_word(struct buf *out, const char *before, const char *text)
{
	buf_putf(out, "\"%s", before);
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
	put_word(out, "/", s->exec);
	for (size_t i = 0; i < s->args.n; i++) {
		buf_put_u8(out, ' ');
		put_word(out, "", s->args.at[i]);
	}
	buf_put_text(out, "\n\n[Install]\nWantedBy=multi-user.target\n");
}

static void put_families(const struct needs *n, struct buf *out)
{
	buf_putf(out, "RestrictAddressFamilies=AF_UNIX%s%s%s\n", n->ipv4 ? " AF_INET" : "", n->ipv6 ? " AF_INET6" : "",
		 n->raw ? " AF_PACKET AF_NETLINK" : "");
	if (!n->ipv4 && !n->ipv6 && !n->raw)
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

static void put_network(const struct declaration *d, const struct decl_service *s, const struct needs *n,
			struct buf *out)
{
	buf_put_text(out, "\n# Network: the declared flows and listeners.\n");
	put_families(n, out);
	put_addresses(d, s, n, out);
	buf_put_text(out, "SocketBindDeny=any\n");
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		if (strcmp(l->service, s->id) == 0)
			buf_putf(out, "SocketBindAllow=%s:%u\n", l->proto == POLICY_TCP ? "tcp" : "udp", l->port);
	}
}

/* ProtectClock= brings a list of devices of its own, and with it the end of all others: not where devices are named by
 * the maker. */
static void put_devices(const struct decl_service *s, const struct needs *n, struct buf *out)
{
	buf_put_text(out, "\n# Devices.\n");
	if (!n->devices)
		buf_put_text(out, "PrivateDevices=yes\nProtectClock=yes\n");
	if (n->devices && !s->devices.n) {
		buf_put_text(out, "# It needs devices, and the declaration does not say which.\n");
		return;
	}
	buf_put_text(out, "DevicePolicy=closed\n");
	for (size_t i = 0; i < s->devices.n; i++) {
		buf_put_text(out, "DeviceAllow=");
		put_word(out, "/", s->devices.at[i]);
		buf_put_text(out, " rw\n");
	}
}

static void put_privileges(const struct needs *n, struct buf *out)
{
	const char *capability = n->raw ? "CAP_NET_RAW" : "";
	buf_put_text(out, "\n# Privileges.\n");
	buf_putf(out, "NoNewPrivileges=yes\nCapabilityBoundingSet=%s\nAmbientCapabilities=%s\n", capability,
		 capability);
	buf_put_text(out, "RestrictSUIDSGID=yes\nRestrictNamespaces=yes\nLockPersonality=yes\nKeyringMode=private\n"
			  "RemoveIPC=yes\n");
	if (!n->raw && !n->devices) /* both are worth nothing in a user namespace */
		buf_put_text(out, "PrivateUsers=yes\n");
	if (!n->jit)
		buf_put_text(out, "MemoryDenyWriteExecute=yes\n");
	buf_put_text(out, n->realtime ? "LimitRTPRIO=50\n" : "RestrictRealtime=yes\n");
	buf_putf(out,
		 "SystemCallArchitectures=native\nSystemCallErrorNumber=EPERM\nSystemCallFilter=@system-service\n"
		 "SystemCallFilter=~@privileged @keyring @setuid @chown%s\n",
		 n->realtime ? "" : " @resources");
}

static void put_files(const struct decl_service *s, const struct needs *n, struct buf *out)
{
	buf_put_text(out,
		     "\n# Files and the rest of the machine.\nProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\n"
		     "PrivateMounts=yes\nProtectProc=invisible\nProcSubset=pid\nProtectHostname=yes\n"
		     "ProtectKernelLogs=yes\nProtectKernelModules=yes\nProtectKernelTunables=yes\n"
		     "ProtectControlGroups=yes\n");
	for (size_t i = 0; i < s->writes.n; i++) {
		buf_put_text(out, "ReadWritePaths=");
		put_word(out, "/", s->writes.at[i]);
		buf_put_text(out, "\n");
	}
	if (n->exec)
		return;
	buf_put_text(out, "# It starts no other program: only its own and its libraries may be executed.\n"
			  "NoExecPaths=/\nExecPaths=");
	put_word(out, "/", s->exec);
	buf_put_text(out, " -/lib -/lib32 -/lib64 -/usr/lib -/usr/lib32 -/usr/lib64\n");
}

void documents_systemd_limits(const struct declaration *d, const struct decl_service *s, struct buf *out)
{
	struct needs n = find_needs(d, s);
	buf_put_text(out, head);
	buf_putf(out, "# The user must be in /etc/passwd.\n[Service]\nUser=%u\nUMask=0077\nRestart=%s\nRestartSec=1\n",
		 s->user, s->safety == DECL_YES ? "always" : "on-failure");
	put_privileges(&n, out);
	put_files(s, &n, out);
	put_network(d, s, &n, out);
	put_devices(s, &n, out);
}
