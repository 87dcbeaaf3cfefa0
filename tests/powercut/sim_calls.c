/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of the agent's code, sent here by the linker (--wrap). Files are on the simulated disk, time goes on
 * only while the engine waits, chance is a counter, channels end in the parent's verbs and in the simulated service.
 * A call that is not here fails for want of a folder: the test stands in one that was removed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/roles/messages.h"
#include "host/os/sandbox.h"
#include "mutants.h"
#include "sim.h"

#define TURNS_MAX 50000
#define TIME_MAX_MS (5LL * 60 * 1000)

/* NOLINTBEGIN(bugprone-reserved-identifier): the names are the linker's */

struct sim *sim_current;

static int failed(int why)
{
	errno = why;
	return -1;
}

static struct sim_fd *fd_of(int fd, enum sim_fd_kind kind)
{
	struct sim *s = sim_current;
	if (fd < 0 || fd >= SIM_FDS || s->fds[fd].kind != kind)
		return NULL;
	return &s->fds[fd];
}

static int fd_new(enum sim_fd_kind kind, int node)
{
	struct sim *s = sim_current;
	for (int fd = SIM_FD_FIRST; fd < SIM_FDS; fd++) {
		if (s->fds[fd].kind != SIM_FREE)
			continue;
		s->fds[fd] = (struct sim_fd){.kind = kind, .node = node};
		return fd;
	}
	sim_break(s, "descriptors are closed", "more than %d are open", SIM_FDS);
	return failed(EMFILE);
}

static void queue_clear(struct sim *s)
{
	for (size_t i = 0; i < s->queue_n; i++)
		buf_done(&s->queue[i].payload);
	s->queue_n = 0;
}

void sim_calls_reset(struct sim *s)
{
	memset(s->fds, 0, sizeof s->fds);
	for (size_t i = 0; i < SIM_WATCHES; i++)
		s->watches[i].fd = -1;
	s->fds[SIM_FD_PARENT].kind = s->fds[SIM_FD_NET].kind = s->fds[SIM_FD_WORKER].kind = SIM_SOCKET;
	s->verb_waits = s->stop = false;
	queue_clear(s);
}

/* ---- files ---- */

int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
	struct disk *d = sim_current->disk;
	if (strncmp(path, "/proc/self/fd/", 14) == 0) { /* the same file, opened anew */
		const struct sim_fd *f = fd_of((int)strtol(path + 14, NULL, 10), SIM_FILE);
		return f ? fd_new(SIM_FILE, f->node) : failed(ENOENT);
	}
	if (strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/", 5) == 0)
		return failed(ENOENT);
	int node = disk_find(d, path);
	if (node != DISK_NONE && (flags & O_CREAT) && (flags & O_EXCL))
		return failed(EEXIST);
	if (node == DISK_NONE && !(flags & O_CREAT))
		return failed(ENOENT);
	if (node == DISK_NONE && (node = disk_make(d, path, false, 0600)) == DISK_NONE)
		return failed(ENOENT);
	if ((flags & O_DIRECTORY) && !d->nodes[node].dir)
		return failed(ENOTDIR);
	if ((flags & O_TRUNC) && d->nodes[node].now.n)
		disk_resize(d, node, 0);
	int fd = fd_new(SIM_FILE, node);
	if (fd >= 0 && (flags & O_APPEND))
		sim_current->fds[fd].at = d->nodes[node].now.n;
	return fd;
}

int __wrap___open64_2(const char *path, int flags);
int __wrap___open64_2(const char *path, int flags)
{
	return __wrap_open64(path, flags);
}

int __wrap_fcntl64(int fd, int what, ...);
int __wrap_fcntl64(int fd, int what, ...)
{
	(void)fd, (void)what;
	return failed(EINVAL); /* only asked whether the page cache can be passed by */
}

int __wrap_close(int fd);
int __wrap_close(int fd)
{
	if (fd < 0 || fd >= SIM_FDS)
		return failed(EBADF);
	sim_current->fds[fd].kind = SIM_FREE;
	return 0;
}

