/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/meminfo and /sys/class/power_supply. Values are short texts; anything else in them counts as not known. */
#include "agent/update/update_sense_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/os/file.h"
#include "core/base/banned.h"

#define MEMINFO_MAX 4096
#define VALUE_MAX 32
#define KEY "MemAvailable:"

/* From the start of the file; false if it cannot be read. */
static bool read_text(int fd, char *out, size_t size)
{
	ssize_t n = fd >= 0 ? pread(fd, out, size - 1, 0) : -1;
	out[n > 0 ? n : 0] = 0;
	return n > 0;
}

static bool read_named(const char *dir, const char *name, char out[VALUE_MAX])
{
	char path[FILE_PATH_MAX];
	if (rc_failed(file_path(path, NULL, dir, name)))
		return false;
	FD_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool any = read_text(fd, out, VALUE_MAX);
	out[strcspn(out, "\n")] = 0;
	return any;
}

static int open_named(const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	return rc_ok(file_path(path, NULL, dir, name)) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

static void add_supply(struct update_sense *s, const char *dir)
{
	char type[VALUE_MAX], text[VALUE_MAX];
	if (!read_named(dir, "type", type)) {
		s->blind = true;
		return;
	}
	if (read_named(dir, "scope", text) && strcmp(text, "Device") == 0)
		return; /* of a mouse or the like */
	bool battery = strcmp(type, "Battery") == 0;
	if (battery && read_named(dir, "present", text) && strcmp(text, "0") == 0)
		return; /* an empty bay */
	if (s->n == UPDATE_SENSE_SUPPLIES_MAX) {
		s->blind = true;
		return;
	}
	s->supplies[s->n++] = (struct update_sense_supply){
		.battery = battery, .value_fd = open_named(dir, battery ? "capacity" : "online")};
}

static void free_names(char ***names)
{
	file_list_free(*names);
}

void update_sense_open(struct update_sense *ret, const char *proc, const char *power_supply)
{
	CLEANUP(free_names) char **names = NULL;
	struct stat st;
	size_t n = 0;
	*ret = (struct update_sense){.memory_fd = open_named(proc, "meminfo")};
	if (stat(power_supply, &st) != 0) {
		ret->blind = errno != ENOENT; /* a kernel without: nothing that could run empty */
		return;
	}
	ret->blind = rc_failed(file_list_dir(power_supply, 64, &names, &n, NULL));
	for (size_t i = 0; i < n; i++) {
		char dir[FILE_PATH_MAX];
		if (rc_ok(file_path(dir, NULL, power_supply, names[i])))
			add_supply(ret, dir);
	}
}

void update_sense_close(struct update_sense *s)
{
	file_close(&s->memory_fd);
	for (size_t i = 0; i < s->n; i++)
		file_close(&s->supplies[i].value_fd);
}

/* A whole number and nothing else; -1: not known. */
static long number(int fd)
{
	char text[VALUE_MAX], *end;
	if (!read_text(fd, text, sizeof text) || *text < '0' || *text > '9')
		return -1;
	long v = strtol(text, &end, 10);
	return (*end && strcmp(end, "\n") != 0) || v > 1000 ? -1 : v;
}

static void read_memory(const struct update_sense *s, struct update_conditions *w)
{
	char text[MEMINFO_MAX];
	w->memory_known = false;
	const char *at = read_text(s->memory_fd, text, sizeof text) ? strstr(text, KEY) : NULL;
	if (!at)
		return;
	at += strlen(KEY);
	at += strspn(at, " ");
	char *end;
	unsigned long long kib = strtoull(at, &end, 10);
	if (*at < '0' || *at > '9' || strncmp(end, " kB", 3) != 0 || kib > UINT64_MAX / KIB)
		return;
	w->memory_known = true;
	w->memory_bytes = kib * KIB;
}

/* The emptiest battery counts; a source from outside is as good as none being there. */
static void read_power(const struct update_sense *s, struct update_conditions *w)
{
	bool battery = false, unknown = s->blind, outside = false;
	uint32_t least = 100;
	for (size_t i = 0; i < s->n; i++) {
		long v = number(s->supplies[i].value_fd);
		if (!s->supplies[i].battery) {
			outside = outside || v > 0;
			continue;
		}
		battery = true;
		if (v < 0 || v > 100)
			unknown = true;
		else if ((uint32_t)v < least)
			least = (uint32_t)v;
	}
	w->battery_percent = battery && !unknown ? least : 0;
	w->power = outside || (!battery && !unknown) ? UPDATE_POWER_MAINS
		   : unknown			     ? UPDATE_POWER_UNKNOWN
						     : UPDATE_POWER_BATTERY;
}

void update_sense_read(const struct update_sense *s, struct update_conditions *w)
{
	read_memory(s, w);
	read_power(s, w);
}
