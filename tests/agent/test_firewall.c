/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firewall role as the parent uses it, in a network namespace of the test's own: a ruleset is loaded by a program
 * that ends, a bad one changes nothing and says why, a program that is not there or dies is an error and not a hang.
 * This test is started beside a copy of the role's program that is named after it.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#include "agent/roles/hallmarkd.h"
#include "agent/roles/parent_firewall.h"
#include "host/os/nft.h"
#include "host/os/spawn.h"

#define RULES                                                                                                          \
	"add table inet probe\n"                                                                                       \
	"add chain inet probe in { type filter hook input priority 0; policy accept; }\n"                              \
	"add rule inet probe in iif lo meta l4proto tcp tcp dport 7 counter drop\n"

static void program(char *ret, size_t size)
{
	struct err e = {0};
	check_ok(spawn_self(ret, size, &e));
	(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s", HALLMARKD_FIREWALL_SUFFIX);
}

static rc listed(struct buf *out)
{
	struct err e = {0};
	buf_reset(out);
	return nft_list("probe", out, &e);
}

static void loads_and_ends(void **state)
{
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	(void)state;
	buf_init(&text, NFT_TEXT_MAX);
	assert_true(rc_failed(listed(&text)));
	check_ok(parent_firewall_load(bytes_of_text(RULES), &e));
	assert_true(rc_ok(listed(&text)));
	assert_non_null(strstr(buf_text(&text), "tcp dport 7"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing of it is left */
}

static void refuses_as_a_whole(void **state)
{
	CLEANUP(buf_done) struct buf text;
	struct err e = {0};
	(void)state;
	buf_init(&text, NFT_TEXT_MAX);
	check_ok(parent_firewall_load(bytes_of_text("add table inet probe\n"), &e));
	rc r = parent_firewall_load(bytes_of_text("delete table inet probe\nadd rule inet nowhere in accept\n"), &e);
	assert_true(rc_failed(r));
	assert_true(*e.text);
	assert_true(rc_ok(listed(&text)));
	assert_int_equal(parent_firewall_load((struct bytes){0}, &e).code, ERR_INPUT);
}

/* It has no file to read and none to write, whatever the text asks for. */
static void opens_no_file(void **state)
{
	struct err e = {0};
	char path[] = "/tmp/hallmark-rules.XXXXXX", text[128];
	static const char rules[] = "add table inet stolen\n";
	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, rules, sizeof rules - 1) == sizeof rules - 1);
	(void)close(fd);
	(void)snprintf(text, sizeof text, "include \"%s\"\n", path);
	check_ok(nft_apply(bytes_of_text(text), &e)); /* outside the role it can be read: the test can fail */
	assert_true(rc_failed(parent_firewall_load(bytes_of_text(text), &e)));
	(void)unlink(path);
}

static void missing_program(void **state)
{
	struct err e = {0};
	char path[1024], aside[1100];
	(void)state;
	program(path, sizeof path);
	(void)snprintf(aside, sizeof aside, "%s.aside", path);
	assert_int_equal(rename(path, aside), 0);
	rc r = parent_firewall_load(bytes_of_text(RULES), &e);
	FILE *f = fopen(path, "w"); /* and one that says nothing */
	assert_non_null(f);
	(void)fputs("#!/bin/sh\nexit 0\n", f);
	(void)fclose(f);
	assert_int_equal(chmod(path, 0700), 0);
	struct err silent = {0};
	rc s = parent_firewall_load(bytes_of_text(RULES), &silent);
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(r.code, ERR_MISSING);
	assert_int_equal(s.code, ERR_UNSUPPORTED);
	assert_non_null(strstr(silent.hint, "libnftables"));
}

static int own_network(void **state)
{
	(void)state;
	return unshare(CLONE_NEWNET);
}

#define net_test(f) cmocka_unit_test_setup(f, own_network)

int main(void)
{
	const struct CMUnitTest tests[] = {net_test(loads_and_ends), net_test(refuses_as_a_whole),
					   net_test(opens_no_file), net_test(missing_program)};
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0) {
		(void)printf("1..0 # SKIP needs root: makes a network namespace\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
