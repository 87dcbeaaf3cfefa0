/* SPDX-License-Identifier: Apache-2.0 */
/* The models of the boot loaders. Plain and slow on purpose: they are the other opinion. */
#include "host/boot_loaders.h"

#include "check.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARS_MAX 32
#define ENV_SIZE BOOT_LOADERS_ENV_SIZE
#define SECOND_AT 8192 /* of the redundant environment, in the same file */
#define GRUB_SIZE 1024

static const char *const kind_names[] = {"u-boot", "u-boot, one copy", "grub", "systemd-boot"};

const char *boot_loaders_name(enum boot_loaders_kind kind)
{
	return kind_names[kind];
}

/* ---- files ---- */

static void write_file(const char *dir, const char *name, const void *p, size_t n)
{
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static size_t read_file(const char *dir, const char *name, void *p, size_t max)
{
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return 0;
	size_t n = fread(p, 1, max, f);
	(void)fclose(f);
	return n;
}

static void write_text(const char *dir, const char *name, const char *text)
{
	write_file(dir, name, text, strlen(text));
}

/* ---- variables ---- */

struct vars {
	int n;
	char text[VARS_MAX][256]; /* NAME=VALUE */
};

static const char *get(const struct vars *v, const char *name)
{
	size_t n = strlen(name);
	for (int i = 0; i < v->n; i++)
		if (strncmp(v->text[i], name, n) == 0 && v->text[i][n] == '=')
			return v->text[i] + n + 1;
	return "";
}

static void set(struct vars *v, const char *name, const char *value)
{
	size_t n = strlen(name);
	int i = 0;
	while (i < v->n && (strncmp(v->text[i], name, n) != 0 || v->text[i][n] != '='))
		i++;
	if (!value) {
		if (i < v->n)
			memmove(v->text[i], v->text[i + 1], sizeof v->text[0] * (size_t)(--v->n - i));
		return;
	}
	assert_true(i < VARS_MAX - 1);
	v->n += i == v->n;
	(void)snprintf(v->text[i], sizeof v->text[i], "%s=%s", name, value);
}

/* ---- U-Boot ---- */

static uint32_t sum(const uint8_t *p, size_t n)
{
	static uint32_t table[256];
	uint32_t c = ~0u;
	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		uint32_t x = i;
		for (int k = 0; k < 8; k++)
			x = x & 1 ? 0xedb88320u ^ (x >> 1) : x >> 1;
		table[i] = x;
	}
	for (size_t i = 0; i < n; i++)
		c = table[(c ^ p[i]) & 255] ^ (c >> 8);
	return ~c;
}

struct uboot {
	uint8_t file[SECOND_AT + ENV_SIZE];
	size_t len;
	size_t at; /* of the chosen copy */
	int head;
	bool redundant, valid;
	struct vars vars;
};

static bool uboot_good(const struct uboot *u, size_t at)
{
	uint32_t crc;
	if (at + ENV_SIZE > u->len)
		return false;
	memcpy(&crc, u->file + at, 4);
	return crc == sum(u->file + at + u->head, (size_t)(ENV_SIZE - u->head));
}

static void uboot_load(const char *dir, enum boot_loaders_kind kind, struct uboot *u)
{
	*u = (struct uboot){.redundant = kind == BOOT_LOADERS_UBOOT};
	u->head = u->redundant ? 5 : 4;
	u->len = read_file(dir, "uboot.env", u->file, sizeof u->file);
	bool one = uboot_good(u, 0), two = u->redundant && uboot_good(u, SECOND_AT);
	u->valid = one || two;
	if (!u->valid)
		return; /* U-Boot: "bad CRC, using default environment" */
	uint8_t f1 = u->file[4], f2 = u->file[SECOND_AT + 4];
	bool second = two && (!one || (f1 == 255 && f2 == 0) || (f2 > f1 && !(f2 == 255 && f1 == 0)));
	u->at = second ? SECOND_AT : 0;
	const char *p = (const char *)u->file + u->at + u->head;
	for (; *p; p += strlen(p) + 1) {
		assert_true(u->vars.n < VARS_MAX - 1);
		(void)snprintf(u->vars.text[u->vars.n++], sizeof u->vars.text[0], "%s", p);
	}
}

