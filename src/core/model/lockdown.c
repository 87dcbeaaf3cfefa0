/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy and mode to rules, rules to text. Every value that reaches the text is a number, an enum or an address printed
 * from its octets: there is no string in struct lockdown_input that could carry rule text.
 *
 * How a packet is judged on the way out:
 *   1. it belongs to a socket whose user has a flow to just there, or answers for a listener of that user: accept;
 *   2. it belongs to any other socket: refuse, even if the connection is old;
 *   3. no socket any more (the tail of a closed one): accept only within a tracked connection of an allowed flow.
 */
#include "core/model/lockdown.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "core/base/cur.h"
#include "core/base/banned.h"

#define NO_UID UINT32_MAX
#define DNS_PORT 53
#define ADDRESS_SIZE 16

bool lockdown_host(const char *host, struct lockdown_addr *ret)
{
	struct lockdown_addr a = {0};
	size_t n = strnlen(host, LOCKDOWN_HOST_MAX);
	if (n == 0 || n == LOCKDOWN_HOST_MAX)
		return false;
	if (inet_pton(AF_INET, host, a.octets) == 1)
		a.family = 4;
	else if (inet_pton(AF_INET6, host, a.octets) == 1)
		a.family = 6;
	else if (strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != n)
		return false;
	*ret = a;
	return true;
}

static bool uid_ok(uint32_t uid)
{
	return uid != NO_UID;
}

/* Once; the lists have room for each service and the agent. */
static void add_uid(uint32_t *uids, size_t *n, size_t max, uint32_t uid)
{
	for (size_t i = 0; i < *n; i++)
		if (uids[i] == uid)
			return;
	if (*n < max)
		uids[(*n)++] = uid;
}

static rc add_flow(struct lockdown_input *in, struct lockdown_flow f, const char *host, struct err *e)
{
	if (!lockdown_host(host, &f.to))
		return err_set(e, ERR_INPUT, "firewall: not an address or a name: %.64s", host);
	if (in->flows_n == ARRAY_LEN(in->flows))
		return err_set(e, ERR_LIMIT, "firewall: more than %zu flows", ARRAY_LEN(in->flows));
	in->flows[in->flows_n++] = f;
	if (f.to.family == 0)
		add_uid(in->dns_uids, &in->dns_n, ARRAY_LEN(in->dns_uids), f.uid);
	return RC_OK;
}

static rc add_listener(struct lockdown_input *in, struct lockdown_listener l, struct err *e)
{
	if (in->listeners_n == ARRAY_LEN(in->listeners))
		return err_set(e, ERR_LIMIT, "firewall: more than %zu listeners", ARRAY_LEN(in->listeners));
	in->listeners[in->listeners_n++] = l;
	return RC_OK;
}

/* The service if its traffic is allowed in this mode, else NULL. */
static const struct policy_service *allowed(const struct policy *p, const char *id, enum lockdown_mode mode)
{
	const struct policy_service *s = policy_service(p, id);
	return s && (mode == LOCKDOWN_NORMAL || s->safety) ? s : NULL;
}

static void add_loopback(struct lockdown_input *in, const struct policy *p, const struct lockdown_agent *a)
{
	if (in->mode != LOCKDOWN_ISOLATED)
		return;
	if (a)
		add_uid(in->loop_uids, &in->loop_n, ARRAY_LEN(in->loop_uids), a->net_uid);
	for (size_t i = 0; p && i < p->services_n; i++)
		if (p->services[i].safety)
			add_uid(in->loop_uids, &in->loop_n, ARRAY_LEN(in->loop_uids), p->services[i].user);
}

static rc add_policy(struct lockdown_input *in, const struct policy *p, struct err *e)
{
	rc r;
	for (size_t i = 0; i < p->flows_n; i++) {
		const struct policy_flow *f = &p->flows[i];
		const struct policy_service *s = allowed(p, f->service, in->mode);
		struct lockdown_flow out = {.uid = s ? s->user : 0, .proto = f->proto, .port = f->port};
		if (s && rc_failed(r = add_flow(in, out, f->host, e)))
			return r;
	}
	for (size_t i = 0; i < p->listeners_n; i++) {
		const struct policy_listener *l = &p->listeners[i];
		const struct policy_service *s = allowed(p, l->service, in->mode);
		struct lockdown_listener out = {.uid = s ? s->user : 0, .proto = l->proto, .port = l->port};
		if (s && rc_failed(r = add_listener(in, out, e)))
			return r;
	}
	return RC_OK;
}

