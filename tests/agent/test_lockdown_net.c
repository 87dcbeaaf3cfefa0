/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ruleset in a real kernel: two network namespaces and a veth between them, programs as their users. What is
 * declared passes, everything else does not, and a connection that is open when its flow is cut stops. Needs root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#include "core/model/lockdown.h"
#include "host/os/clock.h"
#include "host/os/nft.h"

#define DEVICE "10.211.77.1"
#define WORLD "10.211.77.2"
#define CAMERA 2001
#define NET 2003
#define LOCAL 2004
#define OTHER 2005
#define WAIT_MS 1200
#define CHILDREN_MAX 16

enum place { PLACE_HOME, PLACE_DEVICE, PLACE_WORLD };

/* An open conversation in another process: counts echoes until something fails. */
struct talk {
	volatile unsigned echoes;
	volatile int failed; /* errno; -1: closed by the peer */
};

static int ns[3] = {-1, -1, -1};
static pid_t children[CHILDREN_MAX];
static size_t children_n;

static bool enter(enum place p)
{
	return setns(ns[p], CLONE_NEWNET) == 0;
}

static struct sockaddr_in address(const char *host, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	(void)inet_pton(AF_INET, host, &a.sin_addr);
	return a;
}

/* 0 or errno. */
static int dial(const char *host, uint16_t port, int *ret_fd)
{
	struct sockaddr_in a = address(host, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), failed = 0;
	socklen_t n = sizeof failed;
	if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0 && errno != EINPROGRESS)
		return errno;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	if (poll(&p, 1, WAIT_MS) != 1)
		return ETIMEDOUT;
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &n);
	*ret_fd = fd;
	return failed;
}

static void serve(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (fork() == 0) {
			char b[64];
			ssize_t n;
			while ((n = recv(fd, b, sizeof b, 0)) > 0)
				(void)send(fd, b, (size_t)n, MSG_NOSIGNAL);
			_exit(0);
		}
		(void)close(fd);
	}
}

static void keep(pid_t pid)
{
	assert_true(children_n < CHILDREN_MAX);
	children[children_n++] = pid;
}

/* An echo server of this user; it is listening when this returns. */
static void start_server(enum place where, uid_t uid, uint16_t port)
{
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct sockaddr_in a = address("0.0.0.0", port);
		int one = 1;
		(void)setpgid(0, 0);
		(void)signal(SIGCHLD, SIG_IGN);
		/* The owner's page listens on a socket that root made; the others make their own. */
		if (!enter(where) || (uid != LOCAL && setuid(uid) != 0))
			_exit(1);
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 8) != 0 || setuid(uid) != 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		serve(fd);
	}
	char x;
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &x, 1), 1);
	(void)close(ready[0]);
	keep(pid);
}

/* errno of a fresh connection that also carries a byte both ways; 0: it works. */
static int try_from(enum place where, uid_t uid, const char *host, uint16_t port)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		int fd = -1;
		char b;
		if (!enter(where) || (uid && setuid(uid) != 0))
			_exit(255);
		int failed = dial(host, port, &fd);
		if (failed)
			_exit(failed);
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (send(fd, "?", 1, MSG_NOSIGNAL) != 1)
			_exit(errno);
		_exit(poll(&p, 1, WAIT_MS) == 1 && recv(fd, &b, 1, 0) == 1 ? 0 : EIO);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static struct talk *start_talk(enum place where, uid_t uid, const char *host, uint16_t port)
{
	struct talk *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(t, MAP_FAILED);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = -1;
		char b;
		(void)setpgid(0, 0);
		if (!enter(where) || setuid(uid) != 0 || dial(host, port, &fd) != 0)
			_exit(1);
		for (;;) {
			struct pollfd p = {.fd = fd, .events = POLLIN};
			(void)usleep(50000);
			ssize_t n = send(fd, "?", 1, MSG_NOSIGNAL);
			if (n == 1 && poll(&p, 1, WAIT_MS) != 1)
				continue; /* no answer; try on, as a program would */
			n = n == 1 ? recv(fd, &b, 1, 0) : n;
			if (n != 1) {
				t->failed = n == 0 ? -1 : errno;
				_exit(0);
			}
			t->echoes++;
		}
	}
	keep(pid);
	for (int i = 0; i < 60 && t->echoes < 3; i++)
		(void)usleep(50000);
	assert_true(t->echoes >= 3);
	return t;
}

