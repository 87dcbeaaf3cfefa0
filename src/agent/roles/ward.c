/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ward: composition of guard, identity, privacy, the owner's page and the product's programs, inside the engine
 * process. This file makes and ends it and answers the engine; its conversations are in ward_guard.c, ward_local.c and
 * ward_product.c.
 */
#include "agent/roles/ward.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/roles/ward_state.h"
#include "core/crypto/cert.h"
#include "host/os/chance.h"
#include "host/os/channel.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define BOOT_ID_BYTES 16

void ward_say(const char *what, const struct err *e)
{
	(void)fprintf(stderr, "hallmarkd ward: %s%s%s\n", what, e && e->text[0] ? ": " : "", e ? e->text : "");
}

const char *ward_mode_name(enum ward_mode m)
{
	return guard_state_mode_name((enum guard_mode)m);
}

enum ward_mode ward_mode(const struct ward *w)
{
	return (enum ward_mode)w->guard.mode;
}

void ward_cut(struct ward *w, struct ward_peer *p, const char *who, const char *why)
{
	if (p->fd < 0)
		return;
	(void)fprintf(stderr, "hallmarkd ward: the %s process is cut off: %s\n", who, why);
	loop_remove(w->config.loop, p->watch);
	(void)close(p->fd);
	*p = (struct ward_peer){.fd = -1};
}

void ward_post(struct ward *w, struct ward_peer *p, uint16_t kind, const struct buf *payload)
{
	const char *who = p == &w->guard_peer ? "guard" : "page";
	struct pollfd room = {.fd = p->fd, .events = POLLOUT};
	struct err e = {0};
	if (p->fd < 0)
		return;
	if (rc_failed(buf_check(payload, "message", &e)))
		ward_cut(w, p, who, e.text);
	else if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))
		ward_cut(w, p, who, "it does not read its messages");
	else if (rc_failed(channel_send(p->fd, kind, buf_view(payload), &e)))
		ward_cut(w, p, who, e.text);
}

rc ward_queue(struct ward *w, const char *kind, const char *type, const struct buf *payload, struct buf *keep,
	      struct err *e)
{
	CLEANUP(buf_done) struct buf envelope;
	buf_init(&envelope, ENVELOPE_MAX);
	rc r = envelope_sign(w->config.statement, type, buf_view(payload), &envelope, e);
	if (rc_ok(r))
		r = w->config.ops.queue(w->config.ops.ctx, kind, buf_view(&envelope), e);
	if (rc_failed(r) || !keep)
		return r;
	buf_put(keep, buf_view(&envelope));
	return buf_check(keep, "envelope", e);
}

/* What a power cut left unfinished, once the engine's loop runs. */
static void on_start(void *ctx, struct now now)
{
	struct ward *w = ctx;
	struct err e = {0};
	bool complete;
	struct guard_event start = {.kind = GUARD_EV_START, .boot = w->boot};
	(void)ward_guard_step(w, &start, now);
	if (w->vault.erasing && rc_failed(ward_receipt_erase(w, w->vault.by_service, now, &complete, &e)))
		ward_say("an erasure that was begun could not be ended", &e);
}

static rc watch_peer(struct ward *w, struct ward_peer *p, int fd, loop_fd_fn *fn, struct err *e)
{
	*p = (struct ward_peer){.fd = -1};
	if (fd < 0)
		return RC_OK;
	rc r = loop_watch_fd(w->config.loop, fd, EPOLLIN, fn, w, &p->watch, e);
	if (rc_ok(r))
		p->fd = fd;
	return r;
}

static rc load_page_cert(struct ward *w, struct err *e)
{
	char path[FILE_PATH_MAX];
	buf_init(&w->page_cert, CERT_PEM_MAX);
	if (w->config.page_cert_pem) {
		buf_put_text(&w->page_cert, w->config.page_cert_pem);
		return buf_check(&w->page_cert, "page certificate", e);
	}
	rc r = file_path(path, e, w->config.device_dir, "factory/page.pem");
	return rc_failed(r) ? r : file_read(path, CERT_PEM_MAX - 1, &w->page_cert, e);
}

static rc name_boot(struct ward *w, struct err *e)
{
	if (!w->config.boot)
		return chance_hex(BOOT_ID_BYTES, w->boot, e);
	(void)snprintf(w->boot, sizeof w->boot, "%s", w->config.boot);
	return RC_OK;
}