static rc add_agent(struct lockdown_input *in, const struct lockdown_agent *a, struct err *e)
{
	struct lockdown_flow own = {.uid = a->net_uid, .proto = POLICY_TCP, .port = a->service_port};
	struct lockdown_listener page = {.uid = a->local_uid, .proto = POLICY_TCP, .port = a->page_port};
	rc r = add_flow(in, own, a->service_host, e);
	return rc_ok(r) && a->page_port ? add_listener(in, page, e) : r;
}

rc lockdown_from_policy(const struct policy *p, enum lockdown_mode mode, const struct lockdown_agent *a,
			struct lockdown_input *ret, struct err *e)
{
	struct lockdown_input in = {.mode = mode};
	rc r = a ? add_agent(&in, a, e) : RC_OK;
	add_loopback(&in, p, a);
	if (rc_ok(r) && p)
		r = add_policy(&in, p, e);
	if (rc_ok(r))
		r = lockdown_check(&in, e);
	if (rc_ok(r))
		*ret = in;
	return r;
}

static rc check_flow(const struct lockdown_flow *f, struct err *e)
{
	if (!uid_ok(f->uid) || f->port == 0 || (unsigned)f->proto > POLICY_UDP ||
	    (f->to.family != 0 && f->to.family != 4 && f->to.family != 6))
		return err_set(e, ERR_INPUT, "firewall: malformed flow (user %u, port %u, family %u)", f->uid, f->port,
			       f->to.family);
	return RC_OK;
}

rc lockdown_check(const struct lockdown_input *in, struct err *e)
{
	if ((unsigned)in->mode >= LOCKDOWN_MODE_COUNT || in->flows_n > ARRAY_LEN(in->flows) ||
	    in->listeners_n > ARRAY_LEN(in->listeners) || in->dns_n > ARRAY_LEN(in->dns_uids) ||
	    in->loop_n > ARRAY_LEN(in->loop_uids))
		return err_set(e, ERR_INPUT, "firewall: mode or a count is out of range");
	for (size_t i = 0; i < in->flows_n; i++) {
		rc r = check_flow(&in->flows[i], e);
		if (rc_failed(r))
			return r;
	}
	for (size_t i = 0; i < in->listeners_n; i++) {
		const struct lockdown_listener *l = &in->listeners[i];
		if (!uid_ok(l->uid) || l->port == 0 || (unsigned)l->proto > POLICY_UDP)
			return err_set(e, ERR_INPUT, "firewall: malformed listener (user %u, port %u)", l->uid,
				       l->port);
	}
	for (size_t i = 0; i < in->dns_n; i++)
		if (!uid_ok(in->dns_uids[i]))
			return err_set(e, ERR_INPUT, "firewall: malformed user for name lookups");
	for (size_t i = 0; i < in->loop_n; i++)
		if (!uid_ok(in->loop_uids[i]))
			return err_set(e, ERR_INPUT, "firewall: malformed user for loopback");
	return RC_OK;
}

static const char *proto_name(enum policy_proto p)
{
	return p == POLICY_UDP ? "udp" : "tcp";
}

/* Below, protocols behind "meta l4proto" are numbers: names are looked up in /etc/protocols, which a small device may
 * not have, and then the whole ruleset is refused. */

/* "ip daddr 192.0.2.1 ", or nothing for any address. */
static void put_address(struct buf *out, const char *direction, const struct lockdown_addr *a)
{
	char text[INET6_ADDRSTRLEN];
	if (a->family == 0 || !inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->octets, text, sizeof text))
		return;
	buf_putf(out, "%s %s %s ", a->family == 4 ? "ip" : "ip6", direction, text);
}

