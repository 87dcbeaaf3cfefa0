/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real program over real sockets: `hallmark-fleet serve` with three sandboxed processes, mutual TLS, a device that
 * checks in and states, a stranger that is not let in, a report that crosses two processes, a role that is killed and
 * comes back, SIGTERM. argv[1] is the program.
 */
#include "factory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/model/checkin.h"
#include "host/net/http_client.h"
#include "host/os/spawn.h"

static const char *program;

struct world {
	char dir[64];
	struct factory f;
	struct unit unit, unknown; /* unknown: same CA, never imported */
	struct buf service_ca;
	pid_t pid;
	uint16_t device_port, public_port, operator_port;
};

static const char *in_dir(const struct world *w, const char *name, char out[160])
{
	(void)snprintf(out, 160, "%s/%s", w->dir, name);
	return out;
}

static void put(const struct world *w, const char *name, struct bytes content)
{
	struct err e = {0};
	char p[160];
	check_ok(file_create(in_dir(w, name, p), content, 0600, &e));
}

static int run_wait(const char *const *argv)
{
	struct err e = {0};
	int status = -1;
	FD_AUTO int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const struct spawn s = {.path = program, .argv = argv, .stdout_fd = quiet};
	check_ok(spawn_wait(&s, 20000, &status, &e));
	return status;
}

static void make_files(struct world *w)
{
	struct err e = {0};
	struct privkey service_ca = {0}, server = {0};
	struct buf server_pem, pub;
	char p[160];
	buf_init(&pub, KEY_PEM_MAX);
	check_ok(keyfile_generate(KEY_ECDSA_P256, &service_ca, &e));
	check_ok(keyfile_generate(KEY_ECDSA_P256, &server, &e));
	factory_cert(CERT_CA, "test service CA", &service_ca.pub, &service_ca, bytes_of(NULL, 0), &w->service_ca);
	factory_cert(CERT_SERVER, "service", &server.pub, &service_ca, buf_view(&w->service_ca), &server_pem);
	check_ok(pubkey_pem(&w->f.records.pub, &pub, &e));
	put(w, "server.pem", buf_view(&server_pem));
	check_ok(keyfile_save(in_dir(w, "server.key", p), &server, bytes_of(NULL, 0), &e));
	put(w, "factory-ca.pem", buf_view(&w->f.ca_pem));
	put(w, "factory.pub", buf_view(&pub));
	put(w, "records.jsonl", buf_view(&w->unit.record));
	check_ok(file_make_dir(in_dir(w, "repo/metadata", p), 0755, &e));
	put(w, "repo/metadata/timestamp.json", bytes_of_text("{\"t\":1}"));
	check_ok(file_make_dir(in_dir(w, "repo/targets", p), 0755, &e));
	privkey_done(&service_ca);
	privkey_done(&server);
	buf_done(&server_pem);
	buf_done(&pub);
}

static void start(struct world *w)
{
	struct err e = {0};
	char data[160], repo[160], cert[160], key[160], ca[160], line[256];
	const char *const argv[] = {"hallmark-fleet",
				    "serve",
				    in_dir(w, "data", data),
				    "--repo",
				    in_dir(w, "repo", repo),
				    "--tls-cert",
				    in_dir(w, "server.pem", cert),
				    "--tls-key",
				    in_dir(w, "server.key", key),
				    "--factory-ca",
				    in_dir(w, "factory-ca.pem", ca),
				    "--device-listen",
				    "127.0.0.1:0",
				    "--public-listen",
				    "127.0.0.1:0",
				    "--operator-listen",
				    "127.0.0.1:0",
				    "--checkin-s",
				    "4",
				    NULL};
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	const struct spawn s = {.path = program, .argv = argv, .stdout_fd = fds[1], .die_with_parent = true};
	check_ok(spawn_exec(&s, &w->pid, &e));
	(void)close(fds[1]);
	FILE *out = fdopen(fds[0], "r");
	assert_non_null(out);
	uint16_t *const ports[] = {&w->device_port, &w->public_port, &w->operator_port};
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		assert_non_null(fgets(line, sizeof line, out));
		const char *colon = strrchr(line, ':');
		assert_non_null(colon);
		*ports[i] = (uint16_t)strtoul(colon + 1, NULL, 10);
		assert_int_not_equal(*ports[i], 0);
	}
	(void)fclose(out);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	char data[160], records[160], pub[160];
	if (!w)
		return -1;
	(void)snprintf(w->dir, sizeof w->dir, "/tmp/hallmark-service-XXXXXX");
	if (!mkdtemp(w->dir))
		return -1;
	factory_init(&w->f);
	factory_unit(&w->f, "cam-1", &w->unit);
	factory_unit(&w->f, "cam-2", &w->unknown);
	make_files(w);
	const char *const init[] = {"hallmark-fleet", "init", in_dir(w, "data", data), NULL};
	const char *const import[] = {"hallmark-fleet",
				      "import",
				      data,
				      in_dir(w, "records.jsonl", records),
				      "--factory-pub",
				      in_dir(w, "factory.pub", pub),
				      NULL};
	assert_int_equal(run_wait(init), 0);
	assert_int_equal(run_wait(import), 0);
	start(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	int status = -1;
	if (w->pid) {
		(void)kill(w->pid, SIGTERM);
		(void)waitpid(w->pid, &status, 0);
	}
	factory_unit_done(&w->unit);
	factory_unit_done(&w->unknown);
	factory_done(&w->f);
	buf_done(&w->service_ca);
	factory_remove(w->dir, 4);
	free(w);
	return 0;
}

