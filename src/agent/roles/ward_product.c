/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run/agent.sock: the product's own programs report their health, ask for quiet, keep personal data, check the owner's
 * password. Who they are is the kernel's word (SO_PEERCRED), matched with the users that the policy declares. The ward
 * never waits for one of them.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/roles/product_request.h"
#include "agent/roles/ward_state.h"
#include "core/model/product_wire.h"
#include "host/os/channel.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define LISTEN_BACKLOG 8
#define PEER_GROUPS_MAX 64
#define FOLDER_MODE 0755
#define SOCKET_MODE 0666 /* anybody may knock; the user decides */

/* Results as in libhallmark/hallmark.h. */
enum answer { SAY_OK, SAY_WRONG, SAY_WAIT, SAY_MISSING, SAY_FULL, SAY_REFUSED, SAY_LOST, SAY_FAILED };

static const struct policy_service *service_of(const struct ward *w, uint32_t uid)
{
	if (w->config.one_user && w->policy && w->policy->services_n == 1 && uid == geteuid())
		return &w->policy->services[0];
	for (size_t i = 0; w->policy && i < w->policy->services_n; i++)
		if (w->policy->services[i].user == uid)
			return &w->policy->services[i];
	return NULL;
}

static struct ward_health *health_of(struct ward *w, const char *service)
{
	struct ward_health *spare = NULL;
	for (size_t i = 0; i < ARRAY_LEN(w->health); i++) {
		if (strcmp(w->health[i].service, service) == 0)
			return &w->health[i];
		if (!w->health[i].service[0] && !spare)
			spare = &w->health[i];
	}
	if (spare)
		(void)snprintf(spare->service, sizeof spare->service, "%s", service);
	return spare;
}

static void end_client(struct ward_client *c)
{
	struct ward *w = c->ward;
	const struct policy_service *s = service_of(w, c->uid);
	bool last = true;
	loop_remove(w->config.loop, c->watch);
	file_close(&c->fd);
	for (size_t i = 0; i < WARD_CLIENTS_MAX; i++)
		last = last && (w->clients[i].fd < 0 || w->clients[i].uid != c->uid);
	struct ward_health *h = s && last ? health_of(w, s->id) : NULL;
	if (h && h->ok) {
		h->ok = false;
		(void)snprintf(h->text, sizeof h->text, "the program ended");
	}
	*c = (struct ward_client){.ward = w, .fd = -1};
}

static enum answer result_of(rc r)
{
	static const enum answer answers[ERR_CODE_COUNT] = {
		[ERR_NONE] = SAY_OK,	   [ERR_MISSING] = SAY_MISSING, [ERR_SPACE] = SAY_FULL,
		[ERR_INPUT] = SAY_REFUSED, [ERR_LIMIT] = SAY_REFUSED,
	};
	return rc_ok(r) ? SAY_OK : answers[r.code] != SAY_OK ? answers[r.code] : SAY_FAILED;
}

static enum answer check_password(struct ward *w, const char *service, const struct product_request *q, struct now now,
				  struct buf *out)
{
	struct owner_result said = {0};
	struct err e = {0};
	const struct owner_try given = {service, q->from, q->password};
	rc r = owner_check(&w->owner, &given, now, &said, &e);
	if (rc_failed(r))
		ward_say("a program's password check", &e);
	buf_put_u32(out, said.wait_s);
	if (rc_failed(r))
		return SAY_FAILED;
	return said.answer == OWNER_RIGHT ? SAY_OK : said.answer == OWNER_WAIT ? SAY_WAIT : SAY_WRONG;
}

static enum answer report_health(struct ward *w, const char *service, const struct product_request *q, struct now now)
{
	struct ward_health *h = health_of(w, service);
	if (!h)
		return SAY_FULL;
	h->ok = q->flag;
	h->when = now.mono;
	(void)snprintf(h->text, sizeof h->text, "%s", q->text);
	return SAY_OK;
}

static enum answer be_busy(struct ward_client *c, const struct product_request *q, struct now now)
{
	c->busy = q->flag;
	c->busy_until_ms = now.mono.ms + (int64_t)q->seconds * 1000;
	(void)snprintf(c->why, sizeof c->why, "%.*s", (int)sizeof c->why - 1, q->text);
	return SAY_OK;
}

