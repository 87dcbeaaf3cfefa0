/* SPDX-License-Identifier: Apache-2.0 */
/* User, Landlock and seccomp in one place, so that a role is a row of data and not a page of system calls. */
#include "host/os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/banned.h"

/* Rights of kernels newer than our headers, refused where the running kernel knows them. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define ABI_TRUNCATE 3 /* before it, open(O_RDONLY | O_TRUNC) emptied files that were only to be read */
#define ABI_NET 4
#define ABI_SCOPE 6
#define NET_BIND_TCP 1
#define NET_CONNECT_TCP 2
#define SCOPE_ALL 3 /* abstract Unix sockets and signals: not beyond our own domain */

#define LANDLOCK_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_WRITE                                                                                                 \
	(LANDLOCK_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                              \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |                   \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define LANDLOCK_ALL                                                                                                   \
	(LANDLOCK_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define LANDLOCK_ON_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

rc sandbox_become(uid_t uid, gid_t gid, struct err *e)
{
	if (uid == 0)
		return RC_OK;
	int death_signal = 0;
	pid_t parent = getppid();
	if (prctl(PR_GET_PDEATHSIG, &death_signal) != 0)
		return err_errno(e, errno, "read the parent-death signal");
	/* Only root can clear the groups; whoever became this user before has done it then. */
	if (geteuid() != uid && setgroups(0, NULL) != 0)
		return err_errno(e, errno, "give up the groups");
	if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return err_errno(e, errno, "become user %u", (unsigned)uid);
	/* The kernel clears it when the user changes; a role must not outlive its parent. */
	if (death_signal && (prctl(PR_SET_PDEATHSIG, death_signal) != 0 || getppid() != parent))
		return err_set(e, ERR_WRONG_STATE, "the parent ended");
	if (setuid(0) == 0)
		return err_set(e, ERR_INTERNAL, "root could be regained after dropping it");
	return RC_OK;
}

static rc allow_path(int ruleset, const char *path, __u64 rights, struct err *e)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? RC_OK : err_errno(e, errno, "sandbox path %s", path);
	struct stat st;
	struct landlock_path_beneath_attr rule = {.parent_fd = fd, .allowed_access = rights};
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= LANDLOCK_ON_FILE;
	long failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	int saved = errno;
	(void)close(fd);
	return failed ? err_errno(e, saved, "sandbox path %s", path) : RC_OK;
}

static rc allow_paths(int ruleset, const char *const *paths, __u64 rights, struct err *e)
{
	for (; paths && *paths; paths++) {
		rc r = allow_path(ruleset, *paths, rights, e);
		if (rc_failed(r))
			return r;
	}
	return RC_OK;
}

/* As the newest kernel that we know has it; one that is older wants zeros in what it does not have. */
struct ruleset {
	__u64 files, net, scope;
};

static struct ruleset ruleset_for(long abi, unsigned keep)
{
	struct ruleset a = {.files = LANDLOCK_ALL};
	if (abi >= ABI_TRUNCATE)
		a.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= ABI_NET)
		a.net = (keep & SANDBOX_LISTEN ? 0 : NET_BIND_TCP) | (keep & SANDBOX_CONNECT ? 0 : NET_CONNECT_TCP);
	if (abi >= ABI_SCOPE)
		a.scope = SCOPE_ALL;
	return a;
}

