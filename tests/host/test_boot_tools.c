/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our reading and writing against the programs that others use: fw_printenv and fw_setenv (libubootenv), grub-editenv,
 * and systemd's own reading of boot entries. Both directions. Skipped, with the reason, where they are missing.
 */
#include "scratch.h"
#include "shell.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/boot_loaders.h"
#include "host/os/boot_io.h"
#include "host/os/file.h"

static const struct bootctl_image image_2 = {.bytes = 2000, .sha256 = {4, 5, 6}};

/* Runs a shell command; its output. The exit status in *ret_status. */
static const char *run(int *ret_status, const char *form, ...)
{
	static char out[8192];
	char command[2048];
	va_list ap;
	va_start(ap, form);
	(void)vsnprintf(command, sizeof command, form, ap);
	va_end(ap);
	int status = shell_run(command, out, sizeof out);
	if (ret_status)
		*ret_status = status;
	return out;
}

static bool have(const char *program)
{
	int status = 1;
	(void)run(&status, "PATH=$PATH:/usr/sbin:/sbin command -v %s", program);
	return status == 0;
}

static struct boot open_boot(struct scratch *s)
{
	struct err e = {0};
	struct boot b = {0};
	check_ok(boot_io_open(s->dir, &b, &e));
	return b;
}

static void run_slot(struct scratch *s, char slot)
{
	struct err e = {0};
	char line[32];
	(void)snprintf(line, sizeof line, "hallmark.slot=%c\n", slot);
	check_ok(file_write_atomic(scratch_path(s, "cmdline"), bytes_of_text(line), 0600, &e));
}

static struct bootctl look(const struct boot *b)
{
	struct err e = {0};
	struct bootctl r = {0};
	check_ok(boot_io_read(b, &r, &e));
	return r;
}

/* ---- U-Boot ---- */

static const char *fw_get(struct scratch *s, const char *name)
{
	static char text[512];
	(void)snprintf(text, sizeof text, "%.500s",
		       run(NULL, "PATH=$PATH:/usr/sbin fw_printenv -c %s/fw_env.config -n %s 2>&1", s->dir, name));
	text[strcspn(text, "\n")] = 0;
	return text;
}

static void fw_set(struct scratch *s, const char *name, const char *value)
{
	int status = -1;
	(void)run(&status, "PATH=$PATH:/usr/sbin fw_setenv -c %s/fw_env.config %s '%s' 2>&1", s->dir, name, value);
	assert_int_equal(status, 0);
}

static void uboot_with_fw_tools(enum boot_loaders_kind kind)
{
	struct err e = {0};
	char config[1200];
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	boot_loaders_factory(s.dir, kind);
	int n = snprintf(config, sizeof config, "# device offset size\n%s/uboot.env 0x0 0x1000\n", s.dir);
	if (kind == BOOT_LOADERS_UBOOT)
		(void)snprintf(config + n, sizeof config - (size_t)n, "%s/uboot.env 0x2000 0x1000\n", s.dir);
	check_ok(file_create(scratch_path(&s, "fw_env.config"), bytes_of_text(config), 0600, &e));
	run_slot(&s, 'a');
	struct boot b = open_boot(&s);
	/* They write, we read; 300 times around the flag byte, each side taking its turn. */
	for (int i = 0; i < 150; i++) {
		char number[16];
		(void)snprintf(number, sizeof number, "%d", i);
		if (i % 50 == 0) {
			fw_set(&s, "foreign", number);
			fw_set(&s, "BOOT_A_LEFT", "1");
			assert_string_equal(boot_loaders_get(s.dir, kind, "foreign"), number);
		}
		boot_loaders_set(s.dir, kind, "BOOT_A_LEFT", "2");
		check_ok(boot_io_settle(&b, &e));
		assert_string_equal(boot_loaders_get(s.dir, kind, "BOOT_A_LEFT"), "3");
		if (i % 10 == 0)
			assert_string_equal(fw_get(&s, "BOOT_A_LEFT"), "3");
	}
	check_ok(boot_io_stage(&b, &e));
	assert_string_equal(fw_get(&s, "BOOT_ORDER"), "A");
	assert_string_equal(fw_get(&s, "BOOT_B_LEFT"), "0");
	check_ok(boot_io_switch(&b, &image_2, &e));
	assert_string_equal(fw_get(&s, "BOOT_ORDER"), "B A");
	assert_string_equal(fw_get(&s, "BOOT_B_LEFT"), "3");
	assert_string_equal(fw_get(&s, "foreign"), "100");
	assert_string_equal(fw_get(&s, "bootcmd"), "run rauc_choose; bootm ${loadaddr}");
	assert_string_equal(fw_get(&s, "ethaddr"), "02:00:00:00:00:01");
	fw_set(&s, "BOOT_B_LEFT", "1");
	assert_int_equal(look(&b).tries, 1);
	run_slot(&s, 'b');
	b = open_boot(&s);
	check_ok(boot_io_confirm(&b, &e));
	assert_string_equal(fw_get(&s, "BOOT_ORDER"), "B");
	fw_set(&s, "BOOT_ORDER", "A B"); /* an operator's hand */
	fw_set(&s, "BOOT_A_LEFT", "3");
	assert_true(look(&b).trying);
	check_ok(boot_io_revert(&b, &e));
	assert_string_equal(fw_get(&s, "BOOT_ORDER"), "B");
}

