/* SPDX-License-Identifier: Apache-2.0 */
/* Boot control's decoders: boot.json, the command line, U-Boot's block, GRUB's block, entry names. Refusals first. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/codec/crc32.h"
#include "host/os/boot_config.h"
#include "host/os/boot_entries.h"
#include "host/os/boot_grub.h"
#include "host/os/boot_uboot.h"

/* ---- boot.json ---- */

static void config_is_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"null",
		"{\"v\":1}",
		"{\"v\":2,\"backend\":\"file\"}",
		"{\"v\":1,\"backend\":\"lilo\"}",
		"{\"v\":1,\"backend\":\"file\",\"path\":\"/x\"}", /* of another backend */
		"{\"v\":1,\"backend\":\"file\",\"tries\":3}",
		"{\"v\":1,\"backend\":\"grub\"}",
		"{\"v\":1,\"backend\":\"grub\",\"path\":\"boot/grubenv\"}",
		"{\"v\":1,\"backend\":\"grub\",\"path\":7}",
		"{\"v\":1,\"backend\":\"systemd-boot\",\"path\":\"/boot\"}",
		"{\"v\":1,\"backend\":\"file\",\"slots\":[\"/a\"]}",
		"{\"v\":1,\"backend\":\"file\",\"slots\":[\"/a\",\"/a\"]}",
		"{\"v\":1,\"backend\":\"file\",\"slots\":[\"/a\",\"b\"]}",
		"{\"v\":1,\"backend\":\"file\",\"slots\":[\"/a\",1]}",
		"{\"v\":1,\"backend\":\"file\",\"slots\":[\"/a\",\"/b\",\"/c\"]}",
		"{\"v\":1,\"backend\":\"file\",\"cmdline\":\"\"}",
		"{\"v\":1,\"backend\":\"file\",\"backend\":\"file\"}",
		"{\"v\":1,\"backend\":\"u-boot\"}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[]}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[{\"path\":\"/e\",\"offset\":0}]}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[{\"path\":\"/e\",\"offset\":0,\"size\":63}]}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[{\"path\":\"/e\",\"offset\":0,\"size\":1048577}]}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[{\"path\":\"/e\",\"offset\":-1,\"size\":4096}]}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[{\"path\":\"/"
		"e\",\"offset\":281474976710657,\"size\":4096}]}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[{\"path\":\"/e\",\"offset\":0,\"size\":4096},"
		"{\"path\":\"/e\",\"offset\":4095,\"size\":4096}]}",
		"{\"v\":1,\"backend\":\"u-boot\",\"copies\":[{\"path\":\"/e\",\"offset\":0,\"size\":4096},"
		"{\"path\":\"/f\",\"offset\":0,\"size\":8192}]}",
	};
	struct err e = {0};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct boot_config c = {.copies = 77};
		if (rc_ok(boot_config_decode(bytes_of_text(bad[i]), &c, &e)))
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(c.copies, 77);
	}
	struct boot_config c;
	check_ok(boot_config_decode(
		bytes_of_text("{\"v\":1,\"backend\":\"u-boot\",\"slots\":[\"/dev/a\",\"/dev/"
			      "b\"],\"copies\":[{\"path\":\"/e\","
			      "\"offset\":0,\"size\":4096},{\"path\":\"/e\",\"offset\":4096,\"size\":4096}]}"),
		&c, &e));
	assert_int_equal(c.kind, BOOT_CONFIG_UBOOT);
	assert_int_equal(c.copies, 2);
	assert_int_equal(c.copy[1].offset, 4096);
	assert_string_equal(c.slot[1], "/dev/b");
	assert_string_equal(c.cmdline, "/proc/cmdline");
	boot_config_default(&c);
	assert_int_equal(c.kind, BOOT_CONFIG_FILE);
	assert_string_equal(c.slot[0], "");
}

/* ---- the command line ---- */

