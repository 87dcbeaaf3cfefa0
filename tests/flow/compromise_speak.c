/* SPDX-License-Identifier: Apache-2.0 */
/* What a captured role says to its partners: broken messages, orders that it has no right to, floods, and silence. */
#include "compromise_role.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/model/lockdown.h"
#include "agent/roles/messages.h"
#include "agent/roles/ward_messages.h"
#include "core/base/mem.h"
#include "core/codec/hex.h"
#include "core/crypto/hash.h"
#include "core/crypto/key.h"
#include "host/os/channel.h"

#define WAIT_MS 10000
#define FLOOD 100000

static void raw(int fd, const void *p, size_t n)
{
	ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
	(void)sent;
}

static void post(uint16_t type, const struct buf *b)
{
	(void)channel_send(COMPROMISE_CHANNEL, type, b ? buf_view(b) : bytes_of(NULL, 0), NULL).code;
}

/* The partner's next message; its type, 0 if none came. */
static uint16_t hear(struct buf *ret)
{
	uint16_t type = 0;
	buf_init(ret, CHANNEL_PAYLOAD_MAX);
	return rc_ok(channel_receive(COMPROMISE_CHANNEL, WAIT_MS, &type, ret, NULL)) ? type : 0;
}

/* ---- net ---- */

static void net_truncated(void)
{
	raw(COMPROMISE_CHANNEL, "\x00", 1);
	compromise_wait();
}

static void net_oversized(void)
{
	static uint8_t large[2 + CHANNEL_PAYLOAD_MAX + 1] = {0, NET_DATA};
	raw(COMPROMISE_CHANNEL, large, sizeof large);
	compromise_wait();
}

static void net_unknown(void)
{
	raw(COMPROMISE_CHANNEL, "\x77\x77", 2);
	compromise_wait();
}

static void net_early(void)
{
	raw(COMPROMISE_CHANNEL, "\0\x81\0\0\0\1x", 7); /* a piece of an answer that nobody asked for */
	compromise_wait();
}

static void until_call(void)
{
	for (uint16_t type = NET_CONFIG; type != NET_CALL && type != 0;) {
		CLEANUP(buf_done) struct buf b;
		type = hear(&b);
	}
}

static void net_foreign_id(void)
{
	until_call();
	raw(COMPROMISE_CHANNEL, "\0\x82\xff\xff\xff\xff\0\0\xc8\0\0\0\0\0\0", 15);
	compromise_wait();
}

static void net_bad_code(void)
{
	until_call();
	raw(COMPROMISE_CHANNEL, "\0\x82\0\0\0\1\xff\0\xc8\0\0\0\0\0\0", 15);
	compromise_wait();
}

/* An answer that is larger than was asked for: refused without ending anything, so we go on until we are told so. */
static void net_endless(void)
{
	CLEANUP(buf_done) struct buf piece = {0};
	uint16_t told = NET_MORE;
	until_call();
	buf_init(&piece, CHANNEL_PAYLOAD_MAX);
	buf_put_u32(&piece, 1);
	memset(buf_room(&piece, MESSAGES_CHUNK_MAX), 'x', MESSAGES_CHUNK_MAX);
	buf_grew(&piece, MESSAGES_CHUNK_MAX);
	for (int i = 0; told == NET_MORE && i < 1000; i++) {
		CLEANUP(buf_done) struct buf b;
		post(NET_DATA, &piece);
		told = hear(&b);
	}
	compromise_say("endless answer", told == NET_CANCEL ? "refused" : "GOT IN");
	compromise_wait();
}

/* A signature over the bytes that would make a boot statement: handed to the test, which tries to use it. */
static void net_sign(void)
{
	static const char statement[] = "DSSEv1 " COMPROMISE_PAE;
	CLEANUP(buf_done) struct buf b, digest = {0};
	uint8_t sha[SHA256_SIZE];
	char hex[HEX_TEXT_SIZE(KEY_SIGNATURE_MAX)];
	until_call();
	(void)hash_sha256(bytes_of_text(statement), sha, NULL).code;
	buf_init(&digest, 64);
	buf_put(&digest, bytes_of(sha, sizeof sha));
	post(NET_SIGN, &digest);
	if (hear(&b) != NET_SIGNATURE || b.len < 2 || b.data[0] != 1) {
		compromise_say("signature", "none");
		compromise_wait();
	}
	hex_encode(bytes_of(b.data + 1, b.len - 1), hex);
	compromise_say("signature", hex);
	compromise_wait();
}

static void net_flood(void)
{
	static const uint8_t ask[2 + SHA256_SIZE] = {0, NET_SIGN};
	until_call();
	for (int i = 0; i < FLOOD; i++)
		raw(COMPROMISE_CHANNEL, ask, sizeof ask);
	compromise_wait();
}