static ssize_t read_at(const struct sim_fd *f, void *p, size_t n, uint64_t at)
{
	struct bytes content = disk_content(sim_current->disk, f->node);
	if (at >= content.n)
		return 0;
	size_t left = content.n - (size_t)at;
	n = n < left ? n : left;
	memcpy(p, content.p + at, n);
	return (ssize_t)n;
}

ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	if (!f)
		return failed(EBADF);
	ssize_t got = read_at(f, p, n, f->at);
	f->at += (uint64_t)got;
	return got;
}

ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread64(int fd, void *p, size_t n, off_t at)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	return f ? read_at(f, p, n, (uint64_t)at) : failed(EBADF);
}

static void keep_log(struct sim *s, const char *text, size_t n)
{
	if (n >= SIM_LOG_SIZE / 2)
		return;
	if (s->log_n + n >= SIM_LOG_SIZE) { /* the newest half is enough */
		memmove(s->log, s->log + s->log_n - SIM_LOG_SIZE / 2, SIM_LOG_SIZE / 2);
		s->log_n = SIM_LOG_SIZE / 2;
	}
	memcpy(s->log + s->log_n, text, n);
	s->log_n += n;
}

ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	if (fd == STDERR_FILENO) {
		keep_log(sim_current, p, n);
		return (ssize_t)n;
	}
	if (!f)
		return failed(EBADF);
	if (n)
		disk_write(sim_current->disk, f->node, f->at, bytes_of(p, n));
	f->at += n;
	return (ssize_t)n;
}

ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	if (!f)
		return failed(EBADF);
	if (n)
		disk_write(sim_current->disk, f->node, (uint64_t)at, bytes_of(p, n));
	return (ssize_t)n;
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	if (!f)
		return failed(EBADF);
	if (!mutants_skip_sync(sim_current->disk, f->node))
		disk_sync(sim_current->disk, f->node);
	return 0;
}

int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	return __wrap_fsync(fd);
}

int __wrap_ftruncate64(int fd, off_t n);
int __wrap_ftruncate64(int fd, off_t n)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	if (!f)
		return failed(EBADF);
	disk_resize(sim_current->disk, f->node, (uint64_t)n);
	return 0;
}

off_t __wrap_lseek64(int fd, off_t at, int whence);
off_t __wrap_lseek64(int fd, off_t at, int whence)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	if (!f)
		return failed(EBADF);
	uint64_t from = whence == SEEK_END ? sim_current->disk->nodes[f->node].now.n : whence == SEEK_CUR ? f->at : 0;
	f->at = from + (uint64_t)at;
	return (off_t)f->at;
}

int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
	return disk_rename(sim_current->disk, from, to) ? 0 : failed(ENOENT);
}

int __wrap_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to)
{
	if (disk_find(sim_current->disk, to) != DISK_NONE)
		return failed(EEXIST);
	return disk_link(sim_current->disk, from, to) ? 0 : failed(ENOENT);
}

int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
	return disk_unlink(sim_current->disk, path) ? 0 : failed(ENOENT);
}

int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
	if (disk_find(sim_current->disk, path) != DISK_NONE)
		return failed(EEXIST);
	return disk_make(sim_current->disk, path, true, mode) == DISK_NONE ? failed(ENOENT) : 0;
}

int __wrap_posix_fadvise64(int fd, off_t at, off_t n, int advice);
int __wrap_posix_fadvise64(int fd, off_t at, off_t n, int advice)
{
	(void)at, (void)n, (void)advice;
	return fd_of(fd, SIM_FILE) ? 0 : EBADF;
}

/* Streams are what the boot loaders of the tests write with; the agent has none. */
static ssize_t stream_read(void *cookie, char *p, size_t n)
{
	return __wrap_read((int)(intptr_t)cookie, p, n);
}

static ssize_t stream_write(void *cookie, const char *p, size_t n)
{
	return __wrap_write((int)(intptr_t)cookie, p, n);
}

static int stream_close(void *cookie)
{
	return __wrap_close((int)(intptr_t)cookie);
}