static rc open_ward(struct ward *w, struct now now, struct err *e)
{
	rc r;
	if (rc_failed(r = name_boot(w, e)) || rc_failed(r = owner_init(&w->owner, w->config.device_dir, now, e)) ||
	    rc_failed(r = vault_init(&w->vault, w->config.device_dir, e)) || rc_failed(r = load_page_cert(w, e)) ||
	    rc_failed(r = ward_guard_load(w, now, e)) || rc_failed(r = ward_product_listen(w, e)) ||
	    rc_failed(r = watch_peer(w, &w->guard_peer, w->config.guard_fd, ward_guard_ready, e)) ||
	    rc_failed(r = watch_peer(w, &w->local_peer, w->config.local_fd, ward_local_ready, e)))
		return r;
	ward_evidence_open(w);
	return loop_timer(w->config.loop, 0, on_start, w, NULL, e);
}

rc ward_new(const struct ward_config *c, struct ward **ret, struct err *e)
{
	struct ward *w = mem_alloc(sizeof *w);
	if (!w)
		return err_set(e, ERR_MEMORY, "ward: out of memory");
	w->config = *c;
	w->product_fd = -1;
	w->guard_peer.fd = w->local_peer.fd = -1;
	for (size_t i = 0; i < WARD_CLIENTS_MAX; i++)
		w->clients[i] = (struct ward_client){.ward = w, .fd = -1};
	for (size_t i = 0; i < WARD_PROC_FILES; i++)
		w->proc_fds[i] = -1;
	(void)snprintf(w->firewall_reason, sizeof w->firewall_reason, "not loaded yet");
	buf_init(&w->message, CHANNEL_PAYLOAD_MAX);
	rc r = open_ward(w, clock_now(), e);
	if (rc_failed(r)) {
		ward_free(w);
		return err_wrap(e, "starting the ward");
	}
	*ret = w;
	return RC_OK;
}

static void close_peer(struct ward *w, struct ward_peer *p)
{
	if (p->fd < 0)
		return;
	loop_remove(w->config.loop, p->watch);
	file_close(&p->fd);
}

void ward_free(struct ward *w)
{
	if (!w)
		return;
	loop_remove(w->config.loop, w->silence);
	close_peer(w, &w->guard_peer);
	close_peer(w, &w->local_peer);
	ward_product_close(w);
	ward_evidence_close(w);
	vault_done(&w->vault);
	session_close_all(&w->sessions);
	buf_done(&w->page_cert);
	buf_done_wiped(&w->message);
	mem_free(w);
}

rc ward_set_policy(struct ward *w, const struct policy *p, struct err *e)
{
	w->policy = p;
	w->generation++;
	w->pass = (struct ward_pass){0};
	for (size_t i = 0; i < ARRAY_LEN(w->health); i++)
		if (!policy_service(p, w->health[i].service))
			w->health[i] = (struct ward_health){0};
	ward_product_policy(w);
	struct now now = clock_now();
	/* A device whose files are to be looked at is watched for silence even if its scanner was never started. */
	bool watched = p->protect_n || w->config.guard_fd >= 0;
	struct guard_event changed = {.kind = GUARD_EV_POLICY, .period_s = watched ? p->scan_period_s : 0};
	(void)ward_guard_step(w, &changed, now);
	ward_guard_time(w, now);
	ward_guard_policy(w);
	return w->config.ops.firewall(w->config.ops.ctx, ward_mode(w), e);
}

bool ward_reported_healthy(const struct ward *w, const char *service)
{
	int64_t now_ms = clock_now().mono.ms;
	for (size_t i = 0; i < ARRAY_LEN(w->health); i++) {
		const struct ward_health *h = &w->health[i];
		if (h->service[0] && strcmp(h->service, service) == 0)
			return h->ok && now_ms - h->when.ms <= WARD_HEALTH_FRESH_MS;
	}
	return false;
}

bool ward_busy(const struct ward *w)
{
	struct update_inhibitor one;
	return ward_inhibitors(w, &one, 1) > 0;
}

void ward_firewall_result(struct ward *w, bool loaded, const char *reason)
{
	w->firewall = loaded;
	(void)snprintf(w->firewall_reason, sizeof w->firewall_reason, "%.*s", (int)sizeof w->firewall_reason - 1,
		       loaded ? "" : reason);
}

rc ward_erase(struct ward *w, const char *request, struct now now, struct err *e)
{
	bool complete;
	return ward_receipt_erase(w, strcmp(request, "service") == 0, now, &complete, e);
}