static void command_line_names_the_slot(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		int slot;
	} cases[] = {
		{"", -1},
		{"quiet\n", -1},
		{"hallmark.slot=", -1},
		{"hallmark.slot=c", -1},
		{"hallmark.slot=ab", -1},
		{"xhallmark.slot=a", -1},
		{"hallmark.slotx=a", -1},
		{"root=/dev/p4", -1},
		{"root=/dev/p22", -1},
		{"root=", -1},
		{"hallmark.slot=a", 0},
		{"quiet hallmark.slot=b\n", 1},
		{"rauc.slot=A x", 0},
		{"rauc.slot=B", 1},
		{"root=/dev/p2", 0},
		{"root=/dev/p3 ro", 1},
		{"root=/dev/p3 hallmark.slot=a root=/dev/p3", 0}, /* said by name beats root= */
		{"hallmark.slot=a hallmark.slot=b", 1},
		{"rauc.slot=A rauc.slot=R", 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int got = boot_cmdline_slot(bytes_of_text(cases[i].line), "/dev/p2", "/dev/p3");
		if (got != cases[i].slot)
			fail_msg("\"%s\": %d", cases[i].line, got);
	}
	assert_int_equal(boot_cmdline_slot(bytes_of_text("root= root=/dev/p2"), "", ""), -1);
}

/* ---- both sources together ---- */

static void merges_store_and_side(void **state)
{
	(void)state;
	const struct bootctl side = {.sequence = 9, .trying = true, .image = {{.bytes = 1}, {.bytes = 2}}};
	const struct boot_loader never = {.active = 0}, spent = {.active = 0, .trial = true, .open = true};
	const struct boot_loader odd = {.active = 1, .open = true};
	struct bootctl r;
	boot_merge(&side, &never, 0, &r); /* written down, never switched */
	assert_true(!r.trying && r.image[1].bytes == 0 && r.image[0].bytes == 1 && r.sequence == 9);
	boot_merge(&side, &spent, 0, &r);
	assert_true(!r.trying && r.image[1].bytes == 2);
	boot_merge(&side, &spent, 1, &r); /* the last try runs */
	assert_true(r.trying && r.tries == 0 && r.booted == 1);
	boot_merge(NULL, &odd, 1, &r);
	assert_true(r.active == 1 && r.image[0].bytes == BOOT_IMAGE_UNKNOWN && r.image[1].bytes == BOOT_IMAGE_UNKNOWN);
	boot_merge(NULL, &never, 0, &r);
	assert_true(r.image[1].bytes == 0);
}

/* ---- U-Boot ---- */

#define ENV 128

static struct bytes make_env(uint8_t out[ENV], size_t n, uint8_t flag, const char *texts, size_t texts_n)
{
	size_t head = n > 1 ? 5 : 4;
	memset(out, 0, ENV);
	memcpy(out + head, texts, texts_n);
	uint32_t crc = crc32_of(bytes_of(out + head, ENV - head));
	memcpy(out, &crc, 4);
	if (n > 1)
		out[4] = flag;
	return bytes_of(out, ENV);
}

static void crc_is_the_common_one(void **state)
{
	(void)state;
	assert_int_equal(crc32_of(bytes_of_text("123456789")), 0xcbf43926);
	assert_int_equal(crc32_of((struct bytes){0}), 0);
}

static void newer_copy_is_chosen(void **state)
{
	(void)state;
	struct err e = {0};
	uint8_t one[ENV], two[ENV];
	static const struct {
		uint8_t a, b;
		size_t at;
	} cases[] = {{0, 0, 0},	  {1, 0, 0},	 {0, 1, 1},	{255, 0, 1},
		     {0, 255, 0}, {254, 255, 1}, {255, 254, 0}, {7, 7, 0}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes c[2] = {make_env(one, 2, cases[i].a, "x=1", 4), make_env(two, 2, cases[i].b, "x=2", 4)};
		size_t at = 9;
		check_ok(boot_uboot_choose(c, 2, &at, &e));
		assert_int_equal(at, cases[i].at);
		one[20] ^= 1; /* never a damaged one, whatever its flag says */
		check_ok(boot_uboot_choose(c, 2, &at, &e));
		assert_int_equal(at, 1);
		two[ENV - 1] ^= 1;
		at = 9;
		check_fails(ERR_INPUT, boot_uboot_choose(c, 2, &at, &e));
		assert_int_equal(at, 9);
		one[20] ^= 1;
		check_ok(boot_uboot_choose(c, 2, &at, &e));
		assert_int_equal(at, 0);
	}
}