FILE *__wrap_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode)
{
	int fd = __wrap_open64(path, *mode == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0644);
	if (fd < 0)
		return NULL;
	return fopencookie((void *)(intptr_t)fd, mode,
			   (cookie_io_functions_t){stream_read, stream_write, NULL, stream_close});
}

/* ---- about files ---- */

static int about(int node, struct stat *st)
{
	const struct disk_node *k = &sim_current->disk->nodes[node];
	*st = (struct stat){.st_mode = (k->dir ? S_IFDIR : S_IFREG) | k->mode,
			    .st_size = (off_t)k->now.n,
			    .st_nlink = 1,
			    .st_ino = (ino_t)node + 1,
			    .st_uid = geteuid()};
	return 0;
}

int __wrap_stat64(const char *path, struct stat *st);
int __wrap_stat64(const char *path, struct stat *st)
{
	int node = disk_find(sim_current->disk, path);
	return node == DISK_NONE ? failed(ENOENT) : about(node, st);
}

int __wrap_lstat64(const char *path, struct stat *st);
int __wrap_lstat64(const char *path, struct stat *st)
{
	return __wrap_stat64(path, st);
}

int __wrap_fstat64(int fd, struct stat *st);
int __wrap_fstat64(int fd, struct stat *st)
{
	struct sim_fd *f = fd_of(fd, SIM_FILE);
	if (f)
		return about(f->node, st);
	*st = (struct stat){.st_mode = fd_of(fd, SIM_SOCKET) ? S_IFSOCK : S_IFCHR};
	return 0;
}

/* Modes are given when a file is made; nothing here changes one later. */
int __wrap_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode)
{
	(void)path, (void)mode;
	return 0;
}

int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode)
{
	(void)mode;
	return fd_of(fd, SIM_FILE) ? 0 : failed(EBADF);
}

struct listing {
	size_t next;
	int dir;
	struct dirent entry;
};

DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
	int node = disk_find(sim_current->disk, path);
	if (node == DISK_NONE || !sim_current->disk->nodes[node].dir) {
		errno = node == DISK_NONE ? ENOENT : ENOTDIR;
		return NULL;
	}
	struct listing *l = calloc(1, sizeof *l);
	if (!l)
		abort();
	l->dir = node;
	return (DIR *)l;
}

struct dirent *__wrap_readdir64(DIR *dir);
struct dirent *__wrap_readdir64(DIR *dir)
{
	struct listing *l = (struct listing *)dir;
	const struct disk_names *names = &sim_current->disk->now;
	while (l->next < names->n) {
		const struct disk_entry *e = &names->list[l->next++];
		if (e->dir != l->dir)
			continue;
		(void)snprintf(l->entry.d_name, sizeof l->entry.d_name, "%s", e->name);
		return &l->entry;
	}
	return NULL;
}

int __wrap_closedir(DIR *dir);
int __wrap_closedir(DIR *dir)
{
	free(dir);
	return 0;
}

/* ---- time and chance ---- */

int __wrap_clock_gettime(clockid_t which, struct timespec *t);
int __wrap_clock_gettime(clockid_t which, struct timespec *t)
{
	int64_t ms = sim_current->mono_ms;
	*t = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	if (which == CLOCK_REALTIME)
		t->tv_sec += NOW.s;
	return 0;
}

/* Four bytes are asked for jitter: none, so that time stays short. More is for secrets, and need only differ. */
ssize_t __wrap_getrandom(void *p, size_t n, unsigned flags);
ssize_t __wrap_getrandom(void *p, size_t n, unsigned flags)
{
	uint8_t *at = p;
	(void)flags;
	for (size_t i = 0; i < n; i++) {
		sim_current->chance = sim_current->chance * UINT64_C(6364136223846793005) + 1442695040888963407U;
		at[i] = n == sizeof(uint32_t) ? 0 : (uint8_t)(sim_current->chance >> 56);
	}
	return (ssize_t)n;
}

/* ---- the loop ---- */

