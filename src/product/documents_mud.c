/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MUD file (RFC 8520): which connections a home network should let the product make and take. One list of entries for
 * each of IPv4 and IPv6 and each direction: the declared flows, the declared listeners, name lookups where a flow goes
 * to a name, and the agent's way to its service, whose address only the unit knows ("my-controller"). What RFC 8520
 * appendix B adds for everybody (DNS, NTP) is refused at the end where nothing declared needs it.
 *
 * software-rev stays out: the address of the file does not change with an update (RFC 8520 section 3.15).
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "core/codec/json.h"
#include "core/codec/rfc3339.h"
#include "core/model/lockdown.h"
#include "product/documents_rows.h"
#include "core/base/banned.h"

#define SYSTEMINFO_CHARS 60 /* RFC 8520 section 3.7 */
#define DNS_PORT 53
#define NTP_PORT 123
#define DNS_CLASS "urn:ietf:params:mud:dns"
#define NTP_CLASS "urn:ietf:params:mud:ntp"

/* One pair of entries: what the device sends, and the answers to it; or what it gets, and its answers. */
struct entry {
	char name[32];
	enum policy_proto proto;
	uint32_t port;		 /* of the side that is called; 0: any */
	bool called;		 /* the device is called, not the caller */
	const char *mud, *of;	 /* leaf of the mud container, and its value; NULL: of type empty */
	const char *host;	 /* dns name or address of the peer */
	struct lockdown_addr to; /* of `host`; family 0: a name */
	const char *forwarding;
};

/* The list that is being filled. */
struct side {
	json_t *aces; /* borrowed */
	uint8_t family;
	bool from_device;
	bool ok;
};

static bool calls_names(const struct declaration *d)
{
	struct lockdown_addr a;
	for (size_t i = 0; i < d->flows_n; i++)
		if (lockdown_host(d->flows[i].host, &a) && a.family == 0)
			return true;
	return d->update.mechanism == MECHANISM_HALLMARK; /* the unit may know its service by name */
}

static json_t *ip_match(const struct side *s, const struct entry *n)
{
	char text[INET6_ADDRSTRLEN], network[INET6_ADDRSTRLEN + 4], key[32];
	json_t *ip = json_pack("{s:i}", "protocol", n->proto == POLICY_TCP ? IPPROTO_TCP : IPPROTO_UDP);
	if (!n->host)
		return ip;
	if (n->to.family == 0) {
		(void)json_object_set_new(ip, s->from_device ? "ietf-acldns:dst-dnsname" : "ietf-acldns:src-dnsname",
					  json_string(n->host));
		return ip;
	}
	if (!inet_ntop(s->family == 4 ? AF_INET : AF_INET6, n->to.octets, text, sizeof text))
		text[0] = 0;
	(void)snprintf(network, sizeof network, "%s/%d", text, s->family == 4 ? 32 : 128);
	(void)snprintf(key, sizeof key, "%s-ipv%u-network", s->from_device ? "destination" : "source", s->family);
	(void)json_object_set_new(ip, key, json_string(network));
	return ip;
}

static json_t *transport_match(const struct side *s, const struct entry *n)
{
	json_t *t = json_object();
	/* The known port is the peer's when the device calls, the device's own when it is called. */
	if (n->port)
		(void)json_object_set_new(t, s->from_device == n->called ? "source-port" : "destination-port",
					  json_pack("{s:s, s:I}", "operator", "eq", "port", (json_int_t)n->port));
	if (n->proto == POLICY_TCP)
		(void)json_object_set_new(t, "ietf-mud:direction-initiated",
					  json_string(n->called ? "to-device" : "from-device"));
	return t;
}

static void put_entry(struct side *s, const struct entry *n)
{
	if (n->host && n->to.family != 0 && n->to.family != s->family)
		return;
	json_t *matches = json_object(), *leaf = n->of ? json_string(n->of) : json_pack("[n]");
	if (n->mud)
		s->ok = json_object_set_new(matches, "ietf-mud:mud", json_pack("{s:O}", n->mud, leaf)) == 0 && s->ok;
	json_decref(leaf);
	s->ok = json_object_set_new(matches, s->family == 4 ? "ipv4" : "ipv6", ip_match(s, n)) == 0 && s->ok;
	s->ok = json_object_set_new(matches, n->proto == POLICY_TCP ? "tcp" : "udp", transport_match(s, n)) == 0 &&
		s->ok;
	s->ok = json_array_append_new(s->aces, json_pack("{s:s, s:o, s:{s:s}}", "name", n->name, "matches", matches,
							 "actions", "forwarding", n->forwarding)) == 0 &&
		s->ok;
}

static void put_flows(const struct declaration *d, struct side *s)
{
	for (size_t i = 0; i < d->flows_n; i++) {
		const struct decl_flow *f = &d->flows[i];
		struct entry n = {.proto = f->proto, .port = f->port, .host = f->host, .forwarding = "accept"};
		(void)snprintf(n.name, sizeof n.name, "flow-%zu", i + 1);
		s->ok = lockdown_host(f->host, &n.to) && s->ok;
		put_entry(s, &n);
	}
}