static void put_input_chain(struct buf *out, const struct lockdown_input *in)
{
	buf_put_text(out, "\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n"
			  "\t\tiif lo accept\n\t\tct state invalid counter name refused_in drop\n");
	for (size_t i = 0; i < in->flows_n; i++) {
		const struct lockdown_flow *f = &in->flows[i];
		buf_put_text(out, "\t\t");
		put_address(out, "saddr", &f->to);
		buf_putf(out, "%s sport %u ct state established ct direction reply accept\n", proto_name(f->proto),
			 f->port);
	}
	if (in->dns_n)
		buf_putf(out,
			 "\t\tmeta l4proto { %d, %d } th sport %d ct state established ct direction reply accept\n",
			 IPPROTO_TCP, IPPROTO_UDP, DNS_PORT);
	for (size_t i = 0; i < in->listeners_n; i++)
		buf_putf(out, "\t\t%s dport %u accept\n", proto_name(in->listeners[i].proto), in->listeners[i].port);
	/* Errors about our own packets, and what IPv6 needs to find its neighbours. */
	buf_putf(out,
		 "\t\tmeta l4proto { %d, %d } ct state related accept\n"
		 "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, packet-too-big "
		 "} accept\n",
		 IPPROTO_ICMP, IPPROTO_ICMPV6);
	if (in->log)
		buf_put_text(out, "\t\tlimit rate 6/minute log prefix \"hallmark refused in: \"\n");
	buf_put_text(out, "\t\tcounter name refused_in drop\n\t}\n");
}

static void put_sockets(struct buf *out, const struct lockdown_input *in)
{
	for (size_t i = 0; i < in->flows_n; i++) {
		const struct lockdown_flow *f = &in->flows[i];
		buf_putf(out, "\t\tmeta skuid %u ", f->uid);
		put_address(out, "daddr", &f->to);
		buf_putf(out, "%s dport %u accept\n", proto_name(f->proto), f->port);
	}
	for (size_t i = 0; i < in->dns_n; i++)
		buf_putf(out, "\t\tmeta skuid %u meta l4proto { %d, %d } th dport %d accept\n", in->dns_uids[i],
			 IPPROTO_TCP, IPPROTO_UDP, DNS_PORT);
	for (size_t i = 0; i < in->listeners_n; i++) {
		const struct lockdown_listener *l = &in->listeners[i];
		/* A handshake's answer carries the user who made the listening socket (the parent, for the owner's
		 * page), all that follows the user who accepted. */
		if (l->proto == POLICY_TCP)
			buf_putf(out,
				 "\t\ttcp sport %u tcp flags & (fin | syn | rst | ack) == syn | ack ct direction reply "
				 "accept\n",
				 l->port);
		buf_putf(out, "\t\tmeta skuid %u %s sport %u ct state established ct direction reply accept\n", l->uid,
			 proto_name(l->proto), l->port);
	}
}

static void put_refusal(struct buf *out, const struct lockdown_input *in, const char *match)
{
	if (in->log)
		buf_putf(out, "\t\t%slimit rate 6/minute log prefix \"hallmark refused out: \"\n", match);
	buf_putf(out, "\t\t%smeta l4proto %d counter name refused_out reject with tcp reset\n", match, IPPROTO_TCP);
	buf_putf(out, "\t\t%scounter name refused_out reject with icmpx admin-prohibited\n", match);
}

/*
 * A captured program must not reach, within the device, one that still has a way out. What passes here beside the named
 * users: answers to them, and our own refusals ("related"), which have no user.
 */
static void put_loopback(struct buf *out, const struct lockdown_input *in)
{
	if (in->mode != LOCKDOWN_ISOLATED) {
		buf_put_text(out, "\t\toif lo accept\n");
		return;
	}
	for (size_t i = 0; i < in->loop_n; i++)
		buf_putf(out, "\t\toif lo meta skuid %u accept\n", in->loop_uids[i]);
	buf_put_text(out, "\t\toif lo ct state established ct direction reply accept\n"
			  "\t\toif lo ct state related accept\n");
}

static void put_output_chain(struct buf *out, const struct lockdown_input *in)
{
	buf_put_text(out, "\tchain output {\n\t\ttype filter hook output priority filter; policy drop;\n");
	put_loopback(out, in);
	buf_put_text(out, "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept\n");
	put_sockets(out, in);
	/* True for every packet that has a socket: no user is number 2^32-1. */
	put_refusal(out, in, "meta skuid != 4294967295 ");
	if (in->mode == LOCKDOWN_ISOLATED)
		buf_put_text(out, "\t\toif lo ct state established accept\n");
	for (size_t i = 0; i < in->flows_n; i++) {
		const struct lockdown_flow *f = &in->flows[i];
		buf_put_text(out, "\t\t");
		put_address(out, "daddr", &f->to);
		buf_putf(out, "%s dport %u ct state established accept\n", proto_name(f->proto), f->port);
	}
	for (size_t i = 0; i < in->listeners_n; i++)
		buf_putf(out, "\t\t%s sport %u ct state established ct direction reply accept\n",
			 proto_name(in->listeners[i].proto), in->listeners[i].port);
	buf_put_text(out, "\t\tcounter name refused_out drop\n\t}\n");
}