/* ---- engine to parent ---- */

static void order(const char *what, uint16_t verb, struct buf *request)
{
	CLEANUP(buf_done) struct buf answer;
	char text[64];
	post(verb, request);
	buf_done(request);
	if (hear(&answer) != VERB_ANSWER || answer.len == 0)
		(void)snprintf(text, sizeof text, "no answer");
	else
		(void)snprintf(text, sizeof text, "%s", err_code_name((enum err_code)answer.data[0]));
	compromise_say(what, text);
}

static struct buf *request(struct buf *b)
{
	buf_init(b, CHANNEL_PAYLOAD_MAX);
	return b;
}

static void order_write(const char *what, uint8_t slot, uint64_t at, uint32_t n)
{
	struct buf b;
	request(&b);
	buf_put_u8(&b, slot);
	buf_put_u64(&b, at);
	buf_put_u32(&b, n);
	order(what, VERB_WRITE, &b);
}

static void order_worker(const char *what, uint32_t bytes)
{
	struct buf b;
	request(&b);
	buf_put_u32(&b, bytes);
	order(what, VERB_WORKER, &b);
}

static void order_switch(const char *what, uint8_t slot, uint64_t n)
{
	struct buf b;
	static const uint8_t zeros[SHA256_SIZE];
	request(&b);
	buf_put_u8(&b, slot);
	buf_put_u64(&b, n);
	buf_put(&b, bytes_of(zeros, sizeof zeros));
	order(what, VERB_SWITCH, &b);
}

static void order_firewall(const char *what, struct lockdown_flow flow, unsigned mode)
{
	struct buf b;
	struct lockdown_input in = {.mode = (enum lockdown_mode)mode, .flows = {flow}, .flows_n = 1};
	request(&b);
	lockdown_encode(&in, &b);
	order(what, VERB_FIREWALL, &b);
}

static void engine_orders(void)
{
	struct buf b;
	order_write("write without a worker", 1, 0, 5);
	order_worker("a worker", 4096);
	order_write("write more than it has room for", 1, 0, 4097);
	order_write("write the running slot", 0, 0, 5);
	order_write("write beyond the slot", 1, (uint64_t)1 << 40, 5);
	order_write("write, wrapping round", 1, UINT64_MAX, 5);
	order("confirm without a trial", VERB_CONFIRM, request(&b));
	order("revert without a trial", VERB_REVERT, request(&b));
	order_switch("switch to what was never hashed", 1, 5);
	order_switch("switch to the running slot", 0, 5);
	request(&b);
	buf_put_u8(&b, 0);
	buf_put_u64(&b, 0);
	buf_put_u8(&b, 0);
	order("go on with no hash", VERB_HASH, &b);
	order_firewall("firewall: nobody's user", (struct lockdown_flow){.uid = UINT32_MAX, .port = 1}, 0);
	order_firewall("firewall: port 0", (struct lockdown_flow){.uid = 1}, 0);
	order_firewall("firewall: family 9", (struct lockdown_flow){.uid = 1, .port = 1, .to = {.family = 9}}, 0);
	order_firewall("firewall: protocol 77",
		       (struct lockdown_flow){.uid = 1, .port = 1, .proto = (enum policy_proto)77}, 0);
	order_firewall("firewall: mode 9", (struct lockdown_flow){.uid = 1, .port = 1}, 9);
	request(&b);
	buf_put_text(&b, "add table inet owned; flush ruleset");
	order("firewall: rule text", VERB_FIREWALL, &b);
	raw(COMPROMISE_CHANNEL, "\0\x63", 2); /* no order at all: the parent ends us */
	compromise_wait();
}

/* Orders, and no look at the answers. */
static void engine_flood(void)
{
	for (int i = 0; i < FLOOD; i++)
		raw(COMPROMISE_CHANNEL, "\0\1", 2);
	compromise_wait();
}

/* ---- worker to engine ---- */

static void worker_says(uint8_t code)
{
	CLEANUP(buf_done) struct buf b;
	buf_init(&b, 64);
	buf_put_u8(&b, code);
	channel_put_text(&b, "");
	post(WORKER_ANSWER, &b);
}

/* All is well, whatever comes: nothing was made. */
static void worker_lies(void)
{
	for (;;) {
		CLEANUP(buf_done) struct buf b;
		uint16_t type = hear(&b);
		if (type && b.len && b.data[0] == 1)
			worker_says(ERR_NONE);
	}
}

/* All is well, before anything came. */
static void worker_flood(void)
{
	for (int i = 0; i < FLOOD; i++)
		worker_says(ERR_NONE);
	compromise_wait();
}

