/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client half of tufsim.h. Pure: core/trust with a table for a disk. Real: one process of `hallmark tuf` per run,
 * with a small HTTP server in this one, which answers while it waits for the process to end.
 */
#include "tufsim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "host/os/file.h"

#define ARGS_MAX 64
#define RUN_MS 20000

/* ---- the pure client ---- */

static struct tuf *pure_open(struct tufsim *s)
{
	struct err e = {0};
	struct tuf *t = NULL;
	const struct buf *root = tufrepo_stored(&s->repo, "root.json");
	if (!root || rc_failed(tuf_new(buf_view(root), &t, &e)))
		return NULL;
	tufrepo_restore(&s->repo, t);
	return t;
}

static bool pure_run(struct tufsim *s, struct tuf *t)
{
	CLEANUP(buf_done) struct buf scratch;
	buf_init(&scratch, 4096);
	for (;;) {
		struct tuf_fetch due;
		struct tuf_actions actions = {0};
		struct err e = {0};
		char path[TUF_FILE_NAME_MAX + 16];
		const char *reason = NULL;
		bool done = false, used = false;
		if (rc_failed(tuf_next(t, &due, &done, &e)) || done)
			return done;
		const struct buf *kept = due.stored[0] ? tufrepo_stored(&s->repo, due.stored) : NULL;
		if (kept && rc_failed(tuf_lookup_stored(t, buf_view(kept), &used, &e)))
			return false;
		if (used)
			continue;
		(void)snprintf(path, sizeof path, "/metadata/%s", due.name);
		const struct buf *file = sim_serve(s, path, &scratch);
		rc r = file ? tuf_feed(t, buf_view(file), &actions, &reason, &e) : tuf_feed_absent(t, &actions, &e);
		if (rc_failed(r))
			return false;
		tufrepo_carry_out(&s->repo, &actions);
	}
}

static struct sim_artifact *kept_artifact(struct tufsim *s, const char *name)
{
	for (size_t i = 0; i < s->artifacts_n; i++)
		if (strcmp(s->artifacts[i].path, name) == 0)
			return &s->artifacts[i];
	return NULL;
}

static bool pure_download(struct tufsim *s, struct tuf *t, const char *name)
{
	CLEANUP(tuf_target_done) struct tuf_target target = {0};
	CLEANUP(buf_done) struct buf scratch;
	char path[sizeof target.fetch_name + 16];
	struct err e = {0};
	buf_init(&scratch, 4096);
	if (rc_failed(tuf_lookup_begin(t, name, &e)) || !pure_run(s, t) ||
	    rc_failed(tuf_target_find(t, name, &target, &e)))
		return false;
	struct sim_artifact *a = kept_artifact(s, name);
	if (a && a->downloaded && rc_ok(tuf_target_check(&target, bytes_of_text(a->kept), &e)))
		return true;
	(void)snprintf(path, sizeof path, "/targets/%s", target.fetch_name);
	const struct buf *content = sim_serve(s, path, &scratch);
	if (!content || rc_failed(tuf_target_check(&target, buf_view(content), &e)))
		return false;
	a->downloaded = true;
	memcpy(a->kept, buf_text(content), content->len + 1);
	return true;
}

static bool pure_session(struct tufsim *s, int64_t later_s, const char *const *names)
{
	struct tuf *t = pure_open(s);
	if (!t)
		return false;
	tuf_refresh_begin(t, (struct wall_time){s->now + later_s});
	bool good = pure_run(s, t);
	for (; good && *names; names++)
		good = pure_download(s, t, *names);
	tuf_free(t);
	return good;
}

/* ---- the server of the real one ---- */

static void listen_on_loopback(struct tufsim *s)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof at;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(s->listener, 8), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &n), 0);
	s->port = ntohs(at.sin_port);
}

/* One request, one answer, one connection. */
static void answer(struct tufsim *s, int fd)
{
	char request[4096] = "", path[2048] = "", head[128];
	size_t n = 0;
	CLEANUP(buf_done) struct buf scratch;
	buf_init(&scratch, 4096);
	while (n < sizeof request - 1 && !strstr(request, "\r\n\r\n")) {
		ssize_t got = read(fd, request + n, sizeof request - 1 - n);
		if (got <= 0)
			return;
		n += (size_t)got;
		request[n] = 0;
	}
	assert_int_equal(sscanf(request, "GET %2047s HTTP/1.1", path), 1);
	if (s->odd && s->odd(s, fd, path))
		return;
	const struct buf *file = sim_serve(s, path, &scratch);
	int length = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
			      file ? "200 OK" : "404 Not Found", file ? file->len : 0);
	struct err e = {0};
	check_ok(file_write_all(fd, bytes_of(head, (size_t)length), "answer", &e));
	if (file)
		(void)rc_ok(file_write_all(fd, buf_view(file), "answer", NULL)); /* the client may have had enough */
}