/* Status of one call; -1 when TLS or the network refused. `who` NULL: no client certificate. */
static int call_device(struct world *w, struct unit *who, const struct bytes *ca, enum http_method m, const char *path,
		       struct bytes body)
{
	struct err e = {0};
	struct tls_context *tls = NULL;
	struct http_client *c = NULL;
	struct http_answer a;
	int status = -1;
	const struct tls_config t = {.cert_pem = who ? buf_view(&who->cert_pem) : bytes_of(NULL, 0),
				     .key = who ? &who->tls : NULL,
				     .peer_ca_pem = ca ? *ca : buf_view(&w->service_ca)};
	check_ok(tls_client_context(&t, &tls, &e));
	const struct http_client_config cfg = {.host = "127.0.0.1", .port = w->device_port, .tls = tls};
	const struct http_call call = {
		.method = m, .path = path, .body = body, .body_max = 65536, .deadline_ms = 10000};
	http_answer_init(&a, 65536);
	if (rc_ok(http_client_open(&cfg, &c, &e)) && rc_ok(http_client_call(c, &call, &a, &e)))
		status = a.status;
	http_answer_done(&a);
	http_client_free(c);
	tls_context_free(tls);
	return status;
}

static int call_page(uint16_t port, enum http_method m, const char *path, const char *form, struct http_answer *a)
{
	struct err e = {0};
	struct http_client *c = NULL;
	const struct http_client_config cfg = {.host = "127.0.0.1", .port = port};
	const struct http_call call = {.method = m,
				       .path = path,
				       .headers = form ? "Content-Type: application/x-www-form-urlencoded\r\n" : NULL,
				       .body = bytes_of_text(form ? form : ""),
				       .body_max = MIB,
				       .deadline_ms = 15000};
	http_answer_init(a, MIB);
	int status = -1;
	if (rc_ok(http_client_open(&cfg, &c, &e)) && rc_ok(http_client_call(c, &call, a, &e)))
		status = a->status;
	http_client_free(c);
	return status;
}

static const char checkin[] = "{\"v\":1,\"version\":\"1.0.0\",\"counter\":1,\"slot\":\"a\",\"state\":\"idle\",\"mode\":"
			      "\"normal\",\"reason\":\"\",\"failed_version\":\"\"}";

static void only_imported_devices_come_in(void **state)
{
	struct world *w = *state;
	const struct bytes body = bytes_of_text(checkin), factory_ca = buf_view(&w->f.ca_pem);
	struct factory stranger;
	struct unit fake;
	factory_init(&stranger);
	factory_unit(&stranger, "cam-1", &fake); /* right name, wrong CA */
	assert_int_equal(call_device(w, NULL, NULL, HTTP_POST, "/v1/checkin", body), -1);
	assert_int_equal(call_device(w, &fake, NULL, HTTP_POST, "/v1/checkin", body), -1);
	assert_int_equal(call_device(w, &w->unit, &factory_ca, HTTP_POST, "/v1/checkin", body), -1);
	assert_int_equal(call_device(w, &w->unknown, NULL, HTTP_POST, "/v1/checkin", body), 403);
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_POST, "/v1/checkin", body), 200);
	factory_unit_done(&fake);
	factory_done(&stranger);
}