static void u_boot_both_directions(void **state)
{
	(void)state;
	if (!have("fw_printenv") || !have("fw_setenv"))
		check_skip("fw_printenv and fw_setenv (libubootenv-tool) are not installed");
	uboot_with_fw_tools(BOOT_LOADERS_UBOOT);
	uboot_with_fw_tools(BOOT_LOADERS_UBOOT_SINGLE);
}

/* The same on a block device, as most devices have it. */
static void u_boot_on_a_block_device(void **state)
{
	(void)state;
	struct err e = {0};
	int status = -1;
	char device[64], config[600];
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	boot_loaders_factory(s.dir, BOOT_LOADERS_UBOOT);
	run_slot(&s, 'a');
	assert_int_equal(truncate(scratch_path(&s, "uboot.env"), 65536), 0);
	(void)snprintf(device, sizeof device, "%.60s", run(&status, "losetup -f --show %s 2>/dev/null", s.path));
	device[strcspn(device, "\n")] = 0;
	if (status != 0 || !*device)
		check_skip("no loop device can be had here");
	(void)snprintf(
		config, sizeof config,
		"{\"v\":1,\"backend\":\"u-boot\",\"cmdline\":\"%s/cmdline\",\"copies\":[{\"path\":\"%s\",\"offset\":0,"
		"\"size\":4096},{\"path\":\"%s\",\"offset\":8192,\"size\":4096}]}",
		s.dir, device, device);
	check_ok(file_write_atomic(scratch_path(&s, "factory/boot.json"), bytes_of_text(config), 0600, &e));
	struct boot b = open_boot(&s);
	rc r = boot_io_settle(&b, &e);
	if (rc_ok(r))
		r = boot_io_stage(&b, &e);
	if (rc_ok(r))
		r = boot_io_switch(&b, &image_2, &e);
	struct bootctl seen = look(&b);
	(void)run(&status, "losetup -d %s", device);
	check_ok(r);
	assert_true(seen.trying);
	assert_string_equal(boot_loaders_get(s.dir, BOOT_LOADERS_UBOOT, "BOOT_ORDER"), "B A");
}

/* ---- GRUB ---- */

static void grub_set(struct scratch *s, const char *what)
{
	int status = -1;
	(void)run(&status, "grub-editenv %s/grubenv set %s 2>&1", s->dir, what);
	assert_int_equal(status, 0);
}

static void check_listed(struct scratch *s, const char *line)
{
	const char *text = run(NULL, "grub-editenv %s/grubenv list 2>&1", s->dir);
	const char *at = strstr(text, line);
	if (!at || (at != text && at[-1] != '\n') || at[strlen(line)] != '\n')
		fail_msg("no line %s in:\n%s", line, text);
}

