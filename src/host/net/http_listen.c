/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: numeric addresses only (a name could mean another interface tomorrow), or a Unix path. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/net/http_server.h"
#include "host/os/file.h"
#include "core/base/banned.h"

#define BACKLOG 512
#define UNIX_PREFIX "unix:"

static int new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Remove a socket that nobody listens on any more; anything else stays. */
static void remove_stale(const struct sockaddr_un *at)
{
	struct stat st;
	FD_AUTO int fd = -1;
	if (lstat(at->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = new_socket(AF_UNIX);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 && errno == ECONNREFUSED)
		(void)unlink(at->sun_path);
}

static rc listen_unix(const char *path, int *ret_fd, struct err *e)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof at.sun_path)
		return err_set(e, ERR_LIMIT, "listen: socket path longer than %zu", sizeof at.sun_path - 1);
	memcpy(at.sun_path, path, strlen(path));
	remove_stale(&at);
	FD_AUTO int fd = new_socket(AF_UNIX);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, BACKLOG) != 0)
		return err_errno(e, errno, "listen on %s", path);
	*ret_fd = fd;
	fd = -1;
	return RC_OK;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage at = {0};
	socklen_t n = sizeof at;
	uint16_t port = 0;
	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return 0;
	/* Both families keep the port in the same place. */
	memcpy(&port, (const uint8_t *)&at + offsetof(struct sockaddr_in, sin_port), sizeof port);
	return ntohs(port);
}

static bool any_address(const struct sockaddr *at)
{
	struct sockaddr_in6 in6;
	memcpy(&in6, at, sizeof in6);
	return IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
}

static int open_at(const struct addrinfo *at)
{
	int yes = 1;
	/* "::" stands for every address of the machine, the older family's too; any other address for itself alone. */
	int v6_only = at->ai_family == AF_INET6 && !any_address(at->ai_addr);
	int fd = new_socket(at->ai_family);
	if (fd < 0)
		return -1;
	bool ready = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0;
	if (at->ai_family == AF_INET6)
		ready = ready && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0;
	if (ready && bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

rc http_listen(const char *address, uint16_t port, int *ret_fd, uint16_t *ret_port, struct err *e)
{
	if (strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0) {
		rc r = listen_unix(address + strlen(UNIX_PREFIX), ret_fd, e);
		if (rc_ok(r) && ret_port)
			*ret_port = 0;
		return r;
	}
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *at = NULL;
	char service[8];
	(void)snprintf(service, sizeof service, "%u", port);
	if (getaddrinfo(address, service, &hints, &at) != 0 || !at) {
		(void)err_set(e, ERR_INPUT, "listen: '%s' is not a numeric address", address);
		return err_hint(e, "use 0.0.0.0, ::, 127.0.0.1 or unix:/path");
	}
	int fd = open_at(at);
	int saved = errno;
	freeaddrinfo(at);
	if (fd < 0)
		return err_errno(e, saved, "listen on %s port %u", address, port);
	*ret_fd = fd;
	if (ret_port)
		*ret_port = port_of(fd);
	return RC_OK;
}