int __wrap_epoll_create1(int flags);
int __wrap_epoll_create1(int flags)
{
	(void)flags;
	return fd_new(SIM_EPOLL, 0);
}

int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *ev);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *ev)
{
	struct sim *s = sim_current;
	int want = op == EPOLL_CTL_ADD ? -1 : fd;
	if (!fd_of(epoll, SIM_EPOLL))
		return failed(EBADF);
	for (size_t i = 0; i < SIM_WATCHES; i++) {
		if (s->watches[i].fd != want)
			continue;
		s->watches[i].fd = op == EPOLL_CTL_DEL ? -1 : fd;
		if (op != EPOLL_CTL_DEL)
			s->watches[i].data = ev->data.ptr;
		return 0;
	}
	return failed(ENOENT);
}

static int ready(struct sim *s, int fd, struct epoll_event *ev)
{
	for (size_t i = 0; i < SIM_WATCHES; i++) {
		if (s->watches[i].fd != fd)
			continue;
		*ev = (struct epoll_event){.events = EPOLLIN, .data.ptr = s->watches[i].data};
		return 1;
	}
	return 0;
}

/* The engine never ends by itself: what cannot come to an end is stopped, and the end is then missed. */
static bool too_long(struct sim *s, int timeout_ms)
{
	if (timeout_ms < 0 && s->queue_n == 0 && !s->answer.asked)
		sim_break(s, "the device can finish", "the engine sleeps for ever");
	if (++s->turns > TURNS_MAX || s->mono_ms - s->began_ms > TIME_MAX_MS)
		sim_break(s, "the device can finish", "not within %lld s of simulated time", TIME_MAX_MS / 1000);
	return s->broken != NULL;
}

int __wrap_epoll_wait(int epoll, struct epoll_event *ev, int max, int timeout_ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *ev, int max, int timeout_ms)
{
	struct sim *s = sim_current;
	(void)max;
	if (!fd_of(epoll, SIM_EPOLL))
		return failed(EBADF);
	s->stop = s->stop || sim_done(s);
	if (s->stop || too_long(s, timeout_ms))
		return ready(s, SIM_FD_PARENT, ev);
	sim_service_turn(s);
	if (s->queue_n)
		return ready(s, SIM_FD_NET, ev);
	if (timeout_ms > 0)
		s->mono_ms += timeout_ms;
	return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	const struct sim *s = sim_current;
	(void)n, (void)timeout_ms;
	bool waits = fds->fd == SIM_FD_PARENT	? s->verb_waits
		     : fds->fd == SIM_FD_WORKER ? s->worker_waits
						: fds->fd == SIM_FD_NET && s->queue_n;
	fds->revents = waits ? fds->events : 0;
	return waits;
}

int __wrap_signalfd(int fd, const sigset_t *set, int flags);
int __wrap_signalfd(int fd, const sigset_t *set, int flags)
{
	(void)fd, (void)set, (void)flags;
	return fd_new(SIM_SIGNALS, 0);
}

int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	(void)how, (void)set, (void)old;
	return 0;
}

/* ---- channels ---- */

void sim_queue(struct sim *s, uint16_t type, const struct buf *payload)
{
	if (s->queue_n == SIM_QUEUE) {
		sim_break(s, "the simulation is sound", "too many messages for the engine");
		return;
	}
	struct sim_message *m = &s->queue[s->queue_n++];
	*m = (struct sim_message){.type = type};
	buf_init(&m->payload, 1 * MIB);
	buf_put(&m->payload, buf_view(payload));
}

