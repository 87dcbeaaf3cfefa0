/* SPDX-License-Identifier: Apache-2.0 */
/* The surroundings of an agent under test: maker, service, factory, boot loader. */
#include "world.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/roles/hallmarkd.h"
#include "core/base/mem.h"
#include "core/model/checkin.h"
#include "core/model/record.h"
#include "host/net/http_server.h"
#include "host/os/bootctl_io.h"
#include "host/os/clock.h"
#include "host/os/file.h"
#include "host/os/loop.h"
#include "host/os/slot.h"
#include "host/os/spawn.h"
#include "release/factory.h"
#include "release/keyring.h"
#include "release/repo.h"

#define RELEASES 5
#define BLOCK 4096
#define FILE_MAX (16 * MIB)

static const char *const versions[RELEASES + 1] = {NULL, "1.0.0", "2.0.0", "3.0.0", "4.0.0", "5.0.0"};
static const struct bytes no_passphrase;

static const char *in(struct world *w, const char *name)
{
	return scratch_path(&w->scratch, name);
}

/* ---- the service ---- */

struct server {
	struct world *w;
	struct world_service *s;
	struct pubkey statement_key;
	char repo[600];
};

static void answer_checkin(struct server *sv, const struct http_request *req, struct http_response *resp)
{
	struct checkin_request q;
	struct checkin_answer a = {.nonce = "00112233445566778899aabbccddeeff", .device_time = req->now.wall};
	struct err e = {0};
	if (rc_failed(checkin_request_decode(req->body, &q, &e))) {
		http_response_text(resp, 400, "text/plain", e.text);
		return;
	}
	(void)snprintf(sv->s->last_state, sizeof sv->s->last_state, "%s", q.state);
	(void)snprintf(sv->s->last_reason, sizeof sv->s->last_reason, "%s", q.reason);
	(void)snprintf(sv->s->last_version, sizeof sv->s->last_version, "%.31s", q.version);
	a.wait_s = sv->s->wait_s;
	a.offered = sv->s->offer_version[0] && strcmp(q.version, sv->s->offer_version) != 0;
	(void)snprintf(a.target, sizeof a.target, WORLD_MODEL "-os-%s.img", sv->s->offer_version);
	(void)snprintf(a.version, sizeof a.version, "%s", sv->s->offer_version);
	if (rc_failed(checkin_answer_encode(&a, &resp->body, &e)))
		http_response_text(resp, 500, "text/plain", e.text);
	sv->s->checkins++;
}

static void take_statement(struct server *sv, const struct http_request *req, struct http_response *resp)
{
	struct buf payload;
	struct statement_boot st;
	struct err e = {0};
	buf_init(&payload, ENVELOPE_PAYLOAD_MAX);
	rc r = envelope_open(req->body, STATEMENT_TYPE_BOOT, &sv->statement_key, &payload, &e);
	if (rc_ok(r))
		r = statement_boot_decode(buf_view(&payload), &st, &e);
	buf_done(&payload);
	resp->status = rc_ok(r) ? 204 : 400;
	if (rc_failed(r)) {
		(void)fprintf(stderr, "service: %s\n", e.text);
		sv->s->bad_statements++;
		return;
	}
	sv->s->statement = st;
	if (st.outcome == STATEMENT_CONFIRMED)
		sv->s->confirmed++;
	else
		sv->s->reverted++;
}

static bool range_of(const struct http_request *req, uint64_t size, uint64_t *ret_from, uint64_t *ret_n)
{
	char range[64];
	unsigned long long from = 0, to = 0;
	const struct http_text *t = http_header(req->head, "Range");
	*ret_from = 0;
	*ret_n = size;
	if (!t || !http_text_copy(*t, range, sizeof range) || sscanf(range, "bytes=%llu-%llu", &from, &to) != 2)
		return false;
	*ret_from = from;
	*ret_n = to - from + 1;
	return true;
}

/* The header whole, or the first frames of a range, with a wrong byte. */
static void send_spoilt(int fd, uint64_t from, uint64_t n, struct http_response *resp)
{
	size_t some = n < 3 * MIB ? (size_t)n : (size_t)(3 * MIB);
	uint8_t *room = buf_room(&resp->body, some);
	assert_non_null(room);
	assert_int_equal(pread(fd, room, some, (off_t)from), (ssize_t)some);
	room[some / 2] ^= 1;
	buf_grew(&resp->body, some);
}