/* Does it and appends the answer's fields. */
static enum answer serve(struct ward_client *c, const char *service, const struct product_request *q, struct now now,
			 struct buf *out)
{
	struct ward *w = c->ward;
	struct err e = {0};
	switch (q->kind) {
	case PRODUCT_HEALTH:
		return report_health(w, service, q, now);
	case PRODUCT_BUSY:
		return be_busy(c, q, now);
	case PRODUCT_METERED:
		c->told.metered_known = true;
		c->told.metered = q->flag;
		return SAY_OK;
	case PRODUCT_POWER:
		c->told.power_known = true;
		c->told.outside = q->flag;
		c->told.percent_known = q->percent != PRODUCT_POWER_UNKNOWN;
		c->told.percent = c->told.percent_known ? q->percent : 0;
		return SAY_OK;
	case PRODUCT_STORE:
		return result_of(vault_store(&w->vault, service, q->name, q->data, &e));
	case PRODUCT_READ:
		return result_of(vault_read(&w->vault, service, q->name, out, &e));
	case PRODUCT_REMOVE:
		return result_of(vault_remove(&w->vault, service, q->name, &e));
	case PRODUCT_CHECK:
		return check_password(w, service, q, now, out);
	}
	return SAY_REFUSED;
}

/* People's programs: who may is decided when they connect. */
static bool handle_control(struct ward_client *c, struct bytes message)
{
	CLEANUP(buf_done) struct buf json, out;
	struct control_request q;
	struct control_answer a = {.result = CONTROL_DENIED};
	const struct ward_ops *ops = &c->ward->config.ops;
	buf_init(&json, PRODUCT_MESSAGE_MAX / 2);
	buf_init(&out, PRODUCT_MESSAGE_MAX);
	if (!control_request_decode(message, &q))
		return false;
	if (c->control)
		ops->control(ops->ctx, &q, &a, &json);
	buf_put_u16(&out, (uint16_t)q.kind);
	buf_put_u8(&out, (uint8_t)a.result);
	channel_put_text(&out, a.reason);
	buf_put(&out, buf_view(&json));
	return rc_ok(buf_check(&out, "answer", NULL)) &&
	       send(c->fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)out.len;
}

/* False if the client must go. */
static bool handle(struct ward_client *c, struct bytes message, struct now now)
{
	CLEANUP(buf_done_wiped) struct buf body, out;
	MEM_AUTO struct product_request *q = mem_alloc(sizeof *q);
	const struct policy_service *s = service_of(c->ward, c->uid);
	buf_init(&body, PRODUCT_MESSAGE_MAX - 3);
	buf_init(&out, PRODUCT_MESSAGE_MAX);
	if (control_request_is(message))
		return handle_control(c, message);
	if (!q || !product_request_decode(message, q))
		return false;
	enum answer a = s					? serve(c, s->id, q, now, &body)
			: c->control && q->kind == PRODUCT_BUSY ? be_busy(c, q, now)
								: SAY_REFUSED;
	mem_wipe(q, sizeof *q);
	buf_put_u16(&out, (uint16_t)(message.p[0] << 8 | message.p[1]));
	buf_put_u8(&out, (uint8_t)a);
	buf_put(&out, buf_view(&body));
	return rc_ok(buf_check(&out, "answer", NULL)) &&
	       send(c->fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)out.len;
}

static void on_client(void *ctx, uint32_t events, struct now now)
{
	struct ward_client *c = ctx;
	struct buf *in = &c->ward->message;
	(void)events;
	buf_reset(in);
	uint8_t *at = buf_room(in, PRODUCT_MESSAGE_MAX);
	/* MSG_TRUNC: the real length, so that a longer message is seen as such. */
	ssize_t n = at ? recv(c->fd, at, PRODUCT_MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC) : -1;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	bool good = n > 0 && n <= PRODUCT_MESSAGE_MAX;
	if (good)
		buf_grew(in, (size_t)n);
	if (!good || !handle(c, buf_view(in), now))
		end_client(c);
	mem_wipe(in->data, in->len);
}