static void ask_parent(struct sim *s, uint16_t type, struct bytes payload)
{
	struct err e = {0};
	buf_reset(&s->verb_reply);
	if (rc_failed(verbs_handle(&s->verbs, type, payload, &s->verb_reply, &e)))
		sim_break(s, "the engine speaks to its parent as agreed", "%s", e.text);
	s->verb_waits = true;
	s->stop = s->stop || s->verbs.reboot;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct sim *s = sim_current;
	const uint8_t *header = msg->msg_iov[0].iov_base;
	struct bytes payload = {0};
	(void)flags;
	if (msg->msg_iovlen == 2)
		payload = bytes_of(msg->msg_iov[1].iov_base, msg->msg_iov[1].iov_len);
	uint16_t type = (uint16_t)(header[0] << 8 | header[1]);
	if (fd == SIM_FD_PARENT)
		ask_parent(s, type, payload);
	else if (fd == SIM_FD_NET)
		sim_service_message(s, type, payload);
	else if (fd == SIM_FD_WORKER)
		sim_worker_message(s, type, payload);
	else
		return failed(EBADF);
	return (ssize_t)(2 + payload.n);
}

static ssize_t deliver(const struct msghdr *msg, uint16_t type, struct bytes payload)
{
	uint8_t *header = msg->msg_iov[0].iov_base;
	header[0] = (uint8_t)(type >> 8);
	header[1] = (uint8_t)type;
	if (payload.n)
		memcpy(msg->msg_iov[1].iov_base, payload.p, payload.n);
	return (ssize_t)(2 + payload.n);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sim *s = sim_current;
	(void)flags;
	msg->msg_flags = 0;
	if (fd == SIM_FD_PARENT) {
		s->verb_waits = false;
		return deliver(msg, VERB_ANSWER, buf_view(&s->verb_reply));
	}
	if (fd == SIM_FD_WORKER && s->worker_waits) {
		s->worker_waits = false;
		return deliver(msg, WORKER_ANSWER, buf_view(&s->worker_reply));
	}
	if (fd != SIM_FD_NET || !s->queue_n)
		return failed(EAGAIN);
	struct sim_message m = s->queue[0];
	memmove(s->queue, s->queue + 1, --s->queue_n * sizeof m);
	ssize_t n = deliver(msg, m.type, buf_view(&m.payload));
	buf_done(&m.payload);
	return n;
}

/* The socket of the product's programs: made, and nobody knocks. Its name in run/ means nothing after a boot. */
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return fd_new(SIM_SOCKET, 0);
}

int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n);
int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n)
{
	(void)at, (void)n;
	return fd_of(fd, SIM_SOCKET) ? 0 : failed(EBADF);
}

int __wrap_listen(int fd, int backlog);
int __wrap_listen(int fd, int backlog)
{
	(void)backlog;
	return fd_of(fd, SIM_SOCKET) ? 0 : failed(EBADF);
}

/* ---- what a simulated process cannot give up ---- */

rc __wrap_sandbox_enter(const struct sandbox *box, struct sandbox_state *ret, struct err *e);
rc __wrap_sandbox_enter(const struct sandbox *box, struct sandbox_state *ret, struct err *e)
{
	(void)box, (void)e;
	*ret = (struct sandbox_state){0};
	return RC_OK;
}

/* Giving memory back takes longer than all the rest, and there are thousands of runs. */
void __wrap_mem_trim(void);
void __wrap_mem_trim(void)
{
}

/* The device's keys are the same in every run, and decoding them takes longer than most of it. */
rc __real_privkey_from_pem(struct bytes pem, struct privkey *ret, struct err *e);
rc __wrap_privkey_from_pem(struct bytes pem, struct privkey *ret, struct err *e);
rc __wrap_privkey_from_pem(struct bytes pem, struct privkey *ret, struct err *e)
{
	static struct {
		uint8_t digest[SHA256_SIZE];
		struct privkey key;
	} known[8];
	uint8_t digest[SHA256_SIZE];
	size_t i = 0;
	rc r = hash_sha256(pem, digest, e);
	while (rc_ok(r) && i < sizeof known / sizeof *known - 1 && known[i].key.key &&
	       memcmp(known[i].digest, digest, sizeof digest) != 0)
		i++;
	if (rc_ok(r) && !known[i].key.key) {
		memcpy(known[i].digest, digest, sizeof digest);
		r = __real_privkey_from_pem(pem, &known[i].key, e);
	}
	return rc_ok(r) ? privkey_of_pkey(known[i].key.key, ret, e) : r;
}

/* NOLINTEND(bugprone-reserved-identifier) */
