/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe "ports": which TCP ports of the target accept a connection (EN303645 5.6-1, 5.5-5, 5.6-5). A plain connect,
 * many at a time, at a limited rate. Open, closed (the host says so), refused by a filter, and silent are told apart:
 * silence of the whole host means that nothing was learned. It does not say what is declared; the judge knows.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "assess/net_dial.h"
#include "assess/probe_all.h"
#include "core/base/mem.h"
#include "host/os/clock.h"
#include "core/base/banned.h"

#define AT_ONCE_MAX 2048
#define OPEN_MAX 256 /* open ports noted one by one */

enum answer { CLOSED, OPEN, FILTERED, SILENT, NOT_LOOKED, ANSWER_COUNT };

struct attempt {
	int64_t until_ms;
	uint16_t port;
};

struct scan {
	struct net_dial_address to;
	uint32_t next, last; /* next port to try */
	uint32_t rate;
	int64_t started_ms;
	uint32_t begun;
	struct pollfd fds[AT_ONCE_MAX];
	struct attempt tries[AT_ONCE_MAX];
	size_t n, most;
	uint8_t answers[65536]; /* enum answer */
	uint32_t count[ANSWER_COUNT];
};

static void settle(struct scan *s, uint16_t port, enum answer a)
{
	s->answers[port] = (uint8_t)a;
	s->count[a]++;
}

/* On loopback a socket can meet itself: source port = destination port. That is nobody listening. */
static bool met_itself(int fd, uint16_t port)
{
	struct sockaddr_storage own = {0};
	socklen_t n = sizeof own;
	if (getsockname(fd, (struct sockaddr *)&own, &n) != 0)
		return false;
	// NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): getsockname filled it
	in_port_t own_port = own.ss_family == AF_INET ? ((struct sockaddr_in *)&own)->sin_port
						      : ((struct sockaddr_in6 *)&own)->sin6_port;
	return ntohs(own_port) == port;
}

static enum answer answer_of(int errnum)
{
	switch (errnum) {
	case 0:
		return OPEN;
	case ECONNREFUSED:
	case ECONNRESET:
		return CLOSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EACCES:
	case EPERM:
	case ENOPROTOOPT:
		return FILTERED;
	case ETIMEDOUT:
		return SILENT;
	default:
		return NOT_LOOKED;
	}
}

static void close_hard(int fd)
{
	/* Reset instead of a lingering close: tens of thousands of sockets would wait for nothing. */
	const struct linger now = {.l_onoff = 1, .l_linger = 0};
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	(void)close(fd);
}

static void begin(struct scan *s, uint16_t port, int64_t now_ms)
{
	int fd = socket(s->to.at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		settle(s, port, NOT_LOOKED);
		return;
	}
	net_dial_set_port(&s->to, port);
	int failed = connect(fd, (const struct sockaddr *)&s->to.at, s->to.len) == 0 ? 0 : errno;
	if (failed == EINPROGRESS) {
		s->fds[s->n] = (struct pollfd){.fd = fd, .events = POLLOUT};
		s->tries[s->n++] = (struct attempt){now_ms + PROBE_PORT_ANSWER_MS, port};
		return;
	}
	enum answer a = answer_of(failed);
	settle(s, port, a == OPEN && met_itself(fd, port) ? CLOSED : a);
	close_hard(fd);
}

/* Look at one attempt; true when it is over. */
static bool finish(struct scan *s, size_t i, int64_t now_ms)
{
	int fd = s->fds[i].fd;
	uint16_t port = s->tries[i].port;
	if (s->fds[i].revents) {
		int why = 0;
		socklen_t n = sizeof why;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n) != 0)
			why = EIO;
		enum answer a = answer_of(why);
		settle(s, port, a == OPEN && met_itself(fd, port) ? CLOSED : a);
	} else if (now_ms >= s->tries[i].until_ms) {
		settle(s, port, SILENT);
	} else {
		return false;
	}
	close_hard(fd);
	return true;
}

static void turn(struct scan *s)
{
	int64_t now_ms = clock_now().mono.ms;
	uint64_t allowed = (uint64_t)(now_ms - s->started_ms + 10) * s->rate / 1000;
	while (s->next <= s->last && s->n < s->most && s->begun < allowed) {
		begin(s, (uint16_t)s->next++, now_ms);
		s->begun++;
	}
	(void)poll(s->fds, s->n, 5);
	now_ms = clock_now().mono.ms;
	for (size_t i = 0; i < s->n;) {
		if (!finish(s, i, now_ms)) {
			i++;
			continue;
		}
		s->n--;
		s->fds[i] = s->fds[s->n];
		s->tries[i] = s->tries[s->n];
	}
}