static int serve_until_end(struct tufsim *s, pid_t pid)
{
	int status = 0;
	for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0;) {
		struct pollfd p = {.fd = s->listener, .events = POLLIN};
		if (poll(&p, 1, 5) == 1) {
			FD_AUTO int fd = accept(s->listener, NULL, NULL);
			if (fd >= 0)
				answer(s, fd);
		} else if ((waited += 5) > RUN_MS) {
			(void)kill(pid, SIGKILL);
			fail_msg("the client did not end in time");
		}
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *const *wrapper;

void sim_client_wrap(const char *const *words)
{
	wrapper = words;
}

static const char *keep(const char *format, const char *a, unsigned n, const char *b)
{
	static char texts[64][400];
	static size_t next;
	char *text = texts[next++ % ARRAY_LEN(texts)];
	if (strcmp(format, "dir") == 0)
		(void)snprintf(text, sizeof texts[0], "%s/%s", a, b);
	else
		(void)snprintf(text, sizeof texts[0], "http://%s:%u/%s", a, n, b);
	return text;
}

const char *sim_client_dir(struct tufsim *s, const char *name)
{
	return keep("dir", s->scratch.dir, 0, name);
}

const char *sim_client_url(struct tufsim *s, const char *name)
{
	if (s->listener < 0)
		listen_on_loopback(s);
	return keep("url", "127.0.0.1", s->port, name);
}

const char *sim_client_said(struct tufsim *s)
{
	static char text[4096];
	CLEANUP(buf_done) struct buf log;
	buf_init(&log, sizeof text - 1);
	struct err e = {0};
	check_ok(file_read(sim_client_dir(s, "log"), log.max, &log, &e));
	(void)snprintf(text, sizeof text, "%s", buf_text(&log));
	return text;
}

static void start(const struct tufsim *s, const char *log, const char *const *argv)
{
	const struct rlimit none = {0, 0};
	int fd = open(s->full_disk ? "/dev/null" : log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, 1) != 1 || dup2(fd, 2) != 2)
		_exit(98);
	if (s->full_disk && (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &none) != 0))
		_exit(97);
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(99);
}

int sim_client_run(struct tufsim *s, const char *const *words)
{
	const char *argv[ARGS_MAX];
	size_t n = 0;
	for (const char *const *w = wrapper; w && *w; w++)
		argv[n++] = *w;
	argv[n++] = s->program;
	for (; *words && n < ARGS_MAX - 1; words++)
		argv[n++] = *words;
	assert_null(*words);
	argv[n] = NULL;
	const char *log = sim_client_dir(s, "log");
	if (s->listener < 0)
		listen_on_loopback(s);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		start(s, log, argv);
	return serve_until_end(s, pid);
}

/* 0 or 1: the suite knows no other. */
static bool good_run(struct tufsim *s, const char *const *words)
{
	int status = sim_client_run(s, words);
	if (status != 0 && status != 1)
		fail_msg("exit status %d", status);
	return status == 0;
}