static void grub_both_directions(void **state)
{
	(void)state;
	struct err e = {0};
	if (!have("grub-editenv"))
		check_skip("grub-editenv (grub-common) is not installed");
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	boot_loaders_factory(s.dir, BOOT_LOADERS_GRUB);
	assert_int_equal(unlink(scratch_path(&s, "grubenv")), 0);
	run_slot(&s, 'a');
	assert_string_equal(run(NULL, "grub-editenv %s/grubenv create 2>&1", s.dir), "");
	grub_set(&s, "'odd=a\\b c' saved_entry=3");
	struct boot b = open_boot(&s);
	check_ok(boot_io_settle(&b, &e)); /* an empty one: every variable is added */
	check_listed(&s, "ORDER=A B");
	check_listed(&s, "A_OK=1");
	check_listed(&s, "A_TRY=0");
	check_ok(boot_io_stage(&b, &e));
	check_listed(&s, "B_OK=0");
	struct stat before, after;
	assert_int_equal(stat(scratch_path(&s, "grubenv"), &before), 0);
	check_ok(boot_io_switch(&b, &image_2, &e));
	assert_int_equal(stat(s.path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* in place: GRUB replays no journal */
	check_listed(&s, "ORDER=B A");
	check_listed(&s, "B_OK=1");
	check_listed(&s, "B_TRY=0");
	check_listed(&s, "odd=a\\b c");
	check_listed(&s, "saved_entry=3");
	assert_true(look(&b).trying);
	grub_set(&s, "B_TRY=1 A_TRY=1"); /* as save_env does: B was tried, A was started */
	struct bootctl r = look(&b);
	assert_true(!r.trying && r.active == 0 && r.image[1].bytes == image_2.bytes);
	grub_set(&s, "A_TRY=0");
	run_slot(&s, 'b');
	b = open_boot(&s);
	assert_true(look(&b).trying);
	assert_int_equal(look(&b).tries, 0);
	check_ok(boot_io_confirm(&b, &e));
	check_listed(&s, "ORDER=B A");
	check_listed(&s, "A_OK=0");
	check_listed(&s, "B_OK=1");
	check_listed(&s, "B_TRY=0");
	check_listed(&s, "odd=a\\b c");
}

/* ---- systemd-boot ---- */

/*
 * The entries in the order in which systemd sorts them, by `bootctl list`: it wants a file system of its own, so the
 * folder is copied onto one in a mount namespace. "" if this machine does not allow that.
 */
static const char *listed(struct scratch *s)
{
	return run(
		NULL,
		"mkdir -p %s/esp && unshare -rm sh -c 'mount -t tmpfs none %s/esp && cp -r %s/loader %s/esp/ && mkdir "
		"-p "
		"%s/esp/a %s/esp/b && touch %s/esp/a/linux %s/esp/b/linux && SYSTEMD_RELAX_ESP_CHECKS=1 bootctl "
		"--esp-path=%s/esp list --json=short --no-pager' 2>/dev/null | sed -n 's/.*\"path\":\"[^\"]*entries\\/"
		"\\([^\"]*\\)\".*/\\1/p'",
		s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->dir);
}

static void systemd_reads_what_we_wrote(void **state)
{
	(void)state;
	struct err e = {0};
	if (!have("bootctl"))
		check_skip("bootctl (systemd-boot) is not installed");
	CLEANUP(scratch_done) struct scratch s = scratch_new();
	boot_loaders_factory(s.dir, BOOT_LOADERS_SD);
	if (!*listed(&s))
		check_skip("bootctl cannot be given a file system of its own here (no mount namespace)");
	assert_string_equal(listed(&s), "hallmark-1-a.conf\n"); /* the .off files are no entries */
	assert_int_equal(boot_loaders_boot(s.dir, BOOT_LOADERS_SD), 0);
	struct boot b = open_boot(&s);
	check_ok(boot_io_settle(&b, &e));
	check_ok(boot_io_stage(&b, &e));
	check_ok(boot_io_switch(&b, &image_2, &e));
	assert_string_equal(listed(&s), "hallmark-2-b+3.conf\nhallmark-1-a.conf\n");
	assert_int_equal(boot_loaders_boot(s.dir, BOOT_LOADERS_SD), 1);
	assert_string_equal(listed(&s), "hallmark-2-b+2-1.conf\nhallmark-1-a.conf\n");
	assert_int_equal(boot_loaders_boot(s.dir, BOOT_LOADERS_SD), 1);
	assert_int_equal(boot_loaders_boot(s.dir, BOOT_LOADERS_SD), 1);
	assert_string_equal(listed(&s), "hallmark-1-a.conf\nhallmark-2-b+0-3.conf\n"); /* spent: last */
	b = open_boot(&s);
	check_ok(boot_io_confirm(&b, &e)); /* its last try was healthy */
	assert_string_equal(listed(&s), "hallmark-2-b.conf\n");
	for (int i = 0; i < 9; i++) { /* the number grows a digit: it is compared as a number */
		check_ok(boot_io_stage(&b, &e));
		check_ok(boot_io_switch(&b, &image_2, &e));
		int slot = boot_loaders_boot(s.dir, BOOT_LOADERS_SD);
		assert_int_equal(slot, i % 2);
		b = open_boot(&s);
		check_ok(boot_io_confirm(&b, &e));
	}
	assert_string_equal(listed(&s), "hallmark-11-a.conf\n");
	check_ok(boot_io_stage(&b, &e));
	check_ok(boot_io_switch(&b, &image_2, &e));
	check_ok(boot_io_revert(&b, &e));
	assert_string_equal(listed(&s), "hallmark-11-a.conf\n");
}

static void grub_accepts_our_script(void **state)
{
	(void)state;
	int status = -1;
	const char *source = getenv("HALLMARK_SOURCE");
	if (!have("grub-script-check"))
		check_skip("grub-script-check (grub-common) is not installed");
	assert_non_null(source);
	const char *said = run(&status, "grub-script-check %s/packaging/boot/grub.cfg 2>&1", source);
	assert_string_equal(said, "");
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(u_boot_both_directions),  cmocka_unit_test(u_boot_on_a_block_device),
		cmocka_unit_test(grub_both_directions),	   cmocka_unit_test(systemd_reads_what_we_wrote),
		cmocka_unit_test(grub_accepts_our_script),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