static void block_is_bounded(void **state)
{
	(void)state;
	struct err e = {0};
	uint8_t one[ENV], full[ENV - 4];
	struct bytes v;
	size_t at;
	/* A sum that fits, and no end of the list: texts up to the last byte. */
	memset(full, 'x', sizeof full);
	struct bytes c = make_env(one, 1, 0, (const char *)full, sizeof full);
	check_fails(ERR_INPUT, boot_uboot_choose(&c, 1, &at, &e));
	full[sizeof full - 1] = 0; /* a text that ends, a list that does not */
	c = make_env(one, 1, 0, (const char *)full, sizeof full);
	check_fails(ERR_INPUT, boot_uboot_choose(&c, 1, &at, &e));
	full[sizeof full - 2] = 0;
	c = make_env(one, 1, 0, (const char *)full, sizeof full);
	check_ok(boot_uboot_choose(&c, 1, &at, &e));
	assert_false(boot_uboot_get(boot_uboot_texts(c, 1), "x", &v));
	const struct boot_vars_set set = {.n = 1, .list = {{"A", "1"}}};
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, ENV);
	check_fails(ERR_SPACE, boot_uboot_encode(c, 1, &set, &out, &e));
	c = bytes_of(one, BOOT_UBOOT_SIZE_MIN - 1);
	check_fails(ERR_INPUT, boot_uboot_choose(&c, 1, &at, &e));
	c = bytes_of(one, 0);
	check_fails(ERR_INPUT, boot_uboot_choose(&c, 1, &at, &e));
}

static void others_are_kept_to_the_byte(void **state)
{
	(void)state;
	struct err e = {0};
	uint8_t one[ENV];
	struct bytes v;
	static const char texts[] = "odd\0A=1\0empty=\0\x80\xff=\x01\0A=2\0B=3\0AA=4\0last=a=b\0";
	static const char want[] = "odd\0A=9\0empty=\0\x80\xff=\x01\0AA=4\0last=a=b\0C=7\0";
	struct bytes c = make_env(one, 2, 255, texts, sizeof texts);
	struct bytes t = boot_uboot_texts(c, 2);
	assert_true(boot_uboot_get(t, "A", &v) && bytes_equal(v, bytes_of_text("2"))); /* the last one counts */
	assert_true(boot_uboot_get(t, "last", &v) && bytes_equal(v, bytes_of_text("a=b")));
	assert_true(boot_uboot_get(t, "empty", &v) && v.n == 0);
	assert_false(boot_uboot_get(t, "odd", &v));
	assert_false(boot_uboot_get(t, "none", &v));
	const struct boot_vars_set set = {.n = 3, .list = {{"A", "9"}, {"B", ""}, {"C", "7"}}};
	CLEANUP(buf_done) struct buf out;
	buf_init(&out, ENV);
	check_ok(boot_uboot_encode(c, 2, &set, &out, &e));
	assert_int_equal(out.len, ENV);
	assert_int_equal(out.data[4], 0); /* the flag wrapped */
	assert_memory_equal(out.data + 5, want, sizeof want);
	for (size_t i = 5 + sizeof want; i < ENV; i++)
		assert_int_equal(out.data[i], 0);
	struct bytes pair[2] = {c, buf_view(&out)};
	size_t at = 9;
	check_ok(boot_uboot_choose(pair, 2, &at, &e));
	assert_int_equal(at, 1);
}

/* ---- GRUB ---- */

static void make_block(uint8_t out[BOOT_GRUB_SIZE], const char *lines)
{
	memset(out, '#', BOOT_GRUB_SIZE);
	memcpy(out, "# GRUB Environment Block\n", 25);
	memcpy(out + 25, lines, strlen(lines));
}