static void put_listeners(const struct declaration *d, struct side *s)
{
	for (size_t i = 0; i < d->listeners_n; i++) {
		const struct decl_listener *l = &d->listeners[i];
		struct entry n = {.proto = l->proto, .port = l->port, .called = true, .forwarding = "accept"};
		if (l->interface == INTERFACE_LOOPBACK)
			continue;
		if (l->interface == INTERFACE_LAN)
			n.mud = "local-networks";
		(void)snprintf(n.name, sizeof n.name, "listener-%zu", i + 1);
		put_entry(s, &n);
	}
}

static void put_class(struct side *s, const char *name, const char *class, uint32_t port, const char *forwarding)
{
	struct entry n = {.port = port, .mud = "controller", .of = class, .forwarding = forwarding};
	for (int p = POLICY_TCP; p <= POLICY_UDP; p++) {
		n.proto = (enum policy_proto)p;
		(void)snprintf(n.name, sizeof n.name, "%s-%s", name, p == POLICY_TCP ? "tcp" : "udp");
		put_entry(s, &n);
	}
}

static json_t *make_list(const struct declaration *d, const char *name, uint8_t family, bool from_device)
{
	static const struct entry service = {
		.name = "update-service", .proto = POLICY_TCP, .mud = "my-controller", .forwarding = "accept"};
	struct side s = {.aces = json_array(), .family = family, .from_device = from_device, .ok = true};
	put_flows(d, &s);
	put_listeners(d, &s);
	if (d->update.mechanism == MECHANISM_HALLMARK)
		put_entry(&s, &service);
	put_class(&s, "dns", DNS_CLASS, DNS_PORT, calls_names(d) ? "accept" : "drop");
	put_class(&s, "ntp", NTP_CLASS, NTP_PORT, "drop");
	json_t *list = json_pack("{s:s, s:s, s:{s:o}}", "name", name, "type",
				 family == 4 ? "ipv4-acl-type" : "ipv6-acl-type", "aces", "ace", s.aces);
	if (s.ok)
		return list;
	json_decref(list);
	return NULL;
}

static bool hosts_ok(const struct declaration *d)
{
	struct lockdown_addr a;
	for (size_t i = 0; i < d->flows_n; i++)
		if (!lockdown_host(d->flows[i].host, &a))
			return false;
	return true;
}

/* "https://lumen.example" of the first page that the maker has; false if it has none. */
static bool origin(const struct declaration *d, char *out, size_t size)
{
	const char *const urls[] = {d->maker.website,	       d->support.published,	 d->disclosure.policy_url,
				    d->documents.setup_url,    d->documents.privacy_url, d->documents.setup_check_url,
				    d->documents.deletion_url, d->documents.sensors_url};
	static const char scheme[] = "https://";
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		if (!urls[i] || strncmp(urls[i], scheme, sizeof scheme - 1) != 0)
			continue;
		const char *host = urls[i] + sizeof scheme - 1;
		size_t n = strcspn(host, "/?#");
		if (n && n < size - sizeof scheme && strcspn(host, "@[]\\%\"' ") >= n) {
			(void)snprintf(out, size, "%s%.*s", scheme, (int)n, host);
			return true;
		}
	}
	return false;
}

/* The first characters of a text, never half of one. */
static void shorten(const char *text, size_t chars, char *out, size_t size)
{
	size_t n = 0;
	for (; text[n]; n++) {
		bool begins = ((unsigned char)text[n] & 0xC0) != 0x80;
		if (begins && chars-- == 0)
			break;
	}
	(void)snprintf(out, size, "%.*s", (int)n, text);
}

static json_t *about(const struct declaration *d, struct wall_time today, const char *web)
{
	char url[512], day[RFC3339_TIME_SIZE], info[4 * SYSTEMINFO_CHARS + 1];
	const char *manual = d->documents.manual_url ? d->documents.manual_url : d->documents.setup_url;
	(void)snprintf(url, sizeof url, "%s/mud/%s.json", web, d->model);
	rfc3339_time((struct wall_time){today.s - today.s % SECONDS_PER_DAY}, day);
	shorten(d->product, SYSTEMINFO_CHARS, info, sizeof info);
	return json_pack("{s:i, s:s, s:s, s:b, s:s, s:s, s:s, s:s*, s:{s:{s:[{s:s},{s:s}]}}, s:{s:{s:[{s:s},{s:s}]}}}",
			 "mud-version", 1, "mud-url", url, "last-update", day, "is-supported",
			 today.s < d->support.until.s + SECONDS_PER_DAY, "systeminfo", info, "mfg-name", d->maker.name,
			 "model-name", d->model, "documentation", manual ? manual : d->support.published,
			 "from-device-policy", "access-lists", "access-list", "name", "from-device-ipv4", "name",
			 "from-device-ipv6", "to-device-policy", "access-lists", "access-list", "name",
			 "to-device-ipv4", "name", "to-device-ipv6");
}

void documents_mud_write(const struct declaration *d, struct wall_time today, struct buf *out)
{
	char web[300];
	if (!hosts_ok(d) || !origin(d, web, sizeof web)) { /* the judge asks for such pages */
		documents_break(out, (rc){ERR_INPUT});
		return;
	}
	documents_json(out,
		       json_pack("{s:o, s:{s:[o,o,o,o]}}", "ietf-mud:mud", about(d, today, web),
				 "ietf-access-control-list:acls", "acl", make_list(d, "from-device-ipv4", 4, true),
				 make_list(d, "from-device-ipv6", 6, true), make_list(d, "to-device-ipv4", 4, false),
				 make_list(d, "to-device-ipv6", 6, false)));
}
