/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `hallmark tuf` against servers that are slow, endless, broken or elsewhere, a full disk, and things that lie where a
 * target is to go: exit status 1, what was trusted still is, and nothing is left behind.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/tufsim.h"
#include "host/os/file.h"

static struct tufsim sim;
static const char *program, *odd_path, *odd_answer;

static int setup(void **state)
{
	(void)state;
	sim_init(&sim, program);
	sim_artifact(&sim, "targets", "cam.img", "image");
	sim_publish(&sim, "targets", "snapshot", "timestamp", NULL);
	assert_true(sim_client_init_first(&sim));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sim_client_wrap(NULL);
	sim_done(&sim);
	return 0;
}

static bool is_odd(const char *path)
{
	size_t n = strlen(path), k = strlen(odd_path);
	return n >= k && strcmp(path + n - k, odd_path) == 0;
}

/* The head, the body, or both are not what they should be. */
static bool say(struct tufsim *s, int fd, const char *path)
{
	(void)s;
	if (!is_odd(path))
		return false;
	(void)send(fd, odd_answer, strlen(odd_answer), MSG_NOSIGNAL);
	return true;
}

static bool say_without_end(struct tufsim *s, int fd, const char *path)
{
	static const char chunk[] = "400\r\n";
	char filler[1026];
	memset(filler, ' ', 1024);
	memcpy(filler + 1024, "\r\n", 2);
	if (!say(s, fd, path))
		return false;
	for (int i = 0; i < 100 * 1024; i++) /* 100 MiB, and then it would be a whole answer */
		if (send(fd, chunk, 5, MSG_NOSIGNAL) != 5 || send(fd, filler, sizeof filler, MSG_NOSIGNAL) < 0)
			return true;
	fail_msg("the client read 100 MiB");
	return true;
}

/* One byte each 20 ms: 1.2 s of the client's time, which passes sixty times as fast. */
static bool say_slowly(struct tufsim *s, int fd, const char *path)
{
	if (!say(s, fd, path))
		return false;
	for (int i = 0; i < 400; i++) {
		if (send(fd, " ", 1, MSG_NOSIGNAL) != 1)
			return true;
		(void)usleep(20000);
	}
	fail_msg("the client waited 480 s");
	return true;
}

static size_t left_behind(const char *dir)
{
	size_t n = 0;
	DIR *d = opendir(dir);
	if (!d)
		return 0;
	for (const struct dirent *entry; (entry = readdir(d)) != NULL;)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	(void)closedir(d);
	return n;
}

static void odd(const char *path, const char *answer, bool (*how)(struct tufsim *, int, const char *))
{
	odd_path = path;
	odd_answer = answer;
	sim.odd = how;
}

static void check_refused(const char *why)
{
	assert_false(sim_client_download(&sim, "cam.img", NULL));
	if (!strstr(sim_client_said(&sim), why))
		fail_msg("it did not say \"%s\" but: %s", why, sim_client_said(&sim));
	assert_string_equal(sim_client_artifacts(&sim), "");
	assert_int_equal(left_behind(sim_client_dir(&sim, "targets")), 0);
}

/* Only 404 says that there is no further root; anything else is no answer to that question. */
static void no_answer_is_not_an_absence(void **state)
{
	(void)state;
	static const char *const answers[] = {
		"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\n{",
		"HTTP/1.1 304 Not Modified\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\ncut",
		"",
		"garbage",
	};
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		odd("2.root.json", answers[i], say);
		assert_false(sim_client_refresh(&sim));
		assert_string_equal(sim.asked, "");
		assert_string_equal(sim_client_trusts(&sim), "root 1");
	}
	sim.odd = NULL;
	assert_true(sim_client_refresh(&sim));
}

static void redirects_are_not_followed(void **state)
{
	(void)state;
	static const char *const paths[] = {"2.root.json", "/timestamp.json", ".cam.img"};
	char answer[200];
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		(void)snprintf(answer, sizeof answer,
			       "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			       sim_client_url(&sim, "metadata/timestamp.json"));
		odd(paths[i], answer, say);
		check_refused("redirects are not followed");
	}
}