static void put_garbage(uint64_t n, struct http_response *resp)
{
	uint8_t *room = buf_room(&resp->body, (size_t)n);
	assert_non_null(room);
	for (size_t i = 0; i < n; i++)
		room[i] = (uint8_t)(i * 2654435761u >> 13);
	buf_grew(&resp->body, (size_t)n);
}

/* What of a file was asked for. */
struct asked {
	const char *name;
	int fd;
	bool image, ranged;
	uint64_t from, n, size;
};

/* False: as it should be. */
static bool answer_oddly(struct server *sv, const struct asked *a, struct http_response *resp)
{
	const uint32_t odd = sv->s->odd;
	if (odd == WORLD_AS_IT_SHOULD || (!a->image && odd != WORLD_REDIRECTS && odd != WORLD_GARBAGE))
		return false;
	sv->s->oddly_answered++;
	resp->status = odd == WORLD_REDIRECTS ? 302 : a->image ? 206 : 200;
	if (odd == WORLD_REDIRECTS) {
		http_response_header(resp, "Location", a->name);
	} else if (odd == WORLD_GARBAGE) {
		put_garbage(a->n < 2 * MIB ? a->n : 2 * MIB, resp);
	} else {
		resp->file_fd = dup(a->fd);
		resp->file_offset = odd == WORLD_LONG ? 0 : (off_t)a->from;
		resp->file_length = odd == WORLD_LONG ? a->size : odd == WORLD_SHORT ? a->n / 2 : a->n;
		if (odd == WORLD_BREAKS) /* beyond the end of the file: the server finds no more, and closes */
			resp->file_length = a->size - a->from + 1;
	}
	return true;
}

static void send_image(struct server *sv, const struct asked *a, struct http_response *resp)
{
	struct world_service *s = sv->s;
	bool ranged = a->ranged && !s->rangeless;
	uint64_t from = ranged ? a->from : 0, n = ranged ? a->n : a->size;
	s->image_requests++;
	if (s->cut_after && s->image_requests > s->cut_after) {
		http_response_text(resp, 503, "text/plain", "later");
		return;
	}
	if (ranged)
		resp->status = 206;
	if (s->corrupt && (s->corrupt == 1) == (from == 0)) {
		send_spoilt(a->fd, from, n, resp);
		return;
	}
	s->image_bytes += (uint32_t)n;
	resp->file_offset = (off_t)from;
	resp->file_length = n;
	resp->file_fd = dup(a->fd);
}

static void send_file(struct server *sv, const char *folder, const char *name, const struct http_request *req,
		      struct http_response *resp)
{
	char path[900];
	(void)snprintf(path, sizeof path, "%s/%s/%s", sv->repo, folder, name);
	FD_AUTO int fd = name_path_ok(name) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct err e = {0};
	struct asked a = {.name = name, .fd = fd, .image = strstr(name, ".img") || strstr(name, ".hm")};
	if (fd < 0) {
		http_response_text(resp, 404, "text/plain", "no such file");
		return;
	}
	a.size = (uint64_t)lseek(fd, 0, SEEK_END);
	a.ranged = range_of(req, a.size, &a.from, &a.n);
	if (answer_oddly(sv, &a, resp))
		return;
	if (a.image)
		send_image(sv, &a, resp);
	else
		check_ok(file_read(path, HTTP_RESPONSE_BODY_MAX, &resp->body, &e));
}

static void handle(void *ctx, const struct http_request *req, struct http_response *resp)
{
	struct server *sv = ctx;
	char path[400];
	if (!req->peer->authenticated || strcmp(req->peer->common_name, sv->w->device) != 0 ||
	    !http_text_copy(req->head->path, path, sizeof path))
		http_response_text(resp, 403, "text/plain", "not this device");
	else if (strcmp(path, "/v1/checkin") == 0)
		answer_checkin(sv, req, resp);
	else if (strcmp(path, "/v1/statements") == 0)
		take_statement(sv, req, resp);
	else if (strncmp(path, "/v1/metadata/", 13) == 0)
		send_file(sv, "metadata", path + 13, req, resp);
	else if (strncmp(path, "/v1/targets/", 12) == 0)
		send_file(sv, "targets", path + 12, req, resp);
	else
		resp->status = 204; /* alerts, evidence, receipts */
}

