/* SPDX-License-Identifier: Apache-2.0 */
/* The parent of the service: binds the sockets, starts the roles, starts them again when they die, stops them. */
#ifndef HALLMARK_FLEET_ROLES_SERVICE_H
#define HALLMARK_FLEET_ROLES_SERVICE_H

#include <stdint.h>

#include "core/base/err.h"

struct service_config {
	const char *data, *repo;
	const char *timestamp_key;		     /* "" = timestamps are signed by the maker alone */
	const char *tls_cert, *tls_key, *factory_ca; /* device API */
	const char *page_cert, *page_key;	     /* public and operator pages; "" = plain HTTP */
	const char *compiled;			     /* folder of `hallmark compile`, "" = none */
	const char *device_listen, *public_listen,
		*operator_listen; /* IP:PORT, [IP]:PORT or unix:/path; port 0 picks */
	uint32_t checkin_s;
};

/* Prints one line for each address that it listens on, then runs until SIGTERM or SIGINT. */
rc service_run(const struct service_config *c, struct err *e) MUST_CHECK;

/* "127.0.0.1:80", "[::1]:80" -> address and port. For tests. */
bool service_address(const char *text, char ret_address[64], uint16_t *ret_port);

#endif
