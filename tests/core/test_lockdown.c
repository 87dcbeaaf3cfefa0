/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules follow from policy and mode, and that nothing but checked values reaches the text. */
#include "check.h"

#include "core/model/lockdown.h"

static struct policy_service services[] = {
	{.id = "camera", .exec = "usr/bin/camera", .user = 2001},
	{.id = "smoke", .exec = "usr/bin/smoke", .user = 2002, .safety = true},
};
static struct policy_flow flows[] = {
	{.service = "camera", .host = "10.77.0.3", .proto = POLICY_TCP, .port = 7000},
	{.service = "camera", .host = "backup.example", .proto = POLICY_TCP, .port = 443},
	{.service = "smoke", .host = "2001:db8::5", .proto = POLICY_UDP, .port = 5005},
};
static struct policy_listener listeners[] = {
	{.service = "camera", .proto = POLICY_TCP, .port = 8443},
};
static const struct policy policy = {.services = services,
				     .services_n = 2,
				     .flows = flows,
				     .flows_n = 3,
				     .listeners = listeners,
				     .listeners_n = 1,
				     .page_port = 9443};
static const struct lockdown_agent agent = {
	.net_uid = 901, .service_host = "10.77.0.2", .service_port = 8000, .local_uid = 902, .page_port = 9443};

static struct lockdown_input make(enum lockdown_mode mode)
{
	struct err e = {0};
	struct lockdown_input in;
	check_ok(lockdown_from_policy(&policy, mode, &agent, &in, &e));
	return in;
}

static bool says(const struct buf *b, const char *text)
{
	return strstr(buf_text(b), text) != NULL;
}

static void test_normal(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	struct lockdown_input in = make(LOCKDOWN_NORMAL);
	buf_init(&b, LOCKDOWN_TEXT_MAX);
	check_ok(lockdown_render(&in, &b, &e));
	assert_true(says(&b, "hook input priority filter; policy drop"));
	assert_true(says(&b, "hook output priority filter; policy drop"));
	assert_true(says(&b, "hook forward priority filter; policy drop"));
	assert_true(says(&b, "meta skuid 901 ip daddr 10.77.0.2 tcp dport 8000 accept"));
	assert_true(says(&b, "meta skuid 2001 ip daddr 10.77.0.3 tcp dport 7000 accept"));
	assert_true(says(&b, "meta skuid 2001 tcp dport 443 accept"));
	assert_true(says(&b, "meta skuid 2001 meta l4proto { 6, 17 } th dport 53 accept"));
	assert_true(says(&b, "meta skuid 2002 ip6 daddr 2001:db8::5 udp dport 5005 accept"));
	assert_true(says(&b, "tcp dport 8443 accept"));
	assert_true(says(&b, "tcp dport 9443 accept"));
	/* The refusal of known sockets stands before any rule that looks at old connections alone. */
	const char *refuse = strstr(buf_text(&b), "meta skuid != 4294967295");
	const char *old = strstr(buf_text(&b), "\n\t\tip daddr 10.77.0.3 tcp dport 7000 ct state established");
	assert_non_null(refuse);
	assert_non_null(old);
	assert_true(refuse < old);
	assert_null(strstr(buf_text(&b), "\n\t\tct state established"));
	/* Numbers only, so that the device needs no /etc/protocols: "l4proto 6", "l4proto { 6, 17 }". */
	for (const char *at = buf_text(&b); (at = strstr(at, "l4proto ")) != NULL;) {
		at += strlen("l4proto ");
		assert_non_null(strchr("0123456789", at[strspn(at, "{ ")]));
	}
}

/* A reader who does not know the unit sees the services' rules and no others. */
static void test_without_agent(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	struct lockdown_input in;
	struct err e = {0};
	buf_init(&b, LOCKDOWN_TEXT_MAX);
	check_ok(lockdown_from_policy(&policy, LOCKDOWN_NORMAL, NULL, &in, &e));
	assert_int_equal(in.flows_n, 3);
	assert_int_equal(in.listeners_n, 1);
	check_ok(lockdown_from_policy(&policy, LOCKDOWN_ISOLATED, NULL, &in, &e));
	check_ok(lockdown_render(&in, &b, &e));
	assert_true(says(&b, "oif lo meta skuid 2002 accept"));
	assert_false(says(&b, "skuid 901"));
	assert_false(says(&b, "skuid 2001"));
	assert_false(says(&b, "dport 9443"));
	/* Neither policy nor agent: nothing passes. */
	check_ok(lockdown_from_policy(NULL, LOCKDOWN_NORMAL, NULL, &in, &e));
	assert_int_equal(in.flows_n + in.listeners_n + in.dns_n, 0);
}

static void test_isolated(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	struct lockdown_input in = make(LOCKDOWN_ISOLATED);
	buf_init(&b, LOCKDOWN_TEXT_MAX);
	check_ok(lockdown_render(&in, &b, &e));
	assert_false(says(&b, "2001 "));
	assert_false(says(&b, "oif lo accept"));
	assert_true(says(&b, "oif lo meta skuid 901 accept"));
	assert_true(says(&b, "oif lo meta skuid 2002 accept")); /* a safety service */
	assert_false(says(&b, "8443"));
	assert_false(says(&b, "7000"));
	assert_false(says(&b, "dport 53"));
	assert_true(says(&b, "meta skuid 901 ip daddr 10.77.0.2 tcp dport 8000 accept"));
	assert_true(says(&b, "meta skuid 2002 ip6 daddr 2001:db8::5 udp dport 5005 accept"));
	assert_true(says(&b, "tcp dport 9443 accept"));
}