static void uboot_save(const char *dir, struct uboot *u)
{
	uint8_t flag = (uint8_t)(u->file[u->at + 4] + 1);
	size_t to = u->redundant && u->valid ? SECOND_AT - u->at : 0;
	uint8_t *copy = u->file + to, *p = copy + u->head;
	memset(copy, 0, ENV_SIZE);
	for (int i = 0; i < u->vars.n; i++) {
		size_t n = strlen(u->vars.text[i]) + 1;
		assert_true(p + n < copy + ENV_SIZE);
		memcpy(p, u->vars.text[i], n);
		p += n;
	}
	uint32_t crc = sum(copy + u->head, (size_t)(ENV_SIZE - u->head));
	memcpy(copy, &crc, 4);
	if (u->redundant)
		copy[4] = flag;
	write_file(dir, "uboot.env", u->file, u->redundant ? sizeof u->file : ENV_SIZE);
}

static int uboot_script(struct vars *v)
{
	char left[24], order[256], *word, *save = NULL;
	int slot = -1;
	if (!*get(v, "BOOT_ORDER"))
		set(v, "BOOT_ORDER", "A B");
	for (const char *s = "AB"; *s; s++) {
		char name[16];
		(void)snprintf(name, sizeof name, "BOOT_%c_LEFT", *s);
		if (!*get(v, name))
			set(v, name, "3");
	}
	(void)snprintf(order, sizeof order, "%s", get(v, "BOOT_ORDER"));
	for (word = strtok_r(order, " ", &save); word && slot < 0; word = strtok_r(NULL, " ", &save)) {
		char name[64];
		if (strcmp(word, "A") != 0 && strcmp(word, "B") != 0)
			continue;
		(void)snprintf(name, sizeof name, "BOOT_%.8s_LEFT", word);
		unsigned long n = strtoul(get(v, name), NULL, 16);
		if (n == 0)
			continue;
		(void)snprintf(left, sizeof left, "%lx", n - 1);
		set(v, name, left);
		slot = *word - 'A';
	}
	if (slot < 0) { /* "No valid slot found, resetting tries": saveenv, reset */
		set(v, "BOOT_A_LEFT", "3");
		set(v, "BOOT_B_LEFT", "3");
	}
	return slot;
}

static int uboot_boot(const char *dir, enum boot_loaders_kind kind)
{
	struct uboot u;
	for (int resets = 0; resets < 2; resets++) {
		uboot_load(dir, kind, &u);
		int slot = uboot_script(&u.vars);
		uboot_save(dir, &u);
		if (slot >= 0)
			return slot;
	}
	return -1;
}

/* ---- GRUB ---- */