static void apply(enum lockdown_mode mode)
{
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	struct policy_service service = {.id = "camera", .exec = "x", .user = CAMERA};
	struct policy_flow flow = {.service = "camera", .host = WORLD, .proto = POLICY_TCP, .port = 7000};
	struct policy_listener listener = {.service = "camera", .proto = POLICY_TCP, .port = 8443};
	struct policy p = {.services = &service,
			   .services_n = 1,
			   .flows = &flow,
			   .flows_n = 1,
			   .listeners = &listener,
			   .listeners_n = 1};
	struct lockdown_agent agent = {NET, WORLD, 8000, LOCAL, 9443};
	struct lockdown_input in;
	buf_init(&text, LOCKDOWN_TEXT_MAX);
	check_ok(lockdown_from_policy(&p, mode, &agent, &in, &e));
	check_ok(lockdown_render(&in, &text, &e));
	assert_true(enter(PLACE_DEVICE));
	check_ok(nft_apply(buf_view(&text), &e));
	assert_true(enter(PLACE_HOME));
}

PRINTF_LIKE(1, 2) static void run(const char *fmt, ...)
{
	char line[256];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (system(line) != 0)
		fail_msg("%s", line);
}

static void name_ns(char out[32], enum place p)
{
	(void)snprintf(out, 32, "hmlock%d%c", (int)getpid(), p == PLACE_DEVICE ? 'd' : 'w');
}

static int set_up(void **state)
{
	(void)state;
	char d[32], w[32], path[64];
	name_ns(d, PLACE_DEVICE);
	name_ns(w, PLACE_WORLD);
	run("ip netns add %s && ip netns add %s", d, w);
	run("ip -n %s link add veth0 type veth peer name veth1 netns %s", d, w);
	run("ip -n %s addr add " DEVICE "/24 dev veth0 && ip -n %s link set veth0 up && ip -n %s link set lo up", d, d,
	    d);
	run("ip -n %s addr add " WORLD "/24 dev veth1 && ip -n %s link set veth1 up && ip -n %s link set lo up", w, w,
	    w);
	ns[PLACE_HOME] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/run/netns/%s", d);
	ns[PLACE_DEVICE] = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof path, "/run/netns/%s", w);
	ns[PLACE_WORLD] = open(path, O_RDONLY | O_CLOEXEC);
	start_server(PLACE_WORLD, OTHER, 7000);
	start_server(PLACE_WORLD, OTHER, 7001);
	start_server(PLACE_WORLD, OTHER, 8000);
	start_server(PLACE_DEVICE, CAMERA, 8443);
	start_server(PLACE_DEVICE, LOCAL, 9443);
	start_server(PLACE_DEVICE, CAMERA, 5555);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	char name[32];
	for (size_t i = 0; i < children_n; i++) {
		(void)kill(-children[i], SIGKILL); /* its own group: the server and its connections */
		(void)waitpid(children[i], NULL, 0);
	}
	children_n = 0;
	for (size_t i = 0; i < 3; i++)
		(void)close(ns[i]);
	name_ns(name, PLACE_DEVICE);
	run("ip netns del %s", name);
	name_ns(name, PLACE_WORLD);
	run("ip netns del %s", name);
	return 0;
}

static void test_flows(void **state)
{
	(void)state;
	/* The test can fail: without rules everything passes. */
	assert_int_equal(try_from(PLACE_DEVICE, OTHER, WORLD, 7001), 0);
	assert_int_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 5555), 0);
	apply(LOCKDOWN_NORMAL);
	assert_int_equal(try_from(PLACE_DEVICE, CAMERA, WORLD, 7000), 0);
	assert_int_equal(try_from(PLACE_DEVICE, NET, WORLD, 8000), 0);
	assert_int_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 8443), 0);
	assert_int_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 9443), 0);
	assert_int_equal(try_from(PLACE_DEVICE, OTHER, "127.0.0.1", 5555), 0); /* within the device */
	assert_int_not_equal(try_from(PLACE_DEVICE, CAMERA, WORLD, 7001), 0);  /* other port */
	assert_int_not_equal(try_from(PLACE_DEVICE, CAMERA, WORLD, 8000), 0);  /* the agent's flow */
	assert_int_not_equal(try_from(PLACE_DEVICE, NET, WORLD, 7000), 0);     /* the camera's flow */
	assert_int_not_equal(try_from(PLACE_DEVICE, OTHER, WORLD, 7000), 0);   /* nobody's program */
	assert_int_not_equal(try_from(PLACE_DEVICE, 0, WORLD, 7000), 0);       /* not even root's */
	assert_int_not_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 5555), 0);   /* undeclared listener */
	/* Somebody else behind the camera's port gets no word out. */
	assert_int_equal(kill(-children[3], SIGKILL), 0);
	(void)usleep(100000);
	start_server(PLACE_DEVICE, OTHER, 8443);
	assert_int_not_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 8443), 0);
	/* Refused at once, not by silence: a program learns why it gets nowhere. */
	assert_int_equal(try_from(PLACE_DEVICE, CAMERA, WORLD, 7001), ECONNREFUSED);
}