static void grub_block_is_strict(void **state)
{
	(void)state;
	struct err e = {0};
	uint8_t block[BOOT_GRUB_SIZE];
	struct bytes v;
	make_block(block, "a=1\n# a comment\nb=2\n");
	check_ok(boot_grub_check(block, &e));
	block[0] = 'x';
	check_fails(ERR_INPUT, boot_grub_check(block, &e));
	make_block(block, "a=1\n");
	block[1000] = 0;
	check_fails(ERR_INPUT, boot_grub_check(block, &e));
	make_block(block, "a=1\n");
	block[BOOT_GRUB_SIZE - 1] = 'x'; /* cut off in the middle of a line */
	check_fails(ERR_INPUT, boot_grub_check(block, &e));
	make_block(block, "a=1\nb=\\\nA_OK=1\nA_OK=2\nc=x\\\\\n#A_TRY=1\n");
	check_ok(boot_grub_check(block, &e));
	struct bytes all = bytes_of(block, sizeof block);
	assert_false(boot_grub_get(all, "b", &v));     /* has an escape */
	assert_false(boot_grub_get(all, "A_TRY", &v)); /* a comment */
	assert_true(boot_grub_get(all, "A_OK", &v) &&
		    bytes_equal(v, bytes_of_text("2"))); /* the other is b's second line */
	assert_false(boot_grub_get(all, "A_O", &v));
}

static void grub_block_keeps_others(void **state)
{
	(void)state;
	struct err e = {0};
	uint8_t block[BOOT_GRUB_SIZE], next[BOOT_GRUB_SIZE];
	char want[200], filler[BOOT_GRUB_SIZE];
	size_t sector;
	const struct boot_vars_set set = {.n = 2, .list = {{"ORDER", "B A"}, {"A_OK", "0"}}};
	make_block(block, "# note\nORDER=A B\nodd=\\\nORDER=x\nsaved=1\n");
	check_ok(boot_grub_encode(block, &set, next, &e));
	(void)snprintf(want, sizeof want, "# note\nORDER=B A\nodd=\\\nORDER=x\nsaved=1\nA_OK=0\n#");
	assert_memory_equal(next + 25, want, strlen(want));
	check_ok(boot_grub_check(next, &e));
	assert_true(boot_grub_span(block, next, &sector));
	assert_int_equal(sector, 0);
	assert_true(boot_grub_span(block, block, &sector));
	/* Ours behind somebody's long line: in the second sector, and written there. */
	(void)snprintf(filler, sizeof filler, "f=%0600d\nORDER=A B\nA_OK=1\n", 1);
	make_block(block, filler);
	check_ok(boot_grub_encode(block, &set, next, &e));
	assert_true(boot_grub_span(block, next, &sector));
	assert_int_equal(sector, BOOT_GRUB_SECTOR);
	/* Something of ours in each sector: not a change that can be made in place. */
	(void)snprintf(filler, sizeof filler, "A_OK=1\nf=%0600d\nORDER=A B\n", 1);
	make_block(block, filler);
	check_ok(boot_grub_encode(block, &set, next, &e));
	assert_false(boot_grub_span(block, next, &sector));
	(void)snprintf(filler, sizeof filler, "f=%0985d\n", 1);
	make_block(block, filler);
	check_fails(ERR_SPACE, boot_grub_encode(block, &set, next, &e));
}

/* An order that is written is one that can be read again: what is too long with our slots in it is refused instead. */
static void an_order_that_is_written_can_be_read(void **state)
{
	(void)state;
	uint8_t block[BOOT_GRUB_SIZE], next[BOOT_GRUB_SIZE];
	const struct boot_loader want = {.trial = true, .tries = 1};
	unsigned written = 0;
	for (int others = 0; others <= 10; others++) {
		static const char words[] = " a b c d e f g h i j";
		char lines[200];
		struct boot_loader l;
		struct boot_vars_set set;
		struct err e = {0};
		(void)snprintf(lines, sizeof lines, "A_OK=1\nB_OK=1\nORDER=A%.*s\n", 2 * others, words);
		make_block(block, lines);
		const struct boot_vars_env env = {boot_grub_get, bytes_of(block, sizeof block)};
		rc r = boot_vars_read(BOOT_VARS_OK_TRY, &env, 0, &l, &e);
		if (rc_ok(r))
			r = boot_vars_write(BOOT_VARS_OK_TRY, &env, &want, &set, &e);
		if (rc_failed(r)) {
			assert_int_equal(r.code, ERR_LIMIT);
			continue;
		}
		written++;
		check_ok(boot_grub_encode(block, &set, next, &e));
		const struct boot_vars_env after = {boot_grub_get, bytes_of(next, sizeof next)};
		check_ok(boot_vars_read(BOOT_VARS_OK_TRY, &after, 0, &l, &e));
		assert_true(l.trial);
	}
	assert_int_equal(written, 7); /* none to six beside ours */
}