static void grub_load(const char *dir, struct vars *v)
{
	char block[GRUB_SIZE + 1] = "", *line, *save = NULL;
	v->n = 0;
	if (read_file(dir, "grubenv", block, GRUB_SIZE) != GRUB_SIZE ||
	    strncmp(block, "# GRUB Environment Block\n", 25) != 0)
		return; /* load_env fails, the script goes on with its defaults */
	for (line = strtok_r(block, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (*line != '#' && v->n < VARS_MAX - 1)
			(void)snprintf(v->text[v->n++], sizeof v->text[0], "%s", line);
}

static void grub_save(const char *dir, const struct vars *v)
{
	char block[GRUB_SIZE];
	memset(block, '#', sizeof block);
	size_t at = (size_t)snprintf(block, sizeof block, "# GRUB Environment Block\n");
	for (int i = 0; i < v->n; i++)
		at += (size_t)snprintf(block + at, sizeof block - at, "%s\n", v->text[i]);
	assert_true(at < sizeof block);
	block[at] = '#';
	write_file(dir, "grubenv", block, sizeof block);
}

static int grub_boot(const char *dir)
{
	struct vars stored, v;
	char order[256], *word, *save = NULL;
	int found = BOOT_LOADERS_RESCUE;
	grub_load(dir, &stored);
	v = stored;
	if (!*get(&v, "ORDER"))
		set(&v, "ORDER", "A B");
	for (const char *s = "A_OK\0B_OK\0A_TRY\0B_TRY\0"; *s; s += strlen(s) + 1)
		if (!*get(&v, s))
			set(&v, s, "0");
	(void)snprintf(order, sizeof order, "%s", get(&v, "ORDER"));
	for (word = strtok_r(order, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char ok[32], tried[32];
		if (strcmp(word, "A") != 0 && strcmp(word, "B") != 0)
			continue;
		(void)snprintf(ok, sizeof ok, "%.8s_OK", word);
		(void)snprintf(tried, sizeof tried, "%.8s_TRY", word);
		bool good = atoi(get(&v, ok)) == 1 && atoi(get(&v, tried)) == 0;
		set(&v, tried, "1");
		if (good) {
			found = *word - 'A';
			break;
		}
	}
	for (int slot = 0; found == BOOT_LOADERS_RESCUE && slot < 2; slot++) /* "reset booted flags" */
		if (atoi(get(&v, slot ? "B_OK" : "A_OK")) == 1)
			set(&v, slot ? "B_TRY" : "A_TRY", "0");
	set(&stored, "A_TRY", get(&v, "A_TRY")); /* save_env A_TRY B_TRY */
	set(&stored, "B_TRY", get(&v, "B_TRY"));
	grub_save(dir, &stored);
	return found;
}

/* ---- systemd-boot ---- */

struct entry {
	char file[128], id[128];
	long left, done; /* -1: not counted */
};

/* Digits as numbers, everything else by character: enough of the UAPI version comparison for names like ours. */
static int natural(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			char *ea, *eb;
			unsigned long x = strtoul(a, &ea, 10), y = strtoul(b, &eb, 10);
			if (x != y)
				return x < y ? -1 : 1;
			a = ea, b = eb;
			continue;
		}
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		a++, b++;
	}
	return (*a != 0) - (*b != 0);
}

static int by_preference(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	if ((a->left == 0) != (b->left == 0))
		return a->left == 0 ? 1 : -1;
	int r = -natural(a->id, b->id);
	if (r != 0)
		return r;
	if (a->left != b->left) /* uncounted is -1, which systemd-boot takes for a very large number */
		return (unsigned long)a->left > (unsigned long)b->left ? -1 : 1;
	return a->done < b->done ? -1 : a->done > b->done;
}

static bool read_entry(const char *name, struct entry *e)
{
	size_t n = strlen(name);
	if (n < 6 || strcmp(name + n - 5, ".conf") != 0 || name[0] == '.')
		return false;
	*e = (struct entry){.left = -1, .done = -1};
	(void)snprintf(e->file, sizeof e->file, "%.120s", name);
	(void)snprintf(e->id, sizeof e->id, "%.*s", (int)(n - 5), name);
	char *plus = strrchr(e->id, '+');
	if (plus) {
		char *end = NULL;
		e->left = strtol(plus + 1, &end, 10);
		e->done = *end == '-' ? strtol(end + 1, NULL, 10) : 0;
		*plus = 0;
	}
	return true;
}

static int sd_boot(const char *dir)
{
	char folder[400], from[600], to[600];
	struct entry all[32];
	size_t n = 0;
	(void)snprintf(folder, sizeof folder, "%s/loader/entries", dir);
	DIR *d = opendir(folder);
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d)) && n < 32;)
		n += read_entry(e->d_name, &all[n]);
	(void)closedir(d);
	if (n == 0)
		return -1;
	qsort(all, n, sizeof all[0], by_preference);
	struct entry *first = &all[0];
	int slot = first->id[strlen(first->id) - 1] - 'a';
	if (first->left > 0) {
		(void)snprintf(from, sizeof from, "%s/%s", folder, first->file);
		(void)snprintf(to, sizeof to, "%s/%s+%ld-%ld.conf", folder, first->id, first->left - 1,
			       first->done + 1);
		assert_int_equal(rename(from, to), 0);
	}
	return slot;
}

/* ---- for all ---- */

int boot_loaders_boot(const char *dir, enum boot_loaders_kind kind)
{
	char line[128];
	int slot = kind == BOOT_LOADERS_GRUB ? grub_boot(dir)
		   : kind == BOOT_LOADERS_SD ? sd_boot(dir)
					     : uboot_boot(dir, kind);
	(void)snprintf(line, sizeof line, "console=ttyS0 rauc.slot=%c quiet\n",
		       slot >= 0 && slot < 2 ? 'A' + slot : 'R');
	write_text(dir, "cmdline", line);
	return slot;
}

