/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product's side of run/agent.sock (core/model/product_wire.h): one request, one answer, a deadline for both. Runs
 * inside the maker's programs, so it needs the C library only, prints nothing, and changes no signal or global.
 */
#include "libhallmark/hallmark.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/model/product_wire.h"
#include "core/base/banned.h"

#define HEAD_SIZE 3 /* of an answer: kind, result */

struct hallmark {
	int fd;
	struct sockaddr_un at;
	size_t n; /* bytes of the request so far */
	uint8_t message[PRODUCT_MESSAGE_MAX];
};

_Static_assert(HALLMARK_RECORD_MAX == PRODUCT_RECORD_MAX, "the header and the wire agree");
_Static_assert(HALLMARK_TEXT_MAX == PRODUCT_TEXT_MAX, "the header and the wire agree");
_Static_assert(HALLMARK_WHY_MAX == PRODUCT_WHY_MAX, "the header and the wire agree");
_Static_assert(HALLMARK_PASSWORD_MAX == PRODUCT_PASSWORD_MAX, "the header and the wire agree");

const char *hallmark_result_name(enum hallmark_result r)
{
	static const char *const names[] = {"ok",   "wrong password", "too many tries",	 "no such record",
					    "full", "refused",	      "agent not there", "failed"};
	return (unsigned)r < sizeof names / sizeof names[0] ? names[r] : "?";
}

struct hallmark *hallmark_open(const char *path)
{
	struct hallmark *h = calloc(1, sizeof *h);
	if (!h)
		return NULL;
	if (!path)
		path = getenv("HALLMARK_SOCKET");
	if (!path || !*path)
		path = HALLMARK_SOCKET_DEFAULT;
	h->fd = -1;
	h->at.sun_family = AF_UNIX;
	size_t n = strlen(path);
	if (n < sizeof h->at.sun_path) /* a longer one stays empty: every call says HALLMARK_LOST */
		memcpy(h->at.sun_path, path, n + 1);
	return h;
}

static enum hallmark_result lost(struct hallmark *h)
{
	if (h->fd >= 0)
		(void)close(h->fd);
	h->fd = -1;
	return HALLMARK_LOST;
}

void hallmark_close(struct hallmark *h)
{
	if (!h)
		return;
	(void)lost(h);
	explicit_bzero(h->message, sizeof h->message);
	free(h);
}

static int connect_agent(struct hallmark *h)
{
	if (h->fd >= 0)
		return 0;
	if (!h->at.sun_path[0])
		return -1;
	h->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->fd < 0)
		return -1;
	return connect(h->fd, (const struct sockaddr *)&h->at, sizeof h->at);
}