rc lockdown_render(const struct lockdown_input *in, struct buf *out, struct err *e)
{
	rc r = lockdown_check(in, e);
	if (rc_failed(r))
		return r;
	/* "add" first, so that "delete" also works the first time; the kernel does all three lines or none. */
	buf_put_text(out, "add table inet hallmark\ndelete table inet hallmark\ntable inet hallmark {\n");
	buf_putf(out, "\tcomment \"mode %s\"\n", in->mode == LOCKDOWN_ISOLATED ? "isolated" : "normal");
	buf_put_text(out, "\tcounter refused_in {}\n\tcounter refused_out {}\n");
	put_input_chain(out, in);
	buf_put_text(out, "\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n");
	put_output_chain(out, in);
	buf_put_text(out, "}\n");
	return buf_check(out, "firewall rules", e);
}

void lockdown_encode(const struct lockdown_input *in, struct buf *out)
{
	buf_put_u8(out, (uint8_t)in->mode);
	buf_put_u8(out, in->log);
	buf_put_u16(out, (uint16_t)in->flows_n);
	for (size_t i = 0; i < in->flows_n; i++) {
		const struct lockdown_flow *f = &in->flows[i];
		buf_put_u32(out, f->uid);
		buf_put_u8(out, (uint8_t)f->proto);
		buf_put_u16(out, f->port);
		buf_put_u8(out, f->to.family);
		buf_put(out, bytes_of(f->to.octets, ADDRESS_SIZE));
	}
	buf_put_u16(out, (uint16_t)in->listeners_n);
	for (size_t i = 0; i < in->listeners_n; i++) {
		buf_put_u32(out, in->listeners[i].uid);
		buf_put_u8(out, (uint8_t)in->listeners[i].proto);
		buf_put_u16(out, in->listeners[i].port);
	}
	buf_put_u16(out, (uint16_t)in->dns_n);
	for (size_t i = 0; i < in->dns_n; i++)
		buf_put_u32(out, in->dns_uids[i]);
	buf_put_u16(out, (uint16_t)in->loop_n);
	for (size_t i = 0; i < in->loop_n; i++)
		buf_put_u32(out, in->loop_uids[i]);
}

/* A count that fits its array; marks the cursor bad otherwise. */
static size_t take_count(struct cur *c, size_t max)
{
	size_t n = cur_u16(c);
	if (n > max)
		c->bad = true;
	return c->bad ? 0 : n;
}

static void take_flow(struct cur *c, struct lockdown_flow *f)
{
	f->uid = cur_u32(c);
	f->proto = (enum policy_proto)cur_u8(c);
	f->port = cur_u16(c);
	f->to.family = cur_u8(c);
	struct bytes a = cur_take(c, ADDRESS_SIZE);
	if (a.n)
		memcpy(f->to.octets, a.p, ADDRESS_SIZE);
}

rc lockdown_decode(struct bytes bytes, struct lockdown_input *ret, struct err *e)
{
	struct cur c = cur_of(bytes);
	struct lockdown_input in = {0};
	in.mode = (enum lockdown_mode)cur_u8(&c);
	uint8_t log = cur_u8(&c);
	in.log = log;
	in.flows_n = take_count(&c, ARRAY_LEN(in.flows));
	for (size_t i = 0; i < in.flows_n; i++)
		take_flow(&c, &in.flows[i]);
	in.listeners_n = take_count(&c, ARRAY_LEN(in.listeners));
	for (size_t i = 0; i < in.listeners_n; i++) {
		in.listeners[i].uid = cur_u32(&c);
		in.listeners[i].proto = (enum policy_proto)cur_u8(&c);
		in.listeners[i].port = cur_u16(&c);
	}
	in.dns_n = take_count(&c, ARRAY_LEN(in.dns_uids));
	for (size_t i = 0; i < in.dns_n; i++)
		in.dns_uids[i] = cur_u32(&c);
	in.loop_n = take_count(&c, ARRAY_LEN(in.loop_uids));
	for (size_t i = 0; i < in.loop_n; i++)
		in.loop_uids[i] = cur_u32(&c);
	if (!cur_ok(&c) || log > 1)
		return err_set(e, ERR_INPUT, "firewall: malformed message");
	rc r = lockdown_check(&in, e);
	if (rc_ok(r))
		*ret = in;
	return r;
}