static void read_into(const char *path, struct buf *out)
{
	struct err e = {0};
	buf_init(out, FILE_MAX);
	check_ok(file_read(path, FILE_MAX - 1, out, &e));
}

static void serve(struct world *w, int listen_fd)
{
	struct server sv = {.w = w, .s = w->service};
	struct err e = {0};
	struct buf cert, ca, statement;
	struct privkey key = {0}, statement_key = {0};
	struct tls_context *tls = NULL;
	struct loop *loop = NULL;
	struct http_server *server = NULL;
	(void)snprintf(sv.repo, sizeof sv.repo, "%s/repo", w->scratch.dir);
	read_into(in(w, "server/server.pem"), &cert);
	read_into(in(w, "keys/factory-ca.pem"), &ca);
	read_into(in(w, "dev.factory/factory/statement.key"), &statement);
	check_ok(keyfile_load(in(w, "server/server.key"), no_passphrase, &key, &e));
	check_ok(privkey_from_pem(buf_view(&statement), &statement_key, &e));
	sv.statement_key = statement_key.pub;
	const struct tls_config config = {.cert_pem = buf_view(&cert), .key = &key, .peer_ca_pem = buf_view(&ca)};
	check_ok(tls_server_context(&config, &tls, &e));
	check_ok(loop_new(&loop, &e));
	const struct http_server_config hc = {.loop = loop,
					      .listen_fd = listen_fd,
					      .tls = tls,
					      .handler = handle,
					      .ctx = &sv,
					      .body_max = ENVELOPE_MAX,
					      .connections_max = 32};
	check_ok(http_server_new(&hc, &server, &e));
	check_ok(loop_run(loop, &e));
}

/* ---- the maker ---- */

static void policy_text(const struct world *w, int release, struct buf *out)
{
	/* 3.0.0 waits for a listener that nobody opens; another check is good, a third would have an hour. */
	static const char *const more =
		"{\"id\":\"quick\",\"kind\":\"listener\",\"port\":%u,\"service\":\"app\",\"within_s\":1},"
		"{\"id\":\"says\",\"kind\":\"report\",\"service\":\"app\",\"within_s\":3600},";
	unsigned port = release == 3 ? 1 : w->port;
	char others[256] = "";
	if (release == 3)
		(void)snprintf(others, sizeof others, more, w->port);
	buf_init(out, 8192);
	buf_putf(out,
		 "{\"contact\":\"security@example.com\",\"flows\":[],\"health\":[%s{\"id\":\"answers\",\"kind\":"
		 "\"listener\",\"port\":%u,\"service\":\"app\",\"within_s\":%d}],\"listeners\":[{\"port\":%u,"
		 "\"proto\":\"tcp\",\"service\":\"app\",\"why\":\"live "
		 "view\"}],\"maker\":\"Example\",\"model\":\"" WORLD_MODEL
		 "\",\"page_port\":0,\"personal_data\":[],\"product\":\"Camera\",\"protected\":[],\"safety\":[],"
		 "\"scan_period_s\":60,\"services\":[{\"args\":[],\"exec\":\"bin/app\",\"id\":\"app\",\"user\":2001},"
		 "{\"args\":[],\"exec\":\"bin/other\",\"id\":\"other\",\"user\":2002}],"
		 "\"support_end\":\"2031-01-01\",\"texts\":{\"isolated\":\"Cut off to protect you.\"},\"v\":1,"
		 "\"version\":\"%s\"}",
		 others, port, release == 3 ? 2 : 1, port, versions[release]);
}

static void make_image(struct world *w, int release, size_t n)
{
	struct err e = {0};
	char name[32];
	uint8_t *p = mem_alloc(n);
	assert_non_null(p);
	uint64_t x = 88172645463325252u;
	for (size_t i = 0; i < n; i++) { /* nothing that could be packed: what is sent is as long as the image */
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		/* A sixteenth is each release's own; 5.0.0 is like 1.0.0 but for its first quarter. */
		size_t own = release == 5 && i >= n / 4 ? 1 : (size_t)release;
		p[i] = (uint8_t)(i / BLOCK % 16 == own ? x >> 8 * own % 56 : x);
	}
	(void)snprintf(name, sizeof name, "image-%d", release);
	check_ok(file_create(in(w, name), bytes_of(p, n), 0644, &e));
	check_ok(hash_sha256(bytes_of(p, n), w->sha[release], &e));
	w->length[release] = n;
	mem_free(p);
}