/* Without a policy only the agent talks. */
static void test_no_policy(void **state)
{
	(void)state;
	struct err e = {0};
	struct lockdown_input in;
	check_ok(lockdown_from_policy(NULL, LOCKDOWN_NORMAL, &agent, &in, &e));
	assert_int_equal(in.flows_n, 1);
	assert_int_equal(in.listeners_n, 1);
}

static void test_hosts(void **state)
{
	(void)state;
	struct lockdown_addr a;
	static const char *const bad[] = {"",	    "a b",	  "x;drop", "evil\"", "{", "a/b", "10.0.0.1\naccept",
					  "1:2:zz", "caf\xc3\xa9"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(lockdown_host(bad[i], &a));
	assert_true(lockdown_host("192.0.2.1", &a));
	assert_int_equal(a.family, 4);
	assert_true(lockdown_host("::1", &a));
	assert_int_equal(a.family, 6);
	assert_true(lockdown_host("relay.maker.example", &a));
	assert_int_equal(a.family, 0);
	struct policy_flow hostile = {.service = "camera", .host = "1.2.3.4 accept; #", .port = 1};
	struct policy p = policy;
	struct lockdown_input in;
	struct err e = {0};
	p.flows = &hostile;
	p.flows_n = 1;
	check_fails(ERR_INPUT, lockdown_from_policy(&p, LOCKDOWN_NORMAL, &agent, &in, &e));
}

static void test_refused_values(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b;
	struct err e = {0};
	buf_init(&b, LOCKDOWN_TEXT_MAX);
	struct lockdown_input in = make(LOCKDOWN_NORMAL);
	in.flows[0].port = 0;
	check_fails(ERR_INPUT, lockdown_render(&in, &b, &e));
	in = make(LOCKDOWN_NORMAL);
	in.flows[1].to.family = 7;
	check_fails(ERR_INPUT, lockdown_render(&in, &b, &e));
	in = make(LOCKDOWN_NORMAL);
	in.listeners[0].uid = UINT32_MAX;
	check_fails(ERR_INPUT, lockdown_render(&in, &b, &e));
	in = make(LOCKDOWN_NORMAL);
	in.flows_n = 1000;
	check_fails(ERR_INPUT, lockdown_render(&in, &b, &e));
	in = make(LOCKDOWN_NORMAL);
	in.mode = (enum lockdown_mode)2;
	check_fails(ERR_INPUT, lockdown_render(&in, &b, &e));
	assert_int_equal(b.len, 0);
}

static void test_wire(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b, again;
	struct err e = {0};
	struct lockdown_input in = make(LOCKDOWN_NORMAL), out;
	buf_init(&b, LOCKDOWN_BYTES_MAX);
	buf_init(&again, LOCKDOWN_BYTES_MAX);
	lockdown_encode(&in, &b);
	check_ok(lockdown_decode(buf_view(&b), &out, &e));
	lockdown_encode(&out, &again);
	assert_true(bytes_equal(buf_view(&b), buf_view(&again)));
	for (size_t n = 0; n < b.len; n++)
		check_fails(ERR_INPUT, lockdown_decode(bytes_of(b.data, n), &out, &e));
	buf_put_u8(&b, 0);
	check_fails(ERR_INPUT, lockdown_decode(buf_view(&b), &out, &e));
}

/* The largest input still fits where the headers say it does. */
static void test_largest(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf b, text;
	struct err e = {0};
	static struct lockdown_input in;
	in = (struct lockdown_input){.flows_n = ARRAY_LEN(in.flows),
				     .listeners_n = ARRAY_LEN(in.listeners),
				     .dns_n = ARRAY_LEN(in.dns_uids),
				     .log = true};
	for (size_t i = 0; i < in.flows_n; i++) {
		in.flows[i] = (struct lockdown_flow){4000000000u, POLICY_UDP, 65535, {6, {0}}};
		memset(in.flows[i].to.octets, 0xfe, 16);
	}
	for (size_t i = 0; i < in.listeners_n; i++)
		in.listeners[i] = (struct lockdown_listener){4000000000u, POLICY_UDP, 65535};
	for (size_t i = 0; i < in.dns_n; i++)
		in.dns_uids[i] = 4000000000u;
	buf_init(&b, LOCKDOWN_BYTES_MAX);
	buf_init(&text, LOCKDOWN_TEXT_MAX);
	lockdown_encode(&in, &b);
	check_ok(buf_check(&b, "encoded", &e));
	check_ok(lockdown_render(&in, &text, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal),	 cmocka_unit_test(test_without_agent),
		cmocka_unit_test(test_isolated), cmocka_unit_test(test_no_policy),
		cmocka_unit_test(test_hosts),	 cmocka_unit_test(test_refused_values),
		cmocka_unit_test(test_wire),	 cmocka_unit_test(test_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