static void worker_nonsense(void)
{
	raw(COMPROMISE_CHANNEL, "\0\x80\xff\xff\xff\xff", 6);
	compromise_wait();
}

static void worker_dies(void)
{
	_exit(9);
}

/* ---- local to engine ---- */

static void local_action(enum ward_local_kind kind, uint8_t fill)
{
	CLEANUP(buf_done) struct buf out, in;
	MEM_AUTO struct ward_local_request *q = mem_alloc(sizeof *q);
	MEM_AUTO struct ward_local_answer *a = mem_alloc(sizeof *a);
	char what[64];
	buf_init(&out, CHANNEL_PAYLOAD_MAX);
	q->kind = kind;
	memset(q->token, fill, sizeof q->token);
	memset(q->csrf, fill, sizeof q->csrf);
	(void)snprintf(q->source, sizeof q->source, "192.0.2.1");
	(void)snprintf(q->password, sizeof q->password, "guess");
	(void)snprintf(q->fresh, sizeof q->fresh, "a much longer passphrase");
	(void)snprintf(q->nonce, sizeof q->nonce, "00");
	ward_messages_put_request(q, &out);
	post((uint16_t)kind, &out);
	uint16_t type = hear(&in);
	bool heard = type == kind && rc_ok(ward_messages_get_answer(type, buf_view(&in), a, NULL));
	(void)snprintf(what, sizeof what, "action %d with token %02x", (int)kind, fill);
	compromise_say(what, heard && a->result == WARD_NO_SESSION ? "refused" : heard ? "GOT IN" : "no answer");
}

static void local_forge(void)
{
	static const enum ward_local_kind kinds[] = {WARD_LOCAL_SIGN_OUT, WARD_LOCAL_VIEW,    WARD_LOCAL_CHECK,
						     WARD_LOCAL_REPAIR,	  WARD_LOCAL_ERASE,   WARD_LOCAL_PASSWORD,
						     WARD_LOCAL_RECEIPT,  WARD_LOCAL_EVIDENCE};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		local_action(kinds[i], 0); /* as an unused place in the table of sessions has it */
		local_action(kinds[i], 0x5a);
	}
	compromise_wait();
}

static void local_unknown(void)
{
	raw(COMPROMISE_CHANNEL, "\0\x63zz", 4);
	compromise_wait();
}

static void guard_lies(void)
{
	CLEANUP(buf_done) struct buf out;
	struct ward_guard_message *m = mem_alloc(sizeof *m);
	buf_init(&out, CHANNEL_PAYLOAD_MAX);
	m->kind = WARD_GUARD_PASS; /* all is well, of a policy that there never was */
	m->generation = 1000;
	ward_messages_put_guard(m, &out);
	post(WARD_GUARD_PASS, &out);
	mem_free(m);
	compromise_wait();
}

/* ---- fleet: public to operator ---- */

static void public_nonsense(void)
{
	raw(COMPROMISE_VAULT, "\x77\x77zz", 4);
	raw(COMPROMISE_VAULT, "\0", 1);
	raw(COMPROMISE_VAULT, "\0\1\0\0\0\1\xff\xff", 8);
}

static void public_flood(void)
{
	static const char look[] = "\0\2\0\0\0\1\0\4"
				   "none";
	for (int i = 0; i < FLOOD; i++)
		raw(COMPROMISE_VAULT, look, sizeof look - 1);
	compromise_wait();
}

void compromise_speak(const struct compromise *me)
{
	static const struct {
		const char *role, *attack;
		void (*run)(void);
	} attacks[] = {
		{"net", "truncated", net_truncated},
		{"net", "oversized", net_oversized},
		{"net", "unknown", net_unknown},
		{"net", "early", net_early},
		{"net", "foreign-id", net_foreign_id},
		{"net", "bad-code", net_bad_code},
		{"net", "endless", net_endless},
		{"net", "sign", net_sign},
		{"net", "flood", net_flood},
		{"engine", "orders", engine_orders},
		{"engine", "flood", engine_flood},
		{"worker", "lies", worker_lies},
		{"worker", "flood", worker_flood},
		{"worker", "nonsense", worker_nonsense},
		{"worker", "dies", worker_dies},
		{"local", "forge", local_forge},
		{"local", "unknown", local_unknown},
		{"guard", "lies", guard_lies},
		{"public", "nonsense", public_nonsense},
		{"public", "flood", public_flood},
	};
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++)
		if (strcmp(me->role, attacks[i].role) == 0 && strcmp(me->attack, attacks[i].attack) == 0)
			attacks[i].run();
}