static int64_t now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Ready within the deadline? */
static bool wait_for(const struct hallmark *h, short events, int64_t end_ms)
{
	for (;;) {
		int64_t left = end_ms - now_ms();
		struct pollfd p = {.fd = h->fd, .events = events};
		int n = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

static void put_u16(struct hallmark *h, size_t v)
{
	h->message[h->n++] = (uint8_t)(v >> 8);
	h->message[h->n++] = (uint8_t)v;
}

/* The limits of the parts, checked before, add up to less than a message. */
static void put_text(struct hallmark *h, const char *text, size_t n)
{
	put_u16(h, n);
	memcpy(h->message + h->n, text, n);
	h->n += n;
}

/* At most so many bytes, whole characters: the agent refuses half ones. */
static size_t cut(const char *text, size_t max)
{
	size_t n = strlen(text);
	if (n <= max)
		return n;
	for (n = max; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

static void begin(struct hallmark *h, enum product_kind kind)
{
	h->n = 0;
	put_u16(h, (size_t)kind);
}

/* Send the request and receive the answer into `message`; *ret_n counts what follows its head. */
static enum hallmark_result ask(struct hallmark *h, size_t *ret_n)
{
	int64_t end_ms = now_ms() + HALLMARK_WAIT_MS;
	uint8_t kind[2] = {h->message[0], h->message[1]};
	*ret_n = 0;
	if (connect_agent(h) != 0 || !wait_for(h, POLLOUT, end_ms) ||
	    send(h->fd, h->message, h->n, MSG_NOSIGNAL) != (ssize_t)h->n)
		return lost(h);
	explicit_bzero(h->message, h->n); /* it may have held a password */
	if (!wait_for(h, POLLIN, end_ms))
		return lost(h); /* a late answer must not be taken for the next one's */
	ssize_t n = recv(h->fd, h->message, sizeof h->message, 0);
	if (n < HEAD_SIZE || memcmp(h->message, kind, sizeof kind) != 0 || h->message[2] > HALLMARK_FAILED)
		return lost(h);
	*ret_n = (size_t)n - HEAD_SIZE;
	return (enum hallmark_result)h->message[2];
}

static enum hallmark_result ask_plain(struct hallmark *h)
{
	size_t n;
	return ask(h, &n);
}

enum hallmark_result hallmark_health(struct hallmark *h, bool ok, const char *text)
{
	begin(h, PRODUCT_HEALTH);
	h->message[h->n++] = ok;
	put_text(h, text ? text : "", text ? cut(text, HALLMARK_TEXT_MAX) : 0);
	return ask_plain(h);
}

static enum hallmark_result say_busy(struct hallmark *h, bool busy, const char *why, unsigned seconds)
{
	begin(h, PRODUCT_BUSY);
	h->message[h->n++] = busy;
	put_u16(h, seconds >> 16);
	put_u16(h, seconds & 0xffff);
	put_text(h, why, cut(why, HALLMARK_WHY_MAX));
	return ask_plain(h);
}

enum hallmark_result hallmark_busy(struct hallmark *h, bool busy)
{
	return say_busy(h, busy, "", 0);
}

enum hallmark_result hallmark_inhibit(struct hallmark *h, const char *why, unsigned seconds)
{
	if (seconds == 0 || seconds > PRODUCT_BUSY_MAX_S)
		return HALLMARK_REFUSED;
	return say_busy(h, true, why, seconds);
}

enum hallmark_result hallmark_metered(struct hallmark *h, bool metered)
{
	begin(h, PRODUCT_METERED);
	h->message[h->n++] = metered;
	return ask_plain(h);
}

enum hallmark_result hallmark_power(struct hallmark *h, int percent, bool external)
{
	if (percent > 100)
		return HALLMARK_REFUSED;
	begin(h, PRODUCT_POWER);
	h->message[h->n++] = percent < 0 ? PRODUCT_POWER_UNKNOWN : (uint8_t)percent;
	h->message[h->n++] = external;
	return ask_plain(h);
}

enum hallmark_result hallmark_store(struct hallmark *h, const char *name, const void *data, size_t size)
{
	size_t n = strlen(name);
	if (n > HALLMARK_NAME_MAX || size > HALLMARK_RECORD_MAX)
		return HALLMARK_REFUSED;
	begin(h, PRODUCT_STORE);
	put_text(h, name, n);
	if (size)
		memcpy(h->message + h->n, data, size);
	h->n += size;
	return ask_plain(h);
}

static bool begin_name(struct hallmark *h, enum product_kind kind, const char *name)
{
	size_t n = strlen(name);
	if (n > HALLMARK_NAME_MAX)
		return false;
	begin(h, kind);
	put_text(h, name, n);
	return true;
}

enum hallmark_result hallmark_read(struct hallmark *h, const char *name, void *out, size_t size, size_t *ret_n)
{
	size_t n;
	if (!begin_name(h, PRODUCT_READ, name))
		return HALLMARK_REFUSED;
	enum hallmark_result r = ask(h, &n);
	if (r != HALLMARK_OK)
		return r;
	*ret_n = n;
	if (n && size)
		memcpy(out, h->message + HEAD_SIZE, n < size ? n : size);
	explicit_bzero(h->message, HEAD_SIZE + n);
	return n <= size ? HALLMARK_OK : HALLMARK_FULL;
}

enum hallmark_result hallmark_remove(struct hallmark *h, const char *name)
{
	return begin_name(h, PRODUCT_REMOVE, name) ? ask_plain(h) : HALLMARK_REFUSED;
}

enum hallmark_result hallmark_check_password(struct hallmark *h, const char *from, const char *password,
					     unsigned *ret_wait_s)
{
	size_t from_n = strlen(from), n = strlen(password), got;
	if (from_n > PRODUCT_FROM_MAX || n > HALLMARK_PASSWORD_MAX)
		return HALLMARK_WRONG;
	begin(h, PRODUCT_CHECK);
	put_text(h, from, from_n);
	put_text(h, password, n);
	enum hallmark_result r = ask(h, &got);
	const uint8_t *at = h->message + HEAD_SIZE;
	if (r == HALLMARK_WAIT && ret_wait_s)
		*ret_wait_s =
			got >= 4 ? (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3] : 1;
	return r;
}