void world_publish(struct world *w, const char *to, int release, int days_ago)
{
	struct err e = {0};
	struct privkey keys[3] = {0};
	struct signer signers[3];
	static const char *const names[3] = {"targets", "snapshot", "timestamp"};
	char image[1024], repo_dir[1024], keys_dir[1024];
	struct buf policy, root;
	struct repo *repo = NULL;
	struct repo_published told;
	(void)snprintf(keys_dir, sizeof keys_dir, "%s", in(w, "keys"));
	(void)snprintf(repo_dir, sizeof repo_dir, "%s", to);
	(void)snprintf(image, sizeof image, "%s/image-%d", w->scratch.dir, release);
	for (int i = 0; i < 3; i++) {
		check_ok(keyring_load(keys_dir, names[i], no_passphrase, &keys[i], &e));
		signers[i] = privkey_signer(&keys[i]);
	}
	policy_text(w, release, &policy);
	read_into(in(w, "keys/root.json"), &root);
	struct repo_release rel = {.image_path = image,
				   .policy = buf_view(&policy),
				   .terms = {.now = {clock_now().wall.s - days_ago * INT64_C(86400)},
					     .expires_days = 30,
					     .timestamp_days = 7}};
	char base[1024];
	const char *const bases[] = {base};
	(void)snprintf(base, sizeof base, "%s/image-1", w->scratch.dir);
	rel.bases = bases;
	rel.bases_n = release == 4;
	rel.blocks = release == 5;
	rel.image.kind = RELEASE_IMAGE;
	rel.image.counter = release;
	(void)snprintf(rel.image.model, sizeof rel.image.model, WORLD_MODEL);
	(void)snprintf(rel.image.component, sizeof rel.image.component, "os");
	(void)snprintf(rel.image.version, sizeof rel.image.version, "%s", versions[release]);
	const struct repo_keys by = {{&signers[0], 1}, {&signers[1], 1}, {&signers[2], 1}};
	check_ok(repo_open(repo_dir, buf_view(&root), &repo, &e));
	check_ok(repo_publish(repo, &rel, &by, &told, &e));
	w->file_bytes[release] = told.image.full.bytes;
	if (release == 4)
		w->patch_bytes = told.image.patches_n == 1 ? told.image.patches[0].bytes : 0;
	w->header_bytes[release] = told.image.full.header_bytes;
	repo_free(repo);
	buf_done(&policy);
	buf_done(&root);
	for (int i = 0; i < 3; i++)
		privkey_done(&keys[i]);
}

static void make_maker(struct world *w, size_t image_bytes)
{
	struct err e = {0};
	static const char *const hosts[] = {"127.0.0.1", NULL};
	char keys_dir[1024], server_dir[1024];
	(void)snprintf(keys_dir, sizeof keys_dir, "%s", in(w, "keys"));
	(void)snprintf(server_dir, sizeof server_dir, "%s", in(w, "server"));
	const struct keyring_plan plan = {.dir = keys_dir,
					  .maker = "Example",
					  .holders = 1,
					  .threshold = 1,
					  .now = clock_now().wall,
					  .root_days = 365};
	check_ok(keyring_make(&plan, &e));
	const struct keyring_server server = {
		.keys_dir = keys_dir, .out_dir = server_dir, .hosts = hosts, .now = plan.now, .days = 30};
	check_ok(keyring_server_cert(&server, &e));
	char repo_dir[1024];
	(void)snprintf(repo_dir, sizeof repo_dir, "%s", in(w, "repo"));
	check_ok(file_make_dir(repo_dir, 0755, &e));
	for (int i = 1; i <= RELEASES; i++) {
		make_image(w, i, image_bytes);
		world_publish(w, repo_dir, i, 0);
	}
}

/* ---- the factory ---- */

