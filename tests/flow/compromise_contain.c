/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine as seen from inside a captured role. An attempt is refused only by EPERM or EACCES: anything else, "no
 * such file" included, proves nothing and is told as such. What the role needs for its work is tried too.
 */
#include "compromise_role.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/units.h"

static const struct compromise *me;

static bool is_me(const char *roles)
{
	return strstr(roles, me->role) != NULL;
}

/* result: of the call; errno is that of the call. */
static void must_fail(const char *what, long result)
{
	char text[80];
	if (result >= 0)
		compromise_say(what, "GOT IN");
	else if (errno == EPERM || errno == EACCES || errno == EXDEV) /* EXDEV: Landlock, of a rename */
		compromise_say(what, "refused");
	else {
		(void)snprintf(text, sizeof text, "PROVES NOTHING (%s)", strerror(errno));
		compromise_say(what, text);
	}
}

static void must_work(const char *what, long result)
{
	compromise_say(what, result >= 0 ? "works" : "BROKEN");
}

/* ---- system calls that nobody needs ---- */

static void try_calls(void)
{
	static char *const none[] = {NULL};
	const struct rlimit no_cpu = {0};
	char byte;
	struct iovec here = {&byte, 1}, there = {&me, 1};
	const pid_t v = me->victim;
	must_fail("execve", syscall(SYS_execve, "/bin/true", none, none));
	long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		_exit(0);
	must_fail("fork", child);
	must_fail("ptrace", syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, v, 0, 0));
	must_fail("process_vm_readv", syscall(SYS_process_vm_readv, v, &here, 1L, &there, 1L, 0L));
	must_fail("process_vm_writev", syscall(SYS_process_vm_writev, v, &here, 1L, &there, 1L, 0L));
	must_fail("kill", syscall(SYS_kill, v, 0));
	must_fail("tgkill", syscall(SYS_tgkill, v, v, 0));
	must_fail("tkill", syscall(SYS_tkill, v, 0));
	must_fail("pidfd_open", syscall(SYS_pidfd_open, v, 0));
	must_fail("prlimit", syscall(SYS_prlimit64, v, RLIMIT_CPU, &no_cpu, NULL));
	must_fail("F_SETOWN", fcntl(COMPROMISE_CHANNEL, F_SETOWN, v));
	must_fail("setuid", syscall(SYS_setuid, 0));
	must_fail("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
	must_fail("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0L, NULL));
	must_fail("chroot", syscall(SYS_chroot, "/"));
	must_fail("bpf", syscall(SYS_bpf, 0, NULL, 0));
	must_fail("io_uring_setup", syscall(SYS_io_uring_setup, 1, NULL));
	must_fail("perf_event_open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0L));
	must_fail("userfaultfd", syscall(SYS_userfaultfd, 0));
	must_fail("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	must_fail("memfd_create", syscall(SYS_memfd_create, "x", 0));
	must_fail("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
	must_fail("prctl", syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0));
	must_fail("clock_settime", syscall(SYS_clock_settime, 0, NULL));
}

static void try_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must_fail("mmap PROT_EXEC", p == MAP_FAILED ? -1 : 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must_work("mmap", p == MAP_FAILED ? -1 : 0);
	must_fail("mprotect PROT_EXEC", mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

/* ---- sockets ---- */

/* The firewall role speaks to the packet filter and asks for interface names: no other part of the kernel. */
static void try_netlink(void)
{
	if (!is_me("firewall")) {
		must_fail("netlink socket", socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
		must_fail("packet filter socket", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
	} else {
		must_work("packet filter socket", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
	}
	must_fail("audit socket", socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
	must_fail("generic netlink socket", socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC));
}

static void try_sockets(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	must_fail("unix socket", socket(AF_UNIX, SOCK_SEQPACKET, 0));
	try_netlink();
	must_fail("packet socket", socket(AF_PACKET, SOCK_RAW, 0));
	must_fail("raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_TCP));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!is_me("net")) {
		must_fail("tcp socket", fd);
		must_fail("udp socket", socket(AF_INET6, SOCK_DGRAM, 0));
		must_fail("connect", connect(COMPROMISE_CHANNEL, (struct sockaddr *)&to, sizeof to));
		must_fail("listen", listen(COMPROMISE_CHANNEL, 1));
		return;
	}
	must_work("tcp socket", fd);
	must_work("connect", connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != ECONNREFUSED ? -1 : 0);
	must_fail("listen", listen(fd, 1));
	must_fail("accept", accept(fd, NULL, NULL));
}

/* ---- files ---- */

#define ALL "net guard local engine firewall worker"
#define FLEET "public device operator"
#define CREATE (O_WRONLY | O_CREAT | O_EXCL)

static const struct attempt {
	const char *roles, *path; /* agent: relative to the device folder; fleet: to the folder above the data */
	int flags;
	bool works;
} files[] = {
	{"net guard local firewall worker", "state/secret", O_RDONLY, false},
	{"net guard local firewall worker", "state/new", CREATE, false},
	{"net guard local firewall worker", "factory/tls.key", O_RDONLY, false},
	{"net guard local firewall worker", "factory/page.key", O_RDONLY, false},
	{"net guard local firewall worker", "factory/statement.key", O_RDONLY, false},
	{"net guard local firewall worker", "factory/device.json", O_RDONLY, false},
	{"net guard local firewall worker", "factory/password.phc", O_RDONLY, false},
	{"net guard local firewall worker", "factory", O_RDONLY | O_DIRECTORY, false},
	{"net guard local firewall worker", "run/new", CREATE, false},
	{"net local engine firewall worker", "root/bin/app", O_RDONLY, false},
	{ALL, "root/bin/app", O_WRONLY, false},
	{ALL, "root/bin/new", CREATE, false},
	{ALL, "disk.img", O_RDONLY, false},
	{ALL, "disk.img", O_RDWR, false},
	{ALL, "boot.env", O_RDWR, false},
	{ALL, "new", CREATE, false},
	{ALL, ".", O_RDONLY | O_DIRECTORY, false},
	{ALL, "factory/root.json", O_WRONLY, false},
	{ALL, "factory/new", CREATE, false},
	{ALL " " FLEET, "/etc/passwd", O_RDONLY, false},
	{ALL " " FLEET, "/proc/self/mem", O_RDWR, false},
	{ALL " " FLEET, "/proc/1/status", O_RDONLY, false},
	{ALL " " FLEET, "/dev/null", O_RDWR, false},
	{ALL " " FLEET, "/tmp/hallmark-compromise", CREATE, false},
	{"engine", "factory/tls.key", O_WRONLY, false},
	{"engine", "factory/tls.key", O_RDONLY, true},
	{"engine", "state/secret", O_RDWR, true},
	{"guard", "root/bin/app", O_RDONLY, true},
	{"firewall", "/etc/nsswitch.conf", O_RDONLY, true},
	{"public", "data/db/fleet.db", O_RDONLY, false},
	{"public", "repo/metadata/timestamp.json", O_RDONLY, false},
	{FLEET, "data/operator.phc", O_RDONLY, false},
	{FLEET, "data/report.key", O_RDONLY, false},
	{FLEET, "data/report.key", O_WRONLY, false},
	{FLEET, "data/site.json", O_WRONLY, false},
	{FLEET, "data/new", CREATE, false},
	{FLEET, "server/server.key", O_RDONLY, false},
	{FLEET, "repo/metadata/timestamp.json", O_WRONLY, false},
	{"operator", "repo/metadata/timestamp.json", O_RDONLY, false},
	{"device", "repo/metadata/timestamp.json", O_RDONLY, true},
	{"device operator", "data/db/fleet.db", O_RDWR, true},
};

static const char *flags_name(int flags)
{
	return flags == CREATE ? "create" : flags == O_RDONLY ? "read" : flags & O_DIRECTORY ? "list" : "write";
}

static const char *place(const char *path, char out[700])
{
	(void)snprintf(out, 700, "%s%s%s", me->fleet && path[0] != '/' ? me->base : "",
		       me->fleet && path[0] != '/' ? "/" : "", path);
	return out;
}

static void try_files(void)
{
	char path[700], what[128];
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct attempt *a = &files[i];
		if (!is_me(a->roles))
			continue;
		int fd = open(place(a->path, path), a->flags | O_CLOEXEC, 0600);
		int saved = errno;
		(void)snprintf(what, sizeof what, "%s %s", flags_name(a->flags), a->path);
		errno = saved;
		if (a->works)
			must_work(what, fd);
		else
			must_fail(what, fd);
	}
}

/* Ways around "open": replacing a trust anchor by rename, taking a key out by link, emptying what may only be read. */
static void try_anchors(void)
{
	char from[700], to[700];
	if (me->fleet) {
		must_fail("rename over a key", rename(place("data/db/fleet.db", from), place("data/report.key", to)));
		must_fail("link out a key", link(place("data/report.key", from), place("data/db/stolen", to)));
		return;
	}
	must_fail("rename over the trust anchor", rename("state/secret", "factory/root.json"));
	must_fail("link out a key", link("factory/tls.key", "state/stolen"));
	must_fail("remove the trust anchor", unlink("factory/root.json"));
	must_fail("remove the device folder", rename("state", "states"));
	must_fail("symlink", symlink("/etc", "factory/tuf"));
	must_fail("empty the trust anchor", open("factory/root.json", O_RDONLY | O_TRUNC));
}

/* Roles that need no files do not even get to Landlock: their filter knows no such call (EPERM, not EACCES). */
static void try_filter(void)
{
	if (is_me("local public worker") && open("/etc/passwd", O_RDONLY) < 0)
		compromise_say("open is filtered", errno == EPERM ? "refused" : "GOT IN (to Landlock)");
	if (is_me("local public net worker") && rename("/etc/passwd", "/etc/x") < 0)
		compromise_say("rename is filtered", errno == EPERM ? "refused" : "GOT IN (to Landlock)");
}

/* What it was given: the running image to look at, memory that stays as large as the parent made it. */
static void try_worker(void)
{
	char byte = 'x';
	if (!is_me("worker"))
		return;
	must_work("read the running image", pread(COMPROMISE_BASE, &byte, 1, 0));
	compromise_say("write the running image", pwrite(COMPROMISE_BASE, &byte, 1, 0) >= 0 ? "GOT IN" : "refused");
	must_fail("write it by another name", open("/proc/self/fd/5", O_RDWR | O_CLOEXEC));
	must_fail("shrink the shared memory", ftruncate(COMPROMISE_ROOM, 0));
	must_fail("map the running image for writing",
		  mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, COMPROMISE_BASE, 0) == MAP_FAILED ? -1 : 0);
}

void compromise_contain(const struct compromise *who)
{
	me = who;
	try_calls();
	try_memory();
	try_sockets();
	try_filter();
	try_worker();
	if (me->state.landlock || !is_me("engine guard firewall device operator")) {
		try_files();
		try_anchors();
	} else {
		compromise_say("files", "SKIP this kernel has no Landlock");
	}
}
