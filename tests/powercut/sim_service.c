/* SPDX-License-Identifier: Apache-2.0 */
/* The net role and the service behind it: messages in, messages out, no socket between. */
#include <stdio.h>

#include "agent/roles/messages.h"
#include "core/base/cur.h"
#include "core/codec/hex.h"
#include "core/model/checkin.h"
#include "host/os/channel.h"
#include "sim.h"

#define SERVICE_WAIT_S 1

void sim_service_reset(struct sim *s)
{
	buf_done(&s->answer.body);
	buf_done(&s->answer.request);
	s->answer = (struct sim_answer){0};
	buf_init(&s->answer.body, 8 * MIB);
	buf_init(&s->answer.request, CHANNEL_PAYLOAD_MAX);
}

/* ---- what the service does ---- */

static void news(struct sim *s)
{
	s->service.quiet = 0;
}

static uint16_t check_in(struct sim *s, struct bytes body)
{
	struct sim_service *v = &s->service;
	struct checkin_request q;
	struct checkin_answer a = {.nonce = "00112233445566778899aabbccddeeff", .wait_s = SERVICE_WAIT_S};
	struct err e = {0};
	if (rc_failed(checkin_request_decode(body, &q, &e)))
		return 400;
	if (strcmp(v->version, q.version) != 0 || strcmp(v->state, q.state) != 0)
		news(s);
	(void)snprintf(v->version, sizeof v->version, "%.*s", SEMVER_MAX, q.version);
	(void)snprintf(v->state, sizeof v->state, "%s", q.state);
	(void)snprintf(v->reason, sizeof v->reason, "%s", q.reason);
	v->checkins++;
	v->quiet++;
	const char *offer = s->maker->releases[v->offer].version;
	a.device_time = (struct wall_time){NOW.s + s->mono_ms / 1000};
	a.offered = v->offer && strcmp(q.version, offer) != 0;
	a.erase = v->erase && !v->receipts;
	(void)snprintf(a.target, sizeof a.target, MAKER_MODEL "-os-%s.img", offer);
	(void)snprintf(a.version, sizeof a.version, "%s", offer);
	return rc_ok(checkin_answer_encode(&a, &s->answer.body, &e)) ? 200 : 500;
}

static bool all_good(const struct statement_boot *st)
{
	for (size_t i = 0; i < st->health_n; i++)
		if (!st->health[i].ok)
			return false;
	return st->health_n > 0;
}

static bool open_noun(const struct sim *s, struct bytes body, const char *type, struct buf *payload)
{
	struct err e = {0};
	buf_init(payload, ENVELOPE_PAYLOAD_MAX);
	return rc_ok(envelope_open(body, type, &s->maker->statement.pub, payload, &e));
}

static uint16_t take_statement(struct sim *s, struct bytes body)
{
	struct sim_service *v = &s->service;
	struct statement_boot st;
	CLEANUP(buf_done) struct buf payload = {0};
	struct err e = {0};
	news(s);
	if (v->fail_statement && --v->fail_statement == 0)
		return 503;
	if (!open_noun(s, body, STATEMENT_TYPE_BOOT, &payload) ||
	    rc_failed(statement_boot_decode(buf_view(&payload), &st, &e))) {
		v->bad++;
		return 400;
	}
	if (st.outcome == STATEMENT_CONFIRMED) {
		if (!v->confirmed++)
			v->without_health = !all_good(&st);
	} else {
		v->reverted++;
		(void)snprintf(v->failed_version, sizeof v->failed_version, "%.*s", SEMVER_MAX, st.failed_version);
	}
	return 204;
}

static uint16_t take_noun(struct sim *s, struct bytes body, const char *type, unsigned *count)
{
	CLEANUP(buf_done) struct buf payload;
	news(s);
	if (!open_noun(s, body, type, &payload)) {
		s->service.bad++;
		return 400;
	}
	++*count;
	return 204;
}

static uint16_t metadata(struct sim *s, const char *name)
{
	struct tufrepo *r = s->scenario->rotates ? &s->maker->rotated : &s->maker->repo;
	const struct buf *file = tufrepo_file(r, name);
	if (!file)
		return 404;
	buf_put(&s->answer.body, buf_view(file));
	return 200;
}

static uint16_t image(struct sim *s, struct bytes whole, const char *headers)
{
	unsigned long long from = 0, to = 0;
	struct sim_service *v = &s->service;
	v->images++;
	news(s);
	if (v->fail_image && --v->fail_image == 0)
		return 503;
	bool corrupt = v->corrupt_image && --v->corrupt_image == 0;
	if (sscanf(headers, "Range: bytes=%llu-%llu", &from, &to) != 2 || from > to || to >= whole.n)
		return 416;
	buf_put(&s->answer.body, bytes_of(whole.p + from, (size_t)(to - from + 1)));
	s->answer.body.data[(to - from) / 2] ^= corrupt;
	v->corrupted = v->corrupted || corrupt;
	v->image_bytes += to - from + 1;
	return 206;
}