static void too_much_is_not_read(void **state)
{
	(void)state;
	odd("/timestamp.json", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", say);
	check_refused("body has 99999999999 bytes");
	odd("/timestamp.json", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", say_without_end);
	check_refused("larger than 16384 bytes");
	odd(".cam.img", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", say_without_end);
	check_refused("larger than 5 bytes");
	odd(".cam.img", "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n", say_without_end);
	check_refused("larger than");
}

static void cut_answers_are_no_answers(void **state)
{
	(void)state;
	odd("/timestamp.json", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"signed\"", say);
	check_refused("the answer was cut");
	odd(".cam.img", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimag", say);
	check_refused("the answer was cut");
	odd(".cam.img", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nimag", say);
	check_refused("not 5 bytes");
	odd(".cam.img", "HTTP/1.1 200 OK\r\n\r\nimagE", say);
	check_refused("the hash does not match");
	odd(".cam.img", "HTTP/1.1 200 OK\r\n\r\nimage", say); /* no length, and it ends where it should */
	assert_true(sim_client_download(&sim, "cam.img", NULL));
	assert_string_equal(sim_client_artifacts(&sim), "image");
}

static void slow_server_is_given_up(void **state)
{
	static const char *const sixty[] = {"faketime", "-f", "+0 x60", NULL};
	(void)state;
	if (!sim_client_can_shift_time(&sim))
		check_skip("faketime is not installed");
	sim_client_wrap(sixty);
	assert_true(sim_client_refresh(&sim)); /* the wrapper itself does no harm */
	time_t began = time(NULL);
	odd("/timestamp.json", "HTTP/1.1 200 OK\r\nContent-Length: 16000\r\n\r\n", say_slowly);
	check_refused("took too long");
	assert_in_range(time(NULL) - began, 0, 5);
}

static void full_disk_leaves_what_was_trusted(void **state)
{
	(void)state;
	assert_true(sim_client_refresh(&sim));
	sim_publish(&sim, "root", "targets", "snapshot", "timestamp", NULL);
	sim.full_disk = true;
	assert_false(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 2 targets 2 timestamp 2");
	assert_int_equal(left_behind(sim_client_dir(&sim, "metadata")), 4);
	sim.full_disk = false;
	assert_true(sim_client_refresh(&sim));
	assert_string_equal(sim_client_trusts(&sim), "root 2 snapshot 3 targets 3 timestamp 3");
	sim.full_disk = true;
	assert_false(sim_client_download(&sim, "cam.img", NULL));
	assert_int_equal(left_behind(sim_client_dir(&sim, "targets")), 0);
}

/* What lies at the target's place is not followed, not overwritten elsewhere, and not taken for it. */
static void the_place_of_a_target_is_its_own(void **state)
{
	(void)state;
	struct err e = {0};
	CLEANUP(buf_done) struct buf content;
	buf_init(&content, 100);
	const char *outside = sim_client_dir(&sim, "outside"), *place = sim_client_dir(&sim, "targets/cam.img");
	check_ok(file_write_atomic(outside, bytes_of_text("image"), 0600, &e)); /* even if it is the same */
	check_ok(file_make_dir(sim_client_dir(&sim, "targets"), 0755, &e));
	assert_int_equal(symlink(outside, place), 0);
	sim.artifact_requests = 0;
	assert_true(sim_client_download(&sim, "cam.img", NULL));
	assert_int_equal(sim.artifact_requests, 1);
	struct stat st;
	assert_int_equal(lstat(place, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(unlink(place), 0);
	assert_int_equal(mkfifo(place, 0600), 0); /* would be waited for */
	assert_true(sim_client_download(&sim, "cam.img", NULL));
	assert_int_equal(unlink(place), 0);
	check_ok(file_make_dir(place, 0755, &e));
	assert_false(sim_client_download(&sim, "cam.img", NULL));
	assert_int_equal(left_behind(sim_client_dir(&sim, "targets")), 1);
}

static void damaged_kept_files_are_fetched_anew(void **state)
{
	static const char *const files[] = {"metadata/timestamp.json", "metadata/snapshot.json",
					    "metadata/targets.json"};
	(void)state;
	struct err e = {0};
	assert_true(sim_client_refresh(&sim));
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		check_ok(file_write_atomic(sim_client_dir(&sim, files[i]), bytes_of_text("{"), 0600, &e));
		assert_true(sim_client_refresh(&sim));
	}
	assert_string_equal(sim_client_trusts(&sim), "root 1 snapshot 2 targets 2 timestamp 2");
	check_ok(file_write_atomic(sim_client_dir(&sim, "metadata/root.json"), bytes_of_text("{"), 0600, &e));
	sim.asked[0] = 0;
	assert_false(sim_client_refresh(&sim)); /* nothing replaces the root that is trusted */
	assert_string_equal(sim.asked, "");
}

static void root_is_trusted_once(void **state)
{
	(void)state;
	assert_false(sim_client_init_first(&sim));
	assert_non_null(strstr(sim_client_said(&sim), "trusts a root already"));
	assert_true(sim_client_refresh(&sim));
}

#define WORDS(...) ((const char *const[]){"tuf", __VA_ARGS__, NULL})

static void wrong_calls_are_told_apart(void **state)
{
	(void)state;
	const char *dir = sim_client_dir(&sim, "metadata"), *url = sim_client_url(&sim, "metadata");
	assert_int_equal(sim_client_run(&sim, WORDS("--metadata-dir", dir)), 2);
	assert_int_equal(sim_client_run(&sim, WORDS("refresh", "--metadata-url", url)), 2);
	assert_int_equal(sim_client_run(&sim, WORDS("--metadata-dir", dir, "refresh")), 2);
	assert_int_equal(sim_client_run(&sim, WORDS("--metadata-dir", dir, "init")), 2);
	assert_int_equal(sim_client_run(&sim, WORDS("--metadata-dir", dir, "reset")), 2);
	assert_int_equal(sim_client_run(&sim, WORDS("--metadata-dir", dir, "--metadata-url", url, "refresh", "x")), 2);
	assert_int_equal(sim_client_run(&sim, WORDS("--metadata-dir", dir, "--metadata-url", url, "download")), 2);
	assert_int_equal(sim_client_run(&sim, WORDS("refresh", "--metadata-url", url, "--metadata-dir", dir)), 0);
	static const char *const urls[] = {"https://127.0.0.1/",
					   "127.0.0.1",
					   "http://",
					   "http://:80/",
					   "http://127.0.0.1:0/",
					   "http://127.0.0.1:65536/",
					   "http://127.0.0.1:x/",
					   "http://127.0.0.1:8 /",
					   "http://u@127.0.0.1/",
					   "http://127.0.0.1/?a=b",
					   "http://[::1/",
					   "http://127.0.0.1/a#b"};
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		if (sim_client_run(&sim, WORDS("--metadata-dir", dir, "--metadata-url", urls[i], "refresh")) != 1)
			fail_msg("accepted: %s", urls[i]);
}

#define ODD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
	program = argc > 1 ? argv[1] : NULL;
	const struct CMUnitTest tests[] = {
		ODD(no_answer_is_not_an_absence),
		ODD(redirects_are_not_followed),
		ODD(too_much_is_not_read),
		ODD(cut_answers_are_no_answers),
		ODD(slow_server_is_given_up),
		ODD(full_disk_leaves_what_was_trusted),
		ODD(the_place_of_a_target_is_its_own),
		ODD(damaged_kept_files_are_fetched_anew),
		ODD(root_is_trusted_once),
		ODD(wrong_calls_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