static rc limit_files(const struct sandbox *s, struct sandbox_state *state, struct err *e)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset attr = ruleset_for(abi, s->keep);
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (ruleset < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? RC_OK : err_errno(e, errno, "landlock");
	rc r = allow_paths(ruleset, s->read_paths, LANDLOCK_READ, e);
	if (rc_ok(r))
		r = allow_paths(ruleset, s->write_paths, LANDLOCK_WRITE | (attr.files & LANDLOCK_ACCESS_FS_TRUNCATE),
				e);
	if (rc_ok(r) && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		r = err_errno(e, errno, "landlock");
	state->landlock = rc_ok(r);
	(void)close(ruleset);
	return r;
}

static const int calls_always[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(preadv),
	SCMP_SYS(pwritev),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(dup),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(signalfd4),
	SCMP_SYS(eventfd2),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(getppid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(rseq),
	SCMP_SYS(getrusage),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(fallocate),
	SCMP_SYS(times),
	SCMP_SYS(sendfile),
};

static const int calls_files[] = {
	SCMP_SYS(open),	     SCMP_SYS(openat),	  SCMP_SYS(stat),	SCMP_SYS(lstat),      SCMP_SYS(statx),
	SCMP_SYS(access),    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(rename),     SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(link),	  SCMP_SYS(linkat),	SCMP_SYS(unlink),     SCMP_SYS(unlinkat),
	SCMP_SYS(mkdir),     SCMP_SYS(mkdirat),	  SCMP_SYS(rmdir),	SCMP_SYS(getdents64), SCMP_SYS(fchmod),
	SCMP_SYS(fchown),    SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(getcwd),     SCMP_SYS(statfs),
	SCMP_SYS(fstatfs),   SCMP_SYS(flock),	  SCMP_SYS(umask),	SCMP_SYS(utimensat),  SCMP_SYS(chmod),
	SCMP_SYS(fchmodat),  SCMP_SYS(pipe2),
};

static const int calls_accept[] = {SCMP_SYS(accept), SCMP_SYS(accept4)};
static const int calls_listen[] = {SCMP_SYS(bind), SCMP_SYS(listen)};
static const int calls_connect[] = {SCMP_SYS(connect), SCMP_SYS(bind),	 SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg),
				    SCMP_SYS(open),    SCMP_SYS(openat), SCMP_SYS(stat)};
static const int calls_netfilter[] = {SCMP_SYS(bind), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat)};
static const int calls_threads[] = {SCMP_SYS(clone), SCMP_SYS(clone3)};

static int allow_calls(scmp_filter_ctx f, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
		if (failed && failed != -EDOM) /* EDOM: no such call on this architecture */
			return failed;
	}
	return 0;
}

/* Memory may be mapped, never as executable: code that was not there at start does not run. */
static int allow_memory(scmp_filter_ctx f)
{
	int failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!failed)
		failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!failed) /* fstat by newfstatat(fd, "", AT_EMPTY_PATH); paths are held by Landlock */
		failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 0);
	return failed;
}

/* `argument` of the call must be one of the values. */
static int allow_values(scmp_filter_ctx f, int call, unsigned argument, const scmp_datum_t *values, size_t n)
{
	int failed = 0;
	for (size_t i = 0; !failed && i < n; i++) {
		const struct scmp_arg_cmp is = {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = values[i]};
		failed = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, 1, &is);
	}
	return failed;
}

/*
 * Calls that reach other processes of the same user: only upon ourselves. abort() signals itself, getrlimit() asks
 * about itself, and a descriptor's flags and locks are ours; its owner, who would get signals, is not.
 */
static int allow_own(scmp_filter_ctx f)
{
	static const scmp_datum_t commands[] = {F_DUPFD,  F_DUPFD_CLOEXEC, F_GETFD,	F_SETFD,
						F_GETFL,  F_SETFL,	   F_GETLK,	F_SETLK,
						F_SETLKW, F_OFD_GETLK,	   F_OFD_SETLK, F_OFD_SETLKW};
	const scmp_datum_t self = (scmp_datum_t)getpid(), myself = 0;
	int failed = allow_values(f, SCMP_SYS(fcntl), 1, commands, ARRAY_LEN(commands));
	if (!failed)
		failed = allow_values(f, SCMP_SYS(tgkill), 0, &self, 1);
	if (!failed)
		failed = allow_values(f, SCMP_SYS(prlimit64), 0, &myself, 1);
	return failed;
}