/* Root, or a member of the update group, by the kernel's word. */
static bool may_control(const struct ward *w, int fd, const struct ucred *who)
{
	gid_t groups[PEER_GROUPS_MAX];
	socklen_t n = sizeof groups;
	gid_t wanted = (gid_t)w->config.control_gid;
	if (who->uid == 0)
		return true;
	if (wanted == 0)
		return false;
	if (who->gid == wanted)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) != 0) /* more groups than anybody needs: no */
		return false;
	for (size_t i = 0; i < n / sizeof groups[0]; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

static size_t connections_of(const struct ward *w, uint32_t uid)
{
	size_t n = 0;
	for (size_t i = 0; i < WARD_CLIENTS_MAX; i++)
		n += w->clients[i].fd >= 0 && w->clients[i].uid == uid;
	return n;
}

static void on_knock(void *ctx, uint32_t events, struct now now)
{
	struct ward *w = ctx;
	struct ucred who;
	socklen_t n = sizeof who;
	(void)events;
	(void)now;
	FD_AUTO int fd = accept4(w->product_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return;
	bool control = may_control(w, fd, &who);
	/* Before the policy is known nobody can be refused for good; requests are. */
	if ((w->policy && !control && !service_of(w, who.uid)) || connections_of(w, who.uid) >= WARD_CLIENTS_PER_USER)
		return;
	for (size_t i = 0; i < WARD_CLIENTS_MAX; i++) {
		struct ward_client *c = &w->clients[i];
		if (c->fd >= 0)
			continue;
		if (rc_failed(loop_watch_fd(w->config.loop, fd, EPOLLIN, on_client, c, &c->watch, NULL)))
			return;
		c->uid = who.uid;
		c->control = control;
		c->fd = fd;
		fd = -1;
		return;
	}
}

static rc bind_socket(int fd, const char *path, struct err *e)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	if (n >= sizeof at.sun_path)
		return err_set(e, ERR_LIMIT, "%s is too long for the path of a socket", path);
	memcpy(at.sun_path, path, n + 1);
	if (unlink(path) != 0 && errno != ENOENT)
		return err_errno(e, errno, "remove the old %s", path);
	if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || chmod(path, SOCKET_MODE) != 0 ||
	    listen(fd, LISTEN_BACKLOG) != 0)
		return err_errno(e, errno, "listen on %s", path);
	return RC_OK;
}

rc ward_product_listen(struct ward *w, struct err *e)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	rc r;
	if (rc_failed(r = file_path(dir, e, w->config.device_dir, "run")) ||
	    rc_failed(r = file_make_dir(dir, FOLDER_MODE, e)) || rc_failed(r = file_path(path, e, dir, "agent.sock")))
		return r;
	w->product_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (w->product_fd < 0)
		return err_errno(e, errno, "socket for the product's programs");
	r = bind_socket(w->product_fd, path, e);
	return rc_failed(r) ? r
			    : loop_watch_fd(w->config.loop, w->product_fd, EPOLLIN, on_knock, w, &w->product_watch, e);
}

void ward_product_policy(struct ward *w)
{
	for (size_t i = 0; i < WARD_CLIENTS_MAX; i++)
		if (w->clients[i].fd >= 0 && !w->clients[i].control && !service_of(w, w->clients[i].uid))
			end_client(&w->clients[i]);
}

size_t ward_inhibitors(const struct ward *w, struct update_inhibitor *ret, size_t max)
{
	int64_t now_ms = clock_now().mono.ms;
	size_t n = 0;
	for (size_t i = 0; i < WARD_CLIENTS_MAX && n < max; i++) {
		const struct ward_client *c = &w->clients[i];
		if (c->fd < 0 || !c->busy || c->busy_until_ms <= now_ms)
			continue;
		const struct policy_service *s = service_of(w, c->uid);
		struct update_inhibitor *to = &ret[n++];
		*to = (struct update_inhibitor){.left_s = (c->busy_until_ms - now_ms + 999) / 1000};
		(void)snprintf(to->who, sizeof to->who, "%s", s ? s->id : "hallmarkctl");
		(void)snprintf(to->why, sizeof to->why, "%s", c->why);
	}
	return n;
}

static bool more_careful(const struct ward_told *a, const struct ward_told *b)
{
	if (a->outside != b->outside)
		return !a->outside;
	if (a->percent_known != b->percent_known)
		return !a->percent_known;
	return a->percent < b->percent;
}

void ward_told(const struct ward *w, struct ward_told *ret)
{
	*ret = (struct ward_told){0};
	for (size_t i = 0; i < WARD_CLIENTS_MAX; i++) {
		const struct ward_told *t = &w->clients[i].told;
		if (w->clients[i].fd < 0)
			continue;
		ret->metered_known |= t->metered_known;
		ret->metered |= t->metered;
		if (!t->power_known || (ret->power_known && !more_careful(t, ret)))
			continue;
		ret->power_known = true;
		ret->outside = t->outside;
		ret->percent_known = t->percent_known;
		ret->percent = t->percent;
	}
}

void ward_product_close(struct ward *w)
{
	for (size_t i = 0; i < WARD_CLIENTS_MAX; i++)
		if (w->clients[i].fd >= 0)
			end_client(&w->clients[i]);
	if (w->product_watch)
		loop_remove(w->config.loop, w->product_watch);
	file_close(&w->product_fd);
}