static void a_device_checks_in_fetches_and_states(void **state)
{
	struct world *w = *state;
	CLEANUP(buf_done) struct buf env;
	buf_init(&env, ENVELOPE_MAX);
	struct statement_boot b = factory_boot(&w->unit, "1.0.0");
	factory_sign_boot(&w->unit, &b, &env);
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_POST, "/v1/statements", buf_view(&env)), 204);
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_POST, "/v1/statements", buf_view(&env)), 204);
	assert_int_equal(call_device(w, &w->unknown, NULL, HTTP_POST, "/v1/statements", buf_view(&env)), 403);
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_GET, "/v1/metadata/timestamp.json", bytes_of(NULL, 0)),
			 200);
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_GET, "/v1/metadata/9.root.json", bytes_of(NULL, 0)), 404);
	uint8_t *big = calloc(1, 70000);
	assert_non_null(big);
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_POST, "/v1/evidence", bytes_of(big, 70000)), 413);
	free(big);
}

static pid_t child_named(pid_t parent, const char *role)
{
	char path[64], text[512];
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	FILE *f = fopen(path, "r");
	pid_t found = 0;
	int pid = 0;
	while (f && !found && fscanf(f, "%d", &pid) == 1) {
		(void)snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
		FILE *c = fopen(path, "r");
		size_t n = c ? fread(text, 1, sizeof text - 1, c) : 0;
		text[n] = 0;
		if (memmem(text, n, role, strlen(role)))
			found = pid;
		if (c)
			(void)fclose(c);
	}
	if (f)
		(void)fclose(f);
	return found;
}

static void a_report_crosses_to_the_vault_and_survives_a_crash(void **state)
{
	struct world *w = *state;
	struct http_answer a;
	char link[40];
	static const char form[] = "product=&text=a+report+that+is+long+enough&contact=&website=";
	assert_int_equal(call_page(w->public_port, HTTP_POST, "/report", form, &a), 200);
	const char *at = strstr(buf_text(&a.body), "/case/");
	assert_non_null(at);
	(void)snprintf(link, sizeof link, "%.32s", at);
	http_answer_done(&a);
	assert_int_equal(call_page(w->public_port, HTTP_GET, link, NULL, &a), 200);
	http_answer_done(&a);
	pid_t pid = child_named(w->pid, "public");
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	int status = -1;
	for (int i = 0; i < 50 && status != 200; i++) {
		(void)usleep(100000);
		status = call_page(w->public_port, HTTP_GET, link, NULL, &a);
		http_answer_done(&a);
	}
	assert_int_equal(status, 200);
	assert_int_not_equal(child_named(w->pid, "public"), pid);
	assert_int_equal(call_page(w->operator_port, HTTP_GET, "/", NULL, &a), 303);
	http_answer_done(&a);
}

static void sigterm_ends_it_cleanly(void **state)
{
	struct world *w = *state;
	int status = -1;
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_POST, "/v1/checkin", bytes_of_text(checkin)), 200);
	assert_int_equal(kill(w->pid, SIGTERM), 0);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	w->pid = 0;
	assert_int_equal(call_device(w, &w->unit, NULL, HTTP_POST, "/v1/checkin", bytes_of_text(checkin)), -1);
}

static void without_data_it_says_what_to_do(void **state)
{
	struct world *w = *state;
	char data[160];
	const char *const argv[] = {"hallmark-fleet", "status", in_dir(w, "nothing", data), NULL};
	assert_int_equal(run_wait(argv), 3);
	const char *const role[] = {"hallmark-fleet", "role", "device", NULL};
	assert_int_equal(run_wait(role), 3);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	program = argv[1];
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(only_imported_devices_come_in),
		T(a_device_checks_in_fetches_and_states),
		T(a_report_crosses_to_the_vault_and_survives_a_crash),
		T(sigterm_ends_it_cleanly),
		T(without_data_it_says_what_to_do),
	};
	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