/* TCP and UDP only: no Unix, netlink, raw or packet sockets. What the resolver asks of them is how much waits. */
static int allow_sockets(scmp_filter_ctx f)
{
	static const scmp_datum_t families[] = {AF_INET, AF_INET6}, types[] = {SOCK_STREAM, SOCK_DGRAM},
				  waiting = FIONREAD;
	const scmp_datum_t flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int failed = allow_values(f, SCMP_SYS(ioctl), 1, &waiting, 1);
	for (size_t i = 0; !failed && i < ARRAY_LEN(families) * ARRAY_LEN(types); i++)
		failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, families[i / 2]),
					  SCMP_A1(SCMP_CMP_MASKED_EQ, ~flags, types[i % 2]));
	return failed;
}

/* The packet filter's netlink, and the one that turns interface names in rules into numbers. */
static int allow_netlink(scmp_filter_ctx f)
{
	static const scmp_datum_t protocols[] = {NETLINK_NETFILTER, NETLINK_ROUTE};
	int failed = 0;
	for (size_t i = 0; !failed && i < ARRAY_LEN(protocols); i++)
		failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
					  SCMP_A2(SCMP_CMP_EQ, protocols[i]));
	return failed;
}

static int add_rules(scmp_filter_ctx f, unsigned keep)
{
	static const struct {
		unsigned keep;
		const int *calls;
		size_t n;
	} sets[] = {
		{SANDBOX_FILES, calls_files, ARRAY_LEN(calls_files)},
		{SANDBOX_ACCEPT, calls_accept, ARRAY_LEN(calls_accept)},
		{SANDBOX_LISTEN, calls_listen, ARRAY_LEN(calls_listen)},
		{SANDBOX_CONNECT, calls_connect, ARRAY_LEN(calls_connect)},
		{SANDBOX_THREADS, calls_threads, ARRAY_LEN(calls_threads)},
		{SANDBOX_NETFILTER, calls_netfilter, ARRAY_LEN(calls_netfilter)},
	};
	int failed = allow_calls(f, calls_always, ARRAY_LEN(calls_always));
	if (!failed)
		failed = allow_memory(f);
	if (!failed)
		failed = allow_own(f);
	for (size_t i = 0; !failed && i < ARRAY_LEN(sets); i++)
		if (keep & sets[i].keep)
			failed = allow_calls(f, sets[i].calls, sets[i].n);
	if (!failed && keep & (SANDBOX_CONNECT | SANDBOX_LISTEN))
		failed = allow_sockets(f);
	if (!failed && keep & SANDBOX_NETFILTER)
		failed = allow_netlink(f);
	return failed;
}

static rc limit_calls(const struct sandbox *s, struct sandbox_state *state, struct err *e)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!f)
		return err_set(e, ERR_MEMORY, "seccomp: out of memory");
	int failed = add_rules(f, s->keep);
	if (!failed)
		failed = seccomp_load(f);
	seccomp_release(f);
	mem_trim(); /* building a filter takes a hundred kilobytes */
	if (failed)
		return err_errno(e, -failed, "seccomp");
	state->seccomp = true;
	return RC_OK;
}

/* Who may change the packet filter needs no other right of root's, and cannot get one back: nothing is ever executed.
 */
static rc limit_capabilities(const struct sandbox *s, struct err *e)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	const uint32_t left = 1u << CAP_NET_ADMIN;
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{.effective = left, .permitted = left}};
	if (!(s->keep & SANDBOX_NETFILTER) || geteuid() != 0)
		return RC_OK;
	return syscall(SYS_capset, &head, data) == 0 ? RC_OK : err_errno(e, errno, "give up capabilities");
}

rc sandbox_enter(const struct sandbox *s, struct sandbox_state *ret, struct err *e)
{
	struct sandbox_state state = {0};
	rc r = sandbox_become(s->uid, s->gid, e);
	if (rc_failed(r))
		return r;
	state.user_dropped = s->uid != 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_errno(e, errno, "no_new_privs");
	state.no_new_privs = true;
	if (rc_failed(r = limit_capabilities(s, e)) || rc_failed(r = limit_files(s, &state, e)) ||
	    rc_failed(r = limit_calls(s, &state, e)))
		return r;
	*ret = state;
	return RC_OK;
}
