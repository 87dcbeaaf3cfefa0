/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of struct tls_context, for wire.c alone: what a connection needs to start. */
#ifndef HALLMARK_HOST_NET_TLS_CONTEXT_H
#define HALLMARK_HOST_NET_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "host/net/tls.h"
#include "host/net/tls_leaves.h"
#include "host/net/tls_remote_key.h"

struct tls_context {
	SSL_CTX *ctx;
	BIO_METHOD *socket;	       /* recv and send without SIGPIPE */
	struct tls_remote_key *remote; /* NULL: the key, if any, is here */
	struct tls_leaves *leaves;     /* a server that asks its peers; else NULL */
	bool server, any_peer, asks_peer;
	struct wall_time clock_floor;
};

#endif