static void test_cut(void **state)
{
	(void)state;
	apply(LOCKDOWN_NORMAL);
	struct talk *relay = start_talk(PLACE_DEVICE, CAMERA, WORLD, 7000);
	struct talk *service = start_talk(PLACE_DEVICE, NET, WORLD, 8000);
	struct talk *picture = start_talk(PLACE_WORLD, OTHER, DEVICE, 8443);
	struct talk *page = start_talk(PLACE_WORLD, OTHER, DEVICE, 9443);
	apply(LOCKDOWN_ISOLATED);
	(void)usleep(500000);
	unsigned relay_was = relay->echoes, picture_was = picture->echoes, service_was = service->echoes,
		 page_was = page->echoes;
	(void)usleep(1500000);
	assert_int_equal(relay->echoes, relay_was); /* open connections of cut flows stop */
	assert_int_equal(picture->echoes, picture_was);
	assert_int_not_equal(relay->failed, 0);		/* and the program is told */
	assert_true(service->echoes > service_was + 5); /* the others do not even notice */
	assert_true(page->echoes > page_was + 5);
	assert_int_not_equal(try_from(PLACE_DEVICE, CAMERA, WORLD, 7000), 0);
	assert_int_not_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 8443), 0);
	assert_int_equal(try_from(PLACE_DEVICE, NET, WORLD, 8000), 0);
	assert_int_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 9443), 0);
	apply(LOCKDOWN_NORMAL); /* recovered */
	assert_int_equal(try_from(PLACE_DEVICE, CAMERA, WORLD, 7000), 0);
	assert_int_equal(try_from(PLACE_WORLD, OTHER, DEVICE, 8443), 0);
}

/* Loopback is no way around the isolation: another program of the device may have a flow, or a hole. */
static void test_loopback(void **state)
{
	(void)state;
	apply(LOCKDOWN_NORMAL);
	struct talk *camera = start_talk(PLACE_DEVICE, CAMERA, "127.0.0.1", 5555);
	struct talk *probe = start_talk(PLACE_DEVICE, NET, "127.0.0.1", 5555);
	apply(LOCKDOWN_ISOLATED);
	(void)usleep(500000);
	unsigned camera_was = camera->echoes, probe_was = probe->echoes;
	(void)usleep(1000000);
	assert_int_equal(camera->echoes, camera_was);
	assert_int_not_equal(camera->failed, 0);
	assert_true(probe->echoes > probe_was + 5);
	assert_int_equal(try_from(PLACE_DEVICE, CAMERA, "127.0.0.1", 5555), ECONNREFUSED);
	assert_int_equal(try_from(PLACE_DEVICE, CAMERA, DEVICE, 5555), ECONNREFUSED); /* the same way, other name */
	assert_int_equal(try_from(PLACE_DEVICE, CAMERA, "127.0.0.1", 9443), ECONNREFUSED);
	assert_int_equal(try_from(PLACE_DEVICE, OTHER, "127.0.0.1", 8443), ECONNREFUSED);
	assert_int_equal(try_from(PLACE_DEVICE, NET, "127.0.0.1", 8443), 0); /* the agent's health check */
	apply(LOCKDOWN_NORMAL);
	assert_int_equal(try_from(PLACE_DEVICE, CAMERA, "127.0.0.1", 5555), 0);
}

static void test_counted(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	buf_init(&text, NFT_TEXT_MAX);
	apply(LOCKDOWN_NORMAL);
	(void)try_from(PLACE_DEVICE, OTHER, WORLD, 7000);
	assert_true(enter(PLACE_DEVICE));
	rc r = nft_list("hallmark", &text, &e);
	assert_true(enter(PLACE_HOME));
	check_ok(r);
	const char *out = strstr(buf_text(&text), "counter refused_out");
	assert_non_null(out);
	assert_null(strstr(out, "packets 0 bytes 0\n"));
}

/* All or nothing: a text that is wrong at its end leaves the old rules. */
static void test_atomic(void **state)
{
	(void)state;
	struct err e = {0};
	apply(LOCKDOWN_ISOLATED);
	assert_true(enter(PLACE_DEVICE));
	rc r = nft_apply(bytes_of_text("delete table inet hallmark\nadd rule inet nowhere input accept\n"), &e);
	assert_true(enter(PLACE_HOME));
	assert_true(rc_failed(r));
	assert_int_not_equal(try_from(PLACE_DEVICE, CAMERA, WORLD, 7000), 0);
}

static void test_denied(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct err e = {0};
		rc r = enter(PLACE_DEVICE) && setuid(OTHER) == 0 ? nft_apply(bytes_of_text("add table inet x\n"), &e)
								 : RC_OK;
		_exit(r.code == ERR_DENIED && e.hint[0] ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

#define net_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		net_test(test_flows),	net_test(test_cut),    net_test(test_loopback),
		net_test(test_counted), net_test(test_atomic), net_test(test_denied),
	};
	if (geteuid() != 0 || system("ip netns list >/dev/null 2>&1") != 0) {
		(void)printf("1..0 # SKIP needs root and iproute2: makes network namespaces\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