static uint16_t target(struct sim *s, const char *name, const char *headers)
{
	for (int i = 1; i <= MAKER_RELEASES; i++) {
		const struct maker_release *r = &s->maker->releases[i];
		char hex[HEX_TEXT_SIZE(SHA256_SIZE)];
		hex_encode(bytes_of(r->full.sha256, SHA256_SIZE), hex);
		if (strncmp(name, hex, sizeof hex - 1) == 0)
			return image(s, buf_view(&r->full.content), headers);
		hex_encode(bytes_of(r->patch.sha256, SHA256_SIZE), hex);
		if (r->patch.content.len && strncmp(name, hex, sizeof hex - 1) == 0)
			return image(s, buf_view(&r->patch.content), headers);
		hex_encode(bytes_of(r->policy_sha256, SHA256_SIZE), hex);
		if (strncmp(name, hex, sizeof hex - 1) == 0) {
			buf_put(&s->answer.body, buf_view(&r->policy));
			return 200;
		}
	}
	return 404;
}

static uint16_t serve(struct sim *s, const char *path, const char *headers, struct bytes body)
{
	static unsigned ignored;
	if (strcmp(path, "/v1/checkin") == 0)
		return check_in(s, body);
	if (strcmp(path, "/v1/statements") == 0)
		return take_statement(s, body);
	if (strcmp(path, "/v1/receipts") == 0)
		return take_noun(s, body, STATEMENT_TYPE_RECEIPT, &s->service.receipts);
	if (strcmp(path, "/v1/alerts") == 0)
		return take_noun(s, body, STATEMENT_TYPE_ALERT, &s->service.alerts);
	if (strcmp(path, "/v1/evidence") == 0)
		return take_noun(s, body, STATEMENT_TYPE_EVIDENCE, &ignored);
	if (strncmp(path, "/v1/metadata/", 13) == 0)
		return metadata(s, path + 13);
	if (strncmp(path, "/v1/targets/", 12) == 0)
		return target(s, path + 12, headers);
	return 404;
}

/* ---- what the net role does ---- */

static void send_end(struct sim *s, uint32_t id, enum err_code code, const char *text)
{
	CLEANUP(buf_done) struct buf b = {0};
	buf_init(&b, 1024);
	buf_put_u32(&b, id);
	buf_put_u8(&b, (uint8_t)code);
	buf_put_u16(&b, s->answer.status);
	buf_put_u32(&b, 0);
	channel_put_text(&b, text);
	s->answer.open = false;
	sim_queue(s, NET_END, &b);
}

/* The next piece of the answer, or its end. */
static void send_more(struct sim *s)
{
	struct sim_answer *a = &s->answer;
	CLEANUP(buf_done) struct buf b = {0};
	size_t left = a->body.len - a->sent, n = left < a->piece ? left : a->piece;
	if (!n || a->status >= 300) {
		send_end(s, a->id, ERR_NONE, "");
		return;
	}
	buf_init(&b, 8 * MIB);
	buf_put_u32(&b, a->id);
	buf_put(&b, bytes_of(a->body.data + a->sent, n));
	a->sent += n;
	sim_queue(s, NET_DATA, &b);
}

/* The request is on its way: what the engine does until it waits comes before it arrives. */
static void on_call(struct sim *s, struct bytes payload)
{
	sim_service_reset(s);
	buf_put(&s->answer.request, payload);
	s->answer.asked = true;
}

void sim_service_turn(struct sim *s)
{
	char path[MESSAGES_PATH_MAX], headers[MESSAGES_HEADERS_MAX];
	struct cur c = cur_of(buf_view(&s->answer.request));
	if (!s->answer.asked)
		return;
	s->answer.asked = false;
	s->answer.id = cur_u32(&c);
	(void)cur_u8(&c);
	(void)cur_u32(&c);
	(void)cur_u32(&c);
	channel_get_text(&c, path, sizeof path);
	channel_get_text(&c, headers, sizeof headers);
	struct bytes body = cur_take(&c, cur_left(&c));
	s->answer.status = serve(s, path, headers, body);
	s->answer.piece = strstr(path, ".img") || strstr(path, ".hmp") ? SIM_PIECE : MESSAGES_CHUNK_MAX;
	s->answer.open = true;
	send_more(s);
}

static void on_probe(struct sim *s, struct cur *c)
{
	uint32_t id = cur_u32(c);
	uint16_t port = cur_u16(c);
	bool good = port == MAKER_HEALTHY_PORT;
	s->service.healthy = s->service.healthy || good;
	s->answer.status = 0;
	send_end(s, id, good ? ERR_NONE : ERR_NETWORK, good ? "" : "nobody listens");
}

void sim_service_message(struct sim *s, uint16_t type, struct bytes payload)
{
	struct cur c = cur_of(payload);
	if (type == NET_CALL)
		on_call(s, payload);
	else if (type == NET_PROBE)
		on_probe(s, &c);
	else if (type == NET_MORE && s->answer.open)
		send_more(s);
	else if (type == NET_CANCEL && s->answer.open)
		send_end(s, s->answer.id, ERR_NETWORK, "cancelled");
}