static size_t descriptors_to_use(void)
{
	struct rlimit l = {0};
	/* Silent ports are waited for side by side: the soft limit (often 1024) may rise to the hard one. */
	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < AT_ONCE_MAX + 64) {
		l.rlim_cur = l.rlim_max < AT_ONCE_MAX + 64 ? l.rlim_max : AT_ONCE_MAX + 64;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur < 128)
		return 32;
	return l.rlim_cur - 64 < AT_ONCE_MAX ? (size_t)l.rlim_cur - 64 : AT_ONCE_MAX;
}

static void note_port(struct probe_run *r, const struct scan *s, uint16_t port)
{
	static const struct {
		enum fact_state state;
		const char *value, *evidence;
	} words[ANSWER_COUNT] = {
		[CLOSED] = {FACT_ABSENT, "closed", "the host answered that nobody listens"},
		[OPEN] = {FACT_SEEN, "open", "a TCP connection was accepted"},
		[FILTERED] = {FACT_REFUSED, "filtered",
			      "a filter on the way answered that it does not let this through"},
		[SILENT] = {FACT_UNREACHABLE, "silent", "no answer within 400 ms"},
		[NOT_LOOKED] = {FACT_ERROR, "not looked at", "the attempt broke on this side"},
	};
	char id[FACT_ID_SIZE], what[64];
	(void)snprintf(id, sizeof id, "ports.tcp.%u", port);
	(void)snprintf(what, sizeof what, "TCP port %u", port);
	size_t a = s->answers[port];
	probe_note(r, &(struct probe_note){id, what, NULL, words[a].value, words[a].state}, "%s", words[a].evidence);
}

static void note_all(struct probe_run *r, const struct scan *s)
{
	const struct scope *sc = r->scope;
	unsigned noted = 0;
	char value[160];
	(void)snprintf(value, sizeof value, "tcp %u-%u: %u open, %u closed, %u filtered, %u silent", sc->port_from,
		       sc->port_to, s->count[OPEN], s->count[CLOSED], s->count[FILTERED], s->count[SILENT]);
	bool heard = s->count[OPEN] + s->count[CLOSED] > 0;
	enum fact_state state = s->count[NOT_LOOKED] ? FACT_ERROR : heard ? FACT_SEEN : FACT_UNREACHABLE;
	probe_note(r, &(struct probe_note){"ports.scan", "TCP ports in the range", NULL, value, state},
		   s->count[NOT_LOOKED] ? "%u ports could not be looked at" : "%u attempts, at most %u per second",
		   s->count[NOT_LOOKED] ? s->count[NOT_LOOKED] : s->begun, sc->rate);
	for (uint32_t p = sc->port_from; p <= sc->port_to; p++)
		if ((s->answers[p] == OPEN && noted++ < OPEN_MAX) ||
		    (s->answers[p] != OPEN && subject_declares(sc->subject, false, (uint16_t)p)))
			note_port(r, s, (uint16_t)p);
	char many[16];
	(void)snprintf(many, sizeof many, "%u", s->count[OPEN]);
	probe_note(r, &(struct probe_note){"ports.open-count", "number of open TCP ports", NULL, many, state}, "%s",
		   noted > OPEN_MAX ? "only the first 256 are listed one by one" : "each is listed one by one");
}

static void run(struct probe_run *r)
{
	struct err e = {0};
	MEM_AUTO struct scan *s = mem_alloc(sizeof *s);
	rc resolved = s ? net_dial_resolve(r->scope->target, &s->to, &e)
			: err_set(&e, ERR_MEMORY, "no memory for a port scan");
	if (rc_failed(resolved)) {
		probe_note(r,
			   &(struct probe_note){.id = "ports.scan",
						.what = "TCP ports in the range",
						.state = probe_state_of(resolved)},
			   "%s", e.text);
		return;
	}
	s->next = r->scope->port_from;
	s->last = r->scope->port_to;
	s->rate = r->scope->rate;
	s->most = descriptors_to_use();
	s->started_ms = clock_now().mono.ms;
	int64_t told_ms = s->started_ms;
	while (s->next <= s->last || s->n) {
		turn(s);
		if (clock_now().mono.ms - told_ms < 1000)
			continue;
		char text[64];
		told_ms = clock_now().mono.ms;
		(void)snprintf(text, sizeof text, "port %u of %u, %u open", s->next - 1, s->last, s->count[OPEN]);
		probe_progress(r, text);
	}
	note_all(r, s);
}

const struct probe probe_ports = {
	.name = "ports",
	.what = "which TCP ports accept a connection",
	.needs = "--target",
	.run = run,
};
