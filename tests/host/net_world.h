/* SPDX-License-Identifier: Apache-2.0 */
/* What the network tests share: a small PKI with good and bad certificates, and a real server in a forked child. */
#ifndef HALLMARK_TESTS_HOST_NET_WORLD_H
#define HALLMARK_TESTS_HOST_NET_WORLD_H

#include <sys/types.h>

#include "core/crypto/cert.h"
#include "host/net/http_client.h"
#include "host/net/http_server.h"

/* One certificate with its key. */
struct net_id {
	struct privkey key;
	struct buf pem;
};

enum net_who {
	NET_CA,
	NET_SERVER,	      /* for 127.0.0.1 and localhost */
	NET_SERVER_ELSEWHERE, /* for other.example */
	NET_SERVER_NO_NAMES,  /* CN localhost, no subjectAltName */
	NET_SERVER_EXPIRED,
	NET_CLIENT, /* CN cam-1 */
	NET_CLIENT_EXPIRED,
	NET_CLIENT_NOT_YET,
	NET_CLIENT_NO_USE, /* signed by the CA, without extended key usage */
	NET_OTHER_CA,
	NET_OTHER_SERVER,
	NET_OTHER_CLIENT,
	NET_IDS
};

struct net_world {
	struct net_id id[NET_IDS];
};

void net_world_make(struct net_world *w);
void net_world_done(struct net_world *w);

/* How the server's child is set up. Zero means: plain, defaults. */
struct net_server_opts {
	bool tls, ask_client;
	enum net_who server; /* 0 with tls: NET_SERVER */
	tls_sign_fn *sign;   /* instead of the key */
	void *sign_ctx;
	size_t body_max, connections_max, address_max;
	int64_t handshake_ms, head_ms, body_ms, idle_ms;
	const char *address; /* NULL: 127.0.0.1 */
	/* "/held" waits for the settlement, which takes so long; "/held-lost" makes it fail; "/settles" counts them. */
	int settle_ms;
	bool no_settle;
};

struct net_server {
	pid_t pid;
	uint16_t port;
	int stop_fd; /* closing it ends the child */
};

/* Big enough that no socket buffer holds it. */
#define NET_BIG_BYTES (3 * 1024 * 1024)
#define NET_FILE_BYTES 200000

void net_server_start(const struct net_world *w, const struct net_server_opts *o, struct net_server *ret);
/* The child must end by itself, cleanly: its exit status (0), with any leak or sanitizer report in it. */
void net_server_stop(struct net_server *s);

/* Byte i of the test file and of /big. */
static inline uint8_t net_pattern(uint64_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

/* A client context that shows `who` (NET_CA: no certificate) and trusts the CA `ca`. */
struct tls_context *net_client_tls(const struct net_world *w, enum net_who who, enum net_who ca);
rc net_open(struct tls_context *tls, const char *host, uint16_t port, struct http_client **ret, struct err *e);
/* GET with a short deadline. */
rc net_get(struct http_client *c, const char *path, struct http_answer *ret, struct err *e);

/* A raw socket to the server; everything it sends until it closes, at most `ms`. */
int net_raw_connect(uint16_t port);
void net_raw_send(int fd, const char *text);
/* False: still open after `ms`. */
bool net_raw_drain(int fd, int ms, struct buf *out);

#endif