static void seed_device(struct world *w, const char *dir)
{
	struct err e = {0};
	char path[1200];
	struct buf policy, image;
	struct bootctl record;
	struct slot_disk disk = {0};
	struct bootctl_image first = {.bytes = w->length[1]};
	memcpy(first.sha256, w->sha[1], SHA256_SIZE);
	policy_text(w, 1, &policy);
	(void)snprintf(path, sizeof path, "%s/factory/policy.json", dir);
	check_ok(file_create(path, buf_view(&policy), 0644, &e));
	(void)snprintf(path, sizeof path, "%s/factory/installed.json", dir);
	check_ok(file_create(path, bytes_of_text("{\"counter\":1,\"version\":\"1.0.0\"}"), 0644, &e));
	(void)snprintf(path, sizeof path, "%s/disk.img", dir);
	check_ok(slot_create(path, WORLD_SLOT_BYTES, &e));
	check_ok(slot_open(path, true, &disk, &e));
	read_into(in(w, "image-1"), &image);
	check_ok(slot_write(&disk, 0, 0, buf_view(&image), &e));
	slot_close(&disk);
	bootctl_factory(&record, &first);
	(void)snprintf(path, sizeof path, "%s/boot.env", dir);
	check_ok(bootctl_io_create(path, &record, &e));
	buf_done(&policy);
	buf_done(&image);
}

static void make_device(struct world *w)
{
	struct err e = {0};
	char keys_dir[1024], out[1024];
	struct factory_unit *units = NULL;
	size_t n = 0;
	(void)snprintf(keys_dir, sizeof keys_dir, "%s", in(w, "keys"));
	(void)snprintf(out, sizeof out, "%s", in(w, "dev.factory"));
	const struct factory_run run = {.keys_dir = keys_dir,
					.out_dir = out,
					.model = WORLD_MODEL,
					.maker = "Example",
					.service_host = "127.0.0.1",
					.service_port = w->port,
					.page_port = WORLD_PAGE_PORT,
					.id = "cam-0001",
					.now = clock_now().wall};
	check_ok(factory_provision(&run, &units, &n, &e));
	assert_int_equal(n, 1);
	(void)snprintf(w->device, sizeof w->device, "%s", units[0].id);
	seed_device(w, units[0].dir);
	mem_free(units);
}

static int run_tool(const char *const *argv)
{
	struct err e = {0};
	int status = -1;
	const struct spawn s = {.path = argv[0], .argv = argv, .stdout_fd = -1};
	check_ok(spawn_wait(&s, 20000, &status, &e));
	return status;
}

void world_reset(struct world *w)
{
	char from[1024];
	(void)snprintf(from, sizeof from, "%s", in(w, "dev.factory"));
	const char *const rm[] = {"/bin/rm", "-rf", "--", w->dev, NULL};
	const char *const cp[] = {"/bin/cp", "-a", "--sparse=always", from, w->dev, NULL};
	assert_int_equal(run_tool(rm), 0);
	assert_int_equal(run_tool(cp), 0);
	struct world_service *s = w->service;
	*s = (struct world_service){.wait_s = 1};
}

static void *share(const char *path, size_t n)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(ftruncate(fd, (off_t)n), 0);
	void *map = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	assert_true(map != MAP_FAILED);
	return map;
}

/*
 * The agent loads a firewall. It must never be this machine's: root tests in a network of their own, and not at all if
 * there can be none. Without root the parent is refused by the kernel, and the agent goes on without.
 */
static void own_network(void)
{
	if (geteuid() != 0)
		return;
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	(void)close(fd);
}

void world_make(struct world *w, const char *agent, size_t image_bytes)
{
	own_network();
	struct err e = {0};
	int listen_fd = -1;
	*w = (struct world){.scratch = scratch_new(), .agent = agent};
	(void)snprintf(w->dev, sizeof w->dev, "%s/dev", w->scratch.dir);
	w->service = share(in(w, "service"), sizeof *w->service);
	check_ok(http_listen("127.0.0.1", 0, &listen_fd, &w->port, &e));
	make_maker(w, image_bytes);
	make_device(w);
	world_reset(w);
	w->service_pid = fork();
	assert_true(w->service_pid >= 0);
	if (w->service_pid == 0) {
		serve(w, listen_fd);
		_exit(0);
	}
	(void)close(listen_fd);
}