/* ---- entries ---- */

static void entry_names_are_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"hallmark-",
		"hallmark-a.conf",
		"hallmark-a.off",
		"hallmark-0-a.conf",
		"hallmark-01-a.conf",
		"hallmark-1-c.conf",
		"hallmark-1-.conf",
		"hallmark-1-a",
		"hallmark-1-a.conf.tmp",
		"hallmark-1-a.efi",
		"hallmark-1-a+.conf",
		"hallmark-1-a+x.conf",
		"hallmark-1-a+1-.conf",
		"hallmark-1-a+-1.conf",
		"hallmark-1-a+01.conf",
		"hallmark-1-a+1-2-3.conf",
		"hallmark-1-a+1+2.conf",
		"hallmark-1234567890-a.conf",
		"hallmark-1-A.conf",
		"Hallmark-1-a.conf",
		"hallmark-1-a .conf",
		"hallmark--1-a.conf",
	};
	struct boot_entries_one one;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (boot_entries_parse(bad[i], &one))
			fail_msg("accepted: %s", bad[i]);
	static const char *const good[] = {"hallmark-1-a.conf", "hallmark-999999999-b+3.conf", "hallmark-12-b+0-3.conf",
					   "hallmark-7-a+999999999-999999999.conf"};
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char name[BOOT_ENTRIES_NAME_SIZE];
		assert_true(boot_entries_parse(good[i], &one));
		boot_entries_name(&one, name);
		assert_string_equal(name, good[i]);
	}
	struct boot_entries all = {0};
	struct err e = {0};
	for (uint32_t i = 1; i <= BOOT_ENTRIES_MAX; i++) {
		char name[BOOT_ENTRIES_NAME_SIZE];
		boot_entries_name(&(struct boot_entries_one){.seq = i}, name);
		check_ok(boot_entries_add(&all, name, &e));
		check_ok(boot_entries_add(&all, name, &e)); /* a damaged folder */
		assert_int_equal(all.n, i);
	}
	check_ok(boot_entries_add(&all, "windows.conf", &e));
	check_fails(ERR_LIMIT, boot_entries_add(&all, "hallmark-1-b.conf", &e));
}

static void numbers_of_entries_end(void **state)
{
	(void)state;
	struct err e = {0};
	struct boot_entries all = {0};
	struct boot_entries_plan plan;
	const struct boot_loader trial = {.active = 0, .trial = true, .tries = 3};
	check_fails(ERR_WRONG_STATE, boot_entries_write(&all, &trial, &plan, &e));
	check_ok(boot_entries_add(&all, "hallmark-999999999-a.conf", &e));
	check_fails(ERR_LIMIT, boot_entries_write(&all, &trial, &plan, &e));
	all.list[0].seq--;
	check_ok(boot_entries_write(&all, &trial, &plan, &e));
	assert_string_equal(plan.list[0].to, "hallmark-999999999-b+3.conf");
}

static void loader_conf_must_leave_the_choice(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"", true},
		{"timeout 3\n", true},
		{"default hallmark-*", true},
		{"timeout 0\n\tdefault  hallmark-*  \r\nx y", true},
		{"#default foo\n", true},
		{"defaults foo\n", true},
		{"default hallmark-1-a.conf\n", false},
		{"default @saved\n", false},
		{"default hallmark-*\ndefault rescue\n", false},
		{"default hallmark-*-extra\n", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (rc_ok(boot_entries_check_conf(bytes_of_text(cases[i].text), NULL)) != cases[i].good)
			fail_msg("loader.conf: %s", cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_is_strict),
		cmocka_unit_test(command_line_names_the_slot),
		cmocka_unit_test(merges_store_and_side),
		cmocka_unit_test(crc_is_the_common_one),
		cmocka_unit_test(newer_copy_is_chosen),
		cmocka_unit_test(block_is_bounded),
		cmocka_unit_test(others_are_kept_to_the_byte),
		cmocka_unit_test(grub_block_is_strict),
		cmocka_unit_test(grub_block_keeps_others),
		cmocka_unit_test(an_order_that_is_written_can_be_read),
		cmocka_unit_test(entry_names_are_strict),
		cmocka_unit_test(numbers_of_entries_end),
		cmocka_unit_test(loader_conf_must_leave_the_choice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