static bool real_session(struct tufsim *s, int64_t later_s, const char *const *names)
{
	char when[40];
	const char *words[ARGS_MAX] = {"tuf", "--metadata-url", sim_client_url(s, "metadata/"), /* with a last '/' */
				       "--metadata-dir", sim_client_dir(s, "metadata")};
	const char *const shifted[] = {"faketime", when, NULL}, *const *before = wrapper;
	size_t n = 5;
	time_t at = (time_t)(s->now + later_s);
	struct tm tm;
	(void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S+00:00", gmtime_r(&at, &tm));
	for (size_t i = 0; names[i] && n < ARGS_MAX - 8; i++) {
		words[n++] = "--target-name";
		words[n++] = names[i];
	}
	if (names[0]) {
		words[n++] = "--target-dir";
		words[n++] = sim_client_dir(s, "targets");
		words[n++] = "--target-base-url";
		words[n++] = sim_client_url(s, "targets"); /* and without */
	}
	words[n] = names[0] ? "download" : "refresh";
	if (later_s)
		wrapper = shifted;
	bool good = good_run(s, words);
	wrapper = before;
	return good;
}

/* ---- both ---- */

bool sim_client_can_shift_time(const struct tufsim *s)
{
	return !s->program || access("/usr/bin/faketime", X_OK) == 0;
}

bool sim_client_init(struct tufsim *s, struct bytes root)
{
	struct err e = {0};
	struct tuf *t = NULL;
	if (!s->program) {
		bool good = rc_ok(tuf_new(root, &t, &e));
		tuf_free(t);
		if (good)
			tufrepo_store(&s->repo, "root.json", root);
		return good;
	}
	const char *first = sim_client_dir(s, "first-root"), *dir = sim_client_dir(s, "metadata");
	check_ok(file_write_atomic(first, root, 0600, &e));
	return good_run(s, (const char *const[]){"tuf", "--metadata-dir", dir, "init", first, NULL});
}

bool sim_client_init_first(struct tufsim *s)
{
	return sim_client_init(s, buf_view(sim_last(s, "root")));
}

static bool session(struct tufsim *s, int64_t later_s, const char *const *names)
{
	return s->program ? real_session(s, later_s, names) : pure_session(s, later_s, names);
}

bool sim_client_refresh_after(struct tufsim *s, int64_t later_s)
{
	return session(s, later_s, (const char *const[]){NULL});
}

bool sim_client_refresh(struct tufsim *s)
{
	return sim_client_refresh_after(s, 0);
}

bool sim_client_download(struct tufsim *s, const char *first, ...)
{
	const char *names[ARGS_MAX] = {first};
	size_t n = 0;
	va_list ap;
	va_start(ap, first);
	while (names[n] && n + 1 < ARGS_MAX)
		names[++n] = va_arg(ap, const char *);
	va_end(ap);
	return session(s, 0, names);
}

bool sim_client_download_after(struct tufsim *s, int64_t later_s, const char *name)
{
	return session(s, later_s, (const char *const[]){name, NULL});
}

/* A trusted file of the client; false if there is none. */
static bool read_trusted(struct tufsim *s, const char *name, struct buf *out)
{
	char path[1000];
	buf_init(out, TUF_TARGETS_MAX);
	if (!s->program) {
		const struct buf *kept = tufrepo_stored(&s->repo, name);
		if (kept)
			buf_put(out, buf_view(kept));
		return kept != NULL;
	}
	(void)snprintf(path, sizeof path, "%s/metadata/%s", s->scratch.dir, name);
	return rc_ok(file_read(path, TUF_TARGETS_MAX, out, NULL));
}

int64_t sim_client_version(struct tufsim *s, const char *role)
{
	char name[100];
	CLEANUP(buf_done) struct buf content;
	(void)snprintf(name, sizeof name, "%s.json", role);
	if (!read_trusted(s, name, &content))
		return 0;
	JSON_AUTO json_t *doc = sim_parse(&content);
	return json_integer_value(json_object_get(json_object_get(doc, "signed"), "version"));
}

bool sim_client_has(struct tufsim *s, const char *role, struct bytes content)
{
	char name[100];
	CLEANUP(buf_done) struct buf kept;
	(void)snprintf(name, sizeof name, "%s.json", role);
	return read_trusted(s, name, &kept) && bytes_equal(buf_view(&kept), content);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *sim_client_trusts(struct tufsim *s)
{
	static char text[1024];
	char dir[300], **names = NULL;
	const char *pure[SERVED_MAX];
	size_t n = 0, used = 0;
	struct err e = {0};
	if (s->program) {
		(void)snprintf(dir, sizeof dir, "%s/metadata", s->scratch.dir);
		check_ok(file_list_dir(dir, 100, &names, &n, &e));
	} else {
		for (; n < s->repo.disk_n; n++)
			pure[n] = s->repo.disk[n].name;
		qsort(pure, n, sizeof *pure, by_text);
	}
	text[0] = 0;
	for (size_t i = 0; i < n; i++) {
		char role[TUF_FILE_NAME_MAX];
		(void)snprintf(role, sizeof role, "%s", names ? names[i] : pure[i]);
		role[strlen(role) - strlen(".json")] = 0;
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %lld", used ? " " : "", role,
					 (long long)sim_client_version(s, role));
	}
	file_list_free(names);
	return text;
}

const char *sim_client_artifacts(struct tufsim *s)
{
	static char text[4096];
	char dir[300], **names = NULL, kept[SIM_ARTIFACTS_MAX][64];
	const char *sorted[SIM_ARTIFACTS_MAX];
	size_t n = 0, k = 0, used = 0;
	struct err e = {0};
	(void)snprintf(dir, sizeof dir, "%s/targets", s->scratch.dir);
	for (size_t i = 0; !s->program && i < s->artifacts_n; i++)
		if (s->artifacts[i].downloaded)
			(void)snprintf(kept[k++], sizeof kept[0], "%s", s->artifacts[i].kept);
	if (s->program && file_exists(dir))
		check_ok(file_list_dir(dir, SIM_ARTIFACTS_MAX, &names, &n, &e));
	for (size_t i = 0; i < n; i++) {
		char path[FILE_PATH_MAX];
		CLEANUP(buf_done) struct buf content;
		buf_init(&content, sizeof kept[0] - 1);
		check_ok(file_path(path, &e, dir, names[i]));
		check_ok(file_read(path, content.max, &content, &e));
		(void)snprintf(kept[k++], sizeof kept[0], "%s", buf_text(&content));
	}
	file_list_free(names);
	for (size_t i = 0; i < k; i++)
		sorted[i] = kept[i];
	qsort(sorted, k, sizeof *sorted, by_text);
	text[0] = 0;
	for (size_t i = 0; i < k; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? "|" : "", sorted[i]);
	return text;
}