void world_done(struct world *w)
{
	if (w->service_pid > 0) {
		(void)kill(w->service_pid, SIGKILL);
		(void)waitpid(w->service_pid, NULL, 0);
	}
	(void)munmap(w->service, sizeof *w->service);
	scratch_done(&w->scratch);
}

/* ---- the boot loader ---- */

struct bootctl world_record(struct world *w)
{
	struct err e = {0};
	struct bootctl b;
	char path[1024];
	(void)snprintf(path, sizeof path, "%s/boot.env", w->dev);
	check_ok(bootctl_io_read(path, &b, &e));
	return b;
}

static int release_in(struct world *w, int slot)
{
	struct err e = {0};
	struct slot_disk disk = {0};
	uint8_t digest[SHA256_SIZE];
	char path[1024];
	int found = 0;
	(void)snprintf(path, sizeof path, "%s/disk.img", w->dev);
	check_ok(slot_open(path, false, &disk, &e));
	for (int i = 1; i <= RELEASES && !found; i++) {
		check_ok(slot_hash_all(&disk, slot, w->length[i], digest, &e));
		if (memcmp(digest, w->sha[i], SHA256_SIZE) == 0)
			found = i;
	}
	slot_close(&disk);
	return found;
}

int world_bootable(struct world *w)
{
	struct err e = {0};
	struct bootctl b = world_record(w);
	int slot = -1;
	bool write;
	check_ok(bootctl_boot(&b, &slot, &write, &e));
	int found = release_in(w, slot);
	return found && memcmp(b.image[slot].sha256, w->sha[found], SHA256_SIZE) == 0 ? found : 0;
}

pid_t world_start_agent(struct world *w, const char *const *extra)
{
	struct err e = {0};
	const char *argv[16] = {"hallmarkd", "--device", w->dev};
	pid_t pid = -1;
	for (size_t i = 0; extra && extra[i] && i < 12; i++)
		argv[3 + i] = extra[i];
	const struct spawn s = {.path = w->agent, .argv = argv, .stdout_fd = -1};
	check_ok(spawn_exec(&s, &pid, &e));
	return pid;
}

pid_t world_boot(struct world *w, const char *const *extra)
{
	struct err e = {0};
	struct bootctl b = world_record(w);
	int slot;
	bool write;
	char path[1024];
	check_ok(bootctl_boot(&b, &slot, &write, &e));
	(void)snprintf(path, sizeof path, "%s/boot.env", w->dev);
	if (write)
		check_ok(bootctl_io_write(path, &b, &e));
	return world_start_agent(w, extra);
}

int world_wait(pid_t pid, int64_t timeout_ms)
{
	int status;
	for (int64_t end = clock_now().mono.ms + timeout_ms; clock_now().mono.ms < end;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		(void)usleep(2000);
	}
	return -1;
}

static void expect_exit(pid_t pid, int expected)
{
	int status = world_wait(pid, WORLD_LONG_MS);
	assert_true(status >= 0 && WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

void world_stop(pid_t pid)
{
	assert_int_equal(kill(pid, SIGTERM), 0);
	expect_exit(pid, 0);
}

void world_expect_reboot(pid_t pid)
{
	expect_exit(pid, HALLMARKD_REBOOT);
}

void world_offer(struct world *w, const char *version)
{
	(void)snprintf(w->service->offer_version, sizeof w->service->offer_version, "%s", version);
}

bool world_until(const uint32_t *counter, uint32_t n, int64_t timeout_ms)
{
	for (int64_t end = clock_now().mono.ms + timeout_ms; clock_now().mono.ms < end;) {
		if (__atomic_load_n(counter, __ATOMIC_SEQ_CST) >= n)
			return true;
		(void)usleep(2000);
	}
	return false;
}

const char *world_read(struct world *w, const char *name)
{
	static char text[65536];
	char path[1024];
	struct buf b;
	(void)snprintf(path, sizeof path, "%s/%s", w->dev, name);
	buf_init(&b, sizeof text);
	text[0] = 0;
	if (rc_ok(file_read(path, sizeof text - 2, &b, NULL)))
		(void)snprintf(text, sizeof text, "%s", buf_text(&b));
	buf_done(&b);
	return text;
}