const char *boot_loaders_get(const char *dir, enum boot_loaders_kind kind, const char *name)
{
	static char value[256];
	struct vars v = {0};
	if (kind == BOOT_LOADERS_GRUB) {
		grub_load(dir, &v);
	} else {
		struct uboot u;
		uboot_load(dir, kind, &u);
		v = u.vars;
	}
	(void)snprintf(value, sizeof value, "%s", get(&v, name));
	return value;
}

void boot_loaders_set(const char *dir, enum boot_loaders_kind kind, const char *name, const char *value)
{
	struct vars v;
	struct uboot u;
	if (kind == BOOT_LOADERS_GRUB) {
		grub_load(dir, &v);
		set(&v, name, value);
		grub_save(dir, &v);
		return;
	}
	uboot_load(dir, kind, &u);
	set(&u.vars, name, value);
	uboot_save(dir, &u);
}

static void uboot_factory(const char *dir, enum boot_loaders_kind kind)
{
	struct uboot u = {.redundant = kind == BOOT_LOADERS_UBOOT};
	u.head = u.redundant ? 5 : 4;
	u.len = sizeof u.file;
	set(&u.vars, "bootcmd", "run rauc_choose; bootm ${loadaddr}");
	set(&u.vars, "ethaddr", "02:00:00:00:00:01");
	set(&u.vars, "empty", "");
	uboot_save(dir, &u);
	uboot_load(dir, kind, &u);
	uboot_save(dir, &u); /* both copies */
}

static void make_dir(const char *dir, const char *name)
{
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
}

static void sd_factory(const char *dir)
{
	char text[128];
	make_dir(dir, "loader");
	make_dir(dir, "loader/entries");
	write_text(dir, "loader/loader.conf", "timeout 0\ndefault hallmark-*\n");
	for (char s = 'a'; s <= 'b'; s++) {
		char name[64];
		(void)snprintf(name, sizeof name, "loader/entries/hallmark-%c.off", s);
		(void)snprintf(text, sizeof text, "title Slot %c\nlinux /%c/linux\noptions hallmark.slot=%c\n", s, s,
			       s);
		write_text(dir, name, text);
		if (s == 'a')
			write_text(dir, "loader/entries/hallmark-1-a.conf", text);
	}
}

/* boot.json: what all have, then what the kind has. */
static void write_config(const char *dir, enum boot_loaders_kind kind)
{
	char text[2000], own[1400];
	const char *word = kind == BOOT_LOADERS_SD ? "systemd-boot" : kind == BOOT_LOADERS_GRUB ? "grub" : "u-boot";
	if (kind == BOOT_LOADERS_SD)
		(void)snprintf(own, sizeof own, "\"entries\":\"%s/loader/entries\"", dir);
	else if (kind == BOOT_LOADERS_GRUB)
		(void)snprintf(own, sizeof own, "\"path\":\"%s/grubenv\"", dir);
	else if (kind == BOOT_LOADERS_UBOOT_SINGLE)
		(void)snprintf(own, sizeof own, "\"copies\":[{\"path\":\"%s/uboot.env\",\"offset\":0,\"size\":%d}]",
			       dir, ENV_SIZE);
	else
		(void)snprintf(own, sizeof own,
			       "\"copies\":[{\"path\":\"%s/uboot.env\",\"offset\":0,\"size\":%d},"
			       "{\"path\":\"%s/uboot.env\",\"offset\":%d,\"size\":%d}]",
			       dir, ENV_SIZE, dir, SECOND_AT, ENV_SIZE);
	(void)snprintf(text, sizeof text, "{\"v\":1,\"backend\":\"%s\",\"cmdline\":\"%s/cmdline\",%s}", word, dir, own);
	write_text(dir, "factory/boot.json", text);
}

void boot_loaders_factory(const char *dir, enum boot_loaders_kind kind)
{
	make_dir(dir, "factory");
	write_config(dir, kind);
	if (kind == BOOT_LOADERS_SD) {
		sd_factory(dir);
	} else if (kind == BOOT_LOADERS_GRUB) {
		struct vars v = {0};
		set(&v, "ORDER", "A B");
		set(&v, "A_OK", "1");
		set(&v, "A_TRY", "0");
		set(&v, "B_OK", "0");
		set(&v, "B_TRY", "0");
		set(&v, "saved_entry", "somebody's");
		grub_save(dir, &v);
	} else {
		uboot_factory(dir, kind);
	}
}
